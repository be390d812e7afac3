package dev.sampo.persist.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Shard;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.rdb.Forms;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of RDB as a whole: beside redis-server in both directions, and by hand.
class RdbFileTest {
    private static final int WHOLE = 1 << 30;
    private static final long FAR = 4_102_444_800_000L;

    @TempDir
    Path dir;

    // ---------------------------------------------------------------- reading and writing

    /// Reads a file in pieces of `piece` bytes; why it is bad, or "".
    private static String read(byte[] file, int piece, RdbTarget target) {
        try (var reader = new RdbReader(target, true)) {
            int given = 0;
            while (true) {
                int status = reader.step(piece);
                if (status == RdbReader.DONE) {
                    return "";
                }
                if (status == RdbReader.BAD) {
                    return reader.reason();
                }
                if (status == RdbReader.NEED) {
                    if (given == file.length) {
                        return "CUT at byte " + reader.position();
                    }
                    int length = Math.min(piece, file.length - given);
                    long address = OffHeap.allocate(length);
                    OffHeap.copyFrom(file, given, address, length);
                    reader.append(address, length);
                    OffHeap.free(address, length);
                    given += length;
                }
            }
        }
    }

    private static RdbLoader loader(EngineFixture engine) {
        return new RdbLoader(shards(engine), (1L << engine.shards()) - 1, engine.context().accessClock(), 0);
    }

    private static Shard[] shards(EngineFixture engine) {
        Shard[] shards = new Shard[engine.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = engine.shard(i);
        }
        return shards;
    }

    private static byte[] write(EngineFixture engine, int version) {
        var file = new ByteArrayOutputStream();
        try (var writer = new RdbWriter((address, length) -> file.writeBytes(OffHeap.bytes(address, length)), version, true, true)) {
            writer.begin("7.2.0", EngineFixture.START_MILLIS, 1);
            for (int db = 0; db < EngineFixture.DATABASES; db++) {
                long keys = 0;
                long volatileKeys = 0;
                for (int i = 0; i < engine.shards(); i++) {
                    keys += engine.shard(i).keyspace(db).size();
                    volatileKeys += engine.shard(i).keyspace(db).volatileSize();
                }
                if (keys > 0) {
                    writer.database(db, keys, volatileKeys);
                    for (int i = 0; i < engine.shards(); i++) {
                        writeAll(writer, engine.shard(i).keyspace(db));
                    }
                }
            }
            writer.end();
            assertThat(writer.written()).isEqualTo(file.size());
        }
        return file.toByteArray();
    }

    private static void writeAll(RdbWriter writer, Keyspace ks) {
        long cursor = 0;
        do {
            cursor = ks.scan(cursor, 100, e -> writer.entry(ks, e));
        } while (cursor != 0);
    }

    // ---------------------------------------------------------------- data

