package dev.sampo.engine;

/// The run-time settings the engine looks at: an immutable snapshot that a shard replaces as a whole.
///
/// @param notifyFlags which keyspace events are wanted, bits of [EventClass], as [EventClass#parse(String)] gives them
/// @param bulkLengthMax the largest string a command may build, in bytes (`proto-max-bulk-len`)
/// @param frequency whether entries count accesses (an LFU `maxmemory-policy`) instead of remembering the last one
/// @param lfuLogFactor how much harder each further count of an access frequency is to get (`lfu-log-factor`)
/// @param lfuDecayMinutes minutes of silence that cost one count, 0 = never (`lfu-decay-time`)
/// @param expireSamples volatile entries that one slice of the active expiry cycle looks at
/// @param evictionPolicy which keys go when memory is full (`maxmemory-policy`)
/// @param evictionSamples how many keys are looked at for one that goes (`maxmemory-samples`)
/// @param collections up to which size collections are packed
public record Settings(int notifyFlags, long bulkLengthMax, boolean frequency, int lfuLogFactor, int lfuDecayMinutes,
                       int expireSamples, CollectionLimits collections, EvictionPolicy evictionPolicy, int evictionSamples) {
    /// What Redis ships with.
    public static final Settings DEFAULT = new Settings(0, 512L << 20, false, 10, 1, 64,
        CollectionLimits.DEFAULT, EvictionPolicy.NOEVICTION, 5);

    public Settings {
        if (bulkLengthMax < 0 || lfuLogFactor < 0 || lfuDecayMinutes < 0 || expireSamples < 1) {
            throw new IllegalArgumentException("negative setting: " + bulkLengthMax + ", " + lfuLogFactor + ", "
                + lfuDecayMinutes + ", " + expireSamples);
        }
    }

    /// The event classes to report: none unless one of the two kinds of channel is switched on.
    public int eventClasses() {
        return (notifyFlags & (EventClass.KEYSPACE | EventClass.KEYEVENT)) == 0 ? 0 : notifyFlags;
    }

    public Settings withNotifyFlags(int flags) {
        return new Settings(flags, bulkLengthMax, frequency, lfuLogFactor, lfuDecayMinutes, expireSamples, collections,
            evictionPolicy, evictionSamples);
    }

    public Settings withBulkLengthMax(long bytes) {
        return new Settings(notifyFlags, bytes, frequency, lfuLogFactor, lfuDecayMinutes, expireSamples, collections,
            evictionPolicy, evictionSamples);
    }

    public Settings withFrequency(boolean on) {
        return new Settings(notifyFlags, bulkLengthMax, on, lfuLogFactor, lfuDecayMinutes, expireSamples, collections,
            evictionPolicy, evictionSamples);
    }

    public Settings withLfu(int logFactor, int decayMinutes) {
        return new Settings(notifyFlags, bulkLengthMax, frequency, logFactor, decayMinutes, expireSamples, collections,
            evictionPolicy, evictionSamples);
    }

    public Settings withExpireSamples(int samples) {
        return new Settings(notifyFlags, bulkLengthMax, frequency, lfuLogFactor, lfuDecayMinutes, samples, collections,
            evictionPolicy, evictionSamples);
    }

    public Settings withCollections(CollectionLimits limits) {
        return new Settings(notifyFlags, bulkLengthMax, frequency, lfuLogFactor, lfuDecayMinutes, expireSamples, limits,
            evictionPolicy, evictionSamples);
    }

    public Settings withEviction(EvictionPolicy policy, int samples) {
        return new Settings(notifyFlags, bulkLengthMax, frequency, lfuLogFactor, lfuDecayMinutes, expireSamples, collections,
            policy, samples);
    }
}
