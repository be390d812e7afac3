package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.embedded.SampoServer;
import dev.sampo.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `dump.rdb` goes from redis-server to Sampo and back, and from Sampo to redis-server: every key is what it was.
/// `-Dtestkit.keys=100000` and `-Dtestkit.seed` lengthen and vary it.
class SnapshotExchangeTest {
    private static final int KEYS = Integer.getInteger("testkit.keys", 3_000);
    private static final long SEED = Long.getLong("testkit.seed", 1);

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void snapshots_goBothWays(int shards) {
        assumeTrue(RedisServerProcess.available(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        final Population population = new Population(SEED, KEYS);
        final Path ours = ServerProcess.temporaryDirectory();
        final Path directory = ServerProcess.temporaryDirectory();
        try (RedisServerProcess redis = RedisServerProcess.start("--dir", directory.toString())) {
            population.make(redis.port());
            save("redis", redis.port());
            try (SampoServer sampo = sampo(shards, directory)) {
                assertSame("redis to sampo " + shards, population, redis.port(), sampo.port());
                save("sampo", sampo.port());
                try (RedisServerProcess back = RedisServerProcess.start("--dir", directory.toString())) {
                    assertSame("redis to sampo to redis", population, redis.port(), back.port());
                }
            }
            try (SampoServer sampo = sampo(shards, ours)) {
                population.make(sampo.port());
                save("sampo", sampo.port());
                try (RedisServerProcess copy = RedisServerProcess.start("--dir", ours.toString())) {
                    assertSame("sampo " + shards + " to redis", population, sampo.port(), copy.port());
                }
            }
        } finally {
            ServerProcess.delete(ours);
            ServerProcess.delete(directory);
        }
    }

    /// A comparison that finds nothing must be shown to be able to find something.
    @Test
    void difference_inAnyType_isFound() {
        assumeTrue(RedisServerProcess.available(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        final Population population = new Population(SEED, 8);
        try (RedisServerProcess redis = RedisServerProcess.start(); RedisServerProcess other = RedisServerProcess.start();
             RespClient client = RespClient.connect(other)) {
            population.make(redis.port());
            population.make(other.port());
            assertThat(population.compare(redis.port(), other.port()).differences()).allMatch(difference -> difference.startsWith("key 5 "),
                "only streams know when they were read");
            final String[][] changes = {{"APPEND", "x"}, {"RPUSH", "x"}, {"SADD", "x"}, {"ZADD", "17.25", "x"}, {"HSET", "x", "y"},
                {"XADD", "9999999-1", "x", "y"}, {"APPEND", "x"}, {"APPEND", "x"}};
            for (int key = 0; key < changes.length; key++) {
                final byte[][] request = new byte[1 + changes[key].length][];
                request[0] = changes[key][0].getBytes(StandardCharsets.US_ASCII);
                request[1] = population.name(key);
                for (int i = 1; i < changes[key].length; i++) {
                    request[i + 1] = changes[key][i].getBytes(StandardCharsets.US_ASCII);
                }
                client.call(request);
            }
            assertThat(population.compare(redis.port(), other.port()).differences()).hasSize(changes.length);
        }
    }

    private static SampoServer sampo(int shards, Path directory) {
        return SampoServer.builder().shards(shards).setting("dir", directory.toString()).start();
    }

    private static void save(String name, int port) {
        final long start = System.nanoTime();
        try (RespClient client = RespClient.connect(port, 60_000)) {
            assertThat(client.call("SAVE")).isEqualTo(new Reply.Simple("OK"));
            took(name + " SAVE", start);
            // A value that has been large once may be packed again when it is loaded.
            final long reload = System.nanoTime();
            assertThat(client.call("DEBUG", "RELOAD", "NOSAVE")).isEqualTo(new Reply.Simple("OK"));
            took(name + " DEBUG RELOAD NOSAVE", reload);
        }
    }

    private static void took(String what, long start) {
        System.out.println("SnapshotExchangeTest: " + what + " took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
    }

    private static void assertSame(String way, Population population, int port, int otherPort) {
        final Population.Outcome outcome = population.compare(port, otherPort);
        System.out.println("SnapshotExchangeTest, " + way + ": " + outcome.compared() + " keys compared, encodings " + outcome.encodings());
        assertThat(outcome.differences()).as(way).isEmpty();
        assertThat(outcome.compared()).isEqualTo(KEYS);
        assertThat(outcome.encodings()).hasSizeGreaterThanOrEqualTo(11);
    }
}
