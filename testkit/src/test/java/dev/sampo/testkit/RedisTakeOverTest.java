package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.embedded.SampoServer;
import dev.sampo.resp.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The `dir` of a stopped Redis is pointed at: everything is there, Redis's files stay as they are and are read once.
class RedisTakeOverTest {
    private static final int KEYS = 300;

    private static SampoServer start(Path directory, int shards) {
        return SampoServer.builder().shards(shards).setting("dir", directory.toString()).setting("appendonly", "yes").start();
    }

    /// What clients see of all keys, in an order that does not depend on the server.
    private static List<String> content(int port) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            List<String> content = new ArrayList<>();
            for (String db : List.of("0", "3")) {
                client.call("SELECT", db);
                content.add(client.call("DBSIZE").toString());
                for (int i = 0; i < KEYS; i++) {
                    content.add("s" + i + " " + client.call("GET", "s" + i) + client.call("PEXPIRETIME", "s" + i));
                    content.add("l" + i + " " + client.call("LRANGE", "l" + i, "0", "-1"));
                    content.add("u" + i + " " + client.call("SORT", "u" + i, "ALPHA"));
                    content.add("h" + i + " " + client.call("HGET", "h" + i, "f") + client.call("HLEN", "h" + i));
                    content.add("z" + i + " " + client.call("ZRANGE", "z" + i, "0", "-1", "WITHSCORES"));
                    content.add("x" + i + " " + client.call("XRANGE", "x" + i, "-", "+") + client.call("XPENDING", "x" + i, "g"));
                }
            }
            return content;
        }
    }

    private static void write(int port) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (int i = 0; i < KEYS; i++) {
                if (i == KEYS / 2) {
                    client.call("BGREWRITEAOF");
                    client.call("SELECT", "3");
                }
                client.call("SET", "s" + i, "value" + i, "EX", Integer.toString(1000 + i));
                client.call("RPUSH", "l" + i, "a", "b", "c" + i);
                client.call("MULTI");
                client.call("RPOPLPUSH", "l" + i, "l" + (i + 1));
                client.call("SADD", "u" + i, "1", "x" + i);
                client.call("SUNIONSTORE", "u" + (i + 1), "u" + i);
                client.call("EXEC");
                client.call("HSET", "h" + i, "f", "v" + i, "g", "w");
                client.call("ZADD", "z" + i, "1.5", "a", "-inf", "b" + i);
                client.call("XADD", "x" + i, "*", "f", "v");
                client.call("XGROUP", "CREATE", "x" + i, "g", "0");
                client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x" + i, ">");
                if (i % 3 == 0) {
                    client.call("RENAME", "h" + i, "h" + (i + 1));
                    client.call("COPY", "z" + i, "z" + (i + 1), "REPLACE");
                    client.call("PERSIST", "s" + i);
                }
            }
        }
    }

    private static Map<String, String> redisFiles(Path directory) throws Exception {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory.resolve("appendonlydir"))) {
            for (Path file : all.filter(path -> path.getFileName().toString().startsWith("appendonly.aof")).toList()) {
                files.put(file.getFileName().toString(), Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    @ParameterizedTest
    @CsvSource({"yes, 1, 4", "no, 4, 1"})
    void dirOfAStoppedRedis_isTakenOver_once(String preamble, int shards, int otherShards) throws Exception {
        assumeTrue(RedisServerProcess.available(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        Path directory = ServerProcess.temporaryDirectory();
        try {
            List<String> expected;
            try (RedisServerProcess redis = RedisServerProcess.start("--dir", directory.toString(), "--appendonly", "yes",
                "--aof-use-rdb-preamble", preamble, "--databases", "4")) {
                write(redis.port());
                expected = content(redis.port());
            }
            Map<String, String> files = redisFiles(directory);
            assertThat(files).hasSizeGreaterThan(2);
            try (SampoServer sampo = start(directory, shards); RespClient client = RespClient.connect(sampo.port(), 10_000)) {
                assertThat(content(sampo.port())).isEqualTo(expected);
                client.call("SET", "mine", "1");
            }
            try (SampoServer sampo = start(directory, otherShards); RespClient client = RespClient.connect(sampo.port(), 10_000)) {
                assertThat(client.call("GET", "mine")).isInstanceOf(Reply.Bulk.class);
                client.call("DEL", "mine");
                assertThat(content(sampo.port())).isEqualTo(expected);
                client.call("FLUSHALL");
            }
            assertThat(redisFiles(directory)).isEqualTo(files);
            try (SampoServer sampo = start(directory, shards); RespClient client = RespClient.connect(sampo.port(), 10_000)) {
                assertThat(client.call("DBSIZE")).isEqualTo(new Reply.Int(0));
            }
        } finally {
            ServerProcess.delete(directory);
        }
    }

    @ParameterizedTest
    @CsvSource({"'*1\r\n$5\r\nNOSUCH\r\n', 'there should be'", "'*1\r\n$6\r\nNOSUCH\r\n', 'does not know: NOSUCH'"})
    void damagedFiles_areRefused_andLeftAlone(String end, String reason) throws Exception {
        Path directory = ServerProcess.temporaryDirectory();
        try {
            Path file = directory.resolve("appendonly.aof");
            Files.writeString(file, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
            Files.writeString(file, end, StandardOpenOption.APPEND);
            byte[] before = Files.readAllBytes(file);
            assertThatThrownBy(() -> start(directory, 2)).hasStackTraceContaining("appendonly.aof, byte 27: ").hasStackTraceContaining(reason);
            assertThat(file).hasBinaryContent(before);
            assertThat(directory.resolve("appendonlydir").resolve("sampo.manifest")).doesNotExist();
        } finally {
            ServerProcess.delete(directory);
        }
    }
}
