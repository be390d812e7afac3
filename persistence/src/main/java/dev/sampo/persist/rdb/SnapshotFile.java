package dev.sampo.persist.rdb;

import dev.sampo.engine.memory.Threads;
import dev.sampo.engine.rdb.Crc64;
import dev.sampo.engine.rdb.RdbOpcode;
import dev.sampo.persist.FaultPoint;
import dev.sampo.resp.OutputBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// One RDB file that several threads write, each a part of its own: a thread puts the pieces into files, and in the end the
/// parts one behind the other into the one that counts, under a name that appears when all is on the disk.
public final class SnapshotFile {
    /// A part is full while so many bytes of it are not written.
    private static final long FULL_BYTES = 4 << 20;

    /// What becomes of the file.
    public interface Listener {
        /// A part that somebody waits for is not full any more. On the file's thread.
        void drained(int part);

        /// The file is there with so many bytes, or, with an exception, is not. On the file's thread, once.
        void finished(long bytes, IOException failure);
    }

    private record Piece(int part, OutputBuffer bytes) {
    }

    private final Path target;
    private final Path temporary;
    private final Listener listener;
    private final FileChannel[] channels;
    private final long[] checksums;
    private final long[] lengths;
    private final AtomicLongArray pending;
    /// 1 where somebody waits until the part is not full.
    private final AtomicIntegerArray waiting;
    private final ConcurrentLinkedQueue<Piece> pieces = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<OutputBuffer> spare = new ConcurrentLinkedQueue<>();
    private final AtomicLong written = new AtomicLong();
    private final boolean checksum;
    private final Thread thread;
    private volatile boolean parked;
    /// Why it was given up, or null.
    private volatile String aborted;
    /// Nobody takes pieces any more.
    private volatile boolean ended;

    /// Begins to write; the thread creates the files, and their directory if it is not there.
    ///
    /// @param temporary where the file grows; the parts beside it
    /// @param checksum whether it ends with one
    public SnapshotFile(Path target, Path temporary, int parts, boolean checksum, Listener listener) {
        this.target = target;
        this.temporary = temporary;
        this.listener = listener;
        this.checksum = checksum;
        channels = new FileChannel[parts];
        checksums = new long[parts];
        lengths = new long[parts];
        pending = new AtomicLongArray(parts);
        waiting = new AtomicIntegerArray(parts);
        thread = Thread.ofPlatform().daemon().name("sampo-snapshot").start(this::work);
    }

    private Path path(int part) {
        return part == 0 ? temporary : temporary.resolveSibling(temporary.getFileName() + ".part" + part);
    }

    // ---------------------------------------------------------------- any thread

    /// The next bytes of a part; they are copied.
    public void write(int part, long address, int length) {
        OutputBuffer bytes = spare.poll();
        if (bytes == null) {
            bytes = new OutputBuffer();
        }
        bytes.append(address, length);
        pending.addAndGet(part, length);
        pieces.add(new Piece(part, bytes));
        wake();
        if (ended) {
            release();
        }
    }

    /// Nothing more comes for this part.
    public void finish(int part) {
        pieces.add(new Piece(part, null));
        wake();
    }

    /// Whether the part has more pieces waiting than it should.
    public boolean isFull(int part) {
        return pending.get(part) > FULL_BYTES && !ended;
    }

    /// Asks for [Listener#drained(int)] when the part is not full any more; whether it is full now.
    public boolean awaitsDrain(int part) {
        waiting.set(part, 1);
        return isFull(part);
    }

    /// Gives up, unless it is complete already: the files go, and the listener is told.
    public void abort(String reason) {
        aborted = reason;
        wake();
    }

    /// Waits until the thread has ended: nothing happens to the files any more.
    public void awaitEnd() {
        Threads.awaitEnd(thread);
    }

    /// Bytes of a part that wait to be written.
    public long pending(int part) {
        return pending.get(part);
    }

    /// Bytes written so far.
    public long written() {
        return written.get();
    }

    private void wake() {
        if (parked) {
            parked = false;
            LockSupport.unpark(thread);
        }
    }

