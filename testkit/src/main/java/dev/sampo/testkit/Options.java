package dev.sampo.testkit;

import java.util.HashMap;
import java.util.Map;

/// `--name value` command lines of the tools.
final class Options {
    private final Map<String, String> values = new HashMap<>();
    private final String usage;

    Options(String usage, String... args) {
        this.usage = usage;
        if (args.length % 2 != 0) {
            throw new IllegalArgumentException("usage: " + usage);
        }
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || !usage.contains(args[i] + " ")) {
                throw new IllegalArgumentException(args[i] + "? usage: " + usage);
            }
            values.put(args[i].substring(2), args[i + 1]);
        }
    }

    String text(String name, String otherwise) {
        if (!usage.contains("--" + name + " ")) {
            throw new IllegalStateException("--" + name + " is not in the usage text");
        }
        return values.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return Integer.parseInt(text(name, Integer.toString(otherwise)));
    }

    long large(String name, long otherwise) {
        return Long.parseLong(text(name, Long.toString(otherwise)));
    }

    ServerUnderTest server(String name, String otherwise) {
        return Servers.open(text(name, otherwise), number("shards", 1), text("transport", "uring"));
    }
}
