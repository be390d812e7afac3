package dev.sampo.engine.command;

import dev.sampo.resp.OffHeap;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A number with the 64-bit significand of x86's extended double, which is what Redis computes INCRBYFLOAT in: decimal
/// text and sums are rounded to the nearest such number, ties to even, and written with at most 17 decimals. Values are
/// kept as exact decimals, which every binary number has; infinities only as a sign.
///
/// The exponent is only limited at the top. Numbers too small for the format would come out as 0 in 17 decimals anyway.
final class ExtendedDouble {
    static final ExtendedDouble ZERO = new ExtendedDouble(BigDecimal.ZERO, 0);

    private static final int SIGNIFICAND_BITS = 64;
    /// Text of this length or more is no number to Redis.
    private static final int TEXT_MAX = 5 * 1024;
    private static final int DECIMALS = 17;
    /// Powers of ten beyond these are certainly too large, or certainly rounded to zero, which is an error too.
    private static final int EXPONENT_MAX = 4933;
    private static final int EXPONENT_MIN = -4952;
    private static final BigDecimal LIMIT = new BigDecimal(BigInteger.ONE.shiftLeft(16384));
    private static final BigDecimal TINY = new BigDecimal(BigInteger.ONE)
        .divide(new BigDecimal(BigInteger.ONE.shiftLeft(16446)), 16446, RoundingMode.UNNECESSARY);

    private static final Pattern DECIMAL = Pattern.compile("([+-]?)(\\d+\\.?\\d*|\\.\\d+)(?:[eE]([+-]?\\d+))?");
    private static final Pattern HEXADECIMAL =
        Pattern.compile("([+-]?)0[xX]([0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)(?:[pP]([+-]?\\d+))?");
    private static final Pattern INFINITY = Pattern.compile("([+-]?)(?:inf|infinity)", Pattern.CASE_INSENSITIVE);

    private final BigDecimal value;
    /// 1 or -1 for infinities, 0 for numbers.
    private final int infinite;

    private ExtendedDouble(BigDecimal value, int infinite) {
        this.value = value;
        this.infinite = infinite;
    }

    /// The number that `length` bytes spell in any form that C's `strtold` reads without leading space, or null if they
    /// spell none, or one that is too large or too small.
    static ExtendedDouble parse(long address, int length) {
        if (length == 0 || length >= TEXT_MAX) {
            return null;
        }
        String text = OffHeap.latin1(address, length);
        Matcher m = DECIMAL.matcher(text);
        if (m.matches()) {
            return checked(decimal(m.group(2), exponent(m.group(3))), m.group(1));
        }
        m = HEXADECIMAL.matcher(text);
        if (m.matches()) {
            return checked(hexadecimal(m.group(2), exponent(m.group(3))), m.group(1));
        }
        m = INFINITY.matcher(text);
        return m.matches() ? new ExtendedDouble(BigDecimal.ZERO, m.group(1).equals("-") ? -1 : 1) : null;
    }

    /// An exponent; those that are absurd come out as one that is just as absurd.
    private static int exponent(String digits) {
        if (digits == null) {
            return 0;
        }
        BigInteger exponent = new BigInteger(digits);
        BigInteger bound = BigInteger.valueOf(1 << 20);
        return exponent.min(bound).max(bound.negate()).intValue();
    }

    /// The unrounded magnitude, or null if it is out of range.
    private static BigDecimal decimal(String digits, int exponent) {
        BigDecimal mantissa = new BigDecimal(digits.startsWith(".") ? "0" + digits : digits);
        if (mantissa.signum() == 0) {
            return BigDecimal.ZERO;
        }
        long magnitude = (long) mantissa.precision() - mantissa.scale() + exponent;
        return magnitude > EXPONENT_MAX || magnitude < EXPONENT_MIN ? null : mantissa.scaleByPowerOfTen(exponent);
    }

    private static BigDecimal hexadecimal(String digits, int exponent) {
        int point = digits.indexOf('.');
        int fraction = point < 0 ? 0 : digits.length() - point - 1;
        BigInteger mantissa = new BigInteger(digits.replace(".", ""), 16);
        if (mantissa.signum() == 0) {
            return BigDecimal.ZERO;
        }
        int shift = exponent - 4 * fraction;
        long magnitude = (long) mantissa.bitLength() + shift;
        if (magnitude > 16384 || magnitude < -16446) {
            return null;
        }
        return scaled(mantissa, shift);
    }

