package dev.sampo.uring;

import java.lang.foreign.Arena;
import java.util.BitSet;

/// Which cpus threads may run on, and pinning the current thread to one.
public final class CpuAffinity {
    private static final int MASK_BYTES = 1024;

    private CpuAffinity() {
    }

    /// The cpus that this process was given (taskset, cpuset cgroup), ascending. Pinned threads do not narrow it.
    ///
    /// @return cpu numbers; empty where the question cannot be answered
    public static int[] allowedCpus() {
        // The main thread is never pinned by us: the JVM's launcher runs Java on another one.
        return cpusOf((int) ProcessHandle.current().pid());
    }

    /// The cpus that the calling thread may run on, ascending; empty where the question cannot be answered.
    public static int[] currentCpus() {
        return cpusOf(0);
    }

    /// Pins the calling platform thread to one cpu.
    ///
    /// @return 0; `-EINVAL` for a cpu that is not there or not allowed, or on a virtual thread; `-ENOSYS` where unsupported
    public static int pinCurrentThread(int cpu) {
        return setCurrent(cpu);
    }

    /// Lets the calling thread run again on all cpus of the process.
    ///
    /// @return 0 or a negated errno
    public static int unpinCurrentThread() {
        return setCurrent(allowedCpus());
    }

    private static int setCurrent(int... cpus) {
        if (Kernel.unsupportedReason().isPresent()) {
            return -Errno.ENOSYS;
        }
        // A virtual thread would pin its carrier, and with it strangers.
        if (Thread.currentThread().isVirtual()) {
            return -Errno.EINVAL;
        }
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            for (int cpu : cpus) {
                if (cpu < 0 || cpu >= MASK_BYTES * 8) {
                    return -Errno.EINVAL;
                }
                long word = mask + (cpu >>> 6) * 8L;
                RawMemory.putLong(word, RawMemory.getLong(word) | 1L << cpu);
            }
            return Kernel.schedSetAffinity(0, mask, MASK_BYTES);
        }
    }

    private static int[] cpusOf(int tid) {
        if (Kernel.unsupportedReason().isPresent()) {
            return new int[0];
        }
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            int bytes = Kernel.schedGetAffinity(tid, mask, MASK_BYTES);
            if (bytes < 0) {
                return new int[0];
            }
            long[] words = new long[bytes / 8];
            for (int i = 0; i < words.length; i++) {
                words[i] = RawMemory.getLong(mask + i * 8L);
            }
            return BitSet.valueOf(words).stream().toArray();
        }
    }
}
