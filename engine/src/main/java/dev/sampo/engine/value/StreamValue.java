package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;

/// A stream, seen through a flyweight: entries in the order of their IDs, and consumer groups (see [StreamGroups]). Reusable;
/// [#open] or [#create] turns it to a key, and what it answers holds until that entry changes otherwise. HOT.
///
/// ```
/// root   length 8, entries ever added 8, last ID 16, first ID 16, greatest deleted ID 16, tree of nodes 16,
///        tree of groups 16, last node 4
/// ```
///
/// Entries are in nodes ([StreamNode]), each of which holds up to `stream-node-max-entries` of them. The last one, to which is
/// added, is known to the root; the others are in a tree by their first ID, cut to size. A stream of few entries so is its
/// root and one block. Every node has an entry that is not deleted.
///
/// Before anything is changed, [#change()] has to be called, once.
public final class StreamValue {
    static final int LENGTH = 0;
    static final int ADDED = 8;
    static final int LAST = 16;
    static final int FIRST = 32;
    static final int MAX_DELETED = 48;
    static final int NODES = 64;
    static final int GROUPS = 80;
    static final int TAIL = 96;
    static final int ROOT_BYTES = 104;

    /// No node begins with less room than this.
    private static final int FIRST_CAPACITY = 64;
    /// Room that a node gets at once at most, unless an entry needs more.
    private static final int GROWTH_MAX = 4096;

    /// Fewer nodes are taken out one by one.
    private static final int NODES_CUT_MIN = 16;

    private final IdTree nodes = new IdTree();
    private final StreamRange probe = new StreamRange();
    private final StreamGroups groups = new StreamGroups(this);

    private Keyspace keyspace;
    private Blocks blocks;
    private long key;
    private int keyLength;
    private long hash;
    private long root;
    private boolean nodesOpen;
    private boolean changing;

    // ---- the node that was found last
    private int foundNode;
    private boolean foundInTail;

    // ---------------------------------------------------------------- opening

    /// Turns to the stream of an entry.
    public StreamValue open(Keyspace keyspace, long key, int keyLength, long hash, long e) {
        assert Entry.type(e) == Type.STREAM;
        this.keyspace = keyspace;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        openRoot(keyspace.blocks(), Entry.valueAddress(e));
        return this;
    }

    /// Turns to the stream of an entry to read it; its key is not known.
    public StreamValue read(Keyspace keyspace, long e) {
        return open(keyspace, 0, 0, 0, e);
    }

    /// Puts an empty stream in the place of whatever the key holds.
    public StreamValue create(Keyspace keyspace, long key, int keyLength, long hash) {
        long e = keyspace.create(key, keyLength, hash, Type.STREAM, Encoding.STREAM, ROOT_BYTES);
        OffHeap.fill(Entry.valueAddress(e), ROOT_BYTES, (byte) 0);
        open(keyspace, key, keyLength, hash, e);
        changing = true;
        return this;
    }

    /// Turns to a root that no entry may hold.
    void openRoot(Blocks blocks, long root) {
        this.blocks = blocks;
        this.root = root;
        nodesOpen = false;
        changing = false;
        groups.reset();
    }

    /// Announces changes of this stream.
    public void change() {
        if (!changing) {
            root = Entry.valueAddress(keyspace.change(key, keyLength, hash));
            nodesOpen = false;
            changing = true;
        }
    }

    /// For those who change a root that no keyspace watches.
    void changeRoot() {
        changing = true;
    }

    /// Frees a stream that no entry refers to: by and by, unless this one is a root that no keyspace watches.
    void discard(long otherRoot) {
        if (keyspace != null) {
            keyspace.discard(Type.STREAM, otherRoot, ROOT_BYTES);
        } else {
            while (!StreamBlocks.STREAMS.release(blocks, Type.STREAM, otherRoot, Integer.MAX_VALUE)) {
                assert OffHeap.getLong(otherRoot + GROUPS) != 0;
            }
        }
    }

    Blocks blocks() {
        return blocks;
    }

