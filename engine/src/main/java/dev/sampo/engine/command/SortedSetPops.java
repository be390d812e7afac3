package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Commands that take the members with the lowest or highest scores out of sorted sets, at once or when there are any.
final class SortedSetPops {
    private static final byte[] NOT_POSITIVE = Errors.error("ERR value is out of range, must be positive");
    private static final byte[] NO_KEYS = Errors.error("ERR numkeys should be greater than 0");
    private static final byte[] NO_COUNT = Errors.error("ERR count should be greater than 0");
    private static final long NO_KEY = -1;

    private SortedSetPops() {
    }

    // ---------------------------------------------------------------- of one key

    /// ZPOPMIN key [count] -> array of members and scores, flat or (RESP3 with count) in pairs; empty for a missing key.
    /// O(M log N). Errors: WRONGTYPE; syntax; count negative. https://redis.io/commands/zpopmin
    static void zpopmin(CommandContext c, Args a, ReplyWriter r) {
        pop(c, a, false, r);
    }

    /// ZPOPMAX key [count] -> as ZPOPMIN, from the highest score down. https://redis.io/commands/zpopmax
    static void zpopmax(CommandContext c, Args a, ReplyWriter r) {
        pop(c, a, true, r);
    }

    private static void pop(CommandContext c, Args a, boolean max, ReplyWriter r) {
        long count = 1;
        boolean counted = a.count() > 2;
        if (counted) {
            ArgReader in = c.reader(a, 2);
            if (in.left() > 1) {
                in.fail(Errors.SYNTAX);
            }
            count = in.nextLong(NOT_POSITIVE);
            if (count < 0) {
                in.fail(NOT_POSITIVE);
            }
            if (in.failed(r)) {
                return;
            }
        }
        long e = c.lookupWrite(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        if (e == 0 || count == 0) {
            r.array(0);
            return;
        }
        SortedSetValue set = SortedSetCommands.open(c, a, 1, e);
        int popped = (int) Math.min(count, set.size());
        boolean pairs = counted && r.respVersion() != 2;
        r.array(pairs ? popped : 2L * popped);
        pop(c, a, 1, set, popped, max, pairs, r);
    }

    /// Answers with `count` members and scores of the set in argument `i`, removes them and commits that.
    private static void pop(CommandContext c, Args a, int i, SortedSetValue set, int count, boolean max, boolean pairs,
                            ReplyWriter r) {
        long size = set.size();
        long from = max ? size - count : 0;
        Keyspace ks = c.keyspace(a, i);
        boolean logs = c.logs(ks);
        EffectLog log = null;
        set.seek(max ? size - 1 : 0);
        for (int left = count; left > 0; left--) {
            if (pairs) {
                r.array(2);
            }
            set.replyMember(r);
            set.replyScore(r);
            if (logs) {
                log = logRemoval(c, ks, a, i, set, count - left, left, log);
            }
            if (left > 1) {
                if (max) {
                    set.previous();
                } else {
                    set.next();
                }
            }
        }
        SortedSetCommands.removeRange(c, a, i, set, from, from + count, max ? EventName.ZPOPMAX : EventName.ZPOPMIN);
    }

    /// Logs the current element as the next one of `ZREM key member ...`, of which there are as many as it takes.
    ///
    /// @param done members logged before it
    /// @param left members to log, it included
    private static EffectLog logRemoval(CommandContext c, Keyspace ks, Args a, int i, SortedSetValue set, int done, int left,
                                        EffectLog begun) {
        EffectLog log = begun;
        int place = done % SortedSetCommands.EFFECT_MEMBERS;
        if (place == 0) {
            log = c.effect(ks, Effects.ZREM, 2 + Math.min(left, SortedSetCommands.EFFECT_MEMBERS));
            log.argument(a.address(i), a.length(i));
        }
        log.argument(set.memberAddress(), set.memberLength());
        if (left == 1 || place == SortedSetCommands.EFFECT_MEMBERS - 1) {
            log.end();
        }
        return log;
    }

    // ---------------------------------------------------------------- of several keys

    /// ZMPOP numkeys key [key ...] MIN | MAX [COUNT n] -> array of the first key that exists and pairs of members and scores |
    /// nil array. O(K + M log N). Errors: WRONGTYPE; syntax; numkeys or count not positive. https://redis.io/commands/zmpop
    static void zmpop(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 1);
        if (request.in.failed(r)) {
            return;
        }
        if (!popFirst(c, a, request, r)) {
            r.nullArray();
        }
    }

