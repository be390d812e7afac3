package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What no client should send, and more clients than usual. Lengthened by `-Dtestkit.odd.variants`, `-Dtestkit.streams` and
/// `-Dtestkit.connections`.
class RobustnessTest {
    private static final int VARIANTS = Integer.getInteger("testkit.odd.variants", 2);
    private static final int STREAMS = Integer.getInteger("testkit.streams", 50_000);
    private static final int CONNECTIONS = Integer.getInteger("testkit.connections", 2_000);
    private static final long SEED = Long.getLong("testkit.seed", 1);
    /// What issue 2 allows for an idle connection.
    private static final long IDLE_BYTES_MAX = 20 << 10;

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void oddArguments_toEveryCommand_getOneReplyAndLeaveTheServerAlive(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            for (int resp = 2; resp <= 3; resp++) {
                // On the reference, which has three times the commands, this only confirms the check itself.
                final int variants = resp == 2 && !server.reference() ? VARIANTS : 1;
                final OddArguments.Result result = new OddArguments(server, SEED, resp).run(variants, "");
                System.out.println(server.name() + " RESP" + resp + ": " + result.cases() + " requests of " + result.commands()
                        + " commands with odd arguments");
                assertThat(result.failures()).as("last output of %s:%n%s", server.name(), server.output()).isEmpty();
                assertThat(result.cases()).isGreaterThan(500);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void randomBytes_leaveTheServerAlive(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final RandomBytes.Result result = RandomBytes.run(server, STREAMS, SEED, 2);
            System.out.println(server.name() + ": " + result);
            assertThat(result.failures()).isEmpty();
            assertThat(result.pings()).isGreaterThanOrEqualTo(STREAMS / 8);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#processes")
    void idleConnections_costLittle_andSlowReadersHinderNobody(Candidates candidate) {
        try (ServerUnderTest server = candidate.open()) {
            final long pid = server.pid().orElseThrow();
            final ConnectionFlood.Idle idle = ConnectionFlood.idle(server, pid, CONNECTIONS);
            System.out.println(server.name() + ": " + idle);
            assertThat(idle.residentAfter()).isPositive();
            assertThat(idle.bytesEach()).isLessThan(IDLE_BYTES_MAX);
            final ConnectionFlood.Slow slow = ConnectionFlood.slow(server, pid, 4, 1 << 20, 8);
            System.out.println(server.name() + ": " + slow);
            assertThat(slow.pings()).isGreaterThan(100);
            assertThat(slow.pingMillisMax()).isLessThan(2_000);
        }
    }

    /// A server that answers every line with one reply too many must be caught.
    @Test
    void oneReplyTooMany_isReported() throws Exception {
        try (RedisServerProcess redis = Candidates.reference();
                ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> relayAddingReplies(listener, redis.port()));
            final OddArguments.Result result =
                    new OddArguments(new RunningServer("doubling", listener.getLocalPort()), 1, 2).run(1, "strlen");
            assertThat(result.failures()).isNotEmpty().allMatch(failure -> failure.contains("2 replies instead of 1"));
        }
    }

    private static void relayAddingReplies(ServerSocket listener, int port) {
        try {
            while (true) {
                final Socket client = listener.accept();
                final Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                Thread.ofPlatform().daemon().start(() -> pump(client, server, ""));
                Thread.ofPlatform().daemon().start(() -> pump(server, client, "$10\r\nstill here\r\n"));
            }
        } catch (IOException _) {
            // Closed with the test.
        }
    }

    private static void pump(Socket from, Socket to, String doubledBefore) {
        try (from; to) {
            final byte[] buffer = new byte[1 << 16];
            for (int n = from.getInputStream().read(buffer); n >= 0; n = from.getInputStream().read(buffer)) {
                final String text = new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
                final String sent = doubledBefore.isEmpty() ? text : text.replace(doubledBefore, "+extra\r\n" + doubledBefore);
                to.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException _) {
            // One side has gone.
        }
    }
}
