package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/// Sends the same random pipelines to two servers and compares every reply, and after each round of pipelines the whole
/// keyspace. A difference is shrunk to the fewest commands that still show it.
///
/// A round begins empty and on fresh connections and draws everything from (seed, round), so that it can be repeated alone.
public final class DifferentialFuzzer {
    /// Two connections, so that WATCH meets writes of somebody else.
    private static final int CONNECTIONS = 2;
    private static final int PIPELINES_PER_ROUND = 25;
    private static final int REPLY_TIMEOUT_MILLIS = 8_000;
    private static final int EVENT_TIMEOUT_MILLIS = 2_000;
    private static final long SHRINK_NANOS = 90_000_000_000L;

    /// What to run.
    ///
    /// @param seed       of everything drawn
    /// @param firstRound where to begin; 0 unless a round is repeated
    /// @param pipelines  at least so many, in whole rounds
    /// @param resp       2 or 3
    /// @param commands   most in one pipeline
    /// @param without    commands not to send, in capitals: differences known already hide those behind them
    /// @param events     compare keyspace notifications and published messages as a subscriber sees them too
    public record Settings(long seed, int firstRound, int pipelines, int resp, int commands, Set<String> without,
            boolean events) {
    }

    /// What was found.
    ///
    /// @param difference the report of the first difference, null when there was none
    public record Outcome(int pipelines, long replies, long keys, long events, String difference) {
        @Override
        public String toString() {
            return pipelines + " pipelines, " + replies + " replies, " + keys + " keys, " + events + " events compared: "
                    + (difference == null ? "0 differences" : "DIFFERENT\n" + difference);
        }
    }

    /// One command on one connection; `pipeline` tells which commands are sent together.
    private record Step(int pipeline, int connection, List<byte[]> args) {
    }

    /// A reply or a keyspace entry that is not the same.
    private record Difference(String what, String a, String b) {
    }

    private final Settings settings;
    private final Side a;
    private final Side b;
    private long replies;
    private long keys;
    private long events;

    /// @param a the server that is right
    public DifferentialFuzzer(ServerUnderTest a, ServerUnderTest b, Settings settings) {
        this.settings = settings;
        this.a = new Side(a, settings);
        this.b = new Side(b, settings);
    }

    /// Runs until the pipelines are done or a difference is found.
    public Outcome run() {
        int pipelines = 0;
        try {
            for (int round = settings.firstRound; pipelines < settings.pipelines; round++) {
                final List<Step> steps = steps(round);
                pipelines += PIPELINES_PER_ROUND;
                final Difference difference = play(steps, new SplittableRandom(mixed(mixed(settings.seed) - round)));
                if (difference != null) {
                    return new Outcome(pipelines, replies, keys, events, report(round, steps, difference));
                }
            }
            return new Outcome(pipelines, replies, keys, events, null);
        } finally {
            a.disconnect();
            b.disconnect();
        }
    }

    // What is sent.

    private List<Step> steps(int round) {
        final SplittableRandom random = new SplittableRandom(mixed(mixed(settings.seed) + round));
        final CommandGrammar grammar = new CommandGrammar(random);
        final List<Step> steps = new ArrayList<>();
        for (int pipeline = 0; pipeline < PIPELINES_PER_ROUND; pipeline++) {
            grammar.choosePool();
            final boolean both = random.nextInt(4) == 0;
            final int size = random.nextInt(1, settings.commands + 1);
            int connection = random.nextInt(CONNECTIONS);
            for (int written = 0; written < size;) {
                if (both && random.nextInt(6) == 0) {
                    connection = CONNECTIONS - 1 - connection;
                }
                final List<List<byte[]>> commands = draw(random, grammar);
                for (List<byte[]> command : commands) {
                    if (!settings.without.contains(ReplyRules.word(command, 0))) {
                        steps.add(new Step(pipeline, connection, command));
                    }
                }
                written += commands.size();
            }
            if (random.nextInt(4) != 0) {
                // Three of four pipelines leave no transaction open and end in database 0.
                for (String reset : List.of("DISCARD", "UNWATCH", "SELECT 0")) {
                    steps.add(new Step(pipeline, connection, Quoting.split(reset)));
                }
            }
        }
        return steps;
    }

