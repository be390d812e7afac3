package dev.sampo.engine;

/// Where time comes from. The engine itself never asks: whoever drives it reads the clock once a turn and hands the
/// result to [CommandContext#now(long)]. Simulations implement it with virtual time.
public interface Clock {
    /// The operating system's clocks.
    Clock SYSTEM = new Clock() {
        @Override
        public long unixMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    };

    /// Wall clock: milliseconds since 1970-01-01 UTC.
    long unixMillis();

    /// Monotonic nanoseconds from an arbitrary origin; only differences mean something.
    long nanoTime();
}
