package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.resp.OffHeap;

/// The layout of an element: one member of a big set, hash or sorted set in a block of its own. The member never changes;
/// a hash's element also has a value, and any element may have 8 extra bytes (the score, or a field's deadline).
///
/// ```
/// 0     member length (bits 0-5: 0..61, 62 = 4 bytes of length follow the head, 63 = the member lies elsewhere),
///       has a value (6), has extra bytes (7)
/// 1     [extra, 8 bytes] [member: bytes | length 4, bytes | address 8, length 4]
///       [value: length 1 (0..252, 253 = 4 bytes of length follow, 254 = it lies elsewhere), bytes | address 8, length 4]
/// ```
/// An element is named by its reference in [Blocks]; the accessors take its address. Changes return the reference of the
/// element, which is another one when it had to move: always while a view is held, and otherwise when the size class
/// changes.
public final class Element {
    /// Members and values above this many bytes have a block of their own.
    static final int INSIDE_MAX = 4000;

    private static final int LENGTH_MASK = 0x3F;
    private static final int MEMBER_LONG = 62;
    private static final int MEMBER_OUTSIDE = 63;
    private static final int VALUE_FLAG = 0x40;
    private static final int EXTRA_FLAG = 0x80;
    private static final int EXTRA_BYTES = 8;
    private static final int VALUE_SHORT_MAX = 252;
    private static final int VALUE_LONG = 253;
    private static final int VALUE_OUTSIDE = 254;
    private static final int OUTSIDE_BYTES = 12;

    private Element() {
    }

    // ---------------------------------------------------------------- making

    /// An element of a set.
    public static int create(Blocks blocks, long member, int memberLength) {
        int ref = blocks.allocate(1 + memberPartBytes(memberLength));
        writeMember(blocks, blocks.address(ref), 0, member, memberLength);
        return ref;
    }

    /// An element with extra bytes and no value, as of a sorted set.
    public static int createExtra(Blocks blocks, long member, int memberLength, long extra) {
        int ref = blocks.allocate(1 + EXTRA_BYTES + memberPartBytes(memberLength));
        long e = blocks.address(ref);
        OffHeap.putLong(e + 1, extra);
        writeMember(blocks, e, EXTRA_FLAG, member, memberLength);
        return ref;
    }

    /// An element of a hash.
    public static int createField(Blocks blocks, long member, int memberLength, long value, int valueLength) {
        int ref = blocks.allocate(1 + memberPartBytes(memberLength) + valuePartBytes(valueLength));
        long e = blocks.address(ref);
        writeMember(blocks, e, VALUE_FLAG, member, memberLength);
        writeValue(blocks, e, value, valueLength);
        return ref;
    }

    /// Gives an element back.
    public static void free(Blocks blocks, int ref) {
        long e = blocks.address(ref);
        int head = OffHeap.getByte(e);
        if ((head & LENGTH_MASK) == MEMBER_OUTSIDE) {
            blocks.freeLarge(OffHeap.getLong(memberPart(e, head)));
        }
        if ((head & VALUE_FLAG) != 0) {
            freeValue(blocks, valuePart(e));
        }
        blocks.free(ref);
    }

    private static void freeValue(Blocks blocks, long part) {
        if (valueCode(part) == VALUE_OUTSIDE) {
            blocks.freeLarge(OffHeap.getLong(part + 1));
        }
    }

    // ---------------------------------------------------------------- reading

    public static long memberAddress(long e) {
        int head = OffHeap.getByte(e);
        long part = memberPart(e, head);
        int code = head & LENGTH_MASK;
        return code < MEMBER_LONG ? part : code == MEMBER_LONG ? part + 4 : OffHeap.getLong(part);
    }

    public static int memberLength(long e) {
        int head = OffHeap.getByte(e);
        int code = head & LENGTH_MASK;
        return code < MEMBER_LONG ? code : OffHeap.getInt(memberPart(e, head) + (code == MEMBER_LONG ? 0 : 8));
    }

    /// Whether the element's member consists of these bytes.
    public static boolean hasMember(long e, long member, int memberLength) {
        int head = OffHeap.getByte(e);
        if ((head & LENGTH_MASK) < MEMBER_LONG) {
            return (head & LENGTH_MASK) == memberLength && OffHeap.equals(memberPart(e, head), member, memberLength);
        }
        return memberLength(e) == memberLength && OffHeap.equals(memberAddress(e), member, memberLength);
    }

