package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Calls every command and subcommand that the server lists with 0 to 9 odd arguments. After each the same connection must
/// answer a PING with nothing left over or missing, and a fresh connection must answer too.
public final class OddArguments {
    private static final String USAGE =
            "OddArguments --server redis|sampo|<port> --shards N --transport uring|stream --variants N --seed N --resp 2|3 "
                    + "--only <command> ";
    private static final int ARGUMENTS_MAX = 9;
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int BLOCKED_MILLIS = 50;

    /// Never called, and why.
    private static final Map<String, String> EXCLUDED = new TreeMap<>(Map.of(
            "shutdown", "ends the server, as it should",
            "debug", "has subcommands made to crash, to stop the clock or to exhaust memory",
            "client|pause", "an odd number of milliseconds silences the server for its whole length",
            "client|kill", "may close the connection that waits for the reply",
            "client|reply", "turns replies off",
            "monitor", "streams",
            "sync", "turns the connection into a replication stream",
            "psync", "turns the connection into a replication stream",
            "replicaof", "makes the server follow a random address"));
    private static final Map<String, String> EXCLUDED_TOO = new TreeMap<>(Map.of(
            "slaveof", "makes the server follow a random address",
            "failover", "pauses writes",
            "quit", "closes the connection that waits for the reply",
            "config|set", "odd values of odd settings are valid too and stay",
            "cluster|reset", "flushes and renames the node",
            "migrate", "waits for a random address",
            "replconf", "has forms that answer nothing",
            "acl|setuser", "an odd user named default locks everybody out",
            "acl|deluser", "may close the own connection",
            "script|debug", "turns the connection into a debugging stream"));

    /// May wait for another client: no reply within a short while is an answer.
    private static final List<String> BLOCKING = List.of("blpop", "brpop", "blmove", "brpoplpush", "blmpop", "bzpopmin",
            "bzpopmax", "bzmpop", "xread", "xreadgroup", "wait", "waitaof");
    /// Answer once for each argument, or once without any.
    private static final List<String> ONE_REPLY_EACH =
            List.of("subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe");

    private static final byte[][] POOL = pool("", "0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "99999999999999999999999999", "1.5", "nan", "inf", "-inf", "1e400", "\0", "\0\r\n\u00ff",
            "*", "?", "[", "\\", "(", "(1", "-", "+", "$", ">", "abc", "a b", "string", "integer", "list", "hash", "set",
            "zset", "stream", "absent", "{tag}key", "x".repeat(1000), "EX", "PX", "NX", "XX", "GT", "LT", "GET", "KEEPTTL",
            "COUNT", "MATCH", "TYPE", "LIMIT", "BY", "ASC", "STORE", "WITHSCORES", "LEFT", "RIGHT", "BEFORE", "AFTER",
            "REPLACE", "DB", "ID", "MAXLEN", "STREAMS", "GROUP", "IDX", "LEN", "ASYNC", "SYNC", "ON", "OFF", "YES", "NO",
            "TIMEOUT", "return 1", "default", "127.0.0.1:1", "4294967296", "-2147483649", "65536", "16384", "0x10", "1-1",
            "0-0");

    private final ServerUnderTest server;
    private final SplittableRandom random;
    private final int resp;

    /// @param cases    requests sent
    /// @param commands commands and subcommands called
    /// @param failures what went wrong, each with the request; empty when nothing did
    public record Result(int cases, int commands, List<String> excluded, List<String> failures) {
        @Override
        public String toString() {
            return cases + " requests of " + commands + " commands, " + failures.size() + " failures; not called: "
                    + String.join("; ", excluded)
                    + (failures.isEmpty() ? "" : "\n" + String.join("\n", failures));
        }
    }

    /// @param resp 2 or 3
    public OddArguments(ServerUnderTest server, long seed, int resp) {
        this.server = server;
        this.random = new SplittableRandom(seed);
        this.resp = resp;
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        try (ServerUnderTest server = options.server("server", "redis")) {
            final Result result = new OddArguments(server, options.large("seed", 1), options.number("resp", 2))
                    .run(options.number("variants", 5), options.text("only", ""));
            System.out.println(server.name() + ": " + result);
            System.exit(result.failures.isEmpty() && result.cases > 0 ? 0 : 1);
        }
    }

    /// @param variants different arguments for each command and number of arguments
    /// @param only     prefix of the names called, empty for all
    public Result run(int variants, String only) {
        final List<String> names = names();
        final List<String> excluded = new ArrayList<>();
        final List<String> failures = new ArrayList<>();
        int cases = 0;
        int commands = 0;
        for (String name : names) {
            final String reason = reason(name);
            if (reason != null) {
                excluded.add(name + " (" + reason + ")");
                continue;
            }
            if (!name.startsWith(only)) {
                continue;
            }
            commands++;
            for (int count = 0; count <= ARGUMENTS_MAX; count++) {
                for (int variant = 0; variant < (count == 0 ? 1 : variants); variant++) {
                    cases++;
                    final String failure = one(name, count);
                    if (failure != null) {
                        failures.add(failure);
                        if (failures.size() == 20) {
                            failures.add("and no further");
                            return new Result(cases, commands, excluded, failures);
                        }
                    }
                }
            }
        }
        return new Result(cases, commands, excluded, failures);
    }