    // ---------------------------------------------------------------- the thread

    private void work() {
        IOException failure = null;
        long bytes = 0;
        try {
            create();
            int open = channels.length;
            while (open > 0 && aborted == null) {
                Piece piece = pieces.poll();
                if (piece == null) {
                    park();
                } else if (piece.bytes() == null) {
                    open--;
                } else {
                    write(piece);
                }
            }
            if (aborted != null) {
                throw new IOException(aborted);
            }
            bytes = assemble();
        } catch (IOException e) {
            failure = e;
            discard();
        } catch (RuntimeException | OutOfMemoryError e) {
            failure = new IOException(e);
            discard();
        }
        ended = true;
        release();
        listener.finished(bytes, failure);
    }

    private void create() throws IOException {
        Files.createDirectories(target.toAbsolutePath().getParent());
        for (int part = 0; part < channels.length; part++) {
            channels[part] = FileChannel.open(path(part), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
        FaultPoint.SNAPSHOT_FILES_CREATED.reached();
    }

    private void park() {
        parked = true;
        if (pieces.isEmpty() && aborted == null) {
            LockSupport.park(this);
        }
        parked = false;
    }

    private void write(Piece piece) throws IOException {
        int part = piece.part();
        OutputBuffer bytes = piece.bytes();
        int length = (int) bytes.size();
        try {
            if (checksum) {
                checksums[part] = Crc64.update(checksums[part], bytes.address(), length);
            }
            writeFully(channels[part], MemorySegment.ofAddress(bytes.address()).reinterpret(length).asByteBuffer());
            FaultPoint.SNAPSHOT_PIECE_WRITTEN.reached();
        } finally {
            bytes.clear();
            spare.add(bytes);
        }
        lengths[part] += length;
        written.addAndGet(length);
        pending.addAndGet(part, -length);
        if (pending.get(part) < FULL_BYTES / 2 && waiting.get(part) == 1 && waiting.compareAndSet(part, 1, 0)) {
            listener.drained(part);
        }
    }

    private long assemble() throws IOException {
        FaultPoint.SNAPSHOT_PARTS_WRITTEN.reached();
        FileChannel whole = channels[0];
        long crc = checksums[0];
        for (int part = 1; part < channels.length; part++) {
            for (long done = 0; done < lengths[part];) {
                done += channels[part].transferTo(done, lengths[part] - done, whole);
                FaultPoint.SNAPSHOT_PART_JOINED.reached();
            }
            channels[part].close();
            Files.delete(path(part));
            FaultPoint.SNAPSHOT_PART_DELETED.reached();
            crc = Crc64.combine(crc, checksums[part], lengths[part]);
        }
        ByteBuffer end = ByteBuffer.allocateDirect(1 + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        end.put((byte) RdbOpcode.EOF);
        crc = checksum ? Crc64.update(crc, MemorySegment.ofBuffer(end.duplicate().flip()).address(), 1) : 0;
        end.putLong(crc).flip();
        writeFully(whole, end);
        FaultPoint.SNAPSHOT_END_WRITTEN.reached();
        long bytes = whole.position();
        whole.force(true);
        FaultPoint.SNAPSHOT_FORCED.reached();
        whole.close();
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        FaultPoint.SNAPSHOT_RENAMED.reached();
        try (FileChannel directory = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
        FaultPoint.SNAPSHOT_DIRECTORY_FORCED.reached();
        return bytes;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void discard() {
        for (int part = 0; part < channels.length; part++) {
            try {
                if (channels[part] != null) {
                    channels[part].close();
                    Files.deleteIfExists(path(part));
                }
            } catch (IOException _) {
                // It is a temporary file: the next snapshot overwrites it.
            }
        }
    }

    private void release() {
        Piece piece;
        while ((piece = pieces.poll()) != null) {
            if (piece.bytes() != null) {
                piece.bytes().release();
            }
        }
        OutputBuffer buffer;
        while ((buffer = spare.poll()) != null) {
            buffer.release();
        }
    }
}
