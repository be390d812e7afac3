package dev.sampo.shard.config;

import java.util.Locale;

/// Redis's way to write a number of bytes: `100`, `1k` (1000), `1kb` (1024), `m`, `mb`, `g`, `gb`, in any case.
public final class MemorySize {
    private MemorySize() {}

    /// The number of bytes, or -1 when the text is not a memory size or does not fit 63 bits.
    public static long parse(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        final long unit = unit(text.substring(digits).toLowerCase(Locale.ROOT));
        if (digits == 0 || digits > 19 || unit < 0) {
            return -1;
        }
        try {
            return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), unit);
        } catch (ArithmeticException | NumberFormatException tooBig) {
            return -1;
        }
    }

    private static long unit(String suffix) {
        return switch (suffix) {
            case "", "b" -> 1;
            case "k" -> 1000;
            case "kb" -> 1024;
            case "m" -> 1000 * 1000;
            case "mb" -> 1024 * 1024;
            case "g" -> 1000 * 1000 * 1000;
            case "gb" -> 1024 * 1024 * 1024;
            default -> -1;
        };
    }

    /// The size in the largest binary unit that divides it, for people: `512mb`, `1000`, `16kb`.
    public static String forPeople(long bytes) {
        if (bytes == 0) {
            return "0";
        }
        if (bytes % (1 << 30) == 0) {
            return (bytes >> 30) + "gb";
        }
        if (bytes % (1 << 20) == 0) {
            return (bytes >> 20) + "mb";
        }
        if (bytes % (1 << 10) == 0) {
            return (bytes >> 10) + "kb";
        }
        return Long.toString(bytes);
    }
}
