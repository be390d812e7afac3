package dev.sampo.engine.memory;

import dev.sampo.resp.OffHeap;

import java.util.Arrays;

/// Small blocks of one keyspace, addressed by references of 32 bits.
///
/// Memory comes from the system in chunks of 1 MiB ([ChunkSource]); a chunk is 64 spans of 16 KiB; a span serves blocks of one size
/// class. A reference counts units of 8 bytes: chunk index (15 bits, from 1), span in the chunk (6), unit in the span
/// (11); 0 is no block. One keyspace can therefore hold 32 GiB of small blocks.
///
/// - Allocation takes from the class's current span: first its free list, whose links lie in the free blocks, then
///   memory never used before. When the span is full, the head of the class's list of partly used spans follows. A
///   full span that gets its first free block goes to the head of that list, so that nearly full spans are filled up
///   first and sparse ones get the time to become empty.
/// - An empty span serves any class; an empty chunk goes back to the system, except that one is kept.
/// - When too much of the chunks is unused, the owner of the blocks can move those of a sparse chunk away, a few at a
///   time, and so empty it: [#evacuees(int[])].
/// - Span records (16 bytes each) lie apart from the chunks and close together: inside the chunks, at equal distances of
///   1 MiB, they would compete for the same cache sets.
///
/// With guards on, every block ends in a red zone and its requested size, which [#free(int)] verifies; fresh and free
/// bytes are poisoned and a second free is detected. One thread at a time.
public final class SlabAllocator {
    /// The largest block.
    public static final int BLOCK_BYTES_MAX = 8 << 10;

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int SPAN_SHIFT = 14;
    private static final int SPAN_BYTES = 1 << SPAN_SHIFT;
    private static final int SPANS = CHUNK_BYTES / SPAN_BYTES;
    private static final int SPAN_UNITS = SPAN_BYTES / 8;
    private static final int CHUNK_UNIT_BITS = 17;
    private static final int CHUNK_UNIT_MASK = (1 << CHUNK_UNIT_BITS) - 1;
    private static final int SPAN_UNIT_BITS = 11;
    private static final int CHUNKS_MAX = 1 << 15;
    /// A cache line to align the start of a chunk, and one behind it that may be read, not used.
    private static final int CHUNK_SLACK = 128;

    // The record of a span.
    private static final int RECORD_BYTES = 16;
    private static final int FREE = 0;
    private static final int BUMP = 2;
    private static final int LIVE = 4;
    private static final int CLASS = 6;
    private static final int STATE = 7;
    private static final int NEXT = 8;
    private static final int PREVIOUS = 12;
    private static final int RECORD_BLOCK_BYTES = RECORD_BYTES << 12;

    private static final int NONE = 0xFFFF;
    private static final byte CURRENT = 1;
    private static final byte PARTIAL = 2;
    private static final byte FULL = 3;
    /// In the chunk that is being emptied: nothing is allocated here any more.
    private static final byte LEAVING = 4;

    /// Chunks that one search for a sparse one looks at.
    private static final int SEARCHED_CHUNKS = 32;
    /// Emptying pays below this many used bytes of a chunk.
    private static final int SPARSE_BYTES = CHUNK_BYTES / 100 * 80;

    private static final int[] SIZES = sizes();
    private static final byte[] CLASS_OF_UNITS = classes();

    private static final int GUARD_BYTES = 8;
    private static final byte RED = (byte) 0xFB;
    private static final byte FRESH = (byte) 0xCD;
    private static final byte POISON = (byte) 0xDD;
    private static final int FREED_SIZE = 0xDEADF4EE;

    private final Reclaimer reclaimer;
    private final ChunkSource source;
    private final int guard;

    // ---- chunks, by index
    private long[] bases = new long[8];
    private long[] blocks = new long[8];
    /// A bit for each span that is free.
    private long[] freeSpans = new long[8];
    private int[] freeIndexes = new int[8];
    private int freeIndexCount;
    private int nextIndex = 1;
    private int chunkCount;
    private int emptyChunks;
    /// A bit for each chunk that has a free span.
    private long[] roomyChunks = new long[1];
    /// Span records of 64 chunks each.
    private long[] records = new long[1];
    private int recordBlocks;

    // ---- spans, by size class; 0 is no span
    private final int[] current = new int[SIZES.length];
    private final int[] partial = new int[SIZES.length];

