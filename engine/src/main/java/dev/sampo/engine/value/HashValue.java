package dev.sampo.engine.value;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.Rng;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// A hash: fields with values, each of which may have a deadline. HOT.
///
/// Small ones are *packed*: a [Listpack] of field, value, field, value, or, once a field has had a deadline, of field, value,
/// deadline (0 = none) in the order of the deadlines, those without one last, as Redis has them. Others are *big*: an
/// [Element] per field in a [MemberTree], those with deadlines also in a [DeadlineTree]; the root is the two trees'. As in
/// Redis a hash changes its form when it outgrows the settings and never goes back.
///
/// A field whose deadline has passed is *over*: it is still stored, but neither found nor walked to nor counted, unless the
/// method says so. Somebody removes it some time: [#removeOver(int)].
///
/// A reusable flyweight over the hash of one key at a time; a key that is not there is an empty hash, which comes into being
/// with its first field. A hash never stays empty: who removes the last stored field deletes the key. There is a current
/// field, the one that was found or walked to last; every change loses it, unless the method says otherwise.
///
/// Bytes that are passed in must not lie in the keyspace. One thread at a time; nothing is allocated on the Java heap.
public final class HashValue implements AutoCloseable {
    /// Bytes of the root of a big hash: of the tree of fields, then of the tree of deadlines.
    static final int ROOT_BYTES = 2 * Tree.ROOT_BYTES;
    /// No time is over for who asks with this.
    public static final long NOTHING_IS_OVER = Long.MIN_VALUE;

    private static final int NONE = -1;
    /// Draws of a random field before the next one that is not over will do.
    private static final int DRAWS_MAX = 64;
    /// Bytes of an entry of a listpack that says that there is no deadline.
    private static final int NO_DEADLINE_BYTES = 2;

    // Scratch: the text of a field and of a value that are integers, and a root on its way.
    private static final int FIELD_TEXT = 0;
    private static final int VALUE_TEXT = 32;
    private static final int ROOT = 64;
    private static final int SCRATCH_BYTES = ROOT + ROOT_BYTES;

    private final MemberTree fields = new MemberTree();
    private final DeadlineTree deadlines = new DeadlineTree();
    private final RefVisitor scanner = this::scanned;
    private final long scratch = OffHeap.allocate(SCRATCH_BYTES);
    /// Packed bytes that are being rearranged.
    private long moving;
    private int movingBytes;

    // ---- the hash
    private Keyspace keyspace;
    private long key;
    private int keyLength;
    private long hash;
    private CollectionLimits limits;
    private long now;
    /// 0 = there is none yet.
    private long entry;
    /// [#NONE], or a constant of [Encoding].
    private int encoding = NONE;
    private boolean big;
    /// Listpack entries per field.
    private int group;
    /// Address of the listpack or of the root.
    private long value;
    private long expected;
    /// Whether the keyspace knows that this hash changes.
    private boolean announced;

    // ---- the current field: address of its entry in the listpack or of its element, and the element's reference
    private long at;
    private int ref;

    private Visitor visitor;

    /// What is told of the fields of a hash.
    @FunctionalInterface
    public interface Visitor {
        /// The current field of `hash` is the one to look at. The hash must not be changed.
        void visit(HashValue hash);
    }

    // ---------------------------------------------------------------- opening

    /// Turns to the hash of an entry, for reading only; returns this.
    ///
    /// @param e 0 = there is none
    /// @param now Unix time in ms, or [#NOTHING_IS_OVER]
    public HashValue open(Keyspace keyspace, long e, long now) {
        return open(keyspace, 0, 0, 0, e, null, now);
    }

    /// Turns to the hash of a key, to read and to change it; returns this.
    ///
    /// @param e its entry, 0 = there is none
    /// @param now Unix time in ms, or [#NOTHING_IS_OVER]
    public HashValue open(Keyspace keyspace, long key, int keyLength, long hash, long e, CollectionLimits limits, long now) {
        this.keyspace = keyspace;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        this.limits = limits;
        this.now = now;
        expected = 1;
        announced = false;
        entry = e;
        at = 0;
        if (e == 0) {
            encoding = NONE;
            big = false;
        } else {
            assert Entry.type(e) == Type.HASH;
            turnTo(Entry.encoding(e));
        }
        return this;
    }

    private void turnTo(int encoding) {
        this.encoding = encoding;
        value = Entry.valueAddress(entry);
        big = Encoding.isBig(encoding);
        group = encoding == Encoding.LISTPACK_EX ? 3 : 2;
        if (big) {
            fields.open(keyspace.blocks(), value);
            deadlines.open(keyspace.blocks(), value + Tree.ROOT_BYTES);
        }
    }

