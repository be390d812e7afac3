package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// The consumer groups of a [StreamValue]: their consumers, and the entries that consumers have received and not acknowledged
/// ("pending"). There is one current group, one current consumer of it and one current pending entry. Part of the flyweight;
/// the stream's rule on announcing changes holds here too.
///
/// ```
/// group      epoch 4, length of name 4, last delivered ID 16, entries read 8, tree of pending entries 16,
///            tree of consumers 16, name
/// consumer   epoch 4, length of name 4, seen 8, active 8, handle 4, (4), tree of its pending entries 16, name
/// handle     the consumer's reference 4
/// pending    epoch 4, handle of its consumer 4, ID 16, time of delivery 8, number of deliveries 8
/// ```
///
/// A pending entry is one block in two trees. It names its consumer by a handle, since a consumer's block moves when it is
/// modified while a view is held; nobody reads handles through a view, so they are modified in place.
public final class StreamGroups {
    /// Number of entries read that cannot be told.
    public static final long UNKNOWN = -1;
    /// Number of unread entries that cannot be told.
    public static final long NO_LAG = Long.MIN_VALUE;
    /// Time at which a consumer was active that never was.
    public static final long NEVER = -1;

    private static final int EPOCH = 0;

    private static final int LAST = 8;
    private static final int READ = 24;
    private static final int PENDING = 32;
    private static final int CONSUMERS = 48;
    private static final int GROUP_NAME = 64;

    private static final int SEEN = 8;
    private static final int ACTIVE = 16;
    private static final int HANDLE = 24;
    private static final int MINE = 32;
    private static final int CONSUMER_NAME = 48;

    private static final int HANDLE_BYTES = 8;
    /// Blocks that a consumer takes.
    private static final int CONSUMER_BLOCKS = 2;

    private static final int OWNER = 4;
    private static final int TIME = 24;
    private static final int COUNT = 32;
    private static final int PENDING_BYTES = 40;

    private final StreamValue stream;
    private final NameTree groups = new NameTree(GROUP_NAME);
    private final NameTree consumers = new NameTree(CONSUMER_NAME);
    private final IdTree pending = new IdTree();
    private final IdTree mine = new IdTree();
    private final IdTree others = new IdTree();
    private final RefVisitor freePending = this::freePending;
    private final RefVisitor removePending = this::removePending;

    private Blocks blocks;
    private boolean open;
    private int groupRef;
    private long group;
    private int consumerRef;
    private long consumer;

    StreamGroups(StreamValue stream) {
        this.stream = stream;
    }

    void reset() {
        open = false;
    }

    private NameTree groups() {
        if (!open) {
            blocks = stream.blocks();
            open = true;
        }
        groups.open(blocks, stream.groupsRoot());
        return groups;
    }

    private void freePending(int ref) {
        blocks.free(ref);
    }

    private void removePending(int ref) {
        long block = blocks.address(ref);
        boolean found = pending.seek(ms(block), seq(block));
        assert found && pending.ref() == ref;
        pending.remove();
        blocks.free(ref);
    }

    /// Makes sure that the current group's block may be modified.
    private void own() {
        assert stream.isChanging();
        if (!blocks.isOwn(OffHeap.getInt(group + EPOCH))) {
            int copy = copyBlock(groupRef, GROUP_NAME + NameTree.insideBytes(nameLength()));
            groups.replaceRef(copy);
            blocks.free(groupRef);
            groupRef = copy;
            group = blocks.address(copy);
            pending.moved(group + PENDING);
            consumers.moved(group + CONSUMERS);
        }
    }

    /// Makes sure that the current consumer's block, and its group's, may be modified.
    private void ownConsumer() {
        own();
        ownConsumer(consumerRef);
    }

    /// Makes sure that a consumer's block may be modified; returns its reference.
    private int ownConsumer(int ref) {
        long block = blocks.address(ref);
        if (blocks.isOwn(OffHeap.getInt(block + EPOCH))) {
            return ref;
        }
        int length = NameTree.length(block);
        int copy = copyBlock(ref, CONSUMER_NAME + NameTree.insideBytes(length));
        boolean found = consumers.seek(consumers.name(block), length);
        assert found;
        consumers.replaceRef(copy);
        OffHeap.putInt(blocks.address(OffHeap.getInt(block + HANDLE)), copy);
        blocks.free(ref);
        if (ref == consumerRef) {
            consumerRef = copy;
            consumer = blocks.address(copy);
            mine.moved(consumer + MINE);
        }
        return copy;
    }

