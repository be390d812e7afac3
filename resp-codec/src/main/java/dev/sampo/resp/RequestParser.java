package dev.sampo.resp;

/// Finds the requests of one connection in its input bytes: RESP arrays of bulk strings and inline lines. Owned by the
/// thread of its connection.
///
/// [#parse(long, long, Args)] always gets all bytes from the start of the current request. Arguments are handed out as
/// addresses into those bytes; an inline line that needs unescaping puts its words into the scratch memory of the
/// [Args]. The input itself is never written to and never read outside the given range.
///
/// An incomplete request is looked at again from its start as long as it has few arguments; beyond that the finished
/// arguments are remembered, relative to the start, so that the whole is linear in its length however it is cut.
/// The same holds for the search for the end of a line. Idle parsers hold no arrays.
///
/// What is accepted, and the words of each error, are Redis's, down to its indifference to what follows a carriage
/// return or ends a bulk, and to its never finding a line end behind a NUL byte.
public final class RequestParser implements AutoCloseable {
    /// A request was appended to the arguments and is selected there.
    public static final int COMPLETE = 0;
    /// There was a request without arguments (an empty line, `*0`); nothing to execute.
    public static final int EMPTY = 1;
    /// More bytes are needed.
    public static final int INCOMPLETE = 2;
    /// The bytes are no request and the connection cannot go on.
    public static final int ERROR = 3;

    /// An incomplete request with more finished arguments than this remembers them.
    private static final int REPARSED_ARGUMENTS_MAX = 16;

    private static final int ARRAY = '*';
    private static final int BULK = '$';
    /// From [#simpleLength]: the line is incomplete or needs the full set of rules.
    private static final long NOT_SIMPLE = -1;

    private final RequestLimits limits;
    private boolean authenticated = true;
    private long consumed;
    private long needed;
    private String errorMessage;

    /// Offset of the line whose end is searched for, and how far from the request's start it was searched in vain.
    private long lineOffset;
    private long searchedOffset;
    /// The number in the last line that [#readLine] read, and the offset from the line's start to what follows it.
    private long lineValue;
    private long lineLength;
    /// The finished arguments of a large request that is not complete; null at all other times.
    private Partial partial;

    /// A parser with Redis's limits, for an authenticated connection.
    public RequestParser() {
        this(RequestLimits.DEFAULT);
    }

    public RequestParser(RequestLimits limits) {
        this.limits = limits;
    }

    /// Sets whether the limits of an authenticated connection hold.
    public void authenticated(boolean authenticated) {
        this.authenticated = authenticated;
    }

    /// Bytes of the request, after [#COMPLETE] and [#EMPTY].
    public long consumed() {
        return consumed;
    }

    /// After [#INCOMPLETE], a lower bound of the number of bytes from the request's start that make a new call worth while.
    public long needed() {
        return needed;
    }

    /// After [#ERROR], the error to reply, with its prefix. Bytes of the input stand in it as ISO 8859-1 characters.
    public String errorMessage() {
        return errorMessage;
    }

    /// Forgets an incomplete request, as when its connection is closed.
    @Override
    public void close() {
        finish();
    }

    /// Looks for one request.
    ///
    /// @param address where the current request starts; may differ from call to call
    /// @param length bytes there, those of earlier calls first
    /// @param out gets the arguments as one more request, on [#COMPLETE] only
    /// @return [#COMPLETE], [#EMPTY], [#INCOMPLETE] or [#ERROR]
    public int parse(long address, long length, Args out) {
        if (length <= 0) {
            return incomplete(1);
        }
        if (partial != null) {
            return resume(address, length, out);
        }
        if (OffHeap.getByte(address) != ARRAY) {
            return parseInline(address, length, out);
        }
        if (length >= 4) {
            // *d\r\n with one digit, as most requests start.
            int word = OffHeap.getInt(address);
            int digit = (word >>> 8 & 0xFF) - '0';
            if ((word & 0xFF0000) == '\r' << 16 && digit > 0 && digit <= 9) {
                return parseArguments(address, address + 4, address + length, 0, digit, out);
            }
        }
        return parseArraySlow(address, length, out);
    }

