package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.INSERT;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;
import static dev.sampo.engine.command.KeyFlag.VARIABLE_FLAGS;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Commands on string values. Contract: https://redis.io/commands/?group=string
final class StringCommands {
    private static final byte[] NOTHING = {};
    private static final byte[] DECREMENT_OVERFLOW = Errors.error("ERR decrement would overflow");
    private static final byte[] NOT_FINITE = Errors.error("ERR increment would produce NaN or Infinity");

    private StringCommands() {
    }

    static void register(CommandTable.Builder t) {
        long string = Category.STRING;
        t.add("GET", 2, READONLY | FAST, string, KeySpec.key(1, RO | ACCESS), StringCommands::get);
        t.add("SET", -3, WRITE | DENYOOM, string,
            KeySpec.key(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS).flagsBy(StringCommands::setKeyFlags)
                .notes("RW and ACCESS due to the optional `GET` argument"),
            StringCommands::set).effect(Effect.CUSTOM);
        t.add("SETNX", 3, WRITE | DENYOOM | FAST, string, KeySpec.key(1, OW | INSERT), StringCommands::setnx)
            .effect(Effect.CUSTOM);
        t.add("SETEX", 4, WRITE | DENYOOM, string, KeySpec.key(1, OW | UPDATE), StringCommands::setex)
            .effect(Effect.CUSTOM);
        t.add("PSETEX", 4, WRITE | DENYOOM, string, KeySpec.key(1, OW | UPDATE), StringCommands::psetex)
            .effect(Effect.CUSTOM);
        t.add("GETSET", 3, WRITE | DENYOOM | FAST, string, KeySpec.key(1, RW | ACCESS | UPDATE), StringCommands::getset)
            .effect(Effect.CUSTOM);
        t.add("GETDEL", 2, WRITE | FAST, string, KeySpec.key(1, RW | ACCESS | DELETE), StringCommands::getdel)
            .effect(Effect.CUSTOM);
        t.add("GETEX", -2, WRITE | FAST, string,
            KeySpec.key(1, RW | ACCESS | UPDATE).notes("RW and UPDATE because it changes the TTL"),
            StringCommands::getex).effect(Effect.CUSTOM);
        t.add("APPEND", 3, WRITE | DENYOOM | FAST, string, KeySpec.key(1, RW | INSERT), StringCommands::append)
            .effect(Effect.VERBATIM);
        t.add("STRLEN", 2, READONLY | FAST, string, KeySpec.key(1, RO), StringCommands::strlen);
        t.add("GETRANGE", 4, READONLY, string, KeySpec.key(1, RO | ACCESS), StringCommands::getrange);
        t.add("SUBSTR", 4, READONLY, string, KeySpec.key(1, RO | ACCESS), StringCommands::getrange);
        t.add("SETRANGE", 4, WRITE | DENYOOM, string, KeySpec.key(1, RW | UPDATE), StringCommands::setrange)
            .effect(Effect.VERBATIM);
        registerCounters(t, string);
        t.add("MGET", -2, READONLY | FAST, string, KeySpec.range(1, -1, 1, RO | ACCESS), StringCommands::mget)
            .tips("request_policy:multi_shard");
        t.add("MSET", -3, WRITE | DENYOOM, string, KeySpec.range(1, -1, 2, OW | UPDATE), StringCommands::mset)
            .effect(Effect.VERBATIM).tips("request_policy:multi_shard", "response_policy:all_succeeded");
        t.add("MSETNX", -3, WRITE | DENYOOM, string, KeySpec.range(1, -1, 2, OW | INSERT), StringCommands::msetnx)
            .effect(Effect.VERBATIM).tips("request_policy:multi_shard", "response_policy:agg_min");
        t.add("LCS", -3, READONLY, string, KeySpec.range(1, 2, 1, RO | ACCESS), LongestCommonSubsequence::lcs);
    }

    private static void registerCounters(CommandTable.Builder t, long string) {
        KeySpec counter = KeySpec.key(1, RW | ACCESS | UPDATE);
        long flags = WRITE | DENYOOM | FAST;
        t.add("INCR", 2, flags, string, counter, StringCommands::incr).effect(Effect.VERBATIM);
        t.add("DECR", 2, flags, string, counter, StringCommands::decr).effect(Effect.VERBATIM);
        t.add("INCRBY", 3, flags, string, counter, StringCommands::incrby).effect(Effect.VERBATIM);
        t.add("DECRBY", 3, flags, string, counter, StringCommands::decrby).effect(Effect.VERBATIM);
        t.add("INCRBYFLOAT", 3, flags, string, counter, StringCommands::incrbyfloat).effect(Effect.CUSTOM);
    }

