package dev.sampo.engine;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// The keys of one shard that clients watch, and by whom. Owned like its shard. Commits ask [#isEmpty()] first, so that
/// a server without watchers pays one comparison per write.
///
/// A watch remembers whether its key was already expired when it began: the removal of such a key is no change.
public final class WatchTable {
    private static final int BUCKETS_MIN = 16;

    private Watch[] buckets = new Watch[BUCKETS_MIN];
    private int size;
    private final Map<Watcher, List<Watch>> byWatcher = new IdentityHashMap<>();

    /// Whether nobody watches anything.
    public boolean isEmpty() {
        return size == 0;
    }

    /// Number of (client, key) pairs.
    public int size() {
        return size;
    }

    /// Starts watching a key of logical database `db`; once more is the same as once.
    ///
    /// @param expired whether the key is there but its time is over
    public void watch(int db, long key, int keyLength, boolean expired, Watcher watcher) {
        long hash = KeyHash.hash(key, keyLength);
        for (Watch w = buckets[index(hash)]; w != null; w = w.next) {
            if (w.watcher == watcher && w.isFor(db, key, keyLength, hash)) {
                return;
            }
        }
        Watch watch = new Watch(watcher, db, OffHeap.bytes(key, keyLength), hash, expired);
        if (size >= buckets.length) {
            grow();
        }
        link(watch);
        size++;
        byWatcher.computeIfAbsent(watcher, _ -> new ArrayList<>()).add(watch);
        watcher.added();
    }

    /// Stops watching everything here for a client.
    public void unwatch(Watcher watcher) {
        List<Watch> watches = byWatcher.remove(watcher);
        if (watches == null) {
            return;
        }
        for (Watch watch : watches) {
            unlink(watch);
        }
        size -= watches.size();
        watcher.removed(watches.size());
    }

    /// Whether a key that `watcher` watches has expired since, without having been removed yet.
    public boolean expired(Watcher watcher, Shard shard, long now) {
        for (Watch watch : byWatcher.getOrDefault(watcher, List.of())) {
            if (!watch.expired && watch.isExpired(shard.keyspace(watch.db), now)) {
                return true;
            }
        }
        return false;
    }

    /// A key has been changed: its watchers are dirty.
    void touched(int db, Keyspace keyspace, long key, int keyLength) {
        long hash = KeyHash.hash(key, keyLength);
        for (Watch w = buckets[index(hash)]; w != null; w = w.next) {
            if (!w.isFor(db, key, keyLength, hash)) {
                continue;
            }
            if (!w.expired) {
                w.watcher.touch();
            } else if (keyspace.find(key, keyLength, hash) == 0) {
                w.expired = false;
            }
        }
    }

    /// All keys of a database are about to go, or to be replaced by those of another one: watchers of keys that exist
    /// on either side are dirty.
    ///
    /// @param replacement what takes its place, or null for nothing
    void replaced(int db, Keyspace emptied, Keyspace replacement, long now) {
        for (Watch bucket : buckets) {
            for (Watch w = bucket; w != null; w = w.next) {
                if (w.db == db) {
                    w.replaced(emptied, replacement, now);
                }
            }
        }
    }

    private int index(long hash) {
        return (int) (hash >>> 32) & buckets.length - 1;
    }

    private void link(Watch watch) {
        int at = index(watch.hash);
        watch.next = buckets[at];
        buckets[at] = watch;
    }

    private void unlink(Watch watch) {
        int at = index(watch.hash);
        if (buckets[at] == watch) {
            buckets[at] = watch.next;
            return;
        }
        Watch before = buckets[at];
        while (before.next != watch) {
            before = before.next;
        }
        before.next = watch.next;
    }

    private void grow() {
        Watch[] old = buckets;
        buckets = new Watch[old.length * 2];
        for (Watch bucket : old) {
            for (Watch w = bucket; w != null; ) {
                Watch next = w.next;
                link(w);
                w = next;
            }
        }
    }

    /// One client and one key.
    private static final class Watch {
        final Watcher watcher;
        final int db;
        final byte[] key;
        final long hash;
        boolean expired;
        Watch next;

        Watch(Watcher watcher, int db, byte[] key, long hash, boolean expired) {
            this.watcher = watcher;
            this.db = db;
            this.key = key;
            this.hash = hash;
            this.expired = expired;
        }

        boolean isFor(int db, long key, int keyLength, long hash) {
            return this.hash == hash && this.db == db && this.key.length == keyLength
                && OffHeap.equals(key, this.key, keyLength);
        }

        /// Needs the key off heap for as long as the search takes; watching is rare enough for an allocation.
        private long find(Keyspace keyspace) {
            long copy = OffHeap.allocate(key.length);
            OffHeap.copyFrom(key, 0, copy, key.length);
            long entry = keyspace.find(copy, key.length, hash);
            OffHeap.free(copy, key.length);
            return entry;
        }

        boolean isExpired(Keyspace keyspace, long now) {
            long entry = find(keyspace);
            return entry != 0 && Entry.hasDeadline(entry) && now > Entry.deadline(entry);
        }

        void replaced(Keyspace emptied, Keyspace replacement, long now) {
            boolean was = find(emptied) != 0;
            boolean willBe = replacement != null && find(replacement) != 0;
            if (!was && !willBe) {
                return;
            }
            boolean willBeExpired = willBe && isExpired(replacement, now);
            if (expired && !willBe) {
                expired = false;
            } else if (!expired && !was && willBeExpired) {
                expired = true;
            } else if (!(expired && willBeExpired)) {
                watcher.touch();
            }
        }
    }
}
