package dev.sampo.persist.log;

import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// One log file of the past: first checked as a whole ([#scan()]), then read record by record and effect by effect.
final class LogReader implements AutoCloseable {
    /// So many zeros are no accident.
    private static final int ZEROS_MIN = 8;

    /// How the bytes of a file end.
    enum End {
        /// With a whole record.
        WHOLE,
        /// In the middle of a record, or in zeros: a write that a crash cut off.
        CUT,
        /// With bytes that were never written so.
        DAMAGED
    }

    private final Path file;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes;
    private final long address;
    private final long length;
    private RecordFormat.FileHead head;

    private End end = End.WHOLE;
    /// Behind the last valid record.
    private long validBytes;
    private String damage = "";
    private long records;
    /// The transactions in the file, with the offsets of their records.
    private long[] transactions = new long[16];
    private long[] transactionMasks = new long[16];
    private long[] transactionOffsets = new long[16];
    private int transactionCount;
    /// Where reading ends.
    private long limit;

    // ---- the record that is read
    private long next = RecordFormat.FILE_HEAD_BYTES;
    private long at;
    private long recordStart;
    private long recordEnd;
    private long transaction;
    private long participants;
    private long effectAt;

    LogReader(Path file) throws IOException {
        this.file = file;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            length = channel.size();
            bytes = length == 0 ? MemorySegment.NULL : channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena);
        }
        address = bytes.address();
    }

    Path file() {
        return file;
    }

    /// Null when the file ends before its head does.
    RecordFormat.FileHead head() {
        return head;
    }

    End end() {
        return end;
    }

    long validBytes() {
        return validBytes;
    }

    long length() {
        return length;
    }

    /// What is wrong behind the valid bytes.
    String damage() {
        return damage;
    }

    long records() {
        return records;
    }

    int transactionCount() {
        return transactionCount;
    }

    long transaction(int i) {
        return transactions[i];
    }

    long participants(int i) {
        return transactionMasks[i];
    }

    long transactionOffset(int i) {
        return transactionOffsets[i];
    }

    long limit() {
        return limit;
    }

    /// Reading ends at this offset, which is that of a record.
    void limit(long newLimit) {
        limit = newLimit;
    }

    // ---------------------------------------------------------------- checking

    /// Checks every byte.
    void scan() {
        if (length < RecordFormat.FILE_HEAD_BYTES) {
            stop(0, End.CUT, "the file ends in its head");
            return;
        }
        head = RecordFormat.FileHead.parse(slice(0, RecordFormat.FILE_HEAD_BYTES));
        if (head == null) {
            stop(0, End.DAMAGED, "this is not the head of a log file of this version");
            return;
        }
        long offset = RecordFormat.FILE_HEAD_BYTES;
        while (offset < length) {
            long bodyBytes = checkRecord(offset);
            if (bodyBytes < 0) {
                return;
            }
            records++;
            offset += RecordFormat.RECORD_HEAD_BYTES + bodyBytes;
        }
        stop(offset, End.WHOLE, "");
    }

    private void stop(long offset, End how, String what) {
        validBytes = offset;
        limit = offset;
        end = how;
        damage = what;
    }

    /// The length of the body of the record at `offset`, or -1 when it is none.
    private long checkRecord(long offset) {
        long left = length - offset;
        if (left < RecordFormat.RECORD_HEAD_BYTES) {
            stop(offset, End.CUT, "the file ends in the head of record " + (records + 1));
            return -1;
        }
        if (!RecordFormat.isHead(slice(offset, RecordFormat.RECORD_HEAD_BYTES), 0, head.salt())) {
            boolean zero = isZeroFromWithin(offset + RecordFormat.RECORD_HEAD_BYTES);
            stop(offset, zero ? End.CUT : End.DAMAGED, zero ? "the file goes on with zeros only"
                : "the head of record " + (records + 1) + " does not match its checksum");
            return -1;
        }
        int bodyBytes = OffHeap.getInt(address + offset);
        if (left - RecordFormat.RECORD_HEAD_BYTES < bodyBytes) {
            stop(offset, End.CUT, "the file ends in record " + (records + 1));
            return -1;
        }
        long body = offset + RecordFormat.RECORD_HEAD_BYTES;
        CRC32C crc = new CRC32C();
        crc.update(slice(body, bodyBytes));
        if ((int) crc.getValue() != OffHeap.getInt(address + offset + 4)) {
            boolean zero = isZeroFromWithin(body + bodyBytes);
            stop(offset, zero ? End.CUT : End.DAMAGED, zero ? "the file goes on with zeros only"
                : "record " + (records + 1) + " does not match its checksum");
            return -1;
        }
        if (OffHeap.getLong(address + offset + 8) != records + 1) {
            stop(offset, End.DAMAGED, "record " + OffHeap.getLong(address + offset + 8) + " stands where record "
                + (records + 1) + " should be");
            return -1;
        }
        if (OffHeap.getInt(address + offset + 16) == RecordFormat.TRANSACTION) {
            addTransaction(offset, body);
        }
        return bodyBytes;
    }

    private void addTransaction(long offset, long body) {
        if (transactionCount == transactions.length) {
            transactions = Arrays.copyOf(transactions, 2 * transactionCount);
            transactionMasks = Arrays.copyOf(transactionMasks, 2 * transactionCount);
            transactionOffsets = Arrays.copyOf(transactionOffsets, 2 * transactionCount);
        }
        transactions[transactionCount] = OffHeap.getLong(address + body);
        transactionMasks[transactionCount] = OffHeap.getLong(address + body + 8);
        transactionOffsets[transactionCount++] = offset;
    }

    /// Whether the file has nothing but zeros from a place before `recordEnd` on: space that the file system had promised and
    /// not filled when a crash came.
    private boolean isZeroFromWithin(long recordEnd) {
        long zeros = length;
        while (zeros > 0 && OffHeap.getByte(address + zeros - 1) == 0) {
            zeros--;
        }
        return zeros < recordEnd && length - zeros >= ZEROS_MIN;
    }

    private ByteBuffer slice(long offset, int size) {
        return bytes.asSlice(offset, size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    // ---------------------------------------------------------------- reading

    /// Goes to the next record; whether there is one.
    boolean nextRecord() {
        if (next >= limit) {
            return false;
        }
        recordStart = next;
        long body = next + RecordFormat.RECORD_HEAD_BYTES;
        recordEnd = body + OffHeap.getInt(address + next);
        boolean isTransaction = OffHeap.getInt(address + next + 16) == RecordFormat.TRANSACTION;
        transaction = isTransaction ? OffHeap.getLong(address + body) : 0;
        participants = isTransaction ? OffHeap.getLong(address + body + 8) : 0;
        at = body + (isTransaction ? RecordFormat.TRANSACTION_HEAD_BYTES : 0);
        next = recordEnd;
        return true;
    }

    /// Bytes of the record, its head included.
    long recordBytes() {
        return next - recordStart;
    }

    /// The id of the transaction that the record is a part of, 0 = of none.
    long transaction() {
        return transaction;
    }

    /// Its participants; bit per shard.
    long participants() {
        return participants;
    }

    /// Whether the record has another effect.
    boolean hasEffect() {
        return at < recordEnd;
    }

    /// Reads the next effect of the record into `effect`, whose bytes lie in the file, and returns its database.
    int nextEffect(Args effect) throws DamagedLogException {
        effectAt = at;
        int db = number();
        int count = number();
        effect.clear();
        effect.begin();
        for (int i = 0; i < count; i++) {
            int size = number();
            if (size < 0 || recordEnd - at < size) {
                throw new DamagedLogException(file, effectAt, "an effect does not end where its record does");
            }
            effect.add(address + at, size);
            at += size;
        }
        return db;
    }

    /// Where the effect stands that was read last.
    long effectAt() {
        return effectAt;
    }

    private int number() {
        int value = 0;
        int shift = 0;
        byte b;
        do {
            b = at < recordEnd && shift < 32 ? OffHeap.getByte(address + at++) : 0;
            value |= (b & 0x7F) << shift;
            shift += 7;
        } while (b < 0);
        return value;
    }

    @Override
    public void close() {
        arena.close();
    }
}