    /// The order of some bytes against the element's member: negative when they come before it.
    public static int compare(long member, int memberLength, long e) {
        return OffHeap.compare(member, memberLength, memberAddress(e), memberLength(e));
    }

    public static boolean hasValue(long e) {
        return (OffHeap.getByte(e) & VALUE_FLAG) != 0;
    }

    /// Where the value's bytes lie; only for elements that have one.
    public static long valueAddress(long e) {
        long part = valuePart(e);
        int code = valueCode(part);
        return code <= VALUE_SHORT_MAX ? part + 1 : code == VALUE_LONG ? part + 5 : OffHeap.getLong(part + 1);
    }

    /// Length of the value; only for elements that have one.
    public static int valueLength(long e) {
        long part = valuePart(e);
        int code = valueCode(part);
        return code <= VALUE_SHORT_MAX ? code : OffHeap.getInt(part + (code == VALUE_LONG ? 1 : 9));
    }

    public static boolean hasExtra(long e) {
        return OffHeap.getByte(e) < 0;
    }

    /// The extra bytes; only for elements that have them.
    public static long extra(long e) {
        return OffHeap.getLong(e + 1);
    }

    /// Bytes that the element takes, payloads elsewhere included.
    public static long bytes(Blocks blocks, int ref) {
        long e = blocks.address(ref);
        int head = OffHeap.getByte(e);
        long bytes = blocks.blockBytes(blockBytes(e));
        if ((head & LENGTH_MASK) == MEMBER_OUTSIDE) {
            bytes += memberLength(e);
        }
        if ((head & VALUE_FLAG) != 0 && valueCode(valuePart(e)) == VALUE_OUTSIDE) {
            bytes += valueLength(e);
        }
        return bytes;
    }

    /// Number of blocks that the element consists of, large payloads included.
    static int blocks(long e) {
        int blocks = 1 + ((OffHeap.getByte(e) & LENGTH_MASK) == MEMBER_OUTSIDE ? 1 : 0);
        return blocks + (hasValue(e) && valueCode(valuePart(e)) == VALUE_OUTSIDE ? 1 : 0);
    }

    // ---------------------------------------------------------------- changing

    /// Sets the extra bytes and returns the element's reference.
    public static int setExtra(Blocks blocks, int ref, long extra) {
        long e = blocks.address(ref);
        if (hasExtra(e) && !blocks.isViewed()) {
            OffHeap.putLong(e + 1, extra);
            return ref;
        }
        return rebuild(blocks, ref, true, extra);
    }

    /// Takes the extra bytes away, if there are any, and returns the element's reference.
    public static int clearExtra(Blocks blocks, int ref) {
        return hasExtra(blocks.address(ref)) ? rebuild(blocks, ref, false, 0) : ref;
    }

    /// Replaces the value of an element that has one and returns the element's reference. The new bytes must not lie in the
    /// element.
    public static int setValue(Blocks blocks, int ref, long value, int valueLength) {
        long e = blocks.address(ref);
        long part = valuePart(e);
        int before = (int) (part - e);
        int oldBytes = before + storedValueBytes(part);
        int newBytes = before + valuePartBytes(valueLength);
        long old = valueCode(part) == VALUE_OUTSIDE ? OffHeap.getLong(part + 1) : 0;
        if (!blocks.isViewed() && (oldBytes == newBytes || blocks.resize(ref, oldBytes, newBytes))) {
            writeValue(blocks, e, value, valueLength);
            freeOld(blocks, old);
            return ref;
        }
        int moved = blocks.allocate(newBytes);
        long target = blocks.address(moved);
        OffHeap.copy(e, target, before);
        if ((OffHeap.getByte(e) & LENGTH_MASK) == MEMBER_OUTSIDE) {
            takeMember(blocks, e, target);
        }
        writeValue(blocks, target, value, valueLength);
        freeOld(blocks, old);
        blocks.free(ref);
        return moved;
    }

    private static void freeOld(Blocks blocks, long large) {
        if (large != 0) {
            blocks.freeLarge(large);
        }
    }

