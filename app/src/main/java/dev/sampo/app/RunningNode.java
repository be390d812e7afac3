package dev.sampo.app;

import dev.sampo.shard.NodeStats;
import dev.sampo.shard.config.ServerConfig;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/// What the program needs from a node that runs. A node of the real kind is an adapter away; tests start others.
interface RunningNode {
    int port();

    int shards();

    String transport();

    /// Why this transport was chosen, one line.
    String transportReason();

    NodeStats stats();

    /// Registers what to do when a client sends SHUTDOWN; called on a core's thread, must return at once.
    void onShutdown(Runnable action);

    /// Registers who hears of settings that clients change; called on a core's thread, must return at once.
    void onConfigChange(Consumer<ServerConfig> listener);

    /// Registers who writes settings down for CONFIG REWRITE; returns null or what went wrong.
    void onConfigRewrite(Function<ServerConfig, String> writer);

    /// Whether a node that is being stopped is writing its last files: ending the process now would lose them.
    boolean isWritingLast();

    /// Drains and stops; may be called more than once.
    CompletionStage<Void> shutdown();

    /// Starts nodes.
    interface Starter {
        /// @throws StartFailure with one line that says what, where, and what to do
        RunningNode start(ServerConfig config);
    }
}
