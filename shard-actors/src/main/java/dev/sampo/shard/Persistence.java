package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.KeyspaceEvents;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.persist.aof.RedisLog;
import dev.sampo.persist.log.EffectReplayer;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.log.LogFile;
import dev.sampo.persist.log.Manifest;
import dev.sampo.persist.log.Recovery;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import dev.sampo.resp.Args;
import dev.sampo.shard.Snapshots.Purpose;
import dev.sampo.shard.config.SavePoint;
import dev.sampo.shard.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of one node: reads them back before the shards are used, keeps the log, and takes snapshots when asked and when
/// it is time.
final class Persistence implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
    private static final KeyspaceEvents NOBODY = (_, _, _, _, _) -> { };
    /// After a failed snapshot or rewrite the next one waits so long; twice as long after each further failed rewrite, up to a limit.
    private static final long RETRY_MILLIS = 5000;
    private static final int RETRY_DOUBLINGS = 7;
    /// How long a disk is waited for while everybody waits.
    private static final int FORCE_SECONDS = 10;
    private static final long PROGRESS_MILLIS = 5000;
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    /// What becomes of the log: `appendonly` may change at any time.
    private enum LogState {
        OFF,
        /// Its directory is being opened, and its first files.
        OPENING,
        /// What is done is logged, or will be soon, but does not count: the base that it follows is missing.
        BEGINNING,
        ON,
        CLOSING
    }

    private final Node node;
    private final ServerConfig config;
    private final Snapshots snapshots;
    private final AtomicLongArray changes;
    private final AtomicReference<LogState> state = new AtomicReference<>(LogState.OFF);
    private final AtomicBoolean rewriting = new AtomicBoolean();
    private volatile LogDirectory log;
    /// The files that a log begins with, until it has begun.
    private volatile LogFile[] firstFiles;
    /// Completes when a log that is being closed is closed.
    private volatile CompletableFuture<Void> closed = DONE;
    private volatile long openedMillis;
    private volatile long savedChanges;
    private volatile long triedMillis;
    private volatile long lastSaveMillis;
    /// Completes when no rewrite is under way.
    private volatile CompletableFuture<Void> rewriteEnd = DONE;
    private volatile int rewriteFailures;
    private volatile long rewriteMillis;
    /// The size of the log that its growth is measured by.
    private volatile long baseBytes;
    /// The generations between the base and the one that is written: of earlier runs.
    private volatile long olderBytes;
    private final RewriteDelay rewriteDelay = new RewriteDelay();
    private long progressMillis;
    /// How far the files have been read since the start, or null.
    private volatile LoadProgress loading;
    private volatile long keysLoaded;
    private volatile long keysExpired;
    /// What the client that stopped the server said; null = nobody did.
    private volatile Boolean saveAtEnd;
    /// Whether the shards hold what they should.
    private volatile boolean ready;
    private volatile boolean writingLast;
    private volatile boolean saveScheduled;
    private volatile boolean rewriteScheduled;

    Persistence(Node node, ServerConfig config) {
        this.node = node;
        this.config = config;
        this.snapshots = new Snapshots(node);
        this.changes = new AtomicLongArray(node.cores());
    }

    Snapshots snapshots() {
        return snapshots;
    }

    // ---------------------------------------------------------------- start

    /// Whether there is anything to read before the shards can be used.
    boolean isNeeded() {
        return config.appendonly() || Files.exists(config.snapshotFile());
    }

    /// Reads the data back, on a thread that owns all shards, and begins to log.
    ///
    /// @throws NodeStartException when the files are damaged or cannot be written
    void start() {
        loading = new LoadProgress(node.startMillis());
        try {
            if (!config.appendonly()) {
                load(config.snapshotFile());
                return;
            }
            log = new LogDirectory(config.appendDirectory(), node.cores());
            long lastTransaction = 0;
            RedisLog redis = log.isEmpty() ? RedisLog.find(config.dir(), config.appendDirectory(), config.appendfilename()) : null;
            if (!log.isEmpty()) {
                lastTransaction = recover(config.aofLoadTruncated());
            } else if (redis != null) {
                takeOver(redis);
                writeFirstBase();
            } else if (Files.exists(config.snapshotFile())) {
                load(config.snapshotFile());
                writeFirstBase();
            }
            log.deleteUnnamed();
            node.journal().start(log, lastTransaction);
            state.set(LogState.ON);
        } catch (IOException e) {
            throw new NodeStartException(e.getMessage(), e);
        }
    }

    /// Drops all data and reads them back from the file of snapshots, which is written first if so wanted (DEBUG RELOAD). The caller owns all
    /// shards and waits. Nothing is logged: afterwards the data are what they were.
    void reload(Core core, CommandContext c, boolean written) throws IOException {
        Path file = core.config().snapshotFile();
        if (snapshots.isRunning()) {
            throw new IOException("a snapshot is being taken");
        }
        if (written) {
            writeNow(file, snapshots.version());
        } else if (!Files.exists(file)) {
            throw new IOException(file + " does not exist");
        }
        flushAll(c);
        load(file, core.nowMillis());
        c.undone();
    }

    private static void flushAll(CommandContext c) {
        for (int shard = 0; shard < c.shards(); shard++) {
            for (int db = 0; db < c.databases(); db++) {
                c.flush(c.shard(shard), db);
            }
        }
    }

    /// Forces the log to the disk, drops all data and reads them back from it (DEBUG LOADAOF). The caller owns all shards and waits.
    void reloadLog(Core core, CommandContext c) throws IOException {
        if (state.get() != LogState.ON || snapshots.isRunning() || rewriting.get()) {
            throw new IOException("the log is off, or a snapshot or rewrite is under way");
        }
        core.replyHold.submit(core.allShards());
        awaitForced();
        checkLog();
        flushAll(c);
        node.journal().logging(false);
        long older = olderBytes;
        try {
            recover(false);
        } finally {
            // The generation that is written is not an older one.
            olderBytes = older;
            node.journal().logging(true);
        }
        c.undone();
    }

    private void awaitForced() throws IOException {
        try {
            node.journal().sync().get(FORCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the log cannot be forced to the disk", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Reads all increments, and does nothing with them.
    private void checkLog() throws IOException {
        CommandContext context = node.loadingContext(NOBODY);
        try (EffectReplayer replayer = new EffectReplayer(node.table(), node.shards(), context, node.startMillis())) {
            new Recovery(log.path(), false, new EffectSink() {
                @Override
                public void apply(int db, Args effect) {
                    // It is there.
                }

                @Override
                public boolean isKeyless(Args effect) {
                    return replayer.isKeyless(effect);
                }
            }).replay(log.manifest());
        }
    }

    private void load(Path file) throws IOException {
        load(file, node.startMillis());
    }

    private void load(Path file, long nowMillis) throws IOException {
        long start = System.nanoTime();
        CommandContext context = node.loadingContext(NOBODY);
        RdbLoader loader = new RdbLoader(node.shards(), -1, context.accessClock(), nowMillis);
        LoadProgress progress = progress();
        progress.expect(size(file));
        RdbFiles.read(file, loader, progress::loaded);
        keysLoaded = loader.loaded();
        keysExpired = loader.expired();
        context.close();
        LOG.info("Loaded {} keys from {} in {} ms ({} expired ones left out)", loader.loaded(), file,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), loader.expired());
        warnOfFunctions(file, loader);
    }

    /// How far the reading has come, one for all files of a start.
    private LoadProgress progress() {
        LoadProgress current = loading;
        return current == null ? new LoadProgress(node.startMillis()) : current;
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    /// What came from a snapshot alone becomes the base of the log, before anything is logged on top of it.
    private void writeFirstBase() throws IOException {
        long generation = log.generation() + 1;
        writeNow(log.temporaryBase(generation), RdbType.VERSION_MAX);
        log.commitBase(generation);
    }

    /// Reads the log of a Redis, which from then on is left alone.
    private void takeOver(RedisLog redis) throws IOException {
        long start = System.nanoTime();
        CommandContext context = node.loadingContext(NOBODY);
        RdbLoader loader = new RdbLoader(node.shards(), -1, context.accessClock(), 0);
        try (EffectReplayer replayer = new EffectReplayer(node.table(), node.shards(), context, node.startMillis())) {
            RedisLog.Report report = redis.replay(config.aofLoadTruncated(), loader, replayer);
            report.notes().forEach(LOG::warn);
            LOG.info("Loaded {} keys of snapshots and {} commands ({} bytes) of the Redis log {} in {} ms", loader.loaded(),
                report.commands(), report.bytes(), redis.origin(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        }
        warnOfFunctions(redis.origin(), loader);
        LOG.info("From now on {} holds the log. Redis's own files stay as they are; they are not read again as long as {} is there",
            log.path(), log.path().resolve(Manifest.NAME));
    }

    private static void warnOfFunctions(Path file, RdbLoader loader) {
        if (!loader.functions().isEmpty()) {
            LOG.warn("{}: {} libraries of functions were left out, they do not run here", file, loader.functions().size());
        }
    }

    private long recover(boolean loadTruncated) throws IOException {
        Path base = log.base();
        LoadProgress progress = progress();
        for (Manifest.Increment increment : log.manifest().increments()) {
            progress.expect(size(log.path().resolve(increment.file())));
        }
        if (base != null) {
            // What was over when is in the log: a key may have been kept on after its base was written.
            load(base, 0);
            baseBytes = Files.size(base);
        }
        long start = System.nanoTime();
        CommandContext context = node.loadingContext(NOBODY);
        try (EffectReplayer replayer = new EffectReplayer(node.table(), node.shards(), context, node.startMillis())) {
            Recovery.Report report = new Recovery(log.path(), loadTruncated, replayer).progress(progress::loaded).replay(log.manifest());
            report.notes().forEach(LOG::warn);
            LOG.info("Recovered {} effects ({} bytes) from the append-only log in {} ms", report.effects(), report.bytes(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            olderBytes = report.bytes();
            return report.lastTransaction();
        }
    }

    // ---------------------------------------------------------------- snapshots

    /// Begins a snapshot to the file of `dbfilename`. The caller owns all shards.
    ///
    /// @param done is told when it is complete (null) or has failed, on some thread
    /// @return false when one is running already
    boolean save(Core core, Consumer<IOException> done) {
        long before = dirty();
        long began = core.nowMillis();
        Path target = core.config().snapshotFile();
        boolean isFirst = snapshots.begin(Purpose.SAVE, target, target.resolveSibling("temp-" + ProcessHandle.current().pid() + ".rdb"),
            snapshots.version(), began, core.context.accessClock(), failure -> {
                if (failure == null) {
                    savedChanges = before;
                    lastSaveMillis = began + snapshots.lastSaveMillis();
                }
                done.accept(failure);
            });
        if (isFirst) {
            triedMillis = began;
        }
        return isFirst;
    }

    /// Begins a rewrite of the log on a core, as soon as that owns all shards.
    void rewrite(Core core) {
        if (hasLog() && rewriting.compareAndSet(false, true)) {
            rewriteEnd = new CompletableFuture<>();
            rewriteMillis = core.nowMillis();
            core.leases.await(() -> beginRewrite(core));
        }
    }

    /// Whether there is a log to write a base for.
    private boolean hasLog() {
        LogState now = state.get();
        return now == LogState.ON || now == LogState.BEGINNING;
    }

    /// A new generation begins at the moment that its base describes; of a log that was turned on it is the first one. Whoever runs this owns
    /// all shards.
    private void beginRewrite(Core core) {
        if (snapshots.isRunning() || !hasLog()) {
            rewriteScheduled = state.get() == LogState.ON;
            rewriteEnded();
            return;
        }
        core.replyHold.submit(core.allShards());
        LogFile[] first = firstFiles;
        // Before the journal is told: it may have begun the generation by the time that this thread goes on.
        long generation = log.generation() + (first == null ? 1 : 0);
        CompletableFuture<Void> rotated = DONE;
        if (first == null) {
            rotated = node.journal().rotate(log);
        } else {
            firstFiles = null;
            node.journal().begin(first);
        }
        Path target = log.temporaryBase(generation);
        CompletableFuture<Void> begun = rotated;
        snapshots.begin(Purpose.REWRITE, target, target.resolveSibling("temp-" + target.getFileName()), RdbType.VERSION_MAX, core.nowMillis(),
            core.context.accessClock(), failure -> begun.whenComplete((_, refusal) -> endRewrite(generation, failure, refusal)));
    }

    /// The base is written and the generation that follows it begun, or one of them failed. Not on a core's thread.
    private void endRewrite(long generation, IOException failure, Throwable refusal) {
        Throwable problem = failure != null ? failure : refusal;
        try {
            if (problem == null) {
                log.commitBase(generation);
                baseBytes = Files.size(log.base());
                olderBytes = 0;
                LOG.info("The append-only log {}: its base has {} bytes",
                    state.compareAndSet(LogState.BEGINNING, LogState.ON) ? "is on" : "was rewritten", baseBytes);
            }
        } catch (IOException e) {
            problem = e;
        }
        if (problem == null) {
            rewriteFailures = 0;
        } else if (state.get() != LogState.CLOSING) {
            rewriteFailures++;
            LOG.error("The append-only log could not be rewritten: {}", problem.toString());
        }
        rewriteEnded();
    }

    private void rewriteEnded() {
        rewriting.set(false);
        rewriteEnd.complete(null);
    }

    // ---------------------------------------------------------------- appendonly

    /// Opens a log that is to be turned on. It counts when there is a base of all data; until then what the directory held before does. Not on
    /// a core's thread.
    ///
    /// @return null, or why that is impossible
    String openLog() {
        closed.join();
        if (!state.compareAndSet(LogState.OFF, LogState.OPENING)) {
            return null;
        }
        LogDirectory opened = null;
        try {
            opened = new LogDirectory(config.appendDirectory(), node.cores());
            opened.startAnew();
            opened.deleteUnnamed();
            firstFiles = opened.open();
            log = opened;
            state.set(LogState.BEGINNING);
            return null;
        } catch (IOException e) {
            LOG.error("The append-only log cannot be turned on: {}", e.toString());
            rewriteFailures++;
            closeQuietly(opened);
            state.set(LogState.OFF);
            return String.valueOf(e.getMessage());
        }
    }

    /// Sees to it that the log is on or off, as it is set.
    ///
    /// @return completes when a log that is turned off is closed
    CompletableFuture<Void> followConfig(Core core) {
        boolean wanted = node.currentConfig().appendonly();
        LogState now = state.get();
        if (wanted && now == LogState.OFF && core.nowMillis() - openedMillis >= RETRY_MILLIS) {
            openedMillis = core.nowMillis();
            node.background().execute(this::openLog);
        } else if (wanted && now == LogState.BEGINNING && !snapshots.isRunning() && !hasFailedLately(core)) {
            rewrite(core);
        } else if (!wanted && hasLog()) {
            closeLog(core, now);
        }
        return closed;
    }

    private void closeLog(Core core, LogState now) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!state.compareAndSet(now, LogState.CLOSING)) {
            return;
        }
        closed = done;
        core.leases.await(() -> {
            core.replyHold.submit(core.allShards());
            CompletableFuture<Void> ended = node.journal().isOn() ? node.journal().end() : DONE;
            snapshots.giveUp(Purpose.REWRITE, "the log was turned off");
            CompletableFuture.allOf(ended.exceptionally(Persistence::lostLast), rewriteEnd).thenRunAsync(() -> {
                logClosed();
                done.complete(null);
            }, node.background());
        });
    }

    private static Void lostLast(Throwable refusal) {
        LOG.error("The append-only log was turned off, and its last writes are not in it: {}", refusal.toString());
        return null;
    }

    private void logClosed() {
        LogDirectory old = log;
        closeFirstFiles();
        log = null;
        try {
            old.deleteUnnamed();
        } catch (IOException e) {
            LOG.warn("tidying {}: {}", old.path(), e.toString());
        }
        closeQuietly(old);
        baseBytes = 0;
        olderBytes = 0;
        rewriteFailures = 0;
        LOG.info("The append-only log is off; {} stays as it is", old.path());
        state.set(LogState.OFF);
    }

    private void closeFirstFiles() {
        LogFile[] files = firstFiles;
        firstFiles = null;
        if (files != null) {
            for (LogFile file : files) {
                closeQuietly(file);
            }
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            LOG.warn("closing {}: {}", resource, e.toString());
        }
    }

    // ---------------------------------------------------------------- time

    /// Ten times a second on each core: is it time?
    void tick(Core core) {
        changes.set(core.index, core.shard.counters().dirty());
        if (core.index != 0 || node.isLoading()) {
            return;
        }
        followConfig(core);
        tellProgress(core);
        if (snapshots.isRunning() || rewriting.get()) {
            return;
        }
        if (rewriteScheduled) {
            rewriteScheduled = false;
            rewrite(core);
        } else if (saveScheduled || isSaveDue(core)) {
            saveScheduled = false;
            triedMillis = core.nowMillis();
            core.leases.await(() -> save(core, _ -> { }));
        } else if (isRewriteDue(core)) {
            rewrite(core);
        }
    }

    private void tellProgress(Core core) {
        if (!snapshots.isRunning()) {
            progressMillis = core.nowMillis();
        } else if (core.nowMillis() - progressMillis >= PROGRESS_MILLIS) {
            progressMillis = core.nowMillis();
            LOG.info("Snapshot: {} of {} keys written, {} bytes; {} bytes kept in memory for it", snapshots.keysWritten(), snapshots.keysTotal(),
                snapshots.writtenBytes(), snapshots.heldBytes());
        }
    }

    private boolean isSaveDue(Core core) {
        long since = lastSaveMillis();
        long changed = dirty() - savedChanges;
        if (changed == 0 || core.nowMillis() - triedMillis < RETRY_MILLIS && snapshots.lastFailed()) {
            return false;
        }
        for (SavePoint point : core.config().save()) {
            if (changed >= point.changes() && core.nowMillis() - since > point.seconds() * 1000L) {
                return true;
            }
        }
        return false;
    }

    private boolean isRewriteDue(Core core) {
        ServerConfig current = core.config();
        if (state.get() != LogState.ON || current.autoAofRewritePercentage() == 0 || hasFailedLately(core) || node.journal().failure() != null) {
            return false;
        }
        long grown = olderBytes + node.journal().generationBytes();
        boolean due = grown + baseBytes >= current.autoAofRewriteMinSize()
            && grown * 100 >= Math.max(1, baseBytes) * current.autoAofRewritePercentage();
        return due && !rewriteDelay.isDelaying(core.nowMillis(), node.journal().pendingBytes(), grown + baseBytes);
    }

    private boolean hasFailedLately(Core core) {
        int failures = rewriteFailures;
        return failures > 0 && core.nowMillis() - rewriteMillis < RETRY_MILLIS << Math.min(failures - 1, RETRY_DOUBLINGS);
    }

    /// Changes of all shards since the start, about.
    private long dirty() {
        long sum = 0;
        for (int i = 0; i < changes.length(); i++) {
            sum += changes.get(i);
        }
        return sum;
    }

    /// Changes since the last snapshot, about.
    long changesSinceSave() {
        return dirty() - savedChanges;
    }

    /// Takes a snapshot when the one that runs is complete.
    void schedule() {
        saveScheduled = true;
    }

    /// Rewrites the log when the snapshot that runs is complete.
    void scheduleRewrite() {
        rewriteScheduled = true;
    }

    boolean isRewriteScheduled() {
        return rewriteScheduled;
    }

    /// When the last snapshot was complete, at first when the node started; Unix ms.
    long lastSaveMillis() {
        return Math.max(lastSaveMillis, node.startMillis());
    }

    /// How far the reading of files at the start has come; null before it.
    LoadProgress loading() {
        return loading;
    }

    /// Keys that the last file of a snapshot had, and those of them that were over.
    long keysLoaded() {
        return keysLoaded;
    }

    long keysExpired() {
        return keysExpired;
    }

    boolean isRewriting() {
        return rewriting.get();
    }

    /// Whether there is a log that counts, or will when its first base is complete.
    boolean isLogging() {
        return hasLog();
    }

    /// Rewrites that failed since the last one that did not.
    int rewriteFailures() {
        return rewriteFailures;
    }

    long baseBytes() {
        return baseBytes;
    }

    /// Bytes of the whole log.
    long logBytes() {
        return baseBytes + olderBytes + node.journal().generationBytes();
    }

    /// Whether the end takes a snapshot; without a word of the client the save points decide.
    void saveAtEnd(boolean save) {
        saveAtEnd = save;
    }

    /// Everything that there was has been read.
    void ready() {
        ready = true;
    }

    boolean isWritingLast() {
        return writingLast;
    }

    /// Takes a snapshot, at once and instead of the one that is being taken; whether that succeeded. The caller owns all shards.
    boolean saveLast() {
        snapshots.end();
        return saveNow();
    }

    // ---------------------------------------------------------------- end

    /// Writes all shards, which nobody uses, to a file at once.
    private void writeNow(Path target, int version) throws IOException {
        RdbFiles.write(target, node.shards(), version, Versions.REDIS, node.startMillis());
    }

    /// Forces everything to the disk. To be called when no shard is used any more.
    @Override
    public void close() {
        writingLast = true;
        try {
            finish();
        } finally {
            writingLast = false;
        }
    }

    private void finish() {
        if (node.journal().isOn()) {
            for (int i = 0; i < node.cores(); i++) {
                node.journal().submit(node.journal().log(i));
            }
        }
        node.journal().close();
        if (node.journal().failure() != null) {
            LOG.error("the last writes could not be logged: {}", node.journal().failure());
        }
        snapshots.end();
        Boolean told = saveAtEnd;
        if (ready && (told == null ? !node.currentConfig().save().isEmpty() : told)) {
            saveNow();
        }
        if (state.get() == LogState.BEGINNING) {
            completeBase();
        }
        closeFirstFiles();
        closeQuietly(log);
    }

    /// A log that was turned on gets its first base now at the latest.
    private void completeBase() {
        try {
            for (LogFile file : log.open()) {
                file.close();
            }
            writeNow(log.temporaryBase(log.generation()), RdbType.VERSION_MAX);
            log.commitBase(log.generation());
        } catch (IOException e) {
            LOG.error("The first base of the append-only log could not be written, so it does not count: {}", e.toString());
        }
    }

    private boolean saveNow() {
        try {
            writeNow(node.currentConfig().snapshotFile(), snapshots.version());
            LOG.info("The last snapshot is written");
            return true;
        } catch (IOException e) {
            LOG.error("The last snapshot could not be written: {}", e.toString());
            return false;
        }
    }
}