    // ---- the chunk that is being emptied (0 = none) and how far that has come
    private int leaving;
    private int leavingSpan;
    private int leavingUnit;
    private int searchFrom = 1;
    /// A bit per unit of a span: a free block starts here.
    private final long[] freeUnits = new long[SPAN_UNITS / 64];

    private long usedBytes;
    private long liveBlocks;

    public SlabAllocator(Reclaimer reclaimer) {
        this(reclaimer, OffHeap.DEBUG);
    }

    /// @param guarded whether blocks carry red zones
    public SlabAllocator(Reclaimer reclaimer, boolean guarded) {
        this.reclaimer = reclaimer;
        this.source = new ChunkSource(reclaimer, CHUNK_BYTES, CHUNK_SLACK, !OffHeap.DEBUG);
        this.guard = guarded ? GUARD_BYTES : 0;
    }

    /// Steps of 8 bytes to 128, of 16 to 512, of 32 to 1 KiB, then the sizes that divide a span without a rest.
    private static int[] sizes() {
        int[] sizes = new int[128];
        int n = 0;
        for (int size = 8; size <= 128; size += 8) {
            sizes[n++] = size;
        }
        for (int size = 144; size <= 512; size += 16) {
            sizes[n++] = size;
        }
        for (int size = 544; size <= 1024; size += 32) {
            sizes[n++] = size;
        }
        for (int perSpan = SPAN_BYTES / 1024 - 1; perSpan >= SPAN_BYTES / BLOCK_BYTES_MAX; perSpan--) {
            sizes[n++] = SPAN_BYTES / perSpan & -8;
        }
        return Arrays.copyOf(sizes, n);
    }

    private static byte[] classes() {
        byte[] classes = new byte[BLOCK_BYTES_MAX / 8 + 1];
        int sizeClass = 0;
        for (int units = 0; units < classes.length; units++) {
            if (units * 8 > SIZES[sizeClass]) {
                sizeClass++;
            }
            classes[units] = (byte) sizeClass;
        }
        return classes;
    }

    // ---------------------------------------------------------------- blocks

    /// A block of at least `bytes` (up to [#BLOCK_BYTES_MAX]) of undefined content, aligned to 8, or to 64 where the
    /// size class is a multiple of 64 and guards are off.
    ///
    /// @throws OutOfMemoryError when the system refuses or 32 GiB are in use
    public int allocate(int bytes) {
        int sizeClass = classOf(bytes);
        int span = current[sizeClass];
        int ref = span == 0 ? 0 : take(span, sizeClass);
        if (ref == 0) {
            ref = allocateSlow(sizeClass);
        }
        usedBytes += SIZES[sizeClass];
        liveBlocks++;
        if (guard != 0) {
            guardFresh(ref, bytes);
        }
        return ref;
    }

    /// Where a block lies, until it is freed.
    public long address(int ref) {
        return bases[ref >>> CHUNK_UNIT_BITS] + ((long) (ref & CHUNK_UNIT_MASK) << 3);
    }

    /// Gives a block back.
    public void free(int ref) {
        int span = ref >>> SPAN_UNIT_BITS;
        long record = record(span);
        if (guard != 0) {
            guardFree(ref, record);
        }
        int size = SIZES[OffHeap.getByte(record + CLASS)];
        OffHeap.putShort(address(ref), OffHeap.getShort(record + FREE));
        OffHeap.putShort(record + FREE, (short) (ref & SPAN_UNITS - 1));
        int live = unsignedShort(record + LIVE) - 1;
        OffHeap.putShort(record + LIVE, (short) live);
        usedBytes -= size;
        liveBlocks--;
        int state = OffHeap.getByte(record + STATE);
        if (state == FULL || live == 0) {
            freeSlow(span, record, state, live);
        }
    }

    /// The bytes of a block that its owner may use.
    public int usableBytes(int ref) {
        return SIZES[OffHeap.getByte(record(ref >>> SPAN_UNIT_BITS) + CLASS)] - guard;
    }

    /// The bytes that [#allocate(int)] takes for a request of `bytes`.
    public int blockBytes(int bytes) {
        return SIZES[classOf(bytes)];
    }

