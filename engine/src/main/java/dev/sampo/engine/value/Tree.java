package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// A counted B+ tree in [Blocks]: the structure of everything big. HOT.
///
/// An item is a signed 64-bit key and a reference of 32 bits, in weighted trees also a weight of 32 bits; otherwise every
/// item weighs 1. Items are ordered by key and, where keys are equal, by [#compare(int)], which a subclass defines for what
/// it stores; a tree that is only reached by position needs neither. Nodes are blocks of about 1 KiB:
///
/// ```
/// 0   epoch (4), count (2), level (1, 0 = leaf), capacity (1)
/// 8   leaf items:  key 8, ref 4, [weight 4]
///     inner items: least key below 8, its ref 4, child 4, weight below 8
/// ```
///
/// - The root is a struct of [#ROOT_BYTES] in the value part of an entry, which may move between commands: reference of the
///   root node, height, total weight. A flyweight is pointed at it by [#open(Blocks, long)]; it can be used for any number
///   of trees, one after the other.
/// - There is one cursor, the path from the root to a place between two items. The item behind that place is the current
///   one. Everything is found with it and changed at it, in O(log n).
/// - Separators are exact: the least item below, so that its reference can be compared with. Removing or replacing the first
///   item of a node therefore changes its ancestors too.
/// - Nodes that are full where items are appended, at either end, are left full. All nodes but those on the left and right
///   edges are filled to a third at least. A root that is a leaf grows and shrinks with its items.
/// - While a view of the blocks is held, nodes of older epochs are copied before they are modified, all along the path, and
///   the old ones freed: a copy of the old root struct still shows the old tree.
///
/// Not to be changed while somebody iterates with the same flyweight, except at the cursor. One thread at a time; nothing is
/// allocated on the Java heap.
public abstract class Tree {
    /// Bytes of the root struct.
    public static final int ROOT_BYTES = 16;

    static final int ROOT_NODE = 0;
    static final int ROOT_HEIGHT = 4;
    private static final int ROOT_WEIGHT = 8;

    private static final int EPOCH = 0;
    private static final int COUNT = 4;
    private static final int LEVEL = 6;
    private static final int CAPACITY = 7;
    static final int ITEMS = 8;

    private static final int KEY = 0;
    static final int REF = 8;
    private static final int ITEM_WEIGHT = 12;
    static final int CHILD = 12;
    static final int CHILD_WEIGHT = 16;

    static final int ITEM_BYTES = 12;
    private static final int WEIGHTED_ITEM_BYTES = 16;
    static final int CHILD_BYTES = 24;
    private static final int NODE_BYTES = 1016;
    private static final int CHILDREN_MAX = (NODE_BYTES - ITEMS) / CHILD_BYTES;
    /// Capacity of the first leaf of a tree; it doubles up to that of any other.
    private static final int FIRST_CAPACITY = 4;
    /// A third of 2^31 items and more, at the least fill.
    static final int HEIGHT_MAX = 16;

    /// Paths from which the size is estimated.
    private static final int SAMPLES = 8;

    private final boolean weighted;
    private final boolean uniform;
    private final int itemBytes;
    private final int itemsMax;

    private Blocks blocks;
    private long root;
    private int height;

    // ---- the cursor: by level, the node, its address, and the place in it
    private final int[] refs = new int[HEIGHT_MAX];
    private final long[] nodes = new long[HEIGHT_MAX];
    private final int[] at = new int[HEIGHT_MAX];
    private long offset;

    /// @param weighted whether items have weights of their own
    /// @param uniform whether keys are spread evenly, as hashes are; searches then guess places from keys. Not together with weights
    protected Tree(boolean weighted, boolean uniform) {
        assert !weighted || !uniform;
        this.weighted = weighted;
        this.uniform = uniform;
        this.itemBytes = weighted ? WEIGHTED_ITEM_BYTES : ITEM_BYTES;
        this.itemsMax = (NODE_BYTES - ITEMS) / itemBytes;
    }

    /// The order of what is sought against the item with this reference, whose key is the one sought: negative when it comes
    /// before it, 0 when it is that item. A search for a bound never answers 0.
    protected abstract int compare(int ref);

    // ---------------------------------------------------------------- keys of other orders

