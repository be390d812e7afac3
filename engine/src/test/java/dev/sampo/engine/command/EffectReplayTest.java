package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RecordingEffectLog;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Law 4: replaying the effects, at any later time, gives the same data; for every command that writes.
class EffectReplayTest {
    static final String[] SETUP = {"SET a 10", "SET b text", "SET c 1 PXAT 1700000100000", "SET d 5 PX 50",
        "SET {x}1 one", "SET {x}2 two EX 100", "SET n 1.5"};
    /// The families beside strings and keys.
    static final List<EffectCases> FAMILIES = List.of(new DumpEffects(), new BitmapEffects(), new HyperLogLogEffects(),
        new ListEffects(), new SetEffects(), new HashEffects(), new SortedSetEffects(),
        new StreamEffectCases(), new SortEffects());
    static final Map<String, List<String>> CASES = cases();

    private static Map<String, List<String>> cases() {
        Map<String, List<String>> cases = new LinkedHashMap<>();
        cases.put("append", List.of("APPEND a 5", "APPEND new x", "APPEND c \"\"", "APPEND d x"));
        cases.put("copy", List.of("COPY a z", "COPY c a REPLACE", "COPY {x}2 {x}3", "COPY {x}2 {x}1 DB 3", "COPY a b",
            "COPY b z REPLACE DB 2"));
        cases.put("decr", List.of("DECR a", "DECR c", "DECR d", "DECR new", "DECR b"));
        cases.put("decrby", List.of("DECRBY a 5", "DECRBY c -7", "DECRBY new 1"));
        cases.put("del", List.of("DEL a b nosuch a", "DEL d", "DEL {x}1 {x}2"));
        cases.put("expire", List.of("EXPIRE a 10", "EXPIRE c -1", "EXPIRE b 100 NX", "EXPIRE b 200 NX", "EXPIRE nosuch 1"));
        cases.put("expireat", List.of("EXPIREAT a 1700000500", "EXPIREAT b 1", "EXPIREAT c 1700000500 GT"));
        cases.put("pexpire", List.of("PEXPIRE a 10000", "PEXPIRE b 0", "PEXPIRE d 70"));
        cases.put("pexpireat", List.of("PEXPIREAT a 1700000500123", "PEXPIREAT b 5", "PEXPIREAT c 1 LT"));
        cases.put("persist", List.of("PERSIST c", "PERSIST a", "PERSIST d"));
        cases.put("flushall", List.of("FLUSHALL", "SET a 1", "FLUSHALL ASYNC", "SET b 2"));
        cases.put("flushdb", List.of("FLUSHDB", "SET a 1", "FLUSHDB SYNC", "SET b 2"));
        cases.put("getdel", List.of("GETDEL a", "GETDEL nosuch", "GETDEL d"));
        cases.put("getex", List.of("GETEX a EX 10", "GETEX b PXAT 1700000500123", "GETEX c PERSIST", "GETEX n EXAT 1",
            "GETEX a", "GETEX {x}2 PX 5"));
        cases.put("getset", List.of("GETSET a 1", "GETSET c 2", "GETSET new 3"));
        cases.put("incr", List.of("INCR a", "INCR c", "INCR d", "INCR new", "INCR b"));
        cases.put("incrby", List.of("INCRBY a 5", "INCRBY c -7", "INCRBY new 1", "INCRBY a 9223372036854775807"));
        cases.put("incrbyfloat", List.of("INCRBYFLOAT n 0.1", "INCRBYFLOAT c 2", "INCRBYFLOAT new 3e-5", "INCRBYFLOAT b 1",
            "INCRBYFLOAT d 1"));
        cases.put("move", List.of("MOVE a 1", "MOVE c 2", "MOVE a 1", "MOVE d 1"));
        cases.put("mset", List.of("MSET a 1 z 2 c 3 y 4 {x}1 5 a 6", "MSET d x"));
        cases.put("msetnx", List.of("MSETNX a 1 z 2", "MSETNX y 1 z 2 y 3 {x}9 4", "MSETNX d 1 w 2"));
        cases.put("psetex", List.of("PSETEX a 10 1", "PSETEX new 100000 2"));
        cases.put("setex", List.of("SETEX a 10 1", "SETEX new 100 2"));
        cases.put("rename", List.of("RENAME a z", "RENAME c b", "RENAME {x}2 {x}1", "RENAME {x}1 y", "RENAME d a"));
        cases.put("renamenx", List.of("RENAMENX a b", "RENAMENX a z", "RENAMENX c y", "RENAMENX {x}2 {x}9", "RENAMENX b d"));
        cases.put("set", List.of("SET a 1", "SET a 1 EX 10", "SET b 1 PX 5", "SET c 2 KEEPTTL", "SET z 1 NX", "SET a x GET",
            "SET nosuch 1 XX", "SET y 1 EXAT 1", "SET w 1 PXAT 1700000009000 GET NX", "SET b 2 KEEPTTL"));
        cases.put("setnx", List.of("SETNX a 1", "SETNX z 1", "SETNX d 7"));
        cases.put("setrange", List.of("SETRANGE a 1 99", "SETRANGE new 3 x", "SETRANGE c 0 abc", "SETRANGE z 0 \"\""));
        cases.put("swapdb", List.of("SWAPDB 0 1", "SET a 1", "SWAPDB 1 2", "SET b 2", "COPY a b DB 2", "SWAPDB 0 0"));
        cases.put("touchless", List.of("GET d", "EXISTS d", "TTL d", "SCAN 0 COUNT 100"));
        cases.put("unlink", List.of("UNLINK a b nosuch", "UNLINK d"));
        for (EffectCases family : FAMILIES) {
            cases.putAll(family.cases());
        }
        return cases;
    }

