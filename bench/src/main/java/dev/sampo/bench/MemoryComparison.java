package dev.sampo.bench;

import dev.sampo.bench.Report.Section;
import dev.sampo.bench.RequestPages.Ranges;
import dev.sampo.bench.ServerProcess.Spec;
import dev.sampo.bench.Subject.Plan;
import dev.sampo.bench.Workload.Step;
import dev.sampo.bench.Workloads.SizedRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Resident memory per key, freshly loaded and after churn, and the time to the first PONG.
///
/// Memory per key is what the process has grown since it was empty but warm, divided by the keys it holds.
final class MemoryComparison {
    private static final int CHURN_PIPELINE = 16;
    private static final int CHURN_PAGES = 256;
    private static final int CHURN_VALUE_MIN = 24;
    private static final int CHURN_VALUE_MAX = 64;
    /// Keys of the warm-up, removed before the empty server is weighed.
    private static final int WARM_KEYS = 1000;
    private static final long SETTLE_MILLIS = 2000;
    private static final int START_PATIENCE_SECONDS = 900;

    private final Options options;
    private final Plan plan;
    private final long keys;
    private final int valueBytes;

    MemoryComparison(Options options, Plan plan) {
        this.options = options;
        this.plan = plan;
        this.keys = plan.ranges().keys();
        this.valueBytes = options.integer("memory-value-size", RequestTemplate.DIGITS + 1);
    }

    /// @param nanos start of the process to its first PONG; the first start, which may build, is not among them
    record StartTimes(String name, double[] nanos) {
    }

