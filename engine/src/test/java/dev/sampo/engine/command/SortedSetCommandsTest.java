package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What comparison with a redis-server does not show of sorted sets: chance, effects, walks over big sets, forms.
class SortedSetCommandsTest {
    private static void fill(EngineFixture engine, String key, int members) {
        for (int i = 0; i < members; i++) {
            engine.call("ZADD", key, Integer.toString(i * 7919 % members), "member-" + i);
        }
    }

    private static List<String> texts(Reply reply) {
        List<String> texts = new ArrayList<>();
        for (Reply each : ((Reply.Array) reply).elements()) {
            texts.add(EngineFixture.text(each));
        }
        return texts;
    }

    private static String run(EngineFixture engine, String line) {
        return EngineFixture.text(engine.run(line));
    }

    @Test
    void newSet_hasTheFormThatItsFirstMembersNeed() {
        try (var engine = new EngineFixture()) {
            List<String> request = new ArrayList<>(List.of("ZADD", "many"));
            for (int i = 0; i < 129; i++) {
                request.addAll(List.of("1", "same"));
            }
            engine.call(request.toArray(String[]::new));
            engine.call("ZADD", "long", "1", "x".repeat(65));
            engine.call("ZADD", "small", "1", "x".repeat(64));
            assertThat(run(engine, "OBJECT ENCODING many")).isEqualTo("\"skiplist\"");
            assertThat(run(engine, "OBJECT ENCODING long")).isEqualTo("\"skiplist\"");
            assertThat(run(engine, "OBJECT ENCODING small")).isEqualTo("\"listpack\"");
            engine.run("ZUNIONSTORE small 1 many");
            assertThat(run(engine, "OBJECT ENCODING small")).isEqualTo("\"listpack\"");
        }
    }

