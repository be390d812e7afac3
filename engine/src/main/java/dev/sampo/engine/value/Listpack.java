package dev.sampo.engine.value;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Redis's listpack, byte for byte: a sequence of byte strings in one run of memory, so that a packed value can be dumped
/// and restored as it is. HOT.
///
/// ```
/// listpack   bytes of it all (4), number of entries (2; 65535 = count them), entries, 0xFF
/// entry      encoding and data, then the length of those two, written so that it can be read from behind
///
/// 0xxxxxxx                    0..127
/// 10llllll  bytes             string of up to 63 bytes
/// 110xxxxx xxxxxxxx           integer of 13 bits
/// 1110llll llllllll  bytes    string of up to 4095 bytes
/// 11110000 length 4  bytes    string of up to 2^32-1 bytes
/// 11110001/2/3/4              integer of 2, 3, 4 or 8 bytes
/// ```
///
/// All numbers are little-endian but for the split ones, whose high bits come first. A string that is an integer in
/// canonical form is held as that integer.
///
/// Methods take the address of a listpack (`lp`) or of an entry of it (`p`; 0 stands for "no entry"). Nothing here
/// allocates: the owner of the memory makes sure that a listpack that grows has room for it (`bytes(lp)` plus the size of what
/// comes in) and, when it moves the listpack for that, computes `p` anew. Reading believes what it reads;
/// bytes from elsewhere go through [#validate(long, long)] first.
///
/// Source of the format: https://github.com/antirez/listpack/blob/master/listpack.md
public final class Listpack {
    /// Bytes before the first entry.
    public static final int HEADER_BYTES = 6;
    /// Bytes of a listpack without entries.
    public static final int EMPTY_BYTES = HEADER_BYTES + 1;
    /// No listpack grows beyond this, whatever the settings allow.
    public static final int BYTES_MAX = 1 << 30;
    /// Bytes that the text of any integer entry fits in.
    public static final int TEXT_BYTES_MAX = Ascii.LONG_LENGTH_MAX;

    private static final int COUNT_UNKNOWN = 0xFFFF;
    private static final int COUNT_AT = 4;
    private static final byte END = (byte) 0xFF;

    private static final int STRING_6 = 0x80;
    private static final int INT_13 = 0xC0;
    private static final int STRING_12 = 0xE0;
    private static final int STRING_32 = 0xF0;
    private static final int INT_16 = 0xF1;
    private static final int INT_24 = 0xF2;
    private static final int INT_32 = 0xF3;
    private static final int INT_64 = 0xF4;

    private static final int STRING_6_MAX = 63;
    private static final int STRING_12_MAX = 4095;

    private Listpack() {
    }

    // ---------------------------------------------------------------- the whole

    /// Writes a listpack without entries, of [#EMPTY_BYTES].
    public static void clear(long lp) {
        OffHeap.putInt(lp, EMPTY_BYTES);
        OffHeap.putShort(lp + COUNT_AT, (short) 0);
        OffHeap.putByte(lp + HEADER_BYTES, END);
    }

    /// Bytes of the whole listpack.
    public static int bytes(long lp) {
        return OffHeap.getInt(lp);
    }

    /// Number of entries. O(1) up to 65534 entries, else O(entries).
    public static int count(long lp) {
        int count = OffHeap.getShort(lp + COUNT_AT) & 0xFFFF;
        return count != COUNT_UNKNOWN ? count : countSlow(lp);
    }

    private static int countSlow(long lp) {
        int count = 0;
        for (long p = first(lp); p != 0; p = next(p)) {
            count++;
        }
        return count;
    }

    public static boolean isEmpty(long lp) {
        return bytes(lp) == EMPTY_BYTES;
    }

    // ---------------------------------------------------------------- walking

    /// The first entry, or 0.
    public static long first(long lp) {
        return OffHeap.getByte(lp + HEADER_BYTES) == END ? 0 : lp + HEADER_BYTES;
    }

    /// The last entry, or 0.
    public static long last(long lp) {
        return previous(lp, end(lp));
    }

