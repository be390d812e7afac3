package dev.sampo.engine.keyspace;

import dev.sampo.engine.Rng;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.memory.SlabAllocator;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// One logical database of one shard: entries, the index from keys to them, and the index of those with a deadline.
/// Every change of data is made by a method of this class.
///
/// An entry is one block: header, deadline, key, value (see [Entry]); large keys and values lie in blocks of their own.
/// Its address is stable until that entry is changed or deleted or [#compact(int)] is called. Keys are passed as address,
/// length and [KeyHash#hash(long, int)]; the bytes may be those of the entry that is changed. A value that is passed in must not
/// lie in this keyspace.
///
/// A lookup is remembered: the change of a key that follows its [#find(long, int, long)] does not look again.
///
/// Work per call does not depend on the number of entries. One thread at a time. Nothing is allocated on the Java heap
/// except when tables grow.
public final class Keyspace {
    /// Growing values are given as much spare room as they have bytes, up to this.
    private static final int SPARE_BYTES_MAX = 1 << 20;
    /// Empty buckets that a walk passes per entry it was asked for.
    private static final int BUCKETS_PER_ENTRY = 10;
    /// What MEMORY USAGE adds for the place of an entry in an index.
    private static final int INDEX_BYTES = 8;
    /// Entries that compaction moves at a time, so that their cache misses overlap.
    private static final int COMPACTION_BATCH = 32;
    private static final int UNKNOWN = -1;
    /// Blocks of a big value that are freed together with its entry.
    private static final int FREED_AT_ONCE = 256;
    /// The type of a detached value, before its root.
    private static final int DETACHED_HEAD_BYTES = 8;

    private final int shardIndex;
    private final int db;
    private final Reclaimer reclaimer;
    /// The blocks of entries.
    private final SlabAllocator memory;
    /// The blocks of both indexes, apart so that entries can be moved together.
    private final SlabAllocator segments;
    private final Blocks blocks;
    private final BigValues bigValues;
    private final KeyTable index;
    /// References of the entries that have a deadline.
    private final KeyTable expires;
    /// References of the hashes whose fields have deadlines.
    private final KeyTable fieldExpires;

    private long mutations;
    /// Blocks of large keys and values.
    private long outsideBytes;
    private long outsideBlocks;
    private int initialAccess;
    private boolean accessKept;

    /// Blocks that hold the roots of big values which nobody refers to any more, and how many these are.
    private int[] detached = new int[0];
    private int detachedCount;

    // ---- the last lookup; length UNKNOWN = none
    private long foundSlot;
    private long foundKey;
    private long foundHash;
    private int foundLength = UNKNOWN;

    // ---- the image that is being taken
    /// What takes it; null unless there are entries that it has not got yet.
    private EntryVisitor image;
    private final EntryVisitor imageEntry = this::keepEntry;
    private long imageCursor;
    /// [Entry#mark(long)] of all entries that no image waits for.
    private int mark;

    // ---- expiry cycle
    private long expireCursor;
    private long fieldExpireCursor;
    private boolean fieldExpiryHeld;
    /// Smoothed deadline of the entries the cycle saw, in Unix ms; 0 before the first.
    private double averageDeadline;

    // ---- scratch
    private int[] walked;
    private int[] leaving;
    private long[] leavingHashes;

    /// @param shardIndex which shard this is a part of
    /// @param db number of the logical database
    /// @param bigValues knows the values that consist of several blocks
    public Keyspace(int shardIndex, int db, Reclaimer reclaimer, BigValues bigValues) {
        this(shardIndex, db, reclaimer, bigValues, OffHeap.DEBUG);
    }

    Keyspace(int shardIndex, int db, Reclaimer reclaimer, BigValues bigValues, boolean guarded) {
        KeyHash.use();
        this.shardIndex = shardIndex;
        this.db = db;
        this.reclaimer = reclaimer;
        this.memory = new SlabAllocator(reclaimer, guarded);
        this.segments = new SlabAllocator(reclaimer, guarded);
        this.blocks = new Blocks(reclaimer, guarded);
        this.bigValues = bigValues;
        this.index = new KeyTable(memory, segments, reclaimer);
        this.expires = new KeyTable(memory, segments, reclaimer);
        this.fieldExpires = new KeyTable(memory, segments, reclaimer);
    }

    public int shardIndex() {
        return shardIndex;
    }

    public int db() {
        return db;
    }

    /// Number of entries, expired ones that nobody has removed yet included.
    public long size() {
        return index.size();
    }

    /// Number of entries that have a deadline.
    public long volatileSize() {
        return expires.size();
    }

    /// Number of hashes whose fields have deadlines.
    public long fieldVolatileSize() {
        return fieldExpires.size();
    }

    /// Bytes of entries, values and indexes, each block rounded up to its size class.
    public long usedBytes() {
        return memory.usedBytes() + segments.usedBytes() + blocks.usedBytes() + outsideBytes + index.directoryBytes()
            + expires.directoryBytes() + fieldExpires.directoryBytes();
    }

    /// Bytes held from the system, used or not.
    public long reservedBytes() {
        return memory.reservedBytes() + segments.reservedBytes() + blocks.reservedBytes() + outsideBytes
            + index.directoryBytes() + expires.directoryBytes() + fieldExpires.directoryBytes();
    }

    /// Counts the calls that changed data.
    public long mutations() {
        return mutations;
    }

    /// What the access field of new and overwritten entries starts with.
    ///
    /// @param value 24 bits
    /// @param keptOnOverwrite whether an entry that is overwritten keeps its own (LFU)
    public void initialAccess(int value, boolean keptOnOverwrite) {
        initialAccess = value;
        accessKept = keptOnOverwrite;
    }

    // ---------------------------------------------------------------- lookup

