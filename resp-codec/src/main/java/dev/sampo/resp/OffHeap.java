package dev.sampo.resp;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/// Raw memory by absolute address. Loads and stores go through one constant segment over the whole address space, which
/// the JIT reduces to plain instructions; nothing is checked, so an address must come from [#allocate(long)], a mapping
/// or the kernel. Words are little-endian and need no alignment.
///
/// With `-Dsampo.memory.debug=true` every allocation is surrounded by red zones that [#free(long, long)] verifies,
/// fresh and freed bytes are poisoned and live allocations are counted; otherwise none of that costs anything.
///
/// All methods may be called from any thread; ordering between threads is the caller's affair.
public final class OffHeap {
    /// Whether allocations carry red zones and poison (`sampo.memory.debug`).
    public static final boolean DEBUG = Boolean.getBoolean("sampo.memory.debug");

    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VarHandle ARRAY_LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ARRAY_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /// Above this length a copy is handed to the JDK's bulk copy; below, a few wide loads and stores are cheaper.
    private static final int SHORT_COPY = 32;
    /// Up to this length a copy between off-heap places is made of blocks of four words: the bulk copy's preparations would cost more than the copy.
    private static final int MEDIUM_COPY = 256;

    /// From malloc.h.
    private static final int M_MMAP_THRESHOLD = -3;
    private static final int MMAP_THRESHOLD_BYTES = 256 << 10;

    /// From linux/mman.h.
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final long HUGE_PAGE_BYTES = 2 << 20;

