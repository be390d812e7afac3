package dev.sampo.shard;

import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.shard.config.ServerConfig;
import java.util.Arrays;
import java.util.Set;

/// Measures how long the commands of one core take, without a clock per command where that would be felt. HOT.
///
/// What takes long by nature (rows that are not FAST, requests with many arguments) is always measured by itself: against its
/// work two looks at the clock are nothing. The others, whose work is bounded, are measured by themselves
/// - in small batches, where the system calls around a command cost far more,
/// - in one large batch of [#SAMPLED_BATCHES], where each stands for as many like it,
/// - in every batch, while the slow log asks for commands faster than [#EACH_NANOS].
///
/// In all other batches only the batch as a whole is. When that, without what was measured in it, took as long as a slow
/// command, then one of its commands did: [#endBatch()] says so, and the core finds out which is to blame.
final class CommandTimer {
    private static final int SMALL_BATCH = 4;
    /// One large batch in so many is measured command by command: 2 to the power of 64 less the shift.
    private static final int SAMPLED_BATCHES = 64;
    private static final int SAMPLE_SHIFT = 58;
    private static final long EACH_NANOS = 1_000_000;
    private static final int MANY_ARGUMENTS = 64;
    /// Not FAST in Redis, although their work is bounded by the size of the request.
    private static final Set<String> BOUNDED = Set.of("set", "setex", "psetex", "mset", "msetnx", "getrange", "substr", "setrange", "del", "rename",
        "lset", "rpoplpush", "lmove", "config", "command");

    /// By row: measured by itself.
    private final boolean[] alone;
    private final long[] nanos;
    private final long[] timed;
    private final LatencyHistogram[] histograms;

    private long slowNanos;
    private long eventNanos;
    private long reportNanos;
    private boolean tracking;

    // ---- the batch in work
    private boolean each;
    private long weight;
    /// A sequence without rhythm, so that sampling cannot fall in with one of the batches.
    private long lot = 1;
    private long began;
    /// When the command before ended.
    private long last;
    private long measured;

    CommandTimer(CommandTable table, ServerConfig config) {
        alone = new boolean[table.size()];
        nanos = new long[table.size()];
        timed = new long[table.size()];
        histograms = new LatencyHistogram[table.size()];
        for (CommandSpec spec : table.all()) {
            alone[spec.id()] = !spec.is(CommandFlag.FAST) && !BOUNDED.contains(spec.name());
        }
        configure(config);
    }

    void configure(ServerConfig config) {
        slowNanos = config.slowlogLogSlowerThan() < 0 ? Long.MAX_VALUE : saturated(config.slowlogLogSlowerThan(), 1000);
        eventNanos = config.latencyMonitorThreshold() == 0 ? Long.MAX_VALUE : saturated(config.latencyMonitorThreshold(), 1_000_000);
        reportNanos = Math.min(slowNanos, eventNanos);
        tracking = config.latencyTracking();
    }

    private static long saturated(long value, long factor) {
        return value > Long.MAX_VALUE / factor ? Long.MAX_VALUE - 1 : value * factor;
    }

    // ---- batches ----

    /// A batch of so many commands begins.
    void beginBatch(int commands) {
        lot = lot * 6364136223846793005L + 1442695040888963407L;
        boolean sampled = lot >>> SAMPLE_SHIFT == 0;
        each = commands <= SMALL_BATCH || sampled || reportNanos < EACH_NANOS;
        weight = sampled && commands > SMALL_BATCH && reportNanos >= EACH_NANOS ? SAMPLED_BATCHES : 1;
        measured = 0;
        began = System.nanoTime();
        last = began;
    }

    /// The batch is over. Returns the time that commands took which were not measured by themselves, -1 when all were.
    long endBatch() {
        return each ? -1 : System.nanoTime() - began - measured;
    }

    /// A command begins. Returns what [#stop] takes, 0 = it is not measured.
    long start(CommandSpec spec, int arguments) {
        return each ? last : isAlone(spec, arguments) ? System.nanoTime() : 0;
    }

    /// Whether a command is measured by itself in any batch.
    boolean isAlone(CommandSpec spec, int arguments) {
        return alone[spec.id()] || arguments > MANY_ARGUMENTS;
    }

    /// The command that was started is over. Returns how long it took.
    long stop(CommandSpec spec, int arguments, long start) {
        last = System.nanoTime();
        long took = last - start;
        measured += took;
        long like = weight == 1 || isAlone(spec, arguments) ? 1 : weight;
        int id = spec.id();
        nanos[id] += took * like;
        timed[id] += like;
        if (tracking) {
            histogram(id).record(took, like);
        }
        return took;
    }

    /// As [#start], for a command inside a transaction, whose commands are no batch.
    long startQueued(CommandSpec spec, int arguments) {
        return reportNanos < EACH_NANOS || isAlone(spec, arguments) ? System.nanoTime() : 0;
    }

    private LatencyHistogram histogram(int id) {
        LatencyHistogram histogram = histograms[id];
        if (histogram == null) {
            histogram = new LatencyHistogram();
            histograms[id] = histogram;
        }
        return histogram;
    }

    // ---- slow commands ----

    /// Whether somebody wants to know of a command that took so long.
    boolean isReported(long took) {
        return took >= reportNanos;
    }

    boolean isSlow(long took) {
        return took >= slowNanos;
    }

    boolean isEvent(long took) {
        return took >= eventNanos;
    }

    // ---- figures ----

    /// Time that the measured calls of a row took together.
    long nanos(int id) {
        return nanos[id];
    }

    /// Number of calls that were measured, or stood for.
    long timed(int id) {
        return timed[id];
    }

    /// Durations of a row since the last [#forgetHistograms()], or null.
    LatencyHistogram histogramOf(int id) {
        return histograms[id];
    }

    void forgetHistograms() {
        Arrays.fill(histograms, null);
    }
}
