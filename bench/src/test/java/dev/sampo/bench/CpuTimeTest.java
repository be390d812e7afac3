package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.CpuTime.Purpose;
import dev.sampo.bench.CpuTime.Task;
import dev.sampo.bench.CpuTime.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTimeTest {
    @Test
    void stat_withSpacesAndBracketsInTheName_givesItsTicks() {
        String stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 700 55 8 9 20 0 1 0 100 1000 10 18446744073709551615";
        assertThat(CpuTime.ticks(stat)).isEqualTo(755);
    }

    @Test
    void schedstat_givesTimeOnCpu() {
        assertThat(CpuTime.onCpuNanos("1234567890123 55 7\n")).isEqualTo(1234567890123L);
    }

    @Test
    void threadNames_tellTheirPurpose() {
        for (String name : new String[] {"C2 CompilerThre", "C1 CompilerThre"}) {
            assertThat(Purpose.of(name)).isEqualTo(Purpose.COMPILER);
        }
        for (String name : new String[] {"GC Thread#0", "G1 Conc#0", "G1 Service", "VM Thread", "ZWorkerYoung#0",
            "ZDriverMinor"}) {
            assertThat(Purpose.of(name)).isEqualTo(Purpose.COLLECTOR);
        }
        for (String name : new String[] {"redis-server", "core-0", "java", "iou-wrk-1", "VM Periodic Tas", "Zookeeper"}) {
            assertThat(Purpose.of(name)).isEqualTo(Purpose.WORK);
        }
    }

    @Test
    void directory_ofAProcess_isReadThreadByThread(@TempDir Path proc) throws IOException {
        write(proc.resolve("7/stat"), "7 (x) S 1 2 3 4 5 6 7 8 9 10 30 20 0 0");
        write(proc.resolve("7/task/7/comm"), "x\n");
        write(proc.resolve("7/task/7/schedstat"), "400 1 2\n");
        write(proc.resolve("7/task/8/comm"), "GC Thread#0\n");
        write(proc.resolve("7/task/8/schedstat"), "99 1 2\n");
        CpuTime time = CpuTime.of(proc, 7, 100);
        assertThat(time.processNanos()).isEqualTo(500_000_000L);
        assertThat(time.tasks()).isEqualTo(Map.of(7, new Task("x", 400), 8, new Task("GC Thread#0", 99)));
    }

    @Test
    void process_thatDoesNotExist_isAnError(@TempDir Path proc) {
        assertThatThrownBy(() -> CpuTime.of(proc, 7, 100)).isInstanceOf(IOException.class);
    }

    @Test
    void use_isSummedOverOldAndNewThreadsAndSplitByPurpose() {
        CpuTime before = new CpuTime(1000, 0, Map.of(1, new Task("main", 50), 2, new Task("C2 CompilerThre", 10)));
        CpuTime after = new CpuTime(3000, 0, Map.of(1, new Task("main", 150), 2, new Task("C2 CompilerThre", 17),
                3, new Task("G1 Conc#0", 5)));
        assertThat(after.since(before)).isEqualTo(new Use(2000, 112, 7, 5));
    }

    @Test
    void use_ofThreadsThatEnded_isTakenFromTheProcess() {
        CpuTime before = new CpuTime(0, 0, Map.of(1, new Task("main", 0), 2, new Task("gone", 0)));
        CpuTime after = new CpuTime(1, 900_000_000L, Map.of(1, new Task("main", 500_000_000L)));
        assertThat(after.since(before).totalNanos()).isEqualTo(900_000_000L);
        CpuTime roundedTicks = new CpuTime(1, 510_000_000L, Map.of(1, new Task("main", 500_000_000L)));
        assertThat(roundedTicks.since(before).totalNanos()).isEqualTo(500_000_000L);
    }

    @Test
    void ownProcess_usesTimeWhenItWorks() throws IOException, InterruptedException {
        long ticks = Machine.ticksPerSecond();
        CpuTime before = CpuTime.of(Machine.PROC, ProcessHandle.current().pid(), ticks);
        long end = System.nanoTime() + 100_000_000L;
        long turns = 0;
        while (System.nanoTime() < end) {
            turns++;
        }
        Use use = CpuTime.of(Machine.PROC, ProcessHandle.current().pid(), ticks).since(before);
        assertThat(turns).isPositive();
        assertThat(use.wallNanos()).isGreaterThanOrEqualTo(100_000_000L);
        assertThat(use.totalNanos()).isGreaterThan(5_000_000L);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
