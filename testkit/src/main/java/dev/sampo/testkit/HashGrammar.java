package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.FLOAT;
import static dev.sampo.testkit.Grammar.INTEGER;
import static dev.sampo.testkit.Grammar.PATTERN;
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
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Commands on hashes: on small ones, whose fields come in an order that is known, everything; on large ones what does not
/// depend on an order, at keys that nothing else knows. Deadlines of fields are unknown to Redis 7.0.
final class HashGrammar {
    private static final Arg SMALL = key("hs");
    private static final Arg LARGE = from("a:large", "b:large", "{t}large", "c:large");
    private static final Arg FIELD = from("f", "g", "h", "field:1", "field:2", "1", "2", "-7", "", "\0\u00ff");
    private static final Arg SHORT = from("", "0", "1", "-1", "10", "007", "abc", "1.5", "9223372036854775807", "v".repeat(60));
    private static final Arg MANY = (grammar, out) -> out.add(("field:" + grammar.random().nextInt(900))
            .getBytes(StandardCharsets.ISO_8859_1));
    private static final Arg COUNT = from("0", "x", "-9223372036854775808", "1.5");

    private static final List<Row> ROWS = List.of(
            row(8, "HSET", SMALL, times(1, 5, all(FIELD, SHORT))),
            row(2, "HMSET", SMALL, times(1, 3, all(FIELD, SHORT))),
            row(2, "HSETNX", SMALL, FIELD, SHORT),
            row(4, "HGETALL", SMALL),
            row(2, "HKEYS", SMALL),
            row(2, "HVALS", SMALL),
            row(4, "HDEL", SMALL, times(1, 4, FIELD)),
            row(3, "HGET", SMALL, FIELD),
            row(2, "HMGET", SMALL, times(1, 4, FIELD)),
            row(2, "HINCRBY", SMALL, FIELD, INTEGER),
            row(2, "HINCRBYFLOAT", SMALL, FIELD, FLOAT),
            row(1, "HSTRLEN", SMALL, FIELD),
            row(2, "HSCAN", SMALL, from("0", "0", "0", "x"), maybe(40, all(words("MATCH"), PATTERN)),
                    maybe(30, all(words("COUNT"), from("1", "100", "0", "x")))),
            row(1, "HRANDFIELD", oneOf(SMALL, LARGE), COUNT, maybe(30, words("WITHVALUES"))),
            row(5, "HSET", LARGE, times(1, 4, all(MANY, VALUE))),
            row(1, "HSET", LARGE, times(100, 300, all(MANY, SHORT))),
            row(2, "HSETNX", LARGE, MANY, VALUE),
            row(4, "HDEL", LARGE, times(1, 20, MANY)),
            row(4, "HMGET", LARGE, times(1, 8, MANY)),
            row(2, "HEXISTS", LARGE, MANY),
            row(3, "HINCRBY", LARGE, MANY, INTEGER),
            row(4, "HLEN", oneOf(SMALL, LARGE)),
            row(1, "OBJECT ENCODING", oneOf(SMALL, LARGE)),
            row(2, "DEL", oneOf(SMALL, LARGE)),
            row(1, "TYPE", oneOf(SMALL, LARGE)));

    private static final String[][] MIXTURES = {
        {"DEL $1", "HSET $1 a 1 b 2", "HINCRBY $1 a 5", "HGETALL $1", "HDEL $1 a b", "EXISTS $1"},
        {"DEL $1 $2", "HSET $1 a 1", "HSET $2 b 2", "MULTI", "HINCRBY $1 a 1", "HDEL $2 b", "EXEC", "HGET $1 a", "EXISTS $2"},
        {"DEL $1", "HSET $1 f v", "EXPIRE $1 5000", "HSET $1 g w", "TTL $1", "HDEL $1 f g", "TTL $1"},
    };

    static final Family FAMILY = new Family(2, ROWS, MIXTURES);

    private HashGrammar() {
    }
}
