package dev.sampo.shard;

import dev.sampo.engine.AccessClock;
import dev.sampo.engine.Shard;
import dev.sampo.persist.rdb.RdbWriter;
import dev.sampo.persist.rdb.ShardImage;
import dev.sampo.persist.rdb.SnapshotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

    private final Node node;
    private final AtomicReference<Running> running = new AtomicReference<>();
    private volatile long lastDurationMillis = -1;
    private volatile boolean lastFailed;

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
        boolean step() {
            long end = writer.written() + SLICE_BYTES;
            for (int i = 0; i < SLICE; i++) {
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
        final long startMillis;
        final long startNanos = System.nanoTime();
        final AtomicBoolean completed = new AtomicBoolean();
        final Consumer<IOException> done;
        final Part[] parts;
        final AtomicInteger views;
        /// Each for its core.
        final boolean[] ended;
        SnapshotFile file;
        private volatile IOException failure;

        Running(long nowMillis, Consumer<IOException> done) {
            this.startMillis = nowMillis;
            this.done = done;
            parts = new Part[node.cores()];
            views = new AtomicInteger(parts.length);
            ended = new boolean[parts.length];
        }

        @Override
        public void drained(int part) {
            node.onCore(part, Core::requestTurn);
        }

        @Override
        public void finished(long bytes, IOException problem) {
            if (problem != null) {
                failure = problem;
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

    /// Duration of the last one, -1 before the first.
    long lastDurationMillis() {
        return lastDurationMillis;
    }

    boolean lastFailed() {
        return lastFailed;
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
    /// @throws IOException when the file cannot be created
    boolean begin(Path target, Path temporary, int version, long nowMillis, AccessClock clock, Consumer<IOException> done) throws IOException {
        Running mine = new Running(nowMillis, done);
        if (!running.compareAndSet(null, mine)) {
            return false;
        }
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            mine.file = new SnapshotFile(target, temporary, mine.parts.length, node.currentConfig().rdbchecksum(), mine);
        } catch (IOException e) {
            lastFailed = true;
            running.set(null);
            throw e;
        }
        long used = 0;
        for (Shard shard : node.shards()) {
            used += usedBytes(shard);
        }
        for (int i = 0; i < mine.parts.length; i++) {
            mine.parts[i] = new Part(node.shards()[i], mine.file, version, node.currentConfig().rdbcompression(), clock);
            if (i == 0) {
                mine.parts[0].writer.begin(Versions.REDIS, nowMillis, used);
            }
            node.onCore(i, Core::requestTurn);
        }
        return true;
    }

    private static long usedBytes(Shard shard) {
        long used = 0;
        for (int db = 0; db < shard.databases(); db++) {
            used += shard.keyspace(db).usedBytes();
        }
        return used;
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
            if (current.file.isFull(shard.index()) && current.file.awaitsDrain(shard.index())) {
                return false;
            }
            if (!part.step()) {
                return true;
            }
            current.file.finish(shard.index());
        }
        if (!part.sweep()) {
            return true;
        }
        current.ended[shard.index()] = true;
        if (current.views.decrementAndGet() == 0 && current.failure != null) {
            complete(current, 0);
        }
        return false;
    }

    private void complete(Running current, long bytes) {
        if (!current.completed.compareAndSet(false, true)) {
            return;
        }
        lastDurationMillis = millisSince(current.startNanos);
        lastFailed = current.failure != null;
        long keys = 0;
        for (Part part : current.parts) {
            keys += part.writer.keys();
        }
        if (current.failure == null) {
            LOG.info("Snapshot of {} keys written, {} bytes in {} ms", keys, bytes, lastDurationMillis);
        } else {
            LOG.error("The snapshot failed: {}", current.failure.toString());
        }
        running.set(null);
        current.done.accept(current.failure);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    /// Gives up the one that runs, if any. The caller owns all shards, for good.
    void end() {
        Running current = running.get();
        if (current == null) {
            return;
        }
        current.file.abort();
        for (Part part : current.parts) {
            while (!part.sweep()) {
                // What is left of it is swept at once.
            }
        }
    }

    /// How long the one that runs has taken, in seconds; -1 when none runs.
    long runningSeconds() {
        Running current = running.get();
        return current == null ? -1 : millisSince(current.startNanos) / 1000;
    }
}
