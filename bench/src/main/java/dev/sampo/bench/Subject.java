package dev.sampo.bench;

import dev.sampo.bench.Measurement.Kind;
import dev.sampo.bench.RequestPages.Ranges;
import dev.sampo.bench.Workload.Data;
import dev.sampo.bench.Workload.ReadBack;
import dev.sampo.bench.Workload.Request;
import dev.sampo.bench.Workload.Step;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// One running server with what was loaded into it: executes workloads on it, measures windows, and checks that what was
/// measured took place.
final class Subject {
    private static final int LOAD_PIPELINE = 64;
    private static final int LOAD_CONNECTIONS = 8;
    private static final int SAMPLE = 1000;
    /// A window with fewer commands has measured nothing.
    private static final long COMMANDS_MIN = 1000;
    /// Part of a budget that the ramp may use, and that ramp and window may use together.
    private static final double RAMP_SHARE = 0.15;
    private static final double WINDOW_SHARE = 0.98;

    private final ServerProcess server;
    private final Plan plan;
    private final long ticksPerSecond;
    private final Set<Data> loaded = EnumSet.noneOf(Data.class);
    private final SplittableRandom random = new SplittableRandom(1);
    private long seed = 1;
    private long increments;
    private long checked;

    /// Sizes shared by all runs.
    ///
    /// @param ranges numbers of keys, members and counters
    /// @param valueBytes size of a value
    record Plan(Ranges ranges, int valueBytes, int connections, int subscribers) {
    }

    Subject(ServerProcess server, Plan plan, long ticksPerSecond) {
        this.server = server;
        this.plan = plan;
        this.ticksPerSecond = ticksPerSecond;
    }

    ServerProcess server() {
        return server;
    }

    /// Replies, values and counters compared so far.
    long checked() {
        return checked;
    }

    /// Loads the data a workload needs, unless it is there, and verifies its size.
    void load(Workload workload) throws IOException {
        if (!loaded.add(workload.data())) {
            return;
        }
        switch (workload.data()) {
            case NONE -> { }
            case STRINGS -> loadStep(new Step("SET key:{seq} {value:l}", ReplyCheck.ok(), plan.ranges.keys()));
            case COUNTERS -> loadStep(new Step("SET ctr:{seq} 0", ReplyCheck.ok(), plan.ranges.counters()));
        }
        long expected = (loaded.contains(Data.STRINGS) ? plan.ranges.keys() : 0)
                + (loaded.contains(Data.COUNTERS) ? plan.ranges.counters() : 0);
        long size = server.control().integer("DBSIZE");
        require(size == expected || size == expected + 1, "DBSIZE is " + size + " after " + expected + " keys were loaded");
    }

    /// Executes a step to its last request.
    void loadStep(Step step) throws IOException {
        long inBatches = step.count() / LOAD_PIPELINE * LOAD_PIPELINE;
        runAll(step, LOAD_PIPELINE, 0, inBatches);
        runAll(step, 1, inBatches, step.count() - inBatches);
    }

    private void runAll(Step step, int pipeline, long first, long count) throws IOException {
        if (count == 0) {
            return;
        }
        RequestPages pages = pages(List.of(new Request(step.line(), step.check())), pipeline).startSequence(first);
        try (LoadGenerator generator = new LoadGenerator(server.address(), pages, LOAD_CONNECTIONS, 0, "")) {
            while (generator.sent() < count) {
                generator.closedLoop(System.nanoTime() + TimeUnit.SECONDS.toNanos(1), count);
            }
            generator.drain();
            verifyReplies(generator, step.line());
        }
    }

    private RequestPages pages(List<Request> cycle, int pipeline) {
        List<RequestTemplate> templates =
                cycle.stream().map(request -> RequestTemplate.compile(request.line(), plan.valueBytes)).toList();
        List<ReplyCheck> checks = cycle.stream().map(Request::check).toList();
        return new RequestPages(templates, checks, pipeline, plan.ranges, seed++);
    }

    /// Runs a workload without measuring, in as many runs as it takes.
    void warm(Workload workload, int pipeline, double seconds) throws IOException {
        long end = System.nanoTime() + nanos(seconds);
        while (System.nanoTime() < end) {
            try (LoadGenerator generator = begin(workload, pipeline)) {
                generator.closedLoop(end, limit(workload, WINDOW_SHARE));
                finish(workload, generator);
            }
        }
    }

    /// Runs an open loop without measuring.
    void warmOpen(Workload workload, double rate, double seconds) throws IOException {
        try (LoadGenerator generator = begin(workload, 1)) {
            generator.openLoop(System.nanoTime() + nanos(seconds), 1e9 / rate);
            finish(workload, generator);
        }
    }