    /// Where an entry behind the last one would begin.
    public static long end(long lp) {
        return lp + bytes(lp) - 1;
    }

    /// The entry behind `p`, or 0.
    public static long next(long p) {
        long next = skip(p);
        return OffHeap.getByte(next) == END ? 0 : next;
    }

    /// The end of entry `p`: the next entry, or [#end(long)].
    public static long skip(long p) {
        return p + entryBytes(p);
    }

    /// The end of the last of `n` entries from `p` on, all of which exist.
    public static long skip(long p, int n) {
        long at = p;
        for (int i = 0; i < n; i++) {
            at = skip(at);
        }
        return at;
    }

    /// The entry before `p`, which is an entry or [#end(long)], or 0.
    public static long previous(long lp, long p) {
        if (p == lp + HEADER_BYTES) {
            return 0;
        }
        int last = OffHeap.getByte(p - 1);
        if (last >= 0) {
            return p - 1 - last;
        }
        return previousSlow(p);
    }

    private static long previousSlow(long p) {
        int length = 0;
        int shift = 0;
        long at = p;
        int b;
        do {
            b = OffHeap.getByte(--at);
            length |= (b & 0x7F) << shift;
            shift += 7;
        } while (b < 0);
        return at - length;
    }

    /// The entry at an index, from behind for negative ones (-1 is the last), or 0. Walks from the nearer end.
    public static long seek(long lp, long index) {
        int count = OffHeap.getShort(lp + COUNT_AT) & 0xFFFF;
        if (count == COUNT_UNKNOWN) {
            return seekUncounted(lp, index);
        }
        long i = index < 0 ? index + count : index;
        if (i < 0 || i >= count) {
            return 0;
        }
        if (i <= count >>> 1) {
            return skip(lp + HEADER_BYTES, (int) i);
        }
        long p = end(lp);
        for (long left = count - i; left > 0; left--) {
            p = previous(lp, p);
        }
        return p;
    }

    private static long seekUncounted(long lp, long index) {
        long p = index < 0 ? last(lp) : first(lp);
        for (long left = index < 0 ? -(index + 1) : index; left > 0 && p != 0; left--) {
            p = index < 0 ? previous(lp, p) : next(p);
        }
        return p;
    }

    // ---------------------------------------------------------------- one entry

    /// Bytes of an entry with everything that belongs to it.
    public static int entryBytes(long p) {
        int b = OffHeap.getByte(p);
        if (b >= 0) {
            return 2;
        }
        if (b < (byte) INT_13) {
            int bytes = 1 + (b & STRING_6_MAX);
            return bytes + 1;
        }
        return withLength(dataBytes(p, b & 0xFF));
    }

    /// Bytes of encoding and data of an entry that is no small number or short string.
    private static int dataBytes(long p, int b) {
        if (b < STRING_12) {
            return 2;
        }
        if (b < STRING_32) {
            return 2 + ((b & 0xF) << 8 | OffHeap.getByte(p + 1) & 0xFF);
        }
        return switch (b) {
            case STRING_32 -> 5 + OffHeap.getInt(p + 1);
            case INT_16 -> 3;
            case INT_24 -> 4;
            case INT_32 -> 5;
            default -> 9;
        };
    }

    /// Bytes of encoding and data together with those that their length takes. The limits are one less than they could
    /// be, as in Redis.
    private static int withLength(int bytes) {
        if (bytes <= 127) {
            return bytes + 1;
        }
        if (bytes < 16383) {
            return bytes + 2;
        }
        return bytes + (bytes < 2097151 ? 3 : bytes < 268435455 ? 4 : 5);
    }

    /// Whether an entry is held as an integer.
    public static boolean isInteger(long p) {
        int b = OffHeap.getByte(p);
        return b >= 0 || (b & 0xE0) == INT_13 || (b & 0xFF) > STRING_32;
    }

