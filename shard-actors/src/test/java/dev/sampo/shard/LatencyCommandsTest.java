package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyCommandsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void events_areKeptAboveTheThreshold(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(cores - 1);
            c.send("DEBUG SLEEP 0.02");
            c.received();
            assertThat(c.text("LATENCY LATEST")).isEqualTo("[]");
            assertThat(((Reply.Bulk) c.call("LATENCY DOCTOR")).text()).contains("disabled");
            assertThat(c.text("CONFIG SET latency-monitor-threshold 10")).isEqualTo("+OK");
            assertThat(((Reply.Bulk) c.call("LATENCY DOCTOR")).text()).doesNotContain("disabled");
            c.send("DEBUG SLEEP 0.02", "DEBUG SLEEP 0.001", "DEBUG SLEEP 0.04");
            f.advance(1000);
            other.send("DEBUG SLEEP 0.03");
            c.received();
            other.received();
            assertThat(c.text("LATENCY LATEST")).containsPattern("\\[\"command\" :1700000001 :([3-9]\\d|\\d{3,}) :([4-9]\\d|\\d{3,})]");
            assertThat(c.text("LATENCY HISTORY command")).matches("\\[\\[:1700000000 :([4-9]\\d|\\d{3,})] \\[:1700000001 :([3-9]\\d|\\d{3,})]]");
            assertThat(((Reply.Bulk) c.call("LATENCY GRAPH command")).text()).startsWith("command - high ").contains("(all time high");
            assertThat(((Reply.Bulk) c.call("LATENCY DOCTOR")).text()).contains("- command: 2 seconds");
            assertThat(c.texts("CONFIG SET latency-monitor-threshold 100000", "LATENCY RESET nosuch", "LATENCY RESET command",
                "LATENCY HISTORY command"))
                .containsExactly("+OK", ":0", ":1", "[]");
            assertThat(c.text("LATENCY GRAPH command")).isEqualTo("-ERR No samples available for event 'command'");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void histogram_countsEveryCallOfSmallBatches(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            for (int i = 0; i < 100; i++) {
                c.send("SET key" + i + " 1", "GET key" + i);
                c.received();
            }
            c.send("DEBUG SLEEP 0.005", "CONFIG GET hz");
            c.received();
            assertThat(c.text("LATENCY HISTOGRAM set")).startsWith("[\"set\" [\"calls\" :100 \"histogram_usec\" [:").endsWith(" :100]]]");
            assertThat(c.text("LATENCY HISTOGRAM debug")).matches("\\[\"debug\\|sleep\" \\[\"calls\" :1 \"histogram_usec\" \\[:\\d{4,} :1]]]");
            assertThat(c.text("LATENCY HISTOGRAM config nosuch del")).startsWith("[\"config|get\" [").doesNotContain("del");
            assertThat(c.text("LATENCY HISTOGRAM")).contains("\"set\"", "\"get\"", "\"config|get\"");
            String info = ((Reply.Bulk) c.call("INFO latencystats")).text();
            assertThat(info).contains("# Latencystats\r\n").containsPattern("latency_percentiles_usec_set:p50=[0-9.]+,p99=[0-9.]+,p99\\.9=[0-9.]+\r\n");
            assertThat(c.text("CONFIG SET latency-tracking-info-percentiles \"50 100\"")).isEqualTo("+OK");
            assertThat(((Reply.Bulk) c.call("INFO latencystats")).text()).containsPattern("usec_get:p50=[0-9.]+,p100=[0-9.]+\r\n");
            assertThat(c.text("CONFIG RESETSTAT")).isEqualTo("+OK");
            assertThat(c.text("LATENCY HISTOGRAM set")).isEqualTo("[]");
            assertThat(c.text("CONFIG SET latency-tracking no")).isEqualTo("+OK");
            c.send("SET a 1");
            c.received();
            assertThat(c.text("LATENCY HISTOGRAM set")).isEqualTo("[]");
        }
    }

    @Test
    void histogram_samplesLargeBatches() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            String[] lines = new String[64];
            Arrays.fill(lines, "INCR n");
            for (int i = 0; i < 640; i++) {
                c.send(lines);
                c.received();
            }
            LatencyHistogram histogram = f.core(0).timer.histogramOf(f.node().table().find("incr").id());
            assertThat(histogram.calls()).isBetween(640L * 64 * 8 / 10, 640L * 64 * 12 / 10);
            assertThat(c.text("INFO commandstats")).containsPattern("cmdstat_incr:calls=40960,usec=[1-9]\\d+,");
        }
    }

    @Test
    void percentiles_areAnEighthOffAtMost() {
        LatencyHistogram histogram = new LatencyHistogram();
        for (int i = 1; i <= 100_000; i++) {
            histogram.record(i, 1);
        }
        for (double percent : new double[] {1, 25, 50, 99, 99.9}) {
            assertThat((double) histogram.percentile(percent)).isBetween(percent * 1000 - 1, percent * 1000 * 1.13);
        }
        assertThat(histogram.percentile(100)).isGreaterThanOrEqualTo(100_000);
        assertThat(new LatencyHistogram().percentile(50)).isZero();
        LatencyHistogram twice = histogram.copy();
        twice.add(histogram);
        assertThat(twice.calls()).isEqualTo(200_000);
    }

    @Test
    void threshold_isKeptFarFromOverflow() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults().with("latency-monitor-threshold", "" + Long.MAX_VALUE)
            .with("slowlog-log-slower-than", "" + Long.MAX_VALUE))) {
            assertThat(f.core(0).timer.isReported(Long.MAX_VALUE - 2)).isFalse();
            assertThat(f.connect(0).text("LATENCY HELP")).startsWith("[+LATENCY ");
        }
    }
}
