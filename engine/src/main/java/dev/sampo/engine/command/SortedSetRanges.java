package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventName;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Commands on ranges of sorted sets: reading, counting, storing, removing.
final class SortedSetRanges {
    private static final int ANY = -1;
    private static final byte[] LIMIT_NEEDS_BY = Errors.error(
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    private static final byte[] NO_SCORES_BY_LEX = Errors.error(
        "ERR syntax error, WITHSCORES not supported in combination with BYLEX");

    private SortedSetRanges() {
    }

    // ---------------------------------------------------------------- counting

    /// ZCOUNT key min max -> number of members whose score lies in the range. O(log N). Errors: WRONGTYPE; not a float.
    /// https://redis.io/commands/zcount
    static void zcount(CommandContext c, Args a, ReplyWriter r) {
        count(c, a, SortedSetRange.SCORE, r);
    }

    /// ZLEXCOUNT key min max -> number of members in the range. O(log N). Errors: WRONGTYPE; not valid string range item.
    /// https://redis.io/commands/zlexcount
    static void zlexcount(CommandContext c, Args a, ReplyWriter r) {
        count(c, a, SortedSetRange.LEX, r);
    }

    private static void count(CommandContext c, Args a, int kind, ReplyWriter r) {
        SortedSetRange range = c.sortedSetRange().begin();
        ArgReader in = c.reader(a, a.count());
        range.parse(kind, a, 2, 3, in);
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        if (e == 0) {
            r.integer(0);
            return;
        }
        range.resolve(SortedSetCommands.open(c, a, 1, e));
        r.integer(range.count());
    }

    // ---------------------------------------------------------------- reading

    /// ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] -> array of members, with scores behind
    /// them or (RESP3) in pairs with them. O(log N + M). Errors: WRONGTYPE; syntax; a range that is none.
    /// https://redis.io/commands/zrange
    static void zrange(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, ANY, ANY, r);
    }

