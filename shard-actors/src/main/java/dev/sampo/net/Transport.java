package dev.sampo.net;

/// The sockets of one core, as the core sees them. All methods are called on the core's thread.
///
/// Implementations report what happens through [TransportEvents]; every connection that was accepted is closed exactly once.
public interface Transport {
    /// `uring` or `stream`: what INFO and JMX show.
    String name();

    /// Starts sending the connection's output. Does nothing while an earlier send is under way: its completion goes on with what has come since.
    void send(Connection connection);

    /// Stops reading from the connection until [#resumeReading]; bytes already received may still arrive.
    void pauseReading(Connection connection);

    void resumeReading(Connection connection);

    /// Closes the connection once its output is sent, or at once when `discardOutput`. [TransportEvents#closed] follows.
    void close(Connection connection, boolean discardOutput);

    /// Closes the listener; open connections go on.
    void stopAccepting();

    TransportCounters counters();
}
