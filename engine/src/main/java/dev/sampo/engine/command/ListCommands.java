package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.BLOCKING;
import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
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
import dev.sampo.engine.value.ListValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;

/// Commands on lists. In what follows n is the number of elements; O(log n) of a list that is one listpack means a walk
/// over that. Contract: https://redis.io/commands/?group=list
final class ListCommands {
    private static final byte[] INDEX_RANGE = Errors.error("ERR index out of range");
    private static final byte[] COUNT_RANGE = Errors.error("ERR value is out of range, must be positive");
    private static final byte[] SYMMETRIC_RANGE =
        Errors.error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    private static final byte[] RANK_ZERO = Errors.error("ERR RANK can't be zero: use 1 to start from the first match, "
        + "2 from the second ... or use negative to start from the end of the list");
    private static final byte[] COUNT_NEGATIVE = Errors.error("ERR COUNT can't be negative");
    private static final byte[] MAXLEN_NEGATIVE = Errors.error("ERR MAXLEN can't be negative");
    private static final byte[] NUMKEYS_RANGE = Errors.error("ERR numkeys should be greater than 0");
    private static final byte[] MPOP_COUNT_RANGE = Errors.error("ERR count should be greater than 0");

    private static final byte[] LPOP = word("LPOP");
    private static final byte[] RPOP = word("RPOP");
    private static final byte[] LPUSH = word("LPUSH");
    private static final byte[] RPUSH = word("RPUSH");
    private static final byte[] LMOVE = word("LMOVE");
    private static final byte[] LEFT = word("LEFT");
    private static final byte[] RIGHT = word("RIGHT");

    /// Timeout of a command that does not wait.
    private static final long NEVER = -1;

    private ListCommands() {
    }

