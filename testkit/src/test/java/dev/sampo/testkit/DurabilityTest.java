package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.persist.FaultPoint;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ways in which servers have lost what clients had been told was safe, each with what keeps it from happening here.
class DurabilityTest {
    private static final String[] ALWAYS = {"appendonly", "yes", "appendfsync", "always"};

    @TempDir
    private Path temp;

    @AfterEach
    void noFaults() {
        FaultPoint.set(null);
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectory(temp.resolve(name));
    }

    /// A kill at this moment, and a start on another number of shards: the data are the same.
    private void assertSurvivesKill(PersistentNode node, Path live, int shards, String name) {
        try (PersistentNode again = PersistentNode.start(PersistentNode.copy(live, temp.resolve(name)), shards, ALWAYS)) {
            assertThat(again.digest()).as(name).isEqualTo(node.digest());
        }
    }

    /// What a waiting client is given is gone after a restart, what EXEC did is there, and what has expired or was evicted stays away.
    @Test
    void effectsOfNoRequest_comeBack() throws IOException {
        final Path live = directory("live");
        try (PersistentNode node = PersistentNode.start(live, 2, ALWAYS)) {
            final String[][] waits = {{"BLPOP", "k", "0"}, {"BRPOP", "k", "0"}, {"BLMOVE", "k", "other", "LEFT", "RIGHT", "0"},
                {"BRPOPLPUSH", "k", "other", "0"}, {"BLMPOP", "0", "1", "k", "LEFT"}, {"BZPOPMIN", "k", "0"}, {"BZPOPMAX", "k", "0"},
                {"BZMPOP", "0", "1", "k", "MIN"}, {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "k", ">"}};
            int woken = 0;
            for (int i = 0; i < 3 * waits.length; i++) {
                final String[] wait = waits[i % waits.length].clone();
                for (int j = 0; j < wait.length; j++) {
                    wait[j] = wait[j].equals("k") || wait[j].equals("other") ? wait[j] + i : wait[j];
                }
                woken += wake(node, wait, "k" + i);
            }
            assertThat(woken).isEqualTo(3 * waits.length);
            node.call("PSETEX", "short", "1", "x");
            node.call("HSET", "hash", "stays", "1", "goes", "1");
            node.call("HPEXPIRE", "hash", "1", "FIELDS", "1", "goes");
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> node.call("EXISTS", "short").contains("0")
                && node.call("HLEN", "hash").contains("1"));
            node.call("SET", "kept", "x", "EX", "1000");
            node.call("GETEX", "kept", "EX", "5000");
            assertSurvivesKill(node, live, 3, "woken");
            node.call("DEBUG", "POPULATE", "2000", "evicted", "1000");
            node.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1mb");
            for (int i = 0; i < 100; i++) {
                node.call("SET", "more" + i, "y".repeat(100));
            }
            node.call("CONFIG", "SET", "maxmemory", "0");
            assertThat(node.call("INFO", "stats")).doesNotContain("evicted_keys:0\r");
            assertSurvivesKill(node, live, 1, "evicted");
        }
    }

    /// Lets a client wait and another one give it something, in a transaction; 1 when it got it.
    private static int wake(PersistentNode node, String[] wait, String key) {
        try (RespClient waiter = RespClient.connect(node.port(), RespClient.TIMEOUT_MILLIS)) {
            if (wait[0].startsWith("X")) {
                node.call("XGROUP", "CREATE", key, "g", "$", "MKSTREAM");
            }
            waiter.send(RespClient.bytes(wait));
            Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(2)).until(() ->
                node.call("INFO", "clients").contains("blocked_clients:1"));
            node.call("MULTI");
            switch (wait[0].charAt(0) == 'X' ? 'X' : wait[0].charAt(1)) {
                case 'X' -> node.call("XADD", key, "*", "f", "v");
                case 'Z' -> node.call("ZADD", key, "1", "a", "2", "b");
                default -> node.call("RPUSH", key, "a", "b");
            }
            node.call("SET", "after:" + key, "1");
            node.call("EXEC");
            return waiter.read() instanceof Reply.Failure ? 0 : 1;
        }
    }

    /// Under `always` no reply leaves before the file is forced to the disk.
    @Test
    void reply_underAlways_waitsForTheDisk() throws Exception {
        final CountDownLatch disk = new CountDownLatch(1);
        try (PersistentNode node = PersistentNode.start(directory("live"), 2, ALWAYS)) {
            FaultPoint.set(step -> await(step == FaultPoint.LOG_FORCED, disk));
            node.client.send("SET", "k", "v");
            assertThat(node.client.replyArrives(300)).isFalse();
            disk.countDown();
            assertThat(node.client.read()).isEqualTo(new Reply.Simple("OK"));
        }
    }

    /// SAVE answers when the file is on the disk under its name, and only its client waits.
    @Test
    void reply_ofSave_waitsForTheDisk() throws Exception {
        final Path live = directory("live");
        final CountDownLatch disk = new CountDownLatch(1);
        try (PersistentNode node = PersistentNode.start(live, 2); RespClient other = RespClient.connect(node.port(), RespClient.TIMEOUT_MILLIS)) {
            other.call("SET", "k", "v");
            FaultPoint.set(step -> await(step == FaultPoint.SNAPSHOT_END_WRITTEN, disk));
            node.client.send("SAVE");
            assertThat(node.client.replyArrives(300)).isFalse();
            assertThat(other.call("SET", "k", "w")).isEqualTo(new Reply.Simple("OK"));
            assertThat(live.resolve("dump.rdb")).doesNotExist();
            disk.countDown();
            assertThat(node.client.read()).isEqualTo(new Reply.Simple("OK"));
            assertThat(live.resolve("dump.rdb")).exists();
        }
    }

    private static void await(boolean stops, CountDownLatch latch) throws IOException {
        try {
            if (stops && !latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void damagedSnapshot_keepsTheServerFromStarting() throws IOException {
        final Path live = directory("live");
        try (PersistentNode node = PersistentNode.start(live, 2, ALWAYS)) {
            node.call("DEBUG", "POPULATE", "200");
            node.call("SAVE");
            node.call("BGREWRITEAOF");
            node.awaitLog();
        }
        final Path snapshot = Files.copy(live.resolve("dump.rdb"), directory("snapshot").resolve("dump.rdb"));
        assertRefused(snapshot, "no");
        try (Stream<Path> files = Files.list(live.resolve("appendonlydir"))) {
            assertRefused(files.filter(file -> file.getFileName().toString().startsWith("base.")).findFirst().orElseThrow(), "yes");
        }
    }

    private static void assertRefused(Path file, String appendonly) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        final Path directory = appendonly.equals("no") ? file.getParent() : file.getParent().getParent();
        assertThatThrownBy(() -> PersistentNode.start(directory, 2, "appendonly", appendonly).close())
            .hasStackTraceContaining(file.getFileName().toString());
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    /// A program that starts, changes the same few keys and ends does not let the log grow for ever.
    @Test
    void log_ofManyShortLives_isRewritten() throws Exception {
        final Path live = directory("live");
        long largest = 0;
        for (int life = 0; life < 8; life++) {
            try (PersistentNode node = PersistentNode.start(live, 2, "appendonly", "yes", "auto-aof-rewrite-min-size", "200kb")) {
                for (int i = 0; i < 30; i++) {
                    node.call("SET", "k" + i % 3, "v".repeat(2_000));
                }
                // It is looked at ten times a second.
                Thread.sleep(300);
                node.await("aof_rewrite_in_progress", "0");
            }
            largest = Math.max(largest, bytes(live.resolve("appendonlydir")));
        }
        assertThat(largest).isBetween(150_000L, 300_000L);
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }
}
