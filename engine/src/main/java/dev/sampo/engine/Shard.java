package dev.sampo.engine;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.value.BigValueTypes;
import dev.sampo.engine.value.ValueDigest;
import java.util.ArrayList;
import java.util.List;

/// One slice of the data: a keyspace per logical database, with the watches, counters and effect log that belong to
/// them. A plain object for one thread at a time; whoever owns it runs commands on it through a [CommandContext].
public final class Shard implements AutoCloseable {
    /// Entries looked at for one step of a digest; the walk as a whole is unbounded and for tests only.
    private static final int DIGEST_STEP = 1024;
    /// Entries that one tick moves at most.
    private static final int COMPACTED_ENTRIES = 512;

    private final int index;
    /// By database. A keyspace keeps its own number for life while SWAPDB lets it serve another database.
    private final Keyspace[] keyspaces;
    /// The inverse: the database that the keyspace of each number serves.
    private final int[] databaseOf;
    private final Reclaimer reclaimer;
    /// Flushed while somebody read an image of them.
    private final List<Keyspace> retired = new ArrayList<>();
    private final EffectLog effects;
    private final Counters counters = new Counters();
    private final WatchTable watches = new WatchTable();
    private final Waits waits = new Waits();
    private final TrackedKeys tracked = new TrackedKeys();
    private Settings settings;
    /// The database whose turn it is in the active expiry cycle.
    private int expireDb;
    private int fieldExpireDb;
    private int compactDb;

    /// @param index position among the shards of the server, from 0
    /// @param databases number of logical databases
    /// @param effects where changes of this shard's data are logged
    /// @param reclaimer frees what is too big to free here
    public Shard(int index, int databases, Settings settings, EffectLog effects, Reclaimer reclaimer) {
        this.index = index;
        this.settings = settings;
        this.effects = effects;
        this.reclaimer = reclaimer;
        keyspaces = new Keyspace[databases];
        databaseOf = new int[databases];
        for (int db = 0; db < databases; db++) {
            databaseOf[db] = db;
            keyspaces[db] = new Keyspace(index, db, reclaimer, BigValueTypes.ALL);
        }
    }

    public int index() {
        return index;
    }

    /// Number of logical databases.
    public int databases() {
        return keyspaces.length;
    }

    public Keyspace keyspace(int db) {
        return keyspaces[db];
    }

    /// The database that a keyspace of this shard serves, which after SWAPDB is not [Keyspace#db()].
    public int db(Keyspace keyspace) {
        return databaseOf[keyspace.db()];
    }

    public Counters counters() {
        return counters;
    }

    public WatchTable watches() {
        return watches;
    }

    /// Who waits for keys of this shard.
    public Waits waits() {
        return waits;
    }

    /// Keys that clients have read who want to know when they change.
    public TrackedKeys tracked() {
        return tracked;
    }

    public EffectLog effects() {
        return effects;
    }

    public Settings settings() {
        return settings;
    }

    /// Replaces all settings at once.
    public void settings(Settings settings) {
        this.settings = settings;
    }

    /// Removes keys and fields of hashes whose time is over, both with this budget, and keeps memory tidy.
    ///
    /// @return how many keys and fields were removed
    public int tick(CommandContext c, int budget) {
        return expireKeys(c, budget) + expireFields(c, budget);
    }

    /// Removes keys whose time is over: looks at no more than about `budget` of the volatile entries, database by database, staying with
    /// one as long as more than a quarter of a sample was due. Then gives memory back that nobody needs.
    ///
    /// @return how many keys were removed
    public int expireKeys(CommandContext c, int budget) {
        c.single(this);
        int removed = 0;
        int rest = budget;
        for (int turn = 0; turn < keyspaces.length && rest > 0; turn++) {
            Keyspace keyspace = keyspaces[expireDb];
            expireDb = (expireDb + 1) % keyspaces.length;
            if (keyspace.volatileSize() == 0) {
                continue;
            }
            int sample = Math.min(rest, settings.expireSamples());
            int due;
            do {
                due = c.expireSome(keyspace, sample);
                removed += due;
                rest -= sample;
            } while (due * 4 > sample && rest >= sample);
        }
        compact();
        releaseRetired();
        return removed;
    }

