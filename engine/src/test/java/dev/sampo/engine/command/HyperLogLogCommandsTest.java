package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HyperLogLogCommandsTest {
    private static final String[] KEYS = {"a", "b", "{b}1", "c"};

    private static String run(EngineFixture engine, String line) {
        return EngineFixture.text(engine.run(line));
    }

    /// The same elements give the same bytes, whatever the form and however it came about.
    @Test
    void values_areRedisBytes() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        int compared = 0;
        try (RedisServer redis = RedisServer.start()) {
            for (int seed = 0; seed < 12; seed++) {
                int sparseBytes = seed % 3 == 0 ? 3000 : seed % 3 == 1 ? 100 : 16000;
                redis.run("FLUSHALL");
                redis.run("CONFIG SET hll-sparse-max-bytes " + sparseBytes);
                try (var engine = new EngineFixture(seed % 2 == 0 ? 1 : 3)) {
                    engine.settings(Settings.DEFAULT.withCollections(limits(sparseBytes)));
                    compared += compare(redis, engine, new Random(seed));
                }
            }
        }
        assertThat(compared).isGreaterThan(3_000);
    }

    private static CollectionLimits limits(int sparseBytes) {
        CollectionLimits d = CollectionLimits.DEFAULT;
        return new CollectionLimits(d.hashEntries(), d.hashValueBytes(), d.setIntsetEntries(), d.setEntries(), d.setValueBytes(),
            d.zsetEntries(), d.zsetValueBytes(), d.listSize(), d.listCompressDepth(), d.streamNodeBytes(), d.streamNodeEntries(),
            sparseBytes);
    }

    private static int compare(RedisServer redis, EngineFixture engine, Random random) throws IOException {
        int compared = 0;
        for (int i = 0; i < 160; i++) {
            List<String> words = new ArrayList<>();
            int kind = random.nextInt(20);
            if (kind < 14) {
                words.add("PFADD");
                words.add(key(random));
                // Few elements meet the splitting of runs, many the change of form.
                for (int n = random.nextInt(random.nextInt(8) == 0 ? 900 : 12); n > 0; n--) {
                    words.add(random.nextInt(3) == 0 ? Integer.toString(random.nextInt(5000)) : Long.toString(random.nextLong()));
                }
            } else if (kind < 16) {
                words.addAll(List.of("PFMERGE", key(random), key(random), key(random)));
            } else if (kind < 18) {
                words.addAll(List.of("PFCOUNT", key(random)));
            } else if (kind < 19) {
                words.addAll(List.of("PFCOUNT", key(random), key(random)));
            } else {
                words.addAll(random.nextInt(3) == 0 ? List.of("DEL", key(random)) : List.of("PFDEBUG", "DECODE", key(random)));
            }
            byte[][] request = words.stream().map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
            assertThat(engine.call(request)).as(words.toString()).isEqualTo(redis.client().call(request));
            for (String key : KEYS) {
                Reply theirs = redis.run("GET " + key);
                assertThat(engine.run("GET " + key)).as(words.toString()).isEqualTo(theirs);
                compared++;
            }
        }
        assertThat(engine.faults()).isEmpty();
        return compared;
    }

    private static String key(Random random) {
        return KEYS[random.nextInt(KEYS.length)];
    }

    @Test
    void pfcount_keepsItsEstimate_andLogsThat() {
        try (var engine = new EngineFixture()) {
            engine.run("PFADD k a b c");
            engine.effects().clear();
            assertThat(run(engine, "PFCOUNT k")).isEqualTo(":3");
            assertThat(run(engine, "PFCOUNT k")).isEqualTo(":3");
            assertThat(run(engine, "PFCOUNT k k")).isEqualTo(":3");
            assertThat(run(engine, "PFADD k a")).isEqualTo(":0");
            assertThat(engine.effects().texts()).containsExactly("PFCOUNT k");
        }
    }

    @Test
    void pfmerge_isLoggedAsItsResult_withTheDeadlineKept() {
        try (var engine = new EngineFixture(4)) {
            engine.run("PFADD a x y");
            engine.run("PFADD b z");
            engine.run("EXPIRE b 100");
            engine.effects().clear();
            assertThat(run(engine, "PFMERGE b a")).isEqualTo("+OK");
            assertThat(engine.effects().texts()).hasSize(1).allMatch(text -> text.startsWith("SET b HYLL")
                && text.endsWith("KEEPTTL"));
            assertThat(run(engine, "TTL b")).isEqualTo(":100");
            assertThat(run(engine, "PFCOUNT b")).isEqualTo(":3");
        }
    }

    /// The first elements are in registers that the value has, a later one is not.
    @Test
    void pfadd_thatFindsRunsTooShort_keepsWhatItDidAndLogsIt() {
        try (var engine = new EngineFixture()) {
            engine.run("SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x67\\xff\"");
            engine.effects().clear();
            StringBuilder add = new StringBuilder("PFADD k");
            for (int i = 0; i < 30; i++) {
                add.append(" e").append(i);
            }
            assertThat(run(engine, add.toString())).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
            assertThat(engine.effects().texts()).hasSize(1).allMatch(text -> text.startsWith("SET k HYLL"));
            assertThat(run(engine, "PFCOUNT k")).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
            assertThat(run(engine, "PFMERGE new k")).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
            assertThat(run(engine, "PFDEBUG TODENSE k")).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
            assertThat(run(engine, "EXISTS new")).isEqualTo(":0");
        }
    }

    @Test
    void pfselftest_passes_andPfdebugShowsRegisters() {
        try (var engine = new EngineFixture()) {
            assertThat(run(engine, "PFSELFTEST")).isEqualTo("+OK");
            engine.run("PFADD k a");
            assertThat(run(engine, "PFDEBUG ENCODING k")).isEqualTo("+sparse");
            assertThat(((Reply.Array) engine.run("PFDEBUG GETREG k")).elements()).hasSize(16384)
                .filteredOn(register -> !register.equals(new Reply.Int(0))).hasSize(1);
            assertThat(run(engine, "PFDEBUG ENCODING k")).isEqualTo("+dense");
            assertThat(run(engine, "STRLEN k")).isEqualTo(":12304");
        }
    }
}
