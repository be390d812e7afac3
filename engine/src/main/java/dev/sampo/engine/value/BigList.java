package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// The big form of a list: a sequence of [Chunk]s. Those at the two ends are named by the root, so that elements come and go
/// there without touching anything else; those between them are the items of a [ChunkTree]. HOT.
///
/// ```
/// 0    root of the tree (16)
/// 16   first chunk (4, 0 = none), last chunk (4, 0 = none)
/// 24   number of elements (8)
/// ```
///
/// Either end may be missing: whoever needs it takes it from the tree, or from the other end. A flyweight with a cursor, which
/// stands on an element: which chunk that is in, and where. Changes that are not made at the cursor leave it undefined.
final class BigList {
    static final int ROOT_BYTES = 32;

    private static final int HEAD = 16;
    private static final int TAIL = 20;
    private static final int COUNT = 24;

    /// Where the cursor's chunk is; the value of an end is its place in the root.
    private static final int IN_TREE = 0;

    /// How many chunks of the tree an estimate looks at.
    private static final int SAMPLED_CHUNKS = 64;

    /// So many chunks at each end of the tree stay as they are; others are sealed.
    private static final int OPEN_CHUNKS = 2;
    private static final int SCRATCH_BYTES = ChunkCodec.bytesMax(Chunk.LISTPACK_BYTES_MAX);

    private final ChunkTree tree = new ChunkTree();
    private final ChunkCodec codec = new ChunkCodec();
    private Blocks blocks;
    private long root;
    /// `list-max-listpack-size`
    private int limit;

    // ---- the cursor
    private int place;
    private int ref;
    private long chunk;
    /// Its listpack; of a sealed chunk, a copy.
    private long lp;
    /// Memory for that, and for sealing; 0 until it is needed.
    private long unsealed;
    private long scratch;
    /// The entry, 0 in a plain chunk.
    private long p;
    private long index;

    /// Turns to a list.
    void open(Blocks blocks, long root, int limit) {
        this.blocks = blocks;
        this.root = root;
        this.limit = limit;
        tree.open(blocks, root);
    }

    /// Writes the root of a list without elements.
    static void init(long root) {
        Tree.init(root);
        OffHeap.putLong(root + HEAD, 0);
        OffHeap.putLong(root + COUNT, 0);
    }

    // ---------------------------------------------------------------- size

    long count() {
        return OffHeap.getLong(root + COUNT);
    }

    private void addCount(long more) {
        OffHeap.putLong(root + COUNT, count() + more);
    }

    private int end(int which) {
        return OffHeap.getInt(root + which);
    }

    private void end(int which, int ref) {
        OffHeap.putInt(root + which, ref);
    }

    private int countOf(int ref) {
        return Chunk.count(blocks.address(ref));
    }

    /// Whether there is one chunk at most. The cursor is lost.
    boolean isSingle() {
        if (tree.isEmpty()) {
            return end(HEAD) == 0 || end(TAIL) == 0;
        }
        return end(HEAD) == 0 && end(TAIL) == 0 && tree.first() && !tree.next();
    }

    /// The bytes of a listpack with all elements; 0 if there are none, one is plain, or it would be more than `max`.
    int packedBytes(int max) {
        int bytes = Listpack.EMPTY_BYTES;
        boolean more = seek(0);
        if (!more || count() > max) {
            return 0;
        }
        while (more) {
            if (Chunk.isPlain(chunk)) {
                return 0;
            }
            bytes += Listpack.bytes(lp) - Listpack.EMPTY_BYTES;
            if (bytes > max) {
                return 0;
            }
            more = nextChunk();
        }
        return bytes;
    }

    /// Puts all elements, for which there is room, behind those of a listpack.
    void appendTo(long target) {
        for (boolean more = seek(0); more; more = nextChunk()) {
            Listpack.insertEntries(target, Listpack.end(target), lp + Listpack.HEADER_BYTES,
                Listpack.bytes(lp) - Listpack.EMPTY_BYTES, Listpack.count(lp));
        }
    }

    /// Puts the entries of a listpack into this list, which is empty.
    void fill(long source) {
        long end = Listpack.end(source);
        long p = source + Listpack.HEADER_BYTES;
        while (p != end) {
            long from = p;
            int n = 0;
            while (p != end && Listpack.skip(p) - from + Listpack.EMPTY_BYTES <= Chunk.LISTPACK_BYTES_MAX) {
                p = Listpack.skip(p);
                n++;
            }
            if (n == 0) {
                // No chunk has room for it.
                push(Listpack.stringAddress(p), Listpack.stringLength(p), false);
                p = Listpack.skip(p);
            } else {
                pushChunk(Chunk.ofEntries(blocks, from, (int) (p - from), n), false);
                addCount(n);
            }
        }
    }