    /// BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT n] -> as ZMPOP, but waits until there is something. Errors: also
    /// those of timeouts. https://redis.io/commands/bzmpop
    static void bzmpop(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 2);
        if (request.in.failed(r)) {
            return;
        }
        ArgReader in = c.reader(a, 1);
        long timeout = in.nextTimeout();
        if (in.failed(r)) {
            return;
        }
        if (!popFirst(c, a, request, r)) {
            orBlock(c, a, timeout, r);
        }
    }

    /// What ZMPOP and BZMPOP have in common.
    private static final class Request {
        final ArgReader in;
        final int firstKey;
        final int keys;
        boolean max;
        long count = NO_KEY;

        Request(CommandContext c, Args a, int numkeysAt) {
            in = c.reader(a, numkeysAt);
            firstKey = numkeysAt + 1;
            long said = in.nextLong(NO_KEYS);
            if (said < 1) {
                in.fail(NO_KEYS);
            }
            if (said > a.count() - firstKey - 1) {
                in.fail(Errors.SYNTAX);
            }
            keys = in.failed() ? 0 : (int) said;
            for (int i = 0; i < keys; i++) {
                in.next();
            }
            max = in.option("MAX");
            if (!max && !in.option("MIN")) {
                in.fail(Errors.SYNTAX);
            }
            while (in.more()) {
                if (count == NO_KEY && in.optionWithValue("COUNT")) {
                    count = in.nextLong(NO_COUNT);
                    if (count < 1) {
                        in.fail(NO_COUNT);
                    }
                } else {
                    in.fail(Errors.SYNTAX);
                }
            }
            count = Math.max(count, 1);
        }
    }

    /// Pops from the first key that exists; whether something was replied.
    private static boolean popFirst(CommandContext c, Args a, Request request, ReplyWriter r) {
        for (int i = request.firstKey; i < request.firstKey + request.keys; i++) {
            long e = c.lookupWrite(a, i);
            if (!SortedSetCommands.isSortedSet(e, r)) {
                return true;
            }
            if (e != 0) {
                SortedSetValue set = SortedSetCommands.open(c, a, i, e);
                int popped = (int) Math.min(request.count, set.size());
                r.array(2);
                r.bulk(a.address(i), a.length(i));
                r.array(popped);
                pop(c, a, i, set, popped, request.max, true, r);
                return true;
            }
        }
        return false;
    }

    /// BZPOPMIN key [key ...] timeout -> array of key, member and score of the first key that exists; waits until one does |
    /// nil array. O(K + log N). Errors: WRONGTYPE; those of timeouts. https://redis.io/commands/bzpopmin
    static void bzpopmin(CommandContext c, Args a, ReplyWriter r) {
        blockingPop(c, a, false, r);
    }

    /// BZPOPMAX key [key ...] timeout -> as BZPOPMIN, of the highest score. https://redis.io/commands/bzpopmax
    static void bzpopmax(CommandContext c, Args a, ReplyWriter r) {
        blockingPop(c, a, true, r);
    }

    private static void blockingPop(CommandContext c, Args a, boolean max, ReplyWriter r) {
        int end = a.count() - 1;
        ArgReader in = c.reader(a, end);
        long timeout = in.nextTimeout();
        if (in.failed(r)) {
            return;
        }
        for (int i = 1; i < end; i++) {
            long e = c.lookupWrite(a, i);
            if (!SortedSetCommands.isSortedSet(e, r)) {
                return;
            }
            if (e != 0) {
                r.array(3);
                r.bulk(a.address(i), a.length(i));
                pop(c, a, i, SortedSetCommands.open(c, a, i, e), 1, max, false, r);
                return;
            }
        }
        orBlock(c, a, timeout, r);
    }

    private static void orBlock(CommandContext c, Args a, long timeout, ReplyWriter r) {
        if (c.mayBlock()) {
            c.block(a, timeout, CommandContext.NULL_ARRAY);
        } else {
            r.nullArray();
        }
    }
}
