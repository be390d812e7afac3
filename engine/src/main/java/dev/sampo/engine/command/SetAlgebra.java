package dev.sampo.engine.command;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Rng;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.value.BigValueTypes;
import dev.sampo.engine.value.MemberVisitor;
import dev.sampo.engine.value.SetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.util.Arrays;

/// What the commands on sets work with: flyweights over the sets of a request, and intersection, union and difference of
/// them, whose members are answered, counted or put into another set. There is one per [CommandContext]; the objects are
/// reused.
public final class SetAlgebra implements AutoCloseable {
    /// Up to this many sets a union asks the others about each member, instead of collecting them all.
    private static final int PROBED_SETS_MAX = 4;
    /// Ranks drawn for one request of which the memory is kept.
    private static final int KEPT_RANKS_MAX = 4096;

    private final SetValue target = new SetValue();
    private SetValue[] sources = {new SetValue(), new SetValue()};
    private SetValue[] order = new SetValue[2];
    private int count;

    // ---- where members go: the reply, or a set, or neither
    private ReplyWriter reply;
    private boolean storing;
    private long found;
    private long limit;

    /// For sets that are needed to find a reply; made when one is.
    private Keyspace draft;
    private long draftKey;
    private final MatchingMembers matching = new MatchingMembers();
    private long[] ranks = new long[64];

    /// A flyweight for a command that works on one set.
    SetValue one() {
        return sources[0];
    }

    /// A second flyweight.
    SetValue other() {
        return sources[1];
    }

    @Override
    public void close() {
        for (SetValue source : sources) {
            source.close();
        }
        target.close();
        if (draft != null) {
            draft.release();
        }
    }

    // ---------------------------------------------------------------- operands

    /// Looks up the keys in arguments `from` to `to` (exclusive); false after the reply that one of them is no set.
    boolean open(CommandContext c, Args a, int from, int to, ReplyWriter r) {
        count = to - from;
        while (sources.length < count) {
            grow();
        }
        for (int i = 0; i < count; i++) {
            long e = c.lookupRead(a, from + i);
            if (e != 0 && Entry.type(e) != Type.SET) {
                r.simple(Errors.WRONG_TYPE);
                return false;
            }
            order[i] = sources[i].open(c.keyspace(a, from + i), e);
        }
        return true;
    }

    private void grow() {
        int old = sources.length;
        sources = Arrays.copyOf(sources, 2 * old);
        for (int i = old; i < sources.length; i++) {
            sources[i] = new SetValue();
        }
        order = new SetValue[sources.length];
    }

    /// Results are answered.
    void into(ReplyWriter r) {
        reply = r;
        storing = false;
        found = 0;
        limit = Long.MAX_VALUE;
    }

    /// Results are counted, up to a limit.
    void intoCount(long limit) {
        into(null);
        this.limit = limit;
    }

    /// Results become the set of a key that is not there yet.
    void into(Keyspace ks, long key, int keyLength, CollectionLimits limits) {
        into(null);
        storing = true;
        target.open(ks, key, keyLength, KeyHash.hash(key, keyLength), 0, limits);
    }

    /// How many results there were.
    long found() {
        return storing ? target.size() : found;
    }

    /// Takes the current member of a set as a result.
    private void emit(SetValue set) {
        if (storing) {
            target.addCurrentOf(set);
            return;
        }
        found++;
        if (reply != null) {
            set.reply(reply);
        }
    }

    /// Orders the sets from `from` on by size.
    private void sort(int from, boolean largestFirst) {
        for (int i = from + 1; i < count; i++) {
            SetValue set = order[i];
            long size = set.size();
            int j = i;
            while (j > from && (largestFirst ? order[j - 1].size() < size : order[j - 1].size() > size)) {
                order[j] = order[j - 1];
                j--;
            }
            order[j] = set;
        }
    }

    // ---------------------------------------------------------------- operations

    /// O(N * M) for N members of the smallest of M sets.
    void intersect() {
        sort(0, false);
        SetValue smallest = order[0];
        for (boolean more = smallest.first(); more && found < limit; more = smallest.next()) {
            if (isInAll(smallest)) {
                emit(smallest);
            }
        }
    }

    private boolean isInAll(SetValue set) {
        for (int i = 1; i < count; i++) {
            if (!order[i].isSame(set) && !order[i].containsCurrentOf(set)) {
                return false;
            }
        }
        return true;
    }

    /// O(N) for N members of all sets.
    void unite(CommandContext c) {
        if (storing) {
            uniteInto();
        } else if (count <= PROBED_SETS_MAX) {
            unitePresent();
        } else {
            draft(c);
            uniteInto();
            answerDraft();
        }
    }

    private void uniteInto() {
        for (int i = 0; i < count; i++) {
            SetValue set = order[i];
            for (boolean more = set.first(); more; more = set.next()) {
                target.addCurrentOf(set);
            }
        }
    }

    /// Each member is taken from the first set that has it.
    private void unitePresent() {
        sort(0, true);
        for (int i = 0; i < count; i++) {
            SetValue set = order[i];
            for (boolean more = set.first(); more; more = set.next()) {
                if (!isInFirst(i, set)) {
                    emit(set);
                }
            }
        }
    }

