package dev.sampo.app;

/// The server in JMX: `dev.sampo:type=Server`. Counters only grow.
public interface ServerMXBean {
    String getVersion();

    /// Unix time in ms.
    long getStartMillis();

    long getUptimeSeconds();

    int getPort();

    int getShards();

    String getTransport();

    String getTransportReason();

    long getConnections();

    long getConnectionsAccepted();

    long getConnectionsRefused();

    long getCommands();

    long getCommandErrors();

    long getBytesReceived();

    long getBytesSent();

    long getKeys();

    /// Bytes taken by the data of all shards.
    long getUsedBytes();

    long getHits();

    long getMisses();

    long getExpiredKeys();
}
