package dev.sampo.shard;

import dev.sampo.engine.Tracker;
import java.util.List;

/// How one client tracks keys (CLIENT TRACKING ON). Owned by its core.
final class ClientTracking {
    final Tracker tracker;
    final boolean broadcast;
    final boolean optIn;
    final boolean optOut;
    /// Prefixes of keys in broadcast mode; one empty prefix stands for all keys.
    final List<Channel> prefixes;
    /// Whom to tell instead, or null.
    final Target redirect;
    /// CLIENT CACHING has been said for the next command.
    boolean caching;
    /// There is nobody to redirect to any more.
    boolean broken;

    /// Where a client is.
    record Target(long client, int core, int slot) { }

    ClientTracking(Tracker tracker, boolean broadcast, boolean optIn, boolean optOut, List<Channel> prefixes, Target redirect) {
        this.tracker = tracker;
        this.broadcast = broadcast;
        this.optIn = optIn;
        this.optOut = optOut;
        this.prefixes = prefixes;
        this.redirect = redirect;
    }

    /// Whether what the client reads now is remembered.
    boolean remembers() {
        return !broadcast && (optIn ? caching : !optOut || !caching);
    }
}
