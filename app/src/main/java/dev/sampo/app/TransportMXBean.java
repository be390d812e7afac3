package dev.sampo.app;

/// The connections of one core in JMX: `dev.sampo:type=Transport,core=N`. Counters only grow.
public interface TransportMXBean {
    long getConnections();

    long getReceives();

    long getSends();

    long getBytesReceived();

    long getBytesSent();

    /// 0 where the transport does not count them.
    long getKernelCalls();

    long getParks();

    long getWakes();

    /// Times that a receive found no free buffer.
    long getBuffersExhausted();
}
