package dev.sampo.shard.config;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.persist.log.FsyncPolicy;
import dev.sampo.engine.EvictionPolicy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// An immutable snapshot of all settings. A change makes a new snapshot, wholly or not at all; whoever reads one sees
/// settings that were in force together.
public final class ServerConfig {
    private static final ServerConfig DEFAULTS = new ServerConfig(defaultValues());

    /// By [Setting#index()].
    private final Object[] values;
    private final int hz;
    private final int timeoutSeconds;
    private final int notifyKeyspaceEvents;
    private final long protoMaxBulkLen;
    private final long clientQueryBufferLimit;
    private final OutputLimit[] outputLimits;
    private final long slowlogLogSlowerThan;
    private final long latencyMonitorThreshold;
    private final boolean latencyTracking;

    private ServerConfig(Object[] values) {
        this.values = values;
        this.hz = (int) (long) value(SettingTable.HZ);
        this.timeoutSeconds = (int) (long) value(SettingTable.TIMEOUT);
        this.notifyKeyspaceEvents = value(SettingTable.NOTIFY_KEYSPACE_EVENTS);
        this.protoMaxBulkLen = value(SettingTable.PROTO_MAX_BULK_LEN);
        this.clientQueryBufferLimit = value(SettingTable.CLIENT_QUERY_BUFFER_LIMIT);
        this.outputLimits = new OutputLimit[ClientClass.values().length];
        value(SettingTable.CLIENT_OUTPUT_BUFFER_LIMIT).forEach((client, limit) -> outputLimits[client.ordinal()] = limit);
        this.slowlogLogSlowerThan = value(SettingTable.SLOWLOG_LOG_SLOWER_THAN);
        this.latencyMonitorThreshold = value(SettingTable.LATENCY_MONITOR_THRESHOLD);
        this.latencyTracking = value(SettingTable.LATENCY_TRACKING);
    }

    private static Object[] defaultValues() {
        return SettingTable.all().stream().map(Setting::defaultValue).toArray();
    }

    @SuppressWarnings("unchecked") // a row's slot is only ever filled by that row's parse
    private <T> T value(Setting<T> setting) {
        return (T) values[setting.index()];
    }

    /// Every setting at its default.
    public static ServerConfig defaults() {
        return DEFAULTS;
    }

    /// This configuration with some settings replaced, of any kind of [Change]: for use before the server starts.
    ///
    /// @param texts setting names in any case and the new texts, taken in the map's order
    /// @throws ConfigException for the first unknown name or bad text; nothing is changed
    public ServerConfig with(Map<String, String> texts) {
        for (String name : texts.keySet()) {
            if (SettingTable.find(name) == null) {
                throw ConfigException.unknown(name);
            }
        }
        final Object[] next = values.clone();
        texts.forEach((name, text) -> replace(next, name, SettingTable.find(name), text));
        return new ServerConfig(next);
    }

    /// As [#with(Map)] for one setting.
    public ServerConfig with(String name, String text) {
        return with(Map.of(name, text));
    }

    /// What CONFIG SET makes of its arguments: several names and texts, all or nothing, settings that may change at
    /// [Change#ANY_TIME] only.
    ///
    /// @param namesAndTexts name, text, name, text, ...
    /// @throws ConfigException whose message is Redis's, to be sent behind `ERR `
    public ServerConfig configSet(List<String> namesAndTexts) {
        if (namesAndTexts.isEmpty() || namesAndTexts.size() % 2 != 0) {
            throw ConfigException.syntax();
        }
        checkNames(namesAndTexts);
        final Object[] next = values.clone();
        for (int i = 0; i < namesAndTexts.size(); i += 2) {
            replace(next, namesAndTexts.get(i), SettingTable.find(namesAndTexts.get(i)), namesAndTexts.get(i + 1));
        }
        return new ServerConfig(next);
    }

    /// All names are checked before the first text is looked at, as Redis does; but an unknown name later in the list
    /// comes second to a name that may not be set.
    private static void checkNames(List<String> namesAndTexts) {
        final Set<String> seen = new HashSet<>();
        for (int i = 0; i < namesAndTexts.size(); i += 2) {
            final String name = namesAndTexts.get(i);
            final Setting<?> setting = SettingTable.find(name);
            if (setting == null) {
                throw ConfigException.unknown(name);
            }
            switch (setting.change()) {
                case AT_START -> throw ConfigException.refused(name, "can't set immutable config");
                case AT_START_PROTECTED -> throw ConfigException.refused(name, "can't set protected config");
                case ANY_TIME -> {
                    if (!seen.add(name.toLowerCase(Locale.ROOT))) {
                        throw ConfigException.refused(name, "duplicate parameter");
                    }
                }
            }
        }
    }

