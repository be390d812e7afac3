package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Client-side caching over sockets: what clients are told, beside redis-server.
class TrackingTest {
    private static String told(RespClient client) {
        return ReplyText.of(client.read());
    }

    private static long id(RespClient client) {
        return ((Reply.Int) client.call("CLIENT", "ID")).value();
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void trackers_areToldWhatChanges(Candidates candidate) {
        try (ServerUnderTest server = candidate.open(); RespClient c = RespClient.connect(server); RespClient other = RespClient.connect(server)) {
            c.call("HELLO", "3");
            assertThat(ReplyText.of(c.call("CLIENT", "TRACKING", "ON"))).isEqualTo("+OK");
            for (int i = 0; i < 50; i++) {
                c.call("GET", "key" + i);
                other.call("SET", "key" + i, "1");
                assertThat(told(c)).contains("invalidate").contains("key" + i);
            }
            c.call("GET", "volatile");
            other.call("SET", "volatile", "1", "PX", "1");
            assertThat(told(c)).contains("volatile");
            other.call("DEL", "volatile");
            c.call("GET", "key1");
            other.call("FLUSHALL");
            assertThat(told(c)).contains("invalidate").doesNotContain("key1");
            assertThat(ReplyText.of(c.call("PING"))).isEqualTo("+PONG");
            c.call("CLIENT", "TRACKING", "OFF");
            c.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "NOLOOP");
            c.call("SET", "user:1", "x");
            other.call("SET", "item:1", "x");
            other.call("SET", "user:2", "x");
            assertThat(told(c)).contains("user:2").doesNotContain("user:1").doesNotContain("item");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void redirection_reachesAnotherConnection(Candidates candidate) {
        try (ServerUnderTest server = candidate.open(); RespClient c = RespClient.connect(server); RespClient other = RespClient.connect(server)) {
            c.call("HELLO", "3");
            final String to;
            try (RespClient target = RespClient.connect(server)) {
                to = Long.toString(id(target));
                target.call("SUBSCRIBE", "__redis__:invalidate");
                assertThat(ReplyText.of(c.call("CLIENT", "TRACKING", "ON", "REDIRECT", to))).isEqualTo("+OK");
                c.call("MGET", "a", "b");
                other.call("SET", "b", "1");
                assertThat(told(target)).contains("message").contains("__redis__:invalidate").contains("b");
                assertThat(ReplyText.of(c.call("CLIENT", "GETREDIR"))).isEqualTo(":" + to);
                c.call("GET", "a");
            }
            while (other.call("CLIENT", "LIST", "ID", to) instanceof Reply.Bulk line && line.bytes().length > 0) {
                Thread.onSpinWait();
            }
            other.call("SET", "a", "2");
            assertThat(told(c)).contains("tracking-redir-broken");
        }
    }
}
