package dev.sampo.bench;

import dev.sampo.bench.RequestPages.Ranges;
import dev.sampo.bench.ServerProcess.Spec;
import dev.sampo.bench.Subject.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs a server beside redis-server and compares what the same work costs them. See docs/bench/README.md.
public final class Compare {
    /// A launcher may build before it starts.
    private static final int FIRST_START_SECONDS = 900;

    private final Options options;
    private final Spec reference;
    private final Spec tested;
    private final Plan plan;
    private final Workloads workloads;
    private final long ticksPerSecond;
    private final Path directory;
    private final Map<String, Object> facts;

    private Compare(Options options) throws IOException, InterruptedException {
        this.options = options;
        this.facts = Machine.facts();
        this.ticksPerSecond = Machine.ticksPerSecond();
        this.directory = Files.createTempDirectory("bench-compare-");
        String cpu = options.is("unpinned") ? "" : Integer.toString(options.integer("server-cpu", 0));
        this.reference = new Spec("redis", command("redis-command", ServerCommand.REDIS), cpu, 1, Map.of());
        this.tested = new Spec(options.text("subject-name"), command("sampo-command", ServerCommand.SAMPO), cpu,
                options.integer("shards", 1), Map.of());
        int valueBytes = options.integer("value-size", RequestTemplate.DIGITS + 1);
        if (tested.name().equals(reference.name())) {
            throw new IllegalArgumentException("--subject-name must differ from " + reference.name());
        }
        int subscribers = options.integer("subscribers", 1);
        long keys = options.integer("keys", 1);
        long members = options.integer("members", 1);
        this.plan = new Plan(new Ranges(keys, members, keys), valueBytes, options.integer("connections", 1), subscribers);
        this.workloads = new Workloads(keys, members, valueBytes, subscribers);
    }

    private ServerCommand command(String option, String standard) {
        return ServerCommand.parse(options.text(option).isEmpty() ? standard : options.text(option));
    }

