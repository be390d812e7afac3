package dev.sampo.uring;

/// The completion side of a ring: entries that the kernel fills and the owner consumes.
///
/// `head` counts entries consumed, the kernel's tail entries filled; both run through all ints and wrap.
/// The head is published every [#PUBLISH_EVERY] entries, so that the kernel finds room while a long batch is handled.
final class CompletionQueue {
    private static final int PUBLISH_EVERY = 32;

    private final long headAddress;
    private final long tailAddress;
    private final long overflowAddress;
    private final long cqes;
    private final int mask;

    private int head;
    private boolean draining;

    CompletionQueue(RingSetup setup) {
        headAddress = setup.cqField(Abi.CQ_OFF_HEAD);
        tailAddress = setup.cqField(Abi.CQ_OFF_TAIL);
        overflowAddress = setup.cqField(Abi.CQ_OFF_OVERFLOW);
        cqes = setup.cqField(Abi.CQ_OFF_CQES);
        mask = RawMemory.getInt(setup.cqField(Abi.CQ_OFF_RING_MASK));
        head = RawMemory.getInt(headAddress);
    }

    /// Entries that wait to be consumed.
    int ready() {
        return RawMemory.getIntAcquire(tailAddress) - head;
    }

    /// Entries that the kernel had to drop for lack of memory, since the ring was created.
    int dropped() {
        return RawMemory.getInt(overflowAddress);
    }

    /// Hands up to `max` waiting entries to the handler.
    int drain(CompletionHandler handler, int max) {
        if (draining) {
            throw new IllegalStateException("a completion handler may not reap");
        }
        // acquire: an entry is filled before the kernel counts it.
        int count = Math.min(RawMemory.getIntAcquire(tailAddress) - head, max);
        if (count <= 0) {
            return 0;
        }
        draining = true;
        try {
            for (int i = 0; i < count; i++) {
                long cqe = cqes + ((long) (head & mask) << Abi.CQE_SHIFT);
                long userData = RawMemory.getLong(cqe + Abi.CQE_USER_DATA);
                int result = RawMemory.getInt(cqe + Abi.CQE_RES);
                int flags = RawMemory.getInt(cqe + Abi.CQE_FLAGS);
                // Before the call: a completion whose handler throws must not come again.
                head++;
                if ((head & PUBLISH_EVERY - 1) == 0) {
                    publish();
                }
                handler.complete(userData, result, flags);
            }
        } finally {
            draining = false;
            publish();
        }
        return count;
    }

    /// Gives consumed entries back to the kernel.
    void publish() {
        RawMemory.putIntRelease(headAddress, head); // release: entries are read before they are given back.
    }
}
