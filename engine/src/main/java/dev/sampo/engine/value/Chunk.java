package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// A piece of a big list in a block: a listpack, a compressed one ("sealed"), or one element that is too large for that and
/// lies elsewhere ("plain").
///
/// ```
/// 0   epoch (4), offset of the listpack (2; 0 = plain, 1 = sealed), bytes of the block that may be used (2)
/// 8   room, listpack, room
/// 8   plain: address of the bytes (8), their number (4)
/// 8   sealed: bytes of the listpack (2), number of entries (2), bytes that follow (2), the listpack as [ChunkCodec] has it
/// ```
///
/// There can be room on both sides of the listpack, so that elements come and go at either end without moving the others.
/// Methods that may have to put a chunk into another block return its reference from then on; the old one is freed.
final class Chunk {
    /// The largest listpack in a chunk.
    static final int LISTPACK_BYTES_MAX = Blocks.BYTES_MAX - 8;

    private static final int HEAD_BYTES = 8;
    private static final int EPOCH = 0;
    private static final int OFFSET = 4;
    private static final int CAPACITY = 6;
    private static final int PLAIN_ADDRESS = 8;
    private static final int PLAIN_LENGTH = 16;
    private static final int PLAIN_BYTES = 24;
    private static final int SEALED = 1;
    private static final int SEALED_LENGTH = 8;
    private static final int SEALED_COUNT = 10;
    private static final int SEALED_BYTES = 12;
    private static final int SEALED_CONTENT = 14;
    /// What a chunk that begins at an end of a list takes at first.
    private static final int FIRST_BYTES = 1024;

    private Chunk() {
    }

    // ---------------------------------------------------------------- reading

    /// Whether the chunk at an address is one large element.
    static boolean isPlain(long chunk) {
        return OffHeap.getShort(chunk + OFFSET) == 0;
    }

    /// Whether the listpack of a chunk is compressed: [#unseal(long, long)] shows it, [#open(Blocks, int, int, boolean)] lets it
    /// be one again.
    static boolean isSealed(long chunk) {
        return OffHeap.getShort(chunk + OFFSET) == SEALED;
    }

    static long listpack(long chunk) {
        return chunk + offset(chunk);
    }

    private static int offset(long chunk) {
        return OffHeap.getShort(chunk + OFFSET);
    }

    private static int capacity(long chunk) {
        return OffHeap.getShort(chunk + CAPACITY);
    }

    /// Where the bytes of a plain chunk's element lie.
    static long plainAddress(long chunk) {
        return OffHeap.getLong(chunk + PLAIN_ADDRESS);
    }

    static int plainLength(long chunk) {
        return OffHeap.getInt(chunk + PLAIN_LENGTH);
    }

    /// Number of elements.
    static int count(long chunk) {
        if (isSealed(chunk)) {
            return OffHeap.getShort(chunk + SEALED_COUNT);
        }
        return isPlain(chunk) ? 1 : Listpack.count(listpack(chunk));
    }

    /// Bytes of the block and, of a plain chunk, of the element.
    static long usedBytes(Blocks blocks, long chunk) {
        return blocks.blockBytes(capacity(chunk)) + (isPlain(chunk) ? plainLength(chunk) : 0L);
    }

    // ---------------------------------------------------------------- coming and going

    /// A chunk without elements that has room for `bytes` of them; `atFront` says on which side.
    static int create(Blocks blocks, int bytes, boolean atFront) {
        int wanted = Math.min(Math.max(HEAD_BYTES + Listpack.EMPTY_BYTES + bytes, FIRST_BYTES), Blocks.BYTES_MAX);
        int ref = allocate(blocks, wanted);
        long chunk = blocks.address(ref);
        int offset = atFront ? capacity(chunk) - Listpack.EMPTY_BYTES : HEAD_BYTES;
        OffHeap.putShort(chunk + OFFSET, (short) offset);
        Listpack.clear(chunk + offset);
        return ref;
    }

    /// A chunk of `count` encoded entries.
    static int ofEntries(Blocks blocks, long entries, int bytes, int count) {
        int ref = allocate(blocks, HEAD_BYTES + Listpack.EMPTY_BYTES + bytes);
        long chunk = blocks.address(ref);
        OffHeap.putShort(chunk + OFFSET, (short) HEAD_BYTES);
        Listpack.clear(chunk + HEAD_BYTES);
        Listpack.insertEntries(chunk + HEAD_BYTES, chunk + HEAD_BYTES + Listpack.HEADER_BYTES, entries, bytes, count);
        return ref;
    }

    /// A chunk that is one large element.
    static int plain(Blocks blocks, long address, int length) {
        int ref = allocate(blocks, PLAIN_BYTES);
        long chunk = blocks.address(ref);
        long bytes = blocks.allocateLarge(length);
        OffHeap.copy(address, bytes, length);
        OffHeap.putShort(chunk + OFFSET, (short) 0);
        OffHeap.putLong(chunk + PLAIN_ADDRESS, bytes);
        OffHeap.putInt(chunk + PLAIN_LENGTH, length);
        return ref;
    }

