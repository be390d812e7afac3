package dev.sampo.engine.command;

import java.util.List;

/// The flags of a command as bits of a long, with the names and the order of COMMAND INFO.
public final class CommandFlag {
    /// May change data.
    public static final long WRITE = 1L;
    /// Reads data and changes none.
    public static final long READONLY = 1L << 1;
    /// Refused when memory is full and nothing can be evicted.
    public static final long DENYOOM = 1L << 2;
    public static final long MODULE = 1L << 3;
    public static final long ADMIN = 1L << 4;
    public static final long PUBSUB = 1L << 5;
    /// Refused in scripts.
    public static final long NOSCRIPT = 1L << 6;
    /// May make the client wait.
    public static final long BLOCKING = 1L << 7;
    /// Allowed while the data are being loaded.
    public static final long LOADING = 1L << 8;
    /// Allowed on a replica that has lost its primary.
    public static final long STALE = 1L << 9;
    public static final long SKIP_MONITOR = 1L << 10;
    public static final long SKIP_SLOWLOG = 1L << 11;
    public static final long ASKING = 1L << 12;
    /// Constant or logarithmic time.
    public static final long FAST = 1L << 13;
    /// Allowed before authentication.
    public static final long NO_AUTH = 1L << 14;
    public static final long MAY_REPLICATE = 1L << 15;
    /// Has key arguments, but may be called without any.
    public static final long NO_MANDATORY_KEYS = 1L << 16;
    public static final long PROTECTED = 1L << 17;
    public static final long NO_ASYNC_LOADING = 1L << 18;
    /// Refused inside MULTI.
    public static final long NO_MULTI = 1L << 19;
    /// Allowed while a script runs too long.
    public static final long ALLOW_BUSY = 1L << 20;
    /// The key positions depend on the arguments; set by the table for rows whose [KeySpec] says so.
    public static final long MOVABLE_KEYS = 1L << 21;

    private static final String[] NAMES = {"write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript",
        "blocking", "loading", "stale", "skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "may_replicate",
        "no_mandatory_keys", "protected", "no_async_loading", "no_multi", "allow_busy", "movablekeys"};

    private CommandFlag() {
    }

    /// The names of the bits that are set, in the order in which COMMAND INFO prints them.
    public static List<String> names(long flags) {
        return BitNames.of(flags, NAMES);
    }
}
