package dev.sampo.engine.value;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// A sorted set: members with scores, in the order of the scores and, where these are equal, of the members' bytes. HOT.
///
/// Small ones are *packed*: a [Listpack] of member, score, member, score in order, as Redis has it. Others are *big*: an
/// [Element] per member whose extra bytes are the score, in a [MemberTree] and in a [ScoreTree]; the root is the two trees'.
/// A set becomes big when it outgrows the settings and then stays so.
///
/// A reusable flyweight over the set of one key at a time. One element is the current one: the one that was found or sought
/// last; any change of the set that is not said to keep it loses it. A set never stays empty: who removes the last element
/// deletes the key. One thread at a time; allocates nothing.
public final class SortedSetValue implements AutoCloseable {
    /// Bytes of the root of a big set: of the tree by member, then of the tree by score.
    static final int ROOT_BYTES = 2 * Tree.ROOT_BYTES;

    /// Numbers up to this are kept as integers where they are; every double beyond is one anyway.
    private static final double WHOLE_MAX = 0x1p62;

    // Scratch: the text of a member that is an integer, the text of a score, and a root under construction.
    private static final int MEMBER_TEXT = 0;
    private static final int SCORE_TEXT = 32;
    private static final int ROOT = SCORE_TEXT + Ascii.DOUBLE_LENGTH_MAX;
    private static final int SCRATCH_BYTES = ROOT + ROOT_BYTES;

    private final MemberTree members = new MemberTree();
    private final ScoreTree scores = new ScoreTree();
    private final long scratch = OffHeap.allocate(SCRATCH_BYTES);

    // ---- the set
    private Keyspace keyspace;
    private long key;
    private int keyLength;
    private long hash;
    /// 0 = there is none yet.
    private long entry;
    private boolean big;
    /// Address of the listpack or of the root.
    private long value;
    private long size;
    /// How many members, and which length of one, are announced for a set that is not there yet.
    private long expectedSize;
    private int expectedLength;
    /// Whether the keyspace knows that this set changes.
    private boolean announced;

    // ---- the current element: its address, 0 = none, and for big sets its reference
    private long at;
    private int ref;

    /// What is told of the elements of a set.
    @FunctionalInterface
    public interface Visitor {
        /// The current element of `set` is the one to look at. The set must not be changed.
        void visit(SortedSetValue set);
    }

    // ---------------------------------------------------------------- opening

    /// Turns to the set of a key, to read and to change it; returns this.
    ///
    /// @param e its entry
    public SortedSetValue open(Keyspace keyspace, long key, int keyLength, long hash, long e) {
        this.keyspace = keyspace;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        turnTo(e);
        return this;
    }

    /// Turns to the set of an entry, to read it only; returns this.
    public SortedSetValue read(Keyspace keyspace, long e) {
        this.keyspace = keyspace;
        turnTo(e);
        return this;
    }

    /// Turns to a key that will become a sorted set when the first element is inserted, whatever it is now; returns this.
    ///
    /// @param expectedSize how many elements will come, as far as is known
    /// @param expectedLength how long a member will be, as far as is known
    public SortedSetValue create(Keyspace keyspace, long key, int keyLength, long hash, long expectedSize, int expectedLength) {
        this.keyspace = keyspace;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        this.expectedSize = expectedSize;
        this.expectedLength = expectedLength;
        entry = 0;
        big = false;
        size = 0;
        at = 0;
        announced = false;
        return this;
    }

    private void turnTo(long e) {
        assert Entry.type(e) == Type.ZSET;
        entry = e;
        value = Entry.valueAddress(e);
        big = Encoding.isBig(Entry.encoding(e));
        at = 0;
        announced = false;
        if (big) {
            openTrees(value);
            size = members.weight();
        } else {
            size = Listpack.count(value) >>> 1;
        }
    }

    private void openTrees(long root) {
        Blocks blocks = keyspace.blocks();
        members.open(blocks, root);
        scores.open(blocks, root + Tree.ROOT_BYTES);
    }

    /// Number of elements.
    public long size() {
        return size;
    }

    // ---------------------------------------------------------------- the current element

