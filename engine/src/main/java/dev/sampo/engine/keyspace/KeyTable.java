package dev.sampo.engine.keyspace;

import dev.sampo.engine.Rng;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.memory.SlabAllocator;
import dev.sampo.resp.OffHeap;

import java.util.function.IntConsumer;

/// An index from keys to entries: extendible hashing over segments of 64 buckets.
///
/// The top bits of the hash select, through the directory, a segment; the low 6 bits a bucket of it, the *home* of the
/// key; 8 bits between them are the tag. A bucket is one cache line:
/// ```
/// 0   12 tags, 0 = free slot
/// 12  number of entries at home here that lie in other buckets (10 bits), farthest distance of one (6 bits)
/// 14  a field of the segment: see below
/// 16  12 references of 32 bits
/// ```
/// An entry that finds its home full goes to the nearest bucket behind it, around the end of the segment. A lookup
/// compares eight tags at a time and stops after the home bucket unless that says that some of its entries are elsewhere.
///
/// A segment that is 85 % full splits by the next bit of the hash; the directory doubles when it has no entry for each
/// half. Two sparse halves merge again. Each step moves the references of one segment; entries never move. The
/// directory is copied as a whole: 8 bytes for some 500 entries.
///
/// The number of entries of a segment, its depth and its reference are in the 16 bits at offset 14 of four buckets.
/// Which buckets depends on the address: in the first ones of every segment they would compete for the same cache sets.
///
/// The order of a scan is (hash prefix, home bucket). It survives splits, since both halves follow where the whole was.
/// The cursor knows the depth of its segment; when a merge has made that smaller, the scan starts the segment again.
///
/// One thread at a time.
final class KeyTable {
    static final int SEGMENT_BYTES = 4096;
    /// The most references one home bucket can have.
    static final int SEGMENT_SLOTS = 768;

    private static final int BUCKETS = 64;
    /// Buckets in a row that a sample is taken from.
    private static final int SAMPLED_BUCKETS = 8;
    private static final int SLOTS = 12;
    private static final int COUNTS = 12;
    private static final int FIELD = 14;
    private static final int REFS = 16;

    private static final int SPLIT_AT = SEGMENT_SLOTS * 85 / 100;
    /// A run this long splits a segment that is at least 60 % full.
    private static final int RUN_MAX = 12;
    private static final int SPLIT_FOR_RUN_AT = SEGMENT_SLOTS * 60 / 100;
    private static final int MERGE_AT = SEGMENT_SLOTS / 4;
    /// A merge rewrites at most so many directory entries.
    private static final int MERGE_RANGE_MAX = 1024;
    private static final int DEPTH_MAX = 24;

    // Cursor: [prefix: 24 bits][depth: 5][bucket: 6]; with bucket 0 the depth is 0.
    private static final int CURSOR_DEPTH = 6;
    private static final int CURSOR_PREFIX = 11;
    private static final int PREFIXES = 1 << DEPTH_MAX;

    private static final long ONES = 0x0101010101010101L;
    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;
    private static final long HIGH_HALF_TAGS = 0x80808080L;

    /// Where the entries lie.
    private final SlabAllocator memory;
    private final SlabAllocator segments;
    private final Reclaimer reclaimer;

    private long size;
    /// Address of `1 << depth` addresses of segments; 0 until the first entry comes.
    private long directory;
    private int depth;
    /// 64 - depth.
    private int shift;
    /// Segments by their own depth.
    private final int[] segmentsByDepth = new int[DEPTH_MAX + 1];

    /// References and hashes of a segment that is being rebuilt.
    private int[] moving;
    private long[] movingHashes;
    /// Where prefetched words go, so that the loads are not optimised away.
    private long sink;

    /// @param memory where the entries lie
    /// @param segments gives the table its own blocks
    KeyTable(SlabAllocator memory, SlabAllocator segments, Reclaimer reclaimer) {
        this.memory = memory;
        this.segments = segments;
        this.reclaimer = reclaimer;
    }

    long size() {
        return size;
    }

    /// Bytes of the directory; segments are blocks of the allocator.
    long directoryBytes() {
        return directory == 0 ? 0 : 8L << depth;
    }

