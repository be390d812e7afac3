package dev.sampo.engine.keyspace;

import dev.sampo.resp.OffHeap;

/// The layout of an entry: one key with its value in one block. An entry is named by its address; [Keyspace] makes and
/// changes entries, everybody else reads them here.
///
/// ```
/// 0        type (bits 0-2), what image it is part of (3), encoding (4-6), has a deadline (7)
/// 1..3     access: LRU clock or LFU counter
/// 4        key length, 254 = 4 bytes of length come before the key, 255 = the key lies elsewhere
/// 5..7     value length, 0xFFFFFF = the value lies elsewhere
/// 8        [deadline, 8 bytes] [key: bytes | length 4, bytes | address 8, length 4]
///          [value: bytes | integer 8 | address 8, length 4, capacity 4]
/// ```
public final class Entry {
    static final int HEADER_BYTES = 8;
    static final int DEADLINE_BYTES = 8;
    static final int DEADLINE_FLAG = 0x80;
    /// Changes its meaning with each image that is taken of a keyspace.
    static final int MARK_FLAG = 8;
    private static final int BIG_FLAG = Encoding.HASHTABLE << 4;

    /// Keys shorter than this need one byte for their length.
    static final int KEY_LONG = 254;
    static final int KEY_OUTSIDE = 255;
    /// Keys longer than this have a block of their own.
    static final int KEY_INSIDE_MAX = 2048;
    static final int KEY_REFERENCE_BYTES = 12;

    static final int VALUE_OUTSIDE = 0xFFFFFF;
    /// Values longer than this have a block of their own.
    static final int VALUE_INSIDE_MAX = 4096;
    static final int VALUE_REFERENCE_BYTES = 16;
    static final int INTEGER_BYTES = 8;

    private Entry() {
    }

    /// A constant of [Type].
    public static int type(long e) {
        return OffHeap.getByte(e) & 7;
    }

    /// A constant of [Encoding].
    public static int encoding(long e) {
        return OffHeap.getByte(e) >>> 4 & 7;
    }

    public static boolean hasDeadline(long e) {
        return OffHeap.getByte(e) < 0;
    }

    /// Absolute Unix time in ms at which the entry is gone, 0 = never.
    public static long deadline(long e) {
        return hasDeadline(e) ? OffHeap.getLong(e + HEADER_BYTES) : 0;
    }

    /// Whether the entry has a deadline that is not after `nowMillis`.
    public static boolean expired(long e, long nowMillis) {
        return hasDeadline(e) && OffHeap.getLong(e + HEADER_BYTES) <= nowMillis;
    }

    /// Whether the entry is a hash of which fields have deadlines of their own.
    public static boolean hasFieldDeadlines(long e) {
        int head = OffHeap.getByte(e) & 0x77;
        return head == (Encoding.LISTPACK_EX << 4 | Type.HASH) || head == (Encoding.HASHTABLE_EX << 4 | Type.HASH);
    }

    /// 24 bits that the owner of the clock interprets.
    public static int access(long e) {
        return OffHeap.getInt(e) >>> 8;
    }

    public static void access(long e, int value) {
        OffHeap.putInt(e, OffHeap.getByte(e) & 0xFF | value << 8);
    }

    public static long keyAddress(long e) {
        int code = keyCode(e);
        long key = keyPart(e);
        return code < KEY_LONG ? key : code == KEY_LONG ? key + 4 : OffHeap.getLong(key);
    }

    public static int keyLength(long e) {
        int code = keyCode(e);
        return code < KEY_LONG ? code : OffHeap.getInt(keyPart(e) + (code == KEY_LONG ? 0 : 8));
    }

    /// Whether the value is a root that refers to blocks of its own.
    public static boolean isBig(long e) {
        return (OffHeap.getByte(e) & BIG_FLAG) != 0;
    }

    /// Whether the entry is a string that holds its value as an integer.
    public static boolean isInteger(long e) {
        return (OffHeap.getByte(e) & 0x77) == (Encoding.INT << 4 | Type.STRING);
    }

    /// The value of an entry for which [#isInteger(long)] holds.
    public static long integer(long e) {
        return OffHeap.getLong(valuePart(e));
    }

    /// Where the bytes of the value lie; not for integers.
    public static long valueAddress(long e) {
        long value = valuePart(e);
        return valueOutside(e) ? OffHeap.getLong(value) : value;
    }

    /// Length of the value in bytes; not for integers.
    public static int valueLength(long e) {
        int length = valueCode(e);
        return length == VALUE_OUTSIDE ? OffHeap.getInt(valuePart(e) + 8) : length;
    }

    /// Bytes of the entry without what lies elsewhere: a copy of so many is an entry too.
    public static int bytesInside(long e) {
        return bytes(e);
    }

    // ---------------------------------------------------------------- for the keyspace

    /// The first four bytes but for the access field.
    static int head(int type, int encoding, boolean deadline) {
        return type | encoding << 4 | (deadline ? DEADLINE_FLAG : 0);
    }

    static int keyCode(long e) {
        return OffHeap.getByte(e + 4) & 0xFF;
    }

    static int valueCode(long e) {
        return OffHeap.getInt(e + 4) >>> 8;
    }

    static boolean valueOutside(long e) {
        return valueCode(e) == VALUE_OUTSIDE;
    }

    static int valueCapacity(long e) {
        return OffHeap.getInt(valuePart(e) + 12);
    }

    static long keyPart(long e) {
        return e + HEADER_BYTES + (OffHeap.getByte(e) >>> 4 & DEADLINE_BYTES);
    }

    static long valuePart(long e) {
        return keyPart(e) + keyPartBytes(e);
    }

    static int keyPartBytes(long e) {
        int code = keyCode(e);
        return code < KEY_LONG ? code : keyPartBytesSlow(e, code);
    }

    private static int keyPartBytesSlow(long e, int code) {
        return code == KEY_LONG ? 4 + OffHeap.getInt(keyPart(e)) : KEY_REFERENCE_BYTES;
    }

    static int valuePartBytes(long e) {
        int length = valueCode(e);
        return length == VALUE_OUTSIDE ? VALUE_REFERENCE_BYTES : length;
    }

    /// Which images the entry belongs to: see [Keyspace#beginImage(EntryVisitor)].
    static int mark(long e) {
        return OffHeap.getByte(e) & MARK_FLAG;
    }

    static void mark(long e, int mark) {
        OffHeap.putByte(e, (byte) (OffHeap.getByte(e) & ~MARK_FLAG | mark));
    }

    /// Bytes of the whole block.
    static int bytes(long e) {
        return (int) (valuePart(e) - e) + valuePartBytes(e);
    }

    /// Bytes of the key as part of a block.
    static int keyPartBytes(int keyLength) {
        return keyLength < KEY_LONG ? keyLength : keyLength <= KEY_INSIDE_MAX ? 4 + keyLength : KEY_REFERENCE_BYTES;
    }

    /// Whether the entry's key consists of these bytes.
    static boolean hasKey(long e, long key, int keyLength) {
        int code = keyCode(e);
        if (code < KEY_LONG) {
            return code == keyLength && OffHeap.equals(keyPart(e), key, keyLength);
        }
        return keyLength(e) == keyLength && OffHeap.equals(keyAddress(e), key, keyLength);
    }
}
