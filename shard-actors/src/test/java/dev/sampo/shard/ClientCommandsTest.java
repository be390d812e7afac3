package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientCommandsTest {
    private static final String FIELDS =
        "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem "
        + "tot-mem events "
        + "cmd user redir resp lib-name lib-ver";

    @Test
    void names_areKeptAndChecked() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("CLIENT GETNAME")).isEqualTo("nil");
            assertThat(c.text("CLIENT SETNAME me")).isEqualTo("+OK");
            assertThat(c.text("CLIENT GETNAME")).isEqualTo("\"me\"");
            assertThat(c.text("CLIENT SETNAME \"a b\""))
                .isEqualTo("-ERR Client names cannot contain spaces, newlines or special characters.");
            assertThat(c.text("CLIENT SETNAME \"\"")).isEqualTo("+OK");
            assertThat(c.text("CLIENT GETNAME")).isEqualTo("nil");
            assertThat(c.text("CLIENT ID")).isEqualTo(":1");
            assertThat(f.connect(0).text("CLIENT ID")).isEqualTo(":2");
        }
    }

    @Test
    void setinfo_showsInTheList() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CLIENT SETINFO LIB-NAME jedis", "CLIENT SETINFO lib-ver 8.0", "CLIENT SETINFO LIB-NAME \"a b\"",
                "CLIENT SETINFO FOO bar")).containsExactly(
                "+OK", "+OK", "-ERR LIB-NAME cannot contain spaces, newlines or special characters.",
                "-ERR Unrecognized option 'FOO'");
            assertThat(c.text("CLIENT INFO")).contains(" lib-name=jedis lib-ver=8.0\n");
        }
    }

    @Test
    void info_hasRedisFieldsWithTrueValues() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(1);
            c.send("HELLO 3", "CLIENT SETNAME me", "SELECT 3", "SUBSCRIBE a", "PSUBSCRIBE b* c*", "SSUBSCRIBE d");
            c.received();
            f.advance(5000);
            String line = ((Reply.Verbatim) c.call("CLIENT INFO")).text();
            assertThat(line.strip().replaceAll("=\\S*", "")).isEqualTo(FIELDS);
            assertThat(line).startsWith("id=1 addr=127.0.0.1:40000 laddr=127.0.0.1:6379 fd=100 name=me age=5 idle=0 flags=P "
                + "db=3 sub=1 psub=2 ssub=1 multi=-1 ")
                .contains(" cmd=client|info user=default redir=-1 resp=3 ").endsWith("\n");
        }
    }

    @Test
    void list_showsAllCoresById() {
        try (CoreFixture f = new CoreFixture(4)) {
            TestClient c = f.connect(0);
            for (int i = 1; i < 8; i++) {
                f.connect(7 - i & 3);
            }
            f.connect(2).send("SUBSCRIBE x");
            f.connect(3).send("MULTI", "SET k 1", "GET k");
            String all = bulk(c.call("CLIENT LIST"));
            assertThat(all.lines().map(line -> line.replaceAll(" .*", "")))
                .containsExactly("id=1", "id=2", "id=3", "id=4", "id=5", "id=6", "id=7", "id=8", "id=9", "id=10");
            assertThat(all).contains(" flags=P db=0 sub=1 ").contains(" flags=x ").contains(" multi=2 ").contains(" cmd=get ")
                .contains(" cmd=NULL ");
            assertThat(bulk(c.call("CLIENT LIST TYPE pubsub")).lines()).hasSize(1).allMatch(line -> line.startsWith("id=9 "));
            assertThat(bulk(c.call("CLIENT LIST TYPE normal")).lines()).hasSize(9);
            assertThat(bulk(c.call("CLIENT LIST TYPE replica"))).isEmpty();
            assertThat(bulk(c.call("CLIENT LIST ID 5 99 2 5")).lines().map(line -> line.replaceAll(" .*", "")))
                .containsExactly("id=5", "id=2", "id=5");
            assertThat(c.texts("CLIENT LIST TYPE foo", "CLIENT LIST ID a", "CLIENT LIST ID", "CLIENT LIST FOO",
                "CLIENT LIST TYPE a b")).containsExactly(
                "-ERR Unknown client type 'foo'", "-ERR Invalid client ID", "-ERR syntax error", "-ERR syntax error",
                "-ERR syntax error");
        }
    }

    @Test
    void list_insideMulti_waitsForAllCores() {
        try (CoreFixture f = new CoreFixture(3)) {
            TestClient c = f.connect(0);
            List<Reply> replies = c.replies("MULTI", "SET a 1", "CLIENT LIST", "GET a", "EXEC", "PING");
            assertThat(replies).hasSize(6);
            List<Reply> executed = ((Reply.Array) replies.get(4)).elements();
            assertThat(executed).hasSize(3);
            assertThat(bulk(executed.get(1))).startsWith("id=1 ").contains(" cmd=exec ");
            assertThat(ReplyText.of(executed.get(2))).isEqualTo("\"1\"");
            assertThat(ReplyText.of(replies.get(5))).isEqualTo("+PONG");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void kill_closesWhatItNames(int cores) {
        try (CoreFixture f = new CoreFixture(cores, ServerConfig.defaults().with("protected-mode", "no"))) {
            TestClient c = f.connect(0);
            TestClient far = f.connect(cores - 1, "10.0.0.1:5");
            TestClient subscriber = f.connect(cores - 1);
            subscriber.send("SUBSCRIBE x");
            assertThat(c.text("CLIENT KILL 10.0.0.1:6")).isEqualTo("-ERR No such client");
            assertThat(c.text("CLIENT KILL 10.0.0.1:5")).isEqualTo("+OK");
            assertThat(far.isClosed()).isTrue();
            assertThat(c.text("CLIENT KILL TYPE pubsub")).isEqualTo(":1");
            assertThat(subscriber.isClosed()).isTrue();
            assertThat(c.text("PUBSUB NUMSUB x")).isEqualTo("[\"x\" :0]");
            TestClient byId = f.connect(cores - 1);
            assertThat(c.text("CLIENT KILL ID " + byId.client.id())).isEqualTo(":1");
            assertThat(byId.isClosed()).isTrue();
            TestClient byAddress = f.connect(cores - 1, "10.0.0.2:7");
            assertThat(c.text("CLIENT KILL ADDR 10.0.0.2:7 TYPE normal USER default LADDR 127.0.0.1:6379")).isEqualTo(":1");
            assertThat(byAddress.isClosed()).isTrue();
            assertThat(c.text("CLIENT KILL ID 1")).isEqualTo(":0");
            assertThat(c.text("CLIENT KILL ID 99999")).isEqualTo(":0");
            TestClient all = f.connect(cores - 1);
            assertThat(c.texts("CLIENT KILL TYPE normal SKIPME no", "PING")).containsExactly(":2");
            assertThat(c.isClosed()).isTrue();
            assertThat(all.isClosed()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void kill_endsSubscriptionsBeforeTheNextCommand(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient killer = f.connect(0);
            TestClient subscriber = f.connect(cores - 1);
            subscriber.send("SUBSCRIBE a", "PSUBSCRIBE a*", "SSUBSCRIBE a");
            assertThat(killer.texts("PUBSUB NUMSUB a", "PUBSUB NUMPAT")).containsExactly("[\"a\" :1]", ":1");
            assertThat(killer.texts("CLIENT KILL TYPE pubsub", "PUBSUB NUMSUB a", "PUBSUB NUMPAT", "PUBSUB SHARDNUMSUB a",
                "PUBLISH a x")).containsExactly(":1", "[\"a\" :0]", ":0", "[\"a\" :0]", ":0");
            assertThat(subscriber.isClosed()).isTrue();
        }
    }

    @Test
    void kill_refusesWhatMakesNoSense() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CLIENT KILL ID a", "CLIENT KILL ID 0", "CLIENT KILL TYPE foo", "CLIENT KILL USER foo",
                "CLIENT KILL USER default SKIPME foo",
                "CLIENT KILL FOO bar", "CLIENT KILL ID 9999 TYPE", "CLIENT KILL"))
                .containsExactly("-ERR client-id should be greater than 0",
                "-ERR client-id should be greater than 0", "-ERR Unknown client type 'foo'", "-ERR No such user 'foo'",
                "-ERR syntax error", "-ERR syntax error",
                "-ERR syntax error", "-ERR wrong number of arguments for 'client|kill' command");
        }
    }

    @Test
    void reply_offAndSkipKeepQuiet() {
        try (CoreFixture f = new CoreFixture(3)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CLIENT REPLY SKIP", "SET a 1", "GET a", "CLIENT REPLY OFF", "SET b 1", "SET c 1",
                "CLIENT REPLY SKIP", "PING", "CLIENT REPLY ON", "GET c"))
                .containsExactly("\"1\"", "+OK", "\"1\"");
            assertThat(c.text("CLIENT REPLY foo")).isEqualTo("-ERR syntax error");
            assertThat(c.texts("CLIENT REPLY SKIP", "CLIENT LIST", "PING")).containsExactly("+PONG");
        }
    }

    @Test
    void flags_areSetByOnAndOff() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CLIENT NO-EVICT on", "CLIENT NO-TOUCH ON", "CLIENT NO-EVICT foo", "CLIENT NO-TOUCH foo"))
                .containsExactly("+OK", "+OK",
                "-ERR syntax error", "-ERR syntax error");
            assertThat(c.text("CLIENT INFO")).contains(" flags=eT ");
            assertThat(c.texts("CLIENT NO-EVICT off", "CLIENT NO-TOUCH off")).containsExactly("+OK", "+OK");
            assertThat(c.text("CLIENT INFO")).contains(" flags=N ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void pause_holdsCommandsOfAllCoresBack(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(cores - 1);
            assertThat(c.text("CLIENT PAUSE 100 WRITE")).isEqualTo("+OK");
            assertThat(other.texts("GET k", "SET k 1", "GET k")).containsExactly("nil");
            assertThat(c.texts("PUBLISH x y")).isEmpty();
            f.advance(99);
            assertThat(other.received()).isEmpty();
            f.advance(1);
            assertThat(other.receivedTexts()).containsExactly("+OK", "\"1\"");
            assertThat(c.receivedTexts()).containsExactly(":0");
            assertThat(c.text("CLIENT PAUSE 100")).isEqualTo("+OK");
            assertThat(other.texts("GET k")).isEmpty();
            f.advance(100);
            assertThat(other.receivedTexts()).containsExactly("\"1\"");
            c.send("CLIENT PAUSE 9223372036854775807 WRITE");
            assertThat(other.texts("SET k 2")).isEmpty();
            assertThat(c.texts("CLIENT UNPAUSE")).containsExactly("+OK", "+OK");
            assertThat(other.receivedTexts()).containsExactly("+OK");
            assertThat(c.texts("CLIENT PAUSE a", "CLIENT PAUSE -1", "CLIENT PAUSE 10 foo", "CLIENT PAUSE 10 WRITE foo"))
                .containsExactly(
                "-ERR timeout is not an integer or out of range", "-ERR timeout is negative",
                "-ERR CLIENT PAUSE mode must be WRITE or ALL",
                "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.");
        }
    }

    @Test
    void unblock_findsNobody() {
        try (CoreFixture f = new CoreFixture(1)) {
            assertThat(f.connect(0).texts("CLIENT UNBLOCK 5", "CLIENT UNBLOCK 1 TIMEOUT", "CLIENT UNBLOCK 1 error",
                "CLIENT UNBLOCK a", "CLIENT UNBLOCK 5 foo"))
                .containsExactly(":0", ":0", ":0", "-ERR value is not an integer or out of range",
                "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        }
    }

    @Test
    void unknownSubcommand_isNamed() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("CLIENT FOO")).isEqualTo("-ERR unknown subcommand 'FOO'. Try CLIENT HELP.");
            assertThat(c.text("CLIENT F\u00e4")).isEqualTo("-ERR unknown subcommand 'F\u00e4'. Try CLIENT HELP.");
            assertThat(c.text("CLIENT")).isEqualTo("-ERR wrong number of arguments for 'client' command");
            assertThat(c.text("CLIENT ID 3")).isEqualTo("-ERR wrong number of arguments for 'client|id' command");
            assertThat(c.text("CLIENT HELP")).startsWith("[+CLIENT <subcommand> ").endsWith("+HELP +    Print this text.]");
        }
    }

    private static String bulk(Reply reply) {
        return ((Reply.Bulk) reply).text();
    }
}
