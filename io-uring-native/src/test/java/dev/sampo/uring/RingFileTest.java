package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class RingFileTest {
    @TempDir
    private Path directory;
    private final Completions completions = new Completions();

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @Test
    void writeFsyncRead_atOffsets_givesTheBytesBack() throws IOException {
        int bytes = 1 << 20;
        long memory = Kernel.mmap(2L * bytes);
        byte[] content = new byte[bytes];
        new Random(3).nextBytes(content);
        for (int i = 0; i < bytes; i++) {
            RawMemory.putByte(memory + i, content[i]);
        }
        int fd = Kernel.open(directory.resolve("f").toString(), Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL, 0644);
        assertThat(fd).isPositive();
        try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
            int piece = bytes / 4;
            for (int i = 3; i >= 0; i--) {
                ring.prepWrite(fd, memory + (long) i * piece, piece, (long) i * piece, i);
            }
            Rings.await(ring, completions, 4);
            assertThat(completions.all()).allMatch(c -> c.result() == piece);
            ring.prepFsync(fd, true, 10);
            ring.prepFsync(fd, false, 11);
            Rings.await(ring, completions, 6);
            assertThat(completions.resultsOf(10)).containsExactly(0);
            assertThat(completions.resultsOf(11)).containsExactly(0);
            ring.prepRead(fd, memory + bytes, bytes, 0, 12);
            Rings.await(ring, completions, 7);
            assertThat(completions.resultsOf(12)).containsExactly(bytes);
        }
        assertThat(RawMemory.at(memory, bytes).mismatch(RawMemory.at(memory + bytes, bytes))).isEqualTo(-1);
        assertThat(Files.readAllBytes(directory.resolve("f"))).isEqualTo(content);
        assertThat(Kernel.close(fd)).isZero();
        Kernel.munmap(memory, 2L * bytes);
    }

    @Test
    void writev_twoPieces_areWrittenInOrder() throws IOException {
        long memory = Kernel.mmap(4096);
        byte[] text = "one two".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < text.length; i++) {
            RawMemory.putByte(memory + i, text[i]);
        }
        long iovecs = memory + 1024;
        RawMemory.putLong(iovecs, memory + 4);
        RawMemory.putLong(iovecs + 8, 3);
        RawMemory.putLong(iovecs + 16, memory);
        RawMemory.putLong(iovecs + 24, 3);
        int fd = Kernel.open(directory.resolve("v").toString(), Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_APPEND, 0600);
        try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
            ring.prepWritev(fd, iovecs, 2, -1, 1);
            Rings.await(ring, completions, 1);
            ring.prepClose(fd, 2);
            Rings.await(ring, completions, 2);
        }
        assertThat(completions.resultsOf(1)).containsExactly(6);
        assertThat(completions.resultsOf(2)).containsExactly(0);
        assertThat(Files.readString(directory.resolve("v"))).isEqualTo("twoone");
        Kernel.munmap(memory, 4096);
    }

    @Test
    void fileOperations_wrongDescriptor_completeWithTheError() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
            ring.prepFsync(1_000_000, false, 1);
            ring.prepWrite(1_000_000, 0, 0, 0, 2);
            ring.prepClose(1_000_000, 3);
            Rings.await(ring, completions, 3);
            assertThat(completions.all()).allMatch(c -> c.result() == -Errno.EBADF).hasSize(3);
        }
    }

    @Test
    void kernelFiles_openTruncateAllocate_reportSizesAndErrors() throws IOException {
        Path file = directory.resolve("t");
        assertThat(Kernel.open(file.toString(), Kernel.O_RDONLY, 0)).isEqualTo(-Errno.ENOENT);
        assertThat(Kernel.open(directory.toString(), Kernel.O_WRONLY, 0)).isEqualTo(-Errno.EISDIR);
        int folder = Kernel.open(directory.toString(), Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0);
        assertThat(folder).isPositive();
        int fd = Kernel.open(file.toString(), Kernel.O_RDWR | Kernel.O_CREAT, 0644);
        assertThat(Kernel.open(file.toString(), Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0)).isEqualTo(-Errno.ENOTDIR);
        assertThat(Kernel.ftruncate(fd, 12345)).isZero();
        assertThat(Files.size(file)).isEqualTo(12345);
        assertThat(Kernel.fallocate(fd, 0, 20000)).isZero();
        assertThat(Files.size(file)).isEqualTo(20000);
        assertThat(Kernel.ftruncate(fd, -1)).isEqualTo(-Errno.EINVAL);
        assertThat(Kernel.close(fd) + Kernel.close(folder)).isZero();
    }
}