    /// Measures one window of the closed loop.
    Measurement closed(Workload workload, int pipeline, double rampSeconds, double windowSeconds) throws IOException {
        try (LoadGenerator generator = begin(workload, pipeline)) {
            Counters first = Counters.of(server, workload);
            generator.closedLoop(System.nanoTime() + nanos(rampSeconds), limit(workload, RAMP_SHARE));
            Window window = new Window(workload, generator);
            generator.closedLoop(System.nanoTime() + nanos(windowSeconds), limit(workload, WINDOW_SHARE));
            Measurement measurement = window.end(new Kind(workload.name(), pipeline));
            finish(workload, generator);
            first.verify(generator.sent());
            return measurement;
        }
    }

    /// Measures one window of the open loop.
    Measurement open(Workload workload, double rate, double rampSeconds, double windowSeconds) throws IOException {
        double interval = 1e9 / rate;
        try (LoadGenerator generator = begin(workload, 1)) {
            Counters first = Counters.of(server, workload);
            generator.openLoop(System.nanoTime() + nanos(rampSeconds), interval);
            generator.drain();
            Window window = new Window(workload, generator);
            generator.openLoop(System.nanoTime() + nanos(windowSeconds), interval);
            generator.drain();
            Measurement measurement = window.end(new Kind(workload.name(), 0));
            finish(workload, generator);
            first.verify(generator.sent());
            require(Math.abs(measurement.perSecond() / rate - 1) < 0.05,
                    "the load was " + Math.round(measurement.perSecond()) + " requests per second instead of " + rate);
            return measurement;
        }
    }

    /// A generator for the given pages on this server.
    LoadGenerator generator(RequestPages pages) throws IOException {
        return new LoadGenerator(server.address(), pages, plan.connections, 0, "");
    }

    private LoadGenerator begin(Workload workload, int pipeline) throws IOException {
        for (Step step : workload.before()) {
            loadStep(step);
        }
        int subscribers = workload.channel().isEmpty() ? 0 : plan.subscribers;
        return new LoadGenerator(server.address(), pages(workload.cycle(), pipeline), plan.connections, subscribers,
                workload.channel());
    }

    private void finish(Workload workload, LoadGenerator generator) throws IOException {
        generator.drain();
        verifyReplies(generator, workload.name());
        readBack(workload, generator.sent());
    }

    private static long limit(Workload workload, double share) {
        return workload.budget() == 0 ? Long.MAX_VALUE : (long) (workload.budget() * share);
    }

