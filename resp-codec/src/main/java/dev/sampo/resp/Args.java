package dev.sampo.resp;

import java.util.Arrays;

/// The arguments of the requests of a batch: (address, length) pairs, one request after the other, and a selected
/// request that the accessors read. Addresses point into the input of a connection, or into this object's own scratch
/// memory when an inline request had to be unescaped; neither is copied. Owned by one thread.
///
/// A request is written with [#begin()] and [#add(long, int)] and read again with [#view(int, int)]. [#clear()] forgets
/// all requests and their scratch; [#close()] gives the scratch memory back.
public final class Args implements AutoCloseable {
    private static final int INITIAL_CAPACITY = 64;
    /// A batch that once was larger than this does not keep its arrays.
    private static final int KEPT_CAPACITY_MAX = 1 << 16;

    private long[] addresses = new long[INITIAL_CAPACITY];
    private int[] lengths = new int[INITIAL_CAPACITY];
    private int size;
    private int base;
    private int count;
    /// Null until an inline request needs unescaped bytes.
    private ScratchMemory scratch;

    /// Starts a request behind everything that is there, selects it, and returns its base.
    public int begin() {
        base = size;
        count = 0;
        return size;
    }

    /// Appends an argument to the request that was begun last.
    public void add(long address, int length) {
        int at = size;
        if (at == addresses.length) {
            grow();
        }
        addresses[at] = address;
        lengths[at] = length;
        size = at + 1;
        count = size - base;
    }

    /// Selects the request of `count` arguments that starts at `base`; returns this.
    public Args view(int base, int count) {
        if ((base | count | (size - base - count)) < 0) {
            throw new IndexOutOfBoundsException("request " + base + "+" + count + " of " + size + " arguments");
        }
        this.base = base;
        this.count = count;
        return this;
    }

    /// Number of arguments of the selected request.
    public int count() {
        return count;
    }

    /// Base of the selected request.
    public int base() {
        return base;
    }

    /// Number of arguments of all requests together.
    public int size() {
        return size;
    }

    /// Address of argument `i` of the selected request.
    public long address(int i) {
        return addresses[base + i];
    }

    /// Length in bytes of argument `i` of the selected request.
    public int length(int i) {
        return lengths[base + i];
    }

    /// Forgets the arguments from `size` on and selects the empty request there.
    void truncate(int size) {
        this.size = size;
        base = size;
        count = 0;
    }

    /// Forgets all requests. Scratch addresses become invalid.
    public void clear() {
        size = 0;
        base = 0;
        count = 0;
        if (addresses.length > KEPT_CAPACITY_MAX) {
            addresses = new long[INITIAL_CAPACITY];
            lengths = new int[INITIAL_CAPACITY];
        }
        if (scratch != null) {
            scratch.clear();
        }
    }

    /// Moves the arguments of a request by `delta` bytes, after the bytes they point into were moved. Arguments in
    /// scratch memory stay where they are.
    public void rebase(int base, int count, long delta) {
        if (scratch == null) {
            for (int i = base, end = base + count; i < end; i++) {
                addresses[i] += delta;
            }
            return;
        }
        for (int i = base, end = base + count; i < end; i++) {
            if (!scratch.contains(addresses[i])) {
                addresses[i] += delta;
            }
        }
    }

    /// Memory of `length` bytes that lives until [#clear()] and does not move.
    public long scratch(int length) {
        if (scratch == null) {
            scratch = new ScratchMemory();
        }
        return scratch.allocate(length);
    }

    /// Gives all memory back; the object can be used again.
    @Override
    public void close() {
        clear();
        if (scratch != null) {
            scratch.close();
            scratch = null;
        }
    }

    /// Whether argument `i` is the ASCII word `upper`, which is in upper case, whatever the case of the argument.
    public boolean equalsIgnoreCase(int i, String upper) {
        return lengths[base + i] == upper.length() && Ascii.equalsIgnoreCase(addresses[base + i], upper);
    }

    /// A copy of argument `i`.
    public byte[] bytes(int i) {
        return OffHeap.bytes(addresses[base + i], lengths[base + i]);
    }

    /// Argument `i` decoded as UTF-8.
    public String string(int i) {
        return OffHeap.utf8(addresses[base + i], lengths[base + i]);
    }

    int capacity() {
        return addresses.length;
    }

    private void grow() {
        int capacity = Math.multiplyExact(addresses.length, 2);
        addresses = Arrays.copyOf(addresses, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
    }
}
