package dev.sampo.persist.rdb;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.rdb.Crc64;
import dev.sampo.engine.rdb.RdbOpcode;
import dev.sampo.engine.rdb.RdbOutput;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.engine.rdb.ValueWriter;
import dev.sampo.resp.OutputBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Writes an RDB file, piece by piece, to a sink: header, AUX fields, functions, databases with their keys, checksum. For one
/// thread; what it needs of memory is one piece and the largest element.
public final class RdbWriter implements AutoCloseable {
    /// Where the bytes of the file go, in order.
    @FunctionalInterface
    public interface Sink {
        /// The next `length` bytes; they are gone after the call.
        void write(long address, int length);
    }

    /// Bytes are handed on in pieces of about this size.
    public static final int PIECE_BYTES = 1 << 16;
    private static final int UNKNOWN = -1;

    private final Sink sink;
    private final int version;
    private final boolean compressing;
    private final boolean checksums;
    private final OutputBuffer buffer = new OutputBuffer();
    private final RdbOutput out = new RdbOutput();
    private final ValueWriter values = new ValueWriter();
    private long checksum;
    private long written;
    private long keys;
    private int selected = UNKNOWN;

    /// @param version of the format, [RdbType#VERSION_MIN_WRITTEN] to [RdbType#VERSION_MAX]; before 12 hashes lose the deadlines
    ///     of their fields
    /// @param compressing whether strings are compressed where that helps (`rdbcompression`)
    /// @param checksums whether the file ends with a checksum (`rdbchecksum`)
    public RdbWriter(Sink sink, int version, boolean compressing, boolean checksums) {
        if (version < RdbType.VERSION_MIN_WRITTEN || version > RdbType.VERSION_MAX) {
            throw new IllegalArgumentException("RDB version " + version);
        }
        this.sink = sink;
        this.version = version;
        this.compressing = compressing;
        this.checksums = checksums;
        out.target(buffer);
        out.compressing(compressing);
        out.overflow(PIECE_BYTES, this::hand);
    }

    /// The header and the AUX fields that every file has.
    ///
    /// @param creator name and version of the server
    public void begin(String creator, long nowMillis, long usedBytes) {
        buffer.append(String.format(Locale.ROOT, "REDIS%04d", version).getBytes(StandardCharsets.US_ASCII));
        aux("redis-ver", creator);
        aux("redis-bits", "64");
        aux("ctime", Long.toString(nowMillis / 1000));
        aux("used-mem", Long.toString(usedBytes));
        aux("aof-base", "0");
    }

    /// A further AUX field; readers skip those they do not know.
    public void aux(String name, String value) {
        out.writeByte(RdbOpcode.AUX);
        out.writeString(name.getBytes(StandardCharsets.UTF_8));
        out.writeString(value.getBytes(StandardCharsets.UTF_8));
    }

    /// A library of functions, as it was read.
    public void function(byte[] library) {
        out.writeByte(RdbOpcode.FUNCTION);
        out.writeString(library);
        out.spill();
    }

    /// The entries that follow belong to database `db`, which has about this many keys.
    public void database(int db, long keys, long volatileKeys) {
        select(db);
        out.writeByte(RdbOpcode.RESIZE_DB);
        out.writeLength(keys);
        out.writeLength(volatileKeys);
    }

    /// The entries that follow belong to database `db`, if those before did not.
    public void select(int db) {
        if (db != selected) {
            selected = db;
            out.writeByte(RdbOpcode.SELECT_DB);
            out.writeLength(db);
        }
    }

    /// An entry with its deadline.
    public void entry(Keyspace ks, long e) {
        entry(ks, e, -1, -1);
    }

    /// An entry with its deadline and access.
    ///
    /// @param idleSeconds since its last access, -1 = do not say
    /// @param frequency its access counter, -1 = do not say
    public void entry(Keyspace ks, long e, int idleSeconds, int frequency) {
        begin(ks, e, idleSeconds, frequency);
        while (!step(Integer.MAX_VALUE)) {
            // It takes as long as it takes.
        }
    }

    /// Begins an entry, as [#entry(Keyspace, long, int, int)]: [#step(int)] writes the rest. Nothing else may be written before
    /// its end.
    public void begin(Keyspace ks, long e, int idleSeconds, int frequency) {
        begin(ks, e, Entry.keyAddress(e), Entry.keyLength(e), idleSeconds, frequency);
    }

    /// As [#begin(Keyspace, long, int, int)], for a copy of an entry whose key is elsewhere.
    void begin(Keyspace ks, long e, long key, int keyLength, int idleSeconds, int frequency) {
        if (Entry.hasDeadline(e)) {
            out.writeByte(RdbOpcode.EXPIRE_MILLIS);
            out.writeLong(Entry.deadline(e));
        }
        if (idleSeconds >= 0) {
            out.writeByte(RdbOpcode.IDLE);
            out.writeLength(idleSeconds);
        }
        if (frequency >= 0) {
            out.writeByte(RdbOpcode.FREQUENCY);
            out.writeByte(frequency);
        }
        out.writeByte(values.type(ks, e, version));
        out.writeString(key, keyLength);
        values.begin(ks, e, version);
    }

    /// Writes about `budget` elements more of the entry that was begun; whether that was all.
    public boolean step(int budget) {
        boolean whole = values.step(out, budget);
        keys += whole ? 1 : 0;
        out.spill();
        return whole;
    }

    /// Whole entries that another writer of the same version has written, with the databases that they belong to.
    public void entries(OutputBuffer serialised, long count) {
        buffer.append(serialised.address(), Math.toIntExact(serialised.size()));
        selected = UNKNOWN;
        keys += count;
        out.spill();
    }

    /// A writer of the same kind for entries that are to follow later, by [#entries(OutputBuffer, long)].
    RdbWriter aside(Sink other) {
        return new RdbWriter(other, version, compressing, false);
    }

    /// The number of keys since the last call.
    long takeKeys() {
        long taken = keys;
        keys = 0;
        selected = UNKNOWN;
        return taken;
    }

    /// Hands over what has been written so far.
    public void flush() {
        hand(buffer);
    }

    /// The end; nothing may follow.
    public void end() {
        out.writeByte(RdbOpcode.EOF);
        hand(buffer);
        out.writeLong(checksums ? checksum : 0);
        hand(buffer);
    }

    /// Notes that entries which another writer has handed to another sink follow in the file: this one's sink is not called.
    public void part(long partChecksum, long partBytes, long partKeys) {
        hand(buffer);
        checksum = Crc64.combine(checksum, partChecksum, partBytes);
        written += partBytes;
        keys += partKeys;
        selected = UNKNOWN;
    }

    /// The checksum of all bytes handed to the sink so far; 0 without checksums.
    public long checksum() {
        return checksum;
    }

    private void hand(OutputBuffer full) {
        if (full.isEmpty()) {
            return;
        }
        if (checksums) {
            checksum = Crc64.update(checksum, full.address(), full.size());
        }
        written += full.size();
        sink.write(full.address(), (int) full.size());
        full.clear();
    }

    /// Keys so far.
    public long keys() {
        return keys;
    }

    /// Bytes handed to the sink so far.
    public long written() {
        return written;
    }

    @Override
    public void close() {
        buffer.release();
        values.close();
        out.close();
    }
}
