package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.testkit.BlockingStress.Violence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Very many clients that wait. `-Dtestkit.blocking.clients` and `-Dtestkit.blocking.millis` make it longer.
class BlockingStressTest {
    private static final int CLIENTS = Integer.getInteger("testkit.blocking.clients", 250);
    private static final long MILLIS = Long.getLong("testkit.blocking.millis", 1_500);

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#sharded")
    void waiters_areServedInOrder(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final BlockingStress.Result result = BlockingStress.inOrder(server, CLIENTS);
            System.out.println(server.name() + " in order: " + result);
            assertThat(result.violations()).isEmpty();
            assertThat(result.taken()).isEqualTo(CLIENTS);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#sharded")
    void elements_areNeitherLostNorDoubled(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final BlockingStress.Result result = BlockingStress.run(server, CLIENTS, MILLIS, Violence.NONE);
            System.out.println(server.name() + " at random: " + result);
            assertThat(result.violations()).isEmpty();
            assertThat(result.taken()).isPositive();
            assertThat(result.timeouts()).isPositive();
            assertThat(result.unblocked()).isPositive();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#sharded")
    void elements_areNotLostWithMoreThanThoseWhoAreKilled(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final BlockingStress.Result result = BlockingStress.run(server, CLIENTS, MILLIS, Violence.CUTS);
            System.out.println(server.name() + " with kills and cuts: " + result);
            assertThat(result.violations()).isEmpty();
            assertThat(result.ends()).isPositive();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#sharded")
    void killedClients_readWhatWasTakenForThem(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final BlockingStress.Result result = BlockingStress.run(server, CLIENTS, MILLIS, Violence.KILLS);
            System.out.println(server.name() + " with kills: " + result);
            assertThat(result.violations()).isEmpty();
            assertThat(result.ends()).isPositive();
        }
    }
}
