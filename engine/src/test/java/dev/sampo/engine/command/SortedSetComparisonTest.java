package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.RedisEvents;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Sorted sets and geospatial indexes beside a redis-server: both forms, both versions of the protocol, with events.
class SortedSetComparisonTest {
    private static final String NOTIFICATIONS = "KEAmn";
    private static final int HISTORY = 30;
    private static RedisServer redis;
    private static RedisServer.Client client;
    private static RedisEvents events;
    private static int compared;

    private final Deque<String> history = new ArrayDeque<>();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        redis = RedisServer.start();
        events = new RedisEvents(redis, NOTIFICATIONS);
    }

    @AfterAll
    static void stop() throws IOException {
        if (redis != null) {
            System.out.println("SortedSetComparisonTest compared " + compared + " replies with redis-server");
            events.close();
            redis.close();
        }
    }

    private static Reply call(RedisServer.Client client, String... words) throws IOException {
        return client.call(bytes(List.of(words)));
    }

    private static byte[][] bytes(List<String> words) {
        return words.stream().map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
    }

    private EngineFixture engine(int shards, int resp, int entries) throws IOException {
        history.clear();
        redis.run("FLUSHALL");
        redis.run("CONFIG SET zset-max-listpack-entries " + entries);
        client = redis.connect();
        call(client, "HELLO", Integer.toString(resp));
        events.take();
        var engine = new EngineFixture(shards);
        CollectionLimits d = CollectionLimits.DEFAULT;
        var limits = new CollectionLimits(d.hashEntries(), d.hashValueBytes(), d.setIntsetEntries(), d.setEntries(),
            d.setValueBytes(), entries, d.zsetValueBytes(), d.listSize(), d.listCompressDepth(), d.streamNodeBytes(),
            d.streamNodeEntries(), d.hllSparseBytes());
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse(NOTIFICATIONS)).withCollections(limits));
        if (resp == 3) {
            engine.resp3();
        }
        return engine;
    }

    private void compare(EngineFixture engine, List<String> words) throws IOException {
        history.addLast(words.toString());
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
        String expected = EngineFixture.text(client.call(bytes(words)));
        String actual = EngineFixture.text(engine.call(bytes(words)));
        assertThat(shortest(actual)).as(() -> "reply to " + String.join("\n", history)).isEqualTo(shortest(expected));
        assertThat(engine.events().take()).as(() -> "events of " + String.join("\n", history)).isEqualTo(events.take());
        compared++;
    }

    /// Redis 7.0 prints doubles with 17 digits, later ones with as few as it takes.
    private static String shortest(String reply) {
        var text = new StringBuilder();
        for (String word : reply.split("(?=[\" \\[\\],])|(?<=[\" \\[\\],])")) {
            boolean number = word.matches("-?\\d+\\.\\d+(e[+-]\\d+)?|-?\\d+e[+-]\\d+|-?\\d{16,}");
            text.append(number ? Double.toString(Double.parseDouble(word)) : word);
        }
        return text.toString();
    }

    @Test
    void randomRequests_replyAsRedis() throws IOException {
        for (int resp = 2; resp <= 3; resp++) {
            for (int entries : new int[] {128, 3}) {
                for (int shards : new int[] {1, 4}) {
                    run(new Random(resp * 100 + entries + shards), engine(shards, resp, entries), 6_000);
                }
            }
        }
        assertThat(compared).isGreaterThan(47_000);
    }

    private void run(Random random, EngineFixture fixture, int requests) throws IOException {
        var sorted = new SortedSetRequests();
        var geo = new GeoRequests();
        try (fixture; var _ = client) {
            for (int i = 0; i < requests; i++) {
                int what = random.nextInt(20);
                compare(fixture, what < 11 ? sorted.next(random) : what < 18 ? geo.next(random) : keys(random));
            }
            assertThat(fixture.faults()).isEmpty();
        }
    }

    private static List<String> keys(Random random) {
        String family = RequestFamily.one(random, "z", "geo");
        String key = RequestFamily.key(random, family);
        return switch (random.nextInt(6)) {
            case 0 -> List.of("COPY", key, RequestFamily.key(random, family), "REPLACE");
            case 1 -> List.of("RENAME", key, RequestFamily.key(random, family));
            case 2 -> List.of("DEL", key);
            case 3 -> List.of("PEXPIREAT", key, "4102444800000");
            case 4 -> List.of("PEXPIRETIME", key);
            default -> List.of("SET", RequestFamily.one(random, "a", "b"), "text");
        };
    }

    /// Scores of all kinds: their order, sums and ranges, whatever their text.
    @Test
    void scores_areOrderedAndAddedAsInRedis() throws IOException {
        Random random = new Random(7);
        for (int entries : new int[] {128, 0}) {
            EngineFixture engine = engine(1, 2, entries);
            try (engine; var _ = client) {
                for (int i = 0; i < 3_000; i++) {
                    String member = Integer.toString(random.nextInt(60));
                    String score = score(random);
                    compare(engine, switch (random.nextInt(6)) {
                        case 0 -> List.of("ZADD", "z", RequestFamily.one(random, "GT", "LT", "CH"), score, member);
                        case 1, 2 -> List.of("ZADD", "z", score, member);
                        case 3 -> List.of("ZINCRBY", "z", score, member);
                        case 4 -> List.of("ZRANGE", "z", "0", "-1");
                        default -> List.of("ZCOUNT", "z", score(random), "(" + score);
                    });
                }
            }
        }
    }

    private static String score(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Integer.toString(random.nextInt(100) - 50);
            case 1 -> Double.toString(random.nextGaussian());
            case 2 -> Double.toString(Double.longBitsToDouble(random.nextLong())).toLowerCase(Locale.ROOT);
            case 3 -> Long.toString(random.nextLong());
            case 4 -> RequestFamily.one(random, "inf", "-inf", "0", "1e17", "-4.9e300", "1e400", "5e-324");
            default -> "0x" + Integer.toHexString(random.nextInt()) + "p-" + random.nextInt(40);
        };
    }

    /// Many points, all shapes and sizes.
    @Test
    void searches_findWhatRedisFinds() throws IOException {
        Random random = new Random(8);
        for (int round = 0; round < 2; round++) {
            EngineFixture engine = engine(1, 2, 128);
            try (engine; var _ = client) {
                for (int i = 0; i < 3_000; i++) {
                    compare(engine, i < 600 ? point(random, round) : search(random, round));
                }
            }
        }
    }

    private static List<String> point(Random random, int round) {
        return List.of("GEOADD", "g", longitude(random, round), latitude(random, round), "p" + random.nextInt(400));
    }

    private static String longitude(Random random, int round) {
        return Double.toString(round == 0 ? random.nextDouble() * 360 - 180 : 13 + random.nextDouble());
    }

    private static String latitude(Random random, int round) {
        return Double.toString(round == 0 ? random.nextDouble() * 170 - 85 : 52 + random.nextDouble());
    }

    private static List<String> search(Random random, int round) {
        List<String> words = new ArrayList<>(List.of("GEOSEARCH", "g"));
        if (random.nextBoolean()) {
            words.addAll(List.of("FROMMEMBER", "p" + random.nextInt(400)));
        } else {
            words.addAll(List.of("FROMLONLAT", longitude(random, round), latitude(random, round)));
        }
        double size = Math.exp(random.nextDouble() * (round == 0 ? 10 : 5)) - 1;
        if (random.nextBoolean()) {
            words.addAll(List.of("BYRADIUS", Double.toString(size), "km"));
        } else {
            words.addAll(List.of("BYBOX", Double.toString(size), Double.toString(size * random.nextDouble() * 2), "km"));
        }
        switch (random.nextInt(4)) {
            case 0 -> words.addAll(List.of("ASC", "COUNT", Integer.toString(1 + random.nextInt(10))));
            case 1 -> words.add("DESC");
            case 2 -> words.addAll(List.of("COUNT", Integer.toString(1 + random.nextInt(10)), "ANY"));
            default -> {
            }
        }
        words.addAll(List.of("WITHHASH", "WITHCOORD"));
        return words;
    }

    /// A walk over a packed set comes at once and in order; of a big one all of it comes, in Redis's and in another order.
    @Test
    void zscan_ofPackedSet_repliesAsRedis() throws IOException {
        EngineFixture engine = engine(1, 3, 128);
        try (engine; var _ = client) {
            compare(engine, List.of("ZADD", "z", "1", "b", "2", "a", "0.5", "12", "-3", "a2", "1e3", "long-one"));
            compare(engine, List.of("ZSCAN", "z", "0"));
            compare(engine, List.of("ZSCAN", "z", "0", "MATCH", "a*", "COUNT", "1"));
            compare(engine, List.of("ZSCAN", "z", "0", "COUNT", "0"));
            compare(engine, List.of("ZSCAN", "z", "0", "TYPE", "zset"));
            compare(engine, List.of("ZSCAN", "z", "x"));
            compare(engine, List.of("ZSCAN", "z"));
        }
    }
}
