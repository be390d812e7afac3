package dev.sampo.engine;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.EntryVisitor;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.OffHeap;

/// Chooses keys of one shard and removes them, to make room. One per core.
///
/// Nothing is kept in order of age, frequency or deadline. For each victim a few entries of every database are drawn at random and
/// offered to a small *pool*, which remembers the best candidates seen so far; the best of all goes. So the choice gets better with
/// every draw, and `maxmemory-samples` decides how many draws a victim costs. A candidate may be gone or may have been used when
/// its turn comes; the first is noticed, the second is not, as in Redis.
public final class Eviction implements AutoCloseable {
    private static final int POOL = 16;
    /// Room for a key in the pool; longer ones make theirs larger.
    private static final int KEY_BYTES = 64;
    private static final int FREQUENCY_MAX = 255;
    /// More are not drawn at a time, whatever the setting says.
    private static final int SAMPLES_MAX = 64;

    private final CommandContext c;
    private final Shard shard;
    private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
    private int nextDb;
    private final EntryVisitor offering = this::offer;
    private int drawnDb;

    // ---- the pool, the best candidate last; slots are permuted, their memory stays
    private int pooled;
    private final int[] order = new int[POOL];
    private final long[] scores = new long[POOL];
    private final int[] dbs = new int[POOL];
    private final long[] hashes = new long[POOL];
    private final long[] keys = new long[POOL];
    private final int[] keyCapacities = new int[POOL];
    private final int[] keyLengths = new int[POOL];

    public Eviction(CommandContext c, Shard shard) {
        this.c = c;
        this.shard = shard;
        for (int i = 0; i < POOL; i++) {
            order[i] = i;
            keys[i] = OffHeap.allocate(KEY_BYTES);
            keyCapacities[i] = KEY_BYTES;
        }
    }

    /// Whether the policy lets any key of the shard go.
    public boolean isPossible() {
        EvictionPolicy current = shard.settings().evictionPolicy();
        if (current == EvictionPolicy.NOEVICTION) {
            return false;
        }
        for (int db = 0; db < shard.databases(); db++) {
            if (candidates(shard.keyspace(db), current) > 0) {
                return true;
            }
        }
        return false;
    }

    private static long candidates(Keyspace keyspace, EvictionPolicy policy) {
        return policy.isVolatile() ? keyspace.volatileSize() : keyspace.size();
    }

    /// Removes one key; false when there is none that may go.
    public boolean evict() {
        EvictionPolicy current = shard.settings().evictionPolicy();
        if (current == EvictionPolicy.NOEVICTION) {
            return false;
        }
        c.single(shard);
        if (current.isRandom()) {
            return evictRandom(current);
        }
        if (current != policy) {
            policy = current;
            pooled = 0;
        }
        while (draw()) {
            if (evictBest()) {
                return true;
            }
        }
        return false;
    }

    /// One of the next database that has any.
    private boolean evictRandom(EvictionPolicy current) {
        for (int turn = 0; turn < shard.databases(); turn++) {
            Keyspace keyspace = shard.keyspace(nextDb);
            nextDb = (nextDb + 1) % shard.databases();
            if (candidates(keyspace, current) > 0) {
                c.evict(keyspace, current.isVolatile() ? keyspace.randomVolatile(c.rng()) : keyspace.random(c.rng()));
                return true;
            }
        }
        return false;
    }

    /// Offers some entries of each database to the pool; false when there is none.
    private boolean draw() {
        boolean any = false;
        for (int db = 0; db < shard.databases(); db++) {
            Keyspace keyspace = shard.keyspace(db);
            long candidates = candidates(keyspace, policy);
            int samples = (int) Math.min(Math.min(shard.settings().evictionSamples(), SAMPLES_MAX), candidates);
            if (samples > 0) {
                drawnDb = db;
                keyspace.sample(c.rng(), samples, policy.isVolatile(), offering);
            }
            any |= candidates > 0;
        }
        return any;
    }

    /// The higher, the better to go.
    private long score(long e) {
        return switch (policy) {
            case VOLATILE_LRU, ALLKEYS_LRU -> c.accessClock().idleSeconds(e);
            case VOLATILE_LFU, ALLKEYS_LFU -> FREQUENCY_MAX - c.accessClock().frequency(e);
            case VOLATILE_TTL -> Long.MAX_VALUE - Entry.deadline(e);
            case VOLATILE_RANDOM, ALLKEYS_RANDOM, NOEVICTION -> 0;
        };
    }

    private void offer(long e) {
        int db = drawnDb;
        long score = score(e);
        if (pooled == POOL && score <= scores[order[0]]) {
            return;
        }
        int length = Entry.keyLength(e);
        long hash = KeyHash.hash(Entry.keyAddress(e), length);
        for (int i = 0; i < pooled; i++) {
            if (hashes[order[i]] == hash && dbs[order[i]] == db) {
                return;
            }
        }
        int slot;
        int at;
        if (pooled == POOL) {
            // The worst makes room.
            slot = order[0];
            for (at = 0; at + 1 < POOL && scores[order[at + 1]] < score; at++) {
                order[at] = order[at + 1];
            }
        } else {
            slot = order[pooled];
            for (at = pooled; at > 0 && scores[order[at - 1]] >= score; at--) {
                order[at] = order[at - 1];
            }
            pooled++;
        }
        order[at] = slot;
        scores[slot] = score;
        dbs[slot] = db;
        hashes[slot] = hash;
        keyLengths[slot] = length;
        if (length > keyCapacities[slot]) {
            keys[slot] = OffHeap.reallocate(keys[slot], keyCapacities[slot], length);
            keyCapacities[slot] = length;
        }
        OffHeap.copy(Entry.keyAddress(e), keys[slot], length);
    }

    private boolean evictBest() {
        while (pooled > 0) {
            int slot = order[--pooled];
            Keyspace keyspace = shard.keyspace(dbs[slot]);
            long e = keyspace.find(keys[slot], keyLengths[slot], hashes[slot]);
            if (e != 0 && (!policy.isVolatile() || Entry.hasDeadline(e))) {
                c.evict(keyspace, e);
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        for (int i = 0; i < POOL; i++) {
            OffHeap.free(keys[i], keyCapacities[i]);
        }
    }
}
