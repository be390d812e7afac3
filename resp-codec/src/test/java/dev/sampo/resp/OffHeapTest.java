package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffHeapTest {
    private final Random random = new Random(7);

    @Test
    void copies_ofEveryShortLength_matchTheHeapAndTouchNothingElse() {
        int checked = 0;
        byte[] source = random(300);
        for (int length = 0; length <= 200; length++) {
            long from = OffHeap.allocate(length);
            long to = OffHeap.allocate(length);
            OffHeap.copyFrom(source, 50, from, length);
            OffHeap.copy(from, to, length);
            byte[] back = new byte[length + 20];
            OffHeap.copyTo(to, back, 10, length);
            byte[] expected = new byte[length + 20];
            System.arraycopy(source, 50, expected, 10, length);
            assertThat(back).isEqualTo(expected);
            OffHeap.fill(to, length, (byte) 0x9A);
            byte[] filled = new byte[length];
            Arrays.fill(filled, (byte) 0x9A);
            assertThat(OffHeap.bytes(to, length)).isEqualTo(filled);
            // Freeing verifies the red zones: nothing was written before or behind.
            OffHeap.free(from, length);
            OffHeap.free(to, length);
            checked++;
        }
        assertThat(checked).isEqualTo(201);
    }

    @Test
    void copy_ofOverlappingRanges_behavesLikeMemmove() {
        int checked = 0;
        long memory = OffHeap.allocate(200);
        for (int length = 0; length <= 100; length++) {
            for (int shift = -40; shift <= 40; shift++) {
                byte[] model = random(200);
                OffHeap.copyFrom(model, 0, memory, 200);
                OffHeap.copy(memory + 50, memory + 50 + shift, length);
                System.arraycopy(model, 50, model, 50 + shift, length);
                assertThat(OffHeap.equals(memory, model, 200)).isTrue();
                checked++;
            }
        }
        OffHeap.free(memory, 200);
        assertThat(checked).isEqualTo(101 * 81);
    }

    @Test
    void words_areUnalignedAndLittleEndian() {
        long memory = OffHeap.allocate(16);
        OffHeap.putLong(memory + 3, 0x0807060504030201L);
        assertThat(OffHeap.getByte(memory + 3)).isEqualTo((byte) 1);
        assertThat(OffHeap.getShort(memory + 4)).isEqualTo((short) 0x0302);
        assertThat(OffHeap.getInt(memory + 5)).isEqualTo(0x06050403);
        OffHeap.putShort(memory + 4, (short) 0x7F7E);
        OffHeap.putInt(memory + 6, 0x11223344);
        OffHeap.putByte(memory + 10, (byte) -1);
        assertThat(OffHeap.getLong(memory + 3)).isEqualTo(0xFF112233447F7E01L);
        OffHeap.free(memory, 16);
    }

    @Test
    void comparisons_agreeWithThoseOfArrays() {
        int checked = 0;
        long a = OffHeap.allocate(64);
        long b = OffHeap.allocate(64);
        for (int i = 0; i < 200_000; i++) {
            byte[] x = few(random.nextInt(40));
            byte[] y = random.nextBoolean() ? x.clone() : few(random.nextInt(40));
            if (y.length > 0 && random.nextInt(3) == 0) {
                y[random.nextInt(y.length)] = (byte) random.nextInt();
            }
            OffHeap.copyFrom(x, 0, a, x.length);
            OffHeap.copyFrom(y, 0, b, y.length);
            assertThat(Integer.signum(OffHeap.compare(a, x.length, b, y.length)))
                .isEqualTo(Integer.signum(Arrays.compareUnsigned(x, y)));
            if (x.length == y.length) {
                assertThat(OffHeap.equals(a, b, x.length)).isEqualTo(Arrays.equals(x, y));
                assertThat(OffHeap.equals(a, y, x.length)).isEqualTo(Arrays.equals(x, y));
                checked++;
            }
        }
        OffHeap.free(a, 64);
        OffHeap.free(b, 64);
        assertThat(checked).isGreaterThan(100_000);
    }

    @Test
    void equals_withAnArrayThatIsTooShort_isFalse() {
        long a = OffHeap.allocate(4);
        assertThat(OffHeap.equals(a, OffHeap.bytes(a, 3), 4)).isFalse();
        assertThat(OffHeap.equals(a, OffHeap.bytes(a, 3), 3)).isTrue();
        OffHeap.free(a, 4);
    }

    @Test
    void texts_areDecoded() {
        long a = OffHeap.allocate(3);
        OffHeap.copyFrom(new byte[] {'a', (byte) 0xC3, (byte) 0xA4}, 0, a, 3);
        assertThat(OffHeap.utf8(a, 3)).isEqualTo("a\u00E4");
        assertThat(OffHeap.latin1(a, 3)).isEqualTo("a\u00C3\u00A4");
        OffHeap.free(a, 3);
    }

    @Test
    void allocations_areCounted_andKeptThroughReallocation() {
        long bytes = OffHeap.allocatedBytes();
        long live = OffHeap.liveAllocations();
        long a = OffHeap.reallocate(0, 0, 100);
        OffHeap.fill(a, 100, (byte) 5);
        a = OffHeap.reallocate(a, 100, 100_000);
        assertThat(OffHeap.allocatedBytes() - bytes).isEqualTo(100_000);
        assertThat(OffHeap.liveAllocations() - live).isEqualTo(1);
        a = OffHeap.reallocate(a, 100_000, 90);
        byte[] fives = new byte[90];
        Arrays.fill(fives, (byte) 5);
        assertThat(OffHeap.bytes(a, 90)).isEqualTo(fives);
        OffHeap.free(a, 90);
        OffHeap.free(0, 0);
        assertThat(OffHeap.allocatedBytes()).isEqualTo(bytes);
        assertThat(OffHeap.liveAllocations()).isEqualTo(live);
    }

    @Test
    void allocate_moreThanThereIs_throwsOutOfMemory() {
        assertThatThrownBy(() -> OffHeap.allocate(1L << 60)).isInstanceOf(OutOfMemoryError.class)
            .hasMessageContaining("cannot allocate").hasMessageContaining("off heap");
        assertThatThrownBy(() -> OffHeap.allocate(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void debugMode_findsOverrunsAndWrongFrees() {
        assertThat(OffHeap.DEBUG).as("the tests run with sampo.memory.debug").isTrue();
        for (long offset : new long[] {-1, 40}) {
            long a = OffHeap.allocate(40);
            byte kept = OffHeap.getByte(a + offset);
            OffHeap.putByte(a + offset, (byte) ~kept);
            assertThatThrownBy(() -> OffHeap.free(a, 40)).hasMessageContaining("red zone " + (offset < 0 ? "before" : "behind"));
            OffHeap.putByte(a + offset, kept);
            assertThatThrownBy(() -> OffHeap.free(a, 39)).hasMessageContaining("freed as 39 bytes");
            OffHeap.free(a, 40);
            assertThatThrownBy(() -> OffHeap.free(a, 40)).hasMessageContaining("is not allocated");
            assertThat(OffHeap.getLong(a)).as("poison").isEqualTo(0xDDDDDDDDDDDDDDDDL);
        }
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] few(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (random.nextInt(2) * 0x81);
        }
        return bytes;
    }

    @Test
    void copy_overlapping_movesLikeArraycopy() {
        int size = 1024;
        long memory = OffHeap.allocate(size);
        byte[] expected = new byte[size];
        int checked = 0;
        for (int length = 0; length <= 300; length++) {
            for (int shift = -70; shift <= 70; shift++) {
                for (int i = 0; i < size; i++) {
                    expected[i] = (byte) (i * 31 + length);
                }
                OffHeap.copyFrom(expected, 0, memory, size);
                OffHeap.copy(memory + 400, memory + 400 + shift, length);
                System.arraycopy(expected, 400, expected, 400 + shift, length);
                assertThat(OffHeap.bytes(memory, size)).as("length %d, shift %d", length, shift).isEqualTo(expected);
                checked++;
            }
        }
        OffHeap.free(memory, size);
        assertThat(checked).isEqualTo(301 * 141);
    }
}