    /// Number of segments.
    int segments() {
        int sum = 0;
        for (int n : segmentsByDepth) {
            sum += n;
        }
        return sum;
    }

    // ---------------------------------------------------------------- lookup

    /// The address of the slot that refers to the entry with this key, or 0. Valid until the table changes.
    long find(long key, int keyLength, long hash) {
        if (size == 0) {
            return 0;
        }
        long segment = segment(hash);
        int home = home(hash);
        long bucket = segment + (home << 6);
        long pattern = tag(hash) * ONES;
        long slot = findIn(bucket, pattern, key, keyLength);
        if (slot != 0) {
            return slot;
        }
        int counts = counts(bucket);
        return counts == 0 ? 0 : findBehind(segment, home, counts >>> 10, pattern, key, keyLength);
    }

    private long findIn(long bucket, long pattern, long key, int keyLength) {
        long matches = zeroBytes(OffHeap.getLong(bucket) ^ pattern);
        while (matches != 0) {
            long slot = bucket + REFS + (Long.numberOfTrailingZeros(matches) >>> 3 << 2);
            if (Entry.hasKey(memory.address(OffHeap.getInt(slot)), key, keyLength)) {
                return slot;
            }
            matches &= matches - 1;
        }
        matches = zeroBytes(OffHeap.getLong(bucket + 8) ^ pattern) & HIGH_HALF_TAGS;
        while (matches != 0) {
            long slot = bucket + REFS + 32 + (Long.numberOfTrailingZeros(matches) >>> 3 << 2);
            if (Entry.hasKey(memory.address(OffHeap.getInt(slot)), key, keyLength)) {
                return slot;
            }
            matches &= matches - 1;
        }
        return 0;
    }

    private long findBehind(long segment, int home, int distanceMax, long pattern, long key, int keyLength) {
        for (int distance = 1; distance <= distanceMax; distance++) {
            long slot = findIn(segment + ((home + distance & BUCKETS - 1) << 6), pattern, key, keyLength);
            if (slot != 0) {
                return slot;
            }
        }
        return 0;
    }

    /// The address of the slot that holds `ref`, which must be in the table.
    long slotOf(int ref, long hash) {
        long segment = segment(hash);
        int home = home(hash);
        int distanceMax = counts(segment + (home << 6)) >>> 10;
        for (int distance = 0; distance <= distanceMax; distance++) {
            long bucket = segment + ((home + distance & BUCKETS - 1) << 6);
            for (int i = 0; i < SLOTS; i++) {
                if (OffHeap.getInt(bucket + REFS + i * 4) == ref && OffHeap.getByte(bucket + i) != 0) {
                    return bucket + REFS + i * 4;
                }
            }
        }
        throw new IllegalStateException("entry " + Integer.toHexString(ref) + " is not in the index");
    }

    /// Loads the cache line of the key's home bucket.
    void prefetchBucket(long hash) {
        if (size != 0) {
            sink += OffHeap.getLong(segment(hash) + (home(hash) << 6));
        }
    }

    /// Loads the first lines of the first entry in the home bucket whose tag matches; returns its address, or 0 when
    /// there is none. The key has not been compared.
    long prefetchEntry(long hash) {
        if (size == 0) {
            return 0;
        }
        long bucket = segment(hash) + (home(hash) << 6);
        long pattern = tag(hash) * ONES;
        long matches = zeroBytes(OffHeap.getLong(bucket) ^ pattern);
        long slot = bucket + REFS;
        if (matches == 0) {
            matches = zeroBytes(OffHeap.getLong(bucket + 8) ^ pattern) & HIGH_HALF_TAGS;
            slot += 32;
            if (matches == 0) {
                return 0;
            }
        }
        long entry = memory.address(OffHeap.getInt(slot + (Long.numberOfTrailingZeros(matches) >>> 3 << 2)));
        // A chunk may be read one line beyond its end.
        sink += OffHeap.getLong(entry) + OffHeap.getLong(entry + 56);
        return entry;
    }

    private long segment(long hash) {
        return OffHeap.getLong(directory + (hash >>> shift << 3));
    }

