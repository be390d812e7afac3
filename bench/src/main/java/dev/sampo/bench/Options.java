package dev.sampo.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The command line of `bench/compare`.
final class Options {
    /// Every option with its default and meaning. A default of `no` marks a switch.
    private static final String TABLE = """
            workloads=get,set,incr,mset,publish,mix|what to run, or 'all'
            pipelines=1,16,64|requests in flight per connection
            connections=50|connections that send
            subscribers=10|listeners of the publish workload
            keys=1000000|keys of 16 bytes loaded before, and counters
            value-size=64|bytes of a value
            members=100000|different members and fields
            rounds=5|rounds, each server first in every other one
            instances=1|times both servers are started afresh; the rounds are repeated with each
            window=3|seconds measured
            ramp=1|seconds of load before every window
            warmup=10|seconds of warm-up per workload, the server under test
            warmup-reference=2|seconds of warm-up per workload, the reference
            rate=20000|requests per second of the open loop, 0 for none
            rate-workloads=get,set,mix|what to run at that rate
            no-closed=no|leave out the closed loop
            shards=1|shards of the server under test
            unpinned=no|bind neither servers nor load to a CPU
            server-cpu=0|CPU of the servers
            load-cpu=1|CPU of the load
            sampo-command=|command line of the server under test, see docs/bench/README.md
            redis-command=|command line of the reference
            subject-name=sampo|name of the server under test in the report
            json=|file for all measurements
            markdown=|file for the tables
            memory=no|compare memory and start times instead
            memory-value-size=32|bytes of a value when memory is compared
            churn-minutes=10|minutes of churn of the reference, 0 for none
            churn-slice=5|seconds of churn before the servers take turns
            starts=5|starts timed
            gc-log=no|look for garbage collection pauses of the server under test instead
            gc-seconds=60|seconds of mixed load for that
            list=no|list the workloads
            help=no|this text
            """;

    private final Map<String, String> values = new LinkedHashMap<>();

    /// @throws IllegalArgumentException with one clear line
    static Options parse(String... args) {
        Options options = new Options();
        for (String line : TABLE.split("\n")) {
            options.values.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1, line.indexOf('|')));
        }
        for (int i = 0; i < args.length; i++) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            String before = options.values.get(name);
            if (before == null) {
                throw new IllegalArgumentException("unknown option " + args[i] + "; --help lists them");
            }
            if (before.equals("no") || before.equals("yes")) {
                options.values.put(name, "yes");
            } else if (i + 1 == args.length) {
                throw new IllegalArgumentException("a value is missing after " + args[i]);
            } else {
                options.values.put(name, args[++i]);
            }
        }
        return options;
    }

    static String help() {
        StringBuilder help = new StringBuilder("bench/compare [options]: a server beside redis-server, measured in turns\n");
        for (String line : TABLE.split("\n")) {
            String name = line.substring(0, line.indexOf('='));
            String standard = line.substring(line.indexOf('=') + 1, line.indexOf('|'));
            String meaning = line.substring(line.indexOf('|') + 1);
            help.append("  --%-18s %s%s%n".formatted(name, meaning,
                    standard.isEmpty() || standard.equals("no") ? "" : " [" + standard + "]"));
        }
        return help.toString();
    }

    boolean is(String name) {
        return text(name).equals("yes");
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("no option " + name);
        }
        return value;
    }

    /// A whole number of at least `min`.
    int integer(String name, int min) {
        try {
            int value = Integer.parseInt(text(name));
            if (value >= min) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " takes a whole number, not '" + text(name) + "'", e);
        }
        throw new IllegalArgumentException("--" + name + " is at least " + min);
    }

    /// A number of at least 0.
    double number(String name) {
        try {
            double value = Double.parseDouble(text(name));
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " takes a number, not '" + text(name) + "'", e);
        }
        throw new IllegalArgumentException("--" + name + " is at least 0");
    }

    /// The words of a comma-separated value.
    List<String> words(String name) {
        return Arrays.stream(text(name).split(",")).map(String::strip).filter(word -> !word.isEmpty()).toList();
    }

    /// All settings, for the report.
    Map<String, String> all() {
        return Map.copyOf(values);
    }
}
