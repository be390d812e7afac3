package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Slices of a snapshot grow when it comes near its limit of memory.
class SnapshotHasteTest {
    @Test
    void slices_growFromHalfOfTheLimitOn() {
        assertThat(Snapshots.haste(500, 1000)).isEqualTo(1);
        assertThat(Snapshots.haste(501, 1000)).isEqualTo(8);
        assertThat(Snapshots.haste(750, 1000)).isEqualTo(8);
        assertThat(Snapshots.haste(751, 1000)).isEqualTo(64);
        assertThat(Snapshots.haste(5000, 1000)).isEqualTo(64);
    }

    @Test
    void withoutALimit_theyStayAsTheyAre() {
        assertThat(Snapshots.haste(Long.MAX_VALUE, 0)).isEqualTo(1);
    }
}