    /// Makes sure that the group's pending entry may be modified; returns its reference. If that is another one, the tree of
    /// its consumer still has the old one.
    private int ownPending() {
        int ref = pending.ref();
        if (blocks.isOwn(OffHeap.getInt(blocks.address(ref) + EPOCH))) {
            return ref;
        }
        int copy = copyBlock(ref, PENDING_BYTES);
        pending.replaceRef(copy);
        // A view is held: its content stays meanwhile.
        blocks.free(ref);
        return copy;
    }

    private int copyBlock(int ref, int bytes) {
        int copy = blocks.allocate(bytes);
        OffHeap.copy(blocks.address(ref), blocks.address(copy), bytes);
        OffHeap.putInt(blocks.address(copy) + EPOCH, blocks.epoch());
        return copy;
    }

    // ---------------------------------------------------------------- groups

    /// Number of groups.
    public long count() {
        return groups().weight();
    }

    /// Turns to the group of this name; whether there is one.
    public boolean find(long name, int length) {
        if (!groups().seek(name, length)) {
            return false;
        }
        enterGroup();
        return true;
    }

    /// Turns to the first group in the order of names; whether there is one.
    public boolean first() {
        if (!groups().first()) {
            return false;
        }
        enterGroup();
        return true;
    }

    /// Turns to the next group; whether there is one. No group may have come or gone since.
    public boolean next() {
        if (!groups.next()) {
            return false;
        }
        enterGroup();
        return true;
    }

    private void enterGroup() {
        groupRef = groups.ref();
        group = blocks.address(groupRef);
        pending.open(blocks, group + PENDING);
        consumers.open(blocks, group + CONSUMERS);
        consumerRef = 0;
    }

    /// Adds a group of a name that is not there and turns to it.
    ///
    /// @param read number of entries read, or [#UNKNOWN]
    public void create(long name, int length, long ms, long seq, long read) {
        assert stream.isChanging();
        boolean found = groups().seek(name, length);
        assert !found;
        int ref = blocks.allocate(GROUP_NAME + NameTree.insideBytes(length));
        long block = blocks.address(ref);
        OffHeap.putInt(block + EPOCH, blocks.epoch());
        groups.putName(blocks, block, name, length);
        OffHeap.putLong(block + LAST, ms);
        OffHeap.putLong(block + LAST + 8, seq);
        OffHeap.putLong(block + READ, read);
        Tree.init(block + PENDING);
        Tree.init(block + CONSUMERS);
        groups.add(ref);
        enterGroup();
    }

    /// Removes the current group. What it consists of becomes the only group of a stream that nobody needs, and is freed as one.
    public void destroy() {
        own();
        groups.remove();
        long root = OffHeap.allocate(StreamValue.ROOT_BYTES);
        OffHeap.fill(root, StreamValue.ROOT_BYTES, (byte) 0);
        groups.open(blocks, root + StreamValue.GROUPS);
        boolean found = groups.seek(groups.name(group), nameLength());
        assert !found;
        groups.add(groupRef);
        stream.discard(root);
        OffHeap.free(root, StreamValue.ROOT_BYTES);
        groups();
        groupRef = 0;
    }

    /// Frees about `budget` blocks of groups of a stream that nobody needs any more; whether no group is left.
    boolean release(int budget) {
        int left = budget;
        while (first()) {
            if (left <= 0 || !releaseGroup(left)) {
                return false;
            }
            left--;
        }
        return true;
    }

    /// Frees a part of the current group, of a large one not everything; whether it is gone.
    private boolean releaseGroup(int budget) {
        own();
        if (!pending.isEmpty() && !pending.release(budget, freePending)) {
            return false;
        }
        int left = budget;
        while (firstConsumer()) {
            ownConsumer();
            if (left <= 0 || !mine.isEmpty() && !mine.release(left, null)) {
                return false;
            }
            consumers.remove();
            freeConsumer(consumerRef);
            left -= CONSUMER_BLOCKS;
        }
        consumerRef = 0;
        groups.remove();
        groups.free(blocks, groupRef);
        groupRef = 0;
        return true;
    }

    /// Where the name of the current group lies.
    public long name() {
        return groups.name(group);
    }

    public int nameLength() {
        return NameTree.length(group);
    }

    /// First half of the ID that was delivered last.
    public long lastMs() {
        return OffHeap.getLong(group + LAST);
    }

    public long lastSeq() {
        return OffHeap.getLong(group + LAST + 8);
    }

    public void last(long ms, long seq) {
        own();
        OffHeap.putLong(group + LAST, ms);
        OffHeap.putLong(group + LAST + 8, seq);
    }

    /// Number of entries that the group has read, or [#UNKNOWN].
    public long entriesRead() {
        return OffHeap.getLong(group + READ);
    }

