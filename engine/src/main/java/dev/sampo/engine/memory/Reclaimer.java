package dev.sampo.engine.memory;

import dev.sampo.resp.OffHeap;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// The thread that frees what is too big to free on a core thread: giving pages back to the system takes time in
/// proportion to their number. Any thread may hand over work; it is done in the order of arrival.
public final class Reclaimer implements AutoCloseable {
    /// Does everything at once on the caller's thread: for simulations, tests and embedded use.
    public static final Reclaimer INLINE = new Reclaimer();

    /// Blocks above this many bytes are handed over; smaller ones are cheaper to free in place.
    public static final long THRESHOLD = 64 << 10;

    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong pending = new AtomicLong();
    /// Written true by the thread before its last look at the queue, false by whoever wakes it: an offer that the
    /// last look missed therefore finds it true.
    private volatile boolean parked;
    private volatile boolean closed;

    private Reclaimer() {
        thread = null;
    }

    private Reclaimer(String name) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::work);
    }

    /// Starts a daemon thread of this name.
    public static Reclaimer start(String name) {
        Reclaimer reclaimer = new Reclaimer(name);
        reclaimer.thread.start();
        return reclaimer;
    }

    /// Frees a block of [OffHeap], at once when it is small.
    public void free(long address, long size) {
        if (size <= THRESHOLD || isInline()) {
            OffHeap.free(address, size);
        } else {
            run(() -> OffHeap.free(address, size));
        }
    }

    /// Runs a task that frees things the caller no longer touches. An exception in it goes to the thread's handler for
    /// uncaught exceptions and does not stop the thread.
    public void run(Runnable task) {
        if (isInline()) {
            task.run();
            return;
        }
        if (closed) {
            throw new IllegalStateException("the reclaimer is closed");
        }
        pending.incrementAndGet();
        queue.add(task);
        if (parked) {
            parked = false;
            LockSupport.unpark(thread);
        }
    }

    private boolean isInline() {
        return thread == null || thread == Thread.currentThread();
    }

    /// Number of tasks not yet finished.
    public long pending() {
        return pending.get();
    }

    private void work() {
        while (true) {
            Runnable task = queue.poll();
            if (task != null) {
                perform(task);
            } else if (closed) {
                return;
            } else {
                parked = true;
                if (queue.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                parked = false;
            }
        }
    }

    private void perform(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        } finally {
            pending.decrementAndGet();
        }
    }

    /// Finishes what was handed over and ends the thread. [#INLINE] has nothing to close.
    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        closed = true;
        LockSupport.unpark(thread);
        Threads.awaitEnd(thread);
    }
}
