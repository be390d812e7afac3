package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.INSERT;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.HashValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Commands on hashes; those on the deadlines of fields are [HashFieldCommands]. A field whose time is over is nowhere to be
/// seen. Contract: https://redis.io/commands/?group=hash
final class HashCommands {
    private static final byte[] NOT_AN_INTEGER = Errors.error("ERR hash value is not an integer");
    private static final byte[] NOT_A_FLOAT = Errors.error("ERR hash value is not a float");
    private static final byte[] NOT_FINITE = Errors.error("ERR increment would produce NaN or Infinity");
    private static final byte[] INCREMENT_NOT_FINITE = Errors.error("ERR value is NaN or Infinity");

    private static final int FIELDS = 1;
    private static final int VALUES = 2;

    private HashCommands() {
    }

    static void register(CommandTable.Builder t) {
        long hash = Category.HASH;
        KeySpec read = KeySpec.key(1, RO | ACCESS);
        KeySpec asked = KeySpec.key(1, RO);
        KeySpec counter = KeySpec.key(1, RW | ACCESS | UPDATE);
        long adds = WRITE | DENYOOM | FAST;
        t.add("HSET", -4, adds, hash, KeySpec.key(1, RW | UPDATE), HashCommands::hset).member(2).effect(Effect.VERBATIM);
        t.add("HMSET", -4, adds, hash, KeySpec.key(1, RW | UPDATE), HashCommands::hmset).member(2).effect(Effect.VERBATIM);
        t.add("HSETNX", 4, adds, hash, KeySpec.key(1, RW | INSERT), HashCommands::hsetnx).member(2).effect(Effect.VERBATIM);
        t.add("HGET", 3, READONLY | FAST, hash, read, HashCommands::hget).member(2);
        t.add("HMGET", -3, READONLY | FAST, hash, read, HashCommands::hmget).member(2);
        t.add("HGETALL", 2, READONLY, hash, read, HashCommands::hgetall).tips("nondeterministic_output_order");
        t.add("HKEYS", 2, READONLY, hash, read, HashCommands::hkeys).tips("nondeterministic_output_order");
        t.add("HVALS", 2, READONLY, hash, read, HashCommands::hvals).tips("nondeterministic_output_order");
        t.add("HLEN", 2, READONLY | FAST, hash, asked, HashCommands::hlen);
        t.add("HEXISTS", 3, READONLY | FAST, hash, asked, HashCommands::hexists).member(2);
        t.add("HSTRLEN", 3, READONLY | FAST, hash, asked, HashCommands::hstrlen).member(2);
        t.add("HDEL", -3, WRITE | FAST, hash, KeySpec.key(1, RW | DELETE), HashCommands::hdel).member(2).effect(Effect.VERBATIM);
        t.add("HINCRBY", 4, adds, hash, counter, HashCommands::hincrby).member(2).effect(Effect.VERBATIM);
        t.add("HINCRBYFLOAT", 4, adds, hash, counter, HashCommands::hincrbyfloat).member(2).effect(Effect.CUSTOM);
        t.add("HRANDFIELD", -2, READONLY, hash, read, HashRandom::hrandfield).tips("nondeterministic_output");
        t.add("HSCAN", -3, READONLY, hash, read, HashScan::hscan).tips("nondeterministic_output");
        HashFieldCommands.register(t);
    }

    // ---------------------------------------------------------------- shared

    /// The hash of the key in argument 1 for a command that reads it, empty if the key is missing; null after the error for
    /// another type.
    static HashValue read(CommandContext c, Args a, ReplyWriter r) {
        return open(c, a, c.lookupRead(a, 1), r);
    }

    /// The hash of the key in argument 1 for a command that may change it, empty if the key is missing; null after the
    /// error for another type.
    static HashValue write(CommandContext c, Args a, ReplyWriter r) {
        return open(c, a, c.lookupWrite(a, 1), r);
    }

    private static HashValue open(CommandContext c, Args a, long e, ReplyWriter r) {
        if (e != 0 && Entry.type(e) != Type.HASH) {
            r.simple(Errors.WRONG_TYPE);
            return null;
        }
        return open(c, a, e);
    }

    private static HashValue open(CommandContext c, Args a, long e) {
        Keyspace ks = c.keyspace(a, 1);
        return c.hashValue().open(ks, a.address(1), a.length(1), c.hash(a, 1), e, c.settings().collections(), c.fieldTime());
    }

    /// Goes to the field in argument `i` of a hash that is about to be changed; returns whether it is there. One that is over
    /// goes for good, and is logged as gone, because a replay sees it.
    static boolean find(CommandContext c, Args a, int i, HashValue h) {
        if (!h.findStored(a.address(i), a.length(i))) {
            return false;
        }
        if (!h.isOver()) {
            return true;
        }
        if (c.expireField(c.keyspace(a, 1), a, 1, h)) {
            open(c, a, 0);
        }
        return false;
    }

