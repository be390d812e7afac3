package dev.sampo.engine;

import java.nio.charset.StandardCharsets;

/// The names of keyspace events. Nobody modifies the arrays.
public final class EventName {
    public static final byte[] APPEND = name("append");
    public static final byte[] COPY_TO = name("copy_to");
    public static final byte[] DEL = name("del");
    public static final byte[] EVICTED = name("evicted");
    public static final byte[] EXPIRE = name("expire");
    public static final byte[] EXPIRED = name("expired");
    public static final byte[] GEORADIUSSTORE = name("georadiusstore");
    public static final byte[] GEOSEARCHSTORE = name("geosearchstore");
    public static final byte[] HDEL = name("hdel");
    public static final byte[] HEXPIRE = name("hexpire");
    public static final byte[] HEXPIRED = name("hexpired");
    public static final byte[] HINCRBY = name("hincrby");
    public static final byte[] HINCRBYFLOAT = name("hincrbyfloat");
    public static final byte[] HPERSIST = name("hpersist");
    public static final byte[] HSET = name("hset");
    public static final byte[] INCRBY = name("incrby");
    public static final byte[] INCRBYFLOAT = name("incrbyfloat");
    public static final byte[] KEY_MISS = name("keymiss");
    public static final byte[] LINSERT = name("linsert");
    public static final byte[] LPOP = name("lpop");
    public static final byte[] LPUSH = name("lpush");
    public static final byte[] LREM = name("lrem");
    public static final byte[] LSET = name("lset");
    public static final byte[] LTRIM = name("ltrim");
    public static final byte[] MOVE_FROM = name("move_from");
    public static final byte[] MOVE_TO = name("move_to");
    public static final byte[] NEW = name("new");
    public static final byte[] PERSIST = name("persist");
    public static final byte[] PFADD = name("pfadd");
    public static final byte[] RENAME_FROM = name("rename_from");
    public static final byte[] RENAME_TO = name("rename_to");
    public static final byte[] RESTORE = name("restore");
    public static final byte[] RPOP = name("rpop");
    public static final byte[] RPUSH = name("rpush");
    public static final byte[] SADD = name("sadd");
    public static final byte[] SDIFFSTORE = name("sdiffstore");
    public static final byte[] SET = name("set");
    public static final byte[] SETBIT = name("setbit");
    public static final byte[] SETRANGE = name("setrange");
    public static final byte[] SINTERSTORE = name("sinterstore");
    public static final byte[] SPOP = name("spop");
    public static final byte[] SREM = name("srem");
    public static final byte[] SUNIONSTORE = name("sunionstore");
    public static final byte[] XADD = name("xadd");
    public static final byte[] XDEL = name("xdel");
    public static final byte[] XGROUP_CREATE = name("xgroup-create");
    public static final byte[] XGROUP_CREATECONSUMER = name("xgroup-createconsumer");
    public static final byte[] XGROUP_DELCONSUMER = name("xgroup-delconsumer");
    public static final byte[] XGROUP_DESTROY = name("xgroup-destroy");
    public static final byte[] XGROUP_SETID = name("xgroup-setid");
    public static final byte[] XSETID = name("xsetid");
    public static final byte[] XTRIM = name("xtrim");
    public static final byte[] ZADD = name("zadd");
    public static final byte[] ZDIFFSTORE = name("zdiffstore");
    public static final byte[] ZINCR = name("zincr");
    public static final byte[] ZINTERSTORE = name("zinterstore");
    public static final byte[] ZPOPMAX = name("zpopmax");
    public static final byte[] ZPOPMIN = name("zpopmin");
    public static final byte[] ZRANGESTORE = name("zrangestore");
    public static final byte[] ZREM = name("zrem");
    public static final byte[] ZREMRANGEBYLEX = name("zremrangebylex");
    public static final byte[] ZREMRANGEBYRANK = name("zremrangebyrank");
    public static final byte[] ZREMRANGEBYSCORE = name("zremrangebyscore");
    public static final byte[] ZUNIONSTORE = name("zunionstore");

    public static final byte[] SORTSTORE = name("sortstore");

    private EventName() {
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