    private static int allocate(Blocks blocks, int bytes) {
        int ref = blocks.allocate(bytes);
        long chunk = blocks.address(ref);
        int capacity = blocks.usableBytes(ref);
        // The class of the block has a little more than was asked for.
        boolean all = blocks.resize(ref, bytes, capacity);
        assert all;
        OffHeap.putInt(chunk + EPOCH, blocks.epoch());
        OffHeap.putShort(chunk + CAPACITY, (short) capacity);
        return ref;
    }

    /// A copy in other blocks.
    static int copy(Blocks from, int ref, Blocks to) {
        long chunk = from.address(ref);
        if (isPlain(chunk)) {
            return plain(to, plainAddress(chunk), plainLength(chunk));
        }
        if (isSealed(chunk)) {
            return copySealed(chunk, to);
        }
        long lp = listpack(chunk);
        return ofEntries(to, lp + Listpack.HEADER_BYTES, Listpack.bytes(lp) - Listpack.EMPTY_BYTES, Listpack.count(lp));
    }

    private static int copySealed(long chunk, Blocks to) {
        int bytes = SEALED_CONTENT + OffHeap.getShort(chunk + SEALED_BYTES);
        int fresh = allocate(to, bytes);
        OffHeap.copy(chunk + HEAD_BYTES, to.address(fresh) + HEAD_BYTES, bytes - HEAD_BYTES);
        OffHeap.putShort(to.address(fresh) + OFFSET, (short) SEALED);
        return fresh;
    }

    static void free(Blocks blocks, int ref) {
        long chunk = blocks.address(ref);
        if (isPlain(chunk)) {
            blocks.freeLarge(plainAddress(chunk));
        }
        blocks.free(ref);
    }

    // ---------------------------------------------------------------- sealing

    /// Compresses a chunk, if that makes its block smaller by a quarter.
    ///
    /// @param scratch room for [ChunkCodec#bytesMax(int)] of [#LISTPACK_BYTES_MAX]
    static int seal(Blocks blocks, int ref, ChunkCodec codec, long scratch) {
        long chunk = blocks.address(ref);
        if (isPlain(chunk) || isSealed(chunk)) {
            return ref;
        }
        long lp = listpack(chunk);
        int length = Listpack.bytes(lp);
        int bytes = codec.compress(lp, length, scratch);
        if (SEALED_CONTENT + bytes >= length
            || blocks.blockBytes(SEALED_CONTENT + bytes) > blocks.blockBytes(capacity(chunk)) / 4 * 3) {
            return ref;
        }
        int fresh = allocate(blocks, SEALED_CONTENT + bytes);
        long sealed = blocks.address(fresh);
        OffHeap.putShort(sealed + OFFSET, (short) SEALED);
        OffHeap.putShort(sealed + SEALED_LENGTH, (short) length);
        OffHeap.putShort(sealed + SEALED_COUNT, (short) Listpack.count(lp));
        OffHeap.putShort(sealed + SEALED_BYTES, (short) bytes);
        OffHeap.copy(scratch, sealed + SEALED_CONTENT, bytes);
        blocks.free(ref);
        return fresh;
    }

    /// Writes the listpack of a sealed chunk to `target`, where there is room for [#LISTPACK_BYTES_MAX].
    static void unseal(long chunk, long target) {
        ChunkCodec.decompress(chunk + SEALED_CONTENT, target, OffHeap.getShort(chunk + SEALED_LENGTH));
    }

    private static int openSealed(Blocks blocks, int ref, int bytes, boolean atFront) {
        long sealed = blocks.address(ref);
        int length = OffHeap.getShort(sealed + SEALED_LENGTH);
        int fresh = allocate(blocks, HEAD_BYTES + length + bytes);
        long chunk = blocks.address(fresh);
        int offset = atFront ? capacity(chunk) - length : HEAD_BYTES;
        unseal(sealed, chunk + offset);
        OffHeap.putShort(chunk + OFFSET, (short) offset);
        blocks.free(ref);
        return fresh;
    }

    // ---------------------------------------------------------------- room

    /// Makes sure that the chunk, not a plain one, may be modified and has room for `bytes` more, together no more than
    /// [#LISTPACK_BYTES_MAX], before or behind the listpack.
    static int open(Blocks blocks, int ref, int bytes, boolean atFront) {
        long chunk = blocks.address(ref);
        if (isSealed(chunk)) {
            return openSealed(blocks, ref, bytes, atFront);
        }
        int offset = offset(chunk);
        int before = offset - HEAD_BYTES;
        int behind = capacity(chunk) - offset - Listpack.bytes(chunk + offset);
        if (!blocks.isOwn(OffHeap.getInt(chunk + EPOCH))) {
            return move(blocks, ref, capacity(chunk), bytes, atFront);
        }
        if ((atFront ? before : behind) >= bytes) {
            return ref;
        }
        if (before + behind >= bytes) {
            slide(chunk, before + behind, bytes, atFront);
            return ref;
        }
        return move(blocks, ref, 2 * capacity(chunk), bytes, atFront);
    }

