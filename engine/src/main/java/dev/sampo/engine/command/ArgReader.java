package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;

/// A cursor over the arguments of a request that remembers the first error: parse everything, then ask once.
///
/// ```
/// ArgReader in = c.reader(a, 3);
/// while (in.more()) {
///     if (in.option("NX")) { ... }
///     else if (in.optionWithValue("EX")) { seconds = in.nextLong(); }
///     else { in.fail(Errors.SYNTAX); }
/// }
/// if (in.failed(r)) return;
/// ```
/// Allocates nothing.
public final class ArgReader {
    private Args a;
    private int at;
    private byte[] error;
    private long now;

    /// Starts over with the arguments from index `from` on; returns this.
    public ArgReader over(Args a, int from) {
        this.a = a;
        at = from;
        error = null;
        return this;
    }

    /// As [#over(Args, int)].
    ///
    /// @param now the time from which timeouts count, in ms since 1970
    public ArgReader over(Args a, int from, long now) {
        this.now = now;
        return over(a, from);
    }

    /// Whether there is anything left to read and no error yet.
    public boolean more() {
        return error == null && at < a.count();
    }

    /// Number of arguments left.
    public int left() {
        return a.count() - at;
    }

    /// Consumes the next argument if it is this word, in any case.
    ///
    /// @param upper in upper case
    public boolean option(String upper) {
        if (error != null || at >= a.count() || !a.equalsIgnoreCase(at, upper)) {
            return false;
        }
        at++;
        return true;
    }

    /// Consumes the next argument if it is this word and something follows it.
    public boolean optionWithValue(String upper) {
        return at + 1 < a.count() && option(upper);
    }

    /// Consumes the next argument and returns its index; -1 and a syntax error if there is none.
    public int next() {
        if (error != null) {
            return -1;
        }
        if (at >= a.count()) {
            error = Errors.SYNTAX;
            return -1;
        }
        return at++;
    }

    /// Consumes the next argument, a signed 64-bit integer; 0 after an error.
    public long nextLong() {
        return nextLong(Errors.NOT_AN_INTEGER);
    }

    /// As [#nextLong()], with an error of one's own.
    public long nextLong(byte[] orElse) {
        int i = next();
        if (i < 0) {
            return 0;
        }
        long value = Ascii.parseLong(a.address(i), a.length(i));
        if (value == Ascii.NOT_A_LONG && !Ascii.isLong(a.address(i), a.length(i))) {
            error = orElse;
            return 0;
        }
        return value;
    }

    /// Consumes the next argument, a timeout in seconds with a fraction, and returns it in ms, rounded up; 0 (for ever)
    /// after an error.
    public long nextTimeout() {
        int i = next();
        if (i < 0) {
            return 0;
        }
        ExtendedDouble seconds = ExtendedDouble.parse(a.address(i), a.length(i));
        if (seconds == null) {
            error = Errors.TIMEOUT_NOT_A_FLOAT;
            return 0;
        }
        return timeout(seconds.roundedUpMillis());
    }

    /// Consumes the next argument, a timeout in ms; 0 (for ever) after an error.
    public long nextTimeoutMillis() {
        return timeout(nextLong(Errors.TIMEOUT_NOT_AN_INTEGER));
    }

    private long timeout(long millis) {
        if (error != null) {
            return 0;
        }
        if (millis < 0) {
            error = Errors.TIMEOUT_NEGATIVE;
            return 0;
        }
        if (millis > Long.MAX_VALUE - now) {
            error = Errors.TIMEOUT_RANGE;
            return 0;
        }
        return millis;
    }

    /// Remembers an error, unless there was one before.
    ///
    /// @param reply a whole reply, as those in [Errors]
    public void fail(byte[] reply) {
        if (error == null) {
            error = reply;
        }
    }

    /// Whether there was an error.
    public boolean failed() {
        return error != null;
    }

    /// Whether there was an error, which is then the reply.
    public boolean failed(ReplyWriter r) {
        if (error == null) {
            return false;
        }
        r.simple(error);
        return true;
    }
}
