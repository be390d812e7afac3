package dev.sampo.engine.command;

/// Times in requests as absolute deadlines in unix ms.
final class Deadlines {
    /// The time cannot be a deadline.
    static final long INVALID = Long.MIN_VALUE;

    private Deadlines() {
    }

    /// A positive time to live.
    static long fromTtl(long ttl, boolean seconds, long now) {
        long millis = positiveMillis(ttl, seconds);
        return millis == INVALID || millis > Long.MAX_VALUE - now ? INVALID : now + millis;
    }

    /// A positive point in time.
    static long positiveMillis(long time, boolean seconds) {
        if (time <= 0 || seconds && time > Long.MAX_VALUE / 1000) {
            return INVALID;
        }
        return seconds ? time * 1000 : time;
    }

    /// Any time, relative to `base`, which is not negative; the result may lie in the past or be negative.
    static long from(long time, boolean seconds, long base) {
        if (seconds && (time > Long.MAX_VALUE / 1000 || time < Long.MIN_VALUE / 1000)) {
            return INVALID;
        }
        long millis = seconds ? time * 1000 : time;
        if (millis > Long.MAX_VALUE - base) {
            return INVALID;
        }
        // The one result that means something else lies as far in the past as its neighbour.
        return Math.max(millis + base, INVALID + 1);
    }
}
