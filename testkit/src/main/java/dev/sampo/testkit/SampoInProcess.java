package dev.sampo.testkit;

import dev.sampo.embedded.SampoServer;

/// A whole Sampo node in this process, behind a real socket: quicker to start than [SampoProcess], and with whatever this process
/// checks (assertions, debug memory). What it prints and takes cannot be told from the tests' own.
public final class SampoInProcess implements ServerUnderTest {
    private final SampoServer server;

    private SampoInProcess(SampoServer server) {
        this.server = server;
    }

    /// @param shards    1 or more
    /// @param transport `uring` or `stream`
    public static SampoInProcess start(int shards, String transport) {
        return new SampoInProcess(SampoServer.builder().shards(shards).transport(transport).start());
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
    }
}
