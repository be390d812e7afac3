package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.BLOCKING;
import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;

/// Commands on sorted sets that concern single members or all of them. Ranges are in [SortedSetRanges], pops in
/// [SortedSetPops], unions and the like in [SortedSetAlgebra]. Contract: https://redis.io/commands/?group=sorted-set
final class SortedSetCommands {
    /// Member arguments of one effect, so that no effect is of unbounded size.
    static final int EFFECT_MEMBERS = 256;

    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int GT = 1 << 2;
    private static final int LT = 1 << 3;
    private static final int CH = 1 << 4;
    private static final int INCR = 1 << 5;

    private static final byte[] NX_AND_XX = Errors.error("ERR XX and NX options at the same time are not compatible");
    private static final byte[] GT_LT_NX =
        Errors.error("ERR GT, LT, and/or NX options at the same time are not compatible");
    private static final byte[] INCR_PAIRS = Errors.error("ERR INCR option supports a single increment-element pair");
    private static final byte[] NOT_A_NUMBER = Errors.error("ERR resulting score is not a number (NaN)");
    private static final byte[] COUNT_RANGE = Errors.error("ERR value is out of range, value must between "
        + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
    private static final byte[] OUT_OF_RANGE = Errors.error("ERR value is out of range");
    private static final int SCAN_COUNT = 10;

    private SortedSetCommands() {
    }

    static void register(CommandTable.Builder t) {
        long sorted = Category.SORTED_SET;
        KeySpec asked = KeySpec.key(1, RO | ACCESS);
        KeySpec removed = KeySpec.key(1, RW | DELETE);
        t.add("ZADD", -4, WRITE | DENYOOM | FAST, sorted, KeySpec.key(1, RW | UPDATE), SortedSetCommands::zadd).member(3)
            .effect(Effect.CUSTOM);
        t.add("ZINCRBY", 4, WRITE | DENYOOM | FAST, sorted, KeySpec.key(1, RW | ACCESS | UPDATE), SortedSetCommands::zincrby).member(3)
            .effect(Effect.CUSTOM);
        t.add("ZREM", -3, WRITE | FAST, sorted, removed, SortedSetCommands::zrem).member(2).effect(Effect.VERBATIM);
        t.add("ZCARD", 2, READONLY | FAST, sorted, KeySpec.key(1, RO), SortedSetCommands::zcard);
        t.add("ZCOUNT", 4, READONLY | FAST, sorted, asked, SortedSetRanges::zcount);
        t.add("ZLEXCOUNT", 4, READONLY | FAST, sorted, asked, SortedSetRanges::zlexcount);
        t.add("ZSCORE", 3, READONLY | FAST, sorted, asked, SortedSetCommands::zscore).member(2);
        t.add("ZMSCORE", -3, READONLY | FAST, sorted, asked, SortedSetCommands::zmscore).member(2);
        t.add("ZRANK", -3, READONLY | FAST, sorted, asked, SortedSetCommands::zrank).member(2);
        t.add("ZREVRANK", -3, READONLY | FAST, sorted, asked, SortedSetCommands::zrevrank).member(2);
        t.add("ZRANDMEMBER", -2, READONLY, sorted, asked, SortedSetCommands::zrandmember).tips("nondeterministic_output");
        t.add("ZSCAN", -3, READONLY, sorted, asked, SortedSetCommands::zscan).tips("nondeterministic_output");
        registerRanges(t, sorted, asked, removed);
        registerPops(t, sorted);
        registerAlgebra(t, sorted);
    }

    private static void registerRanges(CommandTable.Builder t, long sorted, KeySpec asked, KeySpec removed) {
        t.add("ZRANGE", -4, READONLY, sorted, asked, SortedSetRanges::zrange);
        t.add("ZREVRANGE", -4, READONLY, sorted, asked, SortedSetRanges::zrevrange);
        t.add("ZRANGEBYSCORE", -4, READONLY, sorted, asked, SortedSetRanges::zrangebyscore);
        t.add("ZREVRANGEBYSCORE", -4, READONLY, sorted, asked, SortedSetRanges::zrevrangebyscore);
        t.add("ZRANGEBYLEX", -4, READONLY, sorted, asked, SortedSetRanges::zrangebylex);
        t.add("ZREVRANGEBYLEX", -4, READONLY, sorted, asked, SortedSetRanges::zrevrangebylex);
        t.add("ZRANGESTORE", -5, WRITE | DENYOOM, sorted,
            KeySpec.of(KeySpec.Part.range(1, 0, 1, OW | UPDATE), KeySpec.Part.range(2, 0, 1, RO | ACCESS)),
            SortedSetRanges::zrangestore).effect(Effect.CUSTOM);
        t.add("ZREMRANGEBYRANK", 4, WRITE, sorted, removed, SortedSetRanges::zremrangebyrank).effect(Effect.VERBATIM);
        t.add("ZREMRANGEBYSCORE", 4, WRITE, sorted, removed, SortedSetRanges::zremrangebyscore).effect(Effect.VERBATIM);
        t.add("ZREMRANGEBYLEX", 4, WRITE, sorted, removed, SortedSetRanges::zremrangebylex).effect(Effect.VERBATIM);
    }

    private static void registerPops(CommandTable.Builder t, long sorted) {
        int popped = RW | ACCESS | DELETE;
        t.add("ZPOPMIN", -2, WRITE | FAST, sorted, KeySpec.key(1, popped), SortedSetPops::zpopmin).effect(Effect.CUSTOM);
        t.add("ZPOPMAX", -2, WRITE | FAST, sorted, KeySpec.key(1, popped), SortedSetPops::zpopmax).effect(Effect.CUSTOM);
        t.add("ZMPOP", -4, WRITE, sorted, KeySpec.counted(1, popped), SortedSetPops::zmpop).effect(Effect.CUSTOM);
        t.add("BZPOPMIN", -3, WRITE | NOSCRIPT | BLOCKING | FAST, sorted, KeySpec.range(1, -2, 1, popped),
            SortedSetPops::bzpopmin).effect(Effect.CUSTOM);
        t.add("BZPOPMAX", -3, WRITE | NOSCRIPT | BLOCKING | FAST, sorted, KeySpec.range(1, -2, 1, popped),
            SortedSetPops::bzpopmax).effect(Effect.CUSTOM);
        t.add("BZMPOP", -5, WRITE | BLOCKING, sorted, KeySpec.counted(2, popped), SortedSetPops::bzmpop)
            .effect(Effect.CUSTOM);
    }

    private static void registerAlgebra(CommandTable.Builder t, long sorted) {
        KeySpec sources = KeySpec.counted(1, RO | ACCESS);
        KeySpec stored = KeySpec.of(KeySpec.Part.range(1, 0, 1, OW | UPDATE),
            new KeySpec.Part(RO | ACCESS, null, new KeySpec.Index(2), new KeySpec.KeyNum(0, 1, 1)));
        t.add("ZUNION", -3, READONLY, sorted, sources, SortedSetAlgebra::zunion);
        t.add("ZINTER", -3, READONLY, sorted, sources, SortedSetAlgebra::zinter);
        t.add("ZDIFF", -3, READONLY, sorted, sources, SortedSetAlgebra::zdiff);
        t.add("ZINTERCARD", -3, READONLY, sorted, sources, SortedSetAlgebra::zintercard);
        t.add("ZUNIONSTORE", -4, WRITE | DENYOOM, sorted, stored, SortedSetAlgebra::zunionstore).effect(Effect.CUSTOM);
        t.add("ZINTERSTORE", -4, WRITE | DENYOOM, sorted, stored, SortedSetAlgebra::zinterstore).effect(Effect.CUSTOM);
        t.add("ZDIFFSTORE", -4, WRITE | DENYOOM, sorted, stored, SortedSetAlgebra::zdiffstore).effect(Effect.CUSTOM);
    }

    // ---------------------------------------------------------------- adding

    /// ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] -> number of members added (with CH: or
    /// rescored); with INCR the new score | nil if the conditions prevent it. O(M log N). Errors: WRONGTYPE; syntax; not a
    /// float; options that exclude each other; NaN. https://redis.io/commands/zadd
    private static void zadd(CommandContext c, Args a, ReplyWriter r) {
        int flags = 0;
        int at = 2;
        for (; at < a.count(); at++) {
            int flag = flag(a, at);
            if (flag == 0) {
                break;
            }
            flags |= flag;
        }
        byte[] error = error(flags, a.count() - at);
        if (error != null) {
            r.simple(error);
            return;
        }
        add(c, a, at, flags, r);
    }

    private static int flag(Args a, int i) {
        // No score begins with one of these letters but for infinity.
        if (a.length(i) == 2) {
            return a.equalsIgnoreCase(i, "NX") ? NX : a.equalsIgnoreCase(i, "XX") ? XX : a.equalsIgnoreCase(i, "GT") ? GT
                : a.equalsIgnoreCase(i, "LT") ? LT : a.equalsIgnoreCase(i, "CH") ? CH : 0;
        }
        return a.equalsIgnoreCase(i, "INCR") ? INCR : 0;
    }

    private static byte[] error(int flags, int left) {
        if (left == 0 || (left & 1) != 0) {
            return Errors.SYNTAX;
        }
        if ((flags & (NX | XX)) == (NX | XX)) {
            return NX_AND_XX;
        }
        if (Integer.bitCount(flags & (GT | LT | NX)) > 1) {
            return GT_LT_NX;
        }
        return (flags & INCR) != 0 && left > 2 ? INCR_PAIRS : null;
    }

    /// ZINCRBY key increment member -> the new score. O(log N). Errors: WRONGTYPE; not a float; NaN. A word that is an option
    /// of ZADD is one here too, and then the member is missing. https://redis.io/commands/zincrby
    private static void zincrby(CommandContext c, Args a, ReplyWriter r) {
        if (flag(a, 2) != 0) {
            r.simple(Errors.SYNTAX);
            return;
        }
        add(c, a, 2, INCR, r);
    }

    /// Adds the pairs from argument `from` on.
    private static void add(CommandContext c, Args a, int from, int flags, ReplyWriter r) {
        double first = score(a, from);
        for (int i = from; i < a.count(); i += 2) {
            double score = i == from ? first : score(a, i);
            if (score != score) {
                r.simple(Errors.NOT_A_FLOAT);
                return;
            }
        }
        long e = c.lookupWrite(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        boolean increment = (flags & INCR) != 0;
        if (e == 0 && (flags & XX) != 0) {
            if (increment) {
                r.nullBulk();
            } else {
                r.integer(0);
            }
            return;
        }
        SortedSetValue set = e != 0 ? open(c, a, 1, e) : c.sortedSet().create(c.keyspace(a, 1), a.address(1), a.length(1),
            c.hash(a, 1), a.count() - from >> 1, a.length(from + 1));
        if (increment) {
            increment(c, a, from, first, set, flags, e == 0, r);
        } else {
            addPairs(c, a, from, first, set, flags, e == 0, r);
        }
    }

    private static void addPairs(CommandContext c, Args a, int from, double first, SortedSetValue set, int flags, boolean isNew,
                                 ReplyWriter r) {
        CollectionLimits limits = c.settings().collections();
        int added = 0;
        int updated = 0;
        for (int i = from; i < a.count(); i += 2) {
            double score = i == from ? first : score(a, i);
            long member = a.address(i + 1);
            int length = a.length(i + 1);
            if (!set.find(member, length)) {
                if ((flags & XX) == 0) {
                    set.insert(member, length, score, limits);
                    added++;
                }
            } else if (isUpdate(flags, set.score(), score)) {
                set.rescore(member, length, score);
                updated++;
            }
        }
        if (added + updated > 0) {
            commit(c, a, isNew, EventName.ZADD);
            Keyspace ks = c.keyspace(a, 1);
            if (c.logs(ks)) {
                Effects.request(c, ks, a);
            }
        }
        r.integer((flags & CH) != 0 ? added + updated : added);
    }

    /// Whether the conditions let a member of score `old` have `score`, which is another one.
    private static boolean isUpdate(int flags, double old, double score) {
        if (score == old || (flags & NX) != 0) {
            return false;
        }
        return (flags & (GT | LT)) == 0 || ((flags & GT) != 0 ? score > old : score < old);
    }

    private static void increment(CommandContext c, Args a, int from, double by, SortedSetValue set, int flags, boolean isNew,
                                  ReplyWriter r) {
        long member = a.address(from + 1);
        int length = a.length(from + 1);
        boolean found = set.find(member, length);
        double old = found ? set.score() : 0;
        double score = found ? old + by : by;
        if (found ? (flags & NX) != 0 : (flags & XX) != 0) {
            r.nullBulk();
        } else if (score != score) {
            r.simple(NOT_A_NUMBER);
        } else if (found && ((flags & GT) != 0 && score <= old || (flags & LT) != 0 && score >= old)) {
            r.nullBulk();
        } else {
            if (!found) {
                set.insert(member, length, score, c.settings().collections());
            } else if (score != old) {
                set.rescore(member, length, score);
            }
            if (!found || score != old) {
                commit(c, a, isNew, EventName.ZINCR);
                logScore(c, a, member, length, score);
            }
            r.dbl(score);
        }
    }

    private static void commit(CommandContext c, Args a, boolean isNew, byte[] event) {
        Keyspace ks = c.keyspace(a, 1);
        if (isNew) {
            c.created(ks, a, 1);
        }
        c.commit(ks, a, 1, EventClass.ZSET, event);
    }

    private static void logScore(CommandContext c, Args a, long member, int length, double score) {
        Keyspace ks = c.keyspace(a, 1);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, Effects.ZADD, 4);
            log.argument(a.address(1), a.length(1));
            c.number(log, score);
            log.argument(member, length);
            log.end();
        }
    }

