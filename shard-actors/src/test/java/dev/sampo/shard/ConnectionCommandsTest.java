package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import org.junit.jupiter.api.Test;

class ConnectionCommandsTest {
    @Test
    void ping_repliesPongOrItsMessage() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("PING")).isEqualTo("+PONG");
            assertThat(c.text("ping \"a b\"")).isEqualTo("\"a b\"");
            assertThat(c.text("PING a b")).isEqualTo("-ERR wrong number of arguments for 'ping' command");
            assertThat(c.text("ECHO x")).isEqualTo("\"x\"");
            assertThat(c.text("ECHO")).isEqualTo("-ERR wrong number of arguments for 'echo' command");
        }
    }

    @Test
    void ping_whileSubscribed_isAnArrayInResp2Only() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            c.send("SUBSCRIBE x");
            c.received();
            assertThat(c.text("PING")).isEqualTo("[\"pong\" \"\"]");
            assertThat(c.text("PING hi")).isEqualTo("[\"pong\" \"hi\"]");
            TestClient three = f.connect(0);
            three.send("HELLO 3", "SUBSCRIBE x");
            three.received();
            assertThat(three.text("PING")).isEqualTo("+PONG");
        }
    }

    @Test
    void select_acceptsDatabasesThatExist() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("SET k 0", "SELECT 15", "GET k", "SET k 15", "SELECT 0", "GET k"))
                .containsExactly("+OK", "+OK", "nil", "+OK", "+OK", "\"0\"");
            assertThat(c.text("SELECT 16")).isEqualTo("-ERR DB index is out of range");
            assertThat(c.text("SELECT -1")).isEqualTo("-ERR DB index is out of range");
            assertThat(c.text("SELECT a")).isEqualTo("-ERR value is not an integer or out of range");
            assertThat(c.text("SELECT 4294967296"))
                .isEqualTo("-ERR value is out of range, value must between -2147483648 and 2147483647");
        }
    }

    @Test
    void hello_repliesAMapInTheVersionAskedFor() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            String fields = "\"server\" \"redis\" \"version\" \"" + Versions.REDIS
                + "\" \"proto\" :%d \"id\" :1 \"mode\" \"standalone\" \"role\" \"master\" \"modules\" []";
            assertThat(c.text("HELLO")).isEqualTo("[" + fields.formatted(2) + "]");
            assertThat(c.text("HELLO 3")).isEqualTo("{" + fields.formatted(3) + "}");
            assertThat(c.text("HELLO")).isEqualTo("{" + fields.formatted(3) + "}");
            assertThat(c.text("GET missing")).isEqualTo("nil");
            assertThat(c.text("HELLO 2 SETNAME me")).isEqualTo("[" + fields.formatted(2) + "]");
            assertThat(c.text("CLIENT GETNAME")).isEqualTo("\"me\"");
            assertThat(c.text("HELLO 4")).isEqualTo("-NOPROTO unsupported protocol version");
            assertThat(c.text("HELLO a")).isEqualTo("-ERR Protocol version is not an integer or out of range");
            assertThat(c.text("HELLO 2 FOO")).isEqualTo("-ERR Syntax error in HELLO option 'FOO'");
            assertThat(c.text("HELLO 2 SETNAME")).isEqualTo("-ERR Syntax error in HELLO option 'SETNAME'");
            assertThat(c.text("HELLO 2 AUTH a b")).isEqualTo("-WRONGPASS invalid username-password pair or user is disabled.");
            assertThat(c.text("HELLO 2 SETNAME \"a b\""))
                .isEqualTo("-ERR Client names cannot contain spaces, newlines or special characters.");
        }
    }

    @Test
    void auth_withoutAPassword_isRefusedOrNeedless() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("AUTH x")).isEqualTo("-ERR AUTH <password> called without any password configured for the default "
                + "user. "
                + "Are you sure your configuration is correct?");
            assertThat(c.text("AUTH default x")).isEqualTo("+OK");
            assertThat(c.text("AUTH other x")).startsWith("-WRONGPASS");
            assertThat(c.text("AUTH a b c")).isEqualTo("-ERR syntax error");
        }
    }

    @Test
    void auth_opensTheServer() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults().with("requirepass", "secret"))) {
            TestClient c = f.connect(0);
            assertThat(c.texts("PING", "DEBUG FOO")).containsOnly("-NOAUTH Authentication required.");
            assertThat(c.text("EXEC")).isEqualTo("-EXECABORT Transaction discarded because of: NOAUTH Authentication required.");
            assertThat(c.text("HELLO 3")).startsWith("-NOAUTH HELLO must be called with the client already authenticated");
            assertThat(c.text("AUTH wrong")).isEqualTo("-WRONGPASS invalid username-password pair or user is disabled.");
            assertThat(c.texts("AUTH secret", "PING")).containsExactly("+OK", "+PONG");
            assertThat(c.text("RESET")).isEqualTo("+RESET");
            assertThat(c.text("PING")).startsWith("-NOAUTH");
            assertThat(c.text("HELLO 3 AUTH default secret")).startsWith("{");
            assertThat(c.text("PING")).isEqualTo("+PONG");
            TestClient other = f.connect(0);
            assertThat(other.texts("AUTH default secret", "PING")).containsExactly("+OK", "+PONG");
        }
    }

    @Test
    void quit_repliesAndCloses() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("SET {a} 1", "SET {b} 1", "QUIT", "PING")).containsExactly("+OK", "+OK", "+OK");
            assertThat(c.isClosed()).isTrue();
        }
    }

    @Test
    void reset_makesTheConnectionAsNew() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            c.send("HELLO 3 SETNAME me", "SELECT 3", "SUBSCRIBE x", "CLIENT NO-TOUCH on", "WATCH k", "MULTI", "SET k 1",
                "CLIENT REPLY OFF");
            c.received();
            assertThat(c.text("RESET")).isEqualTo("+RESET");
            assertThat(c.text("CLIENT INFO")).contains(" name= ").contains(" db=0 ").contains(" flags=N ").contains(" sub=0 ")
                .contains(" multi=-1 ").contains(" resp=2 ");
            assertThat(c.text("EXEC")).isEqualTo("-ERR EXEC without MULTI");
            assertThat(c.text("PUBSUB NUMSUB x")).isEqualTo("[\"x\" :0]");
            assertThat(f.core(1).pubSub.names(PubSub.CHANNELS)).isEmpty();
        }
    }

    @Test
    void reset_insideMulti_discards() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("MULTI", "SET k 1", "RESET", "EXEC", "GET k"))
                .containsExactly("+OK", "+QUEUED", "+RESET", "-ERR EXEC without MULTI", "nil");
        }
    }

    @Test
    void protectedMode_letsLocalClientsInOnly() {
        try (CoreFixture f = new CoreFixture(1)) {
            assertThat(f.connect(0, "127.0.0.9:1").text("PING")).isEqualTo("+PONG");
            assertThat(f.connect(0, "[::1]:1").text("PING")).isEqualTo("+PONG");
            TestClient far = f.connect(0, "10.0.0.1:1");
            f.run();
            assertThat(far.receivedTexts()).hasSize(1).allMatch(text -> text.startsWith("-DENIED "));
            assertThat(far.isClosed()).isTrue();
        }
    }
}
