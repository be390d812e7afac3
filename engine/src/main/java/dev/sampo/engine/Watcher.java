package dev.sampo.engine;

/// A client that watches keys. Becomes dirty when one of them changes, and stays so until it starts afresh.
/// Touched by whoever owns the shard of a watched key at the time; ownership orders the accesses.
public final class Watcher {
    private boolean dirty;
    private int watched;

    /// Whether a watched key has changed since the first WATCH.
    public boolean dirty() {
        return dirty;
    }

    /// Whether any key is watched.
    public boolean isWatching() {
        return watched > 0;
    }

    void touch() {
        dirty = true;
    }

    void added() {
        watched++;
    }

    /// Forgets that anything changed, once nothing is watched any more.
    void removed(int count) {
        watched -= count;
        if (watched == 0) {
            dirty = false;
        }
    }
}
