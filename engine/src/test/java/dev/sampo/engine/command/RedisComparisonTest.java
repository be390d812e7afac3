package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.FixtureOutput;
import dev.sampo.engine.RedisEvents;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import dev.sampo.resp.RespVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The commands beside a redis-server: the same requests give the same replies and the same keyspace events in the same
/// order.
class RedisComparisonTest {
    private static final String NOTIFICATIONS = "KEAmn";
    private static final int HISTORY = 20;
    /// Commands whose array has no order.
    private static final Set<String> UNORDERED = Set.of("SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "SRANDMEMBER");
    private static RedisServer redis;
    private static RedisEvents events;
    private static int compared;

    private final Deque<String> history = new ArrayDeque<>();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        redis = RedisServer.start();
        events = new RedisEvents(redis, NOTIFICATIONS);
        // Expiry is compared where commands meet it.
        redis.run("DEBUG SET-ACTIVE-EXPIRE 0");
    }

    @AfterAll
    static void stop() throws IOException {
        if (redis != null) {
            System.out.println("RedisComparisonTest compared " + compared + " replies with redis-server");
            events.close();
            redis.close();
        }
    }

    @BeforeEach
    void clean() throws IOException {
        redis.run("FLUSHALL");
        events.take();
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static EngineFixture engine(int shards) {
        var engine = new EngineFixture(shards);
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse(NOTIFICATIONS)));
        // What is past on one side has to be past on the other.
        engine.clock().advanceMillis(System.currentTimeMillis() - EngineFixture.START_MILLIS);
        return engine;
    }

    private static String latin1(Reply bulk) {
        return new String(((Reply.Bulk) bulk).bytes(), StandardCharsets.ISO_8859_1);
    }

    private void compare(EngineFixture engine, byte[]... request) throws IOException {
        history.addLast(line(request));
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
        if (new String(request[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT).startsWith("SORT")) {
            // Redis takes a number out of range that it met in an earlier command for one of SORT's, until another number is read.
            redis.run("INCRBYFLOAT nosuch nonumber");
        }
        String expected = text(redis.client().call(request), request);
        String actual = text(engine.call(request), request);
        if (isRangeOfMissingKey(expected, actual, request) || isRankWithScore(expected, request)) {
            // A key that was over is gone there.
            engine.call(bytes("EXISTS"), request[1]);
            engine.events().take();
            events.take();
            return;
        }
        assertThat(actual).as(() -> "reply to " + String.join("\n", history)).isEqualTo(expected);
        assertThat(engine.events().take()).as(() -> "events of " + String.join("\n", history)).isEqualTo(events.take());
        compared++;
    }

    /// A reply as text; where its elements have no order, in one.
    private static String text(Reply reply, byte[]... request) {
        boolean unordered = UNORDERED.contains(new String(request[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT));
        return unordered && reply instanceof Reply.Array array
            ? array.elements().stream().map(EngineFixture::text).sorted().toList().toString() : EngineFixture.text(reply);
    }

    /// Redis 7.0 does not know the last argument of ZRANK and ZREVRANK.
    private static boolean isRankWithScore(String expected, byte[]... request) {
        String name = new String(request[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
        return (name.equals("ZRANK") || name.equals("ZREVRANK")) && request.length > 3 && expected.startsWith("-ERR wrong number");
    }

    /// Redis 7.0 looks at the range of BITCOUNT and BITPOS only when there is a string, 7.2 always.
    private static boolean isRangeOfMissingKey(String expected, String actual, byte[]... request) {
        String name = new String(request[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
        return (name.equals("BITCOUNT") || name.equals("BITPOS")) && request.length > 2
            && (expected.startsWith(":") || expected.startsWith("-WRONGTYPE")) && actual.startsWith("-ERR");
    }

    private static String line(byte[]... request) {
        List<String> words = new ArrayList<>();
        for (byte[] word : request) {
            words.add('"' + new String(word, StandardCharsets.ISO_8859_1) + '"');
        }
        return String.join(" ", words);
    }

    @Test
    void edgeCases_replyAsRedis() throws IOException {
        int before = compared;
        try (EngineFixture engine = engine(1)) {
            for (String line : ComparedScripts.EDGE_CASES.lines().toList()) {
                compare(engine, EngineFixture.words(line).toArray(byte[][]::new));
            }
            assertThat(engine.faults()).isEmpty();
        }
        assertThat(compared - before).isGreaterThan(300);
    }

    /// COMMAND INFO of every row; of containers, those subcommands that there are here.
    @Test
    void commandInfo_saysWhatRedisSays() throws IOException {
        int rows = 0;
        int unknown = 0;
        CommandTable table = CommandTable.engine().build();
        try (var client = redis.connect(); var out = new FixtureOutput()) {
            client.call(bytes("HELLO"), bytes("3"));
            out.writer.target(out.buffer, RespVersion.RESP3);
            for (CommandSpec spec : table.commands()) {
                CommandInfo.write(spec, out.writer);
                var info = (Reply.Array) client.call(bytes("COMMAND"), bytes("INFO"), bytes(spec.name()));
                Reply ours = out.reply();
                if (isYounger(spec)) {
                    unknown++;
                } else {
                    assertThat(fields(ours, spec)).isEqualTo(fields(info.elements().getFirst(), spec));
                    rows += 1 + spec.subcommands().size();
                }
            }
        }
        assertThat(rows).isEqualTo(table.size() - unknown).isGreaterThanOrEqualTo(68);
        compared += rows;
    }

    /// Whether Redis 7.0 does not have a command or one of its arguments yet.
    private static boolean isYounger(CommandSpec spec) {
        CommandDocs.Entry docs = CommandDocs.engine().find(spec.fullName());
        return isYounger(docs.since()) || docs.arguments().stream().anyMatch(argument -> isYounger(argument.since()));
    }

    private static boolean isYounger(String version) {
        String[] since = version == null ? new String[] {"0", "0"} : version.split("\\.");
        return Integer.parseInt(since[0]) * 100 + Integer.parseInt(since[1]) > 700;
    }

    /// Whether a reply is the documentation of an argument that Redis 7.0 does not have yet.
    private static boolean isYounger(Reply argument) {
        return argument instanceof Reply.MapReply map && map.pairs().stream()
            .anyMatch(pair -> latin1(pair.key()).equals("since") && pair.value() instanceof Reply.Bulk since
                && since.text().compareTo("7.0.9") > 0);
    }

    private static String fields(Reply info, CommandSpec spec) {
        List<Reply> fields = new ArrayList<>(((Reply.Array) info).elements());
        List<String> subcommands = new ArrayList<>();
        Reply known = fields.removeLast();
        if (!spec.isContainer()) {
            return canonical(info);
        }
        for (Reply sub : ((Reply.Array) known).elements()) {
            String name = latin1(((Reply.Array) sub).elements().getFirst());
            if (spec.subcommands().stream().anyMatch(ours -> ours.fullName().equals(name))) {
                subcommands.add(canonical(sub));
            }
        }
        Collections.sort(subcommands);
        return canonical(new Reply.Array(fields)) + subcommands;
    }

    /// Text in which sets have an order.
    private static String canonical(Reply reply) {
        return switch (reply) {
            case Reply.SetReply set -> "~" + set.elements().stream().map(RedisComparisonTest::canonical).sorted().toList();
            case Reply.Array array -> "*" + array.elements().stream().filter(element -> !isYounger(element))
                .map(RedisComparisonTest::canonical).toList();
            case Reply.MapReply map -> "%" + map.pairs().stream()
                .map(pair -> canonical(pair.key()) + "=" + canonical(pair.value())).toList();
            default -> EngineFixture.text(reply);
        };
    }

    /// Grammar, group and versions are facts; summary, complexity and history are each server's own words.
    @Test
    void commandDocs_describeTheSameGrammar() throws IOException {
        CommandDocs docs = CommandDocs.engine();
        int rows = 0;
        int unknown = 0;
        CommandTable table = CommandTable.engine().build();
        try (var client = redis.connect(); var out = new FixtureOutput()) {
            client.call(bytes("HELLO"), bytes("3"));
            out.writer.target(out.buffer, RespVersion.RESP3);
            for (CommandSpec spec : table.all()) {
                out.writer.map(1);
                docs.write(spec, out.writer);
                Reply theirs = client.call(bytes("COMMAND"), bytes("DOCS"), bytes(spec.fullName()));
                Reply ours = out.reply();
                if (isYounger(spec)) {
                    unknown++;
                } else {
                    assertThat(facts(ours)).as(spec.fullName()).isEqualTo(facts(theirs));
                    rows++;
                }
            }
        }
        assertThat(rows).isEqualTo(table.size() - unknown).isGreaterThanOrEqualTo(68);
        compared += rows;
    }

    private static List<String> facts(Reply docs) {
        List<String> facts = new ArrayList<>();
        for (Reply.Pair pair : ((Reply.MapReply) ((Reply.MapReply) docs).pairs().getFirst().value()).pairs()) {
            if (!List.of("summary", "complexity", "history", "subcommands").contains(latin1(pair.key()))) {
                facts.add(latin1(pair.key()) + "=" + canonical(pair.value()));
            }
        }
        return facts;
    }

    @Test
    void floats_areAddedAsRedisDoes() throws IOException {
        Random random = new Random(5);
        int before = compared;
        try (EngineFixture engine = engine(1)) {
            for (int i = 0; i < 2_000; i++) {
                compare(engine, bytes("SET"), bytes("f"), bytes(RandomRequests.floating(random)));
                compare(engine, bytes("INCRBYFLOAT"), bytes("f"), bytes(RandomRequests.floating(random)));
                compare(engine, bytes("INCRBYFLOAT"), bytes("f"), bytes(RandomRequests.floating(random)));
            }
        }
        assertThat(compared - before).isEqualTo(6_000);
    }

    @Test
    void globs_matchAsRedis() throws IOException {
        Random random = new Random(6);
        int before = compared;
        try (EngineFixture engine = engine(1)) {
            for (int i = 0; i < 4_000; i++) {
                byte[] key = bytes(RandomRequests.pattern(random, 8));
                compare(engine, bytes("SET"), key, bytes("1"));
                compare(engine, bytes("KEYS"), bytes(RandomRequests.pattern(random, 8)));
                compare(engine, bytes("DEL"), key);
            }
        }
        assertThat(compared - before).isEqualTo(12_000);
    }

    @Test
    void randomRequests_replyAsRedis_onOneAndOnFourShards() throws IOException {
        int before = compared;
        for (int shards : new int[] {1, 4}) {
            for (int seed = 0; seed < 4; seed++) {
                clean();
                history.clear();
                var requests = new RandomRequests(seed * 10L + shards);
                try (EngineFixture engine = engine(shards)) {
                    for (int i = 0; i < 4_000; i++) {
                        compare(engine, requests.next());
                    }
                    assertThat(engine.faults()).isEmpty();
                }
            }
        }
        assertThat(compared - before).isBetween(31_000, 32_000);
    }
}
