package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// Streams as values of many blocks.
final class StreamBlocks implements BigValues {
    static final StreamBlocks STREAMS = new StreamBlocks();

    /// Nodes whose size is looked at for an estimate.
    private static final int SAMPLED = 16;

    private StreamBlocks() {
    }

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        var nodes = new IdTree();
        nodes.open(blocks, root + StreamValue.NODES);
        if (!nodes.isEmpty() && !nodes.release(budget, ref -> StreamNode.free(blocks, ref))) {
            return false;
        }
        int tail = OffHeap.getInt(root + StreamValue.TAIL);
        if (tail != 0) {
            StreamNode.free(blocks, tail);
            OffHeap.putInt(root + StreamValue.TAIL, 0);
        }
        if (OffHeap.getLong(root + StreamValue.GROUPS) == 0) {
            return true;
        }
        var stream = new StreamValue();
        stream.openRoot(blocks, root);
        stream.changeRoot();
        return stream.groups().release(budget);
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        OffHeap.copy(root, newRoot, StreamValue.ROOT_BYTES);
        Tree.init(newRoot + StreamValue.NODES);
        Tree.init(newRoot + StreamValue.GROUPS);
        OffHeap.putInt(newRoot + StreamValue.TAIL, 0);
        var stream = new StreamValue();
        stream.openRoot(from, root);
        var copy = new StreamValue();
        copy.openRoot(to, newRoot);
        copy.changeRoot();
        var nodes = new IdTree();
        nodes.open(to, newRoot + StreamValue.NODES);
        for (boolean more = stream.firstNode(); more; more = stream.nextNode()) {
            int ref = StreamNode.copy(from, stream.nodeRef(), to, Listpack.bytes(stream.nodeListpack()));
            if (stream.nodeRef() == stream.tail()) {
                OffHeap.putInt(newRoot + StreamValue.TAIL, ref);
            } else {
                nodes.end();
                nodes.insert(Tree.ofUnsigned(stream.nodeMs()), ref);
            }
        }
        copyGroups(stream.groups(), copy.groups());
    }

    private static void copyGroups(StreamGroups from, StreamGroups to) {
        for (boolean more = from.first(); more; more = from.next()) {
            to.create(from.name(), from.nameLength(), from.lastMs(), from.lastSeq(), from.entriesRead());
            for (boolean another = from.firstConsumer(); another; another = from.nextConsumer()) {
                to.createConsumer(from.consumerName(), from.consumerNameLength(), from.seen(), from.active());
                for (boolean entry = from.firstMine(0, 0); entry; entry = from.nextMine()) {
                    to.deliver(from.mineMs(), from.mineSeq(), from.mineTime(), from.mineDeliveries());
                }
            }
        }
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        var stream = new StreamValue();
        stream.openRoot(blocks, root);
        var nodes = new IdTree();
        nodes.open(blocks, root + StreamValue.NODES);
        long bytes = stream.tail() == 0 ? 0 : StreamNode.usedBytes(blocks, stream.tail());
        long sampled = 0;
        int samples = 0;
        for (boolean more = nodes.first(); more && samples < SAMPLED; more = nodes.next()) {
            sampled += StreamNode.usedBytes(blocks, nodes.ref());
            samples++;
        }
        if (samples > 0) {
            bytes += nodes.nodeBytes() + nodes.weight() * sampled / samples;
        }
        return bytes + stream.groups().usedBytes();
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        var stream = new StreamValue();
        stream.openRoot(blocks, root);
        var nodes = new IdTree();
        nodes.open(blocks, root + StreamValue.NODES);
        nodes.assertValid();
        long[] count = new long[1];
        RefVisitor counter = ref -> {
            blocks.guardVerify(ref);
            count[0]++;
        };
        nodes.forEachNode(counter);
        long entries = 0;
        for (boolean more = stream.firstNode(); more; more = stream.nextNode()) {
            int ref = stream.nodeRef();
            long node = blocks.address(ref);
            long lp = stream.nodeListpack();
            blocks.guardVerify(ref);
            count[0] += StreamNode.isOutside(node) ? 2 : 1;
            check(Listpack.bytes(lp) <= StreamNode.capacity(node), "capacity", StreamNode.capacity(node));
            check(Listpack.validate(lp, Listpack.bytes(lp)) >= 0, "listpack", StreamNode.ms(node));
            check(StreamNode.live(lp) > 0, "live entries", StreamNode.live(lp));
            assertCounters(lp);
            entries += StreamNode.live(lp);
        }
        check(entries == stream.length(), "length", stream.length());
        assertEntries(stream);
        long ofGroups = stream.groups().assertValid(counter);
        return ofGroups + count[0];
    }

    private static void assertCounters(long lp) {
        long at = StreamNode.entries(lp);
        long end = Listpack.end(lp);
        int live = 0;
        int deleted = 0;
        while (at < end) {
            if ((Listpack.integer(at) & StreamNode.DELETED) != 0) {
                deleted++;
            } else {
                live++;
            }
            long next = Listpack.skip(at, StreamNode.FIXED);
            int more = (Listpack.integer(at) & StreamNode.SAME_FIELDS) != 0 ? (int) Listpack.integer(StreamNode.masterFields(lp))
                : 2 * (int) Listpack.integer(next) + 1;
            next = Listpack.skip(next, more);
            check(Listpack.integer(next) == more + StreamNode.FIXED, "number of listpack entries", Listpack.integer(next));
            at = Listpack.skip(next);
        }
        check(live == StreamNode.live(lp) && deleted == StreamNode.deleted(lp), "counters", live);
    }

    /// IDs rise, and both directions see the same number of entries.
    private static void assertEntries(StreamValue stream) {
        var range = new StreamRange();
        range.openAll(stream, false);
        long ms = 0;
        long seq = 0;
        long count = 0;
        while (range.next()) {
            check(StreamId.compare(range.ms(), range.seq(), ms, seq) > 0, "order of entries", range.ms());
            ms = range.ms();
            seq = range.seq();
            if (count == 0) {
                check(ms == stream.firstMs() && seq == stream.firstSeq(), "first ID", ms);
            }
            count++;
        }
        check(count == stream.length(), "entries", count);
        check(StreamId.compare(ms, seq, stream.lastMs(), stream.lastSeq()) <= 0, "last ID", ms);
        range.openAll(stream, true);
        while (range.next()) {
            count--;
        }
        check(count == 0, "entries backwards", count);
    }

    static void check(boolean holds, String what, long value) {
        if (!holds) {
            throw new AssertionError("stream: " + what + " is wrong: " + value);
        }
    }
}
