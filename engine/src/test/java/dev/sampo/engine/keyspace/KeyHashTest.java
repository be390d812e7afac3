package dev.sampo.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashSet;
import java.util.Set;

class KeyHashTest {
    private final Bytes bytes = new Bytes(0);

    @AfterEach
    void release() {
        bytes.close();
    }

    private long hash(byte[] key) {
        return KeyHash.hash(bytes.key(key), key.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 32, 33, 64, 100})
    void hash_whenOneBitOfTheKeyChanges_changesHalfOfItsBits(int length) {
        TestRng random = new TestRng(length);
        int[] flips = new int[64];
        int trials = 0;
        while (trials < 8000) {
            byte[] key = random.bytes(length);
            long hash = hash(key);
            for (int bit = 0; bit < length * 8; bit++) {
                key[bit >> 3] ^= (byte) (1 << (bit & 7));
                long changed = hash ^ hash(key);
                key[bit >> 3] ^= (byte) (1 << (bit & 7));
                trials++;
                for (int i = 0; i < 64; i++) {
                    flips[i] += (int) (changed >>> i & 1);
                }
            }
        }
        for (int i = 0; i < 64; i++) {
            assertThat(flips[i] / (double) trials).as("bit %d", i).isBetween(0.4, 0.6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"%d", "key:%012d", "user:%d:name", "%08x-0000-0000-0000-000000000000"})
    void hash_ofSequentialKeys_spreadsOverBucketsSegmentsAndTags(String format) {
        int n = 1 << 16;
        int[] homes = new int[64];
        int[] segments = new int[256];
        int[] tags = new int[256];
        Set<Long> distinct = new HashSet<>();
        for (int i = 0; i < n; i++) {
            long hash = hash(Bytes.of(String.format(format, i)));
            distinct.add(hash);
            homes[(int) hash & 63]++;
            segments[(int) (hash >>> 56)]++;
            tags[(int) (hash >>> 6) & 255]++;
        }
        assertThat(distinct).hasSize(n);
        assertEven(homes, n);
        assertEven(segments, n);
        assertEven(tags, n);
    }

    /// Chi-square within six standard deviations of its mean.
    private static void assertEven(int[] counts, int n) {
        double expected = (double) n / counts.length;
        double chi = 0;
        for (int count : counts) {
            chi += (count - expected) * (count - expected) / expected;
        }
        int freedom = counts.length - 1;
        assertThat(chi).isLessThan(freedom + 6 * Math.sqrt(2.0 * freedom));
    }

    @Test
    void hash_ofZeros_dependsOnTheLength() {
        Set<Long> hashes = new HashSet<>();
        for (int length = 0; length <= 200; length++) {
            hashes.add(hash(new byte[length]));
        }
        assertThat(hashes).hasSize(201);
    }

    @Test
    void hash_ofEqualBytesElsewhere_isEqual() {
        TestRng random = new TestRng(9);
        for (int length = 0; length < 200; length++) {
            byte[] key = random.bytes(length);
            long first = hash(key);
            assertThat(KeyHash.hash(bytes.otherKey(key), length)).isEqualTo(first);
        }
    }
}