    long nodesRoot() {
        return root + NODES;
    }

    long groupsRoot() {
        return root + GROUPS;
    }

    int tail() {
        return OffHeap.getInt(root + TAIL);
    }

    /// Whether changes have been announced since this was turned to the key.
    public boolean isChanging() {
        return changing;
    }

    private IdTree nodes() {
        if (!nodesOpen) {
            nodes.open(blocks, root + NODES);
            nodesOpen = true;
        }
        return nodes;
    }

    /// The consumer groups of this stream.
    public StreamGroups groups() {
        return groups;
    }

    // ---------------------------------------------------------------- what is known of the whole

    /// Number of entries.
    public long length() {
        return OffHeap.getLong(root + LENGTH);
    }

    /// Number of entries that were ever added.
    public long entriesAdded() {
        return OffHeap.getLong(root + ADDED);
    }

    public void entriesAdded(long count) {
        assert changing;
        OffHeap.putLong(root + ADDED, count);
    }

    /// First half of the greatest ID that was ever given.
    public long lastMs() {
        return OffHeap.getLong(root + LAST);
    }

    public long lastSeq() {
        return OffHeap.getLong(root + LAST + 8);
    }

    public void last(long ms, long seq) {
        putId(LAST, ms, seq);
    }

    /// First half of the ID of the first entry; 0-0 if there is none.
    public long firstMs() {
        return OffHeap.getLong(root + FIRST);
    }

    public long firstSeq() {
        return OffHeap.getLong(root + FIRST + 8);
    }

    /// First half of the greatest ID that was ever deleted; 0-0 if none was.
    public long maxDeletedMs() {
        return OffHeap.getLong(root + MAX_DELETED);
    }

    public long maxDeletedSeq() {
        return OffHeap.getLong(root + MAX_DELETED + 8);
    }

    public void maxDeleted(long ms, long seq) {
        putId(MAX_DELETED, ms, seq);
    }

    private void putId(int at, long ms, long seq) {
        assert changing;
        OffHeap.putLong(root + at, ms);
        OffHeap.putLong(root + at + 8, seq);
    }

    /// Number of nodes.
    public long nodeCount() {
        return nodes().weight() + (tail() == 0 ? 0 : 1);
    }

    /// Whether entries from this ID on were deleted one by one, so that IDs do not tell how many there are.
    boolean hasTombstonesFrom(long ms, long seq) {
        return length() != 0 && (maxDeletedMs() | maxDeletedSeq()) != 0
            && StreamId.compare(firstMs(), firstSeq(), maxDeletedMs(), maxDeletedSeq()) <= 0
            && StreamId.compare(ms, seq, maxDeletedMs(), maxDeletedSeq()) <= 0;
    }

    /// How many entries were added up to this ID, or -1 if that cannot be told.
    public long addedUpTo(long ms, long seq) {
        long added = entriesAdded();
        int last = StreamId.compare(ms, seq, lastMs(), lastSeq());
        if (added == 0 || length() == 0 && last <= 0) {
            return added;
        }
        boolean deleted = (maxDeletedMs() | maxDeletedSeq()) != 0;
        if ((ms | seq) != 0 && StreamId.compare(ms, seq, maxDeletedMs(), maxDeletedSeq()) < 0 || last > 0) {
            return StreamGroups.UNKNOWN;
        }
        if (last == 0) {
            return added;
        }
        int first = StreamId.compare(ms, seq, firstMs(), firstSeq());
        if (first > 0 || deleted && StreamId.compare(maxDeletedMs(), maxDeletedSeq(), firstMs(), firstSeq()) >= 0) {
            return StreamGroups.UNKNOWN;
        }
        return added - length() + (first == 0 ? 1 : 0);
    }

    // ---------------------------------------------------------------- adding

