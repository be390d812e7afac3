package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerCommandsTest {
    private static final Pattern LINE = Pattern.compile("(\\S+?):(.*)");

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void info_addsUpAllCores(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            TestClient other = f.connect(cores - 1);
            for (int i = 0; i < 40; i++) {
                other.send("SET key" + i + " value");
            }
            other.send("GET key1", "GET missing", "EXPIRE key2 100", "EXPIRE key3 300", "SELECT 2", "SET x 1 PX 10", "GET",
                "INCR x y", "FOO", "SET y 1", "APPEND y z", "INCR y");
            f.advance(11);
            other.send("GET x", "SUBSCRIBE ch");
            Map<String, String> info = info(c, "INFO everything");
            assertThat(info).containsEntry("redis_version", Versions.REDIS).containsEntry("sampo_version", Versions.SAMPO)
                .containsEntry("sampo_shards", "" + cores)
                .containsEntry("sampo_transport", "fake").containsEntry("connected_clients", "2")
                .containsEntry("pubsub_clients", "1").containsEntry("loading", "0")
                .containsEntry("role", "master").containsEntry("expired_keys", "1").containsEntry("keyspace_hits", "1")
                .containsEntry("keyspace_misses", "2")
                .containsEntry("pubsub_channels", "1").containsEntry("total_connections_received", "2")
                .containsEntry("cluster_enabled", "0")
                .containsEntry("total_error_replies", "4").containsEntry("errorstat_ERR", "count=4")
                .containsEntry("run_id", f.node().runId());
            assertThat(info.get("db0")).isEqualTo("keys=40,expires=2,avg_ttl=" + info.get("db0").replaceAll(".*=", ""));
            assertThat(info.get("db2")).isEqualTo("keys=1,expires=0,avg_ttl=0");
            assertThat(info.get("cmdstat_set"))
                .matches("calls=42,usec=\\d+,usec_per_call=[0-9.]+,rejected_calls=0,failed_calls=0");
            assertThat(info.get("cmdstat_get")).contains("calls=3,").contains("rejected_calls=1");
            assertThat(info.get("cmdstat_incr")).contains("calls=1,").contains("rejected_calls=1,failed_calls=1");
            assertThat(Long.parseLong(info.get("total_commands_processed"))).isEqualTo(40 + 12 - 3 + 2);
            assertThat(Long.parseLong(info.get("used_memory"))).isPositive();
            assertThat(Long.parseLong(info.get("used_memory_rss"))).isGreaterThan(10 << 20);
            assertThat(Long.parseLong(info.get("used_memory_dataset"))).isBetween(40L * 20, 1L << 20);
            assertThat(Long.parseLong(info.get("used_memory_peak")))
                .isGreaterThanOrEqualTo(Long.parseLong(info.get("used_memory")));
            assertThat(Double.parseDouble(info.get("used_cpu_user"))).isPositive();
            assertThat(info.keySet().stream().filter(name -> name.startsWith("shard"))).hasSize(cores);
        }
    }

    @Test
    void info_showsTheSectionsAskedFor() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(sections(c, "INFO"))
                .isEqualTo("Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace");
            assertThat(sections(c, "INFO default")).isEqualTo(sections(c, "INFO"));
            assertThat(sections(c, "INFO cpu SERVER")).isEqualTo("Server CPU");
            assertThat(sections(c, "INFO default commandstats"))
                .isEqualTo("Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Cluster "
                    + "Keyspace");
            assertThat(sections(c, "INFO all"))
                .isEqualTo("Server Clients Memory Persistence Stats Replication CPU Commandstats Errorstats Latencystats Cluster Shards "
                    + "Keyspace");
            assertThat(sections(c, "INFO everything")).contains("Modules", "Commandstats");
            assertThat(c.text("INFO nosuch")).isEqualTo("\"\"");
            c.send("HELLO 3");
            c.received();
            assertThat(c.text("INFO cluster")).isEqualTo("=txt:# Cluster\r\ncluster_enabled:0\r\n");
            assertThat(c.texts("MULTI", "INFO cluster", "EXEC")).endsWith("[=txt:# Cluster\r\ncluster_enabled:0\r\n]");
        }
    }

    @Test
    void info_ratesFollowTheCommands() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            for (int i = 0; i < 20; i++) {
                c.send("SET a 1", "SET b 1", "PING", "PING", "PING");
                f.advance(100);
            }
            c.received();
            Map<String, String> stats = info(c, "INFO stats");
            assertThat(Double.parseDouble(stats.get("instantaneous_ops_per_sec"))).isBetween(45.0, 55.0);
            assertThat(Double.parseDouble(stats.get("instantaneous_input_kbps"))).isBetween(0.9, 1.0);
            assertThat(Long.parseLong(stats.get("total_net_input_bytes"))).isEqualTo(20L * (2 * 27 + 3 * 14) + 25);
        }
    }

    @Test
    void resetstat_startsAnew() {
        try (CoreFixture f = new CoreFixture(3)) {
            TestClient c = f.connect(0);
            c.send("SET a 1", "GET a", "GET b", "GET c", "FOO", "INCR");
            c.received();
            assertThat(c.text("CONFIG RESETSTAT")).isEqualTo("+OK");
            Map<String, String> info = info(c, "INFO everything");
            assertThat(info).containsEntry("keyspace_hits", "0").containsEntry("keyspace_misses", "0")
                .containsEntry("total_error_replies", "0")
                .containsEntry("connected_clients", "1").containsEntry("db0", "keys=1,expires=0,avg_ttl=0")
                .doesNotContainKeys("errorstat_ERR", "cmdstat_get");
            c.send("GET a");
            c.received();
            assertThat(info(c, "INFO everything")).containsEntry("keyspace_hits", "1").containsKey("cmdstat_get");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void config_setReachesAllCores(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.text("CONFIG GET timeout")).isEqualTo("[\"timeout\" \"0\"]");
            assertThat(c.text("CONFIG SET timeout 100 hz 20")).isEqualTo("+OK");
            for (int i = 0; i < cores; i++) {
                assertThat(f.core(i).config().timeoutSeconds()).isEqualTo(100);
                assertThat(f.core(i).config().hz()).isEqualTo(20);
            }
            assertThat(c.text("CONFIG GET timeout h?")).isEqualTo("[\"timeout\" \"100\" \"hz\" \"20\"]");
            assertThat(c.text("CONFIG SET hz 30 timeout x"))
                .startsWith("-ERR CONFIG SET failed (possibly related to argument 'timeout') - ");
            assertThat(c.text("CONFIG GET hz")).isEqualTo("[\"hz\" \"20\"]");
            assertThat(c.text("CONFIG SET nosuch 1"))
                .isEqualTo("-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'");
            assertThat(c.text("CONFIG SET port 1"))
                .isEqualTo("-ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config");
            assertThat(c.texts("CONFIG SET a b c", "CONFIG SET a", "CONFIG GET", "CONFIG GET nosuch"))
                .containsExactly("-ERR syntax error",
                "-ERR wrong number of arguments for 'config|set' command",
                "-ERR wrong number of arguments for 'config|get' command", "[]");
            assertThat(c.text("CONFIG REWRITE")).isEqualTo("-ERR The server is running without a config file");
            assertThat(c.text("CONFIG HELP")).startsWith("[+CONFIG ");
            c.send("HELLO 3");
            c.received();
            assertThat(c.text("CONFIG GET hz")).isEqualTo("{\"hz\" \"20\"}");
            assertThat(c.texts("MULTI", "CONFIG SET hz 40", "CONFIG GET hz", "EXEC")).endsWith("[+OK {\"hz\" \"40\"}]");
        }
    }

    @Test
    void config_knowsOldNames() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CONFIG SET hash-max-ziplist-entries 10 hash-max-listpack-entries 20", "CONFIG GET hash-max-ziplist-entries",
                "CONFIG SET list-max-ziplist-size -1", "CONFIG GET list-max-listpack-size")).containsExactly("+OK",
                    "[\"hash-max-ziplist-entries\" \"20\"]", "+OK", "[\"list-max-listpack-size\" \"-1\"]");
            assertThat(c.text("CONFIG GET zset-max-*-value")).isEqualTo("[\"zset-max-listpack-value\" \"64\" \"zset-max-ziplist-value\" \"64\"]");
            assertThat(c.text("CONFIG SET hash-max-listpack-entries 30 hash-max-ziplist-entries x"))
                .isEqualTo("-ERR CONFIG SET failed (possibly related to argument 'hash-max-ziplist-entries') - argument couldn't be parsed into an integer");
            assertThat(c.text("CONFIG GET hash-max-listpack-entries")).contains("20");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void rewrite_writesTheSettingsInForce(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            StringBuilder written = new StringBuilder();
            f.node().configWriter(config -> {
                written.append(config.hz()).append(' ');
                return config.hz() == 30 ? "Rewriting config file: disk full" : null;
            });
            assertThat(c.texts("CONFIG SET hz 20", "CONFIG REWRITE", "PING", "CONFIG SET hz 30", "CONFIG REWRITE", "CONFIG SET hz 40", "MULTI",
                "CONFIG REWRITE", "PING", "EXEC")).containsExactly("+OK", "+OK", "+PONG", "+OK", "-ERR Rewriting config file: disk full", "+OK", "+OK",
                    "+QUEUED", "+QUEUED", "[+OK +PONG]");
            assertThat(written).hasToString("20 30 40 ");
        }
    }

    @Test
    void config_changesAtTheSameTimeBothStay() {
        try (CoreFixture f = new CoreFixture(4)) {
            TestClient one = f.connect(0);
            TestClient two = f.connect(3);
            one.feed("CONFIG SET hz 30 timeout 1");
            two.feed("CONFIG SET maxclients 77 timeout 2");
            f.run();
            for (int i = 0; i < 4; i++) {
                ServerConfig config = f.core(i).config();
                assertThat(config.hz()).isEqualTo(30);
                assertThat(config.maxclients()).isEqualTo(77);
                assertThat(config.timeoutSeconds()).isEqualTo(2);
            }
        }
    }

    @Test
    void requirepass_takesEffectForNewConnections() {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CONFIG SET requirepass secret", "PING")).containsExactly("+OK", "+PONG");
            assertThat(f.connect(1).text("PING")).isEqualTo("-NOAUTH Authentication required.");
        }
    }

    @Test
    void time_isTheTimeOfTheTurn() {
        try (CoreFixture f = new CoreFixture(1)) {
            f.advance(1234);
            assertThat(f.connect(0).text("TIME")).isEqualTo("[\"1700000001\" \"234000\"]");
            assertThat(f.connect(0).text("ROLE")).isEqualTo("[\"master\" :0 []]");
        }
    }

    @Test
    void lolwut_drawsAndTellsTheVersion() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(((Reply.Bulk) c.call("LOLWUT")).text()).endsWith("Sampo ver. " + Versions.SAMPO + "\n")
                .doesNotContain("?");
            assertThat(((Reply.Bulk) c.call("LOLWUT VERSION 5 1 2")).text().lines().count()).isGreaterThan(5);
            assertThat(c.text("LOLWUT VERSION a")).isEqualTo("-ERR value is not an integer or out of range");
        }
    }

    @Test
    void shutdown_setsItOffOrSaysWhyNot() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("SHUTDOWN FOO", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN NOW ABORT", "SHUTDOWN ABORT"))
                .containsExactly("-ERR syntax error", "-ERR syntax error",
                "-ERR syntax error", "-ERR No shutdown in progress.");
            assertThat(f.isShutdown()).isFalse();
            assertThat(c.texts("PING", "SHUTDOWN NOSAVE", "PING")).containsExactly("+PONG");
            assertThat(f.isShutdown()).isTrue();
            assertThat(c.isClosed()).isTrue();
        }
    }

    static Map<String, String> info(TestClient c, String command) {
        Map<String, String> info = new TreeMap<>();
        ((Reply.Bulk) c.call(command)).text().lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                assertThat(info.put(matcher.group(1), matcher.group(2))).as("twice: " + line).isNull();
            }
        });
        return info;
    }

    private static String sections(TestClient c, String command) {
        StringBuilder titles = new StringBuilder();
        ((Reply.Bulk) c.call(command)).text().lines().filter(line -> line.startsWith("# "))
            .forEach(line -> titles.append(titles.isEmpty() ? "" : " ").append(line.substring(2)));
        return titles.toString();
    }
}
