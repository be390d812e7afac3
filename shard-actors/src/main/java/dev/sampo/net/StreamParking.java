package dev.sampo.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Lets a core's thread wait for its inboxes without the kernel's help: [LockSupport], unparked only by those who see that it
/// is parked.
///
/// The owner stores the flag, then looks at its inboxes; a producer stores into an inbox, then looks at the flag. Were either
/// pair of store and load reordered, both could miss the other's store: the producer unparks nobody and the owner waits
/// although there is work. A full fence between store and load on both sides excludes that: at least one of them sees the
/// other. An unpark that comes between the owner's second look and its wait is not lost either, since [LockSupport] keeps one
/// permit for a thread that does not wait yet. A permit left over makes a later wait end at once, which is harmless.
final class StreamParking {
    private static final int RUNNING = 0;
    private static final int PARKED = 1;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(StreamParking.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Thread owner;
    private volatile int state;

    // Owned by the owner's thread.
    private long parks;
    private long wakes;

    StreamParking(Thread owner) {
        this.owner = owner;
    }

    /// Waits at most `nanos` unless there is work. Owner only.
    ///
    /// @param idle asked after the announcement: whether no inbox holds anything
    void park(BooleanSupplier idle, long nanos) {
        state = PARKED;
        VarHandle.fullFence(); // pairs with the fence in wake()
        if (idle.getAsBoolean()) {
            parks++;
            LockSupport.parkNanos(this, nanos);
        }
        if (!STATE.compareAndSet(this, PARKED, RUNNING)) {
            wakes++;
        }
    }

    /// Ends the wait, if there is one; to be called after the store into an inbox. Any thread.
    void wake() {
        VarHandle.fullFence(); // pairs with the fence in park(): the store into the inbox comes before the look at the flag.
        if (state == PARKED && STATE.compareAndSet(this, PARKED, RUNNING)) {
            LockSupport.unpark(owner);
        }
    }

    /// Times the owner has waited. Owner only.
    long parks() {
        return parks;
    }

    /// Times somebody saw the owner parked and woke it. Owner only.
    long wakes() {
        return wakes;
    }
}
