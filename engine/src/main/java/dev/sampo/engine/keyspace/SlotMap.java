package dev.sampo.engine.keyspace;

import dev.sampo.resp.OffHeap;

/// Which hash slot a key belongs to and which shard owns a slot, as in the Redis Cluster specification.
/// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
public final class SlotMap {
    public static final int SLOTS = 16384;

    private static final int POLYNOMIAL = 0x1021;
    /// Row k, column b: the CRC of byte b followed by k zero bytes.
    private static final char[] TABLE = table();
    private static final long ONES = 0x0101010101010101L;
    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;

    private SlotMap() {
    }

    private static char[] table() {
        char[] table = new char[8 << 8];
        for (int b = 0; b < 256; b++) {
            int crc = b << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc << 1 ^ ((crc & 0x8000) != 0 ? POLYNOMIAL : 0);
            }
            table[b] = (char) crc;
        }
        for (int i = 256; i < table.length; i++) {
            int crc = table[i - 256];
            table[i] = (char) (crc << 8 ^ table[crc >>> 8]);
        }
        return table;
    }

    /// The slot of a key: CRC16 modulo 16384 of the bytes between the first `{` and the first `}` behind it if there are
    /// any, else of the whole key.
    public static int slot(long key, int length) {
        int open = indexOf(key, 0, length, '{');
        if (open < length) {
            int close = indexOf(key, open + 1, length, '}');
            if (close < length && close > open + 1) {
                return crc16(key + open + 1, close - open - 1) & SLOTS - 1;
            }
        }
        return crc16(key, length) & SLOTS - 1;
    }

    /// The shard that owns a slot when `shards` of them divide the slots into contiguous ranges.
    public static int shard(int slot, int shards) {
        return slot * shards >>> 14;
    }

    /// CRC-16/XMODEM: polynomial 0x1021, start 0, no reflection.
    static int crc16(long address, int length) {
        char[] table = TABLE;
        int crc = 0;
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            long word = OffHeap.getLong(address + i);
            crc = table[7 << 8 | (int) word & 0xFF ^ crc >>> 8]
                ^ table[6 << 8 | (int) (word >>> 8) & 0xFF ^ crc & 0xFF]
                ^ table[5 << 8 | (int) (word >>> 16) & 0xFF]
                ^ table[4 << 8 | (int) (word >>> 24) & 0xFF]
                ^ table[3 << 8 | (int) (word >>> 32) & 0xFF]
                ^ table[2 << 8 | (int) (word >>> 40) & 0xFF]
                ^ table[1 << 8 | (int) (word >>> 48) & 0xFF]
                ^ table[(int) (word >>> 56)];
        }
        for (; i < length; i++) {
            crc = (crc << 8 ^ table[crc >>> 8 ^ OffHeap.getByte(address + i) & 0xFF]) & 0xFFFF;
        }
        return crc;
    }

    /// Index of the first byte `wanted` in `from <= i < length`, or `length`.
    private static int indexOf(long address, int from, int length, char wanted) {
        int i = from;
        for (; i + 8 <= length; i += 8) {
            long x = OffHeap.getLong(address + i) ^ wanted * ONES;
            long zeros = ~((x & LOW_BITS) + LOW_BITS | x | LOW_BITS);
            if (zeros != 0) {
                return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
            }
        }
        for (; i < length; i++) {
            if (OffHeap.getByte(address + i) == wanted) {
                return i;
            }
        }
        return length;
    }
}
