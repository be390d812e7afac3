package dev.sampo.testkit;

import java.util.OptionalLong;

/// A Redis server that tests see only from outside: a loopback port. Whoever opened it closes it.
/// Implementations: [RedisServerProcess], [SampoProcess], [SampoInProcess], [RunningServer].
public interface ServerUnderTest extends AutoCloseable {
    /// What failure messages call it, for example `sampo-4-uring`.
    String name();

    /// A port on loopback that answers PING.
    int port();

    /// True for the reference that transcripts are confirmed with.
    default boolean reference() {
        return false;
    }

    /// The operating system process to measure, empty when it is not one of its own.
    default OptionalLong pid() {
        return OptionalLong.empty();
    }

    /// The last output lines of the server, for failure messages.
    default String output() {
        return "";
    }

    @Override
    void close();
}
