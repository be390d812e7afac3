package dev.sampo.engine.value;

import dev.sampo.resp.OffHeap;

/// Strings as arrays of bits, bit 0 being the highest of the first byte: counting, searching, combining, and integers of
/// any width at any place. Eight bytes at a time where that is possible.
public final class Bits {
    private static final long ALL = -1L;
    private static final int BLOCK_BYTES = 32;

    private Bits() {
    }

    // ---------------------------------------------------------------- counting and searching

    /// Number of bits that are 1 in `length` bytes.
    public static long count(long address, int length) {
        long ones = 0;
        int i = 0;
        for (; i <= length - BLOCK_BYTES; i += BLOCK_BYTES) {
            ones += Long.bitCount(OffHeap.getLong(address + i)) + Long.bitCount(OffHeap.getLong(address + i + 8))
                + Long.bitCount(OffHeap.getLong(address + i + 16)) + Long.bitCount(OffHeap.getLong(address + i + 24));
        }
        for (; i <= length - 8; i += 8) {
            ones += Long.bitCount(OffHeap.getLong(address + i));
        }
        for (; i < length; i++) {
            ones += Integer.bitCount(OffHeap.getByte(address + i) & 0xFF);
        }
        return ones;
    }

    /// Number of bits that are 1 from bit `first` to bit `last`, both included, first <= last.
    public static long count(long address, long first, long last) {
        long firstByte = first >>> 3;
        long lastByte = last >>> 3;
        int head = OffHeap.getByte(address + firstByte) & 0xFF >>> (first & 7);
        int tail = OffHeap.getByte(address + lastByte) & -0x80 >> (last & 7) & 0xFF;
        if (firstByte == lastByte) {
            return Integer.bitCount(head & tail);
        }
        return Integer.bitCount(head) + Integer.bitCount(tail)
            + count(address + firstByte + 1, (int) (lastByte - firstByte - 1));
    }

    /// The first bit from `first` to `last`, both included, that is 1 (`one`) or 0, or -1.
    public static long find(long address, long first, long last, boolean one) {
        // With this every bit that is looked for is a 1.
        long flip = one ? 0 : ALL;
        long at = first >>> 3;
        long end = (last >>> 3) + 1;
        int head = (int) (OffHeap.getByte(address + at) ^ flip) & 0xFF >>> (first & 7);
        if (head != 0) {
            return upTo(last, (at << 3) + Integer.numberOfLeadingZeros(head) - 24);
        }
        at++;
        while (at <= end - 8) {
            long word = OffHeap.getLong(address + at) ^ flip;
            if (word != 0) {
                return upTo(last, (at << 3) + Long.numberOfLeadingZeros(Long.reverseBytes(word)));
            }
            at += 8;
        }
        for (; at < end; at++) {
            int bits = (int) (OffHeap.getByte(address + at) ^ flip) & 0xFF;
            if (bits != 0) {
                return upTo(last, (at << 3) + Integer.numberOfLeadingZeros(bits) - 24);
            }
        }
        return -1;
    }

    private static long upTo(long last, long found) {
        return found <= last ? found : -1;
    }

    // ---------------------------------------------------------------- combining

    /// target &= source, over `length` bytes.
    public static void and(long target, long source, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            OffHeap.putLong(target + i, OffHeap.getLong(target + i) & OffHeap.getLong(source + i));
        }
        for (; i < length; i++) {
            OffHeap.putByte(target + i, (byte) (OffHeap.getByte(target + i) & OffHeap.getByte(source + i)));
        }
    }

    /// target |= source, over `length` bytes.
    public static void or(long target, long source, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            OffHeap.putLong(target + i, OffHeap.getLong(target + i) | OffHeap.getLong(source + i));
        }
        for (; i < length; i++) {
            OffHeap.putByte(target + i, (byte) (OffHeap.getByte(target + i) | OffHeap.getByte(source + i)));
        }
    }

    /// target ^= source, over `length` bytes.
    public static void xor(long target, long source, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            OffHeap.putLong(target + i, OffHeap.getLong(target + i) ^ OffHeap.getLong(source + i));
        }
        for (; i < length; i++) {
            OffHeap.putByte(target + i, (byte) (OffHeap.getByte(target + i) ^ OffHeap.getByte(source + i)));
        }
    }

    /// target = ~target, over `length` bytes.
    public static void not(long target, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            OffHeap.putLong(target + i, ~OffHeap.getLong(target + i));
        }
        for (; i < length; i++) {
            OffHeap.putByte(target + i, (byte) ~OffHeap.getByte(target + i));
        }
    }

    // ---------------------------------------------------------------- integers

    /// The `width` bits (1 to 64) from bit `at` on, the first being the highest; behind `length` bytes all are 0.
    public static long read(long address, int length, long at, int width) {
        long value = 0;
        int left = width;
        long bit = at;
        while (left > 0) {
            int inByte = (int) (bit & 7);
            int taken = Math.min(8 - inByte, left);
            int octet = bit >>> 3 < length ? OffHeap.getByte(address + (bit >>> 3)) & 0xFF : 0;
            value = value << taken | octet >>> 8 - inByte - taken & (1 << taken) - 1;
            bit += taken;
            left -= taken;
        }
        return value;
    }

    /// Writes the lowest `width` bits (1 to 64) of `value` to bit `at` and those that follow.
    public static void write(long address, long at, int width, long value) {
        int left = width;
        long bit = at;
        while (left > 0) {
            int inByte = (int) (bit & 7);
            int taken = Math.min(8 - inByte, left);
            left -= taken;
            int mask = (1 << taken) - 1;
            int shift = 8 - inByte - taken;
            long octet = address + (bit >>> 3);
            int bits = (int) (value >>> left) & mask;
            OffHeap.putByte(octet, (byte) (OffHeap.getByte(octet) & ~(mask << shift) | bits << shift));
            bit += taken;
        }
    }
}
