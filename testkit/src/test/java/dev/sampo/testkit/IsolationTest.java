package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Invariants under load. `-Dtestkit.isolation.millis` lengthens each scenario.
class IsolationTest {
    private static final long MILLIS = Long.getLong("testkit.isolation.millis", 400);

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void commands_underConcurrentLoad_areNeverSeenHalfDone(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final List<IsolationChecker.Result> results = new IsolationChecker(server, 8, 4).runAll(MILLIS);
            results.forEach(result -> System.out.println(server.name() + ": " + result));
            assertThat(results).hasSizeGreaterThan(10).allSatisfy(result -> {
                assertThat(result.violations()).as(result.toString()).isZero();
                assertThat(result.reads()).as(result.toString()).isPositive();
                assertThat(result.writes()).as(result.toString()).isPositive();
            });
        }
    }

    /// The checker must see what it looks for: through this relay MSET is torn into its pairs.
    @Test
    void tornWrites_areCounted() throws Exception {
        try (RedisServerProcess redis = Candidates.reference(); TearingRelay relay = new TearingRelay(redis.port())) {
            final List<IsolationChecker.Result> results = new IsolationChecker(relay, 4, 2).runAll(150);
            assertThat(results.stream().filter(result -> result.scenario().startsWith("mset-mget"))).singleElement()
                    .satisfies(result -> assertThat(result.violations()).isPositive());
        }
    }

    @Test
    void keys_areSpreadOverTheSlots() {
        final String[] keys = IsolationChecker.spreadKeys("iso");
        assertThat(Arrays.stream(keys).mapToInt(key -> IsolationChecker.slot(key) * 4 >>> 14).boxed())
                .containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
        // The example value of the Redis Cluster specification.
        assertThat(IsolationChecker.slot("123456789")).isEqualTo(0x31C3 & 16383);
    }
}
