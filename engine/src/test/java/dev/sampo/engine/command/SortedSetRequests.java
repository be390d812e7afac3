package dev.sampo.engine.command;

import static dev.sampo.engine.command.RequestFamily.one;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on sorted sets. Scores have few binary digits, so that every version of Redis prints them alike; ranges of
/// members are asked of sets whose scores are all the same, where they mean something.
final class SortedSetRequests implements RequestFamily {
    private static final String FAMILY = "z";
    private static final String[] MEMBERS = {"a", "b", "c", "d", "e", "f", "aa", "ab", "1", "-5", "007", "128", "70000", "",
        "\u0000\u00FF", "m".repeat(64), "long" + "n".repeat(70)};
    private static final String[] SCORES = {"0", "1", "2", "3", "-1", "1.5", "-2.25", "0.5", "10", "1000", "70000", "-4096",
        "1048576.0625", "inf", "-inf", "1e3", "0x10", "4503599627370495"};
    private static final String[] BAD_SCORES = {"x", "", "nan", "1x", " 1", "(1", "1e400"};
    private static final String[] BOUNDS = {"-inf", "+inf", "inf", "0", "1", "2", "(1", "(2", "1.5", "(1.5", "-3", "100000",
        "(-inf",
        "(inf", "", "(", " 1", "1e400", "x", "1 ", "nan"};
    private static final String[] LEX_BOUNDS = {"-", "+", "[a", "(a", "[b", "(b", "[aa", "(c", "[", "(", "[1", "[zz", "a",
        "", "-x"};
    private static final String[] RANKS = {"0", "1", "2", "3", "-1", "-2", "-3", "5", "100", "-100", "9223372036854775807",
        "-9223372036854775808", "x", ""};
    private static final String[] COUNTS = {"0", "1", "2", "5", "100", "-1", "x", "9223372036854775807"};
    private static final String[] SETS = {"{a}plain", "{b}plain"};
    private static final String[] LEX_KEYS = {"{a}lex", "{b}lex", "lex"};

    @Override
    public List<String> next(Random random) {
        return switch (random.nextInt(31)) {
            case 0, 1, 2, 3, 4 -> zadd(random);
            case 5, 6 -> lexAdd(random);
            case 7 -> List.of("ZINCRBY", key(random), random.nextInt(20) == 0 ? one(random, "NX", "incr") : score(random),
                one(random, MEMBERS));
            case 8 -> withMembers(random, "ZREM");
            case 9 -> withMembers(random, "ZMSCORE");
            case 10 -> List.of(one(random, "ZSCORE", "ZRANK", "ZREVRANK"), key(random), one(random, MEMBERS));
            case 11 -> List.of(one(random, "ZCARD", "TYPE", "ZCARD"), key(random));
            case 12 -> List.of("ZCOUNT", key(random), one(random, BOUNDS), one(random, BOUNDS));
            case 13 -> List.of("ZLEXCOUNT", one(random, LEX_KEYS), one(random, LEX_BOUNDS), one(random, LEX_BOUNDS));
            case 14, 15 -> zrange(random, new ArrayList<>(List.of("ZRANGE", key(random))), true);
            case 16 -> zrange(random, new ArrayList<>(List.of("ZRANGESTORE", key(random), key(random))), false);
            case 17 -> byRank(random);
            case 18 -> byScore(random);
            case 19 -> byLex(random);
            case 20 -> remove(random);
            case 21 -> pop(random);
            case 22 -> mpop(random);
            case 23 -> blocking(random);
            case 24, 25, 26 -> algebra(random);
            case 27 -> intercard(random);
            case 28 -> random(random);
            case 29 -> List.of(one(random, "SADD", "SADD", "SREM"), one(random, SETS), one(random, MEMBERS), one(random,
                MEMBERS));
            default -> scan(random);
        };
    }

    private static String key(Random random) {
        return RequestFamily.key(random, FAMILY);
    }

    private static String score(Random random) {
        return random.nextInt(20) == 0 ? one(random, BAD_SCORES) : one(random, SCORES);
    }

    private static List<String> zadd(Random random) {
        List<String> words = new ArrayList<>(List.of("ZADD", key(random)));
        while (random.nextInt(3) == 0) {
            words.add(one(random, "NX", "XX", "GT", "LT", "CH", "INCR", "ch"));
        }
        for (int i = random.nextInt(5); i >= 0; i--) {
            words.add(score(random));
            words.add(one(random, MEMBERS));
        }
        return words;
    }

    private static List<String> lexAdd(Random random) {
        List<String> words = new ArrayList<>(List.of("ZADD", one(random, LEX_KEYS)));
        for (int i = random.nextInt(6); i >= 0; i--) {
            words.add("0");
            words.add(one(random, MEMBERS));
        }
        return words;
    }

    private static List<String> withMembers(Random random, String name) {
        List<String> words = new ArrayList<>(List.of(name, key(random)));
        for (int i = random.nextInt(4); i >= 0; i--) {
            words.add(one(random, MEMBERS));
        }
        return words;
    }

    private static List<String> zrange(Random random, List<String> words, boolean replies) {
        switch (random.nextInt(4)) {
            case 0 -> words.addAll(List.of(one(random, RANKS), one(random, RANKS)));
            case 1 -> words.addAll(List.of(one(random, BOUNDS), one(random, BOUNDS), "BYSCORE"));
            case 2 -> {
                words.set(words.size() - 1, one(random, LEX_KEYS));
                words.addAll(List.of(one(random, LEX_BOUNDS), one(random, LEX_BOUNDS), "BYLEX"));
            }
            default -> words.addAll(List.of("-inf", "+inf", "BYSCORE"));
        }
        if (random.nextBoolean()) {
            words.add(one(random, "REV", "rev"));
        }
        if (random.nextInt(3) == 0) {
            limit(random, words);
        }
        if (replies ? random.nextInt(3) == 0 : random.nextInt(20) == 0) {
            words.add("WITHSCORES");
        }
        return words;
    }

