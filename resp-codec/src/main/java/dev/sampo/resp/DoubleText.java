package dev.sampo.resp;

import java.math.BigInteger;

/// Doubles as text. Digits come from the Schubfach algorithm (R. Giulietti, "The Schubfach way to render doubles"): for
/// c * 2^q it looks for the shortest decimal in the interval that rounds to that double, on 126-bit approximations of
/// powers of ten. Layout (when to use an exponent, and how to write it) is that of the fpconv library in Redis 7.2.
final class DoubleText {
    private static final int Q_MIN = -1074;
    private static final long C_MIN = 1L << 52;
    private static final int K_MIN = -324;
    private static final int K_MAX = 292;
    private static final long MASK_63 = Long.MAX_VALUE;
    /// For every k from K_MIN: 10^-k scaled to 126 bits and rounded up, as its upper and its lower 63 bits.
    private static final long[] POWERS = powers();

    /// Integers of up to this magnitude are written in full; every double beyond 2^52 is one.
    private static final double INTEGER_MAX = 0x1p62;

    private static final int EXACT_POWER_MAX = 22;
    /// Powers of ten that a double holds exactly.
    private static final double[] EXACT_POWERS = exactPowers();
    private static final long EXACT_DIGITS_MAX = 1L << 53;

    private DoubleText() {
    }

    // ---------------------------------------------------------------- writing

    static int write(long address, double value) {
        if (Math.abs(value) <= INTEGER_MAX) {
            long integer = (long) value;
            if (integer == value && (integer != 0 || Double.doubleToRawLongBits(value) == 0)) {
                return Ascii.writeLong(address, integer);
            }
        }
        long at = address;
        if (Double.doubleToRawLongBits(value) < 0 && value == value) {
            OffHeap.putByte(at++, (byte) '-');
        }
        double magnitude = Math.abs(value);
        if (magnitude == 0) {
            OffHeap.putByte(at++, (byte) '0');
        } else if (magnitude < Double.POSITIVE_INFINITY) {
            at += writeFinite(at, magnitude);
        } else {
            at += writeWord(at, value == value ? "inf" : "nan");
        }
        return (int) (at - address);
    }

    private static int writeWord(long address, String word) {
        for (int i = 0; i < word.length(); i++) {
            OffHeap.putByte(address + i, (byte) word.charAt(i));
        }
        return word.length();
    }

    private static int writeFinite(long address, double magnitude) {
        long bits = Double.doubleToRawLongBits(magnitude);
        int exponentBits = (int) (bits >>> 52);
        long fraction = bits & C_MIN - 1;
        return exponentBits == 0
            ? writeShortest(address, Q_MIN, fraction)
            : writeShortest(address, exponentBits + Q_MIN - 1, C_MIN | fraction);
    }

    /// Writes the shortest decimal that reads back as c * 2^q.
    private static int writeShortest(long address, int q, long c) {
        // Interval borders and value in units of 2^q / 4. Below a power of two the neighbour is only half as far.
        long out = c & 1;
        boolean regular = c != C_MIN || q == Q_MIN;
        long middle = c << 2;
        long left = regular ? middle - 2 : middle - 1;
        long right = middle + 2;
        int k = regular ? floorLog10Pow2(q) : floorLog10ThreeQuartersPow2(q);
        int h = q + floorLog2Pow10(-k) + 2;
        int entry = k - K_MIN << 1;
        long high = POWERS[entry];
        long low = POWERS[entry + 1];
        long v = roundToOdd(high, low, middle << h);
        long vLeft = roundToOdd(high, low, left << h) + out;
        long vRight = roundToOdd(high, low, right << h) - out;

        long s = v >> 2;
        if (s >= 10) {
            // One digit less, if a multiple of ten lies in the interval.
            long below = s - s % 10;
            boolean belowIn = vLeft <= below << 2;
            boolean aboveIn = below + 10 << 2 <= vRight;
            if (belowIn != aboveIn) {
                return writeDigits(address, belowIn ? below : below + 10, k);
            }
        }
        boolean downIn = vLeft <= s << 2;
        boolean upIn = s + 1 << 2 <= vRight;
        if (downIn != upIn) {
            return writeDigits(address, downIn ? s : s + 1, k);
        }
        long toMiddle = v - (2 * s + 1 << 1);
        boolean down = toMiddle < 0 || toMiddle == 0 && (s & 1) == 0;
        return writeDigits(address, down ? s : s + 1, k);
    }

