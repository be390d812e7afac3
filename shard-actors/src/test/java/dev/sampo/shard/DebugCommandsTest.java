package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebugCommandsTest {
    @Test
    void debug_isForThoseWhoMay() {
        String refused = "-ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run "
            + "it from a local connection, otherwise you need "
            + "to set this option in the configuration file, and then restart the server.";
        ServerConfig open = ServerConfig.defaults().with("protected-mode", "no");
        try (CoreFixture f = new CoreFixture(1, open)) {
            assertThat(f.connect(0).text("DEBUG SLEEP 0")).isEqualTo("+OK");
            assertThat(f.connect(0, "10.0.0.1:1").texts("DEBUG SLEEP 0", "DEBUG SLEEP", "DEBUG FOO")).containsOnly(refused);
            assertThat(f.connect(0, "10.0.0.1:1").texts("MULTI", "DEBUG SLEEP 0", "EXEC")).element(1).isEqualTo(refused);
        }
        try (CoreFixture f = new CoreFixture(1, open.with("enable-debug-command", "no"))) {
            assertThat(f.connect(0).text("DEBUG HELP")).isEqualTo(refused);
        }
        try (CoreFixture f = new CoreFixture(1, open.with("enable-debug-command", "yes"))) {
            assertThat(f.connect(0, "10.0.0.1:1").text("DEBUG HELP")).startsWith("[+DEBUG ");
        }
    }

    @Test
    void sleep_stopsTheCoreAndMovesTheTime() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            String key = localKey(f, 0);
            long start = System.nanoTime();
            assertThat(c.texts("SET " + key + " 1 PX 20", "DEBUG SLEEP 0.03", "GET " + key)).containsExactly("+OK", "+OK", "nil");
            assertThat(System.nanoTime() - start).isGreaterThan(29_000_000);
            assertThat(c.texts("DEBUG SLEEP a", "DEBUG SLEEP -1", "DEBUG SLEEP"))
                .containsExactly("+OK", "+OK", "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.");
            assertThat(c.texts("MULTI", "DEBUG SLEEP 0.001", "EXEC")).endsWith("[+OK]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void object_showsHowAValueIsKept(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            for (String key : new String[] {"a", "b", "c", "d", "e"}) {
                c.send("SET " + key + " hello");
                c.received();
                assertThat(c.text("DEBUG OBJECT " + key))
                    .matches("\\+Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:5 lru:\\d+ lru_seconds_idle:0 "
                    + "shard:\\d bytes:\\d+");
            }
            c.send("SET n 12");
            c.received();
            assertThat(c.text("DEBUG OBJECT n")).contains(" encoding:int serializedlength:2 ");
            assertThat(c.text("DEBUG OBJECT nosuch")).isEqualTo("-ERR no such key");
        }
    }

    @Test
    void digest_dependsOnTheDataAlone() {
        String[] digests = new String[3];
        for (int cores = 1; cores <= 3; cores++) {
            try (CoreFixture f = new CoreFixture(cores)) {
                TestClient c = f.connect(0);
                assertThat(c.text("DEBUG DIGEST")).isEqualTo("+" + "0".repeat(40));
                c.send("MSET a 1 b 2 c three", "SELECT 5", "SET a 5");
                c.received();
                digests[cores - 1] = c.text("DEBUG DIGEST");
                assertThat(digests[cores - 1]).matches("\\+0{24}[0-9a-f]{16}").isEqualTo(digests[0]);
                c.send("APPEND a x");
                c.received();
                assertThat(c.text("DEBUG DIGEST")).isNotEqualTo(digests[0]);
                assertThat(c.text("DEBUG DIGEST-VALUE a nosuch")).matches("\\[\\+[0-9a-f]{40} \\+0{40}]");
                c.send("SET b 5x");
                c.received();
                assertThat(c.text("DEBUG DIGEST-VALUE a")).isEqualTo(c.text("DEBUG DIGEST-VALUE b"));
            }
        }
    }

    @Test
    void setActiveExpire_stopsTheBackgroundOfAllCores() {
        try (CoreFixture f = new CoreFixture(3)) {
            TestClient c = f.connect(0);
            assertThat(c.text("DEBUG SET-ACTIVE-EXPIRE 0")).isEqualTo("+OK");
            c.send("SET a 1 PX 10", "SET b 1 PX 10", "SET c 1 PX 10", "SET d 1 PX 10");
            c.received();
            f.advance(100);
            assertThat(c.text("DBSIZE")).isEqualTo(":4");
            assertThat(c.text("DEBUG SET-ACTIVE-EXPIRE 1")).isEqualTo("+OK");
            f.advance(100);
            assertThat(c.text("DBSIZE")).isEqualTo(":0");
        }
    }

    @Test
    void protocol_hasAnExampleOfEachType() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            String[] types = {"string", "integer", "double", "null", "array", "set", "map", "attrib", "verbatim", "true", "false",
                "bignum", "foo"};
            String[] two = {"\"Hello World\"", ":12345", "\"3.141\"", "nil", "[:0 :1 :2]", "[:0 :1 :2]", "[:0 :0 :1 :1 :2 :0]",
                "\"Some real reply following the attribute\"",
                "\"This is a verbatim\nstring\"", ":1", ":0", "\"1234567999999999999999999999999999999\"",
                "-ERR Wrong protocol type name. Please use one of the following: "
                + "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"};
            String[] three = {"\"Hello World\"", ":12345", ",3.141", "nil", "[:0 :1 :2]", "~[:0 :1 :2]",
                "{:0 #false :1 #true :2 #false}",
                "|{\"key-popularity\" [\"key:123\" :90]}\"Some real reply following the attribute\"",
                "=txt:This is a verbatim\nstring", "#true", "#false",
                "(1234567999999999999999999999999999999", two[12]};
            for (int i = 0; i < types.length; i++) {
                assertThat(c.text("DEBUG PROTOCOL " + types[i])).isEqualTo(two[i]);
            }
            c.send("HELLO 3");
            c.received();
            for (int i = 0; i < types.length; i++) {
                assertThat(c.text("DEBUG PROTOCOL " + types[i])).isEqualTo(three[i]);
            }
            assertThat(c.text("DEBUG PROTOCOL push")).isEqualTo(">[\"server-cpu-usage\" :42]");
        }
    }

    @Test
    void smallOnes_work() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(1);
            assertThat(c.texts("DEBUG ERROR \"FOO bar\"", "DEBUG LOG hello", "DEBUG STRINGMATCH-LEN 1000 a*a*a*b",
                "DEBUG STRINGMATCH-LEN 1000 a*a",
                "DEBUG STRINGMATCH-LEN x a", "DEBUG FOO")).containsExactly("-FOO bar", "+OK", ":0", ":1",
                "-ERR value is not an integer or out of range",
                "-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void populate_createsWhatIsMissing(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            c.send("SET key:3 mine");
            c.received();
            assertThat(c.texts("DEBUG POPULATE 50", "DBSIZE", "GET key:3", "GET key:49", "DEBUG POPULATE 2 p 10", "GET p:1", "DEBUG POPULATE 1 q 3",
                "GET q:0")).containsExactly("+OK", ":50", "\"mine\"", "\"value:49\"", "+OK", "\"value:1\0\0\0\"", "+OK", "\"val\"");
            assertThat(c.texts("DEBUG POPULATE x", "DEBUG POPULATE -1", "DEBUG POPULATE 1 p -1", "DEBUG POPULATE", "DEBUG POPULATE 1 a 2 3"))
                .containsExactly("-ERR value is out of range, must be positive", "-ERR value is out of range, must be positive",
                    "-ERR value is out of range, must be positive",
                    "-ERR unknown subcommand or wrong number of arguments for 'POPULATE'. Try DEBUG HELP.",
                    "-ERR unknown subcommand or wrong number of arguments for 'POPULATE'. Try DEBUG HELP.");
            assertThat(c.text("DEBUG HTSTATS 0")).contains("[Dictionary HT]", " number of elements: 53\n", "[Expires HT]");
            assertThat(c.texts("DEBUG HTSTATS 99", "DEBUG HTSTATS x", "DEBUG HTSTATS-KEY nosuch", "DEBUG HTSTATS-KEY p:1", "DEBUG LISTPACK nosuch",
                "DEBUG LISTPACK p:1")).containsExactly("-ERR Out of range database", "-ERR value is not an integer or out of range", "-ERR no such key",
                    "-ERR The value stored at the specified key is not represented using an hash table", "-ERR no such key",
                    "-ERR Not a listpack encoded object.");
        }
    }

    @Test
    void pauseCron_stopsTicks() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            c.send("SET a 1 PX 10", "SET b 1 PX 10", "SET c 1 PX 10", "DEBUG PAUSE-CRON 1");
            c.received();
            f.advance(200);
            assertThat(c.text("DBSIZE")).isEqualTo(":3");
            assertThat(c.text("DEBUG PAUSE-CRON 0")).isEqualTo("+OK");
            f.advance(200);
            assertThat(c.text("DBSIZE")).isEqualTo(":0");
        }
    }

    @Test
    void skipChecksumValidation_letsRestoreTakeADamagedFooter() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            String damaged = "RESTORE k 0 \0\3abc\13\0xxxxxxxx";
            assertThat(c.text(damaged)).isEqualTo("-ERR DUMP payload version or checksum are wrong");
            assertThat(c.texts("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1", damaged, "GET k")).containsExactly("+OK", "+OK", "\"abc\"");
            assertThat(c.texts("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0", "DEL k", damaged)).last()
                .isEqualTo("-ERR DUMP payload version or checksum are wrong");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void reload_bringsEverythingBack(int cores, @TempDir Path directory) {
        try (CoreFixture f = new CoreFixture(cores, ServerConfig.defaults().with("dir", directory.toString()))) {
            TestClient c = f.connect(0);
            c.send("SET s 1", "SET e 1 EX 100", "RPUSH l a b c", "SADD u 1 2 x", "HSET h f v g w", "ZADD z 1 a 2 b", "XADD x 1-1 f v", "SELECT 5", "SET s 2");
            c.received();
            String digest = c.text("DEBUG DIGEST");
            assertThat(c.texts("DEBUG RELOAD", "DEBUG DIGEST", "DBSIZE", "SELECT 0", "DBSIZE", "PTTL e", "LRANGE l 0 -1"))
                .containsExactly("+OK", digest, ":1", "+OK", ":7", ":100000", "[\"a\" \"b\" \"c\"]");
            assertThat(c.texts("SET more 1", "DEBUG RELOAD NOSAVE", "EXISTS more", "DEBUG DIGEST")).containsExactly("+OK", "+OK", ":0", digest);
            assertThat(c.texts("DEBUG RELOAD MERGE", "MULTI", "SET more 1", "DEBUG RELOAD", "EXISTS more", "EXEC"))
                .startsWith("-ERR DEBUG RELOAD only supports the NOSAVE option").endsWith("[+OK +OK :1]");
        }
    }

    @Test
    void changeReplId_showsInInfo() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            String before = c.text("INFO replication");
            assertThat(c.text("DEBUG CHANGE-REPL-ID")).isEqualTo("+OK");
            assertThat(c.text("INFO replication")).isNotEqualTo(before).containsPattern("master_replid:[0-9a-f]{40}\r\n");
            assertThat(c.texts("DEBUG QUICKLIST-PACKED-THRESHOLD 100b", "DEBUG QUICKLIST-PACKED-THRESHOLD 0", "DEBUG QUICKLIST-PACKED-THRESHOLD 5gb",
                "DEBUG QUICKLIST-PACKED-THRESHOLD x")).containsExactly("+OK", "+OK",
                    "-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
                    "-ERR argument must be a memory value bigger than 1 and smaller than 4gb");
            assertThat(c.text("DEBUG LOADAOF")).startsWith("-ERR Error trying to load the AOF files");
        }
    }

    /// A key that lives on a core's own shard.
    private static String localKey(CoreFixture f, int core) {
        TestClient c = f.connect(core);
        for (int i = 0; ; i++) {
            long before = f.core(core).stats.forwarded;
            c.send("GET probe" + i);
            if (f.core(core).stats.forwarded == before) {
                return "probe" + i;
            }
        }
    }
}
