package dev.sampo.uring;

/// A group of equal buffers from which the kernel takes one per completed receive.
///
/// A buffer belongs to the kernel until a completion names it ([IoUring#CQE_BUFFER], [#bufferId]); then to the owner until
/// [#recycle]. Recycled buffers return to the kernel with the next [#publish]. Every completion that names a buffer owns it,
/// also that of a closed connection. When the kernel finds none, receives end with `-ENOBUFS`.
///
/// Owned by the ring's thread. Closed before the ring; a receive that is still in flight then ends with `-ENOBUFS` when it
/// next finds data, because the kernel chooses a buffer only at that moment.
public final class BufferRing implements AutoCloseable {
    private static final int ENTRY_SHIFT = 4;
    private static final int ENTRY_LENGTH = 8;
    private static final int ENTRY_BUFFER_ID = 12;
    /// The ring's tail lies over the unused last two bytes of entry 0, which filling that entry must not touch.
    private static final int TAIL = 14;
    private static final int BUFFER_ID_SHIFT = 16;

    private final IoUring ring;
    private final int groupId;
    private final int count;
    private final int bufferBytes;
    private final long entries;
    private final long buffers;
    private final long mappedBytes;

    private int tail;
    private boolean closed;

    /// Maps the buffers and hands all of them to the kernel. Their pages take memory when they are first used.
    ///
    /// @param groupId 0 to 65535, unique within the ring
    /// @param count a power of two up to 32768
    /// @param bufferBytes size of each buffer
    /// @throws UringException when memory or the registration is refused
    public BufferRing(IoUring ring, int groupId, int count, int bufferBytes) {
        if (Integer.bitCount(count) != 1 || count > 32768 || bufferBytes <= 0 || groupId < 0 || groupId > 0xFFFF) {
            throw new IllegalArgumentException("group " + groupId + ", " + count + " buffers of " + bufferBytes + " bytes");
        }
        this.ring = ring;
        this.groupId = groupId;
        this.count = count;
        this.bufferBytes = bufferBytes;
        long entriesBytes = pageAligned((long) count << ENTRY_SHIFT);
        mappedBytes = entriesBytes + pageAligned((long) count * bufferBytes);
        entries = Kernel.mmap(mappedBytes);
        if (entries < 0) {
            throw new UringException((int) -entries, "memory for buffers: " + Errno.describe((int) entries));
        }
        buffers = entries + entriesBytes;
        int result = register();
        if (result < 0) {
            Kernel.munmap(entries, mappedBytes);
            throw new UringException(-result, "registering a buffer ring: " + Errno.describe(result));
        }
        for (int i = 0; i < count; i++) {
            recycle(i);
        }
        publish();
    }

    /// The buffer that a completion with [IoUring#CQE_BUFFER] names.
    public static int bufferId(int cqeFlags) {
        return cqeFlags >>> BUFFER_ID_SHIFT;
    }

    /// Where a buffer's bytes begin.
    public long address(int bufferId) {
        assert bufferId >= 0 && bufferId < count;
        return buffers + (long) bufferId * bufferBytes;
    }

    /// Gives a buffer back; the kernel sees it after [#publish].
    public void recycle(int bufferId) {
        assert !closed && bufferId >= 0 && bufferId < count;
        long entry = entries + ((long) (tail & count - 1) << ENTRY_SHIFT);
        RawMemory.putLong(entry, buffers + (long) bufferId * bufferBytes);
        RawMemory.putInt(entry + ENTRY_LENGTH, bufferBytes);
        RawMemory.putShort(entry + ENTRY_BUFFER_ID, (short) bufferId);
        tail++;
    }

    /// Shows recycled buffers to the kernel; once per batch.
    public void publish() {
        assert !closed;
        RawMemory.putShortRelease(entries + TAIL, (short) tail); // release: the entries are filled before they are announced.
    }

    /// Published buffers that the kernel has not handed out, as the kernel counts them: equal to [#count] when none has leaked.
    ///
    /// A system call, for checks and statistics.
    ///
    /// @return the number, or a negated errno (`-EINVAL` before kernel 6.8)
    public int available() {
        long argument = ring.registerArgument();
        RawMemory.putInt(argument, groupId);
        int result = ring.register(Abi.REGISTER_PBUF_STATUS, argument, 1);
        return result < 0 ? result : RawMemory.getShort(entries + TAIL) - RawMemory.getInt(argument + 4) & 0xFFFF;
    }

    public int groupId() {
        return groupId;
    }

    public int count() {
        return count;
    }

    public int bufferBytes() {
        return bufferBytes;
    }

    /// Takes the group from the kernel and unmaps the buffers; idempotent.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (!ring.isClosed()) {
            long argument = ring.registerArgument();
            RawMemory.putShort(argument + 12, (short) groupId);
            ring.register(Abi.UNREGISTER_PBUF_RING, argument, 1);
        }
        Kernel.munmap(entries, mappedBytes);
    }

    private int register() {
        long argument = ring.registerArgument();
        RawMemory.putLong(argument, entries);
        RawMemory.putInt(argument + 8, count);
        RawMemory.putShort(argument + 12, (short) groupId);
        return ring.register(Abi.REGISTER_PBUF_RING, argument, 1);
    }

    private static long pageAligned(long bytes) {
        return bytes + 4095 & -4096;
    }
}
