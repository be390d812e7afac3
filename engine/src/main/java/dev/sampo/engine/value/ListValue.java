package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// A list: one listpack as long as it is small (Redis's `list-max-listpack-size`), else a [BigList]. HOT.
///
/// A flyweight for one thread: [#open(Keyspace, long, int, long, long, int)] turns it to the list of a key, and it can be used
/// as long as nobody else changes that key. It holds a cursor that stands on an element ([#seek(long)], [#next()],
/// [#previous()]). Methods that change the list keep it in the form that Redis would have it in; they leave the cursor undefined
/// unless they say where it is then. A list that has become empty is to be deleted by the caller.
public final class ListValue {
    /// What Redis estimates an entry to take besides its text.
    static final int ENTRY_OVERHEAD = 8;

    /// Bytes that a packed list may have under the settings -1 to -5.
    private static final int[] BYTES = {4096, 8192, 16384, 32768, 65536};
    /// The same under settings that limit the number of elements.
    private static final int BYTES_OF_COUNTED = 8192;

    /// From this setting on a chunk is as large as a packed list may be.
    private static final int LIMIT_OF_CHUNKS = -2;

    private final BigList big = new BigList();
    private final long scratch = OffHeap.allocate(Listpack.TEXT_BYTES_MAX + BigList.ROOT_BYTES);

    private Keyspace ks;
    private long key;
    private int keyLength;
    private long hash;
    /// `list-max-listpack-size`
    private int limit;
    private boolean packed;
    /// The listpack, or the root of the big list; 0 while there is no list.
    private long value;

    // ---- the cursor in a packed list
    private long p;
    private long index;

    // ---- what is searched for
    private long wanted;
    private int wantedLength;
    private boolean wantedIsInteger;
    private long wantedInteger;

    /// Turns to the list of a key.
    ///
    /// @param e its entry, 0 = none: pushing makes one
    /// @param limit `list-max-listpack-size`: the largest number of elements of a packed list, or -1 to -5
    public void open(Keyspace ks, long key, int keyLength, long hash, long e, int limit) {
        this.ks = ks;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        this.limit = limit;
        packed = true;
        value = 0;
        if (e != 0) {
            turnTo(e);
        }
    }

    /// Turns to the list of an entry, for reading.
    public void read(Keyspace ks, long e) {
        open(ks, 0, 0, 0, e, 0);
    }

    private void turnTo(long e) {
        assert Entry.type(e) == Type.LIST;
        packed = !Entry.isBig(e);
        value = Entry.valueAddress(e);
        if (!packed) {
            big.open(ks.blocks(), value, limit);
        }
    }

    /// Gives back the memory that the flyweight itself has.
    public void close() {
        big.close();
        OffHeap.free(scratch, Listpack.TEXT_BYTES_MAX + BigList.ROOT_BYTES);
    }

    // ---------------------------------------------------------------- size and form

    /// Number of elements.
    public long count() {
        return value == 0 ? 0 : packed ? Listpack.count(value) : big.count();
    }

    /// Whether the list is one listpack.
    public boolean isPacked() {
        return packed;
    }

    /// Whether a listpack of that size is not allowed.
    ///
    /// @param limit `list-max-listpack-size`
    public static boolean isExceeded(int limit, long bytes, long count) {
        return limit < 0 ? bytes > bytesMax(limit) : bytes > BYTES_OF_COUNTED || count > Math.max(limit, 1);
    }

    private static int bytesMax(int limit) {
        return BYTES[Math.min(-limit, BYTES.length) - 1];
    }

    private void unpackIfExceeded(long moreBytes, int moreElements) {
        long bytes = Listpack.EMPTY_BYTES;
        long count = 0;
        if (value != 0) {
            bytes = Listpack.bytes(value);
            count = Listpack.count(value);
        }
        if (isExceeded(limit, bytes + moreBytes, count + moreElements)) {
            unpack();
        }
    }

    /// Makes the list a big one.
    private void unpack() {
        Blocks blocks = ks.blocks();
        long root = scratch + Listpack.TEXT_BYTES_MAX;
        BigList.init(root);
        big.open(blocks, root, limit);
        long e;
        if (value == 0) {
            e = ks.create(key, keyLength, hash, Type.LIST, Encoding.QUICKLIST, BigList.ROOT_BYTES);
        } else {
            big.fill(value);
            e = ks.replaceValue(key, keyLength, hash, Encoding.QUICKLIST, BigList.ROOT_BYTES);
        }
        OffHeap.copy(root, Entry.valueAddress(e), BigList.ROOT_BYTES);
        turnTo(e);
    }

