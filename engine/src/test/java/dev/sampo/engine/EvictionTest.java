package dev.sampo.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvictionTest {
    private final EngineFixture engine = new EngineFixture();
    private final Eviction eviction = new Eviction(engine.context(), engine.shard(0));

    private void policy(EvictionPolicy policy) {
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEA")).withFrequency(policy.isLfu()).withEviction(policy, 5));
    }

    @AfterEach
    void close() {
        eviction.close();
        engine.close();
    }

    @ParameterizedTest
    @EnumSource(EvictionPolicy.class)
    void eviction_takesEveryKeyThatMayGoAndNoOther(EvictionPolicy policy) {
        policy(policy);
        for (int db = 0; db < 3; db++) {
            engine.session().db(db);
            for (int i = 0; i < 50; i++) {
                engine.run("SET key" + i + "x".repeat(i * 3) + " v" + (i % 2 == 0 ? " EX 100" : ""));
            }
        }
        engine.effects().clear();
        engine.events().take();
        int expected = policy == EvictionPolicy.NOEVICTION ? 0 : policy.isVolatile() ? 75 : 150;
        assertThat(eviction.isPossible()).isEqualTo(expected > 0);
        int evicted = 0;
        while (eviction.evict()) {
            evicted++;
        }
        assertThat(evicted).isEqualTo(expected);
        assertThat(eviction.isPossible()).isFalse();
        assertThat(engine.shard(0).counters().evicted()).isEqualTo(expected);
        assertThat(engine.effects().texts()).hasSize(expected).allMatch(text -> text.startsWith("DEL key"));
        Set<String> events = new HashSet<>(engine.events().take());
        assertThat(events).hasSize(expected).allMatch(event -> event.contains(":evicted:key"));
        for (int db = 0; db < 3; db++) {
            engine.session().db(db);
            assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(50 - expected / 3));
            engine.shard(0).keyspace(db).assertValid();
        }
    }

    @Test
    void pool_choosesBetterThanASample() {
        policy(EvictionPolicy.ALLKEYS_LRU);
        for (int i = 0; i < 1000; i++) {
            engine.run("SET key" + i + " v");
            engine.clock().advanceMillis(1000);
        }
        for (int i = 0; i < 200; i++) {
            assertThat(eviction.evict()).isTrue();
        }
        int oldest = 0;
        for (int i = 0; i < 300; i++) {
            oldest += engine.run("EXISTS key" + i).equals(new Reply.Int(0)) ? 1 : 0;
        }
        // Chance would take 60 of these, the exact order 200.
        assertThat(oldest).isGreaterThan(180);
    }

    @Test
    void sample_reachesEveryEntryAboutAsOften() {
        for (int i = 0; i < 3000; i++) {
            engine.run("SET key" + i + " v" + (i % 3 == 0 ? " EX 100" : ""));
        }
        for (boolean volatiles : new boolean[] {false, true}) {
            Map<Long, Integer> seen = new HashMap<>();
            for (int i = 0; i < 60_000; i++) {
                engine.shard(0).keyspace(0).sample(engine.context().rng(), 5, volatiles, e -> seen.merge(e, 1, Integer::sum));
            }
            int entries = volatiles ? 1000 : 3000;
            double mean = seen.values().stream().mapToInt(Integer::intValue).average().orElseThrow();
            assertThat(seen.size()).isGreaterThan(entries * 98 / 100);
            assertThat(mean).isBetween(250_000.0 / entries, 310_000.0 / entries);
            assertThat(seen.values().stream().filter(times -> times > mean / 8 && times < mean * 4).count()).isGreaterThan(entries * 9L / 10);
        }
        assertThat(engine.shard(0).keyspace(1).size()).isZero();
        engine.shard(0).keyspace(1).sample(engine.context().rng(), 5, false, _ -> {
            throw new AssertionError("nothing is there");
        });
    }

    @Test
    void policyChange_forgetsWhatThePoolThought() {
        policy(EvictionPolicy.ALLKEYS_LRU);
        for (int i = 0; i < 40; i++) {
            engine.run("SET key" + i + " v" + (i < 10 ? " EX " + (1000 - i) : ""));
        }
        assertThat(eviction.evict()).isTrue();
        policy(EvictionPolicy.VOLATILE_TTL);
        int volatiles = (int) engine.shard(0).keyspace(0).volatileSize();
        for (int i = 0; i < volatiles; i++) {
            assertThat(eviction.evict()).isTrue();
        }
        assertThat(eviction.evict()).isFalse();
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(39 - volatiles));
    }
}
