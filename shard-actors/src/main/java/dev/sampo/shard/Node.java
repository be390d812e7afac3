package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.FaultLog;
import dev.sampo.engine.KeyspaceEvents;
import dev.sampo.engine.Rng;
import dev.sampo.engine.Settings;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Route;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.persist.log.Journal;
import dev.sampo.resp.RequestLimits;
import dev.sampo.shard.config.ServerConfig;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/// What the cores of one node share: immutable facts, and a few counters that change when connections come and go.
///
/// The array of shards is shared too, but a shard is touched only by the core that owns it at the moment (its home core, or the holder of its lease).
final class Node {
    /// Shards are bits of a long.
    static final int CORES_MAX = 64;

    /// What the cores have to know of a command besides its row.
    ///
    /// @param runsInMulti executed at once between MULTI and EXEC instead of being queued
    /// @param forwardable may run on another core, without its client
    /// @param gathers asks all cores, so that an EXEC with it has to wait in between
    /// @param isExec EXEC itself
    record Traits(boolean runsInMulti, boolean forwardable, boolean gathers, boolean isExec) { }

    private static final Set<String> RUN_IN_MULTI = Set.of("exec", "discard", "multi", "watch", "quit", "reset");
    private static final Set<String> NEED_CLIENT = Set.of("watch");
    private static final Set<String> GATHER = Set.of("client|list", "client|kill", "client|pause", "client|unpause", "client|unblock", "client|tracking",
        "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "config|set", "config|resetstat", "info", "debug|set-active-expire",
        "debug|pause-cron", "debug|set-skip-checksum-validation", "memory|stats", "memory|doctor", "memory|malloc-stats", "memory|purge",
        "slowlog|get", "slowlog|len", "slowlog|reset", "latency|latest", "latency|history", "latency|reset", "latency|graph", "latency|doctor",
        "latency|histogram", "monitor");

    private final CommandTable table;
    private final Traits[] traits;
    private final Shard[] shards;
    private final ServerConfig config;
    private final AtomicReference<ServerConfig> currentConfig;
    private volatile int port;
    private final FaultLog faults;
    private final IntFunction<Rng> rngs;
    private final long startMillis;
    private final String runId;
    private volatile String replicationId;
    private final MemoryLimit.Published memory;
    private final AtomicLong clientIds = new AtomicLong();
    private final AtomicLong slowIds = new AtomicLong();
    private final AtomicInteger clients = new AtomicInteger();
    private final Journal journal;
    private final Persistence persistence;
    private volatile Lanes lanes;
    private volatile boolean loading;
    private volatile boolean frozen;
    private volatile Runnable durableListener = () -> { };
    private volatile Runnable shutdownHook = () -> { };
    private volatile Consumer<ServerConfig> configListener = _ -> { };
    private volatile Function<ServerConfig, String> configWriter = _ -> "The server is running without a config file";
    private volatile Executor background = Runnable::run;

    /// @param rngs source of randomness of each core
    Node(ServerConfig config, int cores, CommandTable table, Reclaimer reclaimer, FaultLog faults, IntFunction<Rng> rngs, long startMillis, String runId) {
        if (cores < 1 || cores > CORES_MAX) {
            throw new IllegalArgumentException(cores + " shards: must be between 1 and " + CORES_MAX);
        }
        this.config = config;
        this.currentConfig = new AtomicReference<>(config);
        this.port = config.port();
        this.table = table;
        this.faults = faults;
        this.rngs = rngs;
        this.startMillis = startMillis;
        this.runId = runId;
        this.journal = new Journal(cores, config.appendfsync(), _ -> durableListener.run());
        this.replicationId = runId;
        this.memory = new MemoryLimit.Published(cores);
        this.shards = new Shard[cores];
        for (int i = 0; i < cores; i++) {
            shards[i] = new Shard(i, config.databases(), engineSettings(config), journal.log(i), reclaimer);
        }
        this.persistence = new Persistence(this, config);
        this.traits = new Traits[table.size()];
        for (CommandSpec spec : table.all()) {
            String name = spec.fullName();
            traits[spec.id()] = new Traits(RUN_IN_MULTI.contains(name), spec.route() != Route.ALL_SHARDS && spec.shardHandler() != null && !NEED_CLIENT.contains(name),
                GATHER.contains(name), name.equals("exec"));
        }
    }

    int cores() {
        return shards.length;
    }

    CommandTable table() {
        return table;
    }

    Traits traits(CommandSpec spec) {
        return traits[spec.id()];
    }

    Shard[] shards() {
        return shards;
    }

