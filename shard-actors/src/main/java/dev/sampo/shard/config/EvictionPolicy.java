package dev.sampo.shard.config;

/// What may be evicted when memory is full, and how the victim is chosen.
public enum EvictionPolicy {
    VOLATILE_LRU, VOLATILE_LFU, VOLATILE_RANDOM, VOLATILE_TTL, ALLKEYS_LRU, ALLKEYS_LFU, ALLKEYS_RANDOM, NOEVICTION;

    /// Whether the access field of an entry counts frequency (LFU) and not the time of the last access.
    public boolean isLfu() {
        return this == VOLATILE_LFU || this == ALLKEYS_LFU;
    }
}
