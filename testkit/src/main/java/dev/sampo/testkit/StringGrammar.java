package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.DATABASE;
import static dev.sampo.testkit.Grammar.FLOAT;
import static dev.sampo.testkit.Grammar.INTEGER;
import static dev.sampo.testkit.Grammar.KEY;
import static dev.sampo.testkit.Grammar.MILLIS;
import static dev.sampo.testkit.Grammar.MILLI_AT;
import static dev.sampo.testkit.Grammar.PATTERN;
import static dev.sampo.testkit.Grammar.RANGE;
import static dev.sampo.testkit.Grammar.SECONDS;
import static dev.sampo.testkit.Grammar.SECOND_AT;
import static dev.sampo.testkit.Grammar.VALUE;
import static dev.sampo.testkit.Grammar.all;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.maybe;
import static dev.sampo.testkit.Grammar.oneOf;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;
import static dev.sampo.testkit.Grammar.words;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Strings, keys, transactions and connections.
final class StringGrammar {
    private static final Arg OFFSET = from("0", "1", "2", "5", "44", "100", "1000", "-1", "-3", "abc");
    private static final Arg TOKEN = from("NX", "XX", "GT", "LT", "GET", "KEEPTTL", "EX", "PX", "PERSIST", "REPLACE", "DB",
            "nonsense");
    private static final Arg FRESH_SECONDS = (grammar, out) -> out.add(grammar.freshSeconds(1));
    private static final Arg FRESH_MILLIS = (grammar, out) -> out.add(grammar.freshSeconds(1000));

    /// No moment of the past: SET would leave a dead key that DBSIZE counts until it is collected, at a time of the server's
    /// choosing.
    private static final Arg TIME = oneOf(all(words("EX"), SECONDS), all(words("PX"), MILLIS),
            all(words("EXAT"), from("33177117420", "33177117421", "33000000000", "0", "-1", "abc",
                    "9223372036854775807")),
            all(words("PXAT"), from("33177117420123", "33177117420124", "33000000000999", "0", "-5", "abc")));
    private static final Arg CONDITION = oneOf(words("NX"), words("XX"));
    private static final Arg COMPARED = oneOf(words("GT"), words("LT"), words("XX", "GT"), words("LT", "XX"), words("NX", "GT"));

    private static final List<Row> ROWS = List.of(
            row(12, "SET", KEY, VALUE),
            row(8, "SET", KEY, VALUE, maybe(40, TIME), maybe(40, CONDITION), maybe(30, words("GET")),
                    maybe(15, words("KEEPTTL"))),
            row(1, "SET", KEY, VALUE, times(1, 3, TOKEN)),
            row(10, "GET", KEY),
            row(6, "MGET", times(1, 6, KEY)),
            row(6, "MSET", times(1, 5, all(KEY, VALUE))),
            row(3, "MSETNX", times(1, 4, all(KEY, VALUE))),
            row(2, "SETNX", KEY, VALUE),
            row(1, "SETEX", KEY, SECONDS, VALUE),
            row(1, "PSETEX", KEY, MILLIS, VALUE),
            row(2, "GETSET", KEY, VALUE),
            row(2, "GETDEL", KEY),
            row(3, "GETEX", KEY, maybe(60, oneOf(TIME, words("PERSIST"), TOKEN))),
            row(3, "APPEND", KEY, VALUE),
            row(2, "STRLEN", KEY),
            row(3, "GETRANGE", KEY, RANGE, RANGE),
            row(1, "SUBSTR", KEY, RANGE, RANGE),
            row(3, "SETRANGE", KEY, OFFSET, VALUE),
            row(4, "INCR", KEY),
            row(2, "DECR", KEY),
            row(2, "INCRBY", KEY, INTEGER),
            row(2, "DECRBY", KEY, INTEGER),
            row(2, "INCRBYFLOAT", KEY, FLOAT),
            row(1, "LCS", KEY, KEY, maybe(30, words("LEN")), maybe(40, words("IDX")),
                    maybe(30, all(words("MINMATCHLEN"), INTEGER)),
                    maybe(30, words("WITHMATCHLEN"))),
            row(5, "DEL", times(1, 4, KEY)),
            row(3, "UNLINK", times(1, 4, KEY)),
            row(4, "EXISTS", times(1, 5, KEY)),
            row(2, "TOUCH", times(1, 4, KEY)),
            row(2, "TYPE", KEY),
            row(6, "RENAME", KEY, KEY),
            row(4, "RENAMENX", KEY, KEY),
            row(5, "COPY", KEY, KEY, maybe(30, all(words("DB"), DATABASE)), maybe(50, words("REPLACE"))),
            row(3, "MOVE", KEY, DATABASE),
            row(2, "SWAPDB", DATABASE, DATABASE),
            row(2, "EXPIRE", KEY, SECONDS, maybe(40, CONDITION)),
            row(1, "EXPIRE", KEY, FRESH_SECONDS, maybe(80, COMPARED)),
            row(1, "PEXPIRE", KEY, MILLIS, maybe(40, CONDITION)),
            row(1, "PEXPIRE", KEY, FRESH_MILLIS, maybe(80, COMPARED)),
            row(1, "EXPIREAT", KEY, SECOND_AT, maybe(60, oneOf(CONDITION, COMPARED))),
            row(1, "PEXPIREAT", KEY, MILLI_AT, maybe(60, oneOf(CONDITION, COMPARED))),
            row(3, "TTL", KEY),
            row(1, "PTTL", KEY),
            row(1, "EXPIRETIME", KEY),
            row(1, "PEXPIRETIME", KEY),
            row(2, "PERSIST", KEY),
            row(2, "RANDOMKEY"),
            row(3, "KEYS", PATTERN),
            row(2, "SCAN 0 COUNT 100000", maybe(40, all(words("MATCH"), PATTERN)), maybe(20, words("TYPE", "string"))),
            row(4, "DBSIZE"),
            row(1, "FLUSHDB", maybe(30, oneOf(words("ASYNC"), words("SYNC"), TOKEN))),
            row(1, "FLUSHALL", maybe(30, oneOf(words("ASYNC"), words("SYNC")))),
            row(1, "OBJECT ENCODING", KEY),
            row(1, "OBJECT REFCOUNT", KEY),
            row(4, "SELECT", DATABASE),
            row(2, "PING", maybe(50, VALUE)),
            row(1, "ECHO", VALUE),
            row(2, "PUBLISH", KEY, VALUE),
            row(1, "SPUBLISH", KEY, VALUE),
            row(3, "WATCH", times(1, 3, KEY)),
            row(1, "UNWATCH"),
            row(1, "MULTI"),
            row(2, "EXEC"),
            row(1, "DISCARD"),
            row(1, "TIME"),
            row(1, "CLIENT GETNAME"),
            row(1, "CLIENT SETNAME", VALUE));

