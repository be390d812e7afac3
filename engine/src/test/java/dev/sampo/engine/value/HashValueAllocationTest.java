package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.engine.keyspace.TestRng;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No change of a hash allocates on the Java heap in steady state: measured per thread by the JVM, after warming up.
class HashValueAllocationTest {
    private static final int OPERATIONS = 100_000;
    /// Less than one small object per thousand operations: what the measurement itself and late compilation take.
    private static final long TOLERATED_BYTES = OPERATIONS / 1000 * 16;

    private final Keyspace keyspace = TestBlocks.unguardedKeyspace(BigValueTypes.ALL);
    private final HashValue hash = new HashValue();
    private final long text = OffHeap.allocate(32);
    private final long key = OffHeap.allocate(4);
    private final TestRng rng = new TestRng(1);
    private final com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long now = 1;
    private long found;

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        hash.close();
        OffHeap.free(text, 32);
        OffHeap.free(key, 4);
    }

    /// A hash of up to so many fields, some of which have deadlines at any time.
    @ParameterizedTest
    @ValueSource(ints = {100, 20_000})
    void changesAndQuestions_inSteadyState_allocateNothing(int fields) {
        OffHeap.putInt(key, 'k');
        long allocated = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, it allocates all the same.
        for (int attempt = 0; attempt < 60 && allocated > TOLERATED_BYTES; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operate(fields);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThanOrEqualTo(TOLERATED_BYTES);
        assertThat(found).isPositive();
    }

    private void operate(int fields) {
        int length = Ascii.writeLong(text, rng.nextInt(fields));
        long keyHash = KeyHash.hash(key, 1);
        now++;
        hash.open(keyspace, key, 1, keyHash, keyspace.find(key, 1, keyHash), CollectionLimits.DEFAULT, now);
        switch (rng.nextInt(6)) {
            case 0, 1 -> hash.put(text, length, text, rng.nextInt(2) + 1, rng.nextInt(2) == 0);
            case 2 -> {
                if (hash.storedSize() > 1 && hash.findStored(text, length)) {
                    hash.remove();
                }
            }
            case 3 -> {
                if (hash.findStored(text, length)) {
                    hash.deadline(rng.nextInt(3) == 0 ? 0 : now + rng.nextInt(1000));
                }
            }
            case 4 -> {
                if (hash.storedSize() > 1 && hash.firstOver()) {
                    hash.removeOver(1);
                }
            }
            default -> found += hash.find(text, length) ? hash.valueLength() + hash.size() : 0;
        }
    }
}