    /// The value of an entry for which [#isInteger(long)] holds.
    public static long integer(long p) {
        int b = OffHeap.getByte(p);
        if (b >= 0) {
            return b;
        }
        return switch (b & 0xFF) {
            case INT_16 -> OffHeap.getShort(p + 1);
            case INT_24 -> OffHeap.getShort(p + 1) & 0xFFFF | OffHeap.getByte(p + 3) << 16;
            case INT_32 -> OffHeap.getInt(p + 1);
            case INT_64 -> OffHeap.getLong(p + 1);
            default -> (b << 8 | OffHeap.getByte(p + 1) & 0xFF) << 19 >> 19;
        };
    }

    /// Where the bytes of a string entry lie.
    public static long stringAddress(long p) {
        int b = OffHeap.getByte(p) & 0xFF;
        return p + (b < INT_13 ? 1 : b < STRING_32 ? 2 : 5);
    }

    /// Length of a string entry in bytes.
    public static int stringLength(long p) {
        int b = OffHeap.getByte(p) & 0xFF;
        if (b < INT_13) {
            return b & STRING_6_MAX;
        }
        return b < STRING_32 ? (b & 0xF) << 8 | OffHeap.getByte(p + 1) & 0xFF : OffHeap.getInt(p + 1);
    }

    /// Where the text of an entry lies: its bytes, or its number written to `scratch`, of [#TEXT_BYTES_MAX].
    public static long textAddress(long p, long scratch) {
        if (isInteger(p)) {
            Ascii.writeLong(scratch, integer(p));
            return scratch;
        }
        return stringAddress(p);
    }

    /// Length of the text of an entry.
    public static int textLength(long p) {
        return isInteger(p) ? Ascii.longLength(integer(p)) : stringLength(p);
    }

    /// Answers with the text of an entry as a bulk string.
    public static void reply(long p, ReplyWriter r) {
        if (isInteger(p)) {
            r.bulkInteger(integer(p));
        } else {
            r.bulk(stringAddress(p), stringLength(p));
        }
    }

    /// Answers with the texts of up to `n` entries from `p` on, as far as there are any; returns how many.
    public static int reply(long p, int n, ReplyWriter r) {
        long at = p;
        int i = 0;
        for (; i < n; i++) {
            int b = OffHeap.getByte(at);
            if ((b & 0xC0) == STRING_6) {
                int length = b & STRING_6_MAX;
                r.bulk(at + 1, length);
                at += length + 2;
                continue;
            }
            if (b == END) {
                break;
            }
            reply(at, r);
            at = skip(at);
        }
        return i;
    }

    // ---------------------------------------------------------------- searching

    /// Whether the text of an entry is these bytes.
    public static boolean equals(long p, long address, int length) {
        if (isInteger(p)) {
            return Ascii.isLong(address, length) && Ascii.longValue(address, length) == integer(p);
        }
        return stringLength(p) == length && OffHeap.equals(stringAddress(p), address, length);
    }

    /// The first entry from `p` on (0 = none) whose text is these bytes, or 0; `skip` entries behind each that is looked at are
    /// passed over (1 looks at every other).
    public static long find(long p, long address, int length, int skip) {
        if (p == 0 || OffHeap.getByte(p) == END) {
            return 0;
        }
        return Ascii.isLong(address, length) ? findInteger(p, address, length, skip) : findString(p, address, length, skip);
    }

    private static long findString(long p, long address, int length, int skip) {
        long at = p;
        while (OffHeap.getByte(at) != END) {
            int b = OffHeap.getByte(at);
            boolean here = (b & 0xC0) == STRING_6
                ? (b & STRING_6_MAX) == length && OffHeap.equals(at + 1, address, length)
                : b < 0 && !isInteger(at) && stringLength(at) == length && OffHeap.equals(stringAddress(at), address, length);
            if (here) {
                return at;
            }
            at = skipWithin(skip(at), skip);
        }
        return 0;
    }

