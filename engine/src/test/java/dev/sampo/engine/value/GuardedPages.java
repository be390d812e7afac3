package dev.sampo.engine.value;

import dev.sampo.resp.OffHeap;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Memory between two pages that nobody may touch: whoever reads a byte before or behind it ends the process.
final class GuardedPages implements AutoCloseable {
    private static final int PAGE_BYTES = 4096;
    /// From mman.h of Linux.
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private final long mapping;
    private final long bytes;

    GuardedPages(int usableBytes) {
        bytes = (usableBytes + PAGE_BYTES - 1L) / PAGE_BYTES * PAGE_BYTES;
        try {
            mapping = (long) call("mmap", FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))
                .invokeExact(0L, bytes + 2 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            int failed = (int) call("mprotect", FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)).invokeExact(mapping + PAGE_BYTES, bytes, PROT_READ_WRITE);
            if (mapping < 0 || failed != 0) {
                throw new IllegalStateException("no guarded memory");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow(name), descriptor);
    }

    /// Copies bytes to the very beginning; returns their address.
    long atBegin(byte[] content) {
        OffHeap.copyFrom(content, 0, mapping + PAGE_BYTES, content.length);
        return mapping + PAGE_BYTES;
    }

    /// Copies bytes to the very end; returns their address.
    long atEnd(byte[] content) {
        long at = mapping + PAGE_BYTES + bytes - content.length;
        OffHeap.copyFrom(content, 0, at, content.length);
        return at;
    }

    @Override
    public void close() {
        try {
            int _ = (int) call("munmap",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG))
                .invokeExact(mapping, bytes + 2 * PAGE_BYTES);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