    // ---------------------------------------------------------------- the cursor

    /// Goes to an element, if it exists.
    boolean seek(long index) {
        if (index < 0 || index >= count()) {
            return false;
        }
        this.index = index;
        long rest = index;
        int head = end(HEAD);
        if (head != 0) {
            int inHead = countOf(head);
            if (rest < inHead) {
                enter(HEAD, head, (int) rest);
                return true;
            }
            rest -= inHead;
        }
        if (tree.seekRank(rest)) {
            enter(IN_TREE, tree.ref(), (int) tree.offset());
        } else {
            enter(TAIL, end(TAIL), (int) (rest - tree.weight()));
        }
        return true;
    }

    private void enter(int place, int ref, int within) {
        this.place = place;
        this.ref = ref;
        chunk = blocks.address(ref);
        if (Chunk.isPlain(chunk)) {
            p = 0;
            return;
        }
        lp = Chunk.isSealed(chunk) ? unseal() : Chunk.listpack(chunk);
        p = Listpack.seek(lp, within);
    }

    private long unseal() {
        if (unsealed == 0) {
            unsealed = OffHeap.allocate(Chunk.LISTPACK_BYTES_MAX);
        }
        Chunk.unseal(chunk, unsealed);
        return unsealed;
    }

    /// Gives back the memory that the flyweight itself has.
    void close() {
        OffHeap.free(unsealed, Chunk.LISTPACK_BYTES_MAX);
        OffHeap.free(scratch, SCRATCH_BYTES);
        unsealed = 0;
        scratch = 0;
    }

    /// Goes to the element behind; whether there is one.
    boolean next() {
        index++;
        if (p != 0) {
            p = Listpack.next(p);
            if (p != 0) {
                return true;
            }
        }
        return nextChunk();
    }

    /// Goes to the element before; whether there is one.
    boolean previous() {
        index--;
        if (p != 0) {
            p = Listpack.previous(lp, p);
            if (p != 0) {
                return true;
            }
        }
        return previousChunk();
    }

    /// Goes to the first element of the next chunk; the index is up to the caller.
    boolean nextChunk() {
        if (place == HEAD && tree.first() || place == IN_TREE && tree.next()) {
            enter(IN_TREE, tree.ref(), 0);
            return true;
        }
        if (place != TAIL && end(TAIL) != 0) {
            enter(TAIL, end(TAIL), 0);
            return true;
        }
        return false;
    }

    /// The listpack of the current chunk, until the cursor moves to another one; 0 if it is plain.
    long listpack() {
        return Chunk.isPlain(chunk) ? 0 : lp;
    }

    /// Number of chunks. O(chunks); the cursor is lost.
    long chunks() {
        long chunks = (end(HEAD) != 0 ? 1 : 0) + (end(TAIL) != 0 ? 1 : 0);
        for (boolean more = tree.first(); more; more = tree.next()) {
            chunks++;
        }
        return chunks;
    }

    private boolean previousChunk() {
        if (place == TAIL && tree.last() || place == IN_TREE && tree.previous()) {
            enter(IN_TREE, tree.ref(), -1);
            return true;
        }
        if (place != HEAD && end(HEAD) != 0) {
            enter(HEAD, end(HEAD), -1);
            return true;
        }
        return false;
    }

    /// The current element as an entry of a listpack, 0 if it is plain.
    long entry() {
        return p;
    }

    long plainAddress() {
        return Chunk.plainAddress(chunk);
    }

    int plainLength() {
        return Chunk.plainLength(chunk);
    }

    /// Answers with the current element and those behind it, `n` in all, which exist.
    void reply(long n, ReplyWriter r) {
        long left = n;
        while (true) {
            if (p == 0) {
                r.bulk(plainAddress(), plainLength());
                left--;
            } else {
                left -= Listpack.reply(p, (int) Math.min(left, Integer.MAX_VALUE), r);
            }
            if (left == 0) {
                return;
            }
            nextChunk();
        }
    }

    // ---------------------------------------------------------------- ends

    /// Puts an element at the front or behind all others.
    void push(long address, int length, boolean atFront) {
        addCount(1);
        int size = Listpack.sizeOf(address, length);
        if (isLarge(size)) {
            pushChunk(Chunk.plain(blocks, address, length), atFront);
            return;
        }
        int which = atFront ? HEAD : TAIL;
        int ref = reach(which);
        if (ref == 0 || !allows(blocks.address(ref), length, size)) {
            ref = Chunk.create(blocks, size, atFront);
            pushChunk(ref, atFront);
        } else {
            ref = Chunk.open(blocks, ref, size, atFront);
            end(which, ref);
        }
        long at = blocks.address(ref);
        if (atFront) {
            Chunk.prepend(at, address, length);
        } else {
            Listpack.append(Chunk.listpack(at), address, length);
        }
    }

