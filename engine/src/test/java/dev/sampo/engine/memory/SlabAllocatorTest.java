package dev.sampo.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.resp.OffHeap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

class SlabAllocatorTest {
    private static final int CHUNK_BYTES = 1 << 20;

    private long before;
    private SlabAllocator memory;

    @BeforeEach
    void start() {
        before = OffHeap.allocatedBytes();
        memory = new SlabAllocator(Reclaimer.INLINE, true);
    }

    @AfterEach
    void leaveNothing() {
        memory.release();
        assertThat(OffHeap.allocatedBytes()).isEqualTo(before);
    }

    @Test
    void block_ofEverySize_isLargeEnoughAlignedAndApartFromOthers() {
        List<Integer> refs = new ArrayList<>();
        for (int size = 0; size <= SlabAllocator.BLOCK_BYTES_MAX - 8; size++) {
            int ref = memory.allocate(size);
            assertThat(ref).isNotZero();
            assertThat(memory.address(ref) & 7).isZero();
            assertThat(memory.usableBytes(ref)).isGreaterThanOrEqualTo(size);
            OffHeap.fill(memory.address(ref), size, (byte) size);
            refs.add(ref);
        }
        memory.assertValid();
        for (int size = 0; size < refs.size(); size++) {
            long address = memory.address(refs.get(size));
            for (int i = 0; i < size; i += 7) {
                assertThat(OffHeap.getByte(address + i)).isEqualTo((byte) size);
            }
            memory.free(refs.get(size));
        }
        assertThat(new HashSet<>(refs)).hasSize(SlabAllocator.BLOCK_BYTES_MAX - 7);
        assertThat(memory.usedBytes()).isZero();
        memory.assertValid();
    }

    @Test
    void block_withoutGuards_wastesAtMostAThirdAndSmallOnesAnEighth() {
        SlabAllocator plain = new SlabAllocator(Reclaimer.INLINE, false);
        for (int size = 1; size <= SlabAllocator.BLOCK_BYTES_MAX; size++) {
            int block = plain.blockBytes(size);
            assertThat(block).isGreaterThanOrEqualTo(size);
            assertThat(block - size).as("waste of %d bytes", size)
                .isLessThan(Math.max(8, size > 1024 ? block / 3 + 8 : size / 8 + 1));
        }
        assertThat(plain.blockBytes(4096)).isEqualTo(4096);
        plain.release();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void blocks_comingAndGoing_keepTheirBytesAndTheSums(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> live = new ArrayList<>();
        int checked = 0;
        for (int i = 0; i < 60_000; i++) {
            boolean grow = i / 10_000 % 2 == 0;
            if (live.isEmpty() || random.nextInt(100) < (grow ? 65 : 35)) {
                int size = random.nextInt(10) == 0 ? random.nextInt(8000) : random.nextInt(120);
                int ref = memory.allocate(size);
                OffHeap.fill(memory.address(ref), size, (byte) ref);
                live.add(new int[] {ref, size});
            } else {
                int at = random.nextInt(live.size());
                int[] block = live.get(at);
                for (int j = 0; j < block[1]; j += 5) {
                    assertThat(OffHeap.getByte(memory.address(block[0]) + j)).isEqualTo((byte) block[0]);
                }
                checked++;
                memory.free(block[0]);
                live.set(at, live.getLast());
                live.removeLast();
            }
            if (i % 5000 == 0) {
                memory.assertValid();
            }
        }
        assertThat(checked).isGreaterThan(10_000);
        assertThat(memory.liveBlocks()).isEqualTo(live.size());
        live.forEach(block -> memory.free(block[0]));
        memory.assertValid();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void chunks_whenAllIsFree_goBackExceptOne() {
        List<Integer> refs = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            refs.add(memory.allocate(100));
        }
        assertThat(memory.reservedBytes()).isGreaterThan(10L * CHUNK_BYTES);
        refs.forEach(memory::free);
        assertThat(memory.reservedBytes()).isLessThan(2L * CHUNK_BYTES);
        memory.assertValid();
    }

    @Test
    void spans_emptiedByOneSize_serveAnother() {
        List<Integer> refs = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            refs.add(memory.allocate(40));
        }
        long reserved = memory.reservedBytes();
        refs.forEach(memory::free);
        for (int i = 0; i < 10_000; i++) {
            memory.allocate(200);
        }
        assertThat(memory.reservedBytes()).isLessThanOrEqualTo(reserved + CHUNK_BYTES + 128);
        memory.assertValid();
    }

    @Test
    void indexes_ofManyChunks_growAndAreUsedAgain() {
        Set<Integer> chunks = new HashSet<>();
        for (int round = 0; round < 2; round++) {
            List<Integer> refs = new ArrayList<>();
            for (int i = 0; i < 150 * 128; i++) {
                int ref = memory.allocate(8000);
                refs.add(ref);
                chunks.add(ref >>> 17);
            }
            memory.assertValid();
            refs.forEach(memory::free);
        }
        assertThat(chunks).hasSizeBetween(150, 152);
    }

    @Test
    void resize_withinTheSizeClass_keepsTheBlock() {
        int ref = memory.allocate(50);
        assertThat(memory.resize(ref, 50, 56)).isTrue();
        OffHeap.fill(memory.address(ref), 56, (byte) 1);
        assertThat(memory.resize(ref, 56, 57)).isFalse();
        assertThat(memory.resize(ref, 56, 9000)).isFalse();
        assertThat(memory.resize(ref, 56, 20)).isFalse();
        memory.free(ref);
    }

    @Test
    void free_twice_isDetected() {
        int ref = memory.allocate(50);
        memory.allocate(50);
        memory.free(ref);
        assertThatThrownBy(() -> memory.free(ref)).isInstanceOf(IllegalStateException.class).hasMessageContaining("freed before");
    }

    @Test
    void write_behindTheEnd_isDetected() {
        int ref = memory.allocate(50);
        OffHeap.putByte(memory.address(ref) + 50, (byte) 0);
        assertThatThrownBy(() -> memory.free(ref)).isInstanceOf(IllegalStateException.class).hasMessageContaining("byte 50");
    }

    @Test
    void bytes_freshAndFreed_arePoisoned() {
        int ref = memory.allocate(50);
        assertThat(OffHeap.getLong(memory.address(ref) + 40)).isEqualTo(0xCDCDCDCDCDCDCDCDL);
        int other = memory.allocate(50);
        memory.free(ref);
        assertThat(OffHeap.getLong(memory.address(ref) + 40)).isEqualTo(0xDDDDDDDDDDDDDDDDL);
        memory.free(other);
    }
}
