package dev.sampo.engine.command;

import dev.sampo.engine.value.StreamId;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;

/// Reads IDs of stream entries from arguments. As in Redis an ID ends at a zero byte, and numbers that are not canonical are
/// read as C's `strtoull` does. Reusable; holds the ID that was read last.
final class StreamIdReader {
    private static final int LENGTH_MAX = 127;
    private static final int DIGIT_VALUES = 10;

    private long ms;
    private long seq;
    private boolean automatic;
    private boolean exclusive;

    /// The number that [#number(long, int)] has read.
    private long number;

    long ms() {
        return ms;
    }

    long seq() {
        return seq;
    }

    /// Whether the sequence number was `*`.
    boolean isAutomatic() {
        return automatic;
    }

    /// Whether the end of an interval was written with `(`.
    boolean isExclusive() {
        return exclusive;
    }

    void set(long ms, long seq) {
        this.ms = ms;
        this.seq = seq;
    }

    // ---------------------------------------------------------------- reading

    /// Reads `ms`, `ms-seq`, `-` (the least ID) or `+` (the greatest one); whether it is one of these.
    ///
    /// @param missingSeq the sequence number of `ms`
    boolean parse(Args a, int i, long missingSeq) {
        return parse(a.address(i), a.length(i), missingSeq, false, false);
    }

    /// Reads `ms` or `ms-seq`.
    boolean parseStrict(Args a, int i, long missingSeq) {
        return parse(a.address(i), a.length(i), missingSeq, true, false);
    }

    /// Reads `ms`, `ms-seq` or `ms-*`.
    boolean parseToAdd(Args a, int i) {
        return parse(a.address(i), a.length(i), 0, true, true);
    }

    /// Reads the end of an interval: as [#parse(Args, int, long)], or `(` and `ms` or `ms-seq`.
    boolean parseInterval(Args a, int i, long missingSeq) {
        long at = a.address(i);
        int length = a.length(i);
        exclusive = length > 1 && OffHeap.getByte(at) == '(';
        return exclusive ? parse(at + 1, length - 1, missingSeq, true, false) : parse(at, length, missingSeq, false, false);
    }

    private boolean parse(long at, int bytes, long missingSeq, boolean strict, boolean star) {
        automatic = false;
        if (bytes > LENGTH_MAX) {
            return false;
        }
        int length = textLength(at, bytes);
        if (length == 1 && (OffHeap.getByte(at) == '-' || OffHeap.getByte(at) == '+')) {
            boolean least = OffHeap.getByte(at) == '-';
            set(least ? 0 : StreamId.MAX, least ? 0 : StreamId.MAX);
            return !strict;
        }
        int dash = 0;
        while (dash < length && OffHeap.getByte(at + dash) != '-') {
            dash++;
        }
        if (!number(at, dash)) {
            return false;
        }
        ms = number;
        if (dash == length) {
            seq = missingSeq;
            return true;
        }
        long rest = at + dash + 1;
        int restLength = length - dash - 1;
        if (star && restLength == 1 && OffHeap.getByte(rest) == '*') {
            seq = 0;
            automatic = true;
            return true;
        }
        boolean valid = number(rest, restLength);
        seq = number;
        return valid;
    }

    private static int textLength(long at, int bytes) {
        int length = 0;
        while (length < bytes && OffHeap.getByte(at + length) != 0) {
            length++;
        }
        return length;
    }

    private boolean number(long at, int length) {
        long value = Ascii.parseLong(at, length);
        if (value == Ascii.NOT_A_LONG) {
            return numberSlow(at, length);
        }
        number = value;
        return value >= 0;
    }

    /// What `strtoull` reads: blanks, a sign, digits, and nothing behind.
    private boolean numberSlow(long address, int length) {
        long at = address;
        long end = address + length;
        while (at < end && isBlank(OffHeap.getByte(at))) {
            at++;
        }
        boolean negative = at < end && OffHeap.getByte(at) == '-';
        if (negative || at < end && OffHeap.getByte(at) == '+') {
            at++;
        }
        if (at == end) {
            return false;
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = OffHeap.getByte(at) - '0';
            if (digit < 0 || digit > 9 || Long.compareUnsigned(value, Long.divideUnsigned(-1, DIGIT_VALUES)) > 0) {
                return false;
            }
            long next = value * DIGIT_VALUES + digit;
            if (Long.compareUnsigned(next, value * DIGIT_VALUES) < 0) {
                return false;
            }
            value = next;
        }
        number = negative ? -value : value;
        return true;
    }

    private static boolean isBlank(int character) {
        return character == ' ' || character >= '\t' && character <= '\r';
    }

    // ---------------------------------------------------------------- neighbours

    /// Goes to the next ID; false, and 0-0, behind the greatest.
    boolean increment() {
        seq++;
        if (seq == 0) {
            ms++;
            return ms != 0;
        }
        return true;
    }

    /// Goes to the ID before; false, and the greatest ID, before 0-0.
    boolean decrement() {
        if (seq == 0) {
            ms--;
            seq = StreamId.MAX;
            return ms != StreamId.MAX;
        }
        seq--;
        return true;
    }
}