    /// Removes fields whose time is over from no more than about `budget` of the hashes that have such, database by database: up to
    /// [CommandContext#FIELDS_PER_EFFECT] of them for each that it may look at. Returns how many.
    public int expireFields(CommandContext c, int budget) {
        c.single(this);
        int removed = 0;
        int rest = budget;
        for (int turn = 0; turn < keyspaces.length && rest > 0; turn++) {
            Keyspace keyspace = keyspaces[fieldExpireDb];
            fieldExpireDb = (fieldExpireDb + 1) % keyspaces.length;
            if (keyspace.fieldVolatileSize() == 0) {
                continue;
            }
            int sample = Math.min(rest, settings.expireSamples());
            int due;
            do {
                due = c.expireFields(keyspace, sample);
                removed += due;
                rest -= sample;
            } while (due * 4 > sample && rest >= sample);
        }
        return removed;
    }

    /// Frees about `budget` blocks of big values that are gone; whether any are left. To be called between commands, as long
    /// as [#hasGarbage()].
    public boolean reclaim(int budget) {
        for (Keyspace keyspace : keyspaces) {
            if (keyspace.hasGarbage()) {
                keyspace.reclaim(budget);
                break;
            }
        }
        return hasGarbage();
    }

    /// Whether [#reclaim(int)] has something to do.
    public boolean hasGarbage() {
        for (Keyspace keyspace : keyspaces) {
            if (keyspace.hasGarbage()) {
                return true;
            }
        }
        return false;
    }

    /// Moves a few entries out of sparse chunks of memory, so that these go back to the system; one database a tick.
    private void compact() {
        compactDb = (compactDb + 1) % keyspaces.length;
        for (int turn = 0; turn < keyspaces.length; turn++) {
            Keyspace keyspace = keyspaces[(compactDb + turn) % keyspaces.length];
            if (keyspace.size() > 0) {
                keyspace.compact(COMPACTED_ENTRIES);
                return;
            }
        }
    }

    /// Puts an empty keyspace in the place of a database; the old one is taken apart elsewhere.
    void flush(int db) {
        Keyspace old = keyspaces[db];
        releaseRetired();
        keyspaces[db] = new Keyspace(index, old.db(), reclaimer, BigValueTypes.ALL);
        if (old.blocks().isViewed()) {
            retired.add(old);
        } else {
            old.release();
        }
    }

    /// Takes apart the keyspaces that were flushed while an image was taken of them.
    private void releaseRetired() {
        for (int i = retired.size() - 1; i >= 0; i--) {
            if (!retired.get(i).blocks().isViewed()) {
                retired.remove(i).release();
            }
        }
    }

    /// Exchanges two databases.
    void swap(int one, int other) {
        Keyspace first = keyspaces[one];
        keyspaces[one] = keyspaces[other];
        keyspaces[other] = first;
        databaseOf[keyspaces[one].db()] = one;
        databaseOf[keyspaces[other].db()] = other;
    }

    /// Bytes that the data of all databases take.
    public long usedBytes() {
        long used = 0;
        for (Keyspace keyspace : keyspaces) {
            used += keyspace.usedBytes();
        }
        return used;
    }

    /// Changes of all databases together, as their keyspaces count them.
    long mutations() {
        long mutations = 0;
        for (Keyspace keyspace : keyspaces) {
            mutations += keyspace.mutations();
        }
        return mutations;
    }

    /// A number that depends on every database, key, value and deadline and on nothing else: not on the order of the
    /// entries nor on the number of shards, whose digests are added up. For tests; walks everything.
    public long digest() {
        Digest digest = new Digest();
        for (Keyspace keyspace : keyspaces) {
            digest.keyspace = keyspace;
            digest.db = db(keyspace);
            long cursor = 0;
            do {
                cursor = keyspace.scan(cursor, DIGEST_STEP, digest::add);
            } while (cursor != 0);
        }
        return digest.sum;
    }

    /// Gives all memory back. The shard is unusable afterwards.
    @Override
    public void close() {
        for (Keyspace keyspace : keyspaces) {
            keyspace.release();
        }
        for (Keyspace keyspace : retired) {
            keyspace.release();
        }
    }

    /// Sums up entries.
    private static final class Digest {
        private static final long SEED = 0x9E3779B97F4A7C15L;
        Keyspace keyspace;
        int db;
        long sum;

        void add(long e) {
            long h = ValueDigest.bytes(SEED + db, Entry.keyAddress(e), Entry.keyLength(e));
            h = ValueDigest.mix(h ^ Entry.type(e));
            h = ValueDigest.mix(h ^ (Entry.hasDeadline(e) ? Entry.deadline(e) : 0));
            sum += ValueDigest.of(keyspace, e, h);
        }
    }
}
