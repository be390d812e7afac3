package dev.sampo.engine;

/// What may be evicted when memory is full, and how the victim is chosen (`maxmemory-policy`).
public enum EvictionPolicy {
    VOLATILE_LRU, VOLATILE_LFU, VOLATILE_RANDOM, VOLATILE_TTL, ALLKEYS_LRU, ALLKEYS_LFU, ALLKEYS_RANDOM, NOEVICTION;

    /// Whether the access field of an entry counts frequency (LFU) and not the time of the last access.
    public boolean isLfu() {
        return this == VOLATILE_LFU || this == ALLKEYS_LFU;
    }

    /// Whether only keys with a deadline may go.
    public boolean isVolatile() {
        return this == VOLATILE_LRU || this == VOLATILE_LFU || this == VOLATILE_RANDOM || this == VOLATILE_TTL;
    }

    /// Whether any key that may go is as good as any other.
    public boolean isRandom() {
        return this == VOLATILE_RANDOM || this == ALLKEYS_RANDOM;
    }
}
