package dev.sampo.app;

/// One shard and its thread in JMX: `dev.sampo:type=Shard,index=N`. Counters only grow.
public interface ShardMXBean {
    long getOperations();

    long getKeys();

    /// Keys with a deadline.
    long getVolatileKeys();

    long getUsedBytes();

    /// Bytes taken from the operating system.
    long getReservedBytes();

    /// Messages of other cores that wait.
    long getQueueDepth();

    /// Commands that other cores sent here.
    long getForwarded();

    /// Times that the shard was lent to another core.
    long getLeases();

    /// Rounds of the thread's loop that had work.
    long getTurns();

    double getTurnMicrosMean();

    double getTurnMicrosMax();
}
