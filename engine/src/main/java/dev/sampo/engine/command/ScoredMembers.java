package dev.sampo.engine.command;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Members with scores that a command has collected, to be sorted, replied or stored: copies, so that the destination may
/// be one of the sources. Off the heap, as the sets themselves are. Lives as long as its command.
final class ScoredMembers implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;
    private static final int FIRST_BYTES = 1024;

    // A record: where the member lies in the memory of all, its score and its length.
    private static final int OFFSET = 0;
    private static final int SCORE = 8;
    private static final int LENGTH = 16;
    private static final int RECORD_BYTES = 24;

    private long memory = OffHeap.allocate(FIRST_BYTES);
    private long capacity = FIRST_BYTES;
    private long used;

    private long records = OffHeap.allocate((long) FIRST_CAPACITY * RECORD_BYTES);
    private int recordsMax = FIRST_CAPACITY;
    private int size;

    /// Indexes in their order, or 0 before they are sorted.
    private long order;
    /// Indexes plus 1 by the hash of the member; 0 = nobody has asked for a member yet.
    private long table;
    private int tablePlaces;

    /// Number of members.
    int size() {
        return size;
    }

    /// Adds a member that is not there.
    void add(long member, int length, double score) {
        if (size == recordsMax) {
            records = OffHeap.reallocate(records, (long) recordsMax * RECORD_BYTES, 2L * recordsMax * RECORD_BYTES);
            recordsMax *= 2;
        }
        if (capacity - used < length) {
            long grown = Math.max(2 * capacity, used + length);
            memory = OffHeap.reallocate(memory, capacity, grown);
            capacity = grown;
        }
        OffHeap.copy(member, memory + used, length);
        long at = at(size);
        OffHeap.putLong(at + OFFSET, used);
        OffHeap.putLong(at + SCORE, Double.doubleToRawLongBits(score));
        OffHeap.putInt(at + LENGTH, length);
        used += length;
        size++;
        if (table != 0) {
            enter(size - 1);
        }
    }

    private long at(int i) {
        return records + (long) i * RECORD_BYTES;
    }

    /// The index of a member, or -1.
    int find(long member, int length) {
        if (table == 0) {
            index(Integer.highestOneBit(Math.max(size, FIRST_CAPACITY)) << 2);
        }
        int mask = tablePlaces - 1;
        for (int i = (int) KeyHash.hash(member, length) & mask; place(i) != 0; i = i + 1 & mask) {
            int at = place(i) - 1;
            if (length(at) == length && OffHeap.equals(address(at), member, length)) {
                return at;
            }
        }
        return -1;
    }

    private int place(int i) {
        return OffHeap.getInt(table + (long) i * Integer.BYTES);
    }

    private void index(int places) {
        freeInts(table, tablePlaces);
        table = OffHeap.allocate((long) places * Integer.BYTES);
        OffHeap.fill(table, (long) places * Integer.BYTES, (byte) 0);
        tablePlaces = places;
        for (int i = 0; i < size; i++) {
            enter(i);
        }
    }

    private void enter(int i) {
        if (2L * size > tablePlaces) {
            index(2 * tablePlaces);
            return;
        }
        int mask = tablePlaces - 1;
        int at = (int) KeyHash.hash(address(i), length(i)) & mask;
        while (place(at) != 0) {
            at = at + 1 & mask;
        }
        OffHeap.putInt(table + (long) at * Integer.BYTES, i + 1);
    }

    private static void freeInts(long address, int count) {
        if (address != 0) {
            OffHeap.free(address, (long) count * Integer.BYTES);
        }
    }

    long address(int i) {
        return memory + OffHeap.getLong(at(i) + OFFSET);
    }

    int length(int i) {
        return OffHeap.getInt(at(i) + LENGTH);
    }

    double score(int i) {
        return Double.longBitsToDouble(OffHeap.getLong(at(i) + SCORE));
    }

    void score(int i, double score) {
        OffHeap.putLong(at(i) + SCORE, Double.doubleToRawLongBits(score));
    }

    // ---------------------------------------------------------------- sorting

    /// The index of the member that is `i`-th once [#sort()] or [#sortByScore(boolean)] was called.
    int sorted(int i) {
        return order == 0 ? i : OffHeap.getInt(order + (long) i * Integer.BYTES);
    }

    /// Puts members in the order of a sorted set.
    void sort() {
        sort(true, false);
    }

    /// Puts members in the order of their scores alone; those with equal ones stay as they came.
    void sortByScore(boolean descending) {
        sort(false, descending);
    }

    /// Merges ever longer runs.
    private void sort(boolean byMember, boolean descending) {
        long bytes = Math.max(1, size) * (long) Integer.BYTES;
        if (order != 0) {
            OffHeap.free(order, bytes);
        }
        long source = OffHeap.allocate(bytes);
        long target = OffHeap.allocate(bytes);
        for (int i = 0; i < size; i++) {
            OffHeap.putInt(source + (long) i * Integer.BYTES, i);
        }
        for (int run = 1; run < size && run > 0; run *= 2) {
            for (long from = 0; from < size; from += 2L * run) {
                merge(source, target, (int) from, run, byMember, descending);
            }
            long merged = target;
            target = source;
            source = merged;
        }
        OffHeap.free(target, bytes);
        order = source;
    }

    private void merge(long source, long target, int from, int run, boolean byMember, boolean descending) {
        int middle = (int) Math.min((long) from + run, size);
        int end = (int) Math.min((long) middle + run, size);
        int left = from;
        int right = middle;
        for (int i = from; i < end; i++) {
            int one = left < middle ? OffHeap.getInt(source + (long) left * Integer.BYTES) : 0;
            int other = right < end ? OffHeap.getInt(source + (long) right * Integer.BYTES) : 0;
            boolean takeLeft = right == end || left < middle && !precedes(other, one, byMember, descending);
            OffHeap.putInt(target + (long) i * Integer.BYTES, takeLeft ? one : other);
            left += takeLeft ? 1 : 0;
            right += takeLeft ? 0 : 1;
        }
    }

    private boolean precedes(int i, int j, boolean byMember, boolean descending) {
        double score = score(i);
        double other = score(j);
        if (score != other) {
            return descending ? score > other : score < other;
        }
        return byMember && OffHeap.compare(address(i), length(i), address(j), length(j)) < 0;
    }

    // ---------------------------------------------------------------- using

    /// Answers with all of them in order, as ZRANGE does.
    void reply(boolean withScores, ReplyWriter r) {
        boolean pairs = withScores && r.respVersion() != 2;
        r.array(withScores && !pairs ? 2L * size : size);
        for (int i = 0; i < size; i++) {
            int at = sorted(i);
            if (pairs) {
                r.array(2);
            }
            r.bulk(address(at), length(at));
            if (withScores) {
                r.dbl(score(at));
            }
        }
    }

    /// Makes the key in argument `i` the sorted set of these, or removes it if there are none; commits and logs that.
    void store(CommandContext c, Args a, int i, byte[] event) {
        store(c, a, i, size, event);
    }

    /// As [#store(CommandContext, Args, int, byte[])], of the first `count` in order.
    void store(CommandContext c, Args a, int i, int count, byte[] event) {
        if (count == 0) {
            KeyCommands.deleteStored(c, a, i);
            return;
        }
        boolean there = c.lookupWrite(a, i) != 0;
        Keyspace ks = c.keyspace(a, i);
        CollectionLimits limits = c.settings().collections();
        int lengthMax = 0;
        for (int j = 0; j < count; j++) {
            lengthMax = Math.max(lengthMax, length(sorted(j)));
        }
        SortedSetValue set = c.sortedSet();
        set.create(ks, a.address(i), a.length(i), c.hash(a, i), count, lengthMax);
        for (int j = 0; j < count; j++) {
            int at = sorted(j);
            boolean found = set.find(address(at), length(at));
            assert !found;
            set.insert(address(at), length(at), score(at), limits);
        }
        if (!there) {
            c.created(ks, a, i);
        }
        c.commit(ks, a, i, EventClass.ZSET, event);
        if (c.logs(ks)) {
            log(c, ks, a, i, count);
        }
    }

    /// `DEL key` and as many `ZADD key score member ...` as it takes: needs no other key.
    private void log(CommandContext c, Keyspace ks, Args a, int key, int count) {
        Effects.del(c, ks, a, key);
        for (int from = 0; from < count; from += SortedSetCommands.EFFECT_MEMBERS) {
            int end = Math.min(from + SortedSetCommands.EFFECT_MEMBERS, count);
            EffectLog log = c.effect(ks, Effects.ZADD, 2 + 2 * (end - from));
            log.argument(a.address(key), a.length(key));
            for (int i = from; i < end; i++) {
                int at = sorted(i);
                c.number(log, score(at));
                log.argument(address(at), length(at));
            }
            log.end();
        }
    }

    @Override
    public void close() {
        OffHeap.free(memory, capacity);
        OffHeap.free(records, (long) recordsMax * RECORD_BYTES);
        freeInts(table, tablePlaces);
        if (order != 0) {
            OffHeap.free(order, Math.max(1, size) * (long) Integer.BYTES);
        }
    }
}
