package dev.sampo.testkit;

/// Names of servers as the command lines of the tools take them.
public final class Servers {
    private Servers() {
    }

    /// Opens a server by name:
    /// `redis` (started here), `sampo` (started here), `host-less port number` (running already on loopback).
    ///
    /// @param shards    for `sampo`
    /// @param transport `uring` or `stream`, for `sampo`
    public static ServerUnderTest open(String name, int shards, String transport) {
        return switch (name) {
            case "redis" -> RedisServerProcess.start();
            case "sampo" -> SampoProcess.start(shards, transport);
            default -> new RunningServer("port-" + name, Integer.parseInt(name));
        };
    }
}
