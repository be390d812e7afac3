package dev.sampo.persist.rdb;

import dev.sampo.engine.AccessClock;
import dev.sampo.engine.Shard;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.EntryVisitor;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The data of one shard at one moment, written while commands go on: the constructor begins it, in a time that depends on the
/// number of databases only; [#step(int)] writes it bit by bit between commands. If all shards begin between the same two
/// commands, their images together are one of the server.
///
/// An entry that a command is about to change is written before. If just then a big value is half-written, it is written aside
/// and follows after that. A big value is not written at once: a copy of its entry waits in a queue, and its blocks stay as they
/// are for the view that is held. What this costs in memory is [#heldBytes()]: what is written aside, the queue, and the blocks
/// that only the view still needs.
///
/// For the thread that owns the shard.
public final class ShardImage implements AutoCloseable {
    /// What an element of a big value costs of a budget, compared with an entry.
    private static final int ENTRIES_SHARE = 4;

    private final RdbWriter writer;
    private final AccessClock clock;
    private final List<Keyspace> keyspaces = new ArrayList<>();
    private final OutputBuffer asideBytes = new OutputBuffer();
    private final RdbWriter aside;
    private final Deque<Copy> queue = new ArrayDeque<>();
    private long queuedBytes;
    /// The big value that is half-written, or null.
    private Copy current;
    private int walked;
    private boolean closed;

    /// A big value's entry as it was, and behind it its key, of which an entry may have nothing but the address.
    private record Copy(int db, Keyspace ks, long entry, int entryBytes, int keyLength) {
        static Copy of(int db, Keyspace ks, long e) {
            int entryBytes = Entry.bytesInside(e);
            int keyLength = Entry.keyLength(e);
            long copy = OffHeap.allocate(entryBytes + keyLength);
            OffHeap.copy(e, copy, entryBytes);
            OffHeap.copy(Entry.keyAddress(e), copy + entryBytes, keyLength);
            return new Copy(db, ks, copy, entryBytes, keyLength);
        }

        long key() {
            return entry + entryBytes;
        }

        int bytes() {
            return entryBytes + keyLength;
        }

        void free() {
            OffHeap.free(entry, bytes());
        }
    }

    /// @param writer where the entries are written, with databases selected as needed; nothing else may be written there
    /// @param clock tells access times and frequencies, which are written along; null = they are not
    public ShardImage(Shard shard, RdbWriter writer, AccessClock clock) {
        this.writer = writer;
        this.clock = clock;
        this.aside = writer.aside((address, length) -> asideBytes.append(address, length));
        for (int db = 0; db < shard.databases(); db++) {
            Keyspace ks = shard.keyspace(db);
            if (ks.size() > 0) {
                ks.beginImage(visitor(db, ks));
                keyspaces.add(ks);
            }
        }
    }

    /// Whether an image of this shard can begin: a former one may have been given up half-way and still be cleaned up.
    public static boolean isPossible(Shard shard) {
        for (int db = 0; db < shard.databases(); db++) {
            if (shard.keyspace(db).hasImage()) {
                return false;
            }
        }
        return true;
    }

    /// The oldest version of the format that can hold the shard: 12 if fields of hashes have deadlines, else that of Redis 7.0.
    public static int oldestVersion(Shard shard) {
        for (int db = 0; db < shard.databases(); db++) {
            if (shard.keyspace(db).fieldVolatileSize() > 0) {
                return RdbType.VERSION_MAX;
            }
        }
        return RdbType.VERSION_MIN_WRITTEN;
    }

    private EntryVisitor visitor(int db, Keyspace ks) {
        return e -> visit(db, ks, e);
    }

    private void visit(int db, Keyspace ks, long e) {
        if (Entry.isBig(e)) {
            Copy copy = Copy.of(db, ks, e);
            queue.add(copy);
            queuedBytes += copy.bytes();
        } else {
            RdbWriter target = current == null ? writer : aside;
            target.select(db);
            begin(target, ks, e, Entry.keyAddress(e), Entry.keyLength(e));
            target.step(Integer.MAX_VALUE);
        }
    }

    private void begin(RdbWriter target, Keyspace ks, long e, long key, int keyLength) {
        boolean known = clock != null;
        target.begin(ks, e, key, keyLength, known && !clock.isFrequency() ? clock.idleSeconds(e) : -1,
            known && clock.isFrequency() ? clock.frequency(e) : -1);
    }

    /// Writes about `budget` elements or entries; whether that was all.
    public boolean step(int budget) {
        int left = budget;
        while (left > 0) {
            if (current != null || !queue.isEmpty()) {
                if (!stepOfBig(left)) {
                    return false;
                }
                left -= ENTRIES_SHARE;
            } else if (walked < keyspaces.size()) {
                int entries = Math.max(1, left / ENTRIES_SHARE);
                walked += keyspaces.get(walked).imageStep(entries) ? 1 : 0;
                left -= entries * ENTRIES_SHARE;
            } else {
                writer.flush();
                return true;
            }
        }
        return false;
    }

    private boolean stepOfBig(int budget) {
        if (current == null) {
            current = queue.remove();
            queuedBytes -= current.bytes();
            writer.select(current.db);
            begin(writer, current.ks, current.entry, current.key(), current.keyLength);
        }
        if (!writer.step(budget)) {
            return false;
        }
        current.free();
        current = null;
        aside.flush();
        if (!asideBytes.isEmpty()) {
            writer.entries(asideBytes, aside.takeKeys());
            asideBytes.clear();
        }
        return true;
    }

    /// Bytes held for this image alone.
    public long heldBytes() {
        long held = asideBytes.size() + queuedBytes;
        for (Keyspace ks : keyspaces) {
            held += ks.blocks().deferredBytes();
        }
        return held;
    }

    /// Ends the image, complete or not. If not, [#sweep(int)] has to be called until there can be another one.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Keyspace ks : keyspaces) {
            ks.endImage();
        }
        if (current != null) {
            queue.add(current);
            current = null;
        }
        for (Copy copy : queue) {
            copy.free();
        }
        queue.clear();
        queuedBytes = 0;
        asideBytes.release();
        aside.close();
    }

    /// After [#close()] of an incomplete image, turns the marks of about `budget` of its entries; whether that was all. Until
    /// then there can be no other one of the shard.
    public boolean sweep(int budget) {
        while (walked < keyspaces.size()) {
            if (!keyspaces.get(walked).imageStep(budget)) {
                return false;
            }
            walked++;
        }
        return true;
    }
}
