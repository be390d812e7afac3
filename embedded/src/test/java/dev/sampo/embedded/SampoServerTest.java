package dev.sampo.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.shard.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

class SampoServerTest {
    @Test
    void start_servesClientsAtItsUri_untilClosed() {
        final SampoServer server = SampoServer.start();
        try (server; Jedis jedis = new Jedis(server.uri())) {
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
            assertThat(jedis.get("k")).isEqualTo("v");
            assertThat(server.uri()).hasToString("redis://127.0.0.1:" + server.port());
            assertThat(server.shards()).isEqualTo(1);
            server.flushAll();
            assertThat(jedis.dbSize()).isZero();
        }
        server.close();
        assertThatThrownBy(() -> {
            try (Jedis jedis = new Jedis(server.host(), server.port())) {
                jedis.ping();
            }
        }).isInstanceOf(JedisConnectionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "stream"})
    void builder_withShardsAndTransport_spreadsKeysOverThem(String transport) {
        try (SampoServer server = SampoServer.builder().shards(3).transport(transport).start();
                Jedis jedis = new Jedis(server.uri())) {
            assertThat(server.shards()).isEqualTo(3);
            assertThat(server.transport()).isIn("auto".equals(transport) ? List.of("uring", "stream") : List.of("stream"));
            final List<String> pairs = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                pairs.add("k" + i);
                pairs.add("v" + i);
            }
            assertThat(jedis.mset(pairs.toArray(String[]::new))).isEqualTo("OK");
            assertThat(jedis.dbSize()).isEqualTo(300);
            assertThat(jedis.mget("k0", "k123", "k299")).containsExactly("v0", "v123", "v299");
        }
    }

    @Test
    void builder_withPassword_asksForIt() {
        try (SampoServer server = SampoServer.builder().setting("requirepass", "secret").start();
                Jedis jedis = new Jedis(server.uri())) {
            assertThatThrownBy(() -> jedis.get("k")).hasMessageContaining("NOAUTH");
            assertThat(jedis.auth("secret")).isEqualTo("OK");
            jedis.set("k", "v");
            server.flushAll();
            assertThat(jedis.exists("k")).isFalse();
        }
    }

    @Test
    void builder_withWhatIsWrong_saysSo() {
        assertThatThrownBy(() -> SampoServer.builder().setting("databases", "many").start()).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> SampoServer.builder().setting("nosuch", "1").start()).isInstanceOf(ConfigException.class)
            .hasMessageContaining("nosuch");
        assertThatThrownBy(() -> SampoServer.builder().setting("BIND", "0.0.0.0"))
            .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsSaved_goesWithTheServer_unlessItHasADirectory(@TempDir Path directory) {
        Path files;
        try (SampoServer server = SampoServer.start(); Jedis jedis = new Jedis(server.uri())) {
            jedis.set("a", "1");
            jedis.save();
            files = Path.of(jedis.configGet("dir").get("dir"));
            assertThat(files.resolve("dump.rdb")).exists();
        }
        assertThat(files).doesNotExist();
        for (int round = 0; round < 2; round++) {
            try (SampoServer server = SampoServer.builder().setting("DIR", directory.toString()).start(); Jedis jedis = new Jedis(server.uri())) {
                assertThat(jedis.get("a")).isEqualTo(round == 0 ? null : "1");
                jedis.set("a", "1");
                jedis.save();
            }
        }
        assertThat(directory.resolve("dump.rdb")).exists();
    }

    @Test
    void servers_besideEachOther_shareNothing() {
        try (SampoServer one = SampoServer.start(); SampoServer other = SampoServer.start();
                Jedis first = new Jedis(one.uri()); Jedis second = new Jedis(other.uri())) {
            assertThat(one.port()).isNotEqualTo(other.port());
            first.set("k", "one");
            second.set("k", "other");
            assertThat(first.get("k")).isEqualTo("one");
            assertThat(second.get("k")).isEqualTo("other");
        }
    }
}