    private static int home(long hash) {
        return (int) hash & BUCKETS - 1;
    }

    /// 1..255: bits between those of the directory and those of the bucket.
    private static int tag(long hash) {
        int tag = (int) (hash >>> 6) & 0xFF;
        return tag + (tag - 1 >>> 31);
    }

    /// The high bit of each byte that is 0, exactly: a slot must not match because of its neighbour.
    private static long zeroBytes(long x) {
        return ~((x & LOW_BITS) + LOW_BITS | x | LOW_BITS);
    }

    private static int counts(long bucket) {
        return OffHeap.getShort(bucket + COUNTS) & 0xFFFF;
    }

    // ---------------------------------------------------------------- fields of a segment

    private static long field(long segment, int number) {
        return segment + (((int) (segment >>> 12) + number & BUCKETS - 1) << 6) + FIELD;
    }

    private static int count(long segment) {
        return OffHeap.getShort(field(segment, 0));
    }

    private static void count(long segment, int count) {
        OffHeap.putShort(field(segment, 0), (short) count);
    }

    private static int depthOf(long segment) {
        return OffHeap.getShort(field(segment, 1));
    }

    private static void depthOf(long segment, int depth) {
        OffHeap.putShort(field(segment, 1), (short) depth);
    }

    private static int refOf(long segment) {
        return OffHeap.getShort(field(segment, 2)) & 0xFFFF | OffHeap.getShort(field(segment, 3)) << 16;
    }

    private long newSegment(int depth) {
        int ref = segments.allocate(SEGMENT_BYTES);
        long segment = segments.address(ref);
        OffHeap.fill(segment, SEGMENT_BYTES, (byte) 0);
        depthOf(segment, depth);
        OffHeap.putShort(field(segment, 2), (short) ref);
        OffHeap.putShort(field(segment, 3), (short) (ref >>> 16));
        segmentsByDepth[depth]++;
        return segment;
    }

    // ---------------------------------------------------------------- insertion

    /// Makes room for one more entry with this hash, so that the following [#insert(int, long)] cannot fail.
    void prepareInsert(long hash) {
        if (directory == 0) {
            createDirectory();
        }
        long segment = segment(hash);
        int count = count(segment);
        if (count >= SPLIT_AT || count >= SPLIT_FOR_RUN_AT && isRunLong(segment, home(hash))) {
            makeRoom(hash);
        }
    }

    /// Adds a reference to an entry that is not in the table; [#prepareInsert(long)] has been called for its hash.
    void insert(int ref, long hash) {
        long segment = segment(hash);
        place(segment, ref, hash);
        count(segment, count(segment) + 1);
        size++;
    }

    private void createDirectory() {
        long segment = newSegment(0);
        depth = 1;
        shift = 63;
        directory = OffHeap.allocate(directoryBytes(1));
        OffHeap.putLong(directory, segment);
        OffHeap.putLong(directory + 8, segment);
    }

    private static long directoryBytes(int depth) {
        return 8L << depth;
    }

    private boolean isRunLong(long segment, int home) {
        if (hasFreeSlot(segment + (home << 6))) {
            return false;
        }
        for (int distance = 1; distance <= RUN_MAX; distance++) {
            if (hasFreeSlot(segment + ((home + distance & BUCKETS - 1) << 6))) {
                return false;
            }
        }
        return true;
    }

    private void makeRoom(long hash) {
        long segment = segment(hash);
        if (depthOf(segment) < DEPTH_MAX) {
            split(hash);
            segment = segment(hash);
        }
        // A segment that does not divide (one in many keyspaces of billions of entries) fills up to the last slot.
        while (count(segment) == SEGMENT_SLOTS) {
            if (depthOf(segment) == DEPTH_MAX) {
                throw new OutOfMemoryError("the index of this keyspace is full");
            }
            split(hash);
            segment = segment(hash);
        }
    }

    private static boolean hasFreeSlot(long bucket) {
        return (zeroBytes(OffHeap.getLong(bucket)) | zeroBytes(OffHeap.getLong(bucket + 8)) & HIGH_HALF_TAGS) != 0;
    }

