package dev.sampo.shard.config;

import dev.sampo.persist.log.FsyncPolicy;
import dev.sampo.engine.EvictionPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// All settings, one row each. Files, flags, environment, CONFIG GET/SET and the documentation read these rows and no other list.
public final class SettingTable {
    private static final List<Setting<?>> ROWS = new ArrayList<>();
    private static final Map<String, Setting<?>> BY_NAME = new LinkedHashMap<>();

    // Network.
    static final Setting<Long> PORT = integer("port", "6379", 0, 65535, Change.AT_START,
        "TCP port; 0 takes a free one");
    static final Setting<List<String>> BIND = add("bind", new SettingType.Addresses(), "127.0.0.1 -::1", Change.AT_START,
        "addresses to listen on; `-` before one means that it may be absent, `*` and `::*` mean all");
    static final Setting<Boolean> PROTECTED_MODE = yesNo("protected-mode", "yes", Change.ANY_TIME,
        "while no password is set, refuse connections that do not come from this machine");
    static final Setting<Long> TCP_BACKLOG = integer("tcp-backlog", "511", 1, Integer.MAX_VALUE, Change.AT_START,
        "connections that the kernel keeps waiting for accept");
    static final Setting<Long> TCP_KEEPALIVE = integer("tcp-keepalive", "300", 0, Integer.MAX_VALUE, Change.ANY_TIME,
        "seconds between TCP keep-alive probes on new connections; 0 sends none");
    static final Setting<Long> TIMEOUT = integer("timeout", "0", 0, Integer.MAX_VALUE, Change.ANY_TIME,
        "close a connection that was idle for so many seconds; 0 never");
    static final Setting<Long> MAXCLIENTS = integer("maxclients", "10000", 1, 4294967295L, Change.ANY_TIME,
        "connections at the same time; more are refused");
    static final Setting<String> REQUIREPASS = add("requirepass", new SettingType.Text(), "", Change.ANY_TIME,
        "password of the default user; empty asks for none");

    // Threads and transport.
    static final Setting<Long> SHARDS = integer("shards", "0", 0, 64, Change.AT_START,
        "parts of the key space, each with a thread of its own; 0 takes one per core");
    static final Setting<Transport> TRANSPORT = choice("transport", Transport.class, "auto", Change.AT_START,
        "`uring` insists on io_uring, `stream` uses Pekko Streams TCP, `auto` takes io_uring where the kernel allows it");
    static final Setting<Boolean> PIN_CORES = yesNo("pin-cores", "no", Change.AT_START,
        "bind each shard's thread to one core (Linux)");
    static final Setting<Long> SPIN_MICROS = integer("spin-micros", "0", 0, 1_000_000, Change.AT_START,
        "microseconds a thread without work looks again before it parks; pays only where cores are to spare");
    static final Setting<Long> RECEIVE_BUFFERS = add("receive-buffers", new SettingType.PowerOfTwo(16, 32768), "512",
        Change.AT_START, "receive buffers that io_uring may fill, per shard");
    static final Setting<Long> RECEIVE_BUFFER_BYTES = memory("receive-buffer-bytes", "16kb", 1024, 1 << 20, Change.AT_START,
        "size of one receive buffer");

    // Limits of one client.
    static final Setting<Long> PROTO_MAX_BULK_LEN = memory("proto-max-bulk-len", "512mb", 1 << 20, Integer.MAX_VALUE,
        Change.ANY_TIME, "longest string that a request may hold");
    static final Setting<Long> CLIENT_QUERY_BUFFER_LIMIT = memory("client-query-buffer-limit", "1gb", 1 << 20, Long.MAX_VALUE,
        Change.ANY_TIME, "bytes of one unfinished request before its connection is closed");
    static final Setting<Map<ClientClass, OutputLimit>> CLIENT_OUTPUT_BUFFER_LIMIT = add("client-output-buffer-limit",
        new SettingType.OutputLimits(), "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60", Change.ANY_TIME,
        "replies that may wait for a client; above the hard limit, or so many seconds above the soft one, it is disconnected");

