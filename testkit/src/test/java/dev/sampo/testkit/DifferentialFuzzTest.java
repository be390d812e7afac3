package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random pipelines to a server and to `redis-server`. `-Dtestkit.pipelines` and `-Dtestkit.seed` lengthen and vary it.
class DifferentialFuzzTest {
    private static final int PIPELINES = Integer.getInteger("testkit.pipelines", 2_000);
    private static final long SEED = Long.getLong("testkit.seed", 1);

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#all")
    void pipelines_onBothServers_answerTheSame(Candidates candidate) {
        for (int resp = 2; resp <= 3; resp++) {
            try (ServerUnderTest server = candidate.open(); RedisServerProcess redis = Candidates.reference()) {
                final DifferentialFuzzer.Outcome outcome = new DifferentialFuzzer(redis, server,
                        new DifferentialFuzzer.Settings(SEED, 0, PIPELINES, resp, 64, Set.of(), resp == 3)).run();
                System.out.println(server.name() + " RESP" + resp + ": " + outcome);
                assertThat(outcome.difference()).as("last output of %s:%n%s", server.name(), server.output()).isNull();
                assertThat(outcome.replies()).isGreaterThan(PIPELINES);
                assertThat(outcome.keys()).isPositive();
            }
        }
    }

    /// A fuzzer that finds nothing must be shown to be able to find something.
    @Test
    void difference_betweenServers_isFoundAndShrunk() {
        try (RedisServerProcess redis = Candidates.reference();
                RedisServerProcess other = RedisServerProcess.start("--databases", "15")) {
            final DifferentialFuzzer.Outcome outcome =
                    new DifferentialFuzzer(redis, other, new DifferentialFuzzer.Settings(7, 0, 1_000, 2, 64, Set.of(), false))
                            .run();
            assertThat(outcome.difference()).containsPattern("shown by [1-4] of [0-9]{2}").contains("--seed 7 --round ");
        }
    }

    @Test
    void round_repeatedAlone_findsTheSame() {
        try (RedisServerProcess redis = Candidates.reference();
                RedisServerProcess other = RedisServerProcess.start("--rename-command", "LCS", "")) {
            final DifferentialFuzzer.Outcome first =
                    new DifferentialFuzzer(redis, other, new DifferentialFuzzer.Settings(11, 0, 10_000, 3, 64, Set.of(), false))
                            .run();
            assertThat(first.difference()).containsIgnoringCase("unknown command 'LCS'");
            final int round = Integer.parseInt(first.difference().replaceAll("(?s).*--round (\\d+).*", "$1"));
            final DifferentialFuzzer.Outcome again =
                    new DifferentialFuzzer(redis, other, new DifferentialFuzzer.Settings(11, round, 1, 3, 64, Set.of(), false))
                            .run();
            assertThat(again.difference()).containsIgnoringCase("unknown command 'LCS'").contains("--round " + round + " ");
        }
    }
}
