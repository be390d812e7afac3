package dev.sampo.uring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Whether io_uring works here, found out by using it.
///
/// @param supported whether [IoUring#create] and all operations of this package can be expected to work
/// @param reason one line for people: why not, or what was found
/// @param kernelRelease as `uname -r`
/// @param setup the setup flags that the kernel accepted, as text; empty when there was no ring
/// @param features the kernel's feature bits; 0 when there was no ring
public record Probe(boolean supported, String reason, String kernelRelease, String setup, int features) {
    /// System property: any text here is the reason why io_uring is not supported; for tests and for operators.
    public static final String FORBID_PROPERTY = "sampo.uring.forbid";

    private static final Path DISABLED_SYSCTL = Path.of("/proc/sys/kernel/io_uring_disabled");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long REPLY_NANOS_MAX = 1_000_000_000L;

    static Probe run() {
        String forbidden = System.getProperty(FORBID_PROPERTY);
        if (forbidden != null) {
            return refused("forbidden by -D" + FORBID_PROPERTY + ": " + forbidden);
        }
        Optional<String> unsupported = Kernel.unsupportedReason();
        if (unsupported.isPresent()) {
            return refused(unsupported.get());
        }
        try (IoUring ring = IoUring.create(new IoUring.Options(8, 16, true, false))) {
            String missing = missing(ring);
            if (missing != null) {
                return new Probe(false, missing, release(), ring.setupFlags(), ring.features());
            }
            return new Probe(true, "io_uring on kernel " + release() + " with " + ring.setupFlags(), release(),
                    ring.setupFlags(), ring.features());
        } catch (UringException e) {
            return refused(explain(e));
        }
    }

    /// Receives one byte through a buffer ring with a multishot receive: the youngest thing that this package needs.
    private static String missing(IoUring ring) {
        int[] fds = new int[2];
        int result = Kernel.socketpair(fds);
        if (result < 0) {
            return "socketpair: " + Errno.describe(result);
        }
        try (BufferRing buffers = new BufferRing(ring, 0, 2, 64)) {
            Kernel.write(fds[1], buffers.address(0), 1);
            ring.prepRecvMultishot(fds[0], 0, 1);
            ring.submitAndWait(1, REPLY_NANOS_MAX);
            int[] received = {-Errno.ETIME, 0};
            ring.reap((_, res, flags) -> {
                received[0] = res;
                received[1] = flags;
            }, 1);
            // The peer's end finishes the receive, so that none is in flight when the buffers go.
            Kernel.shutdown(fds[1], Kernel.SHUT_RDWR);
            ring.submitAndWait(1, REPLY_NANOS_MAX);
            boolean works = received[0] == 1 && (received[1] & IoUring.CQE_MORE) != 0;
            return works ? null : "kernel " + release() + " has no multishot receive (needs 6.0): " + outcome(received[0]);
        } catch (UringException e) {
            return "kernel " + release() + " has no provided-buffer rings (needs 5.19): " + e.getMessage();
        } finally {
            Kernel.close(fds[0]);
            Kernel.close(fds[1]);
        }
    }

    private static String outcome(int result) {
        return result < 0 ? Errno.describe(result) : "it ended after one completion";
    }

    private static String explain(UringException e) {
        return switch (e.errno()) {
            case Errno.ENOSYS -> "io_uring_setup answers ENOSYS: kernel " + release()
                    + (seccompFiltered() ? " is behind a seccomp filter that hides it" : " was built without io_uring");
            case Errno.EPERM, Errno.EACCES -> "io_uring_setup answers " + Errno.name(e.errno()) + ": " + whoForbids();
            case Errno.ENOMEM -> "io_uring_setup answers ENOMEM: the locked memory limit (ulimit -l) or memory is exhausted";
            case Errno.EMFILE, Errno.ENFILE -> "io_uring_setup answers " + Errno.describe(e.errno()) + " (ulimit -n)";
            default -> e.getMessage();
        };
    }

    private static String whoForbids() {
        String disabled = firstLine(DISABLED_SYSCTL);
        if ("1".equals(disabled) || "2".equals(disabled)) {
            return "sysctl kernel.io_uring_disabled is " + disabled;
        }
        return seccompFiltered() ? "a seccomp filter forbids it (container runtime?)" : "a security policy forbids it";
    }

    private static boolean seccompFiltered() {
        try {
            List<String> lines = Files.readAllLines(STATUS);
            return lines.stream().anyMatch(line -> line.startsWith("Seccomp:") && line.endsWith("2"));
        } catch (IOException e) {
            return false;
        }
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static Probe refused(String reason) {
        return new Probe(false, reason, release(), "", 0);
    }

    private static String release() {
        return System.getProperty("os.version", "unknown");
    }
}
