package dev.sampo.engine.rdb;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;

/// A cursor over serialised bytes that nobody has checked, with the primitives of the format. Every method says whether
/// there was enough and whether it made sense; what was read is then in a field. After [#NEED] the cursor is anywhere:
/// the caller goes back with [#rewind(long)] to where the item began and comes again when there is more.
///
/// Memory is only taken for bytes that are there: at most [Lzf#EXPANSION_MAX] times their number.
public final class RdbInput implements AutoCloseable {
    /// What was asked for has been read.
    public static final int OK = 0;
    /// The bytes end before it does; [#missing()] says by how much.
    public static final int NEED = 1;
    /// This cannot be right.
    public static final int BAD = 2;

    private static final int TWO_BITS = 0x3F;
    private static final int ENCODED = 3;
    private static final int LENGTH_32 = 0x80;
    private static final int LENGTH_64 = 0x81;
    private static final int INT_8 = 0;
    private static final int INT_16 = 1;
    private static final int INT_32 = 2;
    private static final int LZF = 3;
    private static final int TEXT_BYTES = 32;
    /// Lengths of doubles as text that mean something else.
    private static final int NAN = 253;
    private static final int INFINITY = 254;
    private static final int MINUS_INFINITY = 255;
    /// Above this the memory of a decompressed string is given back.
    private static final long KEPT_BYTES_MAX = 1 << 20;

    private long at;
    private long limit;
    private long missing;

    // ---- what was read last
    private long value;
    private boolean encoded;
    private double number;
    /// Two strings at a time, so that a field is still there when its value has been read.
    private final long[] address = new long[2];
    private final int[] length = new int[2];
    private final long[] inflated = new long[2];
    private final long[] capacity = new long[2];
    private final long text = OffHeap.allocate(2 * TEXT_BYTES);

    /// Starts over with the bytes from `from` to `to`. Strings read before are gone.
    public RdbInput over(long from, long to) {
        at = from;
        limit = to;
        return this;
    }

    /// The address of the next byte.
    public long position() {
        return at;
    }

    /// Goes back, or forward, to an address.
    public void rewind(long position) {
        at = position;
    }

    /// Number of bytes left.
    public long left() {
        return limit - at;
    }

    /// After [#NEED], how many bytes more than there are the item needs at least.
    public long missing() {
        return missing;
    }

    private boolean lacks(long bytes) {
        if (bytes <= limit - at) {
            return false;
        }
        missing = bytes - (limit - at);
        return true;
    }

    // ---------------------------------------------------------------- numbers

    /// Reads a byte into [#value()].
    public int readByte() {
        if (lacks(1)) {
            return NEED;
        }
        value = OffHeap.getByte(at++) & 0xFF;
        return OK;
    }

    /// Reads four bytes, the least first, into [#value()], with a sign.
    public int readInt() {
        if (lacks(4)) {
            return NEED;
        }
        value = OffHeap.getInt(at);
        at += 4;
        return OK;
    }

    /// Reads eight bytes, the least first, into [#value()].
    public int readLong() {
        if (lacks(8)) {
            return NEED;
        }
        value = OffHeap.getLong(at);
        at += 8;
        return OK;
    }

    /// Reads eight bytes, the greatest first, into [#value()].
    public int readBigEndian() {
        int status = readLong();
        value = Long.reverseBytes(value);
        return status;
    }

    /// Reads a length, or any unsigned number that is stored like one, into [#value()].
    public int readLength() {
        int status = lengthOrEncoding();
        return status == OK && encoded ? BAD : status;
    }

    /// The byte, integer or length read last; lengths are unsigned.
    public long value() {
        return value;
    }

    private int lengthOrEncoding() {
        if (lacks(1)) {
            return NEED;
        }
        int first = OffHeap.getByte(at) & 0xFF;
        encoded = first >>> 6 == ENCODED;
        switch (first >>> 6) {
            case 0, ENCODED -> {
                value = first & TWO_BITS;
                at++;
                return OK;
            }
            case 1 -> {
                if (lacks(2)) {
                    return NEED;
                }
                value = (first & TWO_BITS) << 8 | OffHeap.getByte(at + 1) & 0xFF;
                at += 2;
                return OK;
            }
            default -> {
                return longLength(first);
            }
        }
    }

