package dev.sampo.engine.value;

import dev.sampo.engine.Rng;
import dev.sampo.resp.OffHeap;

/// Redis's intset, byte for byte: a set of integers as a sorted array whose elements are all as wide as the widest one.
///
/// ```
/// bytes of an element: 2, 4 or 8 (4), number of elements (4), elements in ascending order
/// ```
///
/// Nothing here allocates: the owner of the memory makes sure that a set that grows has room for it
/// ([#bytesWith(long, long)]). Reading believes what it reads; bytes from elsewhere go through [#validate(long, long)].
public final class IntSet {
    /// Bytes of a set without elements.
    public static final int EMPTY_BYTES = 8;

    private static final int COUNT_AT = 4;
    private static final int ELEMENTS = 8;

    private IntSet() {
    }

    // ---------------------------------------------------------------- reading

    /// Bytes of the whole set.
    public static int bytes(long set) {
        return EMPTY_BYTES + width(set) * count(set);
    }

    /// Number of elements.
    public static int count(long set) {
        return OffHeap.getInt(set + COUNT_AT);
    }

    /// Bytes of each element: 2, 4 or 8.
    public static int width(long set) {
        return OffHeap.getInt(set);
    }

    /// Bytes that an element takes at least: 2, 4 or 8.
    public static int widthOf(long value) {
        return value == (short) value ? 2 : value == (int) value ? 4 : 8;
    }

    /// The element at an index; the elements ascend.
    public static long get(long set, int index) {
        return get(set, index, width(set));
    }

    private static long get(long set, int index, int width) {
        long elements = set + ELEMENTS;
        return switch (width) {
            case 2 -> OffHeap.getShort(elements + 2L * index);
            case 4 -> OffHeap.getInt(elements + 4L * index);
            default -> OffHeap.getLong(elements + 8L * index);
        };
    }

    private static void set(long set, int index, int width, long value) {
        long elements = set + ELEMENTS;
        switch (width) {
            case 2 -> OffHeap.putShort(elements + 2L * index, (short) value);
            case 4 -> OffHeap.putInt(elements + 4L * index, (int) value);
            default -> OffHeap.putLong(elements + 8L * index, value);
        }
    }

    /// A uniformly chosen element of a set that is not empty.
    public static long random(long set, Rng rng) {
        return get(set, rng.nextInt(count(set)));
    }

    public static boolean contains(long set, long value) {
        return find(set, value) >= 0;
    }

    /// Index of an element, or `-1 - i` where `i` is the index it would have. O(log n).
    public static int find(long set, long value) {
        int width = width(set);
        int low = 0;
        int high = count(set) - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            long there = get(set, middle, width);
            if (there == value) {
                return middle;
            }
            if (there < value) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    // ---------------------------------------------------------------- changing

    /// Writes a set without elements, of [#EMPTY_BYTES].
    public static void clear(long set) {
        OffHeap.putInt(set, 2);
        OffHeap.putInt(set + COUNT_AT, 0);
    }

    /// Bytes of the whole set after `value`, which is not in it, has come in.
    public static int bytesWith(long set, long value) {
        return bytesWith(count(set) + 1, Math.max(width(set), widthOf(value)));
    }

    /// Bytes of a set of `count` elements of `width` bytes.
    public static int bytesWith(int count, int width) {
        return EMPTY_BYTES + count * width;
    }

    /// Puts a value that is not in the set into it. There is room for [#bytesWith(long, long)].
    ///
    /// @param missing what [#find(long, long)] said of the value
    public static void insert(long set, long value, int missing) {
        int at = -1 - missing;
        int width = width(set);
        int wider = Math.max(width, widthOf(value));
        int count = count(set);
        if (wider > width) {
            widen(set, count, width, wider, value < 0 ? 1 : 0);
        } else {
            long place = set + ELEMENTS + (long) at * width;
            OffHeap.copy(place, place + width, (long) (count - at) * width);
        }
        set(set, at, wider, value);
        OffHeap.putInt(set + COUNT_AT, count + 1);
    }

    /// Rewrites the elements with more bytes each, `shift` places further on: what needs the width lies outside of all others.
    private static void widen(long set, int count, int width, int wider, int shift) {
        OffHeap.putInt(set, wider);
        for (int i = count - 1; i >= 0; i--) {
            set(set, i + shift, wider, get(set, i, width));
        }
    }

    /// Removes the element at an index. The others stay as wide as they are, as in Redis.
    public static void remove(long set, int index) {
        int width = width(set);
        int count = count(set);
        long place = set + ELEMENTS + (long) index * width;
        OffHeap.copy(place + width, place, (long) (count - 1 - index) * width);
        OffHeap.putInt(set + COUNT_AT, count - 1);
    }

    // ---------------------------------------------------------------- bytes from elsewhere

    /// Whether the `length` bytes at `address` are a set with at least one element that everything here can be used on;
    /// reads nothing outside of them.
    ///
    /// @return the number of elements, or -1
    public static int validate(long address, long length) {
        if (length < EMPTY_BYTES) {
            return -1;
        }
        int width = width(address);
        if (width != 2 && width != 4 && width != 8) {
            return -1;
        }
        long count = count(address) & 0xFFFFFFFFL;
        if (count == 0 || EMPTY_BYTES + count * width != length || length > Integer.MAX_VALUE) {
            return -1;
        }
        for (int i = 1; i < count; i++) {
            if (get(address, i - 1, width) >= get(address, i, width)) {
                return -1;
            }
        }
        return (int) count;
    }
}