    private static boolean placeAt(long bucket, int ref, long hash) {
        int slot;
        long free = zeroBytes(OffHeap.getLong(bucket));
        if (free != 0) {
            slot = Long.numberOfTrailingZeros(free) >>> 3;
        } else {
            free = zeroBytes(OffHeap.getLong(bucket + 8)) & HIGH_HALF_TAGS;
            if (free == 0) {
                return false;
            }
            slot = 8 + (Long.numberOfTrailingZeros(free) >>> 3);
        }
        OffHeap.putByte(bucket + slot, (byte) tag(hash));
        OffHeap.putInt(bucket + REFS + slot * 4, ref);
        return true;
    }

    private static void place(long segment, int ref, long hash) {
        if (!placeAt(segment + (home(hash) << 6), ref, hash)) {
            placeBehind(segment, ref, hash);
        }
    }

    private static void placeBehind(long segment, int ref, long hash) {
        int home = home(hash);
        for (int distance = 1; distance < BUCKETS; distance++) {
            if (placeAt(segment + ((home + distance & BUCKETS - 1) << 6), ref, hash)) {
                long bucket = segment + (home << 6);
                int counts = counts(bucket);
                int farthest = Math.max(counts >>> 10, distance);
                OffHeap.putShort(bucket + COUNTS, (short) (farthest << 10 | (counts & 0x3FF) + 1));
                return;
            }
        }
        throw new AssertionError("no room was prepared");
    }

    // ---------------------------------------------------------------- removal

    /// Removes the entry that the slot at this address refers to; `hash` is that of its key.
    void remove(long slot, long hash) {
        long segment = segment(hash);
        int offset = (int) (slot - segment);
        int bucket = offset >>> 6;
        OffHeap.putByte(segment + (bucket << 6) + ((offset & 63) - REFS >>> 2), (byte) 0);
        int home = home(hash);
        if (bucket != home) {
            long counted = segment + (home << 6) + COUNTS;
            int counts = (OffHeap.getShort(counted) & 0xFFFF) - 1;
            OffHeap.putShort(counted, (short) ((counts & 0x3FF) == 0 ? 0 : counts));
        }
        int count = count(segment) - 1;
        count(segment, count);
        size--;
        if (count <= MERGE_AT / 2 && (count & 15) == 0) {
            merge(hash);
        }
    }

    // ---------------------------------------------------------------- split and merge

    private void split(long hash) {
        long left = segment(hash);
        int newDepth = depthOf(left) + 1;
        if (newDepth > depth) {
            resizeDirectory(depth + 1);
        }
        long right = newSegment(newDepth);
        segmentsByDepth[newDepth - 1]--;
        segmentsByDepth[newDepth]++;
        int n = gather(left, 0);
        clear(left);
        depthOf(left, newDepth);
        // The bit that the halves differ in becomes the distinguishing one.
        int entries = 1 << depth - newDepth;
        int start = (int) (hash >>> shift) & -(2 * entries);
        for (int i = start + entries; i < start + 2 * entries; i++) {
            OffHeap.putLong(directory + ((long) i << 3), right);
        }
        distribute(n, left, right, 64 - newDepth);
    }

    /// Merges the segment of this hash with its other half, if both are sparse.
    private void merge(long hash) {
        long segment = segment(hash);
        int oldDepth = depthOf(segment);
        int entries = 1 << depth - oldDepth;
        if (oldDepth == 0 || entries > MERGE_RANGE_MAX) {
            return;
        }
        int start = (int) (hash >>> shift) & -(2 * entries);
        long left = OffHeap.getLong(directory + ((long) start << 3));
        long right = OffHeap.getLong(directory + ((long) (start + entries) << 3));
        if (depthOf(left) != oldDepth || depthOf(right) != oldDepth || count(left) + count(right) > MERGE_AT) {
            return;
        }
        int n = gather(right, gather(left, 0));
        clear(left);
        depthOf(left, oldDepth - 1);
        segmentsByDepth[oldDepth] -= 2;
        segmentsByDepth[oldDepth - 1]++;
        segments.free(refOf(right));
        for (int i = start + entries; i < start + 2 * entries; i++) {
            OffHeap.putLong(directory + ((long) i << 3), left);
        }
        distribute(n, left, left, 0);
        // Two unused levels before one is given up: a table at the border does not go to and fro.
        if (depth > 2 && segmentsByDepth[depth] == 0 && segmentsByDepth[depth - 1] == 0) {
            resizeDirectory(depth - 1);
        }
    }

