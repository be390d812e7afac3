package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RobustnessTest {
    private static final String[] ODD = {"", "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "a", "b", "nan",
        "*", "[", "\\", "\u0000", "\u00FF\u00FE", "x".repeat(300), "EX", "NX", "GET", "COUNT", "MATCH", "DB", "LEN", "IDX"};

    /// Any number of arguments of any kind is answered by exactly one reply, on one shard and on several.
    @Test
    void everyRow_withOddArguments_repliesOnce() {
        Random random = new Random(3);
        int replies = 0;
        int rows = 0;
        for (int shards : new int[] {1, 3}) {
            try (var engine = new EngineFixture(shards)) {
                // Odd offsets must not make strings of half a gigabyte.
                engine.settings(Settings.DEFAULT.withBulkLengthMax(1 << 20));
                engine.run("MSET a 1 b text");
                rows += engine.table().size();
                for (CommandSpec spec : engine.table().all()) {
                    for (int i = 0; i < 300; i++) {
                        List<String> words = new ArrayList<>();
                        if (spec.parent() != null) {
                            words.add(spec.parent());
                        }
                        words.add(spec.name());
                        for (int j = random.nextInt(10); j > 0; j--) {
                            words.add(ODD[random.nextInt(ODD.length)]);
                        }
                        // Decoding fails unless there is exactly one reply.
                        engine.call(words.toArray(String[]::new));
                        replies++;
                    }
                    assertThat(engine.faults()).as(spec.fullName()).isEmpty();
                }
            }
        }
        assertThat(replies).isEqualTo(300 * rows).isGreaterThanOrEqualTo(2 * 300 * 68);
    }

    /// A model of the database without shards sees no difference to one on several, under a lease or not.
    @Test
    void shards_makeNoDifference() {
        int compared = 0;
        for (int seed = 0; seed < 6; seed++) {
            var requests = new RandomRequests(100 + seed);
            try (var one = new EngineFixture(); var many = new EngineFixture(2 + seed)) {
                if (seed % 2 == 0) {
                    many.alwaysSpread();
                }
                for (int i = 0; i < 3_000; i++) {
                    byte[][] request = requests.next();
                    assertThat(many.call(request)).isEqualTo(one.call(request));
                    compared++;
                }
                assertThat(many.digest()).isEqualTo(one.digest());
            }
        }
        assertThat(compared).isEqualTo(18_000);
    }

    @Test
    void scan_overShards_returnsEveryKeyThatStays() {
        int found = 0;
        for (int shards : new int[] {1, 2, 3, 5}) {
            try (var engine = new EngineFixture(shards)) {
                Set<String> stay = new HashSet<>();
                for (int i = 0; i < 2_000; i++) {
                    engine.run("SET k" + i + " v");
                    stay.add("k" + i);
                }
                Map<String, Integer> seen = new HashMap<>();
                String cursor = "0";
                int steps = 0;
                do {
                    var reply = (Reply.Array) engine.run("SCAN " + cursor + " COUNT 20");
                    cursor = ((Reply.Bulk) reply.elements().getFirst()).text();
                    for (Reply key : ((Reply.Array) reply.elements().get(1)).elements()) {
                        seen.merge(((Reply.Bulk) key).text(), 1, Integer::sum);
                    }
                    // Others come and go meanwhile.
                    engine.run("SET other" + steps + " v");
                    engine.run("DEL other" + (steps - 5));
                    steps++;
                } while (!cursor.equals("0"));
                assertThat(seen.keySet()).containsAll(stay);
                assertThat(steps).isGreaterThan(20);
                found += seen.size();
            }
        }
        assertThat(found).isGreaterThanOrEqualTo(8_000);
    }

    @Test
    void randomkey_reachesAllKeysOfAllShards() {
        try (var engine = new EngineFixture(4)) {
            for (int i = 0; i < 20; i++) {
                engine.run("SET k" + i + " v");
            }
            Set<Reply> seen = new HashSet<>();
            for (int i = 0; i < 1_000; i++) {
                seen.add(engine.run("RANDOMKEY"));
            }
            assertThat(seen).hasSize(20);
        }
    }

    @Test
    void strings_doNotGrowBeyondTheLimit() {
        try (var engine = new EngineFixture()) {
            engine.settings(Settings.DEFAULT.withBulkLengthMax(100));
            engine.call("SET", "a", "x".repeat(60));
            var tooLong = new Reply.Failure("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
            assertThat(engine.call("APPEND", "a", "x".repeat(41))).isEqualTo(tooLong);
            assertThat(engine.call("APPEND", "a", "x".repeat(40))).isEqualTo(new Reply.Int(100));
            assertThat(engine.run("SETRANGE a 99 xx")).isEqualTo(tooLong);
            assertThat(engine.run("SETRANGE a 99 x")).isEqualTo(new Reply.Int(100));
            assertThat(engine.run("SETRANGE b 9223372036854775807 x")).isEqualTo(tooLong);
            assertThat(engine.run("LCS a a")).isEqualTo(new Reply.Failure(
                "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
        }
    }

    @Test
    void randomChoice_ofTooMuch_isRefused_beforeItFillsTheMemory() {
        try (var engine = new EngineFixture()) {
            engine.call("SADD", "s", "x".repeat(1 << 20));
            engine.call("HSET", "h", "f", "x".repeat(1 << 20));
            engine.call("ZADD", "z", "1", "x".repeat(1 << 20));
            var tooMany = new Reply.Failure("ERR value is out of range, at most 16777216 elements and 536870912 bytes are returned");
            for (String request : List.of("SRANDMEMBER s ", "ZRANDMEMBER z ", "HRANDFIELD h ")) {
                assertThat(engine.run(request + "-16777217")).isEqualTo(tooMany);
                assertThat(engine.run(request + "-9223372036854775807")).isEqualTo(tooMany);
                assertThat(((Reply.Array) engine.run(request + "-3")).elements()).hasSize(3);
            }
            assertThat(engine.run("SRANDMEMBER s -5000")).isEqualTo(tooMany);
            assertThat(engine.run("HRANDFIELD h -5000 WITHVALUES")).isEqualTo(tooMany);
        }
    }

    /// A pattern of many stars against a long text is what brings a recursive matcher down.
    @Test
    void glob_withManyStars_staysFast() {
        String pattern = "a*".repeat(200) + "b";
        String key = "a".repeat(5_000);
        try (var engine = new EngineFixture()) {
            engine.call("SET", key, "1");
            long start = System.nanoTime();
            assertThat(EngineFixture.text(engine.call("KEYS", pattern))).isEqualTo("[]");
            assertThat(System.nanoTime() - start).isLessThan(2_000_000_000L);
        }
    }

    @Test
    void fixtureRunsSessionCommands_andReportsUnknownOnes() {
        try (var engine = new EngineFixture()) {
            assertThat(((Reply.Array) engine.run("OBJECT HELP")).elements()).hasSizeGreaterThan(5);
            assertThat(((Reply.Array) engine.run("MEMORY HELP")).elements()).hasSizeGreaterThan(3);
            assertThat(engine.run("NOSUCH a b")).isEqualTo(
                new Reply.Failure("ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' "));
            assertThat(engine.run("MEMORY USAGE nosuch SAMPLES 0")).isEqualTo(new Reply.Null());
            engine.run("SET a 1");
            assertThat(((Reply.Int) engine.run("MEMORY USAGE a")).value()).isBetween(16L, 100L);
        }
    }
}
