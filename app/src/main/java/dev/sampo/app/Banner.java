package dev.sampo.app;

import dev.sampo.shard.config.ServerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The lines that a start logs.
final class Banner {
    private Banner() {}

    /// Before the node starts: what runs here, and with which settings.
    static List<String> before(Configuration configuration) {
        final List<String> lines = new ArrayList<>();
        final Runtime runtime = Runtime.getRuntime();
        lines.add("Sampo " + Version.get() + ", pid " + ProcessHandle.current().pid() + ", Java " + Runtime.version() + ", "
            + System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch") + ", "
            + runtime.availableProcessors() + " cores, heap up to " + (runtime.maxMemory() >> 20) + " MB");
        lines.add(configuration.file() == null ? "No application.conf: settings are built-in defaults, environment and flags"
            : "Settings of " + configuration.file().toAbsolutePath().normalize());
        if (!configuration.withoutEffect().isEmpty()) {
            lines.add("Without effect here: " + String.join(", ", configuration.withoutEffect()));
        }
        return lines;
    }

    /// Once connections are accepted. Tools wait for the words `Ready to accept connections`.
    static List<String> ready(ServerConfig config, RunningNode node, Duration startTime) {
        return List.of(
            "Transport " + node.transport() + ": " + node.transportReason(),
            "Ready to accept connections on " + String.join(" ", config.bind()) + " port " + node.port() + ", "
                + node.shards() + (node.shards() == 1 ? " shard" : " shards") + ", started in " + startTime.toMillis() + " ms");
    }
}
