package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Weighted rows of commands with generators for their arguments: the language the differential fuzzer speaks.
///
/// Everything generated is deterministic on a correct server: deadlines are in the past or far away, and GT and LT meet
/// only deadlines that differ by more than any delay.
final class CommandGrammar {
    private static final byte[][] KEYS = latin1("a", "b", "c", "d", "e", "f", "g", "h", "k:1", "k:2", "k:3", "k:4", "{t}1",
            "{t}2", "t", "{u}x", "u", "", "bin\0\r\n\u00ff", "two words", "{}x", "{a", "x{b}y", "long" + "k".repeat(300));
    private static final byte[][] VALUES = latin1("", "0", "1", "-1", "10", "12345", "007", "+1", "-0", " 1", "1 ", "1.5",
            "-2.25", "3.0e3", "0.1", "1e400", "nan", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
            "9223372036854775808", "abc", "hello world", "\0\r\n\u00ff", "ohmytext", "mynewtext", "v".repeat(44),
            "v".repeat(45), "w".repeat(300), "x".repeat(4000));
    private static final byte[][] INTEGERS = latin1("0", "1", "-1", "2", "3", "5", "7", "10", "-10", "100",
            "9223372036854775807", "-9223372036854775808", "9223372036854775808", "4294967296", "abc", "", "1.5", "01", " 1",
            "+5");
    private static final byte[][] FLOATS = latin1("0", "1", "-1", "0.5", "0.1", "-0.1", "1.5e3", "3.0", "1e17", "0.00001",
            "10.25", "abc", "", "nan", "inf", "-inf", "1e5000", " 1", "123456789.987654321");
    private static final byte[][] OFFSETS = latin1("0", "1", "2", "5", "44", "100", "1000", "-1", "-3", "abc");
    private static final byte[][] RANGES = latin1("0", "1", "2", "5", "44", "-1", "-2", "-5", "-100", "100",
            "9223372036854775807", "-9223372036854775808", "abc");
    private static final byte[][] DATABASES = latin1("0", "0", "0", "1", "1", "2", "15", "16", "-1", "abc");
    private static final byte[][] PATTERNS = latin1("*", "?", "k:*", "[abc]", "[^a-c]", "*}*", "nothing", "\\{t\\}?", "", "a",
            "**", "[a");
    private static final byte[][] TOKENS = latin1("NX", "XX", "GT", "LT", "GET", "KEEPTTL", "EX", "PX", "PERSIST", "REPLACE",
            "DB", "nonsense");
    /// None of these may be a near deadline when it stands where a time is meant.
    private static final byte[][] ODD = latin1("", "-1", "abc", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "nan", "\0\u0001", "NX", "0x10", "99999999999999999999", "4294967296", "*", "\u00ff\u00fe");

    /// Databases that commands may leave data in.
    static final int[] USED_DATABASES = {0, 1, 2, 15};

    /// Appends arguments to a request.
    private interface Arg {
        void append(CommandGrammar grammar, List<byte[]> out);
    }

    private record Row(int weight, String[] words, Arg[] args) {
    }

    private final SplittableRandom random;
    private byte[][] keys = KEYS;
    /// Makes every relative deadline that competes under GT and LT different from all others by ten seconds or more.
    private int deadlines;

    CommandGrammar(SplittableRandom random) {
        this.random = random;
    }

    /// From now on keys come mostly from a few, so that commands meet.
    void choosePool() {
        final int size = random.nextInt(2, 9);
        keys = new byte[size][];
        for (int i = 0; i < size; i++) {
            keys[i] = KEYS[random.nextInt(KEYS.length)];
        }
    }

    /// One command drawn by weight, in one case of fifty with something wrong about its arguments.
    List<byte[]> command() {
        int at = random.nextInt(WEIGHT);
        int row = 0;
        while (at >= ROWS.get(row).weight) {
            at -= ROWS.get(row++).weight;
        }
        final List<byte[]> command = build(ROWS.get(row));
        if (random.nextInt(50) == 0) {
            spoil(command);
        }
        return command;
    }

    private List<byte[]> build(Row row) {
        final List<byte[]> out = new ArrayList<>(6);
        for (String word : row.words) {
            out.add(cased(word));
        }
        for (Arg arg : row.args) {
            arg.append(this, out);
        }
        return out;
    }

    private byte[] cased(String word) {
        return (random.nextInt(16) == 0 ? word.toLowerCase(java.util.Locale.ROOT) : word).getBytes(ISO_8859_1);
    }

    private void spoil(List<byte[]> command) {
        final int at = random.nextInt(1, command.size() + 1);
        switch (random.nextInt(4)) {
            case 0 -> command.add(at, ODD[random.nextInt(ODD.length)]);
            case 1 -> {
                if (at < command.size()) {
                    command.remove(at);
                }
            }
            case 2 -> {
                if (at < command.size()) {
                    command.set(at, ODD[random.nextInt(ODD.length)]);
                }
            }
            default -> command.set(0, "NOSUCH".getBytes(ISO_8859_1));
        }
    }

