package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Redis's error replies. The constants are whole replies for [ReplyWriter#simple(byte[])].
public final class Errors {
    public static final byte[] SYNTAX = error("ERR syntax error");
    public static final byte[] WRONG_TYPE =
        error("WRONGTYPE Operation against a key holding the wrong kind of value");
    public static final byte[] NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
    public static final byte[] NOT_A_FLOAT = error("ERR value is not a valid float");
    public static final byte[] NOT_AN_INT = error("ERR value is out of range, value must between -2147483648 and 2147483647");
    public static final byte[] NO_SUCH_KEY = error("ERR no such key");
    public static final byte[] SAME_OBJECT = error("ERR source and destination objects are the same");
    public static final byte[] DB_INDEX = error("ERR DB index is out of range");
    public static final byte[] INVALID_CURSOR = error("ERR invalid cursor");
    public static final byte[] OVERFLOW = error("ERR increment or decrement would overflow");
    public static final byte[] STRING_TOO_LONG =
        error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    public static final byte[] OFFSET_RANGE = error("ERR offset is out of range");

    public static final byte[] TIMEOUT_NOT_A_FLOAT = error("ERR timeout is not a float or out of range");
    public static final byte[] TIMEOUT_NOT_AN_INTEGER = error("ERR timeout is not an integer or out of range");
    public static final byte[] TIMEOUT_NEGATIVE = error("ERR timeout is negative");
    public static final byte[] TIMEOUT_RANGE = error("ERR timeout is out of range");

    /// As much of a request as an error quotes.
    private static final int QUOTED_MAX = 128;

    private Errors() {
    }

    /// A reply of this text, its prefix included.
    static byte[] error(String text) {
        return ReplyWriter.encodeError(text);
    }

    /// Replies that no row matches a request: an unknown command, with the beginning of its arguments, or an unknown
    /// subcommand.
    public static void unknown(ReplyWriter r, CommandTable table, Args a) {
        quoting(r, unknown(table, a));
    }

    /// The error that no row matches a request, as [#quoting(ReplyWriter, String)] takes it.
    public static String unknown(CommandTable table, Args a) {
        CommandSpec container = table.find(a.address(0), a.length(0));
        if (container != null) {
            return "ERR unknown subcommand '" + quoted(a, 1) + "'. Try " + container.name().toUpperCase(Locale.ROOT) + " HELP.";
        }
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < a.count() && arguments.length() < QUOTED_MAX; i++) {
            String argument = quoted(a, i, QUOTED_MAX - arguments.length());
            arguments.append('\'').append(argument).append("' ");
        }
        return "ERR unknown command '" + quoted(a, 0) + "', with args beginning with: " + arguments;
    }

    /// The error of a subcommand whose arguments do not fit, of commands that look at them themselves.
    public static String unknownOrArity(String command, Args a) {
        return "ERR unknown subcommand or wrong number of arguments for '" + quoted(a, 1) + "'. Try " + command + " HELP.";
    }

    /// Replies that the time given to `spec` cannot be a deadline.
    static void invalidExpire(ReplyWriter r, CommandSpec spec) {
        r.error("ERR invalid expire time in '" + spec.fullName() + "' command");
    }

    /// Replies with an error that quotes a request: `text` has one character per byte, as [#quoted(Args, int)] does.
    /// Line ends at its end are dropped and others become spaces.
    public static void quoting(ReplyWriter r, String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == '\r' || text.charAt(end - 1) == '\n')) {
            end--;
        }
        String line = "-" + text.substring(0, end).replace('\r', ' ').replace('\n', ' ') + "\r\n";
        r.simple(line.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// As much of argument `i` as Redis quotes of a name, one character per byte.
    public static String quoted(Args a, int i) {
        return quoted(a, i, QUOTED_MAX);
    }

    /// The beginning of argument `i`, which as in Redis ends at a zero byte, one character per byte.
    public static String quoted(Args a, int i, int lengthMax) {
        String text = OffHeap.latin1(a.address(i), Math.min(a.length(i), lengthMax));
        int zero = text.indexOf(0);
        return zero < 0 ? text : text.substring(0, zero);
    }
}