    /// Whether a block requested with `oldBytes` serves `newBytes` without moving and without waste; if so it counts as
    /// requested with `newBytes` from now on.
    public boolean resize(int ref, int oldBytes, int newBytes) {
        if (newBytes + guard > BLOCK_BYTES_MAX || classOf(oldBytes) != classOf(newBytes)) {
            return false;
        }
        if (guard != 0) {
            guardResize(ref, oldBytes, newBytes);
        }
        return true;
    }

    private int classOf(int bytes) {
        return CLASS_OF_UNITS[bytes + guard + 7 >>> 3];
    }

    /// A block of the span, or 0 when it is full.
    private int take(int span, int sizeClass) {
        long record = record(span);
        int unit = unsignedShort(record + FREE);
        if (unit != NONE) {
            OffHeap.putShort(record + FREE, OffHeap.getShort(address(span << SPAN_UNIT_BITS | unit)));
        } else {
            unit = unsignedShort(record + BUMP);
            int end = unit + (SIZES[sizeClass] >>> 3);
            if (end > SPAN_UNITS) {
                return 0;
            }
            OffHeap.putShort(record + BUMP, (short) end);
        }
        OffHeap.putShort(record + LIVE, (short) (unsignedShort(record + LIVE) + 1));
        return span << SPAN_UNIT_BITS | unit;
    }

    private int allocateSlow(int sizeClass) {
        int next = partial[sizeClass];
        if (next == 0) {
            next = newSpan(sizeClass);
        } else {
            unlink(next, record(next), sizeClass);
        }
        int full = current[sizeClass];
        if (full != 0) {
            OffHeap.putByte(record(full) + STATE, FULL);
        }
        OffHeap.putByte(record(next) + STATE, CURRENT);
        current[sizeClass] = next;
        return take(next, sizeClass);
    }

    private void freeSlow(int span, long record, int state, int live) {
        int sizeClass = OffHeap.getByte(record + CLASS);
        if (live == 0) {
            if (state == PARTIAL) {
                unlink(span, record, sizeClass);
            } else if (state == CURRENT) {
                current[sizeClass] = 0;
            }
            freeSpan(span);
        } else {
            OffHeap.putByte(record + STATE, PARTIAL);
            link(span, record, sizeClass);
        }
    }

    // ---------------------------------------------------------------- lists of partly used spans

    private void link(int span, long record, int sizeClass) {
        int head = partial[sizeClass];
        OffHeap.putInt(record + NEXT, head);
        OffHeap.putInt(record + PREVIOUS, 0);
        if (head != 0) {
            OffHeap.putInt(record(head) + PREVIOUS, span);
        }
        partial[sizeClass] = span;
    }

    private void unlink(int span, long record, int sizeClass) {
        int next = OffHeap.getInt(record + NEXT);
        int previous = OffHeap.getInt(record + PREVIOUS);
        if (next != 0) {
            OffHeap.putInt(record(next) + PREVIOUS, previous);
        }
        if (previous != 0) {
            OffHeap.putInt(record(previous) + NEXT, next);
        } else {
            assert partial[sizeClass] == span;
            partial[sizeClass] = next;
        }
    }

    // ---------------------------------------------------------------- spans and chunks

    private int newSpan(int sizeClass) {
        int chunk = roomyChunk();
        if (freeSpans[chunk] == -1L) {
            emptyChunks--;
        }
        int bit = Long.numberOfTrailingZeros(freeSpans[chunk]);
        freeSpans[chunk] &= freeSpans[chunk] - 1;
        if (freeSpans[chunk] == 0) {
            roomyChunks[chunk >>> 6] &= ~(1L << chunk);
        }
        int span = chunk << 6 | bit;
        long record = record(span);
        OffHeap.putLong(record, NONE | (long) sizeClass << 48);
        OffHeap.putLong(record + NEXT, 0);
        return span;
    }

    /// The chunk of lowest index that has a free span; low ones are filled so that high ones become empty.
    private int roomyChunk() {
        for (int i = 0; i < roomyChunks.length; i++) {
            if (roomyChunks[i] != 0) {
                return i << 6 | Long.numberOfTrailingZeros(roomyChunks[i]);
            }
        }
        return newChunk();
    }

