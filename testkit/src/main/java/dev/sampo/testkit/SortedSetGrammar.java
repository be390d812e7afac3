package dev.sampo.testkit;

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

/// Commands on sorted sets whose replies do not depend on chance. Scores have few binary digits, so that all versions of Redis
/// print them alike. Ranges of members are asked of keys of their own, where all scores are the same.
final class SortedSetGrammar {
    private static final Arg KEY = key("zset");
    private static final Arg LEX_KEY = from("a:lex", "b:lex", "{t}lex");
    private static final Arg PLAIN_KEY = from("a:plain", "{t}plain");
    private static final Arg SOURCE = oneOf(KEY, KEY, KEY, PLAIN_KEY);
    private static final Arg MEMBER = from("a", "b", "c", "d", "e", "f", "g", "aa", "ab", "1", "2", "-5", "007", "70000", "",
            "\0\r\n\u00ff", "m".repeat(64), "n".repeat(65), "o".repeat(5000));
    private static final Arg SCORE = from("0", "1", "2", "3", "4", "-1", "1.5", "-2.25", "0.5", "10", "1000", "70000", "-4096",
            "1048576.0625", "inf", "-inf", "1e3", "0x10", "x", "", "nan", " 1", "1e400");
    private static final Arg BOUND = from("-inf", "+inf", "inf", "0", "1", "2", "(1", "(2", "1.5", "(1.5", "-3", "100000",
            "(-inf", "",
            "(", " 1", "1e400", "x", "nan");
    private static final Arg LEX_BOUND = from("-", "+", "[a", "(a", "[b", "(b", "[aa", "(c", "[", "(", "[1", "[zz", "a", "");
    private static final Arg RANK = from("0", "1", "2", "3", "-1", "-2", "-3", "5", "100", "-100", "9223372036854775807",
            "-9223372036854775808", "x");
    private static final Arg COUNT = from("0", "1", "2", "5", "100", "-1", "x", "9223372036854775807");
    private static final Arg LIMIT = all(words("LIMIT"), from("0", "1", "2", "10", "-1", "x"), from("0", "1", "2", "10",
            "-1", "x"));
    private static final Arg WITHSCORES = words("WITHSCORES");
    private static final Arg REV = words("REV");
    private static final Arg AGGREGATE = all(words("AGGREGATE"), oneOf(words("SUM"), words("MIN"), words("MAX"), COUNT));

