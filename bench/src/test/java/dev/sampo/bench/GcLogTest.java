package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GcLogTest {
    private static final List<String> LOG = List.of(
            "[1000ms][gc,init     ] Version: 25",
            "[1500ms][gc          ] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->3M(256M) 99.000ms",
            "[2000ms][gc,start    ] GC(1) Pause Young (Normal) (G1 Evacuation Pause)",
            "[2001ms][gc          ] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 24M->3M(256M) 1.250ms",
            "[2002ms][gc,phases   ] GC(2) Y: Pause Mark Start (Major) 0.005ms",
            "[2003ms][safepoint   ] Safepoint \"G1CollectForAllocation\", Time since last: 1 ns, Reaching safepoint: 2 ns,"
                    + " Cleanup: 3 ns, At safepoint: 4 ns, Total:  1300000 ns",
            "[2004ms][safepoint   ] Safepoint \"Cleanup\", Total: 20 ns",
            "no log line",
            "[9000ms][gc          ] GC(3) Pause Full 77.000ms");

    @Test
    void longestPause_isTakenFromThePeriodOnly() {
        GcLog log = GcLog.parse(LOG, 1900, 3000);
        assertThat(log.lines()).isEqualTo(8);
        assertThat(log.pauses()).isEqualTo(2);
        assertThat(log.longestPauseMillis()).isEqualTo(1.25);
        assertThat(log.longestPause()).startsWith("GC(1) Pause Young");
        assertThat(log.safepoints()).isEqualTo(2);
        assertThat(log.longestSafepointMillis()).isEqualTo(1.3);
    }

    @Test
    void periodWithoutPauses_hasNone() {
        GcLog log = GcLog.parse(LOG, 4000, 5000);
        assertThat(log.pauses()).isZero();
        assertThat(log.longestPauseMillis()).isZero();
        assertThat(log.lines()).isEqualTo(8);
    }
}
