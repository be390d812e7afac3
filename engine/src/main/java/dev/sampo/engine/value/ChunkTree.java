package dev.sampo.engine.value;

/// The chunks in the middle of a big list by position; each weighs as much as it has elements.
final class ChunkTree extends Tree {
    ChunkTree() {
        super(true, false);
    }

    /// Adds a chunk before all others.
    void prepend(int ref, int count) {
        first();
        insert(0, ref, count);
    }

    /// Adds a chunk behind all others.
    void append(int ref, int count) {
        end();
        insert(0, ref, count);
    }

    @Override
    protected int compare(int ref) {
        throw new IllegalStateException("chunks are found by position");
    }

    @Override
    protected int order(int ref, int other) {
        return -1;
    }
}
