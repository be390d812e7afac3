package dev.sampo.net;

/// What a transport tells its core. All methods are called on the core's thread.
public interface TransportEvents {
    /// A new connection; the transport stores its own state in [Connection#handle]. Returns null when the core refuses it (too many clients);
    /// the transport then sends [Connection#REFUSED] and closes the socket.
    Connection accepted(int handle, String remoteAddress, String localAddress);

    /// Bytes came in. The memory stays valid until the end of the turn.
    void received(Connection connection, long address, int length);

    /// The client will send nothing more, but may still read: its connection is closed when all its requests are answered.
    void ended(Connection connection);

    /// Output has left: the connection's send queue shrank.
    void sent(Connection connection);

    /// The connection is gone; nothing more will come for it.
    void closed(Connection connection);
}