    /// Completes the setting of fields.
    ///
    /// @param isNew whether the key was missing
    static void commit(CommandContext c, Args a, boolean isNew, byte[] event) {
        Keyspace ks = c.keyspace(a, 1);
        if (isNew) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.HASH, event);
    }

    /// Completes the removal of fields; the key goes with the last one.
    static void commitRemoval(CommandContext c, Args a, HashValue h) {
        Keyspace ks = c.keyspace(a, 1);
        boolean gone = deleteIfEmpty(c, a, h);
        c.commit(ks, a, 1, EventClass.HASH, EventName.HDEL);
        if (gone) {
            c.event(ks, a, 1, EventClass.GENERIC, EventName.DEL);
        }
    }

    static boolean deleteIfEmpty(CommandContext c, Args a, HashValue h) {
        return h.entry() != 0 && h.storedSize() == 0 && c.keyspace(a, 1).delete(a.address(1), a.length(1), c.hash(a, 1));
    }

    // ---------------------------------------------------------------- setting

    /// HSET key field value [field value ...] -> number of fields that are new. O(N log size). Errors: WRONGTYPE; arity.
    /// https://redis.io/commands/hset
    private static void hset(CommandContext c, Args a, ReplyWriter r) {
        int created = setAll(c, a, r);
        if (created >= 0) {
            r.integer(created);
        }
    }

    /// HMSET key field value [field value ...] -> OK. As HSET. https://redis.io/commands/hmset
    private static void hmset(CommandContext c, Args a, ReplyWriter r) {
        if (setAll(c, a, r) >= 0) {
            r.ok();
        }
    }

    /// Number of new fields, or -1 after an error.
    private static int setAll(CommandContext c, Args a, ReplyWriter r) {
        int count = a.count();
        if ((count & 1) != 0) {
            c.spec().writeArityError(r);
            return -1;
        }
        HashValue h = write(c, a, r);
        if (h == null) {
            return -1;
        }
        boolean isNew = h.entry() == 0;
        h.expect(count - 2 >>> 1);
        int created = 0;
        for (int i = 2; i < count; i += 2) {
            created += h.put(a.address(i), a.length(i), a.address(i + 1), a.length(i + 1)) ? 1 : 0;
        }
        commit(c, a, isNew, EventName.HSET);
        return created;
    }

    /// HSETNX key field value -> 1 if the field was set, 0 if it was there. O(log size). Errors: WRONGTYPE.
    /// https://redis.io/commands/hsetnx
    private static void hsetnx(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = write(c, a, r);
        if (h == null) {
            return;
        }
        if (find(c, a, 2, h)) {
            r.integer(0);
            return;
        }
        boolean isNew = h.entry() == 0;
        h.put(a.address(2), a.length(2), a.address(3), a.length(3));
        commit(c, a, isNew, EventName.HSET);
        r.integer(1);
    }

    /// HINCRBY key field increment -> new value. O(log size). The field's deadline stays. Errors: WRONGTYPE; not an integer;
    /// overflow. https://redis.io/commands/hincrby
    private static void hincrby(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        long increment = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        HashValue h = write(c, a, r);
        if (h == null) {
            return;
        }
        long value = 0;
        if (find(c, a, 2, h)) {
            if (!Ascii.isLong(h.valueAddress(), h.valueLength())) {
                r.simple(NOT_AN_INTEGER);
                return;
            }
            value = Ascii.longValue(h.valueAddress(), h.valueLength());
        }
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            r.simple(Errors.OVERFLOW);
            return;
        }
        boolean isNew = h.entry() == 0;
        h.put(a.address(2), a.length(2), c.digits(sum), Ascii.longLength(sum), true);
        commit(c, a, isNew, EventName.HINCRBY);
        r.integer(sum);
    }

    /// HINCRBYFLOAT key field increment -> new value as bulk. O(log size). The field's deadline stays. Logged as what the field
    /// was set to. The sum is rounded as Redis's is on x86: see [ExtendedDouble]. Errors: WRONGTYPE; not a float; result not
    /// finite. https://redis.io/commands/hincrbyfloat
    private static void hincrbyfloat(CommandContext c, Args a, ReplyWriter r) {
        ExtendedDouble increment = ExtendedDouble.parse(a.address(3), a.length(3));
        if (increment == null || !increment.isFinite()) {
            r.simple(increment == null ? Errors.NOT_A_FLOAT : INCREMENT_NOT_FINITE);
            return;
        }
        HashValue h = write(c, a, r);
        if (h == null) {
            return;
        }
        boolean there = find(c, a, 2, h);
        ExtendedDouble value = there ? ExtendedDouble.parse(h.valueAddress(), h.valueLength()) : ExtendedDouble.ZERO;
        if (value == null) {
            r.simple(NOT_A_FLOAT);
            return;
        }
        ExtendedDouble sum = value.plus(increment);
        if (!sum.isFinite()) {
            r.simple(NOT_FINITE);
            return;
        }
        boolean hasDeadline = there && h.deadline() != 0;
        byte[] text = sum.text();
        long copy = OffHeap.allocate(text.length);
        try {
            OffHeap.copyFrom(text, 0, copy, text.length);
            boolean isNew = h.entry() == 0;
            h.put(a.address(2), a.length(2), copy, text.length, true);
            commit(c, a, isNew, EventName.HINCRBYFLOAT);
            logSet(c, a, copy, text.length, hasDeadline);
        } finally {
            OffHeap.free(copy, text.length);
        }
        r.bulk(text);
    }

    private static void logSet(CommandContext c, Args a, long value, int length, boolean keepDeadline) {
        Keyspace ks = c.keyspace(a, 1);
        if (!c.logs(ks)) {
            return;
        }
        EffectLog log = keepDeadline ? c.effect(ks, Effects.HSETEX, 7) : c.effect(ks, Effects.HSET, 4);
        log.argument(a.address(1), a.length(1));
        if (keepDeadline) {
            log.argument(Effects.KEEPTTL);
            log.argument(Effects.FIELDS);
            c.number(log, 1);
        }
        log.argument(a.address(2), a.length(2));
        log.argument(value, length);
        log.end();
    }

    // ---------------------------------------------------------------- removing

    /// HDEL key field [field ...] -> number of fields removed; the key goes with the last one. O(N log size). Errors: WRONGTYPE.
    /// https://redis.io/commands/hdel
    private static void hdel(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = write(c, a, r);
        if (h == null) {
            return;
        }
        int removed = 0;
        for (int i = 2, count = a.count(); i < count && h.storedSize() > 0; i++) {
            if (find(c, a, i, h)) {
                h.remove();
                removed++;
            }
        }
        if (removed > 0) {
            commitRemoval(c, a, h);
        }
        r.integer(removed);
    }

    // ---------------------------------------------------------------- reading

    /// HGET key field -> bulk | nil. O(log size). Errors: WRONGTYPE. https://redis.io/commands/hget
    private static void hget(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h != null) {
            replyValue(a, 2, h, r);
        }
    }

    /// HMGET key field [field ...] -> array of bulk | nil. O(N log size). Errors: WRONGTYPE. https://redis.io/commands/hmget
    private static void hmget(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h == null) {
            return;
        }
        int count = a.count();
        r.array(count - 2);
        for (int i = 2; i < count; i++) {
            replyValue(a, i, h, r);
        }
    }

    private static void replyValue(Args a, int i, HashValue h, ReplyWriter r) {
        if (h.find(a.address(i), a.length(i))) {
            h.replyValue(r);
        } else {
            r.nullBulk();
        }
    }

    /// HGETALL key -> map of fields and values. O(size). Errors: WRONGTYPE. https://redis.io/commands/hgetall
    private static void hgetall(CommandContext c, Args a, ReplyWriter r) {
        replyAll(c, a, FIELDS | VALUES, r);
    }

    /// HKEYS key -> array of fields. O(size). Errors: WRONGTYPE. https://redis.io/commands/hkeys
    private static void hkeys(CommandContext c, Args a, ReplyWriter r) {
        replyAll(c, a, FIELDS, r);
    }

    /// HVALS key -> array of values. O(size). Errors: WRONGTYPE. https://redis.io/commands/hvals
    private static void hvals(CommandContext c, Args a, ReplyWriter r) {
        replyAll(c, a, VALUES, r);
    }

    private static void replyAll(CommandContext c, Args a, int what, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h == null) {
            return;
        }
        if (what == (FIELDS | VALUES)) {
            r.map(h.size());
        } else {
            r.array(h.size());
        }
        for (boolean more = h.first(); more; more = h.next()) {
            if ((what & FIELDS) != 0) {
                h.replyField(r);
            }
            if ((what & VALUES) != 0) {
                h.replyValue(r);
            }
        }
    }

    /// HLEN key -> number of fields. O(log size). Errors: WRONGTYPE. https://redis.io/commands/hlen
    private static void hlen(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h != null) {
            r.integer(h.size());
        }
    }

    /// HEXISTS key field -> 1 | 0. O(log size). Errors: WRONGTYPE. https://redis.io/commands/hexists
    private static void hexists(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h != null) {
            r.integer(h.find(a.address(2), a.length(2)) ? 1 : 0);
        }
    }

    /// HSTRLEN key field -> length of the value, 0 for a missing field. O(log size). Errors: WRONGTYPE.
    /// https://redis.io/commands/hstrlen
    private static void hstrlen(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = read(c, a, r);
        if (h != null) {
            r.integer(h.find(a.address(2), a.length(2)) ? h.valueLength() : 0);
        }
    }
}
