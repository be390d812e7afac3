package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.VALUE;
import static dev.sampo.testkit.Grammar.all;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.key;
import static dev.sampo.testkit.Grammar.maybe;
import static dev.sampo.testkit.Grammar.oneOf;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;
import static dev.sampo.testkit.Grammar.words;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Commands on streams. IDs are given, and replies in which times occur (XPENDING with a range, XINFO CONSUMERS, FULL) are left
/// out, as is what 7.0 does not know: `+` for XREAD.
final class StreamGrammar {
    private static final Arg KEY = key("stream");
    private static final Arg ID = from("0", "0-1", "1-1", "1-2", "2", "2-2", "3-1", "3-5", "4", "5-0", "5-1", "7-7", "8", "9-1", "10-10",
            "12", "18446744073709551615", "18446744073709551615-18446744073709551615", "x", "1-x", "");
    private static final Arg NEW_ID = from("1-*", "2-*", "3-*", "4-*", "5-*", "6-*", "8-*", "9-*", "10-*", "12-*", "3-3", "11-11", "0-*", "0-0",
            "x", "7");
    private static final Arg START = oneOf(from("-", "-", "(1-1", "(3", "5", "+", "(18446744073709551615"), ID);
    private static final Arg END = oneOf(from("+", "+", "(5-1", "(9", "-", "(0-0"), ID);
    private static final Arg COUNT = maybe(40, all(words("COUNT"), from("1", "2", "5", "10", "0", "-1", "x")));
    private static final Arg GROUP = from("g", "g", "g", "h", "group two");
    private static final Arg CONSUMER = from("c", "d", "consumer-1", "consumer-2", "");
    private static final Arg FIELDS = times(1, 3, all(from("f", "f", "f", "g", "1", "other field"), VALUE));
    private static final Arg TRIM = oneOf(
            all(words("MAXLEN"), maybe(60, from("=", "~")), from("0", "1", "2", "5", "10", "-1", "x"), maybe(10, all(words("LIMIT"), from("0", "5")))),
            all(words("MINID"), maybe(60, from("=", "~")), ID));
    private static final List<Row> ROWS = List.of(
            row(16, "XADD", KEY, maybe(10, words("NOMKSTREAM")), maybe(15, TRIM), NEW_ID, FIELDS),
            row(3, "XLEN", KEY),
            row(4, "XRANGE", KEY, START, END, COUNT),
            row(4, "XREVRANGE", KEY, END, START, COUNT),
            row(4, "XDEL", KEY, times(1, 3, ID)),
            row(3, "XTRIM", KEY, TRIM),
            row(2, "XSETID", KEY, ID, maybe(30, all(words("ENTRIESADDED"), from("0", "5", "100", "-1"))),
                    maybe(30, all(words("MAXDELETEDID"), ID))),
            row(4, "XREAD", COUNT, words("STREAMS"), KEY, oneOf(ID, from("$", "0"))),
            row(2, "XREAD", COUNT, words("STREAMS"), KEY, KEY, ID, ID),
            row(8, "XREADGROUP", words("GROUP"), GROUP, CONSUMER, COUNT, maybe(15, words("NOACK")), words("STREAMS"), KEY,
                    oneOf(from(">"), from(">"), ID)),
            row(2, "XREADGROUP", words("GROUP"), GROUP, CONSUMER, COUNT, words("STREAMS"), KEY, KEY, from(">", "0"), from(">", "0")),
            row(5, "XGROUP CREATE", KEY, GROUP, oneOf(from("0", "$"), ID), maybe(70, words("MKSTREAM")),
                    maybe(10, all(words("ENTRIESREAD"), from("0", "3", "-1", "-2")))),
            row(1, "XGROUP SETID", KEY, GROUP, oneOf(from("0", "$"), ID)),
            row(1, "XGROUP DESTROY", KEY, GROUP),
            row(1, "XGROUP CREATECONSUMER", KEY, GROUP, CONSUMER),
            row(1, "XGROUP DELCONSUMER", KEY, GROUP, CONSUMER),
            row(4, "XACK", KEY, GROUP, times(1, 3, ID)),
            row(3, "XPENDING", KEY, GROUP),
            row(3, "XCLAIM", KEY, GROUP, CONSUMER, from("0", "0", "-1", "x"), times(1, 3, ID), maybe(30, words("FORCE")),
                    maybe(30, words("JUSTID")), maybe(20, all(words("RETRYCOUNT"), from("0", "5", "x"))),
                    maybe(10, all(words("LASTID"), ID))),
            row(3, "XAUTOCLAIM", KEY, GROUP, CONSUMER, from("0", "0", "-1", "x"), START, COUNT, maybe(30, words("JUSTID"))),
            row(2, "XINFO GROUPS", KEY),
            row(2, "DEL", KEY));

    private static final String[][] MIXTURES = {
        {"DEL $1", "XADD $1 1-1 f v", "XADD $1 2-1 f w", "XREAD COUNT 1 STREAMS $1 0", "XRANGE $1 - +", "XLEN $1"},
        {"DEL $1", "XGROUP CREATE $1 g 0 MKSTREAM", "XADD $1 1-1 f v", "XREADGROUP GROUP g c STREAMS $1 >", "XDEL $1 1-1",
            "XREADGROUP GROUP g c STREAMS $1 0", "XAUTOCLAIM $1 g d 0 0", "XPENDING $1 g"},
        {"DEL $1 $2", "XADD $1 1-1 f v", "XADD $2 2-2 f v", "XREAD STREAMS $1 $2 0 0", "RENAME $1 $2", "XINFO STREAM $2"},
        {"XADD $1 5-5 a b", "XGROUP CREATE $1 h $", "XADD $1 6-6 a b c d", "XREADGROUP GROUP h c NOACK STREAMS $1 >", "XINFO GROUPS $1",
            "XSETID $1 9-9", "XADD $1 8-8 a b", "XTRIM $1 MAXLEN 0", "XINFO STREAM $1"},
    };

    static final Family FAMILY = new Family(2, ROWS, MIXTURES);

    private StreamGrammar() {
    }
}
