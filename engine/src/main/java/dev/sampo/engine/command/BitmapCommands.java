package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;
import static dev.sampo.engine.command.KeyFlag.VARIABLE_FLAGS;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.Bits;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Commands on the bits of strings. Contract: https://redis.io/commands/?group=bitmap
final class BitmapCommands {
    static final byte[] BIT_OFFSET = Errors.error("ERR bit offset is not an integer or out of range");
    private static final byte[] BIT_VALUE = Errors.error("ERR bit is not an integer or out of range");
    private static final byte[] BIT_ARGUMENT = Errors.error("ERR The bit argument must be 1 or 0.");
    private static final byte[] NOT_OF_ONE = Errors.error("ERR BITOP NOT must be called with a single source key.");
    static final long INVALID_OFFSET = -1;

    /// No string becomes longer than an int can say, with an integer of 64 bits at its end.
    private static final int BYTES_MAX = Integer.MAX_VALUE - 8;

    private static final int AND = 0;
    private static final int OR = 1;
    private static final int XOR = 2;
    private static final int NOT = 3;

    private BitmapCommands() {
    }

    static void register(CommandTable.Builder t) {
        long bitmap = Category.BITMAP;
        KeySpec read = KeySpec.key(1, RO | ACCESS);
        t.add("SETBIT", 4, WRITE | DENYOOM, bitmap, KeySpec.key(1, RW | ACCESS | UPDATE), BitmapCommands::setbit)
            .effect(Effect.VERBATIM);
        t.add("GETBIT", 3, READONLY | FAST, bitmap, read, BitmapCommands::getbit);
        t.add("BITCOUNT", -2, READONLY, bitmap, read, BitmapCommands::bitcount);
        t.add("BITPOS", -3, READONLY, bitmap, read, BitmapCommands::bitpos);
        t.add("BITOP", -4, WRITE | DENYOOM, bitmap,
            KeySpec.of(KeySpec.Part.range(2, 0, 1, OW | UPDATE), KeySpec.Part.range(3, -1, 1, RO | ACCESS)),
            BitmapCommands::bitop).effect(Effect.CUSTOM);
        t.add("BITFIELD", -2, WRITE | DENYOOM, bitmap,
            KeySpec.key(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS).flagsBy(BitFields::keyFlags)
                .notes("This command allows both access and modification of the key"),
            BitFields::bitfield).effect(Effect.VERBATIM);
        t.add("BITFIELD_RO", -2, READONLY | FAST, bitmap, read, BitFields::bitfieldRo);
    }

    // ---------------------------------------------------------------- single bits

