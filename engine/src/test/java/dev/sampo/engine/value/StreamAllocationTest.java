package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture.Request;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.engine.keyspace.TestRng;
import dev.sampo.resp.OffHeap;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Adding, trimming, reading, delivering and acknowledging allocate nothing on the Java heap in steady state: measured per
/// thread by the JVM, after warming up.
class StreamAllocationTest {
    private static final int OPERATIONS = 50_000;
    /// Less than one small object per thousand operations: what the measurement itself and late compilation take.
    private static final long TOLERATED_BYTES = OPERATIONS / 1000 * 16;
    private static final int LENGTH = 5_000;

    private final Keyspace keyspace = TestBlocks.unguardedKeyspace(BigValueTypes.ALL);
    private final StreamValue stream = new StreamValue();
    private final StreamRange range = new StreamRange();
    private final long key = OffHeap.allocate(8);
    private final TestRng rng = new TestRng(1);
    private final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long added;
    private long delivered;
    private long seen;

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        OffHeap.free(key, 8);
    }

    @Test
    void addingAndReading_inSteadyState_allocateNothing() {
        OffHeap.putLong(key, 7);
        long hash = KeyHash.hash(key, 8);
        stream.create(keyspace, key, 8, hash);
        stream.groups().create(key, 8, 0, 0, 0);
        stream.groups().createConsumer(key, 8, 0, 0);
        long allocated = Long.MAX_VALUE;
        try (var entry = new Request(words("field", "value", "other", "12345")); var odd = new Request(words("x", "y".repeat(70)))) {
            // Until the optimising compiler has come round to the code, which a busy machine delays, it allocates all the same.
            for (int attempt = 0; attempt < 60 && allocated > TOLERATED_BYTES; attempt++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < OPERATIONS; i++) {
                    operate(hash, entry, odd);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
        }
        assertThat(allocated).isLessThanOrEqualTo(TOLERATED_BYTES);
        assertThat(seen).isPositive();
        assertThat(stream.length()).isBetween(LENGTH - 200L, LENGTH + 200L);
    }

    private static byte[][] words(String... words) {
        byte[][] bytes = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            bytes[i] = words[i].getBytes(StandardCharsets.US_ASCII);
        }
        return bytes;
    }

    private void operate(long hash, Request entry, Request odd) {
        stream.open(keyspace, key, 8, hash, keyspace.find(key, 8, hash));
        stream.change();
        Request request = rng.nextInt(10) == 0 ? odd : entry;
        added++;
        stream.append(added, 0, request.args, 0, request.args.count() / 2, 4096, 100);
        stream.trimToLength(LENGTH, true, 1000);
        StreamGroups groups = stream.groups();
        groups.find(key, 8);
        groups.findConsumer(key, 8);
        groups.deliver(added, 0, added, 1);
        delivered++;
        if (groups.findPending(delivered - rng.nextInt(1000), 0)) {
            groups.acknowledge();
        }
        while (groups.pendingCount() > 2000 && groups.firstPending(0, 0)) {
            groups.acknowledge();
        }
        range.open(stream, added - rng.nextInt(LENGTH), 0, StreamId.MAX, StreamId.MAX, false);
        for (int i = 0; i < 3 && range.next(); i++) {
            seen += range.fields();
        }
    }
}
