package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;

/// What a core has counted since the start or CONFIG RESETSTAT. Written by its own thread; others may read slightly old values.
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
    long turnNanosTotal;
    final long[] rejectedCalls;

    CoreStats(int commands) {
        rejectedCalls = new long[commands];
    }

    /// A turn that had work took `nanos`.
    void turn(long nanos) {
        turns++;
        turnNanosTotal += nanos;
        turnNanosMax = Math.max(turnNanosMax, nanos);
    }

    void rejected(CommandSpec spec) {
        rejectedCalls[spec.id()]++;
    }
}
