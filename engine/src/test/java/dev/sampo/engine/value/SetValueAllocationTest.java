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
import org.junit.jupiter.params.provider.CsvSource;

/// No change of a set allocates on the Java heap in steady state: measured per thread by the JVM, after warming up.
class SetValueAllocationTest {
    private static final int OPERATIONS = 100_000;
    /// Less than one small object per thousand operations: what the measurement itself and late compilation take.
    private static final long TOLERATED_BYTES = OPERATIONS / 1000 * 16;

    private final Keyspace keyspace = TestBlocks.unguardedKeyspace(BigValueTypes.ALL);
    private final SetValue set = new SetValue();
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
    @CsvSource({"100, ''", "100, m", "20000, member:"})
    void changesAndQuestions_inSteadyState_allocateNothing(int members, String prefix) {
        byte[] head = prefix.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        OffHeap.copyFrom(head, 0, text, head.length);
        long allocated = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, it allocates all the same.
        for (int attempt = 0; attempt < 60 && allocated > TOLERATED_BYTES; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operate(members, head.length);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThanOrEqualTo(TOLERATED_BYTES);
        assertThat(found).isPositive();
    }

    private void operate(int members, int prefix) {
        int length = prefix + Ascii.writeLong(text + prefix, rng.nextInt(members));
        long key = text + 28;
        OffHeap.putInt(key, 'k');
        long hash = KeyHash.hash(key, 1);
        set.open(keyspace, key, 1, hash, keyspace.find(key, 1, hash), CollectionLimits.DEFAULT);
        switch (rng.nextInt(4)) {
            case 0 -> set.add(text, length);
            case 1 -> {
                if (set.size() > 1) {
                    set.remove(text, length);
                }
            }
            case 2 -> found += set.contains(text, length) ? 1 : 0;
            default -> {
                if (!set.isEmpty()) {
                    set.random(rng);
                    found += set.memberLength();
                }
            }
        }
    }
}
