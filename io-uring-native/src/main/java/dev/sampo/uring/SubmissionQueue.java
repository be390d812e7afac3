package dev.sampo.uring;

/// The submission side of a ring: slots that the owner fills and the kernel consumes.
///
/// `tail` counts slots filled, the kernel's head counts slots consumed; both run through all ints and wrap.
/// The tail becomes visible to the kernel in [#publish] only, so a half-filled slot is never seen.
final class SubmissionQueue {
    private final long headAddress;
    private final long tailAddress;
    private final long flagsAddress;
    private final long sqes;
    private final int entries;
    private final int mask;

    private int tail;

    SubmissionQueue(RingSetup setup) {
        headAddress = setup.sqField(Abi.SQ_OFF_HEAD);
        tailAddress = setup.sqField(Abi.SQ_OFF_TAIL);
        flagsAddress = setup.sqField(Abi.SQ_OFF_FLAGS);
        sqes = setup.sqes();
        entries = setup.sqEntries();
        mask = RawMemory.getInt(setup.sqField(Abi.SQ_OFF_RING_MASK));
        tail = RawMemory.getInt(tailAddress);
        assert mask == entries - 1;
    }

    /// The slot that [#claim] will hand out next; side tables with one row per slot use it.
    int slot() {
        return tail & mask;
    }

    /// The address of the next slot, which the caller fills completely; 0 when the queue is full.
    long claim() {
        // acquire: the kernel has read a slot before it counts it as consumed.
        if (tail - RawMemory.getIntAcquire(headAddress) >= entries) {
            return 0;
        }
        return sqes + ((long) (tail++ & mask) << Abi.SQE_SHIFT);
    }

    /// Shows all filled slots to the kernel; returns how many it has not consumed.
    int publish() {
        RawMemory.putIntRelease(tailAddress, tail); // release: the slots are filled before they are announced.
        return tail - RawMemory.getIntAcquire(headAddress);
    }

    int unconsumed() {
        return tail - RawMemory.getIntAcquire(headAddress);
    }

    int space() {
        return entries - unconsumed();
    }

    /// `Abi.SQ_*` bits that the kernel sets.
    int flags() {
        return RawMemory.getIntAcquire(flagsAddress);
    }
}
