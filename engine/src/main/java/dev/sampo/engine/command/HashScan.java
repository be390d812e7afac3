package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.value.HashValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// HSCAN: one step of a walk over a hash with a filter.
final class HashScan implements HashValue.Visitor {
    private static final int COUNT_DEFAULT = 10;
    private static final HashValue.Visitor NOBODY = _ -> { };

    private final ReplyWriter out;
    private long pattern;
    private int patternLength;
    private boolean matchesAll = true;
    private boolean withValues = true;
    private long written;

    private HashScan(ReplyWriter out) {
        this.out = out;
    }

    /// HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES] -> array of the next cursor and of fields and values. O(COUNT); a
    /// packed hash comes as a whole. Errors: invalid cursor; WRONGTYPE; not an integer; syntax.
    /// https://redis.io/commands/hscan
    static void hscan(CommandContext c, Args a, ReplyWriter r) {
        if (!ScanCursor.isValid(a, 2)) {
            r.simple(Errors.INVALID_CURSOR);
            return;
        }
        HashValue h = HashCommands.read(c, a, r);
        if (h == null) {
            return;
        }
        if (h.entry() == 0) {
            // Options of a missing key are not looked at.
            r.array(2);
            r.bulkInteger(0);
            r.array(0);
            return;
        }
        HashScan scan = new HashScan(r);
        long count = COUNT_DEFAULT;
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (in.optionWithValue("COUNT")) {
                count = in.nextLong();
                if (count < 1) {
                    in.fail(Errors.SYNTAX);
                }
            } else if (in.optionWithValue("MATCH")) {
                scan.pattern(a, in.next());
            } else if (in.option("NOVALUES")) {
                scan.withValues = false;
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (!in.failed(r)) {
            scan.reply(h, ScanCursor.parse(a, 2), count);
        }
    }

    private void pattern(Args a, int i) {
        pattern = a.address(i);
        patternLength = a.length(i);
        matchesAll = Glob.matchesAll(pattern, patternLength);
    }

    /// The next cursor precedes the fields and is known after them, so that the walk is made twice.
    private void reply(HashValue h, long cursor, long count) {
        out.array(2);
        out.bulkInteger(h.scan(cursor, count, NOBODY));
        long mark = out.deferredArray();
        h.scan(cursor, count, this);
        out.patch(mark, written);
    }

    @Override
    public void visit(HashValue h) {
        if (!matchesAll && !Glob.matches(pattern, patternLength, h.fieldAddress(), h.fieldLength())) {
            return;
        }
        h.replyField(out);
        written++;
        if (withValues) {
            h.replyValue(out);
            written++;
        }
    }
}
