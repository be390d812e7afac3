package dev.sampo.engine.command;

import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.Bits;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// BITFIELD: a string as integers of any width. A request is gone through twice, to check it and to do it.
final class BitFields {
    private static final byte[] TYPE = Errors.error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
        + "supported but i64 is.");
    private static final byte[] OVERFLOW_TYPE = Errors.error("ERR Invalid OVERFLOW type specified");
    private static final byte[] ONLY_GET = Errors.error("ERR BITFIELD_RO only supports the GET subcommand");

    private static final int WRAP = 0;
    private static final int SAT = 1;
    private static final int FAIL = 2;

    private static final int GET = 0;
    private static final int SET = 1;
    private static final int INCRBY = 2;
    private static final int OVERFLOW = 3;
    private static final int UNKNOWN = 4;
    /// Arguments of an operation behind its name.
    private static final int[] OPERANDS = {2, 3, 3, 1};

    /// Widths of signed types; unsigned ones are negative.
    private static final int INVALID_WIDTH = 0;

    /// Instead of the highest bit that a request writes.
    private static final long READS_ONLY = -1;
    private static final long REPLIED = -2;

    private BitFields() {
    }

    /// BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment ...]
    /// -> array with an integer per operation, nil where FAIL prevented it. O(1) per operation, and the bytes a longer
    /// string gains. Errors: WRONGTYPE; type; offset; not an integer; syntax. https://redis.io/commands/bitfield
    static void bitfield(CommandContext c, Args a, ReplyWriter r) {
        long highest = highestWrite(c, a, r);
        if (highest >= 0) {
            write(c, a, highest, r);
        } else if (highest == READS_ONLY) {
            read(c, a, r);
        }
    }

    /// BITFIELD_RO key [GET type offset ...] -> array of integers. O(1) per operation. Errors as BITFIELD.
    /// https://redis.io/commands/bitfield_ro
    static void bitfieldRo(CommandContext c, Args a, ReplyWriter r) {
        long highest = highestWrite(c, a, r);
        if (highest >= 0) {
            r.simple(ONLY_GET);
        } else if (highest == READS_ONLY) {
            read(c, a, r);
        }
    }

    /// A request that only reads needs no more of its key.
    static int keyFlags(Args a, int key) {
        int i = 2;
        while (i < a.count()) {
            int operation = operation(a, i);
            if (operation != GET && operation != OVERFLOW) {
                return RW | ACCESS | UPDATE;
            }
            i += 1 + OPERANDS[operation];
        }
        return RO | ACCESS;
    }

    // ---------------------------------------------------------------- the request

    /// Checks a request: the highest bit that it may write, [#READS_ONLY], or [#REPLIED] with an error.
    private static long highestWrite(CommandContext c, Args a, ReplyWriter r) {
        long highest = READS_ONLY;
        int operation;
        for (int i = 2; i < a.count(); i += 1 + OPERANDS[operation]) {
            operation = operation(a, i);
            if (operation == UNKNOWN) {
                return replied(Errors.SYNTAX, r);
            }
            if (operation == OVERFLOW) {
                if (policy(a, i + 1) < 0) {
                    return replied(OVERFLOW_TYPE, r);
                }
                continue;
            }
            int type = type(a, i + 1);
            if (type == INVALID_WIDTH) {
                return replied(TYPE, r);
            }
            int width = Math.abs(type);
            long offset = BitmapCommands.offset(c, a, i + 2, true, width);
            if (offset == BitmapCommands.INVALID_OFFSET) {
                return replied(BitmapCommands.BIT_OFFSET, r);
            }
            if (operation != GET) {
                if (!Ascii.isLong(a.address(i + 3), a.length(i + 3))) {
                    return replied(Errors.NOT_AN_INTEGER, r);
                }
                highest = Math.max(highest, offset + width - 1);
            }
        }
        return highest;
    }

    private static long replied(byte[] error, ReplyWriter r) {
        r.simple(error);
        return REPLIED;
    }

    /// What argument `i` says is to be done, if enough arguments follow it.
    private static int operation(Args a, int i) {
        int operation = a.equalsIgnoreCase(i, "GET") ? GET : a.equalsIgnoreCase(i, "SET") ? SET
            : a.equalsIgnoreCase(i, "INCRBY") ? INCRBY : a.equalsIgnoreCase(i, "OVERFLOW") ? OVERFLOW : UNKNOWN;
        return operation != UNKNOWN && i + OPERANDS[operation] < a.count() ? operation : UNKNOWN;
    }

    private static int policy(Args a, int i) {
        return a.equalsIgnoreCase(i, "WRAP") ? WRAP : a.equalsIgnoreCase(i, "SAT") ? SAT : a.equalsIgnoreCase(i, "FAIL") ? FAIL
            : -1;
    }

    /// Width of the type in argument `i`, negative if unsigned, [#INVALID_WIDTH] if there is no such type.
    private static int type(Args a, int i) {
        if (a.length(i) < 2) {
            return INVALID_WIDTH;
        }
        int sign = OffHeap.getByte(a.address(i));
        long width = Ascii.parseLong(a.address(i) + 1, a.length(i) - 1);
        if (sign == 'i') {
            return width >= 1 && width <= 64 ? (int) width : INVALID_WIDTH;
        }
        return sign == 'u' && width >= 1 && width <= 63 ? (int) -width : INVALID_WIDTH;
    }

    private static int operations(Args a) {
        int count = 0;
        for (int i = 2; i < a.count(); i += 1 + OPERANDS[operation(a, i)]) {
            count += operation(a, i) == OVERFLOW ? 0 : 1;
        }
        return count;
    }

    // ---------------------------------------------------------------- doing it

    private static void read(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!StringCommands.isString(e, r)) {
            return;
        }
        long text = e == 0 ? 0 : c.text(e, 0);
        int length = e == 0 ? 0 : c.textLength(e);
        r.array(operations(a));
        for (int i = 2; i < a.count(); i += 1 + OPERANDS[operation(a, i)]) {
            if (operation(a, i) == GET) {
                int type = type(a, i + 1);
                r.integer(value(text, length, BitmapCommands.offset(c, a, i + 2, true, Math.abs(type)), type));
            }
        }
    }

    private static void write(CommandContext c, Args a, long highest, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!StringCommands.isString(e, r)) {
            return;
        }
        int oldLength = e == 0 ? 0 : c.textLength(e);
        int length = Math.max(oldLength, (int) (highest >>> 3) + 1);
        boolean grown = length != oldLength;
        // Until something changes, the string is only looked at.
        boolean open = grown;
        long text = grown ? forWrite(c, a, length) : c.text(e, 0);
        boolean changed = false;
        int policy = WRAP;
        r.array(operations(a));
        int operation;
        for (int i = 2; i < a.count(); i += 1 + OPERANDS[operation]) {
            operation = operation(a, i);
            if (operation == OVERFLOW) {
                policy = policy(a, i + 1);
                continue;
            }
            int type = type(a, i + 1);
            long offset = BitmapCommands.offset(c, a, i + 2, true, Math.abs(type));
            long old = value(text, length, offset, type);
            if (operation == GET) {
                r.integer(old);
                continue;
            }
            long operand = Ascii.longValue(a.address(i + 3), a.length(i + 3));
            long base = operation == SET ? operand : old;
            long increment = operation == SET ? 0 : operand;
            int overflow = type > 0 ? signedOverflow(base, increment, type) : unsignedOverflow(base, increment, -type);
            if (overflow != 0 && policy == FAIL) {
                r.nullBulk();
                continue;
            }
            long fresh = overflow == 0 ? base + increment : limited(base + increment, overflow, type, policy);
            r.integer(operation == SET ? old : fresh);
            changed |= grown || fresh != old;
            if (fresh != old) {
                text = open ? text : forWrite(c, a, length);
                open = true;
                Bits.write(text, offset, Math.abs(type), fresh);
            }
        }
        if (open) {
            Keyspace ks = c.keyspace(a, 1);
            if (e == 0) {
                c.created(ks, a, 1);
            }
            // A string may have grown by an operation that FAIL prevented: that is no event.
            c.commit(ks, a, 1, changed ? EventClass.STRING : 0, EventName.SETBIT);
        }
    }

    private static long forWrite(CommandContext c, Args a, int length) {
        return c.keyspace(a, 1).stringForWrite(a.address(1), a.length(1), c.hash(a, 1), length);
    }

    private static long value(long text, int length, long offset, int type) {
        long bits = Bits.read(text, length, offset, Math.abs(type));
        return type > 0 ? signed(bits, type) : bits;
    }

    private static long signed(long bits, int width) {
        return bits << 64 - width >> 64 - width;
    }

    /// Whether value + increment is above (1) or below (-1) what an unsigned integer of the width can be.
    private static int unsignedOverflow(long value, long increment, int width) {
        long max = (1L << width) - 1;
        if (Long.compareUnsigned(value, max) > 0 || increment > 0 && increment > max - value) {
            return 1;
        }
        return increment < 0 && increment < -value ? -1 : 0;
    }

    /// Whether value + increment is above (1) or below (-1) what a signed integer of the width can be. As in Redis the
    /// distance to the greatest one wraps around, so that SET takes the very lowest values for too high.
    private static int signedOverflow(long value, long increment, int width) {
        long max = Long.MAX_VALUE >> 64 - width;
        long above = max - value;
        long below = ~max - value;
        if (value > max || increment > above && (width != 64 || value >= 0 && increment > 0)) {
            return 1;
        }
        return value < ~max || increment < below && (width != 64 || value < 0 && increment < 0) ? -1 : 0;
    }

    /// What becomes of a sum that does not fit.
    private static long limited(long sum, int overflow, int type, int policy) {
        int width = Math.abs(type);
        if (policy == SAT) {
            if (type < 0) {
                return overflow > 0 ? (1L << width) - 1 : 0;
            }
            long max = Long.MAX_VALUE >> 64 - width;
            return overflow > 0 ? max : ~max;
        }
        return type > 0 ? signed(sum, width) : sum & (1L << width) - 1;
    }
}