    /// Spreads neighbouring seeds: SplittableRandom advances by adding, so that near seeds could give overlapping streams.
    private static long mixed(long seed) {
        final long once = (seed ^ seed >>> 33) * 0xFF51AFD7ED558CCDL;
        final long twice = (once ^ once >>> 33) * 0xC4CEB9FE1A85EC53L;
        return twice ^ twice >>> 33;
    }

    private static List<List<byte[]>> draw(SplittableRandom random, CommandGrammar grammar) {
        final int kind = random.nextInt(12);
        if (kind < 2) {
            return grammar.mixture();
        }
        if (kind > 2) {
            return List.of(grammar.command());
        }
        final List<List<byte[]>> block = new ArrayList<>();
        block.add(Quoting.split("MULTI"));
        for (int left = random.nextInt(0, 8); left > 0; left--) {
            block.add(grammar.command());
        }
        block.add(Quoting.split(random.nextInt(8) == 0 ? "DISCARD" : "EXEC"));
        return block;
    }

    // Playing and comparing.

    private Difference play(List<Step> steps, SplittableRandom random) {
        a.reset();
        b.reset();
        Difference difference = null;
        for (int from = 0; from < steps.size() && difference == null;) {
            int to = from + 1;
            while (to < steps.size() && steps.get(to).pipeline == steps.get(from).pipeline
                    && steps.get(to).connection == steps.get(from).connection) {
                to++;
            }
            difference = playTogether(steps.subList(from, to), random);
            from = to;
        }
        if (difference == null) {
            difference = compareKeyspaces();
        } else {
            // Replies behind the difference are still unread.
            a.broken = true;
            b.broken = true;
        }
        return difference;
    }

