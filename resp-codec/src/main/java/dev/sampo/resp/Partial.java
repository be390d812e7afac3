package dev.sampo.resp;

import java.util.Arrays;

/// The finished arguments of a request that is still arriving, as offsets from its start.
final class Partial {
    /// Number of arguments of the whole request.
    final int count;
    /// Offset of the first argument that is not finished.
    long resumeOffset;
    /// Number of finished arguments.
    int size;

    private long[] offsets = new long[64];
    private int[] lengths = new int[64];

    Partial(int count) {
        this.count = count;
    }

    /// Takes over the arguments of `from` behind `base`; they point into the request at `start`.
    void add(long start, Args from, int base) {
        int added = from.size() - base;
        if (size + added > offsets.length) {
            int capacity = Math.max(size + added, offsets.length * 2);
            offsets = Arrays.copyOf(offsets, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
        }
        from.view(base, added);
        for (int i = 0; i < added; i++) {
            offsets[size] = from.address(i) - start;
            lengths[size++] = from.length(i);
        }
    }

    /// Appends all arguments to the request that `to` has begun.
    void addAllTo(long start, Args to) {
        for (int i = 0; i < size; i++) {
            to.add(start + offsets[i], lengths[i]);
        }
    }
}
