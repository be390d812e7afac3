package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Streams beside a redis-server, replies with times in them included: times are made equal first, and what Redis 7.2 added to
/// the replies of 7.0 is taken out.
class StreamComparisonTest {
    private static final int HISTORY = 40;
    /// Numbers from here on are times, which are compared in these units.
    private static final long LEAST_TIME = 1_600_000_000_000L;
    private static final long TIME_UNIT = 10_000_000;
    private static RedisServer redis;
    private static int compared;

    private final Deque<String> history = new ArrayDeque<>();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        redis = RedisServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        if (redis != null) {
            System.out.println("StreamComparisonTest compared " + compared + " replies with redis-server");
            redis.close();
        }
    }

    @BeforeEach
    void clean() throws IOException {
        redis.run("FLUSHALL");
        history.clear();
    }

    private static EngineFixture engine(int nodeEntries, int nodeBytes) throws IOException {
        redis.run("CONFIG SET stream-node-max-entries " + nodeEntries + " stream-node-max-bytes " + nodeBytes);
        var engine = new EngineFixture();
        CollectionLimits d = CollectionLimits.DEFAULT;
        engine.settings(Settings.DEFAULT.withCollections(new CollectionLimits(d.hashEntries(), d.hashValueBytes(),
            d.setIntsetEntries(), d.setEntries(), d.setValueBytes(), d.zsetEntries(), d.zsetValueBytes(), d.listSize(),
            d.listCompressDepth(), nodeBytes, nodeEntries, d.hllSparseBytes())));
        engine.clock().advanceMillis(System.currentTimeMillis() - EngineFixture.START_MILLIS);
        return engine;
    }

    private void compare(EngineFixture engine, List<String> words) throws IOException {
        history.addLast(String.join(" ", words));
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
        byte[][] request = words.stream().map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
        Reply theirs = redis.client().call(request);
        Reply ours = engine.call(request);
        boolean idle = words.getFirst().equals("XPENDING") && words.size() > 3;
        assertThat(text(ours, idle)).as(() -> "reply to " + String.join("\n", history)).isEqualTo(text(theirs, idle));
        compared++;
    }

    /// The reply in one line without what has to differ.
    private static String text(Reply reply, boolean idle) {
        if (reply instanceof Reply.Int number) {
            return number.value() < LEAST_TIME ? ":" + number.value()
                : "now - " + Math.round((double) (System.currentTimeMillis() - number.value()) / TIME_UNIT);
        }
        if (!(reply instanceof Reply.Array array)) {
            return EngineFixture.text(reply);
        }
        List<String> texts = new ArrayList<>();
        List<Reply> elements = array.elements();
        for (int i = 0; i < elements.size(); i++) {
            String text = text(elements.get(i), idle);
            boolean named = i + 1 < elements.size() && elements.get(i + 1) instanceof Reply.Int;
            if (named && (text.equals("\"active-time\"") || text.equals("\"inactive\""))) {
                i++;
            } else if (named && (text.equals("\"idle\"") || text.equals("\"radix-tree-nodes\""))) {
                i++;
                texts.add(text);
            } else if (idle && i == 2 && elements.size() == 4) {
                texts.add("idle");
            } else {
                texts.add(text);
            }
        }
        return "[" + String.join(" ", texts) + "]";
    }

    private static final class TimedRequests extends StreamRequests {
        @Override
        List<String> request(Random random) {
            String key = one(random, "astream", "bstream");
            return switch (random.nextInt(24)) {
                case 0 -> List.of("XINFO", "STREAM", key);
                case 1 -> List.of("XINFO", "STREAM", key, "FULL");
                case 2 -> List.of("XINFO", "STREAM", key, "FULL", "COUNT", one(random, "0", "1", "3", "-1", "x"));
                case 3 -> List.of("XINFO", "CONSUMERS", key, group(random));
                case 4, 5 -> List.of("XPENDING", key, group(random), one(random, "-", "5", "(7", "x"), one(random, "+", "+", "(20", "9-1"),
                    one(random, "10", "2", "0", "-1"));
                case 6 -> List.of("XPENDING", key, group(random), "-", "+", one(random, "10", "1"), consumer(random));
                case 7 -> List.of("XPENDING", key, group(random), "IDLE", one(random, "0", "1000000", "x"), "-", "+", "10");
                case 8 -> List.of("XPENDING", key, group(random), "IDLE", "1000000", "-", "+", "10", consumer(random));
                case 9 -> List.of("XPENDING", key, group(random), "-", "+");
                case 10 -> List.of("XCLAIM", key, group(random), consumer(random), "1000000", id(random), id(random), id(random),
                    "IDLE", one(random, "0", "3000000", "-7"));
                case 11 -> List.of("XCLAIM", key, group(random), consumer(random), "0", id(random), id(random), "FORCE", "IDLE",
                    "5000000000");
                case 12 -> List.of("XAUTOCLAIM", key, group(random), consumer(random), "1000000", "-", "COUNT", "2");
                default -> super.request(random);
            };
        }
    }

    @Test
    void randomRequests_replyAsRedis() throws IOException {
        int before = compared;
        for (int seed = 0; seed < 16; seed++) {
            clean();
            var random = new Random(seed);
            var requests = new TimedRequests();
            int nodeEntries = seed % 4 == 0 ? 100 : seed % 4 == 1 ? 0 : 3;
            int nodeBytes = seed % 4 == 3 ? 200 : seed % 4 == 1 ? 0 : 4096;
            try (EngineFixture engine = engine(nodeEntries, nodeBytes)) {
                for (String key : new String[] {"astream", "bstream"}) {
                    compare(engine, List.of("XGROUP", "CREATE", key, "g", "0", "MKSTREAM"));
                    for (String consumer : new String[] {"c", "consumer-1", "consumer-2"}) {
                        compare(engine, List.of("XGROUP", "CREATECONSUMER", key, "g", consumer));
                    }
                }
                for (int i = 0; i < 1_500; i++) {
                    compare(engine, requests.next(random));
                }
                engine.assertValid();
                assertThat(engine.faults()).isEmpty();
            }
        }
        assertThat(compared - before).isEqualTo(16 * 1_508);
    }

    /// Streams with groups, of nodes of all kinds, go from one server to the other and back.
    @Test
    void serialisedStreams_areReadByBoth() throws IOException {
        int moved = 0;
        for (int seed = 100; seed < 106; seed++) {
            clean();
            var random = new Random(seed);
            var requests = new TimedRequests();
            try (EngineFixture engine = engine(seed % 2 == 0 ? 3 : 100, seed % 3 == 0 ? 200 : 4096)) {
                compare(engine, List.of("XGROUP", "CREATE", "astream", "g", "0", "MKSTREAM"));
                compare(engine, List.of("XADD", "astream", "1-1", "f", "v"));
                for (int i = 0; i < 400; i++) {
                    byte[][] request = requests.next(random).stream()
                        .map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
                    redis.client().call(request);
                    if (i % 20 == 0 && redis.run("DUMP astream") instanceof Reply.Bulk dump) {
                        engine.run("DEL astream");
                        assertThat(EngineFixture.text(engine.call(words("RESTORE", dump)))).isEqualTo("+OK");
                        compare(engine, List.of("XINFO", "STREAM", "astream", "FULL", "COUNT", "0"));
                        var ours = (Reply.Bulk) engine.run("DUMP astream");
                        redis.run("DEL astream");
                        assertThat(EngineFixture.text(redis.client().call(words("RESTORE", ours)))).isEqualTo("+OK");
                        compare(engine, List.of("XINFO", "STREAM", "astream", "FULL", "COUNT", "0"));
                        moved++;
                    }
                }
                engine.assertValid();
            }
        }
        assertThat(moved).isGreaterThan(80);
    }

    private static byte[][] words(String command, Reply.Bulk dump) {
        return new byte[][] {command.getBytes(StandardCharsets.US_ASCII), "astream".getBytes(StandardCharsets.US_ASCII), {'0'},
            dump.bytes()};
    }

    @Test
    void edgeCases_replyAsRedis() throws IOException {
        int before = compared;
        try (EngineFixture engine = engine(100, 4096)) {
            for (String line : EDGE_CASES.lines().toList()) {
                List<String> words = EngineFixture.words(line).stream()
                    .map(word -> new String(word, StandardCharsets.ISO_8859_1)).toList();
                compare(engine, words);
            }
            assertThat(engine.faults()).isEmpty();
        }
        assertThat(compared - before).isGreaterThan(120);
    }

    private static final String EDGE_CASES = """
        XADD s 1-1
        XADD s 1-1 f
        XADD s
        XADD s * f
        XADD s MAXLEN 5
        XADD s MAXLEN 5 1-1
        XADD s MAXLEN ~ 5 1-1 f v
        XADD s MAXLEN = 5 1-2 f v
        XADD s MAXLEN 5 LIMIT 1 1-3 f v
        XADD s LIMIT 0 1-3 f v
        XADD s LIMIT 5 1-3 f v
        XADD s MAXLEN ~ 5 LIMIT 0 1-3 f v
        XADD s MAXLEN ~ 5 MINID 1 1-4 f v
        XADD s MINID ~ 5 1-4 f v
        XADD s MINID x 1-5 f v
        XADD s MAXLEN x 1-5 f v
        XADD s MAXLEN -1 1-5 f v
        XADD s MAXLEN
        XADD s nomkstream 0-0 f v
        XADD s nomkstream 0 f v
        XADD none nomkstream 5 f v
        XADD s 0-* f v
        XADD z 0-* f v
        XADD z 0-* f v
        XADD z 0-1 f v
        XADD z 18446744073709551615-18446744073709551614 f v
        XADD z 18446744073709551615-* f v
        XADD z 18446744073709551615-* f v
        XADD z * f v
        XRANGE z - +
        XRANGE z (18446744073709551615-18446744073709551615 +
        XRANGE z - (0-0
        XRANGE z - (0
        XRANGE z (- +
        XRANGE z 18446744073709551615 18446744073709551615
        XREVRANGE z + - COUNT 1
        XREVRANGE z + - COUNT 0
        XRANGE z - + COUNT -5
        XRANGE z - + COUNT
        XRANGE z - + COUNT x
        XRANGE z - + x 5
        XRANGE none - +
        XRANGE none - + COUNT 0
        SET t x
        XADD t 1 f v
        XLEN t
        XRANGE t - +
        XDEL t 1
        XTRIM t MAXLEN 0
        XREAD STREAMS t 0
        XREADGROUP GROUP g c STREAMS t >
        XGROUP CREATE t g 0
        XGROUP CREATE t g 0 MKSTREAM
        XGROUP DESTROY t g
        XACK t g 1
        XPENDING t g
        XCLAIM t g c 0 1
        XAUTOCLAIM t g c 0 0
        XINFO STREAM t
        XINFO GROUPS t
        XINFO CONSUMERS t g
        XSETID t 1
        XINFO STREAM none
        XINFO GROUPS none
        XINFO CONSUMERS none g
        XINFO STREAM s FULL x
        XINFO STREAM s x
        XINFO STREAM s FULL COUNT
        XINFO STREAM s FULL COUNT x
        XINFO STREAM s FULL COUNT 1 2
        XINFO CONSUMERS s none
        XINFO STREAM
        XINFO
        XINFO NOSUCH s
        XGROUP NOSUCH s
        XGROUP CREATE s
        XGROUP CREATE s g x
        XGROUP CREATE s g 0 x
        XGROUP CREATE s g 0 ENTRIESREAD
        XGROUP CREATE s g 0 ENTRIESREAD -2
        XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 5 MKSTREAM
        XGROUP CREATE none g 0
        XGROUP CREATE none g x MKSTREAM
        XGROUP CREATE s g 0
        XGROUP CREATE s g 0
        XGROUP SETID s none 0
        XGROUP SETID s g -
        XGROUP SETID s g +
        XGROUP SETID s g x
        XGROUP SETID s g 0 MKSTREAM
        XGROUP SETID s g 0 ENTRIESREAD 2
        XINFO GROUPS s
        XGROUP DESTROY none g
        XGROUP DESTROY s none
        XGROUP CREATECONSUMER s g c
        XGROUP CREATECONSUMER s g c
        XGROUP CREATECONSUMER s none c
        XGROUP DELCONSUMER s g none
        XREADGROUP GROUP g c STREAMS s $
        XREADGROUP GROUP g c STREAMS s x
        XREADGROUP GROUP g c STREAMS s
        XREADGROUP GROUP g STREAMS s >
        XREADGROUP COUNT 1 STREAMS s s2 > >
        XREADGROUP GROUP g c COUNT 1 BLOCK x STREAMS s >
        XREADGROUP GROUP g c BLOCK -1 STREAMS s >
        XREADGROUP GROUP g c COUNT 1 STREAMS s >
        XREADGROUP GROUP g c STREAMS s 18446744073709551615-18446744073709551615
        XREADGROUP GROUP g c STREAMS s 18446744073709551615
        XREADGROUP GROUP g c STREAMS s none > >
        XREAD STREAMS s
        XREAD STREAMS s >
        XREAD STREAMS s none $ $
        XREAD STREAMS none s 0 0
        XREAD COUNT 1 STREAMS s s 0 1-1
        XREAD GROUP g c STREAMS s 0
        XREAD NOACK STREAMS s 0
        XREAD COUNT x STREAMS s 0
        XREAD BLOCK x STREAMS s 0
        XREAD x STREAMS s 0
        XREAD COUNT 5 5 5
        XPENDING s g
        XPENDING s none
        XPENDING none g
        XPENDING s g - +
        XPENDING s g - + x
        XPENDING s g (18446744073709551615-18446744073709551615 + 5
        XPENDING s g - (0-0 5
        XPENDING s g IDLE x - + 5
        XPENDING s g IDLE 0 - +
        XPENDING s g - + 5 none
        XCLAIM s g c x 1
        XCLAIM s g c 0 x
        XCLAIM s g c 0 1-1 IDLE x
        XCLAIM s g c 0 1-1 TIME x
        XCLAIM s g c 0 1-1 RETRYCOUNT x
        XCLAIM s g c 0 1-1 LASTID x
        XCLAIM s g c 0 1-1 LASTID
        XCLAIM s g d 0 1-1 1-2 9-9 FORCE
        XCLAIM s none d 0 1-1
        XCLAIM none g d 0 1-1
        XAUTOCLAIM s g d x 0
        XAUTOCLAIM s g d 0 x
        XAUTOCLAIM s g d 0 (18446744073709551615-18446744073709551615
        XAUTOCLAIM s g d 0 0 COUNT 0
        XAUTOCLAIM s g d 0 0 COUNT 576460752303423488
        XAUTOCLAIM s g d 0 0 COUNT
        XAUTOCLAIM s none d 0 0
        XDEL s 1-1
        XREADGROUP GROUP g d STREAMS s 0
        XAUTOCLAIM s g d 0 0
        XINFO STREAM s FULL
        XSETID s x
        XSETID s 0-0
        XSETID s 9-9 ENTRIESADDED
        XSETID s 9-9 ENTRIESADDED -1
        XSETID s 9-9 ENTRIESADDED 1
        XSETID s 9-9 MAXDELETEDID 9-10
        XSETID s 9-9 ENTRIESADDED 50 MAXDELETEDID 5-5
        XSETID none 1
        XINFO STREAM s
        XINFO GROUPS s
        XDEL s x
        XDEL none x
        XDEL s - +
        XTRIM s MAXLEN 0
        XINFO STREAM s
        XADD s 10-10 f v
        XINFO STREAM s
        XTRIM s
        XTRIM s MAXLEN ~ 0 LIMIT
        XTRIM s nosuch 5
        XTRIM none MAXLEN 5
        XACK s g x
        XACK none g x
        XACK s none x
        XLEN none
        """;
}
