package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionCommandsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void exec_runsWhatWasQueued(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("MULTI", "SET a 1", "INCR b", "MGET a b c", "PING", "INCR a x", "GET a", "EXEC"))
                .containsExactly("+OK", "+QUEUED", "+QUEUED", "+QUEUED",
                "+QUEUED", "-ERR wrong number of arguments for 'incr' command", "+QUEUED",
                "-EXECABORT Transaction discarded because of previous errors.");
            assertThat(c.texts("MULTI", "SET a 1", "INCR b", "MGET a b c", "PING", "EXEC"))
                .endsWith("[+OK :1 [\"1\" \"1\" nil] +PONG]");
            assertThat(c.texts("MULTI", "SET a x", "INCR a", "GET a", "EXEC"))
                .endsWith("[+OK -ERR value is not an integer or out of range \"x\"]");
            assertThat(c.texts("MULTI", "EXEC")).containsExactly("+OK", "[]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void misplacedCommands_areRefused(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("EXEC", "DISCARD", "UNWATCH"))
                .containsExactly("-ERR EXEC without MULTI", "-ERR DISCARD without MULTI", "+OK");
            assertThat(c.texts("MULTI", "MULTI", "WATCH k", "SET k 1", "EXEC"))
                .containsExactly("+OK", "-ERR MULTI calls can not be nested",
                "-ERR WATCH inside MULTI is not allowed", "+QUEUED", "[+OK]");
            assertThat(c.texts("MULTI", "EXEC now", "EXEC")).containsExactly("+OK",
                "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
                "-ERR EXEC without MULTI");
            assertThat(c.texts("MULTI", "SHUTDOWN", "EXEC")).containsExactly("+OK",
                "-ERR Command not allowed inside a transaction",
                "-EXECABORT Transaction discarded because of previous errors.");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void discard_forgetsTheQueueAndTheWatches(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(cores - 1);
            assertThat(c.texts("WATCH k", "MULTI", "SET k 1", "DISCARD", "GET k"))
                .containsExactly("+OK", "+OK", "+QUEUED", "+OK", "nil");
            other.send("SET k 2");
            assertThat(c.texts("MULTI", "SET k 3", "EXEC")).endsWith("[+OK]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void watch_failsExecAfterAChange(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(cores - 1);
            for (String key : new String[] {"a", "b", "c", "d"}) {
                c.send("WATCH a b c d");
                other.send("SET " + key + " 1");
                assertThat(c.texts("MULTI", "SET " + key + " 2", "EXEC", "GET " + key)).as(key).endsWith("nil", "\"1\"");
                assertThat(c.texts("MULTI", "SET " + key + " 2", "EXEC", "GET " + key)).as(key).endsWith("[+OK]", "\"2\"");
            }
            c.received();
            c.send("WATCH a b");
            other.send("SET a 5");
            assertThat(c.texts("UNWATCH", "MULTI", "GET a", "EXEC")).endsWith("[\"5\"]");
            c.send("WATCH e", "SET e 1", "HELLO 3");
            c.received();
            assertThat(c.texts("MULTI", "GET e", "EXEC")).endsWith("nil");
        }
    }
}
