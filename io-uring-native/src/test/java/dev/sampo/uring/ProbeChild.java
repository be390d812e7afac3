package dev.sampo.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The main class of a process that probes for io_uring, having forbidden it to itself by a seccomp filter if asked to.
///
/// Argument: the errno that `io_uring_setup` shall answer, 0 = no filter. Prints `<supported> <reason>`.
final class ProbeChild {
    private static final boolean X86_64 = "amd64".equals(System.getProperty("os.arch"));
    private static final int PRCTL = X86_64 ? 157 : 167;
    private static final int SECCOMP = X86_64 ? 317 : 277;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SET_MODE_FILTER = 1;
    private static final int FLAG_ALL_THREADS = 1;
    private static final int RET_ERRNO = 0x0005_0000;
    private static final int RET_ALLOW = 0x7FFF_0000;
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;

    private ProbeChild() {
    }

    static void main(String[] arguments) {
        int errno = Integer.parseInt(arguments[0]);
        long result = errno == 0 ? 0 : forbid(errno);
        if (result != 0) {
            System.out.println("no filter: " + Errno.describe((int) result));
            return;
        }
        if (CpuAffinity.allowedCpus().length == 0 && Kernel.unsupportedReason().isEmpty()) {
            System.out.println("no cpus");
            return;
        }
        Probe probe = IoUring.probe();
        System.out.println(probe.supported() + " " + probe.reason());
    }

    private static long forbid(int errno) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(4 * 8, 8);
            instruction(program, 0, LOAD_WORD, 0, 0, 0);
            instruction(program, 1, JUMP_IF_EQUAL, 0, 1, Kernel.IO_URING_SETUP);
            instruction(program, 2, RETURN, 0, 0, RET_ERRNO | errno);
            instruction(program, 3, RETURN, 0, 0, RET_ALLOW);
            MemorySegment header = arena.allocate(16, 8);
            header.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
            header.set(ValueLayout.JAVA_LONG, 8, program.address());
            long result = Kernel.call(PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
            return result != 0 ? result : Kernel.call(SECCOMP, SET_MODE_FILTER, FLAG_ALL_THREADS, header.address(), 0, 0, 0);
        }
    }

    private static void instruction(MemorySegment program, int index, int code, int ifTrue, int ifFalse, int operand) {
        long at = index * 8L;
        program.set(ValueLayout.JAVA_SHORT, at, (short) code);
        program.set(ValueLayout.JAVA_BYTE, at + 2, (byte) ifTrue);
        program.set(ValueLayout.JAVA_BYTE, at + 3, (byte) ifFalse);
        program.set(ValueLayout.JAVA_INT, at + 4, operand);
    }
}
