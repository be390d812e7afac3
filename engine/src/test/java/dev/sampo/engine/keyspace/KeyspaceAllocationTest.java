package dev.sampo.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;

/// No operation allocates on the Java heap in steady state: measured per thread by the JVM, after warming up.
class KeyspaceAllocationTest {
    private static final int KEYS = 5000;
    private static final int OPERATIONS = 200_000;
    /// Less than one small object per thousand operations: what the measurement itself and late compilation take.
    private static final long TOLERATED_BYTES = OPERATIONS / 1000 * 16;

    private final Keyspace keyspace = new Keyspace(0, 0, Reclaimer.INLINE, BigValues.NONE, false);
    private final long key = OffHeap.allocate(16);
    private final long value = OffHeap.allocate(8192);
    private final com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int x = 1;

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        OffHeap.free(key, 16);
        OffHeap.free(value, 8192);
    }

    private long nextKey() {
        OffHeap.putLong(key, 0);
        OffHeap.putLong(key + 8, next(KEYS));
        return KeyHash.hash(key, 16);
    }

    private int next(int bound) {
        x = x * 1664525 + 1013904223;
        return (x >>> 8) % bound;
    }

    private void assertAllocatesNothing(IntConsumer operation) {
        OffHeap.fill(value, 8192, (byte) 'v');
        for (int i = 0; i < KEYS; i++) {
            OffHeap.putLong(key, 0);
            OffHeap.putLong(key + 8, i);
            keyspace.setString(key, 16, KeyHash.hash(key, 16), value, 32, 0);
        }
        for (int i = 0; i < OPERATIONS; i++) {
            operation.accept(i);
        }
        long allocated = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, even code that allocates nothing allocates.
        for (int attempt = 0; attempt < 50 && allocated > TOLERATED_BYTES; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operation.accept(i);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThanOrEqualTo(TOLERATED_BYTES);
    }

    @Test
    void find_allocatesNothing() {
        long[] found = new long[1];
        assertAllocatesNothing(_ -> {
            long hash = nextKey();
            keyspace.prefetchBucket(hash);
            keyspace.prefetchEntry(hash);
            found[0] += Entry.valueLength(keyspace.find(key, 16, hash));
        });
        assertThat(found[0]).isPositive();
    }

    @Test
    void setString_ofTheSameSize_allocatesNothing() {
        assertAllocatesNothing(_ -> keyspace.setString(key, 16, nextKey(), value, 32, 0));
    }

    @Test
    void setString_ofChangingSizes_allocatesNothing() {
        assertAllocatesNothing(_ -> keyspace.setString(key, 16, nextKey(), value, 24 + next(41), next(2)));
    }

    @Test
    void setString_ofSizesUpToWhereBlocksOfTheirOwnBegin_allocatesNothing() {
        assertAllocatesNothing(_ -> keyspace.setString(key, 16, nextKey(), value, next(4097), 0));
    }

    @Test
    void setString_overLargeValues_allocatesNothing() {
        assertAllocatesNothing(_ -> keyspace.setString(key, 16, nextKey(), value, 5000 + next(2) * 3000, 0));
    }

    @Test
    void deleteAndInsert_inSteadyState_allocateNothing() {
        assertAllocatesNothing(i -> {
            long hash = nextKey();
            if ((i & 1) == 0) {
                keyspace.delete(key, 16, hash);
            } else {
                keyspace.setString(key, 16, hash, value, 30 + next(10), 1000);
            }
        });
    }

    @Test
    void stringForWriteIntegersAndDeadlines_allocateNothing() {
        assertAllocatesNothing(i -> {
            long hash = nextKey();
            switch (i & 3) {
                case 0 -> keyspace.setInteger(key, 16, hash, i, 0);
                case 1 -> keyspace.stringForWrite(key, 16, hash, next(200));
                case 2 -> keyspace.deadline(key, 16, hash, next(3));
                default -> keyspace.find(key, 16, hash);
            }
        });
    }

    @Test
    void scanAndExpireCycle_allocateNothing() {
        long[] cursor = new long[1];
        EntryVisitor visitor = _ -> x++;
        assertAllocatesNothing(_ -> {
            cursor[0] = keyspace.scan(cursor[0], 10, visitor);
            keyspace.expireCycle(0, 10, visitor);
        });
    }
}
