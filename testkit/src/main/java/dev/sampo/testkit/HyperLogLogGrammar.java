package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.VALUE;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.key;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Commands on HyperLogLogs, whose bytes GET compares.
final class HyperLogLogGrammar {
    private static final Arg KEY = key("pf");
    private static final Arg ELEMENT = (grammar, out) -> {
        if (grammar.random().nextBoolean()) {
            VALUE.append(grammar, out);
        } else {
            out.add(Integer.toString(grammar.random().nextInt(10_000)).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        }
    };

    private static final List<Row> ROWS = List.of(
            row(6, "PFADD", KEY, times(0, 6, ELEMENT)),
            row(1, "PFADD", KEY, times(200, 500, ELEMENT)),
            row(3, "PFCOUNT", KEY),
            row(2, "PFCOUNT", times(1, 4, KEY)),
            row(3, "PFMERGE", times(1, 4, KEY)),
            row(1, "PFDEBUG", from("DECODE", "ENCODING", "TODENSE", "nonsense"), KEY),
            row(3, "GET", KEY),
            row(1, "STRLEN", KEY),
            row(1, "DEL", KEY));

    private static final String[][] MIXTURES = {
        {"DEL $1 $2", "PFADD $1 a b c", "PFADD $2 c d e", "PFCOUNT $1 $2", "PFMERGE $1 $2", "PFCOUNT $1", "GET $1"},
        {"DEL $1", "PFADD $1 a", "RENAME $1 $2", "PFADD $2 b", "PFCOUNT $2", "DEL $2"},
    };

    static final Family FAMILY = new Family(1, ROWS, MIXTURES);

    private HyperLogLogGrammar() {
    }
}