    private static boolean isLarge(int size) {
        return Listpack.EMPTY_BYTES + size > Chunk.LISTPACK_BYTES_MAX;
    }

    /// Whether one more element may go into a chunk.
    private boolean allows(long chunk, int length, int size) {
        if (Chunk.isPlain(chunk)) {
            return false;
        }
        long lp = Chunk.listpack(chunk);
        int bytes = Listpack.bytes(lp);
        return bytes + size <= Chunk.LISTPACK_BYTES_MAX
            && !ListValue.isExceeded(limit, (long) bytes + length + ListValue.ENTRY_OVERHEAD, Listpack.count(lp) + 1);
    }

    /// Makes a chunk the first or the last one; the one that was it goes into the tree.
    private void pushChunk(int ref, boolean atFront) {
        int which = atFront ? HEAD : TAIL;
        int old = end(which);
        if (old != 0) {
            int trimmed = Chunk.trim(blocks, old);
            if (atFront) {
                tree.prepend(trimmed, countOf(trimmed));
            } else {
                tree.append(trimmed, countOf(trimmed));
            }
            sealInner(atFront);
        }
        end(which, ref);
    }

    /// A chunk has come to one end of the tree, where the cursor of that is: seals the one that now lies deeper inside.
    private void sealInner(boolean atFront) {
        for (int i = 0; i < OPEN_CHUNKS; i++) {
            if (!(atFront ? tree.next() : tree.previous())) {
                return;
            }
        }
        if (scratch == 0) {
            scratch = OffHeap.allocate(SCRATCH_BYTES);
        }
        tree.replaceRef(Chunk.seal(blocks, tree.ref(), codec, scratch));
    }

    /// Answers with the element at one end, which exists, and removes it.
    void pop(boolean atFront, ReplyWriter r) {
        addCount(-1);
        int which = atFront ? HEAD : TAIL;
        int ref = reach(which);
        long at = blocks.address(ref);
        if (Chunk.isPlain(at)) {
            r.bulk(Chunk.plainAddress(at), Chunk.plainLength(at));
        } else {
            long lp = Chunk.listpack(at);
            Listpack.reply(atFront ? Listpack.first(lp) : Listpack.last(lp), r);
            if (Listpack.count(lp) > 1) {
                end(which, Chunk.open(blocks, ref, 0, false));
                Chunk.deleteEnd(blocks.address(end(which)), atFront);
                return;
            }
        }
        Chunk.free(blocks, ref);
        end(which, 0);
    }

    /// The chunk at one end, 0 in an empty list.
    private int reach(int which) {
        int ref = end(which);
        return ref != 0 ? ref : reachSlow(which);
    }

    private int reachSlow(int which) {
        int ref;
        if (which == HEAD ? tree.first() : tree.last()) {
            ref = tree.ref();
            tree.remove();
            if (Chunk.isSealed(blocks.address(ref))) {
                ref = Chunk.open(blocks, ref, 0, which == HEAD);
            }
        } else {
            int other = HEAD + TAIL - which;
            ref = end(other);
            end(other, 0);
        }
        end(which, ref);
        return ref;
    }

    /// Removes `n` elements, all of which exist, at the front or at the back. O(log n + chunks removed).
    ///
    /// @param cut where to write the root of what there is to free besides; it is empty or consists of chunks of the tree
    void drop(long n, boolean atFront, long cut) {
        init(cut);
        addCount(-n);
        int which = atFront ? HEAD : TAIL;
        long left = dropFrom(which, n);
        if (left == 0) {
            return;
        }
        long inTree = tree.weight();
        if (left < inTree) {
            tree.seekRank(atFront ? left : inTree - left);
            int offset = (int) tree.offset();
            if (atFront) {
                tree.cutBefore(cut);
                left = offset;
            } else {
                left = cutBack(cut, offset);
            }
        } else if (inTree > 0) {
            tree.end();
            tree.cutBefore(cut);
            left -= inTree;
        }
        if (left > 0) {
            reach(which);
            dropFrom(which, left);
        }
    }

    /// Cuts off what lies behind the tree's item, of which the first `offset` elements stay; returns how many of it go.
    private long cutBack(long cut, int offset) {
        if (offset == 0) {
            tree.cutFrom(cut);
            return 0;
        }
        int gone = tree.itemWeight() - offset;
        if (tree.next()) {
            tree.cutFrom(cut);
        }
        return gone;
    }

