package dev.sampo.engine.command;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.WeakHashMap;

/// Requests on streams with IDs of their own, and replies in which no time occurs.
class StreamRequests implements RequestFamily {
    private static final String[] IDS = {"1-1", "1-2", "2", "2-0", "2-5", "3-1", "4-4", "5", "5-1", "6-6", "7-1", "8", "9-9", "12-1", "15",
        "20-20"};
    private static final String[] BAD_IDS = {"0", "0-0", "-", "+", "x", "", "1-x", "-1", "1-2-3", "18446744073709551615",
        "18446744073709551615-18446744073709551615", "18446744073709551616-1", "9223372036854775808-9223372036854775807", " 1",
        "+5", "01-02", "1-", "(1", "$", ">", "*", "5-*x", "0-*", "1-\u0000", "-0", "5--0"};
    private static final String[] FIELDS = {"f", "g", "field", "1", "-7", ""};
    private static final String[] VALUES = {"", "0", "127", "128", "-1", "4096", "-32769", "8388608", "2147483648", "9223372036854775807",
        "007", "value", "x".repeat(63), "y".repeat(64), "z".repeat(300), "\u0000\r\n\u00FF"};
    private static final String[] COUNTS = {"0", "1", "2", "3", "10", "100", "-1", "x", "9223372036854775807"};
    private static final String[] GROUPS = {"g", "g", "h", "group-of-a-longer-name"};
    private static final String[] CONSUMERS = {"c", "consumer-1", "consumer-2"};

    private final Map<Random, State> states = new WeakHashMap<>();

    /// Of one sequence of requests.
    private static final class State {
        /// What has to follow: Redis 7.0 makes a consumer only when it gets something, so that all that may be asked for are
        /// made with their group.
        final Deque<List<String>> followers = new ArrayDeque<>();
        /// About where streams are.
        int millis = 10;
    }

    @Override
    public List<String> next(Random random) {
        Deque<List<String>> queue = state(random).followers;
        if (!queue.isEmpty()) {
            return queue.removeFirst();
        }
        List<String> request = request(random);
        if (request.getFirst().equals("XGROUP") && List.of("CREATE", "DELCONSUMER").contains(request.get(1))) {
            for (String consumer : CONSUMERS) {
                queue.add(List.of("XGROUP", "CREATECONSUMER", request.get(2), request.get(3), consumer));
            }
        }
        return request;
    }

    List<String> request(Random random) {
        String key = RequestFamily.key(random, "stream");
        return switch (random.nextInt(32)) {
            case 0, 1, 2, 3, 4, 5, 6 -> add(random, key);
            case 7 -> List.of(one(random, "XLEN", "XLEN", "TYPE", "OBJECT"), key);
            case 8, 9 -> range(random, key);
            case 10, 11 -> ids(random, List.of("XDEL", key));
            case 12, 13 -> trim(random, new ArrayList<>(List.of("XTRIM", key)));
            case 14, 15 -> read(random, key);
            case 16, 17, 18, 19 -> readGroup(random, key);
            case 20, 21 -> group(random, key);
            case 22, 23 -> ids(random, List.of("XACK", key, one(random, GROUPS)));
            case 24 -> List.of("XPENDING", key, one(random, GROUPS));
            case 25, 26 -> claim(random, key);
            case 27, 28 -> autoclaim(random, key);
            case 29 -> List.of("XINFO", "GROUPS", key);
            case 30 -> setId(random, key);
            default -> random.nextInt(6) == 0 ? List.of("DEL", key)
                : random.nextInt(3) == 0 ? List.of("COPY", key, RequestFamily.key(random, "stream"), "REPLACE")
                : List.of("XINFO", "GROUPS", key, "x");
        };
    }

    private State state(Random random) {
        return states.computeIfAbsent(random, _ -> new State());
    }

    static String one(Random random, String... choices) {
        return RequestFamily.one(random, choices);
    }

    /// Milliseconds of an entry that there may be.
    private int near(Random random) {
        return Math.max(0, state(random).millis - random.nextInt(30));
    }

    String id(Random random) {
        int form = random.nextInt(12);
        return form == 0 ? one(random, BAD_IDS) : form == 1 ? one(random, IDS) : near(random) + "-" + random.nextInt(4);
    }

    private String end(Random random) {
        int form = random.nextInt(6);
        return form == 0 ? "-" : form == 1 ? "+" : form == 2 ? "(" + id(random) : id(random);
    }

    static String group(Random random) {
        return one(random, GROUPS);
    }

    static String consumer(Random random) {
        return one(random, CONSUMERS);
    }

    private List<String> add(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XADD", key));
        if (random.nextInt(8) == 0) {
            words.add("NOMKSTREAM");
        }
        if (random.nextInt(6) == 0) {
            trim(random, words);
        }
        int form = random.nextInt(20);
        int millis = state(random).millis + random.nextInt(5) - 3;
        state(random).millis += random.nextInt(4) == 0 ? 1 : 0;
        words.add(form == 0 ? one(random, BAD_IDS) : form == 1 ? one(random, IDS) : form < 16 ? millis + "-*"
            : millis + "-" + random.nextInt(4));
        if (words.getLast().equals("*") || words.getLast().startsWith("184")) {
            words.set(words.size() - 1, "5-*");
        }
        for (int i = random.nextInt(10) == 0 ? random.nextInt(4) : 1 + random.nextInt(2); i > 0; i--) {
            words.add(random.nextInt(3) > 0 ? "f" : one(random, FIELDS));
            if (random.nextInt(60) > 0) {
                words.add(one(random, VALUES));
            }
        }
        return words;
    }

