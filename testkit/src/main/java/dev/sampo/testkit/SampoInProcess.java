package dev.sampo.testkit;

import dev.sampo.embedded.SampoServer;
import java.nio.file.Path;

/// A whole Sampo node in this process, behind a real socket: quicker to start than [SampoProcess], and with whatever this process
/// checks (assertions, debug memory). What it prints and takes cannot be told from the tests' own.
public final class SampoInProcess implements ServerUnderTest {
    private final SampoServer server;
    /// What SAVE writes lies here, and nothing that another server wrote.
    private final Path directory;

    private SampoInProcess(SampoServer server, Path directory) {
        this.server = server;
        this.directory = directory;
    }

    /// @param shards    1 or more
    /// @param transport `uring` or `stream`
    public static SampoInProcess start(int shards, String transport) {
        final Path directory = ServerProcess.temporaryDirectory();
        return new SampoInProcess(
            SampoServer.builder().shards(shards).transport(transport).setting("dir", directory.toString()).start(), directory);
    }

    @Override
    public String name() {
        return "sampo-" + server.shards() + "-" + server.transport();
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        ServerProcess.delete(directory);
    }
}