    /// The entry, which a change may have moved; 0 = there is none.
    public long entry() {
        return entry;
    }

    /// Gives the scratch memory back.
    @Override
    public void close() {
        OffHeap.free(scratch, SCRATCH_BYTES);
        OffHeap.free(moving, movingBytes);
        moving = 0;
        movingBytes = 0;
    }

    // ---------------------------------------------------------------- sizes

    /// Number of fields. O(log size), of a packed hash O(fields that are over).
    public long size() {
        return storedSize() - over();
    }

    /// Number of fields, those included that are over. O(1).
    public long storedSize() {
        return encoding == NONE ? 0 : big ? fields.weight() : Listpack.count(value) / group;
    }

    /// Number of fields that are over. O(log size), of a packed hash O(result).
    public long over() {
        if (encoding == Encoding.HASHTABLE_EX) {
            return deadlines.isEmpty() ? 0 : deadlines.countBefore(now);
        }
        long over = 0;
        if (encoding == Encoding.LISTPACK_EX) {
            for (long p = Listpack.first(value); p != 0 && isOver(packedDeadline(p)); p = Listpack.next(Listpack.skip(p, 2))) {
                over++;
            }
        }
        return over;
    }

    /// The earliest deadline of all fields, those included that are over; 0 = none. O(log size).
    public long earliestDeadline() {
        if (encoding == Encoding.HASHTABLE_EX) {
            return deadlines.first() ? deadlines.key() : 0;
        }
        return encoding == Encoding.LISTPACK_EX && !Listpack.isEmpty(value) ? packedDeadline(Listpack.first(value)) : 0;
    }

    private boolean isOver(long deadline) {
        return deadline != 0 && deadline < now;
    }

    // ---------------------------------------------------------------- finding

    /// Goes to a field; returns whether it is there.
    public boolean find(long field, int length) {
        return findStored(field, length) && !isOver();
    }

    /// Goes to a field, also to one that [#isOver()]; returns whether it is there.
    public boolean findStored(long field, int length) {
        if (big) {
            return findBig(field, length, KeyHash.hash(field, length));
        }
        at = encoding == NONE ? 0 : Listpack.find(Listpack.first(value), field, length, group - 1);
        return at != 0;
    }

    private boolean findBig(long field, int length, long fieldHash) {
        if (!fields.find(field, length, fieldHash)) {
            return false;
        }
        load();
        return true;
    }

    private void load() {
        ref = fields.ref();
        at = keyspace.blocks().address(ref);
    }

    // ---------------------------------------------------------------- the current field

    /// Where the bytes of the field lie, until another one is asked for.
    public long fieldAddress() {
        return big ? Element.memberAddress(at) : Listpack.textAddress(at, scratch + FIELD_TEXT);
    }

    public int fieldLength() {
        return big ? Element.memberLength(at) : Listpack.textLength(at);
    }

    /// Where the bytes of the value lie, until another one is asked for.
    public long valueAddress() {
        return big ? Element.valueAddress(at) : Listpack.textAddress(Listpack.skip(at), scratch + VALUE_TEXT);
    }

    public int valueLength() {
        return big ? Element.valueLength(at) : Listpack.textLength(Listpack.skip(at));
    }

    /// When the field is over, Unix time in ms; 0 = never.
    public long deadline() {
        if (big) {
            return Element.hasExtra(at) ? Element.extra(at) : 0;
        }
        return encoding == Encoding.LISTPACK_EX ? packedDeadline(at) : 0;
    }

    private static long packedDeadline(long p) {
        return Listpack.integer(Listpack.skip(p, 2));
    }

    /// Whether the deadline has passed. As a key does, a field still lives in the millisecond of its deadline.
    public boolean isOver() {
        return isOver(deadline());
    }

    /// Answers with the field as a bulk string.
    public void replyField(ReplyWriter r) {
        if (big) {
            r.bulk(Element.memberAddress(at), Element.memberLength(at));
        } else {
            Listpack.reply(at, r);
        }
    }

    /// Answers with the value as a bulk string.
    public void replyValue(ReplyWriter r) {
        if (big) {
            r.bulk(Element.valueAddress(at), Element.valueLength(at));
        } else {
            Listpack.reply(Listpack.skip(at), r);
        }
    }

    // ---------------------------------------------------------------- walking

