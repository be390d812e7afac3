package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.resp.Args;
import java.nio.charset.StandardCharsets;

/// Arguments that SLOWLOG and MONITOR must not show: passwords, as Redis hides them.
final class Secrets {
    /// What is shown in their place.
    static final byte[] REDACTED = "(redacted)".getBytes(StandardCharsets.US_ASCII);

    private Secrets() {
    }

    static boolean hides(CommandSpec spec, Args a, int i) {
        return switch (spec.fullName()) {
            case "auth" -> i > 0;
            case "hello" -> isBehind(a, i, 1, "AUTH") || isBehind(a, i, 2, "AUTH");
            case "config|set" -> i > 2 && i % 2 == 1 && (a.equalsIgnoreCase(i - 1, "REQUIREPASS") || a.equalsIgnoreCase(i - 1, "MASTERAUTH"));
            default -> false;
        };
    }

    private static boolean isBehind(Args a, int i, int distance, String word) {
        return i - distance > 1 && a.equalsIgnoreCase(i - distance, word);
    }
}