    /// Moves the listpack inside its block: halves the room or, where that is not enough, gives all of it to one side.
    private static void slide(long chunk, int room, int bytes, boolean atFront) {
        int given = bytes <= room / 2 ? room / 2 : room;
        int offset = HEAD_BYTES + (atFront ? given : room - given);
        long lp = listpack(chunk);
        OffHeap.copy(lp, chunk + offset, Listpack.bytes(lp));
        OffHeap.putShort(chunk + OFFSET, (short) offset);
    }

    private static int move(Blocks blocks, int ref, int wanted, int room, boolean atFront) {
        long old = listpack(blocks.address(ref));
        int bytes = Listpack.bytes(old);
        int fresh = allocate(blocks, Math.min(Math.max(wanted, HEAD_BYTES + bytes + room), Blocks.BYTES_MAX));
        long chunk = blocks.address(fresh);
        int offset = atFront ? capacity(chunk) - bytes : HEAD_BYTES;
        OffHeap.copy(old, chunk + offset, bytes);
        OffHeap.putShort(chunk + OFFSET, (short) offset);
        blocks.free(ref);
        return fresh;
    }

    /// Gives up room that the chunk does not need, if that is worth a smaller block.
    static int trim(Blocks blocks, int ref) {
        long chunk = blocks.address(ref);
        if (isPlain(chunk) || isSealed(chunk)) {
            return ref;
        }
        int needed = HEAD_BYTES + Listpack.bytes(listpack(chunk));
        return blocks.blockBytes(needed) < blocks.blockBytes(capacity(chunk)) ? move(blocks, ref, needed, 0, false) : ref;
    }

    // ---------------------------------------------------------------- elements of a chunk that has been opened

    /// Puts an element at the front.
    static void prepend(long chunk, long address, int length) {
        long lp = listpack(chunk);
        moved(chunk, Listpack.insertBackwards(lp, lp + Listpack.HEADER_BYTES, address, length));
    }

    /// Removes `n` elements from `p` up to `to`; returns where is now what was at `to`.
    static long delete(long chunk, long p, long to, int n) {
        long lp = listpack(chunk);
        if (p - lp < Listpack.end(lp) - to) {
            moved(chunk, Listpack.deleteBackwards(lp, p, to, n));
            return to;
        }
        Listpack.deleteRange(lp, p, to, n);
        return p;
    }

    /// Removes the element at one end, which is not the only one.
    static void deleteEnd(long chunk, boolean atFront) {
        long lp = listpack(chunk);
        if (atFront) {
            long first = lp + Listpack.HEADER_BYTES;
            moved(chunk, Listpack.deleteBackwards(lp, first, Listpack.skip(first), 1));
        } else {
            Listpack.deleteRange(lp, Listpack.last(lp), Listpack.end(lp), 1);
        }
    }

    private static void moved(long chunk, long lp) {
        OffHeap.putShort(chunk + OFFSET, (short) (lp - chunk));
    }

    // ---------------------------------------------------------------- tests

    /// Checks a chunk; returns the number of its blocks.
    ///
    /// @throws AssertionError when anything is wrong
    static int assertValid(Blocks blocks, int ref) {
        blocks.guardVerify(ref);
        long chunk = blocks.address(ref);
        if (capacity(chunk) != blocks.usableBytes(ref)) {
            throw new AssertionError("capacity of a chunk: " + capacity(chunk));
        }
        if (isPlain(chunk)) {
            if (Blocks.largeBytes(plainAddress(chunk)) != plainLength(chunk)) {
                throw new AssertionError("length of a plain chunk: " + plainLength(chunk));
            }
            return 2;
        }
        if (isSealed(chunk)) {
            assertSealed(chunk);
            return 1;
        }
        long lp = listpack(chunk);
        if (offset(chunk) < HEAD_BYTES || offset(chunk) + Listpack.bytes(lp) > capacity(chunk)
            || Listpack.validate(lp, Listpack.bytes(lp)) < 1) {
            throw new AssertionError("listpack of a chunk at " + offset(chunk));
        }
        return 1;
    }

    private static void assertSealed(long chunk) {
        int length = OffHeap.getShort(chunk + SEALED_LENGTH);
        long lp = OffHeap.allocate(length);
        unseal(chunk, lp);
        int count = Listpack.validate(lp, length);
        OffHeap.free(lp, length);
        if (count != count(chunk) || SEALED_CONTENT + OffHeap.getShort(chunk + SEALED_BYTES) > capacity(chunk)) {
            throw new AssertionError("sealed chunk of " + count + " elements");
        }
    }
}
