package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PubSubCommandsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void subscribe_acknowledgesEveryNameWithItsCount(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(cores - 1);
            assertThat(c.texts("SUBSCRIBE a b a", "PSUBSCRIBE p*", "SSUBSCRIBE s", "SUBSCRIBE b"))
                .containsExactly("[\"subscribe\" \"a\" :1]", "[\"subscribe\" \"b\" :2]",
                "[\"subscribe\" \"a\" :2]", "[\"psubscribe\" \"p*\" :3]", "[\"ssubscribe\" \"s\" :1]",
                "[\"subscribe\" \"b\" :3]");
            assertThat(c.texts("UNSUBSCRIBE a x", "SUNSUBSCRIBE", "PUNSUBSCRIBE p*", "UNSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE",
                "SUNSUBSCRIBE")).containsExactly(
                "[\"unsubscribe\" \"a\" :2]", "[\"unsubscribe\" \"x\" :2]", "[\"sunsubscribe\" \"s\" :0]",
                "[\"punsubscribe\" \"p*\" :1]", "[\"unsubscribe\" \"b\" :0]",
                "[\"unsubscribe\" nil :0]", "[\"punsubscribe\" nil :0]", "[\"sunsubscribe\" nil :0]");
            for (int i = 0; i < cores; i++) {
                assertThat(f.core(i).pubSub.names(PubSub.CHANNELS)).isEmpty();
                assertThat(f.core(i).pubSub.names(PubSub.PATTERNS)).isEmpty();
                assertThat(f.core(i).pubSub.names(PubSub.SHARD_CHANNELS)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void publish_reachesSubscribersOfAllCores(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient publisher = f.connect(0);
            TestClient two = f.connect(cores - 1);
            TestClient three = f.connect(cores / 2);
            two.send("SUBSCRIBE news", "PSUBSCRIBE n*s *");
            three.send("HELLO 3", "SUBSCRIBE news", "SSUBSCRIBE news");
            two.received();
            three.received();
            assertThat(publisher.texts("PUBLISH news hi", "SPUBLISH news shard", "PUBLISH other x", "PUBLISH nobody \"\""))
                .containsExactly(":4", ":1", ":1", ":1");
            assertThat(two.receivedTexts()).containsExactlyInAnyOrder("[\"message\" \"news\" \"hi\"]",
                "[\"pmessage\" \"n*s\" \"news\" \"hi\"]",
                "[\"pmessage\" \"*\" \"news\" \"hi\"]", "[\"pmessage\" \"*\" \"other\" \"x\"]",
                "[\"pmessage\" \"*\" \"nobody\" \"\"]");
            assertThat(three.receivedTexts()).containsExactly(">[\"message\" \"news\" \"hi\"]",
                ">[\"smessage\" \"news\" \"shard\"]");
        }
    }

    @Test
    void resp3_acknowledgesByPushAndAllowsOtherCommands() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            c.send("HELLO 3");
            c.received();
            assertThat(c.texts("SUBSCRIBE a", "SET k 1", "GET k", "UNSUBSCRIBE", "UNSUBSCRIBE"))
                .containsExactly(">[\"subscribe\" \"a\" :1]", "+OK", "\"1\"",
                ">[\"unsubscribe\" \"a\" :0]", ">[\"unsubscribe\" nil :0]");
        }
    }

    @Test
    void resp2_whileSubscribed_refusesOtherCommands() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            c.send("SUBSCRIBE a");
            c.received();
            assertThat(c.text("GET k")).isEqualTo("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                + "QUIT / RESET are allowed in this context");
            assertThat(c.texts("UNSUBSCRIBE", "GET k")).containsExactly("[\"unsubscribe\" \"a\" :0]", "nil");
        }
    }

    @Test
    void acknowledgement_comesBehindEarlierRepliesAndBeforeMessages() {
        try (CoreFixture f = new CoreFixture(4)) {
            TestClient c = f.connect(0);
            TestClient publisher = f.connect(1);
            c.feed("GET a", "GET b", "GET c", "GET d", "GET e", "SUBSCRIBE x");
            for (int i = 0; i < 50; i++) {
                publisher.feed("PUBLISH x " + i);
            }
            f.run();
            publisher.send("PUBLISH x last");
            var replies = c.receivedTexts();
            assertThat(replies).startsWith("nil", "nil", "nil", "nil", "nil", "[\"subscribe\" \"x\" :1]")
                .endsWith("[\"message\" \"x\" \"last\"]");
        }
    }

    @Test
    void clientThatLeavesWhileSubscribing_leavesNothingBehind() {
        try (CoreFixture f = new CoreFixture(3)) {
            TestClient c = f.connect(0);
            c.feed("SUBSCRIBE x y");
            f.core(0).closeNow(c.client);
            f.run();
            assertThat(c.isClosed()).isTrue();
            for (int i = 0; i < 3; i++) {
                assertThat(f.core(i).pubSub.names(PubSub.CHANNELS)).isEmpty();
            }
            assertThat(f.connect(1).text("PUBLISH x 1")).isEqualTo(":0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void pubsub_tellsOfAllCores(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            f.connect(0).send("SUBSCRIBE a1 a2", "PSUBSCRIBE p* q*", "SSUBSCRIBE s1");
            f.connect(cores - 1).send("SUBSCRIBE a1 b", "PSUBSCRIBE p*");
            TestClient c = f.connect(cores / 2);
            assertThat(c.text("PUBSUB NUMSUB a1 a2 b c")).isEqualTo("[\"a1\" :2 \"a2\" :1 \"b\" :1 \"c\" :0]");
            assertThat(c.text("PUBSUB NUMSUB")).isEqualTo("[]");
            assertThat(c.text("PUBSUB NUMPAT")).isEqualTo(":2");
            assertThat(c.text("PUBSUB CHANNELS")).contains("\"a1\"").contains("\"a2\"").contains("\"b\"")
                .hasSize("[\"a1\" \"a2\" \"b\"]".length());
            assertThat(c.text("PUBSUB CHANNELS ?2")).isEqualTo("[\"a2\"]");
            assertThat(c.text("PUBSUB SHARDCHANNELS")).isEqualTo("[\"s1\"]");
            assertThat(c.text("PUBSUB SHARDCHANNELS x*")).isEqualTo("[]");
            assertThat(c.text("PUBSUB SHARDNUMSUB s1 a1")).isEqualTo("[\"s1\" :1 \"a1\" :0]");
            assertThat(c.text("PUBSUB CHANNELS a b"))
                .isEqualTo("-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.");
            assertThat(c.text("PUBSUB FOO")).isEqualTo("-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.");
            assertThat(c.text("PUBSUB HELP")).startsWith("[+PUBSUB ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void subscribe_insideMulti_isExecutedByExec(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("MULTI", "SUBSCRIBE a", "PING", "UNSUBSCRIBE a", "EXEC"))
                .endsWith("[[\"subscribe\" \"a\" :1] [\"pong\" \"\"] [\"unsubscribe\" \"a\" :0]]");
            assertThat(c.text("PUBSUB NUMSUB a")).isEqualTo("[\"a\" :0]");
        }
    }

    @Test
    void keyspaceEvents_reachSubscribersOnOtherCores() {
        try (CoreFixture f = new CoreFixture(3, ServerConfig.defaults().with(Map.of("notify-keyspace-events", "KEA")))) {
            TestClient c = f.connect(0);
            c.send("PSUBSCRIBE __key*__:*");
            c.received();
            f.connect(1).send("SET k 1", "DEL k");
            assertThat(c.receivedTexts()).containsExactly("[\"pmessage\" \"__key*__:*\" \"__keyspace@0__:k\" \"set\"]",
                "[\"pmessage\" \"__key*__:*\" \"__keyevent@0__:set\" \"k\"]",
                "[\"pmessage\" \"__key*__:*\" \"__keyspace@0__:k\" \"del\"]",
                "[\"pmessage\" \"__key*__:*\" \"__keyevent@0__:del\" \"k\"]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void keyspaceEvents_ofCommandsAcrossShards_keepTheOrderOfEachKey(int subscribersCore) {
        try (CoreFixture f = new CoreFixture(3, ServerConfig.defaults().with(Map.of("notify-keyspace-events", "KEA")))) {
            TestClient c = f.connect(subscribersCore);
            c.send("PSUBSCRIBE __keyspace@0__:*");
            c.received();
            TestClient writer = f.connect(0);
            for (String key : List.of("a", "b", "c", "d", "e", "f")) {
                assertThat(writer.texts("SET " + key + " 1", "RENAME " + key + " x", "SET " + key + " 2", "APPEND " + key + " 2",
                    "MSET x 1 " + key + " 3 y 2", "DEL " + key + " x y"))
                    .containsExactly("+OK", "+OK", "+OK", ":2", "+OK", ":3");
                List<String> events = c.receivedTexts();
                assertThat(events).hasSize(11);
                assertThat(events.stream().filter(event -> event.contains(":" + key + "\" ")).map(PubSubCommandsTest::lastWord))
                    .containsExactly("set", "rename_from", "set", "append", "set", "del");
                assertThat(events.stream().filter(event -> event.contains(":x\" ")).map(PubSubCommandsTest::lastWord))
                    .containsExactly("rename_to", "set", "del");
            }
        }
    }

    private static String lastWord(String event) {
        return event.substring(event.lastIndexOf(' ') + 2, event.length() - 2);
    }

    @Test
    void ssubscribe_inATransaction_isRefusedAsInRedis() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("MULTI", "SSUBSCRIBE a", "EXEC", "PING"))
                .containsExactly("+OK", "+QUEUED", "[-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client]", "+PONG");
        }
    }
}