    public void entriesRead(long count) {
        own();
        OffHeap.putLong(group + READ, count);
    }

    /// Notes that an entry of the stream above the last delivered ID has been read.
    public void read(long ms, long seq) {
        long read = entriesRead();
        if (read != UNKNOWN && !stream.hasTombstonesFrom(ms, seq)) {
            entriesRead(read + 1);
        } else if (stream.entriesAdded() != 0) {
            entriesRead(stream.addedUpTo(ms, seq));
        }
        last(ms, seq);
    }

    /// Number of entries that the group has not read yet, negative after numbers that clients made up, or [#NO_LAG].
    public long lag() {
        long added = stream.entriesAdded();
        if (added == 0) {
            return 0;
        }
        long read = entriesRead();
        if (read == UNKNOWN || stream.hasTombstonesFrom(lastMs(), lastSeq())) {
            read = stream.addedUpTo(lastMs(), lastSeq());
        }
        return read == UNKNOWN ? NO_LAG : added - read;
    }

    /// Number of pending entries of the group.
    public long pendingCount() {
        return pending.weight();
    }

    // ---------------------------------------------------------------- consumers

    /// Number of consumers of the group.
    public long consumerCount() {
        return consumers.weight();
    }

    /// Turns to the group's consumer of this name; whether there is one.
    public boolean findConsumer(long name, int length) {
        if (!consumers.seek(name, length)) {
            return false;
        }
        enterConsumer(consumers.ref());
        return true;
    }

    /// Turns to the first consumer in the order of names; whether there is one.
    public boolean firstConsumer() {
        if (!consumers.first()) {
            return false;
        }
        enterConsumer(consumers.ref());
        return true;
    }

    /// Turns to the next consumer; whether there is one. Nothing may have been changed since.
    public boolean nextConsumer() {
        if (!consumers.next()) {
            return false;
        }
        enterConsumer(consumers.ref());
        return true;
    }

    private void enterConsumer(int ref) {
        consumerRef = ref;
        consumer = blocks.address(ref);
        mine.open(blocks, consumer + MINE);
    }

    /// Adds a consumer of a name that is not there and turns to it.
    ///
    /// @param seen Unix ms
    /// @param active Unix ms, or [#NEVER]
    public void createConsumer(long name, int length, long seen, long active) {
        own();
        boolean found = consumers.seek(name, length);
        assert !found;
        int ref = blocks.allocate(CONSUMER_NAME + NameTree.insideBytes(length));
        int handle = blocks.allocate(HANDLE_BYTES);
        long block = blocks.address(ref);
        OffHeap.putInt(block + EPOCH, blocks.epoch());
        consumers.putName(blocks, block, name, length);
        OffHeap.putLong(block + SEEN, seen);
        OffHeap.putLong(block + ACTIVE, active);
        OffHeap.putInt(block + HANDLE, handle);
        OffHeap.putInt(blocks.address(handle), ref);
        Tree.init(block + MINE);
        consumers.add(ref);
        enterConsumer(ref);
    }

    /// Removes the current consumer with its pending entries. O(those · log n).
    public void deleteConsumer() {
        ownConsumer();
        while (!mine.release(Integer.MAX_VALUE, removePending)) {
            assert !mine.isEmpty();
        }
        boolean found = consumers.seek(consumerName(), consumerNameLength());
        assert found;
        consumers.remove();
        freeConsumer(consumerRef);
        consumerRef = 0;
    }

    private void freeConsumer(int ref) {
        blocks.free(OffHeap.getInt(blocks.address(ref) + HANDLE));
        consumers.free(blocks, ref);
    }

    /// Where the name of the current consumer lies.
    public long consumerName() {
        return consumers.name(consumer);
    }

    public int consumerNameLength() {
        return NameTree.length(consumer);
    }

    /// When the consumer last asked for anything, Unix ms.
    public long seen() {
        return OffHeap.getLong(consumer + SEEN);
    }

    /// As with [#active(long)], no change needs to be announced: nobody logs these times, and a view may see them change.
    public void seen(long millis) {
        OffHeap.putLong(consumer + SEEN, millis);
    }

    /// When the consumer last received anything, Unix ms, or [#NEVER].
    public long active() {
        return OffHeap.getLong(consumer + ACTIVE);
    }

    public void active(long millis) {
        OffHeap.putLong(consumer + ACTIVE, millis);
    }

    /// Number of pending entries of the consumer.
    public long consumerPendingCount() {
        return mine.weight();
    }

    // ---------------------------------------------------------------- walking over pending entries

    /// Turns to the group's pending entry of this ID; whether there is one.
    public boolean findPending(long ms, long seq) {
        return pending.seek(ms, seq);
    }