    /// Goes to the first field; returns whether there is one. The order is that of the form the hash has.
    public boolean first() {
        if (big) {
            return fields.first() && loadNext();
        }
        at = encoding == NONE ? 0 : Listpack.first(value);
        while (at != 0 && isOver()) {
            at = Listpack.next(Listpack.skip(at, group - 1));
        }
        return at != 0;
    }

    /// Goes on to the next field; returns whether there is one.
    public boolean next() {
        if (big) {
            return fields.next() && loadNext();
        }
        // Those that are over come first.
        at = Listpack.next(Listpack.skip(at, group - 1));
        return at != 0;
    }

    /// The field at the cursor or the first one behind it that is not over.
    private boolean loadNext() {
        load();
        while (isOver()) {
            if (!fields.next()) {
                return false;
            }
            load();
        }
        return true;
    }

    /// Goes to the field at a place among the stored ones, from 0, which must be there; it may be over.
    public void seekStored(long rank) {
        if (big) {
            fields.seekRank(rank);
            load();
        } else {
            at = Listpack.seek(value, rank * group);
        }
    }

    /// Goes to a field, every one with the same probability; there must be one.
    public void random(Rng rng) {
        if (!big) {
            int over = (int) over();
            seekStored(over + rng.nextInt((int) storedSize() - over));
            return;
        }
        for (int i = 0; i < DRAWS_MAX; i++) {
            fields.random(rng);
            load();
            if (!isOver()) {
                return;
            }
        }
        // Nearly all are over and about to go.
        if (!loadNext()) {
            first();
        }
    }

    /// Goes on with a walk that clients resume by a cursor: visits about `count` fields, all of a packed hash, and returns
    /// the next cursor, 0 at the end. A field that is there all the time is visited, whatever else comes and goes.
    public long scan(long cursor, long count, Visitor visitor) {
        if (big) {
            this.visitor = visitor;
            return fields.scan(cursor, count, scanner);
        }
        for (boolean more = first(); more; more = next()) {
            visitor.visit(this);
        }
        return 0;
    }

    private void scanned(int each) {
        ref = each;
        at = keyspace.blocks().address(each);
        if (!isOver()) {
            visitor.visit(this);
        }
    }

    // ---------------------------------------------------------------- setting

    /// Announces how many fields are about to come, so that a new hash takes at once the form it needs for them.
    public void expect(long count) {
        expected = count;
    }

    /// Gives a field a value; returns whether the field is new, as one is that was over. Its deadline goes.
    public boolean put(long field, int length, long value, int valueLength) {
        return put(field, length, value, valueLength, false);
    }

    /// Gives a field a value; returns whether the field is new, as one is that was over.
    ///
    /// @param keepDeadline whether the deadline of a field that is not over stays
    public boolean put(long field, int length, long value, int valueLength, boolean keepDeadline) {
        boolean fits = length <= limits.hashValueBytes() && valueLength <= limits.hashValueBytes();
        if (encoding == NONE) {
            create(fits && expected <= limits.hashEntries());
        }
        if (!big) {
            if (fits) {
                return putPacked(field, length, value, valueLength, keepDeadline);
            }
            toTrees();
        }
        return putBig(field, length, value, valueLength, keepDeadline);
    }

    private void create(boolean packed) {
        entry = keyspace.create(key, keyLength, hash, Type.HASH, packed ? Encoding.LISTPACK : Encoding.HASHTABLE,
            packed ? Listpack.EMPTY_BYTES : ROOT_BYTES);
        announced = true;
        if (packed) {
            Listpack.clear(Entry.valueAddress(entry));
        } else {
            initTrees();
        }
        turnTo(Entry.encoding(entry));
    }

    private void initTrees() {
        long root = Entry.valueAddress(entry);
        Tree.init(root);
        Tree.init(root + Tree.ROOT_BYTES);
    }

    private boolean putPacked(long field, int length, long bytes, int bytesLength, boolean keepDeadline) {
        if (!findStored(field, length)) {
            if (storedSize() >= limits.hashEntries() || Listpack.bytes(value) > Listpack.BYTES_MAX - length - bytesLength - 32) {
                toTrees();
                return putBig(field, length, bytes, bytesLength, false);
            }
            append(field, length, bytes, bytesLength);
            return true;
        }
        boolean over = isOver();
        if (deadline() != 0 && (over || !keepDeadline)) {
            announce();
            Listpack.delete(value, at, group);
            append(field, length, bytes, bytesLength);
        } else {
            replacePacked(Listpack.skip(at), bytes, bytesLength);
        }
        return over;
    }

