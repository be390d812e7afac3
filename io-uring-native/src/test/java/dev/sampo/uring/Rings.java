package dev.sampo.uring;

import org.junit.jupiter.api.Assumptions;

/// What the tests of rings share.
final class Rings {
    static final long SECOND = 1_000_000_000L;
    /// How long a test waits for something that must happen.
    static final long PATIENCE_NANOS = 20 * SECOND;

    private Rings() {
    }

    /// Skips the calling test class, with the reason on the console, where the kernel has no io_uring for us.
    static void assumeAvailable() {
        Probe probe = IoUring.probe();
        if (!probe.supported()) {
            System.err.println("SKIPPED, no io_uring: " + probe.reason());
        }
        Assumptions.assumeTrue(probe.supported(), probe.reason());
    }

    /// Submits, waits and reaps until the recorder holds `count` completions.
    static void await(IoUring ring, Completions completions, int count) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (completions.count() < count) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("only " + completions.count() + " of " + count + " completions came: " + completions);
            }
            ring.submitAndWait(1, SECOND / 10);
            ring.reap(completions, Integer.MAX_VALUE);
        }
    }
}
