package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What cannot be compared with a redis-server of version 7.0: deadlines of fields, chance, and the order of big hashes.
class HashCommandsTest {
    private static String run(EngineFixture engine, String line) {
        return EngineFixture.text(engine.run(line));
    }

    private static void expect(EngineFixture engine, String line, String reply) {
        assertThat(run(engine, line)).as(line).isEqualTo(reply);
    }

    /// An engine whose hashes are big from the first field on, or not.
    private static EngineFixture engine(boolean big) {
        var engine = new EngineFixture();
        CollectionLimits d = CollectionLimits.DEFAULT;
        Settings settings = Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEAn"));
        engine.settings(!big ? settings : settings.withCollections(new CollectionLimits(0, d.hashValueBytes(),
            d.setIntsetEntries(), d.setEntries(), d.setValueBytes(), d.zsetEntries(), d.zsetValueBytes(), d.listSize(),
            d.listCompressDepth(), d.streamNodeBytes(), d.streamNodeEntries(), d.hllSparseBytes())));
        return engine;
    }

    private static List<String> names(EngineFixture engine) {
        return engine.events().take();
    }

    @Test
    void fieldsThatAreOver_areNowhereToBeSeen() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                engine.run("HSET h a 1 b 2 c 3");
                expect(engine, "HPEXPIRE h 100 FIELDS 3 a b nosuch", "[:1 :1 :-2]");
                engine.clock().advanceMillis(100);
                expect(engine, "HLEN h", ":3");
                expect(engine, "HPTTL h FIELDS 1 a", "[:0]");
                engine.clock().advanceMillis(1);
                expect(engine, "HLEN h", ":1");
                expect(engine, "HGET h a", "nil");
                expect(engine, "HMGET h a b c", "[nil nil \"3\"]");
                expect(engine, "HEXISTS h a", ":0");
                expect(engine, "HSTRLEN h b", ":0");
                expect(engine, "HKEYS h", "[\"c\"]");
                expect(engine, "HVALS h", "[\"3\"]");
                expect(engine, "HGETALL h", "[\"c\" \"3\"]");
                expect(engine, "HRANDFIELD h", "\"c\"");
                expect(engine, "HRANDFIELD h 5", "[\"c\"]");
                expect(engine, "HRANDFIELD h -2 WITHVALUES", "[\"c\" \"3\" \"c\" \"3\"]");
                expect(engine, "HSCAN h 0", "[\"0\" [\"c\" \"3\"]]");
                expect(engine, "HTTL h FIELDS 3 a c x", "[:-2 :-1 :-2]");
                engine.effects().clear();
                names(engine);
                expect(engine, "HSETNX h a 5", ":1");
                expect(engine, "HINCRBY h b 5", ":5");
                assertThat(engine.effects().texts()).containsExactly("HDEL h a", "HSETNX h a 5", "HDEL h b", "HINCRBY h b 5");
                assertThat(names(engine)).containsExactly("0:hexpired:h", "0:hset:h", "0:hexpired:h", "0:hincrby:h");
                expect(engine, "HTTL h FIELDS 2 a b", "[:-1 :-1]");
                expect(engine, "HLEN h", ":3");
            }
        }
    }

    @Test
    void theLastField_takesTheKeyWithIt_howeverItGoes() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                engine.run("HSET h a 1");
                names(engine);
                expect(engine, "HDEL h a b", ":1");
                assertThat(names(engine)).containsExactly("0:hdel:h", "0:del:h");
                engine.run("HSET h a 1");
                expect(engine, "HEXPIRE h 0 FIELDS 2 a a", "[:2 :-2]");
                expect(engine, "EXISTS h", ":0");
                assertThat(names(engine)).containsExactly("0:new:h", "0:hset:h", "0:hdel:h", "0:del:h");
                engine.run("HSET h a 1 b 2");
                expect(engine, "HGETDEL h FIELDS 3 a x b", "[\"1\" nil \"2\"]");
                expect(engine, "EXISTS h", ":0");
                engine.run("HSET h a 1");
                expect(engine, "HGETEX h EXAT 5 FIELDS 1 a", "[\"1\"]");
                expect(engine, "EXISTS h", ":0");
                names(engine);
                expect(engine, "HSETEX h PX 0 FIELDS 1 a 1", ":1");
                expect(engine, "EXISTS h", ":0");
                assertThat(names(engine)).containsExactly("0:new:h", "0:hset:h", "0:hdel:h", "0:del:h");
                engine.run("HSETEX h PX 5 FIELDS 1 a 1");
                engine.clock().advanceMillis(10);
                names(engine);
                expect(engine, "HSETNX h a 2", ":1");
                assertThat(names(engine)).containsExactly("0:hexpired:h", "0:del:h", "0:new:h", "0:hset:h");
            }
        }
    }

    @Test
    void conditions_areThoseOfRedis() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                engine.run("HSET h a 1 b 2");
                expect(engine, "HEXPIRE h 100 XX FIELDS 2 a b", "[:0 :0]");
                expect(engine, "HEXPIRE h 100 GT FIELDS 1 a", "[:0]");
                expect(engine, "HEXPIRE h 100 NX FIELDS 1 a", "[:1]");
                expect(engine, "HEXPIRE h 200 nx FIELDS 2 a b", "[:0 :1]");
                expect(engine, "HEXPIRE h 150 GT FIELDS 2 a b", "[:1 :0]");
                expect(engine, "HEXPIRE h 160 LT FIELDS 2 a b", "[:0 :1]");
                expect(engine, "HTTL h FIELDS 2 a b", "[:150 :160]");
                expect(engine, "HPTTL h FIELDS 1 a", "[:150000]");
                expect(engine, "HEXPIRETIME h FIELDS 1 a", "[:1700000150]");
                expect(engine, "HPEXPIRETIME h FIELDS 1 b", "[:1700000160000]");
                expect(engine, "HPERSIST h FIELDS 3 a a x", "[:1 :-1 :-2]");
                expect(engine, "HEXPIRE h 50 LT FIELDS 1 a", "[:1]");
                expect(engine, "HSET h a 5", ":0");
                expect(engine, "HTTL h FIELDS 1 a", "[:-1]");
                expect(engine, "HINCRBYFLOAT h b 0.5", "\"2.5\"");
                expect(engine, "HTTL h FIELDS 1 b", "[:160]");
                expect(engine, "HPEXPIREAT h 1 GT FIELDS 2 a b", "[:0 :0]");
                expect(engine, "HPEXPIREAT h 1 LT FIELDS 2 a b", "[:2 :2]");
                expect(engine, "EXISTS h", ":0");
                expect(engine, "HEXPIRE h 1 FIELDS 2 a b", "[:-2 :-2]");
                expect(engine, "HTTL h FIELDS 1 a", "[:-2]");
                expect(engine, "HPERSIST h FIELDS 1 a", "[:-2]");
                expect(engine, "HGETDEL h FIELDS 1 a", "[nil]");
                expect(engine, "HGETEX h FIELDS 1 a", "[nil]");
            }
        }
    }

    @Test
    void hsetex_checksAllFieldsFirst() {
        try (EngineFixture engine = engine(false)) {
            expect(engine, "HSETEX h FXX FIELDS 1 a 1", ":0");
            expect(engine, "EXISTS h", ":0");
            expect(engine, "HSETEX h FNX EX 10 FIELDS 2 a 1 b 2", ":1");
            expect(engine, "HSETEX h FNX FIELDS 2 b 9 c 9", ":0");
            expect(engine, "HSETEX h FXX FIELDS 2 b 9 c 9", ":0");
            expect(engine, "HMGET h a b c", "[\"1\" \"2\" nil]");
            expect(engine, "HSETEX h FXX KEEPTTL FIELDS 1 a 3", ":1");
            expect(engine, "HSETEX h FIELDS 1 b 4", ":1");
            expect(engine, "HTTL h FIELDS 2 a b", "[:10 :-1]");
            engine.clock().advanceMillis(10_001);
            expect(engine, "HSETEX h FXX FIELDS 1 a 3", ":0");
            expect(engine, "HSETEX h FNX FIELDS 1 a 3", ":1");
        }
    }

    @Test
    void errors_areThoseOfRedis() {
        try (EngineFixture engine = engine(false)) {
            engine.run("SET s 1");
            engine.run("HSET h a 1");
            String place = "-ERR Mandatory argument FIELDS is missing or not at the right position";
            String match = "-ERR The `numfields` parameter must match the number of arguments";
            expect(engine, "HEXPIRE s 10 FIELDS 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value");
            expect(engine, "HEXPIRE h x FIELDS 1 a", "-ERR value is not an integer or out of range");
            expect(engine, "HEXPIRE h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0");
            expect(engine, "HEXPIRE h 70368744177 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command");
            expect(engine, "HPEXPIREAT h 70368744177664 FIELDS 1 a", "-ERR invalid expire time in 'hpexpireat' command");
            expect(engine, "HPEXPIREAT h 70368744177663 FIELDS 1 a", "[:1]");
            expect(engine, "HEXPIRE h 10 FIELD 1 a", place);
            expect(engine, "HEXPIRE h 10 NX XX FIELDS 1 a", place);
            expect(engine, "HEXPIRE h 10 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0");
            expect(engine, "HEXPIRE h 10 FIELDS x a", "-ERR Parameter `numFields` should be greater than 0");
            expect(engine, "HEXPIRE h 10 FIELDS 2 a", match);
            expect(engine, "HEXPIRE h 10 FIELDS 1 a b", match);
            expect(engine, "HEXPIRE h 10 NX FIELDS 1", match);
            expect(engine, "HTTL h FIELD 1 a", place);
            expect(engine, "HTTL h FIELDS 0 a", "-ERR Number of fields must be a positive integer");
            expect(engine, "HPERSIST h FIELDS 3 a", match);
            expect(engine, "HGETDEL h FIELDS -1 a", "-ERR Number of fields must be a positive integer");
            expect(engine, "HGETEX h EX 1 PERSIST FIELDS 1 a", place);
            expect(engine, "HGETEX h EX 1 FIELDS", "-ERR Number of fields must be a positive integer");
            expect(engine, "HGETEX h PX -5 FIELDS 1 a", "-ERR invalid expire time, must be >= 0");
            expect(engine, "HSETEX h BOGUS FIELDS 1 a 1", "-ERR unknown argument: BOGUS");
            expect(engine, "HSETEX h FNX FXX FIELDS 1 a 1", "-ERR Only one of FXX or FNX arguments can be specified");
            expect(engine, "HSETEX h EX 1 KEEPTTL FIELDS 1 a 1",
                "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
            expect(engine, "HSETEX h FNX KEEPTTL KEEPTTL EX",
                "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
            expect(engine, "HSETEX h FNX FNX FNX FNX", "-ERR Only one of FXX or FNX arguments can be specified");
            expect(engine, "HSETEX h EX 5 FNX PX", "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
            expect(engine, "HSETEX h FIELDS x a 1", "-ERR invalid number of fields");
            expect(engine, "HSETEX h FIELDS 0 a 1", "-ERR invalid number of fields");
            expect(engine, "HSETEX h FIELDS 2 a 1", "-ERR wrong number of arguments for 'hsetex' command");
            expect(engine, "HSETEX h FNX KEEPTTL FIELDS 1", "-ERR wrong number of arguments for 'hsetex' command");
            expect(engine, "HSETEX h EXAT x FIELDS 1 a 1", "-ERR value is not an integer or out of range");
            expect(engine, "HSCAN h 0 NOVALUES", "[\"0\" [\"a\"]]");
        }
    }

    /// Nobody touches the hashes: the cycle finds what is over, a bounded number at a time, and logs it.
    @Test
    void activeCycle_removesFieldsInSlices_andKeysWithTheirLastField() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                for (int h = 0; h < 300; h++) {
                    engine.run("HSET h" + h + " a 1 b 2 c 3");
                    engine.run("HPEXPIRE h" + h + " " + (1 + h) + " FIELDS 2 a b");
                    engine.run("HSET gone" + h + " a 1");
                    engine.run("HPEXPIRE gone" + h + " 5 FIELDS 1 a");
                }
                StringBuilder many = new StringBuilder("HSET many");
                for (int f = 0; f < 400; f++) {
                    many.append(" f").append(f).append(" v");
                }
                engine.run(many.toString());
                engine.run("HPEXPIRE many 7 FIELDS 400" + many.substring(9).replace(" v", ""));
                engine.clock().advanceMillis(100);
                engine.effects().clear();
                names(engine);
                int removed = 0;
                int slices = 0;
                for (int rest = 300; rest > 0; rest--) {
                    int slice = engine.tick(64);
                    assertThat(slice).isLessThanOrEqualTo(64 * 64 + 64);
                    removed += slice;
                    slices += slice > 0 ? 1 : 0;
                }
                assertThat(removed).isEqualTo(2 * 99 + 300 + 400);
                assertThat(slices).isGreaterThan(2);
                expect(engine, "DBSIZE", ":300");
                expect(engine, "HLEN h5", ":1");
                expect(engine, "HLEN h200", ":3");
                assertThat(engine.effects().effects()).allMatch(effect -> effect.toString().startsWith("0/0 HDEL"))
                    .allMatch(effect -> effect.arguments().size() <= 66);
                List<String> events = names(engine);
                assertThat(events).filteredOn(event -> event.startsWith("0:del:")).hasSize(301);
                assertThat(events).filteredOn(event -> event.startsWith("0:hexpired:h")).hasSize(99);
            }
        }
    }

    /// The index of hashes with deadlines follows a key wherever it goes.
    @Test
    void deadlines_surviveRenameCopyMoveAndOverwriting() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                engine.run("HSET h a 1 b 2");
                engine.run("HPEXPIRE h 50 FIELDS 1 a");
                engine.run("COPY h copy");
                engine.run("COPY h other DB 3");
                engine.run("RENAME h renamed");
                engine.run("EXPIRE renamed 100");
                engine.run("COPY renamed moved");
                engine.run("MOVE moved 5");
                engine.run("COPY renamed overwritten");
                engine.run("SET overwritten x");
                expect(engine, "HPTTL renamed FIELDS 2 a b", "[:50 :-1]");
                engine.assertValid();
                engine.clock().advanceMillis(60);
                assertThat(engine.tick(1_000)).isEqualTo(4);
                expect(engine, "HGETALL renamed", "[\"b\" \"2\"]");
                expect(engine, "TTL renamed", ":100");
            }
        }
    }

    @Test
    void hrandfield_givesEveryFieldItsChance() {
        for (boolean big : new boolean[] {false, true}) {
            try (EngineFixture engine = engine(big)) {
                for (int i = 0; i < 30; i++) {
                    engine.run("HSET h f" + i + " v" + i);
                }
                engine.run("HSET h over 1");
                engine.run("HPEXPIRE h 1 FIELDS 1 over");
                engine.clock().advanceMillis(5);
                for (String count : new String[] {"1", "4", "9", "11", "29", "30", "31", "9223372036854775807"}) {
                    Map<String, Integer> seen = new HashMap<>();
                    int expected = (int) Math.min(30, Long.parseLong(count));
                    for (int round = 0; round < 300; round++) {
                        Set<String> drawn = new HashSet<>();
                        for (Reply field : ((Reply.Array) engine.run("HRANDFIELD h " + count)).elements()) {
                            drawn.add(((Reply.Bulk) field).text());
                        }
                        assertThat(drawn).hasSize(expected).doesNotContain("over");
                        drawn.forEach(field -> seen.merge(field, 1, Integer::sum));
                    }
                    assertThat(seen).hasSize(30);
                    int mean = 10 * expected;
                    assertThat(seen.values()).allMatch(n -> Math.abs(n - mean) < 20 + 5 * Math.sqrt(mean));
                }
                expect(engine, "HRANDFIELD h 1 WITHVALUES x", "-ERR syntax error");
                expect(engine, "HRANDFIELD h 9223372036854775807 WITHVALUES", "-ERR value is out of range");
                assertThat(((Reply.Array) engine.run("HRANDFIELD h -100")).elements()).hasSize(100);
                assertThat(((Reply.Array) engine.resp3().run("HRANDFIELD h 3 WITHVALUES")).elements()).hasSize(3)
                    .allMatch(pair -> ((Reply.Array) pair).elements().size() == 2);
            }
        }
    }

    @Test
    void hscan_ofABigHash_deliversWhatStays() {
        try (EngineFixture engine = engine(true)) {
            Set<String> stay = new HashSet<>();
            for (int i = 0; i < 1_000; i++) {
                engine.run("HSET h stay" + i + " " + i);
                stay.add("stay" + i);
            }
            List<String> seen = new ArrayList<>();
            String cursor = "0";
            int steps = 0;
            do {
                var reply = (Reply.Array) engine.run("HSCAN h " + cursor + " COUNT 20 MATCH stay*");
                cursor = ((Reply.Bulk) reply.elements().getFirst()).text();
                List<Reply> elements = ((Reply.Array) reply.elements().get(1)).elements();
                for (int i = 0; i < elements.size(); i += 2) {
                    String field = ((Reply.Bulk) elements.get(i)).text();
                    assertThat(field).isEqualTo("stay" + ((Reply.Bulk) elements.get(i + 1)).text());
                    seen.add(field);
                }
                engine.run("HSET h other" + steps + " v");
                engine.run("HDEL h other" + (steps - 5));
                steps++;
            } while (!cursor.equals("0"));
            assertThat(seen).hasSize(1_000).containsAll(stay);
            assertThat(steps).isGreaterThan(40);
        }
    }

    @Test
    void effects_areAbsoluteAndSmall() {
        try (EngineFixture engine = engine(false)) {
            engine.run("HSET h a 1 b 2 c 3 d 4");
            engine.effects().clear();
            for (String line : List.of("HEXPIRE h 10 NX FIELDS 2 a x", "HEXPIRE h 0 FIELDS 2 d x", "HINCRBYFLOAT h a 0.5",
                "HINCRBYFLOAT h b 0.5", "HGETEX h PX 5 FIELDS 1 b", "HGETEX h PERSIST FIELDS 1 b", "HGETEX h FIELDS 1 b",
                "HSETEX h EX 1 FIELDS 1 e 5", "HSETEX h KEEPTTL FIELDS 1 e 6", "HSETEX h FXX FIELDS 1 e 7",
                "HGETDEL h FIELDS 2 e x", "HPERSIST h FIELDS 1 b", "HPERSIST h FIELDS 1 a")) {
                engine.run(line);
            }
            assertThat(engine.effects().texts()).containsExactly("HPEXPIREAT h 1700000010000 NX FIELDS 2 a x", "HDEL h d",
                "HSETEX h KEEPTTL FIELDS 1 a 1.5", "HSET h b 2.5", "HPEXPIREAT h 1700000000005 FIELDS 1 b",
                    "HPERSIST h FIELDS 1 b",
                "HSETEX h PXAT 1700000001000 FIELDS 1 e 5", "HSETEX h KEEPTTL FIELDS 1 e 6", "HSET h e 7", "HDEL h e x",
                "HPERSIST h FIELDS 1 a");
        }
    }
}