    /// Turns to the group's first pending entry from this ID on; whether there is one.
    public boolean firstPending(long ms, long seq) {
        pending.seek(ms, seq);
        return pending.hasItem();
    }

    /// Turns to the group's next pending entry; whether there is one. Nothing may have been added or removed since.
    public boolean nextPending() {
        return pending.next();
    }

    /// Turns to the group's last pending entry; whether there is one.
    public boolean lastPending() {
        return pending.last();
    }

    /// First half of the ID of the group's pending entry.
    public long pendingMs() {
        return ms(blocks.address(pending.ref()));
    }

    public long pendingSeq() {
        return seq(blocks.address(pending.ref()));
    }

    /// When the group's pending entry was delivered last, Unix ms.
    public long pendingTime() {
        return OffHeap.getLong(blocks.address(pending.ref()) + TIME);
    }

    /// How often the group's pending entry was delivered.
    public long pendingDeliveries() {
        return OffHeap.getLong(blocks.address(pending.ref()) + COUNT);
    }

    /// Where the name of the consumer of the group's pending entry lies.
    public long pendingConsumerName() {
        return consumers.name(blocks.address(ownerOf(pending.ref())));
    }

    public int pendingConsumerNameLength() {
        return NameTree.length(blocks.address(ownerOf(pending.ref())));
    }

    /// Turns to the consumer's first pending entry from this ID on; whether there is one.
    public boolean firstMine(long ms, long seq) {
        mine.seek(ms, seq);
        return mine.hasItem();
    }

    /// Turns to the consumer's next pending entry; whether there is one. Nothing may have been added or removed since.
    public boolean nextMine() {
        return mine.next();
    }

    /// First half of the ID of the consumer's pending entry.
    public long mineMs() {
        return ms(blocks.address(mine.ref()));
    }

    public long mineSeq() {
        return seq(blocks.address(mine.ref()));
    }

    /// When the consumer's pending entry was delivered last, Unix ms.
    public long mineTime() {
        return OffHeap.getLong(blocks.address(mine.ref()) + TIME);
    }

    /// How often the consumer's pending entry was delivered.
    public long mineDeliveries() {
        return OffHeap.getLong(blocks.address(mine.ref()) + COUNT);
    }

    private static long ms(long block) {
        return OffHeap.getLong(block + IdTree.ID);
    }

    private static long seq(long block) {
        return OffHeap.getLong(block + IdTree.ID + 8);
    }

    private int ownerOf(int ref) {
        return OffHeap.getInt(blocks.address(handleOf(ref)));
    }

    private int handleOf(int ref) {
        return OffHeap.getInt(blocks.address(ref) + OWNER);
    }

    // ---------------------------------------------------------------- changing pending entries

    /// Makes an entry pending with the current consumer, from whomever it was pending with before. O(log n).
    ///
    /// @param time when it was delivered, Unix ms
    public void deliver(long ms, long seq, long time, long deliveries) {
        ownConsumer();
        if (pending.seek(ms, seq)) {
            assign(ms, seq, time, deliveries);
        } else {
            int ref = addPending(ms, seq, time, deliveries, OffHeap.getInt(consumer + HANDLE));
            mine.seek(ms, seq);
            mine.add(ref);
        }
    }

    /// While a stream is being restored: makes an entry pending, with nobody yet; false if it is already.
    public boolean restorePending(long ms, long seq, long time, long deliveries) {
        own();
        if (pending.seek(ms, seq)) {
            return false;
        }
        addPending(ms, seq, time, deliveries, 0);
        return true;
    }

    /// While a stream is being restored: gives a pending entry to the current consumer; false if there is none of this ID
    /// that nobody has.
    public boolean adopt(long ms, long seq) {
        if (!pending.seek(ms, seq) || handleOf(pending.ref()) != 0) {
            return false;
        }
        assign(ms, seq, pendingTime(), pendingDeliveries());
        return true;
    }

    /// Adds a pending entry where it has just been sought in vain.
    private int addPending(long ms, long seq, long time, long deliveries, int handle) {
        int ref = blocks.allocate(PENDING_BYTES);
        long block = blocks.address(ref);
        OffHeap.putInt(block + EPOCH, blocks.epoch());
        OffHeap.putInt(block + OWNER, handle);
        OffHeap.putLong(block + IdTree.ID, ms);
        OffHeap.putLong(block + IdTree.ID + 8, seq);
        OffHeap.putLong(block + TIME, time);
        OffHeap.putLong(block + COUNT, deliveries);
        pending.add(ref);
        return ref;
    }

