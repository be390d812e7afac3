package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on lists.
final class ListRequests implements RequestFamily {
    private static final String[] ELEMENTS = {"a", "b", "c", "a", "b", "", "0", "1", "-1", "007", "127", "128", "-4097", "70000",
        "9223372036854775807", "9223372036854775808", "x".repeat(63), "y".repeat(64), "z".repeat(5000), "w".repeat(9000),
        "\u0000\r\n\u00FF", "3.5"};
    private static final String[] INDEXES = {"0", "1", "2", "3", "5", "-1", "-2", "-3", "-5", "100", "-100", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "x", "", "01"};
    private static final String[] COUNTS = {"0", "1", "2", "3", "10", "-1", "9223372036854775807", "x", ""};
    private static final String[] SIDES = {"LEFT", "RIGHT", "left", "Right"};

    @Override
    public List<String> next(Random random) {
        String key = RequestFamily.key(random, "list");
        return switch (random.nextInt(24)) {
            case 0, 1, 2, 3 -> push(random, one(random, "LPUSH", "RPUSH", "RPUSH"), key);
            case 4 -> push(random, one(random, "LPUSHX", "RPUSHX"), key);
            case 5 -> List.of(one(random, "LPOP", "RPOP"), key);
            case 6 -> List.of(one(random, "LPOP", "RPOP"), key, one(random, COUNTS));
            case 7 -> List.of("LLEN", key);
            case 8 -> List.of("LINDEX", key, one(random, INDEXES));
            case 9, 10 -> List.of("LRANGE", key, one(random, INDEXES), one(random, INDEXES));
            case 11, 12 -> lpos(random, key);
            case 13 -> List.of("LINSERT", key, one(random, "BEFORE", "AFTER", "before", "x"), element(random), element(random));
            case 14 -> List.of("LSET", key, one(random, INDEXES), element(random));
            case 15 -> List.of("LREM", key, one(random, "0", "0", "1", "-1", "2", "-2", "100", "x"), element(random));
            case 16 -> List.of("LTRIM", key, one(random, INDEXES), one(random, INDEXES));
            case 17 -> List.of("LMOVE", key, RequestFamily.key(random, "list"), side(random), side(random));
            case 18 -> List.of("RPOPLPUSH", key, RequestFamily.key(random, "list"));
            case 19 -> mpop(random, new ArrayList<>(List.of("LMPOP")));
            case 20 -> random.nextBoolean() ? blocking(random) : mpop(random, new ArrayList<>(List.of("BLMPOP", timeout(random))));
            case 21 -> List.of("DEL", key);
            case 22 -> List.of(one(random, "RENAME", "COPY"), key, RequestFamily.key(random, "list"));
            default -> List.of("TYPE", key);
        };
    }

    private static String one(Random random, String... choices) {
        return RequestFamily.one(random, choices);
    }

    private static String element(Random random) {
        return ELEMENTS[random.nextInt(random.nextInt(6) == 0 ? ELEMENTS.length : 8)];
    }

    private static String side(Random random) {
        return random.nextInt(30) == 0 ? "UP" : one(random, SIDES);
    }

    private static List<String> push(Random random, String name, String key) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = random.nextInt(10) == 0 ? 40 : random.nextInt(5); i >= 0; i--) {
            words.add(element(random));
        }
        return words;
    }

    private static List<String> lpos(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("LPOS", key, element(random)));
        while (random.nextInt(3) != 0) {
            words.add(one(random, "RANK", "COUNT", "MAXLEN", "rank", "x"));
            if (random.nextInt(20) != 0) {
                words.add(one(random, "0", "1", "2", "-1", "-2", "3", "9223372036854775807", "x"));
            }
        }
        return words;
    }

    private static List<String> mpop(Random random, List<String> words) {
        int keys = 1 + random.nextInt(3);
        words.add(random.nextInt(12) == 0 ? one(random, "0", "-1", "9", "x", "9223372036854775807") : Integer.toString(keys));
        for (int i = 0; i < keys; i++) {
            words.add(RequestFamily.key(random, "list"));
        }
        words.add(side(random));
        while (random.nextInt(3) == 0) {
            words.addAll(List.of("COUNT", one(random, "1", "2", "100", "0", "-1", "x")));
        }
        return words;
    }

    /// Waits for nothing: the time is wrong, or the request is in a transaction.
    private static List<String> blocking(Random random) {
        String key = RequestFamily.key(random, "list");
        return switch (random.nextInt(3)) {
            case 0 -> List.of(one(random, "BLPOP", "BRPOP"), key, RequestFamily.key(random, "list"), timeout(random));
            case 1 -> List.of("BLMOVE", key, RequestFamily.key(random, "list"), side(random), side(random), timeout(random));
            default -> List.of("BRPOPLPUSH", key, RequestFamily.key(random, "list"), timeout(random));
        };
    }

    private static String timeout(Random random) {
        return one(random, "-1", "x", "", "nan", "-0.5");
    }
}
