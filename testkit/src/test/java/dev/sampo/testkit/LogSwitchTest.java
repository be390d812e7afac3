package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sampo.persist.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `appendonly` switched while the server runs: when the log counts, when it does not, and that it misses nothing.
class LogSwitchTest {
    private static final String MANY = "1000";

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"1,2", "2,1", "4,3"})
    void turnedOnUnderWrites_theLogHasEverything(int shards, int otherShards) throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        final String digest;
        try (PersistentNode node = PersistentNode.start(live, shards, "appendfsync", "always")) {
            node.call("DEBUG", "POPULATE", "50000");
            final AtomicBoolean stop = new AtomicBoolean();
            final Thread writer = Thread.ofVirtual().start(() -> write(node.port(), stop));
            assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
            assertThat(node.info("aof_enabled")).isEqualTo("1");
            node.awaitLog();
            Thread.sleep(50);
            stop.set(true);
            writer.join();
            node.call("MSET", "left", "1", "right", "1");
            digest = node.digest();
            PersistentNode.copy(live, temp.resolve("killed"));
        }
        try (PersistentNode node = PersistentNode.startLogging(temp.resolve("killed"), otherShards)) {
            assertThat(node.digest()).isEqualTo(digest);
            assertThat(Integer.parseInt(node.call("GET", "n"))).isPositive();
        }
        try (PersistentNode node = PersistentNode.startLogging(live, otherShards)) {
            assertThat(node.digest()).isEqualTo(digest);
        }
    }

    private static void write(int port, AtomicBoolean stop) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (int i = 0; !stop.get(); i++) {
                client.call("INCR", "n");
                client.call("SET", "key:" + i, "changed");
                client.call("RPUSH", "list", "e" + i);
                client.call("MSET", "left", Integer.toString(i), "right", Integer.toString(i));
            }
        }
    }

    /// A kill while the first base is being written: what was on the disk before is what counts.
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "log"})
    void killedBeforeItsBase_whatWasThereBeforeCounts(String before) throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        try (PersistentNode node = PersistentNode.start(live, 2, "appendonly", before.equals("log") ? "yes" : "no")) {
            node.call("SET", "old", "1");
            if (before.equals("log")) {
                assertThat(node.call("CONFIG", "SET", "appendonly", "no")).isEqualTo("OK");
            } else {
                assertThat(node.call("SAVE")).isEqualTo("OK");
            }
            node.call("DEBUG", "POPULATE", MANY);
            final CountDownLatch held = new CountDownLatch(1);
            FaultPoint.set(step -> {
                if (step == FaultPoint.SNAPSHOT_PARTS_WRITTEN) {
                    awaitQuietly(held);
                }
            });
            try {
                assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
                node.call("SET", "new", "1");
                node.await("aof_rewrite_in_progress", "1");
                PersistentNode.copy(live, temp.resolve("killed"));
                assertThat(node.info("aof_rewrite_in_progress")).as("the kill came before the base").isEqualTo("1");
            } finally {
                held.countDown();
                FaultPoint.set(null);
            }
            node.awaitLog();
        }
        try (PersistentNode node = PersistentNode.startLogging(temp.resolve("killed"), 2)) {
            assertThat(node.call("GET", "old")).isEqualTo("1");
            assertThat(node.call("DBSIZE")).contains("1");
        }
        try (PersistentNode node = PersistentNode.startLogging(live, 2)) {
            assertThat(node.call("EXISTS", "old", "new", "key:1")).contains("3");
        }
    }

    @Test
    void turnedOffAndOnAgain_onlyWhatTheLogSaysCounts() throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        try (PersistentNode node = PersistentNode.start(live, 2, "appendonly", "yes")) {
            node.call("SET", "a", "1");
            assertThat(node.call("CONFIG", "SET", "appendonly", "no")).isEqualTo("OK");
            assertThat(node.info("aof_enabled")).isEqualTo("0");
            assertThat(node.call("WAITAOF", "1", "0", "0")).startsWith("-ERR WAITAOF cannot be used");
            assertThat(node.call("BGREWRITEAOF")).startsWith("-ERR the append-only log is off");
            final long bytes = bytes(live.resolve("appendonlydir"));
            node.call("SET", "b", "1");
            node.call("DEL", "a");
            assertThat(bytes(live.resolve("appendonlydir"))).as("nothing is written any more").isEqualTo(bytes);
            PersistentNode.copy(live, temp.resolve("off"));
            assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
            node.awaitLog();
            node.call("SET", "c", "1");
            assertThat(node.call("WAITAOF", "1", "0", "0")).contains("1");
            PersistentNode.copy(live, temp.resolve("on"));
        }
        try (PersistentNode node = PersistentNode.startLogging(temp.resolve("off"), 1)) {
            assertThat(node.call("EXISTS", "a")).contains("1");
            assertThat(node.call("EXISTS", "b", "c")).contains("0");
        }
        try (PersistentNode node = PersistentNode.startLogging(temp.resolve("on"), 1)) {
            assertThat(node.call("EXISTS", "b", "c")).contains("2");
            assertThat(node.call("EXISTS", "a")).contains("0");
        }
        try (PersistentNode node = PersistentNode.start(temp.resolve("on"), 1)) {
            assertThat(node.call("DBSIZE")).as("without a log the snapshot counts, and there is none").contains("0");
        }
    }

    @Test
    void switchedManyTimes_andInTransactions_endsAsItIsSet() throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        try (PersistentNode node = PersistentNode.start(live, 2)) {
            node.call("DEBUG", "POPULATE", "20000");
            for (int i = 0; i < 12; i++) {
                assertThat(node.call("CONFIG", "SET", "appendonly", i % 2 == 0 ? "yes" : "no")).isEqualTo("OK");
            }
            node.await("aof_rewrite_in_progress", "0");
            node.client.send("MULTI").send("SET", "a", "1").send("CONFIG", "SET", "appendonly", "yes").send("CONFIG", "SET", "appendonly", "no")
                .send("CONFIG", "SET", "appendonly", "yes").send("EXEC");
            for (int i = 0; i < 5; i++) {
                node.client.read();
            }
            assertThat(node.client.read().toString()).doesNotContain("ERR");
            node.awaitLog();
            node.call("SET", "b", "1");
        }
        try (PersistentNode node = PersistentNode.startLogging(live, 3)) {
            assertThat(node.call("DBSIZE")).contains("20002");
        }
    }

    @Test
    void turnedOnWhileASnapshotIsTaken_waits_andABaseThatFailsIsTriedAgain() throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        final CountDownLatch held = new CountDownLatch(1);
        try (PersistentNode node = PersistentNode.start(live, 2)) {
            node.call("DEBUG", "POPULATE", "1000");
            FaultPoint.set(step -> {
                if (step == FaultPoint.SNAPSHOT_PARTS_WRITTEN) {
                    awaitQuietly(held);
                }
            });
            assertThat(node.call("BGSAVE")).isEqualTo("Background saving started");
            assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
            assertThat(node.info("rdb_bgsave_in_progress")).isEqualTo("1");
            assertThat(node.info("aof_rewrites")).isEqualTo("0");
            FaultPoint.set(step -> {
                if (step == FaultPoint.SNAPSHOT_FILES_CREATED) {
                    throw FaultPoint.refusal(step);
                }
            });
            held.countDown();
            node.await("aof_last_bgrewrite_status", "err");
            assertThat(node.info("rdb_last_bgsave_status")).isEqualTo("ok");
            assertThat(node.call("SET", "a", "1")).as("a failed base refuses no write").isEqualTo("OK");
            FaultPoint.set(null);
            node.awaitLog();
            assertThat(node.info("aof_rewrites")).isEqualTo("2");
        } finally {
            held.countDown();
            FaultPoint.set(null);
        }
        try (PersistentNode node = PersistentNode.startLogging(live, 2)) {
            assertThat(node.call("EXISTS", "a", "key:1")).contains("2");
        }
    }

    @Test
    void logThatCannotBeOpened_isAnErrorAndChangesNothing() throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        Files.createFile(live.resolve("appendonlydir"));
        try (PersistentNode node = PersistentNode.start(live, 2)) {
            assertThat(node.call("CONFIG", "SET", "hz", "20", "appendonly", "yes"))
                .isEqualTo("-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.");
            assertThat(node.call("CONFIG", "GET", "appendonly")).contains("no");
            assertThat(node.call("CONFIG", "GET", "hz")).contains("10");
            assertThat(node.info("aof_enabled")).isEqualTo("0");
            Files.delete(live.resolve("appendonlydir"));
            assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
            node.awaitLog();
        }
    }

    /// Who stops a server has what it was told is on the disk, also when the base is not complete yet.
    @Test
    void stoppedBeforeItsBase_theLogIsCompletedFirst() throws Exception {
        final Path live = Files.createDirectory(temp.resolve("live"));
        try (PersistentNode node = PersistentNode.start(live, 2)) {
            node.call("DEBUG", "POPULATE", MANY);
            FaultPoint.set(step -> {
                if (step == FaultPoint.SNAPSHOT_FILES_CREATED) {
                    throw FaultPoint.refusal(step);
                }
            });
            assertThat(node.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
            node.call("SET", "new", "1");
            node.await("aof_last_bgrewrite_status", "err");
            FaultPoint.set(null);
        }
        try (PersistentNode node = PersistentNode.startLogging(live, 2)) {
            assertThat(node.call("EXISTS", "new", "key:1")).contains("2");
        }
        assertThatCode(() -> PersistentNode.start(live, 2).close()).doesNotThrowAnyException();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }
}
