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

    private final Sink sink;
    private final int version;
    private final boolean checksums;
    private final OutputBuffer buffer = new OutputBuffer();
    private final RdbOutput out = new RdbOutput();
    private final ValueWriter values = new ValueWriter();
    private long checksum;
    private long written;
    private long keys;

    /// @param version of the format, [RdbType#VERSION_MIN_WRITTEN] to [RdbType#VERSION_MAX]; hashes whose fields expire lose their
    ///     deadlines before 12
    /// @param compressing whether strings are compressed where that helps (`rdbcompression`)
    /// @param checksums whether the file ends with a checksum (`rdbchecksum`)
    public RdbWriter(Sink sink, int version, boolean compressing, boolean checksums) {
        if (version < RdbType.VERSION_MIN_WRITTEN || version > RdbType.VERSION_MAX) {
            throw new IllegalArgumentException("RDB version " + version);
        }
        this.sink = sink;
        this.version = version;
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
        out.writeByte(RdbOpcode.SELECT_DB);
        out.writeLength(db);
        out.writeByte(RdbOpcode.RESIZE_DB);
        out.writeLength(keys);
        out.writeLength(volatileKeys);
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
        out.writeString(Entry.keyAddress(e), Entry.keyLength(e));
        values.write(ks, e, version, out);
        keys++;
        out.spill();
    }

    /// The end; nothing may follow.
    public void end() {
        out.writeByte(RdbOpcode.EOF);
        hand(buffer);
        out.writeLong(checksums ? checksum : 0);
        hand(buffer);
    }

    private void hand(OutputBuffer full) {
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
        out.close();
    }
}
