package dev.sampo.testkit;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// The servers every black-box suite runs against. One that cannot run here aborts its test, with the reason on standard error
/// too.
enum Candidates {
    REDIS(RedisServerProcess::available, "redis-server is not on the PATH", RedisServerProcess::start),
    SAMPO_1_URING(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(1, "uring")),
    SAMPO_2_URING(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(2, "uring")),
    SAMPO_4_URING(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(4, "uring")),
    SAMPO_1_STREAM(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(1, "stream")),
    SAMPO_2_STREAM(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(2, "stream")),
    SAMPO_4_STREAM(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(4, "stream"));

    private final BooleanSupplier available;
    private final String reason;
    private final Supplier<ServerUnderTest> start;

    Candidates(BooleanSupplier available, String reason, Supplier<ServerUnderTest> start) {
        this.available = available;
        this.reason = reason;
        this.start = start;
    }

    /// Starts the server, or aborts the test.
    ServerUnderTest open() {
        require(available.getAsBoolean(), name() + " NOT TESTED: " + reason);
        return start.get();
    }

    /// For suites too long to run on every shard count and transport.
    static Stream<Candidates> few() {
        return List.of(REDIS, SAMPO_4_URING, SAMPO_2_STREAM).stream();
    }

    /// For suites that compare a server with the reference.
    static Stream<Candidates> comparable() {
        return Stream.of(values());
    }

    static RedisServerProcess reference() {
        return (RedisServerProcess) REDIS.open();
    }

    /// A skip nobody notices is a hole: say it aloud.
    static void require(boolean condition, String message) {
        if (!condition) {
            System.err.println("SKIPPED: " + message);
        }
        Assumptions.assumeTrue(condition, message);
    }
}