    /// Where the member's bytes lie; valid until the next call of a method that moves to another element or changes the set.
    public long memberAddress() {
        return big ? Element.memberAddress(at) : Listpack.textAddress(at, scratch + MEMBER_TEXT);
    }

    public int memberLength() {
        return big ? Element.memberLength(at) : Listpack.textLength(at);
    }

    public double score() {
        return big ? Double.longBitsToDouble(Element.extra(at)) : packedScore(Listpack.skip(at));
    }

    /// Answers with the member as a bulk string.
    public void replyMember(ReplyWriter r) {
        if (big) {
            r.bulk(Element.memberAddress(at), Element.memberLength(at));
        } else {
            Listpack.reply(at, r);
        }
    }

    /// Answers with the score as a double.
    public void replyScore(ReplyWriter r) {
        r.dbl(score());
    }

    /// Answers with the score as a bulk string in every version of the protocol.
    public void replyScoreText(ReplyWriter r) {
        r.bulk(scratch + SCORE_TEXT, Ascii.writeDouble(scratch + SCORE_TEXT, score()));
    }

    private static double packedScore(long p) {
        return Listpack.isInteger(p) ? Listpack.integer(p)
            : Ascii.parseDouble(Listpack.stringAddress(p), Listpack.stringLength(p));
    }

    // ---------------------------------------------------------------- searching

    /// Goes to a member, if it is there. O(log size).
    public boolean find(long member, int length) {
        if (!big) {
            at = entry == 0 ? 0 : Listpack.find(Listpack.first(value), member, length, 1);
            return at != 0;
        }
        boolean found = members.find(member, length, KeyHash.hash(member, length));
        if (found) {
            ref = members.ref();
            at = members.element();
        }
        return found;
    }

    /// Number of elements before the current one. O(log size).
    public long rank() {
        if (big) {
            scores.find(score(), Element.memberAddress(at), Element.memberLength(at));
            return scores.rank();
        }
        long rank = 0;
        for (long p = Listpack.first(value); p != at; p = Listpack.skip(p, 2)) {
            rank++;
        }
        return rank;
    }

    /// Goes to the element of this rank, from 0; returns whether there is one. O(log size).
    public boolean seek(long rank) {
        if (rank < 0 || rank >= size) {
            return false;
        }
        if (big) {
            scores.seekRank(rank);
            load();
        } else {
            at = Listpack.seek(value, 2 * rank);
        }
        return true;
    }

    /// After [#seek(long)], goes to the next element in order; returns whether there is one.
    public boolean next() {
        if (!big) {
            at = Listpack.next(Listpack.skip(at));
            return at != 0;
        }
        if (!scores.next()) {
            return false;
        }
        load();
        return true;
    }

    /// After [#seek(long)], goes to the element before in order; returns whether there is one.
    public boolean previous() {
        if (!big) {
            long score = Listpack.previous(value, at);
            at = score == 0 ? 0 : Listpack.previous(value, score);
            return at != 0;
        }
        if (!scores.previous()) {
            return false;
        }
        load();
        return true;
    }

    private void load() {
        ref = scores.ref();
        at = scores.element();
    }

    /// Number of elements whose score is below a bound or, if `inclusive`, at most the bound. O(log size).
    public long countBelow(double bound, boolean inclusive) {
        if (big) {
            scores.seekScore(bound, inclusive);
            return scores.rank();
        }
        long count = 0;
        for (long p = Listpack.first(value); p != 0; p = Listpack.next(Listpack.skip(p))) {
            double score = packedScore(Listpack.skip(p));
            if (score > bound || score == bound && !inclusive) {
                return count;
            }
            count++;
        }
        return count;
    }

    /// Number of elements whose member comes before some bytes or, if `inclusive`, not after them; all scores must be the
    /// same, otherwise the answer has no meaning. O(log size).
    public long countBelow(long bound, int length, boolean inclusive) {
        if (big) {
            scores.first();
            scores.seekMember(scores.score(), bound, length, inclusive);
            return scores.rank();
        }
        long count = 0;
        for (long p = Listpack.first(value); p != 0; p = Listpack.next(Listpack.skip(p))) {
            int order = compareMember(p, bound, length);
            if (order > 0 || order == 0 && !inclusive) {
                return count;
            }
            count++;
        }
        return count;
    }

