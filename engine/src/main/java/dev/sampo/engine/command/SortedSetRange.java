package dev.sampo.engine.command;

import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.regex.Pattern;

/// A range of a sorted set as a request describes it: by rank, by score or by member. On a set it comes down to ranks: from
/// [#from()] up to but without [#to()]. There is one per context; allocates nothing for well-formed requests.
public final class SortedSetRange {
    static final int RANK = 0;
    static final int SCORE = 1;
    static final int LEX = 2;

    private static final byte[] NOT_A_SCORE_RANGE = Errors.error("ERR min or max is not a float");
    private static final byte[] NOT_A_LEX_RANGE = Errors.error("ERR min or max not valid string range item");
    /// What C's `strtod` reads and a double cannot hold.
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern HEXADECIMAL =
        Pattern.compile("[+-]?0[xX]([0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)[pP][+-]?\\d+");

    /// Beyond all members, as the length of a bound.
    private static final int LOWEST = -1;
    private static final int HIGHEST = -2;

    // ---- what was asked for
    private int kind;
    private boolean reverse;
    private boolean withScores;
    private boolean limited;
    private long offset;
    private long limit;
    private long first;
    private long last;
    private double min;
    private double max;
    private long minAddress;
    private long maxAddress;
    private int minLength;
    private int maxLength;
    private boolean minOpen;
    private boolean maxOpen;

    // ---- what it is in a set
    private long from;
    private long to;

    // ---------------------------------------------------------------- parsing

    /// Forgets the last request: ascending, without a limit.
    SortedSetRange begin() {
        reverse = false;
        limited = false;
        withScores = false;
        return this;
    }

    /// Ranks count from the end, and so does the limit.
    void reverse(boolean reverse) {
        this.reverse = reverse;
    }

    /// Scores are wanted too.
    void withScores(boolean withScores) {
        this.withScores = withScores;
    }

    /// Of the elements in the range, passes over `offset` ones (all, if it is negative) and takes no more than `limit`
    /// (negative = no limit).
    void limit(long offset, long limit) {
        limited = true;
        this.offset = offset;
        this.limit = limit;
    }

    /// Reads both ends, each from its argument; if that fails, the error is remembered by `in`.
    void parse(int kind, Args a, int minAt, int maxAt, ArgReader in) {
        this.kind = kind;
        switch (kind) {
            case RANK -> {
                first = rank(a, minAt, in);
                last = rank(a, maxAt, in);
            }
            case SCORE -> {
                minOpen = isOpen(a, minAt);
                maxOpen = isOpen(a, maxAt);
                min = score(a, minAt, minOpen);
                max = score(a, maxAt, maxOpen);
                if (min != min || max != max) {
                    in.fail(NOT_A_SCORE_RANGE);
                }
            }
            default -> {
                minLength = lexLength(a, minAt, in);
                maxLength = lexLength(a, maxAt, in);
                minAddress = a.address(minAt) + 1;
                maxAddress = a.address(maxAt) + 1;
                minOpen = in.failed() || OffHeap.getByte(a.address(minAt)) == '(';
                maxOpen = in.failed() || OffHeap.getByte(a.address(maxAt)) == '(';
            }
        }
    }

    private static long rank(Args a, int i, ArgReader in) {
        if (!Ascii.isLong(a.address(i), a.length(i))) {
            in.fail(Errors.NOT_AN_INTEGER);
            return 0;
        }
        return Ascii.longValue(a.address(i), a.length(i));
    }

    private static boolean isOpen(Args a, int i) {
        return a.length(i) > 0 && OffHeap.getByte(a.address(i)) == '(';
    }

    private static double score(Args a, int i, boolean open) {
        int skipped = open ? 1 : 0;
        return bound(a.address(i) + skipped, a.length(i) - skipped);
    }

    /// A bound as C's `strtod` reads it: blanks may precede it, nothing is 0, it ends at a zero byte, and what is too large
    /// is infinite. NaN if it is none.
    static double bound(long address, int length) {
        double value = Ascii.parseDouble(address, length);
        return value == value ? value : boundSlow(address, length);
    }

    private static double boundSlow(long address, int length) {
        String text = OffHeap.latin1(address, length);
        int zero = text.indexOf(0);
        text = zero < 0 ? text : text.substring(0, zero);
        if (text.isEmpty()) {
            return 0;
        }
        int from = 0;
        while (from < text.length() && (text.charAt(from) == ' ' || text.charAt(from) >= '\t' && text.charAt(from) <= '\r')) {
            from++;
        }
        int end = text.length();
        double value = Ascii.parseDouble(address + from, end - from);
        String number = text.substring(from);
        boolean outOfRange = value != value && (DECIMAL.matcher(number).matches() || HEXADECIMAL.matcher(number).matches());
        return outOfRange ? Double.parseDouble(number) : value;
    }

    private static int lexLength(Args a, int i, ArgReader in) {
        int length = a.length(i);
        int start = length == 0 ? 0 : OffHeap.getByte(a.address(i));
        boolean alone = length == 1 || length > 1 && OffHeap.getByte(a.address(i) + 1) == 0;
        if (start == '-' && alone) {
            return LOWEST;
        }
        if (start == '+' && alone) {
            return HIGHEST;
        }
        if (start != '(' && start != '[') {
            in.fail(NOT_A_LEX_RANGE);
            return 0;
        }
        return length - 1;
    }

    // ---------------------------------------------------------------- on a set

    /// Finds the ranks that the range covers in a set. O(log size).
    void resolve(SortedSetValue set) {
        from = 0;
        to = 0;
        switch (kind) {
            case RANK -> resolveRanks(set.size());
            case SCORE -> resolveScores(set);
            default -> resolveMembers(set);
        }
        if (limited && kind != RANK) {
            cut();
        }
        if (from >= to) {
            from = 0;
            to = 0;
        }
    }

    private void resolveRanks(long size) {
        long start = Math.max(first < 0 ? first + size : first, 0);
        long end = Math.min(last < 0 ? last + size : last, size - 1) + 1;
        if (start < end) {
            from = reverse ? size - end : start;
            to = reverse ? size - start : end;
        }
    }

    private void resolveScores(SortedSetValue set) {
        if (min < max || min == max && !minOpen && !maxOpen) {
            from = set.countBelow(min, minOpen);
            to = from == set.size() ? from : set.countBelow(max, !maxOpen);
        }
    }

    private void resolveMembers(SortedSetValue set) {
        if (minLength != HIGHEST && maxLength != LOWEST) {
            from = minLength == LOWEST ? 0 : set.countBelow(minAddress, minLength, minOpen);
            to = maxLength == HIGHEST ? set.size() : set.countBelow(maxAddress, maxLength, !maxOpen);
        }
    }

    /// Applies the limit.
    private void cut() {
        long size = to - from;
        if (offset < 0 || offset >= size) {
            to = from;
            return;
        }
        long count = limit < 0 ? size - offset : Math.min(limit, size - offset);
        if (reverse) {
            to -= offset;
            from = to - count;
        } else {
            from += offset;
            to = from + count;
        }
    }

    boolean isReverse() {
        return reverse;
    }

    boolean isWithScores() {
        return withScores;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    /// Number of elements.
    long count() {
        return to - from;
    }
}
