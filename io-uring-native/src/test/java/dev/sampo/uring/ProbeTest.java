package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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

    @Test
    void probe_onAnotherPlatform_saysWhichAndNothingThrows() throws Exception {
        assertThat(probeInChild("0", "-Dos.name=Mac OS X")).startsWith("false the operating system is Mac OS X");
        assertThat(probeInChild("0", "-Dos.arch=riscv64")).startsWith("false the architecture riscv64");
        assertThat(probeInChild("0", "--illegal-native-access=deny", "--enable-native-access=java.base"))
                .startsWith("false native access is not enabled");
    }

    private static String probeUnderSeccomp(int errno) throws IOException, InterruptedException {
        return probeInChild(Integer.toString(errno), "--enable-native-access=ALL-UNNAMED");
    }

    private static String probeInChild(String argument, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-Xmx64m"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ProbeChild.class.getName(), argument));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } finally {
            child.destroyForcibly();
        }
    }
}
