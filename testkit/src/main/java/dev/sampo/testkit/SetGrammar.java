package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.PATTERN;
import static dev.sampo.testkit.Grammar.all;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.key;
import static dev.sampo.testkit.Grammar.maybe;
import static dev.sampo.testkit.Grammar.numkeys;
import static dev.sampo.testkit.Grammar.oneOf;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;
import static dev.sampo.testkit.Grammar.words;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Commands on sets whose replies do not depend on chance.
final class SetGrammar {
    private static final Arg KEY = key("set");
    private static final Arg MEMBER = from("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "-1", "007", "70000", "-3000000000", "a", "b",
            "c", "d", "e", "", "9223372036854775807", "9223372036854775808", "\0\r\n\u00ff", "m".repeat(64), "n".repeat(65),
            "o".repeat(5000));
    private static final Arg COUNT = from("0", "1", "2", "100000", "-1", "x", "", "9223372036854775807", "9223372036854775808");

    private static final List<Row> ROWS = List.of(
            row(16, "SADD", KEY, times(1, 6, MEMBER)),
            row(8, "SREM", KEY, times(1, 4, MEMBER)),
            row(6, "SMOVE", KEY, KEY, MEMBER),
            row(3, "SISMEMBER", KEY, MEMBER),
            row(3, "SMISMEMBER", KEY, times(1, 4, MEMBER)),
            row(3, "SCARD", KEY),
            row(6, "SMEMBERS", KEY),
            row(2, "SPOP", KEY, from("0", "-1", "x", "100000", "1 2")),
            row(2, "SRANDMEMBER", KEY, from("0", "x", "100000", "-9223372036854775808")),
            row(4, "SINTER", times(1, 4, KEY)),
            row(4, "SUNION", times(1, 6, KEY)),
            row(4, "SDIFF", times(1, 4, KEY)),
            row(4, "SINTERCARD", numkeys(3, KEY), maybe(30, all(words("LIMIT"), COUNT)), maybe(5, COUNT)),
            row(5, "SINTERSTORE", KEY, times(1, 3, KEY)),
            row(5, "SUNIONSTORE", KEY, times(1, 4, KEY)),
            row(5, "SDIFFSTORE", KEY, times(1, 3, KEY)),
            row(2, "SSCAN", KEY, from("0", "0", "0", "x", "-1x"), maybe(30, all(words("MATCH"), PATTERN)),
                    maybe(80, all(words("COUNT"), from("100000", "100000", "100000", "0", "x"))), maybe(5, oneOf(words("TYPE"), COUNT))),
            row(3, "DEL", KEY),
            row(1, "COPY", KEY, KEY, maybe(50, words("REPLACE"))));

    private static final String[][] MIXTURES = {
        {"DEL $1 $2", "SADD $1 1 2 3", "SMOVE $1 $2 1", "SCARD $1", "SISMEMBER $2 1", "SUNIONSTORE $1 $1 $2", "SCARD $1"},
        {"DEL $1 $2", "SADD $1 a b", "SADD $2 b c", "SINTERSTORE $2 $1 $2", "SMEMBERS $2", "SDIFFSTORE $1 $1 $2", "SMEMBERS $1"},
        {"DEL $1", "SADD $1 x", "RENAME $1 $2", "SADD $1 y", "SUNION $1 $2", "SPOP $1 5", "EXISTS $1"},
    };

    static final Family FAMILY = new Family(2, ROWS, MIXTURES);

    private SetGrammar() {
    }
}
