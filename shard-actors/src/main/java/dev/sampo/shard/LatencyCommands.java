package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// LATENCY: what took longer than `latency-monitor-threshold`, and how long commands take, over all cores.
/// Contract: https://redis.io/commands/latency-doctor and its neighbours
final class LatencyCommands {
    private static final String[] HELP = HelpText.of("LATENCY",
        "DOCTOR", "Tell in words what was slow.",
        "GRAPH <event>", "Draw the samples of an event.",
        "HISTOGRAM [<command> ...]", "Show how often commands took how long.",
        "HISTORY <event>", "Show the samples of an event: unix time and milliseconds.",
        "LATEST", "Show for each event its name, when it was last seen, how long it took then, and how long at most.",
        "RESET [<event> ...]", "Forget the samples of events, of all if none is named.");
    private static final int GRAPH_ROWS = 4;
    private static final int GRAPH_COLUMNS = 80;

    private LatencyCommands() {
    }

    static void register(CommandTable.Builder t) {
        long flags = ADMIN | NOSCRIPT | LOADING | STALE;
        String[] tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"};
        CommandTable.Builder sub = t.container("LATENCY", -2, 0, 0).children();
        sub.session("DOCTOR", 2, flags, 0, LatencyCommands::doctor).tips(tips);
        sub.session("GRAPH", 3, flags, 0, LatencyCommands::graph).tips(tips);
        sub.session("HISTOGRAM", -2, flags, 0, LatencyCommands::histogram).tips(tips);
        sub.session("HISTORY", 3, flags, 0, LatencyCommands::history).tips(tips);
        sub.session("LATEST", 2, flags, 0, LatencyCommands::latest).tips(tips);
        sub.session("RESET", -2, flags, 0, LatencyCommands::reset).tips("request_policy:all_nodes", "response_policy:all_succeeded");
        sub.session("HELP", 2, LOADING | STALE, 0, (s, a, r) -> HelpText.write(HELP, r));
    }