    /// Collects the references of a segment from index `from` of the scratch arrays; returns the end.
    private int gather(long segment, int from) {
        if (moving == null) {
            moving = new int[SEGMENT_SLOTS];
            movingHashes = new long[SEGMENT_SLOTS];
        }
        int n = from;
        for (long bucket = segment; bucket < segment + SEGMENT_BYTES; bucket += 64) {
            for (int i = 0; i < SLOTS; i++) {
                if (OffHeap.getByte(bucket + i) != 0) {
                    moving[n++] = OffHeap.getInt(bucket + REFS + i * 4);
                }
            }
        }
        // First every entry is touched, so that the cache misses overlap; then the keys are hashed.
        long touched = 0;
        for (int i = from; i < n; i++) {
            touched += OffHeap.getLong(memory.address(moving[i]));
        }
        sink += touched;
        for (int i = from; i < n; i++) {
            movingHashes[i] = hashOf(moving[i]);
        }
        return n;
    }

    private long hashOf(int ref) {
        long entry = memory.address(ref);
        return KeyHash.hash(Entry.keyAddress(entry), Entry.keyLength(entry));
    }

    /// Empties the buckets and keeps the fields.
    private static void clear(long segment) {
        for (long bucket = segment; bucket < segment + SEGMENT_BYTES; bucket += 64) {
            OffHeap.putLong(bucket, 0);
            OffHeap.putLong(bucket + 8, OffHeap.getLong(bucket + 8) & 0xFFFF_0000_0000_0000L);
        }
    }

    /// Puts the `n` gathered references into two empty segments by one bit of the hash; homes first, so that as few as
    /// possible lie elsewhere.
    private void distribute(int n, long left, long right, int bit) {
        int rest = 0;
        int inRight = 0;
        for (int i = 0; i < n; i++) {
            long hash = movingHashes[i];
            int side = left == right ? 0 : (int) (hash >>> bit) & 1;
            inRight += side;
            if (!placeAt((side == 0 ? left : right) + (home(hash) << 6), moving[i], hash)) {
                moving[rest] = moving[i];
                movingHashes[rest++] = hash;
            }
        }
        for (int i = 0; i < rest; i++) {
            long hash = movingHashes[i];
            int side = left == right ? 0 : (int) (hash >>> bit) & 1;
            placeBehind(side == 0 ? left : right, moving[i], hash);
        }
        count(left, n - inRight);
        if (left != right) {
            count(right, inRight);
        }
    }

    private void resizeDirectory(int newDepth) {
        long old = directory;
        long fresh = OffHeap.allocate(directoryBytes(newDepth));
        if (newDepth > depth) {
            for (long i = 0; i < 1L << depth; i++) {
                long segment = OffHeap.getLong(old + (i << 3));
                OffHeap.putLong(fresh + (i << 4), segment);
                OffHeap.putLong(fresh + (i << 4) + 8, segment);
            }
        } else {
            for (long i = 0; i < 1L << newDepth; i++) {
                OffHeap.putLong(fresh + (i << 3), OffHeap.getLong(old + (i << 4)));
            }
        }
        reclaimer.free(old, directoryBytes(depth));
        directory = fresh;
        depth = newDepth;
        shift = 64 - newDepth;
    }

    // ---------------------------------------------------------------- walking

    /// Copies the references of the entries at home in the cursor's bucket to `refs` and returns their number.
    int collect(long cursor, int[] refs) {
        if (directory == 0) {
            return 0;
        }
        long segment = cursorSegment(cursor);
        int home = cursorBucket(cursor, depthOf(segment));
        int distanceMax = counts(segment + (home << 6)) >>> 10;
        int n = 0;
        for (int distance = 0; distance <= distanceMax; distance++) {
            long bucket = segment + ((home + distance & BUCKETS - 1) << 6);
            for (int i = 0; i < SLOTS; i++) {
                if (OffHeap.getByte(bucket + i) != 0) {
                    int ref = OffHeap.getInt(bucket + REFS + i * 4);
                    if (home(hashOf(ref)) == home) {
                        refs[n++] = ref;
                    }
                }
            }
        }
        return n;
    }

