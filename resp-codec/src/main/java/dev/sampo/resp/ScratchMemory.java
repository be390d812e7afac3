package dev.sampo.resp;

import java.util.Arrays;

/// A growing pile of off-heap bytes whose addresses stay valid until it is cleared as a whole.
final class ScratchMemory implements AutoCloseable {
    private static final int CHUNK = 4096;

    private long[] chunks = new long[1];
    private int[] sizes = new int[1];
    private int chunkCount;
    private int used;

    long allocate(int length) {
        if (chunkCount == 0 || length > sizes[chunkCount - 1] - used) {
            addChunk(Math.max(length, CHUNK));
        }
        long address = chunks[chunkCount - 1] + used;
        used += length;
        return address;
    }

    boolean contains(long address) {
        for (int i = 0; i < chunkCount; i++) {
            if (address >= chunks[i] && address - chunks[i] < sizes[i]) {
                return true;
            }
        }
        return false;
    }

    /// Forgets what was allocated; one chunk of the usual size is kept.
    void clear() {
        int kept = chunkCount > 0 && sizes[0] == CHUNK ? 1 : 0;
        freeFrom(kept);
    }

    @Override
    public void close() {
        freeFrom(0);
    }

    private void freeFrom(int first) {
        for (int i = first; i < chunkCount; i++) {
            OffHeap.free(chunks[i], sizes[i]);
        }
        chunkCount = Math.min(chunkCount, first);
        used = 0;
    }

    private void addChunk(int size) {
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
            sizes = Arrays.copyOf(sizes, chunkCount * 2);
        }
        chunks[chunkCount] = OffHeap.allocate(size);
        sizes[chunkCount++] = size;
        used = 0;
    }
}