    private int parseArraySlow(long address, long length, Args out) {
        int status = readLine(address, address, address + length, ARRAY);
        if (status != COMPLETE) {
            return status;
        }
        long count = lineValue;
        if (!Ascii.isLong(address + 1, (int) lineLength - 3)) {
            return error("ERR Protocol error: invalid multibulk length");
        }
        if (count > limits.unauthenticatedArgumentsMax() && count <= Integer.MAX_VALUE && !authenticated) {
            return error("ERR Protocol error: unauthenticated multibulk length");
        }
        if (count > limits.argumentsMax()) {
            return error("ERR Protocol error: invalid multibulk length");
        }
        if (count <= 0) {
            return empty(lineLength);
        }
        return parseArguments(address, address + lineLength, address + length, 0, (int) count, out);
    }

    /// Reads arguments `done` to `count` - 1, of which the next starts at `from`.
    private int parseArguments(long start, long from, long end, int done, int count, Args out) {
        int base = out.begin();
        long at = from;
        for (int i = done; i < count; i++) {
            long length;
            long data;
            // The shortest argument has six bytes, so that a complete one can always be read by a whole int.
            int word = end - at >= 6 ? OffHeap.getInt(at) : 0;
            int digit = (word >>> 8 & 0xFF) - '0';
            int next = word >>> 16 & 0xFF;
            if ((word & 0xFF) == BULK && digit >= 0 && digit <= 9 && next == '\r') {
                length = digit;
                data = at + 4;
            } else if ((word & 0xFF) == BULK && digit > 0 && digit <= 9 && next >= '0' && next <= '9' && word >>> 24 == '\r') {
                length = digit * 10 + next - '0';
                data = at + 5;
            } else {
                long simple = simpleLength(at, end);
                if (simple == NOT_SIMPLE) {
                    int status = readBulkLine(start, at, end);
                    if (status != COMPLETE) {
                        return stop(status, start, at, i, count, out, base);
                    }
                    simple = lineValue << 8 | lineLength;
                }
                length = simple >>> 8;
                data = at + (simple & 0xFF);
            }
            if (length + 2 > end - data) {
                needed = data - start + length + 2;
                return stop(INCOMPLETE, start, at, i, count, out, base);
            }
            out.add(data, (int) length);
            at = data + length + 2;
        }
        consumed = at - start;
        if (done > 0) {
            deliver(start, out, base);
        }
        if (searchedOffset != 0) {
            finish();
        }
        return COMPLETE;
    }

    /// Reads a bulk's length line of the plain form and within the limits of everyone.
    ///
    /// @return the bulk's length << 8 | the line's length, or NOT_SIMPLE
    private long simpleLength(long at, long end) {
        long lineEnd = Math.min(end - 1, at + 8);
        if (at >= lineEnd || OffHeap.getByte(at) != BULK) {
            return NOT_SIMPLE;
        }
        long length = 0;
        for (long p = at + 1; p < lineEnd; p++) {
            int digit = OffHeap.getByte(p) - '0';
            if (digit < 0 || digit > 9) {
                boolean simple = digit == '\r' - '0' && p > at + 1 && length <= limits.unauthenticatedBulkLengthMax();
                return simple ? length << 8 | p + 2 - at : NOT_SIMPLE;
            }
            if (digit == 0 && p == at + 1 && OffHeap.getByte(p + 1) != '\r') {
                return NOT_SIMPLE;
            }
            length = length * 10 + digit;
        }
        return NOT_SIMPLE;
    }

    /// Reads a bulk's length line by all the rules; COMPLETE leaves a length within the limits in `lineValue`.
    private int readBulkLine(long start, long at, long end) {
        int status = readLine(start, at, end, BULK);
        if (status != COMPLETE) {
            return status;
        }
        int type = OffHeap.getByte(at) & 0xFF;
        if (type != BULK) {
            return error("ERR Protocol error: expected '$', got '" + (char) type + "'");
        }
        if (lineValue < 0 || lineValue > limits.bulkLengthMax()) {
            return error("ERR Protocol error: invalid bulk length");
        }
        if (lineValue > limits.unauthenticatedBulkLengthMax() && !authenticated) {
            return error("ERR Protocol error: unauthenticated bulk length");
        }
        return COMPLETE;
    }

