package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;

/// One piece of a stream: a block with the ID of its first entry and a listpack of entries, byte for byte as Redis writes
/// it. Static methods over the reference of a block, its address (`node`) or its listpack (`lp`). HOT.
///
/// ```
/// block      epoch (4), capacity for the listpack (4), ID of the first entry (16), listpack or, if it has room for more
///            than [#INSIDE_MAX] bytes, the address of a large payload (8)
/// listpack   master entry, entries
/// master     live entries, deleted entries, n, n names of fields, 0
/// entry      flags, ms and seq less those of the block's ID, values of the master's fields, number of listpack entries before
///            or, without SAME_FIELDS: flags, ms, seq, n, n names and values, number
/// ```
///
/// Deleted entries stay and are flagged. Source of the format: Redis 7.2, `t_stream.c`.
final class StreamNode {
    static final int DELETED = 1;
    static final int SAME_FIELDS = 2;

    /// Entries of a listpack that belong to a stream entry besides fields and values: flags, ms, seq.
    static final int FIXED = 3;

    static final int EPOCH = 0;
    static final int ID = IdTree.ID;
    static final int LISTPACK = 24;
    /// Listpacks with room for more have a large payload.
    static final int INSIDE_MAX = Blocks.BYTES_MAX - LISTPACK;
    /// By how much the counters of the master entry grow at most.
    static final int COUNTERS_GROWTH = 8;

    private static final int CAPACITY = 4;
    /// Of an element: its encoding and the length behind it.
    private static final int SHORT_OVERHEAD = 2;
    private static final int SHORT_MAX = 63;
    private static final int LONG_OVERHEAD = 10;
    /// Of an entry: flags, both halves of the ID, number of fields, number of listpack entries.
    private static final int ENTRY_OVERHEAD = 2 + 10 + 10 + 6 + 6 + COUNTERS_GROWTH;
    /// Of a master entry: both counters, number of fields, terminator.
    private static final int MASTER_OVERHEAD = Listpack.EMPTY_BYTES + 2 + 2 + 6 + 2;

    private StreamNode() {
    }

    // ---------------------------------------------------------------- blocks

    /// A node without a listpack.
    ///
    /// @param capacity bytes that the listpack is going to need at least
    static int allocate(Blocks blocks, long ms, long seq, int capacity) {
        int ref;
        int room = capacity;
        if (capacity <= INSIDE_MAX) {
            ref = blocks.allocate(LISTPACK + capacity);
            room = Math.min(INSIDE_MAX, blocks.usableBytes(ref) - LISTPACK);
            boolean usable = blocks.resize(ref, LISTPACK + capacity, LISTPACK + room);
            assert usable;
        } else {
            ref = blocks.allocate(LISTPACK + Long.BYTES);
            OffHeap.putLong(blocks.address(ref) + LISTPACK, blocks.allocateLarge(capacity));
        }
        long node = blocks.address(ref);
        OffHeap.putInt(node + EPOCH, blocks.epoch());
        OffHeap.putInt(node + CAPACITY, room);
        OffHeap.putLong(node + ID, ms);
        OffHeap.putLong(node + ID + 8, seq);
        return ref;
    }

    static void free(Blocks blocks, int ref) {
        long node = blocks.address(ref);
        if (isOutside(node)) {
            blocks.freeLarge(OffHeap.getLong(node + LISTPACK));
        }
        blocks.free(ref);
    }

    /// A copy with room for `capacity` bytes, in `target`.
    static int copy(Blocks blocks, int ref, Blocks target, int capacity) {
        long node = blocks.address(ref);
        long lp = listpack(node);
        assert capacity >= Listpack.bytes(lp);
        int fresh = allocate(target, ms(node), seq(node), capacity);
        OffHeap.copy(lp, listpack(target.address(fresh)), Listpack.bytes(lp));
        return fresh;
    }

    static int capacity(long node) {
        return OffHeap.getInt(node + CAPACITY);
    }

    static boolean isOutside(long node) {
        return capacity(node) > INSIDE_MAX;
    }

    static long listpack(long node) {
        return isOutside(node) ? OffHeap.getLong(node + LISTPACK) : node + LISTPACK;
    }

    static long ms(long node) {
        return OffHeap.getLong(node + ID);
    }

    static long seq(long node) {
        return OffHeap.getLong(node + ID + 8);
    }

    /// Bytes that a node takes.
    static long usedBytes(Blocks blocks, int ref) {
        long node = blocks.address(ref);
        return isOutside(node) ? blocks.blockBytes(LISTPACK + Long.BYTES) + (long) capacity(node)
            : blocks.blockBytes(LISTPACK + capacity(node));
    }