    private int newChunk() {
        int chunk = freeIndexCount > 0 ? freeIndexes[freeIndexCount - 1] : nextIndex;
        if (chunk == CHUNKS_MAX) {
            throw new OutOfMemoryError("a keyspace holds at most 32 GiB of small entries");
        }
        if (chunk == bases.length) {
            growIndexes();
        }
        if (chunk >>> 6 == recordBlocks) {
            records[recordBlocks] = OffHeap.allocate(RECORD_BLOCK_BYTES);
            recordBlocks++;
        }
        long block = source.take();
        if (freeIndexCount > 0) {
            freeIndexCount--;
        } else {
            nextIndex++;
        }
        blocks[chunk] = block;
        bases[chunk] = block + 63 & -64;
        freeSpans[chunk] = -1L;
        roomyChunks[chunk >>> 6] |= 1L << chunk;
        chunkCount++;
        emptyChunks++;
        return chunk;
    }

    private void growIndexes() {
        int length = bases.length * 2;
        bases = Arrays.copyOf(bases, length);
        blocks = Arrays.copyOf(blocks, length);
        freeSpans = Arrays.copyOf(freeSpans, length);
        freeIndexes = Arrays.copyOf(freeIndexes, length);
        int words = Math.max(1, length >>> 6);
        roomyChunks = Arrays.copyOf(roomyChunks, words);
        records = Arrays.copyOf(records, words);
    }

    private void freeSpan(int span) {
        int chunk = span >>> 6;
        freeSpans[chunk] |= 1L << span;
        if (chunk != leaving) {
            roomyChunks[chunk >>> 6] |= 1L << chunk;
        }
        if (freeSpans[chunk] == -1L) {
            if (chunk == leaving) {
                leaving = 0;
                roomyChunks[chunk >>> 6] |= 1L << chunk;
            }
            if (emptyChunks > 0) {
                freeChunk(chunk);
            } else {
                emptyChunks++;
            }
        }
    }

    private void freeChunk(int chunk) {
        long block = blocks[chunk];
        bases[chunk] = 0;
        blocks[chunk] = 0;
        freeSpans[chunk] = 0;
        roomyChunks[chunk >>> 6] &= ~(1L << chunk);
        freeIndexes[freeIndexCount++] = chunk;
        chunkCount--;
        source.give(block);
    }

    // ---------------------------------------------------------------- emptying sparse chunks

    /// Blocks to move away, so that a sparse chunk becomes empty: up to `refs.length` of them are written to `refs` and
    /// their number is returned; 0 when less than an eighth of the memory is unused or no chunk is sparse. The caller
    /// replaces each of them by a new block and frees it before it asks again.
    public int evacuees(int[] refs) {
        if (leaving == 0 && (!wastes() || !startLeaving())) {
            return 0;
        }
        while (true) {
            int span = leaving << 6 | leavingSpan;
            int n = (freeSpans[leaving] >>> leavingSpan & 1) != 0 ? 0 : liveBlocks(span, refs);
            if (n > 0) {
                return n;
            }
            leavingSpan++;
            leavingUnit = 0;
            assert leavingSpan < SPANS : "a chunk that is left has a live block";
        }
    }

    /// Whether more is unused than an eighth, the spare chunk and one span per size class.
    private boolean wastes() {
        long reserved = (long) chunkCount * CHUNK_BYTES;
        return reserved - usedBytes > reserved / 8 + 2 * CHUNK_BYTES;
    }

    private boolean startLeaving() {
        int sparsest = 0;
        int least = SPARSE_BYTES;
        int looks = Math.min(SEARCHED_CHUNKS, nextIndex - 1);
        for (int i = 0; i < looks; i++) {
            searchFrom = searchFrom + 1 < nextIndex ? searchFrom + 1 : 1;
            if (blocks[searchFrom] != 0 && freeSpans[searchFrom] != -1L) {
                int used = usedBytes(searchFrom);
                if (used < least) {
                    least = used;
                    sparsest = searchFrom;
                }
            }
        }
        if (sparsest == 0) {
            return false;
        }
        leaving = sparsest;
        leavingSpan = 0;
        leavingUnit = 0;
        roomyChunks[leaving >>> 6] &= ~(1L << leaving);
        for (int i = 0; i < SPANS; i++) {
            if ((freeSpans[leaving] >>> i & 1) == 0) {
                startLeaving(leaving << 6 | i);
            }
        }
        return true;
    }

