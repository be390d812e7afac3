package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/// Real clients connect with their defaults and do what clients do: set, get, expire, pipeline, transaction, publish and
/// subscribe, scan.
class ClientScenarioTest {
    private static final int PATIENCE_SECONDS = 20;

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void jedis_inBothVersions_passes(Candidates candidate) throws Exception {
        try (ServerUnderTest server = candidate.open()) {
            for (RedisProtocol protocol : new RedisProtocol[] {null, RedisProtocol.RESP2, RedisProtocol.RESP3}) {
                final DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder().clientName("scenario");
                if (protocol != null) {
                    config.protocol(protocol);
                }
                final HostAndPort address = new HostAndPort("127.0.0.1", server.port());
                try (Jedis jedis = new Jedis(address, config.build()); Jedis subscriber = new Jedis(address, config.build())) {
                    jedis(jedis, subscriber);
                }
            }
        }
    }

    private static void jedis(Jedis jedis, Jedis subscriber) throws Exception {
        assertThat(jedis.flushAll()).isEqualTo("OK");
        assertThat(jedis.clientGetname()).isEqualTo("scenario");
        assertThat(jedis.set("k", "v", SetParams.setParams().ex(100).nx())).isEqualTo("OK");
        assertThat(jedis.get("k")).isEqualTo("v");
        assertThat(jedis.ttl("k")).isBetween(98L, 100L);
        assertThat(jedis.expire("k", 200)).isEqualTo(1);
        assertThat(jedis.get("absent")).isNull();
        assertThat(jedis.mset("a", "1", "b", "2")).isEqualTo("OK");
        assertThat(jedis.mget("a", "absent", "b")).containsExactly("1", null, "2");
        final List<Response<Long>> counted = new ArrayList<>();
        try (Pipeline pipeline = jedis.pipelined()) {
            for (int i = 0; i < 1_000; i++) {
                counted.add(pipeline.incr("counter"));
            }
            pipeline.sync();
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(counted.get(i).get()).isEqualTo(i + 1);
        }
        jedis.watch("a");
        try (Transaction transaction = jedis.multi()) {
            final Response<Long> a = transaction.incr("a");
            final Response<String> b = transaction.get("b");
            assertThat(transaction.exec()).hasSize(2);
            assertThat(a.get()).isEqualTo(2);
            assertThat(b.get()).isEqualTo("2");
        }
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        final JedisPubSub listener = new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int subscribed) {
                heard.add("subscribed " + channel);
            }

