package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on HyperLogLogs, mostly sparse ones, and on strings that only look like one.
final class HyperLogLogRequests implements RequestFamily {
    private static final String HEADER = "HYLL\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000";
    private static final String[] TEXTS = {"", "HYLL", "HYLL\u0002" + "\u0000".repeat(11), "HYLL" + "\u0000".repeat(12), HEADER,
        HEADER + "\u007F\u00FF", HEADER + "\u0080\u007F\u00FE", HEADER + "\u007F\u00FE\u00FF\u0001",
        HEADER + "\u007F\u00FE\u00FF", "HYLL" + "\u0000".repeat(11) + "\u0080" + "\u0000".repeat(12288)};

    @Override
    public List<String> next(Random random) {
        String key = RequestFamily.key(random, "pf");
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> add(random, key);
            case 4 -> List.of("PFCOUNT", key);
            case 5 -> keys(random, "PFCOUNT", key);
            case 6, 7 -> keys(random, "PFMERGE", key);
            case 8 -> List.of("PFDEBUG", RequestFamily.one(random, "DECODE", "encoding", "TODENSE", "NOSUCH"), key);
            case 9 -> List.of("SET", key, RequestFamily.one(random, TEXTS));
            case 10 -> List.of("GET", key);
            default -> random.nextInt(4) == 0 ? List.of("DEL", key) : List.of("STRLEN", key);
        };
    }

    private static List<String> keys(Random random, String name, String key) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = random.nextInt(4); i > 0; i--) {
            words.add(RequestFamily.key(random, "pf"));
        }
        return words;
    }

    private static List<String> add(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("PFADD", key));
        int elements = random.nextInt(20) == 0 ? 300 : random.nextInt(5);
        for (int i = 0; i < elements; i++) {
            words.add(random.nextBoolean() ? Integer.toString(random.nextInt(1000)) : "x".repeat(random.nextInt(40)));
        }
        return words;
    }
}
