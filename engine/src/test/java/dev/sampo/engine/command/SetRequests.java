package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on sets of all forms.
final class SetRequests implements RequestFamily {
    private static final String[] ODD = {"", "0", "-0", "007", "-1", "32768", "-2147483649", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "1.5", "\u0000\u00FF", "x".repeat(64), "y".repeat(65), "z".repeat(5000)};
    private static final String[] COUNTS = {"0", "1", "2", "3", "100", "-1", "x", "", "9223372036854775807", "9223372036854775808"};

    @Override
    public List<String> next(Random random) {
        String key = key(random);
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> members(random, "SADD", key);
            case 4, 5 -> members(random, "SREM", key);
            case 6, 7 -> List.of("SMOVE", key, key(random), member(random));
            case 8 -> List.of("SISMEMBER", key, member(random));
            case 9 -> members(random, "SMISMEMBER", key);
            case 10 -> List.of("SCARD", key);
            case 11 -> List.of("SMEMBERS", key);
            case 12 -> keys(random, new ArrayList<>(List.of(RequestFamily.one(random, "SINTER", "SUNION", "SDIFF"))), 5);
            case 13, 14, 15 -> keys(random,
                new ArrayList<>(List.of(RequestFamily.one(random, "SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), key)), 4);
            case 16 -> intercard(random);
            case 17 -> random.nextBoolean() ? List.of("SPOP", key, RequestFamily.one(random, "0", "-1", "x", "1000000"))
                : List.of("SRANDMEMBER", key, RequestFamily.one(random, "0", "x", "1000000"));
            case 18 -> List.of(RequestFamily.one(random, "DEL", "TYPE"), key);
            default -> random.nextInt(3) == 0 ? List.of("COPY", key, key(random), "REPLACE") : List.of("RENAME", key, key(random));
        };
    }

    private static String key(Random random) {
        return RequestFamily.key(random, "set");
    }

    private static String member(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> RequestFamily.one(random, ODD);
            case 1, 2 -> "m" + random.nextInt(40);
            default -> Integer.toString(random.nextInt(40));
        };
    }

    private static List<String> members(Random random, String name, String key) {
        List<String> words = new ArrayList<>(List.of(name, key));
        int members = random.nextInt(30) == 0 ? 200 : 1 + random.nextInt(4);
        boolean many = random.nextInt(20) == 0;
        boolean integers = random.nextInt(3) != 0;
        for (int i = 0; i < members; i++) {
            words.add(many ? Integer.toString(random.nextInt(1000)) : integers ? Integer.toString(random.nextInt(40)) : member(random));
        }
        return words;
    }

    private static List<String> keys(Random random, List<String> words, int most) {
        for (int i = 1 + random.nextInt(most); i > 0; i--) {
            words.add(key(random));
        }
        return words;
    }

    private static List<String> intercard(Random random) {
        int n = 1 + random.nextInt(3);
        List<String> words = new ArrayList<>(List.of("SINTERCARD",
            random.nextInt(8) == 0 ? RequestFamily.one(random, COUNTS) : Integer.toString(n)));
        for (int i = 0; i < n; i++) {
            words.add(key(random));
        }
        if (random.nextInt(3) == 0) {
            words.addAll(List.of("LIMIT", RequestFamily.one(random, COUNTS)));
        }
        return words;
    }
}