    /// Packs a big list that has become less than half as large as a packed one may be. As in Redis it must be in one chunk,
    /// unless chunks are smaller than packed lists.
    private void packIfSmall() {
        if (packed || limit >= LIMIT_OF_CHUNKS && !big.isSingle() || limit >= 0 && big.count() > Math.max(limit, 1) / 2) {
            return;
        }
        int bytes = big.packedBytes(limit < 0 ? bytesMax(limit) / 2 : BYTES_OF_COUNTED);
        if (bytes == 0) {
            return;
        }
        long root = scratch + Listpack.TEXT_BYTES_MAX;
        OffHeap.copy(value, root, BigList.ROOT_BYTES);
        big.open(ks.blocks(), root, limit);
        long e = ks.replaceValue(key, keyLength, hash, Encoding.LISTPACK, bytes);
        Listpack.clear(Entry.valueAddress(e));
        big.appendTo(Entry.valueAddress(e));
        big.release(Integer.MAX_VALUE);
        turnTo(e);
    }

    /// Announces changes of a list that exists.
    private void change() {
        long e = ks.change(key, keyLength, hash);
        if (Entry.valueAddress(e) != value) {
            turnTo(e);
        }
    }

    private void resize(int bytes) {
        long e = value == 0 ? ks.create(key, keyLength, hash, Type.LIST, Encoding.LISTPACK, bytes)
            : ks.resizeValue(key, keyLength, hash, bytes);
        boolean fresh = value == 0;
        value = Entry.valueAddress(e);
        if (fresh) {
            Listpack.clear(value);
        }
    }

    // ---------------------------------------------------------------- ends

    /// Puts the arguments from `from` on at the front, one after the other, or behind all others.
    public void push(Args a, int from, boolean atFront) {
        int count = a.count();
        if (packed) {
            long bytes = 0;
            for (int i = from; i < count; i++) {
                bytes += a.length(i);
            }
            unpackIfExceeded(bytes, count - from);
        }
        if (!packed) {
            change();
            for (int i = from; i < count; i++) {
                big.push(a.address(i), a.length(i), atFront);
            }
            return;
        }
        int bytes = value == 0 ? Listpack.EMPTY_BYTES : Listpack.bytes(value);
        for (int i = from; i < count; i++) {
            bytes += Listpack.sizeOf(a.address(i), a.length(i));
        }
        resize(bytes);
        for (int i = from; i < count; i++) {
            pushPacked(a.address(i), a.length(i), atFront);
        }
    }

    /// Puts an element at the front or behind all others.
    public void push(long address, int length, boolean atFront) {
        if (packed) {
            unpackIfExceeded(length, 1);
        }
        if (packed) {
            resize((value == 0 ? Listpack.EMPTY_BYTES : Listpack.bytes(value)) + Listpack.sizeOf(address, length));
            pushPacked(address, length, atFront);
        } else {
            change();
            big.push(address, length, atFront);
        }
    }

    private void pushPacked(long address, int length, boolean atFront) {
        Listpack.insert(value, atFront ? value + Listpack.HEADER_BYTES : Listpack.end(value), address, length);
    }

    /// Answers with the element at one end and removes it.
    public void pop(boolean fromFront, ReplyWriter r) {
        if (packed) {
            p = fromFront ? Listpack.first(value) : Listpack.last(value);
            Listpack.reply(p, r);
            deletePacked(p, Listpack.skip(p), 1);
        } else {
            change();
            big.pop(fromFront, r);
            packIfSmall();
        }
    }

    /// Removes `n` elements, no more than there are, at the front or at the back. O(log n + n of them); the memory of many is
    /// freed later.
    public void drop(long n, boolean atFront) {
        if (n == 0) {
            return;
        }
        if (packed) {
            long first = value + Listpack.HEADER_BYTES;
            if (atFront) {
                deletePacked(first, Listpack.skip(first, (int) n), (int) n);
            } else {
                deletePacked(Listpack.seek(value, -n), Listpack.end(value), (int) n);
            }
            return;
        }
        change();
        long cut = scratch + Listpack.TEXT_BYTES_MAX;
        big.drop(n, atFront, cut);
        ks.discard(Type.LIST, cut, BigList.ROOT_BYTES);
        packIfSmall();
    }

    private void deletePacked(long from, long to, int n) {
        long fromOffset = from - value;
        int bytes = (int) (to - from);
        change();
        long at = value + fromOffset;
        Listpack.deleteRange(value, at, at + bytes, n);
        resize(Listpack.bytes(value));
    }

    // ---------------------------------------------------------------- the cursor

    /// Goes to the element at an index, from behind for negative ones (-1 is the last); whether there is one.
    public boolean seek(long index) {
        if (value == 0) {
            return false;
        }
        long at = index < 0 ? index + count() : index;
        if (!packed) {
            return big.seek(at);
        }
        this.index = at;
        p = at < 0 ? 0 : Listpack.seek(value, at);
        return p != 0;
    }

    /// Number of pieces that a list which is not packed consists of. O(pieces); the cursor is lost.
    public long pieceCount() {
        return big.chunks();
    }

    /// From an element of a list which is not packed, goes to the first one of the next piece; whether there is one.
    public boolean nextPiece() {
        return big.nextChunk();
    }

    /// The piece of the current element of a list which is not packed, as a listpack; 0 if that element is one by itself.
    public long piece() {
        return big.listpack();
    }

    /// Goes to the next element; whether there is one.
    public boolean next() {
        if (!packed) {
            return big.next();
        }
        index++;
        p = Listpack.next(p);
        return p != 0;
    }