    // The database.
    static final Setting<Long> DATABASES = integer("databases", "16", 1, 16384, Change.AT_START,
        "number of logical databases (SELECT)");
    static final Setting<Integer> NOTIFY_KEYSPACE_EVENTS = add("notify-keyspace-events", new SettingType.Events(), "",
        Change.ANY_TIME,
        "which changes of keys are published to `__keyspace@<db>__:<key>` (K) and `__keyevent@<db>__:<event>` (E)");
    static final Setting<Long> HZ = add("hz", new SettingType.Int(0, Integer.MAX_VALUE, 1, 500), "10", Change.ANY_TIME,
        "rounds of background work (expiry, timeouts) per second; values outside 1 to 500 are taken as the nearest of the two");
    static final Setting<Long> ACTIVE_EXPIRE_EFFORT = integer("active-expire-effort", "1", 1, 10, Change.ANY_TIME,
        "how hard a round looks for expired keys");
    static final Setting<Long> MAXMEMORY = memory("maxmemory", "0", 0, Long.MAX_VALUE, Change.ANY_TIME,
        "bytes of data, with its indexes, before keys are evicted or writes refused; 0 sets no limit");
    static final Setting<EvictionPolicy> MAXMEMORY_POLICY = choice("maxmemory-policy", EvictionPolicy.class, "noeviction",
        Change.ANY_TIME, "what is evicted; an LFU policy makes OBJECT FREQ available, every other one OBJECT IDLETIME");
    static final Setting<Long> MAXMEMORY_SAMPLES = integer("maxmemory-samples", "5", 1, Integer.MAX_VALUE, Change.ANY_TIME,
        "keys that are looked at for each one that is evicted; more than 64 are taken as 64");
    static final Setting<Long> MAXMEMORY_EVICTION_TENACITY = integer("maxmemory-eviction-tenacity", "10", 0, 100, Change.ANY_TIME,
        "how long eviction may hold commands up at a time; 0 not at all, 10 half a millisecond, 100 until there is room");
    static final Setting<Long> LFU_LOG_FACTOR = integer("lfu-log-factor", "10", 0, Integer.MAX_VALUE, Change.ANY_TIME,
        "how slowly the access counter of a key saturates under an LFU policy");
    static final Setting<Long> LFU_DECAY_TIME = integer("lfu-decay-time", "1", 0, Integer.MAX_VALUE, Change.ANY_TIME,
        "minutes after which the access counter of an untouched key loses one; 0 never");
    static final Setting<Boolean> LAZYFREE_LAZY_EVICTION = lazy("lazyfree-lazy-eviction", "what is evicted");
    static final Setting<Boolean> LAZYFREE_LAZY_EXPIRE = lazy("lazyfree-lazy-expire", "what expires");
    static final Setting<Boolean> LAZYFREE_LAZY_SERVER_DEL = lazy("lazyfree-lazy-server-del", "what a command replaces");
    static final Setting<Boolean> LAZYFREE_LAZY_USER_DEL = lazy("lazyfree-lazy-user-del", "what DEL removes");
    static final Setting<Boolean> LAZYFREE_LAZY_USER_FLUSH = lazy("lazyfree-lazy-user-flush", "what FLUSHALL and FLUSHDB remove");

    // Up to which size collections are packed.
    static final Setting<Long> HASH_MAX_LISTPACK_ENTRIES = limit("hash-max-listpack-entries", "512",
        "fields of a hash that is packed into one block");
    static final Setting<Long> HASH_MAX_LISTPACK_VALUE = limit("hash-max-listpack-value", "64",
        "bytes of the longest field or value of a packed hash");
    static final Setting<Long> SET_MAX_INTSET_ENTRIES = limit("set-max-intset-entries", "512",
        "members of a set of integers that is packed into one block");
    static final Setting<Long> SET_MAX_LISTPACK_ENTRIES = limit("set-max-listpack-entries", "128",
        "members of any other packed set");
    static final Setting<Long> SET_MAX_LISTPACK_VALUE = limit("set-max-listpack-value", "64",
        "bytes of the longest member of a packed set");
    static final Setting<Long> ZSET_MAX_LISTPACK_ENTRIES = limit("zset-max-listpack-entries", "128",
        "members of a packed sorted set");
    static final Setting<Long> ZSET_MAX_LISTPACK_VALUE = limit("zset-max-listpack-value", "64",
        "bytes of the longest member of a packed sorted set");
    static final Setting<Long> LIST_MAX_LISTPACK_SIZE = integer("list-max-listpack-size", "-2", Integer.MIN_VALUE,
        Integer.MAX_VALUE, Change.ANY_TIME, "elements of one packed piece of a list; -1 to -5 mean 4, 8, 16, 32 or 64 KiB");
    static final Setting<Long> LIST_COMPRESS_DEPTH = limit("list-compress-depth", "0",
        "pieces at each end of a list that stay uncompressed; kept for compatibility, changes nothing");
    static final Setting<Long> STREAM_NODE_MAX_BYTES = memory("stream-node-max-bytes", "4096", 0, Integer.MAX_VALUE,
        Change.ANY_TIME, "bytes of one packed piece of a stream; 0 sets no limit");
    static final Setting<Long> STREAM_NODE_MAX_ENTRIES = limit("stream-node-max-entries", "100",
        "entries of one packed piece of a stream; 0 sets no limit");
    static final Setting<Long> HLL_SPARSE_MAX_BYTES = memory("hll-sparse-max-bytes", "3000", 0, Integer.MAX_VALUE,
        Change.ANY_TIME, "bytes of a HyperLogLog up to which it is kept sparse");

