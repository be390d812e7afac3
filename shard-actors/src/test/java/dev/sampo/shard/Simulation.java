package dev.sampo.shard;

import dev.sampo.resp.OffHeap;
import java.util.Map;
import java.util.TreeMap;

/// Runs seeded simulations of a whole node on one thread and checks them: replies in order and complete, strict
/// serializability against a single-shard model, sums that transfers preserve, no lost wake, nothing leaked. See
/// [SimScheduler] for what a seed decides and [SimObserver] for what is compared.
public final class Simulation {
    private Simulation() {
    }

    /// Runs one seed.
    ///
    /// @param steps of the scheduler; each lets one thing happen somewhere
    /// @param shards number of cores
    /// @return what was done and checked, by name
    /// @throws AssertionError with the one line that repeats the run, and its last events
    public static Map<String, Long> run(long seed, int steps, int shards) {
        long before = OffHeap.liveAllocations();
        Map<String, Long> counts;
        try {
            counts = attempt(seed, steps, shards);
        } catch (RuntimeException | Error e) {
            throw failure(seed, steps, shards, e);
        }
        long leaked = OffHeap.liveAllocations() - before;
        if (leaked != 0) {
            throw new AssertionError(line(seed, steps, shards) + "\n" + leaked + " off-heap allocations leaked");
        }
        return counts;
    }

    private static Map<String, Long> attempt(long seed, int steps, int shards) {
        try (SimScheduler scheduler = new SimScheduler(seed, shards, false)) {
            scheduler.run(steps);
            return new TreeMap<>(scheduler.counts());
        }
    }

    /// Runs a seed that failed once more, this time remembering what happens.
    private static AssertionError failure(long seed, int steps, int shards, Throwable first) {
        StringBuilder text = new StringBuilder(line(seed, steps, shards)).append('\n');
        text.append(first instanceof SimFailure ? first.getMessage() : first).append('\n');
        SimScheduler scheduler = new SimScheduler(seed, shards, true);
        try {
            scheduler.run(steps);
            text.append("A second run of the seed did not fail: something besides the seed decides.\n");
        } catch (RuntimeException | Error again) {
            text.append("The last events (step, what happened):\n");
            scheduler.lastEvents().forEach(event -> text.append(event).append('\n'));
        }
        return new AssertionError(text.toString(), first);
    }

    private static String line(long seed, int steps, int shards) {
        return "Reproduce: ./dev sim --seed " + seed + " --steps " + steps + " --shards " + shards
            + (SimScheduler.REPEATABLE ? "" : " (perhaps not: keys are hashed under another seed in this process)");
    }
}
