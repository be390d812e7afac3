package dev.sampo.engine.value;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.Rng;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// A set. HOT.
///
/// Small ones are *packed*: an [IntSet] while all members are integers, else a [Listpack]. Others are *big*: a [MemberTree]
/// of [Element]s. As in Redis a set changes its form when it outgrows the settings and never goes back.
///
/// A reusable flyweight over the set of one key at a time; a key that is not there is an empty set, which comes into being
/// with its first member. A set never stays empty: who removes the last member deletes the key. There is a current member:
/// the one that was walked to or drawn last; a change other than [#removeCurrent()] loses it.
///
/// Bytes that are passed in must not lie in the set itself. One thread at a time; nothing is allocated on the Java heap.
public final class SetValue implements AutoCloseable {
    /// Larger sets of integers are better off as trees, whatever the settings say.
    private static final int INTSET_ENTRIES_MAX = 1 << 27;
    private static final int NONE = -1;

    private final MemberTree tree = new MemberTree();
    private final RefVisitor scanner = this::scanned;
    /// The digits of the current member where it is an integer.
    private final long text = OffHeap.allocate(Ascii.LONG_LENGTH_MAX);

    // ---- the set
    private Keyspace keyspace;
    private long key;
    private int keyLength;
    private long hash;
    private CollectionLimits limits;
    /// 0 = there is none yet.
    private long entry;
    /// [#NONE], or a constant of [Encoding].
    private int encoding = NONE;
    /// Address of the packed bytes.
    private long value;
    private long expected;
    /// Whether the keyspace knows that this set changes.
    private boolean announced;

    // ---- the current member of a packed set: index in an intset, address of an entry in a listpack
    private int index;
    private long at;

    private MemberVisitor visitor;

    // ---------------------------------------------------------------- opening

    /// Turns to the set of an entry, for reading only; returns this.
    ///
    /// @param e 0 = there is none
    public SetValue open(Keyspace keyspace, long e) {
        this.keyspace = keyspace;
        limits = null;
        turnTo(e);
        return this;
    }

    /// Turns to the set of a key, to read and to change it; returns this.
    ///
    /// @param e its entry, 0 = there is none
    public SetValue open(Keyspace keyspace, long key, int keyLength, long hash, long e, CollectionLimits limits) {
        this.keyspace = keyspace;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        this.limits = limits;
        expected = 1;
        announced = false;
        turnTo(e);
        return this;
    }

    private void turnTo(long e) {
        entry = e;
        if (e == 0) {
            encoding = NONE;
            return;
        }
        assert Entry.type(e) == Type.SET;
        encoding = Entry.encoding(e);
        value = Entry.valueAddress(e);
        if (encoding == Encoding.HASHTABLE) {
            tree.open(keyspace.blocks(), value);
        }
    }

    /// The entry, which a change may have moved; 0 = there is none.
    public long entry() {
        return entry;
    }

    /// Gives the scratch memory back.
    @Override
    public void close() {
        OffHeap.free(text, Ascii.LONG_LENGTH_MAX);
    }

    // ---------------------------------------------------------------- reading

