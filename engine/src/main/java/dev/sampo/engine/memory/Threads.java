package dev.sampo.engine.memory;

/// What owners of threads need.
public final class Threads {
    private Threads() {
    }

    /// Waits until a thread has ended. An interrupt does not end the wait; it is kept for the caller.
    public static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