    private boolean isInFirst(int n, SetValue set) {
        for (int i = 0; i < n; i++) {
            if (order[i].isSame(set) || order[i].containsCurrentOf(set)) {
                return true;
            }
        }
        return false;
    }

    /// O(N) for N members of all sets, or less: O(M * n) for n members of the first of M.
    void subtract(CommandContext c) {
        SetValue first = order[0];
        long probes = 0;
        long all = 0;
        for (int i = 0; i < count; i++) {
            if (order[i].entry() != 0) {
                if (i > 0 && order[i].isSame(first)) {
                    return;
                }
                probes += first.size();
                all += order[i].size();
            }
        }
        if (probes / 2 <= all) {
            subtractProbing(first);
        } else if (storing) {
            subtractFromTarget(first);
        } else {
            draft(c);
            subtractFromTarget(first);
            answerDraft();
        }
    }

    private void subtractProbing(SetValue first) {
        sort(1, true);
        for (boolean more = first.first(); more; more = first.next()) {
            if (!isInOthers(first)) {
                emit(first);
            }
        }
    }

    private boolean isInOthers(SetValue set) {
        for (int i = 1; i < count; i++) {
            if (order[i].containsCurrentOf(set)) {
                return true;
            }
        }
        return false;
    }

    private void subtractFromTarget(SetValue first) {
        for (boolean more = first.first(); more; more = first.next()) {
            target.addCurrentOf(first);
        }
        for (int i = 1; i < count && !target.isEmpty(); i++) {
            SetValue set = order[i];
            for (boolean more = set.first(); more && !target.isEmpty(); more = set.next()) {
                target.removeCurrentOf(set);
            }
        }
    }

    // ---------------------------------------------------------------- drafts

    /// From here on results become a set that is answered and forgotten.
    private void draft(CommandContext c) {
        if (draft == null) {
            draft = new Keyspace(0, 0, Reclaimer.INLINE, BigValueTypes.ALL);
        }
        draftKey = c.unusedKey(draft);
        int length = CommandContext.UNUSED_KEY_BYTES;
        target.open(draft, draftKey, length, KeyHash.hash(draftKey, length), 0, c.settings().collections());
    }

    private void answerDraft() {
        for (boolean more = target.first(); more; more = target.next()) {
            emit(target);
        }
        draft.delete(draftKey, CommandContext.UNUSED_KEY_BYTES, KeyHash.hash(draftKey, CommandContext.UNUSED_KEY_BYTES));
        while (draft.hasGarbage()) {
            draft.reclaim(Integer.MAX_VALUE);
        }
    }

    // ---------------------------------------------------------------- choosing

    /// Writes the ranks of `n` of `size` members (`n` smaller), every choice with the same probability, and returns where they
    /// are.
    long[] draw(int n, long size, Rng rng) {
        int capacity = Integer.highestOneBit(Math.max(n, 16)) * 4;
        long[] table = ranks;
        if (capacity > table.length) {
            table = new long[capacity];
            if (capacity <= KEPT_RANKS_MAX) {
                ranks = table;
            }
        }
        Arrays.fill(table, 0, capacity, 0);
        // As Floyd does it: of the ranks up to each of the last n, one that is new, which that one itself always is.
        for (long last = size - n; last < size; last++) {
            if (!note(table, capacity, uniform(rng, last + 1))) {
                note(table, capacity, last);
            }
        }
        int drawn = 0;
        for (int i = 0; i < capacity; i++) {
            if (table[i] != 0) {
                table[drawn++] = table[i] - 1;
            }
        }
        return table;
    }

    private static boolean note(long[] table, int capacity, long rank) {
        int i = (int) (rank * 0x9E3779B97F4A7C15L >>> 33) & capacity - 1;
        while (table[i] != 0) {
            if (table[i] == rank + 1) {
                return false;
            }
            i = i + 1 & capacity - 1;
        }
        table[i] = rank + 1;
        return true;
    }

    /// Uniform in `0 <= n < bound`.
    static long uniform(Rng rng, long bound) {
        return bound <= Integer.MAX_VALUE ? rng.nextInt((int) bound) : Long.remainderUnsigned(rng.nextLong(), bound);
    }

    // ---------------------------------------------------------------- walking

    /// Answers those of the members it visits that match a pattern.
    MatchingMembers matching() {
        return matching;
    }

    /// See [SetAlgebra#matching()].
    static final class MatchingMembers implements MemberVisitor {
        private ReplyWriter reply;
        private boolean matchesAll;
        private long pattern;
        private int patternLength;
        private long found;

        void matchAll() {
            matchesAll = true;
        }

        void match(long pattern, int length) {
            this.pattern = pattern;
            patternLength = length;
            matchesAll = Glob.matchesAll(pattern, length);
        }

        void into(ReplyWriter r) {
            reply = r;
            found = 0;
        }

        long found() {
            return found;
        }

        @Override
        public void visit(long address, int length) {
            if (matchesAll || Glob.matches(pattern, patternLength, address, length)) {
                reply.bulk(address, length);
                found++;
            }
        }
    }
}
