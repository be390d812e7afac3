package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListCommandsTest {
    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    private static final String NOT_AN_INTEGER = "-ERR value is not an integer or out of range";

    private final EngineFixture engine = new EngineFixture(3);

    @AfterEach
    void close() {
        assertThat(engine.faults()).isEmpty();
        engine.close();
    }

    private String run(String line) {
        return EngineFixture.text(engine.run(line));
    }

    private void limit(int listSize) {
        CollectionLimits d = CollectionLimits.DEFAULT;
        engine.settings(Settings.DEFAULT.withCollections(new CollectionLimits(d.hashEntries(), d.hashValueBytes(), d.setIntsetEntries(),
            d.setEntries(), d.setValueBytes(), d.zsetEntries(), d.zsetValueBytes(), listSize, d.listCompressDepth(), d.streamNodeBytes(),
            d.streamNodeEntries(), d.hllSparseBytes())));
    }

    private String encoding(String key) {
        return run("OBJECT ENCODING " + key).replace("\"", "");
    }

    // ---------------------------------------------------------------- forms

    @Test
    void encoding_followsTheNumberOfElements() {
        limit(4);
        run("RPUSH k 1 2 3 4");
        assertThat(encoding("k")).isEqualTo("listpack");
        run("RPUSH k 5");
        assertThat(encoding("k")).isEqualTo("quicklist");
        run("RPOP k 2");
        assertThat(encoding("k")).isEqualTo("quicklist");
        run("RPOP k");
        assertThat(encoding("k")).isEqualTo("listpack");
        assertThat(run("LRANGE k 0 -1")).isEqualTo("[\"1\" \"2\"]");
        run("LPUSH k a b c d e f");
        assertThat(encoding("k")).isEqualTo("quicklist");
        run("LTRIM k 0 0");
        assertThat(encoding("k")).isEqualTo("listpack");
        assertThat(run("LRANGE k 0 -1")).isEqualTo("[\"f\"]");
    }

    @Test
    void encoding_followsTheNumberOfBytes() {
        limit(-1);
        run("RPUSH k " + "x".repeat(4000));
        assertThat(encoding("k")).isEqualTo("listpack");
        run("RPUSH k " + "y".repeat(100));
        assertThat(encoding("k")).isEqualTo("quicklist");
        run("LSET k 0 short");
        // It still is in two pieces.
        assertThat(encoding("k")).isEqualTo("quicklist");
        assertThat(run("RPOP k")).hasSize(102);
        assertThat(encoding("k")).isEqualTo("listpack");
        run("RPUSH k " + "y".repeat(100));
        run("LINSERT k AFTER short " + "z".repeat(5000));
        assertThat(encoding("k")).isEqualTo("quicklist");
        assertThat(run("LREM k 1 " + "z".repeat(5000))).isEqualTo(":1");
        assertThat(run("LLEN k")).isEqualTo(":2");
        assertThat(run("LRANGE k 0 -1")).isEqualTo("[\"short\" \"" + "y".repeat(100) + "\"]");
    }

    @Test
    void elements_ofAnySize_comeBackAsTheyWere() {
        for (int length : new int[] {0, 63, 64, 4095, 4096, 8150, 8160, 8170, 20_000, 1_000_000}) {
            String element = "e".repeat(length);
            engine.call("RPUSH", "k", "a", element, "b");
            engine.call("LPUSH", "k", element);
            assertThat(EngineFixture.text(engine.call("LINDEX", "k", "0"))).isEqualTo("\"" + element + "\"");
            assertThat(EngineFixture.text(engine.call("LINDEX", "k", "2"))).isEqualTo("\"" + element + "\"");
            assertThat(EngineFixture.text(engine.call("LPOS", "k", element, "COUNT", "0"))).isEqualTo("[:0 :2]");
            assertThat(EngineFixture.text(engine.call("LSET", "k", "1", element))).isEqualTo("+OK");
            assertThat(EngineFixture.text(engine.call("LINSERT", "k", "BEFORE", "b", element))).isEqualTo(":5");
            assertThat(EngineFixture.text(engine.call("LREM", "k", "-2", element))).isEqualTo(":2");
            assertThat(EngineFixture.text(engine.call("LPOP", "k", "2"))).isEqualTo("[\"" + element + "\" \"" + element + "\"]");
            assertThat(run("RPOP k")).isEqualTo("\"b\"");
            assertThat(run("EXISTS k")).isEqualTo(":0");
        }
    }

    // ---------------------------------------------------------------- what Redis 7.2 answers and 7.0 does not

    @Test
    void leastInteger_isOutOfRange() {
        run("RPUSH k a");
        String error = "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
        assertThat(run("LREM k -9223372036854775808 a")).isEqualTo(error);
        assertThat(run("LPOS k a RANK -9223372036854775808")).isEqualTo(error);
    }

    // ---------------------------------------------------------------- order of checks

    @Test
    void missingKeys_andWrongTypes_comeBeforeOrBehindOtherErrors() {
        run("SET s 1");
        run("RPUSH k a");
        assertThat(run("LINDEX nosuch x")).isEqualTo("nil");
        assertThat(run("LINDEX s x")).isEqualTo(WRONG_TYPE);
        assertThat(run("LINDEX k x")).isEqualTo(NOT_AN_INTEGER);
        assertThat(run("LRANGE s x 0")).isEqualTo(NOT_AN_INTEGER);
        assertThat(run("LRANGE s 0 0")).isEqualTo(WRONG_TYPE);
        assertThat(run("LSET nosuch x v")).isEqualTo("-ERR no such key");
        assertThat(run("LSET k 1 v")).isEqualTo("-ERR index out of range");
        assertThat(run("LSET k -2 v")).isEqualTo("-ERR index out of range");
        assertThat(run("LPOP s -1")).isEqualTo("-ERR value is out of range, must be positive");
        assertThat(run("LPOP nosuch 0")).isEqualTo("nil");
        assertThat(run("LPOP k 0")).isEqualTo("[]");
        assertThat(run("LPOP k 1 2")).isEqualTo("-ERR wrong number of arguments for 'lpop' command");
        assertThat(run("LMOVE nosuch s LEFT LEFT")).isEqualTo("nil");
        assertThat(run("LMOVE k s LEFT LEFT")).isEqualTo(WRONG_TYPE);
        assertThat(run("LMOVE k k LEFT UP")).isEqualTo("-ERR syntax error");
        assertThat(run("LMPOP 2 nosuch s LEFT")).isEqualTo(WRONG_TYPE);
        assertThat(run("LMPOP 2 k LEFT")).isEqualTo("-ERR syntax error");
        assertThat(run("LMPOP 9223372036854775807 k LEFT")).isEqualTo("-ERR syntax error");
        assertThat(run("LRANGE k 0 -1")).isEqualTo("[\"a\"]");
    }

    // ---------------------------------------------------------------- events

    @Test
    void events_comeInRedisOrder() {
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEAn")));
        run("RPUSH k a");
        assertThat(engine.events().take()).containsExactly("0:new:k", "0:rpush:k");
        run("LMOVE k other LEFT RIGHT");
        assertThat(engine.events().take()).containsExactly("0:new:other", "0:rpush:other", "0:lpop:k", "0:del:k");
        run("LMOVE other other RIGHT LEFT");
        assertThat(engine.events().take()).containsExactly("0:lpush:other", "0:rpop:other");
        run("LTRIM other 0 -1");
        assertThat(engine.events().take()).containsExactly("0:ltrim:other");
        run("LMPOP 1 other LEFT COUNT 10");
        assertThat(engine.events().take()).containsExactly("0:lpop:other", "0:del:other");
        run("LPUSH k a a");
        run("LREM k 0 a");
        assertThat(engine.events().take()).containsExactly("0:new:k", "0:lpush:k", "0:lrem:k", "0:del:k");
    }

    // ---------------------------------------------------------------- effects

    @Test
    void moveOverShards_isAPopAndAPush() {
        run("RPUSH {b}k 70000 x");
        engine.effects().clear();
        run("LMOVE {b}k {c}k LEFT RIGHT");
        run("LMOVE {b}k {b}l LEFT RIGHT");
        run("LMPOP 2 nosuch {c}k RIGHT COUNT 5");
        assertThat(engine.effects().texts()).containsExactly("LPOP {b}k", "RPUSH {c}k 70000", "LMOVE {b}k {b}l LEFT RIGHT", "RPOP {c}k");
    }

    // ---------------------------------------------------------------- blocking

    @ParameterizedTest
    @ValueSource(strings = {"RPUSH k v", "LPUSH k v", "LMOVE src k LEFT LEFT", "RENAME src k", "COPY src k", "RPOPLPUSH src k"})
    void everyWayToMakeAList_wakes(String push) {
        run("RPUSH src v");
        engine.newSession();
        assertThat(run("BLPOP other k 0")).isEqualTo("+(blocked)");
        engine.newSession();
        run(push);
        assertThat(engine.served().toString()).contains("[\"k\" \"v\"]");
        assertThat(run("EXISTS k")).isEqualTo(":0");
    }

    @Test
    void waitersOfAllKinds_areServedInOrder() {
        engine.newSession();
        run("BRPOP k 0");
        engine.newSession();
        run("BLMOVE k to LEFT RIGHT 0");
        engine.newSession();
        run("BLMPOP 0 1 k RIGHT COUNT 2");
        engine.newSession();
        run("BRPOPLPUSH k to 0");
        engine.newSession();
        assertThat(run("RPUSH k 1 2 3 4 5")).isEqualTo(":5");
        assertThat(engine.served().toString()).containsSubsequence("[\"k\" \"5\"]", "\"1\"", "[\"k\" [\"4\" \"3\"]]", "\"2\"");
        assertThat(run("LRANGE to 0 -1")).isEqualTo("[\"2\" \"1\"]");
        assertThat(run("EXISTS k")).isEqualTo(":0");
    }

    @Test
    void wokenMove_toAWrongType_isAnError() {
        run("SET s 1");
        engine.newSession();
        run("BLMOVE k s LEFT LEFT 0");
        engine.newSession();
        run("RPUSH k a");
        assertThat(engine.served().toString()).contains("WRONGTYPE");
        assertThat(run("LLEN k")).isEqualTo(":1");
    }
}