    /// LATENCY LATEST -> array of [event, unix time, ms of the latest sample, ms at most]. O(N) for N samples.
    /// https://redis.io/commands/latency-latest
    private static void latest(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> core.latency.all(), (maps, late) -> {
            Map<String, LatencyEvents.Series> all = LatencyEvents.merged(maps);
            late.array(all.size());
            all.forEach((event, series) -> {
                late.array(4);
                late.bulk(event);
                late.integer(series.latest().unixSeconds());
                late.integer(series.latest().millis());
                late.integer(series.maxMillis());
            });
        });
    }

    /// LATENCY HISTORY event -> array of [unix time, ms], the oldest first. O(N) for N samples.
    /// https://redis.io/commands/latency-history
    private static void history(Session s, Args a, ReplyWriter r) {
        String event = a.string(2);
        Client client = (Client) s;
        client.core.gather(client, core -> core.latency.all(), (maps, late) -> {
            LatencyEvents.Series series = LatencyEvents.merged(maps).get(event);
            List<LatencyEvents.Sample> samples = series == null ? List.of() : series.samples();
            late.array(samples.size());
            for (LatencyEvents.Sample sample : samples) {
                late.array(2);
                late.integer(sample.unixSeconds());
                late.integer(sample.millis());
            }
        });
    }

    /// LATENCY RESET [event ...] -> number of events that had samples. O(N). https://redis.io/commands/latency-reset
    private static void reset(Session s, Args a, ReplyWriter r) {
        List<String> events = new ArrayList<>();
        for (int i = 2; i < a.count(); i++) {
            events.add(a.string(i));
        }
        Client client = (Client) s;
        client.core.gather(client, core -> core.latency.reset(events), (lists, late) -> {
            Set<Object> gone = new TreeSet<>();
            for (Object list : lists) {
                gone.addAll((List<?>) list);
            }
            late.integer(gone.size());
        });
    }

    /// LATENCY GRAPH event -> text with a bar for each sample. O(N) for N samples. Errors: no samples.
    /// https://redis.io/commands/latency-graph
    private static void graph(Session s, Args a, ReplyWriter r) {
        String event = a.string(2);
        String quoted = Errors.quoted(a, 2);
        Client client = (Client) s;
        client.core.gather(client, core -> core.latency.all(), (maps, late) -> {
            LatencyEvents.Series series = LatencyEvents.merged(maps).get(event);
            if (series == null) {
                Errors.quoting(late, "ERR No samples available for event '" + quoted + "'");
            } else {
                late.verbatim("txt", graph(event, series));
            }
        });
    }

    private static String graph(String event, LatencyEvents.Series series) {
        int from = Math.max(0, series.samples().size() - GRAPH_COLUMNS);
        List<LatencyEvents.Sample> shown = series.samples().subList(from, series.samples().size());
        long high = shown.stream().mapToLong(LatencyEvents.Sample::millis).max().orElseThrow();
        long low = shown.stream().mapToLong(LatencyEvents.Sample::millis).min().orElseThrow();
        StringBuilder text = new StringBuilder(event + " - high " + high + " ms, low " + low + " ms (all time high " + series.maxMillis() + " ms)\n"
            + "-".repeat(GRAPH_COLUMNS) + "\n");
        for (int row = GRAPH_ROWS; row > 0; row--) {
            for (LatencyEvents.Sample sample : shown) {
                double height = high == low ? GRAPH_ROWS : 1 + (GRAPH_ROWS - 1.0) * (sample.millis() - low) / (high - low);
                text.append(height >= row ? '#' : height > row - 1 ? '_' : ' ');
            }
            text.append('\n');
        }
        return text.append("\nOne column for each second with an event, the oldest on the left.\n").toString();
    }

    /// LATENCY DOCTOR -> text. O(N) for N samples. https://redis.io/commands/latency-doctor
    private static void doctor(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        long threshold = client.core.config().latencyMonitorThreshold();
        client.core.gather(client, core -> core.latency.all(), (maps, late) ->
            late.verbatim("txt", diagnosis(LatencyEvents.merged(maps), threshold)));
    }

    private static String diagnosis(Map<String, LatencyEvents.Series> all, long threshold) {
        if (threshold == 0 && all.isEmpty()) {
            return "Latency monitoring is disabled: nothing was watched. CONFIG SET latency-monitor-threshold <milliseconds> enables it.\n";
        }
        if (all.isEmpty()) {
            return "No event took " + threshold + " ms or longer since the last LATENCY RESET.\n";
        }
        StringBuilder text = new StringBuilder("Events that took latency-monitor-threshold or longer:\n");
        all.forEach((event, series) -> {
            double average = series.samples().stream().mapToLong(LatencyEvents.Sample::millis).average().orElse(0);
            text.append("\n- ").append(event).append(": ").append(series.samples().size()).append(" seconds with one, on average ")
                .append(Math.round(average)).append(" ms, at most ").append(series.maxMillis()).append(" ms. ").append(advice(event)).append('\n');
        });
        return text.toString();
    }

    private static String advice(String event) {
        return switch (event) {
            case LatencyEvents.COMMAND -> "SLOWLOG GET shows which commands; slowlog-log-slower-than decides what it keeps.";
            case LatencyEvents.FAST_COMMAND -> "Commands that do little took long: the system may be short of processors or memory.";
            case LatencyEvents.EXPIRE_CYCLE -> "Many keys expire together: spread their times, or lower active-expire-effort.";
            default -> "Memory is full: raise maxmemory, or lower maxmemory-eviction-tenacity.";
        };
    }

    /// LATENCY HISTOGRAM [command ...] -> map of commands that have run to the number of measured calls and, for each bucket that is
    /// not empty, its upper bound in microseconds and the calls up to it. A container stands for its subcommands. O(N) for N
    /// commands. https://redis.io/commands/latency-histogram
    private static void histogram(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        CommandTable table = client.core.node.table();
        Set<CommandSpec> wanted = new LinkedHashSet<>();
        for (int i = 2; i < a.count(); i++) {
            CommandSpec spec = table.find(a.string(i));
            if (spec != null) {
                wanted.add(spec);
                wanted.addAll(spec.subcommands());
            }
        }
        Set<CommandSpec> shown = a.count() == 2 ? new LinkedHashSet<>(table.all()) : wanted;
        client.core.gather(client, LatencyCommands::histograms, (maps, late) -> {
            Map<Integer, LatencyHistogram> all = merged(maps);
            Map<String, LatencyHistogram> found = new LinkedHashMap<>();
            for (CommandSpec spec : shown) {
                if (all.containsKey(spec.id())) {
                    found.put(spec.fullName(), all.get(spec.id()));
                }
            }
            late.map(found.size());
            found.forEach((name, one) -> write(name, one, late));
        });
    }

    private static void write(String name, LatencyHistogram histogram, ReplyWriter r) {
        r.bulk(name);
        r.map(2);
        r.bulk("calls");
        r.integer(histogram.calls());
        r.bulk("histogram_usec");
        r.map(histogram.buckets());
        histogram.forEachBucket((upperMicros, count) -> {
            r.integer(upperMicros);
            r.integer(count);
        });
    }

    /// Copies of what a core has measured, by row.
    static Map<Integer, LatencyHistogram> histograms(Core core) {
        Map<Integer, LatencyHistogram> all = new HashMap<>();
        for (CommandSpec spec : core.node.table().all()) {
            LatencyHistogram one = core.timer.histogramOf(spec.id());
            if (one != null) {
                all.put(spec.id(), one.copy());
            }
        }
        return all;
    }

    private static Map<Integer, LatencyHistogram> merged(Object[] maps) {
        Map<Integer, LatencyHistogram> all = new HashMap<>();
        for (Object map : maps) {
            ((Map<?, ?>) map).forEach((id, one) ->
                all.computeIfAbsent((Integer) id, _ -> new LatencyHistogram()).add((LatencyHistogram) one));
        }
        return all;
    }
}
