package dev.sampo.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/// Requests of all kinds on few keys, right ones and wrong ones, whose replies do not depend on chance or on the time.
final class RandomRequests {
    static final String[] KEYS = {"a", "b", "c", "d", "{a}1", "{a}2", "{b}1", "", "k\u0000\u00FF",
        "a-key-of-forty-bytes-for-the-index-only"};
    private static final String[] VALUES = {"", "0", "1", "-1", "10", "007", "abc", "3.5", "1e3", "-0", " 1",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "x".repeat(44), "y".repeat(45),
        "z".repeat(5000), "\u0000\r\n\u00FF", "ohmytext", "mynewtext"};
    private static final String[] NUMBERS = {"0", "1", "-1", "2", "5", "100", "-100", "3000", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "x", "", "1.5", "+1", "01", " 1", "4611686018427387904"};
    private static final String[] DBS = {"0", "1", "2", "15", "16", "-1", "x", "99999999999"};
    private static final String[] FLOATS = {"0.1", "0.2", "3.0e3", "-5", "1e20", "1e-17", "inf", "-inf", "nan", "", " 1",
        "0x1p-3", ".5", "5.", "."};
    /// Seconds and milliseconds that are absolute, in the past or far away.
    private static final String[] SECONDS = {"1", "1000000000", "4102444800", "4102444801", "4102444799", "0", "-1", "x",
        "9223372036854775807"};
    private static final String[] MILLIS = {"1", "1000000000000", "4102444800000", "4102444800500", "4102444799499", "0",
        "-1", "9223372036854775807"};
    private static final String[] BAD_TTLS = {"0", "-1", "9223372036854775807", "-9223372036854775808", "x", ""};
    /// Without one of their arguments these would answer by chance.
    private static final Set<String> BY_CHANCE = Set.of("SPOP", "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER");
    private static final String GLOB_LETTERS = "aaabbc*?[]^-\\";

    /// The families beside strings and keys.
    private static final List<RequestFamily> FAMILIES = List.of(new DumpRequests(), new BitmapRequests(),
        new HyperLogLogRequests(), new ListRequests(), new SetRequests(), new HashRequests(), new SortedSetRequests(),
        new GeoRequests(), new StreamRequests(), new SortRequests());

    private final Random random;

    RandomRequests(long seed) {
        random = new Random(seed);
    }

    /// The next request; few are nonsense.
    byte[][] next() {
        List<String> words = new ArrayList<>(request());
        // Consumers are made beforehand, since Redis 7.0 makes them late.
        if (random.nextInt(40) == 0 && !words.contains("CREATECONSUMER") && !BY_CHANCE.contains(words.getFirst())) {
            mutilate(words);
        }
        byte[][] request = new byte[words.size()][];
        for (int i = 0; i < request.length; i++) {
            request[i] = words.get(i).getBytes(StandardCharsets.ISO_8859_1);
        }
        return request;
    }

    private String one(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String key() {
        return one(KEYS);
    }

    private void mutilate(List<String> words) {
        int at = 1 + random.nextInt(words.size());
        switch (random.nextInt(3)) {
            case 0 -> words.add(at, one("NX", "GET", "x", "1", "EX", "", "LEN", "DB"));
            case 1 -> {
                if (at < words.size()) {
                    words.remove(at);
                }
            }
            default -> words.set(0, random.nextBoolean() ? words.getFirst().toLowerCase(Locale.ROOT) : words.getFirst() + "x");
        }
    }

    private List<String> request() {
        int family = random.nextInt(FAMILIES.size() + 1);
        return family < FAMILIES.size() ? FAMILIES.get(family).next(random) : stringOrKey();
    }

    private List<String> stringOrKey() {
        return switch (random.nextInt(29)) {
            case 0, 1 -> set();
            case 2 -> List.of(one("SETNX", "GETSET", "APPEND"), key(), one(VALUES));
            case 3 -> List.of(one("SETEX", "PSETEX"), key(), one(BAD_TTLS), one(VALUES));
            case 4, 5 -> List.of(one("GET", "GETDEL", "STRLEN", "TYPE", "GET"), key());
            case 6 -> getex();
            case 7 -> List.of(one("GETRANGE", "SUBSTR"), key(), one(NUMBERS), one(NUMBERS));
            case 8 -> List.of("SETRANGE", key(), one("0", "1", "5", "-1", "x", "5000", "536870912"), one(VALUES));
            case 9 -> List.of(one("INCR", "DECR"), key());
            case 10 -> List.of(one("INCRBY", "DECRBY"), key(), one(NUMBERS));
            case 11 -> List.of("INCRBYFLOAT", key(), one(FLOATS));
            case 12 -> some("MGET", 1);
            case 13 -> some("MSET", 2);
            case 14 -> some("MSETNX", 2);
            case 15 -> lcs();
            case 16, 17 -> some(one("DEL", "UNLINK", "EXISTS", "TOUCH"), 1);
            case 18, 19 -> List.of(one("RENAME", "RENAMENX"), key(), key());
            case 20 -> copy();
            case 21 -> List.of("MOVE", key(), one(DBS));
            case 22, 23 -> expire();
            case 24, 25 -> List.of(one("PERSIST", "EXPIRETIME", "PEXPIRETIME"), key());
            case 26 -> List.of("DBSIZE");
            case 27 -> random.nextInt(8) == 0 ? List.of(one("FLUSHDB", "FLUSHALL")) : List.of("SWAPDB", one(DBS), one(DBS));
            default -> List.of("OBJECT", one("FREQ", "NOSUCH"), key());
        };
    }

    private List<String> some(String name, int group) {
        List<String> words = new ArrayList<>(List.of(name));
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            words.add(key());
            if (group == 2 && random.nextInt(60) != 0) {
                words.add(one(VALUES));
            }
        }
        return words;
    }