    /// Adds a field without a deadline behind all others.
    private void append(long field, int length, long bytes, int bytesLength) {
        int more = Listpack.sizeOf(field, length) + Listpack.sizeOf(bytes, bytesLength);
        resize(Listpack.bytes(value) + more + (group == 3 ? NO_DEADLINE_BYTES : 0));
        Listpack.append(value, field, length);
        Listpack.append(value, bytes, bytesLength);
        if (group == 3) {
            Listpack.append(value, 0);
        }
    }

    private void replacePacked(long p, long bytes, int length) {
        int more = Listpack.deltaBytes(p, bytes, length);
        long offset = p - value;
        if (more > 0) {
            resize(Listpack.bytes(value) + more);
        } else {
            announce();
        }
        Listpack.replace(value, value + offset, bytes, length);
        if (more < 0) {
            resize(Listpack.bytes(value));
        }
    }

    private boolean putBig(long field, int length, long bytes, int bytesLength, boolean keepDeadline) {
        long fieldHash = KeyHash.hash(field, length);
        boolean stored = findBig(field, length, fieldHash);
        announce();
        Blocks blocks = keyspace.blocks();
        if (!stored) {
            fields.add(Element.createField(blocks, field, length, bytes, bytesLength), fieldHash);
            return true;
        }
        long deadline = deadline();
        boolean over = isOver(deadline);
        boolean keep = keepDeadline && !over;
        if (deadline != 0) {
            deadlines.remove(deadline, ref);
        }
        int fresh = Element.setValue(blocks, ref, bytes, bytesLength);
        if (deadline != 0 && !keep) {
            fresh = Element.clearExtra(blocks, fresh);
        }
        fields.replaceRef(fresh);
        if (deadline != 0 && keep) {
            deadlines.add(deadline, fresh);
        }
        return over;
    }

    // ---------------------------------------------------------------- deadlines

    /// Gives the current field, which was found, a deadline.
    ///
    /// @param deadline Unix time in ms, 0 = none
    public void deadline(long deadline) {
        announce();
        if (big) {
            deadlineBig(deadline);
        } else if (encoding == Encoding.LISTPACK_EX || deadline != 0) {
            deadlinePacked(deadline);
        }
    }

    private void deadlineBig(long deadline) {
        long old = deadline();
        if (encoding == Encoding.HASHTABLE && deadline != 0) {
            rootForDeadlines();
        }
        if (old != 0) {
            deadlines.remove(old, ref);
        }
        Blocks blocks = keyspace.blocks();
        int fresh = deadline == 0 ? Element.clearExtra(blocks, ref) : Element.setExtra(blocks, ref, deadline);
        fields.replaceRef(fresh);
        if (deadline != 0) {
            deadlines.add(deadline, fresh);
        }
    }

    /// Lets the keyspace know that the hash has deadlines from now on.
    private void rootForDeadlines() {
        OffHeap.copy(value, scratch + ROOT, ROOT_BYTES);
        entry = keyspace.replaceValue(key, keyLength, hash, Encoding.HASHTABLE_EX, ROOT_BYTES);
        encoding = Encoding.HASHTABLE_EX;
        value = Entry.valueAddress(entry);
        OffHeap.copy(scratch + ROOT, value, ROOT_BYTES);
        fields.moved(value);
        deadlines.open(keyspace.blocks(), value + Tree.ROOT_BYTES);
    }

    private void deadlinePacked(long deadline) {
        if (encoding == Encoding.LISTPACK) {
            addDeadlines();
        }
        long last = Listpack.skip(at, 2);
        int pair = (int) (last - at);
        int growth = Listpack.sizeOf(deadline) - Listpack.entryBytes(last);
        long offset = at - value;
        if (growth > 0) {
            resize(Listpack.bytes(value) + growth);
            at = value + offset;
        }
        reserve(pair);
        OffHeap.copy(at, moving, pair);
        Listpack.delete(value, at, 3);
        long place = placeOf(deadline);
        Listpack.insertEntries(value, place, moving, pair, 2);
        Listpack.insert(value, place + pair, deadline);
        if (growth < 0) {
            resize(Listpack.bytes(value));
        }
    }

    /// Where a field with this deadline belongs.
    private long placeOf(long deadline) {
        long end = Listpack.end(value);
        if (deadline == 0) {
            return end;
        }
        long p = value + Listpack.HEADER_BYTES;
        while (p < end) {
            long other = packedDeadline(p);
            if (other == 0 || other >= deadline) {
                return p;
            }
            p = Listpack.skip(p, 3);
        }
        return end;
    }