    @Test
    void zrank_withScore_repliesBoth() {
        try (var engine = new EngineFixture()) {
            engine.run("ZADD z 1 a 2.5 b");
            assertThat(run(engine, "ZRANK z b WITHSCORE")).isEqualTo("[:1 \"2.5\"]");
            assertThat(run(engine, "ZREVRANK z a WITHSCORE")).isEqualTo("[:1 \"1\"]");
            assertThat(run(engine, "ZRANK z c WITHSCORE")).isEqualTo("nil");
            assertThat(run(engine, "ZRANK z b foo")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "ZRANK z b WITHSCORE x")).isEqualTo("-ERR wrong number of arguments for 'zrank' command");
            engine.resp3();
            assertThat(run(engine, "ZRANK z b WITHSCORE")).isEqualTo("[:1 ,2.5]");
        }
    }

    @Test
    void zrandmember_choosesEveryMemberAlike() {
        for (int members : new int[] {20, 1_000}) {
            try (var engine = new EngineFixture()) {
                fill(engine, "z", members);
                for (int count : new int[] {-5, 5, members / 2}) {
                    Map<String, Integer> seen = new HashMap<>();
                    int rounds = 40 * members / Math.abs(count);
                    for (int i = 0; i < rounds; i++) {
                        List<String> chosen = texts(engine.call("ZRANDMEMBER", "z", Integer.toString(count)));
                        assertThat(chosen).hasSize(Math.abs(count));
                        if (count > 0) {
                            assertThat(new HashSet<>(chosen)).hasSize(count);
                        }
                        chosen.forEach(member -> seen.merge(member, 1, Integer::sum));
                    }
                    // Forty of each are expected; five standard deviations are thirty-two.
                    assertThat(seen).hasSize(members);
                    assertThat(seen.values()).allMatch(times -> times > 6 && times < 90);
                }
                assertThat(texts(engine.run("ZRANDMEMBER z 100000"))).hasSize(members);
            }
        }
    }

    @Test
    void zscan_ofBigSet_returnsEveryMemberThatStaysOnce() {
        try (var engine = new EngineFixture()) {
            fill(engine, "z", 3_000);
            Set<String> seen = new HashSet<>();
            String cursor = "0";
            int calls = 0;
            do {
                var reply = (Reply.Array) engine.call("ZSCAN", "z", cursor, "COUNT", "50", "MATCH", "member-1*");
                cursor = EngineFixture.text(reply.elements().getFirst()).replace("\"", "");
                List<String> found = texts(reply.elements().get(1));
                for (int i = 0; i < found.size(); i += 2) {
                    assertThat(seen.add(found.get(i))).isTrue();
                }
                // What comes and goes meanwhile is nobody's business.
                engine.call("ZADD", "z", "1", "other-" + calls);
                engine.call("ZREM", "z", "other-" + (calls - 3), "member-2" + calls);
                calls++;
            } while (!cursor.equals("0"));
            assertThat(seen).hasSize(1_111);
            assertThat(calls).isBetween(50, 80);
        }
    }

    @Test
    void effects_needNeitherChanceNorOtherKeys() {
        try (var engine = new EngineFixture()) {
            engine.run("ZADD z 1 a 2 b 3 c");
            engine.run("ZADD y 5 a");
            engine.effects().clear();
            for (String line : new String[] {"ZADD z INCR 0.5 a", "ZINCRBY z 0.25 a", "ZADD z NX 9 a", "ZINCRBY z 0 a",
                "ZPOPMIN z",
                "ZMPOP 2 nosuch z MAX COUNT 5", "ZUNIONSTORE d 2 y z", "ZINTERSTORE d 2 y nosuch", "BZPOPMAX y 1",
                    "ZRANGESTORE d y 0 -1",
                "ZADD z XX 1 q"}) {
                engine.run(line);
            }
            assertThat(engine.effects().texts()).containsExactly("ZADD z 1.5 a", "ZADD z 1.75 a", "ZREM z a", "ZREM z c b",
                "DEL d",
                "ZADD d 5 a", "DEL d", "ZREM y a");
        }
    }

    @Test
    void effectsOfLargeResults_comeInPieces() {
        try (var engine = new EngineFixture()) {
            fill(engine, "z", 600);
            engine.effects().clear();
            engine.run("ZUNIONSTORE d 1 z");
            engine.run("ZPOPMAX z 600");
            assertThat(engine.effects().texts()).hasSize(7);
            assertThat(engine.effects().effects()).allMatch(effect -> effect.arguments().size() <= 2 + 2 * 256);
            try (var copy = new EngineFixture()) {
                fill(copy, "z", 600);
                copy.replay(engine.effects().effects(), 1);
                assertThat(copy.digest()).isEqualTo(engine.digest());
            }
        }
    }

    @Test
    void destination_mayBeASourceOnAnyShards() {
        for (int shards : new int[] {1, 4}) {
            try (var engine = new EngineFixture(shards)) {
                engine.run("ZADD a 1 x 2 y");
                engine.run("SADD b y z");
                assertThat(run(engine, "ZUNIONSTORE a 3 a b a WEIGHTS 1 10 2")).isEqualTo(":3");
                assertThat(run(engine, "ZRANGE a 0 -1 WITHSCORES")).isEqualTo("[\"x\" \"3\" \"z\" \"10\" \"y\" \"16\"]");
                assertThat(run(engine, "ZDIFFSTORE b 2 b a")).isEqualTo(":0");
                assertThat(run(engine, "EXISTS b")).isEqualTo(":0");
            }
        }
    }

    @Test
    void secondStoreOfGeoradius_isASyntaxError() {
        try (var engine = new EngineFixture(4)) {
            engine.run("GEOADD g 1 1 a");
            assertThat(run(engine, "GEORADIUS g 1 1 1 km STORE b STORE c")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "GEORADIUS g 1 1 1 km STORE b STOREDIST c")).isEqualTo(":1");
            assertThat(run(engine, "EXISTS b c")).isEqualTo(":1");
        }
    }

    @Test
    void bigSet_survivesCopyRenameAndDumpAcrossShards() {
        try (var engine = new EngineFixture(4)) {
            fill(engine, "a", 1_000);
            Reply before = engine.run("ZRANGE a 0 -1 WITHSCORES");
            engine.run("COPY a b");
            engine.run("RENAME a c");
            assertThat(engine.run("ZRANGE b 0 -1 WITHSCORES")).isEqualTo(before);
            assertThat(engine.run("ZRANGE c 0 -1 WITHSCORES")).isEqualTo(before);
            var dump = (Reply.Bulk) engine.run("DUMP c");
            engine.call("RESTORE".getBytes(), "d".getBytes(), "0".getBytes(), dump.bytes());
            assertThat(engine.run("ZRANGE d 0 -1 WITHSCORES")).isEqualTo(before);
            assertThat(run(engine, "OBJECT ENCODING d")).isEqualTo("\"skiplist\"");
            assertThat(run(engine, "ZDIFF 2 b d")).isEqualTo("[]");
            engine.assertValid();
        }
    }
}
