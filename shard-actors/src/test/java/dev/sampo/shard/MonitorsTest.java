package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MonitorsTest {
    private static final String TIME = "+1700000000.000000 ";

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void monitor_seesTheCommandsOfAllCoresAsRedisShowsThem(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient m = f.connect(0);
            assertThat(m.text("MONITOR")).isEqualTo("+OK");
            TestClient c = f.connect(cores - 1);
            c.send("SET a 1", "SELECT 3", "GET \"q u\\ne\"", "AUTH secret", "AUTH user secret", "HELLO 2 AUTH user secret", "CONFIG GET hz",
                "GET", "NOSUCH x", "INCR a b", "MULTI", "INCR b", "INCR c", "EXEC", "MGET b c d e f", "PING");
            c.received();
            String who = TIME + "[3 127.0.0.1:40001] ";
            assertThat(lines(m)).containsExactly(TIME + "[0 127.0.0.1:40001] \"SET\" \"a\" \"1\"", who + "\"SELECT\" \"3\"",
                who + "\"GET\" \"q u\\ne\"", who + "\"AUTH\" \"(redacted)\"", who + "\"AUTH\" \"(redacted)\" \"(redacted)\"",
                who + "\"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\"", who + "\"MULTI\"", who + "\"INCR\" \"b\"", who + "\"INCR\" \"c\"",
                who + "\"EXEC\"", who + "\"MGET\" \"b\" \"c\" \"d\" \"e\" \"f\"", who + "\"PING\"");
            assertThat(m.texts("GET a", "SET a 1", "PUBLISH a b")).containsOnly("-ERR Replica can't interact with the keyspace");
            assertThat(m.texts("PING")).containsExactly("+PONG", TIME + "[0 127.0.0.1:40000] \"PING\"");
            assertThat(c.text("CLIENT LIST")).contains(" flags=O ");
            lines(m);
            assertThat(m.texts("RESET", "GET a")).containsExactly("+RESET", "\"1\"");
            c.send("PING");
            c.received();
            assertThat(lines(m)).isEmpty();
            for (int i = 0; i < cores; i++) {
                assertThat(f.core(i).monitors.active()).isFalse();
            }
        }
    }

    @Test
    void monitor_thatLeaves_costsNothingMore() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient gone = f.connect(0);
            TestClient killed = f.connect(1);
            gone.send("MONITOR");
            killed.send("MONITOR");
            killed.received();
            TestClient c = f.connect(1);
            gone.disconnect();
            assertThat(c.text("CLIENT KILL ID " + killed.client.id())).isEqualTo(":1");
            f.run();
            assertThat(f.core(0).monitors.active()).isFalse();
            assertThat(f.core(1).monitors.active()).isFalse();
            assertThat(c.texts("MULTI", "MONITOR", "EXEC")).endsWith("[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
        }
    }

    private static List<String> lines(TestClient c) {
        return c.received().stream().map(ReplyText::of).toList();
    }
}