            @Override
            public void onMessage(String channel, String message) {
                heard.add(channel + " " + message);
            }
        };
        final CompletableFuture<Void> listening = CompletableFuture.runAsync(() -> subscriber.subscribe(listener, "news"));
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("subscribed news");
        assertThat(jedis.publish("news", "hello")).isEqualTo(1);
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("news hello");
        listener.unsubscribe();
        listening.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        final Set<String> scanned = new HashSet<>();
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            final ScanResult<String> page = jedis.scan(cursor, new ScanParams().count(2));
            scanned.addAll(page.getResult());
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        assertThat(scanned).containsExactlyInAnyOrder("k", "a", "b", "counter");
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void lettuce_inBothVersions_passes(Candidates candidate) throws Exception {
        try (ServerUnderTest server = candidate.open()) {
            for (ProtocolVersion version : new ProtocolVersion[] {null, ProtocolVersion.RESP2, ProtocolVersion.RESP3}) {
                final io.lettuce.core.RedisClient client =
                        io.lettuce.core.RedisClient.create(RedisURI.builder().withHost("127.0.0.1").withPort(server.port())
                                .build());
                try (client) {
                    if (version != null) {
                        client.setOptions(ClientOptions.builder().protocolVersion(version).build());
                    }
                    lettuce(client);
                }
            }
        }
    }

    private static void lettuce(io.lettuce.core.RedisClient client) throws Exception {
        try (StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub()) {
            final RedisCommands<String, String> redis = connection.sync();
            assertThat(redis.flushall()).isEqualTo("OK");
            assertThat(redis.set("k", "v", SetArgs.Builder.ex(100))).isEqualTo("OK");
            assertThat(redis.get("k")).isEqualTo("v");
            assertThat(redis.ttl("k")).isBetween(98L, 100L);
            assertThat(redis.expire("k", 200)).isTrue();
            assertThat(redis.get("absent")).isNull();
            final RedisAsyncCommands<String, String> async = connection.async();
            final List<Future<Long>> counted = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                counted.add(async.incr("counter"));
            }
            for (int i = 0; i < 1_000; i++) {
                assertThat(counted.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(i + 1);
            }
            redis.watch("counter");
            redis.multi();
            redis.incr("counter");
            redis.get("k");
            final TransactionResult result = redis.exec();
            assertThat(result.<Object>get(0)).isEqualTo(1_001L);
            assertThat(result.<Object>get(1)).isEqualTo("v");
            final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    heard.add(channel + " " + message);
                }
            });
            subscriber.sync().subscribe("news");
            assertThat(redis.publish("news", "hello")).isEqualTo(1);
            assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("news hello");
            subscriber.sync().unsubscribe("news");
            final Set<String> scanned = new HashSet<>();
            ScanIterator.scan(redis, ScanArgs.Builder.limit(1)).forEachRemaining(scanned::add);
            assertThat(scanned).containsExactlyInAnyOrder("k", "counter");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void redisCli_inBothVersions_passes(Candidates candidate, @TempDir Path directory) throws Exception {
        Candidates.require(RedisServerProcess.onPath("redis-cli"), "redis-cli is not on the PATH");
        try (ServerUnderTest server = candidate.open()) {
            final String port = Integer.toString(server.port());
            for (String version : List.of("-2", "-3")) {
                final String session = """
                        FLUSHALL
                        SET k "two words" EX 100
                        GET k
                        TTL k
                        MULTI
                        INCR n
                        GET k
                        EXEC
                        MGET k absent
                        SELECT 1
                        DBSIZE
                        INCR k extra
                        """;
                final String said = run(directory, session, "redis-cli", version, "-p", port);
                assertThat(said).matches("(?s)OK\nOK\ntwo words\n(100|99)\nOK\nQUEUED\nQUEUED\n1\ntwo words\ntwo words\n\nOK\n0\n"
                        + "ERR wrong number of arguments for 'incr' command\n+");
                run(directory, "", "redis-cli", version, "-p", port, "MSET", "a", "1", "b", "2", "c", "3");
                assertThat(run(directory, "", "redis-cli", version, "-p", port, "--scan").lines()).containsExactlyInAnyOrder("a",
                        "b", "c", "k",
                        "n");
                final StringBuilder mass = new StringBuilder();
                for (int i = 0; i < 2_000; i++) {
                    mass.append("*3\r\n$3\r\nSET\r\n$8\r\n").append("m%07d".formatted(i)).append("\r\n$1\r\nx\r\n");
                }
                assertThat(run(directory, mass.toString(), "redis-cli", version, "-p", port, "--pipe"))
                        .contains("errors: 0, replies: 2000");
                assertThat(run(directory, "", "redis-cli", version, "-p", port, "DBSIZE")).isEqualTo("2005\n");
                assertThat(run(directory, "", "redis-cli", version, "-p", port, "INFO", "server")).contains("redis_version:");
                redisCliSubscribes(server, version);
            }
        }
    }

    private static void redisCliSubscribes(ServerUnderTest server, String version) throws Exception {
        final Process subscriber =
                new ProcessBuilder("redis-cli", version, "-p", Integer.toString(server.port()), "SUBSCRIBE", "news")
                        .redirectErrorStream(true).start();
        final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().start(() -> subscriber.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add));
        try (RespClient publisher = RespClient.connect(server)) {
            awaitLine(lines, "subscribe");
            assertThat(publisher.call("PUBLISH", "news", "hello")).isEqualTo(new dev.sampo.resp.Reply.Int(1));
            awaitLine(lines, "hello");
        } finally {
            subscriber.destroy();
            subscriber.waitFor();
        }
    }

    private static void awaitLine(BlockingQueue<String> lines, String word) throws InterruptedException {
        final List<String> seen = new ArrayList<>();
        while (true) {
            final String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(line).as("waiting for %s after %s", word, seen).isNotNull();
            seen.add(line);
            if (line.contains(word)) {
                return;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void redisBenchmark_withAllItsStringTests_passes(Candidates candidate, @TempDir Path directory) throws Exception {
        Candidates.require(RedisServerProcess.onPath("redis-benchmark"), "redis-benchmark is not on the PATH");
        try (ServerUnderTest server = candidate.open()) {
            for (String[] shape : new String[][] {{"-P", "1"}, {"-P", "16"}, {"-P", "16", "--threads", "2"},
                    {"-P", "1", "-d", "4000"}}) {
                final List<String> command = new ArrayList<>(List.of("redis-benchmark", "-p", Integer.toString(server.port()),
                        "-t", "ping_inline,ping_mbulk,set,get,incr,mset", "-n", "3000", "-c", "20", "-r", "1000", "--csv"));
                command.addAll(List.of(shape));
                final List<String> rows = run(directory, "", command.toArray(String[]::new)).lines()
                        .filter(line -> line.startsWith("\""))
                        .toList();
                assertThat(rows).as(String.join(" ", command)).hasSize(7);
                assertThat(rows.subList(1, 7))
                        .allSatisfy(row -> assertThat(Double.parseDouble(row.split(",")[1].replace("\"", ""))).isPositive());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#few")
    void nodeClients_ioredisAndNodeRedis_pass(Candidates candidate) throws Exception {
        Candidates.require(RedisServerProcess.onPath("node") && RedisServerProcess.onPath("npm"),
                "node and npm are not on the PATH");
        try (ServerUnderTest server = candidate.open()) {
            final Path packages = NodePackages.directory();
            Candidates.require(packages != null, "npm cannot install ioredis and redis: node clients NOT TESTED");
            final Path script = packages.resolve("scenario.cjs");
            try (InputStream source = ClientScenarioTest.class.getResourceAsStream("/clients/scenario.cjs")) {
                Files.write(script, source.readAllBytes());
            }
            for (String client : List.of("ioredis", "node-redis-2", "node-redis-3")) {
                assertThat(run(packages, "", "node", script.toString(), client, Integer.toString(server.port()))).as(client)
                        .contains(client + " passed 12 checks");
            }
        }
    }

    /// Runs a program to its end and returns what it printed; fails when it does not end with 0 in a minute.
    private static String run(Path directory, String input, String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
        final CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> {
            try (InputStream stream = process.getInputStream()) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return e.toString();
            }
        });
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        final String text = output.join();
        assertThat(process.waitFor()).as("%s%n%s", String.join(" ", command), text).isZero();
        return text;
    }
}