    /// Adds an entry. Its ID is greater than the last one, its bytes are not more than a listpack holds. O(1) amortised, and of
    /// its bytes.
    ///
    /// @param first argument index of the first field; its value and other fields follow
    /// @param nodeBytes how large nodes get, 0 = without limit
    /// @param nodeEntries how many entries nodes hold, 0 = any number
    public void append(long ms, long seq, Args a, int first, int fields, int nodeBytes, int nodeEntries) {
        assert changing && StreamId.compare(ms, seq, lastMs(), lastSeq()) > 0;
        int tail = tail();
        if (tail == 0 || isFull(blocks.address(tail), a, first, fields, nodeBytes, nodeEntries)) {
            begin(ms, seq, a, first, fields);
        } else {
            add(tail, ms, seq, a, first, fields);
        }
        long length = length();
        OffHeap.putLong(root + LENGTH, length + 1);
        OffHeap.putLong(root + ADDED, entriesAdded() + 1);
        putId(LAST, ms, seq);
        if (length == 0) {
            putId(FIRST, ms, seq);
        }
    }

    private static boolean isFull(long node, Args a, int first, int fields, int nodeBytes, int nodeEntries) {
        long lp = StreamNode.listpack(node);
        long bytes = Listpack.bytes(lp);
        for (int i = first, end = first + 2 * fields; i < end; i++) {
            bytes += a.length(i);
        }
        int bytesMax = nodeBytes <= 0 ? Listpack.BYTES_MAX : Math.min(nodeBytes, Listpack.BYTES_MAX);
        return bytes >= bytesMax || nodeEntries > 0 && StreamNode.live(lp) + StreamNode.deleted(lp) >= nodeEntries;
    }

    private void add(int tail, long ms, long seq, Args a, int first, int fields) {
        long node = blocks.address(tail);
        long lp = StreamNode.listpack(node);
        long needed = Listpack.bytes(lp) + StreamNode.bytesMax(a, first, fields);
        if (needed > StreamNode.capacity(node) || !blocks.isOwn(OffHeap.getInt(node + StreamNode.EPOCH))) {
            node = blocks.address(moveTail(needed));
            lp = StreamNode.listpack(node);
        }
        boolean same = StreamNode.hasFields(lp, a, first, fields);
        StreamNode.counters(lp, StreamNode.live(lp) + 1, StreamNode.deleted(lp));
        StreamNode.append(lp, same, ms - StreamNode.ms(node), seq - StreamNode.seq(node), a, first, fields);
        assert Listpack.bytes(lp) <= StreamNode.capacity(node);
    }

    private int moveTail(long needed) {
        int tail = tail();
        long grown = Math.max(needed, Math.min(2L * StreamNode.capacity(blocks.address(tail)), GROWTH_MAX));
        int fresh = StreamNode.copy(blocks, tail, blocks, (int) Math.max(grown, needed));
        StreamNode.free(blocks, tail);
        OffHeap.putInt(root + TAIL, fresh);
        return fresh;
    }

    /// Begins a node; the one before, if any, goes into the tree.
    private void begin(long ms, long seq, Args a, int first, int fields) {
        int tail = tail();
        long capacity = StreamNode.masterBytesMax(a, first, fields) + StreamNode.bytesMax(a, first, fields);
        if (tail == 0) {
            capacity = Math.max(capacity, FIRST_CAPACITY);
        } else {
            // The next node will be about as large as the one before.
            long before = Listpack.bytes(StreamNode.listpack(blocks.address(tail))) + StreamNode.COUNTERS_GROWTH;
            capacity = Math.max(capacity, Math.min(before, GROWTH_MAX));
            seal(tail);
        }
        int ref = StreamNode.allocate(blocks, ms, seq, (int) capacity);
        long lp = StreamNode.listpack(blocks.address(ref));
        StreamNode.begin(lp, a, first, fields);
        StreamNode.append(lp, true, 0, 0, a, first, fields);
        OffHeap.putInt(root + TAIL, ref);
    }

