package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputBufferTest {
    @Test
    void appended_bytes_areKeptWhileItGrows() {
        Random random = new Random(3);
        long live = OffHeap.liveAllocations();
        OutputBuffer out = new OutputBuffer();
        assertThat(out.address()).isZero();
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        long memory = OffHeap.allocate(3000);
        for (int i = 0; i < 500; i++) {
            byte[] piece = new byte[random.nextInt(3000)];
            random.nextBytes(piece);
            if (random.nextBoolean()) {
                out.append(piece);
            } else {
                OffHeap.copyFrom(piece, 0, memory, piece.length);
                out.append(memory, piece.length);
            }
            out.append((byte) i);
            model.writeBytes(piece);
            model.write(i);
        }
        assertThat(out.size()).isEqualTo(model.size());
        assertThat(out.capacity()).isBetween(out.size(), out.size() * 2 + 1024);
        assertThat(out.toByteArray()).isEqualTo(model.toByteArray());
        out.dropFirst(1000);
        assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(model.toByteArray(), 1000, model.size()));
        out.truncate(10);
        assertThat(out.size()).isEqualTo(10);
        assertThatThrownBy(() -> out.truncate(11)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> out.dropFirst(11)).isInstanceOf(IllegalArgumentException.class);
        out.clear();
        assertThat(out.isEmpty()).isTrue();
        assertThat(out.capacity()).isPositive();
        out.release();
        assertThat(out.capacity()).isZero();
        out.append((byte) 1);
        assertThat(out.toByteArray()).containsExactly(1);
        out.release();
        out.release();
        OffHeap.free(memory, 3000);
        assertThat(OffHeap.liveAllocations()).isEqualTo(live);
    }

    @Test
    void reserve_handsOutConsecutiveRoom() {
        OutputBuffer out = new OutputBuffer(4);
        out.ensure(100);
        long address = out.reserve(3);
        assertThat(out.reserve(2)).isEqualTo(address + 3);
        assertThat(out.size()).isEqualTo(5);
        out.release();
    }
}
