package dev.sampo.engine;

import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// The keys of one shard that clients in blocking commands wait for, and who waits in which order. Owned like its shard.
/// Commits ask [#isEmpty()] first, so that a server on which nobody waits pays one comparison per write.
///
/// A queue can be *claimed* for its first eligible waiter, whose request needs shards that are not at hand: nobody behind
/// it is served until it has had its turn or is gone.
public final class Waits {
    private static final int BUCKETS_MIN = 16;

    private Queue[] buckets = new Queue[BUCKETS_MIN];
    private int keys;
    private int claims;
    private final Map<Waiter, List<Wait>> byWaiter = new IdentityHashMap<>();

    /// Whether nobody waits here.
    public boolean isEmpty() {
        return keys == 0;
    }

    /// Number of keys that somebody waits for.
    public int keys() {
        return keys;
    }

    /// Number of keys at which somebody waits for their removal too.
    public int removalKeys() {
        int count = 0;
        for (Queue bucket : buckets) {
            for (Queue queue = bucket; queue != null; queue = queue.next) {
                count += queue.removalWaits > 0 ? 1 : 0;
            }
        }
        return count;
    }

    /// Number of waiters with a key here.
    public int waiters() {
        return byWaiter.size();
    }

    /// Whether a key is claimed: what might take from it what somebody is due should wait.
    public boolean isClaimed() {
        return claims > 0;
    }

    /// Lets `waiter` wait for a key of logical database `db`, behind those that do already; once more is the same as once.
    ///
    /// @param type of value it waits for, a constant of [dev.sampo.engine.keyspace.Type]
    /// @param removal whether it also wants to know when the key is gone or holds something else
    void add(int db, long key, int keyLength, int type, boolean removal, Waiter waiter) {
        long hash = KeyHash.hash(key, keyLength);
        Queue queue = find(db, key, keyLength, hash);
        if (queue == null) {
            queue = new Queue(this, db, OffHeap.bytes(key, keyLength), hash);
            if (keys >= buckets.length) {
                grow();
            }
            link(queue);
            keys++;
        }
        List<Wait> waits = byWaiter.computeIfAbsent(waiter, _ -> new ArrayList<>(1));
        for (Wait wait : waits) {
            if (wait.queue == queue) {
                return;
            }
        }
        Wait wait = new Wait(waiter, queue, type, removal);
        queue.append(wait);
        waits.add(wait);
    }

    /// Forgets a waiter. Queues that were claimed for it go to `ready`: those behind it may have their turn.
    void remove(Waiter waiter, ReadyKeys ready) {
        List<Wait> waits = byWaiter.remove(waiter);
        if (waits == null) {
            return;
        }
        for (Wait wait : waits) {
            Queue queue = wait.queue;
            queue.remove(wait);
            if (queue.claim == waiter) {
                unclaim(queue);
                ready.add(queue);
            }
            if (queue.first == null) {
                unlink(queue);
                keys--;
            }
        }
    }

    /// Ends the claims of a waiter whose turn has come; their queues go to `ready`.
    void unclaim(Waiter waiter, ReadyKeys ready) {
        for (Wait wait : byWaiter.getOrDefault(waiter, List.of())) {
            if (wait.queue.claim == waiter) {
                unclaim(wait.queue);
                ready.add(wait.queue);
            }
        }
    }

    void unclaim(Queue queue) {
        queue.claim = null;
        claims--;
    }

    void claim(Queue queue, Waiter waiter) {
        queue.claim = waiter;
        claims++;
    }

    /// A key has been changed: who waits for it may have a turn.
    void touched(int db, long key, int keyLength, ReadyKeys ready) {
        Queue queue = find(db, key, keyLength, KeyHash.hash(key, keyLength));
        if (queue != null) {
            queue.version++;
            ready.add(queue);
        }
    }

    /// All keys of a database have been replaced.
    void replaced(int db, ReadyKeys ready) {
        for (Queue bucket : buckets) {
            for (Queue queue = bucket; queue != null; queue = queue.next) {
                if (queue.db == db) {
                    queue.version++;
                    ready.add(queue);
                }
            }
        }
    }

    /// Walks everything; for tests.
    public void assertValid() {
        int found = 0;
        int claimed = 0;
        int waits = 0;
        for (Queue bucket : buckets) {
            for (Queue queue = bucket; queue != null; queue = queue.next) {
                found++;
                claimed += queue.claim != null ? 1 : 0;
                if (queue.first == null) {
                    throw new AssertionError("a queue nobody waits in");
                }
                for (Wait wait = queue.first; wait != null; wait = wait.next) {
                    waits++;
                }
            }
        }
        int registered = byWaiter.values().stream().mapToInt(List::size).sum();
        if (found != keys || claimed != claims || waits != registered) {
            throw new AssertionError(Arrays.asList(found, keys, claimed, claims, waits, registered).toString());
        }
    }

    private Queue find(int db, long key, int keyLength, long hash) {
        for (Queue queue = buckets[index(hash)]; queue != null; queue = queue.next) {
            if (queue.hash == hash && queue.db == db && queue.key.length == keyLength && OffHeap.equals(key, queue.key, keyLength)) {
                return queue;
            }
        }
        return null;
    }

    private int index(long hash) {
        return (int) (hash >>> 32) & buckets.length - 1;
    }

    private void link(Queue queue) {
        int at = index(queue.hash);
        queue.next = buckets[at];
        buckets[at] = queue;
    }

    private void unlink(Queue queue) {
        int at = index(queue.hash);
        if (buckets[at] == queue) {
            buckets[at] = queue.next;
            return;
        }
        Queue before = buckets[at];
        while (before.next != queue) {
            before = before.next;
        }
        before.next = queue.next;
    }

    private void grow() {
        Queue[] old = buckets;
        buckets = new Queue[old.length * 2];
        for (Queue bucket : old) {
            for (Queue queue = bucket; queue != null; ) {
                Queue next = queue.next;
                link(queue);
                queue = next;
            }
        }
    }

    /// Those who wait for one key, in the order in which they came.
    static final class Queue {
        final Waits waits;
        final int db;
        final byte[] key;
        final long hash;
        Queue next;
        Wait first;
        private Wait last;
        int removalWaits;
        /// Changes of the key since the first one came.
        int version;
        /// Whether it stands in [ReadyKeys].
        boolean ready;
        /// Whose turn it is, while shards of its request are fetched; or null.
        Waiter claim;

        Queue(Waits waits, int db, byte[] key, long hash) {
            this.waits = waits;
            this.db = db;
            this.key = key;
            this.hash = hash;
        }

        private void append(Wait wait) {
            wait.seen = version;
            wait.before = last;
            if (last == null) {
                first = wait;
            } else {
                last.next = wait;
            }
            last = wait;
            removalWaits += wait.removal ? 1 : 0;
        }

        private void remove(Wait wait) {
            if (wait.before == null) {
                first = wait.next;
            } else {
                wait.before.next = wait.next;
            }
            if (wait.next == null) {
                last = wait.before;
            } else {
                wait.next.before = wait.before;
            }
            removalWaits -= wait.removal ? 1 : 0;
        }
    }

    /// One waiter and one key.
    static final class Wait {
        final Waiter waiter;
        final Queue queue;
        final int type;
        final boolean removal;
        /// The version of the key that the request has last been tried on.
        int seen;
        Wait next;
        private Wait before;

        Wait(Waiter waiter, Queue queue, int type, boolean removal) {
            this.waiter = waiter;
            this.queue = queue;
            this.type = type;
            this.removal = removal;
        }
    }
}