    private static final String[][] MIXTURES = {
        {"SET $1 1", "RENAME $1 $2", "GET $2", "GET $1"},
        {"SET $1 x", "DEL $1 $2", "GET $1"},
        {"SET $1 x", "MGET $1 $2", "SET $1 y", "MGET $2 $1"},
        {"SET $1 x", "KEYS *", "DBSIZE", "DEL $1", "KEYS *"},
        {"SET $1 x", "FLUSHALL", "GET $1", "SET $1 y", "GET $1"},
        {"SET $1 x", "FLUSHDB", "EXISTS $1 $2"},
        {"SET $1 x", "COPY $1 $2 REPLACE", "SET $1 y", "GET $2"},
        {"SET $1 x", "MOVE $1 1", "GET $1", "SELECT 1", "GET $1", "MOVE $1 0", "SELECT 0", "GET $1"},
        {"SET $1 x", "SWAPDB 0 1", "GET $1", "SELECT 1", "GET $1", "SELECT 0", "SWAPDB 1 0"},
        {"MSET $1 1 $2 2", "INCR $1", "MGET $1 $2", "INCR $2", "MGET $1 $2"},
        {"MSETNX $1 1 $2 2", "GET $2", "DEL $2", "MSETNX $1 3 $2 4", "MGET $1 $2"},
        {"SET $1 5", "INCR $1", "RENAME $1 $2", "INCR $2", "RENAMENX $2 $1", "INCR $1", "MGET $1 $2"},
        {"INCR $1", "MULTI", "INCR $1", "INCR $2", "MGET $1 $2", "EXEC", "GET $1", "GET $2"},
        {"SET $1 a", "WATCH $1 $2", "MULTI", "SET $1 b", "SET $2 c", "EXEC", "MGET $1 $2"},
        {"SET $1 a", "WATCH $2", "SET $2 b", "MULTI", "SET $1 c", "EXEC", "GET $1"},
        {"SET $1 x", "RANDOMKEY", "SCAN 0 COUNT 100000", "UNLINK $1 $2", "SCAN 0 COUNT 100000"},
        {"SET $1 x EX 5000", "RENAME $1 $2", "TTL $2", "PERSIST $2", "COPY $2 $1", "TTL $1"},
        {"APPEND $1 x", "STRLEN $1", "TOUCH $1 $2", "EXISTS $1 $2 $1", "UNLINK $1", "STRLEN $1"},
        {"MULTI", "RENAME $1 $2", "MSET $1 1 $2 2", "RENAME $1 $2", "GET $2", "EXEC", "GET $2"},
        {"SET $1 x", "PUBLISH $1 x", "GETDEL $1", "PUBLISH $2 y", "GET $1"},
        {"MULTI", "SELECT 1", "SET $1 one", "SELECT 0", "SET $1 zero", "EXEC", "GET $1"},
        {"MULTI", "SET $1 x", "NOSUCH", "EXEC", "GET $1"},
        {"MULTI", "FLUSHALL", "SET $1 x", "DBSIZE", "KEYS *", "EXEC", "DBSIZE"},
        {"LCS $1 $2", "SET $1 ohmytext", "SET $2 mynewtext", "LCS $1 $2 IDX WITHMATCHLEN", "RENAME $1 $2", "LCS $1 $2 LEN"},
    };

    static final Family FAMILY = new Family(4, ROWS, MIXTURES);

    private StringGrammar() {
    }
}
