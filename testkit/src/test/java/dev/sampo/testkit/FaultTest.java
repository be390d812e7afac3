package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.persist.FaultPoint;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whole servers that end at steps of rewrites, of snapshots and of the manifest's switch. By default some steps, all of them with
/// `-Dtestkit.faults=all`; copies of the files at each step are looked at by the tests of persistence.
class FaultTest {
    private static final boolean ALL = System.getProperty("testkit.faults", "").equals("all");
    private static final int SHARDS = 2;
    private static final int OTHER_SHARDS = 3;

    @Test
    void serverThatEndsAtAStep_hasLostNothingAcknowledged() throws InterruptedException {
        // Occurrences are counted in files of the smaller number of shards; with more of them they come all the same.
        final List<FaultChecker.Fault> faults = ALL ? FaultChecker.all(SHARDS) : List.of(
            new FaultChecker.Fault(FaultPoint.LOG_WRITTEN, 30), new FaultChecker.Fault(FaultPoint.GENERATION_FILES_CREATED, 2),
            new FaultChecker.Fault(FaultPoint.MANIFEST_RENAMED, 2), new FaultChecker.Fault(FaultPoint.SNAPSHOT_PART_JOINED, 1),
            new FaultChecker.Fault(FaultPoint.BASE_RENAMED, 1), new FaultChecker.Fault(FaultPoint.MANIFEST_RENAMED, 3),
            new FaultChecker.Fault(FaultPoint.RECOVERY_CUT_KEPT, 1));
        final FaultChecker.Result result = FaultChecker.log(faults, SHARDS, OTHER_SHARDS);
        System.out.println("FaultTest, log: " + result);
        assertThat(result.failures()).isEmpty();
        assertThat(result.acknowledged()).isGreaterThan(10L * faults.size());
        assertThat(result.checked()).isGreaterThan(faults.size());
    }

    @Test
    void snapshotThatEndsAtAStep_isTheOldOrTheNewOne() throws InterruptedException {
        final List<FaultPoint> steps = ALL
            ? new ArrayList<>(EnumSet.range(FaultPoint.SNAPSHOT_FILES_CREATED, FaultPoint.SNAPSHOT_DIRECTORY_FORCED))
            : List.of(FaultPoint.SNAPSHOT_RENAMED, FaultPoint.SNAPSHOT_END_WRITTEN);
        final FaultChecker.Result result = FaultChecker.snapshots(steps, SHARDS, OTHER_SHARDS);
        System.out.println("FaultTest, snapshots: " + result);
        assertThat(result.failures()).isEmpty();
        assertThat(result.acknowledged()).isPositive();
        assertThat(result.checked()).isGreaterThan(90L * steps.size());
    }
}