    @SuppressWarnings("unchecked") // a row's slot is only ever filled by that row's parse
    private static <T> void replace(Object[] values, String name, Setting<T> setting, String text) {
        try {
            values[setting.index()] = setting.parse(text, (T) values[setting.index()]);
        } catch (SettingType.InvalidValue bad) {
            throw ConfigException.refused(name.toLowerCase(Locale.ROOT), bad.getMessage());
        }
    }

    /// What CONFIG GET answers: names, old ones too, and texts of all settings that a pattern matches, each name once.
    ///
    /// @param patterns names or globs in any case; a plain name is answered as it was written, as Redis does
    public Map<String, String> get(List<String> patterns) {
        final Map<String, String> found = new LinkedHashMap<>();
        final Set<String> seen = new HashSet<>();
        for (String pattern : patterns) {
            if (!Glob.isPattern(pattern)) {
                final Setting<?> setting = SettingTable.find(pattern);
                if (setting != null && seen.add(pattern.toLowerCase(Locale.ROOT))) {
                    found.put(pattern, text(setting));
                }
                continue;
            }
            SettingTable.names().forEach((name, setting) -> {
                if (Glob.matches(pattern, name) && seen.add(name)) {
                    found.put(name, text(setting));
                }
            });
        }
        return found;
    }

    /// As [#get(List)] for one pattern.
    public Map<String, String> get(String pattern) {
        return get(List.of(pattern));
    }

    private <T> String text(Setting<T> setting) {
        return setting.print(value(setting));
    }

    /// TCP port; 0 means a free one.
    public int port() {
        return (int) (long) value(SettingTable.PORT);
    }

    /// Addresses to listen on, at least one; a leading `-` marks one that may be absent.
    public List<String> bind() {
        return value(SettingTable.BIND);
    }

    /// Whether connections from other machines are refused while [#requirepass()] is empty.
    public boolean protectedMode() {
        return value(SettingTable.PROTECTED_MODE);
    }

    public int tcpBacklog() {
        return (int) (long) value(SettingTable.TCP_BACKLOG);
    }

    /// Seconds, 0 = no probes.
    public int tcpKeepalive() {
        return (int) (long) value(SettingTable.TCP_KEEPALIVE);
    }

    /// Seconds of idleness after which a client is disconnected, 0 = never.
    public int timeoutSeconds() {
        return timeoutSeconds;
    }

    /// 1 to 2^32 - 1.
    public long maxclients() {
        return value(SettingTable.MAXCLIENTS);
    }

    /// Empty = no password.
    public String requirepass() {
        return value(SettingTable.REQUIREPASS);
    }

    /// Number of shards, 0 = one per core.
    public int shards() {
        return (int) (long) value(SettingTable.SHARDS);
    }

    public Transport transport() {
        return value(SettingTable.TRANSPORT);
    }

    public boolean pinCores() {
        return value(SettingTable.PIN_CORES);
    }

    public int spinMicros() {
        return (int) (long) value(SettingTable.SPIN_MICROS);
    }

    /// Per shard, a power of two.
    public int receiveBuffers() {
        return (int) (long) value(SettingTable.RECEIVE_BUFFERS);
    }

    public int receiveBufferBytes() {
        return (int) (long) value(SettingTable.RECEIVE_BUFFER_BYTES);
    }

    /// At most `Integer.MAX_VALUE`.
    public long protoMaxBulkLen() {
        return protoMaxBulkLen;
    }

    public long clientQueryBufferLimit() {
        return clientQueryBufferLimit;
    }

    public OutputLimit outputLimit(ClientClass client) {
        return outputLimits[client.ordinal()];
    }

    public int databases() {
        return (int) (long) value(SettingTable.DATABASES);
    }

    /// Bits of [dev.sampo.engine.EventClass].
    public int notifyKeyspaceEvents() {
        return notifyKeyspaceEvents;
    }

    /// 1 to 500 rounds a second.
    public int hz() {
        return hz;
    }

    /// 1 to 10.
    public int activeExpireEffort() {
        return (int) (long) value(SettingTable.ACTIVE_EXPIRE_EFFORT);
    }

    /// Bytes, 0 = no limit.
    public long maxmemory() {
        return value(SettingTable.MAXMEMORY);
    }

    /// 1 or more.
    public int maxmemorySamples() {
        return (int) (long) value(SettingTable.MAXMEMORY_SAMPLES);
    }

    /// 0 to 100.
    public int maxmemoryEvictionTenacity() {
        return (int) (long) value(SettingTable.MAXMEMORY_EVICTION_TENACITY);
    }

