package dev.sampo.engine.command;

/// Which shards a command needs.
public enum Route {
    /// None: the core of the connection answers it, by a [SessionHandler].
    SESSION,
    /// Those that own its keys.
    KEYS,
    /// The one that its cursor names: see [ScanCursor#shard(dev.sampo.resp.Args, int)].
    CURSOR,
    /// All of them at once.
    ALL_SHARDS
}
