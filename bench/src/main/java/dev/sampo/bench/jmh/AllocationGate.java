package dev.sampo.bench.jmh;

import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs benchmarks with JMH's own options and fails when one of them allocates: `bench/jmh --gate`.
public final class AllocationGate {
    /// The profiler divides everything the thread allocated by the operations, so that a silent benchmark shows a tiny fraction.
    private static final double BYTES_MAX = 0.5;
    private static final String METRIC = "gc.alloc.rate.norm";

    private AllocationGate() {
    }

    public static void main(String[] args) throws RunnerException, CommandLineOptionException {
        Collection<RunResult> results = new Runner(new OptionsBuilder().parent(new CommandLineOptions(args))
                .addProfiler(GCProfiler.class).build()).run();
        int checked = 0;
        int failed = 0;
        for (RunResult result : results) {
            for (Result<?> figure : result.getSecondaryResults().values()) {
                if (figure.getLabel().endsWith(METRIC)) {
                    checked++;
                    boolean silent = figure.getScore() <= BYTES_MAX;
                    failed += silent ? 0 : 1;
                    System.out.printf("%s %.3f B/op  %s %s%n", silent ? "ok  " : "FAIL", figure.getScore(),
                            result.getParams().getBenchmark(), result.getParams().getParamsKeys().stream()
                                    .map(result.getParams()::getParam).toList());
                }
            }
        }
        System.out.println(checked + " benchmarks checked, " + failed + " allocate");
        System.exit(checked == 0 || failed > 0 ? 1 : 0);
    }
}
