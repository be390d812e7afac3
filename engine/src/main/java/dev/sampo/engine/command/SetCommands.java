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

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.Rng;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.SetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Commands on sets. Contract: https://redis.io/commands/?group=set
final class SetCommands {
    /// Members in one effect.
    private static final int EFFECT_MEMBERS_MAX = 512;
    /// Members that SSCAN looks at unless it is told how many.
    private static final int SCAN_COUNT_DEFAULT = 10;
    /// A random choice of more than this part of a set is made by going through the set.
    private static final int SPARSE_CHOICE = 3;

    private static final byte[] NOT_POSITIVE = Errors.error("ERR value is out of range, must be positive");
    private static final byte[] COUNT_RANGE = Errors.error("ERR value is out of range, value must between "
        + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
    private static final byte[] NO_KEYS = Errors.error("ERR numkeys should be greater than 0");
    private static final byte[] TOO_MANY_KEYS = Errors.error("ERR Number of keys can't be greater than number of args");
    private static final byte[] NEGATIVE_LIMIT = Errors.error("ERR LIMIT can't be negative");

    private enum Operation {
        INTERSECT, UNITE, SUBTRACT
    }

    private SetCommands() {
    }

    static void register(CommandTable.Builder t) {
        long set = Category.SET;
        KeySpec read = KeySpec.key(1, RO | ACCESS);
        t.add("SADD", -3, WRITE | DENYOOM | FAST, set, KeySpec.key(1, RW | INSERT), SetCommands::sadd).member(2).effect(Effect.VERBATIM);
        t.add("SREM", -3, WRITE | FAST, set, KeySpec.key(1, RW | DELETE), SetCommands::srem).member(2).effect(Effect.VERBATIM);
        t.add("SMOVE", 4, WRITE | FAST, set, KeySpec.of(KeySpec.Part.range(1, 0, 1, RW | ACCESS | DELETE),
            KeySpec.Part.range(2, 0, 1, RW | INSERT)), SetCommands::smove).effect(Effect.CUSTOM);
        t.add("SISMEMBER", 3, READONLY | FAST, set, KeySpec.key(1, RO), SetCommands::sismember).member(2);
        t.add("SMISMEMBER", -3, READONLY | FAST, set, read, SetCommands::smismember).member(2);
        t.add("SCARD", 2, READONLY | FAST, set, KeySpec.key(1, RO), SetCommands::scard);
        t.add("SPOP", -2, WRITE | FAST, set, KeySpec.key(1, RW | ACCESS | DELETE), SetCommands::spop).effect(Effect.CUSTOM)
            .tips("nondeterministic_output");
        t.add("SRANDMEMBER", -2, READONLY, set, read, SetCommands::srandmember).tips("nondeterministic_output");
        t.add("SMEMBERS", 2, READONLY, set, read, SetCommands::smembers).tips("nondeterministic_output_order");
        t.add("SSCAN", -3, READONLY, set, read, SetCommands::sscan).tips("nondeterministic_output");
        registerAlgebra(t, set);
    }

    private static void registerAlgebra(CommandTable.Builder t, long set) {
        KeySpec all = KeySpec.range(1, -1, 1, RO | ACCESS);
        KeySpec.Part sources = KeySpec.Part.range(2, -1, 1, RO | ACCESS);
        KeySpec overwritten = KeySpec.of(KeySpec.Part.range(1, 0, 1, OW | UPDATE), sources);
        t.add("SINTER", -2, READONLY, set, all, SetCommands::sinter).tips("nondeterministic_output_order");
        t.add("SINTERCARD", -3, READONLY, set, KeySpec.counted(1, RO | ACCESS), SetCommands::sintercard);
        t.add("SINTERSTORE", -3, WRITE | DENYOOM, set, KeySpec.of(KeySpec.Part.range(1, 0, 1, RW | UPDATE), sources),
            SetCommands::sinterstore).effect(Effect.CUSTOM);
        t.add("SUNION", -2, READONLY, set, all, SetCommands::sunion).tips("nondeterministic_output_order");
        t.add("SUNIONSTORE", -3, WRITE | DENYOOM, set, overwritten, SetCommands::sunionstore).effect(Effect.CUSTOM);
        t.add("SDIFF", -2, READONLY, set, all, SetCommands::sdiff).tips("nondeterministic_output_order");
        t.add("SDIFFSTORE", -3, WRITE | DENYOOM, set, overwritten, SetCommands::sdiffstore).effect(Effect.CUSTOM);
    }

    // ---------------------------------------------------------------- adding and removing

    /// Whether an entry, if there is one, is no set; that is then the reply.
    private static boolean isWrong(long e, ReplyWriter r) {
        if (e == 0 || Entry.type(e) == Type.SET) {
            return false;
        }
        r.simple(Errors.WRONG_TYPE);
        return true;
    }

    /// A flyweight to change the set of the key in argument `i`, whose entry is `e`.
    private static SetValue open(CommandContext c, Args a, int i, long e, SetValue set) {
        long hash = c.hash(a, i);
        return set.open(c.keyspace(a, i), a.address(i), a.length(i), hash, e, c.settings().collections());
    }

    /// SADD key member [member ...] -> number of new members. O(log n) each. Errors: WRONGTYPE.
    /// https://redis.io/commands/sadd
    private static void sadd(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (isWrong(e, r)) {
            return;
        }
        SetValue set = open(c, a, 1, e, c.sets().one());
        int members = a.count() - 2;
        if (members > 1) {
            set.expect(members);
        }
        int added = 0;
        for (int i = 2; i < members + 2; i++) {
            if (set.add(a.address(i), a.length(i))) {
                added++;
            }
        }
        if (added > 0) {
            Keyspace ks = c.keyspace(a, 1);
            if (e == 0) {
                c.created(ks, a, 1);
            }
            c.commit(ks, a, 1, EventClass.SET, EventName.SADD);
        } else {
            c.undone();
        }
        r.integer(added);
    }

    /// SREM key member [member ...] -> number of members that were there. O(log n) each. Errors: WRONGTYPE.
    /// https://redis.io/commands/srem
    private static void srem(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (isWrong(e, r)) {
            return;
        }
        SetValue set = open(c, a, 1, e, c.sets().one());
        int removed = 0;
        boolean empty = e == 0;
        for (int i = 2; i < a.count() && !empty; i++) {
            if (set.remove(a.address(i), a.length(i))) {
                removed++;
                empty = set.isEmpty();
            }
        }
        if (removed > 0) {
            KeyCommands.commitRemoval(c, a, 1, EventClass.SET, EventName.SREM, empty);
        }
        r.integer(removed);
    }

    /// SMOVE source destination member -> 1 if the member was moved, 0 if it was not there. O(log n). Errors: WRONGTYPE.
    /// https://redis.io/commands/smove
    private static void smove(CommandContext c, Args a, ReplyWriter r) {
        long from = c.lookupWrite(a, 1);
        long to = c.lookupWrite(a, 2);
        if (from == 0) {
            r.integer(0);
            return;
        }
        if (isWrong(from, r) || isWrong(to, r)) {
            return;
        }
        long member = a.address(3);
        int length = a.length(3);
        SetValue source = open(c, a, 1, from, c.sets().one());
        if (from == to) {
            r.integer(source.contains(member, length) ? 1 : 0);
            return;
        }
        if (!source.remove(member, length)) {
            r.integer(0);
            return;
        }
        KeyCommands.commitRemoval(c, a, 1, EventClass.SET, EventName.SREM, source.isEmpty());
        logMember(c, a, Effects.SREM, 1);
        if (open(c, a, 2, to, c.sets().other()).add(member, length)) {
            Keyspace target = c.keyspace(a, 2);
            if (to == 0) {
                c.created(target, a, 2);
            }
            c.commit(target, a, 2, EventClass.SET, EventName.SADD);
            logMember(c, a, Effects.SADD, 2);
        }
        r.integer(1);
    }

    /// Logs that the member in argument 3 came into or went from the set of the key in argument `i`.
    private static void logMember(CommandContext c, Args a, byte[] name, int i) {
        Keyspace ks = c.keyspace(a, i);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, name, 3);
            log.argument(a.address(i), a.length(i));
            log.argument(a.address(3), a.length(3));
            log.end();
        }
    }

    // ---------------------------------------------------------------- asking

    /// SISMEMBER key member -> 1 or 0. O(log n). Errors: WRONGTYPE. https://redis.io/commands/sismember
    private static void sismember(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!isWrong(e, r)) {
            r.integer(c.sets().one().open(c.keyspace(a, 1), e).contains(a.address(2), a.length(2)) ? 1 : 0);
        }
    }

    /// SMISMEMBER key member [member ...] -> array of 1 and 0. O(log n) each. Errors: WRONGTYPE.
    /// https://redis.io/commands/smismember
    private static void smismember(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isWrong(e, r)) {
            return;
        }
        SetValue set = c.sets().one().open(c.keyspace(a, 1), e);
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            r.integer(set.contains(a.address(i), a.length(i)) ? 1 : 0);
        }
    }

    /// SCARD key -> number of members. O(1). Errors: WRONGTYPE. https://redis.io/commands/scard
    private static void scard(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!isWrong(e, r)) {
            r.integer(c.sets().one().open(c.keyspace(a, 1), e).size());
        }
    }

    /// SMEMBERS key -> set of all members. O(n). Errors: WRONGTYPE. https://redis.io/commands/smembers
    private static void smembers(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!isWrong(e, r)) {
            replyAll(c.sets().one().open(c.keyspace(a, 1), e), r);
        }
    }

    private static void replyAll(SetValue set, ReplyWriter r) {
        r.set(set.size());
        for (boolean more = set.first(); more; more = set.next()) {
            set.reply(r);
        }
    }

    /// SSCAN key cursor [MATCH pattern] [COUNT n] -> array of next cursor and members. O(COUNT); a packed set is answered as a
    /// whole. Errors: invalid cursor; WRONGTYPE; syntax, unless there is no such key. https://redis.io/commands/sscan
    private static void sscan(CommandContext c, Args a, ReplyWriter r) {
        if (!ScanCursor.isValid(a, 2)) {
            r.simple(Errors.INVALID_CURSOR);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            r.array(2);
            r.bulkInteger(0);
            r.array(0);
            return;
        }
        if (isWrong(e, r)) {
            return;
        }
        SetAlgebra.MatchingMembers members = c.sets().matching();
        members.matchAll();
        long count = SCAN_COUNT_DEFAULT;
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (in.optionWithValue("COUNT")) {
                count = in.nextLong();
                if (count < 1) {
                    in.fail(Errors.SYNTAX);
                }
            } else if (in.optionWithValue("MATCH")) {
                int i = in.next();
                members.match(a.address(i), a.length(i));
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (!in.failed(r)) {
            replyScan(c.sets().one().open(c.keyspace(a, 1), e), ScanCursor.parse(a, 2), count, members, r);
        }
    }

    private static void replyScan(SetValue set, long cursor, long count, SetAlgebra.MatchingMembers members, ReplyWriter r) {
        r.array(2);
        r.bulkInteger(set.scanEnd(cursor, count));
        long mark = r.deferredArray();
        members.into(r);
        set.scan(cursor, count, members);
        r.patch(mark, members.found());
    }

    // ---------------------------------------------------------------- at random

    /// SPOP key [count] -> a member | nil; with a count a set of as many as there are. O(count * log n). Errors: WRONGTYPE;
    /// syntax; out of range. https://redis.io/commands/spop
    private static void spop(CommandContext c, Args a, ReplyWriter r) {
        if (a.count() > 2) {
            spopCount(c, a, r);
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.nullBulk();
            return;
        }
        if (isWrong(e, r)) {
            return;
        }
        SetValue set = open(c, a, 1, e, c.sets().one());
        set.random(c.rng());
        set.reply(r);
        Keyspace ks = c.keyspace(a, 1);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, Effects.SREM, 3);
            log.argument(a.address(1), a.length(1));
            log.argument(set.memberAddress(), set.memberLength());
            log.end();
        }
        set.removeCurrent();
        KeyCommands.commitRemoval(c, a, 1, EventClass.SET, EventName.SPOP, set.isEmpty());
    }

    private static void spopCount(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        if (in.left() > 1) {
            in.fail(Errors.SYNTAX);
        }
        long count = in.nextLong(NOT_POSITIVE);
        if (count < 0) {
            in.fail(NOT_POSITIVE);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (isWrong(e, r)) {
            return;
        }
        if (e == 0 || count == 0) {
            r.set(0);
            return;
        }
        SetValue set = open(c, a, 1, e, c.sets().one());
        if (count >= set.size()) {
            replyAll(set, r);
            KeyCommands.commitRemoval(c, a, 1, EventClass.SET, EventName.SPOP, true);
            Effects.del(c, c.keyspace(a, 1), a, 1);
        } else {
            r.set(count);
            pop(c, a, set, count, r);
            KeyCommands.commitRemoval(c, a, 1, EventClass.SET, EventName.SPOP, false);
        }
    }

    private static void pop(CommandContext c, Args a, SetValue set, long count, ReplyWriter r) {
        Keyspace ks = c.keyspace(a, 1);
        boolean logs = c.logs(ks);
        EffectLog log = null;
        int logged = 0;
        for (long left = count; left > 0; left--) {
            set.random(c.rng());
            set.reply(r);
            if (logs && logged == 0) {
                logged = (int) Math.min(left, EFFECT_MEMBERS_MAX);
                log = c.effect(ks, Effects.SREM, 2 + logged);
                log.argument(a.address(1), a.length(1));
            }
            if (logs) {
                log.argument(set.memberAddress(), set.memberLength());
                logged--;
                if (logged == 0) {
                    log.end();
                }
            }
            set.removeCurrent();
        }
    }

    /// SRANDMEMBER key [count] -> a member | nil; with a count an array of as many as there are; with a negative one exactly
    /// so many, which may repeat. O(count * log n). Errors: WRONGTYPE; syntax; not an integer; out of range.
    /// https://redis.io/commands/srandmember
    private static void srandmember(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        if (in.left() > 1) {
            in.fail(Errors.SYNTAX);
        }
        boolean one = !in.more();
        long count = one ? 1 : in.nextLong();
        if (count == Long.MIN_VALUE) {
            in.fail(COUNT_RANGE);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            replyNone(one, r);
            return;
        }
        if (isWrong(e, r)) {
            return;
        }
        SetValue set = c.sets().one().open(c.keyspace(a, 1), e);
        if (one) {
            set.random(c.rng());
            set.reply(r);
        } else if (count < 0) {
            RepeatedChoice.reply(-count, 1, r, () -> {
                set.random(c.rng());
                set.reply(r);
            });
        } else {
            replyChosen(c, set, Math.min(count, set.size()), r);
        }
    }

    private static void replyNone(boolean one, ReplyWriter r) {
        if (one) {
            r.nullBulk();
        } else {
            r.array(0);
        }
    }

    private static void replyChosen(CommandContext c, SetValue set, long count, ReplyWriter r) {
        r.array(count);
        long size = set.size();
        if (count * SPARSE_CHOICE > size) {
            replyMost(set, count, size, c.rng(), r);
            return;
        }
        long[] ranks = c.sets().draw((int) count, size, c.rng());
        for (int i = 0; i < count; i++) {
            set.seek(ranks[i]);
            set.reply(r);
        }
    }

    /// Goes through the set and takes each member with the probability that gives every choice the same.
    private static void replyMost(SetValue set, long count, long size, Rng rng, ReplyWriter r) {
        long wanted = count;
        long left = size;
        for (boolean more = set.first(); more && wanted > 0; more = set.next()) {
            if (wanted == left || SetAlgebra.uniform(rng, left) < wanted) {
                set.reply(r);
                wanted--;
            }
            left--;
        }
    }

    // ---------------------------------------------------------------- several sets

    /// SINTER key [key ...] -> set of the members that all have. O(n * m) for the smallest of m sets. Errors: WRONGTYPE.
    /// https://redis.io/commands/sinter
    private static void sinter(CommandContext c, Args a, ReplyWriter r) {
        answer(c, a, Operation.INTERSECT, r);
    }

    /// SUNION key [key ...] -> set of the members of all. O(n). Errors: WRONGTYPE. https://redis.io/commands/sunion
    private static void sunion(CommandContext c, Args a, ReplyWriter r) {
        answer(c, a, Operation.UNITE, r);
    }

    /// SDIFF key [key ...] -> set of the members of the first that no other has. O(n). Errors: WRONGTYPE.
    /// https://redis.io/commands/sdiff
    private static void sdiff(CommandContext c, Args a, ReplyWriter r) {
        answer(c, a, Operation.SUBTRACT, r);
    }

    private static void answer(CommandContext c, Args a, Operation operation, ReplyWriter r) {
        SetAlgebra sets = c.sets();
        if (sets.open(c, a, 1, a.count(), r)) {
            long mark = r.deferredSet();
            sets.into(r);
            perform(c, sets, operation);
            r.patch(mark, sets.found());
        }
    }

    private static void perform(CommandContext c, SetAlgebra sets, Operation operation) {
        switch (operation) {
            case INTERSECT -> sets.intersect();
            case UNITE -> sets.unite(c);
            default -> sets.subtract(c);
        }
    }

    /// SINTERCARD numkeys key [key ...] [LIMIT n] -> number of members that all have, n at most, 0 = no limit. O(n * m).
    /// Errors: WRONGTYPE; syntax; number of keys; negative limit. https://redis.io/commands/sintercard
    private static void sintercard(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 1);
        long keys = in.nextLong(NO_KEYS);
        if (keys < 1) {
            in.fail(NO_KEYS);
        }
        if (keys > in.left()) {
            in.fail(TOO_MANY_KEYS);
        }
        if (in.failed(r)) {
            return;
        }
        int end = 2 + (int) keys;
        long limit = 0;
        in.over(a, end);
        while (in.more()) {
            if (in.optionWithValue("LIMIT")) {
                limit = in.nextLong(NEGATIVE_LIMIT);
                if (limit < 0) {
                    in.fail(NEGATIVE_LIMIT);
                }
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        SetAlgebra sets = c.sets();
        if (!in.failed(r) && sets.open(c, a, 2, end, r)) {
            sets.intoCount(limit == 0 ? Long.MAX_VALUE : limit);
            sets.intersect();
            r.integer(sets.found());
        }
    }

    /// SINTERSTORE destination key [key ...] -> number of members, which are now the destination's; none deletes it. O(n * m).
    /// Errors: WRONGTYPE. https://redis.io/commands/sinterstore
    private static void sinterstore(CommandContext c, Args a, ReplyWriter r) {
        store(c, a, Operation.INTERSECT, EventName.SINTERSTORE, r);
    }

    /// SUNIONSTORE destination key [key ...] -> number of members, which are now the destination's; none deletes it. O(n).
    /// Errors: WRONGTYPE. https://redis.io/commands/sunionstore
    private static void sunionstore(CommandContext c, Args a, ReplyWriter r) {
        store(c, a, Operation.UNITE, EventName.SUNIONSTORE, r);
    }

    /// SDIFFSTORE destination key [key ...] -> number of members, which are now the destination's; none deletes it. O(n).
    /// Errors: WRONGTYPE. https://redis.io/commands/sdiffstore
    private static void sdiffstore(CommandContext c, Args a, ReplyWriter r) {
        store(c, a, Operation.SUBTRACT, EventName.SDIFFSTORE, r);
    }

    private static void store(CommandContext c, Args a, Operation operation, byte[] event, ReplyWriter r) {
        SetAlgebra sets = c.sets();
        if (!sets.open(c, a, 2, a.count(), r)) {
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        long draft = c.unusedKey(ks);
        long draftHash = KeyHash.hash(draft, CommandContext.UNUSED_KEY_BYTES);
        long found = 0;
        try {
            sets.into(ks, draft, CommandContext.UNUSED_KEY_BYTES, c.settings().collections());
            perform(c, sets, operation);
            found = sets.found();
        } finally {
            if (found == 0) {
                ks.delete(draft, CommandContext.UNUSED_KEY_BYTES, draftHash);
            }
        }
        if (found == 0) {
            storeNothing(c, a);
        } else {
            boolean replaces = c.lookupWrite(a, 1) != 0;
            ks.rename(draft, CommandContext.UNUSED_KEY_BYTES, draftHash, a.address(1), a.length(1), c.hash(a, 1));
            if (!replaces) {
                c.created(ks, a, 1);
            }
            c.commit(ks, a, 1, EventClass.SET, event);
            logStored(c, a, replaces);
        }
        r.integer(found);
    }

    /// As in Redis a destination whose time is over is deleted as if it were not.
    private static void storeNothing(CommandContext c, Args a) {
        long hash = c.hash(a, 1);
        if (c.keyspace(a, 1).find(a.address(1), a.length(1), hash) != 0) {
            KeyCommands.delete(c, a, 1, EventName.DEL);
            Effects.del(c, c.keyspace(a, 1), a, 1);
        } else {
            c.undone();
        }
    }

    /// Logs what the key in argument 1 holds now, in pieces.
    private static void logStored(CommandContext c, Args a, boolean replaces) {
        Keyspace ks = c.keyspace(a, 1);
        if (!c.logs(ks)) {
            return;
        }
        if (replaces) {
            Effects.del(c, ks, a, 1);
        }
        SetValue set = c.sets().one().open(ks, ks.find(a.address(1), a.length(1), c.hash(a, 1)));
        long left = set.size();
        boolean more = set.first();
        while (more) {
            int n = (int) Math.min(left, EFFECT_MEMBERS_MAX);
            EffectLog log = c.effect(ks, Effects.SADD, 2 + n);
            log.argument(a.address(1), a.length(1));
            for (int i = 0; i < n; i++) {
                log.argument(set.memberAddress(), set.memberLength());
                more = set.next();
            }
            log.end();
            left -= n;
        }
    }
}
