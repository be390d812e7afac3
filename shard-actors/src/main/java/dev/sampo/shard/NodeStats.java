package dev.sampo.shard;

import java.util.List;

/// What a running node tells about itself to JMX and to whoever embeds it. Each call returns fresh numbers; counters only grow.
/// The numbers of different cores are read one after the other, not at one instant. Callable from any thread.
public interface NodeStats {

    ServerStats server();

    /// By shard index.
    List<ShardStats> shards();

    /// By core index.
    List<TransportStats> transports();

    /// The node as a whole.
    ///
    /// @param startMillis unix time of the start in ms
    /// @param transport what carries the connections: `uring` or `stream`
    /// @param transportReason why this transport was chosen, one line
    /// @param usedBytes bytes taken by the data of all shards
    record ServerStats(long startMillis, int port, String transport, String transportReason, long connections,
        long connectionsAccepted, long connectionsRefused, long commands, long commandErrors, long bytesReceived,
        long bytesSent, long keys, long usedBytes, long hits, long misses, long expiredKeys) {}

    /// One shard and its thread.
    ///
    /// @param operations commands executed on this shard's data
    /// @param volatileKeys keys with a deadline
    /// @param usedBytes bytes taken by data
    /// @param reservedBytes bytes taken from the operating system
    /// @param queueDepth messages from other cores not yet looked at
    /// @param forwarded commands that other cores sent here
    /// @param leases times that the shard was lent to another core
    /// @param turns rounds of the core's loop that had work
    /// @param turnNanosTotal time spent in those rounds
    /// @param turnNanosMax longest round
    record ShardStats(int index, long operations, long keys, long volatileKeys, long usedBytes, long reservedBytes,
        long queueDepth, long forwarded, long leases, long turns, long turnNanosTotal, long turnNanosMax) {}

    /// The connections of one core.
    ///
    /// @param receives completed receive operations
    /// @param sends completed send operations
    /// @param kernelCalls calls into the kernel to submit or wait; 0 where the transport does not count them
    /// @param parks times that the thread went to sleep
    /// @param wakes times that another thread had to wake it
    /// @param buffersExhausted times that a receive found no free buffer
    record TransportStats(int core, long connections, long receives, long sends, long bytesReceived, long bytesSent,
        long kernelCalls, long parks, long wakes, long buffersExhausted) {}
}