    /// Makes room for a deadline behind every field; the current one stays.
    private void addDeadlines() {
        int bytes = Listpack.bytes(value);
        int count = Listpack.count(value) / 2;
        long offset = at - value;
        reserve(bytes);
        OffHeap.copy(value, moving, bytes);
        entry = keyspace.replaceValue(key, keyLength, hash, Encoding.LISTPACK_EX, bytes + count * NO_DEADLINE_BYTES);
        turnTo(Encoding.LISTPACK_EX);
        Listpack.clear(value);
        long current = moving + offset;
        for (long p = Listpack.first(moving); p != 0; ) {
            long next = Listpack.skip(p, 2);
            if (p == current) {
                at = Listpack.end(value);
            }
            Listpack.insertEntries(value, Listpack.end(value), p, (int) (next - p), 2);
            Listpack.append(value, 0);
            p = next == Listpack.end(moving) ? 0 : next;
        }
    }

    // ---------------------------------------------------------------- removing

    /// Removes the current field, which was found.
    public void remove() {
        announce();
        if (!big) {
            Listpack.delete(value, at, group);
            cut();
            return;
        }
        long deadline = deadline();
        if (deadline != 0) {
            deadlines.remove(deadline, ref);
        }
        fields.remove();
        Element.free(keyspace.blocks(), ref);
    }

    /// Goes to the first of the fields that are over, in the order of their deadlines; returns whether there is one.
    public boolean firstOver() {
        if (big) {
            return !deadlines.isEmpty() && deadlines.first() && loadOver();
        }
        at = encoding == Encoding.LISTPACK_EX ? Listpack.first(value) : 0;
        return at != 0 && isOver();
    }

    /// After [#firstOver()], goes on to the next one.
    public boolean nextOver() {
        if (big) {
            return deadlines.next() && loadOver();
        }
        at = Listpack.next(Listpack.skip(at, 2));
        return at != 0 && isOver();
    }

    private boolean loadOver() {
        if (!isOver(deadlines.key())) {
            return false;
        }
        ref = deadlines.ref();
        at = keyspace.blocks().address(ref);
        return true;
    }

    /// Removes the first `n` of the fields that are over, all of which are there. O(n log size).
    public void removeOver(int n) {
        announce();
        if (!big) {
            Listpack.delete(value, Listpack.first(value), 3 * n);
            cut();
            return;
        }
        Blocks blocks = keyspace.blocks();
        for (int i = 0; i < n; i++) {
            deadlines.first();
            ref = deadlines.ref();
            at = blocks.address(ref);
            deadlines.remove();
            long field = Element.memberAddress(at);
            int length = Element.memberLength(at);
            fields.find(field, length, KeyHash.hash(field, length));
            fields.remove();
            Element.free(blocks, ref);
        }
    }

    // ---------------------------------------------------------------- memory

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

    /// Gives memory back that a listpack does not need any more.
    private void cut() {
        if (!Listpack.isEmpty(value)) {
            resize(Listpack.bytes(value));
        }
    }

    private void reserve(int bytes) {
        if (bytes > movingBytes) {
            moving = OffHeap.reallocate(moving, movingBytes, bytes);
            movingBytes = bytes;
        }
    }

    private void toTrees() {
        int bytes = Listpack.bytes(value);
        int step = group;
        long old = OffHeap.allocate(bytes);
        OffHeap.copy(value, old, bytes);
        boolean withDeadlines = encoding == Encoding.LISTPACK_EX;
        entry = keyspace.replaceValue(key, keyLength, hash, withDeadlines ? Encoding.HASHTABLE_EX : Encoding.HASHTABLE,
            ROOT_BYTES);
        announced = true;
        initTrees();
        turnTo(Entry.encoding(entry));
        Blocks blocks = keyspace.blocks();
        for (long p = Listpack.first(old); p != 0; p = Listpack.next(Listpack.skip(p, step - 1))) {
            long v = Listpack.skip(p);
            long field = Listpack.textAddress(p, scratch + FIELD_TEXT);
            int length = Listpack.textLength(p);
            long fieldHash = KeyHash.hash(field, length);
            int fresh = Element.createField(blocks, field, length, Listpack.textAddress(v, scratch + VALUE_TEXT),
                Listpack.textLength(v));
            long deadline = withDeadlines ? packedDeadline(p) : 0;
            if (deadline != 0) {
                fresh = Element.setExtra(blocks, fresh, deadline);
                deadlines.add(deadline, fresh);
            }
            fields.find(field, length, fieldHash);
            fields.add(fresh, fieldHash);
        }
        OffHeap.free(old, bytes);
    }
}
