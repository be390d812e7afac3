package dev.sampo.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ChunkSourceTest {
    private static final int CHUNK = 1 << 20;
    private static final int SLACK = 128;

    @Test
    void take_beyondTheSingleOnes_givesDisjointWritableChunksAndGivesAllBack() {
        long before = OffHeap.allocatedBytes();
        ChunkSource source = new ChunkSource(Reclaimer.INLINE, CHUNK, SLACK, true);
        TreeMap<Long, Byte> taken = new TreeMap<>();
        Random random = new Random(7);
        int checked = 0;
        for (int step = 0; step < 400; step++) {
            if (taken.isEmpty() || random.nextInt(10) < 6 && taken.size() < 120) {
                long chunk = source.take();
                Long below = taken.floorKey(chunk);
                Long above = taken.ceilingKey(chunk);
                assertThat(below == null || below + CHUNK <= chunk).isTrue();
                assertThat(above == null || chunk + CHUNK <= above).isTrue();
                byte mark = (byte) step;
                OffHeap.putByte(chunk, mark);
                OffHeap.putByte(chunk + CHUNK - 1, mark);
                taken.put(chunk, mark);
            } else {
                List<Long> chunks = new ArrayList<>(taken.keySet());
                long chunk = chunks.get(random.nextInt(chunks.size()));
                assertThat(OffHeap.getByte(chunk)).isEqualTo(taken.get(chunk));
                assertThat(OffHeap.getByte(chunk + CHUNK - 1)).isEqualTo(taken.remove(chunk));
                source.give(chunk);
                checked++;
            }
        }
        assertThat(checked).isPositive();
        for (long chunk : new ArrayDeque<>(taken.keySet())) {
            source.give(chunk);
        }
        source.close();
        assertThat(OffHeap.allocatedBytes()).isEqualTo(before);
    }
}
