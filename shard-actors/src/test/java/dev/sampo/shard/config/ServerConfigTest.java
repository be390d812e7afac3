package dev.sampo.shard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigTest {

    @Test
    void defaults_areRedisOnesOrOurs() {
        final ServerConfig config = ServerConfig.defaults();
        assertThat(config.port()).isEqualTo(6379);
        assertThat(config.bind()).containsExactly("127.0.0.1", "-::1");
        assertThat(config.databases()).isEqualTo(16);
        assertThat(config.maxclients()).isEqualTo(10000);
        assertThat(config.tcpKeepalive()).isEqualTo(300);
        assertThat(config.tcpBacklog()).isEqualTo(511);
        assertThat(config.protoMaxBulkLen()).isEqualTo(512L << 20);
        assertThat(config.clientQueryBufferLimit()).isEqualTo(1L << 30);
        assertThat(config.outputLimit(ClientClass.NORMAL)).isEqualTo(new OutputLimit(0, 0, 0));
        assertThat(config.outputLimit(ClientClass.REPLICA)).isEqualTo(new OutputLimit(256 << 20, 64 << 20, 60));
        assertThat(config.outputLimit(ClientClass.PUBSUB)).isEqualTo(new OutputLimit(32 << 20, 8 << 20, 60));
        assertThat(config.transport()).isEqualTo(Transport.AUTO);
        assertThat(config.save()).isEmpty();
        assertThat(config.appendonly()).isFalse();
        assertThat(config.slowlogLogSlowerThan()).isEqualTo(10000);
        assertThat(config.enableDebugCommand()).isEqualTo(DebugCommand.LOCAL);
    }

    @Test
    void everyText_ofEverySetting_readsBackAsItself() {
        final ServerConfig config = ServerConfig.defaults();
        final Map<String, String> all = config.get("*");
        assertThat(all).hasSize(SettingTable.names().size()).hasSizeGreaterThan(SettingTable.all().size());
        assertThat(config.with(all).get("*")).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        maxclients       | abc           | argument couldn't be parsed into an integer
        timeout          | 010           | argument couldn't be parsed into an integer
        timeout          | +1            | argument couldn't be parsed into an integer
        timeout          | 99999999999999999999 | argument couldn't be parsed into an integer
        maxclients       | 0             | argument must be between 1 and 4294967295 inclusive
        hz               | -1            | argument must be between 0 and 2147483647 inclusive
        lfu-log-factor   | -1            | argument must be between 0 and 2147483647 inclusive
        tcp-keepalive    | -1            | argument must be between 0 and 2147483647 inclusive
        active-expire-effort | 11        | argument must be between 1 and 10 inclusive
        slowlog-log-slower-than | -5     | argument must be between -1 and 9223372036854775807 inclusive
        slowlog-max-len  | -1            | argument must be between 0 and 9223372036854775807 inclusive
        latency-monitor-threshold | 1kb  | argument couldn't be parsed into an integer
        protected-mode   | maybe         | argument must be 'yes' or 'no'
        maxmemory        | 1x            | argument must be a memory value
        maxmemory        | -1            | argument must be a memory value
        client-query-buffer-limit | 1    | argument must be between 1048576 and 9223372036854775807 inclusive
        proto-max-bulk-len | abc         | argument must be a memory value
        loglevel         | foo           | argument(s) must be one of the following: debug, verbose, notice, warning
        maxmemory-policy | xx            | argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction
        save             | 1             | Invalid save parameters
        save             | 0 1           | Invalid save parameters
        notify-keyspace-events | KEAq    | Invalid event class character. Use 'Ag$lshzxeKEtmdn'.
        client-output-buffer-limit | normal 1 2      | Wrong number of arguments in buffer limit configuration.
        client-output-buffer-limit | master 1 2 3    | Invalid client class specified in buffer limit configuration.
        client-output-buffer-limit | replica 1 x 3   | Error in hard, soft or soft_seconds setting in buffer limit configuration.
        """)
    void configSet_withBadText_saysWhatRedisSays(String name, String text, String reason) {
        assertThatThrownBy(() -> ServerConfig.defaults().configSet(List.of(name, text)))
            .isInstanceOf(ConfigException.class)
            .hasMessage("CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        foo 1                    | Unknown option or number of arguments for CONFIG SET - 'foo'
        timeout abc foo 1        | Unknown option or number of arguments for CONFIG SET - 'foo'
        timeout abc databases 2  | CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
        DATABASES 3 foo 1        | CONFIG SET failed (possibly related to argument 'DATABASES') - can't set immutable config
        dir /tmp                 | CONFIG SET failed (possibly related to argument 'dir') - can't set protected config
        timeout 3 TIMEOUT 4      | CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter
        MAXCLIENTS abc           | CONFIG SET failed (possibly related to argument 'maxclients') - argument couldn't be parsed into an integer
        timeout 1 hz             | syntax error
        """)
    void configSet_withBadNames_saysWhatRedisSays(String words, String message) {
        assertThatThrownBy(() -> ServerConfig.defaults().configSet(List.of(words.split(" "))))
            .isInstanceOf(ConfigException.class).hasMessage(message);
    }

    @Test
    void configSet_withSeveralPairs_isAllOrNothing() {
        final ServerConfig before = ServerConfig.defaults();
        assertThatThrownBy(() -> before.configSet(List.of("timeout", "99", "hz", "abc"))).isInstanceOf(ConfigException.class);
        assertThat(before.timeoutSeconds()).isZero();

        final ServerConfig after = before.configSet(List.of("timeout", "99", "HZ", "1000", "requirepass", "secret word"));
        assertThat(after.timeoutSeconds()).isEqualTo(99);
        assertThat(after.hz()).isEqualTo(500);
        assertThat(after.requirepass()).isEqualTo("secret word");
        assertThat(before.get("timeout")).containsEntry("timeout", "0");
    }

    @Test
    void configSet_ofOneClientClass_keepsTheOthers() {
        final ServerConfig config = ServerConfig.defaults()
            .configSet(List.of("client-output-buffer-limit", "normal 1mb 2 3"))
            .configSet(List.of("client-output-buffer-limit", "replica 1 2 3 pubsub 4mb 5 6"));
        assertThat(config.get("client-output-buffer-limit"))
            .containsEntry("client-output-buffer-limit", "normal 1048576 2 3 slave 1 2 3 pubsub 4194304 5 6");
        assertThat(config.outputLimit(ClientClass.PUBSUB)).isEqualTo(new OutputLimit(4 << 20, 5, 6));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
        KEA, AKE
        AKEn, AKEn
        Knm, nKm
        Eg$lshzxetdm, AEm
        KEg, gKE
        '', ''
        """)
    void notifyFlags_print_asRedisOrdersThem(String text, String printed) {
        assertThat(ServerConfig.defaults().with("notify-keyspace-events", text).get("notify-keyspace-events"))
            .containsEntry("notify-keyspace-events", printed);
    }

    @ParameterizedTest
    @CsvSource({"1024, 1024", "1k, 1000", "1KB, 1024", "3m, 3000000", "3Mb, 3145728", "2g, 2000000000", "2GB, 2147483648",
        "7b, 7", "'', -1", "kb, -1", "-1, -1", "1tb, -1", "1.5mb, -1", "9223372036854775807, 9223372036854775807",
        "9223372036854775808, -1", "99999999999gb, -1"})
    void memorySize_readsRedisUnits(String text, long bytes) {
        assertThat(MemorySize.parse(text)).isEqualTo(bytes);
    }

    @Test
    void get_takesNamesAndGlobsInAnyCase_eachSettingOnce() {
        final ServerConfig config = ServerConfig.defaults();
        assertThat(config.get("MAXCLIENTS")).containsExactly(Map.entry("MAXCLIENTS", "10000"));
        assertThat(config.get("MAXCL*")).containsExactly(Map.entry("maxclients", "10000"));
        assertThat(config.get(List.of("maxcl*", "MAXCLIENTS", "maxclients"))).containsOnlyKeys("maxclients");
        assertThat(config.get(List.of("maxmem*", "max*")).keySet())
            .containsExactlyInAnyOrder("maxmemory", "maxmemory-policy", "maxmemory-samples", "maxmemory-eviction-tenacity", "maxclients");
        assertThat(config.get("nosuch")).isEmpty();
        assertThat(config.get("")).isEmpty();
        assertThat(config.get("p[^x]rt").keySet()).containsExactly("port");
        assertThat(config.get("p[a-oz]r?").keySet()).containsExactly("port");
        assertThat(config.get("h\\z").keySet()).isEmpty();
        assertThat(config.get("h\\z*").keySet()).containsExactly("hz");
        assertThat(config.get("*".repeat(200) + "x".repeat(20))).isEmpty();
    }

    @Test
    void with_beforeTheStart_mayChangeEverything() {
        final Map<String, String> texts = new LinkedHashMap<>();
        texts.put("Port", "0");
        texts.put("databases", "4");
        texts.put("dir", "/data");
        texts.put("bind", "  127.0.0.1   ::1 ");
        texts.put("transport", "stream");
        texts.put("shards", "4");
        texts.put("receive-buffers", "64");
        final ServerConfig config = ServerConfig.defaults().with(texts);
        assertThat(config.port()).isZero();
        assertThat(config.databases()).isEqualTo(4);
        assertThat(config.dir()).hasToString("/data");
        assertThat(config.bind()).containsExactly("127.0.0.1", "::1");
        assertThat(config.transport()).isEqualTo(Transport.STREAM);
        assertThat(config.shards()).isEqualTo(4);
        assertThat(config.receiveBuffers()).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        appendonly      | maybe | argument must be 'yes' or 'no'
        save            | 60    | Invalid save parameters
        bind            | ' '   | at least one address is needed
        receive-buffers | 100   | argument must be a power of two
        dir             | ''    | argument must be a directory
        """)
    void with_whatTheServerCannotKeep_isRefused(String name, String text, String reason) {
        assertThatThrownBy(() -> ServerConfig.defaults().with(name, text))
            .isInstanceOfSatisfying(ConfigException.class, e -> {
                assertThat(e.setting()).isEqualTo(name);
                assertThat(e.reason()).isEqualTo(reason);
            });
    }

    @Test
    void with_unknownName_changesNothingAndSaysSo() {
        assertThatThrownBy(() -> ServerConfig.defaults().with("maxclientz", "1"))
            .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.reason()).isEqualTo("unknown setting"));
    }

    @Test
    void rows_haveNamesAndDocsThatFitTheirUses() {
        int checked = 0;
        for (Setting<?> setting : SettingTable.all()) {
            assertThat(setting.name()).matches("[a-z][a-z0-9]*(-[a-z0-9]+)*");
            assertThat(setting.doc()).isNotBlank().doesNotContain("\n", "|").doesNotEndWith(".");
            assertThat(setting.describeType()).isNotBlank().doesNotContain("|");
            assertThat(SettingTable.find(setting.name().toUpperCase(java.util.Locale.ROOT))).isSameAs(setting);
            checked++;
        }
        assertThat(checked).isGreaterThan(35);
    }
}
