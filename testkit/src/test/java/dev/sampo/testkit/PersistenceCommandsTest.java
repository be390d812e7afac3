package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.persist.FaultPoint;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands on files, with files that can be written and with some that cannot: DEBUG LOADAOF, SHUTDOWN, SAVE, EXEC.
class PersistenceCommandsTest {
    private static final String MISCONF = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.";

    /// What a core writes of a snapshot at a time, with some room for the last entry.
    private static final long SLICE_BYTES = 300 << 10;

    @TempDir
    private Path temp;

    @AfterEach
    void mendDisk() {
        FaultPoint.set(null);
    }

    private static void fail(FaultPoint point) {
        FaultPoint.set(step -> {
            if (step == point) {
                throw FaultPoint.refusal(step);
            }
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fill(PersistentNode node) {
        for (int i = 0; i < 300; i++) {
            node.client.send("SET", "s" + i, "v" + i).send("RPUSH", "l" + i % 40, "e" + i).send("HSET", "h" + i % 30, "f" + i, "v")
                .send("ZADD", "z" + i % 20, Integer.toString(i), "m" + i).send("SADD", "t", "m" + i).send("XADD", "x", "*", "f", "v")
                .send("MSET", "left" + i, "1", "right" + i, "2").send("EXPIRE", "s" + i, "10000");
        }
        for (int i = 0; i < 300 * 8; i++) {
            assertThat(node.client.read()).isNotInstanceOf(Reply.Failure.class);
        }
    }

    // ---------------------------------------------------------------- DEBUG LOADAOF

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void loadaof_readsBackWhatTheLogHas(int shards) {
        final String digest;
        try (PersistentNode node = PersistentNode.startLogging(temp, shards)) {
            fill(node);
            node.call("BGREWRITEAOF");
            node.awaitLog();
            node.call("SET", "one", "1");
            node.call("BGREWRITEAOF");
            node.await("aof_rewrites", "2");
            node.await("aof_rewrite_in_progress", "0");
            final String keysOfBase = node.call("DBSIZE").replaceAll("\\D", "");
            fill(node);
            node.call("INCR", "after");
            final String before = node.digest();
            assertThat(node.call("DEBUG", "LOADAOF")).isEqualTo("OK");
            assertThat(node.info("rdb_last_load_keys_loaded")).as("it was read").isEqualTo(keysOfBase);
            assertThat(node.digest()).isEqualTo(before);
            assertThat(node.call("INCR", "after")).contains("2");
            assertThat(node.call("DEBUG", "LOADAOF")).isEqualTo("OK");
            assertThat(node.call("GET", "after")).isEqualTo("2");
            node.client.send("MULTI").send("INCR", "after").send("DEBUG", "LOADAOF").send("EXEC");
            node.client.read();
            node.client.read();
            node.client.read();
            assertThat(node.client.read().toString()).contains("not available in a transaction");
            digest = node.digest();
        }
        try (PersistentNode node = PersistentNode.startLogging(temp, shards % 4 + 1)) {
            assertThat(node.digest()).isEqualTo(digest);
        }
    }

    @Test
    void loadaof_ofADamagedLog_keepsTheData() throws IOException {
        try (PersistentNode node = PersistentNode.startLogging(temp, 2)) {
            fill(node);
            assertThat(node.call("WAITAOF", "1", "0", "0")).contains("1");
            final String before = node.digest();
            final Path file = temp.resolve("appendonlydir").resolve("log.1.0.aof");
            final byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
            assertThat(node.call("DEBUG", "LOADAOF")).isEqualTo("-ERR Error trying to load the AOF files, check server logs");
            assertThat(node.digest()).isEqualTo(before);
        }
        try (PersistentNode node = PersistentNode.start(Files.createDirectory(temp.resolve("other")), 2)) {
            assertThat(node.call("DEBUG", "LOADAOF")).startsWith("-ERR");
        }
    }

    // ---------------------------------------------------------------- SHUTDOWN

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shutdown_withASnapshotThatFails_isRefused_andDoneOnceItWorks(int shards) {
        final String digest;
        try (PersistentNode node = PersistentNode.start(temp, shards, "save", "100000 100000")) {
            fill(node);
            fail(FaultPoint.SNAPSHOT_END_WRITTEN);
            assertThat(node.call("SHUTDOWN")).isEqualTo("-ERR Errors trying to SHUTDOWN. Check logs.");
            assertThat(node.call("SHUTDOWN", "SAVE", "NOW")).isEqualTo("-ERR Errors trying to SHUTDOWN. Check logs.");
            assertThat(node.call("SET", "goes", "on")).isEqualTo("OK");
            FaultPoint.set(null);
            digest = node.digest();
            assertThat(node.client.send("SHUTDOWN").awaitClosed()).isTrue();
        }
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            assertThat(node.digest()).isEqualTo(digest);
        }
    }

    @Test
    void shutdown_forced_orWithoutASnapshot_isDoneInAnyCase() {
        for (String option : List.of("FORCE", "NOSAVE")) {
            try (PersistentNode node = PersistentNode.start(temp, 2, "save", "100000 100000")) {
                node.call("SET", "a", "1");
                fail(FaultPoint.SNAPSHOT_END_WRITTEN);
                assertThat(node.client.send("SHUTDOWN", option).awaitClosed()).as(option).isTrue();
            }
            FaultPoint.set(null);
        }
        assertThat(temp.resolve("dump.rdb")).doesNotExist();
    }

    /// Whatever was acknowledged before the connections ended is in the last snapshot, and it replaces one that is being taken.
    @Test
    void shutdown_underWritesAndDuringASnapshot_losesNothing() throws Exception {
        final List<Thread> writers = new ArrayList<>();
        final int[] acknowledged = new int[4];
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            node.call("DEBUG", "POPULATE", "200000");
            final CountDownLatch begun = new CountDownLatch(acknowledged.length * 3);
            for (int i = 0; i < acknowledged.length; i++) {
                final int number = i;
                writers.add(Thread.ofVirtual().start(() -> {
                    try (RespClient client = RespClient.connect(node.port(), RespClient.TIMEOUT_MILLIS)) {
                        while (client.call("INCR", "n" + number) instanceof Reply.Int) {
                            if (++acknowledged[number] <= 3) {
                                begun.countDown();
                            }
                        }
                    } catch (RuntimeException _) {
                        // The server is gone.
                    }
                }));
            }
            begun.await();
            node.client.send("BGSAVE").send("SHUTDOWN", "SAVE");
            node.client.read();
            assertThat(node.client.awaitClosed()).isTrue();
            for (Thread writer : writers) {
                writer.join();
            }
        }
        try (PersistentNode node = PersistentNode.start(temp, 3)) {
            for (int i = 0; i < acknowledged.length; i++) {
                final int there = Integer.parseInt(node.call("GET", "n" + i));
                assertThat(there).isBetween(acknowledged[i], acknowledged[i] + 1);
            }
            assertThat(node.call("DBSIZE")).contains("200004");
        }
    }

    @Test
    void stoppedBySignalOrItsOwner_aServerWithSavePointsTakesASnapshot() {
        try (PersistentNode node = PersistentNode.start(temp, 2, "save", "100000 100000")) {
            node.call("SET", "a", "1");
        }
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            assertThat(node.call("GET", "a")).isEqualTo("1");
            node.call("SET", "b", "1");
        }
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            assertThat(node.call("EXISTS", "b")).as("without save points nothing is saved").contains("0");
        }
    }

    // ---------------------------------------------------------------- a disk that refuses

    @Test
    void save_thatCannotCreateItsFile_tellsSo() {
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            fail(FaultPoint.SNAPSHOT_FILES_CREATED);
            assertThat(node.call("SAVE")).startsWith("-ERR Input/output error");
            assertThat(node.call("BGSAVE")).isEqualTo("Background saving started");
            node.await("rdb_saves", "2");
            assertThat(node.info("rdb_last_bgsave_status")).isEqualTo("err");
            assertThat(node.call("SET", "a", "1")).as("no save points: nobody relies on snapshots").isEqualTo("OK");
            FaultPoint.set(null);
            assertThat(node.call("SAVE")).isEqualTo("OK");
            assertThat(node.info("rdb_last_bgsave_status")).isEqualTo("ok");
        }
    }

    @Test
    void exec_ofWritesQueuedBeforeTheDiskFailed_isRefused() {
        try (PersistentNode node = PersistentNode.start(temp, 2, "save", "100000 100000");
             RespClient other = RespClient.connect(node.port(), RespClient.TIMEOUT_MILLIS)) {
            for (String[] queued : List.of(new String[] {"SET", "a", "1"}, new String[] {"GET", "a"})) {
                node.call("MULTI");
                node.call(queued);
                fail(FaultPoint.SNAPSHOT_FILES_CREATED);
                assertThat(other.call("SAVE")).isInstanceOf(Reply.Failure.class);
                if (queued[0].equals("SET")) {
                    assertThat(node.call("EXEC")).startsWith("-EXECABORT Transaction discarded because of: " + MISCONF);
                    assertThat(node.call("PING")).startsWith("-" + MISCONF);
                    assertThat(node.call("DISCARD")).isEqualTo("-ERR DISCARD without MULTI");
                } else {
                    assertThat(node.call("EXEC")).doesNotContain("EXECABORT");
                }
                FaultPoint.set(null);
                assertThat(PersistentNode.text(other.call("SAVE"))).isEqualTo("OK");
                assertThat(PersistentNode.text(other.call("EXISTS", "a"))).contains("0");
            }
        }
    }

    // ---------------------------------------------------------------- one after the other

    @Test
    void bgsave_besideASnapshotOrARewrite_isRefusedOrScheduled() {
        try (PersistentNode node = PersistentNode.start(temp, 2, "appendonly", "yes")) {
            node.call("SET", "a", "1");
            CountDownLatch held = hold();
            assertThat(node.call("BGSAVE")).isEqualTo("Background saving started");
            assertThat(node.call("BGSAVE")).contains("ERR Background save already in progress");
            assertThat(node.call("BGSAVE", "SCHEDULE")).contains("ERR Background save already in progress");
            held.countDown();
            node.await("rdb_bgsave_in_progress", "0");
            held = hold();
            assertThat(node.call("BGREWRITEAOF")).isEqualTo("Background append only file rewriting started");
            node.await("aof_rewrite_in_progress", "1");
            assertThat(node.call("BGSAVE")).contains("ERR Another child process is active");
            assertThat(node.call("BGSAVE", "SCHEDULE")).isEqualTo("Background saving scheduled");
            held.countDown();
            node.await("rdb_saves", "2");
        }
    }

    /// Lets no snapshot go on until what is returned is counted down.
    private static CountDownLatch hold() {
        final CountDownLatch held = new CountDownLatch(1);
        FaultPoint.set(step -> {
            if (step == FaultPoint.SNAPSHOT_PIECE_WRITTEN) {
                awaitQuietly(held);
            }
        });
        return held;
    }

    /// A core that wrote more at a time would serve nobody meanwhile.
    @Test
    void snapshot_isWrittenASliceATurn() throws IOException {
        try (PersistentNode node = PersistentNode.start(temp, 1)) {
            node.call("DEBUG", "POPULATE", "300000", "key", "40");
            node.call("CONFIG", "RESETSTAT");
            node.call("BGSAVE");
            node.await("rdb_saves", "1");
            final String shard = node.call("INFO", "shards");
            final long turns = Long.parseLong(shard.replaceAll("(?s).*?,turns=(\\d+).*", "$1"));
            assertThat(turns).isGreaterThan(Files.size(temp.resolve("dump.rdb")) / SLICE_BYTES);
        }
    }

    // ---------------------------------------------------------------- memory of snapshots

    @Test
    void snapshotThatNeedsTooMuchMemory_isGivenUp_andTheNextOneIsTaken() {
        try (PersistentNode node = PersistentNode.start(temp, 1, "snapshot-memory-limit", "20kb")) {
            for (int i = 0; i < 20; i++) {
                for (int k = 0; k < 10_000; k += 100) {
                    final String[] words = new String[102];
                    words[0] = "SADD";
                    words[1] = "set" + i;
                    for (int m = 0; m < 100; m++) {
                        words[m + 2] = "member" + (k + m);
                    }
                    node.client.send(words);
                }
                for (int k = 0; k < 100; k++) {
                    node.client.read();
                }
            }
            final CountDownLatch held = hold();
            // In one piece, so that nothing of the snapshot is written before the sets go.
            final StringBuilder requests = new StringBuilder("BGSAVE\r\n");
            for (int i = 0; i < 20; i++) {
                requests.append("DEL set").append(i).append("\r\n");
            }
            node.client.sendRaw(requests.toString().getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i <= 20; i++) {
                node.client.read();
            }
            Awaitility.await().until(() -> Long.parseLong(node.info("sampo_snapshot_held_peak_bytes")) > 20 << 10);
            held.countDown();
            node.await("rdb_saves", "1");
            assertThat(node.info("rdb_last_bgsave_status")).isEqualTo("err");
            assertThat(temp.resolve("dump.rdb")).doesNotExist();
            assertThat(node.info("sampo_snapshot_held_bytes")).isEqualTo("0");
            node.call("CONFIG", "SET", "snapshot-memory-limit", "0");
            node.call("SET", "a", "1");
            assertThat(node.call("SAVE")).isEqualTo("OK");
            assertThat(node.info("rdb_last_bgsave_status")).isEqualTo("ok");
        }
        try (PersistentNode node = PersistentNode.start(temp, 2)) {
            assertThat(node.info("rdb_last_load_keys_loaded")).isEqualTo("1");
        }
    }
}