    /// The entry with this key, or 0. Deadlines are not looked at.
    public long find(long key, int keyLength, long hash) {
        long slot = index.find(key, keyLength, hash);
        foundSlot = slot;
        foundKey = key;
        foundLength = keyLength;
        foundHash = hash;
        return slot == 0 ? 0 : memory.address(OffHeap.getInt(slot));
    }

    /// Loads the cache line of the index in which the key would be. To be called for all keys of a batch first.
    public void prefetchBucket(long hash) {
        index.prefetchBucket(hash);
    }

    /// Loads the start of the entry that probably has this hash and returns its address, or 0 when none is likely. Keys
    /// are not compared. To be called for all keys of a batch after [#prefetchBucket(long)].
    public long prefetchEntry(long hash) {
        return index.prefetchEntry(hash);
    }

    private long locate(long key, int keyLength, long hash) {
        if (foundHash == hash && foundKey == key && foundLength == keyLength) {
            assert foundSlot == index.find(key, keyLength, hash);
            return foundSlot;
        }
        find(key, keyLength, hash);
        return foundSlot;
    }

    private void forget() {
        foundLength = UNKNOWN;
    }

    // ---------------------------------------------------------------- strings

    /// Makes the entry a string with this value, whatever was there. Canonical integers become integers.
    ///
    /// @param deadlineMillis absolute Unix time in ms, 0 = none
    public void setString(long key, int keyLength, long hash, long value, int valueLength, long deadlineMillis) {
        if (valueLength <= Ascii.LONG_LENGTH_MAX) {
            long number = Ascii.parseLong(value, valueLength);
            if (number != Ascii.NOT_A_LONG || valueLength == Ascii.LONG_LENGTH_MAX && Ascii.isLong(value, valueLength)) {
                setInteger(key, keyLength, hash, number, deadlineMillis);
                return;
            }
        }
        setText(key, keyLength, hash, value, valueLength, deadlineMillis);
    }