    /// A key, mostly of the pool chosen.
    byte[] key() {
        return random.nextInt(10) == 0 ? KEYS[random.nextInt(KEYS.length)] : keys[random.nextInt(keys.length)];
    }

    byte[] value() {
        return VALUES[random.nextInt(VALUES.length)];
    }

    /// Short texts that mix commands of one and of several shards so that a reordering shows; `$1` and `$2` are keys.
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

    List<List<byte[]>> mixture() {
        final byte[] first = key();
        final byte[] second = key();
        final List<List<byte[]>> commands = new ArrayList<>();
        for (String line : MIXTURES[random.nextInt(MIXTURES.length)]) {
            final List<byte[]> command = new ArrayList<>();
            for (String word : line.split(" ")) {
                command.add(switch (word) {
                    case "$1" -> first;
                    case "$2" -> second;
                    default -> word.getBytes(ISO_8859_1);
                });
            }
            commands.add(command);
        }
        return commands;
    }

    private static byte[][] latin1(String... texts) {
        final byte[][] bytes = new byte[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            bytes[i] = texts[i].getBytes(ISO_8859_1);
        }
        return bytes;
    }

    // The argument generators.

    private static final Arg KEY = (grammar, out) -> out.add(grammar.key());
    private static final Arg VALUE = (grammar, out) -> out.add(grammar.value());
    private static final Arg INTEGER = from(INTEGERS);
    private static final Arg FLOAT = from(FLOATS);
    private static final Arg OFFSET = from(OFFSETS);
    private static final Arg RANGE = from(RANGES);
    private static final Arg DATABASE = from(DATABASES);
    private static final Arg PATTERN = from(PATTERNS);
    private static final Arg TOKEN = from(TOKENS);
    private static final Arg SECONDS = from(latin1("1000", "5000", "100000", "4294967296", "0", "-1", "abc",
            "9223372036854775807", ""));
    private static final Arg MILLIS = from(latin1("1000000", "5000000", "100000000", "0", "-1", "abc", "9223372036854775807",
            "1.5"));
    private static final Arg SECOND_AT = from(latin1("33177117420", "33177117421", "33000000000", "1", "0", "-1", "abc",
            "9223372036854775807"));
    private static final Arg MILLI_AT = from(latin1("33177117420123", "33177117420124", "33000000000999", "1", "0", "-5", "abc"));
    private static final Arg FRESH_SECONDS = (grammar, out) -> out.add(grammar.freshSeconds(1));
    private static final Arg FRESH_MILLIS = (grammar, out) -> out.add(grammar.freshSeconds(1000));

    private byte[] freshSeconds(int unit) {
        return Long.toString((200_000L + 10L * deadlines++) * unit).getBytes(ISO_8859_1);
    }

    private static Arg from(byte[][] pool) {
        return (grammar, out) -> out.add(pool[grammar.random.nextInt(pool.length)]);
    }

    private static Arg words(String... words) {
        return (grammar, out) -> {
            for (String word : words) {
                out.add(grammar.cased(word));
            }
        };
    }

    private static Arg all(Arg... args) {
        return (grammar, out) -> {
            for (Arg arg : args) {
                arg.append(grammar, out);
            }
        };
    }

    private static Arg oneOf(Arg... args) {
        return (grammar, out) -> args[grammar.random.nextInt(args.length)].append(grammar, out);
    }

    private static Arg maybe(int percent, Arg arg) {
        return (grammar, out) -> {
            if (grammar.random.nextInt(100) < percent) {
                arg.append(grammar, out);
            }
        };
    }

    private static Arg times(int min, int max, Arg arg) {
        return (grammar, out) -> {
            for (int left = grammar.random.nextInt(min, max + 1); left > 0; left--) {
                arg.append(grammar, out);
            }
        };
    }

    private static Row row(int weight, String words, Arg... args) {
        return new Row(weight, words.split(" "), args);
    }

    /// No moment of the past: SET would leave a dead key that DBSIZE counts until it is collected, at a time of the server's
    /// choosing.
    private static final Arg TIME = oneOf(all(words("EX"), SECONDS), all(words("PX"), MILLIS),
            all(words("EXAT"), from(latin1("33177117420", "33177117421", "33000000000", "0", "-1", "abc",
                    "9223372036854775807"))),
            all(words("PXAT"), from(latin1("33177117420123", "33177117420124", "33000000000999", "0", "-5", "abc"))));
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

    private static final int WEIGHT = ROWS.stream().mapToInt(Row::weight).sum();
}