    private static String reason(String name) {
        final String container = name.contains("|") ? name.substring(0, name.indexOf('|')) : name;
        for (String each : List.of(name, container)) {
            if (EXCLUDED.containsKey(each)) {
                return EXCLUDED.get(each);
            }
            if (EXCLUDED_TOO.containsKey(each)) {
                return EXCLUDED_TOO.get(each);
            }
        }
        return null;
    }

    /// All names of COMMAND, subcommands as `container|name`.
    private List<String> names() {
        try (RespClient client = RespClient.connect(server)) {
            final List<String> names = new ArrayList<>();
            for (Reply command : ReplyText.members(client.call("COMMAND"))) {
                final List<Reply> facts = ReplyText.members(command);
                names.add(((Reply.Bulk) facts.getFirst()).text().toLowerCase(Locale.ROOT));
                if (facts.size() > 9) {
                    for (Reply sub : ReplyText.members(facts.get(9))) {
                        names.add(((Reply.Bulk) ReplyText.members(sub).getFirst()).text().toLowerCase(Locale.ROOT));
                    }
                }
            }
            if (names.size() < 50) {
                throw new IllegalStateException("COMMAND lists only " + names);
            }
            names.sort(null);
            return names;
        }
    }

    /// One request on a connection of its own, which is also the fresh connection of the request before.
    private String one(String name, int count) {
        final List<byte[]> args = new ArrayList<>();
        for (String word : name.split("\\|")) {
            args.add(word.getBytes(ISO_8859_1));
        }
        for (int i = 0; i < count; i++) {
            args.add(POOL[random.nextInt(POOL.length)]);
        }
        final String request = Quoting.line(args);
        try (RespClient client = RespClient.connect(server.port(), TIMEOUT_MILLIS)) {
            if (resp == 3) {
                client.call("HELLO", "3");
            }
            prepare(client);
            return exchange(client, args, name, request);
        } catch (UncheckedIOException e) {
            return request + ": " + e.getMessage() + (alive() ? "" : " and THE SERVER IS GONE\n" + server.output());
        }
    }

    private String exchange(RespClient client, List<byte[]> args, String name, String request) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RespClient.encode(bytes, args.toArray(byte[][]::new));
        RespClient.encode(bytes, RespClient.bytes("PING", "still here"));
        client.sendRaw(bytes.toByteArray());
        if (BLOCKING.contains(name) && !client.replyArrives(BLOCKED_MILLIS)) {
            client.abort();
            return null;
        }
        final int expected = ONE_REPLY_EACH.contains(name) ? Math.max(1, args.size() - 1) : 1;
        final List<String> replies = new ArrayList<>();
        while (true) {
            final Reply reply = client.read();
            if (pong(reply, name)) {
                break;
            }
            replies.add(ReplyText.of(reply));
            if (replies.size() > 100) {
                return request + ": endless replies";
            }
        }
        // An argument error is one reply whatever the count; pushes of an own tracking or subscription may add none here.
        final boolean right = replies.size() == expected || replies.size() == 1 && replies.getFirst().startsWith("!");
        client.abort();
        return right ? null : request + ": " + replies.size() + " replies instead of " + expected + ": " + replies;
    }

    /// The reply to the PING that follows: itself, queued by MULTI, or refused because the command logged the connection out.
    private static boolean pong(Reply reply, String name) {
        return switch (reply) {
            case Reply.Bulk bulk -> "still here".equals(bulk.text());
            case Reply.Simple(String text) -> "multi".equals(name) && "QUEUED".equals(text);
            case Reply.Array(List<Reply> items) -> items.size() == 2 && items.get(1) instanceof Reply.Bulk bulk
                    && "still here".equals(bulk.text());
            default -> false;
        };
    }

    /// Keys of every type, as far as the server has the types.
    private static void prepare(RespClient client) {
        final String[] commands = {"SET string text", "SET integer 42", "RPUSH list a b c", "HSET hash f v g 1", "SADD set a b 1",
            "ZADD zset 1 a 2 b", "XADD stream 1-1 f v", "SET {tag}key v", "PING"};
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RespClient.encode(bytes, RespClient.bytes("FLUSHALL"));
        for (String command : commands) {
            RespClient.encode(bytes, RespClient.bytes(command.split(" ")));
        }
        client.sendRaw(bytes.toByteArray());
        for (int i = 0; i < commands.length; i++) {
            client.read();
        }
        final Reply last = client.read();
        if (!last.equals(new Reply.Simple("PONG"))) {
            throw new IllegalStateException("a fresh connection answers PING with " + ReplyText.of(last));
        }
    }

    private boolean alive() {
        try (RespClient client = RespClient.connect(server.port(), TIMEOUT_MILLIS)) {
            return client.call("PING").equals(new Reply.Simple("PONG"));
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    private static byte[][] pool(String... texts) {
        final byte[][] bytes = new byte[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            bytes[i] = texts[i].getBytes(ISO_8859_1);
        }
        return bytes;
    }
}