    /// Puts the last node into the tree, cut to size.
    private void seal(int tail) {
        long node = blocks.address(tail);
        int bytes = Listpack.bytes(StreamNode.listpack(node));
        int ref = tail;
        int capacity = StreamNode.capacity(node);
        boolean wasteful = StreamNode.isOutside(node) ? bytes < capacity - capacity / 8
            : blocks.blockBytes(StreamNode.LISTPACK + bytes) < blocks.blockBytes(StreamNode.LISTPACK + capacity);
        if (wasteful) {
            ref = StreamNode.copy(blocks, tail, blocks, bytes);
            StreamNode.free(blocks, tail);
        }
        nodes().end();
        nodes.insert(Tree.ofUnsigned(StreamNode.ms(blocks.address(ref))), ref);
    }

    /// Puts a whole node at the end of a stream that is being restored; its IDs are greater than those that are there.
    ///
    /// @param lp a listpack of entries that has been validated
    public void appendNode(long ms, long seq, long lp) {
        assert changing;
        if (StreamNode.live(lp) == 0) {
            return;
        }
        if (tail() != 0) {
            seal(tail());
        }
        int bytes = Listpack.bytes(lp);
        int ref = StreamNode.allocate(blocks, ms, seq, bytes);
        OffHeap.copy(lp, StreamNode.listpack(blocks.address(ref)), bytes);
        OffHeap.putInt(root + TAIL, ref);
        OffHeap.putLong(root + LENGTH, length() + StreamNode.live(lp));
    }

    // ---------------------------------------------------------------- deleting

    /// Deletes an entry that [#contains(long, long)] has just found. O(log n) and of its node.
    public void delete(long ms, long seq) {
        assert changing;
        long lp = probe.listpack();
        int live = StreamNode.live(lp);
        findNode(ms, seq);
        if (live == 1) {
            removeNode();
        } else {
            long offset = probe.position() - lp;
            lp = StreamNode.listpack(blocks.address(ownNode(StreamNode.COUNTERS_GROWTH)));
            StreamNode.delete(lp, lp + offset);
            StreamNode.counters(lp, live - 1, StreamNode.deleted(lp) + 1);
        }
        OffHeap.putLong(root + LENGTH, length() - 1);
    }

    /// Whether there is an entry of this ID.
    public boolean contains(long ms, long seq) {
        probe.open(this, ms, seq, ms, seq, false);
        return probe.next();
    }

    /// Finds the node in which this ID is or would be; there is one.
    private void findNode(long ms, long seq) {
        int tail = tail();
        if (tail != 0) {
            long node = blocks.address(tail);
            if (StreamId.compare(StreamNode.ms(node), StreamNode.seq(node), ms, seq) <= 0) {
                foundNode = tail;
                foundInTail = true;
                return;
            }
        }
        boolean found = nodes().seekFloor(ms, seq);
        assert found;
        foundNode = nodes.ref();
        foundInTail = false;
    }

    /// Finds the first node; whether there is one.
    private boolean findFirst() {
        foundInTail = !nodes().first();
        foundNode = foundInTail ? tail() : nodes.ref();
        return foundNode != 0;
    }

    /// Makes sure that the found node may be modified and has room for its listpack to grow.
    private int ownNode(int growth) {
        long node = blocks.address(foundNode);
        int needed = Listpack.bytes(StreamNode.listpack(node)) + growth;
        if (needed > StreamNode.capacity(node) || !blocks.isOwn(OffHeap.getInt(node + StreamNode.EPOCH))) {
            int fresh = StreamNode.copy(blocks, foundNode, blocks, Math.max(needed, foundInTail ? StreamNode.capacity(node) : 0));
            // The node goes after nobody refers to it: the tree still looks at it.
            if (foundInTail) {
                OffHeap.putInt(root + TAIL, fresh);
            } else {
                nodes.replaceRef(fresh);
            }
            StreamNode.free(blocks, foundNode);
            foundNode = fresh;
        }
        return foundNode;
    }

    private void removeNode() {
        if (!foundInTail) {
            nodes.remove();
        } else if (nodes().last()) {
            OffHeap.putInt(root + TAIL, nodes.ref());
            nodes.remove();
        } else {
            OffHeap.putInt(root + TAIL, 0);
        }
        StreamNode.free(blocks, foundNode);
    }

