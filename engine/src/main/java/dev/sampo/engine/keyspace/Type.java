package dev.sampo.engine.keyspace;

/// What kind of value an entry holds. The numbers are those of Redis's objects.
public final class Type {
    public static final int STRING = 0;
    public static final int LIST = 1;
    public static final int SET = 2;
    public static final int ZSET = 3;
    public static final int HASH = 4;
    public static final int STREAM = 6;

    private Type() {
    }
}
