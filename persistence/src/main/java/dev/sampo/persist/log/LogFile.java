package dev.sampo.persist.log;

import dev.sampo.persist.FaultPoint;
import dev.sampo.resp.OutputBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// One open log file, for the journal's thread. Small records are collected before they are written.
public final class LogFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;
    /// Bodies above this are not copied.
    private static final int COPIED_BYTES_MAX = 32 << 10;

    private final Path path;
    private final long salt;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long number;
    /// What stays after a failure: the file's length, and the number of its last record.
    private long settledBytes;
    private long settledNumber;
    private boolean dirty;

    /// Creates the file and forces its head to the disk.
    LogFile(Path path, RecordFormat.FileHead head) throws IOException {
        this.path = path;
        this.salt = head.salt();
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            FaultPoint.LOG_FILE_CREATED.reached();
            writeFully(head.bytes());
            FaultPoint.LOG_FILE_HEAD_WRITTEN.reached();
            channel.force(true);
            FaultPoint.LOG_FILE_HEAD_FORCED.reached();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        settledBytes = RecordFormat.FILE_HEAD_BYTES;
    }

    Path path() {
        return path;
    }

    /// Appends a record; it is written at the latest by [#write()].
    ///
    /// @param transaction id, with `participants`; 0 for plain effects
    void append(OutputBuffer effects, long transaction, long participants) throws IOException {
        int prefix = transaction == 0 ? 0 : RecordFormat.TRANSACTION_HEAD_BYTES;
        int length = Math.addExact(prefix, Math.toIntExact(effects.size()));
        boolean copied = length <= COPIED_BYTES_MAX;
        if (buffer.remaining() < RecordFormat.RECORD_HEAD_BYTES + prefix + (copied ? length : 0)) {
            writeBuffer();
        }
        ByteBuffer body = MemorySegment.ofAddress(effects.address()).reinterpret(effects.size()).asByteBuffer();
        int at = buffer.position();
        int bodyAt = at + RecordFormat.RECORD_HEAD_BYTES;
        buffer.position(bodyAt);
        if (prefix != 0) {
            buffer.putLong(transaction).putLong(participants);
        }
        crc.reset();
        crc.update(buffer.duplicate().limit(bodyAt + prefix).position(bodyAt));
        crc.update(body.duplicate());
        buffer.position(at);
        RecordFormat.putHead(buffer, length, (int) crc.getValue(), ++number,
            transaction == 0 ? RecordFormat.EFFECTS : RecordFormat.TRANSACTION, salt);
        buffer.position(bodyAt + prefix);
        dirty = true;
        if (copied) {
            buffer.put(body);
        } else {
            writeBuffer();
            writeFully(body);
            FaultPoint.LOG_WRITTEN.reached();
        }
    }

    /// Writes what was appended.
    void write() throws IOException {
        if (buffer.position() > 0) {
            writeBuffer();
        }
    }

    private void writeBuffer() throws IOException {
        buffer.flip();
        try {
            writeFully(buffer);
            FaultPoint.LOG_WRITTEN.reached();
        } finally {
            buffer.clear();
        }
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Whether something has been appended since the last [#force()].
    boolean isDirty() {
        return dirty;
    }

    /// Forces everything written to the disk.
    void force() throws IOException {
        write();
        channel.force(false);
        FaultPoint.LOG_FORCED.reached();
    }

    /// What is written will not be appended again, whatever happens: all files are forced to the disk, or nobody wants that.
    void settle(boolean forced) throws IOException {
        settledBytes = channel.position();
        settledNumber = number;
        dirty &= !forced;
    }

    /// Forgets what is not settled: its records will be appended again.
    void rollBack() throws IOException {
        buffer.clear();
        channel.truncate(settledBytes);
        channel.position(settledBytes);
        number = settledNumber;
        FaultPoint.LOG_CUT_BACK.reached();
    }

    long bytes() throws IOException {
        return channel.position() + buffer.position();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
