package dev.sampo.bench;

import dev.sampo.bench.Report.Section;
import dev.sampo.bench.ServerProcess.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// How long one core is busy without a break while very large values are freed and commands run on them: the longest turn, as the
/// server reports it, and what another client sees that sends a PING every millisecond.
///
/// Both servers get the same values and requests, one server after the other.
public final class TurnTimes {
    private static final Map<String, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put("elements", "10000000");
        OPTIONS.put("types", "list,hash,set,zset,stream");
        OPTIONS.put("parts", "freeing,commands");
        OPTIONS.put("sampo-command", ServerCommand.SAMPO);
        OPTIONS.put("redis-command", ServerCommand.REDIS);
        OPTIONS.put("realtime-cpu", "");
        OPTIONS.put("markdown", "");
    }

    private static final String SOURCE = "big";
    private static final String VICTIM = "victim";
    /// For how long a server's memory must stay the same until whatever it does in the background counts as over.
    private static final int QUIET_ROUNDS = 2;
    private static final long QUIET_MILLIS = 60;
    private static final int START_PATIENCE_SECONDS = 300;

    private final long elements;
    private final ServerProcess server;
    private final PingProbe probe;
    private final Map<String, Row> rows;
    private final boolean isReference;

    private TurnTimes(long elements, ServerProcess server, PingProbe probe, Map<String, Row> rows, boolean isReference) {
        this.elements = elements;
        this.server = server;
        this.probe = probe;
        this.rows = rows;
        this.isReference = isReference;
    }

    /// One line of the report, of both servers.
    private static final class Row {
        private final Measured[] of = new Measured[2];
    }

    /// @param replyMillis until the reply was here
    /// @param turnMillis the longest turn; negative where the server does not tell
    /// @param pingMillis the longest that a PING took meanwhile
    /// @param waitedMillis for how long the server's thread was ready to run but did not get a CPU
    private record Measured(double replyMillis, double turnMillis, double pingMillis, double waitedMillis) {
    }

    /// Something to measure.
    @FunctionalInterface
    private interface Action {
        void run(ControlClient client) throws IOException;
    }

    /// @param args see `bench/turns`
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> options = new LinkedHashMap<>(OPTIONS);
        for (int i = 0; i + 1 < args.length; i += 2) {
            if (!args[i].startsWith("--") || options.put(args[i].substring(2), args[i + 1]) == null) {
                throw new IllegalArgumentException("unknown option " + args[i] + "; there are --" + String.join(", --", OPTIONS.keySet()));
            }
        }
        Path directory = Files.createTempDirectory("sampo-turns");
        Map<String, Row> rows = new LinkedHashMap<>();
        Map<String, Object> facts = Machine.facts();
        facts.put("elements", options.get("elements"));
        facts.put("CPU on which the threads that serve have real-time priority", options.get("realtime-cpu"));
        long stolen = Machine.Load.now().stolen();
        for (String name : List.of("sampo", "redis")) {
            String command = options.get(name + "-command");
            if (!command.equals("none")) {
                Spec spec = new Spec(name, ServerCommand.parse(command), "", 1, Map.of());
                try (ServerProcess server = ServerProcess.start(spec, directory, START_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    server.inspect("");
                    if (!options.get("realtime-cpu").isEmpty()) {
                        server.prioritize(options.get("realtime-cpu"));
                    }
                    facts.put(name, server.version());
                    measure(options, server, rows, name.equals("redis"));
                }
            }
        }
        facts.put("stolen_ticks", Machine.Load.now().stolen() - stolen);
        TextTable table = new TextTable("", "Sampo: longest turn", "reply", "PING", "waited for a CPU", "redis-server: reply", "PING", "waited");
        rows.forEach((name, row) -> table.row(name, cell(row.of[0], Measured::turnMillis), cell(row.of[0], Measured::replyMillis),
            cell(row.of[0], Measured::pingMillis), cell(row.of[0], Measured::waitedMillis), cell(row.of[1], Measured::replyMillis),
            cell(row.of[1], Measured::pingMillis), cell(row.of[1], Measured::waitedMillis)));
        Report report = Report.of(facts, List.of(new Section("Milliseconds, " + options.get("elements") + " elements", table)), List.of(), Map.of());
        System.out.println(report.text());
        if (!options.get("markdown").isEmpty()) {
            Files.writeString(Path.of(options.get("markdown")), report.markdown());
        }
    }

    private static String cell(Measured measured, ToDoubleFunction<Measured> column) {
        return measured == null || column.applyAsDouble(measured) < 0 ? "" : "%.2f".formatted(column.applyAsDouble(measured));
    }

    private static void measure(Map<String, String> options, ServerProcess server, Map<String, Row> rows, boolean isReference)
            throws IOException, InterruptedException {
        long elements = Long.parseLong(options.get("elements"));
        List<String> parts = List.of(options.get("parts").split(","));
        try (PingProbe probe = PingProbe.start(server.address())) {
            TurnTimes times = new TurnTimes(elements, server, probe, rows, isReference);
            for (String type : options.get("types").split(",")) {
                BigValue value = BigValue.of(type);
                Compare.progress("%s: a %s of %d elements", server.name(), type, elements);
                times.load(value);
                if (parts.contains("commands")) {
                    for (String line : value.commands(elements)) {
                        times.command(type, line);
                    }
                }
                if (parts.contains("freeing")) {
                    times.freeing(value);
                }
                times.quietly("FLUSHALL", "SYNC");
            }
        }
    }

    private void load(BigValue value) throws IOException, InterruptedException {
        quietly("FLUSHALL", "SYNC");
        value.load(server.address(), SOURCE, elements);
        settle();
    }

    /// A line `[setup; ...] command`; what stands before the last semicolon is not measured. `{n}` is the number of elements, `{half}` its half.
    private void command(String type, String line) throws IOException, InterruptedException {
        String[] steps = line.split("; ");
        for (int i = 0; i < steps.length - 1; i++) {
            quietly(words(steps[i]));
        }
        String[] request = words(steps[steps.length - 1]);
        String title = String.join(" ", request).replace(SOURCE, type);
        measure(title.length() > 90 ? title.substring(0, 90) + "…" : title, client -> client.command(request));
    }

    private String[] words(String step) {
        return step.replace("{n}", Long.toString(elements)).replace("{half}", Long.toString(elements / 2)).split(" ");
    }

    private void freeing(BigValue value) throws IOException, InterruptedException {
        String type = value.type();
        victim();
        measure(type + ": DEL", client -> client.command("DEL", VICTIM));
        victim();
        measure(type + ": UNLINK", client -> client.command("UNLINK", VICTIM));
        victim();
        measure(type + ": SET over it", client -> client.command("SET", VICTIM, "x"));
        victim();
        quietly("SET", "small", "x");
        measure(type + ": RENAME over it", client -> client.command("RENAME", "small", VICTIM));
        victim();
        measure(type + ": PEXPIRE, by the cycle", client -> {
            long keys = client.integer("DBSIZE");
            client.command("PEXPIRE", VICTIM, "1");
            await(() -> client.integer("DBSIZE") < keys);
        });
        victim();
        measure(type + ": PEXPIRE, by an access", client -> {
            client.command("PEXPIRE", VICTIM, "1");
            await(() -> client.integer("EXISTS", VICTIM) == 0);
        });
        if (type.equals("hash") && !isReference) {
            victim();
            quietly("HDEL", VICTIM, "new");
            value.expireFields(server.address(), VICTIM, elements);
            measure("hash: all fields expire", client -> await(() -> client.integer("EXISTS", VICTIM) == 0));
        }
        victim();
        measure(type + ": FLUSHALL ASYNC, two of them", client -> client.command("FLUSHALL", "ASYNC"));
        load(value);
        measure(type + ": FLUSHALL SYNC", client -> client.command("FLUSHALL", "SYNC"));
    }

    private void victim() throws IOException, InterruptedException {
        quietly("COPY", SOURCE, VICTIM, "REPLACE");
    }

    /// What is done outside of the measurement; an error is one of the tool.
    private void quietly(String... request) throws IOException, InterruptedException {
        server.control().command(request);
        settle();
    }

    private void measure(String title, Action action) throws IOException, InterruptedException {
        ControlClient client = server.control();
        client.command("CONFIG", "RESETSTAT");
        client.command("PING");
        probe.reset();
        long waited = server.waitedNanos();
        long start = System.nanoTime();
        String failed = "";
        try {
            action.run(client);
        } catch (IOException e) {
            if (!e.getMessage().startsWith("the server answered")) {
                throw e;
            }
            failed = " (refused)";
        }
        double reply = (System.nanoTime() - start) / 1e6;
        settle();
        Measured measured = new Measured(reply, longestTurnMillis(client), probe.maxNanos() / 1e6, (server.waitedNanos() - waited) / 1e6);
        rows.computeIfAbsent(title, _ -> new Row()).of[isReference ? 1 : 0] = measured;
        Compare.progress("%-60s turn %8.2f  reply %9.2f  ping %8.2f  waited %7.2f%s", title, measured.turnMillis(), reply, measured.pingMillis(),
            measured.waitedMillis(), failed);
    }

    private static double longestTurnMillis(ControlClient client) throws IOException {
        long micros = -1;
        for (String line : ((String) client.command("INFO", "shards")).split("\r\n")) {
            int at = line.indexOf("turn_usec_max=");
            if (at >= 0) {
                micros = Math.max(micros, Long.parseLong(line.substring(at + "turn_usec_max=".length())));
            }
        }
        return micros / 1000.0;
    }

    /// Waits until nothing more is freed.
    private void settle() throws IOException, InterruptedException {
        String last = "";
        for (int same = 0; same < QUIET_ROUNDS;) {
            Thread.sleep(QUIET_MILLIS);
            InfoText info = server.control().info("memory");
            String now = info.text("used_memory_dataset") + " " + info.text("lazyfree_pending_objects");
            same = now.equals(last) ? same + 1 : 0;
            last = now;
        }
    }

    /// What is asked again and again.
    @FunctionalInterface
    private interface Question {
        boolean isSo() throws IOException;
    }

    private static void await(Question question) throws IOException {
        while (!question.isSo()) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}