    private static void limit(Random random, List<String> words) {
        words.addAll(List.of("LIMIT", one(random, "0", "1", "2", "10", "-1", "x"), one(random, "0", "1", "2", "10", "-1", "x")));
    }

    private static List<String> byRank(Random random) {
        List<String> words = new ArrayList<>(List.of("ZREVRANGE", key(random), one(random, RANKS), one(random, RANKS)));
        if (random.nextBoolean()) {
            words.add(one(random, "WITHSCORES", "withscores", "BYSCORE"));
        }
        return words;
    }

    private static List<String> byScore(Random random) {
        List<String> words = new ArrayList<>(List.of(one(random, "ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), key(random),
            one(random, BOUNDS), one(random, BOUNDS)));
        if (random.nextBoolean()) {
            words.add("WITHSCORES");
        }
        if (random.nextBoolean()) {
            limit(random, words);
        }
        return words;
    }

    private static List<String> byLex(Random random) {
        List<String> words = new ArrayList<>(List.of(one(random, "ZRANGEBYLEX", "ZREVRANGEBYLEX"), one(random, LEX_KEYS),
            one(random, LEX_BOUNDS), one(random, LEX_BOUNDS)));
        if (random.nextBoolean()) {
            limit(random, words);
        }
        if (random.nextInt(20) == 0) {
            words.add("WITHSCORES");
        }
        return words;
    }

    private static List<String> remove(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> List.of("ZREMRANGEBYRANK", key(random), one(random, RANKS), one(random, RANKS));
            case 1 -> List.of("ZREMRANGEBYSCORE", key(random), one(random, BOUNDS), one(random, BOUNDS));
            default -> List.of("ZREMRANGEBYLEX", one(random, LEX_KEYS), one(random, LEX_BOUNDS), one(random, LEX_BOUNDS));
        };
    }

    private static List<String> pop(Random random) {
        List<String> words = new ArrayList<>(List.of(one(random, "ZPOPMIN", "ZPOPMAX"), key(random)));
        if (random.nextBoolean()) {
            words.add(one(random, COUNTS));
        }
        return words;
    }

    private static List<String> mpop(Random random) {
        List<String> words = new ArrayList<>(List.of("ZMPOP"));
        keys(random, words);
        words.add(one(random, "MIN", "MAX", "MAX", "min", "x"));
        if (random.nextBoolean()) {
            words.addAll(List.of("COUNT", one(random, COUNTS)));
        }
        return words;
    }

    /// Their number and keys; sometimes the number is wrong.
    private static void keys(Random random, List<String> words) {
        int count = 1 + random.nextInt(3);
        words.add(random.nextInt(15) == 0 ? one(random, "0", "-1", "x", "5") : Integer.toString(count));
        for (int i = 0; i < count; i++) {
            words.add(random.nextInt(8) == 0 ? one(random, SETS) : key(random));
        }
    }

    /// Only what cannot wait: all are missing arguments, or a timeout that is none.
    private static List<String> blocking(Random random) {
        return List.of(one(random, "BZPOPMIN", "BZPOPMAX"), key(random), one(random, "-1", "-0.5", "x", "", "nan"));
    }

    private static List<String> algebra(Random random) {
        String name = one(random, "ZUNION", "ZINTER", "ZDIFF");
        boolean stores = random.nextBoolean();
        List<String> words = new ArrayList<>(List.of(stores ? name + "STORE" : name));
        if (stores) {
            words.add(key(random));
        }
        int before = words.size();
        keys(random, words);
        int keys = words.size() - before - 1;
        if (random.nextInt(3) == 0 && !name.equals("ZDIFF")) {
            words.add("WEIGHTS");
            for (int i = 0; i < keys; i++) {
                words.add(random.nextInt(15) == 0 ? "x" : one(random, "1", "2", "0.5", "3", "inf"));
            }
        }
        if (random.nextInt(3) == 0) {
            words.addAll(List.of("AGGREGATE", one(random, "SUM", "MIN", "MAX", "x")));
        }
        if (random.nextInt(stores ? 20 : 2) == 0) {
            words.add("WITHSCORES");
        }
        return words;
    }

    private static List<String> intercard(Random random) {
        List<String> words = new ArrayList<>(List.of("ZINTERCARD"));
        keys(random, words);
        if (random.nextBoolean()) {
            words.addAll(List.of("LIMIT", one(random, "0", "1", "2", "-1", "x")));
        }
        return words;
    }

    /// Only what has one answer.
    private static List<String> random(Random random) {
        return random.nextBoolean() ? List.of("ZRANDMEMBER", key(random), one(random, "0", "x", "-9223372036854775808"))
            : List.of("ZRANDMEMBER", key(random), "1", one(random, "x", "", "WITHSCORE"));
    }

    private static List<String> scan(Random random) {
        List<String> words = new ArrayList<>(List.of("ZSCAN", "nosuch" + key(random), one(random, "0", "x", "-1", "5")));
        if (random.nextBoolean()) {
            words.addAll(List.of(one(random, "MATCH", "COUNT", "TYPE"), one(random, "*", "a*", "0", "10")));
        }
        return words;
    }
}
