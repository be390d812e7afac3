package dev.sampo.engine.rdb;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;

/// Walks over the elements of a packed value that nobody has checked: a listpack, ziplist, intset or zipmap. Every byte is
/// checked before it is believed: sizes, lengths in both directions, counts, ends; of an intset also its order.
///
/// [#next()] until it is false, then [#isBad()]: only after a whole walk is everything known to be right. The last four
/// elements stay readable, so that one can be looked at together with the ones before it.
///
/// Formats: https://github.com/antirez/listpack/blob/master/listpack.md and the head comments of ziplist.c, intset.c and
/// zipmap.c in https://github.com/redis/redis/tree/7.0/src
final class PackedCursor implements AutoCloseable {
    static final int LISTPACK = 0;
    static final int ZIPLIST = 1;
    static final int INTSET = 2;
    static final int ZIPMAP = 3;

    private static final int LISTPACK_HEADER = 6;
    private static final int ZIPLIST_HEADER = 10;
    private static final int INTSET_HEADER = 8;
    private static final int END = 0xFF;
    /// Counts of 16 bits that mean "count yourself".
    private static final int MANY = 0xFFFF;
    /// Lengths and counts of 8 bits that mean "more than I can say".
    private static final int BIG = 254;
    private static final int TEXTS = 4;
    private static final int TEXT_BYTES = 32;
    private static final int UNKNOWN = -1;

    private final long texts = OffHeap.allocate(TEXTS * TEXT_BYTES);
    private int kind;
    private long start;
    /// Behind the last byte that may belong to an element.
    private long end;
    private long at;
    private int expected;
    private int count;
    private boolean bad;
    private boolean canonical;
    private long longest;
    // ---- of ziplists
    private long previousBytes;
    private long tail;
    // ---- of intsets
    private int width;
    // ---- of zipmaps
    private boolean value;

    // ---- the element
    private boolean integer;
    private long number;
    private long address;
    private int length;

    /// Starts with the `bytes` bytes at `start`; whether the header makes sense.
    boolean open(int kind, long start, int bytes) {
        this.kind = kind;
        this.start = start;
        count = 0;
        bad = false;
        canonical = true;
        longest = 0;
        expected = UNKNOWN;
        boolean whole = switch (kind) {
            case LISTPACK -> openListpack(bytes);
            case ZIPLIST -> openZiplist(bytes);
            case INTSET -> openIntset(bytes);
            default -> openZipmap(bytes);
        };
        bad = !whole;
        return whole;
    }

    private boolean openListpack(int bytes) {
        if (bytes < LISTPACK_HEADER + 1 || OffHeap.getInt(start) != bytes || unsigned(start + bytes - 1) != END) {
            return false;
        }
        int said = OffHeap.getShort(start + 4) & 0xFFFF;
        expected = said == MANY ? UNKNOWN : said;
        at = start + LISTPACK_HEADER;
        end = start + bytes - 1;
        return true;
    }

    private boolean openZiplist(int bytes) {
        if (bytes < ZIPLIST_HEADER + 1 || OffHeap.getInt(start) != bytes || unsigned(start + bytes - 1) != END) {
            return false;
        }
        tail = start + (OffHeap.getInt(start + 4) & 0xFFFF_FFFFL);
        int said = OffHeap.getShort(start + 8) & 0xFFFF;
        expected = said == MANY ? UNKNOWN : said;
        at = start + ZIPLIST_HEADER;
        end = start + bytes - 1;
        previousBytes = 0;
        return tail >= at && tail <= end;
    }

    private boolean openIntset(int bytes) {
        if (bytes < INTSET_HEADER) {
            return false;
        }
        width = OffHeap.getInt(start);
        long said = OffHeap.getInt(start + 4) & 0xFFFF_FFFFL;
        if (width != 2 && width != 4 && width != 8 || bytes != INTSET_HEADER + said * width) {
            return false;
        }
        expected = (int) said;
        at = start + INTSET_HEADER;
        end = start + bytes;
        return true;
    }

    private boolean openZipmap(int bytes) {
        if (bytes < 2 || unsigned(start + bytes - 1) != END) {
            return false;
        }
        int said = unsigned(start);
        expected = said >= BIG ? UNKNOWN : 2 * said;
        at = start + 1;
        end = start + bytes - 1;
        value = false;
        return true;
    }