    private static final List<Row> ROWS = List.of(
            row(14, "ZADD", KEY, maybe(20, oneOf(words("NX"), words("XX"), words("GT"), words("LT"))), maybe(20, words("CH")),
                    times(1, 5, all(SCORE, MEMBER))),
            row(4, "ZADD", KEY, maybe(20, oneOf(words("NX"), words("XX"), words("GT"), words("LT"))), words("INCR"), SCORE,
                    MEMBER),
            row(6, "ZADD", LEX_KEY, times(1, 6, all(from("0"), MEMBER))),
            row(3, "ZINCRBY", KEY, SCORE, MEMBER),
            row(4, "ZREM", KEY, times(1, 4, MEMBER)),
            row(2, "ZCARD", KEY),
            row(3, "ZCOUNT", KEY, BOUND, BOUND),
            row(2, "ZLEXCOUNT", LEX_KEY, LEX_BOUND, LEX_BOUND),
            row(2, "ZSCORE", KEY, MEMBER),
            row(2, "ZMSCORE", KEY, times(1, 4, MEMBER)),
            row(2, "ZRANK", KEY, MEMBER),
            row(2, "ZREVRANK", KEY, MEMBER),
            row(4, "ZRANGE", KEY, RANK, RANK, maybe(40, REV), maybe(40, WITHSCORES), maybe(5, LIMIT)),
            row(4, "ZRANGE", KEY, BOUND, BOUND, words("BYSCORE"), maybe(40, REV), maybe(40, LIMIT), maybe(40, WITHSCORES)),
            row(3, "ZRANGE", LEX_KEY, LEX_BOUND, LEX_BOUND, words("BYLEX"), maybe(40, REV), maybe(40, LIMIT), maybe(5,
                    WITHSCORES)),
            row(2, "ZREVRANGE", KEY, RANK, RANK, maybe(40, WITHSCORES)),
            row(2, "ZRANGEBYSCORE", KEY, BOUND, BOUND, maybe(40, WITHSCORES), maybe(40, LIMIT)),
            row(2, "ZREVRANGEBYSCORE", KEY, BOUND, BOUND, maybe(40, WITHSCORES), maybe(40, LIMIT)),
            row(2, "ZRANGEBYLEX", LEX_KEY, LEX_BOUND, LEX_BOUND, maybe(40, LIMIT)),
            row(2, "ZREVRANGEBYLEX", LEX_KEY, LEX_BOUND, LEX_BOUND, maybe(40, LIMIT)),
            row(2, "ZRANGESTORE", KEY, KEY, RANK, RANK, maybe(40, REV)),
            row(2, "ZRANGESTORE", KEY, KEY, BOUND, BOUND, words("BYSCORE"), maybe(40, REV), maybe(40, LIMIT)),
            row(2, "ZREMRANGEBYRANK", KEY, RANK, RANK),
            row(2, "ZREMRANGEBYSCORE", KEY, BOUND, BOUND),
            row(2, "ZREMRANGEBYLEX", LEX_KEY, LEX_BOUND, LEX_BOUND),
            row(3, "ZPOPMIN", KEY, maybe(50, COUNT)),
            row(3, "ZPOPMAX", KEY, maybe(50, COUNT)),
            row(3, "ZMPOP", numkeys(3, KEY), oneOf(words("MIN"), words("MAX")), maybe(40, all(words("COUNT"), COUNT))),
            row(1, "ZRANDMEMBER", KEY, from("0", "x", "-9223372036854775808")),
            row(3, "ZUNION", numkeys(3, SOURCE), maybe(30, AGGREGATE), maybe(50, WITHSCORES)),
            row(3, "ZINTER", numkeys(3, SOURCE), maybe(30, AGGREGATE), maybe(50, WITHSCORES)),
            row(3, "ZDIFF", numkeys(3, SOURCE), maybe(50, WITHSCORES)),
            row(3, "ZINTERCARD", numkeys(3, SOURCE), maybe(40, all(words("LIMIT"), COUNT))),
            row(3, "ZUNIONSTORE", KEY, from("2"), SOURCE, SOURCE, maybe(40, all(words("WEIGHTS"), from("1", "2", "0.5"),
                    from("3", "inf", "x"))),
                    maybe(30, AGGREGATE)),
            row(3, "ZINTERSTORE", KEY, numkeys(3, SOURCE), maybe(30, AGGREGATE)),
            row(3, "ZDIFFSTORE", KEY, numkeys(3, SOURCE)),
            row(2, "SADD", PLAIN_KEY, times(1, 4, MEMBER)),
            row(1, "BZPOPMIN", KEY, from("-1", "x", "", "nan")),
            row(1, "OBJECT ENCODING", LEX_KEY),
            row(2, "DEL", KEY),
            row(1, "COPY", KEY, KEY, maybe(50, words("REPLACE"))));

    private static final String[][] MIXTURES = {
        {"DEL $1 $2", "ZADD $1 1 a 2 b", "ZUNIONSTORE $2 2 $1 $2", "ZPOPMIN $1", "ZCARD $2", "ZRANGE $1 0 -1 WITHSCORES"},
        {"DEL $1 $2", "ZADD $1 1 a 2 b 3 c", "ZRANGESTORE $2 $1 1 -1", "ZINCRBY $2 5 b", "ZDIFF 2 $1 $2", "ZREM $1 a b c",
                "EXISTS $1"},
        {"DEL $1 $2", "ZADD $1 0 x", "RENAME $1 $2", "ZADD $1 1 y", "ZINTERSTORE $1 2 $1 $2", "ZMPOP 2 $1 $2 MAX", "TYPE $1"},
    };

    static final Family FAMILY = new Family(3, ROWS, MIXTURES);

    private SortedSetGrammar() {
    }
}