    private int compareMember(long p, long member, int length) {
        return OffHeap.compare(Listpack.textAddress(p, scratch + MEMBER_TEXT), Listpack.textLength(p), member, length);
    }

    /// Goes on with a walk in no order: visits about `count` elements, of a packed set all, and returns the cursor to go on
    /// with, 0 at the end. Elements that are there from the beginning to the end of a walk are visited once.
    public long scan(long cursor, long count, Visitor visitor) {
        if (big) {
            Blocks blocks = keyspace.blocks();
            return members.scan(cursor, count, each -> {
                ref = each;
                at = blocks.address(each);
                visitor.visit(this);
            });
        }
        for (boolean more = seek(0); more; more = next()) {
            visitor.visit(this);
        }
        return 0;
    }

    // ---------------------------------------------------------------- changing

    /// Adds a member, which [#find(long, int)] has just not found; it is not the current element then. The bytes must not lie
    /// in the keyspace. O(log size).
    ///
    /// @param score not NaN
    public void insert(long member, int length, double score, CollectionLimits limits) {
        if (entry == 0) {
            createFirst(limits);
        }
        if (!big) {
            if (size < limits.zsetEntries() && length <= limits.zsetValueBytes() && hasRoom(length)) {
                insertPacked(member, length, score);
                size++;
                return;
            }
            convert();
            find(member, length);
        }
        announce();
        Blocks blocks = keyspace.blocks();
        int fresh = Element.createExtra(blocks, member, length, Double.doubleToRawLongBits(score));
        members.add(fresh, KeyHash.hash(member, length));
        scores.find(score, member, length);
        scores.add(fresh, score);
        size++;
    }

    private boolean hasRoom(int length) {
        return Listpack.bytes(value) < Listpack.BYTES_MAX - length - 64;
    }

    /// Makes the key an empty set, of the kind that fits what is expected.
    private void createFirst(CollectionLimits limits) {
        big = expectedSize > limits.zsetEntries() || expectedLength > limits.zsetValueBytes();
        entry = keyspace.create(key, keyLength, hash, Type.ZSET, big ? Encoding.SKIPLIST : Encoding.LISTPACK,
            big ? ROOT_BYTES : Listpack.EMPTY_BYTES);
        value = Entry.valueAddress(entry);
        announced = true;
        if (big) {
            Tree.init(value);
            Tree.init(value + Tree.ROOT_BYTES);
            openTrees(value);
            members.first();
        } else {
            Listpack.clear(value);
        }
    }

    /// Gives the current element, found by [#find(long, int)], another score; it is not the current one then. O(log size).
    ///
    /// @param member its bytes, not in the keyspace
    /// @param score not NaN
    public void rescore(long member, int length, double score) {
        announce();
        if (!big) {
            Listpack.delete(value, at, 2);
            insertPacked(member, length, score);
            return;
        }
        scores.find(score(), member, length);
        scores.remove();
        int moved = Element.setExtra(keyspace.blocks(), ref, Double.doubleToRawLongBits(score));
        if (moved != ref) {
            members.replaceRef(moved);
        }
        scores.find(score, member, length);
        scores.add(moved, score);
    }

    /// Removes the current element, found by [#find(long, int)]. O(log size).
    public void remove() {
        announce();
        size--;
        if (!big) {
            Listpack.delete(value, at, 2);
            cut();
            return;
        }
        scores.find(score(), Element.memberAddress(at), Element.memberLength(at));
        scores.remove();
        members.remove();
        Element.free(keyspace.blocks(), ref);
    }