    /// Removes up to `n` elements of the chunk that is an end now; returns how many are left to remove.
    private long dropFrom(int which, long n) {
        int ref = end(which);
        if (ref == 0) {
            return n;
        }
        int count = countOf(ref);
        if (n >= count) {
            Chunk.free(blocks, ref);
            end(which, 0);
            return n - count;
        }
        ref = Chunk.open(blocks, ref, 0, false);
        end(which, ref);
        long at = blocks.address(ref);
        long lp = Chunk.listpack(at);
        if (which == HEAD) {
            long first = lp + Listpack.HEADER_BYTES;
            Chunk.delete(at, first, Listpack.skip(first, (int) n), (int) n);
        } else {
            Listpack.deleteRange(lp, Listpack.seek(lp, -n), Listpack.end(lp), (int) n);
        }
        return 0;
    }

    // ---------------------------------------------------------------- changes at the cursor

    /// Removes the current element. The one behind or, when going backwards, the one before it is the current one then;
    /// whether there is one.
    boolean remove(boolean backwards) {
        long at = index;
        addCount(-1);
        if (p == 0 || Chunk.count(chunk) == 1) {
            removeChunk();
            return seek(backwards ? at - 1 : at);
        }
        open(0, false);
        p = Chunk.delete(chunk, p, Listpack.skip(p), 1);
        lp = Chunk.listpack(chunk);
        weigh(-1);
        if (backwards) {
            return previous();
        }
        return OffHeap.getByte(p) != (byte) 0xFF || nextChunk();
    }

    private void removeChunk() {
        Chunk.free(blocks, ref);
        if (place == IN_TREE) {
            tree.remove();
        } else {
            end(place, 0);
        }
    }

    /// As [Chunk#open(Blocks, int, int, boolean)] for the cursor's chunk.
    private void open(int bytes, boolean atFront) {
        long offset = p - lp;
        refer(Chunk.open(blocks, ref, bytes, atFront));
        lp = Chunk.listpack(chunk);
        p = lp + offset;
    }

    private void refer(int fresh) {
        if (fresh != ref) {
            ref = fresh;
            chunk = blocks.address(fresh);
            if (place == IN_TREE) {
                tree.replaceRef(fresh);
            } else {
                end(place, fresh);
            }
        }
    }

    /// Tells the tree how many elements more the cursor's chunk has.
    private void weigh(int more) {
        if (place == IN_TREE) {
            tree.replace(0, ref, tree.itemWeight() + more);
        }
    }

    /// Replaces the current element. The cursor is undefined afterwards.
    void set(long address, int length) {
        int size = Listpack.sizeOf(address, length);
        if (p != 0 && !isLarge(size)) {
            int more = size - Listpack.entryBytes(p);
            if (Listpack.bytes(lp) + more <= Chunk.LISTPACK_BYTES_MAX) {
                open(Math.max(more, 0), false);
                Listpack.replace(lp, p, address, length);
                return;
            }
        }
        long at = index;
        insert(true, address, length);
        seek(at);
        remove(false);
    }

    /// Puts an element before or behind the current one. The cursor is undefined afterwards.
    void insert(boolean behind, long address, int length) {
        int size = Listpack.sizeOf(address, length);
        boolean small = !isLarge(size);
        openSealed();
        if (small && allows(chunk, length, size)) {
            addCount(1);
            insertHere(behind ? Listpack.skip(p) : p, address, length, size);
        } else if (p != 0 && splits(behind)) {
            long left = behind ? index : index - 1;
            split(behind ? Listpack.skip(p) : p);
            seek(left);
            insert(true, address, length);
        } else {
            insertBetween(behind, address, length, size, small);
        }
    }

    private void openSealed() {
        if (p != 0 && Chunk.isSealed(chunk)) {
            open(0, false);
        }
    }

    /// Whether the place before or behind the current element lies inside its chunk.
    private boolean splits(boolean behind) {
        return behind ? Listpack.skip(p) != Listpack.end(lp) : p != lp + Listpack.HEADER_BYTES;
    }

    private void insertHere(long before, long address, int length, int size) {
        p = before;
        open(size, false);
        Listpack.insert(lp, p, address, length);
        weigh(1);
    }

