package dev.sampo.shard;

import dev.sampo.engine.AccessClock;
import dev.sampo.engine.Shard;
import dev.sampo.persist.rdb.RdbWriter;
import dev.sampo.persist.rdb.ShardImage;
import dev.sampo.persist.rdb.SnapshotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Snapshots of all shards at one instant, without a fork: the instant is one in which somebody owns all shards; after it each
/// core writes its part in slices between its commands, and [SnapshotFile]'s thread does the writing. One at a time.
final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    /// Steps of one slice, what one of them may cost, and the bytes after which a slice ends.
    private static final int SLICE = 16;
    private static final int STEP = 64;
    private static final long SLICE_BYTES = 256 << 10;
    /// By how much slices grow when what is kept in memory for the snapshot comes near its limit.
    private static final int HASTE = 8;
    private static final int GREAT_HASTE = 64;

    private final Node node;
    private final AtomicReference<Running> running = new AtomicReference<>();
    private volatile long lastSaveMillis = -1;
    private volatile long lastRewriteMillis = -1;
    private volatile boolean lastFailed;
    private volatile long saves;
    private volatile long rewrites;
    private volatile long heldPeak;

    /// What a snapshot is for.
    enum Purpose {
        /// A file of its own.
        SAVE,
        /// The base of a log.
        REWRITE
    }

    /// What one core writes. Its image belongs to the shard: whoever owns that calls.
    private static final class Part {
        final RdbWriter writer;
        final ShardImage image;
        private boolean closed;

        Part(Shard shard, SnapshotFile file, int version, boolean compressing, AccessClock clock) {
            writer = new RdbWriter((address, length) -> file.write(shard.index(), address, length), version, compressing, false);
            image = new ShardImage(shard, writer, clock);
        }

        /// Writes a slice; whether that was all.
        ///
        /// @param haste how many times the usual slice
        boolean step(int haste) {
            long end = writer.written() + SLICE_BYTES * haste;
            for (int i = 0; i < SLICE * haste; i++) {
                if (image.step(STEP)) {
                    return true;
                }
                if (writer.written() >= end) {
                    return false;
                }
            }
            return false;
        }

        /// Forgets what is not written; whether the shard is ready for another image.
        boolean sweep() {
            if (!closed) {
                closed = true;
                image.close();
                writer.close();
            }
            return image.sweep(SLICE * STEP);
        }
    }

    /// A snapshot that is being written.
    private final class Running implements SnapshotFile.Listener {
        final Purpose purpose;
        final long startNanos = System.nanoTime();
        final AtomicBoolean completed = new AtomicBoolean();
        final Consumer<IOException> done;
        final Part[] parts;
        final AtomicInteger views;
        /// Each for its core.
        final boolean[] ended;
        /// By part: keys written, and bytes kept in memory for what is not.
        final AtomicLongArray keys;
        final AtomicLongArray held;
        volatile long keysTotal;
        volatile SnapshotFile file;
        private volatile IOException failure;
        /// Nothing more happens to the file.
        private volatile boolean fileEnded;

        Running(Purpose purpose, Consumer<IOException> done) {
            this.purpose = purpose;
            this.done = done;
            parts = new Part[node.cores()];
            views = new AtomicInteger(parts.length);
            ended = new boolean[parts.length];
            keys = new AtomicLongArray(parts.length);
            held = new AtomicLongArray(parts.length);
        }

        /// Notes how far a part is and what it keeps in memory; the bytes that all parts keep.
        long measure(int part) {
            keys.set(part, parts[part].writer.keys());
            held.set(part, parts[part].image.heldBytes() + file.pending(part));
            long sum = sum(held);
            if (sum > heldPeak) {
                heldPeak = sum;
            }
            return sum;
        }

        @Override
        public void drained(int part) {
            node.onCore(part, Core::requestTurn);
        }

        @Override
        public void finished(long bytes, IOException problem) {
            if (problem != null) {
                failure = problem;
                fileEnded = true;
                for (int part = 0; part < parts.length; part++) {
                    node.onCore(part, Core::requestTurn);
                }
            }
            // After a failure the cores end their views first, and the last one completes.
            if (problem == null || views.get() == 0) {
                complete(this, bytes);
            }
        }
    }

    Snapshots(Node node) {
        this.node = node;
    }

    boolean isRunning() {
        return running.get() != null;
    }

    /// Duration of the last save, -1 before the first.
    long lastSaveMillis() {
        return lastSaveMillis;
    }

    /// Duration of the last rewrite, -1 before the first.
    long lastRewriteMillis() {
        return lastRewriteMillis;
    }

    /// Whether the last save failed.
    boolean lastFailed() {
        return lastFailed;
    }

    /// Saves since the start, failed ones too.
    long saves() {
        return saves;
    }

    /// Rewrites since the start, failed ones too.
    long rewrites() {
        return rewrites;
    }

    /// Keys that the one that runs has written, about.
    long keysWritten() {
        Running current = running.get();
        return current == null ? 0 : sum(current.keys);
    }

    /// Keys that the one that runs will have written.
    long keysTotal() {
        Running current = running.get();
        return current == null ? 0 : current.keysTotal;
    }

    /// Bytes that are in memory for the one that runs alone.
    long heldBytes() {
        Running current = running.get();
        return current == null ? 0 : sum(current.held);
    }

    /// The most of these that there were during the last one.
    long heldPeakBytes() {
        return heldPeak;
    }

    private static long sum(AtomicLongArray numbers) {
        long sum = 0;
        for (int i = 0; i < numbers.length(); i++) {
            sum += numbers.get(i);
        }
        return sum;
    }

    /// Bytes that the one that runs has written.
    long writtenBytes() {
        Running current = running.get();
        return current == null || current.file == null ? 0 : current.file.written();
    }

    /// Begins a snapshot. The caller owns all shards.
    ///
    /// @param done is told when it is complete (null) or has failed, on some thread
    /// @return false when one is running already
    boolean begin(Purpose purpose, Path target, Path temporary, int version, long nowMillis, AccessClock clock, Consumer<IOException> done) {
        Running mine = new Running(purpose, done);
        if (!running.compareAndSet(null, mine)) {
            return false;
        }
        heldPeak = 0;
        SnapshotFile file = new SnapshotFile(target, temporary, mine.parts.length, node.currentConfig().rdbchecksum(), mine);
        mine.file = file;
        long used = 0;
        long keys = 0;
        for (Shard shard : node.shards()) {
            for (int db = 0; db < shard.databases(); db++) {
                used += shard.keyspace(db).usedBytes();
                keys += shard.keyspace(db).size();
            }
        }
        mine.keysTotal = keys;
        for (int i = 0; i < mine.parts.length; i++) {
            mine.parts[i] = new Part(node.shards()[i], file, version, node.currentConfig().rdbcompression(), clock);
            if (i == 0) {
                mine.parts[0].writer.begin(Versions.REDIS, nowMillis, used);
            }
            node.onCore(i, Core::requestTurn);
        }
        return true;
    }

    /// The version of the format that holds what the shards hold. The caller owns all shards.
    int version() {
        int version = 0;
        for (Shard shard : node.shards()) {
            version = Math.max(version, ShardImage.oldestVersion(shard));
        }
        return version;
    }

    /// Whether the shard has a part to write.
    boolean hasWork(Shard shard) {
        Running current = running.get();
        return current != null && current.parts[shard.index()] != null && !current.ended[shard.index()];
    }

    /// One slice on the core that owns the shard; whether the next one should follow soon.
    boolean slice(Shard shard) {
        Running current = running.get();
        Part part = current.parts[shard.index()];
        if (current.failure == null) {
            int haste = haste(current, current.measure(shard.index()));
            if (current.file.isFull(shard.index()) && current.file.awaitsDrain(shard.index())) {
                return false;
            }
            if (!part.step(haste)) {
                return true;
            }
            current.file.finish(shard.index());
        }
        if (!part.sweep()) {
            return true;
        }
        current.ended[shard.index()] = true;
        if (current.views.decrementAndGet() == 0 && current.fileEnded) {
            complete(current, 0);
        }
        return false;
    }

    private void complete(Running current, long bytes) {
        if (!current.completed.compareAndSet(false, true)) {
            return;
        }
        long millis = millisSince(current.startNanos);
        boolean failed = current.failure != null;
        if (current.purpose == Purpose.SAVE) {
            lastSaveMillis = millis;
            lastFailed = failed;
            saves++;
        } else {
            lastRewriteMillis = millis;
            rewrites++;
        }
        if (failed) {
            LOG.error("The snapshot failed: {}", current.failure.toString());
        } else {
            long keys = 0;
            for (Part part : current.parts) {
                keys += part.writer.keys();
            }
            LOG.info("Snapshot of {} keys written, {} bytes in {} ms; it kept at most {} bytes in memory", keys, bytes, millis, heldPeak);
        }
        running.set(null);
        current.done.accept(current.failure);
    }

    /// Gives a snapshot up that needs too much memory; how many times the usual slice is to be written of one that does not.
    private int haste(Running current, long held) {
        long limit = node.currentConfig().snapshotMemoryLimit();
        if (limit != 0 && held > limit) {
            current.file.abort("it needs " + held + " bytes in memory for what was changed meanwhile, more than snapshot-memory-limit ("
                + limit + "): raise that, or take it when there are fewer writes");
        }
        return haste(held, limit);
    }

    /// How many times the usual slice is written: more where much is kept in memory that the end of the snapshot gives back.
    static int haste(long held, long limit) {
        if (limit == 0 || held <= limit / 2) {
            return 1;
        }
        return held <= limit / 4 * 3 ? HASTE : GREAT_HASTE;
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    /// Whether one of this purpose is running.
    boolean isRunning(Purpose purpose) {
        Running current = running.get();
        return current != null && current.purpose == purpose;
    }

    /// Gives up the one that runs, if it is of this purpose. Any thread.
    void giveUp(Purpose purpose, String reason) {
        Running current = running.get();
        if (current != null && current.purpose == purpose && current.file != null) {
            current.file.abort(reason);
        }
    }

    /// Gives up the one that runs, if any, at once: the shards can have other images afterwards, and its files are left alone. The caller owns
    /// all shards.
    void end() {
        Running current = running.get();
        if (current == null) {
            return;
        }
        current.failure = new IOException("given up");
        current.file.abort("given up");
        for (Part part : current.parts) {
            while (!part.sweep()) {
                // What is left of it is swept at once.
            }
        }
        // One that was complete already must not take the place of a later one.
        current.file.awaitEnd();
    }

    /// How long the one that runs has taken, in seconds; -1 when none runs.
    long runningSeconds() {
        Running current = running.get();
        return current == null ? -1 : millisSince(current.startNanos) / 1000;
    }
}
