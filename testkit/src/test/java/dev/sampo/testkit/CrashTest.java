package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Laws 5 and 2 under kill -9: what was acknowledged is there, and transactions are whole. More rounds: `testkit/run CrashChecker`.
class CrashTest {
    @ParameterizedTest
    @CsvSource({"always, 2, 2", "always, 1, 3", "everysec, 2, 2"})
    void acknowledgedWrites_surviveKills(String fsync, int shards, int otherShards) {
        final CrashChecker.Result result = CrashChecker.run(3, fsync, shards, otherShards, 16, 1);
        System.out.println("CrashTest " + fsync + " on " + shards + "/" + otherShards + " shards: " + result);
        assertThat(result.failures()).isEmpty();
        assertThat(result.owed()).isGreaterThan(50);
        assertThat(result.rewrites()).isGreaterThan(4);
        assertThat(result.checked()).isGreaterThanOrEqualTo(4 * 16 * 5);
    }
}