    /// After deletions, finds out which entry is the first one.
    public void updateFirst() {
        probe.openAll(this, false);
        if (length() != 0 && probe.next()) {
            putId(FIRST, probe.ms(), probe.seq());
        } else {
            putId(FIRST, 0, 0);
        }
    }

    /// Whether [#trimToLength(long, boolean, long)] would delete anything.
    public boolean isTrimmedToLength(long lengthMax, boolean approximately, long limit) {
        if (length() <= lengthMax || !approximately) {
            return length() > lengthMax;
        }
        findFirst();
        int live = StreamNode.live(nodeListpack());
        return (limit == 0 || live <= limit) && length() - live >= lengthMax;
    }

    /// Whether [#trimToId(long, long, boolean, long)] would delete anything.
    public boolean isTrimmedToId(long ms, long seq, boolean approximately, long limit) {
        if (length() == 0 || StreamId.compare(firstMs(), firstSeq(), ms, seq) >= 0) {
            return false;
        }
        findFirst();
        return !approximately || (limit == 0 || StreamNode.live(nodeListpack()) <= limit)
            && endsBelow(blocks.address(foundNode), ms, seq);
    }

    /// Deletes the oldest entries as long as there are more than `lengthMax`; returns how many. O(deleted entries), by nodes.
    ///
    /// @param approximately whether only whole nodes go
    /// @param limit how many may go at most, 0 = any number
    public long trimToLength(long lengthMax, boolean approximately, long limit) {
        long deleted = cutNodes(lengthMax, 0, 0, limit);
        while (length() > lengthMax && findFirst()) {
            long lp = StreamNode.listpack(blocks.address(foundNode));
            int live = StreamNode.live(lp);
            if (limit != 0 && deleted + live > limit) {
                break;
            }
            if (length() - live < lengthMax) {
                if (!approximately) {
                    deleted += trimNode(length() - lengthMax, 0, 0);
                }
                break;
            }
            removeNode();
            OffHeap.putLong(root + LENGTH, length() - live);
            deleted += live;
        }
        return trimmed(deleted);
    }

    /// Deletes the entries below an ID; returns how many. O(deleted entries), by nodes.
    ///
    /// @param approximately whether only whole nodes go
    /// @param limit how many may go at most, 0 = any number
    public long trimToId(long ms, long seq, boolean approximately, long limit) {
        long deleted = (ms | seq) == 0 ? 0 : cutNodes(0, ms, seq, limit);
        while ((ms | seq) != 0 && findFirst()) {
            long node = blocks.address(foundNode);
            int live = StreamNode.live(StreamNode.listpack(node));
            if (limit != 0 && deleted + live > limit) {
                break;
            }
            if (!endsBelow(node, ms, seq)) {
                if (!approximately) {
                    deleted += trimNode(Long.MAX_VALUE, ms, seq);
                }
                break;
            }
            removeNode();
            OffHeap.putLong(root + LENGTH, length() - live);
            deleted += live;
        }
        return trimmed(deleted);
    }

    /// Where many nodes of the tree are to go, cuts them off as one, to be freed by and by; returns how many entries those are. O(nodes
    /// that go), but they are only looked at.
    ///
    /// @param lengthMax how many entries stay at least
    /// @param ms if the ID is not 0-0, only nodes below it go
    /// @param limit how many entries may go at most, 0 = any number
    private long cutNodes(long lengthMax, long ms, long seq, long limit) {
        // Who has a node behind it that does not begin above the ID ends below it.
        long below = (ms | seq) == 0 ? Long.MAX_VALUE : nodes().seekFloor(ms, seq) ? nodes.rank() : 0;
        long cut = 0;
        long count = 0;
        boolean more = nodes().first();
        while (more && count < below) {
            int live = StreamNode.live(StreamNode.listpack(blocks.address(nodes.ref())));
            if (length() - cut - live < lengthMax || limit != 0 && cut + live > limit) {
                break;
            }
            cut += live;
            count++;
            more = nodes.next();
        }
        if (count < NODES_CUT_MIN) {
            return 0;
        }
        if (!more) {
            nodes.end();
        }
        long old = OffHeap.allocate(ROOT_BYTES);
        OffHeap.fill(old, ROOT_BYTES, (byte) 0);
        nodes.cutBefore(old + NODES);
        discard(old);
        OffHeap.free(old, ROOT_BYTES);
        OffHeap.putLong(root + LENGTH, length() - cut);
        return cut;
    }