    /// Exit code 0: measured; 1: something was not as it must be, nothing printed may be used; 2: wrong usage.
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        int code;
        try {
            code = run(Options.parse(args));
        } catch (IllegalArgumentException e) {
            System.err.println("bench/compare: " + e.getMessage());
            code = 2;
        } catch (IOException | RuntimeException e) {
            System.err.println("bench/compare: failed: " + e.getMessage());
            code = 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            code = 1;
        }
        System.exit(code);
    }

    private static int run(Options options) throws IOException, InterruptedException {
        if (options.is("help")) {
            System.out.print(Options.help());
            return 0;
        }
        Compare compare = new Compare(options);
        try {
            if (options.is("list")) {
                System.out.println(String.join("\n", compare.workloads.names()));
                return 0;
            }
            compare.pinSelf();
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("machine", compare.facts);
            document.put("options", new TreeMap<>(options.all()));
            Report report;
            if (options.is("memory")) {
                report = compare.memory();
            } else if (options.is("gc-log")) {
                report = compare.pauses();
            } else {
                report = compare.speed();
            }
            document.putAll(report.data());
            System.out.print(report.text());
            write(options.text("json"), Json.write(document));
            write(options.text("markdown"), report.markdown());
            return 0;
        } finally {
            compare.deleteDirectory();
        }
    }

    private static void write(String file, String text) throws IOException {
        if (!file.isEmpty()) {
            Files.writeString(Path.of(file), text);
        }
    }

    private void deleteDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// Binds all threads of this process, and with them every thread it starts later, to the CPU of the load.
    private void pinSelf() throws IOException, InterruptedException {
        if (!options.is("unpinned")) {
            Machine.output("taskset", "-a", "-c", "-p", Integer.toString(options.integer("load-cpu", 0)),
                    Long.toString(ProcessHandle.current().pid()));
        }
    }

    private Report speed() throws IOException {
        List<Workload> closed = options.is("no-closed") ? List.of() : selected("workloads");
        List<Workload> open = options.number("rate") == 0 ? List.of() : selected("rate-workloads");
        List<Integer> pipelines = new ArrayList<>();
        for (String word : options.words("pipelines")) {
            pipelines.add(Integer.parseInt(word));
        }
        List<Measurement> measurements = new ArrayList<>();
        long checked = 0;
        for (int instance = 0; instance < options.integer("instances", 1); instance++) {
            boolean swappedStart = instance % 2 == 1;
            try (ServerProcess one = started(swappedStart ? tested : reference);
                    ServerProcess other = started(swappedStart ? reference : tested)) {
                List<Subject> order = new ArrayList<>();
                for (ServerProcess server : List.of(one, other)) {
                    facts.put(server.name() + "_version", server.version());
                    Subject subject = new Subject(server, plan, ticksPerSecond);
                    boolean isReference = server.name().equals(reference.name());
                    prepare(subject, closed, open, pipelines, options.number(isReference ? "warmup-reference" : "warmup"));
                    order.add(subject);
                }
                for (int round = 0; round < options.integer("rounds", 1); round++) {
                    progress("instance %d, round %d of %d", instance + 1, round + 1, options.integer("rounds", 1));
                    round(order, closed, open, pipelines, measurements);
                    Collections.reverse(order);
                }
                for (Subject subject : order) {
                    subject.verifyCounters();
                    checked += subject.checked();
                }
            }
        }
        return SpeedReport.of(facts, reference.name(), tested.name(), options, measurements, checked);
    }

    private List<Workload> selected(String option) {
        List<String> names = options.words(option);
        return workloads.select(names.equals(List.of("all")) ? List.copyOf(workloads.names()) : names);
    }

    private ServerProcess started(Spec spec) throws IOException {
        ServerProcess server = ServerProcess.start(spec, directory, FIRST_START_SECONDS, TimeUnit.SECONDS);
        try {
            server.inspect(spec.cpu());
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Loads what the workloads need and runs each of them for a while, its pipeline depths sharing the time.
    private void prepare(Subject subject, List<Workload> closed, List<Workload> open, List<Integer> pipelines, double seconds)
            throws IOException {
        progress("loading and warming up %s", subject.server().name());
        for (Workload workload : closed) {
            subject.load(workload);
            for (int pipeline : pipelines) {
                subject.warm(workload, pipeline, seconds / pipelines.size());
            }
        }
        for (Workload workload : open) {
            subject.load(workload);
            subject.warmOpen(workload, options.number("rate"), seconds);
        }
    }

    private void round(List<Subject> order, List<Workload> closed, List<Workload> open, List<Integer> pipelines,
            List<Measurement> measurements) throws IOException {
        double ramp = options.number("ramp");
        double window = options.number("window");
        for (Workload workload : closed) {
            for (int pipeline : pipelines) {
                for (Subject subject : order) {
                    measurements.add(subject.closed(workload, pipeline, ramp, window));
                }
            }
        }
        for (Workload workload : open) {
            for (Subject subject : order) {
                measurements.add(subject.open(workload, options.number("rate"), ramp, window));
            }
        }
    }

    /// Mixed load on the server under test with a log of its garbage collector.
    private Report pauses() throws IOException {
        Path log = directory.resolve("gc.log");
        String before = System.getenv().getOrDefault("SAMPO_JAVA_OPTS", "");
        Spec logged = new Spec(tested.name(), tested.command(), tested.cpu(), tested.shards(),
                Map.of("SAMPO_JAVA_OPTS", (before + " " + GcLog.option(log.toString())).strip()));
        List<Workload> mix = workloads.select(List.of("mix", "incr", "mset", "publish"));
        double seconds = options.number("gc-seconds");
        long from;
        long to;
        long checked;
        try (ServerProcess server = started(logged)) {
            facts.put(server.name() + "_version", server.version());
            Subject subject = new Subject(server, plan, ticksPerSecond);
            for (Workload workload : mix) {
                subject.load(workload);
            }
            from = System.currentTimeMillis();
            for (int pipeline : new int[] {1, 16, 64}) {
                for (Workload workload : mix) {
                    subject.warm(workload, pipeline, seconds / (3 * mix.size()));
                }
            }
            to = System.currentTimeMillis();
            subject.verifyCounters();
            checked = subject.checked();
        }
        if (!Files.exists(log)) {
            throw new IOException(tested.name() + " wrote no log: it does not take SAMPO_JAVA_OPTS");
        }
        GcLog result = GcLog.parse(Files.readAllLines(log), from, to);
        if (result.lines() == 0) {
            throw new IOException("the log of the garbage collector is empty");
        }
        return Report.ofPauses(facts, tested.name(), (to - from) / 1000.0, checked, result);
    }

    private Report memory() throws IOException {
        MemoryComparison comparison = new MemoryComparison(options, plan);
        List<MemoryComparison.StartTimes> starts = new ArrayList<>();
        int count = options.integer("starts", 0);
        // A start may use every CPU, as it does for a user; this process and its children are bound otherwise.
        String allCpus = "0-" + ((int) facts.get("cpus") - 1);
        for (Spec spec : List.of(reference, tested)) {
            Spec free = new Spec(spec.name(), spec.command(), options.is("unpinned") ? "" : allCpus, spec.shards(), Map.of());
            starts.add(MemoryComparison.starts(free, directory, count));
        }
        try (ServerProcess a = started(reference); ServerProcess b = started(tested)) {
            facts.put(a.name() + "_version", a.version());
            facts.put(b.name() + "_version", b.version());
            return comparison.run(facts, List.of(a, b), starts, ticksPerSecond);
        }
    }

    static void progress(String format, Object... arguments) {
        System.err.println("# " + format.formatted(arguments));
    }
}
