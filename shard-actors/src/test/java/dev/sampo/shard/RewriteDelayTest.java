package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// When a rewrite that is due waits, and that it never waits for ever.
class RewriteDelayTest {
    private static final long BEHIND = RewriteDelay.BEHIND_BYTES + 1;
    private static final long LOG = 64L << 20;

    private final RewriteDelay delay = new RewriteDelay();

    @Test
    void diskThatKeepsUp_nothingWaits() {
        assertThat(delay.isDelaying(0, 0, LOG)).isFalse();
        assertThat(delay.isDelaying(0, RewriteDelay.BEHIND_BYTES, LOG)).isFalse();
    }

    @Test
    void diskThatIsBehind_theRewriteWaitsUntilItIsNot() {
        assertThat(delay.isDelaying(1000, BEHIND, LOG)).isTrue();
        assertThat(delay.isDelaying(2000, BEHIND, LOG + 1)).isTrue();
        assertThat(delay.isDelaying(3000, 0, LOG + 2)).isFalse();
        assertThat(delay.isDelaying(1000 + RewriteDelay.DELAY_MILLIS, BEHIND, LOG)).as("counted anew").isTrue();
    }

    @Test
    void diskThatIsBehindForEver_theRewriteWaitsForAMinuteOrTheLogToDouble() {
        assertThat(delay.isDelaying(1000, BEHIND, LOG)).isTrue();
        assertThat(delay.isDelaying(999 + RewriteDelay.DELAY_MILLIS, BEHIND, LOG)).isTrue();
        assertThat(delay.isDelaying(1000 + RewriteDelay.DELAY_MILLIS, BEHIND, LOG)).isFalse();
        assertThat(delay.isDelaying(200_000, BEHIND, LOG)).isTrue();
        assertThat(delay.isDelaying(200_100, BEHIND, 2 * LOG - 2)).isTrue();
        assertThat(delay.isDelaying(200_200, BEHIND, 2 * LOG)).isFalse();
    }
}
