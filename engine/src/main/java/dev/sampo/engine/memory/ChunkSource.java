package dev.sampo.engine.memory;

import dev.sampo.resp.OffHeap;

import java.util.Arrays;

/// Where one allocator's chunks come from: single blocks for as long as there are few, then places in large regions that the system may back with huge pages,
/// so that a large keyspace costs fewer misses of the address translation.
///
/// The memory of a returned place goes back to the system at once; its addresses are used again, and given up with the region at the end. One thread at a time.
final class ChunkSource {
    /// Chunks that are blocks of their own before the first region is made: a small keyspace takes no more memory than it needs.
    private static final int SINGLE_CHUNKS = 16;
    private static final int REGION_BYTES = 32 << 20;

    private final Reclaimer reclaimer;
    private final int chunkBytes;
    private final int slackBytes;
    private final boolean regional;
    private int singles;
    private long[] regions = new long[0];
    /// Places in regions that are not in use.
    private long[] places = new long[0];
    private int placeCount;

    /// @param slackBytes bytes behind a chunk that may be read
    /// @param regional whether there are regions at all: without them every chunk is an allocation that a leak check sees
    ChunkSource(Reclaimer reclaimer, int chunkBytes, int slackBytes, boolean regional) {
        this.reclaimer = reclaimer;
        this.chunkBytes = chunkBytes;
        this.slackBytes = slackBytes;
        this.regional = regional;
    }

    long take() {
        if (singles < SINGLE_CHUNKS || !regional) {
            singles++;
            return OffHeap.allocate(chunkBytes + slackBytes);
        }
        if (placeCount == 0) {
            addRegion();
        }
        OffHeap.count(chunkBytes);
        return places[--placeCount];
    }

    void give(long chunk) {
        if (isPlace(chunk)) {
            OffHeap.discard(chunk, chunkBytes);
            OffHeap.count(-chunkBytes);
            places[placeCount++] = chunk;
        } else {
            singles--;
            reclaimer.free(chunk, chunkBytes + slackBytes);
        }
    }

    /// Gives the regions back; no chunk is in use.
    void close() {
        OffHeap.count((long) placeCount * chunkBytes);
        for (long region : regions) {
            reclaimer.free(region, REGION_BYTES + slackBytes);
        }
        regions = new long[0];
        placeCount = 0;
    }

    private boolean isPlace(long chunk) {
        for (long region : regions) {
            if (chunk >= region && chunk < region + REGION_BYTES) {
                return true;
            }
        }
        return false;
    }

    private void addRegion() {
        long region = OffHeap.allocateHuge(REGION_BYTES + slackBytes);
        regions = Arrays.copyOf(regions, regions.length + 1);
        regions[regions.length - 1] = region;
        int perRegion = REGION_BYTES / chunkBytes;
        places = Arrays.copyOf(places, regions.length * perRegion);
        // The lowest address is taken first.
        for (int i = perRegion - 1; i >= 0; i--) {
            places[placeCount++] = region + (long) i * chunkBytes;
        }
        // The system gives memory only to what is written to.
        OffHeap.count(-(long) perRegion * chunkBytes);
    }
}
