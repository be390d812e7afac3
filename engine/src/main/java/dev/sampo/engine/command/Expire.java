package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// What the four EXPIRE commands and the four TTL commands have in common.
final class Expire {
    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int GT = 1 << 2;
    private static final int LT = 1 << 3;
    private static final int BAD = 1 << 4;

    private static final byte[] NX_WITH_OTHERS =
        Errors.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    private static final byte[] GT_WITH_LT = Errors.error("ERR GT and LT options at the same time are not compatible");

    private Expire() {
    }

    /// Sets the deadline of the key in argument 1 to the time in argument 2.
    ///
    /// @param seconds whether the time is in seconds, else milliseconds
    /// @param base what it is relative to, in unix ms
    static void expire(CommandContext c, Args a, boolean seconds, long base, ReplyWriter r) {
        int conditions = a.count() == 3 ? 0 : conditions(a, r);
        if (conditions == BAD) {
            return;
        }
        ArgReader in = c.reader(a, 2);
        long time = in.nextLong();
        if (in.failed(r)) {
            return;
        }
        long deadline = Deadlines.from(time, seconds, base);
        if (deadline == Deadlines.INVALID) {
            Errors.invalidExpire(r, c.spec());
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0 || !holds(conditions, Entry.deadline(e), deadline)) {
            r.integer(0);
            return;
        }
        if (deadline <= c.now() && !(c.replaying() && deadline > 0)) {
            KeyCommands.delete(c, a, 1, EventName.DEL);
            Effects.del(c, c.keyspace(a, 1), a, 1);
        } else {
            KeyCommands.deadline(c, a, 1, deadline, EventName.EXPIRE);
        }
        r.integer(1);
    }

    /// Whether the conditions allow to replace a deadline (0 = none, which is later than any).
    private static boolean holds(int conditions, long before, long after) {
        if ((conditions & NX) != 0 && before != 0 || (conditions & XX) != 0 && before == 0) {
            return false;
        }
        if ((conditions & GT) != 0 && (before == 0 || after <= before)) {
            return false;
        }
        return (conditions & LT) == 0 || before == 0 || after < before;
    }

    /// The conditions from argument 3 on, or [#BAD] after an error reply.
    private static int conditions(Args a, ReplyWriter r) {
        int conditions = 0;
        for (int i = 3; i < a.count(); i++) {
            int condition = condition(a, i);
            if (condition == BAD) {
                Errors.quoting(r, "ERR Unsupported option " + Errors.quoted(a, i, Integer.MAX_VALUE));
                return BAD;
            }
            conditions |= condition;
        }
        if ((conditions & NX) != 0 && conditions != NX) {
            r.simple(NX_WITH_OTHERS);
            return BAD;
        }
        if ((conditions & (GT | LT)) == (GT | LT)) {
            r.simple(GT_WITH_LT);
            return BAD;
        }
        return conditions;
    }

    private static int condition(Args a, int i) {
        if (a.equalsIgnoreCase(i, "NX")) {
            return NX;
        }
        if (a.equalsIgnoreCase(i, "XX")) {
            return XX;
        }
        if (a.equalsIgnoreCase(i, "GT")) {
            return GT;
        }
        return a.equalsIgnoreCase(i, "LT") ? LT : BAD;
    }

    /// Replies with the deadline of the key in argument 1: -2 = no such key, -1 = none.
    ///
    /// @param absolute as a point in time, else as the time left
    static void ttl(CommandContext c, Args a, boolean absolute, boolean seconds, ReplyWriter r) {
        long e = c.lookupQuietly(a, 1);
        if (e == 0) {
            r.integer(-2);
        } else if (!Entry.hasDeadline(e)) {
            r.integer(-1);
        } else {
            long millis = absolute ? Entry.deadline(e) : Math.max(Entry.deadline(e) - c.now(), 0);
            r.integer(seconds ? millis / 1000 + (millis % 1000 >= 500 ? 1 : 0) : millis);
        }
    }
}
