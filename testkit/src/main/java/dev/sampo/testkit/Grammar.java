package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/// What rows of commands are made of: see the families, for example [StringGrammar].
final class Grammar {
    /// Appends arguments to a request.
    interface Arg {
        void append(CommandGrammar grammar, List<byte[]> out);
    }

    /// One command with generators for its arguments; `weight` says how often it comes compared with others of its family.
    record Row(int weight, String[] words, Arg[] args) {
    }

    /// A family: its share among all families, its rows, and short texts (`$1` and `$2` are keys) that mix commands of one
    /// and of several shards so that a reordering shows.
    record Family(int share, List<Row> rows, String[][] mixtures) {
        int weight() {
            return rows.stream().mapToInt(Row::weight).sum();
        }
    }

    static final byte[][] VALUES = latin1("", "0", "1", "-1", "10", "12345", "007", "+1", "-0", " 1", "1 ", "1.5",
            "-2.25", "3.0e3", "0.1", "1e400", "nan", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
            "9223372036854775808", "abc", "hello world", "\0\r\n\u00ff", "ohmytext", "mynewtext", "v".repeat(44),
            "v".repeat(45), "w".repeat(300), "x".repeat(4000));
    static final byte[][] INTEGERS = latin1("0", "1", "-1", "2", "3", "5", "7", "10", "-10", "100",
            "9223372036854775807", "-9223372036854775808", "9223372036854775808", "4294967296", "abc", "", "1.5", "01", " 1",
            "+5");
    static final byte[][] FLOATS = latin1("0", "1", "-1", "0.5", "0.1", "-0.1", "1.5e3", "3.0", "1e17", "0.00001",
            "10.25", "abc", "", "nan", "inf", "-inf", "1e5000", " 1", "123456789.987654321");
    static final byte[][] RANGES = latin1("0", "1", "2", "5", "44", "-1", "-2", "-5", "-100", "100",
            "9223372036854775807", "-9223372036854775808", "abc");

    static final Arg KEY = (grammar, out) -> out.add(grammar.key());
    static final Arg VALUE = (grammar, out) -> out.add(grammar.value());
    static final Arg INTEGER = from(INTEGERS);
    static final Arg FLOAT = from(FLOATS);
    static final Arg RANGE = from(RANGES);
    static final Arg DATABASE = from(latin1("0", "0", "0", "1", "1", "2", "15", "16", "-1", "abc"));
    static final Arg PATTERN = from(latin1("*", "?", "k:*", "[abc]", "[^a-c]", "*}*", "nothing", "\\{t\\}?", "", "a",
            "**", "[a"));
    static final Arg SECONDS = from(latin1("1000", "5000", "100000", "4294967296", "0", "-1", "abc",
            "9223372036854775807", ""));
    static final Arg MILLIS = from(latin1("1000000", "5000000", "100000000", "0", "-1", "abc", "9223372036854775807",
            "1.5"));
    static final Arg SECOND_AT = from(latin1("33177117420", "33177117421", "33000000000", "1", "0", "-1", "abc",
            "9223372036854775807"));
    static final Arg MILLI_AT = from(latin1("33177117420123", "33177117420124", "33000000000999", "1", "0", "-5", "abc"));

    private Grammar() {
    }

    /// A key that commands of this family mostly share among themselves, so that most of them find their own type.
    static Arg key(String family) {
        return (grammar, out) -> out.add(grammar.key(family));
    }

    /// One of these texts.
    static Arg from(byte[][] pool) {
        return (grammar, out) -> out.add(pool[grammar.random().nextInt(pool.length)]);
    }

    /// One of these texts.
    static Arg from(String... pool) {
        return from(latin1(pool));
    }

    /// Words of the command, in any case.
    static Arg words(String... words) {
        return (grammar, out) -> {
            for (String word : words) {
                out.add(grammar.cased(word));
            }
        };
    }

    static Arg all(Arg... args) {
        return (grammar, out) -> {
            for (Arg arg : args) {
                arg.append(grammar, out);
            }
        };
    }

    static Arg oneOf(Arg... args) {
        return (grammar, out) -> args[grammar.random().nextInt(args.length)].append(grammar, out);
    }

    static Arg maybe(int percent, Arg arg) {
        return (grammar, out) -> {
            if (grammar.random().nextInt(100) < percent) {
                arg.append(grammar, out);
            }
        };
    }

    static Arg times(int min, int max, Arg arg) {
        return (grammar, out) -> {
            for (int left = grammar.random().nextInt(min, max + 1); left > 0; left--) {
                arg.append(grammar, out);
            }
        };
    }

    /// A number of keys and as many keys, sometimes wrong.
    static Arg numkeys(int max, Arg key) {
        return (grammar, out) -> {
            final int count = grammar.random().nextInt(1, max + 1);
            final int said = grammar.random().nextInt(30) == 0 ? grammar.random().nextInt(-1, max + 3) : count;
            out.add(Integer.toString(said).getBytes(ISO_8859_1));
            for (int i = 0; i < count; i++) {
                key.append(grammar, out);
            }
        };
    }

    static Row row(int weight, String words, Arg... args) {
        return new Row(weight, words.split(" "), args);
    }

    static byte[][] latin1(String... texts) {
        final byte[][] bytes = new byte[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            bytes[i] = texts[i].getBytes(ISO_8859_1);
        }
        return bytes;
    }
}
