package dev.sampo.engine;

/// What a shard counts about its data; read by INFO. Written by the shard's owner only.
public final class Counters {
    private long hits;
    private long misses;
    private long expired;
    private long evicted;
    private long dirty;
    private long uncommitted;

    /// Reads that found their key.
    public long hits() {
        return hits;
    }

    /// Reads that did not.
    public long misses() {
        return misses;
    }

    /// Keys removed because their time had come.
    public long expired() {
        return expired;
    }

    /// Keys removed to make room.
    public long evicted() {
        return evicted;
    }

    /// Changes of keys since the start.
    public long dirty() {
        return dirty;
    }

    /// Commands that changed data without committing it: bugs.
    public long uncommitted() {
        return uncommitted;
    }

    /// Starts the statistics anew (CONFIG RESETSTAT); the number of changes goes on.
    public void reset() {
        hits = 0;
        misses = 0;
        expired = 0;
        evicted = 0;
    }

    void hit() {
        hits++;
    }

    void miss() {
        misses++;
    }

    void expire() {
        expired++;
    }

    void evict() {
        evicted++;
    }

    void change(long keys) {
        dirty += keys;
    }

    void forgottenCommit() {
        uncommitted++;
    }
}
