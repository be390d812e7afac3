package dev.sampo.shard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What the operating system knows of this process. On Linux it is read from `/proc`, where no disk is behind a file and a read
/// does not wait; elsewhere what Java knows has to do, and the rest is 0.
final class ProcessFigures {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path STAT = Path.of("/proc/self/stat");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    /// The unit of times in stat, fixed by the kernel's interface.
    private static final double TICKS_PER_SECOND = 100;

    private static final long TOTAL_MEMORY = kilobytes(read(MEMORY), "MemTotal:");
    private static final String EXECUTABLE = ProcessHandle.current().info().command().orElse("");

    private ProcessFigures() {
    }

    /// Memory of the process, the Java heap and everything included; 0 = unknown.
    record Memory(long residentBytes, long residentBytesPeak) { }

    static Memory memory() {
        String status = read(STATUS);
        return new Memory(kilobytes(status, "VmRSS:"), kilobytes(status, "VmHWM:"));
    }

    /// Processor time so far in seconds.
    ///
    /// @param user by the program
    /// @param system by the kernel for it
    record Cpu(double user, double system) { }

    static Cpu cpu() {
        String stat = read(STAT);
        // The name of the program, field 2, may hold spaces; the fields behind it do not.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
        if (fields.length < 13) {
            Duration total = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
            return new Cpu(total.toMillis() / 1000.0, 0);
        }
        return new Cpu(Long.parseLong(fields[11]) / TICKS_PER_SECOND, Long.parseLong(fields[12]) / TICKS_PER_SECOND);
    }

    /// Bytes of memory in the machine; 0 = unknown.
    static long totalMemoryBytes() {
        return TOTAL_MEMORY;
    }

    /// Path of the program that runs, here Java's.
    static String executable() {
        return EXECUTABLE;
    }

    /// The number of bytes in a line `name   12 kB`.
    private static long kilobytes(String text, String name) {
        return text.lines().filter(line -> line.startsWith(name))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst().orElse(0);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
