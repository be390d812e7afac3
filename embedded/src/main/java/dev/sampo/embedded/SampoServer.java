package dev.sampo.embedded;

import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import dev.sampo.shard.SampoNode;
import dev.sampo.shard.config.ServerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// A Sampo server inside this process, on a loopback port: any Redis client can talk to it. It keeps no files, unless the
/// setting `dir` says where: what a client saves otherwise goes with the server. Safe for use by several threads.
public final class SampoServer implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final int TIMEOUT_MILLIS = 10_000;

    private final SampoNode node;
    private final String password;
    /// The directory to be deleted with the server, or null.
    private final Path temporary;

    private SampoServer(ServerConfig config, Path temporary) {
        password = config.requirepass();
        this.temporary = temporary;
        node = SampoNode.start(config);
    }

    /// Starts a server with one shard on a free port; returns when it accepts connections.
    ///
    /// @throws dev.sampo.shard.NodeStartException when it cannot start
    public static SampoServer start() {
        return builder().start();
    }

    /// Describes a server that differs from the one of [#start()].
    public static Builder builder() {
        return new Builder();
    }

    /// The address to connect to, always loopback.
    public String host() {
        return HOST;
    }

    /// The port to connect to.
    public int port() {
        return node.port();
    }

    /// `redis://127.0.0.1:<port>`, as clients take it.
    public URI uri() {
        return URI.create("redis://" + HOST + ":" + port());
    }

    /// Number of shards, each with a thread of its own.
    public int shards() {
        return node.shards();
    }

    /// `uring` or `stream`.
    public String transport() {
        return node.transport();
    }

    /// Removes all keys of all databases. With a `requirepass` other than the one the server was started with it throws.
    ///
    /// @throws UncheckedIOException when the server does not answer or refuses
    public void flushAll() {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getByName(HOST), port()), TIMEOUT_MILLIS);
            final ReplyReader replies = new ReplyReader(socket.getInputStream());
            if (!password.isEmpty()) {
                require(socket, replies, "AUTH", password);
            }
            require(socket, replies, "FLUSHALL");
        } catch (IOException e) {
            throw new UncheckedIOException("FLUSHALL on port " + port(), e);
        }
    }

    private static void require(Socket socket, ReplyReader replies, String... words) throws IOException {
        final StringBuilder request = new StringBuilder("*").append(words.length).append("\r\n");
        for (String word : words) {
            final int length = word.getBytes(StandardCharsets.UTF_8).length;
            request.append('$').append(length).append("\r\n").append(word).append("\r\n");
        }
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
        if (replies.read() instanceof Reply.Failure failure) {
            throw new IOException(failure.message());
        }
    }

    /// Closes all connections, stops the threads and gives the memory back; the second time it does nothing.
    @Override
    public void close() {
        node.close();
        delete(temporary);
    }

    private static void delete(Path directory) {
        if (directory == null || !Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + directory, e);
        }
    }

    @Override
    public String toString() {
        return "SampoServer[" + uri() + ", " + shards() + " shards, " + transport() + "]";
    }

    /// What a server is started with. Every start makes another server.
    public static final class Builder {
        private final Map<String, String> settings = new LinkedHashMap<>();

        private Builder() {
            settings.put("bind", HOST);
            settings.put("port", "0");
            settings.put("shards", "1");
        }

        /// Number of shards, 1 to 64; 0 takes one per core.
        public Builder shards(int count) {
            return setting("shards", Integer.toString(count));
        }

        /// `auto`, `uring` (io_uring on Linux, or no start) or `stream` (everywhere).
        public Builder transport(String name) {
            return setting("transport", name);
        }

        /// The port; 0, which it is at first, takes a free one.
        public Builder port(int port) {
            return setting("port", Integer.toString(port));
        }

        /// A setting by the name that Redis's `CONFIG SET` has for it. What is wrong with it is said at the start. `bind` stays
        /// as it is: a server like this is for its own machine.
        ///
        /// @throws IllegalArgumentException for `bind`
        public Builder setting(String name, String value) {
            if (name.equalsIgnoreCase("bind")) {
                throw new IllegalArgumentException("an embedded server listens on loopback only");
            }
            settings.put(name, value);
            return this;
        }

        /// Starts a server; returns when it accepts connections.
        ///
        /// @throws dev.sampo.shard.config.ConfigException for an unknown setting or a bad value
        /// @throws dev.sampo.shard.NodeStartException when it cannot start
        public SampoServer start() {
            if (settings.keySet().stream().anyMatch("dir"::equalsIgnoreCase)) {
                return new SampoServer(ServerConfig.defaults().with(settings), null);
            }
            Path temporary = temporary();
            try {
                Map<String, String> here = new LinkedHashMap<>(settings);
                here.put("dir", temporary.toString());
                return new SampoServer(ServerConfig.defaults().with(here), temporary);
            } catch (RuntimeException e) {
                delete(temporary);
                throw e;
            }
        }

        private static Path temporary() {
            try {
                return Files.createTempDirectory("sampo-embedded-");
            } catch (IOException e) {
                throw new UncheckedIOException("no temporary directory for the server's files", e);
            }
        }
    }
}