    private void startLeaving(int span) {
        long record = record(span);
        int sizeClass = OffHeap.getByte(record + CLASS);
        int state = OffHeap.getByte(record + STATE);
        if (state == PARTIAL) {
            unlink(span, record, sizeClass);
        } else if (state == CURRENT) {
            current[sizeClass] = 0;
        }
        OffHeap.putByte(record + STATE, LEAVING);
    }

    private int usedBytes(int chunk) {
        int used = 0;
        for (long rest = ~freeSpans[chunk]; rest != 0; rest &= rest - 1) {
            long record = record(chunk << 6 | Long.numberOfTrailingZeros(rest));
            used += unsignedShort(record + LIVE) * SIZES[OffHeap.getByte(record + CLASS)];
        }
        return used;
    }

    /// Live blocks of the span from `leavingUnit` on, which moves behind the last one found.
    private int liveBlocks(int span, int[] refs) {
        long record = record(span);
        Arrays.fill(freeUnits, 0);
        for (int unit = unsignedShort(record + FREE); unit != NONE;
                unit = unsignedShort(address(span << SPAN_UNIT_BITS | unit))) {
            freeUnits[unit >>> 6] |= 1L << unit;
        }
        int units = SIZES[OffHeap.getByte(record + CLASS)] >>> 3;
        int end = unsignedShort(record + BUMP);
        int n = 0;
        int unit = leavingUnit;
        for (; unit < end && n < refs.length; unit += units) {
            if ((freeUnits[unit >>> 6] >>> unit & 1) == 0) {
                refs[n++] = span << SPAN_UNIT_BITS | unit;
            }
        }
        leavingUnit = unit;
        return n;
    }

    private long record(int span) {
        return records[span >>> 12] + (long) (span & 0xFFF) * RECORD_BYTES;
    }

    private static int unsignedShort(long address) {
        return OffHeap.getShort(address) & 0xFFFF;
    }

    // ---------------------------------------------------------------- accounting

    /// Bytes of live blocks, each rounded up to its size class.
    public long usedBytes() {
        return usedBytes;
    }

    /// Bytes held from the system, used or not.
    public long reservedBytes() {
        return (long) chunkCount * (CHUNK_BYTES + CHUNK_SLACK) + (long) recordBlocks * RECORD_BLOCK_BYTES;
    }

    /// Number of live blocks.
    public long liveBlocks() {
        return liveBlocks;
    }

    /// Gives everything back, whatever is still in use. O(chunks); nothing may be called afterwards.
    public void release() {
        for (int chunk = 1; chunk < nextIndex; chunk++) {
            if (blocks[chunk] != 0) {
                source.give(blocks[chunk]);
            }
        }
        source.close();
        for (int i = 0; i < recordBlocks; i++) {
            reclaimer.free(records[i], RECORD_BLOCK_BYTES);
        }
        bases = null;
        blocks = null;
        records = null;
        usedBytes = 0;
        liveBlocks = 0;
        chunkCount = 0;
        recordBlocks = 0;
    }

    // ---------------------------------------------------------------- guards: [requested bytes | red zone | size]

    private void guardFresh(int ref, int bytes) {
        long address = address(ref);
        OffHeap.fill(address, bytes, FRESH);
        guardDraw(ref, bytes);
    }

    private void guardDraw(int ref, int bytes) {
        long address = address(ref);
        long end = address + SIZES[classOf(bytes)] - 4;
        OffHeap.fill(address + bytes, end - address - bytes, RED);
        OffHeap.putInt(end, bytes);
    }

    private void guardFree(int ref, long record) {
        if (blocks[ref >>> CHUNK_UNIT_BITS] == 0) {
            throw new IllegalStateException("block " + Integer.toHexString(ref) + " lies in no chunk");
        }
        guardVerify(ref);
        int size = SIZES[OffHeap.getByte(record + CLASS)];
        OffHeap.fill(address(ref), size - 4, POISON);
        OffHeap.putInt(address(ref) + size - 4, FREED_SIZE);
    }

    private void guardResize(int ref, int oldBytes, int newBytes) {
        guardVerify(ref);
        int size = SIZES[classOf(oldBytes)];
        int known = OffHeap.getInt(address(ref) + size - 4);
        if (known != oldBytes) {
            throw new IllegalStateException("block " + Integer.toHexString(ref) + " of " + known + " bytes resized as "
                + oldBytes);
        }
        guardDraw(ref, newBytes);
    }