    /// Sends commands of one connection at once to both servers and compares their replies, then the events they caused.
    private Difference playTogether(List<Step> steps, SplittableRandom random) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Step step : steps) {
            RespClient.encode(bytes, step.args.toArray(byte[][]::new));
        }
        final int connection = steps.getFirst().connection;
        final byte[] request = bytes.toByteArray();
        final int parts = random.nextInt(4) == 0 ? random.nextInt(2, 6) : 1;
        for (int part = 0, from = 0; part < parts; part++) {
            final int to = part == parts - 1 ? request.length : from + random.nextInt(request.length - from + 1);
            a.send(connection, request, from, to);
            b.send(connection, request, from, to);
            if (part < parts - 1 && random.nextInt(4) == 0) {
                // Long enough for a server to see the parts apart.
                LockSupport.parkNanos(60_000);
            }
            from = to;
        }
        for (Step step : steps) {
            final RespClient.Received first = a.read(connection);
            final RespClient.Received second = b.read(connection);
            replies++;
            if (!equal(step, first, second)) {
                return new Difference("reply to " + Quoting.line(step.args) + " on connection " + connection, shown(first),
                        shown(second));
            }
        }
        return settings.events ? compareEvents() : null;
    }

    /// Commands queued in the open MULTI block of each connection, null outside a block.
    private final Map<Integer, List<List<byte[]>>> queued = new HashMap<>();

    /// A reply that did not come has no bytes.
    private static String shown(RespClient.Received received) {
        return received.wire().length == 0 ? ReplyText.of(received.reply()) : Quoting.quote(received.wire());
    }

    /// Byte for byte the same, or alike where the command allows it.
    private boolean equal(Step step, RespClient.Received first, RespClient.Received second) {
        final List<List<byte[]>> block = follow(step, first.reply());
        if (second.wire().length > 0 && Arrays.equals(first.wire(), second.wire())) {
            return true;
        }
        if (block == null) {
            return ReplyRules.alike(step.args, first.reply(), second.reply());
        }
        return first.reply() instanceof Reply.Array(List<Reply> ours) && second.reply() instanceof Reply.Array(List<Reply> theirs)
                && ours.size() == block.size() && theirs.size() == block.size() && alike(block, ours, theirs);
    }

    /// Keeps track of MULTI blocks. Returns the commands that an EXEC answered, null for all other commands.
    private List<List<byte[]>> follow(Step step, Reply reply) {
        final List<List<byte[]>> block = queued.get(step.connection);
        if (block != null && reply.equals(new Reply.Simple("QUEUED"))) {
            block.add(step.args);
            return null;
        }
        final String name = ReplyRules.word(step.args, 0);
        if ("MULTI".equals(name) && reply.equals(new Reply.Simple("OK"))) {
            queued.put(step.connection, new ArrayList<>());
        } else if ("EXEC".equals(name) || "DISCARD".equals(name) && step.args.size() == 1) {
            queued.remove(step.connection);
            return "EXEC".equals(name) ? block : null;
        }
        return null;
    }

    /// Some member must be one that may differ: otherwise the bytes would have been the same.
    private static boolean alike(List<List<byte[]>> block, List<Reply> ours, List<Reply> theirs) {
        boolean mayDiffer = false;
        for (int i = 0; i < block.size(); i++) {
            // What is equal may still have been written differently.
            final boolean alike = ReplyRules.alike(block.get(i), ours.get(i), theirs.get(i));
            if (!alike && !ours.get(i).equals(theirs.get(i))) {
                return false;
            }
            mayDiffer |= alike;
        }
        return mayDiffer;
    }

    /// The same messages on each channel in the same order; the order among channels may differ, and on a `__keyevent@` channel
    /// the order among keys: shards notify on their own. That consumers come and go is not compared: Redis 7.0 makes them
    /// later.
    private Difference compareEvents() {
        final List<Reply> ours = a.events(-1);
        final List<Reply> theirs = b.events((int) ours.stream().filter(message -> !isOfConsumer(message)).count());
        events += ours.size();
        final String first = byChannel(ours).toString();
        final String second = byChannel(theirs).toString();
        return first.equals(second) ? null : new Difference("messages to a subscriber of everything", first, second);
    }

    private static boolean isOfConsumer(Reply message) {
        final String text = ReplyText.of(message);
        return text.contains("xgroup-createconsumer") || text.contains("xgroup-delconsumer");
    }

    private static Map<String, List<String>> byChannel(List<Reply> messages) {
        final Map<String, List<String>> channels = new TreeMap<>();
        for (Reply message : messages) {
            final List<Reply> parts = ReplyText.members(message);
            final boolean complete = parts != null && parts.size() == 4;
            if (isOfConsumer(message)) {
                continue;
            }
            channels.computeIfAbsent(complete ? ReplyText.of(parts.get(2)) : "?", _ -> new ArrayList<>())
                    .add(complete ? ReplyText.of(parts.get(3)) : ReplyText.of(message));
        }
        channels.forEach((channel, texts) -> {
            if (channel.startsWith("\"__keyevent@")) {
                texts.sort(null);
            }
        });
        return channels;
    }

    private Difference compareKeyspaces() {
        for (int database : CommandGrammar.USED_DATABASES) {
            final Map<String, byte[]> ours = a.keys(database);
            final Map<String, byte[]> theirs = b.keys(database);
            if (!ours.keySet().equals(theirs.keySet())) {
                return new Difference("keys of database " + database, ours.keySet().toString(), theirs.keySet().toString());
            }
            if (!b.scan(database).equals(theirs.keySet())) {
                return new Difference("SCAN against KEYS of database " + database, ours.keySet().toString(), b.scan(database)
                        .toString());
            }
            for (String read : List.of("TYPE", "GET", "PTTL")) {
                final List<Reply> first = a.readAll(read, ours.values());
                final List<Reply> second = b.readAll(read, ours.values());
                int at = 0;
                for (byte[] key : ours.values()) {
                    final List<byte[]> args = List.of(read.getBytes(ISO_8859_1), key);
                    if (!ReplyRules.equal(args, first.get(at), second.get(at))) {
                        return new Difference(Quoting.line(args) + " in database " + database + " at the end of the round",
                                ReplyText.of(first.get(at)), ReplyText.of(second.get(at)));
                    }
                    at++;
                }
            }
            keys += ours.size();
        }
        return null;
    }

    // Shrinking and reporting.

    private String report(int round, List<Step> all, Difference found) {
        final long deadline = System.nanoTime() + SHRINK_NANOS;
        int shown = 0;
        for (int i = 0; i < 5; i++) {
            shown += play(all, new SplittableRandom(i)) == null ? 0 : 1;
        }
        final StringBuilder report = new StringBuilder(1024);
        report.append("seed ").append(settings.seed).append(", round ").append(round).append(", RESP").append(settings.resp)
                .append(": ")
                .append(found.what).append("\n  ").append(a.name()).append(": ").append(clip(found.a)).append("\n  ")
                        .append(b.name())
                .append(": ").append(clip(found.b)).append('\n');
        if (shown == 0) {
            report.append("not seen again in 5 repetitions: timing; the commands of the round:\n");
            all.forEach(step -> report.append(line(step)));
        } else {
            final List<Step> few = shrink(all, shown == 5 ? 3 : 10, deadline);
            Difference again = null;
            for (int i = 0; i < 20 && again == null; i++) {
                again = play(few, new SplittableRandom(i));
            }
            report.append("shown by ").append(few.size()).append(" of ").append(all.size())
                    .append(" commands (round repeated 5 times: ")
                    .append(shown).append(" different):\n");
            few.forEach(step -> report.append(line(step)));
            if (again != null) {
                report.append("  ").append(again.what).append("\n    ").append(a.name()).append(": ").append(clip(again.a))
                        .append("\n    ")
                        .append(b.name()).append(": ").append(clip(again.b)).append('\n');
            }
        }
        return report.append("repeat: testkit/run Fuzz --a redis --b ").append(b.target()).append(" --seed ")
                .append(settings.seed)
                .append(" --round ").append(round).append(" --pipelines 1 --resp ").append(settings.resp).append(" --commands ")
                .append(settings.commands).append(" --events ").append(settings.events ? "yes" : "no")
                .append(settings.without.isEmpty() ? "" : " --without " + String.join(",", settings.without)).toString();
    }

    private static String line(Step step) {
        return "    " + step.pipeline + (step.connection == 0 ? " > " : " >2 ") + clip(Quoting.line(step.args)) + "\n";
    }

    private static String clip(String text) {
        return text.length() <= 600 ? text : text.substring(0, 600) + "... (" + text.length() + " characters)";
    }

    /// Delta debugging: leaves out ever smaller runs of commands as long as a difference remains.
    private List<Step> shrink(List<Step> all, int attempts, long deadline) {
        List<Step> steps = all;
        int size = Math.max(1, steps.size() / 2);
        while (true) {
            boolean shorter = false;
            for (int from = steps.size() - size; from > -size && System.nanoTime() < deadline; from -= size) {
                final List<Step> candidate = new ArrayList<>(steps.subList(0, Math.max(0, from)));
                candidate.addAll(steps.subList(Math.min(steps.size(), Math.max(0, from + size)), steps.size()));
                if (candidate.size() < steps.size() && fails(candidate, attempts)) {
                    steps = candidate;
                    shorter = true;
                }
            }
            if (System.nanoTime() > deadline || size == 1 && !shorter) {
                return steps;
            }
            size = Math.max(1, Math.min(size / 2, steps.size()));
        }
    }

    private boolean fails(List<Step> steps, int attempts) {
        for (int i = 0; i < attempts; i++) {
            if (play(steps, new SplittableRandom(i)) != null) {
                return true;
            }
        }
        return false;
    }

    /// The connections to one of the two servers.
    private final class Side {
        private final ServerUnderTest server;
        private final Settings settings;
        private final List<RespClient> clients = new ArrayList<>();
        private RespClient admin;
        private RespClient listener;
        private boolean broken;

        Side(ServerUnderTest server, Settings settings) {
            this.server = server;
            this.settings = settings;
        }

        String name() {
            return server.name();
        }

        /// The server as the command line names it.
        String target() {
            final String[] parts = server.name().split("-");
            return switch (parts[0]) {
                case "sampo" -> "sampo --shards " + parts[1] + " --transport " + parts[2];
                case "port" -> parts[1];
                default -> parts[0];
            };
        }

        /// Empties the server and puts the sessions into their first state; new connections only when one broke or is mid-block.
        void reset() {
            queued.clear();
            if (broken || admin == null) {
                disconnect();
                connect();
            }
            try {
                admin.call("FLUSHALL");
                for (RespClient client : clients) {
                    // DISCARD fails when no block is open: either way there is one reply.
                    for (String command : List.of("DISCARD", "UNWATCH", "SELECT 0", "CLIENT SETNAME")) {
                        client.send((command.endsWith("NAME") ? command + " x" : command).split(" "));
                    }
                    for (int i = 0; i < 4; i++) {
                        client.read();
                    }
                }
                if (listener != null) {
                    events(-1);
                }
            } catch (UncheckedIOException e) {
                throw new UncheckedIOException(server.name() + " does not answer after a pipeline\n" + server.output(),
                        e.getCause());
            }
        }

        private void connect() {
            broken = false;
            admin = open();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(open());
            }
            if (settings.events) {
                admin.call("CONFIG", "SET", "notify-keyspace-events", "KEA");
                listener = open();
                listener.call("PSUBSCRIBE", "*");
            }
        }

        private RespClient open() {
            final RespClient client = RespClient.connect(server).timeoutMillis(REPLY_TIMEOUT_MILLIS);
            if (settings.resp == 3 && !(client.call("HELLO", "3") instanceof Reply.MapReply)) {
                throw new IllegalStateException(server.name() + " refuses HELLO 3");
            }
            return client;
        }

        void disconnect() {
            clients.forEach(RespClient::abort);
            clients.clear();
            if (admin != null) {
                admin.abort();
            }
            if (listener != null) {
                listener.abort();
                listener = null;
            }
        }

        void send(int connection, byte[] bytes, int from, int to) {
            try {
                clients.get(connection).sendRaw(bytes, from, to - from);
            } catch (UncheckedIOException _) {
                // Reading tells.
                broken = true;
            }
        }

        /// A reply that does not come, or is no reply, is a difference like any other.
        RespClient.Received read(int connection) {
            try {
                return clients.get(connection).receive();
            } catch (UncheckedIOException e) {
                broken = true;
                return new RespClient.Received(new Reply.Failure("(no reply: " + e.getMessage() + ")"), new byte[0], "");
            }
        }

        /// Messages that arrived since the last call: at least `expected` if they come in time; all there are when it is
        /// negative.
        List<Reply> events(int expected) {
            final List<Reply> messages = new ArrayList<>();
            int compared = 0;
            while (compared < expected && listener.replyArrives(EVENT_TIMEOUT_MILLIS)) {
                messages.add(listener.read());
                compared += isOfConsumer(messages.getLast()) ? 0 : 1;
            }
            listener.send("PING");
            while (true) {
                final Reply reply = listener.read();
                final List<Reply> parts = ReplyText.members(reply);
                if (parts == null || parts.size() == 2) {
                    return messages;
                }
                messages.add(reply);
            }
        }

        /// All keys of a database by their quoted form.
        Map<String, byte[]> keys(int database) {
            admin.call("SELECT", Integer.toString(database));
            final Map<String, byte[]> keys = new TreeMap<>();
            final Reply all = admin.call("KEYS", "*");
            if (ReplyText.members(all) == null) {
                throw new IllegalStateException(server.name() + " answers KEYS * with " + ReplyText.of(all));
            }
            for (Reply key : ReplyText.members(all)) {
                keys.put(ReplyText.of(key), ((Reply.Bulk) key).bytes());
            }
            return keys;
        }

        /// All keys that a complete walk with SCAN delivers.
        TreeSet<String> scan(int database) {
            admin.call("SELECT", Integer.toString(database));
            final TreeSet<String> keys = new TreeSet<>();
            String cursor = "0";
            int calls = 0;
            do {
                final List<Reply> page = ReplyText.members(admin.call("SCAN", cursor, "COUNT", "5"));
                cursor = ((Reply.Bulk) page.getFirst()).text();
                ReplyText.members(page.get(1)).forEach(key -> keys.add(ReplyText.of(key)));
            } while (!"0".equals(cursor) && ++calls < 100_000);
            return keys;
        }

        List<Reply> readAll(String command, Iterable<byte[]> keys) {
            final List<Reply> replies = new ArrayList<>();
            final byte[] name = command.getBytes(ISO_8859_1);
            int sent = 0;
            for (byte[] key : keys) {
                admin.send(name, key);
                sent++;
            }
            for (int i = 0; i < sent; i++) {
                replies.add(admin.read());
            }
            return replies;
        }
    }
}
