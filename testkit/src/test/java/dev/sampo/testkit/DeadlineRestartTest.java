package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.embedded.SampoServer;
import dev.sampo.resp.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// A deadline that stands in the base of the log, and that a later command has taken away.
class DeadlineRestartTest {
    private static final long LIFE_MILLIS = 4_000;

    private static SampoServer start(Path directory) {
        return SampoServer.builder().shards(2).setting("dir", directory.toString()).setting("appendonly", "yes").start();
    }

    private static boolean hasBase(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("appendonlydir"))) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("base."));
        }
    }

    @Test
    void keyThatWasPersisted_afterTheBaseWasWritten_isThereAfterItsOldDeadline() throws Exception {
        Path directory = ServerProcess.temporaryDirectory();
        try {
            long deadline;
            try (SampoServer sampo = start(directory); RespClient client = RespClient.connect(sampo.port(), RespClient.TIMEOUT_MILLIS)) {
                deadline = System.currentTimeMillis() + LIFE_MILLIS;
                client.call("SET", "kept", "x", "PXAT", Long.toString(deadline));
                client.call("SET", "gone", "x", "PXAT", Long.toString(deadline));
                client.call("BGREWRITEAOF");
                Awaitility.await().atMost(Duration.ofMillis(LIFE_MILLIS)).until(() -> hasBase(directory));
                assertThat(client.call("PERSIST", "kept")).isEqualTo(new Reply.Int(1));
            }
            Thread.sleep(Math.max(0, deadline + 50 - System.currentTimeMillis()));
            try (SampoServer sampo = start(directory); RespClient client = RespClient.connect(sampo.port(), RespClient.TIMEOUT_MILLIS)) {
                assertThat(client.call("GET", "kept")).isInstanceOf(Reply.Bulk.class);
                assertThat(client.call("EXISTS", "gone")).isEqualTo(new Reply.Int(0));
            }
        } finally {
            ServerProcess.delete(directory);
        }
    }
}