    private static long findInteger(long p, long address, int length, int skip) {
        long wanted = Ascii.longValue(address, length);
        long at = p;
        while (OffHeap.getByte(at) != END) {
            // A listpack from elsewhere may hold an integer as a string.
            boolean here = isInteger(at) ? integer(at) == wanted
                : stringLength(at) == length && OffHeap.equals(stringAddress(at), address, length);
            if (here) {
                return at;
            }
            at = skipWithin(skip(at), skip);
        }
        return 0;
    }

    private static long skipWithin(long p, int n) {
        long at = p;
        for (int i = 0; i < n && OffHeap.getByte(at) != END; i++) {
            at = skip(at);
        }
        return at;
    }

    // ---------------------------------------------------------------- sizes

    /// Bytes of the entry that these bytes make.
    public static int sizeOf(long address, int length) {
        return Ascii.isLong(address, length) ? sizeOf(Ascii.longValue(address, length)) : stringSize(length);
    }

    /// Bytes of an entry for a string that is no integer.
    public static int stringSize(int length) {
        return withLength(length + (length <= STRING_6_MAX ? 1 : length <= STRING_12_MAX ? 2 : 5));
    }

    /// Bytes of the entry that an integer makes.
    public static int sizeOf(long value) {
        if (value >= 0 && value <= 127) {
            return 2;
        }
        if (value >= -4096 && value <= 4095) {
            return 3;
        }
        if (value == (short) value) {
            return 4;
        }
        return value << 40 >> 40 == value ? 5 : value == (int) value ? 6 : 10;
    }

    /// By how many bytes a listpack grows (or, negative, shrinks) when entry `p` becomes these bytes.
    public static int deltaBytes(long p, long address, int length) {
        return sizeOf(address, length) - entryBytes(p);
    }

    /// By how many bytes a listpack grows (or, negative, shrinks) when entry `p` becomes this integer.
    public static int deltaBytes(long p, long value) {
        return sizeOf(value) - entryBytes(p);
    }

    // ---------------------------------------------------------------- changing

    /// Puts these bytes as an entry before `p`, which is an entry or [#end(long)]; the new entry is then at `p`.
    public static void insert(long lp, long p, long address, int length) {
        if (Ascii.isLong(address, length)) {
            insert(lp, p, Ascii.longValue(address, length));
            return;
        }
        open(lp, p, 0, stringSize(length), 1);
        putString(p, address, length);
    }

    /// Puts an integer as an entry before `p`, which is an entry or [#end(long)]; the new entry is then at `p`.
    public static void insert(long lp, long p, long value) {
        open(lp, p, 0, sizeOf(value), 1);
        putInteger(p, value);
    }

    /// Puts these bytes as the last entry.
    public static void append(long lp, long address, int length) {
        insert(lp, end(lp), address, length);
    }

    /// Puts an integer as the last entry.
    public static void append(long lp, long value) {
        insert(lp, end(lp), value);
    }

    /// Puts `count` entries before `p` that lie, encoded, in the `bytes` bytes at `entries`.
    public static void insertEntries(long lp, long p, long entries, int bytes, int count) {
        open(lp, p, 0, bytes, count);
        OffHeap.copy(entries, p, bytes);
    }

    /// Writes these bytes as an entry to `p`, where nothing is, and returns its end. [#extend(long, long, int)] takes a run of
    /// such entries in.
    static long put(long p, long address, int length) {
        long number = Ascii.parseLong(address, length);
        if (number != Ascii.NOT_A_LONG || length == Ascii.LONG_LENGTH_MAX && Ascii.isLong(address, length)) {
            return put(p, number);
        }
        putString(p, address, length);
        return p + stringSize(length);
    }

    /// As [#put(long, long, int)], for an integer.
    static long put(long p, long value) {
        putInteger(p, value);
        return p + sizeOf(value);
    }

    /// Takes in the `n` entries that were written from [#end(long)] up to `end`.
    static void extend(long lp, long end, int n) {
        OffHeap.putByte(end, END);
        OffHeap.putInt(lp, (int) (end + 1 - lp));
        int count = OffHeap.getShort(lp + COUNT_AT) & 0xFFFF;
        OffHeap.putShort(lp + COUNT_AT, (short) Math.min(count + n, COUNT_UNKNOWN));
    }