    /// Whether the last entry of a node, deleted or not, is below an ID.
    private static boolean endsBelow(long node, long ms, long seq) {
        long lp = StreamNode.listpack(node);
        long at = Listpack.skip(StreamNode.previous(lp, Listpack.end(lp)));
        long entryMs = StreamNode.ms(node) + Listpack.integer(at);
        long entrySeq = StreamNode.seq(node) + Listpack.integer(Listpack.skip(at));
        return StreamId.compare(entryMs, entrySeq, ms, seq) < 0;
    }

    private long trimmed(long deleted) {
        if (deleted > 0) {
            updateFirst();
        }
        return deleted;
    }

    /// Deletes entries at the beginning of the found node: at most `count`, and unless the ID is 0-0 only those below it.
    private long trimNode(long count, long ms, long seq) {
        long node = blocks.address(ownNode(StreamNode.COUNTERS_GROWTH));
        long lp = StreamNode.listpack(node);
        long fields = StreamNode.masterFields(lp);
        int same = (int) Listpack.integer(fields);
        long at = StreamNode.entries(lp);
        long end = Listpack.end(lp);
        int deleted = 0;
        while (at < end && deleted < count) {
            long flags = Listpack.integer(at);
            long next = Listpack.skip(at);
            long entryMs = StreamNode.ms(node) + Listpack.integer(next);
            next = Listpack.skip(next);
            long entrySeq = StreamNode.seq(node) + Listpack.integer(next);
            next = Listpack.skip(next);
            if ((ms | seq) != 0 && StreamId.compare(entryMs, entrySeq, ms, seq) >= 0) {
                break;
            }
            int skipped = (flags & StreamNode.SAME_FIELDS) != 0 ? same + 1 : 2 * (int) Listpack.integer(next) + 2;
            if ((flags & StreamNode.DELETED) == 0) {
                StreamNode.delete(lp, at);
                deleted++;
            }
            at = Listpack.skip(next, skipped);
        }
        int live = StreamNode.live(lp) - deleted;
        if (live == 0) {
            removeNode();
        } else {
            StreamNode.counters(lp, live, StreamNode.deleted(lp) + deleted);
        }
        OffHeap.putLong(root + LENGTH, length() - deleted);
        return deleted;
    }

    /// Whether there is an entry above the last ID, as only bytes from elsewhere can say.
    public boolean isTopAboveLast() {
        probe.openAll(this, true);
        return probe.next() && StreamId.compare(probe.ms(), probe.seq(), lastMs(), lastSeq()) > 0;
    }

    // ---------------------------------------------------------------- nodes, for those who write them elsewhere

    /// Goes to the first node; whether there is one. [#nodeMs()], [#nodeSeq()] and [#nodeListpack()] then tell of it.
    public boolean firstNode() {
        return findFirst();
    }

    /// Goes to the next node; whether there is one. Nothing else may be called in between but what tells of the node.
    public boolean nextNode() {
        if (foundInTail) {
            return false;
        }
        foundInTail = !nodes.next();
        foundNode = foundInTail ? tail() : nodes.ref();
        return foundNode != 0;
    }

    /// First half of the ID from which the node's entries count.
    public long nodeMs() {
        return StreamNode.ms(blocks.address(foundNode));
    }

    /// Second half of the ID from which the node's entries count.
    public long nodeSeq() {
        return StreamNode.seq(blocks.address(foundNode));
    }

    /// The node's [Listpack].
    public long nodeListpack() {
        return StreamNode.listpack(blocks.address(foundNode));
    }

    int nodeRef() {
        return foundNode;
    }
}