    public EvictionPolicy maxmemoryPolicy() {
        return value(SettingTable.MAXMEMORY_POLICY);
    }

    public int lfuLogFactor() {
        return (int) (long) value(SettingTable.LFU_LOG_FACTOR);
    }

    /// Minutes, 0 = no decay.
    public int lfuDecayTime() {
        return (int) (long) value(SettingTable.LFU_DECAY_TIME);
    }

    /// Up to which size collections are packed.
    public CollectionLimits collectionLimits() {
        return new CollectionLimits(number(SettingTable.HASH_MAX_LISTPACK_ENTRIES), number(SettingTable.HASH_MAX_LISTPACK_VALUE),
            number(SettingTable.SET_MAX_INTSET_ENTRIES), number(SettingTable.SET_MAX_LISTPACK_ENTRIES),
            number(SettingTable.SET_MAX_LISTPACK_VALUE), number(SettingTable.ZSET_MAX_LISTPACK_ENTRIES),
            number(SettingTable.ZSET_MAX_LISTPACK_VALUE), number(SettingTable.LIST_MAX_LISTPACK_SIZE),
            number(SettingTable.LIST_COMPRESS_DEPTH), number(SettingTable.STREAM_NODE_MAX_BYTES),
            number(SettingTable.STREAM_NODE_MAX_ENTRIES), number(SettingTable.HLL_SPARSE_MAX_BYTES));
    }

    private int number(Setting<Long> setting) {
        return (int) (long) value(setting);
    }

    /// Absolute.
    public Path dir() {
        return value(SettingTable.DIR).toAbsolutePath().normalize();
    }

    public FsyncPolicy appendfsync() {
        return value(SettingTable.APPENDFSYNC);
    }

    /// The directory of the append-only log.
    public Path appendDirectory() {
        return dir().resolve(value(SettingTable.APPENDDIRNAME));
    }

    /// What Redis's files of the log are called.
    public String appendfilename() {
        return value(SettingTable.APPENDFILENAME);
    }

    /// The file of snapshots.
    public Path snapshotFile() {
        return dir().resolve(value(SettingTable.DBFILENAME));
    }

    public boolean rdbcompression() {
        return value(SettingTable.RDBCOMPRESSION);
    }

    public boolean rdbchecksum() {
        return value(SettingTable.RDBCHECKSUM);
    }

    /// Bytes, 0 = no limit.
    public long snapshotMemoryLimit() {
        return value(SettingTable.SNAPSHOT_MEMORY_LIMIT);
    }

    public boolean stopWritesOnBgsaveError() {
        return value(SettingTable.STOP_WRITES_ON_BGSAVE_ERROR);
    }

    public long autoAofRewritePercentage() {
        return value(SettingTable.AUTO_AOF_REWRITE_PERCENTAGE);
    }

    public long autoAofRewriteMinSize() {
        return value(SettingTable.AUTO_AOF_REWRITE_MIN_SIZE);
    }

    public boolean aofLoadTruncated() {
        return value(SettingTable.AOF_LOAD_TRUNCATED);
    }

    public boolean appendonly() {
        return value(SettingTable.APPENDONLY);
    }

    /// Empty = no snapshots.
    public List<SavePoint> save() {
        return value(SettingTable.SAVE);
    }

    public LogLevel loglevel() {
        return value(SettingTable.LOGLEVEL);
    }

    /// Microseconds, -1 = nothing is kept, 0 = everything.
    public long slowlogLogSlowerThan() {
        return slowlogLogSlowerThan;
    }

    /// 0 = no limit.
    public long trackingTableMaxKeys() {
        return value(SettingTable.TRACKING_TABLE_MAX_KEYS);
    }

    public long slowlogMaxLen() {
        return value(SettingTable.SLOWLOG_MAX_LEN);
    }

    /// Milliseconds, 0 = off.
    public long latencyMonitorThreshold() {
        return latencyMonitorThreshold;
    }

    /// Whether the durations of commands are kept.
    public boolean latencyTracking() {
        return latencyTracking;
    }

    /// Each 0 to 100.
    public List<Double> latencyTrackingInfoPercentiles() {
        return value(SettingTable.LATENCY_TRACKING_INFO_PERCENTILES);
    }

    public DebugCommand enableDebugCommand() {
        return value(SettingTable.ENABLE_DEBUG_COMMAND);
    }

    /// Seconds that a shutdown waits for replies on their way.
    public int shutdownTimeout() {
        return (int) (long) value(SettingTable.SHUTDOWN_TIMEOUT);
    }
}
