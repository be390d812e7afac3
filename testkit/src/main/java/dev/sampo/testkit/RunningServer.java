package dev.sampo.testkit;

/// A server somebody else started and will stop.
///
/// @param port on loopback
public record RunningServer(String name, int port) implements ServerUnderTest {
    @Override
    public void close() {
        // Not ours to stop.
    }
}
