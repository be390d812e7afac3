package dev.sampo.shard;

/// What the server says it is.
final class Versions {
    /// Our own.
    static final String SAMPO = "0.1.0";
    /// The Redis whose commands and replies clients can expect; many decide by it what they send.
    static final String REDIS = "7.2.5";

    private Versions() {
    }
}
