package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.ReplyWriter;

/// A walk over the entries of a stream between two IDs, in either direction, that passes over deleted ones. Reusable; reads
/// the stream as it is, which must not change on the way. HOT.
///
/// ```
/// range.open(stream, 0, 0, StreamId.MAX, StreamId.MAX, false);
/// while (range.next()) { ... range.ms(), range.seq(), range.fields(), range.reply(r) ... }
/// ```
public final class StreamRange {
    private final IdTree tree = new IdTree();
    private final FieldCursor cursor = new FieldCursor();

    private StreamValue stream;
    private Blocks blocks;
    private long startMs;
    private long startSeq;
    private long endMs;
    private long endSeq;
    private boolean reverse;

    // ---- the node, 0 = none
    private int ref;
    private boolean inTail;
    private long lp;
    private long nodeMs;
    private long nodeSeq;
    private long masterFields;
    private long firstEntry;
    /// Forwards: the next entry; backwards: the end of the one before.
    private long at;

    // ---- the entry
    private long entry;
    private int flags;
    private long ms;
    private long seq;
    private int fields;
    private long content;

    /// Begins a walk over the entries from the start to the end, both included.
    ///
    /// @param reverse whether from the end to the start
    public void open(StreamValue stream, long startMs, long startSeq, long endMs, long endSeq, boolean reverse) {
        this.stream = stream;
        this.startMs = startMs;
        this.startSeq = startSeq;
        this.endMs = endMs;
        this.endSeq = endSeq;
        this.reverse = reverse;
        blocks = stream.blocks();
        tree.open(blocks, stream.nodesRoot());
        ref = 0;
        if (StreamId.compare(startMs, startSeq, endMs, endSeq) > 0) {
            return;
        }
        if (reverse) {
            seekFloor(endMs, endSeq);
        } else if (!seekFloor(startMs, startSeq)) {
            seekFirst();
        }
    }

    /// Begins a walk over all entries.
    public void openAll(StreamValue stream, boolean reverse) {
        open(stream, 0, 0, StreamId.MAX, StreamId.MAX, reverse);
    }

    private boolean seekFloor(long soughtMs, long soughtSeq) {
        int tail = stream.tail();
        if (tail != 0) {
            long node = blocks.address(tail);
            if (StreamId.compare(StreamNode.ms(node), StreamNode.seq(node), soughtMs, soughtSeq) <= 0) {
                enter(tail, true);
                return true;
            }
        }
        if (tree.seekFloor(soughtMs, soughtSeq)) {
            enter(tree.ref(), false);
            return true;
        }
        return false;
    }

    private void seekFirst() {
        if (tree.first()) {
            enter(tree.ref(), false);
        } else if (stream.tail() != 0) {
            enter(stream.tail(), true);
        }
    }

    private void enter(int ref, boolean inTail) {
        this.ref = ref;
        this.inTail = inTail;
        long node = blocks.address(ref);
        lp = StreamNode.listpack(node);
        nodeMs = StreamNode.ms(node);
        nodeSeq = StreamNode.seq(node);
        masterFields = StreamNode.masterFields(lp);
        firstEntry = Listpack.skip(masterFields, (int) Listpack.integer(masterFields) + 2);
        at = reverse ? Listpack.end(lp) : firstEntry;
    }

    private boolean nextNode() {
        if (inTail) {
            return false;
        }
        if (tree.next()) {
            enter(tree.ref(), false);
            return true;
        }
        if (stream.tail() == 0) {
            return false;
        }
        enter(stream.tail(), true);
        return true;
    }

    private boolean previousNode() {
        if (inTail ? !tree.last() : !tree.previous()) {
            return false;
        }
        enter(tree.ref(), false);
        return true;
    }

    /// Goes to the next entry; whether there is one.
    public boolean next() {
        return ref != 0 && (reverse ? stepBack() : step());
    }

    private boolean step() {
        do {
            long end = Listpack.end(lp);
            while (at < end) {
                decode(at);
                at = entryEnd();
                if (StreamId.compare(ms, seq, endMs, endSeq) > 0) {
                    ref = 0;
                    return false;
                }
                if ((flags & StreamNode.DELETED) == 0 && StreamId.compare(ms, seq, startMs, startSeq) >= 0) {
                    return true;
                }
            }
        } while (nextNode());
        ref = 0;
        return false;
    }

    private boolean stepBack() {
        do {
            while (at > firstEntry) {
                at = StreamNode.previous(lp, at);
                decode(at);
                if (StreamId.compare(ms, seq, startMs, startSeq) < 0) {
                    ref = 0;
                    return false;
                }
                if ((flags & StreamNode.DELETED) == 0 && StreamId.compare(ms, seq, endMs, endSeq) <= 0) {
                    return true;
                }
            }
        } while (previousNode());
        ref = 0;
        return false;
    }

    private void decode(long p) {
        entry = p;
        flags = (int) Listpack.integer(p);
        long next = Listpack.skip(p);
        ms = nodeMs + Listpack.integer(next);
        next = Listpack.skip(next);
        seq = nodeSeq + Listpack.integer(next);
        next = Listpack.skip(next);
        if (isSameFields()) {
            fields = (int) Listpack.integer(masterFields);
        } else {
            fields = (int) Listpack.integer(next);
            next = Listpack.skip(next);
        }
        content = next;
    }

    private boolean isSameFields() {
        return (flags & StreamNode.SAME_FIELDS) != 0;
    }

    private long entryEnd() {
        return Listpack.skip(content, (isSameFields() ? fields : 2 * fields) + 1);
    }

    // ---------------------------------------------------------------- the entry

    /// The first half of the entry's ID.
    public long ms() {
        return ms;
    }

    /// The second half of the entry's ID.
    public long seq() {
        return seq;
    }

    /// Number of fields.
    public int fields() {
        return fields;
    }

    /// Replies with the ID and the fields and values: an array of two, the second one flat.
    public void reply(ReplyWriter r) {
        r.array(2);
        StreamId.reply(r, ms, seq);
        r.array(2L * fields);
        if (isSameFields()) {
            long name = masterFields;
            long value = content;
            for (int i = 0; i < fields; i++) {
                name = Listpack.skip(name);
                Listpack.reply(name, r);
                Listpack.reply(value, r);
                value = Listpack.skip(value);
            }
        } else {
            long p = content;
            for (int i = 2 * fields; i > 0; i--) {
                Listpack.reply(p, r);
                p = Listpack.skip(p);
            }
        }
    }

    /// The fields of this entry, one after the other.
    public FieldCursor content() {
        cursor.name = isSameFields() ? Listpack.skip(masterFields) : content;
        cursor.value = isSameFields() ? content : Listpack.skip(content);
        cursor.shared = isSameFields();
        cursor.left = fields;
        cursor.fresh = true;
        return cursor;
    }

    /// Where the entry stands in its node's listpack.
    long position() {
        return entry;
    }

    long listpack() {
        return lp;
    }

    /// Goes over the fields of an entry: names and values are entries of a [Listpack].
    public static final class FieldCursor {
        private long name;
        private long value;
        private boolean shared;
        private boolean fresh;
        private int left;

        /// Goes to the next field; whether there is one.
        public boolean next() {
            if (left == 0) {
                return false;
            }
            left--;
            if (fresh) {
                fresh = false;
            } else if (shared) {
                name = Listpack.skip(name);
                value = Listpack.skip(value);
            } else {
                name = Listpack.skip(value);
                value = Listpack.skip(name);
            }
            return true;
        }

        /// The listpack entry with the name.
        public long name() {
            return name;
        }

        /// The listpack entry with the value.
        public long value() {
            return value;
        }
    }
}
