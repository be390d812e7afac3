package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.RANGE;
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

/// Commands on lists. Those that block wait for a moment only. What Redis 7.0 calls the encoding of a list is left out: small ones are
/// listpacks since 7.2.
final class ListGrammar {
    private static final Arg KEY = key("list");
    private static final Arg ELEMENT = oneOf(from("a", "b", "c", "a", "b"), from("1", "2", "-1", "127", "128", "70000"), Grammar.VALUE);
    private static final Arg ELEMENTS = times(1, 6, ELEMENT);
    private static final Arg SIDE = oneOf(words("LEFT"), words("RIGHT"), words("LEFT"), words("RIGHT"), from("UP", ""));
    private static final Arg COUNT = from("0", "1", "2", "3", "10", "100", "-1", "x");
    private static final Arg MOMENT = from("0.001", "0.002", "-1", "x", "0.001");
    private static final Arg LPOS_OPTION = oneOf(all(words("RANK"), from("1", "-1", "2", "-2", "0", "x", "100")),
            all(words("COUNT"), COUNT), all(words("MAXLEN"), COUNT), words("RANK"), words("x"));

    private static final List<Row> ROWS = List.of(
            row(14, "RPUSH", KEY, ELEMENTS),
            row(8, "LPUSH", KEY, ELEMENTS),
            row(2, "RPUSH", KEY, times(30, 60, ELEMENT)),
            row(2, "RPUSHX", KEY, ELEMENTS),
            row(2, "LPUSHX", KEY, ELEMENTS),
            row(4, "LPOP", KEY, maybe(40, COUNT)),
            row(4, "RPOP", KEY, maybe(40, COUNT)),
            row(3, "LLEN", KEY),
            row(4, "LINDEX", KEY, RANGE),
            row(10, "LRANGE", KEY, RANGE, RANGE),
            row(5, "LPOS", KEY, ELEMENT, times(0, 3, LPOS_OPTION)),
            row(5, "LINSERT", KEY, oneOf(words("BEFORE"), words("AFTER"), words("BEFORE"), from("x")), ELEMENT, ELEMENT),
            row(5, "LSET", KEY, RANGE, ELEMENT),
            row(5, "LREM", KEY, from("0", "1", "-1", "2", "-2", "100", "x"), ELEMENT),
            row(3, "LTRIM", KEY, RANGE, RANGE),
            row(6, "LMOVE", KEY, KEY, SIDE, SIDE),
            row(3, "RPOPLPUSH", KEY, KEY),
            row(5, "LMPOP", numkeys(3, KEY), SIDE, maybe(50, all(words("COUNT"), COUNT))),
            row(1, "BLPOP", times(1, 3, KEY), MOMENT),
            row(1, "BRPOP", times(1, 3, KEY), MOMENT),
            row(1, "BLMOVE", KEY, KEY, SIDE, SIDE, MOMENT),
            row(1, "BRPOPLPUSH", KEY, KEY, MOMENT),
            row(1, "BLMPOP", MOMENT, numkeys(3, KEY), SIDE, maybe(50, all(words("COUNT"), COUNT))),
            row(2, "DEL", KEY),
            row(2, "RENAME", KEY, KEY),
            row(2, "COPY", KEY, KEY, maybe(50, words("REPLACE"))),
            row(1, "TYPE", KEY));

    private static final String[][] MIXTURES = {
        {"DEL $1 $2", "RPUSH $1 a b c", "LMOVE $1 $2 LEFT RIGHT", "LRANGE $1 0 -1", "LRANGE $2 0 -1", "RPOPLPUSH $2 $1", "EXISTS $1 $2"},
        {"DEL $1", "RPUSH $1 a b a c a", "LPOS $1 a COUNT 0", "LREM $1 -2 a", "LRANGE $1 0 -1", "LINSERT $1 AFTER b x", "LLEN $1"},
        {"DEL $1 $2", "LPUSH $1 1 2 3", "LMPOP 2 $2 $1 LEFT COUNT 2", "BLMPOP 1 2 $2 $1 RIGHT", "EXISTS $1", "LPOP $1"},
        {"DEL $1", "RPUSH $1 a b c d", "LTRIM $1 1 2", "LRANGE $1 0 -1", "LSET $1 0 z", "LINDEX $1 -2", "LSET $1 5 x"},
        {"DEL $1 $2", "RPUSH $1 x", "BLPOP $2 $1 0", "BRPOP $1 $2 0.001", "MULTI", "BLPOP $1 0", "RPUSH $1 y", "BRPOP $1 0", "EXEC", "TYPE $1"},
        {"DEL $1 $2", "RPUSH $1 a b", "RENAME $1 $2", "COPY $2 $1", "LRANGE $1 0 -1", "RPOPLPUSH $1 $1", "LMOVE $1 $1 LEFT LEFT", "LLEN $1"},
    };

    static final Family FAMILY = new Family(2, ROWS, MIXTURES);

    private ListGrammar() {
    }
}
