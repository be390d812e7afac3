package dev.sampo.shard;

import dev.sampo.engine.Clock;

/// The machine's clock.
final class SystemClock implements Clock {
    @Override
    public long unixMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
