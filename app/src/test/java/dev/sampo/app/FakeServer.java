package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.NodeStats;
import dev.sampo.shard.config.ServerConfig;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/// The program around a node that only pretends, to be run in a process of its own. The setting `timeout` steers it:
/// 1 = stopping fails, 2 = a client sends SHUTDOWN soon after the start, 3 = stopping takes for ever, 4 = starting fails,
/// 5 = starting takes for ever, 6 = starting meets a bug.
final class FakeServer implements RunningNode {
    private final ServerConfig config;

    private FakeServer(ServerConfig config) {
        this.config = config;
    }

    public static void main(String[] arguments) {
        final int code = Bootstrap.run(arguments, Configuration.Surroundings.ofProcess(), FakeServer::start, System.out,
            System.err);
        System.exit(code);
    }

    private static RunningNode start(ServerConfig config) {
        if (config.timeoutSeconds() == 4) {
            throw new StartFailure("cannot listen\non that port");
        }
        if (config.timeoutSeconds() == 6) {
            throw new IllegalStateException("impossible");
        }
        if (config.timeoutSeconds() == 5) {
            System.out.println("starting");
            new CompletableFuture<>().join();
        }
        return new FakeServer(config);
    }

    @Override
    public int port() {
        return config.port();
    }

    @Override
    public int shards() {
        return config.shards();
    }

    @Override
    public String transport() {
        return "fake";
    }

    @Override
    public String transportReason() {
        return "this is a test";
    }

    @Override
    public NodeStats stats() {
        return new FakeStats();
    }

    @Override
    public void onShutdown(Runnable action) {
        if (config.timeoutSeconds() == 2) {
            CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS).execute(action);
        }
    }

    @Override
    public void onConfigRewrite(Function<ServerConfig, String> writer) {
        assertThat(writer).isNotNull();
    }

    @Override
    public void onConfigChange(Consumer<ServerConfig> listener) {
        listener.accept(config);
    }

    @Override
    public boolean isWritingLast() {
        return false;
    }

    @Override
    public CompletionStage<Void> shutdown() {
        return switch (config.timeoutSeconds()) {
            case 1 -> CompletableFuture.failedFuture(new IllegalStateException("stuck"));
            case 3 -> new CompletableFuture<>();
            default -> CompletableFuture.completedFuture(null);
        };
    }

    /// Numbers that tell which attribute they came from.
    static final class FakeStats implements NodeStats {
        @Override
        public ServerStats server() {
            return new ServerStats(1, 2, "fake", "this is a test", 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
        }

        @Override
        public List<ShardStats> shards() {
            return List.of(new ShardStats(0, 21, 22, 23, 24, 25, 26, 27, 28, 4, 10_000, 5_000),
                new ShardStats(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        }

        @Override
        public List<TransportStats> transports() {
            return List.of(new TransportStats(0, 31, 32, 33, 34, 35, 36, 37, 38, 39));
        }
    }
}