    /// The product of the 126-bit power and `factor`, scaled down; a lost remainder sets the last bit.
    private static long roundToOdd(long high, long low, long factor) {
        long x1 = Math.multiplyHigh(low, factor);
        long y0 = high * factor;
        long y1 = Math.multiplyHigh(high, factor);
        long z = (y0 >>> 1) + x1;
        long w = y1 + (z >>> 63);
        return w | (z & MASK_63) + MASK_63 >>> 63;
    }

    /// Writes digits * 10^exponent.
    private static int writeDigits(long address, long allDigits, int allExponent) {
        long digits = allDigits;
        int exponent = allExponent;
        while (digits % 10 == 0) {
            digits /= 10;
            exponent++;
        }
        int count = Ascii.longLength(digits);
        int scientific = Math.abs(exponent + count - 1);
        if (exponent >= 0 && scientific < count + 7) {
            Ascii.writeLong(address, digits);
            OffHeap.fill(address + count, exponent, (byte) '0');
            return count + exponent;
        }
        if (exponent < 0 && (exponent > -7 || scientific < 4)) {
            return writeFraction(address, digits, count, count + exponent);
        }
        return writeScientific(address, digits, count, exponent + count - 1);
    }

    /// Writes `count` digits with the decimal point behind the first `whole`, which may be zero or less.
    private static int writeFraction(long address, long digits, int count, int whole) {
        if (whole <= 0) {
            OffHeap.fill(address, 2L - whole, (byte) '0');
            OffHeap.putByte(address + 1, (byte) '.');
            Ascii.writeLong(address + 2 - whole, digits);
            return count + 2 - whole;
        }
        Ascii.writeLong(address + 1, digits);
        OffHeap.copy(address + 1, address, whole);
        OffHeap.putByte(address + whole, (byte) '.');
        return count + 1;
    }

    private static int writeScientific(long address, long digits, int count, int exponent) {
        long at = address;
        Ascii.writeLong(at + 1, digits);
        OffHeap.putByte(at, OffHeap.getByte(at + 1));
        at++;
        if (count > 1) {
            OffHeap.putByte(at, (byte) '.');
            at += count;
        }
        OffHeap.putByte(at++, (byte) 'e');
        OffHeap.putByte(at++, (byte) (exponent < 0 ? '-' : '+'));
        at += Ascii.writeLong(at, Math.abs(exponent));
        return (int) (at - address);
    }

    // The three logarithms are exact for every exponent of a double: fixed-point products, rounded down.

    private static int floorLog10Pow2(int e) {
        return (int) (e * 661_971_961_083L >> 41);
    }

    private static int floorLog10ThreeQuartersPow2(int e) {
        return (int) (e * 661_971_961_083L - 274_743_187_321L >> 41);
    }

    private static int floorLog2Pow10(int e) {
        return (int) (e * 913_124_641_741L >> 38);
    }

    private static long[] powers() {
        long[] powers = new long[K_MAX - K_MIN + 1 << 1];
        BigInteger power = BigInteger.ONE;
        for (int e = 0; e <= -K_MIN; e++) {
            int scale = floorLog2Pow10(e) - 125;
            enter(powers, -e, scale >= 0 ? power.shiftRight(scale) : power.shiftLeft(-scale));
            if (e > 0 && e <= K_MAX) {
                enter(powers, e, BigInteger.ONE.shiftLeft(125 - floorLog2Pow10(-e)).divide(power));
            }
            power = power.multiply(BigInteger.TEN);
        }
        return powers;
    }

    private static void enter(long[] powers, int k, BigInteger floor) {
        BigInteger value = floor.add(BigInteger.ONE);
        powers[k - K_MIN << 1] = value.shiftRight(63).longValueExact();
        powers[(k - K_MIN << 1) + 1] = value.longValue() & MASK_63;
    }

    // ---------------------------------------------------------------- reading

    static double parse(long address, int length) {
        if (length <= 0) {
            return Double.NaN;
        }
        long end = address + length;
        int first = OffHeap.getByte(address);
        boolean negative = first == '-';
        long at = negative || first == '+' ? address + 1 : address;
        double magnitude = parseMagnitude(at, end);
        return negative ? -magnitude : magnitude;
    }

