package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// SET with options and GETEX: their common grammar of conditions and times, as bits.
final class SetOptions {
    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int GET = 1 << 2;
    private static final int KEEPTTL = 1 << 3;
    private static final int PERSIST = 1 << 4;
    private static final int EX = 1 << 5;
    private static final int PX = 1 << 6;
    private static final int EXAT = 1 << 7;
    private static final int PXAT = 1 << 8;
    /// The four that are followed by a time; [#NO_TIME] bits exclude them.
    private static final int TIMES = EX | PX | EXAT | PXAT;
    private static final int NO_TIME = KEEPTTL | PERSIST;
    private static final int SECONDS = EX | EXAT;
    private static final int ABSOLUTE = EXAT | PXAT;

    /// The index of the time argument stands above the option bits.
    private static final int TIME_SHIFT = 32;
    private static final long SYNTAX_ERROR = -1;

    private SetOptions() {
    }

    /// SET with more than key and value.
    static void set(CommandContext c, Args a, ReplyWriter r) {
        long options = parse(c, a, 3, true);
        if (options == SYNTAX_ERROR) {
            r.simple(Errors.SYNTAX);
            return;
        }
        long deadline = deadline(c, a, options, r);
        if (deadline == Deadlines.INVALID) {
            return;
        }
        boolean get = (options & GET) != 0;
        long e = get ? c.lookupRead(a, 1) : c.lookupWrite(a, 1);
        // The old value is gone once the new one is set, so its reply comes first.
        if (get && !StringCommands.replyValue(e, r)) {
            return;
        }
        if ((options & (e != 0 ? NX : XX)) != 0) {
            if (!get) {
                r.nullBulk();
            }
            return;
        }
        boolean keep = (options & KEEPTTL) != 0;
        boolean expires = (options & TIMES) != 0;
        StringCommands.store(c, a, 1, 2, keep && e != 0 ? Entry.deadline(e) : deadline, e != 0);
        if (expires) {
            c.event(c.keyspace(a, 1), a, 1, EventClass.GENERIC, EventName.EXPIRE);
        }
        StringCommands.logSet(c, a, 1, 2, deadline, keep);
        if (!get) {
            r.ok();
        }
    }

    /// GETEX with all its forms.
    static void getex(CommandContext c, Args a, ReplyWriter r) {
        long options = parse(c, a, 2, false);
        if (options == SYNTAX_ERROR) {
            r.simple(Errors.SYNTAX);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0 || !StringCommands.isString(e, r)) {
            if (e == 0) {
                r.nullBulk();
            }
            return;
        }
        long deadline = deadline(c, a, options, r);
        if (deadline == Deadlines.INVALID) {
            return;
        }
        // The value may be gone afterwards, so its reply comes first.
        StringCommands.replyValue(e, r);
        if ((options & TIMES) != 0) {
            if ((options & ABSOLUTE) != 0 && deadline <= c.now() && !c.replaying()) {
                KeyCommands.delete(c, a, 1, EventName.DEL);
                Effects.del(c, c.keyspace(a, 1), a, 1);
            } else {
                KeyCommands.deadline(c, a, 1, deadline, EventName.EXPIRE);
            }
        } else if ((options & PERSIST) != 0 && Entry.hasDeadline(e)) {
            KeyCommands.deadline(c, a, 1, 0, EventName.PERSIST);
        }
    }

    /// The options from argument `from` on, with the index of the time argument in the high half.
    private static long parse(CommandContext c, Args a, int from, boolean set) {
        ArgReader in = c.reader(a, from);
        int options = 0;
        int time = 0;
        while (in.more()) {
            int option = set ? setOption(in, options) : getexOption(in, options);
            if (option == 0) {
                option = timeOption(in, options);
                time = option == 0 ? 0 : in.next();
            }
            if (option == 0) {
                return SYNTAX_ERROR;
            }
            options |= option;
        }
        return options | (long) time << TIME_SHIFT;
    }

    /// An option word of SET that goes with those before it, or 0. The same word twice is once.
    private static int setOption(ArgReader in, int before) {
        if ((before & XX) == 0 && in.option("NX")) {
            return NX;
        }
        if ((before & NX) == 0 && in.option("XX")) {
            return XX;
        }
        if (in.option("GET")) {
            return GET;
        }
        return (before & TIMES) == 0 && in.option("KEEPTTL") ? KEEPTTL : 0;
    }

    private static int getexOption(ArgReader in, int before) {
        return (before & TIMES) == 0 && in.option("PERSIST") ? PERSIST : 0;
    }

    private static int timeOption(ArgReader in, int before) {
        if ((before & NO_TIME) != 0) {
            return 0;
        }
        int others = before & TIMES;
        if ((others & ~EX) == 0 && in.optionWithValue("EX")) {
            return EX;
        }
        if ((others & ~PX) == 0 && in.optionWithValue("PX")) {
            return PX;
        }
        if ((others & ~EXAT) == 0 && in.optionWithValue("EXAT")) {
            return EXAT;
        }
        return (others & ~PXAT) == 0 && in.optionWithValue("PXAT") ? PXAT : 0;
    }

    /// The deadline that the options ask for, 0 for none; if it is invalid, that is the reply.
    private static long deadline(CommandContext c, Args a, long options, ReplyWriter r) {
        if ((options & TIMES) == 0) {
            return 0;
        }
        ArgReader in = c.reader(a, (int) (options >>> TIME_SHIFT));
        long time = in.nextLong();
        if (in.failed(r)) {
            return Deadlines.INVALID;
        }
        boolean seconds = (options & SECONDS) != 0;
        long deadline = (options & ABSOLUTE) != 0
            ? Deadlines.positiveMillis(time, seconds)
            : Deadlines.fromTtl(time, seconds, c.now());
        if (deadline == Deadlines.INVALID) {
            Errors.invalidExpire(r, c.spec());
        }
        return deadline;
    }
}