    private static int unsigned(long address) {
        return OffHeap.getByte(address) & 0xFF;
    }

    /// Goes to the next element; false at the end and where something is wrong.
    boolean next() {
        if (bad) {
            return false;
        }
        if (at == end) {
            bad = expected != UNKNOWN && expected != count || kind == ZIPMAP && value
                || kind == ZIPLIST && count == 0 && tail != end;
            return false;
        }
        boolean read = switch (kind) {
            case LISTPACK -> nextOfListpack();
            case ZIPLIST -> nextOfZiplist();
            case INTSET -> nextOfIntset();
            default -> nextOfZipmap();
        };
        if (!read) {
            bad = true;
            return false;
        }
        if (integer) {
            address = texts + (long) (count % TEXTS) * TEXT_BYTES;
            length = Ascii.writeLong(address, number);
        }
        longest = Math.max(longest, length);
        count++;
        return true;
    }

    private boolean has(long bytes) {
        return bytes <= end - at;
    }

    // ---------------------------------------------------------------- listpack

    private boolean nextOfListpack() {
        int first = unsigned(at);
        long header = listpackHeader(first);
        if (!has(header)) {
            return false;
        }
        long bytes;
        if (first < 0x80 || first >= 0xC0 && first < 0xE0 || first > 0xF0) {
            bytes = header;
            integer = true;
            if (!readListpackInteger(first)) {
                return false;
            }
            canonical &= header == listpackIntegerBytes(number);
        } else {
            integer = false;
            long said = listpackLength(first);
            bytes = header + said;
            if (!has(bytes)) {
                return false;
            }
            address = at + header;
            length = (int) said;
            canonical &= (said < 64 ? 1 : said < 4096 ? 2 : 5) == header && !Ascii.isLong(address, length);
        }
        return has(bytes + backBytes(bytes)) && skipListpackEntry(bytes);
    }

    private static long listpackHeader(int first) {
        if (first < 0xC0) {
            return 1;
        }
        if (first < 0xF0) {
            return 2;
        }
        return switch (first) {
            case 0xF0, 0xF3 -> 5;
            case 0xF1 -> 3;
            case 0xF2 -> 4;
            case 0xF4 -> 9;
            default -> 1;
        };
    }

    private boolean readListpackInteger(int first) {
        if (first < 0x80) {
            number = first;
        } else if (first < 0xE0) {
            int thirteen = (first & 0x1F) << 8 | unsigned(at + 1);
            number = thirteen << 19 >> 19;
        } else {
            switch (first) {
                case 0xF1 -> number = OffHeap.getShort(at + 1);
                case 0xF2 -> number = (OffHeap.getShort(at + 1) & 0xFFFF) | OffHeap.getByte(at + 3) << 16;
                case 0xF3 -> number = OffHeap.getInt(at + 1);
                case 0xF4 -> number = OffHeap.getLong(at + 1);
                default -> {
                    return false;
                }
            }
        }
        return true;
    }

    private static int listpackIntegerBytes(long number) {
        if (number >= 0 && number < 128) {
            return 1;
        }
        if (number >= -4096 && number < 4096) {
            return 2;
        }
        if (number == (short) number) {
            return 3;
        }
        if (number >= -(1 << 23) && number < 1 << 23) {
            return 4;
        }
        return number == (int) number ? 5 : 9;
    }

    private long listpackLength(int first) {
        if (first < 0xC0) {
            return first & 0x3F;
        }
        return first < 0xF0 ? (first & 0xF) << 8 | unsigned(at + 1) : OffHeap.getInt(at + 1) & 0xFFFF_FFFFL;
    }

    private static int backBytes(long bytes) {
        return bytes < 1 << 7 ? 1 : bytes < 1 << 14 ? 2 : bytes < 1 << 21 ? 3 : bytes < 1 << 28 ? 4 : 5;
    }

    /// Compares the length behind the entry, seven bits a byte with the least of them last, and goes on behind it.
    private boolean skipListpackEntry(long bytes) {
        int back = backBytes(bytes);
        for (int i = 0; i < back; i++) {
            long expectedByte = bytes >>> 7 * i & 0x7F | (i < back - 1 ? 0x80 : 0);
            if (unsigned(at + bytes + back - 1 - i) != expectedByte) {
                return false;
            }
        }
        at += bytes + back;
        return true;
    }

    // ---------------------------------------------------------------- ziplist

