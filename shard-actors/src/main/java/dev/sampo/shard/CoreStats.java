package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;

/// What a core has counted since the start. Written by its own thread; others may read slightly old values.
final class CoreStats {
    long connections;
    long rejectedConnections;
    long inputBytes;
    long errors;
    long protocolErrors;
    /// Requests sent to other cores' shards, and executed for other cores' clients.
    long forwarded;
    long executedForOthers;
    /// Times that the shard was lent.
    long leased;
    long outputLimitDisconnections;
    long turns;
    long turnNanosMax;
    /// The longest since the last [#reset(InfoSample)].
    long turnNanosPeak;
    long turnNanosTotal;
    final long[] rejectedCalls;
    final ErrorCounts errorReplies = new ErrorCounts();
    final RateMeter commandRate = new RateMeter();
    final RateMeter receiveRate = new RateMeter();
    final RateMeter sendRate = new RateMeter();
    /// The most that the shard's data took, as seen by ticks.
    long usedBytesPeak;
    /// What INFO counts from; null = the start. The counters themselves only grow.
    private InfoSample baseline;

    CoreStats(int commands) {
        rejectedCalls = new long[commands];
    }

    /// A turn that had work took `nanos`.
    void turn(long nanos) {
        turns++;
        turnNanosTotal += nanos;
        if (nanos > turnNanosPeak) {
            turnNanosPeak = nanos;
            turnNanosMax = Math.max(turnNanosMax, nanos);
        }
    }

    /// CONFIG RESETSTAT: INFO counts from `now`.
    void reset(InfoSample now) {
        baseline = now;
        turnNanosPeak = 0;
    }

    InfoSample baseline() {
        return baseline;
    }

    void rejected(CommandSpec spec) {
        rejectedCalls[spec.id()]++;
    }
}
