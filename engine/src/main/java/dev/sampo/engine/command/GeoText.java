package dev.sampo.engine.command;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;

/// Coordinates and distances as Redis prints them.
final class GeoText {
    /// The longest text of a coordinate or distance, in bytes.
    static final int LENGTH_MAX = 40;

    private static final int HEADER_BYTES = 32;
    /// Room for header, text, and what the writer asks for beyond that.
    private static final int ROOM_BYTES = 2 * HEADER_BYTES + 2 * LENGTH_MAX;
    private static final int DECIMALS = 17;
    private static final long TEN_TO_17 = 100_000_000_000_000_000L;
    private static final long FRACTION = (1L << 52) - 1;
    private static final int EXPONENT_BIAS = 1075;
    /// The product of a significand and 10^17 is shorter.
    private static final int PRODUCT_BITS = 110;

    private GeoText() {
    }

    // ---------------------------------------------------------------- replies

    /// Answers with a distance as a bulk string.
    static void replyDistance(double distance, ReplyWriter r) {
        long at = room(r.target());
        r.bulk(at, writeDistance(at, distance));
    }

    /// Answers with the text form of a hash.
    static void replyHash(long hash, ReplyWriter r) {
        long at = room(r.target());
        GeoHash.writeText(at, hash);
        r.bulk(at, GeoHash.TEXT_LENGTH);
    }

    /// Answers with longitude and latitude of a hash.
    static void replyPosition(long hash, ReplyWriter r) {
        r.array(2);
        replyDegrees(GeoHash.longitude(hash), r);
        replyDegrees(GeoHash.latitude(hash), r);
    }

    /// A double whose text is not the shortest one.
    private static void replyDegrees(double degrees, ReplyWriter r) {
        OutputBuffer out = r.target();
        long at = room(out);
        int length = writeDegrees(at, degrees);
        if (r.respVersion() == RespVersion.RESP2) {
            r.bulk(at, length);
            return;
        }
        out.append((byte) ',');
        long target = out.reserve(length + 2);
        OffHeap.copy(at, target, length);
        OffHeap.putByte(target + length, (byte) '\r');
        OffHeap.putByte(target + length + 1, (byte) '\n');
    }

    /// A place in the free part of the output for a text, behind where its header will be; the reply moves it up to that.
    private static long room(OutputBuffer out) {
        out.ensure(ROOM_BYTES);
        return out.address() + out.size() + HEADER_BYTES;
    }

    // ---------------------------------------------------------------- text

    /// Writes a distance with four decimals, rounded to the nearest, and returns the length.
    static int writeDistance(long address, double distance) {
        long scaled = (long) Math.rint(distance * 10_000);
        int whole = Ascii.writeLong(address, scaled / 10_000);
        OffHeap.putByte(address + whole, (byte) '.');
        padded(address + whole + 1, scaled % 10_000, 4);
        return whole + 5;
    }

    /// Writes a coordinate, |degrees| < 2^53, exactly up to 17 decimals, half to even, without zeros at the end; returns
    /// the length.
    static int writeDegrees(long address, double degrees) {
        double magnitude = Math.abs(degrees);
        long whole = (long) magnitude;
        long decimals = decimals(magnitude - whole);
        if (decimals == TEN_TO_17) {
            whole++;
            decimals = 0;
        }
        long at = address;
        if (degrees < 0 && (whole | decimals) != 0) {
            OffHeap.putByte(at++, (byte) '-');
        }
        at += Ascii.writeLong(at, whole);
        if (decimals != 0) {
            OffHeap.putByte(at++, (byte) '.');
            padded(at, decimals, DECIMALS);
            at += DECIMALS;
            while (OffHeap.getByte(at - 1) == '0') {
                at--;
            }
        }
        return (int) (at - address);
    }

    /// The fraction, 0 <= fraction < 1, times 10^17, half to even: an exact product of 110 bits, shifted.
    private static long decimals(double fraction) {
        if (fraction == 0) {
            return 0;
        }
        long bits = Double.doubleToRawLongBits(fraction);
        int exponent = (int) (bits >>> 52);
        long significand = exponent == 0 ? bits & FRACTION : bits & FRACTION | 1L << 52;
        int shift = EXPONENT_BIAS - Math.max(exponent, 1);
        if (shift > PRODUCT_BITS) {
            return 0;
        }
        long high = Math.multiplyHigh(significand, TEN_TO_17);
        long low = significand * TEN_TO_17;
        if (shift >= 64) {
            return rounded(shift == 64 ? high : high >>> shift - 64, bit(high, low, shift - 1), sticky(high, low, shift - 1));
        }
        return rounded(high << 64 - shift | low >>> shift, bit(high, low, shift - 1), sticky(high, low, shift - 1));
    }

    private static long rounded(long quotient, boolean half, boolean more) {
        return quotient + (half && (more || (quotient & 1) != 0) ? 1 : 0);
    }

    private static boolean bit(long high, long low, int i) {
        return ((i >= 64 ? high >>> i - 64 : low >>> i) & 1) != 0;
    }

    /// Whether any bit below `i` is set.
    private static boolean sticky(long high, long low, int i) {
        if (i >= 64) {
            return low != 0 || (high & (1L << i - 64) - 1) != 0;
        }
        return (low & (1L << i) - 1) != 0;
    }

    private static void padded(long address, long value, int digits) {
        long rest = value;
        for (int i = digits - 1; i >= 0; i--) {
            OffHeap.putByte(address + i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
    }
}