    @Test
    void everyWritingRow_hasACase() {
        Set<String> writers = new HashSet<>();
        for (CommandSpec spec : CommandTable.engine().build().all()) {
            if (spec.effect() != Effect.NONE) {
                writers.add(spec.fullName());
            }
        }
        Set<String> cases = new HashSet<>(CASES.keySet());
        cases.remove("touchless");
        assertThat(cases).hasSizeGreaterThan(29).isEqualTo(writers);
    }

    @Test
    void cases_replayToTheSameData() {
        int replayed = 0;
        for (var entry : CASES.entrySet()) {
            for (int shards : new int[] {1, 4}) {
                for (boolean spread : new boolean[] {false, true}) {
                    replayed += check(entry.getKey(), entry.getValue(), shards, spread);
                }
            }
        }
        assertThat(replayed).isGreaterThan(800);
    }

    private static int check(String name, List<String> lines, int shards, boolean spread) {
        try (var engine = new EngineFixture(shards)) {
            if (spread) {
                engine.alwaysSpread();
            }
            for (String line : SETUP) {
                engine.run(line);
            }
            for (EffectCases family : FAMILIES) {
                family.setup().forEach(engine::run);
            }
            // Now d is over.
            engine.clock().advanceMillis(60);
            int setup = engine.effects().effects().size();
            for (String line : lines) {
                engine.run(line);
                engine.clock().advanceMillis(7);
            }
            List<RecordingEffectLog.Effect> log = engine.effects().effects();
            assertThat(log.size()).as(name).isGreaterThan(setup);
            assertReplays(engine, log, name + " on " + shards);
            assertThat(engine.faults()).isEmpty();
            return log.size();
        }
    }

    /// On a fresh engine, long after, on as many shards and, from one shard, on another number of them.
    private static void assertReplays(EngineFixture engine, List<RecordingEffectLog.Effect> log, String name) {
        int[] copies = engine.shards() == 1 ? new int[] {1, 3} : new int[] {engine.shards()};
        for (int shards : copies) {
            try (var copy = new EngineFixture(shards)) {
                copy.clock().advanceMillis(1_000_000_000);
                copy.replay(log, engine.shards());
                assertThat(copy.digest()).as(() -> name + ": " + log).isEqualTo(engine.digest());
                assertThat(copy.faults()).isEmpty();
            }
        }
    }

    @Test
    void randomRequests_replayToTheSameData() {
        int effects = 0;
        for (int seed = 0; seed < 24; seed++) {
            int shards = seed % 3 == 0 ? 4 : 1;
            var requests = new RandomRequests(seed);
            try (var engine = new EngineFixture(shards)) {
                for (int i = 0; i < 1_000; i++) {
                    engine.call(requests.next());
                    engine.clock().advanceMillis(1);
                    if (i % 50 == 0) {
                        engine.tick(100);
                    }
                }
                assertThat(engine.faults()).isEmpty();
                assertReplays(engine, engine.effects().effects(), "seed " + seed);
                effects += engine.effects().effects().size();
            }
        }
        assertThat(effects).isGreaterThan(4_000);
    }

    @Test
    void effects_areAbsoluteAndMinimal() {
        try (var engine = new EngineFixture()) {
            for (String line : SETUP) {
                engine.run(line);
            }
            for (EffectCases family : FAMILIES) {
                family.setup().forEach(engine::run);
            }
            engine.clock().advanceMillis(60);
            engine.effects().clear();
            for (String line : new String[] {"SET a 1 EX 10 GET", "SET a 2 KEEPTTL XX", "SET a 3 NX", "SETEX b 1 v",
                "EXPIRE a 5", "EXPIRE b -1", "GETEX a PERSIST", "GETEX a", "GETDEL a", "INCRBYFLOAT n 0.1", "GET d",
                "RENAME n {x}1", "GETSET {x}1 q", "MGET nosuch", "DEL nosuch", "SETNX {x}1 x", "DEL {x}1 nosuch"}) {
                engine.run(line);
            }
            assertThat(engine.effects().texts()).containsExactly("SET a 1 PXAT 1700000010060", "SET a 2 KEEPTTL",
                "SET b v PXAT 1700000001060", "PEXPIREAT a 1700000005060", "DEL b", "PERSIST a", "DEL a",
                "SET n 1.6 KEEPTTL", "DEL d", "RENAME n {x}1", "SET {x}1 q", "DEL {x}1 nosuch");
        }
    }

    @Test
    void effectsOfSpreadRequests_areCutByShard() {
        try (var engine = new EngineFixture(4)) {
            engine.run("MSET a 1 b 2 c 3 d 4 {a}2 5");
            engine.run("DEL a b c");
            engine.run("RENAME {a}2 b");
            // Slots of a, b, c, d: 15495, 3300, 7365, 11298.
            assertThat(engine.effects().effects()).map(RecordingEffectLog.Effect::toString).containsExactly(
                "0/0 MSET b 2", "1/0 MSET c 3", "2/0 MSET d 4", "3/0 MSET a 1 {a}2 5",
                "0/0 DEL b", "1/0 DEL c", "3/0 DEL a",
                "0/0 SET b 5", "3/0 DEL {a}2");
        }
    }
}
