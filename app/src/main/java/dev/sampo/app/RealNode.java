package dev.sampo.app;

import dev.sampo.shard.NodeStartException;
import dev.sampo.shard.NodeStats;
import dev.sampo.shard.SampoNode;
import dev.sampo.shard.config.ServerConfig;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/// A [SampoNode] as the program sees it.
record RealNode(SampoNode node) implements RunningNode {

    static RunningNode start(ServerConfig config) {
        try {
            SampoNode node = SampoNode.start(config);
            // What the start left is copied now, and not by the first collection under load: later ones find next to nothing alive.
            System.gc();
            return new RealNode(node);
        } catch (NodeStartException e) {
            throw new StartFailure(e.getMessage(), e);
        }
    }

    @Override
    public int port() {
        return node.port();
    }

    @Override
    public int shards() {
        return node.shards();
    }

    @Override
    public String transport() {
        return node.transport();
    }

    @Override
    public String transportReason() {
        return node.transportReason();
    }

    @Override
    public NodeStats stats() {
        return node.stats();
    }

    @Override
    public void onShutdown(Runnable action) {
        node.onShutdown(action);
    }

    @Override
    public void onConfigChange(Consumer<ServerConfig> listener) {
        node.onConfigChange(listener);
    }

    @Override
    public void onConfigRewrite(Function<ServerConfig, String> writer) {
        node.onConfigRewrite(writer);
    }

    @Override
    public boolean isWritingLast() {
        return node.isWritingLast();
    }

    @Override
    public CompletionStage<Void> shutdown() {
        return node.shutdown();
    }
}
