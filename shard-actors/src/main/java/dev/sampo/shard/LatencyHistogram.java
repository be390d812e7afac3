package dev.sampo.shard;

/// How often a command took how long: counts by duration, eight steps an octave, so that a percentile is off by an eighth at
/// most. 4 KiB; one per command and core that has been timed.
final class LatencyHistogram {
    private static final int STEPS = 8;
    private static final int STEP_BITS = 3;
    private static final int OCTAVES = 64;
    /// The finest step that LATENCY HISTOGRAM shows is 2^10 ns.
    private static final int FIRST_OCTAVE = 10;

    private final long[] counts = new long[OCTAVES * STEPS];
    private long calls;

    /// Counts a command that took `nanos`, and as many like it as `weight` says.
    void record(long nanos, long weight) {
        counts[step(nanos)] += weight;
        calls += weight;
    }

    void add(LatencyHistogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        calls += other.calls;
    }

    LatencyHistogram copy() {
        LatencyHistogram copy = new LatencyHistogram();
        copy.add(this);
        return copy;
    }

    long calls() {
        return calls;
    }

    private static int step(long nanos) {
        int octave = 63 - Long.numberOfLeadingZeros(nanos | 1);
        int within = octave < STEP_BITS ? (int) (nanos << STEP_BITS - octave) : (int) (nanos >>> octave - STEP_BITS);
        return octave << STEP_BITS | within & STEPS - 1;
    }

    /// The duration below which `percent` of the commands were, in ns; 0 when there was none.
    long percentile(double percent) {
        long wanted = Math.max(1, (long) Math.ceil(calls * percent / 100));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (counts[i] != 0 && seen >= wanted) {
                return upperNanos(i);
            }
        }
        return 0;
    }

    private static long upperNanos(int step) {
        int octave = step >>> STEP_BITS;
        long next = STEPS + (step & STEPS - 1) + 1L;
        return octave < STEP_BITS ? next >>> STEP_BITS - octave : (next << octave - STEP_BITS) - 1;
    }

    /// Buckets for LATENCY HISTOGRAM: their number, those left out in which nothing was.
    int buckets() {
        int buckets = 0;
        for (int bucket = 0; bucket + FIRST_OCTAVE < OCTAVES; bucket++) {
            buckets += within(bucket) > 0 ? 1 : 0;
        }
        return buckets;
    }

    /// Hands the upper bound in microseconds and the number of commands up to it to `visitor`, for each bucket that is not empty.
    void forEachBucket(BucketVisitor visitor) {
        long seen = 0;
        for (int bucket = 0; bucket + FIRST_OCTAVE < OCTAVES; bucket++) {
            long more = within(bucket);
            if (more > 0) {
                seen += more;
                visitor.visit(upperMicros(bucket), seen);
            }
        }
    }

    /// What one bucket holds.
    interface BucketVisitor {
        void visit(long upperMicros, long cumulativeCount);
    }

    private long within(int bucket) {
        int from = bucket == 0 ? 0 : (FIRST_OCTAVE + bucket - 1) * STEPS;
        int to = (FIRST_OCTAVE + bucket) * STEPS;
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += counts[i];
        }
        return sum;
    }

    /// The bounds that Redis prints: those of a histogram with two exact digits.
    private static long upperMicros(int bucket) {
        long bound = 1L << FIRST_OCTAVE + bucket;
        return (bound + bound / 128 - 1) / 1000;
    }
}
