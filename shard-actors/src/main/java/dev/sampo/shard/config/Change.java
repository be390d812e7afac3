package dev.sampo.shard.config;

/// When a setting may change.
public enum Change {
    /// At any time, by CONFIG SET.
    ANY_TIME,
    /// Only before the server starts; CONFIG SET answers `can't set immutable config`.
    AT_START,
    /// Only before the server starts, because it could be abused by a client; CONFIG SET answers `can't set protected config`.
    AT_START_PROTECTED
}