    /// ZREVRANGE key start stop [WITHSCORES] -> as ZRANGE REV. https://redis.io/commands/zrevrange
    static void zrevrange(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, SortedSetRange.RANK, 1, r);
    }

    /// ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] -> as ZRANGE BYSCORE.
    /// https://redis.io/commands/zrangebyscore
    static void zrangebyscore(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, SortedSetRange.SCORE, 0, r);
    }

    /// ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] -> as ZRANGE BYSCORE REV.
    /// https://redis.io/commands/zrevrangebyscore
    static void zrevrangebyscore(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, SortedSetRange.SCORE, 1, r);
    }

    /// ZRANGEBYLEX key min max [LIMIT offset count] -> as ZRANGE BYLEX. https://redis.io/commands/zrangebylex
    static void zrangebylex(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, SortedSetRange.LEX, 0, r);
    }

    /// ZREVRANGEBYLEX key max min [LIMIT offset count] -> as ZRANGE BYLEX REV. https://redis.io/commands/zrevrangebylex
    static void zrevrangebylex(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, SortedSetRange.LEX, 1, r);
    }

    /// @param kind of the range, or [#ANY] if the request says it
    /// @param direction 0 ascending, 1 descending, or [#ANY] if the request says it
    private static void range(CommandContext c, Args a, int kind, int direction, ReplyWriter r) {
        SortedSetRange range = c.sortedSetRange();
        if (!parse(c, a, 1, kind, direction, true, r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        if (e == 0) {
            r.array(0);
            return;
        }
        SortedSetValue set = SortedSetCommands.open(c, a, 1, e);
        range.resolve(set);
        replyAll(set, range, r);
    }

    /// Reads a request whose source is argument `source`; the bounds follow it. Whether there was no error, which then is the
    /// reply.
    private static boolean parse(CommandContext c, Args a, int source, int fixedKind, int fixedDirection, boolean replies,
                                 ReplyWriter r) {
        SortedSetRange range = c.sortedSetRange().begin();
        int kind = fixedKind;
        int direction = fixedDirection;
        boolean withScores = false;
        long limit = -1;
        ArgReader in = c.reader(a, source + 3);
        while (in.more()) {
            if (replies && in.option("WITHSCORES")) {
                withScores = true;
            } else if (in.left() > 2 && in.option("LIMIT")) {
                long offset = in.nextLong();
                limit = in.nextLong();
                range.limit(offset, limit);
            } else if (direction == ANY && in.option("REV")) {
                direction = 1;
            } else if (kind == ANY && in.option("BYLEX")) {
                kind = SortedSetRange.LEX;
            } else if (kind == ANY && in.option("BYSCORE")) {
                kind = SortedSetRange.SCORE;
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        kind = kind == ANY ? SortedSetRange.RANK : kind;
        if (limit != -1 && kind == SortedSetRange.RANK) {
            in.fail(LIMIT_NEEDS_BY);
        }
        if (withScores && kind == SortedSetRange.LEX) {
            in.fail(NO_SCORES_BY_LEX);
        }
        if (!in.failed()) {
            range.reverse(direction == 1);
            range.withScores(withScores);
            // Backwards the greater bound comes first.
            boolean swapped = direction == 1 && kind != SortedSetRange.RANK;
            range.parse(kind, a, source + (swapped ? 2 : 1), source + (swapped ? 1 : 2), in);
        }
        return !in.failed(r);
    }

    private static void replyAll(SortedSetValue set, SortedSetRange range, ReplyWriter r) {
        long count = range.count();
        boolean reverse = range.isReverse();
        boolean withScores = range.isWithScores();
        r.array(withScores && r.respVersion() == 2 ? 2 * count : count);
        if (count == 0) {
            return;
        }
        set.seek(reverse ? range.to() - 1 : range.from());
        for (long left = count; ; ) {
            reply(set, withScores, r);
            if (--left == 0) {
                return;
            }
            if (reverse) {
                set.previous();
            } else {
                set.next();
            }
        }
    }

    /// Answers with the current element: the member, or member and score one after the other or (RESP3) as a pair.
    static void reply(SortedSetValue set, boolean withScores, ReplyWriter r) {
        if (withScores && r.respVersion() != 2) {
            r.array(2);
        }
        set.replyMember(r);
        if (withScores) {
            set.replyScore(r);
        }
    }

    // ---------------------------------------------------------------- storing

    /// ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] -> number of members stored; none removes the
    /// destination. O(log N + M log M). Errors: as ZRANGE. https://redis.io/commands/zrangestore
    static void zrangestore(CommandContext c, Args a, ReplyWriter r) {
        if (!parse(c, a, 2, ANY, ANY, false, r)) {
            return;
        }
        long e = c.lookupRead(a, 2);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        try (ScoredMembers result = new ScoredMembers()) {
            if (e != 0) {
                SortedSetValue set = SortedSetCommands.open(c, a, 2, e);
                SortedSetRange range = c.sortedSetRange();
                range.resolve(set);
                for (long rank = range.from(); rank < range.to(); rank++) {
                    if (rank == range.from()) {
                        set.seek(rank);
                    } else {
                        set.next();
                    }
                    result.add(set.memberAddress(), set.memberLength(), set.score());
                }
            }
            result.store(c, a, 1, EventName.ZRANGESTORE);
            r.integer(result.size());
        }
    }

    // ---------------------------------------------------------------- removing

    /// ZREMRANGEBYRANK key start stop -> number of members removed. O(log N + M log N). Errors: WRONGTYPE; not an integer.
    /// https://redis.io/commands/zremrangebyrank
    static void zremrangebyrank(CommandContext c, Args a, ReplyWriter r) {
        remove(c, a, SortedSetRange.RANK, EventName.ZREMRANGEBYRANK, r);
    }

    /// ZREMRANGEBYSCORE key min max -> number of members removed. O(log N + M log N). Errors: WRONGTYPE; not a float.
    /// https://redis.io/commands/zremrangebyscore
    static void zremrangebyscore(CommandContext c, Args a, ReplyWriter r) {
        remove(c, a, SortedSetRange.SCORE, EventName.ZREMRANGEBYSCORE, r);
    }

    /// ZREMRANGEBYLEX key min max -> number of members removed. O(log N + M log N). Errors: WRONGTYPE; not valid string range
    /// item. https://redis.io/commands/zremrangebylex
    static void zremrangebylex(CommandContext c, Args a, ReplyWriter r) {
        remove(c, a, SortedSetRange.LEX, EventName.ZREMRANGEBYLEX, r);
    }

    private static void remove(CommandContext c, Args a, int kind, byte[] event, ReplyWriter r) {
        SortedSetRange range = c.sortedSetRange().begin();
        ArgReader in = c.reader(a, a.count());
        range.parse(kind, a, 2, 3, in);
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        long removed = 0;
        if (e != 0) {
            SortedSetValue set = SortedSetCommands.open(c, a, 1, e);
            range.resolve(set);
            removed = range.count();
            if (removed > 0) {
                SortedSetCommands.removeRange(c, a, 1, set, range.from(), range.to(), event);
            }
        }
        r.integer(removed);
    }
}
