package dev.sampo.engine.keyspace;

import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.memory.SlabAllocator;
import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// The memory of one keyspace's big values: blocks of up to [#BYTES_MAX] bytes named by references of 32 bits, and large
/// payloads named by their address.
///
/// While a *view* is held, somebody reads big values as they were when it began. Whoever changes one then leaves the
/// blocks that were there alone: it writes a new block and frees the old one, which happens when the view ends. Blocks that
/// are modified in place carry the [#epoch()] they were written in; those of the current one are not part of the view.
///
/// One thread at a time.
public final class Blocks {
    /// The largest block.
    public static final int BYTES_MAX = SlabAllocator.BLOCK_BYTES_MAX - 16;

    // Before a large payload: its neighbours in the list of all, and its size.
    private static final int PREVIOUS = -24;
    private static final int NEXT = -16;
    private static final int SIZE = -8;
    private static final int LARGE_HEAD_BYTES = 24;
    private static final int DEFERRED_PIECE = 4096;

    private final Reclaimer reclaimer;
    private final SlabAllocator memory;

    /// The large payload allocated last, 0 = none.
    private long large;
    private long largeBytes;
    private long largeBlocks;

    private int epoch;
    private boolean viewed;
    /// References whose blocks are freed when the view ends, in pieces so that growth never copies much.
    private int[][] deferred = new int[0][];
    private int deferredCount;
    private long[] deferredLarge = new long[0];
    private int deferredLargeCount;
    private long deferredBytes;
    private long frees;

    Blocks(Reclaimer reclaimer, boolean guarded) {
        this.reclaimer = reclaimer;
        this.memory = new SlabAllocator(reclaimer, guarded);
    }

    // ---------------------------------------------------------------- blocks

    /// A block of at least `bytes` (1 to [#BYTES_MAX]) of undefined content, aligned to 8.
    public int allocate(int bytes) {
        return memory.allocate(bytes);
    }

    /// Where a block lies, until it is freed.
    public long address(int ref) {
        return memory.address(ref);
    }

    /// Gives a block back; while a view is held its content stays until that ends.
    public void free(int ref) {
        frees++;
        if (viewed) {
            defer(ref);
        } else {
            memory.free(ref);
        }
    }

    /// Whether a block requested with `oldBytes` serves `newBytes` without moving and without waste; if so it counts as
    /// requested with `newBytes` from now on.
    public boolean resize(int ref, int oldBytes, int newBytes) {
        return memory.resize(ref, oldBytes, newBytes);
    }

    /// The bytes of a block that its owner may use; with red zones on only those that it asked for.
    public int usableBytes(int ref) {
        return memory.usableBytes(ref);
    }

    /// The bytes that a request of `bytes` takes.
    public int blockBytes(int bytes) {
        return memory.blockBytes(bytes);
    }

    // ---------------------------------------------------------------- large payloads

    /// Memory of any size; its address stays.
    public long allocateLarge(long bytes) {
        long address = OffHeap.allocate(LARGE_HEAD_BYTES + bytes) + LARGE_HEAD_BYTES;
        OffHeap.putLong(address + PREVIOUS, 0);
        OffHeap.putLong(address + NEXT, large);
        OffHeap.putLong(address + SIZE, bytes);
        if (large != 0) {
            OffHeap.putLong(large + PREVIOUS, address);
        }
        large = address;
        largeBytes += bytes + LARGE_HEAD_BYTES;
        largeBlocks++;
        return address;
    }

    /// Gives a large payload back; while a view is held its content stays until that ends.
    public void freeLarge(long address) {
        frees++;
        if (viewed) {
            if (deferredLargeCount == deferredLarge.length) {
                deferredLarge = Arrays.copyOf(deferredLarge, Math.max(16, 2 * deferredLargeCount));
            }
            deferredLarge[deferredLargeCount++] = address;
            deferredBytes += OffHeap.getLong(address + SIZE);
        } else {
            releaseLarge(address);
        }
    }

    /// The bytes that were asked for.
    public static long largeBytes(long address) {
        return OffHeap.getLong(address + SIZE);
    }

