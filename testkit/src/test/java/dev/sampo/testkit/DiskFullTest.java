package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.resp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Law 6 on a disk that is full for a while: writes are refused, reads are served, and it goes on by itself. Needs the right to
/// mount a small file system.
class DiskFullTest {
    private static final int FILLER_BYTES = 2 << 20;

    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec"})
    void fullDisk_refusesWritesServesReads_andRecovers(String fsync) throws Exception {
        final Path directory = ServerProcess.temporaryDirectory();
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", directory.toString()) == 0,
            "NOT TESTED ON A FULL DISK: this user may not mount a file system");
        try {
            final Path filler = Files.write(directory.resolve("filler"), new byte[FILLER_BYTES]);
            final int port = ServerProcess.freePort();
            ServerProcess server = CrashChecker.start(port, 2, directory, fsync);
            int written = fill(port);
            try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
                assertThat(written).isGreaterThan(10);
                assertThat(client.call("SET", "other", "x").toString()).contains("MISCONF");
                assertThat(client.call("GET", "k1")).isEqualTo(client.call("GET", "k1")).isInstanceOf(Reply.Bulk.class);
                assertThat(((Reply.Bulk) client.call("INFO", "persistence")).text()).contains("aof_last_write_status:err");
                Files.delete(filler);
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() ->
                    client.call("SET", "after", "1").equals(new Reply.Simple("OK")));
            }
            // What a second has not made durable under everysec may go.
            Thread.sleep(2_000);
            server.crash();
            server = CrashChecker.start(port, 3, directory, fsync);
            try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
                int there = 0;
                for (int i = 1; i <= written; i++) {
                    there += client.call("GET", "k" + i) instanceof Reply.Bulk ? 1 : 0;
                }
                assertThat(there).as(server.output()).isEqualTo(written);
                assertThat(client.call("GET", "after")).as(server.output()).isInstanceOf(Reply.Bulk.class);
            }
            server.crash();
        } finally {
            run("umount", "-l", directory.toString());
            ServerProcess.delete(directory);
        }
    }

    /// Writes until the server says that it cannot; how many were acknowledged.
    private static int fill(int port) {
        final String value = "v".repeat(10_000);
        try (RespClient client = RespClient.connect(port, 3_000)) {
            for (int i = 1; i < 2_000; i++) {
                if (client.call("SET", "k" + i, value) instanceof Reply.Failure failure) {
                    assertThat(failure.message()).startsWith("MISCONF Errors writing to the AOF file");
                    return i - 1;
                }
            }
            throw new AssertionError("the disk was never full");
        } catch (UncheckedIOException _) {
            // Under always the write that met the full disk waits until it can be kept; others are refused meanwhile.
            return count(port);
        }
    }

    private static int count(int port) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            int count = 0;
            while (client.call("GET", "k" + (count + 2)) instanceof Reply.Bulk) {
                count++;
            }
            return count;
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }
}