    private int longLength(int first) {
        if (first == LENGTH_32) {
            if (lacks(5)) {
                return NEED;
            }
            value = Integer.reverseBytes(OffHeap.getInt(at + 1)) & 0xFFFF_FFFFL;
            at += 5;
            return OK;
        }
        if (first == LENGTH_64) {
            if (lacks(9)) {
                return NEED;
            }
            value = Long.reverseBytes(OffHeap.getLong(at + 1));
            at += 9;
            return OK;
        }
        return BAD;
    }

    /// Reads eight bytes as a double into [#number()].
    public int readDouble() {
        int status = readLong();
        number = Double.longBitsToDouble(value);
        return status;
    }

    /// Reads a double as text into [#number()].
    public int readTextDouble() {
        if (lacks(1)) {
            return NEED;
        }
        int bytes = OffHeap.getByte(at) & 0xFF;
        if (bytes >= NAN) {
            at++;
            number = bytes == NAN ? Double.NaN : bytes == INFINITY ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            return bytes == NAN ? BAD : OK;
        }
        if (lacks(1 + bytes)) {
            return NEED;
        }
        number = Ascii.parseDouble(at + 1, bytes);
        at += 1 + bytes;
        return Double.isNaN(number) ? BAD : OK;
    }

    /// The double read last.
    public double number() {
        return number;
    }

    // ---------------------------------------------------------------- strings

    /// Reads `bytes` bytes as they are into place 0.
    public int readRaw(int bytes) {
        if (lacks(bytes)) {
            return NEED;
        }
        address[0] = at;
        length[0] = bytes;
        at += bytes;
        return OK;
    }

    /// Reads a string into place 0.
    public int readString() {
        return readString(0);
    }

    /// Reads a string into place `i`, 0 or 1.
    public int readString(int i) {
        int status = lengthOrEncoding();
        if (status != OK) {
            return status;
        }
        if (encoded) {
            return value == LZF ? readCompressed(i) : readInteger(i, (int) value);
        }
        if (value < 0 || value > Integer.MAX_VALUE) {
            return BAD;
        }
        if (lacks(value)) {
            return NEED;
        }
        address[i] = at;
        length[i] = (int) value;
        at += value;
        return OK;
    }

    /// The first byte of the string in place `i`; valid until the next string is read there or the input is replaced.
    public long address(int i) {
        return address[i];
    }

    /// The length of the string in place `i`.
    public int length(int i) {
        return length[i];
    }

    private int readInteger(int i, int encoding) {
        int bytes = 1 << encoding;
        if (encoding > INT_32) {
            return BAD;
        }
        if (lacks(bytes)) {
            return NEED;
        }
        long number = switch (encoding) {
            case INT_8 -> OffHeap.getByte(at);
            case INT_16 -> OffHeap.getShort(at);
            default -> OffHeap.getInt(at);
        };
        at += bytes;
        address[i] = text + (long) i * TEXT_BYTES;
        length[i] = Ascii.writeLong(address[i], number);
        return OK;
    }

    private int readCompressed(int i) {
        int status = readLength();
        if (status != OK) {
            return status;
        }
        long compressed = value;
        status = readLength();
        if (status != OK) {
            return status;
        }
        long plain = value;
        if (compressed <= 0 || compressed > Integer.MAX_VALUE || plain <= 0 || plain > Integer.MAX_VALUE
            || plain > compressed * Lzf.EXPANSION_MAX) {
            return BAD;
        }
        if (lacks(compressed)) {
            return NEED;
        }
        if (capacity[i] < plain || capacity[i] > KEPT_BYTES_MAX) {
            OffHeap.free(inflated[i], capacity[i]);
            inflated[i] = 0;
            inflated[i] = OffHeap.allocate(plain);
            capacity[i] = plain;
        }
        if (!Lzf.decompress(at, (int) compressed, inflated[i], (int) plain)) {
            return BAD;
        }
        at += compressed;
        address[i] = inflated[i];
        length[i] = (int) plain;
        return OK;
    }

    @Override
    public void close() {
        OffHeap.free(text, 2 * TEXT_BYTES);
        for (int i = 0; i < 2; i++) {
            OffHeap.free(inflated[i], capacity[i]);
            inflated[i] = 0;
        }
    }
}
