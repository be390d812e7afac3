package dev.sampo.shard.config;

/// How many bytes of replies may wait for one client before it is disconnected: at once above `hardBytes`, or after
/// `softSeconds` without a break above `softBytes`. Zero means no limit.
public record OutputLimit(long hardBytes, long softBytes, int softSeconds) {}
