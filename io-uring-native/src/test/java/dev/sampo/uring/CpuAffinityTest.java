package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class CpuAffinityTest {
    @BeforeAll
    static void linux() {
        Assumptions.assumeTrue(Kernel.unsupportedReason().isEmpty(), () -> Kernel.unsupportedReason().orElseThrow());
    }

    @Test
    void pin_toEachAllowedCpu_restrictsOnlyThisThread() throws Exception {
        int[] allowed = CpuAffinity.allowedCpus();
        assertThat(allowed).isNotEmpty();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            for (int cpu : allowed) {
                assertThat(thread.submit(() -> CpuAffinity.pinCurrentThread(cpu)).get()).isZero();
                assertThat(thread.submit(CpuAffinity::currentCpus).get()).containsExactly(cpu);
            }
            assertThat(CpuAffinity.allowedCpus()).isEqualTo(allowed);
            assertThat(thread.submit(CpuAffinity::unpinCurrentThread).get()).isZero();
            assertThat(thread.submit(CpuAffinity::currentCpus).get()).isEqualTo(allowed);
        }
    }

    @Test
    void pin_impossible_isRefusedWithoutEffect() throws Exception {
        int[] before = CpuAffinity.currentCpus();
        assertThat(CpuAffinity.pinCurrentThread(-1)).isEqualTo(-Errno.EINVAL);
        assertThat(CpuAffinity.pinCurrentThread(8191)).isEqualTo(-Errno.EINVAL);
        assertThat(CpuAffinity.pinCurrentThread(8192)).isEqualTo(-Errno.EINVAL);
        assertThat(CpuAffinity.currentCpus()).isEqualTo(before);
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(virtual.submit(() -> CpuAffinity.pinCurrentThread(before[0])).get()).isEqualTo(-Errno.EINVAL);
        }
    }
}
