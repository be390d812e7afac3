package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.RANGE;
import static dev.sampo.testkit.Grammar.all;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.key;
import static dev.sampo.testkit.Grammar.oneOf;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;
import static dev.sampo.testkit.Grammar.words;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Commands on the bits of strings.
///
/// Redis 7.0 checks the range of BITCOUNT and BITPOS only when the key is there, so that they come in mixtures only, in
/// which nothing is spoiled; and a write of bits that are so already makes an integer a "raw" string there, so that writes are
/// far away.
final class BitmapGrammar {
    private static final Arg KEY = key("bit");
    private static final Arg BIT = from("0", "1", "1", "0", "2", "x");
    private static final Arg FAR = from("400", "407", "1000", "1001", "7777", "40000", "-1", "x", "4294967296");
    private static final Arg ANY = from("0", "1", "7", "8", "9", "400", "1000", "40000", "99999", "-1", "x");
    private static final Arg TYPE = from("u1", "u2", "u7", "u8", "u16", "u31", "u63", "i1", "i5", "i8", "i33", "i64", "u64",
        "x8");
    private static final Arg FIELD = from("400", "401", "413", "#50", "#60", "#100", "5000", "#", "-1");
    private static final Arg OPERAND = from("0", "1", "-1", "2", "100", "-100", "255", "256", "-129", "9223372036854775807",
            "-9223372036854775808", "x");
    private static final List<Row> ROWS = List.of(
            row(8, "SETBIT", KEY, FAR, BIT),
            row(5, "GETBIT", KEY, ANY),
            row(2, "BITOP", oneOf(words("AND"), words("OR"), words("XOR")), KEY, times(1, 4, KEY)),
            row(1, "BITOP NOT", KEY, KEY),
            row(1, "BITOP", words("NOT"), KEY, times(1, 2, KEY)),
            row(5, "BITFIELD", KEY, times(0, 4, oneOf(all(words("GET"), TYPE, ANY), all(words("SET"), TYPE, FIELD, OPERAND),
                    all(words("INCRBY"), TYPE, FIELD, OPERAND), all(words("OVERFLOW"), from("WRAP", "SAT", "FAIL", "NO"))))),
            row(2, "BITFIELD_RO", KEY, times(0, 3, all(words("GET"), TYPE, ANY))),
            row(3, "GETRANGE", KEY, RANGE, RANGE),
            row(2, "STRLEN", KEY),
            row(2, "DEL", KEY));

    private static final String[][] MIXTURES = {
        {"SETBIT $1 1000 1", "BITOP NOT $2 $1", "GETBIT $2 1000", "BITCOUNT $2", "DEL $1 $2"},
        {"SETBIT $1 1000 1", "BITCOUNT $1 -5 -1", "BITCOUNT $1 990 2000 BIT", "BITPOS $1 1 3", "BITPOS $1 0 125 -1",
            "BITPOS $2 1"},
        {"SET $1 foobar", "BITCOUNT $1 1 -2 BYTE", "BITPOS $1 1 9 30 BIT", "BITPOS $1 0 5", "BITCOUNT $1 x 1",
            "BITPOS $1 1 0 1 NO"},
        {"SET $1 abc", "SET $2 xyz", "BITOP XOR $1 $1 $2", "GET $1", "BITOP OR $2 $1 $2", "GET $2"},
        {"DEL $1", "BITFIELD $1 SET u8 #100 5", "RENAME $1 $2", "BITFIELD $2 INCRBY u8 #100 1", "BITFIELD_RO $2 GET u8 #100"},
    };

    static final Family FAMILY = new Family(1, ROWS, MIXTURES);

    private BitmapGrammar() {
    }
}