    private void releaseLarge(long address) {
        long previous = OffHeap.getLong(address + PREVIOUS);
        long next = OffHeap.getLong(address + NEXT);
        if (previous != 0) {
            OffHeap.putLong(previous + NEXT, next);
        } else {
            large = next;
        }
        if (next != 0) {
            OffHeap.putLong(next + PREVIOUS, previous);
        }
        long bytes = OffHeap.getLong(address + SIZE) + LARGE_HEAD_BYTES;
        largeBytes -= bytes;
        largeBlocks--;
        reclaimer.free(address - LARGE_HEAD_BYTES, bytes);
    }

    // ---------------------------------------------------------------- views

    /// Whether somebody reads what was there when the view began.
    public boolean isViewed() {
        return viewed;
    }

    /// The number of the current or last view; 0 before the first.
    public int epoch() {
        return epoch;
    }

    /// Whether a block that was written in this epoch may be modified in place.
    public boolean isOwn(int writtenIn) {
        return !viewed || writtenIn == epoch;
    }

    /// Begins a view.
    public void beginView() {
        if (viewed) {
            throw new IllegalStateException("there is a view already");
        }
        epoch++;
        viewed = true;
    }

    /// Ends the view: what was freed meanwhile is freed by [#reclaim(int)].
    public void endView() {
        viewed = false;
    }

    private void defer(int ref) {
        int piece = deferredCount / DEFERRED_PIECE;
        if (piece == deferred.length) {
            deferred = Arrays.copyOf(deferred, Math.max(16, 2 * piece));
        }
        if (deferred[piece] == null) {
            deferred[piece] = new int[DEFERRED_PIECE];
        }
        deferred[piece][deferredCount % DEFERRED_PIECE] = ref;
        deferredCount++;
        deferredBytes += memory.usableBytes(ref);
    }

    /// Bytes that are kept for the view alone.
    public long deferredBytes() {
        return deferredBytes;
    }

    /// Frees up to `budget` of the blocks that were kept for a view that has ended; returns how much of the budget is left.
    int reclaim(int budget) {
        if (viewed) {
            return budget;
        }
        int left = budget;
        while (left > 0 && deferredCount > 0) {
            deferredCount--;
            int piece = deferredCount / DEFERRED_PIECE;
            int ref = deferred[piece][deferredCount % DEFERRED_PIECE];
            deferredBytes -= memory.usableBytes(ref);
            memory.free(ref);
            if (deferredCount % DEFERRED_PIECE == 0) {
                deferred[piece] = null;
            }
            left--;
        }
        while (left > 0 && deferredLargeCount > 0) {
            long address = deferredLarge[--deferredLargeCount];
            deferredBytes -= OffHeap.getLong(address + SIZE);
            releaseLarge(address);
            left--;
        }
        return left;
    }

    /// Whether anything waits for [#reclaim(int)].
    boolean hasGarbage() {
        return !viewed && deferredCount + deferredLargeCount > 0;
    }

    // ---------------------------------------------------------------- accounting

    /// Counts calls of [#free(int)] and [#freeLarge(long)].
    public long frees() {
        return frees;
    }

    long usedBytes() {
        return memory.usedBytes() + largeBytes;
    }

    long reservedBytes() {
        return memory.reservedBytes() + largeBytes;
    }

    /// Number of blocks and large payloads that are in use, not counting those kept for a view.
    long liveBlocks() {
        return memory.liveBlocks() + largeBlocks - deferredCount - deferredLargeCount;
    }

    /// Gives everything back, whatever is still in use.
    void release() {
        while (large != 0) {
            long next = OffHeap.getLong(large + NEXT);
            reclaimer.free(large - LARGE_HEAD_BYTES, OffHeap.getLong(large + SIZE) + LARGE_HEAD_BYTES);
            large = next;
        }
        memory.release();
    }

    void assertValid() {
        memory.assertValid();
    }

    /// Checks the red zone of a live block; without guards there is none to check.
    ///
    /// @throws IllegalStateException when the block is free or was written behind its end
    public void guardVerify(int ref) {
        memory.guardVerify(ref);
    }
}
