package dev.sampo.persist.rdb;

import dev.sampo.engine.AccessClock;
import dev.sampo.engine.Shard;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.engine.rdb.KeyspaceTarget;
import dev.sampo.engine.rdb.SkippingTarget;
import dev.sampo.engine.rdb.ValueTarget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Puts the keys of an RDB file into shards that are empty, each into the one that its slot belongs to. Keys whose time is over
/// and collections without elements are left out, as are, if one thread does not own all shards, keys of the others.
public final class RdbLoader implements RdbTarget {
    private final Shard[] shards;
    private final long owned;
    private final AccessClock clock;
    private final long nowMillis;
    private final KeyspaceTarget building = new KeyspaceTarget();
    private final Map<String, String> aux = new LinkedHashMap<>();
    private final List<byte[]> functions = new ArrayList<>();
    private final List<String> modules = new ArrayList<>();
    private int db;
    private long loaded;
    private long expired;
    private long empty;

    // ---- the key that is being read
    private Keyspace ks;
    private long key;
    private int keyLength;
    private long hash;
    private long deadline;
    private long idleSeconds;
    private int frequency;

    /// @param shards all shards of the server
    /// @param owned those that keys are put into, bit per shard
    /// @param nowMillis keys with an earlier deadline are left out; 0 = keep all
    public RdbLoader(Shard[] shards, long owned, AccessClock clock, long nowMillis) {
        this.shards = shards.clone();
        this.owned = owned;
        this.clock = clock;
        this.nowMillis = nowMillis;
    }

    @Override
    public void aux(String name, String value) {
        aux.put(name, value);
    }

    @Override
    public boolean database(int db) {
        this.db = db;
        return db < shards[0].databases();
    }

    @Override
    public void resize(long keys, long volatileKeys) {
        // Tables grow as keys come.
    }

    @Override
    public void function(byte[] library) {
        functions.add(library);
    }

    @Override
    public void skippedModule(String name) {
        modules.add(name);
    }

    @Override
    public ValueTarget key(long key, int keyLength, int type, long deadlineMillis, long idleSeconds, int frequency) {
        int shard = SlotMap.shard(SlotMap.slot(key, keyLength), shards.length);
        ks = null;
        if ((owned >>> shard & 1) == 0) {
            return SkippingTarget.INSTANCE;
        }
        if (deadlineMillis != 0 && deadlineMillis < nowMillis) {
            expired++;
            return SkippingTarget.INSTANCE;
        }
        Keyspace target = shards[shard].keyspace(db);
        hash = KeyHash.hash(key, keyLength);
        if (target.find(key, keyLength, hash) != 0) {
            return null;
        }
        ks = target;
        ks.initialAccess(clock.initial(), clock.isFrequency());
        this.key = key;
        this.keyLength = keyLength;
        this.deadline = deadlineMillis;
        this.idleSeconds = idleSeconds;
        this.frequency = frequency;
        return building.into(ks, key, keyLength, hash, shards[shard].settings().collections());
    }

    @Override
    public void endKey(boolean isEmpty) {
        if (ks == null) {
            return;
        }
        if (isEmpty) {
            empty++;
            return;
        }
        loaded++;
        if (deadline != 0) {
            ks.deadline(key, keyLength, hash, deadline);
        }
        clock.restore(ks.find(key, keyLength, hash), idleSeconds, frequency);
    }

    /// Keys put into the shards.
    public long loaded() {
        return loaded;
    }

    /// Keys left out because their time is over.
    public long expired() {
        return expired;
    }

    /// Collections left out because they have no elements.
    public long empty() {
        return empty;
    }

    /// AUX fields in the order of the file.
    public Map<String, String> aux() {
        return aux;
    }

    /// Libraries of functions as they stand in the file.
    public List<byte[]> functions() {
        return functions;
    }

    /// Names of the modules whose own data were passed over.
    public List<String> modules() {
        return modules;
    }
}
