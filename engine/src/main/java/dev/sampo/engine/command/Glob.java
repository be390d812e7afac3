package dev.sampo.engine.command;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;

/// Redis's glob patterns: `*` any bytes, `?` one byte, `[abc]` `[a-z]` `[^a]` one of a class, `\` takes the next byte as
/// it is. Every byte string is a pattern: a class that is not closed ends with the pattern, a backslash at the end is
/// itself. An empty text matches the empty pattern only, not even a star: so it is in Redis, whose KEYS and SCAN know
/// the pattern `*` by sight.
///
/// A mismatch goes back to the last `*` only, which finds a match if there is one, since what is before that star matched
/// as early as it could. Time is therefore bounded by pattern length times text length, whatever the pattern.
public final class Glob {
    private static final int NONE = -1;

    private Glob() {
    }

    /// Whether `text` as a whole matches `pattern`.
    public static boolean matches(long pattern, int patternLength, long text, int textLength) {
        return matches(pattern, patternLength, text, textLength, false);
    }

    /// Whether `text` as a whole matches `pattern`.
    ///
    /// @param ignoreCase whether ASCII letters match in either case
    public static boolean matches(long pattern, int patternLength, long text, int textLength, boolean ignoreCase) {
        if (textLength == 0) {
            return patternLength == 0;
        }
        int p = 0;
        int t = 0;
        int starPattern = NONE;
        int starText = 0;
        while (t < textLength) {
            if (p < patternLength && OffHeap.getByte(pattern + p) == '*') {
                starPattern = ++p;
                starText = t;
                if (p == patternLength) {
                    return true;
                }
                continue;
            }
            if (p < patternLength && matchesOne(pattern, p, patternLength, OffHeap.getByte(text + t), ignoreCase)) {
                p = after(pattern, p, patternLength);
                t++;
            } else if (starPattern != NONE) {
                p = starPattern;
                t = ++starText;
            } else {
                return false;
            }
        }
        while (p < patternLength && OffHeap.getByte(pattern + p) == '*') {
            p++;
        }
        return p == patternLength;
    }

    /// Whether the pattern matches every text, as far as that can be seen at a glance.
    static boolean matchesAll(long pattern, int patternLength) {
        return patternLength == 1 && OffHeap.getByte(pattern) == '*';
    }

    /// Whether the pattern element at `p`, which is no star, matches a byte.
    private static boolean matchesOne(long pattern, int p, int length, byte value, boolean ignoreCase) {
        byte element = OffHeap.getByte(pattern + p);
        return switch (element) {
            case '?' -> true;
            case '[' -> matchesClass(pattern, p + 1, length, value, ignoreCase);
            case '\\' -> equal(p + 1 < length ? OffHeap.getByte(pattern + p + 1) : element, value, ignoreCase);
            default -> equal(element, value, ignoreCase);
        };
    }

    /// Where the element behind the one at `p` begins.
    private static int after(long pattern, int p, int length) {
        byte element = OffHeap.getByte(pattern + p);
        if (element == '\\') {
            return Math.min(p + 2, length);
        }
        return element == '[' ? afterClass(pattern, p + 1, length) : p + 1;
    }

    private static boolean matchesClass(long pattern, int from, int length, byte value, boolean ignoreCase) {
        int p = from;
        boolean negated = p < length && OffHeap.getByte(pattern + p) == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        int wanted = fold(value, ignoreCase);
        while (p < length && OffHeap.getByte(pattern + p) != ']') {
            int low = fold(OffHeap.getByte(pattern + memberAt(pattern, p, length)), ignoreCase);
            int high = low;
            if (isRange(pattern, p, length)) {
                high = fold(OffHeap.getByte(pattern + p + 2), ignoreCase);
            }
            found |= wanted >= Math.min(low, high) && wanted <= Math.max(low, high);
            p = afterMember(pattern, p, length);
        }
        return found != negated;
    }

    private static int afterClass(long pattern, int from, int length) {
        int p = from;
        if (p < length && OffHeap.getByte(pattern + p) == '^') {
            p++;
        }
        while (p < length && OffHeap.getByte(pattern + p) != ']') {
            p = afterMember(pattern, p, length);
        }
        return Math.min(p + 1, length);
    }

    /// Members of a class are an escaped byte, a range `x-y` whose ends may be any bytes, even `]`, or one byte.
    private static int afterMember(long pattern, int p, int length) {
        if (isEscape(pattern, p, length)) {
            return p + 2;
        }
        return isRange(pattern, p, length) ? p + 3 : p + 1;
    }

    private static int memberAt(long pattern, int p, int length) {
        return isEscape(pattern, p, length) ? p + 1 : p;
    }

    private static boolean isEscape(long pattern, int p, int length) {
        return OffHeap.getByte(pattern + p) == '\\' && p + 1 < length;
    }

    private static boolean isRange(long pattern, int p, int length) {
        return !isEscape(pattern, p, length) && p + 2 < length && OffHeap.getByte(pattern + p + 1) == '-';
    }

    private static boolean equal(byte element, byte value, boolean ignoreCase) {
        return fold(element, ignoreCase) == fold(value, ignoreCase);
    }

    private static int fold(byte value, boolean ignoreCase) {
        int unsigned = value & 0xFF;
        return ignoreCase ? Ascii.toUpper(unsigned) : unsigned;
    }
}
