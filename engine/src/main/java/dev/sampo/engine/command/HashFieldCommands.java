package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.HashValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;

/// Commands on the deadlines of fields, as Redis 7.4 and 8.0 have them. Contract: https://redis.io/commands/?group=hash
final class HashFieldCommands {
    private static final byte[] NEGATIVE = Errors.error("ERR invalid expire time, must be >= 0");
    private static final byte[] FIELDS_MISSING =
        Errors.error("ERR Mandatory argument FIELDS is missing or not at the right position");
    private static final byte[] NUMBER_POSITIVE = Errors.error("ERR Number of fields must be a positive integer");
    private static final byte[] NUMBER_ABOVE_ZERO = Errors.error("ERR Parameter `numFields` should be greater than 0");
    private static final byte[] NUMBER_MISMATCH =
        Errors.error("ERR The `numfields` parameter must match the number of arguments");
    private static final byte[] NUMBER_INVALID = Errors.error("ERR invalid number of fields");
    private static final byte[] ONE_TIME =
        Errors.error("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    private static final byte[] ONE_CONDITION = Errors.error("ERR Only one of FXX or FNX arguments can be specified");
    private static final byte[] TIME_MISSING = Errors.error("ERR missing expire time");

    /// The latest deadline, Unix time in ms.
    private static final long DEADLINE_MAX = 0xFFFF_FFFF_FFFFL >> 2;
    private static final long INVALID = -1;

    // What becomes of one field.
    private static final int NO_FIELD = -2;
    private static final int NO_DEADLINE = -1;
    private static final int NOT_MET = 0;
    private static final int DONE = 1;
    private static final int DELETED = 2;

    // Conditions of HEXPIRE.
    private static final int ALWAYS = 0;
    private static final int NX = 1;
    private static final int XX = 2;
    private static final int GT = 3;
    private static final int LT = 4;

    // Times of HGETEX and HSETEX.
    private static final int NO_TIME = 0;
    private static final int AT = 1;
    private static final int KEEP = 2;
    private static final int PERSIST = 3;

    private HashFieldCommands() {
    }

    static void register(CommandTable.Builder t) {
        long hash = Category.HASH;
        KeySpec changed = KeySpec.key(1, RW | UPDATE);
        KeySpec asked = KeySpec.key(1, RO | ACCESS);
        t.add("HEXPIRE", -6, WRITE | FAST, hash, changed, HashFieldCommands::hexpire).effect(Effect.CUSTOM);
        t.add("HPEXPIRE", -6, WRITE | FAST, hash, changed, HashFieldCommands::hpexpire).effect(Effect.CUSTOM);
        t.add("HEXPIREAT", -6, WRITE | FAST, hash, changed, HashFieldCommands::hexpireat).effect(Effect.CUSTOM);
        t.add("HPEXPIREAT", -6, WRITE | FAST, hash, changed, HashFieldCommands::hpexpireat).effect(Effect.CUSTOM);
        t.add("HPERSIST", -5, WRITE | FAST, hash, changed, HashFieldCommands::hpersist).effect(Effect.VERBATIM);
        t.add("HTTL", -5, READONLY | FAST, hash, asked, HashFieldCommands::httl).tips("nondeterministic_output");
        t.add("HPTTL", -5, READONLY | FAST, hash, asked, HashFieldCommands::hpttl).tips("nondeterministic_output");
        t.add("HEXPIRETIME", -5, READONLY | FAST, hash, asked, HashFieldCommands::hexpiretime);
        t.add("HPEXPIRETIME", -5, READONLY | FAST, hash, asked, HashFieldCommands::hpexpiretime);
        t.add("HGETDEL", -5, WRITE | FAST, hash, KeySpec.key(1, RW | ACCESS | DELETE), HashFieldCommands::hgetdel)
            .effect(Effect.CUSTOM);
        t.add("HGETEX", -5, WRITE | FAST, hash,
            KeySpec.key(1, RW | ACCESS | UPDATE).notes("RW and UPDATE because it changes the TTL"), HashFieldCommands::hgetex)
            .effect(Effect.CUSTOM);
        t.add("HSETEX", -6, WRITE | DENYOOM | FAST, hash, changed, HashFieldCommands::hsetex).effect(Effect.CUSTOM);
    }

    // ---------------------------------------------------------------- requests

    /// The deadline that argument `i` says, or [#INVALID] after an error reply.
    ///
    /// @param base what the time is relative to, Unix time in ms
    private static long deadline(CommandContext c, Args a, int i, boolean seconds, long base, ReplyWriter r) {
        if (!Ascii.isLong(a.address(i), a.length(i))) {
            r.simple(Errors.NOT_AN_INTEGER);
            return INVALID;
        }
        long time = Ascii.longValue(a.address(i), a.length(i));
        if (time < 0) {
            r.simple(NEGATIVE);
            return INVALID;
        }
        if (seconds && time > DEADLINE_MAX / 1000 || (seconds ? time * 1000 : time) > DEADLINE_MAX - base) {
            Errors.invalidExpire(r, c.spec());
            return INVALID;
        }
        return (seconds ? time * 1000 : time) + base;
    }

    /// Checks `FIELDS numfields field ...`, which begins at argument `i` and ends the request; returns the index of the first
    /// field, or -1 after an error reply.
    ///
    /// @param badNumber what to say of a number that is none
    private static int fields(Args a, int i, byte[] badNumber, ReplyWriter r) {
        if (i >= a.count() || !a.equalsIgnoreCase(i, "FIELDS")) {
            r.simple(FIELDS_MISSING);
            return -1;
        }
        long number = i + 1 < a.count() ? Ascii.parseLong(a.address(i + 1), a.length(i + 1)) : 0;
        if (number < 1) {
            r.simple(badNumber);
            return -1;
        }
        if (number != a.count() - i - 2) {
            r.simple(NUMBER_MISMATCH);
            return -1;
        }
        return i + 2;
    }

    /// Whether a deadline removes a field at once. A log was written when it had not passed.
    private static boolean isPast(CommandContext c, long deadline) {
        return deadline <= c.now() && !c.replaying();
    }

    // ---------------------------------------------------------------- HEXPIRE

    /// HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...] -> array with, for each field, 1 deadline set,
    /// 0 condition not met, 2 removed because the time is past, -2 no such field. O(N log size). Logged as HPEXPIREAT or
    /// HDEL. Errors: WRONGTYPE; time; fields. https://redis.io/commands/hexpire
    private static void hexpire(CommandContext c, Args a, ReplyWriter r) {
        expire(c, a, true, c.now(), r);
    }

    /// HPEXPIRE key milliseconds ...: as HEXPIRE. https://redis.io/commands/hpexpire
    private static void hpexpire(CommandContext c, Args a, ReplyWriter r) {
        expire(c, a, false, c.now(), r);
    }

    /// HEXPIREAT key unix-time-seconds ...: as HEXPIRE. https://redis.io/commands/hexpireat
    private static void hexpireat(CommandContext c, Args a, ReplyWriter r) {
        expire(c, a, true, 0, r);
    }

    /// HPEXPIREAT key unix-time-milliseconds ...: as HEXPIRE. https://redis.io/commands/hpexpireat
    private static void hpexpireat(CommandContext c, Args a, ReplyWriter r) {
        expire(c, a, false, 0, r);
    }

    private static void expire(CommandContext c, Args a, boolean seconds, long base, ReplyWriter r) {
        HashValue h = HashCommands.write(c, a, r);
        if (h == null) {
            return;
        }
        long deadline = deadline(c, a, 2, seconds, base, r);
        if (deadline == INVALID) {
            return;
        }
        int condition = condition(a, 3);
        int first = fields(a, condition == ALWAYS ? 3 : 4, NUMBER_ABOVE_ZERO, r);
        if (first < 0) {
            return;
        }
        boolean past = isPast(c, deadline);
        int changed = 0;
        r.array(a.count() - first);
        for (int i = first; i < a.count(); i++) {
            int result = expireField(c, a, i, h, deadline, condition, past);
            changed += result > 0 ? 1 : 0;
            r.integer(result);
        }
        if (changed > 0) {
            if (past) {
                HashCommands.commitRemoval(c, a, h);
            } else {
                HashCommands.commit(c, a, false, EventName.HEXPIRE);
                logDeadline(c, a, deadline, condition, first);
            }
        }
    }

    private static int condition(Args a, int i) {
        return a.equalsIgnoreCase(i, "NX") ? NX : a.equalsIgnoreCase(i, "XX") ? XX : a.equalsIgnoreCase(i, "GT") ? GT
            : a.equalsIgnoreCase(i, "LT") ? LT : ALWAYS;
    }

    private static int expireField(CommandContext c, Args a, int i, HashValue h, long deadline, int condition, boolean past) {
        if (!HashCommands.find(c, a, i, h)) {
            return NO_FIELD;
        }
        long old = h.deadline();
        boolean met = switch (condition) {
            case NX -> old == 0;
            case XX -> old != 0;
            case GT -> old != 0 && deadline > old;
            case LT -> old == 0 || deadline < old;
            default -> true;
        };
        if (!met) {
            return NOT_MET;
        }
        if (past) {
            remove(c, a, i, h);
            return DELETED;
        }
        h.deadline(deadline);
        return DONE;
    }

    /// Removes the current field, which is that in argument `i`, and logs that.
    private static void remove(CommandContext c, Args a, int i, HashValue h) {
        h.remove();
        Keyspace ks = c.keyspace(a, 1);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, Effects.HDEL, 3);
            log.argument(a.address(1), a.length(1));
            log.argument(a.address(i), a.length(i));
            log.end();
        }
    }

    /// `HPEXPIREAT key deadline [condition] FIELDS n field ...` with the fields from argument `first` on.
    private static void logDeadline(CommandContext c, Args a, long deadline, int condition, int first) {
        Keyspace ks = c.keyspace(a, 1);
        if (!c.logs(ks)) {
            return;
        }
        int n = a.count() - first;
        EffectLog log = c.effect(ks, Effects.HPEXPIREAT, (condition == ALWAYS ? 5 : 6) + n);
        log.argument(a.address(1), a.length(1));
        c.number(log, deadline);
        if (condition != ALWAYS) {
            log.argument(a.address(3), a.length(3));
        }
        logFields(c, log, a, n, first);
    }

    /// `FIELDS n` and everything from argument `first` on, which ends an effect.
    private static void logFields(CommandContext c, EffectLog log, Args a, int n, int first) {
        log.argument(Effects.FIELDS);
        c.number(log, n);
        logArguments(log, a, first, 1);
    }

    // ---------------------------------------------------------------- HPERSIST and HTTL

    /// HPERSIST key FIELDS numfields field [field ...] -> array with, for each field, 1 deadline removed, -1 there was none,
    /// -2 no such field. O(N log size). Errors: WRONGTYPE; fields. https://redis.io/commands/hpersist
    private static void hpersist(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = HashCommands.write(c, a, r);
        if (h == null) {
            return;
        }
        int first = fields(a, 2, NUMBER_POSITIVE, r);
        if (first < 0) {
            return;
        }
        boolean changed = false;
        r.array(a.count() - first);
        for (int i = first; i < a.count(); i++) {
            int result = NO_FIELD;
            if (HashCommands.find(c, a, i, h)) {
                result = h.deadline() == 0 ? NO_DEADLINE : DONE;
                if (result == DONE) {
                    h.deadline(0);
                    changed = true;
                }
            }
            r.integer(result);
        }
        if (changed) {
            HashCommands.commit(c, a, false, EventName.HPERSIST);
        }
    }

    /// HTTL key FIELDS numfields field [field ...] -> array with, for each field, the seconds it has left, rounded up, -1 no
    /// deadline, -2 no such field. O(N log size). Errors: WRONGTYPE; fields. https://redis.io/commands/httl
    private static void httl(CommandContext c, Args a, ReplyWriter r) {
        deadlines(c, a, c.now(), true, r);
    }

    /// HPTTL key ...: as HTTL, in ms. https://redis.io/commands/hpttl
    private static void hpttl(CommandContext c, Args a, ReplyWriter r) {
        deadlines(c, a, c.now(), false, r);
    }

    /// HEXPIRETIME key ...: as HTTL, the deadline itself in Unix time. https://redis.io/commands/hexpiretime
    private static void hexpiretime(CommandContext c, Args a, ReplyWriter r) {
        deadlines(c, a, 0, true, r);
    }

    /// HPEXPIRETIME key ...: as HTTL, the deadline itself in ms of Unix time. https://redis.io/commands/hpexpiretime
    private static void hpexpiretime(CommandContext c, Args a, ReplyWriter r) {
        deadlines(c, a, 0, false, r);
    }

    private static void deadlines(CommandContext c, Args a, long base, boolean seconds, ReplyWriter r) {
        HashValue h = HashCommands.read(c, a, r);
        if (h == null) {
            return;
        }
        int first = fields(a, 2, NUMBER_POSITIVE, r);
        if (first < 0) {
            return;
        }
        r.array(a.count() - first);
        for (int i = first; i < a.count(); i++) {
            if (!h.find(a.address(i), a.length(i))) {
                r.integer(NO_FIELD);
            } else if (h.deadline() == 0) {
                r.integer(NO_DEADLINE);
            } else {
                long left = h.deadline() - base;
                r.integer(seconds ? (left + 999) / 1000 : left);
            }
        }
    }

    // ---------------------------------------------------------------- HGETDEL and HGETEX

    /// HGETDEL key FIELDS numfields field [field ...] -> array of bulk | nil; the fields are removed. O(N log size). Logged as
    /// HDEL. Errors: WRONGTYPE; fields. https://redis.io/commands/hgetdel
    private static void hgetdel(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = HashCommands.write(c, a, r);
        if (h == null) {
            return;
        }
        int first = fields(a, 2, NUMBER_POSITIVE, r);
        if (first < 0) {
            return;
        }
        boolean removed = false;
        r.array(a.count() - first);
        for (int i = first; i < a.count(); i++) {
            if (HashCommands.find(c, a, i, h)) {
                h.replyValue(r);
                h.remove();
                removed = true;
            } else {
                r.nullBulk();
            }
        }
        if (removed) {
            HashCommands.commitRemoval(c, a, h);
            logRemoval(c, a, first, 1);
        }
    }

    /// `HDEL key field ...` with every `step`th argument from `first` on.
    private static void logRemoval(CommandContext c, Args a, int first, int step) {
        Keyspace ks = c.keyspace(a, 1);
        if (!c.logs(ks)) {
            return;
        }
        EffectLog log = c.effect(ks, Effects.HDEL, 2 + (a.count() - first) / step);
        log.argument(a.address(1), a.length(1));
        logArguments(log, a, first, step);
    }

    /// Every `step`th argument from `first` on, which ends an effect.
    private static void logArguments(EffectLog log, Args a, int first, int step) {
        for (int i = first; i < a.count(); i += step) {
            log.argument(a.address(i), a.length(i));
        }
        log.end();
    }

    /// HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS numfields field [field ...] -> array of bulk | nil. A
    /// time in the past removes the fields. O(N log size). Logged as HPEXPIREAT, HPERSIST or HDEL. Errors: WRONGTYPE; time;
    /// fields. https://redis.io/commands/hgetex
    private static void hgetex(CommandContext c, Args a, ReplyWriter r) {
        HashValue h = HashCommands.write(c, a, r);
        if (h == null) {
            return;
        }
        int time = a.equalsIgnoreCase(2, "PERSIST") ? PERSIST : isTime(a, 2) ? AT : NO_TIME;
        long deadline = time == AT ? timed(c, a, 2, r) : 0;
        if (deadline == INVALID) {
            return;
        }
        int first = fields(a, time == AT ? 4 : time == PERSIST ? 3 : 2, NUMBER_POSITIVE, r);
        if (first < 0) {
            return;
        }
        boolean past = time == AT && isPast(c, deadline);
        boolean changed = false;
        r.array(a.count() - first);
        for (int i = first; i < a.count(); i++) {
            if (!HashCommands.find(c, a, i, h)) {
                r.nullBulk();
                continue;
            }
            h.replyValue(r);
            if (past) {
                h.remove();
                changed = true;
            } else if (time == AT || time == PERSIST && h.deadline() != 0) {
                h.deadline(deadline);
                changed = true;
            }
        }
        if (changed) {
            commitGetex(c, a, h, time, deadline, past, first);
        }
    }

    private static void commitGetex(CommandContext c, Args a, HashValue h, int time, long deadline, boolean past, int first) {
        if (past) {
            HashCommands.commitRemoval(c, a, h);
            logRemoval(c, a, first, 1);
        } else if (time == AT) {
            HashCommands.commit(c, a, false, EventName.HEXPIRE);
            logDeadline(c, a, deadline, ALWAYS, first);
        } else {
            HashCommands.commit(c, a, false, EventName.HPERSIST);
            Keyspace ks = c.keyspace(a, 1);
            if (c.logs(ks)) {
                int n = a.count() - first;
                EffectLog log = c.effect(ks, Effects.HPERSIST, 4 + n);
                log.argument(a.address(1), a.length(1));
                logFields(c, log, a, n, first);
            }
        }
    }

    private static boolean isTime(Args a, int i) {
        return a.equalsIgnoreCase(i, "EX") || a.equalsIgnoreCase(i, "PX") || a.equalsIgnoreCase(i, "EXAT")
            || a.equalsIgnoreCase(i, "PXAT");
    }

    /// The deadline of the option in argument `i`, for which [#isTime(Args, int)] holds; its time follows it.
    private static long timed(CommandContext c, Args a, int i, ReplyWriter r) {
        boolean seconds = a.equalsIgnoreCase(i, "EX") || a.equalsIgnoreCase(i, "EXAT");
        return deadline(c, a, i + 1, seconds, a.length(i) == 2 ? c.now() : 0, r);
    }

    // ---------------------------------------------------------------- HSETEX

    /// HSETEX key [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS numfields field value [field value ...] -> 1,
    /// or 0 if the condition (none of the fields is there, all are) is not met. A time in the past removes the fields.
    /// O(N log size). Logged with an absolute time, or as HSET or HDEL. Errors: WRONGTYPE; options; time; fields.
    /// https://redis.io/commands/hsetex
    private static void hsetex(CommandContext c, Args a, ReplyWriter r) {
        int time = NO_TIME;
        long deadline = 0;
        int condition = ALWAYS;
        int i = 2;
        for (; i < a.count() && !a.equalsIgnoreCase(i, "FIELDS"); i++) {
            boolean timed = isTime(a, i);
            if (timed || a.equalsIgnoreCase(i, "KEEPTTL")) {
                if (time != NO_TIME || timed && i + 1 == a.count()) {
                    r.simple(time != NO_TIME ? ONE_TIME : TIME_MISSING);
                    return;
                }
                time = timed ? AT : KEEP;
                deadline = timed ? timed(c, a, i, r) : 0;
                if (deadline == INVALID) {
                    return;
                }
                i += timed ? 1 : 0;
            } else if (a.equalsIgnoreCase(i, "FNX") || a.equalsIgnoreCase(i, "FXX")) {
                if (condition != ALWAYS) {
                    r.simple(ONE_CONDITION);
                    return;
                }
                condition = a.equalsIgnoreCase(i, "FNX") ? NX : XX;
            } else {
                Errors.quoting(r, "ERR unknown argument: " + Errors.quoted(a, i));
                return;
            }
        }
        if (i >= a.count() - 3) {
            c.spec().writeArityError(r);
            return;
        }
        long number = Ascii.parseLong(a.address(i + 1), a.length(i + 1));
        if (number < 1 || number > Integer.MAX_VALUE) {
            r.simple(NUMBER_INVALID);
        } else if (a.count() - i - 2 != 2 * number) {
            c.spec().writeArityError(r);
        } else {
            set(c, a, condition, time, deadline, i + 2, r);
        }
    }

    private static void set(CommandContext c, Args a, int condition, int time, long deadline, int first, ReplyWriter r) {
        HashValue h = HashCommands.write(c, a, r);
        if (h == null) {
            return;
        }
        for (int i = first; i < a.count() && condition != ALWAYS; i += 2) {
            if (h.find(a.address(i), a.length(i)) != (condition == XX)) {
                r.integer(0);
                return;
            }
        }
        boolean past = time == AT && isPast(c, deadline);
        boolean isNew = false;
        for (int i = first; i < a.count(); i += 2) {
            // What is over counts as there in a replay.
            boolean there = time == KEEP && HashCommands.find(c, a, i, h);
            isNew |= h.entry() == 0;
            h.put(a.address(i), a.length(i), a.address(i + 1), a.length(i + 1), there);
            if (time == AT && !past) {
                h.findStored(a.address(i), a.length(i));
                h.deadline(deadline);
            }
        }
        if (isNew) {
            c.created(c.keyspace(a, 1), a, 1);
        }
        commitSet(c, a, h, time, past, first);
        r.integer(1);
        if (!past) {
            logSet(c, a, time, deadline, first);
        }
    }

    /// Completes the setting of fields, and removes those again whose time was over when it came.
    private static void commitSet(CommandContext c, Args a, HashValue h, int time, boolean past, int first) {
        Keyspace ks = c.keyspace(a, 1);
        if (past) {
            for (int i = first; i < a.count(); i += 2) {
                if (h.findStored(a.address(i), a.length(i))) {
                    h.remove();
                }
            }
            boolean gone = HashCommands.deleteIfEmpty(c, a, h);
            c.commit(ks, a, 1, EventClass.HASH, EventName.HSET);
            c.event(ks, a, 1, EventClass.HASH, EventName.HDEL);
            if (gone) {
                c.event(ks, a, 1, EventClass.GENERIC, EventName.DEL);
            }
            logRemoval(c, a, first, 2);
            return;
        }
        c.commit(ks, a, 1, EventClass.HASH, EventName.HSET);
        if (time == AT) {
            c.event(ks, a, 1, EventClass.HASH, EventName.HEXPIRE);
        }
    }

    private static void logSet(CommandContext c, Args a, int time, long deadline, int first) {
        Keyspace ks = c.keyspace(a, 1);
        if (!c.logs(ks)) {
            return;
        }
        int n = a.count() - first;
        if (time == NO_TIME) {
            EffectLog log = c.effect(ks, Effects.HSET, 2 + n);
            log.argument(a.address(1), a.length(1));
            for (int i = first; i < a.count(); i++) {
                log.argument(a.address(i), a.length(i));
            }
            log.end();
            return;
        }
        EffectLog log = c.effect(ks, Effects.HSETEX, (time == AT ? 6 : 5) + n);
        log.argument(a.address(1), a.length(1));
        if (time == AT) {
            log.argument(Effects.PXAT);
            c.number(log, deadline);
        } else {
            log.argument(Effects.KEEPTTL);
        }
        logFields(c, log, a, n / 2, first);
    }
}
