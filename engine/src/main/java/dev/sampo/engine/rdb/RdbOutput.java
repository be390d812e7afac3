package dev.sampo.engine.rdb;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;

/// Appends the primitives of the format to a buffer.
public final class RdbOutput implements AutoCloseable {
    private static final int LENGTH_6_MAX = 1 << 6;
    private static final int LENGTH_14_MAX = 1 << 14;
    private static final byte LENGTH_32 = (byte) 0x80;
    private static final byte LENGTH_64 = (byte) 0x81;
    private static final byte ENCODED_INT_8 = (byte) 0xC0;
    private static final byte ENCODED_INT_16 = (byte) 0xC1;
    private static final byte ENCODED_INT_32 = (byte) 0xC2;
    private static final byte ENCODED_LZF = (byte) 0xC3;
    /// The longest text of a 32-bit integer.
    private static final int INTEGER_TEXT_MAX = 11;
    /// Shorter strings do not get smaller.
    private static final int COMPRESSED_MIN = 20;
    /// Longer ones would hold up whoever writes them.
    private static final int COMPRESSED_MAX = 4 << 20;
    private static final int TEXT_BYTES = 32;
    /// Room for the two lengths of a compressed string.
    private static final int LENGTHS_BYTES = 11;

    /// Takes what has been written so far out of a buffer.
    @FunctionalInterface
    public interface Overflow {
        void empty(OutputBuffer full);
    }

    private final Lzf lzf = new Lzf();
    private final long text = OffHeap.allocate(TEXT_BYTES);
    private OutputBuffer out;
    private boolean compressing = true;
    private Overflow overflow;
    private long overflowBytes;

    /// What follows goes to `out`; returns this.
    public RdbOutput target(OutputBuffer out) {
        this.out = out;
        return this;
    }

    public OutputBuffer target() {
        return out;
    }

    /// Whether strings of more than 20 bytes are compressed if that makes them smaller (`rdbcompression`).
    public void compressing(boolean on) {
        compressing = on;
    }

    /// From `bytes` on what has been written is handed to `overflow` by the next [#spill()].
    public void overflow(long bytes, Overflow overflow) {
        this.overflow = overflow;
        overflowBytes = bytes;
    }

    /// Between two elements: empties the target if it is full.
    public void spill() {
        if (overflow != null && out.size() >= overflowBytes) {
            overflow.empty(out);
        }
    }

    public void writeByte(int value) {
        out.append((byte) value);
    }

    /// Four bytes, the least first.
    public void writeInt(int value) {
        OffHeap.putInt(out.reserve(4), value);
    }

    /// Eight bytes, the least first.
    public void writeLong(long value) {
        OffHeap.putLong(out.reserve(8), value);
    }

    /// Eight bytes, the greatest first.
    public void writeBigEndian(long value) {
        writeLong(Long.reverseBytes(value));
    }

    public void writeDouble(double value) {
        writeLong(Double.doubleToRawLongBits(value));
    }

    /// An unsigned number in as few bytes as the format allows.
    public void writeLength(long length) {
        if (length >= 0 && length < LENGTH_6_MAX) {
            out.append((byte) length);
        } else if (length >= 0 && length < LENGTH_14_MAX) {
            out.append((byte) (length >>> 8 | 0x40));
            out.append((byte) length);
        } else if (length >>> 32 == 0) {
            long at = out.reserve(5);
            OffHeap.putByte(at, LENGTH_32);
            OffHeap.putInt(at + 1, Integer.reverseBytes((int) length));
        } else {
            long at = out.reserve(9);
            OffHeap.putByte(at, LENGTH_64);
            OffHeap.putLong(at + 1, Long.reverseBytes(length));
        }
    }

    /// Bytes as they are.
    public void writeRaw(long address, int length) {
        out.append(address, length);
    }

    /// A string: as an integer of up to 32 bits if it is one, else compressed if that helps.
    public void writeString(long address, int length) {
        if (length <= INTEGER_TEXT_MAX) {
            long number = Ascii.parseLong(address, length);
            if (number != Ascii.NOT_A_LONG && number == (int) number) {
                writeInteger((int) number);
                return;
            }
        }
        writeBytes(address, length);
    }

    /// The text of an integer as a string.
    public void writeString(long number) {
        if (number == (int) number) {
            writeInteger((int) number);
        } else {
            writeBytes(text, Ascii.writeLong(text, number));
        }
    }

    /// A string that is no integer: packed values, elements.
    public void writeBytes(long address, int length) {
        if (!compressing || length <= COMPRESSED_MIN || length > COMPRESSED_MAX || !writeCompressed(address, length)) {
            writeLength(length);
            out.append(address, length);
        }
    }

    /// A string of constant bytes.
    public void writeString(byte[] bytes) {
        writeLength(bytes.length);
        out.append(bytes);
    }

    private void writeInteger(int number) {
        if (number == (byte) number) {
            out.append(ENCODED_INT_8);
            out.append((byte) number);
        } else if (number == (short) number) {
            out.append(ENCODED_INT_16);
            OffHeap.putShort(out.reserve(2), (short) number);
        } else {
            out.append(ENCODED_INT_32);
            writeInt(number);
        }
    }

    /// Compresses behind room for the lengths, which are not known before, and moves the result back.
    private boolean writeCompressed(long address, int length) {
        long start = out.size();
        int room = length - 4;
        long target = out.reserve(LENGTHS_BYTES + room) + LENGTHS_BYTES;
        int compressed = lzf.compress(address, length, target, room);
        out.truncate(start);
        if (compressed == 0) {
            return false;
        }
        out.append(ENCODED_LZF);
        writeLength(compressed);
        writeLength(length);
        OffHeap.copy(target, out.reserve(compressed), compressed);
        return true;
    }

    @Override
    public void close() {
        OffHeap.free(text, TEXT_BYTES);
    }
}
