package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlowlogCommandsTest {
    /// A quarter of a second: no command gets there by itself, even where many tests share a processor.
    private static final ServerConfig RARELY_REACHED = ServerConfig.defaults().with("slowlog-log-slower-than", "250000");
    private static final String ENTRY = "\\[:(\\d+) :1700000000 :(\\d+) \\[(.*)] \"127.0.0.1:4000\\d\" \"(.*)\"]";

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void slowCommand_isKeptWithItsOwnTime(int cores) {
        try (CoreFixture f = new CoreFixture(cores, RARELY_REACHED)) {
            TestClient c = f.connect(0);
            c.send("CLIENT SETNAME me", "SET a 1", "SET b 2", "PING", "GET a", "DEBUG SLEEP 0.3", "GET b", "PING", "PING");
            c.received();
            assertThat(c.text("SLOWLOG LEN")).isEqualTo(":1");
            String entry = entries(c, "SLOWLOG GET").getFirst();
            assertThat(entry).matches(ENTRY).endsWith("[\"DEBUG\" \"SLEEP\" \"0.3\"] \"127.0.0.1:40000\" \"me\"]");
            assertThat(Long.parseLong(entry.replaceFirst(ENTRY, "$2"))).isBetween(300_000L, 2_000_000L);
            assertThat(c.texts("SLOWLOG RESET", "SLOWLOG LEN", "SLOWLOG GET -1")).containsExactly("+OK", ":0", "[]");
            c.send("DEBUG SLEEP 0.26");
            c.received();
            assertThat(entries(c, "SLOWLOG GET 1").getFirst()).startsWith("[:1 ");
        }
    }

    @Test
    void slowCommand_thatIsNotMeasuredByItself_isFoundInItsBatch() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults().with("slowlog-log-slower-than", "2000"))) {
            TestClient c = f.connect(0);
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                lines.add(i == 10 ? "SETRANGE key:with:a:long:name 100000000 x" : "PING");
            }
            c.send(lines.toArray(String[]::new));
            c.received();
            assertThat(entries(c, "SLOWLOG GET")).anySatisfy(entry -> assertThat(entry).contains("[\"SETRANGE\" \"key:with:a:long:name\" \"100000000\" \"x\"]"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void threshold0_keepsEverythingOfAllCoresInOneOrder(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient one = f.connect(0);
            TestClient two = f.connect(cores - 1);
            assertThat(one.text("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 50")).isEqualTo("+OK");
            one.send("SLOWLOG RESET");
            one.received();
            for (int i = 0; i < 20; i++) {
                one.send("SET key" + i + " " + i);
                two.send("GET key" + i);
            }
            one.received();
            two.received();
            List<String> entries = entries(one, "SLOWLOG GET 40");
            assertThat(entries).hasSize(40);
            Set<String> commands = new HashSet<>();
            long before = Long.MAX_VALUE;
            for (String entry : entries) {
                assertThat(entry).matches(ENTRY);
                long id = Long.parseLong(entry.replaceFirst(ENTRY, "$1"));
                assertThat(id).isLessThan(before);
                before = id;
                commands.add(entry.replaceFirst(ENTRY, "$3"));
                assertThat(entry).contains(entry.contains("\"SET\"") ? "127.0.0.1:40000" : "127.0.0.1:40001");
            }
            assertThat(commands).hasSize(40).contains("\"SET\" \"key7\" \"7\"", "\"GET\" \"key19\"");
            assertThat(one.text("SLOWLOG LEN")).isEqualTo(":42");
            assertThat(one.text("CONFIG SET slowlog-max-len 3")).isEqualTo("+OK");
            assertThat(one.text("SLOWLOG LEN")).isEqualTo(":3");
            assertThat(entries(two, "SLOWLOG GET")).hasSize(3);
            assertThat(one.text("CONFIG SET slowlog-log-slower-than -1")).isEqualTo("+OK");
            one.send("SLOWLOG RESET", "SET a 1", "SET b 1");
            one.received();
            assertThat(one.text("SLOWLOG LEN")).isEqualTo(":0");
        }
    }

    @Test
    void transaction_keepsItsCommandsAndNotExec() {
        try (CoreFixture f = new CoreFixture(2, RARELY_REACHED)) {
            TestClient c = f.connect(0);
            c.send("MULTI", "SET a 1", "DEBUG SLEEP 0.26", "EXEC");
            c.received();
            assertThat(entries(c, "SLOWLOG GET")).singleElement().asString().contains("[\"DEBUG\" \"SLEEP\" \"0.26\"]");
        }
    }

    @Test
    void arguments_areShortenedAndPasswordsHidden() {
        try (CoreFixture f = new CoreFixture(1, ServerConfig.defaults().with("slowlog-log-slower-than", "0"))) {
            TestClient c = f.connect(0);
            c.send("EXISTS" + " k".repeat(40), "EXISTS" + " k".repeat(31), "ECHO " + "e".repeat(200), "AUTH secret", "AUTH user secret",
                "HELLO 2 AUTH user secret SETNAME x", "CONFIG SET requirepass secret", "CONFIG SET requirepass \"\"");
            c.received();
            String all = String.join("\n", entries(c, "SLOWLOG GET -1"));
            assertThat(all).doesNotContain("secret").doesNotContain("user");
            assertThat(all).contains("[\"EXISTS\"" + " \"k\"".repeat(30) + " \"... (10 more arguments)\"]");
            assertThat(all).contains("[\"EXISTS\"" + " \"k\"".repeat(31) + "]");
            assertThat(all).contains("[\"ECHO\" \"" + "e".repeat(128) + "... (72 more bytes)\"]");
            assertThat(all).contains("[\"AUTH\" \"(redacted)\"]", "[\"AUTH\" \"(redacted)\" \"(redacted)\"]",
                "[\"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\" \"SETNAME\" \"x\"]", "[\"CONFIG\" \"SET\" \"requirepass\" \"(redacted)\"]");
        }
    }

    @Test
    void errors_areRedis() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("SLOWLOG GET -2", "SLOWLOG GET x", "SLOWLOG get 1 2", "SLOWLOG LEN x", "SLOWLOG"))
                .containsExactly("-ERR count should be greater than or equal to -1", "-ERR count should be greater than or equal to -1",
                    "-ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.",
                    "-ERR wrong number of arguments for 'slowlog|len' command", "-ERR wrong number of arguments for 'slowlog' command");
            assertThat(c.text("SLOWLOG HELP")).startsWith("[+SLOWLOG ");
        }
    }

    private static List<String> entries(TestClient c, String command) {
        return ((Reply.Array) c.call(command)).elements().stream().map(ReplyText::of).toList();
    }
}