    private static byte[] word(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    static void register(CommandTable.Builder t) {
        long list = Category.LIST;
        KeySpec pushed = KeySpec.key(1, RW | INSERT);
        t.add("LPUSH", -3, WRITE | DENYOOM | FAST, list, pushed, ListCommands::lpush).effect(Effect.VERBATIM);
        t.add("RPUSH", -3, WRITE | DENYOOM | FAST, list, pushed, ListCommands::rpush).effect(Effect.VERBATIM);
        t.add("LPUSHX", -3, WRITE | DENYOOM | FAST, list, pushed, ListCommands::lpushx).effect(Effect.VERBATIM);
        t.add("RPUSHX", -3, WRITE | DENYOOM | FAST, list, pushed, ListCommands::rpushx).effect(Effect.VERBATIM);
        KeySpec popped = KeySpec.key(1, RW | ACCESS | DELETE);
        t.add("LPOP", -2, WRITE | FAST, list, popped, ListCommands::lpop).effect(Effect.VERBATIM);
        t.add("RPOP", -2, WRITE | FAST, list, popped, ListCommands::rpop).effect(Effect.VERBATIM);
        t.add("LLEN", 2, READONLY | FAST, list, KeySpec.key(1, RO), ListCommands::llen);
        KeySpec read = KeySpec.key(1, RO | ACCESS);
        t.add("LINDEX", 3, READONLY, list, read, ListCommands::lindex);
        t.add("LRANGE", 4, READONLY, list, read, ListCommands::lrange);
        t.add("LPOS", -3, READONLY, list, read, ListCommands::lpos);
        t.add("LINSERT", 5, WRITE | DENYOOM, list, pushed, ListCommands::linsert).effect(Effect.VERBATIM);
        t.add("LSET", 4, WRITE | DENYOOM, list, KeySpec.key(1, RW | UPDATE), ListCommands::lset).effect(Effect.VERBATIM);
        KeySpec removed = KeySpec.key(1, RW | DELETE);
        t.add("LREM", 4, WRITE, list, removed, ListCommands::lrem).effect(Effect.VERBATIM);
        t.add("LTRIM", 4, WRITE, list, removed, ListCommands::ltrim).effect(Effect.VERBATIM);
        registerMoves(t, list);
    }

    private static void registerMoves(CommandTable.Builder t, long list) {
        KeySpec moved = KeySpec.of(KeySpec.Part.range(1, 0, 1, RW | ACCESS | DELETE),
            KeySpec.Part.range(2, 0, 1, RW | INSERT));
        long blocking = NOSCRIPT | BLOCKING;
        t.add("LMOVE", 5, WRITE | DENYOOM, list, moved, ListCommands::lmove).effect(Effect.CUSTOM);
        t.add("RPOPLPUSH", 3, WRITE | DENYOOM, list, moved, ListCommands::rpoplpush).effect(Effect.CUSTOM);
        t.add("LMPOP", -4, WRITE, list, KeySpec.counted(1, RW | ACCESS | DELETE), ListCommands::lmpop).effect(Effect.CUSTOM);
        KeySpec waited = KeySpec.range(1, -2, 1, RW | ACCESS | DELETE);
        t.add("BLPOP", -3, WRITE | blocking, list, waited, ListCommands::blpop).effect(Effect.CUSTOM);
        t.add("BRPOP", -3, WRITE | blocking, list, waited, ListCommands::brpop).effect(Effect.CUSTOM);
        t.add("BLMOVE", 6, WRITE | DENYOOM | blocking, list, moved, ListCommands::blmove).effect(Effect.CUSTOM);
        t.add("BRPOPLPUSH", 4, WRITE | DENYOOM | blocking, list, moved, ListCommands::brpoplpush).effect(Effect.CUSTOM);
        t.add("BLMPOP", -5, WRITE | BLOCKING, list, KeySpec.counted(2, RW | ACCESS | DELETE), ListCommands::blmpop)
            .effect(Effect.CUSTOM);
    }

    // ---------------------------------------------------------------- shared

    /// Whether an entry is a list or missing; if not, that is the reply.
    private static boolean isList(long e, ReplyWriter r) {
        if (e != 0 && Entry.type(e) != Type.LIST) {
            r.simple(Errors.WRONG_TYPE);
            return false;
        }
        return true;
    }

    private static ListValue open(CommandContext c, ListValue list, Args a, int i, long e) {
        list.open(c.keyspace(a, i), a.address(i), a.length(i), c.hash(a, i), e, c.settings().collections().listSize());
        return list;
    }

    private static ListValue open(CommandContext c, Args a, int i, long e) {
        return open(c, c.list(), a, i, e);
    }

    /// Completes a change of the list in argument `i`, which goes if nothing is left of it.
    private static void commit(CommandContext c, Args a, int i, ListValue list, byte[] event) {
        Keyspace ks = c.keyspace(a, i);
        if (list.count() == 0) {
            c.event(ks, a, i, EventClass.LIST, event);
            KeyCommands.delete(c, a, i, EventName.DEL);
        } else {
            c.commit(ks, a, i, EventClass.LIST, event);
        }
    }

    private static byte[] popEvent(boolean fromFront) {
        return fromFront ? EventName.LPOP : EventName.RPOP;
    }

    private static byte[] pushEvent(boolean atFront) {
        return atFront ? EventName.LPUSH : EventName.RPUSH;
    }

    /// The next argument, LEFT or RIGHT; whether it is LEFT.
    private static boolean nextIsLeft(ArgReader in) {
        if (in.option("LEFT")) {
            return true;
        }
        if (!in.option("RIGHT")) {
            in.fail(Errors.SYNTAX);
        }
        return false;
    }

    // ---------------------------------------------------------------- pushing

    /// LPUSH key element [element ...] -> new length. O(elements). Errors: WRONGTYPE. https://redis.io/commands/lpush
    private static void lpush(CommandContext c, Args a, ReplyWriter r) {
        push(c, a, true, false, r);
    }

    /// RPUSH key element [element ...] -> new length. O(elements). Errors: WRONGTYPE. https://redis.io/commands/rpush
    private static void rpush(CommandContext c, Args a, ReplyWriter r) {
        push(c, a, false, false, r);
    }

    /// LPUSHX key element [element ...] -> new length, 0 if there is no list. As LPUSH. https://redis.io/commands/lpushx
    private static void lpushx(CommandContext c, Args a, ReplyWriter r) {
        push(c, a, true, true, r);
    }

    /// RPUSHX key element [element ...] -> new length, 0 if there is no list. As RPUSH. https://redis.io/commands/rpushx
    private static void rpushx(CommandContext c, Args a, ReplyWriter r) {
        push(c, a, false, true, r);
    }

    private static void push(CommandContext c, Args a, boolean atFront, boolean onlyExisting, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isList(e, r)) {
            return;
        }
        if (e == 0 && onlyExisting) {
            r.integer(0);
            return;
        }
        ListValue list = open(c, a, 1, e);
        list.push(a, 2, atFront);
        Keyspace ks = c.keyspace(a, 1);
        if (e == 0) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.LIST, pushEvent(atFront));
        r.integer(list.count());
    }

    // ---------------------------------------------------------------- popping

    /// LPOP key [count] -> element | nil; with a count array | nil. O(elements). Errors: WRONGTYPE; count negative.
    /// https://redis.io/commands/lpop
    private static void lpop(CommandContext c, Args a, ReplyWriter r) {
        pop(c, a, true, r);
    }

    /// RPOP key [count] -> as LPOP, from the other end. https://redis.io/commands/rpop
    private static void rpop(CommandContext c, Args a, ReplyWriter r) {
        pop(c, a, false, r);
    }

    private static void pop(CommandContext c, Args a, boolean fromFront, ReplyWriter r) {
        if (a.count() > 2) {
            popCount(c, a, fromFront, r);
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.nullBulk();
        } else if (isList(e, r)) {
            popOne(c, a, 1, e, fromFront, r);
        }
    }

    /// Answers with one element of the list in argument `i`, which is there, and removes it.
    private static void popOne(CommandContext c, Args a, int i, long e, boolean fromFront, ReplyWriter r) {
        ListValue list = open(c, a, i, e);
        list.pop(fromFront, r);
        commit(c, a, i, list, popEvent(fromFront));
    }

    private static void popCount(CommandContext c, Args a, boolean fromFront, ReplyWriter r) {
        if (a.count() > 3) {
            c.spec().writeArityError(r);
            return;
        }
        ArgReader in = c.reader(a, 2);
        long count = in.nextLong(COUNT_RANGE);
        if (count < 0) {
            in.fail(COUNT_RANGE);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.nullArray();
        } else if (isList(e, r)) {
            if (count == 0) {
                r.array(0);
            } else {
                popMany(c, a, 1, e, count, fromFront, r);
            }
        }
    }

    /// Answers with an array of up to `count` elements of the list in argument `i`, which is there, and removes them; returns
    /// how many.
    private static long popMany(CommandContext c, Args a, int i, long e, long count, boolean fromFront, ReplyWriter r) {
        ListValue list = open(c, a, i, e);
        long n = Math.min(count, list.count());
        r.array(n);
        if (fromFront) {
            list.seek(0);
            list.reply(n, r);
        } else {
            boolean more = list.seek(-1);
            for (long left = n; left > 0 && more; left--) {
                list.reply(r);
                more = list.previous();
            }
        }
        list.drop(n, fromFront);
        commit(c, a, i, list, popEvent(fromFront));
        return n;
    }

    // ---------------------------------------------------------------- reading

    /// LLEN key -> length, 0 for a missing key. O(1). Errors: WRONGTYPE. https://redis.io/commands/llen
    private static void llen(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isList(e, r)) {
            r.integer(open(c, a, 1, e).count());
        }
    }

    /// LINDEX key index -> element | nil; negative indexes count from the end. O(log n). Errors: WRONGTYPE; not an integer,
    /// which a missing key comes before. https://redis.io/commands/lindex
    private static void lindex(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            r.nullBulk();
            return;
        }
        if (!isList(e, r)) {
            return;
        }
        ArgReader in = c.reader(a, 2);
        long index = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        ListValue list = open(c, a, 1, e);
        if (list.seek(index)) {
            list.reply(r);
        } else {
            r.nullBulk();
        }
    }

    /// LRANGE key start stop -> array; both ends included, negative ones counted from the end. O(log n + elements of the
    /// reply). Errors: not an integer; WRONGTYPE. https://redis.io/commands/lrange
    private static void lrange(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long start = in.nextLong();
        long stop = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isList(e, r)) {
            return;
        }
        ListValue list = open(c, a, 1, e);
        long count = list.count();
        long from = Math.max(start < 0 ? start + count : start, 0);
        long to = Math.min(stop < 0 ? stop + count : stop, count - 1);
        if (from > to) {
            r.array(0);
            return;
        }
        r.array(to - from + 1);
        list.seek(from);
        list.reply(to - from + 1, r);
    }

    /// LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len] -> index | nil; with COUNT array of indexes. O(n), the
    /// elements before the last match. Errors: syntax; options out of range; WRONGTYPE. https://redis.io/commands/lpos
    private static void lpos(CommandContext c, Args a, ReplyWriter r) {
        long rank = 1;
        long count = -1;
        long lengthMax = 0;
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (in.optionWithValue("RANK")) {
                rank = nextRank(in);
            } else if (in.optionWithValue("COUNT")) {
                count = nextPositive(in, COUNT_NEGATIVE);
            } else if (in.optionWithValue("MAXLEN")) {
                lengthMax = nextPositive(in, MAXLEN_NEGATIVE);
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            if (count < 0) {
                r.nullBulk();
            } else {
                r.array(0);
            }
        } else if (isList(e, r)) {
            ListValue list = open(c, a, 1, e);
            list.want(a.address(2), a.length(2));
            position(list, rank, count, lengthMax, r);
        }
    }

    private static long nextRank(ArgReader in) {
        long rank = in.nextLong();
        if (rank == Long.MIN_VALUE) {
            in.fail(SYMMETRIC_RANGE);
        } else if (rank == 0) {
            in.fail(RANK_ZERO);
        }
        return rank;
    }

    private static long nextPositive(ArgReader in, byte[] orElse) {
        long value = in.nextLong(orElse);
        if (value < 0) {
            in.fail(orElse);
        }
        return value;
    }

    /// @param count how many matches to tell of, 0 = all, -1 = one and not in an array
    private static void position(ListValue list, long rank, long count, long lengthMax, ReplyWriter r) {
        boolean backwards = rank < 0;
        long skipped = Math.abs(rank) - 1;
        long most = count == 0 ? Long.MAX_VALUE : Math.abs(count);
        long length = list.count();
        long looked = lengthMax == 0 ? length : Math.min(lengthMax, length);
        long mark = count < 0 ? 0 : r.deferredArray();
        long found = 0;
        boolean more = list.seek(backwards ? -1 : 0);
        for (long i = 0; i < looked && more && found < most; i++) {
            if (list.isWanted() && skipped-- <= 0) {
                r.integer(backwards ? length - 1 - i : i);
                found++;
            }
            more = backwards ? list.previous() : list.next();
        }
        if (count >= 0) {
            r.patch(mark, found);
        } else if (found == 0) {
            r.nullBulk();
        }
    }

    // ---------------------------------------------------------------- changing

    /// LINSERT key BEFORE | AFTER pivot element -> new length, 0 for a missing key, -1 if the pivot is not found. O(n), the
    /// elements before the pivot. Errors: syntax; WRONGTYPE. https://redis.io/commands/linsert
    private static void linsert(CommandContext c, Args a, ReplyWriter r) {
        boolean behind = a.equalsIgnoreCase(2, "AFTER");
        if (!behind && !a.equalsIgnoreCase(2, "BEFORE")) {
            r.simple(Errors.SYNTAX);
            return;
        }
        ListValue list = openToSearch(c, a, r);
        if (list == null) {
            return;
        }
        boolean more = list.seek(0);
        while (more && !list.isWanted()) {
            more = list.next();
        }
        if (!more) {
            r.integer(-1);
            return;
        }
        list.insert(behind, a.address(4), a.length(4));
        c.commit(c.keyspace(a, 1), a, 1, EventClass.LIST, EventName.LINSERT);
        r.integer(list.count());
    }

    /// The list of the key in argument 1, which looks for the element in argument 3; null after the reply when there is none.
    private static ListValue openToSearch(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.integer(0);
            return null;
        }
        if (!isList(e, r)) {
            return null;
        }
        ListValue list = open(c, a, 1, e);
        list.want(a.address(3), a.length(3));
        return list;
    }

    /// LSET key index element -> OK. O(log n). Errors: no such key; WRONGTYPE; not an integer; index out of range.
    /// https://redis.io/commands/lset
    private static void lset(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
            return;
        }
        if (!isList(e, r)) {
            return;
        }
        ArgReader in = c.reader(a, 2);
        long index = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        ListValue list = open(c, a, 1, e);
        if (!list.seek(index)) {
            r.simple(INDEX_RANGE);
            return;
        }
        list.set(a.address(3), a.length(3));
        c.commit(c.keyspace(a, 1), a, 1, EventClass.LIST, EventName.LSET);
        r.ok();
    }

    /// LREM key count element -> number of elements removed: the first `count`, the last ones if negative, all if 0. O(n).
    /// Errors: not an integer, or the least one; WRONGTYPE. https://redis.io/commands/lrem
    private static void lrem(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long count = in.nextLong();
        if (count == Long.MIN_VALUE) {
            in.fail(SYMMETRIC_RANGE);
        }
        if (in.failed(r)) {
            return;
        }
        ListValue list = openToSearch(c, a, r);
        if (list == null) {
            return;
        }
        long removed = list.removeWanted(Math.abs(count), count < 0);
        if (removed > 0) {
            commit(c, a, 1, list, EventName.LREM);
        }
        r.integer(removed);
    }

    /// LTRIM key start stop -> OK; what is not between the two, which are as those of LRANGE, is removed. O(log n + elements
    /// removed of one piece); the memory of many is freed later. Errors: not an integer; WRONGTYPE.
    /// https://redis.io/commands/ltrim
    private static void ltrim(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long start = in.nextLong();
        long stop = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.ok();
            return;
        }
        if (!isList(e, r)) {
            return;
        }
        ListValue list = open(c, a, 1, e);
        long count = list.count();
        long from = Math.max(start < 0 ? start + count : start, 0);
        long to = Math.min(stop < 0 ? stop + count : stop, count - 1);
        if (from > to) {
            // Nothing of it is left, so nothing of it needs to be taken apart.
            c.event(c.keyspace(a, 1), a, 1, EventClass.LIST, EventName.LTRIM);
            KeyCommands.delete(c, a, 1, EventName.DEL);
        } else {
            list.drop(count - 1 - to, false);
            list.drop(from, true);
            c.commit(c.keyspace(a, 1), a, 1, EventClass.LIST, EventName.LTRIM);
        }
        r.ok();
    }

    // ---------------------------------------------------------------- moving

    /// LMOVE source destination LEFT | RIGHT LEFT | RIGHT -> the element | nil. O(1). Errors: syntax; WRONGTYPE.
    /// https://redis.io/commands/lmove
    private static void lmove(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        boolean fromFront = nextIsLeft(in);
        boolean atFront = nextIsLeft(in);
        if (!in.failed(r)) {
            move(c, a, fromFront, atFront, NEVER, r);
        }
    }

    /// RPOPLPUSH source destination -> as LMOVE RIGHT LEFT. https://redis.io/commands/rpoplpush
    private static void rpoplpush(CommandContext c, Args a, ReplyWriter r) {
        move(c, a, false, true, NEVER, r);
    }

    /// BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout -> as LMOVE, which it waits to be able to do; nil when the
    /// time is over. Errors: as LMOVE; timeout. https://redis.io/commands/blmove
    private static void blmove(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        boolean fromFront = nextIsLeft(in);
        boolean atFront = nextIsLeft(in);
        long timeout = in.nextTimeout();
        if (!in.failed(r)) {
            move(c, a, fromFront, atFront, timeout, r);
        }
    }

    /// BRPOPLPUSH source destination timeout -> as BLMOVE RIGHT LEFT. https://redis.io/commands/brpoplpush
    private static void brpoplpush(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        long timeout = in.nextTimeout();
        if (!in.failed(r)) {
            move(c, a, false, true, timeout, r);
        }
    }

    /// @param timeout in ms, 0 = for ever, or [#NEVER] wait
    private static void move(CommandContext c, Args a, boolean fromFront, boolean atFront, long timeout, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            if (timeout == NEVER || !c.mayBlock()) {
                r.nullBulk();
            } else {
                c.block(a, timeout, CommandContext.NULL_ARRAY);
            }
            return;
        }
        if (!isList(e, r)) {
            return;
        }
        long target = c.lookupWrite(a, 2);
        if (!isList(target, r)) {
            return;
        }
        if (e == target) {
            rotate(c, a, e, fromFront, atFront, r);
            return;
        }
        ListValue destination = open(c, c.otherList(), a, 2, target);
        ListValue source = open(c, a, 1, e);
        source.seek(fromFront ? 0 : -1);
        logMove(c, a, source, fromFront, atFront);
        destination.push(source.elementAddress(), source.elementLength(), atFront);
        source.pop(fromFront, r);
        Keyspace ks = c.keyspace(a, 2);
        if (target == 0) {
            c.created(ks, a, 2);
        }
        c.commit(ks, a, 2, EventClass.LIST, pushEvent(atFront));
        commit(c, a, 1, source, popEvent(fromFront));
    }

    /// Source and destination are the same list, which does not go even if it has one element only.
    private static void rotate(CommandContext c, Args a, long e, boolean fromFront, boolean atFront, ReplyWriter r) {
        ListValue list = open(c, a, 1, e);
        list.seek(fromFront ? 0 : -1);
        logMove(c, a, list, fromFront, atFront);
        int length = list.elementLength();
        long copy = OffHeap.allocate(length);
        OffHeap.copy(list.elementAddress(), copy, length);
        list.pop(fromFront, r);
        list.push(copy, length, atFront);
        OffHeap.free(copy, length);
        Keyspace ks = c.keyspace(a, 1);
        c.event(ks, a, 1, EventClass.LIST, pushEvent(atFront));
        c.commit(ks, a, 1, EventClass.LIST, popEvent(fromFront));
    }

    /// A move within a shard is its own effect; over shards it is a push on the one and a pop on the other.
    private static void logMove(CommandContext c, Args a, ListValue source, boolean fromFront, boolean atFront) {
        Keyspace to = c.keyspace(a, 2);
        Keyspace from = c.keyspace(a, 1);
        if (from.shardIndex() != to.shardIndex()) {
            logPop(c, a, 1, 1, fromFront);
            if (c.logs(to)) {
                EffectLog log = c.effect(to, atFront ? LPUSH : RPUSH, 3);
                log.argument(a.address(2), a.length(2));
                log.argument(source.elementAddress(), source.elementLength());
                log.end();
            }
        } else if (c.logs(from)) {
            EffectLog log = c.effect(from, LMOVE, 5);
            log.argument(a.address(1), a.length(1));
            log.argument(a.address(2), a.length(2));
            log.argument(fromFront ? LEFT : RIGHT);
            log.argument(atFront ? LEFT : RIGHT);
            log.end();
        }
    }

    private static void logPop(CommandContext c, Args a, int key, long count, boolean fromFront) {
        Keyspace ks = c.keyspace(a, key);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, fromFront ? LPOP : RPOP, count == 1 ? 2 : 3);
            log.argument(a.address(key), a.length(key));
            if (count != 1) {
                c.number(log, count);
            }
            log.end();
        }
    }

    // ---------------------------------------------------------------- the first list of several

    /// LMPOP numkeys key [key ...] LEFT | RIGHT [COUNT count] -> [key, elements] of the first list that is there | nil.
    /// O(keys + elements). Errors: numkeys; syntax; count; WRONGTYPE. https://redis.io/commands/lmpop
    private static void lmpop(CommandContext c, Args a, ReplyWriter r) {
        mpop(c, a, 1, c.reader(a, 1), NEVER, r);
    }

    /// BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count] -> as LMPOP, but waits for a list. Errors: as LMPOP;
    /// timeout. https://redis.io/commands/blmpop
    private static void blmpop(CommandContext c, Args a, ReplyWriter r) {
        mpop(c, a, 2, c.reader(a, 2), 0, r);
    }

    /// @param timeout [#NEVER], or anything else if argument 1 says for how long to wait
    private static void mpop(CommandContext c, Args a, int numkeys, ArgReader in, long timeout, ReplyWriter r) {
        long keys = in.nextLong(NUMKEYS_RANGE);
        if (keys <= 0) {
            in.fail(NUMKEYS_RANGE);
        } else if (keys >= in.left()) {
            in.fail(Errors.SYNTAX);
        }
        if (in.failed(r)) {
            return;
        }
        int last = numkeys + (int) keys;
        in = c.reader(a, last + 1);
        boolean fromFront = nextIsLeft(in);
        long count = 1;
        boolean counted = false;
        while (in.more()) {
            if (!counted && in.optionWithValue("COUNT")) {
                count = in.nextLong(MPOP_COUNT_RANGE);
                counted = true;
                if (count <= 0) {
                    in.fail(MPOP_COUNT_RANGE);
                }
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long wait = NEVER;
        if (timeout != NEVER) {
            in = c.reader(a, 1);
            wait = in.nextTimeout();
            if (in.failed(r)) {
                return;
            }
        }
        popFirst(c, a, numkeys + 1, last, count, fromFront, wait, r);
    }

    /// BLPOP key [key ...] timeout -> [key, element] of the first list that is there; waits for one, nil when the time is over.
    /// O(keys). Errors: timeout; WRONGTYPE. https://redis.io/commands/blpop
    private static void blpop(CommandContext c, Args a, ReplyWriter r) {
        bpop(c, a, true, r);
    }

    /// BRPOP key [key ...] timeout -> as BLPOP, from the other end. https://redis.io/commands/brpop
    private static void brpop(CommandContext c, Args a, ReplyWriter r) {
        bpop(c, a, false, r);
    }

    private static void bpop(CommandContext c, Args a, boolean fromFront, ReplyWriter r) {
        ArgReader in = c.reader(a, a.count() - 1);
        long timeout = in.nextTimeout();
        if (!in.failed(r)) {
            popFirst(c, a, 1, a.count() - 2, 0, fromFront, timeout, r);
        }
    }

    /// Pops from the first list among the keys in arguments `first` to `last`, or waits for one.
    ///
    /// @param count how many elements at most, answered as an array; 0 = one, not in an array
    private static void popFirst(CommandContext c, Args a, int first, int last, long count, boolean fromFront, long timeout,
                                 ReplyWriter r) {
        for (int i = first; i <= last; i++) {
            long e = c.lookupWrite(a, i);
            if (e == 0) {
                continue;
            }
            if (!isList(e, r)) {
                return;
            }
            r.array(2);
            r.bulk(a.address(i), a.length(i));
            if (count == 0) {
                popOne(c, a, i, e, fromFront, r);
                logPop(c, a, i, 1, fromFront);
            } else {
                logPop(c, a, i, popMany(c, a, i, e, count, fromFront, r), fromFront);
            }
            return;
        }
        if (timeout == NEVER || !c.mayBlock()) {
            r.nullArray();
        } else {
            c.block(a, timeout, CommandContext.NULL_ARRAY);
        }
    }
}
