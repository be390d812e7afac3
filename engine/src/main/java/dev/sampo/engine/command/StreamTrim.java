package dev.sampo.engine.command;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.Args;

/// The options of XADD and XTRIM: `NOMKSTREAM` and how to trim, `MAXLEN | MINID [= | ~] threshold [LIMIT count]`. Reusable.
final class StreamTrim {
    private static final byte[] BOTH =
        Errors.error("ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    private static final byte[] NEGATIVE_MAXLEN = Errors.error("ERR The MAXLEN argument must be >= 0.");
    private static final byte[] NEGATIVE_LIMIT = Errors.error("ERR The LIMIT argument must be >= 0.");
    private static final byte[] LIMIT_ALONE =
        Errors.error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    private static final byte[] LIMIT_EXACT =
        Errors.error("ERR syntax error, LIMIT cannot be used without the special ~ option");
    private static final byte[] NO_STRATEGY =
        Errors.error("ERR syntax error, XTRIM must be called with a trimming strategy");

    /// Nodes that approximate trimming removes at most, unless LIMIT says otherwise.
    private static final int DEFAULT_NODES = 100;
    private static final int DEFAULT_LIMIT = 10_000;
    private static final int DEFAULT_LIMIT_MAX = 1_000_000;

    private static final int NONE = 0;
    private static final int BY_LENGTH = 1;
    private static final int BY_ID = 2;

    private final StreamIdReader minId = new StreamIdReader();
    private int strategy;
    private boolean approximate;
    private boolean noMkstream;
    private boolean limitGiven;
    private long lengthMax;
    private long limit;

    /// XADD without options.
    void none() {
        strategy = NONE;
        noMkstream = false;
    }

    boolean isNoMkstream() {
        return noMkstream;
    }

    boolean isWanted() {
        return strategy != NONE;
    }

    // ---------------------------------------------------------------- reading

    /// Reads the options of XADD, from argument 2 on, and the ID behind them. Returns the index of the ID, or -1 and there is
    /// an error.
    ///
    /// @param id holds the ID afterwards, unless it is `*`
    int parseAdd(CommandContext c, Args a, ArgReader in, StreamIdReader id) {
        return parse(c, a, in, id);
    }

    /// Reads the options of XTRIM, from argument 2 on; whether they are valid.
    boolean parseTrim(CommandContext c, Args a, ArgReader in) {
        return parse(c, a, in, null) >= 0;
    }

    private int parse(CommandContext c, Args a, ArgReader in, StreamIdReader id) {
        none();
        approximate = false;
        limitGiven = false;
        limit = 0;
        int idAt = a.count();
        while (in.more()) {
            if (in.optionWithValue("MAXLEN")) {
                threshold(a, in, BY_LENGTH);
            } else if (in.optionWithValue("MINID")) {
                threshold(a, in, BY_ID);
            } else if (in.optionWithValue("LIMIT")) {
                limit = in.nextLong();
                limitGiven = true;
                if (limit < 0) {
                    in.fail(NEGATIVE_LIMIT);
                }
            } else if (id != null && in.option("NOMKSTREAM")) {
                noMkstream = true;
            } else if (id == null) {
                in.fail(Errors.SYNTAX);
            } else {
                idAt = in.next();
                if (!isStar(a, idAt) && !id.parseToAdd(a, idAt)) {
                    in.fail(StreamErrors.INVALID_ID);
                }
                break;
            }
        }
        check(c, in, id == null);
        return in.failed() ? -1 : idAt;
    }

    static boolean isStar(Args a, int i) {
        return StreamReading.isSign(a, i, '*');
    }

    private void threshold(Args a, ArgReader in, int kind) {
        if (strategy != NONE) {
            in.fail(BOTH);
            return;
        }
        strategy = kind;
        // A sign is one only if a threshold follows it.
        approximate = in.optionWithValue("~");
        if (!approximate) {
            in.optionWithValue("=");
        }
        if (kind == BY_LENGTH) {
            lengthMax = in.nextLong();
            if (lengthMax < 0) {
                in.fail(NEGATIVE_MAXLEN);
            }
            return;
        }
        int at = in.next();
        if (at >= 0 && !minId.parseStrict(a, at, 0)) {
            in.fail(StreamErrors.INVALID_ID);
        }
    }

    private void check(CommandContext c, ArgReader in, boolean needed) {
        if (limit != 0 && strategy == NONE) {
            in.fail(LIMIT_ALONE);
        } else if (needed && strategy == NONE) {
            in.fail(NO_STRATEGY);
        } else if (c.replaying()) {
            limit = 0;
        } else if (limitGiven && !approximate) {
            in.fail(LIMIT_EXACT);
        } else if (!limitGiven && approximate) {
            limit = defaultLimit(c.settings().collections());
        }
    }

    private static long defaultLimit(CollectionLimits limits) {
        long limit = (long) DEFAULT_NODES * limits.streamNodeEntries();
        return limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, DEFAULT_LIMIT_MAX);
    }

    // ---------------------------------------------------------------- trimming

    /// Whether there is anything to delete.
    boolean applies(StreamValue stream) {
        return switch (strategy) {
            case BY_LENGTH -> stream.isTrimmedToLength(lengthMax, approximate, limit);
            case BY_ID -> stream.isTrimmedToId(minId.ms(), minId.seq(), approximate, limit);
            default -> false;
        };
    }

    /// Deletes what is to go and returns how many entries that were.
    long trim(StreamValue stream) {
        return switch (strategy) {
            case BY_LENGTH -> stream.trimToLength(lengthMax, approximate, limit);
            case BY_ID -> stream.trimToId(minId.ms(), minId.seq(), approximate, limit);
            default -> 0;
        };
    }
}
