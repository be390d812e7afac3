package dev.sampo.persist.rdb;

import dev.sampo.engine.Shard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/// Whole RDB files, read and written at once by a thread that owns all shards.
public final class RdbFiles {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int STEP = 4096;
    private static final long PAUSE_NANOS = 100_000;

    private RdbFiles() {
    }

    /// Reads a file, checksum included.
    ///
    /// @throws IOException in one line, when it is damaged or cannot be read
    public static void read(Path file, RdbTarget target) throws IOException {
        read(file, target, _ -> { });
    }

    /// As [#read(Path, RdbTarget)].
    ///
    /// @param progress is told how many more bytes have been read
    public static void read(Path file, RdbTarget target, LongConsumer progress) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ); Arena arena = Arena.ofConfined();
             RdbReader reader = new RdbReader(target, true)) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES);
            while (true) {
                int state = reader.step(STEP);
                if (state == RdbReader.DONE) {
                    return;
                }
                if (state == RdbReader.BAD) {
                    throw damaged(file, reader, reader.reason());
                }
                if (state == RdbReader.NEED) {
                    ByteBuffer bytes = buffer.asByteBuffer();
                    int length = channel.read(bytes);
                    if (length < 0) {
                        throw damaged(file, reader, "the file ends too early");
                    }
                    reader.append(buffer.address(), length);
                    progress.accept(length);
                }
            }
        }
    }

    private static IOException damaged(Path file, RdbReader reader, String reason) {
        return new IOException(file + ", byte " + reader.position() + ": " + reason
            + "; nothing was changed: restore a copy, or move the file away to start without it");
    }

    /// Writes all shards to a file, which appears when it is complete.
    ///
    /// @param version of the format
    public static void write(Path target, Shard[] shards, int version, String creator, long nowMillis) throws IOException {
        CompletableFuture<IOException> done = new CompletableFuture<>();
        SnapshotFile.Listener listener = new SnapshotFile.Listener() {
            @Override
            public void drained(int part) {
                // Nobody sleeps for long.
            }

            @Override
            public void finished(long bytes, IOException failure) {
                done.complete(failure);
            }
        };
        SnapshotFile file = new SnapshotFile(target, target.resolveSibling("temp-" + target.getFileName()), 1, true, listener);
        try (RdbWriter writer = new RdbWriter((address, length) -> file.write(0, address, length), version, true, false)) {
            writer.begin(creator, nowMillis, 0);
            for (Shard shard : shards) {
                try (ShardImage image = new ShardImage(shard, writer, null)) {
                    while (!image.step(STEP)) {
                        if (file.isFull(0)) {
                            LockSupport.parkNanos(PAUSE_NANOS);
                        }
                    }
                }
            }
            writer.flush();
        }
        file.finish(0);
        try {
            IOException failure = done.get();
            if (failure != null) {
                throw failure;
            }
        } catch (InterruptedException | ExecutionException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