    /// Gives the group's pending entry to the current consumer.
    private void assign(long ms, long seq, long time, long deliveries) {
        ownConsumer();
        int ref = pending.ref();
        int handle = OffHeap.getInt(consumer + HANDLE);
        int before = handleOf(ref);
        if (before == handle) {
            boolean found = mine.seek(ms, seq);
            assert found;
            mine.replaceRef(ownPending());
        } else {
            if (before != 0) {
                removeFromOwner(ref, ms, seq);
            }
            mine.seek(ms, seq);
            mine.add(ownPending());
        }
        write(pending.ref(), handle, time, deliveries);
    }

    private void write(int ref, int handle, long time, long deliveries) {
        long block = blocks.address(ref);
        OffHeap.putInt(block + OWNER, handle);
        OffHeap.putLong(block + TIME, time);
        OffHeap.putLong(block + COUNT, deliveries);
    }

    /// Notes that the consumer's pending entry was delivered once more.
    public void redeliver(long time) {
        ownConsumer();
        long deliveries = mineDeliveries() + 1;
        boolean found = pending.seek(mineMs(), mineSeq());
        assert found && pending.ref() == mine.ref();
        mine.replaceRef(ownPending());
        write(mine.ref(), OffHeap.getInt(consumer + HANDLE), time, deliveries);
    }

    /// Acknowledges the group's pending entry. O(log n).
    public void acknowledge() {
        own();
        int ref = pending.ref();
        removeFromOwner(ref, pendingMs(), pendingSeq());
        pending.remove();
        blocks.free(ref);
    }

    private void removeFromOwner(int ref, long ms, long seq) {
        int owner = ownerOf(ref);
        IdTree tree = mine;
        if (owner == consumerRef) {
            ownConsumer();
        } else {
            others.open(blocks, blocks.address(ownConsumer(owner)) + MINE);
            tree = others;
        }
        boolean found = tree.seek(ms, seq);
        assert found && tree.ref() == ref;
        tree.remove();
    }

    // ---------------------------------------------------------------- tests

    /// Bytes of the blocks of all groups; those of trees are estimated.
    long usedBytes() {
        long bytes = 0;
        bytes += groups().nodeBytes();
        for (boolean more = first(); more; more = next()) {
            bytes += namedBytes(GROUP_NAME, nameLength()) + pending.nodeBytes() + consumers.nodeBytes()
                + pendingCount() * blocks.blockBytes(PENDING_BYTES);
            for (boolean another = firstConsumer(); another; another = nextConsumer()) {
                bytes += namedBytes(CONSUMER_NAME, consumerNameLength()) + blocks.blockBytes(HANDLE_BYTES) + mine.nodeBytes();
            }
        }
        return bytes;
    }

    private long namedBytes(int fixed, int nameLength) {
        return blocks.blockBytes(fixed + NameTree.insideBytes(nameLength)) + (nameLength > NameTree.INSIDE_MAX ? nameLength : 0);
    }

    /// Walks everything and counts the blocks, nodes of trees included.
    ///
    /// @throws AssertionError when anything is wrong
    long assertValid(RefVisitor node) {
        groups().assertValid();
        groups.forEachNode(node);
        long count = 0;
        for (boolean more = first(); more; more = next()) {
            count += 1 + largeName(nameLength());
            blocks.guardVerify(groupRef);
            pending.assertValid();
            pending.forEachNode(node);
            consumers.assertValid();
            consumers.forEachNode(node);
            long owned = 0;
            for (boolean another = firstConsumer(); another; another = nextConsumer()) {
                count += CONSUMER_BLOCKS + largeName(consumerNameLength());
                blocks.guardVerify(consumerRef);
                mine.assertValid();
                mine.forEachNode(node);
                owned += mine.weight();
                assertMine();
            }
            count += pending.weight();
            StreamBlocks.check(owned == pending.weight(), "pending entries of consumers", owned);
        }
        return count;
    }

    private static int largeName(int length) {
        return length > NameTree.INSIDE_MAX ? 1 : 0;
    }

    private void assertMine() {
        int handle = OffHeap.getInt(consumer + HANDLE);
        StreamBlocks.check(OffHeap.getInt(blocks.address(handle)) == consumerRef, "handle", handle);
        blocks.guardVerify(handle);
        for (boolean more = mine.first(); more; more = mine.next()) {
            blocks.guardVerify(mine.ref());
            StreamBlocks.check(handleOf(mine.ref()) == handle, "consumer of a pending entry", mineMs());
            StreamBlocks.check(pending.seek(mineMs(), mineSeq()) && pending.ref() == mine.ref(), "pending entry", mineMs());
        }
    }
}
