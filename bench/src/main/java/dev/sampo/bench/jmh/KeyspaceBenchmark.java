package dev.sampo.bench.jmh;

import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The index and the entries with one million keys of 16 bytes and values of 64, random keys, per key.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class KeyspaceBenchmark {
    private static final int KEYS = 1_000_000;
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 64;
    private static final int BATCH = 16;
    /// Keys drawn beforehand, a power of two.
    private static final int DRAWN = 1 << 20;

    private final int[] drawn = new int[DRAWN];
    private final long[] hashes = new long[BATCH];
    private Keyspace keyspace;
    private long keys;
    private long value;
    private int next;

    @Setup
    public void load() {
        keyspace = new Keyspace(0, 0, Reclaimer.INLINE, BigValues.NONE);
        keys = OffHeap.allocate((long) KEYS * KEY_BYTES);
        value = OffHeap.allocate(VALUE_BYTES);
        OffHeap.fill(value, VALUE_BYTES, (byte) 'v');
        for (int i = 0; i < KEYS; i++) {
            byte[] key = String.format("key:%012d", i).getBytes(StandardCharsets.ISO_8859_1);
            OffHeap.copyFrom(key, 0, key(i), KEY_BYTES);
            keyspace.setString(key(i), KEY_BYTES, KeyHash.hash(key(i), KEY_BYTES), value, VALUE_BYTES, 0);
        }
        long random = 42;
        for (int i = 0; i < DRAWN; i++) {
            random = random * 6364136223846793005L + 1442695040888963407L;
            drawn[i] = (int) ((random >>> 33) * KEYS >>> 31);
        }
    }

    @TearDown
    public void release() {
        if (keyspace.size() != KEYS) {
            throw new IllegalStateException(keyspace.size() + " keys");
        }
        keyspace.release();
        OffHeap.free(keys, (long) KEYS * KEY_BYTES);
        OffHeap.free(value, VALUE_BYTES);
    }

    private long key(int i) {
        return keys + (long) i * KEY_BYTES;
    }

    private long nextKey() {
        next = next + 1 & DRAWN - 1;
        return key(drawn[next]);
    }

    @Benchmark
    public long findOne() {
        long key = nextKey();
        return keyspace.find(key, KEY_BYTES, KeyHash.hash(key, KEY_BYTES));
    }

    /// The same keys looked up 16 at a time, their cache lines fetched first.
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long findBatch() {
        int first = next;
        for (int i = 0; i < BATCH; i++) {
            hashes[i] = KeyHash.hash(nextKey(), KEY_BYTES);
            keyspace.prefetchBucket(hashes[i]);
        }
        for (int i = 0; i < BATCH; i++) {
            keyspace.prefetchEntry(hashes[i]);
        }
        next = first;
        long found = 0;
        for (int i = 0; i < BATCH; i++) {
            found += keyspace.find(nextKey(), KEY_BYTES, hashes[i]);
        }
        return found;
    }

    @Benchmark
    public void overwriteOne() {
        long key = nextKey();
        keyspace.setString(key, KEY_BYTES, KeyHash.hash(key, KEY_BYTES), value, VALUE_BYTES, 0);
    }

    @Benchmark
    public boolean deleteAndInsertOne() {
        long key = nextKey();
        long hash = KeyHash.hash(key, KEY_BYTES);
        boolean deleted = keyspace.delete(key, KEY_BYTES, hash);
        keyspace.setString(key, KEY_BYTES, hash, value, VALUE_BYTES, 0);
        return deleted;
    }
}
