package dev.sampo.testkit;

import dev.sampo.embedded.SampoServer;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// A server in this process with files, and a connection to it. What a kill would leave is a copy of its files at some moment.
final class PersistentNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SampoServer server;
    final RespClient client;

    private PersistentNode(SampoServer server) {
        this.server = server;
        client = RespClient.connect(server.port(), RespClient.TIMEOUT_MILLIS);
    }

    /// @param settings name, text, name, text, ...
    static PersistentNode start(Path directory, int shards, String... settings) {
        final SampoServer.Builder builder = SampoServer.builder().shards(shards).setting("dir", directory.toString());
        for (int i = 0; i < settings.length; i += 2) {
            builder.setting(settings[i], settings[i + 1]);
        }
        return new PersistentNode(builder.start());
    }

    /// A start with a log.
    static PersistentNode startLogging(Path directory, int shards) {
        return start(directory, shards, "appendonly", "yes");
    }

    int port() {
        return server.port();
    }

    /// The reply as text; errors with a minus.
    String call(String... words) {
        return text(client.call(words));
    }

    static String text(Reply reply) {
        return switch (reply) {
            case Reply.Simple simple -> simple.text();
            case Reply.Bulk bulk -> bulk.text();
            case Reply.Failure failure -> "-" + failure.message();
            default -> reply.toString();
        };
    }

    /// A field of INFO persistence.
    String info(String field) {
        return call("INFO", "persistence").lines().filter(line -> line.startsWith(field + ":")).map(line -> line.substring(field.length() + 1))
            .findFirst().orElse("(no " + field + ")");
    }

    String digest() {
        return call("DEBUG", "DIGEST");
    }

    /// Waits until a field of INFO persistence has a value.
    void await(String field, String value) {
        Awaitility.await(field + ":" + value).atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> info(field).equals(value));
    }

    /// Waits until the log is on and its base complete.
    void awaitLog() {
        Awaitility.await("the log's base").atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> info("aof_rewrite_in_progress").equals("0")
            && info("aof_base_size").matches("[1-9]\\d*") && info("aof_last_bgrewrite_status").equals("ok"));
    }

    /// What of a directory would be there after a kill at this moment.
    static Path copy(Path directory, Path target) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                final Path to = target.resolve(directory.relativize(path).toString());
                try {
                    if (Files.isDirectory(path)) {
                        Files.createDirectories(to);
                    } else {
                        Files.copy(path, to);
                    }
                } catch (NoSuchFileException _) {
                    // Gone meanwhile.
                }
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