    private static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }

    /// Checks that everything sent was answered, and as expected.
    void verifyReplies(LoadGenerator generator, String what) throws IOException {
        require(generator.mismatches() == 0,
                generator.mismatches() + " unexpected replies in " + what + ": " + generator.firstMismatch());
        require(generator.replies() == generator.sent() && generator.sent() > 0,
                generator.replies() + " replies to " + generator.sent() + " requests in " + what);
        checked += generator.replies();
    }

    private void readBack(Workload workload, long sent) throws IOException {
        ControlClient control = server.control();
        switch (workload.readBack()) {
            case ReadBack.Replies() -> { }
            case ReadBack.Strings(char letter) -> sampleStrings(letter, letter != 'l' && sent >= plan.ranges.keys());
            case ReadBack.Counters() -> increments += sent;
            case ReadBack.Size(String line, long start, int perRequest) -> {
                long size = control.integer(line.split(" "));
                require(size == start + perRequest * sent, line + " answers " + size + " after " + sent + " requests");
                checked++;
            }
            case ReadBack.SizeBetween(String line, long min, long max) -> {
                long size = control.integer(line.split(" "));
                require(size >= min && size <= max, line + " answers " + size);
                checked++;
            }
        }
    }

    private void sampleStrings(char letter, boolean mustBeSeen) throws IOException {
        int seen = 0;
        for (int i = 0; i < SAMPLE; i++) {
            String digits = String.format("%0" + RequestTemplate.DIGITS + "d", random.nextLong(plan.ranges.keys()));
            String value = (String) server.control().command("GET", "key:" + digits);
            require(value != null && value.length() == plan.valueBytes && value.startsWith(digits),
                    "key:" + digits + " holds " + value);
            if (value.charAt(value.length() - 1) == letter) {
                seen++;
            }
        }
        require(seen > 0 || !mustBeSeen, "none of " + SAMPLE + " keys holds a value that was just written");
        checked += SAMPLE;
    }

    /// Adds up all counters, when they were loaded, and compares the sum with the increments sent.
    void verifyCounters() throws IOException {
        if (!loaded.contains(Data.COUNTERS)) {
            return;
        }
        long sum = 0;
        int step = 1000;
        for (long first = 0; first < plan.ranges.counters(); first += step) {
            int count = (int) Math.min(step, plan.ranges.counters() - first);
            String[] words = new String[count + 1];
            words[0] = "MGET";
            for (int i = 0; i < count; i++) {
                words[i + 1] = "ctr:" + String.format("%0" + RequestTemplate.DIGITS + "d", first + i);
            }
            for (Object value : (List<?>) server.control().command(words)) {
                sum += Long.parseLong((String) value);
            }
        }
        require(sum == increments, "the counters add up to " + sum + " after " + increments + " increments");
        checked += plan.ranges.counters();
    }

    private void require(boolean condition, String otherwise) throws IOException {
        if (!condition) {
            throw new IOException(server.name() + ": " + otherwise);
        }
    }

    /// The server's own counters before a run.
    ///
    /// @param command name in commandstats, empty for a mixture
    /// @param processed all commands processed
    /// @param calls calls of this command
    /// @param asked commands the control connection had sent
    private record Counters(ServerProcess server, Workload workload, long processed, OptionalLong calls, long hits, long misses,
            long asked) {
        static Counters of(ServerProcess server, Workload workload) throws IOException {
            OptionalLong calls = workload.command().isEmpty() ? OptionalLong.empty()
                    : server.control().info("commandstats").calls(workload.command());
            InfoText stats = server.control().info("stats");
            return new Counters(server, workload, stats.number("total_commands_processed"), calls,
                    stats.number("keyspace_hits"), stats.number("keyspace_misses"), server.control().commands());
        }

        /// The server must have counted what was sent, and reads must have found their keys.
        void verify(long sent) throws IOException {
            Counters now = of(server, workload);
            long counted = now.processed - processed;
            long control = now.asked - asked;
            if (counted < sent || counted > sent + control + 2) {
                throw new IOException(server.name() + " counted " + counted + " commands when " + sent + " were sent");
            }
            if (now.calls.isPresent() && now.calls.getAsLong() - calls.orElse(0) != sent + sampled()) {
                throw new IOException(server.name() + " counted " + (now.calls.getAsLong() - calls.orElse(0)) + " calls of "
                        + workload.command() + " when " + sent + " were sent");
            }
            if (now.misses - misses > 0 && workload.data() == Data.STRINGS) {
                throw new IOException(server.name() + " counted " + (now.misses - misses) + " misses of keys that exist");
            }
            boolean reads = workload.command().equals("get");
            if (reads && now.hits - hits < sent) {
                throw new IOException(server.name() + " counted " + (now.hits - hits) + " hits in " + sent + " reads");
            }
        }

        /// GETs of the read-back, which the server counts too.
        private long sampled() {
            return workload.command().equals("get") ? SAMPLE : 0;
        }
    }

    /// A window that is open: what all clocks and counters showed when it began.
    private final class Window {
        private final Workload workload;
        private final LoadGenerator generator;
        private final long deliveries;
        private final Machine.Load load0;
        private final CpuTime self0;
        private final long asked;
        private final long processed;
        private final CpuTime server0;

        Window(Workload workload, LoadGenerator generator) throws IOException {
            this.workload = workload;
            this.generator = generator;
            this.deliveries = generator.deliveries();
            this.load0 = Machine.Load.now();
            this.self0 = CpuTime.of(Machine.PROC, ProcessHandle.current().pid(), ticksPerSecond);
            // At both ends the counter is asked first: its answer queues behind what was under way, so that the CPU time read
            // next belongs to the commands counted.
            this.asked = server.control().commands();
            this.processed = server.control().info("stats").number("total_commands_processed");
            this.server0 = server.cpuTime(ticksPerSecond);
            generator.startRecording();
        }

        Measurement end(Kind kind) throws IOException {
            generator.stopRecording();
            long counted = server.control().info("stats").number("total_commands_processed") - processed;
            CpuTime.Use use = server.cpuTime(ticksPerSecond).since(server0);
            long commands = counted - (server.control().commands() - asked - 1);
            CpuTime.Use self = CpuTime.of(Machine.PROC, ProcessHandle.current().pid(), ticksPerSecond).since(self0);
            Machine.Load load1 = Machine.Load.now();
            require(commands >= COMMANDS_MIN, "only " + commands + " commands in a window of " + workload.name());
            require(generator.latency().getTotalCount() > 0, "no latency was recorded for " + workload.name());
            double tickNanos = 1e9 / ticksPerSecond;
            double busy = (load1.busy() - load0.busy()) * tickNanos;
            double foreign = Math.max(0, busy - use.totalNanos() - self.totalNanos()) / use.wallNanos();
            double stolen = (load1.stolen() - load0.stolen()) * tickNanos / use.wallNanos();
            return new Measurement(server.name(), kind, use.wallNanos() / 1e9, commands, use, self.totalNanos(), foreign, stolen,
                    generator.deliveries() - deliveries, generator.latency().getValueAtPercentile(50),
                    generator.latency().getValueAtPercentile(99), generator.latency().getValueAtPercentile(99.9),
                    generator.latency().getMaxValue(), generator.lag().getValueAtPercentile(99.9));
        }
    }
}
