package dev.sampo.engine.command;

/// How the changes of a command get into the effect log.
public enum Effect {
    /// It changes nothing. Keys that expire under it log their own end.
    NONE,
    /// The request is its own deterministic effect; [dev.sampo.engine.CommandContext] appends it after the handler if
    /// the handler committed anything. A request whose keys are spread over shards is cut into one request per shard:
    /// the row's keys must then be a plain range, so that name plus some of the key groups is again a valid request.
    VERBATIM,
    /// The handler writes its effects itself.
    CUSTOM
}
