package dev.sampo.shard;

/// How fast a counter grows: its growth over the last one to two seconds, per second. For one thread.
final class RateMeter {
    private static final int SAMPLES = 16;
    private static final long INTERVAL_MILLIS = 100;

    private final long[] millis = new long[SAMPLES];
    private final long[] totals = new long[SAMPLES];
    private int taken;

    /// Called at least ten times a second with the time and the counter.
    void sample(long nowMillis, long total) {
        if (taken > 0 && nowMillis - millis[last()] < INTERVAL_MILLIS) {
            return;
        }
        millis[taken % SAMPLES] = nowMillis;
        totals[taken % SAMPLES] = total;
        taken++;
    }

    double perSecond() {
        if (taken < 2) {
            return 0;
        }
        int first = taken <= SAMPLES ? 0 : taken % SAMPLES;
        long elapsed = millis[last()] - millis[first];
        return elapsed <= 0 ? 0 : (totals[last()] - totals[first]) * 1000.0 / elapsed;
    }

    private int last() {
        return (taken - 1) % SAMPLES;
    }
}