    /// The settings at the start; each core has its own current snapshot.
    ServerConfig config() {
        return config;
    }

    /// The settings that were set last. Cores follow when they are told to.
    ServerConfig currentConfig() {
        return currentConfig.get();
    }

    /// Changes the settings for all cores, one change after the other; nothing happens when `change` throws.
    void changeConfig(UnaryOperator<ServerConfig> change) {
        configListener.accept(currentConfig.updateAndGet(change));
    }

    /// Who else follows the settings; called on a core's thread with each new snapshot.
    void configListener(Consumer<ServerConfig> listener) {
        configListener = listener;
    }

    /// Who writes settings down for CONFIG REWRITE; returns null or what went wrong. Called on a thread of its own.
    void configWriter(Function<ServerConfig, String> writer) {
        configWriter = writer;
    }

    /// Writes the settings in force down; null or what went wrong.
    String writeConfig() {
        return configWriter.apply(currentConfig());
    }

    /// Runs what a core must not wait for.
    Executor background() {
        return background;
    }

    void background(Executor executor) {
        background = executor;
    }

    /// The port that clients connect to.
    int port() {
        return port;
    }

    void port(int listening) {
        port = listening;
    }

    FaultLog faults() {
        return faults;
    }

    long startMillis() {
        return startMillis;
    }

    /// 40 hexadecimal digits that name this run of the server.
    String runId() {
        return runId;
    }

    /// What the cores tell each other of their use of memory.
    MemoryLimit.Published memory() {
        return memory;
    }

    /// 40 hexadecimal digits that name this history of the data.
    String replicationId() {
        return replicationId;
    }

    void replicationId(String id) {
        replicationId = id;
    }

    CommandContext newContext(Core core) {
        return new CommandContext(table, shards, core.pubSub, rngs.apply(core.index), faults);
    }

    /// A context for one thread that owns all shards while they are filled.
    CommandContext loadingContext(KeyspaceEvents events) {
        return new CommandContext(table, shards, events, rngs.apply(0), faults);
    }

    Settings engineSettings(ServerConfig current) {
        return Settings.DEFAULT.withNotifyFlags(current.notifyKeyspaceEvents()).withBulkLengthMax(current.protoMaxBulkLen()).withFrequency(current.maxmemoryPolicy().isLfu())
            .withLfu(current.lfuLogFactor(), current.lfuDecayTime()).withCollections(current.collectionLimits())
            .withEviction(current.maxmemoryPolicy(), current.maxmemorySamples());
    }

    RequestLimits requestLimits(ServerConfig current) {
        return RequestLimits.DEFAULT.withBulkLengthMax((int) Math.min(Integer.MAX_VALUE, current.protoMaxBulkLen()));
    }

    long nextClientId() {
        return clientIds.incrementAndGet();
    }

    /// The id of a new entry of the slow log, from 0.
    long nextSlowId() {
        return slowIds.getAndIncrement();
    }

    /// Counts a new connection unless there are `max` already.
    boolean admit(long max) {
        if (clients.incrementAndGet() > max) {
            clients.decrementAndGet();
            return false;
        }
        return true;
    }

    void dismiss() {
        clients.decrementAndGet();
    }

    int clients() {
        return clients.get();
    }

    /// The files.
    Persistence persistence() {
        return persistence;
    }

    /// The ways to the cores, from any thread.
    void lanes(Lanes toCores) {
        lanes = toCores;
    }

    /// Runs something on a core, soon.
    void onCore(int core, Consumer<Core> function) {
        lanes.toAcceptor(core, new AcceptorMessage.Call(core, there -> {
            function.accept(there);
            return null;
        }, null));
    }

    /// The append-only log; off unless it was started.
    Journal journal() {
        return journal;
    }

    /// What happens, on the journal's thread, when more has become durable or the disk refuses; must return at once.
    void durableListener(Runnable listener) {
        durableListener = listener;
    }

    /// Whether the data are still being read from files; the shards belong to who reads.
    boolean isLoading() {
        return loading;
    }

    void loading(boolean now) {
        loading = now;
    }

    /// Whether no command touches a shard any more: the last snapshot has been taken, and the server is about to stop.
    boolean isFrozen() {
        return frozen;
    }

    /// Whoever calls this owns all shards and keeps them.
    void freeze() {
        frozen = true;
    }

    /// What SHUTDOWN sets off; it returns at once.
    void shutdownHook(Runnable hook) {
        shutdownHook = hook;
    }

    void shutdown() {
        shutdownHook.run();
    }
}
