package dev.sampo.resp;

import java.nio.charset.StandardCharsets;

/// Numbers and words as ASCII bytes off heap, under Redis's rules. Nothing here allocates or throws on bad input,
/// except that a double with more digits than a fast path can take goes through a String.
public final class Ascii {
    /// What [#parseLong(long, int)] returns for bytes that are no integer. The same number can also be written down, so
    /// on seeing it a caller asks [#isLong(long, int)]; every other result needs no second look.
    public static final long NOT_A_LONG = 0x8000_0000_DEAD_BEEFL;

    /// The longest text of a long, in bytes.
    public static final int LONG_LENGTH_MAX = 20;

    private static final byte[] NOT_A_LONG_TEXT = Long.toString(NOT_A_LONG).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MIN_VALUE_TEXT = Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);
    private static final long[] POWERS_OF_TEN = powersOfTen();
    /// The two digits of 0..99, first digit in the low byte.
    private static final short[] PAIRS = pairs();

    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long ONES = 0x0101010101010101L;

    private Ascii() {
    }

    // ---------------------------------------------------------------- integers

    /// Whether the bytes are a signed 64-bit integer in canonical form: no plus sign, space, leading zero or "-0".
    public static boolean isLong(long address, int length) {
        return parseLong(address, length) != NOT_A_LONG
            || length == NOT_A_LONG_TEXT.length && OffHeap.equals(address, NOT_A_LONG_TEXT, length);
    }

    /// The integer that the bytes spell; meaningful only where [#isLong(long, int)] holds.
    public static long longValue(long address, int length) {
        return parseLong(address, length);
    }

    /// The integer that the bytes spell in canonical form, or [#NOT_A_LONG].
    public static long parseLong(long address, int length) {
        if (length <= 0 || length > LONG_LENGTH_MAX) {
            return NOT_A_LONG;
        }
        long at = address;
        long end = address + length;
        int first = OffHeap.getByte(at++);
        boolean negative = first == '-';
        if (negative) {
            if (at == end) {
                return NOT_A_LONG;
            }
            first = OffHeap.getByte(at++);
        }
        long value = first - '0';
        if (value <= 0 || value > 9) {
            return value == 0 && length == 1 ? 0 : NOT_A_LONG;
        }
        // Nineteen digits fit an unsigned long, so the overflow of the sum can be judged at the end.
        if (end - at > 18) {
            return NOT_A_LONG;
        }
        while (at < end) {
            int digit = OffHeap.getByte(at++) - '0';
            if (digit < 0 || digit > 9) {
                return NOT_A_LONG;
            }
            value = value * 10 + digit;
        }
        if (negative) {
            return value >= 0 || value == Long.MIN_VALUE ? -value : NOT_A_LONG;
        }
        return value >= 0 ? value : NOT_A_LONG;
    }

    /// Writes `value` in decimal to `address` (up to [#LONG_LENGTH_MAX] bytes) and returns its length.
    public static int writeLong(long address, long value) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                OffHeap.copyFrom(MIN_VALUE_TEXT, 0, address, MIN_VALUE_TEXT.length);
                return MIN_VALUE_TEXT.length;
            }
            OffHeap.putByte(address, (byte) '-');
            return 1 + writePositive(address + 1, -value);
        }
        return writePositive(address, value);
    }

    private static int writePositive(long address, long value) {
        int length = digits(value);
        long at = address + length;
        long rest = value;
        while (rest >= 100) {
            long hundreds = rest / 100;
            at -= 2;
            OffHeap.putShort(at, PAIRS[(int) (rest - hundreds * 100)]);
            rest = hundreds;
        }
        if (rest >= 10) {
            OffHeap.putShort(at - 2, PAIRS[(int) rest]);
        } else {
            OffHeap.putByte(at - 1, (byte) ('0' + rest));
        }
        return length;
    }

    /// Number of bytes that [#writeLong(long, long)] writes for `value`.
    public static int longLength(long value) {
        if (value < 0) {
            return value == Long.MIN_VALUE ? MIN_VALUE_TEXT.length : 1 + digits(-value);
        }
        return digits(value);
    }

    /// Number of decimal digits of a value that is not negative.
    private static int digits(long value) {
        // 1233 / 4096 is a little over log10(2); the table corrects the estimate.
        int estimate = (64 - Long.numberOfLeadingZeros(value | 1)) * 1233 >>> 12;
        return value < POWERS_OF_TEN[estimate] ? estimate : estimate + 1;
    }

    // ---------------------------------------------------------------- doubles

    /// The number that the bytes spell, or NaN if they spell none or "nan". As C's `strtod` under Redis's conditions:
    /// no blank before, nothing behind; "inf" and "infinity" in any case; hexadecimal floats; what is too large for a
    /// double, or so small that it would become zero, is refused.
    public static double parseDouble(long address, int length) {
        return DoubleText.parse(address, length);
    }

    /// The longest text that [#writeDouble(long, double)] writes, in bytes.
    public static final int DOUBLE_LENGTH_MAX = 32;

    /// Writes `value` to `address` as Redis 7.2 prints scores and returns the length: integers up to 2^62 in full,
    /// otherwise the shortest digits that read back as the same double; "inf", "-inf", "nan".
    public static int writeDouble(long address, double value) {
        return DoubleText.write(address, value);
    }

    // ---------------------------------------------------------------- words

    /// The eight characters of a word with a..z turned to A..Z; other bytes stay.
    public static long toUpper(long word) {
        long seven = word & ~HIGH_BITS;
        long fromA = seven + (0x80 - 'a') * ONES;
        long aboveZ = seven + (0x7F - 'z') * ONES;
        long lower = fromA & ~aboveZ & ~word & HIGH_BITS;
        return word ^ (lower >>> 2);
    }

    /// The eight characters of a word with A..Z turned to a..z; other bytes stay.
    public static long toLower(long word) {
        long seven = word & ~HIGH_BITS;
        long fromA = seven + (0x80 - 'A') * ONES;
        long aboveZ = seven + (0x7F - 'Z') * ONES;
        long upper = fromA & ~aboveZ & ~word & HIGH_BITS;
        return word ^ (upper >>> 2);
    }

    public static int toUpper(int character) {
        return character >= 'a' && character <= 'z' ? character - 32 : character;
    }

    /// Whether the bytes at `address` are the ASCII word `upper`, which is in upper case, whatever their own case.
    /// The caller has compared the lengths.
    public static boolean equalsIgnoreCase(long address, String upper) {
        for (int i = 0, length = upper.length(); i < length; i++) {
            if (toUpper(OffHeap.getByte(address + i)) != upper.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether two ranges of `length` bytes are equal up to the case of ASCII letters.
    public static boolean equalsIgnoreCase(long a, long b, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if (toUpper(OffHeap.getLong(a + i)) != toUpper(OffHeap.getLong(b + i))) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (toUpper(OffHeap.getByte(a + i)) != toUpper(OffHeap.getByte(b + i))) {
                return false;
            }
        }
        return true;
    }

    /// Whether C's `isspace` holds in the C locale.
    static boolean isSpace(int character) {
        return character == ' ' || character >= '\t' && character <= '\r';
    }

    private static long[] powersOfTen() {
        // The first entry is 0 rather than 1, so that 0 counts as having one digit.
        long[] powers = new long[19];
        long power = 10;
        for (int i = 1; i < 19; i++) {
            powers[i] = power;
            power *= 10;
        }
        return powers;
    }

    private static short[] pairs() {
        short[] pairs = new short[100];
        for (int i = 0; i < 100; i++) {
            pairs[i] = (short) ('0' + i / 10 | '0' + i % 10 << 8);
        }
        return pairs;
    }
}
