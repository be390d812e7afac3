package dev.sampo.resp;

/// A growable run of off-heap bytes that replies are appended to and a connection sends from. Owned by one thread.
///
/// Memory is allocated when the first byte needs it. Behind the capacity lie [#PAD] more bytes, so that a writer may
/// finish with a store that is wider than what it reserved.
public final class OutputBuffer {
    static final int PAD = 8;
    private static final long CAPACITY_MIN = 1024;

    private long address;
    private long size;
    private long capacity;

    /// An empty buffer without memory.
    public OutputBuffer() {
    }

    /// An empty buffer with memory for `capacity` bytes.
    public OutputBuffer(long capacity) {
        if (capacity > 0) {
            grow(capacity);
        }
    }

    /// Where the bytes start; changes when the buffer grows, 0 while it has no memory.
    public long address() {
        return address;
    }

    /// Number of bytes written.
    public long size() {
        return size;
    }

    /// Number of bytes that fit without growing.
    public long capacity() {
        return capacity;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /// Makes room for `extra` more bytes.
    public void ensure(long extra) {
        if (extra > capacity - size) {
            grow(size + extra);
        }
    }

    /// Takes the next `length` bytes and returns the address to write them to.
    public long reserve(int length) {
        if (length > capacity - size) {
            grow(size + length);
        }
        long at = address + size;
        size += length;
        return at;
    }

    /// Appends the `length` bytes at `source`, which must not lie in this buffer.
    public void append(long source, int length) {
        OffHeap.copy(source, reserve(length), length);
    }

    public void append(byte[] bytes) {
        append(bytes, 0, bytes.length);
    }

    public void append(byte[] bytes, int offset, int length) {
        OffHeap.copyFrom(bytes, offset, reserve(length), length);
    }

    public void append(byte value) {
        OffHeap.putByte(reserve(1), value);
    }

    /// Drops everything from `size` on.
    public void truncate(long size) {
        if (size < 0 || size > this.size) {
            throw new IllegalArgumentException("cannot truncate " + this.size + " bytes to " + size);
        }
        this.size = size;
    }

    /// Drops the first `length` bytes and moves the rest to the front.
    public void dropFirst(long length) {
        if (length < 0 || length > size) {
            throw new IllegalArgumentException("cannot drop " + length + " of " + size + " bytes");
        }
        OffHeap.copy(address + length, address, size - length);
        size -= length;
    }

    /// Drops everything and keeps the memory.
    public void clear() {
        size = 0;
    }

    /// Drops everything and gives the memory back; the buffer can be used again.
    public void release() {
        if (address != 0) {
            OffHeap.free(address, capacity + PAD);
        }
        address = 0;
        size = 0;
        capacity = 0;
    }

    /// A copy of what was written.
    public byte[] toByteArray() {
        return OffHeap.bytes(address, Math.toIntExact(size));
    }

    private void grow(long needed) {
        long target = Math.max(Math.max(needed, capacity * 2), CAPACITY_MIN);
        address = address == 0
            ? OffHeap.allocate(target + PAD)
            : OffHeap.reallocate(address, capacity + PAD, target + PAD);
        capacity = target;
    }
}
