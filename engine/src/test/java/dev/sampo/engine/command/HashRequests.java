package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on small hashes, whose fields come in an order that is known, and on larger ones.
final class HashRequests implements RequestFamily {
    private static final String[] FIELDS = {"f", "g", "field:1", "field:2", "1", "2", "-7", "1000000", "", "\u0000\u00FF",
        "x".repeat(60)};
    private static final String[] VALUES = {"", "0", "1", "-1", "10", "007", "abc", "3.5", "1e3", " 1", "9223372036854775807",
        "-9223372036854775808", "y".repeat(64)};
    private static final String[] NUMBERS = {"0", "1", "-1", "5", "100", "9223372036854775807", "-9223372036854775808", "x", "",
        "1.5"};
    private static final String[] FLOATS = {"0.1", "0.2", "3.0e3", "-5", "1e20", "inf", "nan", "", " 1", "x"};

    @Override
    public List<String> next(Random random) {
        // In small ones no value is long.
        boolean small = random.nextBoolean();
        String key = small ? RequestFamily.key(random, "hs") : one(random, "a", "b", "{a}1", "{b}") + "hb";
        String field = small ? one(random, FIELDS) : "field:" + random.nextInt(700);
        return switch (random.nextInt(19)) {
            case 0, 1, 2, 3 -> set(random, one(random, "HSET", "HSET", "HMSET"), key, small);
            case 4 -> List.of("HSETNX", key, field, one(random, VALUES));
            case 5, 6 -> List.of(one(random, "HGET", "HEXISTS", "HSTRLEN"), key, field);
            case 7 -> fields(random, "HMGET", key, small);
            case 8, 9 -> fields(random, "HDEL", key, small);
            case 10, 11 -> List.of("HINCRBY", key, field, one(random, NUMBERS));
            case 12 -> List.of("HINCRBYFLOAT", key, field, one(random, FLOATS));
            case 13 -> List.of("HLEN", key);
            case 14 -> small ? List.of(one(random, "HGETALL", "HKEYS", "HVALS"), key) : List.of("TYPE", key);
            case 15 -> small ? scan(random, key) : List.of("HSCAN", key, one(random, "x", "-", "1x"));
            case 16 -> List.of("HRANDFIELD", key, one(random, "0", "x", "-9223372036854775808"), one(random, "WITHVALUES", "x"));
            case 17 -> random.nextInt(3) == 0 ? List.of("SET", key, "text") : List.of(one(random, "GET", "STRLEN"), key);
            default -> random.nextInt(3) == 0 ? List.of("DEL", key) : List.of("HLEN", one(random, RandomRequests.KEYS));
        };
    }

    private static String one(Random random, String... choices) {
        return RequestFamily.one(random, choices);
    }

    private static List<String> set(Random random, String name, String key, boolean small) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = small || random.nextInt(10) != 0 ? 1 + random.nextInt(4) : 300; i > 0; i--) {
            words.add(small ? one(random, FIELDS) : "field:" + random.nextInt(700));
            words.add(small || random.nextInt(30) != 0 ? one(random, VALUES) : "z".repeat(65 + random.nextInt(2) * 5000));
        }
        if (random.nextInt(30) == 0) {
            words.removeLast();
        }
        return words;
    }

    private static List<String> fields(Random random, String name, String key, boolean small) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            words.add(small ? one(random, FIELDS) : "field:" + random.nextInt(700));
        }
        return words;
    }

    private static List<String> scan(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("HSCAN", key, one(random, "0", "0", "x")));
        while (random.nextInt(3) != 0) {
            if (random.nextBoolean()) {
                words.addAll(List.of("MATCH", one(random, "*", "f*", "[0-9]*", "nothing", "")));
            } else {
                words.addAll(List.of("COUNT", one(random, "1", "10", "0", "-1", "x", "1000")));
            }
        }
        return words;
    }
}