    // Files.
    static final Setting<Path> DIR = add("dir", new SettingType.Directory(), ".", Change.AT_START_PROTECTED,
        "directory of the data files; must exist and be writable");
    static final Setting<Boolean> APPENDONLY = yesNo("appendonly", "no", Change.ANY_TIME,
        "log every write to disk; after a restart the log gives the data back, if all data were in it once");
    static final Setting<FsyncPolicy> APPENDFSYNC = choice("appendfsync", FsyncPolicy.class, "everysec", Change.ANY_TIME,
        "when the log is forced to the disk: `always` before a reply leaves, `everysec` once a second, `no` when the system likes");
    static final Setting<String> APPENDDIRNAME = add("appenddirname", new SettingType.Text(), "appendonlydir", Change.AT_START,
        "directory of the log, in `dir`");
    static final Setting<String> APPENDFILENAME = add("appendfilename", new SettingType.Text(), "appendonly.aof", Change.AT_START,
        "what Redis called its log; one that a Redis left in `dir` is read when Sampo has none of its own there yet");
    static final Setting<Boolean> AOF_LOAD_TRUNCATED = yesNo("aof-load-truncated", "yes", Change.ANY_TIME,
        "start although a crash cut off the end of the log; what was cut off is set aside and reported");
    static final Setting<Long> AUTO_AOF_REWRITE_PERCENTAGE = integer("auto-aof-rewrite-percentage", "100", 0, Integer.MAX_VALUE,
        Change.ANY_TIME, "rewrite the log when it has grown by so many percent since its base was written; 0 never does");
    static final Setting<Long> AUTO_AOF_REWRITE_MIN_SIZE = memory("auto-aof-rewrite-min-size", "64mb", 0, Long.MAX_VALUE,
        Change.ANY_TIME, "but not while it is smaller than this");
    static final Setting<List<SavePoint>> SAVE = add("save", new SettingType.SavePoints(), "", Change.ANY_TIME,
        "take a snapshot after so many seconds if there were so many changes, for example `3600 1 300 100`; `\"\"` never does");
    static final Setting<String> DBFILENAME = add("dbfilename", new SettingType.Text(), "dump.rdb", Change.ANY_TIME,
        "file of the snapshots, in `dir`");
    static final Setting<Boolean> RDBCOMPRESSION = yesNo("rdbcompression", "yes", Change.ANY_TIME,
        "compress long strings in snapshots");
    static final Setting<Boolean> RDBCHECKSUM = yesNo("rdbchecksum", "yes", Change.ANY_TIME,
        "end snapshots with a checksum, and verify it");
    static final Setting<Long> SNAPSHOT_MEMORY_LIMIT = memory("snapshot-memory-limit", "0", 0, Long.MAX_VALUE, Change.ANY_TIME,
        "bytes kept for what is changed while a snapshot is written: above half of it the snapshot is hurried, above it given up; 0 = no limit");
    static final Setting<Boolean> STOP_WRITES_ON_BGSAVE_ERROR = yesNo("stop-writes-on-bgsave-error", "yes", Change.ANY_TIME,
        "refuse writes while save points are set and the last snapshot has failed");

