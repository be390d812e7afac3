package dev.sampo.engine;

import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.resp.OffHeap;

/// The keys of one shard that clients have read who want to know when they change. Owned like its shard. As in Redis keys of
/// all databases are one: who tracks is told a name.
///
/// The number of keys is bounded: beyond it some key is given up, and those who have read it are told as if it had changed.
public final class TrackedKeys {
    private static final int BUCKETS_MIN = 16;

    private Tracked[] buckets = new Tracked[BUCKETS_MIN];
    private int keys;
    private long items;
    private long keysMax = Long.MAX_VALUE;
    /// Where the next key is given up.
    private int hand;

    /// Whether nothing is remembered.
    public boolean isEmpty() {
        return keys == 0;
    }

    /// Number of keys.
    public int keys() {
        return keys;
    }

    /// Number of (key, client) pairs.
    public long items() {
        return items;
    }

    /// How many keys may be remembered.
    public void keysMax(long keysMax) {
        this.keysMax = keysMax;
    }

    /// The client has read the key.
    void remember(long key, int keyLength, Tracker tracker, KeyTracking out) {
        long hash = KeyHash.hash(key, keyLength);
        Tracked tracked = find(key, keyLength, hash);
        if (tracked == null) {
            if (keys >= buckets.length) {
                grow();
            }
            tracked = new Tracked(OffHeap.bytes(key, keyLength), hash);
            link(tracked);
            keys++;
        }
        for (Reader reader = tracked.readers; reader != null; reader = reader.next) {
            if (reader.tracker == tracker) {
                return;
            }
        }
        tracked.readers = new Reader(tracker, tracked.readers);
        items++;
        while (keys > keysMax) {
            giveUpOne(out);
        }
    }

    /// The key has changed: its readers are told, once.
    void touched(long key, int keyLength, long writer, KeyTracking out) {
        Tracked tracked = find(key, keyLength, KeyHash.hash(key, keyLength));
        if (tracked != null) {
            remove(tracked, writer, out);
        }
    }

    /// Forgets everything.
    void clear() {
        buckets = new Tracked[BUCKETS_MIN];
        keys = 0;
        items = 0;
    }

    private void giveUpOne(KeyTracking out) {
        while (buckets[hand & buckets.length - 1] == null) {
            hand++;
        }
        remove(buckets[hand++ & buckets.length - 1], 0, out);
    }

    private void remove(Tracked tracked, long writer, KeyTracking out) {
        unlink(tracked);
        keys--;
        for (Reader reader = tracked.readers; reader != null; reader = reader.next) {
            items--;
            if (reader.tracker.minds(writer)) {
                out.invalidate(reader.tracker, tracked.key);
            }
        }
    }

    private Tracked find(long key, int keyLength, long hash) {
        for (Tracked tracked = buckets[index(hash)]; tracked != null; tracked = tracked.next) {
            if (tracked.hash == hash && tracked.key.length == keyLength && OffHeap.equals(key, tracked.key, keyLength)) {
                return tracked;
            }
        }
        return null;
    }

    private int index(long hash) {
        return (int) (hash >>> 32) & buckets.length - 1;
    }

    private void link(Tracked tracked) {
        int at = index(tracked.hash);
        tracked.next = buckets[at];
        buckets[at] = tracked;
    }

    private void unlink(Tracked tracked) {
        int at = index(tracked.hash);
        if (buckets[at] == tracked) {
            buckets[at] = tracked.next;
            return;
        }
        Tracked before = buckets[at];
        while (before.next != tracked) {
            before = before.next;
        }
        before.next = tracked.next;
    }

    private void grow() {
        Tracked[] old = buckets;
        buckets = new Tracked[old.length * 2];
        for (Tracked bucket : old) {
            for (Tracked tracked = bucket; tracked != null; ) {
                Tracked next = tracked.next;
                link(tracked);
                tracked = next;
            }
        }
    }

    private static final class Tracked {
        final byte[] key;
        final long hash;
        Reader readers;
        Tracked next;

        Tracked(byte[] key, long hash) {
            this.key = key;
            this.hash = hash;
        }
    }

    private record Reader(Tracker tracker, Reader next) {
    }
}