    /// Removes the elements of rank `from` up to but without `to`; there are some. O((to - from) log size).
    public void removeRange(long from, long to) {
        assert from >= 0 && from < to && to <= size;
        announce();
        size -= to - from;
        if (!big) {
            long p = Listpack.seek(value, 2 * from);
            Listpack.delete(value, p, (int) (2 * (to - from)));
            cut();
            return;
        }
        Blocks blocks = keyspace.blocks();
        scores.seekRank(from);
        // Behind the last item of a leaf the cursor has to move on first.
        for (long left = to - from; left > 0 && scores.hasItem(); left--) {
            load();
            long member = Element.memberAddress(at);
            int length = Element.memberLength(at);
            members.find(member, length, KeyHash.hash(member, length));
            members.remove();
            scores.remove();
            Element.free(blocks, ref);
        }
    }

    private void announce() {
        if (!announced) {
            announced = true;
            long e = keyspace.change(key, keyLength, hash);
            assert e == entry;
        }
    }

    // ---------------------------------------------------------------- packed

    private void insertPacked(long member, int length, double score) {
        long offset = place(member, length, score) - value;
        boolean whole = isWhole(score);
        int textLength = whole ? 0 : Ascii.writeDouble(scratch + SCORE_TEXT, score);
        int added = Listpack.sizeOf(member, length)
            + (whole ? Listpack.sizeOf((long) score) : Listpack.sizeOf(scratch + SCORE_TEXT, textLength));
        entry = keyspace.resizeValue(key, keyLength, hash, Listpack.bytes(value) + added);
        announced = true;
        value = Entry.valueAddress(entry);
        if (whole) {
            Listpack.insert(value, value + offset, (long) score);
        } else {
            Listpack.insert(value, value + offset, scratch + SCORE_TEXT, textLength);
        }
        Listpack.insert(value, value + offset, member, length);
    }

    /// Whether a score is kept as an integer. Of a negative zero the sign is lost, as in Redis.
    private static boolean isWhole(double score) {
        return score >= -WHOLE_MAX && score <= WHOLE_MAX && (long) score == score;
    }

    /// Where a member that is not there belongs: an entry or the end of the listpack. Mostly it is the end.
    private long place(long member, int length, double score) {
        long end = Listpack.end(value);
        long last = Listpack.previous(value, end);
        if (last == 0) {
            return end;
        }
        double highest = packedScore(last);
        if (highest < score || highest == score && compareMember(Listpack.previous(value, last), member, length) < 0) {
            return end;
        }
        long p = value + Listpack.HEADER_BYTES;
        while (p != end) {
            long scoreAt = Listpack.skip(p);
            double there = packedScore(scoreAt);
            if (there > score || there == score && compareMember(p, member, length) > 0) {
                return p;
            }
            p = Listpack.skip(scoreAt);
        }
        return end;
    }

    /// Gives back what the listpack does not need any more.
    private void cut() {
        entry = keyspace.resizeValue(key, keyLength, hash, Listpack.bytes(value));
        value = Entry.valueAddress(entry);
    }

    /// Makes the packed set big.
    private void convert() {
        Blocks blocks = keyspace.blocks();
        long root = scratch + ROOT;
        Tree.init(root);
        Tree.init(root + Tree.ROOT_BYTES);
        openTrees(root);
        for (long p = Listpack.first(value); p != 0; p = Listpack.next(Listpack.skip(p))) {
            double score = packedScore(Listpack.skip(p));
            long member = Listpack.textAddress(p, scratch + MEMBER_TEXT);
            append(blocks, member, Listpack.textLength(p), score);
        }
        entry = keyspace.replaceValue(key, keyLength, hash, Encoding.SKIPLIST, ROOT_BYTES);
        announced = true;
        value = Entry.valueAddress(entry);
        OffHeap.copy(root, value, ROOT_BYTES);
        members.moved(value);
        scores.moved(value + Tree.ROOT_BYTES);
        big = true;
    }

    /// Adds the element that comes behind all others to the trees.
    private void append(Blocks blocks, long member, int length, double score) {
        int fresh = Element.createExtra(blocks, member, length, Double.doubleToRawLongBits(score));
        long memberHash = KeyHash.hash(member, length);
        members.find(member, length, memberHash);
        members.add(fresh, memberHash);
        scores.end();
        scores.add(fresh, score);
    }

    @Override
    public void close() {
        OffHeap.free(scratch, SCRATCH_BYTES);
    }
}
