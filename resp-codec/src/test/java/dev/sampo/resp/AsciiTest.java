package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AsciiTest {
    private static final int CAPACITY = 2000;
    private final long memory = OffHeap.allocate(CAPACITY);
    private final Random random = new Random(11);

    @AfterEach
    void free() {
        OffHeap.free(memory, CAPACITY);
    }

    @Test
    void parseLong_acceptsCanonicalIntegersOnly() {
        long[] accepted = {0, 1, -1, 9, 10, -10, 1_000_000, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1,
            Long.MIN_VALUE + 1, Ascii.NOT_A_LONG, Ascii.NOT_A_LONG + 1};
        for (long value : accepted) {
            int length = put(Long.toString(value));
            assertThat(Ascii.isLong(memory, length)).as("%d", value).isTrue();
            assertThat(Ascii.longValue(memory, length)).isEqualTo(value);
        }
        String[] refused = {"", "-", "+1", " 1", "1 ", "01", "-0", "-01", "00", "1a", "a", "--1", "1.0", "0x1", "1e3",
            "9223372036854775808", "-9223372036854775809", "18446744073709551616", "18446744073709551615",
            "99999999999999999999", "-99999999999999999999", "100000000000000000000", "1\0", "\u00b1"};
        for (String text : refused) {
            int length = put(text);
            assertThat(Ascii.isLong(memory, length)).as(text).isFalse();
            assertThat(Ascii.parseLong(memory, length)).as(text).isEqualTo(Ascii.NOT_A_LONG);
        }
        assertThat(accepted.length + refused.length).isEqualTo(37);
    }

    @Test
    void longs_writtenAndParsed_comeBack() {
        int checked = 0;
        for (int bits = 0; bits < 64; bits++) {
            for (int i = 0; i < 2000; i++) {
                checkLong(random.nextLong() >> bits);
                checked++;
            }
        }
        for (long power = 1; power > 0 && power <= 1_000_000_000_000_000_000L; power *= 10) {
            for (long value = power - 2; value <= power + 2; value++) {
                checkLong(value);
                checkLong(-value);
                checked++;
            }
        }
        checkLong(Long.MIN_VALUE);
        checkLong(Long.MAX_VALUE);
        assertThat(checked).isGreaterThan(128_000);
    }

    private void checkLong(long value) {
        String expected = Long.toString(value);
        int length = Ascii.writeLong(memory, value);
        assertThat(OffHeap.latin1(memory, length)).isEqualTo(expected);
        assertThat(Ascii.longLength(value)).isEqualTo(length);
        assertThat(Ascii.isLong(memory, length)).isTrue();
        assertThat(Ascii.longValue(memory, length)).isEqualTo(value);
    }

    @Test
    void caseFolding_changesAsciiLettersOnly() {
        int checked = 0;
        for (int c = 0; c < 256; c++) {
            int upper = c >= 'a' && c <= 'z' ? c - 32 : c;
            int lower = c >= 'A' && c <= 'Z' ? c + 32 : c;
            for (int position = 0; position < 64; position += 8) {
                for (long rest : new long[] {0, 0x8080808080808080L, 0x7A7A7A7A7A7A7A7AL, -1L, 0x5A5A5A5A5A5A5A5AL}) {
                    long others = rest & ~(0xFFL << position);
                    long word = others | (long) c << position;
                    assertThat(Ascii.toUpper(word) >>> position & 0xFF).isEqualTo(upper);
                    assertThat(Ascii.toLower(word) >>> position & 0xFF).isEqualTo(lower);
                    checked++;
                }
            }
        }
        assertThat(checked).isEqualTo(256 * 8 * 5);
        int length = put("gEt-kEy_\u00e9[`{@123456789");
        long other = memory + 100;
        byte[] upper = "GET-KEY_\u00e9[`{@123456789".getBytes(StandardCharsets.ISO_8859_1);
        OffHeap.copyFrom(upper, 0, other, upper.length);
        assertThat(Ascii.equalsIgnoreCase(memory, other, length)).isTrue();
        OffHeap.putByte(other + 9, (byte) '{');
        assertThat(Ascii.equalsIgnoreCase(memory, other, length)).isFalse();
        assertThat(Ascii.equalsIgnoreCase(memory, "GET-KEY")).isTrue();
        assertThat(Ascii.equalsIgnoreCase(memory, "GETS")).isFalse();
    }

    // The accepted and refused texts are those that ZADD of Redis 7.0.15 accepts and refuses.

    @Test
    void parseDouble_acceptsWhatRedisAccepts() {
        Object[][] cases = {
            {"0", 0.0}, {"-0", -0.0}, {"1", 1.0}, {"+1", 1.0}, {"-1.5", -1.5}, {".5", 0.5}, {"5.", 5.0}, {"1e5", 1e5},
            {"1E-5", 1e-5}, {"1e+22", 1e22}, {"1e23", 1e23}, {"0.1", 0.1}, {"3.0000000000000001", 3.0000000000000001},
            {"9007199254740993", 9007199254740993.0}, {"123456789012345678901234567890", 123456789012345678901234567890.0},
            {"1.7976931348623157e308", Double.MAX_VALUE}, {"4e-324", Double.MIN_VALUE}, {"0e999999999999", 0.0},
            {"0.000e-400", 0.0}, {"00012", 12.0}, {"inf", Double.POSITIVE_INFINITY}, {"-inf", Double.NEGATIVE_INFINITY},
            {"+inf", Double.POSITIVE_INFINITY}, {"INFINITY", Double.POSITIVE_INFINITY}, {"-Infinity", Double.NEGATIVE_INFINITY},
            {"0x1p3", 8.0}, {"0x10", 16.0}, {"0X.8", 0.5}, {"-0X1P+2", -4.0}, {"0x0p5", 0.0}, {"0xA.", 10.0},
            {"2.2250738585072011e-308", 2.2250738585072011e-308}, {"1" + "0".repeat(308), 1e308},
            {"0." + "0".repeat(300) + "1", 1e-301},
        };
        for (Object[] pair : cases) {
            assertThat(Ascii.parseDouble(memory, put((String) pair[0]))).as((String) pair[0]).isEqualTo((double) pair[1]);
        }
        String[] refused = {"", " 1", "1 ", "nan", "-nan", "nan(1)", "0x", "0x.", "0x1.8p", "0x1p+", "0x1p3f", "1e400",
            "-1e400", "1e-400", "1e-324", "0x1p-1080", "0x1p2000", ".", "-", "+", "1e", "1e+", "1e1.5", "1_0", "infx",
            "in", "infinit", "--1", "+-1", "1f", "1d", "1L", "1,5", "1.2.3", "e5", "\0", "1\0", "1" + "0".repeat(309),
            "0." + "0".repeat(400) + "1"};
        for (String text : refused) {
            assertThat(Ascii.parseDouble(memory, put(text))).as(text).isNaN();
        }
        assertThat(cases.length + refused.length).isEqualTo(73);
    }

    @Test
    void doubles_areWrittenInTheFormOfRedis72() {
        Object[][] cases = {
            {0.0, "0"}, {-0.0, "-0"}, {1.0, "1"}, {-3.0, "-3"}, {0.1, "0.1"}, {1e17, "100000000000000000"},
            {0x1p62, "4611686018427387904"}, {-0x1p62, "-4611686018427387904"}, {0x1p63, "9223372036854776000"},
            {1e19, "1e+19"}, {1e20, "1e+20"}, {1e21, "1e+21"}, {-1.5e300, "-1.5e+300"},
            {Double.MAX_VALUE, "1.7976931348623157e+308"},
            {1e-5, "0.00001"}, {1e-6, "0.000001"}, {1e-7, "1e-7"}, {1.5e-6, "1.5e-6"}, {1.5e-7, "1.5e-7"},
            {1.23456789e-4, "1.23456789e-4"},
            {0.00123456789, "0.00123456789"}, {123.456, "123.456"}, {-0.5, "-0.5"}, {3.141592653589793, "3.141592653589793"},
            {Double.MIN_VALUE, "5e-324"}, {Double.MIN_NORMAL, "2.2250738585072014e-308"},
            {1e-10, "1e-10"}, {1.1e-100, "1.1e-100"},
            {Double.POSITIVE_INFINITY, "inf"}, {Double.NEGATIVE_INFINITY, "-inf"}, {Double.NaN, "nan"},
            {0.3 - 0.1, "0.19999999999999998"},
        };
        for (Object[] pair : cases) {
            assertThat(written((double) pair[0])).isEqualTo(pair[1]);
        }
        assertThat(cases.length).isEqualTo(32);
    }

    @Test
    void doubles_written_areTheShortestThatReadBack() {
        int checked = 0;
        for (int i = 0; i < 400_000; i++) {
            double value = switch (i & 3) {
                case 0 -> Double.longBitsToDouble(random.nextLong());
                case 1 -> random.nextInt(1_000_000) / 1000.0;
                case 2 -> Math.scalb(1.0, random.nextInt(2098) - 1074) * (random.nextBoolean() ? 1 : 1 + 0x1p-52);
                default -> Double.longBitsToDouble(random.nextLong() >>> 12 + random.nextInt(40));
            };
            if (Double.isFinite(value)) {
                checkDouble(value);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(390_000);
    }

    private void checkDouble(double value) {
        int length = Ascii.writeDouble(memory, value);
        assertThat(length).isLessThanOrEqualTo(Ascii.DOUBLE_LENGTH_MAX);
        String text = OffHeap.latin1(memory, length);
        if (Double.doubleToLongBits(Double.parseDouble(text)) != Double.doubleToLongBits(value)
                || Double.doubleToLongBits(Ascii.parseDouble(memory, length)) != Double.doubleToLongBits(value)) {
            throw new AssertionError(value + " was written as " + text);
        }
        boolean inFull = value == Math.rint(value) && Math.abs(value) <= 0x1p62;
        BigDecimal java = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        BigDecimal ours = new BigDecimal(text).stripTrailingZeros();
        // Java never gives fewer than two digits, and may then be closer.
        boolean asJava = ours.compareTo(java) == 0 || java.precision() == 2 && ours.precision() == 1;
        boolean exact = inFull && ours.compareTo(new BigDecimal(value)) == 0;
        if (inFull ? !exact : !asJava) {
            throw new AssertionError(value + " was written as " + text);
        }
    }

    @Test
    void parseDouble_ofRandomDecimals_agreesWithJava() {
        int checked = 0;
        for (int i = 0; i < 200_000; i++) {
            String text = new BigDecimal(new BigInteger(1 + random.nextInt(80), random), random.nextInt(60) - 30).toString();
            double ours = Ascii.parseDouble(memory, put(text));
            if (Double.doubleToLongBits(ours) != Double.doubleToLongBits(Double.parseDouble(text))) {
                throw new AssertionError(text);
            }
            checked++;
        }
        assertThat(checked).isEqualTo(200_000);
    }

    private String written(double value) {
        return OffHeap.latin1(memory, Ascii.writeDouble(memory, value));
    }

    private int put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        OffHeap.copyFrom(bytes, 0, memory, bytes.length);
        return bytes.length;
    }
}
