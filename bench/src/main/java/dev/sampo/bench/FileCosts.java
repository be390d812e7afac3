package dev.sampo.bench;

import dev.sampo.bench.Report.Section;
import dev.sampo.bench.RequestPages.Ranges;
import dev.sampo.bench.ServerProcess.Spec;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What keeping data in files costs, beside redis-server on the same disk: throughput with the log, latency and memory during a
/// snapshot, and how fast snapshots are written and read. Servers and load share all CPUs, as they do for a user.
public final class FileCosts {
    private static final Map<String, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put("parts", "log,latency,snapshot");
        OPTIONS.put("keys", "5000000");
        OPTIONS.put("rounds", "5");
        OPTIONS.put("window", "2");
        OPTIONS.put("directory", "");
        OPTIONS.put("markdown", "");
    }

    private static final int VALUE_BYTES = 64;
    private static final int CONNECTIONS = 50;
    /// Keys that the log is measured on: the index must not be what is measured.
    private static final long LOGGED_KEYS = 100_000;
    private static final double READS_PER_SECOND = 20_000;
    private static final double WRITES_PER_SECOND = 10_000;
    private static final int QUIET_SECONDS = 5;
    private static final int PATIENCE_SECONDS = 300;
    private static final String REDIS = "redis-server --port {port} --dir {dir} --daemonize no ";
    private static final String SAMPO = "./sampo --port {port} --shards {shards} --dir {dir} ";
    private static final String OFF = "--save \"\" --appendonly no";
    private static final String LOGGED = "--save \"\" --appendonly yes --appendfsync ";

    private final Map<String, String> options;
    private final Path directory;
    private final int rounds;
    private final long keys;
    private final List<Section> sections = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private FileCosts(Map<String, String> options, Path directory) {
        this.options = options;
        this.directory = directory;
        rounds = Integer.parseInt(options.get("rounds"));
        keys = Long.parseLong(options.get("keys"));
    }

    /// @param args see `bench/files`
    public static void main(String[] args) throws IOException, InterruptedException {
        Locale.setDefault(Locale.ROOT);
        Map<String, String> options = new LinkedHashMap<>(OPTIONS);
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || i + 1 == args.length || options.put(args[i].substring(2), args[i + 1]) == null) {
                throw new IllegalArgumentException("unknown option " + args[i] + "; there are --" + String.join(", --", OPTIONS.keySet()));
            }
        }
        Path directory = options.get("directory").isEmpty() ? Files.createTempDirectory("sampo-files")
            : Files.createTempDirectory(Path.of(options.get("directory")), "sampo-files");
        FileCosts costs = new FileCosts(options, directory);
        try {
            costs.run();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void run() throws IOException, InterruptedException {
        List<String> parts = List.of(options.get("parts").split(","));
        Map<String, Object> facts = Machine.facts();
        if (parts.contains("log")) {
            measureLog();
        }
        if (parts.contains("latency")) {
            measureLatency();
        }
        if (parts.contains("snapshot")) {
            measureSnapshots();
        }
        Report report = Report.of(facts, sections, notes, Map.of());
        System.out.println(report.text());
        if (!options.get("markdown").isEmpty()) {
            Files.writeString(Path.of(options.get("markdown")), report.markdown());
        }
    }

    private ServerProcess start(String name, String command) throws IOException {
        Compare.progress("starting %s", name);
        Spec spec = new Spec(name, ServerCommand.parse(command), "", 1, Map.of());
        ServerProcess server = ServerProcess.start(spec, directory, PATIENCE_SECONDS, TimeUnit.SECONDS);
        server.identify();
        return server;
    }

    private static LoadGenerator generator(ServerProcess server, String line, ReplyCheck check, int pipeline, int connections, long range,
            long seed) throws IOException {
        RequestPages pages = new RequestPages(List.of(RequestTemplate.compile(line, VALUE_BYTES)), List.of(check), pipeline,
            new Ranges(range, range, range), seed);
        return new LoadGenerator(server.address(), pages, connections, 0, "");
    }

    private static void fill(ServerProcess server, long count) throws IOException {
        Compare.progress("filling %s with %d keys", server.name(), count);
        int pipeline = 100;
        RequestPages pages = new RequestPages(List.of(RequestTemplate.compile("SET key:{seq} {value:l}", VALUE_BYTES)),
            List.of(ReplyCheck.ok()), pipeline, new Ranges(count, count, count), 1).startSequence(0);
        try (LoadGenerator generator = new LoadGenerator(server.address(), pages, 8, 0, "")) {
            while (generator.sent() + pipeline <= count) {
                generator.closedLoop(System.nanoTime() + TimeUnit.SECONDS.toNanos(1), count);
            }
            generator.drain();
        }
    }

    // ---------------------------------------------------------------- the log

    /// Writes per second of each server, without a log and with both policies, in turns.
    private void measureLog() throws IOException {
        List<ServerProcess> servers = new ArrayList<>();
        try {
            for (String policy : List.of(OFF, LOGGED + "everysec", LOGGED + "always")) {
                String name = policy.substring(policy.lastIndexOf(' ') + 1);
                servers.add(start("redis-" + name, REDIS + policy));
                servers.add(start("sampo-" + name, SAMPO + policy));
            }
            TextTable table = new TextTable("writes/s, 50 connections", "redis-server", "Sampo", "Sampo / redis-server");
            double[][] off = writes(servers.subList(0, 2), 16);
            double[][] everysec = writes(servers.subList(2, 4), 16);
            double[][] again = writes(servers.subList(0, 2), 16);
            row(table, "no log, P16", again);
            row(table, "everysec, P16", everysec);
            table.row("everysec / no log", "%.2f".formatted(cost(everysec[0], off[0], again[0])),
                "%.2f".formatted(cost(everysec[1], off[1], again[1])), "");
            row(table, "always, P1", writes(servers.subList(4, 6), 1));
            sections.add(new Section("The log", table));
        } finally {
            for (ServerProcess server : servers) {
                server.close();
            }
        }
    }

    /// What is left of the mean of what was measured before and after.
    private static double cost(double[] with, double[] before, double[] after) {
        return Summary.of(with).median() * 2 / (Summary.of(before).median() + Summary.of(after).median());
    }

    private static void row(TextTable table, String name, double[][] perSecond) {
        table.row(name, "%.0f".formatted(Summary.of(perSecond[0]).median()), "%.0f".formatted(Summary.of(perSecond[1]).median()),
            "%.2f (%.2f..%.2f)".formatted(Summary.ofRatios(perSecond[1], perSecond[0]).median(),
                Summary.ofRatios(perSecond[1], perSecond[0]).min(), Summary.ofRatios(perSecond[1], perSecond[0]).max()));
    }

    private double[][] writes(List<ServerProcess> servers, int pipeline) throws IOException {
        double[][] perSecond = new double[servers.size()][rounds];
        for (ServerProcess server : servers) {
            perSecond(server, pipeline, 3);
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < servers.size(); i++) {
                int server = round % 2 == 0 ? i : servers.size() - 1 - i;
                perSecond[server][round] = perSecond(servers.get(server), pipeline, Double.parseDouble(options.get("window")));
            }
        }
        return perSecond;
    }

    private static double perSecond(ServerProcess server, int pipeline, double seconds) throws IOException {
        try (LoadGenerator generator = generator(server, "SET key:{key} {value:s}", ReplyCheck.ok(), pipeline, CONNECTIONS, LOGGED_KEYS, 1)) {
            generator.closedLoop(System.nanoTime() + 300_000_000L, Long.MAX_VALUE);
            long before = generator.replies();
            long start = System.nanoTime();
            generator.closedLoop(start + (long) (seconds * 1e9), Long.MAX_VALUE);
            double rate = (generator.replies() - before) * 1e9 / (System.nanoTime() - start);
            generator.drain();
            if (generator.mismatches() > 0) {
                throw new IOException(server.name() + ": " + generator.firstMismatch());
            }
            return rate;
        }
    }

    // ---------------------------------------------------------------- latency during a snapshot

    private void measureLatency() throws IOException, InterruptedException {
        TextTable table = new TextTable("20,000 GET/s, open loop; p99.9 in ms", "quiet", "10,000 SET/s beside", "and BGSAVE", "longest",
            "BGSAVE, s", "peak memory / before");
        for (String name : List.of("redis", "sampo")) {
            try (ServerProcess server = start(name, (name.equals("redis") ? REDIS : SAMPO) + OFF)) {
                fill(server, keys);
                latencies(server, table);
            }
        }
        sections.add(new Section("GETs during a snapshot of %d keys".formatted(keys), table));
    }

    private void latencies(ServerProcess server, TextTable table) throws IOException, InterruptedException {
        try (LoadGenerator reads = generator(server, "GET key:{key}", ReplyCheck.bulk(VALUE_BYTES), 1, CONNECTIONS, keys, 1);
                Background writes = new Background(generator(server, "SET key:{key} {value:w}", ReplyCheck.ok(), 1, CONNECTIONS, keys, 2))) {
            open(reads, QUIET_SECONDS);
            double quiet = open(reads, QUIET_SECONDS);
            writes.start();
            double beside = open(reads, QUIET_SECONDS);
            try (PeakMemory memory = new PeakMemory(server.pid())) {
                long start = System.nanoTime();
                server.control().command("BGSAVE");
                double worst = 0;
                double longest = 0;
                double took = 0;
                while (took == 0) {
                    worst = Math.max(worst, open(reads, 1));
                    longest = Math.max(longest, reads.latency().getMaxValue() / 1e6);
                    if (server.control().info("persistence").number("rdb_bgsave_in_progress") == 0) {
                        took = (System.nanoTime() - start) / 1e9;
                    }
                }
                table.row(server.name(), "%.2f".formatted(quiet), "%.2f".formatted(beside), "%.2f".formatted(worst),
                    "%.1f".formatted(longest), "%.1f".formatted(took), "%.2f".formatted(memory.growth()));
            }
        }
    }

    /// The percentile of some seconds, in ms.
    private static double open(LoadGenerator reads, int seconds) throws IOException {
        reads.startRecording();
        reads.openLoop(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds), 1e9 / READS_PER_SECOND);
        reads.drain();
        reads.stopRecording();
        return reads.latency().getValueAtPercentile(99.9) / 1e6;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Writes at a fixed rate on a thread of its own.
    private static final class Background implements AutoCloseable {
        private final LoadGenerator generator;
        private final Thread thread;
        private volatile boolean closed;
        private volatile IOException failure;

        Background(LoadGenerator generator) {
            this.generator = generator;
            thread = new Thread(this::run, "writes");
        }

        void start() {
            thread.start();
        }

        private void run() {
            try {
                while (!closed) {
                    generator.openLoop(System.nanoTime() + 100_000_000L, 1e9 / WRITES_PER_SECOND);
                }
                generator.drain();
            } catch (IOException e) {
                failure = e;
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            join(thread);
            generator.close();
            if (failure != null) {
                throw failure;
            }
        }
    }

    /// The most memory that a process and its children have taken, shared pages counted once.
    private static final class PeakMemory implements AutoCloseable {
        private static final long PERIOD_MILLIS = 50;
        private final long pid;
        private final long before;
        private final Thread thread = new Thread(this::run, "memory");
        private volatile long peak;
        private volatile boolean closed;

        PeakMemory(long pid) throws IOException {
            this.pid = pid;
            before = bytes();
            peak = before;
            thread.start();
        }

        private long bytes() throws IOException {
            long sum = proportional(pid);
            for (ProcessHandle child : ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).toList()) {
                try {
                    sum += proportional(child.pid());
                } catch (IOException _) {
                    // It has ended meanwhile.
                }
            }
            return sum;
        }

        private static long proportional(long pid) throws IOException {
            for (String line : Files.readAllLines(Machine.PROC.resolve(pid + "/smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
            throw new IOException("no Pss of process " + pid);
        }

        private void run() {
            try {
                while (!closed) {
                    peak = Math.max(peak, bytes());
                    Thread.sleep(PERIOD_MILLIS);
                }
            } catch (IOException | InterruptedException e) {
                Compare.progress("memory is not sampled any more: %s", e.getMessage());
            }
        }

        double growth() {
            return (double) peak / before;
        }

        long peak() {
            return peak;
        }

        @Override
        public void close() {
            closed = true;
            join(thread);
        }
    }

    // ---------------------------------------------------------------- rates and memory

    private void measureSnapshots() throws IOException, InterruptedException {
        TextTable table = new TextTable("%d keys of %d bytes, nothing else running".formatted(keys, VALUE_BYTES), "file, MB", "BGSAVE: s", "MB/s", "CPU, s",
            "load: s", "MB/s", "CPU, s", "peak / before while all is overwritten", "peak, MB");
        long ticks = Machine.ticksPerSecond();
        for (String name : List.of("redis", "sampo")) {
            String command = name.equals("redis") ? REDIS : SAMPO;
            Path data = Files.createDirectory(directory.resolve("snapshot-" + name));
            String here = (command + OFF).replace("{dir}", data.toString());
            List<String> cells = new ArrayList<>(List.of(name));
            try (ServerProcess server = start(name, here)) {
                fill(server, keys);
                double[] took = save(server, ticks);
                double megabytes = Files.size(data.resolve("dump.rdb")) / 1e6;
                Collections.addAll(cells, "%.0f".formatted(megabytes), "%.2f".formatted(took[0]), "%.0f".formatted(megabytes / took[0]),
                    "%.2f".formatted(took[1]));
            }
            double empty;
            try (ServerProcess server = start(name + "-empty", command + OFF)) {
                empty = server.nanosToPong() / 1e9;
            }
            try (ServerProcess server = start(name + "-loaded", here)) {
                double loaded = awaitLoaded(server) - empty;
                double megabytes = Files.size(data.resolve("dump.rdb")) / 1e6;
                double cpu = server.cpuTime(ticks).processNanos() / 1e9;
                PeakMemory memory = new PeakMemory(server.pid());
                overwrite(server);
                memory.close();
                Collections.addAll(cells, "%.2f".formatted(loaded), "%.0f".formatted(megabytes / loaded), "%.2f".formatted(cpu),
                    "%.2f".formatted(memory.growth()), "%.0f".formatted(memory.peak() / 1e6));
            }
            table.row(cells.toArray(String[]::new));
        }
        sections.add(new Section("Snapshots", table));
        notes.add("CPU of a load includes the start of the process; its seconds do not");
    }

    /// Takes a snapshot; returns seconds on the clock and on CPUs, those of a child included.
    private static double[] save(ServerProcess server, long ticks) throws IOException, InterruptedException {
        double[] taken = new double[2];
        long start = System.nanoTime();
        long cpu = server.cpuTimeWithChildren(ticks);
        server.control().command("BGSAVE");
        awaitSaved(server);
        taken[0] = (System.nanoTime() - start) / 1e9;
        taken[1] = (server.cpuTimeWithChildren(ticks) - cpu) / 1e9;
        return taken;
    }

    private static void awaitSaved(ServerProcess server) throws IOException, InterruptedException {
        while (server.control().info("persistence").number("rdb_bgsave_in_progress") != 0) {
            Thread.sleep(20);
        }
        String status = server.control().info("persistence").text("rdb_last_bgsave_status");
        if (!status.equals("ok")) {
            throw new IOException(server.name() + ": the snapshot failed");
        }
    }

    /// Seconds from the start of the process until everything was loaded.
    private double awaitLoaded(ServerProcess server) throws IOException, InterruptedException {
        while (server.control().info("persistence").number("loading") != 0) {
            Thread.sleep(5);
        }
        double seconds = server.secondsSinceStart();
        long size = server.control().integer("DBSIZE");
        if (size != keys) {
            throw new IOException(server.name() + " loaded " + size + " keys instead of " + keys);
        }
        return seconds;
    }

    /// Overwrites every key as fast as it goes while a snapshot is taken.
    private void overwrite(ServerProcess server) throws IOException, InterruptedException {
        server.control().command("BGSAVE");
        fill(server, keys);
        awaitSaved(server);
    }
}