    /// Reads the line at `at` up to its carriage return and one byte more: its number into `lineValue` (NOT_A_LONG if it
    /// has none), its length with both into `lineLength`.
    private int readLine(long start, long at, long end, int type) {
        long limit = Math.min(end, at + limits.lineLengthMax() + 1);
        long found = find('\r', start, at, limit);
        if (found >= limit) {
            if (end - at > limits.lineLengthMax()) {
                return error(type == ARRAY ? "ERR Protocol error: too big mbulk count string"
                    : "ERR Protocol error: too big bulk count string");
            }
            return incomplete(end - start + 1);
        }
        if (found + 1 >= end) {
            return incomplete(end - start + 1);
        }
        int digits = (int) (found - at - 1);
        lineValue = Ascii.parseLong(at + 1, digits);
        lineLength = found + 2 - at;
        return COMPLETE;
    }

    /// Address of the first `wanted` from `at`, or `limit` if there is none or a NUL byte comes before it.
    private long find(int wanted, long start, long at, long limit) {
        long p = lineOffset == at - start ? Math.max(at, start + searchedOffset) : at;
        while (p < limit) {
            int c = OffHeap.getByte(p);
            if (c == wanted) {
                break;
            }
            if (c == 0) {
                remember(start, at, p);
                return limit;
            }
            p++;
        }
        remember(start, at, p);
        return p;
    }

    private void remember(long start, long at, long searched) {
        lineOffset = at - start;
        searchedOffset = searched - start;
    }

    // ---------------------------------------------------------------- inline requests

    private int parseInline(long address, long length, Args out) {
        long end = address + length;
        long limit = Math.min(end, address + limits.lineLengthMax() + 1);
        long newline = find('\n', address, address, limit);
        if (newline >= limit) {
            return length > limits.lineLengthMax() ? error("ERR Protocol error: too big inline request")
                : incomplete(length + 1);
        }
        long lineEnd = newline > address && OffHeap.getByte(newline - 1) == '\r' ? newline - 1 : newline;
        int base = out.begin();
        if (!InlineWords.split(address, lineEnd, out)) {
            out.truncate(base);
            return error("ERR Protocol error: unbalanced quotes in request");
        }
        consumed = newline + 1 - address;
        finish();
        return out.size() == base ? EMPTY : COMPLETE;
    }

    // ---------------------------------------------------------------- incomplete requests

    /// Leaves a request at its argument `done`, which starts at `at`; arguments since `base` in `out` are taken back.
    private int stop(int status, long start, long at, int done, int count, Args out, int base) {
        if (status == INCOMPLETE && done > REPARSED_ARGUMENTS_MAX) {
            if (partial == null) {
                partial = new Partial(count);
            }
            partial.add(start, out, base);
            partial.resumeOffset = at - start;
        }
        out.truncate(base);
        return status;
    }

    private int resume(long start, long length, Args out) {
        long at = start + partial.resumeOffset;
        return parseArguments(start, at, start + length, partial.size, partial.count, out);
    }

    /// Puts the remembered arguments before those of the last call.
    private void deliver(long start, Args out, int base) {
        partial.add(start, out, base);
        out.truncate(base);
        partial.addAllTo(start, out);
        finish();
    }

    private int incomplete(long needed) {
        this.needed = needed;
        return INCOMPLETE;
    }

    private int empty(long consumed) {
        this.consumed = consumed;
        finish();
        return EMPTY;
    }

    private int error(String message) {
        errorMessage = message;
        finish();
        return ERROR;
    }

    /// The next call sees another request.
    private void finish() {
        lineOffset = 0;
        searchedOffset = 0;
        partial = null;
    }
}
