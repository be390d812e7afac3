package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkCodecTest {
    private final ChunkCodec codec = new ChunkCodec();
    private final Random random = new Random(3);

    /// Compresses and decompresses in memory of exactly the right size, between red zones; how many bytes it took.
    private int roundTrip(byte[] bytes) {
        long source = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, source, bytes.length);
        long room = OffHeap.allocate(ChunkCodec.bytesMax(bytes.length));
        int size = codec.compress(source, bytes.length, room);
        long exact = OffHeap.allocate(size);
        OffHeap.copy(room, exact, size);
        long target = OffHeap.allocate(bytes.length);
        ChunkCodec.decompress(exact, target, bytes.length);
        assertThat(OffHeap.bytes(target, bytes.length)).isEqualTo(bytes);
        OffHeap.free(source, bytes.length);
        OffHeap.free(room, ChunkCodec.bytesMax(bytes.length));
        OffHeap.free(exact, size);
        OffHeap.free(target, bytes.length);
        return size;
    }

    @Test
    void anything_comesBack() {
        int tried = 0;
        for (int length = 0; length < 300; length++) {
            for (int alphabet : new int[] {1, 2, 3, 20, 256}) {
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) random.nextInt(alphabet);
                }
                roundTrip(bytes);
                tried++;
            }
        }
        for (int i = 0; i < 400; i++) {
            byte[] bytes = new byte[random.nextInt(ChunkCodec.LENGTH_MAX + 1)];
            random.nextBytes(bytes);
            for (int copies = random.nextInt(60); copies > 0 && bytes.length > 2; copies--) {
                int from = random.nextInt(bytes.length - 1);
                int to = random.nextInt(bytes.length);
                System.arraycopy(bytes, from, bytes, to, random.nextInt(bytes.length - Math.max(from, to)));
            }
            roundTrip(bytes);
            tried++;
        }
        assertThat(tried).isEqualTo(1900);
    }

    @Test
    void elementsThatAreAlike_takeLittle() {
        var text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            text.append("\u008Eelement:").append(100_000 + i).append('\u000F');
        }
        assertThat(roundTrip(text.toString().getBytes(StandardCharsets.ISO_8859_1))).isLessThan(text.length() / 3);
    }

    @Test
    void noise_growsByNoMoreThanTold() {
        byte[] noise = new byte[8000];
        random.nextBytes(noise);
        assertThat(roundTrip(noise)).isBetween(noise.length, ChunkCodec.bytesMax(noise.length));
    }
}