    /// Requests that make values of every type and size; the same for both servers.
    private static List<byte[][]> population(int seed, int keys) {
        Random random = new Random(seed);
        List<byte[][]> requests = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            byte[] key = Forms.latin1("key:" + i);
            fill(requests, random, key);
            if (random.nextInt(4) == 0) {
                requests.add(new byte[][] {Forms.latin1("PEXPIREAT"), key, Forms.latin1(Long.toString(FAR + i))});
            }
            if (random.nextInt(20) == 0) {
                requests.add(new byte[][] {Forms.latin1("MOVE"), key, Forms.latin1(Integer.toString(1 + random.nextInt(3)))});
            }
        }
        return requests;
    }

    /// One value of any type, of few elements, of many, or of large ones.
    private static void fill(List<byte[][]> requests, Random random, byte[] key) {
        int type = random.nextInt(6);
        if (type == 0) {
            requests.add(new byte[][] {Forms.latin1("SET"), key, value(random)});
            return;
        }
        int elements = 1 + random.nextInt(random.nextInt(10) == 0 ? 700 : 20);
        boolean numbers = random.nextInt(3) == 0;
        for (int i = 0; i < elements; i++) {
            byte[] element = numbers ? Forms.latin1(Integer.toString(random.nextInt())) : element(random);
            requests.add(switch (type) {
                case 1 -> new byte[][] {Forms.latin1("RPUSH"), key, element};
                case 2 -> new byte[][] {Forms.latin1("SADD"), key, element};
                case 3 -> new byte[][] {Forms.latin1("ZADD"), key, Forms.latin1(score(random)), element};
                case 4 -> new byte[][] {Forms.latin1("HSET"), key, element, element(random)};
                default -> new byte[][] {Forms.latin1("XADD"), key, Forms.latin1(i + 1 + "-" + random.nextInt(9)), element(random), element,
                    Forms.latin1("f"), element(random)};
            });
        }
        if (type == 5) {
            group(requests, random, key, elements);
        }
    }

    private static String score(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> "inf";
            case 1 -> "-inf";
            case 2 -> Double.toString(random.nextGaussian());
            default -> Integer.toString(random.nextInt(100));
        };
    }

    /// Groups with consumers, some of which have received entries, and some entries that are deleted.
    private static void group(List<byte[][]> requests, Random random, byte[] key, int entries) {
        for (int i = random.nextInt(3); i > 0; i--) {
            byte[] group = Forms.latin1("group" + i);
            requests.add(new byte[][] {Forms.latin1("XGROUP"), Forms.latin1("CREATE"), key, group, Forms.latin1("0")});
            for (int j = random.nextInt(4); j > 0; j--) {
                requests.add(new byte[][] {Forms.latin1("XREADGROUP"), Forms.latin1("GROUP"), group, Forms.latin1("consumer" + j),
                    Forms.latin1("COUNT"), Forms.latin1(Integer.toString(1 + random.nextInt(5))), Forms.latin1("STREAMS"), key,
                    Forms.latin1(">")});
            }
        }
        if (random.nextBoolean()) {
            requests.add(new byte[][] {Forms.latin1("XTRIM"), key, Forms.latin1("MAXLEN"), Forms.latin1(Integer.toString(entries / 2))});
        }
    }

    private static byte[] element(Random random) {
        byte[] element = new byte[random.nextInt(random.nextInt(300) == 0 ? 20_000 : random.nextInt(10) == 0 ? 100 : 20)];
        random.nextBytes(element);
        return element;
    }

    private static byte[] value(Random random) {
        if (random.nextInt(3) == 0) {
            return Forms.latin1(Long.toString(random.nextLong() >> random.nextInt(64)));
        }
        byte[] value = new byte[random.nextInt(random.nextInt(50) == 0 ? 100_000 : 100)];
        int letters = 1 + random.nextInt(256);
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) random.nextInt(letters);
        }
        return value;
    }

    /// Everything that commands say of a key, in an order that does not depend on encodings.
    private static List<String> facts(Caller server, String key) throws IOException {
        String type = server.text("TYPE", key);
        List<String> facts = new ArrayList<>(List.of(type, server.text("PEXPIRETIME", key)));
        switch (type) {
            case "+string" -> facts.add(server.text("GET", key));
            case "+none" -> {
            }
            case "+list" -> facts.add(server.text("LRANGE", key, "0", "-1"));
            case "+set" -> facts.addAll(server.sorted(1, "SMEMBERS", key));
            case "+zset" -> facts.addAll(server.scores(key));
            case "+hash" -> facts.addAll(server.sorted(2, "HGETALL", key));
            case "+stream" -> {
                facts.add(server.text("XRANGE", key, "-", "+"));
                facts.add(server.text("XINFO", "STREAM", key).replaceAll("radix-tree-(keys|nodes)\" :\\d+", ""));
                for (int i = 1; i <= 2; i++) {
                    facts.add(server.text("XPENDING", key, "group" + i));
                    facts.add(server.text("XPENDING", key, "group" + i, "-", "+", "1000").replaceAll(":\\d+ (:\\d+\\])", "$1"));
                }
                facts.add(server.text("XINFO", "GROUPS", key));
            }
            default -> facts.add("?");
        }
        return facts;
    }

    @FunctionalInterface
    private interface Caller {
        Reply call(byte[]... request) throws IOException;

        default String text(String... words) throws IOException {
            return EngineFixture.text(call(Arrays.stream(words).map(Forms::latin1).toArray(byte[][]::new)));
        }

        /// Members with their scores, which not every server prints with the same digits.
        default List<String> scores(String key) throws IOException {
            List<String> scores = new ArrayList<>();
            List<Reply> elements = ((Reply.Array) call(Forms.latin1("ZRANGE"), Forms.latin1(key), Forms.latin1("0"), Forms.latin1("-1"),
                Forms.latin1("WITHSCORES"))).elements();
            for (int i = 0; i < elements.size(); i += 2) {
                String score = ((Reply.Bulk) elements.get(i + 1)).text().replace("inf", "Infinity");
                scores.add(EngineFixture.text(elements.get(i)) + "=" + Double.parseDouble(score));
            }
            return scores;
        }

        /// The elements of an array, `group` of them together, in order.
        default List<String> sorted(int group, String... words) throws IOException {
            List<String> sorted = new ArrayList<>();
            List<Reply> elements = ((Reply.Array) call(Arrays.stream(words).map(Forms::latin1).toArray(byte[][]::new))).elements();
            for (int i = 0; i < elements.size(); i += group) {
                sorted.add(EngineFixture.text(new Reply.Array(elements.subList(i, i + group))));
            }
            Collections.sort(sorted);
            return sorted;
        }
    }

    private static int compare(Caller ours, Caller theirs, int keys) throws IOException {
        int compared = 0;
        for (int db = 0; db < 4; db++) {
            ours.text("SELECT", Integer.toString(db));
            theirs.text("SELECT", Integer.toString(db));
            assertThat(ours.text("DBSIZE")).isEqualTo(theirs.text("DBSIZE"));
            for (int i = 0; i < keys; i++) {
                List<String> facts = facts(ours, "key:" + i);
                assertThat(facts).as("key:" + i).isEqualTo(facts(theirs, "key:" + i)).doesNotContain("?");
                compared += facts.getFirst().equals("+none") ? 0 : 1;
            }
        }
        return compared;
    }

    private static Caller caller(EngineFixture engine) {
        return request -> {
            if (new String(request[0], StandardCharsets.US_ASCII).equals("SELECT")) {
                engine.session().db(Integer.parseInt(new String(request[1], StandardCharsets.US_ASCII)));
                return new Reply.Simple("OK");
            }
            return engine.call(request);
        };
    }

    // ---------------------------------------------------------------- tests

    @Test
    void fileOfRedis_isLoaded_byAnyNumberOfShards() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        int keys = 3_000;
        try (var redis = RedisServer.start("--dir", dir.toString())) {
            for (byte[][] request : population(1, keys)) {
                redis.client().call(request);
            }
            assertThat(redis.run("SAVE")).isEqualTo(new Reply.Simple("OK"));
            byte[] file = Files.readAllBytes(dir.resolve("dump.rdb"));
            for (int shards : new int[] {1, 3}) {
                try (var engine = new EngineFixture(shards)) {
                    RdbLoader loader = loader(engine);
                    assertThat(read(file, shards == 1 ? WHOLE : 1000, loader)).isEmpty();
                    assertThat(loader.loaded()).isEqualTo(keys);
                    assertThat(loader.aux()).containsKeys("redis-ver", "redis-bits", "ctime");
                    assertThat(compare(caller(engine), redis.client()::call, keys)).isEqualTo(keys);
                }
            }
        }
    }

    @Test
    void fileOfOurs_isLoadedByRedis() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        int keys = 3_000;
        try (var engine = new EngineFixture(2)) {
            for (byte[][] request : population(2, keys)) {
                engine.call(request);
            }
            Files.write(dir.resolve("dump.rdb"), write(engine, RdbType.VERSION_MIN_WRITTEN));
            try (var redis = RedisServer.start("--dir", dir.toString())) {
                assertThat(compare(caller(engine), redis.client()::call, keys)).isEqualTo(keys);
            }
        }
    }

    @Test
    void fileOfOurs_isLoadedHere_inEveryVersion() {
        for (int version = RdbType.VERSION_MIN_WRITTEN; version <= RdbType.VERSION_MAX; version++) {
            try (var engine = new EngineFixture(3); var copy = new EngineFixture(2)) {
                for (byte[][] request : population(3, 500)) {
                    engine.call(request);
                }
                assertThat(read(write(engine, version), 100, loader(copy))).isEmpty();
                assertThat(copy.digest()).isEqualTo(engine.digest());
            }
        }
    }

    private static byte[] file(int version, byte[]... parts) {
        byte[] file = Forms.concat(Forms.latin1("REDIS%04d".formatted(version)), Forms.concat(parts), Forms.bytes(0xFF));
        return version < 5 ? file : Forms.concat(file, Forms.little(8, Forms.crc(file)));
    }

    private static byte[] entry(String key, String value) {
        return Forms.concat(Forms.bytes(0), Forms.strings(key, value));
    }

    @Test
    void everyItemOfAFile_isUnderstood() {
        byte[] file = file(12, Forms.bytes(0xFA), Forms.strings("redis-ver", "7.4.0"), Forms.bytes(0xF5), Forms.string("#!lua name=x"),
            // A module's own data: name, when, an unsigned, a signed, a float, a double, a string, end.
            Forms.bytes(0xF7, 0x81), Forms.big(8, 0x0102030405060708L), Forms.bytes(2, 1, 2, 5, 1, 6, 3, 1, 2, 3, 4, 4), Forms.little(8, 1),
            Forms.bytes(5), Forms.string("x"), Forms.bytes(0),
            Forms.bytes(0xFE, 0, 0xFB, 5, 3, 0xF4, 1, 2, 3), entry("a", "1"),
            Forms.bytes(0xFD), Forms.little(4, 2_000_000_000), entry("b", "2"),
            Forms.bytes(0xFC), Forms.little(8, FAR + 1), Forms.bytes(0xF8, 50), entry("c", "3"),
            Forms.bytes(0xFC), Forms.little(8, 5), entry("d", "4"),
            Forms.bytes(0xFE, 9), Forms.bytes(0xF9, 200), entry("a", "5"), Forms.bytes(1), Forms.string("empty"), Forms.bytes(0));
        for (int piece : new int[] {WHOLE, 1, 5}) {
            try (var engine = new EngineFixture(2)) {
                var loader = new RdbLoader(shards(engine), 3, engine.context().accessClock(), EngineFixture.START_MILLIS);
                assertThat(read(file, piece, loader)).isEmpty();
                assertThat(loader.loaded()).isEqualTo(4);
                assertThat(loader.expired()).isEqualTo(1);
                assertThat(loader.empty()).isEqualTo(1);
                assertThat(loader.aux()).containsEntry("redis-ver", "7.4.0");
                assertThat(loader.functions()).hasSize(1);
                assertThat(loader.modules()).containsExactly("AQIDBAUGB");
                assertThat(engine.run("MGET a b c d")).isEqualTo(new Reply.Array(List.of(bulk("1"), bulk("2"), bulk("3"), new Reply.Null())));
                assertThat(engine.run("PEXPIRETIME b")).isEqualTo(new Reply.Int(2_000_000_000_000L));
                assertThat(engine.run("PEXPIRETIME c")).isEqualTo(new Reply.Int(FAR + 1));
                engine.session().db(9);
                assertThat(engine.run("GET a")).isEqualTo(bulk("5"));
            }
        }
    }

    private static Reply bulk(String text) {
        return new Reply.Bulk(Forms.latin1(text));
    }

    @Test
    void oldVersions_haveNoChecksum_andLaterOnesMayLeaveItOut() {
        for (byte[] file : new byte[][] {file(1, Forms.bytes(0xFE, 0), entry("a", "1")), file(4, entry("a", "1")), file(6, entry("a", "1")),
            Forms.concat(Forms.latin1("REDIS0007"), entry("a", "1"), Forms.bytes(0xFF), new byte[8])}) {
            try (var engine = new EngineFixture()) {
                assertThat(read(file, 3, loader(engine))).isEmpty();
                assertThat(engine.run("GET a")).isEqualTo(bulk("1"));
            }
        }
    }

    @Test
    void damagedFiles_areRefused_withTheReason() {
        byte[] good = file(10, entry("a", "1"));
        byte[] flipped = good.clone();
        flipped[good.length - 10] ^= 1;
        Map<byte[], String> damaged = new LinkedHashMap<>();
        damaged.put(Forms.latin1("RADIS0010" + " ".repeat(20)), "not an RDB file");
        damaged.put(Forms.latin1("REDIS00x0" + " ".repeat(20)), "not an RDB file");
        damaged.put(file(13), "RDB version 13 is not supported");
        damaged.put(file(0), "RDB version 0 is not supported");
        damaged.put(flipped, "wrong checksum");
        damaged.put(file(10, entry("a", "1"), entry("a", "2")), "a key that is there already at byte 17");
        damaged.put(file(10, Forms.bytes(0xFE, 16)), "database 16 does not exist");
        damaged.put(file(10, Forms.bytes(200)), "unknown type or opcode 200");
        damaged.put(file(10, Forms.bytes(7), Forms.string("m"), new byte[20]), "values of modules are not supported in the value of key \"m\"");
        damaged.put(file(10, Forms.bytes(0xF6)), "functions in the form");
        damaged.put(file(10, Forms.bytes(2), Forms.string("s"), Forms.bytes(0xC0, 1)), "malformed length");
        for (var entry : damaged.entrySet()) {
            try (var engine = new EngineFixture()) {
                assertThat(read(entry.getKey(), WHOLE, loader(engine))).startsWith(entry.getValue());
            }
        }
        for (int length = 0; length < good.length; length++) {
            try (var engine = new EngineFixture()) {
                assertThat(read(Arrays.copyOf(good, length), WHOLE, loader(engine))).startsWith("CUT");
            }
        }
    }

    @Test
    void whatFollowsTheFile_isLeftAlone() {
        byte[] file = Forms.concat(file(10, entry("a", "1")), Forms.latin1("*1\r\n"));
        try (var engine = new EngineFixture(); var reader = new RdbReader(loader(engine), true)) {
            long address = OffHeap.allocate(file.length);
            OffHeap.copyFrom(file, 0, address, file.length);
            reader.append(address, file.length);
            OffHeap.free(address, file.length);
            assertThat(reader.step(100)).isEqualTo(RdbReader.DONE);
            assertThat(reader.left()).isEqualTo(4);
            assertThat(reader.position()).isEqualTo(file.length - 4);
        }
    }
}
