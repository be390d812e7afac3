package dev.sampo.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The CPU time a process had used at one instant, per thread and in total, from Linux's /proc.
///
/// @param wallNanos instant, on the clock of [System#nanoTime()]
/// @param processNanos user and system time of all threads, ended ones too; exact to a clock tick
/// @param tasks living threads by id
record CpuTime(long wallNanos, long processNanos, Map<Integer, Task> tasks) {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /// @param name the thread's name as the kernel knows it, 15 bytes at most
    /// @param nanos time on a CPU
    record Task(String name, long nanos) {
    }

    /// What a thread of a JVM is there for.
    enum Purpose {
        /// Everything that is not one of the others: the server's own work.
        WORK,
        /// The just-in-time compiler.
        COMPILER,
        /// Garbage collection; with the serial collector that is the VM thread.
        COLLECTOR;

        static Purpose of(String threadName) {
            if (threadName.startsWith("C1 Compiler") || threadName.startsWith("C2 Compiler") || threadName.startsWith("JVMCI")) {
                return COMPILER;
            }
            boolean collector = threadName.startsWith("GC Thread") || threadName.startsWith("G1 ")
                    || threadName.startsWith("VM Thread") || threadName.startsWith("Shenandoah")
                    || threadName.matches("Z(Worker|Driver|Director|Stat|Uncommit|Unmap).*");
            return collector ? COLLECTOR : WORK;
        }
    }

    /// The use between two instants.
    ///
    /// @param wallNanos time that passed
    /// @param totalNanos CPU time of the whole process
    /// @param compilerNanos part of it spent in compiler threads
    /// @param collectorNanos part of it spent collecting garbage
    record Use(long wallNanos, long totalNanos, long compilerNanos, long collectorNanos) {
    }

    /// Reads the time of a process.
    static CpuTime of(Path proc, long pid, long ticksPerSecond) throws IOException {
        Path root = proc.resolve(Long.toString(pid));
        Map<Integer, Task> tasks = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(root.resolve("task"))) {
            for (Path thread : threads) {
                try {
                    String name = Files.readString(thread.resolve("comm")).strip();
                    tasks.put(Integer.valueOf(thread.getFileName().toString()),
                            new Task(name, onCpuNanos(Files.readString(thread.resolve("schedstat")))));
                } catch (IOException e) {
                    // A thread may end between the listing and the reading; its time is in processNanos.
                    if (Files.exists(thread)) {
                        throw e;
                    }
                }
            }
        }
        if (tasks.isEmpty()) {
            throw new IOException("process " + pid + " has no threads");
        }
        long ticks = ticks(Files.readString(root.resolve("stat")));
        return new CpuTime(System.nanoTime(), ticks * (NANOS_PER_SECOND / ticksPerSecond), Map.copyOf(tasks));
    }

    /// User plus system ticks from the text of /proc/PID/stat. The name in brackets may hold spaces and brackets.
    static long ticks(String stat) {
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(afterName[11]) + Long.parseLong(afterName[12]);
    }

    /// Nanoseconds on a CPU from the text of a schedstat file.
    static long onCpuNanos(String schedstat) {
        return Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
    }

    /// CPU time used from `earlier` to this. Threads are summed in nanoseconds; where threads have ended in between, which shows
    /// as the process having used noticeably more than its living threads, the coarser figure of the process counts.
    Use since(CpuTime earlier) {
        long total = 0;
        long compiler = 0;
        long collector = 0;
        for (Map.Entry<Integer, Task> entry : tasks.entrySet()) {
            Task task = entry.getValue();
            Task before = earlier.tasks.get(entry.getKey());
            long used = before == null ? task.nanos : task.nanos - before.nanos;
            total += used;
            switch (Purpose.of(task.name)) {
                case COMPILER -> compiler += used;
                case COLLECTOR -> collector += used;
                case WORK -> { }
            }
        }
        long byTicks = processNanos - earlier.processNanos;
        long tolerance = 30_000_000;
        return new Use(wallNanos - earlier.wallNanos, byTicks > total + tolerance ? byTicks : total, compiler, collector);
    }
}
