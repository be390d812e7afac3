package dev.sampo.engine.value;

import dev.sampo.resp.OffHeap;

/// A tree of blocks that belong to a stream ID and hold it at [#ID]: the pieces of a stream by their first entry, pending
/// entries.
final class IdTree extends Tree {
    /// Where blocks hold their ID: milliseconds, then the sequence number.
    static final int ID = 8;

    private static final int SEQUENCE = ID + 8;

    private long sought;

    IdTree() {
        super(false, false);
    }

    /// Goes before the first item that is not below this ID; whether it is the one with this ID.
    boolean seek(long ms, long seq) {
        sought = seq;
        return seek(ofUnsigned(ms));
    }

    /// Goes to the last item that is not above this ID; whether there is one.
    boolean seekFloor(long ms, long seq) {
        return seek(ms, seq) || previous();
    }

    /// Puts a block, whose ID has just been sought in vain, into the tree.
    void add(int ref) {
        insert(ofUnsigned(OffHeap.getLong(blocks().address(ref) + ID)), ref);
    }

    @Override
    protected int compare(int ref) {
        return Long.compareUnsigned(sought, OffHeap.getLong(blocks().address(ref) + SEQUENCE));
    }

    @Override
    protected int order(int ref, int other) {
        return Long.compareUnsigned(OffHeap.getLong(blocks().address(ref) + SEQUENCE),
            OffHeap.getLong(blocks().address(other) + SEQUENCE));
    }
}