    /// Puts an element between the current chunk and its neighbour: into that, if it has room, else into a chunk of its own.
    private void insertBetween(boolean behind, long address, int length, int size, boolean small) {
        long at = index;
        addCount(1);
        if (small && (behind ? nextChunk() : previousChunk()) && !Chunk.isSealed(chunk) && allows(chunk, length, size)) {
            insertHere(behind ? lp + Listpack.HEADER_BYTES : Listpack.end(lp), address, length, size);
            return;
        }
        seek(at);
        int fresh;
        if (small) {
            fresh = Chunk.create(blocks, size, false);
            Listpack.append(Chunk.listpack(blocks.address(fresh)), address, length);
        } else {
            fresh = Chunk.plain(blocks, address, length);
        }
        insertChunk(behind, fresh);
    }

    /// Moves what begins at `boundary`, inside of the current chunk, to a chunk of its own behind that.
    private void split(long boundary) {
        long end = Listpack.end(lp);
        int n = 0;
        for (long at = boundary; at != end; at = Listpack.skip(at)) {
            n++;
        }
        int right = Chunk.ofEntries(blocks, boundary, (int) (end - boundary), n);
        p = boundary;
        open(0, false);
        Listpack.deleteRange(lp, p, Listpack.end(lp), n);
        refer(Chunk.trim(blocks, ref));
        weigh(-n);
        insertChunk(true, right);
    }

    /// Puts a chunk before or behind the current one.
    private void insertChunk(boolean behind, int fresh) {
        int count = countOf(fresh);
        if (place == HEAD && behind) {
            tree.prepend(fresh, count);
        } else if (place == TAIL && !behind) {
            tree.append(fresh, count);
        } else if (place != IN_TREE) {
            pushChunk(fresh, place == HEAD);
        } else {
            if (behind) {
                tree.next();
            }
            tree.insert(0, fresh, count);
        }
    }

    // ---------------------------------------------------------------- everything

    /// Frees about `budget` chunks of a list that nobody needs any more; whether nothing is left.
    boolean release(int budget) {
        for (int which = HEAD; which <= TAIL; which += TAIL - HEAD) {
            if (end(which) != 0) {
                Chunk.free(blocks, end(which));
                end(which, 0);
            }
        }
        return tree.release(budget, each -> Chunk.free(blocks, each));
    }

    /// Puts copies of all chunks of another list into this one, which is empty.
    void copy(BigList from) {
        if (from.end(HEAD) != 0) {
            pushChunk(Chunk.copy(from.blocks, from.end(HEAD), blocks), false);
        }
        for (boolean more = from.tree.first(); more; more = from.tree.next()) {
            pushChunk(Chunk.copy(from.blocks, from.tree.ref(), blocks), false);
        }
        if (from.end(TAIL) != 0) {
            pushChunk(Chunk.copy(from.blocks, from.end(TAIL), blocks), false);
        }
        // Whatever comes last is an end now, and those are open.
        if (Chunk.isSealed(blocks.address(end(TAIL)))) {
            end(TAIL, Chunk.open(blocks, end(TAIL), 0, false));
        }
        addCount(from.count());
    }

    /// Bytes of all blocks, estimated from those at the ends when there are many.
    long usedBytes() {
        long bytes = tree.nodeBytes();
        long ends = 0;
        for (int which = HEAD; which <= TAIL; which += TAIL - HEAD) {
            if (end(which) != 0) {
                bytes += Chunk.usedBytes(blocks, blocks.address(end(which)));
                ends += countOf(end(which));
            }
        }
        return bytes + treeBytes(count() - ends);
    }

    private long treeBytes(long elements) {
        long sampled = 0;
        long bytes = 0;
        int chunks = 0;
        for (boolean more = tree.first(); more && chunks < SAMPLED_CHUNKS; more = tree.next()) {
            bytes += Chunk.usedBytes(blocks, blocks.address(tree.ref()));
            sampled += tree.itemWeight();
            chunks++;
        }
        return sampled == elements ? bytes : (long) ((double) bytes / sampled * elements);
    }

    /// Walks everything; returns the number of blocks.
    ///
    /// @throws AssertionError when anything is wrong
    long assertValid() {
        long elements = tree.weight();
        long found = tree.assertValid();
        for (boolean more = tree.first(); more; more = tree.next()) {
            found += Chunk.assertValid(blocks, tree.ref());
            if (countOf(tree.ref()) != tree.itemWeight()) {
                throw new AssertionError("weight of a chunk: " + tree.itemWeight());
            }
        }
        for (int which = HEAD; which <= TAIL; which += TAIL - HEAD) {
            if (end(which) != 0) {
                found += Chunk.assertValid(blocks, end(which));
                elements += countOf(end(which));
            }
        }
        if (elements != count()) {
            throw new AssertionError("number of elements: " + count() + " instead of " + elements);
        }
        return found;
    }
}
