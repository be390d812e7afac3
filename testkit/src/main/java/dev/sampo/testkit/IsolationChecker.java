package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Looks for half-done commands: writers and readers hammer the same keys, spread over all slots, and every reader checks an
/// invariant that holds at each instant on a single-threaded server.
public final class IsolationChecker {
    private static final int KEYS = 8;
    private static final String USAGE =
            "IsolationChecker --server redis|sampo|<port> --shards N --transport uring|stream --seconds N --writers N "
                    + "--readers N --only <scenario> ";

    private final ServerUnderTest server;
    private final int writers;
    private final int readers;
    private final String[] keys = spreadKeys("iso");

    /// What one scenario did and saw.
    ///
    /// @param writes     commands or blocks that changed something
    /// @param reads      replies checked
    /// @param violations replies that no instant of a correct server could have given
    /// @param example    the first violation, or what broke; null when there is none
    public record Result(String scenario, long writes, long reads, long violations, String example) {
        @Override
        public String toString() {
            return "%-28s %9d writes %9d reads %6d violations%s".formatted(scenario, writes, reads, violations,
                    example == null ? "" : "  e.g. " + example);
        }
    }

    public IsolationChecker(ServerUnderTest server, int writers, int readers) {
        this.server = server;
        this.writers = writers;
        this.readers = readers;
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final int seconds = options.number("seconds", 60);
        final String only = options.text("only", "");
        try (ServerUnderTest server = options.server("server", "redis")) {
            final IsolationChecker checker = new IsolationChecker(server, options.number("writers", 8), options.number("readers",
                    4));
            System.out.println(server.name() + ", " + seconds + " s each, " + checker.writers + " writers, " + checker.readers
                    + " readers");
            boolean clean = true;
            for (Scenario scenario : checker.scenarios()) {
                if (scenario.name.contains(only)) {
                    final Result result = checker.run(scenario, seconds * 1000L);
                    System.out.println(result);
                    clean &= result.violations == 0 && result.example == null && result.reads > 0 && result.writes > 0;
                }
            }
            System.exit(clean ? 0 : 1);
        }
    }

    /// Runs every scenario.
    ///
    /// @param millis for each
    public List<Result> runAll(long millis) {
        return scenarios().stream().map(scenario -> run(scenario, millis)).toList();
    }

    // The machinery.

    /// One step of a writer: changes something; `n` counts its steps.
    private interface Write {
        /// Returns how many writes took effect.
        int step(RespClient client, int writer, long n);
    }

    /// One read; returns null when what was read is possible, else what was read.
    private interface Check {
        String read(RespClient client);
    }

    /// @param writers at most so many; scenarios whose invariant needs one writer say 1
    /// @param atEnd   checked once when all is quiet, may be null
    private record Scenario(String name, int writers, String[][] setUp, Write write, Check check, Check atEnd) {
    }

