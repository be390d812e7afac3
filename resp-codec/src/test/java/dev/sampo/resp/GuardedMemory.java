package dev.sampo.resp;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Test memory between two pages that may not be touched: a read or write one byte too far ends the process, so a test
/// that merely returns has proved that nothing outside was touched. Linux only.
final class GuardedMemory implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final MethodHandle MMAP = handle("mmap", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = handle("mprotect", FunctionDescriptor.of(ValueLayout.JAVA_INT,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP = handle("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private final long mapping;
    private final long usable;

    GuardedMemory(int capacity) {
        usable = (capacity + PAGE - 1L) / PAGE * PAGE;
        try {
            mapping = (long) MMAP.invokeExact(0L, usable + 2 * PAGE, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (mapping == -1) {
                throw new IllegalStateException("mmap failed");
            }
            if ((int) MPROTECT.invokeExact(mapping + PAGE, usable, PROT_READ_WRITE) != 0) {
                throw new IllegalStateException("mprotect failed");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// Where bytes stand that end at the upper guard.
    long atEnd(byte[] bytes, int length) {
        long address = mapping + PAGE + usable - length;
        OffHeap.copyFrom(bytes, 0, address, length);
        return address;
    }

    /// Where bytes stand that begin at the lower guard.
    long atStart(byte[] bytes, int length) {
        OffHeap.copyFrom(bytes, 0, mapping + PAGE, length);
        return mapping + PAGE;
    }

    @Override
    public void close() {
        try {
            if ((int) MUNMAP.invokeExact(mapping, usable + 2 * PAGE) != 0) {
                throw new IllegalStateException("munmap failed");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }
}
