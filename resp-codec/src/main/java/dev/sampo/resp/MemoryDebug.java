package dev.sampo.resp;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The allocator behind [OffHeap] when `sampo.memory.debug` is on. A block is a red zone, the caller's bytes, and a
/// second red zone; both zones hold a pattern that is verified when the block is freed. Fresh bytes are 0xCD, freed
/// bytes 0xDD. Freed blocks wait in a bounded quarantine, so that a write through a stale address is found as well.
final class MemoryDebug {
    private static final int ZONE = 32;
    private static final long ZONE_PATTERN = 0xFBFBFBFBFBFBFBFBL;
    private static final byte FRESH = (byte) 0xCD;
    private static final byte FREED = (byte) 0xDD;
    /// Only so many bytes of a block are poisoned: large slabs must stay untouched pages until they are used.
    private static final long POISON_MAX = 1 << 16;
    private static final long QUARANTINE_BYTES_MAX = 8 << 20;

    private static final Map<Long, Long> LIVE = new ConcurrentHashMap<>();
    private static final ArrayDeque<Block> QUARANTINE = new ArrayDeque<>();
    private static long quarantinedBytes;

    private record Block(long address, long size) {
    }

    private MemoryDebug() {
    }

    static long allocate(long size) {
        long block = OffHeap.malloc(Math.addExact(size, 2 * ZONE));
        long address = block + ZONE;
        drawZone(block);
        OffHeap.fill(address, Math.min(size, POISON_MAX), FRESH);
        drawZone(address + size);
        LIVE.put(address, size);
        return address;
    }

    static long reallocate(long address, long oldSize, long newSize) {
        requireLive(address, oldSize);
        long moved = allocate(newSize);
        OffHeap.copy(address, moved, Math.min(oldSize, newSize));
        free(address, oldSize);
        return moved;
    }

    static void free(long address, long size) {
        requireLive(address, size);
        verifyZone(address, size, address - ZONE, "before");
        verifyZone(address, size, address + size, "behind");
        if (!LIVE.remove(address, size)) {
            throw new IllegalStateException("block " + describe(address, size) + " freed by two threads");
        }
        OffHeap.fill(address, Math.min(size, POISON_MAX), FREED);
        quarantine(new Block(address, size));
    }

    static long liveAllocations() {
        return LIVE.size();
    }

    private static void requireLive(long address, long size) {
        Long known = LIVE.get(address);
        if (known == null) {
            throw new IllegalStateException("block " + describe(address, size) + " is not allocated (freed twice?)");
        }
        if (known != size) {
            throw new IllegalStateException("block " + describe(address, known) + " freed as " + size + " bytes");
        }
    }

    private static synchronized void quarantine(Block block) {
        QUARANTINE.add(block);
        quarantinedBytes += block.size;
        while (quarantinedBytes > QUARANTINE_BYTES_MAX || QUARANTINE.size() > 4096) {
            Block oldest = QUARANTINE.remove();
            quarantinedBytes -= oldest.size;
            verifyFreed(oldest);
            OffHeap.release(oldest.address - ZONE);
        }
    }

    private static void verifyFreed(Block block) {
        long poisoned = Math.min(block.size, POISON_MAX);
        for (long i = 0; i < poisoned; i++) {
            if (OffHeap.getByte(block.address + i) != FREED) {
                throw new IllegalStateException("byte " + i + " of block " + describe(block.address, block.size)
                    + " was written after it was freed");
            }
        }
    }

    private static void drawZone(long zone) {
        for (int i = 0; i < ZONE; i += 8) {
            OffHeap.putLong(zone + i, ZONE_PATTERN);
        }
    }

    private static void verifyZone(long address, long size, long zone, String side) {
        for (int i = 0; i < ZONE; i += 8) {
            if (OffHeap.getLong(zone + i) != ZONE_PATTERN) {
                throw new IllegalStateException("red zone " + side + " block " + describe(address, size) + " was overwritten");
            }
        }
    }

    private static String describe(long address, long size) {
        return "0x" + Long.toHexString(address) + " of " + size + " bytes";
    }
}