    private List<String> trim(Random random, List<String> words) {
        boolean length = random.nextBoolean();
        words.add(length ? "MAXLEN" : "MINID");
        int form = random.nextInt(4);
        if (form < 3) {
            words.add(form == 0 ? "=" : "~");
        }
        words.add(length ? one(random, "0", "1", "3", "5", "10", "10", "20", "-1", "x") : id(random));
        if (random.nextInt(6) == 0) {
            words.addAll(List.of("LIMIT", one(random, "0", "1", "5", "10", "100", "-1", "x")));
        }
        if (random.nextInt(20) == 0) {
            words.addAll(List.of(length ? "MINID" : "MAXLEN", "5"));
        }
        return words;
    }

    private List<String> ids(Random random, List<String> begin) {
        List<String> words = new ArrayList<>(begin);
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            words.add(random.nextInt(20) == 0 ? one(random, BAD_IDS) : near(random) + "-" + random.nextInt(4));
        }
        return words;
    }

    private List<String> range(Random random, String key) {
        boolean reverse = random.nextBoolean();
        List<String> words = new ArrayList<>(List.of(reverse ? "XREVRANGE" : "XRANGE", key));
        words.add(random.nextInt(3) == 0 ? reverse ? "+" : "-" : end(random));
        words.add(random.nextInt(3) == 0 ? reverse ? "-" : "+" : end(random));
        if (random.nextInt(3) == 0) {
            words.addAll(List.of(one(random, "COUNT", "count", "COUNT", "x"), one(random, COUNTS)));
        }
        return words;
    }

    private void streams(Random random, List<String> words, String key, boolean inGroup) {
        words.add("STREAMS");
        int keys = 1 + random.nextInt(2);
        words.add(key);
        for (int i = 1; i < keys; i++) {
            words.add(RequestFamily.key(random, "stream"));
        }
        for (int i = 0; i < keys; i++) {
            words.add(inGroup && random.nextInt(3) > 0 ? ">" : random.nextInt(8) == 0 ? "$" : random.nextInt(3) == 0 ? "0" : id(random));
        }
        // Redis 7.0 does not know what + is.
        words.replaceAll(word -> word.equals("+") ? "1" : word);
        if (random.nextInt(40) == 0) {
            words.removeLast();
        }
    }

    private List<String> read(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XREAD"));
        if (random.nextBoolean()) {
            words.addAll(List.of("COUNT", one(random, COUNTS)));
        }
        if (random.nextInt(20) == 0) {
            words.add(one(random, "NOACK", "GROUP", "x"));
        }
        streams(random, words, key, false);
        return words;
    }

    private List<String> readGroup(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XREADGROUP", "GROUP", group(random), consumer(random)));
        if (random.nextInt(3) > 0) {
            words.addAll(List.of("COUNT", one(random, COUNTS)));
        }
        if (random.nextInt(5) == 0) {
            words.add("NOACK");
        }
        streams(random, words, key, true);
        return words;
    }

    private List<String> group(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XGROUP"));
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                words.addAll(List.of("CREATE", key, group(random), position(random)));
                if (random.nextInt(3) > 0) {
                    words.add("MKSTREAM");
                }
                entriesRead(random, words);
            }
            case 4, 5 -> {
                words.addAll(List.of("SETID", key, group(random), position(random)));
                entriesRead(random, words);
            }
            case 6 -> words.addAll(List.of("DESTROY", key, group(random)));
            case 7, 8 -> words.addAll(List.of("CREATECONSUMER", key, group(random), consumer(random)));
            default -> words.addAll(List.of("DELCONSUMER", key, group(random), consumer(random)));
        }
        return words;
    }

    private String position(Random random) {
        return random.nextInt(3) == 0 ? "$" : random.nextBoolean() ? "0" : id(random);
    }

    private static void entriesRead(Random random, List<String> words) {
        if (random.nextInt(5) == 0) {
            words.addAll(List.of("ENTRIESREAD", one(random, "0", "1", "5", "-1", "-2", "x")));
        }
    }

    private List<String> claim(Random random, String key) {
        List<String> words = ids(random, List.of("XCLAIM", key, group(random), consumer(random), one(random, "0", "0", "0", "-5", "x")));
        while (random.nextInt(3) == 0) {
            switch (random.nextInt(7)) {
                case 0, 1 -> words.add("FORCE");
                case 2 -> words.add("JUSTID");
                case 3 -> words.addAll(List.of("RETRYCOUNT", one(random, "0", "7", "-3", "x")));
                case 4 -> words.addAll(List.of("TIME", one(random, "0", "1000", "-5", "x")));
                case 5 -> words.addAll(List.of("LASTID", id(random)));
                default -> words.add(one(random, "force", "x", "LASTID"));
            }
        }
        return words;
    }

    private List<String> autoclaim(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XAUTOCLAIM", key, group(random), consumer(random),
            one(random, "0", "0", "0", "-5", "x"), random.nextBoolean() ? "0" : end(random)));
        while (random.nextInt(3) == 0) {
            if (random.nextBoolean()) {
                words.add("JUSTID");
            } else {
                words.addAll(List.of("COUNT", one(random, "0", "1", "2", "5", "-1", "x")));
            }
        }
        return words;
    }

    private List<String> setId(Random random, String key) {
        List<String> words = new ArrayList<>(List.of("XSETID", key, state(random).millis + 3 + "-1"));
        if (random.nextInt(3) == 0) {
            words.addAll(List.of("ENTRIESADDED", one(random, "0", "5", "100", "-1", "x")));
        }
        if (random.nextInt(3) == 0) {
            // Redis 7.0 does not look at the one that was there.
            words.addAll(List.of("MAXDELETEDID", "0-1"));
        }
        return words;
    }
}
