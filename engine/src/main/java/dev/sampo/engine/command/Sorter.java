package dev.sampo.engine.command;

import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;

/// Texts with what they are to be ordered by, off heap: a record per text, and all bytes in one buffer. Sorting is a merge
/// sort: O(n log n) whatever the input, and stable.
final class Sorter implements AutoCloseable {
    /// Offset and length of the text, the number or offset to order by, and that text's length.
    private static final int RECORD_BYTES = 24;
    private static final int LENGTH = 8;
    private static final int BY_LENGTH = 12;
    private static final int BY = 16;
    private static final int ABSENT = -1;
    /// Runs of this length are sorted by insertion before they are merged.
    private static final int RUN = 8;

    private final OutputBuffer records = new OutputBuffer();
    private final OutputBuffer bytes = new OutputBuffer();
    private boolean byText;
    /// Whether texts are ordered by texts other than themselves.
    private boolean byOther;
    private boolean descending;

    long size() {
        return records.size() / RECORD_BYTES;
    }

    /// Adds a text.
    void add(long address, int length) {
        long record = records.reserve(RECORD_BYTES);
        OffHeap.putLong(record, bytes.size());
        OffHeap.putInt(record + LENGTH, length);
        OffHeap.putInt(record + BY_LENGTH, ABSENT);
        OffHeap.putLong(record + BY, 0);
        bytes.append(address, length);
    }

    long address(long i) {
        return bytes.address() + OffHeap.getLong(record(i));
    }

    int length(long i) {
        return OffHeap.getInt(record(i) + LENGTH);
    }

    /// Orders text `i` by a number.
    void number(long i, double number) {
        OffHeap.putLong(record(i) + BY, Double.doubleToRawLongBits(number));
    }

    /// Orders text `i` by another text.
    void text(long i, long address, int length) {
        long record = record(i);
        OffHeap.putLong(record + BY, bytes.size());
        OffHeap.putInt(record + BY_LENGTH, length);
        bytes.append(address, length);
    }

    private long record(long i) {
        return records.address() + i * RECORD_BYTES;
    }

    /// Sorts by the numbers, and texts with the same one by their bytes.
    void sortByNumbers(boolean descending) {
        sort(false, false, descending);
    }

    /// Sorts by the texts themselves.
    void sortByTexts(boolean descending) {
        sort(true, false, descending);
    }

    /// Sorts by the other texts; those without one come first.
    void sortByOtherTexts(boolean descending) {
        sort(true, true, descending);
    }

    private void sort(boolean byText, boolean byOther, boolean descending) {
        this.byText = byText;
        this.byOther = byOther;
        this.descending = descending;
        long n = size();
        for (long from = 0; from < n; from += RUN) {
            insertionSort(from, Math.min(n, from + RUN));
        }
        long length = n * RECORD_BYTES;
        long spare = OffHeap.allocate(length);
        long source = records.address();
        long target = spare;
        for (long run = RUN; run < n; run *= 2) {
            for (long from = 0; from < n; from += 2 * run) {
                merge(source, target, from, Math.min(n, from + run), Math.min(n, from + 2 * run));
            }
            long merged = target;
            target = source;
            source = merged;
        }
        if (source == spare) {
            OffHeap.copy(spare, records.address(), length);
        }
        OffHeap.free(spare, length);
    }

    private void insertionSort(long from, long to) {
        long held = records.reserve(RECORD_BYTES);
        for (long i = from + 1; i < to; i++) {
            OffHeap.copy(record(i), held, RECORD_BYTES);
            long at = i;
            while (at > from && compare(record(at - 1), held) > 0) {
                OffHeap.copy(record(at - 1), record(at), RECORD_BYTES);
                at--;
            }
            OffHeap.copy(held, record(at), RECORD_BYTES);
        }
        records.truncate(records.size() - RECORD_BYTES);
    }

    private void merge(long source, long target, long from, long middle, long to) {
        long left = source + from * RECORD_BYTES;
        long leftEnd = source + middle * RECORD_BYTES;
        long right = leftEnd;
        long rightEnd = source + to * RECORD_BYTES;
        long out = target + from * RECORD_BYTES;
        while (left < leftEnd && right < rightEnd) {
            if (compare(left, right) <= 0) {
                OffHeap.copy(left, out, RECORD_BYTES);
                left += RECORD_BYTES;
            } else {
                OffHeap.copy(right, out, RECORD_BYTES);
                right += RECORD_BYTES;
            }
            out += RECORD_BYTES;
        }
        OffHeap.copy(left, out, leftEnd - left);
        OffHeap.copy(right, out + leftEnd - left, rightEnd - right);
    }

    private int compare(long one, long other) {
        int order = byText ? compareTexts(one, other) : compareNumbers(one, other);
        return descending ? -order : order;
    }

    private int compareNumbers(long one, long other) {
        double x = Double.longBitsToDouble(OffHeap.getLong(one + BY));
        double y = Double.longBitsToDouble(OffHeap.getLong(other + BY));
        if (x != y) {
            return x < y ? -1 : 1;
        }
        return compareThemselves(one, other);
    }

    private int compareThemselves(long one, long other) {
        return OffHeap.compare(bytes.address() + OffHeap.getLong(one), OffHeap.getInt(one + LENGTH),
            bytes.address() + OffHeap.getLong(other), OffHeap.getInt(other + LENGTH));
    }

    private int compareTexts(long one, long other) {
        if (!byOther) {
            return compareThemselves(one, other);
        }
        int length = OffHeap.getInt(one + BY_LENGTH);
        int otherLength = OffHeap.getInt(other + BY_LENGTH);
        if (length == ABSENT || otherLength == ABSENT) {
            return Boolean.compare(length != ABSENT, otherLength != ABSENT);
        }
        return OffHeap.compare(bytes.address() + OffHeap.getLong(one + BY), length,
            bytes.address() + OffHeap.getLong(other + BY), otherLength);
    }

    @Override
    public void close() {
        records.release();
        bytes.release();
    }
}