    /// Number of members.
    public long size() {
        return switch (encoding) {
            case NONE -> 0;
            case Encoding.INTSET -> IntSet.count(value);
            case Encoding.LISTPACK -> Listpack.count(value);
            default -> tree.weight();
        };
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    public boolean contains(long member, int length) {
        return switch (encoding) {
            case NONE -> false;
            case Encoding.INTSET -> Ascii.isLong(member, length) && IntSet.contains(value, Ascii.longValue(member, length));
            case Encoding.LISTPACK -> Listpack.find(Listpack.first(value), member, length, 0) != 0;
            default -> tree.find(member, length, KeyHash.hash(member, length));
        };
    }

    /// Whether the current member of another set is one of this set too.
    public boolean containsCurrentOf(SetValue other) {
        if (encoding == Encoding.INTSET && other.isInteger()) {
            return IntSet.contains(value, other.integer());
        }
        if (encoding == Encoding.HASHTABLE && other.encoding == Encoding.HASHTABLE) {
            long e = other.tree.element();
            return tree.find(Element.memberAddress(e), Element.memberLength(e), other.tree.hash());
        }
        return contains(other.memberAddress(), other.memberLength());
    }

    /// Whether this is the same entry as that of another flyweight.
    public boolean isSame(SetValue other) {
        return entry == other.entry;
    }

    // ---------------------------------------------------------------- walking

    /// Goes to the first member; returns whether there is one. The order is that of the form the set has.
    public boolean first() {
        switch (encoding) {
            case NONE -> {
                return false;
            }
            case Encoding.INTSET -> {
                index = 0;
                return IntSet.count(value) > 0;
            }
            case Encoding.LISTPACK -> {
                at = Listpack.first(value);
                return at != 0;
            }
            default -> {
                return tree.first();
            }
        }
    }

    /// Goes on to the next member; returns whether there is one.
    public boolean next() {
        if (encoding == Encoding.HASHTABLE) {
            return tree.next();
        }
        if (encoding == Encoding.INTSET) {
            return ++index < IntSet.count(value);
        }
        at = Listpack.next(at);
        return at != 0;
    }

    /// Goes to a member, every one with the same probability; the set must not be empty.
    public void random(Rng rng) {
        switch (encoding) {
            case Encoding.INTSET -> index = rng.nextInt(IntSet.count(value));
            case Encoding.LISTPACK -> at = Listpack.seek(value, rng.nextInt(Listpack.count(value)));
            default -> tree.random(rng);
        }
    }

    /// Goes to the member at a place in the order of the walk, from 0, which must be there.
    public void seek(long rank) {
        switch (encoding) {
            case Encoding.INTSET -> index = (int) rank;
            case Encoding.LISTPACK -> at = Listpack.seek(value, rank);
            default -> tree.seekRank(rank);
        }
    }

    /// Whether the current member is held as an integer.
    public boolean isInteger() {
        return encoding == Encoding.INTSET || encoding == Encoding.LISTPACK && Listpack.isInteger(at);
    }

    /// The current member for which [#isInteger()] holds.
    public long integer() {
        return encoding == Encoding.INTSET ? IntSet.get(value, index) : Listpack.integer(at);
    }

    /// Where the bytes of the current member lie, until another member is asked for.
    public long memberAddress() {
        if (encoding == Encoding.HASHTABLE) {
            return Element.memberAddress(tree.element());
        }
        if (isInteger()) {
            Ascii.writeLong(text, integer());
            return text;
        }
        return Listpack.stringAddress(at);
    }

    /// Length of the current member.
    public int memberLength() {
        if (encoding == Encoding.HASHTABLE) {
            return Element.memberLength(tree.element());
        }
        return isInteger() ? Ascii.longLength(integer()) : Listpack.stringLength(at);
    }

    /// Answers with the current member as a bulk string.
    public void reply(ReplyWriter r) {
        if (encoding == Encoding.HASHTABLE) {
            long e = tree.element();
            r.bulk(Element.memberAddress(e), Element.memberLength(e));
        } else if (isInteger()) {
            r.bulkInteger(integer());
        } else {
            r.bulk(Listpack.stringAddress(at), Listpack.stringLength(at));
        }
    }

    /// Goes on with a walk that clients resume by a cursor: visits about `count` members, all of a packed set, and returns
    /// the next cursor, 0 at the end. A member that is there all the time is visited, whatever else comes and goes.
    public long scan(long cursor, long count, MemberVisitor visitor) {
        if (encoding == Encoding.HASHTABLE) {
            this.visitor = visitor;
            return tree.scan(cursor, count, scanner);
        }
        for (boolean more = first(); more; more = next()) {
            visitor.visit(memberAddress(), memberLength());
        }
        return 0;
    }

    /// The cursor that [#scan(long, long, MemberVisitor)] would return.
    public long scanEnd(long cursor, long count) {
        return encoding == Encoding.HASHTABLE ? tree.scan(cursor, count, _ -> { }) : 0;
    }

    private void scanned(int ref) {
        long e = keyspace.blocks().address(ref);
        visitor.visit(Element.memberAddress(e), Element.memberLength(e));
    }

    // ---------------------------------------------------------------- adding

    /// Announces how many members are about to come, so that a set takes at once the form it needs for them.
    public void expect(long members) {
        expected = members;
        if (encoding == Encoding.LISTPACK && members > limits.setEntries()
            || encoding == Encoding.INTSET && members > intsetEntries()) {
            toTree();
        }
    }

    /// Adds a member; returns whether it is new.
    public boolean add(long member, int length) {
        if (encoding == Encoding.HASHTABLE) {
            return addToTree(member, length, KeyHash.hash(member, length));
        }
        return addToPacked(member, length);
    }

    /// Adds the current member of another set; returns whether it is new.
    public boolean addCurrentOf(SetValue other) {
        if (encoding == Encoding.HASHTABLE && other.encoding == Encoding.HASHTABLE) {
            long e = other.tree.element();
            return addToTree(Element.memberAddress(e), Element.memberLength(e), other.tree.hash());
        }
        return add(other.memberAddress(), other.memberLength());
    }

    private boolean addToTree(long member, int length, long memberHash) {
        if (tree.find(member, length, memberHash)) {
            return false;
        }
        announce();
        tree.add(Element.create(keyspace.blocks(), member, length), memberHash);
        return true;
    }

    private boolean addToPacked(long member, int length) {
        boolean isLong = Ascii.isLong(member, length);
        if (encoding == NONE) {
            create(isLong);
        }
        if (encoding == Encoding.INTSET) {
            if (isLong) {
                return addToIntset(Ascii.longValue(member, length), member, length);
            }
            if (IntSet.count(value) < limits.setEntries() && length <= limits.setValueBytes()
                && longestInteger() <= limits.setValueBytes()) {
                toListpack();
            } else {
                toTree();
            }
        }
        return encoding == Encoding.LISTPACK ? addToListpack(member, length)
            : addToTree(member, length, KeyHash.hash(member, length));
    }

    private int intsetEntries() {
        return Math.min(limits.setIntsetEntries(), INTSET_ENTRIES_MAX);
    }

    private void create(boolean integers) {
        encoding = integers && expected <= intsetEntries() ? Encoding.INTSET
            : expected <= limits.setEntries() ? Encoding.LISTPACK : Encoding.HASHTABLE;
        announced = true;
        int bytes = encoding == Encoding.INTSET ? IntSet.EMPTY_BYTES
            : encoding == Encoding.LISTPACK ? Listpack.EMPTY_BYTES : Tree.ROOT_BYTES;
        entry = keyspace.create(key, keyLength, hash, Type.SET, encoding, bytes);
        value = Entry.valueAddress(entry);
        if (encoding == Encoding.INTSET) {
            IntSet.clear(value);
        } else if (encoding == Encoding.LISTPACK) {
            Listpack.clear(value);
        } else {
            Tree.init(value);
            tree.open(keyspace.blocks(), value);
        }
    }

    private boolean addToIntset(long number, long member, int length) {
        int place = IntSet.find(value, number);
        if (place >= 0) {
            return false;
        }
        if (IntSet.count(value) >= intsetEntries()) {
            toTree();
            return addToTree(member, length, KeyHash.hash(member, length));
        }
        resize(IntSet.bytesWith(value, number));
        IntSet.insert(value, number, place);
        return true;
    }

    private boolean addToListpack(long member, int length) {
        if (Listpack.find(Listpack.first(value), member, length, 0) != 0) {
            return false;
        }
        int bytes = Listpack.bytes(value);
        if (Listpack.count(value) >= limits.setEntries() || length > limits.setValueBytes()
            || (long) bytes + length > Listpack.BYTES_MAX) {
            toTree();
            return addToTree(member, length, KeyHash.hash(member, length));
        }
        resize(bytes + Listpack.sizeOf(member, length));
        Listpack.append(value, member, length);
        return true;
    }

    /// Must precede every change in place.
    private void announce() {
        if (!announced) {
            entry = keyspace.change(key, keyLength, hash);
            announced = true;
        }
    }

    private void resize(int bytes) {
        entry = keyspace.resizeValue(key, keyLength, hash, bytes);
        value = Entry.valueAddress(entry);
        announced = true;
    }

    // ---------------------------------------------------------------- removing

    /// Removes a member; returns whether it was there.
    public boolean remove(long member, int length) {
        switch (encoding) {
            case NONE -> {
                return false;
            }
            case Encoding.INTSET -> {
                index = Ascii.isLong(member, length) ? IntSet.find(value, Ascii.longValue(member, length)) : -1;
                if (index < 0) {
                    return false;
                }
            }
            case Encoding.LISTPACK -> {
                at = Listpack.find(Listpack.first(value), member, length, 0);
                if (at == 0) {
                    return false;
                }
            }
            default -> {
                if (!tree.find(member, length, KeyHash.hash(member, length))) {
                    return false;
                }
            }
        }
        removeCurrent();
        return true;
    }

    /// Removes the current member of another set; returns whether it was there.
    public boolean removeCurrentOf(SetValue other) {
        return remove(other.memberAddress(), other.memberLength());
    }

    /// Removes the current member; there is none then.
    public void removeCurrent() {
        announce();
        if (encoding == Encoding.HASHTABLE) {
            Element.free(keyspace.blocks(), tree.ref());
            tree.remove();
        } else if (encoding == Encoding.INTSET) {
            IntSet.remove(value, index);
            if (IntSet.count(value) > 0) {
                resize(IntSet.bytes(value));
            }
        } else {
            Listpack.delete(value, at, 1);
            if (!Listpack.isEmpty(value)) {
                resize(Listpack.bytes(value));
            }
        }
    }

    // ---------------------------------------------------------------- changing the form

    /// Digits of the longest member of an intset.
    private int longestInteger() {
        int count = IntSet.count(value);
        return count == 0 ? 0
            : Math.max(Ascii.longLength(IntSet.get(value, 0)), Ascii.longLength(IntSet.get(value, count - 1)));
    }

    private void toListpack() {
        int count = IntSet.count(value);
        int oldBytes = IntSet.bytes(value);
        long old = OffHeap.allocate(oldBytes);
        OffHeap.copy(value, old, oldBytes);
        int bytes = Listpack.EMPTY_BYTES;
        for (int i = 0; i < count; i++) {
            bytes += Listpack.sizeOf(IntSet.get(old, i));
        }
        entry = keyspace.replaceValue(key, keyLength, hash, Encoding.LISTPACK, bytes);
        announced = true;
        encoding = Encoding.LISTPACK;
        value = Entry.valueAddress(entry);
        Listpack.clear(value);
        for (int i = 0; i < count; i++) {
            Listpack.append(value, IntSet.get(old, i));
        }
        OffHeap.free(old, oldBytes);
    }

    private void toTree() {
        boolean integers = encoding == Encoding.INTSET;
        int oldBytes = integers ? IntSet.bytes(value) : Listpack.bytes(value);
        long old = OffHeap.allocate(oldBytes);
        OffHeap.copy(value, old, oldBytes);
        entry = keyspace.replaceValue(key, keyLength, hash, Encoding.HASHTABLE, Tree.ROOT_BYTES);
        announced = true;
        encoding = Encoding.HASHTABLE;
        value = Entry.valueAddress(entry);
        Tree.init(value);
        tree.open(keyspace.blocks(), value);
        if (integers) {
            for (int i = 0, count = IntSet.count(old); i < count; i++) {
                int length = Ascii.writeLong(text, IntSet.get(old, i));
                addToTree(text, length, KeyHash.hash(text, length));
            }
        } else {
            for (long p = Listpack.first(old); p != 0; p = Listpack.next(p)) {
                long member = Listpack.textAddress(p, text);
                int length = Listpack.textLength(p);
                addToTree(member, length, KeyHash.hash(member, length));
            }
        }
        OffHeap.free(old, oldBytes);
    }
}
