package dev.sampo.engine.rdb;

/// Bytes in RDB files that stand where a type byte could. https://github.com/redis/redis/blob/7.4/src/rdb.h
public final class RdbOpcode {
    /// Of a cluster: a slot, its number of keys and of keys with a deadline.
    public static final int SLOT_INFO = 244;
    /// A library of functions.
    public static final int FUNCTION = 245;
    /// The same in the form of release candidates of Redis 7.0.
    public static final int FUNCTION_PRE_GA = 246;
    public static final int MODULE_AUX = 247;
    /// Seconds since the last access of the key that follows.
    public static final int IDLE = 248;
    /// Access counter of the key that follows.
    public static final int FREQUENCY = 249;
    public static final int AUX = 250;
    /// Number of keys, and of keys with a deadline, in the database.
    public static final int RESIZE_DB = 251;
    public static final int EXPIRE_MILLIS = 252;
    public static final int EXPIRE_SECONDS = 253;
    public static final int SELECT_DB = 254;
    public static final int EOF = 255;

    private RdbOpcode() {
    }
}