    /// Goes to the element before; whether there is one.
    public boolean previous() {
        if (!packed) {
            return big.previous();
        }
        index--;
        p = Listpack.previous(value, p);
        return p != 0;
    }

    /// The current element as an entry of a listpack, or 0 when it is one of the large ones.
    private long entry() {
        return packed ? p : big.entry();
    }

    /// Where the text of the current element lies, until the cursor moves or the list changes.
    public long elementAddress() {
        long entry = entry();
        return entry == 0 ? big.plainAddress() : Listpack.textAddress(entry, scratch);
    }

    public int elementLength() {
        long entry = entry();
        return entry == 0 ? big.plainLength() : Listpack.textLength(entry);
    }

    /// Answers with the current element.
    public void reply(ReplyWriter r) {
        long entry = entry();
        if (entry == 0) {
            r.bulk(big.plainAddress(), big.plainLength());
        } else {
            Listpack.reply(entry, r);
        }
    }

    /// Answers with the current element and those behind it, `n` in all, which exist.
    public void reply(long n, ReplyWriter r) {
        if (packed) {
            Listpack.reply(p, (int) n, r);
        } else {
            big.reply(n, r);
        }
    }

    /// Says what [#isWanted()] compares with.
    public void want(long address, int length) {
        wanted = address;
        wantedLength = length;
        wantedIsInteger = Ascii.isLong(address, length);
        wantedInteger = wantedIsInteger ? Ascii.longValue(address, length) : 0;
    }

    /// Whether the current element is what was wanted.
    public boolean isWanted() {
        long entry = entry();
        if (entry == 0) {
            return big.plainLength() == wantedLength && OffHeap.equals(big.plainAddress(), wanted, wantedLength);
        }
        if (Listpack.isInteger(entry)) {
            return wantedIsInteger && Listpack.integer(entry) == wantedInteger;
        }
        return Listpack.stringLength(entry) == wantedLength
            && OffHeap.equals(Listpack.stringAddress(entry), wanted, wantedLength);
    }

    // ---------------------------------------------------------------- changes in the middle

    /// Replaces the current element.
    public void set(long address, int length) {
        if (packed) {
            unpackAt(length);
        }
        if (packed) {
            long offset = p - value;
            int bytes = Listpack.bytes(value);
            int after = bytes + Listpack.deltaBytes(p, address, length);
            if (after > bytes) {
                resize(after);
            } else {
                change();
            }
            Listpack.replace(value, value + offset, address, length);
            if (after < bytes) {
                resize(after);
            }
        } else {
            changeAt();
            big.set(address, length);
            packIfSmall();
        }
    }

    /// Puts an element before or behind the current one.
    public void insert(boolean behind, long address, int length) {
        if (packed) {
            unpackAt(length);
        }
        if (packed) {
            long offset = (behind ? Listpack.skip(p) : p) - value;
            resize(Listpack.bytes(value) + Listpack.sizeOf(address, length));
            Listpack.insert(value, value + offset, address, length);
        } else {
            changeAt();
            big.insert(behind, address, length);
        }
    }

    /// As [#unpackIfExceeded(long, int)] before an element comes in; the cursor stays.
    private void unpackAt(int length) {
        unpackIfExceeded(length, 1);
        if (!packed) {
            big.seek(index);
        }
    }

    /// As [#change()] for a big list; the cursor stays, since roots do not move then.
    private void changeAt() {
        long e = ks.change(key, keyLength, hash);
        assert Entry.valueAddress(e) == value;
    }

    /// Removes elements that are the wanted one: up to `max` of them (0 = all) from the front, or from the back. O(n). Returns
    /// how many.
    public long removeWanted(long max, boolean fromBack) {
        long most = max == 0 ? Long.MAX_VALUE : max;
        return packed ? removeWantedPacked(most, fromBack) : removeWantedBig(most, fromBack);
    }

    private long removeWantedPacked(long max, boolean fromBack) {
        long removed = 0;
        boolean more = seek(fromBack ? -1 : 0);
        while (more && removed < max) {
            if (!isWanted()) {
                more = fromBack ? previous() : next();
                continue;
            }
            if (removed++ == 0) {
                long offset = p - value;
                change();
                p = value + offset;
            }
            Listpack.delete(value, p, 1);
            if (fromBack) {
                more = previous();
            } else {
                more = OffHeap.getByte(p) != (byte) 0xFF;
            }
        }
        if (removed > 0) {
            resize(Listpack.bytes(value));
        }
        return removed;
    }

    private long removeWantedBig(long max, boolean fromBack) {
        long removed = 0;
        boolean more = big.seek(fromBack ? big.count() - 1 : 0);
        while (more && removed < max) {
            if (isWanted()) {
                if (removed++ == 0) {
                    changeAt();
                }
                more = big.remove(fromBack);
            } else {
                more = fromBack ? big.previous() : big.next();
            }
        }
        if (removed > 0) {
            packIfSmall();
        }
        return removed;
    }
}
