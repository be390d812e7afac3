package dev.sampo.uring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Wakes the owner of a ring that waits in [IoUring#submitAndWait], from any thread, at the cost of a system call only if the
/// owner has announced that it is parked.
///
/// The owner has an inbox that other threads fill. Its loop, on the ring's thread:
///
/// ```java
/// int work = ring.reap(handler, max) + inbox.drain();   // handler calls wakeup.onCompletion() for the wakeup's user data
/// if (work > 0) {
///     ring.submit();
/// } else if (wakeup.parking() && inbox.isEmpty()) {     // announce, fence, look again
///     ring.submitAndWait(1, timeoutNanos);
///     wakeup.unparked();
/// } else {
///     wakeup.unparked();
///     ring.submit();
/// }
/// ```
///
/// Any other thread: `inbox.offer(item); wakeup.wake();`
///
/// The owner stores the flag, then loads the inbox; a producer stores into the inbox, then loads the flag. Without a full
/// fence between the store and the load of either side, both loads may see the state before both stores: the producer reads
/// "not parked" and writes nothing, the owner reads "empty" and waits, for ever. With both fences at least one of
/// the two sees the other's store. `inbox.isEmpty()` must therefore be called after `parking()`, and `wake()` after the offer.
/// An item that the owner finds in its second look is drained in the next turn.
///
/// Wakes may be spurious: a producer that saw the flag can be late with its write.
public final class Wakeup implements AutoCloseable {
    private static final int RUNNING = 0;
    private static final int PARKED = 1;
    private static final int CLOSED = 2;

    private static final VarHandle STATE;
    private static final VarHandle WRITERS;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Wakeup.class, "state", int.class);
            WRITERS = MethodHandles.lookup().findVarHandle(Wakeup.class, "writers", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int MAPPED_BYTES = 4096;
    /// Bytes that the ring reads the eventfd's counter into.
    private static final int COUNTER = 0;
    /// Bytes that producers write: the constant 1. On another cache line than the counter.
    private static final int ONE = 128;

    private final IoUring ring;
    private final long userData;
    private final int fd;
    private final long memory;

    // Owned by the ring's thread.
    private boolean armed;
    private long wakes;

    // Shared with producers.
    private volatile int state;
    private volatile int writers;

    /// Creates the eventfd; nothing is armed yet.
    ///
    /// @param userData what the completions of the eventfd's read will carry
    /// @throws UringException when a descriptor or memory is refused
    public Wakeup(IoUring ring, long userData) {
        this.ring = ring;
        this.userData = userData;
        memory = Kernel.mmap(MAPPED_BYTES);
        if (memory < 0) {
            throw new UringException((int) -memory, "memory for a wakeup: " + Errno.describe((int) memory));
        }
        fd = Kernel.eventfd();
        if (fd < 0) {
            Kernel.munmap(memory, MAPPED_BYTES);
            throw new UringException(-fd, "eventfd: " + Errno.describe(fd));
        }
        RawMemory.putLong(memory + ONE, 1);
    }

    /// Prepares the read of the eventfd unless it is in flight; it is submitted with the owner's next submit.
    /// [#parking] does this too. Owner only.
    ///
    /// @return false when the submission queue is full
    public boolean arm() {
        armed = armed || ring.prepRead(fd, memory + COUNTER, 8, -1, userData);
        return armed;
    }

    /// The owner's handler calls this for a completion that carries the wakeup's user data, whatever its result.
    public void onCompletion() {
        armed = false;
        wakes++;
    }

    /// Announces that the owner is about to wait. The caller then looks into its inbox again. Owner only.
    ///
    /// @return false when the owner may not wait, because the eventfd could not be armed
    public boolean parking() {
        if (!arm()) {
            return false;
        }
        state = PARKED;
        VarHandle.fullFence(); // pairs with the fence in wake()
        return true;
    }

    /// Withdraws the announcement; after every [#parking]. Owner only.
    public void unparked() {
        if (state != CLOSED) {
            STATE.setRelease(this, RUNNING);
        }
    }

    /// Wakes the owner if it is parked; after the item is in the inbox. Any thread; does not block; no effect once closed.
    public void wake() {
        VarHandle.fullFence(); // pairs with the fence in parking(): the offer is visible before the flag is read.
        if (state == PARKED) {
            wakeSlow();
        }
    }

    private void wakeSlow() {
        // close() waits for writers, so that no write goes to a descriptor number that has a new tenant.
        WRITERS.getAndAdd(this, 1);
        if (STATE.compareAndSet(this, PARKED, RUNNING)) {
            Kernel.write(fd, memory + ONE, 8);
        }
        WRITERS.getAndAdd(this, -1);
    }

    /// Whether the announcement stands: made by the owner and not yet answered by a wake.
    boolean parked() {
        return state == PARKED;
    }

    /// Completed reads of the eventfd: wakes that took a system call. Owner only.
    public long wakes() {
        return wakes;
    }

    /// Cancels the read and closes the eventfd; idempotent. Owner only, before the ring is closed; the read's completion is
    /// still to be reaped.
    @Override
    public void close() {
        if (state == CLOSED) {
            return;
        }
        state = CLOSED;
        while (writers != 0) {
            Thread.onSpinWait();
        }
        // Else the kernel could write the counter into memory that has been unmapped.
        if (armed && !ring.isClosed()) {
            ring.cancelFdNow(fd);
        }
        Kernel.close(fd);
        Kernel.munmap(memory, MAPPED_BYTES);
    }
}