    /// As [#setString(long, int, long, long, int, long)], but what looks like an integer is kept as text.
    public void setText(long key, int keyLength, long hash, long value, int valueLength, long deadlineMillis) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        if (slot != 0 && overwrite(slot, value, valueLength, deadlineMillis)) {
            return;
        }
        prepare(hash, slot, deadlineMillis != 0);
        int access = accessFor(slot);
        int ref;
        if (valueLength <= Entry.VALUE_INSIDE_MAX) {
            int encoding = valueLength <= Encoding.EMBSTR_BYTES_MAX ? Encoding.EMBSTR : Encoding.RAW;
            ref = newEntry(Entry.head(Type.STRING, encoding, deadlineMillis != 0), access, key, keyLength, deadlineMillis,
                valueLength, valueLength);
            OffHeap.copy(value, Entry.valuePart(memory.address(ref)), valueLength);
        } else {
            ref = newEntry(Entry.head(Type.STRING, Encoding.RAW, deadlineMillis != 0), access, key, keyLength, deadlineMillis,
                Entry.VALUE_REFERENCE_BYTES, Entry.VALUE_OUTSIDE);
            long block = allocateOutside(valueLength);
            OffHeap.copy(value, block, valueLength);
            referToValue(memory.address(ref), block, valueLength, valueLength);
        }
        install(ref, hash, slot, true);
    }

    /// Makes the entry a string that holds an integer, whatever was there.
    ///
    /// @param deadlineMillis absolute Unix time in ms, 0 = none
    public void setInteger(long key, int keyLength, long hash, long number, long deadlineMillis) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        if (slot != 0) {
            long e = memory.address(OffHeap.getInt(slot));
            if (Entry.isInteger(e) && Entry.hasDeadline(e) == (deadlineMillis != 0)) {
                touch(e, deadlineMillis);
                OffHeap.putLong(Entry.valuePart(e), number);
                return;
            }
        }
        prepare(hash, slot, deadlineMillis != 0);
        int ref = newEntry(Entry.head(Type.STRING, Encoding.INT, deadlineMillis != 0), accessFor(slot), key, keyLength,
            deadlineMillis, Entry.INTEGER_BYTES, Entry.INTEGER_BYTES);
        OffHeap.putLong(Entry.valuePart(memory.address(ref)), number);
        install(ref, hash, slot, true);
    }

    /// Makes the entry, which must be absent or a string, a raw string of `newLength` bytes and returns the address of
    /// its value. Bytes up to the smaller length and the deadline are kept, new bytes are 0. Repeated growth costs
    /// amortised O(bytes added).
    public long stringForWrite(long key, int keyLength, long hash, int newLength) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        if (slot == 0) {
            return createZeros(key, keyLength, hash, newLength);
        }
        int ref = OffHeap.getInt(slot);
        long e = memory.address(ref);
        assert Entry.type(e) == Type.STRING;
        if (Entry.isInteger(e)) {
            return textForWrite(slot, e, hash, newLength);
        }
        if (Entry.valueOutside(e)) {
            return resizeOutside(e, newLength);
        }
        int oldLength = Entry.valueCode(e);
        int oldBytes = Entry.bytes(e);
        if (newLength <= Entry.VALUE_INSIDE_MAX && memory.resize(ref, oldBytes, oldBytes - oldLength + newLength)) {
            encoding(e, Encoding.RAW);
            valueCode(e, newLength);
            return zeroGrowth(Entry.valuePart(e), oldLength, newLength);
        }
        return moveForWrite(slot, e, hash, newLength);
    }

    private long createZeros(long key, int keyLength, long hash, int length) {
        prepare(hash, 0, false);
        boolean inside = length <= Entry.VALUE_INSIDE_MAX;
        int ref = newEntry(Entry.head(Type.STRING, Encoding.RAW, false), initialAccess, key, keyLength, 0,
            inside ? length : Entry.VALUE_REFERENCE_BYTES, inside ? length : Entry.VALUE_OUTSIDE);
        long e = memory.address(ref);
        if (!inside) {
            referToValue(e, allocateOutside(length), length, length);
        }
        install(ref, hash, 0, true);
        return zeroGrowth(Entry.valueAddress(e), 0, length);
    }

    /// Turns an integer into its digits.
    private long textForWrite(long slot, long e, long hash, int newLength) {
        long number = Entry.integer(e);
        int digits = Ascii.longLength(number);
        boolean inside = newLength <= Entry.VALUE_INSIDE_MAX;
        int ref = newEntryLike(e, Encoding.RAW, inside ? Math.max(newLength, Ascii.LONG_LENGTH_MAX) : newLength);
        long text = Entry.valueAddress(memory.address(ref));
        Ascii.writeLong(text, number);
        install(ref, hash, slot, true);
        if (inside && newLength < Ascii.LONG_LENGTH_MAX) {
            long fresh = memory.address(ref);
            int bytes = Entry.bytes(fresh);
            // Cut to size: in place when the class is the same, else by one more move.
            if (memory.resize(ref, bytes, bytes - Ascii.LONG_LENGTH_MAX + newLength)) {
                valueCode(fresh, newLength);
            } else {
                text = moveForWrite(slot, fresh, hash, newLength);
            }
        }
        return zeroGrowth(text, digits, newLength);
    }

    private long moveForWrite(long slot, long e, long hash, int newLength) {
        int oldLength = Entry.valueLength(e);
        int ref = newEntryLike(e, Encoding.RAW, newLength);
        long target = Entry.valueAddress(memory.address(ref));
        OffHeap.copy(Entry.valueAddress(e), target, Math.min(oldLength, newLength));
        install(ref, hash, slot, true);
        return zeroGrowth(target, oldLength, newLength);
    }

    /// A string entry with the key, deadline and access of `e` and `length` undefined bytes.
    private int newEntryLike(long e, int encoding, int length) {
        boolean inside = length <= Entry.VALUE_INSIDE_MAX;
        int ref = newEntry(Entry.head(Type.STRING, encoding, Entry.hasDeadline(e)), Entry.access(e), Entry.keyAddress(e),
            Entry.keyLength(e), Entry.deadline(e), inside ? length : Entry.VALUE_REFERENCE_BYTES,
            inside ? length : Entry.VALUE_OUTSIDE);
        if (!inside) {
            int capacity = withSpare(length);
            referToValue(memory.address(ref), allocateOutside(capacity), length, capacity);
        }
        return ref;
    }

    private long resizeOutside(long e, int newLength) {
        long block = Entry.valueAddress(e);
        int oldLength = Entry.valueLength(e);
        int capacity = Entry.valueCapacity(e);
        if (newLength > capacity) {
            int newCapacity = withSpare(newLength);
            block = OffHeap.reallocate(block, capacity, newCapacity);
            outsideBytes += newCapacity - capacity;
            capacity = newCapacity;
        }
        referToValue(e, block, newLength, capacity);
        encoding(e, Encoding.RAW);
        return zeroGrowth(block, oldLength, newLength);
    }

    private static int withSpare(int length) {
        return (int) Math.min(Integer.MAX_VALUE, (long) length + Math.min(length, SPARE_BYTES_MAX));
    }

    private static long zeroGrowth(long value, int oldLength, int newLength) {
        if (newLength > oldLength) {
            OffHeap.fill(value + oldLength, newLength - oldLength, (byte) 0);
        }
        return value;
    }

    /// Writes the value into the block that is there, if it has the right size and layout.
    private boolean overwrite(long slot, long value, int valueLength, long deadlineMillis) {
        int ref = OffHeap.getInt(slot);
        long e = memory.address(ref);
        if (Entry.type(e) != Type.STRING || Entry.hasDeadline(e) != (deadlineMillis != 0)) {
            return false;
        }
        int code = Entry.valueCode(e);
        if (valueLength > Entry.VALUE_INSIDE_MAX) {
            return code == Entry.VALUE_OUTSIDE && overwriteOutside(e, value, valueLength, deadlineMillis);
        }
        if (code == Entry.VALUE_OUTSIDE) {
            return false;
        }
        int bytes = Entry.bytes(e);
        if (!memory.resize(ref, bytes, bytes - code + valueLength)) {
            return false;
        }
        touch(e, deadlineMillis);
        encoding(e, valueLength <= Encoding.EMBSTR_BYTES_MAX ? Encoding.EMBSTR : Encoding.RAW);
        valueCode(e, valueLength);
        OffHeap.copy(value, Entry.valuePart(e), valueLength);
        return true;
    }

    private boolean overwriteOutside(long e, long value, int valueLength, long deadlineMillis) {
        int capacity = Entry.valueCapacity(e);
        if (valueLength > capacity || valueLength < capacity >> 1) {
            return false;
        }
        touch(e, deadlineMillis);
        encoding(e, Encoding.RAW);
        long block = Entry.valueAddress(e);
        OffHeap.copy(value, block, valueLength);
        referToValue(e, block, valueLength, capacity);
        return true;
    }

    /// The access field and, where there is one, the deadline of an entry that is overwritten.
    private void touch(long e, long deadlineMillis) {
        if (!accessKept) {
            Entry.access(e, initialAccess);
        }
        if (deadlineMillis != 0) {
            OffHeap.putLong(e + Entry.HEADER_BYTES, deadlineMillis);
        }
    }

    private int accessFor(long slot) {
        return slot != 0 && accessKept ? Entry.access(memory.address(OffHeap.getInt(slot))) : initialAccess;
    }

    // ---------------------------------------------------------------- collections

    /// The memory of big values.
    public Blocks blocks() {
        return blocks;
    }

    /// Makes the entry a collection without a deadline, whatever was there, and returns it. Its value is `valueBytes` of
    /// undefined content.
    ///
    /// @param type a constant of [Type]
    /// @param encoding a constant of [Encoding]
    public long create(long key, int keyLength, long hash, int type, int encoding, int valueBytes) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        prepare(hash, slot, false);
        int ref = newValue(Entry.head(type, encoding, false), accessFor(slot), key, keyLength, 0, valueBytes);
        install(ref, hash, slot, true);
        return memory.address(ref);
    }

    /// Announces that bytes of the value, or blocks that it refers to, are about to be modified in place; returns the entry,
    /// which must be there.
    public long change(long key, int keyLength, long hash) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        return memory.address(OffHeap.getInt(slot));
    }

    /// Gives the value of a collection another length and returns the entry, which may have moved. Bytes up to the smaller
    /// length are kept, new ones are undefined. Repeated growth costs amortised O(bytes added).
    public long resizeValue(long key, int keyLength, long hash, int newBytes) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        int ref = OffHeap.getInt(slot);
        long e = memory.address(ref);
        boolean outside = Entry.valueOutside(e);
        if (outside && newBytes > Entry.VALUE_INSIDE_MAX) {
            resizeBlock(e, newBytes);
            return e;
        }
        if (!outside) {
            int oldBytes = Entry.valueCode(e);
            int bytes = Entry.bytes(e);
            if (newBytes <= Entry.VALUE_INSIDE_MAX && memory.resize(ref, bytes, bytes - oldBytes + newBytes)) {
                valueCode(e, newBytes);
                return e;
            }
        }
        int fresh = newValueLike(e, Entry.encoding(e), newBytes);
        OffHeap.copy(Entry.valueAddress(e), Entry.valueAddress(memory.address(fresh)),
            Math.min(Entry.valueLength(e), newBytes));
        return replace(slot, hash, e, fresh);
    }

    /// Gives a collection another encoding with `newBytes` of undefined content and returns the entry. Packed bytes that were
    /// there are gone; the blocks of a big value are up to the caller.
    public long replaceValue(long key, int keyLength, long hash, int encoding, int newBytes) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        long e = memory.address(OffHeap.getInt(slot));
        int fresh = newValueLike(e, encoding, newBytes);
        prepareFields(memory.address(fresh), hash);
        return replace(slot, hash, e, fresh);
    }

    /// Puts a block with the same key in the place of `e`, whose own blocks are freed except those of a big value.
    private long replace(long slot, long hash, long e, int fresh) {
        if (Entry.valueOutside(e)) {
            freeOutsideValue(e);
        }
        freeOutsideKey(e);
        install(fresh, hash, slot, false);
        return memory.address(fresh);
    }

    private void resizeBlock(long e, int newBytes) {
        long block = Entry.valueAddress(e);
        int capacity = Entry.valueCapacity(e);
        if (newBytes > capacity || newBytes < capacity >> 2) {
            int newCapacity = newBytes > capacity ? withSpare(newBytes) : newBytes;
            block = OffHeap.reallocate(block, capacity, newCapacity);
            outsideBytes += newCapacity - capacity;
            capacity = newCapacity;
        }
        referToValue(e, block, newBytes, capacity);
    }

    private int newValueLike(long e, int encoding, int valueBytes) {
        return newValue(Entry.head(Entry.type(e), encoding, Entry.hasDeadline(e)), Entry.access(e), Entry.keyAddress(e),
            Entry.keyLength(e), Entry.deadline(e), valueBytes);
    }

    private int newValue(int head, int access, long key, int keyLength, long deadlineMillis, int valueBytes) {
        if (valueBytes <= Entry.VALUE_INSIDE_MAX) {
            return newEntry(head, access, key, keyLength, deadlineMillis, valueBytes, valueBytes);
        }
        int ref = newEntry(head, access, key, keyLength, deadlineMillis, Entry.VALUE_REFERENCE_BYTES, Entry.VALUE_OUTSIDE);
        referToValue(memory.address(ref), allocateOutside(valueBytes), valueBytes, valueBytes);
        return ref;
    }

    /// Frees about `budget` blocks of big values that are gone; whether any are left.
    public boolean reclaim(int budget) {
        int left = blocks.reclaim(budget);
        while (left > 0 && detachedCount > 0) {
            int ref = detached[detachedCount - 1];
            long root = blocks.address(ref);
            long before = blocks.frees();
            if (bigValues.release(blocks, (int) OffHeap.getLong(root), root + DETACHED_HEAD_BYTES, left)) {
                detachedCount--;
                blocks.free(ref);
            }
            left -= (int) Math.max(1, blocks.frees() - before);
        }
        return hasGarbage();
    }

    /// Whether [#reclaim(int)] has something to do.
    public boolean hasGarbage() {
        return detachedCount > 0 || blocks.hasGarbage();
    }

    private void detach(long e) {
        discard(Entry.type(e), Entry.valueAddress(e), Entry.valueLength(e));
    }

    /// Frees a big value, or what was cut off one, that no entry refers to: a small one at once, of a large one what is due
    /// now; the rest is left to [#reclaim(int)], as is everything while that has something to do.
    ///
    /// @param root a copy of it is kept
    public void discard(int type, long root, int rootBytes) {
        int ref = blocks.allocate(DETACHED_HEAD_BYTES + rootBytes);
        long copy = blocks.address(ref);
        OffHeap.putLong(copy, type);
        OffHeap.copy(root, copy + DETACHED_HEAD_BYTES, rootBytes);
        // Where something waits already, this waits too: many at once are as much work as a large one.
        if (detachedCount == 0 && bigValues.release(blocks, type, copy + DETACHED_HEAD_BYTES, FREED_AT_ONCE)) {
            blocks.free(ref);
            return;
        }
        if (detachedCount == detached.length) {
            detached = Arrays.copyOf(detached, Math.max(4, 2 * detachedCount));
        }
        detached[detachedCount++] = ref;
    }

    // ---------------------------------------------------------------- keys

    /// Removes the entry; whether there was one.
    public boolean delete(long key, int keyLength, long hash) {
        long slot = locate(key, keyLength, hash);
        if (slot == 0) {
            return false;
        }
        mutations++;
        keep(slot);
        int ref = OffHeap.getInt(slot);
        unlink(slot, ref, hash);
        freeOutside(ref);
        memory.free(ref);
        return true;
    }

    /// Gives the entry another deadline; nothing happens when it is absent.
    ///
    /// @param deadlineMillis absolute Unix time in ms, 0 = none
    public void deadline(long key, int keyLength, long hash, long deadlineMillis) {
        long slot = locate(key, keyLength, hash);
        if (slot == 0) {
            return;
        }
        mutations++;
        keep(slot);
        long e = memory.address(OffHeap.getInt(slot));
        if (Entry.hasDeadline(e) && deadlineMillis != 0) {
            OffHeap.putLong(e + Entry.HEADER_BYTES, deadlineMillis);
        } else if (Entry.hasDeadline(e) || deadlineMillis != 0) {
            prepare(hash, slot, deadlineMillis != 0);
            install(rebuild(e, deadlineMillis), hash, slot, false);
        }
    }

    /// A block like `e` with another deadline; blocks outside belong to the new one.
    private int rebuild(long e, long deadlineMillis) {
        long source = Entry.keyPart(e);
        int bytes = Entry.keyPartBytes(e) + Entry.valuePartBytes(e);
        int before = Entry.HEADER_BYTES + (deadlineMillis != 0 ? Entry.DEADLINE_BYTES : 0);
        int ref = memory.allocate(before + bytes);
        long fresh = memory.address(ref);
        OffHeap.putLong(fresh, OffHeap.getLong(e) & ~(long) Entry.DEADLINE_FLAG);
        if (deadlineMillis != 0) {
            OffHeap.putByte(fresh, (byte) (OffHeap.getByte(e) | Entry.DEADLINE_FLAG));
            OffHeap.putLong(fresh + Entry.HEADER_BYTES, deadlineMillis);
        }
        OffHeap.copy(source, fresh + before, bytes);
        return ref;
    }

    /// Copies an entry of this keyspace, of any type, to a key of `target`, which may be this keyspace; whatever is
    /// there is replaced. `entry` stays valid unless it is the one replaced.
    ///
    /// @param deadlineMillis absolute Unix time in ms, 0 = none
    public void copy(long entry, Keyspace target, long newKey, int newKeyLength, long newHash, long deadlineMillis) {
        target.put(this, entry, newKey, newKeyLength, newHash, deadlineMillis);
    }

    private void put(Keyspace from, long source, long key, int keyLength, long hash, long deadlineMillis) {
        mutations++;
        long slot = locate(key, keyLength, hash);
        keep(slot);
        prepare(hash, slot, deadlineMillis != 0);
        prepareFields(source, hash);
        int ref = newEntry(Entry.head(Entry.type(source), Entry.encoding(source), deadlineMillis != 0), accessFor(slot), key,
            keyLength, deadlineMillis, Entry.valuePartBytes(source), Entry.valueCode(source));
        long e = memory.address(ref);
        if (Entry.valueOutside(source)) {
            int length = Entry.valueLength(source);
            long block = allocateOutside(length);
            OffHeap.copy(Entry.valueAddress(source), block, length);
            referToValue(e, block, length, length);
        } else if (Entry.isBig(source)) {
            from.bigValues.copy(from.blocks, Entry.type(source), Entry.valuePart(source), blocks, Entry.valuePart(e));
        } else {
            OffHeap.copy(Entry.valuePart(source), Entry.valuePart(e), Entry.valuePartBytes(source));
        }
        install(ref, hash, slot, true);
    }

    /// Moves the entry of `key` with its deadline to `newKey`, in place of whatever is there; whether there was one.
    /// Large values are not copied.
    public boolean rename(long key, int keyLength, long hash, long newKey, int newKeyLength, long newHash) {
        long oldSlot = locate(key, keyLength, hash);
        if (oldSlot == 0) {
            return false;
        }
        int oldRef = OffHeap.getInt(oldSlot);
        long e = memory.address(oldRef);
        if (Entry.hasKey(e, newKey, newKeyLength)) {
            return true;
        }
        mutations++;
        keep(oldSlot);
        keep(index.find(newKey, newKeyLength, newHash));
        int ref = newEntry(OffHeap.getByte(e) & 0xFF, Entry.access(e), newKey, newKeyLength, Entry.deadline(e),
            Entry.valuePartBytes(e), Entry.valueCode(e));
        OffHeap.copy(Entry.valuePart(e), Entry.valuePart(memory.address(ref)), Entry.valuePartBytes(e));
        long slot = locate(newKey, newKeyLength, newHash);
        prepare(newHash, slot, Entry.hasDeadline(e));
        prepareFields(e, newHash);
        // Preparing may have moved the slot, unlinking may move the other one.
        unlink(index.slotOf(oldRef, hash), oldRef, hash);
        freeOutsideKey(e);
        memory.free(oldRef);
        install(ref, newHash, locate(newKey, newKeyLength, newHash), true);
        return true;
    }

    // ---------------------------------------------------------------- entries and indexes

    /// Room in the indexes for an entry in the place of the one in `slot` (0 = of none): what follows cannot fail.
    private void prepare(long hash, long slot, boolean withDeadline) {
        if (slot == 0) {
            index.prepareInsert(hash);
        }
        if (withDeadline) {
            expires.prepareInsert(hash);
        }
    }

    /// As [#prepare(long, long, boolean)], of the index of hashes whose fields have deadlines, where `e` is to be one.
    private void prepareFields(long e, long hash) {
        if (Entry.hasFieldDeadlines(e)) {
            fieldExpires.prepareInsert(hash);
        }
    }

    /// Puts a new entry in the place of the one in `slot` (0 = of none), which is freed.
    ///
    /// @param withOutside whether the blocks outside of the old entry are freed as well
    private void install(int ref, long hash, long slot, boolean withOutside) {
        boolean isVolatile = Entry.hasDeadline(memory.address(ref));
        if (slot == 0) {
            index.insert(ref, hash);
            forget();
            if (isVolatile) {
                expires.insert(ref, hash);
            }
            if (Entry.hasFieldDeadlines(memory.address(ref))) {
                fieldExpires.insert(ref, hash);
            }
            return;
        }
        int old = OffHeap.getInt(slot);
        OffHeap.putInt(slot, ref);
        if (fieldExpires.size() != 0 || Entry.hasFieldDeadlines(memory.address(ref))) {
            replaceFields(old, ref, hash);
        }
        if (Entry.hasDeadline(memory.address(old))) {
            long expirySlot = expires.slotOf(old, hash);
            if (isVolatile) {
                OffHeap.putInt(expirySlot, ref);
            } else {
                expires.remove(expirySlot, hash);
            }
        } else if (isVolatile) {
            expires.insert(ref, hash);
        }
        if (withOutside) {
            freeOutside(old);
        }
        memory.free(old);
    }

    private void replaceFields(int old, int ref, long hash) {
        boolean hasFields = Entry.hasFieldDeadlines(memory.address(ref));
        if (Entry.hasFieldDeadlines(memory.address(old))) {
            long slot = fieldExpires.slotOf(old, hash);
            if (hasFields) {
                OffHeap.putInt(slot, ref);
            } else {
                fieldExpires.remove(slot, hash);
            }
        } else if (hasFields) {
            fieldExpires.insert(ref, hash);
        }
    }

    private void unlink(long slot, int ref, long hash) {
        if (Entry.hasFieldDeadlines(memory.address(ref))) {
            fieldExpires.remove(fieldExpires.slotOf(ref, hash), hash);
        }
        if (Entry.hasDeadline(memory.address(ref))) {
            expires.remove(expires.slotOf(ref, hash), hash);
        }
        index.remove(slot, hash);
        forget();
    }

    /// A block with header, deadline and key; the value is up to the caller.
    private int newEntry(int head, int access, long key, int keyLength, long deadlineMillis, int valueBytes, int valueCode) {
        int before = deadlineMillis != 0 ? Entry.HEADER_BYTES + Entry.DEADLINE_BYTES : Entry.HEADER_BYTES;
        int ref = memory.allocate(before + Entry.keyPartBytes(keyLength) + valueBytes);
        long e = memory.address(ref);
        OffHeap.putInt(e, head | mark | access << 8);
        if (deadlineMillis != 0) {
            OffHeap.putLong(e + Entry.HEADER_BYTES, deadlineMillis);
        }
        if (keyLength < Entry.KEY_LONG) {
            OffHeap.putInt(e + 4, keyLength | valueCode << 8);
            OffHeap.copy(key, e + before, keyLength);
        } else {
            writeLongKey(e, e + before, key, keyLength, valueCode);
        }
        return ref;
    }

    private void writeLongKey(long e, long part, long key, int keyLength, int valueCode) {
        if (keyLength <= Entry.KEY_INSIDE_MAX) {
            OffHeap.putInt(e + 4, Entry.KEY_LONG | valueCode << 8);
            OffHeap.putInt(part, keyLength);
            OffHeap.copy(key, part + 4, keyLength);
        } else {
            long block = allocateOutside(keyLength);
            OffHeap.putInt(e + 4, Entry.KEY_OUTSIDE | valueCode << 8);
            OffHeap.putLong(part, block);
            OffHeap.putInt(part + 8, keyLength);
            OffHeap.copy(key, block, keyLength);
        }
    }

    private static void encoding(long e, int encoding) {
        OffHeap.putByte(e, (byte) (OffHeap.getByte(e) & ~0x70 | encoding << 4));
    }

    private static void valueCode(long e, int code) {
        OffHeap.putInt(e + 4, Entry.keyCode(e) | code << 8);
    }

    private static void referToValue(long e, long block, int length, int capacity) {
        long part = Entry.valuePart(e);
        OffHeap.putLong(part, block);
        OffHeap.putInt(part + 8, length);
        OffHeap.putInt(part + 12, capacity);
    }

    private long allocateOutside(int bytes) {
        long block = OffHeap.allocate(bytes);
        outsideBytes += bytes;
        outsideBlocks++;
        return block;
    }

    private void freeOutside(int ref) {
        long e = memory.address(ref);
        if (Entry.valueOutside(e)) {
            freeOutsideValue(e);
        } else if (Entry.isBig(e)) {
            detach(e);
        }
        freeOutsideKey(e);
    }

    private void freeOutsideValue(long e) {
        int capacity = Entry.valueCapacity(e);
        reclaimer.free(Entry.valueAddress(e), capacity);
        outsideBytes -= capacity;
        outsideBlocks--;
    }

    private void freeOutsideKey(long e) {
        if (Entry.keyCode(e) == Entry.KEY_OUTSIDE) {
            int length = Entry.keyLength(e);
            reclaimer.free(Entry.keyAddress(e), length);
            outsideBytes -= length;
            outsideBlocks--;
        }
    }

    // ---------------------------------------------------------------- walking

    /// An entry, every one with the same probability, or 0 when there is none. Deadlines are not looked at.
    public long random(Rng rng) {
        int ref = index.random(rng);
        return ref == 0 ? 0 : memory.address(ref);
    }

    /// As [#random(Rng)], of the entries that have a deadline.
    public long randomVolatile(Rng rng) {
        int ref = expires.random(rng);
        return ref == 0 ? 0 : memory.address(ref);
    }

    /// Hands up to `count` entries from a random place to the visitor, which must not change anything; at least one if there are any.
    ///
    /// @param volatiles whether only entries that have a deadline count
    public void sample(Rng rng, int count, boolean volatiles, EntryVisitor visitor) {
        int[] refs = walked();
        int n = (volatiles ? expires : index).some(rng, refs, Math.min(count, refs.length));
        for (int i = 0; i < n; i++) {
            visitor.visit(memory.address(refs[i]));
        }
    }

    /// Goes on with a walk over all entries: visits about `count` of them and returns the cursor to go on with, 0 at the
    /// end. An entry that is there from the call with cursor 0 to the one that returns 0 is visited at least once. Any
    /// cursor is safe; one that was not returned here starts somewhere. Cursors have 35 bits.
    public long scan(long cursor, int count, EntryVisitor visitor) {
        int[] refs = walked();
        long at = cursor;
        long visited = 0;
        long buckets = 0;
        do {
            int n = index.collect(at, refs);
            at = index.next(at);
            for (int i = 0; i < n; i++) {
                visitor.visit(memory.address(refs[i]));
            }
            visited += n;
            buckets++;
        } while (at != 0 && visited < count && buckets < (long) BUCKETS_PER_ENTRY * count);
        return at;
    }

    /// One slice of the active expiry cycle: looks at about `maxSamples` entries that have a deadline, going on where the
    /// last slice ended and at most once around, and hands the expired ones to the visitor, which deletes them. Returns
    /// how many it handed over.
    public int expireCycle(long nowMillis, int maxSamples, EntryVisitor onExpired) {
        if (expires.size() == 0) {
            averageDeadline = 0;
            return 0;
        }
        int[] refs = walked();
        int expired = 0;
        int alive = 0;
        double deadlines = 0;
        long samples = 0;
        long buckets = 0;
        do {
            int n = expires.collect(expireCursor, refs);
            expireCursor = expires.next(expireCursor);
            for (int i = 0; i < n; i++) {
                long e = memory.address(refs[i]);
                long deadline = Entry.deadline(e);
                if (deadline <= nowMillis) {
                    expired++;
                    onExpired.visit(e);
                } else {
                    alive++;
                    deadlines += deadline;
                }
            }
            samples += n;
            buckets++;
        } while (expireCursor != 0 && samples < maxSamples && buckets < (long) BUCKETS_PER_ENTRY * maxSamples);
        if (alive > 0) {
            double average = deadlines / alive;
            averageDeadline = averageDeadline == 0 ? average : averageDeadline + (average - averageDeadline) / 50;
        }
        return expired;
    }

    /// One slice of the active expiry of fields: hands about `maxSamples` of the hashes whose fields have deadlines to the
    /// visitor, which may change and delete them, going on where the last slice ended and at most once around.
    public void fieldExpireCycle(int maxSamples, EntryVisitor visitor) {
        if (fieldExpires.size() == 0) {
            return;
        }
        int[] refs = walked();
        long samples = 0;
        long buckets = 0;
        fieldExpiryHeld = false;
        do {
            int n = fieldExpires.collect(fieldExpireCursor, refs);
            long here = fieldExpireCursor;
            fieldExpireCursor = fieldExpires.next(here);
            for (int i = 0; i < n; i++) {
                visitor.visit(memory.address(refs[i]));
            }
            if (fieldExpiryHeld) {
                fieldExpireCursor = here;
                return;
            }
            samples += n;
            buckets++;
        } while (fieldExpireCursor != 0 && samples < maxSamples && buckets < (long) BUCKETS_PER_ENTRY * maxSamples);
    }

    /// For the visitor of [#fieldExpireCycle(int, EntryVisitor)]: it has left something, the next slice begins with these hashes again.
    public void holdFieldExpiry() {
        fieldExpiryHeld = true;
    }

    /// Estimate, from what the expiry cycle has seen, of the mean time to live of the entries that have one, in ms.
    public long averageTtlMillis(long nowMillis) {
        return averageDeadline == 0 ? 0 : Math.max(0, (long) averageDeadline - nowMillis);
    }

    private int[] walked() {
        if (walked == null) {
            walked = new int[KeyTable.SEGMENT_SLOTS];
        }
        return walked;
    }

    /// Bytes that an entry takes, its place in the indexes included.
    public int memoryUsage(long entry) {
        long bytes = memory.blockBytes(Entry.bytes(entry)) + (Entry.hasDeadline(entry) ? 2 * INDEX_BYTES : INDEX_BYTES);
        if (Entry.valueOutside(entry)) {
            bytes += Entry.valueCapacity(entry);
        }
        if (Entry.isBig(entry)) {
            bytes += bigValues.usedBytes(blocks, Entry.type(entry), Entry.valuePart(entry));
        }
        if (Entry.keyCode(entry) == Entry.KEY_OUTSIDE) {
            bytes += Entry.keyLength(entry);
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }

    // ---------------------------------------------------------------- images

    /// Begins to take an image of the keyspace as it is now, in a moment. All entries that there are now are handed over, each
    /// once: some by [#imageStep(int)], others before they are changed or deleted. Big values, whose entries are handed over
    /// in time and may be copied, can be read until [#endImage()]; everything else only meanwhile. Nothing may be changed
    /// from inside the visitor.
    ///
    /// Entries carry a mark whose meaning turns with each image: those that have the old one are still to be handed over.
    public void beginImage(EntryVisitor visitor) {
        if (hasImage()) {
            throw new IllegalStateException("there is an image already");
        }
        blocks.beginView();
        mark ^= Entry.MARK_FLAG;
        imageCursor = 0;
        image = visitor;
    }

    /// Whether an image is being taken, or read.
    public boolean hasImage() {
        return image != null || blocks.isViewed();
    }

    /// Hands over about `count` entries; whether that was all.
    public boolean imageStep(int count) {
        if (image == null) {
            return true;
        }
        imageCursor = scan(imageCursor, count, imageEntry);
        if (imageCursor == 0) {
            image = null;
        }
        return image == null;
    }

    /// Nobody reads the image any more. If entries are missing, nobody gets them, but [#imageStep(int)] has to be called until
    /// it says that it was all before there can be another image.
    public void endImage() {
        blocks.endView();
        if (image != null) {
            image = _ -> { };
        }
    }

    private void keepEntry(long e) {
        if (Entry.mark(e) != mark) {
            Entry.mark(e, mark);
            image.visit(e);
        }
    }

    /// Before the entry in `slot` (0 = none) changes.
    private void keep(long slot) {
        if (image != null && slot != 0) {
            keepEntry(memory.address(OffHeap.getInt(slot)));
        }
    }

    // ---------------------------------------------------------------- compaction

    /// One slice of compaction: when more than an eighth of the memory of entries is unused, moves about `entriesMax`
    /// of them together, so that memory can go back to the system. Returns how many it moved. To be called between
    /// commands, when nobody holds the address of an entry; what clients see does not change.
    public int compact(int entriesMax) {
        int moved = 0;
        while (moved < entriesMax) {
            if (leaving == null) {
                leaving = new int[COMPACTION_BATCH];
                leavingHashes = new long[COMPACTION_BATCH];
            }
            int n = memory.evacuees(leaving);
            if (n == 0) {
                break;
            }
            for (int i = 0; i < n; i++) {
                long e = memory.address(leaving[i]);
                leavingHashes[i] = KeyHash.hash(Entry.keyAddress(e), Entry.keyLength(e));
            }
            for (int i = 0; i < n; i++) {
                index.prefetchBucket(leavingHashes[i]);
            }
            for (int i = 0; i < n; i++) {
                move(leaving[i], leavingHashes[i]);
            }
            moved += n;
        }
        return moved;
    }

    private void move(int ref, long hash) {
        long e = memory.address(ref);
        int bytes = Entry.bytes(e);
        int fresh = memory.allocate(bytes);
        OffHeap.copy(e, memory.address(fresh), bytes);
        install(fresh, hash, index.slotOf(ref, hash), false);
    }

    // ---------------------------------------------------------------- end and tests

    /// Gives all memory back, on the reclaimer's thread; nothing may be called afterwards.
    public void release() {
        forget();
        reclaimer.run(this::releaseAll);
    }

    private void releaseAll() {
        if (outsideBlocks > 0) {
            index.forEach(this::releaseOutside);
        }
        blocks.release();
        index.release();
        expires.release();
        fieldExpires.release();
        segments.release();
        memory.release();
    }

    /// Frees what lies outside of both the entry and the blocks of big values.
    private void releaseOutside(int ref) {
        long e = memory.address(ref);
        if (Entry.valueOutside(e)) {
            freeOutsideValue(e);
        }
        freeOutsideKey(e);
    }

    /// Recounts all sums and walks all structures. O(entries), for tests.
    ///
    /// @throws AssertionError when anything is wrong
    public void assertValid() {
        memory.assertValid();
        segments.assertValid();
        index.assertValid();
        expires.assertValid();
        fieldExpires.assertValid();
        Recount recount = new Recount();
        index.forEach(recount::add);
        check(recount.blockBytes == memory.usedBytes(), "block bytes", recount.blockBytes);
        check(recount.blocks == memory.liveBlocks(), "blocks", recount.blocks);
        check(index.segments() + expires.segments() + fieldExpires.segments() == segments.liveBlocks(), "segments",
            segments.liveBlocks());
        check(recount.outside == outsideBytes, "outside bytes", recount.outside);
        check(recount.outsides == outsideBlocks, "outside blocks", recount.outsides);
        blocks.assertValid();
        check(detachedCount > 0 || recount.bigBlocks == blocks.liveBlocks(), "blocks of big values", recount.bigBlocks);
        check(recount.volatiles == expires.size(), "entries with a deadline", recount.volatiles);
        check(recount.fieldVolatiles == fieldExpires.size(), "hashes with deadlines of fields", recount.fieldVolatiles);
        fieldExpires.forEach(ref -> {
            long e = memory.address(ref);
            check(Entry.hasFieldDeadlines(e), "hash without deadlines of fields", ref);
            check(index.slotOf(ref, KeyHash.hash(Entry.keyAddress(e), Entry.keyLength(e))) != 0, "hash with deadlines", ref);
        });
        // As many as there are and each in the index: the same set.
        expires.forEach(ref -> {
            long e = memory.address(ref);
            check(Entry.hasDeadline(e), "entry without a deadline", ref);
            check(index.slotOf(ref, KeyHash.hash(Entry.keyAddress(e), Entry.keyLength(e))) != 0, "entry with a deadline", ref);
        });
    }

    private static void check(boolean holds, String what, long value) {
        if (!holds) {
            throw new AssertionError(what + " is wrong: " + value);
        }
    }

    private final class Recount {
        private long blocks;
        private long blockBytes;
        private long outsides;
        private long outside;
        private long volatiles;
        private long fieldVolatiles;
        private long bigBlocks;

        void add(int ref) {
            long e = memory.address(ref);
            memory.guardVerify(ref);
            blocks++;
            blockBytes += memory.blockBytes(Entry.bytes(e));
            volatiles += Entry.hasDeadline(e) ? 1 : 0;
            check(image != null || Entry.mark(e) == mark, "mark of entry", ref);
            fieldVolatiles += Entry.hasFieldDeadlines(e) ? 1 : 0;
            if (Entry.valueOutside(e)) {
                outsides++;
                outside += Entry.valueCapacity(e);
                check(Entry.valueLength(e) <= Entry.valueCapacity(e), "length of value", Entry.valueLength(e));
            }
            if (Entry.isBig(e)) {
                bigBlocks += bigValues.assertValid(Keyspace.this.blocks, Entry.type(e), Entry.valuePart(e));
            }
            if (Entry.keyCode(e) == Entry.KEY_OUTSIDE) {
                outsides++;
                outside += Entry.keyLength(e);
            }
        }
    }
}
