package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void statLine_isSplitIntoBusyAndStolen() {
        Machine.Load load = Machine.Load.parse("cpu  100 20 30 999 888 4 5 7 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
        assertThat(load).isEqualTo(new Machine.Load(159, 7));
    }

    @Test
    void residentSet_isReadInBytes() {
        assertThat(Machine.residentBytes("Name:\tx\nVmPeak:\t  99 kB\nVmRSS:\t    2048 kB\n")).isEqualTo(2048 * 1024);
        assertThatThrownBy(() -> Machine.residentBytes("Name:\tx\n")).hasMessageContaining("VmRSS");
    }

    @Test
    void ownThreads_haveAListOfCpus() throws IOException {
        Map<String, String> lists = Machine.allowedCpus(ProcessHandle.current().pid());
        assertThat(lists).isNotEmpty();
        assertThat(lists.keySet()).allMatch(list -> list.matches("[0-9,-]+"));
    }

    @Test
    void facts_nameCpuAndKernel() throws IOException {
        assertThat(Machine.facts()).containsKeys("cpu", "cpus", "kernel", "governor", "load_average");
    }
}
