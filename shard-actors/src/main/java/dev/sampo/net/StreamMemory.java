package dev.sampo.net;

import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// Off-heap memory for the bytes received in one turn: filled from front to back, given back as a whole. Owned by the core's
/// thread.
///
/// One block is kept; a turn that needs more takes further ones, which end with it.
final class StreamMemory {
    private final long block;
    private final int blockBytes;
    private int used;
    private long[] extras = new long[8];
    private long[] extraBytes = new long[8];
    private int extraCount;
    private long turnBytes;

    StreamMemory(int blockBytes) {
        this.blockBytes = blockBytes;
        this.block = OffHeap.allocate(blockBytes);
    }

    /// Copies all of `bytes`; the address is good until [#endTurn].
    long copy(byte[] bytes) {
        turnBytes += bytes.length;
        long target;
        if (bytes.length <= blockBytes - used) {
            target = block + used;
            used += bytes.length;
        } else {
            target = extra(bytes.length);
        }
        OffHeap.copyFrom(bytes, 0, target, bytes.length);
        return target;
    }

    private long extra(int length) {
        if (extraCount == extras.length) {
            extras = Arrays.copyOf(extras, extraCount * 2);
            extraBytes = Arrays.copyOf(extraBytes, extraCount * 2);
        }
        long address = OffHeap.allocate(length);
        extras[extraCount] = address;
        extraBytes[extraCount++] = length;
        return address;
    }

    /// Bytes copied in this turn.
    long turnBytes() {
        return turnBytes;
    }

    void endTurn() {
        for (int i = 0; i < extraCount; i++) {
            OffHeap.free(extras[i], extraBytes[i]);
        }
        extraCount = 0;
        used = 0;
        turnBytes = 0;
    }

    void release() {
        endTurn();
        OffHeap.free(block, blockBytes);
    }
}