    private boolean nextOfZiplist() {
        long entry = at;
        int previous = unsigned(at);
        long said = previous;
        if (previous == END) {
            return false;
        }
        int previousHeader = 1;
        if (previous == BIG) {
            if (!has(5)) {
                return false;
            }
            said = OffHeap.getInt(at + 1) & 0xFFFF_FFFFL;
            previousHeader = 5;
        }
        if (said != previousBytes || !has(previousHeader + 1)) {
            return false;
        }
        at += previousHeader;
        int encoding = unsigned(at);
        boolean read = encoding < 0xC0 ? readZiplistString(encoding) : readZiplistInteger(encoding);
        previousBytes = at - entry;
        return read && (at < end ? entry < tail : entry == tail);
    }

    private boolean readZiplistString(int encoding) {
        integer = false;
        int header = encoding < 0x40 ? 1 : encoding < 0x80 ? 2 : 5;
        if (!has(header)) {
            return false;
        }
        long said = switch (header) {
            case 1 -> encoding;
            case 2 -> (encoding & 0x3F) << 8 | unsigned(at + 1);
            default -> Integer.reverseBytes(OffHeap.getInt(at + 1)) & 0xFFFF_FFFFL;
        };
        if (!has(header + said)) {
            return false;
        }
        address = at + header;
        length = (int) said;
        at += header + said;
        return true;
    }

    private boolean readZiplistInteger(int encoding) {
        integer = true;
        int bytes = switch (encoding) {
            case 0xC0 -> 2;
            case 0xD0 -> 4;
            case 0xE0 -> 8;
            case 0xF0 -> 3;
            case 0xFE -> 1;
            default -> encoding > 0xF0 && encoding < 0xFE ? 0 : UNKNOWN;
        };
        if (bytes == UNKNOWN || !has(1 + bytes)) {
            return false;
        }
        number = switch (bytes) {
            case 0 -> (encoding & 0xF) - 1;
            case 1 -> OffHeap.getByte(at + 1);
            case 2 -> OffHeap.getShort(at + 1);
            case 3 -> (OffHeap.getShort(at + 1) & 0xFFFF) | OffHeap.getByte(at + 3) << 16;
            case 4 -> OffHeap.getInt(at + 1);
            default -> OffHeap.getLong(at + 1);
        };
        at += 1 + bytes;
        return true;
    }

    // ---------------------------------------------------------------- intset, zipmap

    private boolean nextOfIntset() {
        long before = number;
        integer = true;
        number = switch (width) {
            case 2 -> OffHeap.getShort(at);
            case 4 -> OffHeap.getInt(at);
            default -> OffHeap.getLong(at);
        };
        at += width;
        return count == 0 || number > before;
    }

    private boolean nextOfZipmap() {
        integer = false;
        long said = unsigned(at);
        int header = 1;
        if (said == END) {
            return false;
        }
        if (said == BIG) {
            if (!has(5)) {
                return false;
            }
            said = OffHeap.getInt(at + 1) & 0xFFFF_FFFFL;
            header = 5;
        }
        // A value has a byte that says how many unused ones follow it.
        int spareHeader = value ? 1 : 0;
        if (!has(header + spareHeader + said)) {
            return false;
        }
        int spare = value ? unsigned(at + header) : 0;
        address = at + header + spareHeader;
        length = (int) said;
        if (!has(header + spareHeader + said + spare)) {
            return false;
        }
        at = address + said + spare;
        value = !value;
        return true;
    }

    // ---------------------------------------------------------------- what was found

    /// Whether the walk ended because something is wrong.
    boolean isBad() {
        return bad;
    }

    /// Elements so far.
    int count() {
        return count;
    }

    /// Whether all elements so far are stored as Redis stores them now: integers as integers, nothing wider than need be.
    boolean isCanonical() {
        return canonical;
    }

    /// Length of the longest element so far, as text.
    long longest() {
        return longest;
    }

    /// Where the next element begins.
    long position() {
        return at;
    }

    boolean isInteger() {
        return integer;
    }

    /// The element if it is an integer.
    long number() {
        return number;
    }

    /// The element as text; valid until four more have been read.
    long address() {
        return address;
    }

    int length() {
        return length;
    }

    @Override
    public void close() {
        OffHeap.free(texts, TEXTS * TEXT_BYTES);
    }
}
