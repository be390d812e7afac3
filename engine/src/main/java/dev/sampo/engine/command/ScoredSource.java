package dev.sampo.engine.command;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;

/// One input of ZUNION and the like: a sorted set, a set, whose members have the score 1, or nothing. A source is either
/// walked over or searched: a search loses the place of a walk.
final class ScoredSource implements AutoCloseable {
    double weight = 1;
    // At most one of them is there.
    private final SortedSetValue sorted;
    private final SetValue plain;

    /// @param e the entry, 0 = none
    ScoredSource(Keyspace keyspace, long e) {
        boolean isSorted = e != 0 && Entry.type(e) == Type.ZSET;
        sorted = isSorted ? new SortedSetValue().read(keyspace, e) : null;
        plain = e != 0 && !isSorted ? new SetValue().open(keyspace, e) : null;
    }

    long size() {
        return sorted != null ? sorted.size() : plain != null ? plain.size() : 0;
    }

    /// Goes to the first member; returns whether there is one.
    boolean first() {
        return sorted != null ? sorted.seek(0) : plain != null && plain.first();
    }

    /// Goes to the next member; returns whether there is one.
    boolean next() {
        return sorted != null ? sorted.next() : plain.next();
    }

    /// Looks for a member; if it is there, [#score()] is its score.
    boolean find(long member, int length) {
        return sorted != null ? sorted.find(member, length) : plain != null && plain.contains(member, length);
    }

    long memberAddress() {
        return sorted != null ? sorted.memberAddress() : plain.memberAddress();
    }

    int memberLength() {
        return sorted != null ? sorted.memberLength() : plain.memberLength();
    }

    double score() {
        return sorted != null ? sorted.score() : 1;
    }

    /// The score times the weight; NaN for zero times infinity.
    double weighted() {
        return score() * weight;
    }

    @Override
    public void close() {
        if (sorted != null) {
            sorted.close();
        }
        if (plain != null) {
            plain.close();
        }
    }
}