    // ---------------------------------------------------------------- reading

    /// GET key -> bulk | nil. O(1). Errors: WRONGTYPE. https://redis.io/commands/get
    private static void get(CommandContext c, Args a, ReplyWriter r) {
        replyValue(c.lookupRead(a, 1), r);
    }

    /// MGET key [key ...] -> array of bulk | nil, nil also for other types. O(N). https://redis.io/commands/mget
    private static void mget(CommandContext c, Args a, ReplyWriter r) {
        int count = a.count();
        r.array(count - 1);
        for (int i = 1; i < count; i++) {
            long e = c.lookupRead(a, i);
            if (e != 0 && Entry.type(e) == Type.STRING) {
                writeValue(e, r);
            } else {
                r.nullBulk();
            }
        }
    }

    /// STRLEN key -> length, 0 for a missing key. O(1). Errors: WRONGTYPE. https://redis.io/commands/strlen
    private static void strlen(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isString(e, r)) {
            r.integer(e == 0 ? 0 : c.textLength(e));
        }
    }

    /// GETRANGE key start end (also SUBSTR) -> bulk, both ends included, negative ones counted from the end.
    /// O(length of the reply). Errors: WRONGTYPE. https://redis.io/commands/getrange
    private static void getrange(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long start = in.nextLong();
        long end = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isString(e, r)) {
            return;
        }
        int length = e == 0 ? 0 : c.textLength(e);
        // Two negative ends in the wrong order are nothing even where clamping both to 0 would select a byte.
        boolean reversed = start < 0 && end < 0 && start > end;
        long from = Math.max(start < 0 ? start + length : start, 0);
        long to = Math.min(Math.max(end < 0 ? end + length : end, 0), length - 1);
        if (reversed || from > to) {
            r.bulk(NOTHING);
        } else {
            r.bulk(c.text(e, 0) + from, (int) (to - from + 1));
        }
    }

    // ---------------------------------------------------------------- setting

    /// SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] -> OK, nil if NX or XX prevents it;
    /// with GET the old value | nil. O(1). Errors: syntax; invalid expire time; with GET also WRONGTYPE.
    /// https://redis.io/commands/set
    private static void set(CommandContext c, Args a, ReplyWriter r) {
        if (a.count() > 3) {
            SetOptions.set(c, a, r);
            return;
        }
        store(c, a, 1, 2, 0, c.lookupWrite(a, 1) != 0);
        logSet(c, a, 1, 2, 0, false);
        r.ok();
    }

    /// Only SET with GET reads its key.
    private static int setKeyFlags(Args a, int key) {
        for (int i = 3; i < a.count(); i++) {
            if (a.equalsIgnoreCase(i, "GET")) {
                return RW | ACCESS | UPDATE;
            }
        }
        return OW | UPDATE;
    }

    /// SETNX key value -> 1 if the key was set, 0 if it was there. O(1). https://redis.io/commands/setnx
    private static void setnx(CommandContext c, Args a, ReplyWriter r) {
        if (c.lookupWrite(a, 1) != 0) {
            r.integer(0);
            return;
        }
        store(c, a, 1, 2, 0, false);
        logSet(c, a, 1, 2, 0, false);
        r.integer(1);
    }

    /// SETEX key seconds value -> OK. O(1). Errors: invalid expire time. https://redis.io/commands/setex
    private static void setex(CommandContext c, Args a, ReplyWriter r) {
        setWithTtl(c, a, true, r);
    }

    /// PSETEX key milliseconds value -> OK. O(1). Errors: invalid expire time. https://redis.io/commands/psetex
    private static void psetex(CommandContext c, Args a, ReplyWriter r) {
        setWithTtl(c, a, false, r);
    }

    private static void setWithTtl(CommandContext c, Args a, boolean seconds, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long ttl = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        long deadline = Deadlines.fromTtl(ttl, seconds, c.now());
        if (deadline == Deadlines.INVALID) {
            Errors.invalidExpire(r, c.spec());
            return;
        }
        store(c, a, 1, 3, deadline, c.lookupWrite(a, 1) != 0);
        c.event(c.keyspace(a, 1), a, 1, EventClass.GENERIC, EventName.EXPIRE);
        logSet(c, a, 1, 3, deadline, false);
        r.ok();
    }

    /// GETSET key value -> old value | nil. O(1). Errors: WRONGTYPE. https://redis.io/commands/getset
    private static void getset(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!replyValue(e, r)) {
            return;
        }
        store(c, a, 1, 2, 0, e != 0);
        logSet(c, a, 1, 2, 0, false);
    }

    /// MSET key value [key value ...] -> OK. O(N). Errors: arity. https://redis.io/commands/mset
    private static void mset(CommandContext c, Args a, ReplyWriter r) {
        if ((a.count() & 1) == 0) {
            c.spec().writeArityError(r);
            return;
        }
        storeAll(c, a);
        r.ok();
    }

    /// MSETNX key value [key value ...] -> 1 if all were set, 0 if one was there and none was set. O(N). Errors: arity.
    /// https://redis.io/commands/msetnx
    private static void msetnx(CommandContext c, Args a, ReplyWriter r) {
        if ((a.count() & 1) == 0) {
            c.spec().writeArityError(r);
            return;
        }
        for (int i = 1; i < a.count(); i += 2) {
            if (c.lookupWrite(a, i) != 0) {
                r.integer(0);
                return;
            }
        }
        storeAll(c, a);
        r.integer(1);
    }

    private static void storeAll(CommandContext c, Args a) {
        for (int i = 1, count = a.count(); i < count; i += 2) {
            store(c, a, i, i + 1, 0, c.lookupWrite(a, i) != 0);
        }
    }

    /// Sets a key to an argument and commits that.
    ///
    /// @param deadline unix ms, 0 = none
    /// @param exists whether the key is there, as its lookup has just told
    static void store(CommandContext c, Args a, int key, int value, long deadline, boolean exists) {
        Keyspace ks = c.keyspace(a, key);
        ks.setString(a.address(key), a.length(key), c.hash(a, key), a.address(value), a.length(value), deadline);
        if (!exists) {
            c.created(ks, a, key);
        }
        c.commit(ks, a, key, EventClass.STRING, EventName.SET);
    }

    /// Logs the effect of having set a key to an argument.
    ///
    /// @param keepTtl whether the key's old deadline, if any, went on; `deadline` is then of no matter
    static void logSet(CommandContext c, Args a, int key, int value, long deadline, boolean keepTtl) {
        Keyspace ks = c.keyspace(a, key);
        if (c.logs(ks)) {
            Effects.set(c, ks, a, key, a.address(value), a.length(value), deadline, keepTtl);
        }
    }

    // ---------------------------------------------------------------- reading and changing

    /// GETDEL key -> value | nil. O(1). Errors: WRONGTYPE. https://redis.io/commands/getdel
    private static void getdel(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!replyValue(e, r) || e == 0) {
            return;
        }
        KeyCommands.delete(c, a, 1, EventName.DEL);
        Effects.del(c, c.keyspace(a, 1), a, 1);
    }

    /// GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] -> value | nil. O(1). Errors: WRONGTYPE; syntax; invalid
    /// expire time. A time in the past removes the key. https://redis.io/commands/getex
    private static void getex(CommandContext c, Args a, ReplyWriter r) {
        SetOptions.getex(c, a, r);
    }

    /// APPEND key value -> new length. O(length of the value), amortised. Errors: WRONGTYPE; result too long.
    /// https://redis.io/commands/append
    private static void append(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isString(e, r)) {
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        int added = a.length(2);
        int length = e == 0 ? 0 : c.textLength(e);
        if (e == 0) {
            ks.setString(a.address(1), a.length(1), c.hash(a, 1), a.address(2), added, 0);
            c.created(ks, a, 1);
        } else if (isTooLong(c, length, added, r)) {
            return;
        } else {
            long value = ks.stringForWrite(a.address(1), a.length(1), c.hash(a, 1), length + added);
            OffHeap.copy(a.address(2), value + length, added);
        }
        c.commit(ks, a, 1, EventClass.STRING, EventName.APPEND);
        r.integer(length + added);
    }

    /// SETRANGE key offset value -> new length. O(length of the value) and of the gap. An empty value changes nothing.
    /// Errors: WRONGTYPE; offset negative; result too long. https://redis.io/commands/setrange
    private static void setrange(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long offset = in.nextLong();
        if (offset < 0) {
            in.fail(Errors.OFFSET_RANGE);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (!isString(e, r)) {
            return;
        }
        int length = e == 0 ? 0 : c.textLength(e);
        int written = a.length(3);
        if (written == 0) {
            r.integer(length);
            return;
        }
        if (isTooLong(c, offset, written, r)) {
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        int newLength = Math.max(length, (int) offset + written);
        long value = ks.stringForWrite(a.address(1), a.length(1), c.hash(a, 1), newLength);
        OffHeap.copy(a.address(3), value + offset, written);
        if (e == 0) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.STRING, EventName.SETRANGE);
        r.integer(newLength);
    }

    // ---------------------------------------------------------------- counting

    /// INCR key -> new value. O(1). Errors: WRONGTYPE; not an integer; overflow. https://redis.io/commands/incr
    private static void incr(CommandContext c, Args a, ReplyWriter r) {
        add(c, a, 1, r);
    }

    /// DECR key -> new value. O(1). Errors as INCR. https://redis.io/commands/decr
    private static void decr(CommandContext c, Args a, ReplyWriter r) {
        add(c, a, -1, r);
    }

    /// INCRBY key increment -> new value. O(1). Errors as INCR. https://redis.io/commands/incrby
    private static void incrby(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long increment = in.nextLong();
        if (!in.failed(r)) {
            add(c, a, increment, r);
        }
    }

    /// DECRBY key decrement -> new value. O(1). Errors as INCR; the smallest long has no negation.
    /// https://redis.io/commands/decrby
    private static void decrby(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long decrement = in.nextLong();
        if (decrement == Long.MIN_VALUE) {
            in.fail(DECREMENT_OVERFLOW);
        }
        if (!in.failed(r)) {
            add(c, a, -decrement, r);
        }
    }

    private static void add(CommandContext c, Args a, long increment, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isString(e, r)) {
            return;
        }
        long value = 0;
        long deadline = 0;
        if (e != 0) {
            if (!isNumber(e)) {
                r.simple(Errors.NOT_AN_INTEGER);
                return;
            }
            value = number(e);
            deadline = Entry.deadline(e);
        }
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            r.simple(Errors.OVERFLOW);
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        ks.setInteger(a.address(1), a.length(1), c.hash(a, 1), sum, deadline);
        if (e == 0) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.STRING, EventName.INCRBY);
        r.integer(sum);
    }

    private static boolean isNumber(long e) {
        return Entry.isInteger(e) || Ascii.isLong(Entry.valueAddress(e), Entry.valueLength(e));
    }

    private static long number(long e) {
        return Entry.isInteger(e) ? Entry.integer(e) : Ascii.longValue(Entry.valueAddress(e), Entry.valueLength(e));
    }

    /// INCRBYFLOAT key increment -> new value as bulk. O(1). Errors: WRONGTYPE; not a float; result not finite.
    /// Logged as SET of the result. The sum is rounded as Redis's is on x86: see [ExtendedDouble].
    /// https://redis.io/commands/incrbyfloat
    private static void incrbyfloat(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isString(e, r)) {
            return;
        }
        ExtendedDouble value = e == 0 ? ExtendedDouble.ZERO : ExtendedDouble.parse(c.text(e, 0), c.textLength(e));
        ExtendedDouble increment = ExtendedDouble.parse(a.address(2), a.length(2));
        if (value == null || increment == null) {
            r.simple(Errors.NOT_A_FLOAT);
            return;
        }
        ExtendedDouble sum = value.plus(increment);
        if (!sum.isFinite()) {
            r.simple(NOT_FINITE);
            return;
        }
        byte[] text = sum.text();
        long copy = OffHeap.allocate(text.length);
        OffHeap.copyFrom(text, 0, copy, text.length);
        Keyspace ks = c.keyspace(a, 1);
        long deadline = e == 0 ? 0 : Entry.deadline(e);
        // Redis keeps the sum as text, even a whole number.
        ks.setText(a.address(1), a.length(1), c.hash(a, 1), copy, text.length, deadline);
        if (e == 0) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.STRING, EventName.INCRBYFLOAT);
        if (c.logs(ks)) {
            Effects.set(c, ks, a, 1, copy, text.length, 0, true);
        }
        OffHeap.free(copy, text.length);
        r.bulk(text);
    }

    // ---------------------------------------------------------------- shared

    /// Whether an entry is a string or missing; if not, that is the reply.
    static boolean isString(long e, ReplyWriter r) {
        if (e != 0 && Entry.type(e) != Type.STRING) {
            r.simple(Errors.WRONG_TYPE);
            return false;
        }
        return true;
    }

    /// Replies with a string, nil if missing, or the error for another type; whether it was no error.
    static boolean replyValue(long e, ReplyWriter r) {
        if (e == 0) {
            r.nullBulk();
            return true;
        }
        if (Entry.type(e) != Type.STRING) {
            r.simple(Errors.WRONG_TYPE);
            return false;
        }
        writeValue(e, r);
        return true;
    }

    private static void writeValue(long e, ReplyWriter r) {
        if (Entry.isInteger(e)) {
            r.bulkInteger(Entry.integer(e));
        } else {
            r.bulk(Entry.valueAddress(e), Entry.valueLength(e));
        }
    }

    private static boolean isTooLong(CommandContext c, long length, int added, ReplyWriter r) {
        long max = Math.min(c.settings().bulkLengthMax(), Integer.MAX_VALUE);
        if (length > max - added) {
            r.simple(Errors.STRING_TOO_LONG);
            return true;
        }
        return false;
    }
}