    /// Starts and stops a server `count` times after one start that does not count.
    static StartTimes starts(Spec spec, Path directory, int count) throws IOException {
        double[] nanos = new double[count];
        for (int i = -1; i < count; i++) {
            try (ServerProcess server = ServerProcess.start(spec, directory, START_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                server.inspect("");
                if (i >= 0) {
                    nanos[i] = server.nanosToPong();
                }
            }
        }
        return new StartTimes(spec.name(), nanos);
    }

    /// One server on the scales.
    private static final class Scales {
        private final ServerProcess server;
        private final Subject subject;
        private long emptyBytes;
        private long loadedBytes;
        private long loadedKeys;
        private long churnedBytes;
        private long churnedKeys;
        private long churned;
        private double churnSeconds;
        private final List<Object> series = new ArrayList<>();

        Scales(ServerProcess server, Subject subject) {
            this.server = server;
            this.subject = subject;
        }

        private double loadedPerKey() {
            return (double) (loadedBytes - emptyBytes) / loadedKeys;
        }

        private double churnedPerKey() {
            return (double) (churnedBytes - emptyBytes) / churnedKeys;
        }
    }

    /// @param servers the reference and the server under test, both freshly started
    Report run(Map<String, Object> facts, List<ServerProcess> servers, List<StartTimes> starts, long ticksPerSecond)
            throws IOException {
        Plan weighed = new Plan(plan.ranges(), valueBytes, plan.connections(), plan.subscribers());
        List<Scales> scales = new ArrayList<>();
        for (ServerProcess server : servers) {
            scales.add(new Scales(server, new Subject(server, weighed, ticksPerSecond)));
        }
        fill(scales.getFirst(), options.number("warmup-reference"));
        fill(scales.getLast(), options.number("warmup"));
        double minutes = options.number("churn-minutes");
        if (minutes > 0) {
            churn(scales.getFirst(), scales.getLast(), minutes);
        }
        return report(facts, scales, starts, minutes > 0);
    }

    private void fill(Scales one, double warmSeconds) throws IOException {
        Compare.progress("weighing %s", one.server.name());
        churnFor(one, pages(new Ranges(WARM_KEYS, 1, 1), 1), warmSeconds, Long.MAX_VALUE);
        one.churned = 0;
        one.churnSeconds = 0;
        one.server.control().command("FLUSHALL");
        settle();
        requireKeys(one, 0, 0);
        one.emptyBytes = one.server.residentBytes();
        one.subject.loadStep(new Step("SET key:{seq} {value:l}", ReplyCheck.ok(), keys));
        settle();
        one.loadedKeys = requireKeys(one, keys, keys);
        one.loadedBytes = one.server.residentBytes();
    }

    /// The reference churns for a slice of time, the other does the same number of requests, until the reference's time is over.
    private void churn(Scales reference, Scales tested, double minutes) throws IOException {
        Ranges ranges = new Ranges(keys * 5 / 4, 1, 1);
        double slice = options.number("churn-slice");
        for (int i = 0; reference.churnSeconds < minutes * 60; i++) {
            long requests = churnFor(reference, pages(ranges, i), Math.min(slice, minutes * 60 - reference.churnSeconds + 0.001),
                    Long.MAX_VALUE);
            churnFor(tested, pages(ranges, i), Double.MAX_VALUE, requests);
            note(reference);
            note(tested);
            if (i % 12 == 0) {
                Compare.progress("churn: %.0f of %.0f s", reference.churnSeconds, minutes * 60);
            }
        }
        settle();
        for (Scales one : List.of(reference, tested)) {
            one.churnedKeys = requireKeys(one, keys * 95 / 100, keys * 105 / 100);
            one.churnedBytes = one.server.residentBytes();
        }
        if (reference.churned != tested.churned) {
            throw new IOException(reference.churned + " requests churned one server and " + tested.churned + " the other");
        }
    }

    /// Churns until the time is over or `limit` requests are sent, and returns how many were.
    private long churnFor(Scales one, RequestPages pages, double seconds, long limit) throws IOException {
        long start = System.nanoTime();
        long end = seconds == Double.MAX_VALUE ? Long.MAX_VALUE : start + (long) (seconds * 1e9);
        try (LoadGenerator generator = one.subject.generator(pages)) {
            generator.closedLoop(end, limit);
            generator.drain();
            one.subject.verifyReplies(generator, "churn");
            one.churned += generator.sent();
            one.churnSeconds += (System.nanoTime() - start) / 1e9;
            return generator.sent();
        }
    }

    /// Pages of requests drawn at random from the churn mixture: sizes and deletes in random order, the same for the same seed.
    private static RequestPages pages(Ranges ranges, int seed) {
        List<SizedRequest> mixture = Workloads.churn(CHURN_VALUE_MIN, CHURN_VALUE_MAX);
        List<RequestTemplate> templates = mixture.stream()
                .map(sized -> RequestTemplate.compile(sized.request().line(), sized.valueBytes())).toList();
        SplittableRandom random = new SplittableRandom(seed);
        List<RequestTemplate> cycle = new ArrayList<>();
        List<ReplyCheck> checks = new ArrayList<>();
        for (int i = 0; i < CHURN_PAGES * CHURN_PIPELINE; i++) {
            int drawn = random.nextInt(mixture.size());
            cycle.add(templates.get(drawn));
            checks.add(mixture.get(drawn).request().check());
        }
        return new RequestPages(cycle, checks, CHURN_PIPELINE, ranges, seed);
    }

    private static void note(Scales one) throws IOException {
        Map<String, Object> point = new LinkedHashMap<>();
        point.put("requests", one.churned);
        point.put("rss_bytes", one.server.residentBytes());
        point.put("keys", one.server.control().integer("DBSIZE"));
        one.series.add(point);
    }

    private static long requireKeys(Scales one, long min, long max) throws IOException {
        long size = one.server.control().integer("DBSIZE");
        if (size < min || size > max) {
            throw new IOException(one.server.name() + " holds " + size + " keys, expected " + min + " to " + max);
        }
        return size;
    }

    private static void settle() throws IOException {
        try {
            Thread.sleep(SETTLE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Report report(Map<String, Object> facts, List<Scales> scales, List<StartTimes> starts, boolean churned) {
        Scales a = scales.getFirst();
        Scales b = scales.getLast();
        TextTable table = new TextTable("memory", a.server.name(), b.server.name(), "ratio");
        table.row("empty and warm, RSS MiB", mebi(a.emptyBytes), mebi(b.emptyBytes), ratio(a.emptyBytes, b.emptyBytes));
        table.row(keys + " keys of 16 B + " + valueBytes + " B, RSS MiB", mebi(a.loadedBytes), mebi(b.loadedBytes),
                ratio(a.loadedBytes, b.loadedBytes));
        table.row("loaded, bytes per key over empty", Report.number(a.loadedPerKey()), Report.number(b.loadedPerKey()),
                ratio(a.loadedPerKey(), b.loadedPerKey()));
        if (churned) {
            table.row("after churn, keys", Long.toString(a.churnedKeys), Long.toString(b.churnedKeys),
                    ratio(a.churnedKeys, b.churnedKeys));
            table.row("after churn, RSS MiB", mebi(a.churnedBytes), mebi(b.churnedBytes), ratio(a.churnedBytes, b.churnedBytes));
            table.row("after churn, bytes per key over empty", Report.number(a.churnedPerKey()), Report.number(b.churnedPerKey()),
                    ratio(a.churnedPerKey(), b.churnedPerKey()));
        }
        List<Section> sections = new ArrayList<>(List.of(new Section("Memory", table)));
        Map<String, Object> data = new LinkedHashMap<>();
        for (Scales one : scales) {
            data.put("memory_" + one.server.name(), data(one, churned));
        }
        if (starts.getFirst().nanos().length > 0) {
            TextTable times = new TextTable("start to first PONG, ms", "median", "min", "max", "starts");
            for (StartTimes start : starts) {
                Summary summary = Summary.of(start.nanos());
                times.row(start.name(), Report.number(summary.median() / 1e6), Report.number(summary.min() / 1e6),
                        Report.number(summary.max() / 1e6), Integer.toString(summary.count()));
                data.put("start_ms_" + start.name(), summary.median() / 1e6);
            }
            sections.add(new Section("Start", times));
        }
        long checked = a.subject.checked() + b.subject.checked();
        List<String> notes = new ArrayList<>(List.of(checked + " replies checked, all as expected"));
        if (churned) {
            notes.add("churn: %d requests on each server, in %.0f s and %.0f s".formatted(a.churned, a.churnSeconds,
                    b.churnSeconds));
        }
        return Report.of(facts, sections, notes, data);
    }

    private static Map<String, Object> data(Scales one, boolean churned) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("empty_rss_bytes", one.emptyBytes);
        data.put("loaded_rss_bytes", one.loadedBytes);
        data.put("loaded_keys", one.loadedKeys);
        data.put("loaded_bytes_per_key", one.loadedPerKey());
        if (churned) {
            data.put("churn_requests", one.churned);
            data.put("churn_seconds", one.churnSeconds);
            data.put("churned_rss_bytes", one.churnedBytes);
            data.put("churned_keys", one.churnedKeys);
            data.put("churned_bytes_per_key", one.churnedPerKey());
            data.put("churn_series", one.series);
        }
        return data;
    }

    private static String mebi(long bytes) {
        return Report.number(bytes / 1048576.0);
    }

    private static String ratio(double reference, double tested) {
        return "%.2f".formatted(tested / reference);
    }
}
