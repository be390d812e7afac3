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

/// No change of a sorted set allocates on the Java heap in steady state: measured per thread by the JVM, after warming up.
class SortedSetValueAllocationTest {
    private static final int OPERATIONS = 100_000;
    /// Less than one small object per thousand operations: what the measurement itself and late compilation take.
    private static final long TOLERATED_BYTES = OPERATIONS / 1000 * 16;

    private final Keyspace keyspace = TestBlocks.unguardedKeyspace(BigValueTypes.ALL);
    private final SortedSetValue set = new SortedSetValue();
    private final long text = OffHeap.allocate(32);
    private final TestRng rng = new TestRng(1);
    private final com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long found;

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        set.close();
        OffHeap.free(text, 32);
    }

    /// A set of up to `members` members, half of which are there at any time.
    @ParameterizedTest
    @ValueSource(ints = {100, 20_000})
    void changesAndQuestions_inSteadyState_allocateNothing(int members) {
        long allocated = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, it allocates all the same.
        for (int attempt = 0; attempt < 60 && allocated > TOLERATED_BYTES; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operate(members);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThanOrEqualTo(TOLERATED_BYTES);
        assertThat(found).isPositive();
    }

    private void operate(int members) {
        int length = Ascii.writeLong(text, rng.nextInt(members));
        long key = text + 28;
        OffHeap.putInt(key, 'k');
        long hash = KeyHash.hash(key, 1);
        long e = keyspace.find(key, 1, hash);
        if (e == 0) {
            set.create(keyspace, key, 1, hash, 1, 1);
        } else {
            set.open(keyspace, key, 1, hash, e);
        }
        // Scores with a fraction are texts in packed sets.
        double score = rng.nextInt(1000) / 4.0;
        boolean there = set.find(text, length);
        switch (rng.nextInt(4)) {
            case 0 -> {
                if (there) {
                    set.rescore(text, length, score);
                } else {
                    set.insert(text, length, score, CollectionLimits.DEFAULT);
                }
            }
            case 1 -> {
                if (there && set.size() > 1) {
                    set.remove();
                }
            }
            case 2 -> found += there ? 1 + set.rank() : 0;
            default -> found += set.size() == 0 ? 0 : set.countBelow(score, true);
        }
    }
}
