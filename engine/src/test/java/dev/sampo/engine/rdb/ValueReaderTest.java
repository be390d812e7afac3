package dev.sampo.engine.rdb;

import static dev.sampo.engine.rdb.Forms.bytes;
import static dev.sampo.engine.rdb.Forms.concat;
import static dev.sampo.engine.rdb.Forms.intset;
import static dev.sampo.engine.rdb.Forms.latin1;
import static dev.sampo.engine.rdb.Forms.length;
import static dev.sampo.engine.rdb.Forms.listpack;
import static dev.sampo.engine.rdb.Forms.little;
import static dev.sampo.engine.rdb.Forms.payload;
import static dev.sampo.engine.rdb.Forms.string;
import static dev.sampo.engine.rdb.Forms.strings;
import static dev.sampo.engine.rdb.Forms.ziplist;
import static dev.sampo.engine.rdb.Forms.zipmap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ValueReaderTest {
    private static final int WHOLE = 1 << 30;
    private static final String LONG = "x".repeat(300);
    private static final String[] NUMBERS = {"0", "12", "13", "-1", "127", "-128", "128", "4095", "-4096", "4096", "32767", "-32768", "32768",
        "8388607", "-8388608", "8388608", "2147483647", "-2147483648", "2147483648", "922337203685477580"};

    /// Serialised values of all forms with what they are.
    private static Map<byte[], String> known() {
        Map<byte[], String> known = new LinkedHashMap<>();
        String numbers = String.join(" ", NUMBERS);
        known.put(concat(bytes(0), string("abc")), "abc");
        known.put(concat(bytes(0), string("")), "");
        known.put(concat(bytes(0), bytes(0xC0, 0x80)), "-128");
        known.put(concat(bytes(0), bytes(0xC1, 0x39, 0x30)), "12345");
        known.put(concat(bytes(0), bytes(0xC2), little(4, -100_000)), "-100000");
        known.put(concat(bytes(0), bytes(0xC3, 5, 10, 0, 'a', 7 << 5, 0, 0)), "a".repeat(10));
        known.put(concat(bytes(0), bytes(0x80), Forms.big(4, 300), latin1(LONG)), LONG);
        known.put(concat(bytes(0), bytes(0x81), Forms.big(8, 2), latin1("hi")), "hi");
        known.put(concat(bytes(1, 3), strings("a", "", LONG)), "type1 a  " + LONG);
        known.put(concat(bytes(2, 2), strings("a", "7")), "type2 a 7");
        known.put(concat(bytes(3, 4), string("a"), bytes(3), latin1("1.5"), string("b"), bytes(254), string("c"), bytes(255),
            string("d"), bytes(18), latin1("0.1000000000000000")), "type3 a=1.5 b=Infinity c=-Infinity d=0.1");
        known.put(concat(bytes(5, 2), string("a"), little(8, Double.doubleToLongBits(-0.25)), string("b"), little(8, 0)),
            "type3 a=-0.25 b=0.0");
        known.put(concat(bytes(4, 2), strings("f", "v", "g", "")), "type4 f=v g=");
        known.put(concat(bytes(9), string(zipmap("f", "v", LONG, "w", "g", LONG))), "type4 f=v " + LONG + "=w g=" + LONG);
        known.put(concat(bytes(10), string(ziplist("a", LONG, "", "b"))), "type1 a " + LONG + "  b");
        known.put(concat(bytes(10), string(ziplist(NUMBERS))), "type1 " + numbers);
        known.put(concat(bytes(10), string(ziplist("y".repeat(17000), "z"))), "type1 " + "y".repeat(17000) + " z");
        known.put(concat(bytes(11), string(intset(2, -5, 3, 300))), "type2 -5 3 300");
        known.put(concat(bytes(11), string(intset(4, -70000, 3))), "type2 -70000 3");
        known.put(concat(bytes(11), string(intset(8, -5, 1L << 40))), "type2 -5 1099511627776");
        known.put(concat(bytes(12), string(ziplist("a", "1", "b", "1.5", "c", "inf"))), "type3 a=1.0 b=1.5 c=Infinity");
        known.put(concat(bytes(13), string(ziplist("f", "1", "2", LONG))), "type4 f=1 2=" + LONG);
        known.put(concat(bytes(14, 2), string(ziplist("a", "1")), string(ziplist("b"))), "type1 a 1 b");
        known.put(concat(bytes(16), string(listpack("f", "1", "2", LONG))), "type4 f=1 2=" + LONG);
        known.put(concat(bytes(17), string(listpack("a", "-1", "b", "1.5"))), "type3 a=-1.0 b=1.5");
        known.put(concat(bytes(18, 3, 2), string(listpack(NUMBERS)), bytes(1), string(LONG), bytes(2), string(listpack("z"))),
            "type1 " + numbers + " " + LONG + " z");
        known.put(concat(bytes(20), string(listpack("a", "5", "c"))), "type2 a 5 c");
        known.put(concat(bytes(22, 2, 0), strings("f", "v"), length(5000), strings("g", "w")), "type4 f=v g=w@5000");
        known.put(concat(bytes(23), string(listpack("f", "v", "0", "g", "w", "5000"))), "type4 f=v g=w@5000");
        known.put(concat(bytes(24), little(8, 5000), bytes(3, 0), strings("f", "v"), bytes(1), strings("g", "w"), length(101),
            strings("h", "x")), "type4 f=v g=w@5000 h=x@5100");
        known.put(concat(bytes(25), little(8, 5000), string(listpack("g", "w", "5000", "f", "v", "0"))), "type4 g=w@5000 f=v");
        byte[] node = listpack("2", "1", "1", "f", "0", "2", "0", "0", "v", "4", "3", "1", "0", "gone", "4", "0", "2", "3", "2", "g", "w",
            "h", "x", "8");
        byte[] stream = concat(bytes(1), string(concat(Forms.big(8, 7), Forms.big(8, 1))), string(node), bytes(2, 9, 4));
        String text = "type6 node7-1:2 length2 last9-4";
        known.put(concat(bytes(15), stream, bytes(0)), text);
        byte[] more = concat(bytes(7, 1, 8, 1, 5));
        byte[] pending = concat(bytes(1), Forms.big(8, 7), Forms.big(8, 1), little(8, 1000), bytes(3));
        byte[] has = concat(bytes(1), Forms.big(8, 7), Forms.big(8, 1));
        String group = "group g 7-1%s pending7-1x3 consumer c has7-1 consumer d endgroup";
        known.put(concat(bytes(15), stream, bytes(1), string("g"), bytes(7, 1), pending, bytes(2), string("c"), little(8, 1), has, string("d"),
            little(8, 2), bytes(0)), text + " " + group.formatted(""));
        known.put(concat(bytes(19), stream, more, bytes(1), string("g"), bytes(7, 1, 3), pending, bytes(2), string("c"), little(8, 1), has,
            string("d"), little(8, 2), bytes(0)), text + " first7-1 deleted8-1 added5 " + group.formatted(" read3"));
        known.put(concat(bytes(21), stream, more, bytes(1), string("g"), bytes(7, 1, 0x81), little(8, -1), pending, bytes(2), string("c"),
            little(8, 1), little(8, 1), has, string("d"), little(8, 2), little(8, -1), bytes(0)),
            text + " first7-1 deleted8-1 added5 " + group.formatted(" read-1"));
        known.put(concat(bytes(19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "type6 length0 last0-0 first0-0 deleted0-0 added0");
        return known;
    }

    @Test
    void everyForm_isRead_wholeAndInSlices() {
        int forms = 0;
        for (var entry : known().entrySet()) {
            byte[] payload = entry.getKey();
            assertThat(TextTarget.read(payload, WHOLE)).as("type " + payload[0]).isEqualTo(entry.getValue());
            if (payload.length < 2_000) {
                assertThat(TextTarget.read(payload, 1)).isEqualTo(entry.getValue());
                assertThat(TextTarget.read(payload, 7)).isEqualTo(entry.getValue());
            }
            forms++;
        }
        assertThat(forms).isEqualTo(36);
    }

    @Test
    void everyForm_cutAnywhere_isRefused() {
        int cuts = 0;
        for (byte[] payload : known().keySet()) {
            for (int length = 1; length < Math.min(payload.length, 2_000); length++) {
                assertThat(TextTarget.read(Arrays.copyOf(payload, length), WHOLE)).isEqualTo("CUT");
                cuts++;
            }
        }
        assertThat(cuts).isGreaterThan(3_000);
    }

    /// What these forms say is what Redis reads in them.
    @Test
    void oldForms_areWhatRedisReads() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        int compared = 0;
        try (var redis = RedisServer.start()) {
            for (var entry : known().entrySet()) {
                byte[] form = entry.getKey();
                if (form[0] > RdbType.STREAM_LISTPACKS_2) {
                    continue;
                }
                Reply reply = redis.client().call(latin1("RESTORE"), latin1("k"), latin1("0"), payload(10, form), latin1("REPLACE"));
                assertThat(EngineFixture.text(reply)).as(entry.getValue()).isEqualTo("+OK");
                byte[] dump = ((Reply.Bulk) redis.client().call(latin1("DUMP"), latin1("k"))).bytes();
                String theirs = TextTarget.read(Arrays.copyOf(dump, dump.length - 10), WHOLE);
                if (form[0] == RdbType.STREAM_LISTPACKS) {
                    assertThat(theirs).startsWith(entry.getValue().substring(0, 30));
                } else {
                    assertThat(sorted(theirs)).isEqualTo(sorted(entry.getValue()));
                }
                compared++;
            }
        }
        assertThat(compared).isEqualTo(30);
    }

    private static List<String> sorted(String text) {
        List<String> words = new ArrayList<>(List.of(text.split(" ")));
        words.sort(null);
        return words;
    }

    @Test
    void packedForms_areOffered_ifTheyAreAsRedisWouldHaveThem() {
        assertThat(offered(concat(bytes(16), string(listpack("f", "1"))))).isEqualTo("type4 packed0:1:1");
        assertThat(offered(concat(bytes(17), string(listpack("b", "1", "a", "2"))))).isEqualTo("type3 packed0:2:1");
        assertThat(offered(concat(bytes(20), string(listpack("ccc", "a"))))).isEqualTo("type2 packed0:2:3");
        assertThat(offered(concat(bytes(11), string(intset(2, 1, 2))))).isEqualTo("type2 packed1:2:1");
        assertThat(offered(concat(bytes(18, 1, 2), string(listpack("a", "b", "c"))))).isEqualTo("type1 packed0:3:1");
        // In no order, in the wrong one, not of one piece, wider than needed, an integer as text.
        assertThat(offered(concat(bytes(17), string(listpack("b", "2", "a", "1"))))).isEqualTo("type3 b=2.0 a=1.0");
        assertThat(offered(concat(bytes(17), string(listpack("b", "1", "a", "1"))))).isEqualTo("type3 b=1.0 a=1.0");
        assertThat(offered(concat(bytes(18, 2, 2), string(listpack("a")), bytes(2), string(listpack("b"))))).isEqualTo("type1 a b");
        byte[] wide = concat(little(4, 10), little(2, 1), bytes(0xC0, 5, 2), bytes(0xFF));
        assertThat(offered(concat(bytes(20), string(wide)))).isEqualTo("type2 5");
        byte[] text = concat(little(4, 10), little(2, 1), bytes(0x81, '5', 2), bytes(0xFF));
        assertThat(offered(concat(bytes(20), string(text)))).isEqualTo("type2 5");
    }

    private static String offered(byte[] form) {
        var target = new TextTarget();
        target.taking = true;
        return target.readValue(form, WHOLE);
    }

    @Test
    void contradictions_areBad() {
        byte[][] forms = {
            concat(bytes(2, 2), strings("a", "a")),
            concat(bytes(4, 2), strings("a", "1", "a", "2")),
            concat(bytes(5, 1), string("a"), little(8, Double.doubleToLongBits(Double.NaN))),
            concat(bytes(3, 1), string("a"), bytes(253)),
            concat(bytes(3, 1), string("a"), bytes(2), latin1("1x")),
            concat(bytes(17), string(listpack("a", "x"))),
            concat(bytes(17), string(listpack("a", "1", "b"))),
            concat(bytes(17), string(listpack("a", "1", "a", "2"))),
            concat(bytes(16), string(listpack("a"))),
            concat(bytes(16), string(listpack("a", "1", "a", "1"))),
            concat(bytes(20), string(listpack("a", "a"))),
            concat(bytes(11), string(intset(2, 2, 1))),
            concat(bytes(11), string(intset(2, 1, 1))),
            concat(bytes(11), string(intset(3))),
            concat(bytes(11), string(concat(intset(2, 1), bytes(0)))),
            concat(bytes(18, 1, 3), string("x")),
            concat(bytes(18, 1, 2), string("x")),
            concat(bytes(23), string(listpack("f", "v", "-1"))),
            concat(bytes(23), string(listpack("f", "v", "x"))),
            concat(bytes(24), little(8, -1), bytes(1, 0), strings("f", "v")),
            concat(bytes(24), little(8, 0xFFFF_FFFF_FFFFL), bytes(1, 9), strings("f", "v")),
            concat(bytes(0), bytes(0xC4, 1)),
            concat(bytes(0), bytes(0x82, 1)),
            concat(bytes(0), bytes(0xC3, 1, 60, 0)),
            concat(bytes(0), bytes(0xC3, 0, 0)),
            concat(bytes(1), bytes(0xC0, 1)),
            concat(bytes(1, 0x81), Forms.big(8, -1)),
            bytes(6, 1), bytes(7, 1), bytes(8, 1), bytes(26, 1), bytes(255, 1),
            concat(bytes(15, 1), string("short"), string(listpack())),
            concat(bytes(15, 1), string("0123456789abcdef"), string(listpack())),
            concat(bytes(15, 0, 5, 0, 0)),
        };
        for (byte[] form : forms) {
            assertThat(TextTarget.read(form, WHOLE)).as(Arrays.toString(form)).startsWith("BAD ");
        }
        for (byte[] form : new byte[][] {bytes(1, 0), bytes(2, 0), bytes(4, 0), bytes(14, 0), bytes(18, 0),
            concat(bytes(10), string(ziplist())), concat(bytes(16), string(listpack())), concat(bytes(11), string(intset(2))),
            concat(bytes(9), string(zipmap())), concat(bytes(18, 1, 2), string(listpack()))}) {
            assertThat(TextTarget.read(form, WHOLE)).as(Arrays.toString(form)).isEqualTo("EMPTY");
        }
    }

    /// Nothing that is changed at random makes the reader leave its memory, throw, or take long.
    @Test
    void damagedForms_areReadOrRefused() {
        Random random = new Random(7);
        int read = 0;
        int refused = 0;
        List<byte[]> forms = known().keySet().stream().filter(form -> form.length < 2_000).toList();
        for (int i = 0; i < 40_000; i++) {
            byte[] damaged = forms.get(random.nextInt(forms.size())).clone();
            for (int j = 1 + random.nextInt(3); j > 0; j--) {
                int at = random.nextInt(damaged.length);
                damaged[at] = (byte) switch (random.nextInt(4)) {
                    case 0 -> damaged[at] ^ 1 << random.nextInt(8);
                    case 1 -> random.nextInt(256);
                    case 2 -> 0xFF;
                    default -> damaged[at] + 1;
                };
            }
            String result = TextTarget.read(damaged, WHOLE);
            if (result.startsWith("BAD") || result.equals("CUT") || result.equals("EMPTY")) {
                refused++;
            } else {
                read++;
            }
        }
        assertThat(read).isGreaterThan(5_000);
        assertThat(refused).isGreaterThan(10_000);
    }

    /// Values of Redis in all its encodings, against what its commands say they are.
    @Test
    void payloadsOfRedis_areRead() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        Random random = new Random(8);
        int read = 0;
        try (var redis = RedisServer.start()) {
            for (int i = 0; i < 400; i++) {
                redis.run("FLUSHALL");
                String limit = i % 2 == 0 ? "0" : "1000";
                for (String type : new String[] {"hash", "zset"}) {
                    redis.run("CONFIG SET " + type + "-max-listpack-entries " + limit);
                }
                redis.run("CONFIG SET set-max-intset-entries " + limit);
                redis.run("CONFIG SET list-max-listpack-size " + (1 + random.nextInt(10)));
                StringBuilder elements = new StringBuilder();
                List<String> expected = new ArrayList<>();
                for (int j = 1 + random.nextInt(30); j > 0; j--) {
                    String element = random.nextBoolean() ? Long.toString(random.nextLong() >> random.nextInt(64))
                        : "e" + j + "y".repeat(random.nextInt(100));
                    elements.append(' ').append(element);
                    expected.add(element);
                }
                redis.run("RPUSH l" + elements);
                redis.run("SADD s" + elements);
                redis.run("APPEND a " + elements.toString().replace(' ', '_'));
                for (String element : expected) {
                    redis.run("HSET h " + element + " v" + element);
                    redis.run("ZADD z " + element.length() + ".5 " + element);
                }
                assertThat(dump(redis, "l")).isEqualTo("type1 " + String.join(" ", expected));
                assertThat(dump(redis, "a")).isEqualTo(elements.toString().replace(' ', '_'));
                List<String> distinct = expected.stream().distinct().toList();
                assertThat(sorted(dump(redis, "s"))).isEqualTo(sorted("type2 " + String.join(" ", distinct)));
                assertThat(sorted(dump(redis, "h"))).isEqualTo(sorted("type4 "
                    + String.join(" ", distinct.stream().map(e -> e + "=v" + e).toList())));
                assertThat(sorted(dump(redis, "z"))).isEqualTo(sorted("type3 "
                    + String.join(" ", distinct.stream().map(e -> e + "=" + e.length() + ".5").toList())));
                read += 5;
            }
        }
        assertThat(read).isEqualTo(2_000);
    }

    private static String dump(RedisServer redis, String key) throws IOException {
        byte[] dump = ((Reply.Bulk) redis.client().call(latin1("DUMP"), key.getBytes(StandardCharsets.US_ASCII))).bytes();
        return TextTarget.read(Arrays.copyOf(dump, dump.length - 10), WHOLE);
    }
}
