package dev.sampo.engine.rdb;

/// The type bytes in front of values. https://github.com/redis/redis/blob/7.4/src/rdb.h
public final class RdbType {
    public static final int STRING = 0;
    public static final int LIST = 1;
    public static final int SET = 2;
    /// With scores as text.
    public static final int ZSET = 3;
    public static final int HASH = 4;
    /// With scores in binary.
    public static final int ZSET_2 = 5;
    public static final int MODULE_PRE_GA = 6;
    public static final int MODULE_2 = 7;
    public static final int HASH_ZIPMAP = 9;
    public static final int LIST_ZIPLIST = 10;
    public static final int SET_INTSET = 11;
    public static final int ZSET_ZIPLIST = 12;
    public static final int HASH_ZIPLIST = 13;
    /// Nodes are ziplists.
    public static final int LIST_QUICKLIST = 14;
    public static final int STREAM_LISTPACKS = 15;
    public static final int HASH_LISTPACK = 16;
    public static final int ZSET_LISTPACK = 17;
    /// Nodes are listpacks or single elements.
    public static final int LIST_QUICKLIST_2 = 18;
    /// With the first id, the greatest deleted one and the number ever added.
    public static final int STREAM_LISTPACKS_2 = 19;
    public static final int SET_LISTPACK = 20;
    /// With the time when consumers were last active.
    public static final int STREAM_LISTPACKS_3 = 21;
    /// Hashes with field deadlines as release candidates of Redis 7.4 wrote them, without the least deadline in front.
    public static final int HASH_METADATA_PRE_GA = 22;
    public static final int HASH_LISTPACK_EX_PRE_GA = 23;
    public static final int HASH_METADATA = 24;
    public static final int HASH_LISTPACK_EX = 25;

    /// The newest version of the format that is read and written.
    public static final int VERSION_MAX = 12;
    /// The oldest version that is written: that of Redis 7.0.
    public static final int VERSION_MIN_WRITTEN = 10;

    /// Node of a quicklist: one element, or a listpack of some.
    static final int NODE_PLAIN = 1;
    static final int NODE_PACKED = 2;

    private RdbType() {
    }

    /// Whether a byte in front of a key says what type its value has.
    public static boolean isValue(int type) {
        return type >= STRING && type <= HASH_LISTPACK_EX && type != MODULE_2 + 1;
    }
}
