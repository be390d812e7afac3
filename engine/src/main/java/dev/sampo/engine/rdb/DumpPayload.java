package dev.sampo.engine.rdb;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;

/// What DUMP answers and RESTORE takes: type byte, value, two bytes of version and eight of checksum, the least first. One
/// per thread, reused.
public final class DumpPayload implements AutoCloseable {
    private static final int FOOTER_BYTES = 10;
    private static final int CHECKSUM_BYTES = 8;
    /// Above this the memory of a payload is given back.
    private static final long KEPT_BYTES_MAX = 1 << 16;

    private final OutputBuffer buffer = new OutputBuffer();
    private final RdbOutput out = new RdbOutput();
    private final ValueWriter writer = new ValueWriter();
    private final RdbInput in = new RdbInput();
    private final ValueReader reader = new ValueReader();
    private final KeyspaceTarget target = new KeyspaceTarget();

    /// Serialises the value of an entry in the oldest version that can hold it; until the next call it is at [#address()].
    public void write(Keyspace ks, long e) {
        write(ks, e, writer.oldestVersion(ks, e));
    }

    /// Serialises the value of an entry in a version of the format, from [RdbType#VERSION_MIN_WRITTEN] to
    /// [RdbType#VERSION_MAX].
    public void write(Keyspace ks, long e, int version) {
        if (buffer.capacity() > KEPT_BYTES_MAX) {
            buffer.release();
        }
        buffer.clear();
        out.target(buffer);
        out.writeByte(writer.type(ks, e, version));
        writer.write(ks, e, version, out);
        out.writeByte(version);
        out.writeByte(version >>> 8);
        out.writeLong(Crc64.update(0, buffer.address(), buffer.size()));
    }

    public long address() {
        return buffer.address();
    }

    public int length() {
        return Math.toIntExact(buffer.size());
    }

    /// Whether a payload has a version that is known here and the right checksum.
    ///
    /// @param checked whether the checksum is looked at
    public static boolean isIntact(long address, int length, boolean checked) {
        if (length < FOOTER_BYTES) {
            return false;
        }
        int version = OffHeap.getShort(address + length - FOOTER_BYTES) & 0xFFFF;
        return version <= RdbType.VERSION_MAX
            && (!checked || Crc64.update(0, address, length - CHECKSUM_BYTES) == OffHeap.getLong(address + length - CHECKSUM_BYTES));
    }

    /// Makes the value of a payload for which [#isIntact(long, int, boolean)] holds the value of a key, which must be absent; whether
    /// it was one. If not, the key is absent.
    public boolean read(long address, int length, Keyspace ks, long key, int keyLength, CollectionLimits limits) {
        long hash = KeyHash.hash(key, keyLength);
        in.over(address + 1, address + length - FOOTER_BYTES);
        reader.begin(length > FOOTER_BYTES ? OffHeap.getByte(address) & 0xFF : -1,
            target.into(ks, key, keyLength, hash, limits));
        if (reader.step(in, Integer.MAX_VALUE) == ValueReader.DONE) {
            return true;
        }
        ks.delete(key, keyLength, hash);
        return false;
    }

    @Override
    public void close() {
        buffer.release();
        out.close();
        in.close();
        reader.close();
        writer.close();
        target.close();
    }
}