    private Result run(Scenario scenario, long millis) {
        final AtomicLong writes = new AtomicLong();
        final AtomicLong reads = new AtomicLong();
        final List<String> violations = Collections.synchronizedList(new ArrayList<>());
        final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        final AtomicBoolean stop = new AtomicBoolean();
        try (RespClient admin = RespClient.connect(server)) {
            admin.call("FLUSHALL");
            for (String[] command : scenario.setUp) {
                admin.call(command);
            }
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < Math.min(writers, scenario.writers); i++) {
                final int writer = i;
                threads.add(worker(failures, stop, client -> {
                    long n = 0;
                    while (!stop.get()) {
                        writes.addAndGet(scenario.write.step(client, writer, n++));
                    }
                }));
            }
            for (int i = 0; i < readers; i++) {
                threads.add(worker(failures, stop, client -> {
                    while (!stop.get()) {
                        final String seen = scenario.check.read(client);
                        reads.incrementAndGet();
                        if (seen != null) {
                            violations.add(seen);
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            sleep(millis);
            stop.set(true);
            for (Thread thread : threads) {
                join(thread);
            }
            if (scenario.atEnd != null) {
                final String seen = scenario.atEnd.read(admin);
                reads.incrementAndGet();
                if (seen != null) {
                    violations.add("at the end: " + seen);
                }
            }
        }
        violations.addAll(failures);
        return new Result(scenario.name, writes.get(), reads.get(), violations.size(), violations.isEmpty() ? null
                : violations.getFirst());
    }

    private interface Body {
        void run(RespClient client);
    }

    private Thread worker(List<String> failures, AtomicBoolean stop, Body body) {
        return Thread.ofPlatform().daemon().unstarted(() -> {
            try (RespClient client = RespClient.connect(server)) {
                body.run(client);
            } catch (RuntimeException e) {
                failures.add(e + " at " + e.getStackTrace()[0]);
                stop.set(true);
            }
        });
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(30_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
        if (thread.isAlive()) {
            throw new IllegalStateException("a client hangs");
        }
    }

    // The scenarios.

    private List<Scenario> scenarios() {
        final String[] all = keys;
        final String a = keys[0];
        final String b = keys[KEYS - 1];
        final String[][] none = {};
        final Write mset = (client, writer, n) -> {
            ok(client.call(pairs("MSET", all, writer + ":" + n)));
            return 1;
        };
        final Write execSets = (client, writer, n) -> {
            final String[][] sets = new String[KEYS][];
            for (int i = 0; i < KEYS; i++) {
                sets[i] = new String[] {"SET", all[i], writer + ":" + n};
            }
            exec(client, sets);
            return 1;
        };
        final Check mget = client -> same(ReplyText.members(client.call(words("MGET", all))));
        final Check execGets = client -> same(exec(client, each("GET", all)));
        final List<Scenario> scenarios = new ArrayList<>();
        scenarios.add(new Scenario("mset-mget", 99, none, mset, mget, null));
        scenarios.add(new Scenario("mset-exec-gets", 99, none, mset, execGets, null));
        scenarios.add(new Scenario("exec-sets-mget", 99, none, execSets, mget, null));
        scenarios.add(new Scenario("exec-sets-exec-gets", 99, none, execSets, execGets, null));
        scenarios.add(new Scenario("msetnx-del-mget", 99, none, (client, _, n) -> {
            final boolean made = number(client.call(pairs("MSETNX", all, "x" + n))) == 1;
            final long gone = number(client.call(words(n % 2 == 0 ? "DEL" : "UNLINK", all)));
            check(gone == 0 || gone == KEYS, "DEL removed " + gone);
            return made ? 2 : 1;
        }, mget, null));
        scenarios.add(new Scenario("mset-del-exists", 99, none, (client, _, n) -> {
            client.call(pairs("MSET", all, "x" + n));
            client.call(words("DEL", all));
            return 2;
        }, client -> countIs(number(client.call(words(Math.random() < 0.5 ? "EXISTS" : "TOUCH", all))), 0, KEYS), null));
        scenarios.add(new Scenario("mset-flushdb-mget", 99, none, (client, writer, n) -> {
            client.call(pairs("MSET", all, writer + ":" + n));
            ok(client.call("FLUSHDB"));
            return 2;
        }, mget, null));
        scenarios.add(new Scenario("mset-del-keys-dbsize", 99, none, (client, writer, n) -> {
            client.call(pairs("MSET", all, writer + ":" + n));
            client.call(words("DEL", all));
            return 2;
        }, client -> Math.random() < 0.5 ? countIs(number(client.call("DBSIZE")), 0, KEYS)
                : countIs(ReplyText.members(client.call("KEYS", "*")).size(), 0, KEYS), null));
        scenarios.add(transfers("transfers-exec", (client, from, to) -> {
            exec(client, new String[][] {{"DECRBY", from, "1"}, {"INCRBY", to, "1"}});
            return 1;
        }));
        scenarios.add(transfers("transfers-watch", IsolationChecker::transferWatched));
        scenarios.add(new Scenario("incr-no-lost-update", 99, none, (client, writer, n) -> {
            final long before = number(client.call("INCR", a));
            final long after = number(client.call("INCR", a));
            check(after > before, "INCR went from " + before + " to " + after);
            counted.addAndGet(2);
            return 2;
        }, client -> ReplyText.members(client.call("MGET", a, a)).stream().distinct().count() == 1 ? null : "MGET k k differ",
                client -> number(client.call("INCRBY", a, "0")) == counted.getAndSet(0) ? null : "INCRs were lost"));
        scenarios.add(new Scenario("rename", 1, new String[][] {{"SET", a, "x"}}, (client, _, n) -> {
            ok(client.call("RENAME", n % 2 == 0 ? a : b, n % 2 == 0 ? b : a));
            return 1;
        }, client -> exactlyOne(client, a, b), null));
        scenarios.add(new Scenario("renamenx", 99, new String[][] {{"SET", a, "x"}}, (client, _, n) -> {
            // Several race: the loser finds no such key.
            return client.call("RENAMENX", n % 2 == 0 ? a : b, n % 2 == 0 ? b : a) instanceof Reply.Int(long moved) ? (int) moved
                    : 0;
        }, client -> exactlyOne(client, a, b), null));
        scenarios.add(new Scenario("copy", 1, new String[][] {{"MSET", a, "0", b, "0"}}, (client, _, n) -> {
            ok(client.call("SET", a, Long.toString(n)));
            check(number(client.call("COPY", a, b, "REPLACE")) == 1, "COPY copied nothing");
            return 2;
        }, client -> {
            final List<Reply> both = ReplyText.members(client.call("MGET", a, b));
            final long ahead = value(both.get(0)) - value(both.get(1));
            return ahead == 0 || ahead == 1 ? null : both.toString();
        }, null));
        scenarios.add(new Scenario("move", 1, new String[][] {{"SET", a, "x"}}, (client, _, n) -> {
            ok(client.call("SELECT", n % 2 == 0 ? "0" : "1"));
            check(number(client.call("MOVE", a, n % 2 == 0 ? "1" : "0")) == 1, "MOVE moved nothing");
            return 1;
        }, client -> {
            final List<Reply> found = exec(client, new String[][] {{"SELECT", "0"}, {"EXISTS", a}, {"SELECT", "1"},
                    {"EXISTS", a}});
            return number(found.get(1)) + number(found.get(3)) == 1 ? null : found.toString();
        }, null));
        scenarios.add(new Scenario("swapdb", 99, new String[][] {pairs("MSET", all, "x")}, (client, _, _) -> {
            ok(client.call("SWAPDB", "0", "1"));
            return 1;
        }, mget, null));
        scenarios.add(new Scenario("getdel-in-exec", 99, none, (client, _, n) -> {
            client.call("SETNX", all[(int) (n % KEYS)], "token");
            return 1;
        }, client -> {
            // No SETNX may come between the two.
            final List<Reply> taken = exec(client, new String[][] {{"GETDEL", a}, {"EXISTS", a}});
            return number(taken.get(1)) == 0 ? null : taken.toString();
        }, null));
        return scenarios;
    }

    private final AtomicLong counted = new AtomicLong();

    private interface Transfer {
        int move(RespClient client, String from, String to);
    }

    private Scenario transfers(String name, Transfer transfer) {
        final String[] accounts = keys;
        final Check sum = client -> {
            final List<Reply> balances = Math.random() < 0.5 ? ReplyText.members(client.call(words("MGET", accounts)))
                    : exec(client, each("GET", accounts));
            final long total = balances.stream().mapToLong(IsolationChecker::value).sum();
            return total == 100L * KEYS ? null : "sum " + total + " of " + balances;
        };
        return new Scenario(name, 99, new String[][] {pairs("MSET", accounts, "100")}, (client, writer, n) -> {
            final int from = (int) ((writer * 31L + n * 7) % KEYS);
            final int to = (int) ((from + 1 + (writer + n) % (KEYS - 1)) % KEYS);
            return transfer.move(client, accounts[from], accounts[to]);
        }, sum, sum);
    }

    /// Reads both balances, computes, writes both; gives up when somebody was faster.
    private static int transferWatched(RespClient client, String from, String to) {
        ok(client.call("WATCH", from, to));
        final long first = value(client.call("GET", from));
        final long second = value(client.call("GET", to));
        return exec(client, new String[][] {{"SET", from, Long.toString(first - 1)},
                {"SET", to, Long.toString(second + 1)}}) == null ? 0 : 1;
    }

    // Small checks.

    private static String same(List<Reply> values) {
        return values.size() == KEYS && values.stream().distinct().count() == 1 ? null : values.toString();
    }

    private static String exactlyOne(RespClient client, String a, String b) {
        final Reply seen = Math.random() < 0.5 ? client.call("EXISTS", a, b) : client.call("MGET", a, b);
        if (seen instanceof Reply.Int(long count)) {
            return count == 1 ? null : "EXISTS " + count;
        }
        final long present = ReplyText.members(seen).stream().filter(Reply.Bulk.class::isInstance).count();
        return present == 1 ? null : ReplyText.of(seen);
    }

    private static String countIs(long count, long one, long other) {
        return count == one || count == other ? null : "count " + count;
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void ok(Reply reply) {
        check(reply.equals(new Reply.Simple("OK")), ReplyText.of(reply));
    }

    private static long number(Reply reply) {
        return switch (reply) {
            case Reply.Int(long value) -> value;
            default -> throw new IllegalStateException("no integer: " + ReplyText.of(reply));
        };
    }

    private static long value(Reply reply) {
        return reply instanceof Reply.Bulk bulk ? Long.parseLong(bulk.text()) : Long.MIN_VALUE / (2 * KEYS);
    }

    /// The replies of a MULTI block sent in one write; null when WATCH made it fail.
    private static List<Reply> exec(RespClient client, String[][] commands) {
        final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        RespClient.encode(bytes, RespClient.bytes("MULTI"));
        for (String[] command : commands) {
            RespClient.encode(bytes, RespClient.bytes(command));
        }
        RespClient.encode(bytes, RespClient.bytes("EXEC"));
        client.sendRaw(bytes.toByteArray());
        for (int i = 0; i <= commands.length; i++) {
            client.read();
        }
        final Reply result = client.read();
        check(!(result instanceof Reply.Failure), ReplyText.of(result));
        return ReplyText.members(result);
    }

    private static String[] words(String command, String[] rest) {
        final String[] words = Arrays.copyOf(new String[] {command}, rest.length + 1);
        System.arraycopy(rest, 0, words, 1, rest.length);
        return words;
    }

    private static String[] pairs(String command, String[] keys, String value) {
        final String[] words = new String[1 + 2 * keys.length];
        words[0] = command;
        for (int i = 0; i < keys.length; i++) {
            words[1 + 2 * i] = keys[i];
            words[2 + 2 * i] = value;
        }
        return words;
    }

    private static String[][] each(String command, String[] keys) {
        final String[][] commands = new String[keys.length][];
        for (int i = 0; i < keys.length; i++) {
            commands[i] = new String[] {command, keys[i]};
        }
        return commands;
    }

    /// Keys in the first, second... eighth part of the 16384 slots: with 1, 2, 4 or 8 shards each shard owns as many.
    static String[] spreadKeys(String prefix) {
        final String[] keys = new String[KEYS];
        int found = 0;
        for (int i = 0; found < KEYS; i++) {
            final String key = prefix + i;
            final int part = slot(key) * KEYS >>> 14;
            if (keys[part] == null) {
                keys[part] = key;
                found++;
            }
        }
        return keys;
    }

    /// CRC16/XMODEM modulo 16384, for keys without a hash tag; written anew so that it can contradict the server's.
    static int slot(String key) {
        int crc = 0;
        for (int i = 0; i < key.length(); i++) {
            crc ^= key.charAt(i) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ 0x1021;
            }
            crc &= 0xffff;
        }
        return crc & 16383;
    }
}
