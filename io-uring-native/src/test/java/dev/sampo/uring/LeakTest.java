package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Rings, buffers and wakeups give back descriptors and memory, with requests in flight and without.
@Timeout(60)
final class LeakTest {
    private static final int RINGS = 100;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int BUFFERS = 1024;

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @Test
    void rings_createdAndClosed_leaveNoDescriptorAndNoMapping() throws IOException {
        useRing(0);
        int fdsBefore = descriptors();
        int mapsBefore = ringMappings();
        long kilobytesBefore = virtualKilobytes();
        for (int i = 0; i < RINGS; i++) {
            useRing(i);
        }
        assertThat(descriptors()).isEqualTo(fdsBefore);
        assertThat(ringMappings()).isEqualTo(mapsBefore);
        // One set of buffers is 64 MiB: a hundred leaked ones could not hide in what the JVM itself maps.
        assertThat(virtualKilobytes() - kilobytesBefore).isLessThan(BUFFERS * (long) BUFFER_BYTES / 1024);
    }

    @Test
    void rings_createdAndClosed_giveTheirRegistrationsBack() {
        // The kernel has 16 a thread; a ring whose registration stays behind is never freed.
        int registered = 0;
        for (int i = 0; i < RINGS; i++) {
            try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
                registered += ring.fdRegistered() ? 1 : 0;
            }
        }
        assertThat(registered).isEqualTo(RINGS);
    }

    @Test
    void ring_open_isSeenByTheseChecks() throws IOException {
        int fdsBefore = descriptors();
        int mapsBefore = ringMappings();
        long kilobytesBefore = virtualKilobytes();
        try (IoUring ring = IoUring.create(IoUring.Options.defaults());
                BufferRing buffers = new BufferRing(ring, 1, BUFFERS, BUFFER_BYTES);
                Wakeup wakeup = new Wakeup(ring, 1)) {
            assertThat(buffers.available()).isEqualTo(BUFFERS);
            assertThat(wakeup.wakes()).isZero();
            assertThat(descriptors()).isEqualTo(fdsBefore + 2);
            assertThat(ringMappings()).isEqualTo(mapsBefore + 2);
            assertThat(virtualKilobytes() - kilobytesBefore).isGreaterThanOrEqualTo(BUFFERS * (long) BUFFER_BYTES / 1024);
        }
    }

    @Test
    void bufferRing_refusedByTheKernel_leavesNoMapping() throws IOException {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults()); BufferRing first = new BufferRing(ring, 1, 2, 64)) {
            long kilobytesBefore = virtualKilobytes();
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                try (BufferRing second = new BufferRing(ring, 1, BUFFERS, BUFFER_BYTES)) {
                    assertThat(second).isNull();
                } catch (UringException e) {
                    assertThat(e.errno()).isEqualTo(Errno.EEXIST);
                    refused++;
                }
            }
            assertThat(refused).isEqualTo(20);
            assertThat(first.available()).isEqualTo(2);
            assertThat(virtualKilobytes() - kilobytesBefore).isLessThan(BUFFERS * (long) BUFFER_BYTES / 1024);
        }
    }

    private static void useRing(int number) {
        int[] fds = new int[2];
        assertThat(Kernel.socketpair(fds)).isZero();
        try (IoUring ring = IoUring.create(IoUring.Options.defaults());
                BufferRing buffers = new BufferRing(ring, 1, BUFFERS, BUFFER_BYTES);
                Wakeup wakeup = new Wakeup(ring, 1)) {
            ring.prepNop(2);
            if (number % 2 == 0) {
                ring.prepRecvMultishot(fds[0], buffers.groupId(), 3);
                ring.prepTimeout(3600 * Rings.SECOND, 4);
                wakeup.arm();
            }
            assertThat(ring.submit()).isPositive();
        }
        assertThat(Kernel.close(fds[0]) + Kernel.close(fds[1])).isZero();
    }

    private static int descriptors() {
        String[] names = new File("/proc/self/fd").list();
        assertThat(names).isNotNull();
        return names.length;
    }

    private static int ringMappings() throws IOException {
        return (int) Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(line -> line.contains("io_uring")).count();
    }

    private static long virtualKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmSize:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }
}
