package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import dev.sampo.uring.IoUring;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// The servers every black-box suite runs against. Each is started once and shared by the suites, which leave it as they found
/// it. One that cannot run here aborts its test, with the reason on standard error too.
enum Candidates {
    REDIS(RedisServerProcess::available, "redis-server is not on the PATH", RedisServerProcess::start),
    NODE_1_URING(Candidates::uring, "there is no io_uring", () -> SampoInProcess.start(1, "uring")),
    NODE_2_URING(Candidates::uring, "there is no io_uring", () -> SampoInProcess.start(2, "uring")),
    NODE_4_URING(Candidates::uring, "there is no io_uring", () -> SampoInProcess.start(4, "uring")),
    NODE_1_STREAM(() -> true, "", () -> SampoInProcess.start(1, "stream")),
    NODE_2_STREAM(() -> true, "", () -> SampoInProcess.start(2, "stream")),
    NODE_4_STREAM(() -> true, "", () -> SampoInProcess.start(4, "stream")),
    /// What users start; has a process identifier, for measurements.
    PROCESS(SampoProcess::available, "there is no ./sampo to start", () -> SampoProcess.start(2, "auto"));

    private final BooleanSupplier available;
    private final String reason;
    private final Supplier<ServerUnderTest> start;
    private ServerUnderTest running;

    Candidates(BooleanSupplier available, String reason, Supplier<ServerUnderTest> start) {
        this.available = available;
        this.reason = reason;
        this.start = start;
    }

    private static boolean uring() {
        return IoUring.probe().supported();
    }

    /// The server, empty; or aborts the test. Closing it leaves it running for the next suite if it is still well.
    synchronized ServerUnderTest open() {
        require(available.getAsBoolean(), name() + " NOT TESTED: " + reason);
        if (running == null) {
            running = start.get();
        }
        try (RespClient client = RespClient.connect(running)) {
            client.call("FLUSHALL");
        }
        return new Shared(this, running);
    }

    private synchronized void handBack() {
        try (RespClient client = RespClient.connect(running)) {
            if (client.call("PING").equals(new Reply.Simple("PONG"))) {
                return;
            }
        } catch (RuntimeException e) {
            System.err.println(running.name() + " is not well after a suite: " + e);
        }
        running.close();
        running = null;
    }

    private record Shared(Candidates candidate, ServerUnderTest server) implements ServerUnderTest {
        @Override
        public String name() {
            return server.name();
        }

        @Override
        public int port() {
            return server.port();
        }

        @Override
        public boolean reference() {
            return server.reference();
        }

        @Override
        public OptionalLong pid() {
            return server.pid();
        }

        @Override
        public String output() {
            return server.output();
        }

        @Override
        public void close() {
            candidate.handBack();
        }
    }

    /// The reference and nodes of every size on every transport.
    static Stream<Candidates> all() {
        return Stream.of(REDIS, NODE_1_URING, NODE_2_URING, NODE_4_URING, NODE_1_STREAM, NODE_2_STREAM, NODE_4_STREAM);
    }

    /// For suites too long to run on every shard count and transport.
    static Stream<Candidates> few() {
        return Stream.of(REDIS, NODE_4_URING, NODE_2_STREAM);
    }

    /// The reference and nodes of several shards on every transport.
    static Stream<Candidates> sharded() {
        return Stream.of(REDIS, NODE_2_URING, NODE_4_URING, NODE_2_STREAM, NODE_4_STREAM);
    }

    /// For suites that measure the server's process or may break it.
    static Stream<Candidates> processes() {
        return Stream.of(REDIS, PROCESS);
    }

    /// A reference of one's own, to be compared with.
    static RedisServerProcess reference() {
        require(REDIS.available.getAsBoolean(), "NO REFERENCE: " + REDIS.reason);
        return RedisServerProcess.start();
    }

    /// A skip nobody notices is a hole: say it aloud.
    static void require(boolean condition, String message) {
        if (!condition) {
            System.err.println("SKIPPED: " + message);
        }
        Assumptions.assumeTrue(condition, message);
    }
}
