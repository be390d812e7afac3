package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryCommandsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void stats_addUpAllShards(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            c.send("DEBUG POPULATE 1000", "SELECT 3", "SET a 1 EX 100", "HELLO 3");
            c.received();
            String stats = c.text("MEMORY STATS");
            assertThat(stats).contains("\"keys.count\" :1001", "\"db.0\" {\"overhead.hashtable.main\" :8000 ",
                "\"db.3\" {\"overhead.hashtable.main\" :8 \"overhead.hashtable.expires\" :8 ", "\"peak.percentage\" ,")
                .doesNotContain("\"db.1\"");
            assertThat(Long.parseLong(stats.replaceFirst(".*\"dataset.bytes\" :(\\d+).*", "$1"))).isBetween(1000L * 24, 1000L * 200 + cores * 200_000L);
        }
    }

    @Test
    void stats_haveTheFieldsOfRedis() throws IOException, InterruptedException {
        assumeTrue(RedisProcess.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        try (RedisProcess redis = RedisProcess.start(); CoreFixture f = new CoreFixture(1)) {
            redis.call("SET a 1");
            f.connect(0).send("SET a 1");
            assertThat(names(f.connect(0).call("MEMORY STATS"))).isEqualTo(names(redis.call("MEMORY STATS"))).hasSizeGreaterThan(25);
        }
    }

    private static Set<String> names(Reply stats) {
        List<Reply> fields = ((Reply.Array) stats).elements();
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < fields.size(); i += 2) {
            names.add(((Reply.Bulk) fields.get(i)).text());
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theOthers_answer(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.text("MEMORY DOCTOR")).contains("hardly any data");
            c.send("DEBUG POPULATE 20000 big 1000");
            c.received();
            assertThat(c.text("MEMORY DOCTOR")).contains("Nothing stands out");
            assertThat(c.text("MEMORY MALLOC-STATS")).contains("shard " + (cores - 1) + ": ");
            c.send("DEBUG POPULATE 20000 other 1000", "FLUSHALL");
            c.received();
            assertThat(c.texts("MEMORY PURGE", "MEMORY PURGE x", "MEMORY FOO")).containsExactly("+OK",
                "-ERR wrong number of arguments for 'memory|purge' command", "-ERR unknown subcommand 'FOO'. Try MEMORY HELP.");
            assertThat(c.text("MEMORY HELP")).contains("STATS", "PURGE", "USAGE");
            assertThat(c.text("MEMORY USAGE nosuch")).isEqualTo("nil");
        }
    }
}
