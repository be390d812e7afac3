package dev.sampo.engine;

import dev.sampo.engine.keyspace.Entry;

/// What the 24 access bits of an entry mean, in either of Redis's two ways. Under LRU policies they are the second of the
/// last access (wrapping after 194 days). Under LFU policies the low 8 bits are a logarithmic counter of accesses that
/// silence lets decay, and the high 16 the minute it was last decayed. Changing the policy does not convert entries; as
/// in Redis their bits are nonsense until they are next accessed.
public final class AccessClock {
    private static final int MASK = 0xFFFFFF;
    private static final int MINUTE_MASK = 0xFFFF;
    private static final int FREQUENCY_MAX = 255;
    /// What a new entry starts with, so that it is not the first to be thrown out.
    private static final int FREQUENCY_START = 5;

    private final Rng rng;
    private int second;
    private int minute;
    private boolean frequency;
    private int logFactor;
    private int decayMinutes;

    AccessClock(Rng rng) {
        this.rng = rng;
    }

    void now(long unixMillis) {
        second = (int) (unixMillis / 1000) & MASK;
        minute = (int) (unixMillis / 60_000) & MINUTE_MASK;
    }

    void settings(Settings settings) {
        frequency = settings.frequency();
        logFactor = settings.lfuLogFactor();
        decayMinutes = settings.lfuDecayMinutes();
    }

    /// Whether entries count accesses, under an LFU policy.
    public boolean isFrequency() {
        return frequency;
    }

    /// The access bits of an entry that is made now.
    public int initial() {
        return frequency ? minute << 8 | FREQUENCY_START : second;
    }

    /// Notes an access.
    void touch(long e) {
        if (frequency) {
            Entry.access(e, minute << 8 | increased(frequency(e)));
        } else if ((Entry.access(e) & MASK) != second) {
            Entry.access(e, second);
        }
    }

    /// Gives an entry that comes from elsewhere the access it had there.
    ///
    /// @param idleSeconds since its last access, -1 = not known
    /// @param frequency its access counter, -1 = not known
    public void restore(long e, long idleSeconds, long frequency) {
        if (this.frequency && frequency >= 0) {
            Entry.access(e, minute << 8 | (int) frequency);
        } else if (!this.frequency && idleSeconds >= 0) {
            Entry.access(e, second - (int) Math.min(idleSeconds, MASK) & MASK);
        }
    }

    /// Whole seconds since the last access; only under LRU policies.
    public int idleSeconds(long e) {
        return second - Entry.access(e) & MASK;
    }

    /// The decayed access counter, 0 to 255; only under LFU policies.
    public int frequency(long e) {
        int access = Entry.access(e) & MASK;
        int counter = access & FREQUENCY_MAX;
        if (decayMinutes == 0) {
            return counter;
        }
        int elapsed = minute - (access >>> 8) & MINUTE_MASK;
        return Math.max(counter - elapsed / decayMinutes, 0);
    }

    /// One more, with a probability that falls with the counter.
    private int increased(int counter) {
        if (counter == FREQUENCY_MAX) {
            return counter;
        }
        int base = Math.max(counter - FREQUENCY_START, 0);
        return rng.nextInt(base * logFactor + 1) == 0 ? counter + 1 : counter;
    }
}
