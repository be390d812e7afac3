package dev.sampo.testkit;

import dev.sampo.shard.Simulation;
import java.util.Map;
import java.util.TreeMap;

/// Simulations of a whole node from the command line (`./dev sim`): each seed is one schedule, and the same every time. Exit
/// code 1 and the line that repeats the run when a check fails.
public final class Simulate {
    private static final String USAGE = "Simulate --seed N --seeds N --steps N --shards N ";

    private Simulate() {
    }

    /// @param args see the usage text; without `--shards` seeds take 1 to 4 shards in turn
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final long first = options.large("seed", 1);
        final int shards = options.number("shards", 0);
        final Map<String, Long> total = new TreeMap<>();
        for (long seed = first; seed < first + options.large("seeds", 1); seed++) {
            try {
                Simulation.run(seed, options.number("steps", 2000), shards == 0 ? 1 + (int) (seed % 4) : shards)
                        .forEach((name, value) -> total.merge(name, value, Long::sum));
            } catch (AssertionError e) {
                System.out.println(e.getMessage());
                System.exit(1);
            }
        }
        System.out.println("all checks held: " + total);
    }
}
