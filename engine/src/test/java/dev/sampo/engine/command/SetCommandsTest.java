package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.RecordingEffectLog;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SetCommandsTest {
    private static String run(EngineFixture engine, String line) {
        return EngineFixture.text(engine.run(line));
    }

    private static List<String> list(Reply reply) {
        List<Reply> elements = reply instanceof Reply.SetReply set ? List.copyOf(set.elements()) : ((Reply.Array) reply).elements();
        return elements.stream().map(each -> ((Reply.Bulk) each).text()).toList();
    }

    private static void fill(EngineFixture engine, String key, String prefix, int from, int to) {
        List<String> words = new ArrayList<>(List.of("SADD", key));
        for (int i = from; i < to; i++) {
            words.add(prefix + i);
        }
        engine.call(words.toArray(String[]::new));
    }

    @Test
    void encodings_areNamedAsRedisNamesThem() {
        try (var engine = new EngineFixture()) {
            engine.run("SADD s 1 2 3");
            assertThat(run(engine, "OBJECT ENCODING s")).isEqualTo("\"intset\"");
            engine.run("SADD s x");
            assertThat(run(engine, "OBJECT ENCODING s")).isEqualTo("\"listpack\"");
            engine.call("SADD", "s", "y".repeat(65));
            assertThat(run(engine, "OBJECT ENCODING s")).isEqualTo("\"hashtable\"");
            engine.run("SUNIONSTORE t s nosuch");
            assertThat(run(engine, "OBJECT ENCODING t")).isEqualTo("\"hashtable\"");
            engine.run("SADD u 1 2 9");
            engine.run("SINTERSTORE t u s");
            assertThat(run(engine, "OBJECT ENCODING t")).isEqualTo("\"intset\"");
        }
    }

    @Test
    void settings_decideTheForm() {
        try (var engine = new EngineFixture()) {
            var d = Settings.DEFAULT.collections();
            engine.settings(Settings.DEFAULT.withCollections(new dev.sampo.engine.CollectionLimits(d.hashEntries(), d.hashValueBytes(), 2,
                3, 4, d.zsetEntries(), d.zsetValueBytes(), d.listSize(), 0, d.streamNodeBytes(), d.streamNodeEntries(), 3000)));
            engine.run("SADD s 1 2");
            assertThat(run(engine, "OBJECT ENCODING s")).isEqualTo("\"intset\"");
            engine.run("SADD s 3");
            assertThat(run(engine, "OBJECT ENCODING s")).isEqualTo("\"hashtable\"");
            engine.run("SADD t a 1 2");
            assertThat(run(engine, "OBJECT ENCODING t")).isEqualTo("\"listpack\"");
            engine.run("SADD t 3");
            assertThat(run(engine, "OBJECT ENCODING t")).isEqualTo("\"hashtable\"");
            engine.run("SADD u 12345");
            engine.run("SADD u a");
            assertThat(run(engine, "OBJECT ENCODING u")).isEqualTo("\"hashtable\"");
        }
    }

    @Test
    void replies_areSetsInResp3() {
        try (var engine = new EngineFixture().resp3()) {
            engine.run("SADD s 1 2 3");
            engine.run("SADD t 2 3 4");
            for (String line : List.of("SMEMBERS s", "SINTER s t", "SUNION s t", "SDIFF s t", "SPOP s 0", "SMEMBERS nosuch", "SPOP nosuch 2",
                "SINTER s nosuch", "SPOP t 2", "SPOP t 9")) {
                assertThat(engine.run(line)).as(line).isInstanceOf(Reply.SetReply.class);
            }
            assertThat(engine.run("SRANDMEMBER s 2")).isInstanceOf(Reply.Array.class);
            assertThat(engine.run("SRANDMEMBER nosuch -2")).isInstanceOf(Reply.Array.class);
            assertThat(run(engine, "EXISTS t")).isEqualTo(":0");
        }
    }

    @Test
    void events_areThoseOfRedisInItsOrder() {
        try (var engine = new EngineFixture()) {
            engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEAmn")));
            engine.run("SADD s 1 2 3");
            engine.run("SADD s 1");
            assertThat(engine.events().take()).containsExactly("0:new:s", "0:sadd:s");
            engine.run("SREM s 1 2 3 4");
            assertThat(engine.events().take()).containsExactly("0:srem:s", "0:del:s");
            engine.run("SADD s 1 2");
            engine.run("SMOVE s t 1");
            engine.run("SMOVE s t 2");
            assertThat(engine.events().take()).containsExactly("0:new:s", "0:sadd:s", "0:srem:s", "0:new:t", "0:sadd:t", "0:srem:s", "0:del:s",
                "0:sadd:t");
            engine.run("SPOP t");
            engine.run("SPOP t 5");
            assertThat(engine.events().take()).containsExactly("0:spop:t", "0:spop:t", "0:del:t");
            engine.run("SADD s 1 2");
            engine.run("SUNIONSTORE u s");
            engine.run("SINTERSTORE u s s");
            engine.run("SDIFFSTORE u s s");
            engine.run("SDIFFSTORE u s s");
            assertThat(engine.events().take()).containsExactly("0:new:s", "0:sadd:s", "0:new:u", "0:sunionstore:u", "0:sinterstore:u",
                "0:del:u");
            engine.run("SISMEMBER nosuch 1");
            engine.run("SADD v 1");
            assertThat(engine.events().take()).containsExactly("0:keymiss:nosuch", "0:new:v", "0:sadd:v");
        }
    }

    /// Results become the destination whatever was there, over all shards, and leave it without a deadline.
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void store_overwritesWhateverIsThere(int shards) {
        try (var engine = new EngineFixture(shards)) {
            engine.run("SADD s 1 2 3");
            engine.run("SADD t 3 4");
            engine.run("SET d text EX 100");
            assertThat(run(engine, "SUNIONSTORE d s t")).isEqualTo(":4");
            assertThat(run(engine, "TTL d")).isEqualTo(":-1");
            assertThat(run(engine, "TYPE d")).isEqualTo("+set");
            assertThat(run(engine, "SDIFFSTORE d d s")).isEqualTo(":1");
            assertThat(run(engine, "SMEMBERS d")).isEqualTo("[\"4\"]");
            assertThat(run(engine, "SINTERSTORE d s nosuch")).isEqualTo(":0");
            assertThat(run(engine, "EXISTS d")).isEqualTo(":0");
            engine.run("SET x 1");
            assertThat(run(engine, "SUNIONSTORE d s x")).startsWith("-WRONGTYPE");
            assertThat(run(engine, "SINTERSTORE d nosuch x")).startsWith("-WRONGTYPE");
            assertThat(run(engine, "DBSIZE")).isEqualTo(":3");
        }
    }

    /// Sets of all sizes and forms beside java.util's, so that every strategy is used.
    @ParameterizedTest
    @CsvSource({"3, 2", "40, 3", "300, 4", "300, 9", "2000, 6"})
    void algebra_ofSetsOfAllForms_isThatOfSets(int members, int count) {
        try (var engine = new EngineFixture(3)) {
            java.util.Random random = new java.util.Random(members + count);
            for (int round = 0; round < 20; round++) {
                engine.run("FLUSHALL");
                List<Set<String>> model = new ArrayList<>();
                StringBuilder keys = new StringBuilder();
                for (int i = 0; i < count; i++) {
                    Set<String> set = new HashSet<>();
                    int size = random.nextInt(4) == 0 ? members : random.nextInt(members / (1 + random.nextInt(members)) + 1);
                    List<String> words = new ArrayList<>(List.of("SADD", "k" + i));
                    for (int j = 0; j < size; j++) {
                        set.add((random.nextInt(1 + i % 3) == 0 ? "" : "m") + random.nextInt(members * 2));
                    }
                    words.addAll(set);
                    model.add(set);
                    if (!set.isEmpty()) {
                        engine.call(words.toArray(String[]::new));
                    }
                    keys.append(" k").append(i);
                }
                engine.run("COPY k0 kept");
                Set<String> union = new HashSet<>();
                model.forEach(union::addAll);
                Set<String> inter = new HashSet<>(model.getFirst());
                model.forEach(inter::retainAll);
                Set<String> difference = new HashSet<>(model.getFirst());
                model.subList(1, count).forEach(difference::removeAll);
                check(engine, "SUNION", keys, union);
                check(engine, "SINTER", keys, inter);
                check(engine, "SDIFF", keys, difference);
                assertThat(run(engine, "SINTERCARD " + count + keys)).isEqualTo(":" + inter.size());
                assertThat(run(engine, "SINTERCARD " + count + keys + " LIMIT 2")).isEqualTo(":" + Math.min(2, inter.size()));
            }
            assertThat(engine.faults()).isEmpty();
        }
    }

    private static void check(EngineFixture engine, String name, StringBuilder keys, Set<String> expected) {
        List<String> answered = list(engine.run(name + keys));
        assertThat(answered).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
        assertThat(run(engine, name + "STORE d" + keys)).isEqualTo(":" + expected.size());
        assertThat(list(engine.run("SMEMBERS d"))).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(run(engine, name + "STORE k0" + keys)).isEqualTo(":" + expected.size());
        assertThat(list(engine.run("SMEMBERS k0"))).containsExactlyInAnyOrderElementsOf(expected);
        engine.run("DEL k0");
        engine.run("COPY kept k0");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 100, 3000})
    void spop_ofAllMembers_returnsEachOnce(int members) {
        try (var engine = new EngineFixture()) {
            fill(engine, "s", "m", 0, members);
            Set<String> popped = new HashSet<>();
            popped.add(((Reply.Bulk) engine.run("SPOP s")).text());
            while (run(engine, "EXISTS s").equals(":1")) {
                List<String> some = list(engine.run("SPOP s " + (1 + members / 3)));
                for (String member : some) {
                    assertThat(popped.add(member)).isTrue();
                }
            }
            assertThat(popped).hasSize(members);
            assertThat(run(engine, "SPOP s")).isEqualTo("nil");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 100, 3000})
    void srandmember_ofAnyCount_isDistinctUnlessNegative(int members) {
        try (var engine = new EngineFixture()) {
            fill(engine, "s", "m", 0, members);
            for (int count : new int[] {1, 2, members / 4, members / 2, members - 1, members, members + 1}) {
                List<String> some = list(engine.run("SRANDMEMBER s " + count));
                assertThat(some).hasSize(Math.min(count, members)).doesNotHaveDuplicates();
                assertThat(list(engine.run("SRANDMEMBER s -" + count))).hasSize(count);
            }
            assertThat(run(engine, "SCARD s")).isEqualTo(":" + members);
        }
    }

    /// Every choice has the same chance, by either of the ways in which choices are made.
    @ParameterizedTest
    @CsvSource({"200, 20", "200, 100", "30, 3"})
    void srandmember_ofManyRequests_isUniform(int members, int count) {
        try (var engine = new EngineFixture()) {
            fill(engine, "s", "m", 0, members);
            Map<String, Integer> drawn = new HashMap<>();
            int rounds = 300 * members / count;
            for (int i = 0; i < rounds; i++) {
                list(engine.run("SRANDMEMBER s " + count)).forEach(member -> drawn.merge(member, 1, Integer::sum));
            }
            assertThat(drawn).hasSize(members);
            assertThat(drawn.values()).allMatch(n -> n > 200 && n < 420);
        }
    }

    @Test
    void sscan_overGrowingSet_returnsThoseThatStay() {
        try (var engine = new EngineFixture()) {
            fill(engine, "s", "m", 0, 1000);
            Set<String> seen = new HashSet<>();
            String cursor = "0";
            int steps = 0;
            do {
                var reply = (Reply.Array) engine.run("SSCAN s " + cursor + " COUNT 20 MATCH m*");
                cursor = ((Reply.Bulk) reply.elements().getFirst()).text();
                seen.addAll(list(reply.elements().get(1)));
                engine.run("SADD s other" + steps);
                engine.run("SREM s other" + (steps - 5));
                steps++;
            } while (!cursor.equals("0"));
            assertThat(seen).hasSize(1000);
            assertThat(steps).isGreaterThan(30);
            assertThat(run(engine, "SSCAN nosuch 0 nonsense")).isEqualTo("[\"0\" []]");
            assertThat(run(engine, "SSCAN s 0 nonsense")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "SSCAN s 0 COUNT 0")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "SSCAN s 0 COUNT x")).isEqualTo("-ERR value is not an integer or out of range");
            assertThat(run(engine, "SSCAN s 0 TYPE set")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "SSCAN s x")).isEqualTo("-ERR invalid cursor");
            assertThat(run(engine, "SSCAN s 18446744073709551615 COUNT 5")).startsWith("[");
        }
    }

    @Test
    void effects_areDeterministicAndBounded() {
        try (var engine = new EngineFixture(4)) {
            fill(engine, "a", "m", 0, 1200);
            engine.run("SADD b 1 2 3");
            engine.effects().clear();
            engine.run("SPOP a 1000");
            List<RecordingEffectLog.Effect> pops = engine.effects().effects();
            assertThat(pops).hasSize(2);
            assertThat(engine.effects().texts()).allMatch(text -> text.startsWith("SREM a m"));
            engine.effects().clear();
            engine.run("SUNIONSTORE c a b");
            engine.run("SUNIONSTORE c b");
            engine.run("SMOVE b c 1");
            engine.run("SMOVE b d 2");
            engine.run("SPOP d");
            engine.run("SPOP b 7");
            List<String> texts = engine.effects().texts();
            assertThat(texts.getFirst()).startsWith("SADD c ");
            assertThat(texts.subList(1, texts.size())).containsExactly("DEL c", "SADD c 1 2 3", "SREM b 1", "SREM b 2", "SADD d 2", "SREM d 2",
                "DEL b");
        }
    }

    @Test
    void smove_withinOneSet_changesNothing() {
        try (var engine = new EngineFixture()) {
            engine.run("SADD s 1");
            assertThat(run(engine, "SMOVE s s 1")).isEqualTo(":1");
            assertThat(run(engine, "SMOVE s s 2")).isEqualTo(":0");
            engine.run("SET x 1");
            assertThat(run(engine, "SMOVE nosuch x 1")).isEqualTo(":0");
            assertThat(run(engine, "SMOVE s x 9")).startsWith("-WRONGTYPE");
            assertThat(run(engine, "SMOVE x s 1")).startsWith("-WRONGTYPE");
        }
    }
}
