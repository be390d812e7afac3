package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.Measurement.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void table_isAlignedAndMarkdown() {
        TextTable table = new TextTable("name", "n");
        table.row("a", "1");
        table.row("long name", "22");
        assertThat(table.text()).isEqualTo("name        n\na           1\nlong name  22\n");
        assertThat(table.markdown()).isEqualTo("| name | n |\n|---|---:|\n| a | 1 |\n| long name | 22 |\n");
        assertThatThrownBy(() -> table.row("x")).hasMessageContaining("1 cells under 2");
    }

    @Test
    void numbers_haveThreeDigits() {
        assertThat(List.of(Report.number(0.1234), Report.number(1.234), Report.number(12.34), Report.number(1234.4)))
                .containsExactly("0.123", "1.23", "12.3", "1234");
    }

    @Test
    void json_escapesAndNests() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a\"b", List.of(1, 2.5, true, "x\ny\\"));
        map.put("empty", Map.of());
        map.put("nan", Double.NaN);
        assertThat(Json.write(map)).isEqualTo("{\n  \"a\\\"b\": [1, 2.50000, true, \"x\\u000ay\\\\\"],\n  \"empty\": {},\n"
                + "  \"nan\": null\n}\n");
    }

    @Test
    void comparison_dividesTestedByReference() {
        List<Measurement> windows = List.of(window("redis", 16, 1000, 1000), window("sampo", 16, 250, 500),
                window("sampo", 16, 300, 500), window("redis", 16, 1000, 1000), window("redis", 0, 100, 2000),
                window("sampo", 0, 100, 1000));
        Report report = SpeedReport.of(Map.of("cpu", "test"), "redis", "sampo", Options.parse(), windows, 99);
        assertThat(report.text()).contains("get P16").contains("0.28").contains("0.25..0.30")
                .contains("get at rate").contains("0.50").contains("6 windows, 99 replies");
        assertThat(report.markdown()).contains("| get P16 |").contains("- cpu: test");
        assertThat((List<?>) report.data().get("windows")).hasSize(6);
        assertThat((List<?>) report.data().get("rows")).hasSize(2);
    }

    @Test
    void measurement_dividesByTheServersCommands() {
        Measurement window = window("x", 1, 500, 100);
        assertThat(window.cpuMicrosPerCommand()).isEqualTo(0.5);
        assertThat(window.perSecond()).isEqualTo(500_000);
        assertThat(window.overheadShare()).isEqualTo(0.1);
    }

    /// A window of one million commands in two seconds.
    private static Measurement window(String server, int pipeline, long cpuMillis, long p999Nanos) {
        CpuTime.Use use = new CpuTime.Use(2_000_000_000L, cpuMillis * 1_000_000, cpuMillis * 60_000, cpuMillis * 40_000);
        return new Measurement(server, new Kind("get", pipeline), 2, 1_000_000, use, 1, 0, 0, 0, 100, 200, p999Nanos, 900, 50);
    }
}
