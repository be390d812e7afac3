package dev.sampo.testkit;

import java.util.Set;

/// The differential fuzzer from the command line; exit code 1 when the servers differ.
public final class Fuzz {
    private static final String USAGE =
            "Fuzz --a redis --b redis|sampo|<port> --shards N --transport uring|stream --pipelines N --seed N --resp 2|3 "
                    + "--commands N --round N --events yes|no --without COMMAND,... ";

    private Fuzz() {
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final DifferentialFuzzer.Settings settings = new DifferentialFuzzer.Settings(options.large("seed", 1),
                options.number("round", 0),
                options.number("pipelines", 100_000), options.number("resp", 2), options.number("commands", 64),
                Set.of(options.text("without", "").split(",")), "yes".equals(options.text("events", "no")));
        final long start = System.nanoTime();
        try (ServerUnderTest a = options.server("a", "redis"); ServerUnderTest b = options.server("b", "sampo")) {
            final DifferentialFuzzer.Outcome outcome = new DifferentialFuzzer(a, b, settings).run();
            System.out.println(a.name() + " and " + b.name() + ", seed " + settings.seed() + ", RESP" + settings.resp() + ", "
                    + (System.nanoTime() - start) / 1_000_000_000 + " s: " + outcome);
            if (outcome.difference() != null && !b.output().isEmpty()) {
                System.out.println("last output of " + b.name() + ":\n" + b.output());
            }
            System.exit(outcome.difference() == null && outcome.replies() > 0 ? 0 : 1);
        }
    }
}
