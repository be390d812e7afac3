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
import java.util.Arrays;

/// Members with scores that a command has collected, to be sorted, replied or stored: copies, so that the destination may
/// be one of the sources. Lives as long as its command.
final class ScoredMembers implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;
    private static final int FIRST_BYTES = 1024;

    private long memory = OffHeap.allocate(FIRST_BYTES);
    private long capacity = FIRST_BYTES;
    private long used;

    private long[] offsets = new long[FIRST_CAPACITY];
    private int[] lengths = new int[FIRST_CAPACITY];
    private double[] scores = new double[FIRST_CAPACITY];
    private int size;

    /// Indexes in their order, or null before they are sorted.
    private int[] order;
    /// Indexes plus 1 by the hash of the member; null = nobody has asked for a member yet.
    private int[] table;

    /// Number of members.
    int size() {
        return size;
    }

    /// Adds a member that is not there.
    void add(long member, int length, double score) {
        if (size == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
            scores = Arrays.copyOf(scores, 2 * size);
        }
        if (capacity - used < length) {
            long grown = Math.max(2 * capacity, used + length);
            memory = OffHeap.reallocate(memory, capacity, grown);
            capacity = grown;
        }
        OffHeap.copy(member, memory + used, length);
        offsets[size] = used;
        lengths[size] = length;
        scores[size] = score;
        used += length;
        size++;
        if (table != null) {
            enter(size - 1);
        }
    }

    /// The index of a member, or -1.
    int find(long member, int length) {
        if (table == null) {
            index(Integer.highestOneBit(Math.max(size, FIRST_CAPACITY)) << 2);
        }
        int mask = table.length - 1;
        for (int i = (int) KeyHash.hash(member, length) & mask; table[i] != 0; i = i + 1 & mask) {
            int at = table[i] - 1;
            if (lengths[at] == length && OffHeap.equals(address(at), member, length)) {
                return at;
            }
        }
        return -1;
    }

    private void index(int places) {
        table = new int[places];
        for (int i = 0; i < size; i++) {
            enter(i);
        }
    }

    private void enter(int i) {
        if (2 * size > table.length) {
            index(2 * table.length);
            return;
        }
        int mask = table.length - 1;
        int at = (int) KeyHash.hash(address(i), lengths[i]) & mask;
        while (table[at] != 0) {
            at = at + 1 & mask;
        }
        table[at] = i + 1;
    }

    long address(int i) {
        return memory + offsets[i];
    }

    int length(int i) {
        return lengths[i];
    }

    double score(int i) {
        return scores[i];
    }

    void score(int i, double score) {
        scores[i] = score;
    }

    // ---------------------------------------------------------------- sorting

    /// The index of the member that is `i`-th once [#sort()] or [#sortByScore(boolean)] was called.
    int sorted(int i) {
        return order == null ? i : order[i];
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
        int[] source = new int[size];
        int[] target = new int[size];
        Arrays.setAll(source, i -> i);
        for (int run = 1; run < size && run > 0; run *= 2) {
            for (int from = 0; from < size; from += 2 * run) {
                int middle = Math.min(from + run, size);
                int end = Math.min(middle + run, size);
                int left = from;
                int right = middle;
                for (int i = from; i < end; i++) {
                    boolean takeLeft = right == end
                        || left < middle && !precedes(source[right], source[left], byMember, descending);
                    target[i] = takeLeft ? source[left++] : source[right++];
                }
            }
            int[] merged = target;
            target = source;
            source = merged;
        }
        order = source;
    }

    private boolean precedes(int i, int j, boolean byMember, boolean descending) {
        if (scores[i] != scores[j]) {
            return descending ? scores[i] > scores[j] : scores[i] < scores[j];
        }
        return byMember && OffHeap.compare(address(i), lengths[i], address(j), lengths[j]) < 0;
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
            r.bulk(address(at), lengths[at]);
            if (withScores) {
                r.dbl(scores[at]);
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
            lengthMax = Math.max(lengthMax, lengths[sorted(j)]);
        }
        SortedSetValue set = c.sortedSet();
        set.create(ks, a.address(i), a.length(i), c.hash(a, i), count, lengthMax);
        for (int j = 0; j < count; j++) {
            int at = sorted(j);
            boolean found = set.find(address(at), lengths[at]);
            assert !found;
            set.insert(address(at), lengths[at], scores[at], limits);
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
                c.number(log, scores[at]);
                log.argument(address(at), lengths[at]);
            }
            log.end();
        }
    }

    @Override
    public void close() {
        OffHeap.free(memory, capacity);
    }
}