    /// A copy of the element with or without extra bytes; the old one is freed.
    private static int rebuild(Blocks blocks, int ref, boolean withExtra, long extra) {
        long e = blocks.address(ref);
        int head = OffHeap.getByte(e);
        int oldStart = (int) (memberPart(e, head) - e);
        int start = withExtra ? 1 + EXTRA_BYTES : 1;
        int rest = blockBytes(e) - oldStart;
        int moved = blocks.allocate(start + rest);
        long target = blocks.address(moved);
        OffHeap.putByte(target, (byte) (withExtra ? head | EXTRA_FLAG : head & ~EXTRA_FLAG));
        if (withExtra) {
            OffHeap.putLong(target + 1, extra);
        }
        OffHeap.copy(e + oldStart, target + start, rest);
        if ((head & LENGTH_MASK) == MEMBER_OUTSIDE) {
            takeMember(blocks, e, target);
        }
        if ((head & VALUE_FLAG) != 0 && valueCode(valuePart(e)) == VALUE_OUTSIDE) {
            takeValue(blocks, valuePart(e), valuePart(target));
        }
        blocks.free(ref);
        return moved;
    }

    /// Lets `target`, a copy, have the member that lies elsewhere; while a view needs the old one, a copy of that.
    private static void takeMember(Blocks blocks, long e, long target) {
        if (blocks.isViewed()) {
            long old = memberAddress(e);
            OffHeap.putLong(memberPart(target, OffHeap.getByte(target)), copyLarge(blocks, old, memberLength(e)));
            blocks.freeLarge(old);
        }
    }

    private static void takeValue(Blocks blocks, long part, long targetPart) {
        if (blocks.isViewed()) {
            long old = OffHeap.getLong(part + 1);
            OffHeap.putLong(targetPart + 1, copyLarge(blocks, old, OffHeap.getInt(part + 9)));
            blocks.freeLarge(old);
        }
    }

    // ---------------------------------------------------------------- parts

    private static long memberPart(long e, int head) {
        return e + 1 + (head >>> 4 & EXTRA_BYTES);
    }

    private static long valuePart(long e) {
        int head = OffHeap.getByte(e);
        int code = head & LENGTH_MASK;
        long part = memberPart(e, head);
        return part + (code < MEMBER_LONG ? code : code == MEMBER_LONG ? 4 + OffHeap.getInt(part) : OUTSIDE_BYTES);
    }

    private static int valueCode(long part) {
        return OffHeap.getByte(part) & 0xFF;
    }

    private static int memberPartBytes(int length) {
        return length < MEMBER_LONG ? length : length <= INSIDE_MAX ? 4 + length : OUTSIDE_BYTES;
    }

    private static int valuePartBytes(int length) {
        return length <= VALUE_SHORT_MAX ? 1 + length : length <= INSIDE_MAX ? 5 + length : 1 + OUTSIDE_BYTES;
    }

    /// Bytes of the value part that is there.
    private static int storedValueBytes(long part) {
        int code = valueCode(part);
        return code <= VALUE_SHORT_MAX ? 1 + code : code == VALUE_LONG ? 5 + OffHeap.getInt(part + 1) : 1 + OUTSIDE_BYTES;
    }

    /// Bytes that the block was asked for.
    static int blockBytes(long e) {
        long part = valuePart(e);
        return (int) (part - e) + (hasValue(e) ? storedValueBytes(part) : 0);
    }

    private static void writeMember(Blocks blocks, long e, int flags, long member, int length) {
        long part = memberPart(e, flags);
        if (length < MEMBER_LONG) {
            OffHeap.putByte(e, (byte) (flags | length));
            OffHeap.copy(member, part, length);
        } else if (length <= INSIDE_MAX) {
            OffHeap.putByte(e, (byte) (flags | MEMBER_LONG));
            OffHeap.putInt(part, length);
            OffHeap.copy(member, part + 4, length);
        } else {
            OffHeap.putByte(e, (byte) (flags | MEMBER_OUTSIDE));
            OffHeap.putLong(part, copyLarge(blocks, member, length));
            OffHeap.putInt(part + 8, length);
        }
    }

    private static void writeValue(Blocks blocks, long e, long value, int length) {
        long part = valuePart(e);
        if (length <= VALUE_SHORT_MAX) {
            OffHeap.putByte(part, (byte) length);
            OffHeap.copy(value, part + 1, length);
        } else if (length <= INSIDE_MAX) {
            OffHeap.putByte(part, (byte) VALUE_LONG);
            OffHeap.putInt(part + 1, length);
            OffHeap.copy(value, part + 5, length);
        } else {
            long copy = copyLarge(blocks, value, length);
            OffHeap.putByte(part, (byte) VALUE_OUTSIDE);
            OffHeap.putLong(part + 1, copy);
            OffHeap.putInt(part + 9, length);
        }
    }

    private static long copyLarge(Blocks blocks, long source, int length) {
        long copy = blocks.allocateLarge(length);
        OffHeap.copy(source, copy, length);
        return copy;
    }
}
