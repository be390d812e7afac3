package dev.sampo.engine.keyspace;

import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;

/// Blocks without a keyspace, with red zones where the tests run with them.
public final class TestBlocks implements AutoCloseable {
    public final Blocks blocks = new Blocks(Reclaimer.INLINE, OffHeap.DEBUG);

    /// A keyspace without red zones: drawing those allocates on the Java heap.
    public static Keyspace unguardedKeyspace(BigValues bigValues) {
        return new Keyspace(0, 0, Reclaimer.INLINE, bigValues, false);
    }

    /// Frees what was kept for a view.
    public void reclaim() {
        while (blocks.hasGarbage()) {
            blocks.reclaim(1000);
        }
    }

    public long liveBlocks() {
        return blocks.liveBlocks();
    }

    public long usedBytes() {
        return blocks.usedBytes();
    }

    public void assertValid() {
        blocks.assertValid();
    }

    @Override
    public void close() {
        blocks.release();
    }
}
