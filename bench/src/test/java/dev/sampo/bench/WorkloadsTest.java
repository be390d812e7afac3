package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.Workload.Request;
import dev.sampo.bench.Workload.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadsTest {
    private final Workloads workloads = new Workloads(1000, 100, 64, 10);

    @Test
    void everyRow_compiles() {
        int requests = 0;
        for (Workload workload : workloads.select(List.copyOf(workloads.names()))) {
            for (Request request : workload.cycle()) {
                assertThat(RequestTemplate.compile(request.line(), 64).bytes()).isNotEmpty();
                requests++;
            }
            for (Step step : workload.before()) {
                assertThat(RequestTemplate.compile(step.line(), 64).bytes()).isNotEmpty();
                assertThat(step.count()).isPositive();
            }
        }
        assertThat(requests).isGreaterThanOrEqualTo(18);
        assertThat(workloads.names()).containsAll(Workloads.DEFAULT);
    }

    @Test
    void keysAndMset_haveTheAgreedSizes() {
        assertThat(new String(RequestTemplate.compile("GET key:{key}", 64).bytes())).contains("$16\r\nkey:");
        Request mset = workloads.select(List.of("mset")).getFirst().cycle().getFirst();
        assertThat(new String(RequestTemplate.compile(mset.line(), 64).bytes())).startsWith("*21\r\n");
    }

    @Test
    void unknownName_isRefused() {
        assertThatThrownBy(() -> workloads.select(List.of("gett"))).hasMessageContaining("'gett'");
    }

    @Test
    void churn_deletesOneInFiveAndHasEverySizeEquallyOften() {
        List<Workloads.SizedRequest> churn = Workloads.churn(24, 64);
        assertThat(churn).hasSize(41 * 5);
        assertThat(churn.stream().filter(sized -> sized.request().line().startsWith("DEL"))).hasSize(41);
        for (int size = 24; size <= 64; size++) {
            int bytes = size;
            assertThat(churn.stream().filter(sized -> sized.request().line().startsWith("SET") && sized.valueBytes() == bytes))
                    .hasSize(4);
        }
    }
}