    /// SETBIT key offset value -> the bit that was there. O(1), and the bytes a longer string gains. Nothing happens when
    /// the bit is so already. Errors: offset; value; WRONGTYPE. https://redis.io/commands/setbit
    private static void setbit(CommandContext c, Args a, ReplyWriter r) {
        long offset = offset(c, a, 2, false, 1);
        if (offset == INVALID_OFFSET) {
            r.simple(BIT_OFFSET);
            return;
        }
        long value = Ascii.parseLong(a.address(3), a.length(3));
        if ((value & ~1L) != 0) {
            r.simple(BIT_VALUE);
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (!StringCommands.isString(e, r)) {
            return;
        }
        int length = e == 0 ? 0 : c.textLength(e);
        long old = length == 0 ? 0 : Bits.read(c.text(e, 0), length, offset, 1);
        if (old != value || offset >>> 3 >= length) {
            Keyspace ks = c.keyspace(a, 1);
            long text = ks.stringForWrite(a.address(1), a.length(1), c.hash(a, 1), Math.max(length, (int) (offset >>> 3) + 1));
            Bits.write(text, offset, 1, value);
            if (e == 0) {
                c.created(ks, a, 1);
            }
            c.commit(ks, a, 1, EventClass.STRING, EventName.SETBIT);
        }
        r.integer(old);
    }

    /// GETBIT key offset -> the bit, 0 behind the end. O(1). Errors: offset; WRONGTYPE. https://redis.io/commands/getbit
    private static void getbit(CommandContext c, Args a, ReplyWriter r) {
        long offset = offset(c, a, 2, false, 1);
        if (offset == INVALID_OFFSET) {
            r.simple(BIT_OFFSET);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (StringCommands.isString(e, r)) {
            r.integer(e == 0 ? 0 : Bits.read(c.text(e, 0), c.textLength(e), offset, 1));
        }
    }

    /// The offset in argument `i`, in bits, or [#INVALID_OFFSET].
    ///
    /// @param inFields whether `#n` stands for n times `width`
    static long offset(CommandContext c, Args a, int i, boolean inFields, int width) {
        long address = a.address(i);
        int length = a.length(i);
        boolean field = inFields && length > 0 && OffHeap.getByte(address) == '#';
        int skip = field ? 1 : 0;
        long offset = Ascii.parseLong(address + skip, length - skip);
        if (offset < 0) {
            return INVALID_OFFSET;
        }
        if (field) {
            offset = Math.multiplyHigh(offset, width) == 0 ? offset * width : INVALID_OFFSET;
        }
        // A log may hold what a larger limit allowed.
        long bytesMax = c.replaying() ? BYTES_MAX : Math.min(c.settings().bulkLengthMax(), BYTES_MAX);
        return offset >>> 3 < bytesMax ? offset : INVALID_OFFSET;
    }

    // ---------------------------------------------------------------- many bits

    /// BITCOUNT key [start end [BYTE | BIT]] -> number of bits that are 1. O(bytes in the range). Errors: WRONGTYPE; not an
    /// integer; syntax. https://redis.io/commands/bitcount
    private static void bitcount(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long start = 0;
        long end = -1;
        boolean inBits = false;
        if (in.more()) {
            if (in.left() != 2 && in.left() != 3) {
                r.simple(Errors.SYNTAX);
                return;
            }
            start = in.nextLong();
            end = in.nextLong();
            inBits = isBitUnit(in);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!StringCommands.isString(e, r)) {
            return;
        }
        int length = e == 0 ? 0 : c.textLength(e);
        // Two negative ends in the wrong order are nothing even where clamping both to 0 would select a byte.
        boolean reversed = start < 0 && end < 0 && start > end;
        long total = inBits ? length * 8L : length;
        long first = fromStart(start, total);
        long last = Math.min(fromStart(end, total), total - 1);
        if (reversed || first > last) {
            r.integer(0);
        } else if (inBits) {
            r.integer(Bits.count(c.text(e, 0), first, last));
        } else {
            r.integer(Bits.count(c.text(e, 0) + first, (int) (last - first + 1)));
        }
    }

    /// BITPOS key bit [start [end [BYTE | BIT]]] -> position of the first bit of that value, -1 if there is none. Without an
    /// end zeros go on behind the string. O(bytes in the range). Errors: WRONGTYPE; bit; not an integer; syntax.
    /// https://redis.io/commands/bitpos
    private static void bitpos(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long bit = in.nextLong();
        if ((bit & ~1L) != 0) {
            in.fail(BIT_ARGUMENT);
        }
        if (in.left() > 3) {
            in.fail(Errors.SYNTAX);
        }
        long start = in.more() ? in.nextLong() : 0;
        boolean endGiven = in.more();
        // Redis looks at the unit before the end.
        boolean inBits = in.left() == 2 && a.equalsIgnoreCase(5, "BIT");
        if (in.left() == 2 && !inBits && !a.equalsIgnoreCase(5, "BYTE")) {
            in.fail(Errors.SYNTAX);
        }
        long end = endGiven ? in.nextLong() : -1;
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            r.integer(bit == 0 ? 0 : -1);
            return;
        }
        if (!StringCommands.isString(e, r)) {
            return;
        }
        long bits = c.textLength(e) * 8L;
        long total = inBits ? bits : bits >>> 3;
        long first = fromStart(start, total);
        long last = Math.min(fromStart(end, total), total - 1);
        if (first > last) {
            r.integer(-1);
            return;
        }
        long found = Bits.find(c.text(e, 0), inBits ? first : first << 3, inBits ? last : (last << 3) + 7, bit == 1);
        r.integer(found < 0 && bit == 0 && !endGiven ? bits : found);
    }

    private static long fromStart(long index, long total) {
        return Math.max(index < 0 ? total + index : index, 0);
    }

    private static boolean isBitUnit(ArgReader in) {
        if (in.option("BIT")) {
            return true;
        }
        if (in.more() && !in.option("BYTE")) {
            in.fail(Errors.SYNTAX);
        }
        return false;
    }

    // ---------------------------------------------------------------- BITOP

    /// BITOP AND | OR | XOR | NOT destkey key [key ...] -> length of the result, which replaces destkey; shorter strings
    /// are continued with zeros, and of nothing comes nothing. O(sum of the lengths). Logged as SET or DEL of destkey.
    /// Errors: WRONGTYPE; syntax. https://redis.io/commands/bitop
    private static void bitop(CommandContext c, Args a, ReplyWriter r) {
        int operation = a.equalsIgnoreCase(1, "AND") ? AND : a.equalsIgnoreCase(1, "OR") ? OR
            : a.equalsIgnoreCase(1, "XOR") ? XOR : a.equalsIgnoreCase(1, "NOT") ? NOT : -1;
        if (operation < 0) {
            r.simple(Errors.SYNTAX);
            return;
        }
        if (operation == NOT && a.count() != 4) {
            r.simple(NOT_OF_ONE);
            return;
        }
        int length = 0;
        for (int i = 3; i < a.count(); i++) {
            long e = c.lookupRead(a, i);
            if (!StringCommands.isString(e, r)) {
                return;
            }
            length = Math.max(length, e == 0 ? 0 : c.textLength(e));
        }
        if (length == 0) {
            KeyCommands.deleteStored(c, a, 2);
        } else {
            combineAndStore(c, a, operation, length);
        }
        r.integer(length);
    }

    private static void combineAndStore(CommandContext c, Args a, int operation, int length) {
        long result = OffHeap.allocate(length);
        try {
            combine(c, a, operation, result, length);
            storeRaw(c, a, 2, c.lookupWrite(a, 2), result, length, 0);
            Keyspace ks = c.keyspace(a, 2);
            c.commit(ks, a, 2, EventClass.STRING, EventName.SET);
            if (c.logs(ks)) {
                Effects.set(c, ks, a, 2, result, length, 0, false);
            }
        } finally {
            OffHeap.free(result, length);
        }
    }

    private static void combine(CommandContext c, Args a, int operation, long result, int length) {
        for (int i = 3; i < a.count(); i++) {
            long e = c.keyspace(a, i).find(a.address(i), a.length(i), c.hash(a, i));
            int sourceLength = e == 0 ? 0 : c.textLength(e);
            long source = e == 0 ? result : c.text(e, 0);
            if (i == 3) {
                OffHeap.copy(source, result, sourceLength);
                OffHeap.fill(result + sourceLength, length - sourceLength, (byte) 0);
                continue;
            }
            switch (operation) {
                case AND -> {
                    Bits.and(result, source, sourceLength);
                    OffHeap.fill(result + sourceLength, length - sourceLength, (byte) 0);
                }
                case OR -> Bits.or(result, source, sourceLength);
                default -> Bits.xor(result, source, sourceLength);
            }
        }
        if (operation == NOT) {
            Bits.not(result, length);
        }
    }

    /// Makes the key in argument `i`, whose entry is `e` or 0, a string that counts as built in place ("raw"); the commit
    /// is up to the caller.
    ///
    /// @param deadline unix ms, 0 = none
    static void storeRaw(CommandContext c, Args a, int i, long e, long value, int length, long deadline) {
        Keyspace ks = c.keyspace(a, i);
        long hash = c.hash(a, i);
        ks.setText(a.address(i), a.length(i), hash, value, length, deadline);
        if (length <= Encoding.EMBSTR_BYTES_MAX) {
            ks.stringForWrite(a.address(i), a.length(i), hash, length);
        }
        if (e == 0) {
            c.created(ks, a, i);
        }
    }
}
