package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.OffHeap;

/// Loads what is needed to find members in big sets, hashes and sorted sets. HOT.
///
/// A search in a [MemberTree] is a chain of cache misses, and a wrong guess on the way keeps the processor from beginning the
/// next search meanwhile. Here all searches go down together, a level at a time, and what they need of a level is loaded in
/// loops without decisions, so that the misses overlap. Nothing is changed and nothing found: the commands search again.
public final class MemberPrefetch {
    /// So many members are taken at a time; more are left out.
    public static final int MEMBERS_MAX = 64;
    /// Lower trees are in the cache anyway.
    private static final int HEIGHT_MIN = 3;

    private final Blocks[] blocks = new Blocks[MEMBERS_MAX];
    private final long[] keys = new long[MEMBERS_MAX];
    private final int[] levels = new int[MEMBERS_MAX];
    private final long[] nodes = new long[MEMBERS_MAX];
    private final long[] least = new long[MEMBERS_MAX];
    private final long[] bounds = new long[MEMBERS_MAX];
    private final int[] items = new int[MEMBERS_MAX];
    private final long[] places = new long[MEMBERS_MAX];
    private int count;
    private int top;
    /// Keeps the compiler from leaving the loads out.
    private long sink;

    /// Takes a member of what a key holds, if that is big.
    ///
    /// @param e an entry
    public void add(Keyspace keyspace, long e, long member, int length) {
        if (Entry.isBig(e) && (Entry.type(e) == Type.SET || Entry.type(e) == Type.HASH || Entry.type(e) == Type.ZSET)) {
            add(keyspace.blocks(), Entry.valueAddress(e), member, length);
        }
    }

    /// Takes a member to be found in the tree with its root struct at this address.
    void add(Blocks blocks, long root, long member, int length) {
        int height = OffHeap.getInt(root + Tree.ROOT_HEIGHT);
        if (height < HEIGHT_MIN || count == MEMBERS_MAX) {
            return;
        }
        int i = count++;
        this.blocks[i] = blocks;
        keys[i] = Tree.ofUnsigned(KeyHash.hash(member, length));
        levels[i] = height - 1;
        top = Math.max(top, height - 1);
        nodes[i] = blocks.address(OffHeap.getInt(root + Tree.ROOT_NODE));
        least[i] = Long.MIN_VALUE;
        bounds[i] = Long.MAX_VALUE;
    }

    /// Loads what was taken, and forgets it. Returns how many of the members seem to be there.
    public int run() {
        int found = 0;
        // Alone there is nothing that it could overlap with.
        if (count > 1) {
            for (int level = top; level > 0; level--) {
                descend(level);
            }
            long sum = 0;
            for (int i = 0; i < count; i++) {
                places[i] = place(i, items[i], Tree.ITEM_BYTES);
            }
            for (int i = 0; i < count; i++) {
                sum += OffHeap.getByte(nodes[i]) + OffHeap.getByte(places[i]);
            }
            for (int i = 0; i < count; i++) {
                places[i] = element(i);
                found += places[i] == nodes[i] ? 0 : 1;
            }
            sink += sum + load();
        }
        count = 0;
        top = 0;
        return found;
    }

    private long place(int i, int count, int stride) {
        return nodes[i] + Tree.ITEMS + (long) Tree.guess(count, keys[i], least[i], bounds[i]) * stride;
    }

    private long load() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += OffHeap.getByte(places[i]);
        }
        return sum;
    }

    private void descend(int level) {
        for (int i = 0; i < count; i++) {
            places[i] = nodes[i];
        }
        long sum = load();
        for (int i = 0; i < count; i++) {
            places[i] = levels[i] == level ? place(i, Tree.count(nodes[i]), Tree.CHILD_BYTES) : nodes[i];
        }
        sink += sum + load();
        for (int i = 0; i < count; i++) {
            if (levels[i] == level) {
                levels[i]--;
                step(i);
            }
        }
    }

    /// As a search does it, but for members with equal hashes.
    private void step(int i) {
        long children = nodes[i] + Tree.ITEMS;
        int n = Tree.count(nodes[i]);
        int child = Tree.guess(children, n, Tree.CHILD_BYTES, keys[i], least[i], bounds[i]);
        if (child > 0 && (child == n || OffHeap.getLong(children + (long) child * Tree.CHILD_BYTES) != keys[i])) {
            child--;
        }
        long item = children + (long) child * Tree.CHILD_BYTES;
        nodes[i] = blocks[i].address(OffHeap.getInt(item + Tree.CHILD));
        least[i] = OffHeap.getLong(item);
        bounds[i] = child + 1 < n ? OffHeap.getLong(item + Tree.CHILD_BYTES) : bounds[i];
        items[i] = OffHeap.getInt(item + Tree.CHILD_WEIGHT);
    }

    /// The element's address if there is one with the hash, else something that is loaded anyway.
    private long element(int i) {
        long first = nodes[i] + Tree.ITEMS;
        int at = Tree.guess(first, items[i], Tree.ITEM_BYTES, keys[i], least[i], bounds[i]);
        long item = first + (long) at * Tree.ITEM_BYTES;
        boolean found = at < items[i] && OffHeap.getLong(item) == keys[i];
        return found ? blocks[i].address(OffHeap.getInt(item + Tree.REF)) : nodes[i];
    }
}