    /// Makes entry `p` hold these bytes.
    public static void replace(long lp, long p, long address, int length) {
        if (Ascii.isLong(address, length)) {
            replace(lp, p, Ascii.longValue(address, length));
            return;
        }
        open(lp, p, entryBytes(p), stringSize(length), 0);
        putString(p, address, length);
    }

    /// Makes entry `p` hold an integer.
    public static void replace(long lp, long p, long value) {
        open(lp, p, entryBytes(p), sizeOf(value), 0);
        putInteger(p, value);
    }

    /// Removes `n` entries, all of which exist, from `p` on; what followed them is then at `p`.
    public static void delete(long lp, long p, int n) {
        open(lp, p, (int) (skip(p, n) - p), 0, -n);
    }

    /// Removes the `n` entries from `p` up to `to`, which is an entry or [#end(long)].
    public static void deleteRange(long lp, long p, long to, int n) {
        open(lp, p, (int) (to - p), 0, -n);
    }

    // ---------------------------------------------------------------- changing from the front

    /// As [#insert(long, long, long, int)], but what lies before `p` moves, to the front, where there is as much room as the
    /// entry takes. The new entry ends at `p`.
    ///
    /// @return where the listpack is now
    static long insertBackwards(long lp, long p, long address, int length) {
        if (Ascii.isLong(address, length)) {
            long value = Ascii.longValue(address, length);
            int size = sizeOf(value);
            long moved = moveFront(lp, p, -size, 1);
            putInteger(p - size, value);
            return moved;
        }
        int size = stringSize(length);
        long moved = moveFront(lp, p, -size, 1);
        putString(p - size, address, length);
        return moved;
    }

    /// As [#deleteRange(long, long, long, int)], but what lies before `p` moves up to `to`.
    ///
    /// @return where the listpack is now
    static long deleteBackwards(long lp, long p, long to, int n) {
        return moveFront(lp, p, (int) (to - p), -n);
    }

    /// Moves everything before `p` by `distance` bytes, which makes the listpack as much shorter.
    private static long moveFront(long lp, long p, int distance, int more) {
        int bytes = bytes(lp);
        long moved = lp + distance;
        OffHeap.copy(lp, moved, p - lp);
        OffHeap.putInt(moved, bytes - distance);
        countMore(moved, more);
        return moved;
    }

    // ---------------------------------------------------------------- pieces

    /// Makes the `old` bytes at `p` into `fresh` undefined ones that hold `more` entries more.
    private static void open(long lp, long p, int old, int fresh, int more) {
        int bytes = bytes(lp);
        long rest = p + old;
        assert p >= lp + HEADER_BYTES && rest < lp + bytes : "outside of the listpack";
        if (old != fresh) {
            OffHeap.copy(rest, p + fresh, lp + bytes - rest);
            OffHeap.putInt(lp, bytes - old + fresh);
        }
        countMore(lp, more);
    }

    private static void countMore(long lp, int more) {
        int count = OffHeap.getShort(lp + COUNT_AT) & 0xFFFF;
        if (count != COUNT_UNKNOWN) {
            OffHeap.putShort(lp + COUNT_AT, (short) Math.min(count + more, COUNT_UNKNOWN));
        } else if (more < 0) {
            // It may be few enough again to be told; as in Redis somebody has to count for that.
            OffHeap.putShort(lp + COUNT_AT, (short) Math.min(countSlow(lp), COUNT_UNKNOWN));
        }
    }

    private static void putString(long p, long address, int length) {
        long at = p;
        if (length <= STRING_6_MAX) {
            OffHeap.putByte(at++, (byte) (STRING_6 | length));
        } else if (length <= STRING_12_MAX) {
            OffHeap.putByte(at++, (byte) (STRING_12 | length >>> 8));
            OffHeap.putByte(at++, (byte) length);
        } else {
            OffHeap.putByte(at++, (byte) STRING_32);
            OffHeap.putInt(at, length);
            at += 4;
        }
        OffHeap.copy(address, at, length);
        at += length;
        putLength(at, (int) (at - p));
    }