    /// The cursor of the bucket behind the one at `cursor`, 0 behind the last. To be asked before the table changes.
    long next(long cursor) {
        if (directory == 0) {
            return 0;
        }
        long segment = cursorSegment(cursor);
        int segmentDepth = depthOf(segment);
        int bucket = cursorBucket(cursor, segmentDepth) + 1;
        int range = 1 << DEPTH_MAX - segmentDepth;
        long prefix = cursorPrefix(cursor) & -range;
        if (bucket < BUCKETS && count(segment) > 0) {
            return prefix << CURSOR_PREFIX | (long) segmentDepth << CURSOR_DEPTH | bucket;
        }
        prefix += range;
        return prefix == PREFIXES ? 0 : prefix << CURSOR_PREFIX;
    }

    private long cursorSegment(long cursor) {
        return OffHeap.getLong(directory + ((long) (cursorPrefix(cursor) >>> DEPTH_MAX - depth) << 3));
    }

    private static int cursorPrefix(long cursor) {
        return (int) (cursor >>> CURSOR_PREFIX) & PREFIXES - 1;
    }

    /// The bucket to go on with: the first one when the segment has merged since the cursor was made.
    private static int cursorBucket(long cursor, int segmentDepth) {
        int cursorDepth = (int) (cursor >>> CURSOR_DEPTH) & 31;
        return segmentDepth < cursorDepth ? 0 : (int) cursor & BUCKETS - 1;
    }

    /// The reference of an entry that is every one with the same probability, or 0 when there is none. A segment is
    /// taken in proportion to its entries by trying; after many failures, any one that has some.
    int random(Rng rng) {
        if (size == 0) {
            return 0;
        }
        for (int attempt = 0; attempt < 256 && segmentsByDepth[0] == 0; attempt++) {
            long bits = rng.nextLong();
            int i = (int) (bits >>> shift);
            long segment = OffHeap.getLong(directory + ((long) i << 3));
            boolean first = (i & (1 << depth - depthOf(segment)) - 1) == 0;
            int number = (int) ((bits & 0xFFFFFFFFL) * SPLIT_AT >>> 32);
            if (first && number < count(segment)) {
                return refAt(segment, number);
            }
        }
        int i = (int) (rng.nextLong() >>> shift);
        while (true) {
            long segment = OffHeap.getLong(directory + ((long) i << 3));
            if (count(segment) > 0) {
                return refAt(segment, rng.nextInt(count(segment)));
            }
            i = (i | (1 << depth - depthOf(segment)) - 1) + 1 & (1 << depth) - 1;
        }
    }

    /// Copies the references of up to `max` entries at a random place to `refs` and returns their number, at least 1 if there are any.
    /// They are neighbours only by their hashes, so one look at memory gives almost what as many draws of [#random(Rng)] would.
    int some(Rng rng, int[] refs, int max) {
        for (int attempt = 0; attempt < 64 && size > 0; attempt++) {
            long bits = rng.nextLong();
            long segment = OffHeap.getLong(directory + (depth == 0 ? 0 : (bits >>> shift) << 3));
            int n = 0;
            int first = (int) ((bits >>> 6 & 0xFF) * SLOTS >>> 8);
            for (int at = 0; at < SAMPLED_BUCKETS && n < max; at++) {
                long bucket = segment + (((int) bits + at & BUCKETS - 1) << 6);
                for (int i = at == 0 ? first : 0; i < SLOTS && n < max; i++) {
                    if (OffHeap.getByte(bucket + i) != 0) {
                        refs[n++] = OffHeap.getInt(bucket + REFS + i * 4);
                    }
                }
            }
            if (n > 0) {
                return n;
            }
        }
        refs[0] = random(rng);
        return refs[0] == 0 ? 0 : 1;
    }

