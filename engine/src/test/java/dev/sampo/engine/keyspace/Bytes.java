package dev.sampo.engine.keyspace;

import dev.sampo.resp.OffHeap;

import java.nio.charset.StandardCharsets;

/// Byte strings copied off heap for a call: one place for keys, one for second keys, one for values.
final class Bytes implements AutoCloseable {
    private static final int KEY_BYTES = 8 << 10;

    private final int valueBytes;
    private final long base;

    Bytes(int valueBytes) {
        this.valueBytes = valueBytes;
        base = OffHeap.allocate(2L * KEY_BYTES + valueBytes);
    }

    long key(byte[] bytes) {
        return write(base, bytes, KEY_BYTES);
    }

    long otherKey(byte[] bytes) {
        return write(base + KEY_BYTES, bytes, KEY_BYTES);
    }

    long value(byte[] bytes) {
        return write(base + 2 * KEY_BYTES, bytes, valueBytes);
    }

    private static long write(long address, byte[] bytes, int room) {
        if (bytes.length > room) {
            throw new IllegalArgumentException(bytes.length + " bytes do not fit");
        }
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        return address;
    }

    static byte[] of(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] keyOf(long entry) {
        return OffHeap.bytes(Entry.keyAddress(entry), Entry.keyLength(entry));
    }

    /// The value as a client sees it.
    static byte[] valueOf(long entry) {
        return Entry.isInteger(entry) ? of(Long.toString(Entry.integer(entry)))
            : OffHeap.bytes(Entry.valueAddress(entry), Entry.valueLength(entry));
    }

    @Override
    public void close() {
        OffHeap.free(base, 2L * KEY_BYTES + valueBytes);
    }
}