    private List<String> set() {
        List<String> words = new ArrayList<>(List.of("SET", key(), one(VALUES)));
        for (int i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(7)) {
                case 0 -> words.add(one("NX", "nx"));
                case 1 -> words.add("XX");
                case 2 -> words.add("GET");
                case 3 -> words.add("KEEPTTL");
                case 4 -> words.addAll(List.of(one("EX", "PX"), one(BAD_TTLS)));
                default -> time(words);
            }
        }
        return words;
    }

    private void time(List<String> words) {
        if (random.nextBoolean()) {
            words.addAll(List.of("EXAT", one(SECONDS)));
        } else {
            words.addAll(List.of("PXAT", one(MILLIS)));
        }
    }

    private List<String> getex() {
        List<String> words = new ArrayList<>(List.of("GETEX", key()));
        int form = random.nextInt(4);
        if (form == 0) {
            words.add("PERSIST");
        } else if (form == 1) {
            time(words);
        } else if (form == 2) {
            words.addAll(List.of("EX", one(BAD_TTLS)));
        }
        return words;
    }

    private List<String> expire() {
        List<String> words = new ArrayList<>();
        switch (random.nextInt(3)) {
            case 0 -> words.addAll(List.of("EXPIREAT", key(), one(SECONDS)));
            case 1 -> words.addAll(List.of("PEXPIREAT", key(), one(MILLIS)));
            default -> words.addAll(List.of(one("EXPIRE", "PEXPIRE"), key(), one(BAD_TTLS)));
        }
        while (random.nextInt(3) == 0) {
            words.add(one("NX", "XX", "GT", "LT", "gt", "foo"));
        }
        return words;
    }

    private List<String> copy() {
        List<String> words = new ArrayList<>(List.of("COPY", key(), key()));
        while (random.nextInt(3) == 0) {
            if (random.nextBoolean()) {
                words.add("REPLACE");
            } else {
                words.addAll(List.of("DB", one(DBS)));
            }
        }
        return words;
    }

    private List<String> lcs() {
        List<String> words = new ArrayList<>(List.of("LCS", one("a", "b", "c", "d"), one("a", "b", "c", "d")));
        while (random.nextBoolean()) {
            switch (random.nextInt(4)) {
                case 0 -> words.add("LEN");
                case 1 -> words.add("IDX");
                case 2 -> words.add("WITHMATCHLEN");
                default -> words.addAll(List.of("MINMATCHLEN", one("0", "1", "4", "-1", "x")));
            }
        }
        return words;
    }

    /// Text that often is a number.
    static String floating(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> Integer.toString(random.nextInt(2001) - 1000);
            case 1 -> Double.toString(random.nextGaussian() * 100);
            case 2 -> Double.toString(random.nextInt(100000) / 100.0);
            case 3 -> (random.nextBoolean() ? "-" : "") + random.nextInt(1000) + "." + random.nextLong(Long.MAX_VALUE);
            case 4 -> random.nextInt(10) + "e" + (random.nextInt(60) - 30);
            case 5 -> Long.toString(random.nextLong());
            case 6 -> FLOATS[random.nextInt(FLOATS.length)];
            default -> random.nextInt(20) == 0 ? "1e" + (4900 + random.nextInt(50))
                : "0x" + Integer.toHexString(random.nextInt()) + (random.nextBoolean() ? ".8p-" + random.nextInt(70) : "");
        };
    }

    /// A short text of few letters and all characters that mean something in a glob.
    static String pattern(Random random, int lengthMax) {
        var text = new StringBuilder();
        for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
            text.append(GLOB_LETTERS.charAt(random.nextInt(GLOB_LETTERS.length())));
        }
        return text.toString();
    }
}
