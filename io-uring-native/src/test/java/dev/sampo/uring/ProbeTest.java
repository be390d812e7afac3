package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the probe says here, when forbidden, and in a process whose seccomp filter refuses.
@Timeout(60)
final class ProbeTest {
    @Test
    void probe_ringsWork_saysWithWhat() {
        Rings.assumeAvailable();
        Probe probe = IoUring.probe();
        assertThat(probe.supported()).isTrue();
        assertThat(probe.reason()).contains(probe.kernelRelease()).contains(probe.setup());
        assertThat(probe.setup()).contains("CQSIZE");
        assertThat(probe.features() & RingSetup.REQUIRED_FEATURES).isEqualTo(RingSetup.REQUIRED_FEATURES);
    }

    @Test
    void probe_forbiddenByProperty_saysSoInOneLine() {
        System.setProperty(Probe.FORBID_PROPERTY, "a test wants it so");
        try {
            Probe probe = IoUring.probe();
            assertThat(probe.supported()).isFalse();
            assertThat(probe.reason()).contains("a test wants it so").contains(Probe.FORBID_PROPERTY).doesNotContain("\n");
            assertThat(probe.setup()).isEmpty();
            assertThat(probe.features()).isZero();
        } finally {
            System.clearProperty(Probe.FORBID_PROPERTY);
        }
    }

    @Test
    void probe_underSeccomp_namesTheErrorAndTheFilter() throws Exception {
        Assumptions.assumeTrue(Kernel.unsupportedReason().isEmpty(), "no Linux system calls here");
        assertThat(probeUnderSeccomp(Errno.EPERM)).startsWith("false io_uring_setup answers EPERM").contains("seccomp");
        assertThat(probeUnderSeccomp(Errno.ENOSYS)).startsWith("false io_uring_setup answers ENOSYS").contains("seccomp");
        assertThat(probeUnderSeccomp(Errno.ENOMEM)).startsWith("false io_uring_setup answers ENOMEM").contains("ulimit -l");
    }

    private static String probeUnderSeccomp(int errno) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-Xmx64m", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), SeccompChild.class.getName(), Integer.toString(errno)))
                .redirectErrorStream(true).start();
        try {
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } finally {
            child.destroyForcibly();
        }
    }
}
