package dev.sampo.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LzfTest {
    private final Lzf lzf = new Lzf();

    /// Memory of exactly the right size, so that the debug allocator notices what goes beyond it.
    private byte[] compress(byte[] plain, int room) {
        long source = OffHeap.allocate(plain.length);
        long target = OffHeap.allocate(room);
        OffHeap.copyFrom(plain, 0, source, plain.length);
        int length = lzf.compress(source, plain.length, target, room);
        byte[] compressed = OffHeap.bytes(target, length);
        OffHeap.free(source, plain.length);
        OffHeap.free(target, room);
        return compressed;
    }

    private static byte[] decompress(byte[] compressed, int length) {
        long source = OffHeap.allocate(compressed.length);
        long target = OffHeap.allocate(length);
        OffHeap.copyFrom(compressed, 0, source, compressed.length);
        byte[] plain = Lzf.decompress(source, compressed.length, target, length) ? OffHeap.bytes(target, length) : null;
        OffHeap.free(source, compressed.length);
        OffHeap.free(target, length);
        return plain;
    }

    private static byte[] text(Random random, int length, int letters) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(letters));
            int back = 1 + random.nextInt(10_000);
            if (i > back && random.nextInt(20) == 0) {
                int run = Math.min(random.nextInt(400), Math.min(length - i, back));
                System.arraycopy(bytes, i - back, bytes, i, run);
                i += Math.max(0, run - 1);
            }
        }
        return bytes;
    }

    @Test
    void roundTrip_returnsTheSameBytes() {
        Random random = new Random(2);
        long plainBytes = 0;
        long compressedBytes = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] plain = text(random, 4 + random.nextInt(i % 10 == 0 ? 40_000 : 300), 1 + random.nextInt(26));
            byte[] compressed = compress(plain, plain.length);
            if (compressed.length > 0) {
                assertThat(decompress(compressed, plain.length)).isEqualTo(plain);
                plainBytes += plain.length;
                compressedBytes += compressed.length;
            }
        }
        assertThat(compressedBytes).isBetween(plainBytes / 20, plainBytes * 3 / 4);
    }

    @Test
    void oneLetter_becomesLongMatches() {
        byte[] plain = new byte[10_000];
        Arrays.fill(plain, (byte) 'x');
        byte[] compressed = compress(plain, plain.length);
        assertThat(compressed.length).isBetween(plain.length / Lzf.EXPANSION_MAX, 150);
        assertThat(decompress(compressed, plain.length)).isEqualTo(plain);
    }

    @Test
    void bytesWithoutRepetition_doNotFit() {
        byte[] plain = new byte[1_000];
        new Random(3).nextBytes(plain);
        assertThat(compress(plain, plain.length - 4)).isEmpty();
        assertThat(compress("abcabcabcabcabcabcabcabc".getBytes(StandardCharsets.US_ASCII), 5)).isEmpty();
    }

    /// The format, from its description: literals, a short match, a long one that overlaps itself.
    @Test
    void knownBytes_expand() {
        byte[] known = {1, 'a', 'b', (byte) (1 << 5), 1, (byte) (7 << 5), 3, 0};
        assertThat(new String(decompress(known, 2 + 3 + 12), StandardCharsets.US_ASCII)).isEqualTo("ababa" + "a".repeat(12));
    }

    @Test
    void malformedBytes_areRefused() {
        byte[][] malformed = {{5, 'a'}, {0}, {(byte) (1 << 5), 0}, {0, 'a', (byte) (1 << 5), 1}, {0, 'a', (byte) (7 << 5)},
            {0, 'a', (byte) (7 << 5), 1}, {0, 'a', (byte) (1 << 5)}, {0, 'a', 0, 'b'}};
        for (byte[] bytes : malformed) {
            assertThat(decompress(bytes, 1)).isNull();
        }
        assertThat(decompress(new byte[] {0, 'a', (byte) (1 << 5), 0}, 3)).isNull();
        assertThat(decompress(new byte[] {0, 'a'}, 2)).isNull();
    }

    @Test
    void randomBytes_neverLeaveTheirMemory() {
        Random random = new Random(4);
        int right = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[1 + random.nextInt(40)];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j += 1 + random.nextInt(5)) {
                bytes[j] &= (byte) random.nextInt(40);
            }
            right += decompress(bytes, random.nextInt(100)) != null ? 1 : 0;
        }
        assertThat(right).isPositive();
    }
}