    private static final MethodHandle MALLOC;
    private static final MethodHandle REALLOC;
    private static final MethodHandle FREE;
    private static final MethodHandle ALIGNED_ALLOC;
    /// Null where the system is not Linux.
    private static final MethodHandle MADVISE;
    private static final LongAdder ALLOCATED = new LongAdder();

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new ExceptionInInitializerError("Sampo needs a little-endian machine");
        }
        Linker linker = Linker.nativeLinker();
        MALLOC = downcall(linker, "malloc", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        REALLOC = downcall(linker, "realloc",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        FREE = downcall(linker, "free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
        ALIGNED_ALLOC = downcall(linker, "aligned_alloc", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        MADVISE = System.getProperty("os.name").equals("Linux")
            ? downcall(linker, "madvise", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)) : null;
        returnLargeBlocks(linker);
    }

    private OffHeap() {
    }

    /// glibc raises the size from which freed blocks go back to the system with every large block that is freed; fixed, memory that is freed is given back.
    private static void returnLargeBlocks(Linker linker) {
        linker.defaultLookup().find("mallopt").ifPresent(symbol -> {
            MethodHandle mallopt = linker.downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            try {
                int _ = (int) mallopt.invokeExact(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
            } catch (Throwable e) {
                throw new AssertionError("mallopt takes two integers", e);
            }
        });
    }

    private static MethodHandle downcall(Linker linker, String name, FunctionDescriptor descriptor) {
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    // ---------------------------------------------------------------- loads and stores

    public static byte getByte(long address) {
        return ALL.get(BYTE, address);
    }

    public static short getShort(long address) {
        return ALL.get(SHORT, address);
    }

    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(BYTE, address, value);
    }

    public static void putShort(long address, short value) {
        ALL.set(SHORT, address, value);
    }

    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    // ---------------------------------------------------------------- copying

    /// Copies `length` bytes; the ranges may overlap.
    public static void copy(long source, long target, long length) {
        if (length > SHORT_COPY) {
            if (length <= MEDIUM_COPY && Long.compareUnsigned(target - source, length) >= 0) {
                copyBlocks(source, target, (int) length);
            } else {
                MemorySegment.copy(ALL, source, ALL, target, length);
            }
        } else if (length >= 8) {
            copyWords(source, target, (int) length);
        } else if (length > 0) {
            copyFew(source, target, (int) length);
        }
    }

    /// 8 to 32 bytes, from both ends: everything is loaded before anything is stored, so overlap does no harm.
    /// Copies more than 32 bytes to a place that does not begin inside them; it may end there. The last block is loaded first, because the others may be
    /// stored over it.
    private static void copyBlocks(long source, long target, int length) {
        long lastSource = source + length - 32;
        long last0 = getLong(lastSource);
        long last1 = getLong(lastSource + 8);
        long last2 = getLong(lastSource + 16);
        long last3 = getLong(lastSource + 24);
        for (int i = 0; i < length - 32; i += 32) {
            long word0 = getLong(source + i);
            long word1 = getLong(source + i + 8);
            long word2 = getLong(source + i + 16);
            long word3 = getLong(source + i + 24);
            putLong(target + i, word0);
            putLong(target + i + 8, word1);
            putLong(target + i + 16, word2);
            putLong(target + i + 24, word3);
        }
        long lastTarget = target + length - 32;
        putLong(lastTarget, last0);
        putLong(lastTarget + 8, last1);
        putLong(lastTarget + 16, last2);
        putLong(lastTarget + 24, last3);
    }

    private static void copyWords(long source, long target, int length) {
        long sourceTail = source + length - 8;
        long targetTail = target + length - 8;
        long head = getLong(source);
        long tail = getLong(sourceTail);
        if (length > 16) {
            long second = getLong(source + 8);
            long third = getLong(sourceTail - 8);
            putLong(target + 8, second);
            putLong(targetTail - 8, third);
        }
        putLong(target, head);
        putLong(targetTail, tail);
    }

    private static void copyFew(long source, long target, int length) {
        if (length >= 4) {
            int head = getInt(source);
            int tail = getInt(source + length - 4);
            putInt(target, head);
            putInt(target + length - 4, tail);
        } else {
            byte first = getByte(source);
            byte middle = getByte(source + (length >> 1));
            byte last = getByte(source + length - 1);
            putByte(target, first);
            putByte(target + (length >> 1), middle);
            putByte(target + length - 1, last);
        }
    }

    /// Copies `length` bytes of `source` from `offset` to the address `target`.
    public static void copyFrom(byte[] source, int offset, long target, int length) {
        if (length > SHORT_COPY) {
            MemorySegment.copy(source, offset, ALL, BYTE, target, length);
        } else if (length >= 8) {
            int tail = offset + length - 8;
            long targetTail = target + length - 8;
            putLong(target, (long) ARRAY_LONG.get(source, offset));
            if (length > 16) {
                putLong(target + 8, (long) ARRAY_LONG.get(source, offset + 8));
                putLong(targetTail - 8, (long) ARRAY_LONG.get(source, tail - 8));
            }
            putLong(targetTail, (long) ARRAY_LONG.get(source, tail));
        } else if (length >= 4) {
            putInt(target, (int) ARRAY_INT.get(source, offset));
            putInt(target + length - 4, (int) ARRAY_INT.get(source, offset + length - 4));
        } else {
            for (int i = 0; i < length; i++) {
                putByte(target + i, source[offset + i]);
            }
        }
    }

    /// Copies `length` bytes at the address `source` into `target` from `offset`.
    public static void copyTo(long source, byte[] target, int offset, int length) {
        if (length > SHORT_COPY) {
            MemorySegment.copy(ALL, BYTE, source, target, offset, length);
        } else if (length >= 8) {
            int tail = offset + length - 8;
            long sourceTail = source + length - 8;
            ARRAY_LONG.set(target, offset, getLong(source));
            if (length > 16) {
                ARRAY_LONG.set(target, offset + 8, getLong(source + 8));
                ARRAY_LONG.set(target, tail - 8, getLong(sourceTail - 8));
            }
            ARRAY_LONG.set(target, tail, getLong(sourceTail));
        } else if (length >= 4) {
            ARRAY_INT.set(target, offset, getInt(source));
            ARRAY_INT.set(target, offset + length - 4, getInt(source + length - 4));
        } else {
            for (int i = 0; i < length; i++) {
                target[offset + i] = getByte(source + i);
            }
        }
    }

    /// Sets `length` bytes to `value`. Long runs go through a slice, an object that the compiler may or may not make away with.
    public static void fill(long address, long length, byte value) {
        if (length > MEDIUM_COPY) {
            ALL.asSlice(address, length).fill(value);
            return;
        }
        long word = (value & 0xFFL) * 0x0101010101010101L;
        long i = 0;
        for (; i + 8 <= length; i += 8) {
            putLong(address + i, word);
        }
        for (; i < length; i++) {
            putByte(address + i, value);
        }
    }

    // ---------------------------------------------------------------- comparing

    /// Whether both ranges of `length` bytes hold the same bytes.
    public static boolean equals(long a, long b, long length) {
        if (length < 8) {
            return equalsFew(a, b, (int) length);
        }
        long last = length - 8;
        for (long i = 0; i < last; i += 8) {
            if (getLong(a + i) != getLong(b + i)) {
                return false;
            }
        }
        return getLong(a + last) == getLong(b + last);
    }

    private static boolean equalsFew(long a, long b, int length) {
        if (length >= 4) {
            return getInt(a) == getInt(b) && getInt(a + length - 4) == getInt(b + length - 4);
        }
        for (int i = 0; i < length; i++) {
            if (getByte(a + i) != getByte(b + i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether the `length` bytes at `a` are the first `length` bytes of `b`.
    public static boolean equals(long a, byte[] b, int length) {
        if (length > b.length) {
            return false;
        }
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if (getLong(a + i) != (long) ARRAY_LONG.get(b, i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (getByte(a + i) != b[i]) {
                return false;
            }
        }
        return true;
    }

    /// Orders two byte strings as `memcmp` over the common length and then by length: negative, zero or positive.
    public static int compare(long a, long aLength, long b, long bLength) {
        long common = Math.min(aLength, bLength);
        long i = 0;
        for (; i + 8 <= common; i += 8) {
            long x = getLong(a + i);
            long y = getLong(b + i);
            if (x != y) {
                return Long.compareUnsigned(Long.reverseBytes(x), Long.reverseBytes(y));
            }
        }
        for (; i < common; i++) {
            int difference = (getByte(a + i) & 0xFF) - (getByte(b + i) & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return Long.compare(aLength, bLength);
    }

    // ---------------------------------------------------------------- to the heap

    /// A copy of the `length` bytes at `address`.
    public static byte[] bytes(long address, int length) {
        byte[] copy = new byte[length];
        copyTo(address, copy, 0, length);
        return copy;
    }

    /// The `length` bytes at `address` as ISO 8859-1 text: one character per byte, nothing lost.
    public static String latin1(long address, int length) {
        return new String(bytes(address, length), StandardCharsets.ISO_8859_1);
    }

    /// The `length` bytes at `address` decoded as UTF-8; malformed sequences become U+FFFD.
    public static String utf8(long address, int length) {
        return new String(bytes(address, length), StandardCharsets.UTF_8);
    }

    // ---------------------------------------------------------------- allocating

    /// Allocates `size` bytes of undefined content, aligned to 16.
    ///
    /// @throws OutOfMemoryError when the system refuses
    public static long allocate(long size) {
        if (size < 0) {
            throw new IllegalArgumentException("negative size " + size);
        }
        long address = DEBUG ? MemoryDebug.allocate(size) : malloc(size);
        ALLOCATED.add(size);
        return address;
    }

    /// Allocates `size` bytes of undefined content that start at a multiple of 2 MiB and that the system is asked to back with huge pages, where it knows how.
    /// Given back with [#free].
    ///
    /// @throws OutOfMemoryError when the system refuses
    public static long allocateHuge(long size) {
        if (DEBUG || MADVISE == null) {
            return allocate(size);
        }
        long address;
        try {
            address = requireMemory((long) ALIGNED_ALLOC.invokeExact(HUGE_PAGE_BYTES, size + HUGE_PAGE_BYTES - 1 & -HUGE_PAGE_BYTES), size);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        ALLOCATED.add(size);
        advise(address, size, MADV_HUGEPAGE);
        return address;
    }

    /// Takes bytes of an allocation out of [#allocatedBytes()] (negative) or into it again: addresses without memory behind them do
    /// not count as memory.
    public static void count(long bytes) {
        ALLOCATED.add(bytes);
    }

    /// Gives the memory of whole pages in `size` bytes from a page boundary back to the system; their addresses stay allocated, their content is undefined.
    public static void discard(long address, long size) {
        if (!DEBUG && MADVISE != null) {
            advise(address, size, MADV_DONTNEED);
        }
    }

    /// Advice that the system does not take changes nothing but speed.
    private static void advise(long address, long size, int advice) {
        try {
            int _ = (int) MADVISE.invokeExact(address, size, advice);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Resizes an allocation, possibly moving it; the bytes up to the smaller size are kept. `address` 0 allocates.
    ///
    /// @throws OutOfMemoryError when the system refuses; the old allocation is then untouched
    public static long reallocate(long address, long oldSize, long newSize) {
        if (address == 0) {
            return allocate(newSize);
        }
        if (newSize < 0) {
            throw new IllegalArgumentException("negative size " + newSize);
        }
        long moved = DEBUG ? MemoryDebug.reallocate(address, oldSize, newSize) : realloc(address, newSize);
        ALLOCATED.add(newSize - oldSize);
        return moved;
    }

    /// Gives back an allocation of `size` bytes; `address` 0 is ignored.
    public static void free(long address, long size) {
        if (address == 0) {
            return;
        }
        if (DEBUG) {
            MemoryDebug.free(address, size);
        } else {
            release(address);
        }
        ALLOCATED.add(-size);
    }

    /// Bytes allocated and not yet freed, as their owners asked for them (without allocator overhead).
    public static long allocatedBytes() {
        return ALLOCATED.sum();
    }

    /// Number of live allocations, or -1 unless [#DEBUG] is on.
    public static long liveAllocations() {
        return DEBUG ? MemoryDebug.liveAllocations() : -1;
    }

    static long malloc(long size) {
        long address;
        try {
            address = (long) MALLOC.invokeExact(Math.max(size, 1));
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return requireMemory(address, size);
    }

    private static long realloc(long address, long size) {
        long moved;
        try {
            moved = (long) REALLOC.invokeExact(address, Math.max(size, 1));
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return requireMemory(moved, size);
    }

    static void release(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static long requireMemory(long address, long size) {
        if (address == 0) {
            throw new OutOfMemoryError("cannot allocate " + size + " bytes off heap (" + ALLOCATED.sum() + " in use)");
        }
        return address;
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("the C allocator cannot be called", e);
    }
}