    // ---------------------------------------------------------------- removing

    /// ZREM key member [member ...] -> number of members removed. O(M log N). Errors: WRONGTYPE.
    /// https://redis.io/commands/zrem
    private static void zrem(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        int removed = 0;
        if (e != 0) {
            SortedSetValue set = open(c, a, 1, e);
            for (int i = 2; i < a.count() && set.size() > 0; i++) {
                if (set.find(a.address(i), a.length(i))) {
                    set.remove();
                    removed++;
                }
            }
            if (removed > 0) {
                KeyCommands.commitRemoval(c, a, 1, EventClass.ZSET, EventName.ZREM, set.size() == 0);
            }
        }
        r.integer(removed);
    }

    /// Removes the elements of some ranks from the set in argument `i`, and the key with the last one; commits that.
    static void removeRange(CommandContext c, Args a, int i, SortedSetValue set, long from, long to, byte[] event) {
        boolean all = to - from == set.size();
        if (!all) {
            set.removeRange(from, to);
        }
        KeyCommands.commitRemoval(c, a, i, EventClass.ZSET, event, all);
    }

    // ---------------------------------------------------------------- asking

    /// ZCARD key -> number of members. O(1). Errors: WRONGTYPE. https://redis.io/commands/zcard
    private static void zcard(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isSortedSet(e, r)) {
            r.integer(e == 0 ? 0 : open(c, a, 1, e).size());
        }
    }

    /// ZSCORE key member -> score | nil. O(log N). Errors: WRONGTYPE. https://redis.io/commands/zscore
    private static void zscore(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isSortedSet(e, r)) {
            replyScore(e == 0 ? null : open(c, a, 1, e), a, 2, r);
        }
    }

    /// ZMSCORE key member [member ...] -> array of score | nil. O(M log N). Errors: WRONGTYPE.
    /// https://redis.io/commands/zmscore
    private static void zmscore(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        SortedSetValue set = e == 0 ? null : open(c, a, 1, e);
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            replyScore(set, a, i, r);
        }
    }

    private static void replyScore(SortedSetValue set, Args a, int i, ReplyWriter r) {
        if (set != null && set.find(a.address(i), a.length(i))) {
            set.replyScore(r);
        } else {
            r.nullBulk();
        }
    }

    /// ZRANK key member [WITHSCORE] -> rank from 0 | nil; with WITHSCORE rank and score | nil array. O(log N). Errors:
    /// WRONGTYPE; syntax. https://redis.io/commands/zrank
    private static void zrank(CommandContext c, Args a, ReplyWriter r) {
        rank(c, a, false, r);
    }

    /// ZREVRANK key member [WITHSCORE] -> as ZRANK, counted from the highest score.
    /// https://redis.io/commands/zrevrank
    private static void zrevrank(CommandContext c, Args a, ReplyWriter r) {
        rank(c, a, true, r);
    }

    private static void rank(CommandContext c, Args a, boolean reverse, ReplyWriter r) {
        if (a.count() > 4) {
            c.spec().writeArityError(r);
            return;
        }
        boolean withScore = a.count() == 4;
        if (withScore && !a.equalsIgnoreCase(3, "WITHSCORE")) {
            r.simple(Errors.SYNTAX);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        SortedSetValue set = c.sortedSet();
        if (e == 0 || !open(c, a, 1, e).find(a.address(2), a.length(2))) {
            if (withScore) {
                r.nullArray();
            } else {
                r.nullBulk();
            }
            return;
        }
        long rank = set.rank();
        if (withScore) {
            r.array(2);
        }
        r.integer(reverse ? set.size() - 1 - rank : rank);
        if (withScore) {
            set.replyScore(r);
        }
    }

    // ---------------------------------------------------------------- random members

    /// ZRANDMEMBER key [count [WITHSCORES]] -> a member | nil; with count an array of different members in order or, if it is
    /// negative, of members that may repeat. O(count log N). Errors: WRONGTYPE; syntax; not an integer.
    /// https://redis.io/commands/zrandmember
    private static void zrandmember(CommandContext c, Args a, ReplyWriter r) {
        if (a.count() == 2) {
            long e = c.lookupRead(a, 1);
            if (isSortedSet(e, r)) {
                if (e == 0) {
                    r.nullBulk();
                } else {
                    SortedSetValue set = open(c, a, 1, e);
                    set.seek(random(c, set.size()));
                    set.replyMember(r);
                }
            }
            return;
        }
        ArgReader in = c.reader(a, 2);
        long count = in.nextLong();
        if (count == Long.MIN_VALUE) {
            in.fail(COUNT_RANGE);
        }
        boolean withScores = in.option("WITHSCORES");
        if (in.more()) {
            in.fail(Errors.SYNTAX);
        }
        if (withScores && Math.abs(count) > Long.MAX_VALUE / 2) {
            in.fail(OUT_OF_RANGE);
        }
        if (!in.failed(r)) {
            randomMembers(c, a, count, withScores, r);
        }
    }

    private static void randomMembers(CommandContext c, Args a, long count, boolean withScores, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        if (e == 0 || count == 0) {
            r.array(0);
            return;
        }
        SortedSetValue set = open(c, a, 1, e);
        long size = set.size();
        if (count < 0) {
            RepeatedChoice.reply(-count, withScores && r.respVersion() == 2 ? 2 : 1, r, () -> {
                set.seek(random(c, size));
                SortedSetRanges.reply(set, withScores, r);
            });
            return;
        }
        long chosen = Math.min(count, size);
        replyLength(chosen, withScores, r);
        if (chosen * 3 > size) {
            chooseByWalk(c, set, chosen, withScores, r);
        } else {
            for (long rank : distinctRanks(c, size, (int) chosen)) {
                set.seek(rank);
                SortedSetRanges.reply(set, withScores, r);
            }
        }
    }

    private static void replyLength(long elements, boolean withScores, ReplyWriter r) {
        r.array(withScores && r.respVersion() == 2 ? 2 * elements : elements);
    }

    /// Selection sampling: every element gets its share of what is still to be chosen.
    private static void chooseByWalk(CommandContext c, SortedSetValue set, long chosen, boolean withScores, ReplyWriter r) {
        long left = chosen;
        long rest = set.size();
        set.seek(0);
        while (left > 0) {
            if (left == rest || random(c, rest) < left) {
                SortedSetRanges.reply(set, withScores, r);
                left--;
            }
            rest--;
            set.next();
        }
    }

    /// `count` different ranks below `size`, of which they are at most a third, by R. Floyd's algorithm: a rank that is taken
    /// already stands for the highest one that may be drawn.
    private static long[] distinctRanks(CommandContext c, long size, int count) {
        long[] ranks = new long[count];
        long[] table = new long[Integer.highestOneBit(Math.max(count, 2)) << 2];
        for (int i = 0; i < count; i++) {
            long limit = size - count + i;
            long rank = random(c, limit + 1);
            ranks[i] = enter(table, rank) ? rank : limit;
            if (ranks[i] == limit && rank != limit) {
                enter(table, limit);
            }
        }
        return ranks;
    }

    /// Whether a number was not in a hash table yet; it is then. 0 marks a free place.
    private static boolean enter(long[] table, long rank) {
        int mask = table.length - 1;
        int i = (int) (rank * 0x9E3779B97F4A7C15L >>> 32) & mask;
        while (table[i] != 0) {
            if (table[i] == rank + 1) {
                return false;
            }
            i = i + 1 & mask;
        }
        table[i] = rank + 1;
        return true;
    }

    private static long random(CommandContext c, long bound) {
        return bound <= Integer.MAX_VALUE ? c.rng().nextInt((int) bound) : Long.remainderUnsigned(c.rng().nextLong(), bound);
    }

    // ---------------------------------------------------------------- walking

    /// ZSCAN key cursor [MATCH pattern] [COUNT n] -> array of next cursor and array of members and scores. O(COUNT); a packed
    /// set comes at once. Errors: WRONGTYPE; invalid cursor; syntax. https://redis.io/commands/zscan
    private static void zscan(CommandContext c, Args a, ReplyWriter r) {
        if (!ScanCursor.isValid(a, 2)) {
            r.simple(Errors.INVALID_CURSOR);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isSortedSet(e, r)) {
            return;
        }
        if (e == 0) {
            r.array(2);
            r.bulkInteger(0);
            r.array(0);
            return;
        }
        long count = SCAN_COUNT;
        int pattern = 0;
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (in.optionWithValue("COUNT")) {
                count = in.nextLong();
                if (count < 1) {
                    in.fail(Errors.SYNTAX);
                }
            } else if (in.optionWithValue("MATCH")) {
                pattern = in.next();
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (!in.failed(r)) {
            scan(open(c, a, 1, e), ScanCursor.parse(a, 2), count, pattern == 0 ? 0 : a.address(pattern),
                pattern == 0 ? 0 : a.length(pattern), r);
        }
    }

    private static void scan(SortedSetValue set, long cursor, long count, long pattern, int patternLength, ReplyWriter r) {
        OutputBuffer aside = new OutputBuffer();
        try {
            ReplyWriter out = new ReplyWriter().target(aside, r.respVersion());
            long[] found = {0};
            long next = set.scan(cursor, count, each -> {
                if (pattern == 0 || Glob.matches(pattern, patternLength, each.memberAddress(), each.memberLength())) {
                    each.replyMember(out);
                    each.replyScoreText(out);
                    found[0] += 2;
                }
            });
            r.array(2);
            r.bulk(Long.toUnsignedString(next));
            r.array(found[0]);
            r.raw(aside.address(), (int) aside.size());
        } finally {
            aside.release();
        }
    }

    // ---------------------------------------------------------------- shared

    /// Whether an entry is a sorted set or missing; if not, that is the reply.
    static boolean isSortedSet(long e, ReplyWriter r) {
        if (e != 0 && Entry.type(e) != Type.ZSET) {
            r.simple(Errors.WRONG_TYPE);
            return false;
        }
        return true;
    }

    /// The sorted set in argument `i`, whose entry is `e`.
    static SortedSetValue open(CommandContext c, Args a, int i, long e) {
        return c.sortedSet().open(c.keyspace(a, i), a.address(i), a.length(i), c.hash(a, i), e);
    }

    /// The number in argument `i`, NaN if it is none.
    static double score(Args a, int i) {
        return Ascii.parseDouble(a.address(i), a.length(i));
    }
}