    /// A key that orders doubles as numbers, with both zeros the same. NaN has no place.
    public static long ofDouble(double value) {
        long bits = Double.doubleToRawLongBits(value + 0.0);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /// The number whose key this is.
    public static double toDouble(long key) {
        return Double.longBitsToDouble(key ^ key >> 63 & Long.MAX_VALUE);
    }

    /// A key that orders unsigned numbers, as hashes and parts of stream IDs are; also the way back.
    public static long ofUnsigned(long value) {
        return value ^ Long.MIN_VALUE;
    }

    // ---------------------------------------------------------------- the root

    /// Writes the root struct of an empty tree.
    public static void init(long rootAddress) {
        OffHeap.putLong(rootAddress, 0);
        OffHeap.putLong(rootAddress + ROOT_WEIGHT, 0);
    }

    /// Turns to the tree with its root struct at this address. The cursor is undefined until something is sought.
    public void open(Blocks blocks, long rootAddress) {
        this.blocks = blocks;
        root = rootAddress;
        height = OffHeap.getInt(rootAddress + ROOT_HEIGHT);
    }

    /// Follows a root struct that was moved; the cursor stays.
    public void moved(long rootAddress) {
        root = rootAddress;
        assert height == OffHeap.getInt(rootAddress + ROOT_HEIGHT);
    }

    protected final Blocks blocks() {
        return blocks;
    }

    /// Sum of the weights of all items: their number where items have none of their own.
    public final long weight() {
        return OffHeap.getLong(root + ROOT_WEIGHT);
    }

    public final boolean isEmpty() {
        return height == 0;
    }

    // ---------------------------------------------------------------- seeking

    /// Goes before the first item that does not come before the one sought: this key, and what [#compare(int)] says. Returns
    /// whether the current item is the one sought.
    public final boolean seek(long key) {
        if (height == 0) {
            return false;
        }
        return uniform ? seekUniform(key) : seekAny(key);
    }

    private boolean seekAny(long key) {
        int ref = OffHeap.getInt(root + ROOT_NODE);
        for (int level = height - 1; level > 0; level--) {
            long node = enter(level, ref);
            int count = count(node);
            int i = childBefore(node, bisect(node + ITEMS, count, CHILD_BYTES, key), count, key);
            at[level] = i;
            ref = OffHeap.getInt(node + ITEMS + (long) i * CHILD_BYTES + CHILD);
        }
        long leaf = enter(0, ref);
        int count = count(leaf);
        return settle(leaf, bisect(leaf + ITEMS, count, itemBytes, key), count, key);
    }

    /// As [#seekAny(long)]. What the parents know of a leaf, the keys it lies between and how many items it has, says about
    /// where the key is: so most of the leaf, its header included, is not touched.
    private boolean seekUniform(long key) {
        int ref = OffHeap.getInt(root + ROOT_NODE);
        long least = Long.MIN_VALUE;
        long bound = Long.MAX_VALUE;
        int items = (int) weight();
        for (int level = height - 1; level > 0; level--) {
            long node = enter(level, ref);
            int count = count(node);
            int i = childBefore(node, guess(node + ITEMS, count, CHILD_BYTES, key, least, bound), count, key);
            at[level] = i;
            long item = node + ITEMS + (long) i * CHILD_BYTES;
            ref = OffHeap.getInt(item + CHILD);
            least = OffHeap.getLong(item);
            bound = i + 1 < count ? OffHeap.getLong(item + CHILD_BYTES) : bound;
            items = OffHeap.getInt(item + CHILD_WEIGHT);
        }
        long leaf = enter(0, ref);
        return settle(leaf, guess(leaf + ITEMS, items, ITEM_BYTES, key, least, bound), items, key);
    }

    private long enter(int level, int ref) {
        long node = blocks.address(ref);
        refs[level] = ref;
        nodes[level] = node;
        return node;
    }

    /// The last child that does not begin after the item sought, where child `i` is the first whose key is not below.
    private int childBefore(long node, int i, int count, long key) {
        int after = i;
        if (i < count && OffHeap.getLong(node + ITEMS + (long) i * CHILD_BYTES) == key) {
            after = passTies(node + ITEMS, i, count, CHILD_BYTES, key, 0);
        }
        return Math.max(0, after - 1);
    }

    /// Puts the cursor before the item sought, where item `i` is the first whose key is not below.
    private boolean settle(long leaf, int i, int count, long key) {
        boolean found = false;
        int place = i;
        long item = leaf + ITEMS + (long) i * itemBytes;
        if (i < count && OffHeap.getLong(item) == key) {
            int order = compare(OffHeap.getInt(item + REF));
            if (order > 0) {
                place = passTies(leaf + ITEMS, i + 1, count, itemBytes, key, 1);
                item = leaf + ITEMS + (long) place * itemBytes;
                order = place < count && OffHeap.getLong(item) == key ? compare(OffHeap.getInt(item + REF)) : -1;
            }
            found = order == 0;
        }
        at[0] = place;
        return found;
    }

    /// The first of `count` items whose key is not below the given one.
    private static int bisect(long items, int count, int stride, long key) {
        int from = 0;
        int n = count;
        while (n > 1) {
            int half = n >>> 1;
            from += OffHeap.getLong(items + (long) (from + half - 1) * stride) < key ? half : 0;
            n -= half;
        }
        return n == 1 && OffHeap.getLong(items + (long) from * stride) < key ? from + 1 : from;
    }

    /// As [#bisect(long, int, int, long)], of items with even spread keys from `least` to below `bound`: guesses the place and
    /// goes from there, not far.
    static int guess(long items, int count, int stride, long key, long least, long bound) {
        if (key <= least) {
            return 0;
        }
        int i = guess(count, key, least, bound);
        if (OffHeap.getLong(items + (long) i * stride) < key) {
            do {
                i++;
            } while (i < count && OffHeap.getLong(items + (long) i * stride) < key);
        } else {
            while (i > 0 && OffHeap.getLong(items + (long) (i - 1) * stride) >= key) {
                i--;
            }
        }
        return i;
    }

    /// The place among `count` even spread keys from `least` to below `bound` that is looked at first.
    static int guess(int count, long key, long least, long bound) {
        // Halves, so that the distances fit a signed number.
        double part = (double) ((key >> 1) - (least >> 1)) / ((double) ((bound >> 1) - (least >> 1)) + 1);
        return Math.max(0, Math.min((int) (part * count), count - 1));
    }

    /// From `from` on, the first item that has another key or for which [#compare(int)] is below `least`.
    private int passTies(long items, int from, int count, int stride, long key, int least) {
        int low = from;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            long item = items + (long) middle * stride;
            if (OffHeap.getLong(item) == key && compare(OffHeap.getInt(item + REF)) >= least) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Goes to the item that covers this rank, from 0, and returns whether there is one; [#offset()] says how far inside it
    /// the rank lies.
    public final boolean seekRank(long rank) {
        if (rank < 0 || rank >= weight()) {
            end();
            return false;
        }
        long rest = rank;
        int ref = OffHeap.getInt(root + ROOT_NODE);
        for (int level = height - 1; level > 0; level--) {
            long node = enter(level, ref);
            long item = node + ITEMS;
            for (long w = OffHeap.getLong(item + CHILD_WEIGHT); rest >= w; w = OffHeap.getLong(item + CHILD_WEIGHT)) {
                rest -= w;
                item += CHILD_BYTES;
            }
            at[level] = (int) (item - node - ITEMS) / CHILD_BYTES;
            ref = OffHeap.getInt(item + CHILD);
        }
        long leaf = enter(0, ref);
        if (weighted) {
            long item = leaf + ITEMS;
            for (int w = OffHeap.getInt(item + ITEM_WEIGHT); rest >= w; w = OffHeap.getInt(item + ITEM_WEIGHT)) {
                rest -= w;
                item += WEIGHTED_ITEM_BYTES;
            }
            at[0] = (int) (item - leaf - ITEMS) / WEIGHTED_ITEM_BYTES;
            offset = rest;
        } else {
            at[0] = (int) rest;
            offset = 0;
        }
        return true;
    }

    /// After [#seekRank(long)], how many of the ranks that its item covers lie before the one sought.
    public final long offset() {
        return offset;
    }

    /// Sum of the weights of the items before the cursor.
    public final long rank() {
        if (height == 0) {
            return 0;
        }
        long rank = weighted ? weightOf(nodes[0], 0, at[0]) : at[0];
        for (int level = 1; level < height; level++) {
            rank += weightOf(nodes[level], level, at[level]);
        }
        return rank;
    }

    /// Goes to the first item; returns whether there is one.
    public final boolean first() {
        if (height == 0) {
            return false;
        }
        descendFirst(height, OffHeap.getInt(root + ROOT_NODE));
        return true;
    }

    /// Goes to the last item; returns whether there is one.
    public final boolean last() {
        end();
        return previous();
    }

    /// Goes behind the last item.
    public final void end() {
        if (height != 0) {
            descendEnd(height, OffHeap.getInt(root + ROOT_NODE));
        }
    }

    /// Path below `top`, which leads to the node `ref`, to its first item.
    private void descendFirst(int top, int ref) {
        int child = ref;
        for (int level = top - 1; level >= 0; level--) {
            long node = enter(level, child);
            at[level] = 0;
            child = OffHeap.getInt(node + ITEMS + CHILD);
        }
    }

    private void descendEnd(int top, int ref) {
        int child = ref;
        for (int level = top - 1; level > 0; level--) {
            long node = enter(level, child);
            at[level] = count(node) - 1;
            child = OffHeap.getInt(node + ITEMS + (long) at[level] * CHILD_BYTES + CHILD);
        }
        at[0] = count(enter(0, child));
    }

    /// Whether there is a current item: whether the cursor is not behind the last one.
    public final boolean hasItem() {
        return height != 0 && (at[0] < count(nodes[0]) || nextLeaf());
    }

    /// Goes behind the current item; returns whether there is one then.
    public final boolean next() {
        at[0]++;
        return at[0] < count(nodes[0]) || nextLeaf();
    }

    /// Goes before the item before the cursor; returns whether there was one.
    public final boolean previous() {
        if (height == 0) {
            return false;
        }
        if (at[0] > 0) {
            at[0]--;
            return true;
        }
        for (int level = 1; level < height; level++) {
            if (at[level] > 0) {
                at[level]--;
                descendEnd(level, child(level));
                at[0]--;
                return true;
            }
        }
        return false;
    }

    private boolean nextLeaf() {
        for (int level = 1; level < height; level++) {
            if (at[level] + 1 < count(nodes[level])) {
                at[level]++;
                descendFirst(level, child(level));
                return true;
            }
        }
        return false;
    }

    /// The child on the path below this level.
    private int child(int level) {
        return OffHeap.getInt(entry(level) + CHILD);
    }

    /// Where the path goes on in the node of this level.
    private long entry(int level) {
        return nodes[level] + ITEMS + (long) at[level] * (level == 0 ? itemBytes : CHILD_BYTES);
    }

    static int count(long node) {
        return OffHeap.getShort(node + COUNT);
    }

    private static void count(long node, int count) {
        OffHeap.putShort(node + COUNT, (short) count);
    }

    /// Key of the current item.
    public final long key() {
        return OffHeap.getLong(entry(0));
    }

    /// Reference of the current item.
    public final int ref() {
        return OffHeap.getInt(entry(0) + REF);
    }

    /// Weight of the current item.
    public final int itemWeight() {
        return weighted ? OffHeap.getInt(entry(0) + ITEM_WEIGHT) : 1;
    }

    // ---------------------------------------------------------------- changing

    /// Adds an item at the cursor, which must be its place; it is the current one then.
    ///
    /// @param weight 1 where items have none of their own, else at least 1
    public final void insert(long key, int ref, int weight) {
        assert weight > 0 && (weighted || weight == 1);
        if (height == 0) {
            plant();
        }
        makeOwn();
        if (count(nodes[0]) == OffHeap.getByte(nodes[0] + CAPACITY)) {
            makeRoom();
        }
        long leaf = nodes[0];
        int count = count(leaf);
        long item = entry(0);
        OffHeap.copy(item, item + itemBytes, (long) (count - at[0]) * itemBytes);
        OffHeap.putLong(item, key);
        OffHeap.putInt(item + REF, ref);
        if (weighted) {
            OffHeap.putInt(item + ITEM_WEIGHT, weight);
        }
        count(leaf, count + 1);
        addWeight(weight);
        if (at[0] == 0) {
            updateSeparators(0);
        }
    }

    /// Adds an item of weight 1 at the cursor, which must be its place; it is the current one then.
    public final void insert(long key, int ref) {
        insert(key, ref, 1);
    }

    /// Changes the current item; the order must stay.
    public final void replace(long key, int ref, int weight) {
        assert weight > 0 && (weighted || weight == 1);
        makeOwn();
        long item = entry(0);
        OffHeap.putLong(item, key);
        OffHeap.putInt(item + REF, ref);
        if (weighted) {
            int before = OffHeap.getInt(item + ITEM_WEIGHT);
            OffHeap.putInt(item + ITEM_WEIGHT, weight);
            addWeight(weight - before);
        }
        if (at[0] == 0) {
            updateSeparators(0);
        }
    }

    /// Lets the current item refer to something else that has the same place in the order.
    public final void replaceRef(int ref) {
        if (ref() != ref) {
            replace(key(), ref, itemWeight());
        }
    }

    /// Takes the current item out of the tree. The cursor stays where it was, before the next item.
    public final void remove() {
        makeOwn();
        addWeight(-itemWeight());
        removeEntry(0);
        rebalance();
    }

    /// An empty root leaf.
    private void plant() {
        int ref = allocateNode(0, FIRST_CAPACITY);
        height = 1;
        at[0] = 0;
        enter(0, ref);
        writeRoot();
    }

    private void writeRoot() {
        OffHeap.putInt(root + ROOT_NODE, height == 0 ? 0 : refs[height - 1]);
        OffHeap.putInt(root + ROOT_HEIGHT, height);
    }

    private int allocateNode(int level, int capacity) {
        int ref = blocks.allocate(ITEMS + capacity * (level == 0 ? itemBytes : CHILD_BYTES));
        long node = blocks.address(ref);
        OffHeap.putInt(node + EPOCH, blocks.epoch());
        OffHeap.putInt(node + COUNT, level << 16 | capacity << 24);
        return ref;
    }

    /// Copies the nodes of the path that a view still shows.
    private void makeOwn() {
        if (blocks.isViewed()) {
            for (int level = height - 1; level >= 0; level--) {
                makeOwn(level);
            }
        }
    }

    private void makeOwn(int level) {
        int own = ownNode(level, refs[level]);
        if (own != refs[level]) {
            enter(level, own);
            if (level == height - 1) {
                writeRoot();
            } else {
                OffHeap.putInt(entry(level + 1) + CHILD, own);
            }
        }
    }

    /// The node itself if it may be modified in place, else a copy, and the node is freed.
    private int ownNode(int level, int ref) {
        long node = blocks.address(ref);
        if (!blocks.isViewed() || OffHeap.getInt(node + EPOCH) == blocks.epoch()) {
            return ref;
        }
        return copyNode(level, ref, OffHeap.getByte(node + CAPACITY));
    }

    private int copyNode(int level, int ref, int capacity) {
        long node = blocks.address(ref);
        int copy = allocateNode(level, capacity);
        long target = blocks.address(copy);
        int count = count(node);
        OffHeap.copy(node + ITEMS, target + ITEMS, (long) count * (level == 0 ? itemBytes : CHILD_BYTES));
        count(target, count);
        blocks.free(ref);
        return copy;
    }

    /// Gives the root leaf another capacity.
    private void resizeRoot(int capacity) {
        enter(0, copyNode(0, refs[0], capacity));
        writeRoot();
    }

    private void addWeight(int weight) {
        for (int level = 1; level < height; level++) {
            long item = entry(level) + CHILD_WEIGHT;
            OffHeap.putLong(item, OffHeap.getLong(item) + weight);
        }
        OffHeap.putLong(root + ROOT_WEIGHT, weight() + weight);
    }

    /// Tells the ancestors of the path's node at this level that its first item changed.
    private void updateSeparators(int level) {
        int below = level;
        while (below + 1 < height && count(nodes[below]) > 0) {
            long first = nodes[below] + ITEMS;
            below++;
            long item = entry(below);
            OffHeap.putLong(item, OffHeap.getLong(first));
            OffHeap.putInt(item + REF, OffHeap.getInt(first + REF));
            if (at[below] != 0) {
                break;
            }
        }
    }

    /// Sum of the weights of the first `n` items of a node.
    private long weightOf(long node, int level, int n) {
        if (level == 0 && !weighted) {
            return n;
        }
        long sum = 0;
        for (int i = 0; i < n; i++) {
            sum += level == 0 ? OffHeap.getInt(node + ITEMS + (long) i * WEIGHTED_ITEM_BYTES + ITEM_WEIGHT)
                : OffHeap.getLong(node + ITEMS + (long) i * CHILD_BYTES + CHILD_WEIGHT);
        }
        return sum;
    }

    // ---------------------------------------------------------------- splitting

    /// Makes room for one item at the cursor, in the path's full leaf.
    private void makeRoom() {
        int capacity = OffHeap.getByte(nodes[0] + CAPACITY);
        if (capacity < itemsMax) {
            resizeRoot(Math.min(itemsMax, 2 * capacity));
            return;
        }
        int top = 0;
        while (top + 1 < height && count(nodes[top + 1]) == CHILDREN_MAX) {
            top++;
        }
        boolean atEnd = at[0] == count(nodes[0]) && isRightEdge(0);
        boolean atStart = at[0] == 0 && isLeftEdge(0);
        if (top == height - 1) {
            growRoot();
        }
        for (int level = top; level >= 0; level--) {
            split(level, atStart, atEnd);
        }
    }

    private boolean isLeftEdge(int level) {
        for (int above = level + 1; above < height; above++) {
            if (at[above] != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isRightEdge(int level) {
        for (int above = level + 1; above < height; above++) {
            if (at[above] != count(nodes[above]) - 1) {
                return false;
            }
        }
        return true;
    }

    private void growRoot() {
        long below = nodes[height - 1];
        int child = refs[height - 1];
        long node = enter(height, allocateNode(height, CHILDREN_MAX));
        count(node, 1);
        OffHeap.putLong(node + ITEMS, OffHeap.getLong(below + ITEMS));
        OffHeap.putInt(node + ITEMS + REF, OffHeap.getInt(below + ITEMS + REF));
        OffHeap.putInt(node + ITEMS + CHILD, child);
        OffHeap.putLong(node + ITEMS + CHILD_WEIGHT, weight());
        at[height] = 0;
        height++;
        writeRoot();
    }

    /// Splits the path's node, whose parent has room. At an end of the tree nearly everything stays together, so that what is
    /// appended there leaves full nodes behind; a new leaf may be empty, it gets the item that is inserted.
    private void split(int level, boolean atStart, boolean atEnd) {
        long node = nodes[level];
        int count = count(node);
        int stay = atEnd ? count - Math.min(level, 1) : atStart ? Math.min(level, 1) : count / 2;
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        int ref = allocateNode(level, level == 0 ? itemsMax : CHILDREN_MAX);
        long right = blocks.address(ref);
        OffHeap.copy(node + ITEMS + (long) stay * stride, right + ITEMS, (long) (count - stay) * stride);
        count(right, count - stay);
        count(node, stay);
        insertChild(level + 1, right, ref, weightOf(right, level, count - stay));
        if (at[level] > stay || at[level] == stay && (level > 0 || atEnd)) {
            at[level] -= stay;
            at[level + 1]++;
            enter(level, ref);
        }
    }

    /// Adds `right`, which took `weight` from the path's child of this level, behind that.
    private void insertChild(int level, long right, int ref, long weight) {
        long node = nodes[level];
        int count = count(node);
        long left = entry(level);
        long item = left + CHILD_BYTES;
        OffHeap.copy(item, item + CHILD_BYTES, (long) (count - at[level] - 1) * CHILD_BYTES);
        count(node, count + 1);
        OffHeap.putLong(item, OffHeap.getLong(right + ITEMS));
        OffHeap.putInt(item + REF, OffHeap.getInt(right + ITEMS + REF));
        OffHeap.putInt(item + CHILD, ref);
        OffHeap.putLong(item + CHILD_WEIGHT, weight);
        OffHeap.putLong(left + CHILD_WEIGHT, OffHeap.getLong(left + CHILD_WEIGHT) - weight);
    }

    // ---------------------------------------------------------------- merging

    /// Takes the path's entry out of its node.
    private void removeEntry(int level) {
        long node = nodes[level];
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        int count = count(node) - 1;
        long item = entry(level);
        OffHeap.copy(item + stride, item, (long) (count - at[level]) * stride);
        count(node, count);
        if (at[level] == 0) {
            updateSeparators(level);
        }
    }

    /// After a removal in the leaf: joins nodes that have become too empty, from the leaf upwards.
    private void rebalance() {
        int lost = 0;
        for (int level = 0; level + 1 < height; level++) {
            int count = count(nodes[level]);
            if (count == 0) {
                blocks.free(refs[level]);
                removeEntry(level + 1);
                lost = level + 1;
            } else if (count >= fillMin(level) || !join(level)) {
                break;
            }
        }
        if (lost > 0) {
            findAgain(lost);
        }
        lowerRoot();
    }

    private int fillMin(int level) {
        return (level == 0 ? itemsMax : CHILDREN_MAX) / 3;
    }

    /// Merges the path's node with a neighbour or, unless it lies on an edge, fills it up from there. Returns whether the
    /// parent lost a child.
    private boolean join(int level) {
        int count = count(nodes[level]);
        int parentCount = count(nodes[level + 1]);
        boolean withRight = at[level + 1] + 1 < parentCount;
        if (parentCount == 1) {
            return false;
        }
        long item = entry(level + 1) + (withRight ? CHILD_BYTES : -CHILD_BYTES);
        int neighbour = OffHeap.getInt(item + CHILD);
        int together = count + count(blocks.address(neighbour));
        if (together <= (level == 0 ? itemsMax : CHILDREN_MAX) * 3 / 4) {
            merge(level, neighbour, withRight);
            return true;
        }
        if (!isLeftEdge(level) && !isRightEdge(level)) {
            int own = ownNode(level, neighbour);
            OffHeap.putInt(item + CHILD, own);
            if (withRight) {
                fillFromRight(level, blocks.address(own), item, (together >>> 1) - count);
            } else {
                fillFromLeft(level, blocks.address(own), item, (together >>> 1) - count);
            }
        }
        return false;
    }

    /// Takes over the items of a neighbour.
    private void merge(int level, int neighbour, boolean withRight) {
        long node = nodes[level];
        long other = blocks.address(neighbour);
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        int count = count(node);
        int added = count(other);
        long item = entry(level + 1);
        long weight = OffHeap.getLong(item + CHILD_WEIGHT);
        if (withRight) {
            OffHeap.copy(other + ITEMS, node + ITEMS + (long) count * stride, (long) added * stride);
            OffHeap.putLong(item + CHILD_WEIGHT, weight + OffHeap.getLong(item + CHILD_BYTES + CHILD_WEIGHT));
            at[level + 1]++;
            removeEntry(level + 1);
            at[level + 1]--;
        } else {
            OffHeap.copy(node + ITEMS, node + ITEMS + (long) added * stride, (long) count * stride);
            OffHeap.copy(other + ITEMS, node + ITEMS, (long) added * stride);
            at[level] += added;
            long left = item - CHILD_BYTES;
            // The entry of the neighbour, which has the separator, goes on with this node.
            OffHeap.putInt(left + CHILD, refs[level]);
            OffHeap.putLong(left + CHILD_WEIGHT, weight + OffHeap.getLong(left + CHILD_WEIGHT));
            removeEntry(level + 1);
            at[level + 1]--;
        }
        count(node, count + added);
        blocks.free(neighbour);
    }

    private void fillFromRight(int level, long other, long otherItem, int n) {
        long node = nodes[level];
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        int count = count(node);
        int left = count(other) - n;
        long weight = weightOf(other, level, n);
        OffHeap.copy(other + ITEMS, node + ITEMS + (long) count * stride, (long) n * stride);
        OffHeap.copy(other + ITEMS + (long) n * stride, other + ITEMS, (long) left * stride);
        count(node, count + n);
        count(other, left);
        moveWeight(otherItem, entry(level + 1), weight);
        OffHeap.putLong(otherItem, OffHeap.getLong(other + ITEMS));
        OffHeap.putInt(otherItem + REF, OffHeap.getInt(other + ITEMS + REF));
    }

    private void fillFromLeft(int level, long other, long otherItem, int n) {
        long node = nodes[level];
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        int count = count(node);
        int left = count(other) - n;
        OffHeap.copy(node + ITEMS, node + ITEMS + (long) n * stride, (long) count * stride);
        OffHeap.copy(other + ITEMS + (long) left * stride, node + ITEMS, (long) n * stride);
        count(node, count + n);
        count(other, left);
        at[level] += n;
        moveWeight(otherItem, entry(level + 1), weightOf(node, level, n));
        updateSeparators(level);
    }

    private static void moveWeight(long fromItem, long toItem, long weight) {
        OffHeap.putLong(fromItem + CHILD_WEIGHT, OffHeap.getLong(fromItem + CHILD_WEIGHT) - weight);
        OffHeap.putLong(toItem + CHILD_WEIGHT, OffHeap.getLong(toItem + CHILD_WEIGHT) + weight);
    }

    /// Restores the path below `level`, where it leads to the child behind one that went.
    private void findAgain(int level) {
        if (at[level] < count(nodes[level])) {
            descendFirst(level, child(level));
        } else if (count(nodes[level]) > 0) {
            at[level]--;
            descendEnd(level, child(level));
        }
    }

    private void lowerRoot() {
        while (height > 1 && count(nodes[height - 1]) == 1) {
            blocks.free(refs[height - 1]);
            height--;
            writeRoot();
        }
        if (height != 1) {
            return;
        }
        int count = count(nodes[0]);
        int capacity = OffHeap.getByte(nodes[0] + CAPACITY);
        if (count == 0) {
            blocks.free(refs[0]);
            height = 0;
            writeRoot();
        } else if (count <= capacity / 4 && capacity > FIRST_CAPACITY) {
            resizeRoot(Math.max(FIRST_CAPACITY, 2 * count));
        }
    }

    // ---------------------------------------------------------------- cutting

    /// Moves all items before the cursor to another tree, whose root struct is written to `target`. O(height).
    public final void cutBefore(long target) {
        if (!hasItem()) {
            OffHeap.copy(root, target, ROOT_BYTES);
            init(root);
            height = 0;
            return;
        }
        init(target);
        if (isLeftEdge(-1)) {
            return;
        }
        makeOwn();
        int cut = 0;
        for (int level = 0; level < height; level++) {
            cut = cutNode(level, cut);
            dropFirst(level);
        }
        long weight = weightOf(blocks.address(cut), height - 1, count(blocks.address(cut)));
        OffHeap.putLong(root + ROOT_WEIGHT, weight() - weight);
        plantCut(target, cut, weight);
        lowerRoot();
    }

    /// As [#cutBefore(long)], but what is moved is the current item and all behind it. The cursor is undefined afterwards.
    public final void cutFrom(long target) {
        cutBefore(target);
        for (int i = 0; i < ROOT_BYTES; i += 8) {
            long kept = OffHeap.getLong(target + i);
            OffHeap.putLong(target + i, OffHeap.getLong(root + i));
            OffHeap.putLong(root + i, kept);
        }
        open(blocks, root);
    }

    /// A node with what lies before the path at a level, the last child being `below` (0 = none); 0 if that is nothing.
    private int cutNode(int level, int below) {
        if (at[level] == 0 && below == 0) {
            return 0;
        }
        int ref = allocateNode(level, level == 0 ? itemsMax : CHILDREN_MAX);
        long node = blocks.address(ref);
        int stride = level == 0 ? itemBytes : CHILD_BYTES;
        OffHeap.copy(nodes[level] + ITEMS, node + ITEMS, (long) at[level] * stride);
        count(node, at[level] + (below == 0 ? 0 : 1));
        if (below != 0) {
            putChild(node + ITEMS + (long) at[level] * CHILD_BYTES, level, below);
        }
        return ref;
    }

    private void putChild(long item, int level, int child) {
        long node = blocks.address(child);
        OffHeap.putLong(item, OffHeap.getLong(node + ITEMS));
        OffHeap.putInt(item + REF, OffHeap.getInt(node + ITEMS + REF));
        OffHeap.putInt(item + CHILD, child);
        OffHeap.putLong(item + CHILD_WEIGHT, weightOf(node, level - 1, count(node)));
    }

    /// Lets the path's node at a level begin where the path goes on.
    private void dropFirst(int level) {
        long node = nodes[level];
        int left = count(node) - at[level];
        OffHeap.copy(entry(level), node + ITEMS, (long) left * (level == 0 ? itemBytes : CHILD_BYTES));
        count(node, left);
        at[level] = 0;
        if (level > 0) {
            putChild(node + ITEMS, level, refs[level - 1]);
        }
    }

    private void plantCut(long target, int top, long weight) {
        int ref = top;
        int levels = height;
        while (levels > 1 && count(blocks.address(ref)) == 1) {
            int child = OffHeap.getInt(blocks.address(ref) + ITEMS + CHILD);
            blocks.free(ref);
            ref = child;
            levels--;
        }
        OffHeap.putInt(target + ROOT_NODE, ref);
        OffHeap.putInt(target + ROOT_HEIGHT, levels);
        OffHeap.putLong(target + ROOT_WEIGHT, weight);
    }

    // ---------------------------------------------------------------- everything

    /// Visits the references of all items in their order. The cursor is lost.
    public final void forEachRef(RefVisitor visitor) {
        for (boolean more = first(); more; more = next()) {
            visitor.visit(ref());
        }
    }

    /// Visits the references of all nodes. The cursor is lost.
    public final void forEachNode(RefVisitor visitor) {
        for (boolean more = first(); more; more = nextLeaf()) {
            // A node is new where the path leads through its first entry and those of all nodes below.
            for (int level = 0; level < height && at[level] == 0; level++) {
                visitor.visit(refs[level]);
            }
        }
    }

    /// Frees the nodes of a tree that nobody needs any more, a slice at a time: visits the references of about `budget` items
    /// (at least a leaf's) so that the owner can free what they stand for, and the nodes that are finished. Returns whether
    /// nothing is left. Between the slices the root struct keeps how far this has come; nothing else may be done with the tree.
    ///
    /// @param visitor null = nobody cares
    public final boolean release(int budget, RefVisitor visitor) {
        int left = budget;
        while (height > 0) {
            int top = OffHeap.getInt(root + ROOT_NODE);
            long node = blocks.address(top);
            long total = weightOf(node, height - 1, count(node));
            long rest = weight();
            seekReleased(total - rest, total);
            long released = releaseLeaf(visitor);
            left -= count(nodes[0]);
            OffHeap.putLong(root + ROOT_WEIGHT, rest - released);
            freePath();
            if (left <= 0) {
                break;
            }
        }
        return height == 0;
    }

    /// As [#seekRank(long)] with the total weight given.
    private void seekReleased(long rank, long total) {
        OffHeap.putLong(root + ROOT_WEIGHT, total);
        boolean there = seekRank(rank);
        assert there && at[0] == 0;
    }

    private long releaseLeaf(RefVisitor visitor) {
        int count = count(nodes[0]);
        if (visitor != null) {
            for (int i = 0; i < count; i++) {
                visitor.visit(OffHeap.getInt(nodes[0] + ITEMS + (long) i * itemBytes + REF));
            }
        }
        return weightOf(nodes[0], 0, count);
    }

    /// Frees the path's leaf and every ancestor of which it was the last.
    private void freePath() {
        for (int level = 0; level + 1 < height; level++) {
            blocks.free(refs[level]);
            if (at[level + 1] < count(nodes[level + 1]) - 1) {
                return;
            }
        }
        blocks.free(refs[height - 1]);
        height = 0;
        writeRoot();
    }

    /// Bytes of the tree's nodes, estimated along a few paths. The cursor is lost.
    public final long nodeBytes() {
        if (height < 2) {
            return height == 0 || !first() ? 0 : blocks.blockBytes(ITEMS + OffHeap.getByte(nodes[0] + CAPACITY) * itemBytes);
        }
        // A path that is chosen by rank meets a node in proportion to its weight.
        double nodes = 1;
        for (int i = 0; i < SAMPLES; i++) {
            seekRank((long) ((double) weight() * (2 * i + 1) / (2 * SAMPLES)));
            for (int level = 1; level < height; level++) {
                nodes += (double) weight() / OffHeap.getLong(entry(level) + CHILD_WEIGHT) / SAMPLES;
            }
        }
        return (long) (nodes * blocks.blockBytes(NODE_BYTES));
    }

    // ---------------------------------------------------------------- tests

    /// The order of two items with equal keys, for [#assertValid()]: negative when the first comes first, as it always does
    /// where equal keys have no order.
    protected abstract int order(int ref, int other);

    /// Walks the whole tree and counts its nodes. For tests.
    ///
    /// @throws AssertionError when the order, a count, a weight, a separator or the fill of a node is wrong
    public final long assertValid() {
        check(height == OffHeap.getInt(root + ROOT_HEIGHT), "height", height);
        if (height == 0) {
            check(weight() == 0 && OffHeap.getInt(root + ROOT_NODE) == 0, "empty root", weight());
            return 0;
        }
        check(validNode(OffHeap.getInt(root + ROOT_NODE), height - 1, true, true, true) == weight(), "weight", weight());
        long nodes = 0;
        long previousKey = 0;
        int previous = 0;
        for (boolean more = first(); more; more = next()) {
            if (previous != 0) {
                check(previousKey < key() || previousKey == key() && order(previous, ref()) < 0, "order at key", key());
            }
            for (int level = 0; level < height && at[level] == 0; level++) {
                nodes++;
            }
            previousKey = key();
            previous = ref();
        }
        return nodes;
    }

    /// The weight of a node; depth is the height of the tree.
    private long validNode(int ref, int level, boolean isRoot, boolean leftEdge, boolean rightEdge) {
        long node = blocks.address(ref);
        blocks.guardVerify(ref);
        int count = count(node);
        check(OffHeap.getByte(node + LEVEL) == level, "level", level);
        int capacity = OffHeap.getByte(node + CAPACITY);
        check(capacity == (level == 0 ? itemsMax : CHILDREN_MAX) || level == 0 && isRoot, "capacity", capacity);
        check(count <= capacity && count > 0, "count", count);
        check(!isRoot || level == 0 || count > 1, "count of root", count);
        check(leftEdge || rightEdge || count >= fillMin(level), "fill", count);
        if (level == 0) {
            return weightOf(node, 0, count);
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            long item = node + ITEMS + (long) i * CHILD_BYTES;
            int child = OffHeap.getInt(item + CHILD);
            long below = validNode(child, level - 1, false, leftEdge && i == 0, rightEdge && i == count - 1);
            long first = blocks.address(child) + ITEMS;
            check(OffHeap.getLong(item) == OffHeap.getLong(first), "key of separator", OffHeap.getLong(item));
            check(OffHeap.getInt(item + REF) == OffHeap.getInt(first + REF), "separator", OffHeap.getInt(item + REF));
            check(below == OffHeap.getLong(item + CHILD_WEIGHT), "weight of child", below);
            sum += below;
        }
        return sum;
    }

    private static void check(boolean holds, String what, long value) {
        if (!holds) {
            throw new AssertionError(what + " is wrong: " + value);
        }
    }
}