    private static ExtendedDouble checked(BigDecimal magnitude, String sign) {
        if (magnitude == null) {
            return null;
        }
        BigDecimal rounded = round(magnitude);
        if (rounded.compareTo(LIMIT) >= 0 || rounded.signum() != 0 && rounded.compareTo(TINY) <= 0) {
            return null;
        }
        return new ExtendedDouble(sign.equals("-") ? rounded.negate() : rounded, 0);
    }

    boolean isFinite() {
        return infinite == 0;
    }

    /// This number of seconds in ms, rounded up; what does not fit into a long becomes the largest or smallest one.
    long roundedUpMillis() {
        if (infinite != 0) {
            return infinite > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        // The product is rounded first: 0.1 s are 100 ms although no binary number is 0.1.
        BigDecimal product = round(value.abs().scaleByPowerOfTen(3));
        BigDecimal millis = (value.signum() < 0 ? product.negate() : product).setScale(0, RoundingMode.CEILING);
        BigDecimal bounded = millis.min(BigDecimal.valueOf(Long.MAX_VALUE)).max(BigDecimal.valueOf(Long.MIN_VALUE));
        return bounded.longValueExact();
    }

    /// The rounded sum; what is no number counts as not finite.
    ExtendedDouble plus(ExtendedDouble other) {
        int infinity = infinite != 0 ? infinite : other.infinite;
        if (infinity != 0) {
            return new ExtendedDouble(BigDecimal.ZERO, infinity);
        }
        BigDecimal sum = value.add(other.value);
        BigDecimal rounded = round(sum.abs());
        if (rounded.compareTo(LIMIT) >= 0) {
            return new ExtendedDouble(BigDecimal.ZERO, sum.signum());
        }
        return new ExtendedDouble(sum.signum() < 0 ? rounded.negate() : rounded, 0);
    }

    /// Decimal digits without exponent, up to 17 decimals, no zeros at the end and no minus sign before a zero.
    byte[] text() {
        BigDecimal decimals = value.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        String text = decimals.signum() == 0 ? "0" : decimals.stripTrailingZeros().toPlainString();
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// The nearest number with a significand of 64 bits to one that is not negative.
    private static BigDecimal round(BigDecimal exact) {
        if (exact.signum() == 0) {
            return BigDecimal.ZERO;
        }
        BigInteger numerator = exact.unscaledValue();
        BigInteger denominator = BigInteger.ONE;
        if (exact.scale() > 0) {
            denominator = BigInteger.TEN.pow(exact.scale());
        } else {
            numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
        }
        // A quotient of 65 or 66 bits; what is left over only matters for ties.
        int shift = SIGNIFICAND_BITS + 1 - (numerator.bitLength() - denominator.bitLength());
        BigInteger[] parts = shift >= 0
            ? numerator.shiftLeft(shift).divideAndRemainder(denominator)
            : numerator.divideAndRemainder(denominator.shiftLeft(-shift));
        int surplus = parts[0].bitLength() - SIGNIFICAND_BITS;
        BigInteger significand = parts[0].shiftRight(surplus);
        BigInteger dropped = parts[0].subtract(significand.shiftLeft(surplus));
        int half = dropped.compareTo(BigInteger.ONE.shiftLeft(surplus - 1));
        boolean exactHalf = half == 0 && parts[1].signum() == 0;
        if (half > 0 || half == 0 && (!exactHalf || significand.testBit(0))) {
            significand = significand.add(BigInteger.ONE);
        }
        return scaled(significand, surplus - shift);
    }

    /// mantissa * 2^shift.
    private static BigDecimal scaled(BigInteger mantissa, int shift) {
        if (shift >= 0) {
            return new BigDecimal(mantissa.shiftLeft(shift));
        }
        // 2^-n is 5^n / 10^n.
        return new BigDecimal(mantissa.multiply(BigInteger.valueOf(5).pow(-shift)), -shift);
    }
}
