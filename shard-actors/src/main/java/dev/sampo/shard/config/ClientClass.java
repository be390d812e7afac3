package dev.sampo.shard.config;

/// Kinds of clients with their own output limits.
public enum ClientClass {
    NORMAL("normal"), REPLICA("slave"), PUBSUB("pubsub");

    /// The name CONFIG GET prints (Redis still says `slave` there).
    private final String printed;

    ClientClass(String printed) {
        this.printed = printed;
    }

    String printed() {
        return printed;
    }

    /// The class with this name, or null. `replica` and `slave` mean the same; `master` is not configurable.
    static ClientClass named(String name) {
        return switch (name.toLowerCase(java.util.Locale.ROOT)) {
            case "normal" -> NORMAL;
            case "slave", "replica" -> REPLICA;
            case "pubsub" -> PUBSUB;
            default -> null;
        };
    }
}