    private static void putInteger(long p, long value) {
        int bytes;
        if (value >= 0 && value <= 127) {
            OffHeap.putByte(p, (byte) value);
            bytes = 1;
        } else if (value >= -4096 && value <= 4095) {
            OffHeap.putByte(p, (byte) (INT_13 | value >>> 8 & 0x1F));
            OffHeap.putByte(p + 1, (byte) value);
            bytes = 2;
        } else {
            bytes = putWideInteger(p, value);
        }
        OffHeap.putByte(p + bytes, (byte) bytes);
    }

    private static int putWideInteger(long p, long value) {
        if (value == (short) value) {
            OffHeap.putByte(p, (byte) INT_16);
            OffHeap.putShort(p + 1, (short) value);
            return 3;
        }
        if (value << 40 >> 40 == value) {
            OffHeap.putByte(p, (byte) INT_24);
            OffHeap.putShort(p + 1, (short) value);
            OffHeap.putByte(p + 3, (byte) (value >>> 16));
            return 4;
        }
        if (value == (int) value) {
            OffHeap.putByte(p, (byte) INT_32);
            OffHeap.putInt(p + 1, (int) value);
            return 5;
        }
        OffHeap.putByte(p, (byte) INT_64);
        OffHeap.putLong(p + 1, value);
        return 9;
    }

    /// Writes the length of an entry so that it can be read from its last byte on: seven bits each, lowest last, and the
    /// highest bit where more follow to the left.
    private static void putLength(long at, int length) {
        int bytes = withLength(length) - length;
        int rest = length;
        for (int i = bytes - 1; i > 0; i--) {
            OffHeap.putByte(at + i, (byte) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        OffHeap.putByte(at, (byte) rest);
    }

    // ---------------------------------------------------------------- bytes from elsewhere

    /// Whether the `length` bytes at `address` are a listpack that everything here can be used on; reads nothing outside
    /// of them.
    ///
    /// @return the number of entries, or -1
    public static int validate(long address, long length) {
        if (length < EMPTY_BYTES || length > BYTES_MAX || OffHeap.getInt(address) != length) {
            return -1;
        }
        long end = address + length - 1;
        if (OffHeap.getByte(end) != END) {
            return -1;
        }
        int entries = 0;
        long p = address + HEADER_BYTES;
        while (p < end) {
            int bytes = validEntryBytes(p, end - p);
            if (bytes < 0) {
                return -1;
            }
            p += bytes;
            entries++;
        }
        int told = OffHeap.getShort(address + COUNT_AT) & 0xFFFF;
        return told == entries || told == COUNT_UNKNOWN ? entries : -1;
    }

    /// Bytes of the entry at `p`, or -1 if it is none within `room` bytes.
    private static int validEntryBytes(long p, long room) {
        int b = OffHeap.getByte(p) & 0xFF;
        if (b > INT_64 || room < (b == STRING_32 ? 5 : b >= STRING_12 && b < STRING_32 ? 2 : 1)) {
            return -1;
        }
        long data = b < STRING_6 ? 1 : b < INT_13 ? 1 + (b & STRING_6_MAX)
            : b == STRING_32 ? 5 + (OffHeap.getInt(p + 1) & 0xFFFFFFFFL) : dataBytes(p, b);
        if (data >= room) {
            return -1;
        }
        int bytes = withLength((int) data);
        return bytes <= room && hasLength(p + data, (int) data, bytes - (int) data) ? bytes : -1;
    }

    private static boolean hasLength(long at, int length, int bytes) {
        int rest = length;
        for (int i = bytes - 1; i > 0; i--) {
            if (OffHeap.getByte(at + i) != (byte) (rest & 0x7F | 0x80)) {
                return false;
            }
            rest >>>= 7;
        }
        return OffHeap.getByte(at) == rest;
    }
}
