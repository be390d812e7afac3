package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// A tree of blocks that have a name, ordered by its bytes: the consumer groups of a stream, the consumers of a group. The
/// block holds the length of the name at [#LENGTH] and, where the tree was told, the name itself or, if it is longer than
/// [#INSIDE_MAX], the address of a large payload.
final class NameTree extends Tree {
    /// Where blocks hold the length of their name.
    static final int LENGTH = 4;
    /// Longer names lie elsewhere.
    static final int INSIDE_MAX = 1024;

    private static final int PREFIX_BYTES = 8;

    private final int nameAt;
    private long sought;
    private int soughtLength;

    /// @param nameAt where blocks hold their name
    NameTree(int nameAt) {
        super(false, false);
        this.nameAt = nameAt;
    }

    /// Bytes of a block's name in the block.
    static int insideBytes(int length) {
        return length <= INSIDE_MAX ? length : Long.BYTES;
    }

    /// Where the name of a block lies.
    long name(long block) {
        return length(block) <= INSIDE_MAX ? block + nameAt : OffHeap.getLong(block + nameAt);
    }

    /// Length of the name of a block.
    static int length(long block) {
        return OffHeap.getInt(block + LENGTH);
    }

    /// Gives a new block its name; it has room for [#insideBytes(int)] at the place of the name.
    void putName(Blocks blocks, long block, long name, int length) {
        OffHeap.putInt(block + LENGTH, length);
        long at = block + nameAt;
        if (length > INSIDE_MAX) {
            at = blocks.allocateLarge(length);
            OffHeap.putLong(block + nameAt, at);
        }
        OffHeap.copy(name, at, length);
    }

    /// Frees a block and its name.
    void free(Blocks blocks, int ref) {
        long block = blocks.address(ref);
        if (length(block) > INSIDE_MAX) {
            blocks.freeLarge(OffHeap.getLong(block + nameAt));
        }
        blocks.free(ref);
    }

    /// Goes before the first item that is not below this name; whether it is the one of this name.
    boolean seek(long name, int length) {
        sought = name;
        soughtLength = length;
        return seek(key(name, length));
    }

    /// Puts a block, whose name has just been sought in vain, into the tree.
    void add(int ref) {
        long block = blocks().address(ref);
        insert(key(name(block), length(block)), ref);
    }

    /// The first bytes as a number.
    private static long key(long name, int length) {
        if (length >= PREFIX_BYTES) {
            return ofUnsigned(Long.reverseBytes(OffHeap.getLong(name)));
        }
        long key = 0;
        for (int i = 0; i < PREFIX_BYTES; i++) {
            key = key << 8 | (i < length ? OffHeap.getByte(name + i) & 0xFF : 0);
        }
        return ofUnsigned(key);
    }

    @Override
    protected int compare(int ref) {
        long block = blocks().address(ref);
        return OffHeap.compare(sought, soughtLength, name(block), length(block));
    }

    @Override
    protected int order(int ref, int other) {
        long block = blocks().address(ref);
        long next = blocks().address(other);
        return OffHeap.compare(name(block), length(block), name(next), length(next));
    }
}