    // Watching and stopping it.
    static final Setting<LogLevel> LOGLEVEL = choice("loglevel", LogLevel.class, "notice", Change.ANY_TIME,
        "how much is logged");
    static final Setting<Long> SLOWLOG_LOG_SLOWER_THAN = integer("slowlog-log-slower-than", "10000", -1, Long.MAX_VALUE,
        Change.ANY_TIME, "microseconds from which a command is kept in the slow log; -1 keeps none, 0 all");
    static final Setting<Long> SLOWLOG_MAX_LEN = integer("slowlog-max-len", "128", 0, Long.MAX_VALUE, Change.ANY_TIME,
        "entries that the slow log keeps");
    static final Setting<Long> TRACKING_TABLE_MAX_KEYS = integer("tracking-table-max-keys", "1000000", 0, Long.MAX_VALUE,
        Change.ANY_TIME, "keys that are remembered for CLIENT TRACKING; 0 = no limit");
    static final Setting<Long> LATENCY_MONITOR_THRESHOLD = integer("latency-monitor-threshold", "0", 0, Long.MAX_VALUE,
        Change.ANY_TIME, "milliseconds from which an event is kept for LATENCY; 0 keeps none");
    static final Setting<Boolean> LATENCY_TRACKING = yesNo("latency-tracking", "yes", Change.ANY_TIME,
        "keep how often commands took how long, for LATENCY HISTOGRAM and INFO latencystats");
    static final Setting<List<Double>> LATENCY_TRACKING_INFO_PERCENTILES = add("latency-tracking-info-percentiles",
        new SettingType.Percentiles(), "50 99 99.9", Change.ANY_TIME, "percentiles that INFO latencystats shows");
    static final Setting<DebugCommand> ENABLE_DEBUG_COMMAND = choice("enable-debug-command", DebugCommand.class, "local",
        Change.AT_START, "who may use DEBUG; `local` means connections from this machine");
    static final Setting<Long> SHUTDOWN_TIMEOUT = integer("shutdown-timeout", "10", 0, Integer.MAX_VALUE, Change.ANY_TIME,
        "seconds that a shutdown waits for replies on their way");

    static {
        // What the settings were called before Redis 7.
        alias("hash-max-ziplist-entries", HASH_MAX_LISTPACK_ENTRIES);
        alias("hash-max-ziplist-value", HASH_MAX_LISTPACK_VALUE);
        alias("zset-max-ziplist-entries", ZSET_MAX_LISTPACK_ENTRIES);
        alias("zset-max-ziplist-value", ZSET_MAX_LISTPACK_VALUE);
        alias("list-max-ziplist-size", LIST_MAX_LISTPACK_SIZE);
    }

    private SettingTable() {}

    /// Every setting, in the order of the documentation.
    public static List<Setting<?>> all() {
        return Collections.unmodifiableList(ROWS);
    }

    /// Every name, in lower case, and its setting; some settings have an old name besides their own.
    public static Map<String, Setting<?>> names() {
        return Collections.unmodifiableMap(BY_NAME);
    }

    /// The setting of this name, or with this old name, in any case; or null.
    public static Setting<?> find(String name) {
        return BY_NAME.get(name.toLowerCase(Locale.ROOT));
    }

    private static void alias(String oldName, Setting<?> setting) {
        if (BY_NAME.put(oldName, setting) != null) {
            throw new IllegalStateException("two settings named " + oldName);
        }
    }

    private static Setting<Long> integer(String name, String defaultText, long min, long max, Change change, String doc) {
        return add(name, new SettingType.Int(min, max), defaultText, change, doc);
    }

    private static Setting<Long> limit(String name, String defaultText, String doc) {
        return integer(name, defaultText, 0, Integer.MAX_VALUE, Change.ANY_TIME, doc);
    }

    private static Setting<Long> memory(String name, String defaultText, long min, long max, Change change, String doc) {
        return add(name, new SettingType.Memory(min, max), defaultText, change, doc);
    }

    private static Setting<Boolean> yesNo(String name, String defaultText, Change change, String doc) {
        return add(name, new SettingType.YesNo(), defaultText, change, doc);
    }

    private static Setting<Boolean> lazy(String name, String what) {
        return yesNo(name, "yes", Change.ANY_TIME, "free big values lazily: " + what + "; always done, whatever is set here");
    }

    private static <E extends Enum<E>> Setting<E> choice(String name, Class<E> type, String defaultText, Change change,
        String doc) {
        return add(name, new SettingType.Choice<>(type), defaultText, change, doc);
    }

    private static <T> Setting<T> add(String name, SettingType<T> type, String defaultText, Change change, String doc) {
        return restricted(name, type, defaultText, change, doc, _ -> null);
    }

    /// A row whose type allows more than the server can keep its word on.
    ///
    /// @param objection the reason why a value is refused, or null
    private static <T> Setting<T> restricted(String name, SettingType<T> type, String defaultText, Change change, String doc,
                                             Function<T, String> objection) {
        final Setting<T> row = new Setting<>(ROWS.size(), name, type, defaultText, change, doc, objection);
        ROWS.add(row);
        if (BY_NAME.put(name, row) != null) {
            throw new IllegalStateException("two settings named " + name);
        }
        return row;
    }
}