    private static int refAt(long segment, int number) {
        int skip = number;
        for (long bucket = segment; bucket < segment + SEGMENT_BYTES; bucket += 64) {
            int free = Long.bitCount(zeroBytes(OffHeap.getLong(bucket)))
                + Long.bitCount(zeroBytes(OffHeap.getLong(bucket + 8)) & HIGH_HALF_TAGS);
            if (skip < SLOTS - free) {
                for (int i = 0; ; i++) {
                    if (OffHeap.getByte(bucket + i) != 0 && skip-- == 0) {
                        return OffHeap.getInt(bucket + REFS + i * 4);
                    }
                }
            }
            skip -= SLOTS - free;
        }
        throw new AssertionError("the segment has fewer than " + number + " entries");
    }

    /// Hands every reference to `consumer`, which must not change the table. O(entries).
    void forEach(IntConsumer consumer) {
        if (directory == 0) {
            return;
        }
        for (int i = 0; i < 1 << depth; ) {
            long segment = OffHeap.getLong(directory + ((long) i << 3));
            for (long bucket = segment; bucket < segment + SEGMENT_BYTES; bucket += 64) {
                for (int slot = 0; slot < SLOTS; slot++) {
                    if (OffHeap.getByte(bucket + slot) != 0) {
                        consumer.accept(OffHeap.getInt(bucket + REFS + slot * 4));
                    }
                }
            }
            i += 1 << depth - depthOf(segment);
        }
    }

    // ---------------------------------------------------------------- end and tests

    /// Frees the directory; the segments go with the allocator.
    void release() {
        reclaimer.free(directory, directoryBytes());
        directory = 0;
        size = 0;
    }

    /// Recounts everything and looks every entry up.
    ///
    /// @throws AssertionError when anything is wrong
    void assertValid() {
        if (directory == 0) {
            check(size == 0, "size of an empty table", size);
            return;
        }
        long entries = 0;
        int[] byDepth = new int[DEPTH_MAX + 1];
        for (int i = 0; i < 1 << depth; ) {
            long segment = OffHeap.getLong(directory + ((long) i << 3));
            int range = 1 << depth - depthOf(segment);
            check((i & range - 1) == 0, "start of segment", i);
            for (int j = i; j < i + range; j++) {
                check(OffHeap.getLong(directory + ((long) j << 3)) == segment, "directory entry", j);
            }
            check(segments.address(refOf(segment)) == segment, "reference of segment", i);
            entries += recount(segment, i, range);
            byDepth[depthOf(segment)]++;
            i += range;
        }
        check(entries == size, "size", entries);
        for (int d = 0; d <= DEPTH_MAX; d++) {
            check(byDepth[d] == segmentsByDepth[d], "segments of depth " + d, byDepth[d]);
        }
    }

    private int recount(long segment, int start, int range) {
        int[] behind = new int[BUCKETS];
        int n = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            for (int i = 0; i < SLOTS; i++) {
                long slot = segment + (bucket << 6) + REFS + i * 4;
                int tag = OffHeap.getByte(segment + (bucket << 6) + i) & 0xFF;
                if (tag != 0) {
                    n++;
                    int ref = OffHeap.getInt(slot);
                    long hash = hashOf(ref);
                    check(hash >>> shift >= start && hash >>> shift < start + range, "segment of entry", ref);
                    check(tag == tag(hash), "tag of entry", ref);
                    int distance = bucket - home(hash) & BUCKETS - 1;
                    if (distance > 0) {
                        behind[home(hash)]++;
                        check(distance <= counts(segment + (home(hash) << 6)) >>> 10, "distance of entry", ref);
                    }
                    long entry = memory.address(ref);
                    check(find(Entry.keyAddress(entry), Entry.keyLength(entry), hash) == slot, "lookup of entry", ref);
                    check(slotOf(ref, hash) == slot, "slot of entry", ref);
                }
            }
        }
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            check(behind[bucket] == (counts(segment + (bucket << 6)) & 0x3FF), "entries behind bucket", bucket);
        }
        check(n == count(segment), "entries of segment", n);
        return n;
    }

    private static void check(boolean holds, String what, long value) {
        if (!holds) {
            throw new AssertionError(what + " is wrong: " + value);
        }
    }
}
