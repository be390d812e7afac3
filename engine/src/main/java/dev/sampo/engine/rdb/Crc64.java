package dev.sampo.engine.rdb;

import dev.sampo.resp.OffHeap;

/// The checksum of RDB files and DUMP payloads: CRC-64 with the polynomial of David T. Jones, reflected, without initial
/// or final inversion. Eight bytes at a time by eight tables.
public final class Crc64 {
    /// 0xAD93D23594C935A9 with its bits reversed.
    private static final long POLYNOMIAL = 0x95AC9329AC4BC9B5L;
    private static final int BYTES = 256;
    private static final long[] TABLE = table();

    private Crc64() {
    }

    private static long[] table() {
        long[] table = new long[8 * BYTES];
        for (int i = 0; i < BYTES; i++) {
            long crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ POLYNOMIAL : crc >>> 1;
            }
            table[i] = crc;
        }
        for (int i = BYTES; i < table.length; i++) {
            long shorter = table[i - BYTES];
            table[i] = shorter >>> 8 ^ table[(int) shorter & 0xFF];
        }
        return table;
    }

    /// The checksum of what `crc` is the checksum of (0 for nothing) followed by `length` bytes.
    public static long update(long crc, long address, long length) {
        long[] t = TABLE;
        long at = address;
        long end = address + length;
        long c = crc;
        for (; at + 8 <= end; at += 8) {
            long x = c ^ OffHeap.getLong(at);
            c = t[7 * BYTES + (int) (x & 0xFF)] ^ t[6 * BYTES + (int) (x >>> 8 & 0xFF)]
                ^ t[5 * BYTES + (int) (x >>> 16 & 0xFF)] ^ t[4 * BYTES + (int) (x >>> 24 & 0xFF)]
                ^ t[3 * BYTES + (int) (x >>> 32 & 0xFF)] ^ t[2 * BYTES + (int) (x >>> 40 & 0xFF)]
                ^ t[BYTES + (int) (x >>> 48 & 0xFF)] ^ t[(int) (x >>> 56)];
        }
        for (; at < end; at++) {
            c = c >>> 8 ^ t[(int) (c ^ OffHeap.getByte(at)) & 0xFF];
        }
        return c;
    }

    /// The checksum of two runs of bytes one after the other, from the checksums of both.
    ///
    /// @param length of the second run, in bytes
    public static long combine(long first, long second, long length) {
        // What a zero bit does to a checksum is linear: a matrix over bits, whose columns are what it makes of each bit.
        long[] zeros = new long[Long.SIZE];
        zeros[0] = POLYNOMIAL;
        for (int bit = 1; bit < Long.SIZE; bit++) {
            zeros[bit] = 1L << bit - 1;
        }
        for (int doubled = 0; doubled < 3; doubled++) {
            zeros = square(zeros);
        }
        long crc = first;
        for (long bytes = length; bytes != 0; bytes >>>= 1) {
            if ((bytes & 1) != 0) {
                crc = apply(zeros, crc);
            }
            zeros = square(zeros);
        }
        return crc ^ second;
    }

    private static long[] square(long[] matrix) {
        long[] square = new long[Long.SIZE];
        for (int bit = 0; bit < Long.SIZE; bit++) {
            square[bit] = apply(matrix, matrix[bit]);
        }
        return square;
    }

    private static long apply(long[] matrix, long vector) {
        long product = 0;
        for (long rest = vector; rest != 0; rest &= rest - 1) {
            product ^= matrix[Long.numberOfTrailingZeros(rest)];
        }
        return product;
    }
}
