package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// SORT with all its options on lists, sets and sorted sets of other families, some of whose elements are no numbers.
final class SortRequests implements RequestFamily {
    private static final String[] PATTERNS = {"nosort", "w_*", "w_*", "h_*->f", "h_*->g", "*", "w_*_*", "*->", "w_*->", "x", "#",
        ""};

    @Override
    public List<String> next(Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                return List.of("SET", "w_" + random.nextInt(6), RequestFamily.one(random, "1", "3", "2.5", "-1", "x", "", " 7"));
            }
            case 1 -> {
                return List.of("HSET", "h_" + random.nextInt(6), RequestFamily.one(random, "f", "g"),
                    RequestFamily.one(random, "1", "3", "2.5", "-1", "x"));
            }
            case 2 -> {
                return fill(random);
            }
            default -> {
                return sort(random);
            }
        }
    }

    /// A list or nothing.
    private static String key(Random random) {
        return RequestFamily.one(random, "a", "b", "{a}1", "{a}2", "{b}") + "o";
    }

    /// A set or a sorted set. They are not sorted BY anything: the order in which Redis then looks for keys is its own, and
    /// events show it.
    private static String unordered(Random random, String kind) {
        return RequestFamily.one(random, "a", "b", "{a}1") + kind;
    }

    private static List<String> fill(Random random) {
        List<String> words = new ArrayList<>();
        int kind = random.nextInt(4);
        words.addAll(List.of(kind == 0 ? "RPUSH" : kind == 1 ? "SADD" : kind == 2 ? "ZADD" : "DEL",
            kind == 1 ? unordered(random, "os") : kind == 2 ? unordered(random, "oz") : key(random)));
        for (int i = kind == 3 ? 0 : 1 + random.nextInt(5); i > 0; i--) {
            if (kind == 2) {
                words.add(Integer.toString(random.nextInt(5)));
            }
            boolean odd = random.nextInt(20) == 0;
            words.add(odd ? RequestFamily.one(random, "x", "", "1e3") : Integer.toString(random.nextInt(8)));
        }
        return words;
    }

    private static List<String> sort(Random random) {
        List<String> words = new ArrayList<>(List.of(random.nextInt(4) == 0 ? "SORT_RO" : "SORT", key(random)));
        boolean unordered = random.nextInt(3) == 0;
        if (unordered) {
            words.set(1, unordered(random, RequestFamily.one(random, "os", "oz")));
        }
        // Both together leave the order of some elements open.
        boolean by = false;
        boolean alpha = false;
        while (random.nextInt(4) != 0) {
            switch (random.nextInt(7)) {
                case 0 -> {
                    if (!alpha && !unordered) {
                        words.addAll(List.of("BY", RequestFamily.one(random, PATTERNS)));
                        by = true;
                    }
                }
                case 1, 2 -> words.addAll(List.of("GET", RequestFamily.one(random, PATTERNS)));
                case 3 -> words.addAll(List.of("LIMIT",
                    RequestFamily.one(random, "0", "1", "2", "-1", "x", "9223372036854775807"),
                    RequestFamily.one(random, "0", "1", "3", "-1", "9223372036854775807")));
                case 4 -> words.add(RequestFamily.one(random, "ASC", "DESC", "desc"));
                case 5 -> {
                    if (!by) {
                        words.add("ALPHA");
                        alpha = true;
                    }
                }
                default -> words.addAll(List.of("STORE", key(random)));
            }
        }
        return words;
    }
}
