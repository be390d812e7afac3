package dev.sampo.engine;

/// A clock that stands still until it is moved.
public final class SimClock implements Clock {
    private long nanos;
    private final long startMillis;

    public SimClock(long startMillis) {
        this.startMillis = startMillis;
    }

    /// Moves on.
    public void advanceMillis(long millis) {
        nanos += millis * 1_000_000;
    }

    @Override
    public long unixMillis() {
        return startMillis + nanos / 1_000_000;
    }

    @Override
    public long nanoTime() {
        return nanos;
    }
}