    // ---------------------------------------------------------------- the master entry

    /// Number of entries that are not deleted.
    static int live(long lp) {
        return (int) Listpack.integer(lp + Listpack.HEADER_BYTES);
    }

    /// Number of entries that are deleted.
    static int deleted(long lp) {
        return (int) Listpack.integer(Listpack.skip(lp + Listpack.HEADER_BYTES));
    }

    /// Where the number of the master's fields stands; their names follow.
    static long masterFields(long lp) {
        return Listpack.skip(Listpack.skip(lp + Listpack.HEADER_BYTES));
    }

    /// Where the first entry begins, or would begin.
    static long entries(long lp) {
        long fields = masterFields(lp);
        return Listpack.skip(fields, (int) Listpack.integer(fields) + 2);
    }

    /// Sets both counters; there is room for [#COUNTERS_GROWTH] bytes more.
    static void counters(long lp, int live, int deleted) {
        long at = lp + Listpack.HEADER_BYTES;
        if (Listpack.integer(at) != live) {
            Listpack.replace(lp, at, live);
        }
        long next = Listpack.skip(at);
        if (Listpack.integer(next) != deleted) {
            Listpack.replace(lp, next, deleted);
        }
    }

    // ---------------------------------------------------------------- entries

    /// Flags the entry at `p`, without counting it.
    static void delete(long lp, long p) {
        Listpack.replace(lp, p, Listpack.integer(p) | DELETED);
    }

    /// Where the entry before `p` begins, which is an entry or the end of the listpack; there is one.
    static long previous(long lp, long p) {
        long at = Listpack.previous(lp, p);
        for (long left = Listpack.integer(at); left > 0; left--) {
            at = Listpack.previous(lp, at);
        }
        return at;
    }

    /// Bytes that an entry of these fields and values needs at most, with what counting it takes.
    static long bytesMax(Args a, int first, int fields) {
        long bytes = ENTRY_OVERHEAD;
        for (int i = first, end = first + 2 * fields; i < end; i++) {
            bytes += elementMax(a.length(i));
        }
        return bytes;
    }

    /// Bytes that a listpack needs at most for a master entry of these fields.
    static long masterBytesMax(Args a, int first, int fields) {
        long bytes = MASTER_OVERHEAD;
        for (int i = 0; i < fields; i++) {
            bytes += elementMax(a.length(first + 2 * i));
        }
        return bytes;
    }

    private static int elementMax(int length) {
        return length + (length <= SHORT_MAX ? SHORT_OVERHEAD : LONG_OVERHEAD);
    }

    /// Writes a listpack with a master entry that counts one live entry, which is to follow.
    static void begin(long lp, Args a, int first, int fields) {
        Listpack.clear(lp);
        long at = Listpack.put(lp + Listpack.HEADER_BYTES, 1);
        at = Listpack.put(at, 0);
        at = Listpack.put(at, fields);
        for (int i = 0; i < fields; i++) {
            at = Listpack.put(at, a.address(first + 2 * i), a.length(first + 2 * i));
        }
        at = Listpack.put(at, 0);
        Listpack.extend(lp, at, fields + 4);
    }

    /// Whether these are the fields of the master entry.
    static boolean hasFields(long lp, Args a, int first, int fields) {
        long at = masterFields(lp);
        if (Listpack.integer(at) != fields) {
            return false;
        }
        for (int i = 0; i < fields; i++) {
            at = Listpack.skip(at);
            if (!Listpack.equals(at, a.address(first + 2 * i), a.length(first + 2 * i))) {
                return false;
            }
        }
        return true;
    }

    /// Adds an entry that has already been counted; there is room for it.
    ///
    /// @param sameFields whether its fields are the master's
    static void append(long lp, boolean sameFields, long msDelta, long seqDelta, Args a, int first, int fields) {
        long at = Listpack.put(Listpack.end(lp), sameFields ? SAME_FIELDS : 0);
        at = Listpack.put(at, msDelta);
        at = Listpack.put(at, seqDelta);
        int count = FIXED + fields;
        if (sameFields) {
            for (int i = first + 1, end = first + 2 * fields; i < end; i += 2) {
                at = Listpack.put(at, a.address(i), a.length(i));
            }
        } else {
            at = Listpack.put(at, fields);
            for (int i = first, end = first + 2 * fields; i < end; i++) {
                at = Listpack.put(at, a.address(i), a.length(i));
            }
            count += fields + 1;
        }
        at = Listpack.put(at, count);
        Listpack.extend(lp, at, count + 1);
    }
}
