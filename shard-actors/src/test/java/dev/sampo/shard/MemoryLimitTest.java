package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimitTest {
    private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.";
    private static final int VALUE_BYTES = 300;

    private static long used(CoreFixture f) {
        long used = 0;
        for (int i = 0; i < f.node().cores(); i++) {
            used += f.core(i).shard.usedBytes();
        }
        return used;
    }

    /// Eviction may take as long as it needs: how much fits into half a millisecond is the machine's affair.
    private static CoreFixture limited(int cores, String policy, long bytes) {
        return new CoreFixture(cores, ServerConfig.defaults().with(Map.of("maxmemory-policy", policy, "maxmemory", "" + bytes,
            "maxmemory-eviction-tenacity", "100")));
    }

    @ParameterizedTest
    @CsvSource({"1,allkeys-lru", "4,allkeys-lru", "1,allkeys-lfu", "3,allkeys-lfu", "4,allkeys-random", "1,volatile-lru", "4,volatile-lru", "3,volatile-lfu",
        "2,volatile-random", "4,volatile-ttl"})
    void usedMemory_staysWithinTheLimitUnderLoad(int cores, String policy) {
        long limit = 6 << 20;
        try (CoreFixture f = limited(cores, policy, limit)) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < cores; i++) {
                clients.add(f.connect(i));
            }
            long most = 0;
            String value = "v".repeat(VALUE_BYTES);
            String[] lines = new String[100];
            for (int round = 0; round < 300; round++) {
                for (int i = 0; i < lines.length; i++) {
                    lines[i] = "SET key:" + round + ":" + i + " " + value + " EX " + (1000 + i);
                }
                TestClient c = clients.get(round % cores);
                c.send(lines);
                assertThat(c.received()).hasSize(lines.length).allMatch(reply -> ReplyText.of(reply).equals("+OK"));
                most = Math.max(most, used(f));
            }
            assertThat(most).isGreaterThan(limit * 8 / 10).isLessThanOrEqualTo(limit + limit / 20);
            long keys = 0;
            long evicted = 0;
            for (int i = 0; i < cores; i++) {
                keys += f.core(i).shard.keyspace(0).size();
                evicted += f.core(i).shard.counters().evicted();
            }
            assertThat(evicted).isEqualTo(30_000 - keys).isGreaterThan(10_000);
            Map<String, String> info = ServerCommandsTest.info(clients.getFirst(), "INFO everything");
            assertThat(Long.parseLong(info.get("evicted_keys"))).isGreaterThanOrEqualTo(evicted);
            assertThat(info).containsEntry("maxmemory", "" + limit).containsEntry("maxmemory_policy", policy);
            assertThat(Long.parseLong(info.get("used_memory")) - Long.parseLong(info.get("mem_not_counted_for_evict"))).isEqualTo(used(f));
            if (cores > 1) {
                for (int i = 0; i < cores; i++) {
                    assertThat(f.core(i).shard.usedBytes()).isBetween(limit / cores / 2, limit * 3 / cores / 2);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void noeviction_refusesWhatMayGrow(int cores) {
        try (CoreFixture f = limited(cores, "noeviction", 1 << 20)) {
            TestClient c = f.connect(0);
            String value = "v".repeat(10_000);
            int written = 0;
            while (c.text("SET key" + written + " " + value).equals("+OK")) {
                written++;
                assertThat(written).isLessThan(200);
            }
            assertThat(used(f)).isLessThan((1 << 20) + (1 << 20) / 20 + 100_000);
            for (int i = 0; i < 10; i++) {
                assertThat(c.texts("SET other" + i + " 1", "APPEND key" + i + " x", "MSET a" + i + " 1 b" + i + " 2")).containsOnly(OOM);
                assertThat(c.texts("GET other" + i, "EXISTS key" + i, "EXPIRE key" + i + " 1000", "PING")).containsExactly("nil", ":1", ":1", "+PONG");
            }
            assertThat(c.texts("MULTI", "GET key0", "EXEC")).containsExactly("+OK", OOM, "-EXECABORT Transaction discarded because of previous errors.");
            assertThat(c.text("INFO stats")).contains("evicted_keys:0");
            for (int i = 0; i < 20; i++) {
                assertThat(c.text("DEL key" + i)).isEqualTo(":1");
            }
            f.advance(100);
            assertThat(c.text("SET other 1")).isEqualTo("+OK");
            assertThat(c.texts("CONFIG SET maxmemory 1", "SET other 2", "CONFIG SET maxmemory 0", "SET other 3"))
                .containsExactly("+OK", OOM, "+OK", "+OK");
        }
    }

    @Test
    void exec_isRefusedWhole() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults())) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(0);
            c.send("SET a 1", "MULTI", "GET a", "SET b 1");
            other.send("CONFIG SET maxmemory 1");
            c.received();
            assertThat(c.text("EXEC")).isEqualTo("-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.");
            assertThat(c.texts("GET b", "MULTI", "DISCARD")).containsExactly("nil", "+OK", "+OK");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"})
    void volatilePolicies_spareKeysWithoutADeadline(String policy) {
        try (CoreFixture f = limited(2, policy, 3 << 20)) {
            TestClient c = f.connect(0);
            String value = "v".repeat(VALUE_BYTES);
            for (int i = 0; i < 2000; i++) {
                c.send("SET keep" + i + " " + value);
            }
            c.received();
            for (int i = 0; i < 20_000; i++) {
                c.send("SET go" + i + " " + value + " EX 1000");
            }
            assertThat(c.received()).allMatch(reply -> ReplyText.of(reply).equals("+OK"));
            for (int i = 0; i < 2000; i++) {
                assertThat(c.text("EXISTS keep" + i)).isEqualTo(":1");
            }
            int i = 2000;
            while (c.text("SET keep" + i + " " + value).equals("+OK")) {
                assertThat(i++).isLessThan(20_000);
            }
            assertThat(c.text("DBSIZE")).isEqualTo(":" + i);
        }
    }

    @Test
    void lru_evictsWhatWasNotUsed() {
        assertThat(survivors("allkeys-lru", (f, c) -> {
            f.advance(5000);
            for (int i = 0; i < 1000; i += 2) {
                c.send("GET key" + i);
            }
            c.received();
        })).satisfies(MemoryLimitTest::mostlyEven);
    }

    @Test
    void lfu_evictsWhatWasUsedLess() {
        assertThat(survivors("allkeys-lfu", (f, c) -> {
            for (int times = 0; times < 20; times++) {
                for (int i = 0; i < 1000; i += 2) {
                    c.send("GET key" + i);
                }
            }
            c.received();
        })).satisfies(MemoryLimitTest::mostlyEven);
    }

    @Test
    void ttl_evictsWhatWouldExpireFirst() {
        assertThat(survivors("volatile-ttl", (f, c) -> {
            for (int i = 0; i < 1000; i++) {
                c.send("EXPIRE key" + i + " " + (i % 2 == 0 ? 10_000 + i : 1000 + i));
            }
            c.received();
        })).satisfies(MemoryLimitTest::mostlyEven);
    }

    private interface Preparation {
        void run(CoreFixture f, TestClient c);
    }

    /// Which of 1000 keys are left when half of their memory is taken away: even ones, odd ones.
    private static int[] survivors(String policy, Preparation preparation) {
        try (CoreFixture f = limited(2, policy, 1 << 30)) {
            TestClient c = f.connect(0);
            String value = "v".repeat(2000);
            for (int i = 0; i < 1000; i++) {
                c.send("SET key" + i + " " + value);
            }
            c.received();
            preparation.run(f, c);
            assertThat(c.text("CONFIG SET maxmemory " + (used(f) - 450 * 2048))).isEqualTo("+OK");
            f.advance(100);
            int[] left = new int[2];
            for (int i = 0; i < 1000; i++) {
                left[i % 2] += c.text("EXISTS key" + i).equals(":1") ? 1 : 0;
            }
            assertThat(left[0] + left[1]).isBetween(400, 600);
            return left;
        }
    }

    private static void mostlyEven(int[] left) {
        assertThat(left[0]).isGreaterThan(430);
        assertThat(left[1]).isLessThan(130);
    }

    @Test
    void eviction_isAnEventAndBreaksWatches() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults().with(Map.of("maxmemory-policy", "allkeys-random", "notify-keyspace-events", "Ee")))) {
            TestClient c = f.connect(0);
            TestClient watching = f.connect(0);
            TestClient subscriber = f.connect(0);
            assertThat(c.text("SET a 1")).isEqualTo("+OK");
            watching.send("WATCH a", "MULTI", "GET a");
            subscriber.send("SUBSCRIBE __keyevent@0__:evicted");
            subscriber.received();
            watching.received();
            assertThat(c.texts("CONFIG SET maxmemory 1", "EXISTS a")).containsExactly("+OK", ":0");
            assertThat(subscriber.received()).singleElement().extracting(ReplyText::of).isEqualTo("[\"message\" \"__keyevent@0__:evicted\" \"a\"]");
            assertThat(watching.text("EXEC")).isEqualTo("nil");
        }
    }
}