    /// Checks the red zone of a live block; without guards there is none to check.
    ///
    /// @throws IllegalStateException when the block is free or was written behind its end
    public void guardVerify(int ref) {
        if (guard == 0) {
            return;
        }
        long address = address(ref);
        int size = SIZES[OffHeap.getByte(record(ref >>> SPAN_UNIT_BITS) + CLASS)];
        int requested = OffHeap.getInt(address + size - 4);
        if (requested == FREED_SIZE) {
            throw new IllegalStateException("block " + Integer.toHexString(ref) + " was freed before");
        }
        if (requested < 0 || requested > size - GUARD_BYTES) {
            throw new IllegalStateException("red zone of block " + Integer.toHexString(ref) + " was overwritten");
        }
        for (int i = requested; i < size - 4; i++) {
            if (OffHeap.getByte(address + i) != RED) {
                throw new IllegalStateException("byte " + i + " of block " + Integer.toHexString(ref) + " of " + requested
                    + " bytes was overwritten");
            }
        }
    }

    /// Recounts everything.
    ///
    /// @throws AssertionError when a sum or a list is wrong
    public void assertValid() {
        long used = 0;
        long live = 0;
        int chunks = 0;
        int empty = 0;
        int listed = 0;
        for (int chunk = 1; chunk < nextIndex; chunk++) {
            if (blocks[chunk] == 0) {
                continue;
            }
            chunks++;
            empty += freeSpans[chunk] == -1L ? 1 : 0;
            check((freeSpans[chunk] != 0 && chunk != leaving) == ((roomyChunks[chunk >>> 6] >>> chunk & 1) != 0), "room", chunk);
            for (int i = 0; i < SPANS; i++) {
                if ((freeSpans[chunk] >>> i & 1) == 0) {
                    long record = record(chunk << 6 | i);
                    int blocksLive = recountSpan(chunk << 6 | i, record);
                    live += blocksLive;
                    used += (long) blocksLive * SIZES[OffHeap.getByte(record + CLASS)];
                    listed += OffHeap.getByte(record + STATE) == PARTIAL ? 1 : 0;
                }
            }
        }
        check(used == usedBytes, "used bytes", used);
        check(live == liveBlocks, "live blocks", live);
        check(chunks == chunkCount, "chunks", chunks);
        check(empty == emptyChunks, "empty chunks", empty);
        check(listed == recountLists(), "listed spans", listed);
    }

    private int recountSpan(int span, long record) {
        int sizeClass = OffHeap.getByte(record + CLASS);
        int units = SIZES[sizeClass] >>> 3;
        int free = 0;
        for (int unit = unsignedShort(record + FREE); unit != NONE;
                unit = unsignedShort(address(span << SPAN_UNIT_BITS | unit))) {
            check(unit % units == 0 && unit < unsignedShort(record + BUMP), "free block", unit);
            free++;
            check(free <= SPAN_UNITS, "free list of span", span);
        }
        int live = unsignedShort(record + BUMP) / units - free;
        check(live == unsignedShort(record + LIVE), "live blocks of span", span);
        int state = OffHeap.getByte(record + STATE);
        check(live > 0, "empty span", span);
        check((state == LEAVING) == (span >>> 6 == leaving), "leaving span", span);
        check((state == CURRENT) == (current[sizeClass] == span), "current span", span);
        return live;
    }

    private int recountLists() {
        int listed = 0;
        for (int sizeClass = 0; sizeClass < SIZES.length; sizeClass++) {
            int previous = 0;
            for (int span = partial[sizeClass]; span != 0; span = OffHeap.getInt(record(span) + NEXT)) {
                long record = record(span);
                check(OffHeap.getByte(record + STATE) == PARTIAL, "listed span", span);
                check(OffHeap.getByte(record + CLASS) == sizeClass, "class of listed span", span);
                check(OffHeap.getInt(record + PREVIOUS) == previous, "link of span", span);
                previous = span;
                listed++;
            }
        }
        return listed;
    }

    private static void check(boolean holds, String what, long value) {
        if (!holds) {
            throw new AssertionError(what + " is wrong: " + value);
        }
    }
}