    private static double parseMagnitude(long from, long end) {
        long at = from;
        long digits = 0;
        int digitCount = 0;
        int exponent = 0;
        boolean point = false;
        boolean exact = true;
        for (; at < end; at++) {
            int c = OffHeap.getByte(at);
            if (c >= '0' && c <= '9') {
                digitCount++;
                if (digits < EXACT_DIGITS_MAX) {
                    digits = digits * 10 + c - '0';
                    exponent -= point ? 1 : 0;
                } else {
                    exact = false;
                }
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digitCount == 0 || at < end && Ascii.toUpper(OffHeap.getByte(at)) == 'X') {
            return parseUnusual(from, end);
        }
        if (at < end) {
            long written = parseExponent(at, end);
            if (written == Ascii.NOT_A_LONG) {
                return Double.NaN;
            }
            exponent = Math.clamp(exponent + written, -100_000, 100_000);
        }
        if (exact && digits <= EXACT_DIGITS_MAX && Math.abs(exponent) <= EXACT_POWER_MAX) {
            // One correctly rounded operation on two exact numbers.
            return exponent < 0 ? digits / EXACT_POWERS[-exponent] : digits * EXACT_POWERS[exponent];
        }
        return parseSlow(from, end);
    }

    /// The exponent from its letter to the end, cut to a size no double reaches, or NOT_A_LONG.
    private static long parseExponent(long from, long end) {
        long at = from + 1;
        if (Ascii.toUpper(OffHeap.getByte(from)) != 'E' || at == end) {
            return Ascii.NOT_A_LONG;
        }
        int sign = OffHeap.getByte(at);
        if ((sign == '-' || sign == '+') && ++at == end) {
            return Ascii.NOT_A_LONG;
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = OffHeap.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                return Ascii.NOT_A_LONG;
            }
            value = Math.min(value * 10 + digit, 1_000_000_000);
        }
        return sign == '-' ? -value : value;
    }

    /// Reads a number that the grammar has accepted, through a String; NaN if a double cannot hold it.
    private static double parseSlow(long from, long end) {
        return requireInRange(Double.parseDouble(OffHeap.latin1(from, (int) (end - from))), from, end);
    }

    private static double requireInRange(double value, long from, long end) {
        boolean lost = value == Double.POSITIVE_INFINITY || value == 0 && hasNonZeroDigit(from, end);
        return lost ? Double.NaN : value;
    }

    private static boolean hasNonZeroDigit(long from, long end) {
        boolean hex = end - from > 1 && Ascii.toUpper(OffHeap.getByte(from + 1)) == 'X';
        for (long at = hex ? from + 2 : from; at < end; at++) {
            int c = Ascii.toUpper(OffHeap.getByte(at));
            if (c == 'P' || c == 'E' && !hex) {
                return false;
            }
            if (c != '0' && c != '.') {
                return true;
            }
        }
        return false;
    }

    /// Reads infinities and hexadecimal floats.
    private static double parseUnusual(long from, long end) {
        int length = (int) (end - from);
        if (length == 3 && Ascii.equalsIgnoreCase(from, "INF") || length == 8 && Ascii.equalsIgnoreCase(from, "INFINITY")) {
            return Double.POSITIVE_INFINITY;
        }
        if (length < 3 || OffHeap.getByte(from) != '0' || Ascii.toUpper(OffHeap.getByte(from + 1)) != 'X') {
            return Double.NaN;
        }
        return parseHexadecimal(from, end);
    }

    private static double parseHexadecimal(long from, long end) {
        int digitCount = 0;
        boolean point = false;
        long at = from + 2;
        for (; at < end; at++) {
            int c = OffHeap.getByte(at);
            if (c == '.' && !point) {
                point = true;
            } else if (Character.digit(c, 16) >= 0) {
                digitCount++;
            } else {
                break;
            }
        }
        if (digitCount == 0) {
            return Double.NaN;
        }
        String text = OffHeap.latin1(from, (int) (end - from));
        if (at == end) {
            // C lets the exponent out, Java does not.
            text += "p0";
        } else if (!isBinaryExponent(at, end)) {
            return Double.NaN;
        }
        return requireInRange(Double.parseDouble(text), from, end);
    }

    private static boolean isBinaryExponent(long from, long end) {
        if (Ascii.toUpper(OffHeap.getByte(from)) != 'P') {
            return false;
        }
        long at = from + 1;
        if (at < end && (OffHeap.getByte(at) == '-' || OffHeap.getByte(at) == '+')) {
            at++;
        }
        if (at == end) {
            return false;
        }
        for (; at < end; at++) {
            int digit = OffHeap.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
        }
        return true;
    }

    private static double[] exactPowers() {
        double[] powers = new double[EXACT_POWER_MAX + 1];
        double power = 1;
        for (int i = 0; i <= EXACT_POWER_MAX; i++) {
            powers[i] = power;
            power *= 10;
        }
        return powers;
    }
}
