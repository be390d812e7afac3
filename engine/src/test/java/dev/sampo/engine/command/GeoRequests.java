package dev.sampo.engine.command;

import static dev.sampo.engine.command.RequestFamily.one;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on geospatial indexes, of few places all over the earth.
final class GeoRequests implements RequestFamily {
    private static final String FAMILY = "geo";
    private static final String[] MEMBERS = {"Palermo", "Catania", "Rome", "edge", "pole", "date line", "0", "", "nosuch"};
    private static final String[] LONGITUDES = {"13.361389", "15.087269", "12.5", "0", "-177.5", "180", "179.9999",
        "-0.0001", "90.5"};
    private static final String[] LATITUDES = {"38.115556", "37.502669", "41.9", "0", "-85.05112878", "85.05112878", "84.9",
        "-66.5", "0.0001"};
    private static final String[] BAD = {"181", "-86", "x", "", "nan", "inf", "1e400"};
    private static final String[] DISTANCES = {"0", "1", "100", "200.5", "1000", "5000", "20000", "1000000", "-1", "x", ""};
    /// Distances are stored here and their scores never shown: the last bit depends on who computes a sine.
    private static final String[] DISTANCE_KEYS = {"{a}dist", "{b}dist"};
    private static final String[] UNITS = {"m", "km", "ft", "mi", "KM", "M", "km", "km", "x"};

    @Override
    public List<String> next(Random random) {
        return switch (random.nextInt(15)) {
            case 0, 1, 2, 3 -> add(random);
            case 4 -> dist(random);
            case 5 -> members(random, "GEOHASH");
            case 6 -> members(random, "GEOPOS");
            case 7, 8, 9 -> search(random, new ArrayList<>(List.of("GEOSEARCH", key(random))), true);
            case 10 -> search(random, new ArrayList<>(List.of("GEOSEARCHSTORE", key(random), key(random))), false);
            case 11, 12 -> radius(random);
            case 13 -> List.of("ZRANGE", one(random, DISTANCE_KEYS), "0", "-1");
            default -> List.of(one(random, "ZRANGE", "ZREVRANGE"), key(random), "0", "-1", "WITHSCORES");
        };
    }

    private static String key(Random random) {
        return RequestFamily.key(random, FAMILY);
    }

    private static String longitude(Random random) {
        return random.nextInt(25) == 0 ? one(random, BAD) : random.nextInt(9) == 0 ? "-180" : one(random, LONGITUDES);
    }

    private static String latitude(Random random) {
        return random.nextInt(25) == 0 ? one(random, BAD) : one(random, LATITUDES);
    }

    private static List<String> add(Random random) {
        List<String> words = new ArrayList<>(List.of("GEOADD", key(random)));
        while (random.nextInt(4) == 0) {
            words.add(one(random, "NX", "XX", "CH", "ch", "GT"));
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            // Every member has a meridian of its own: what is equally far away has no order.
            int member = random.nextInt(MEMBERS.length);
            words.addAll(List.of(random.nextInt(25) == 0 ? one(random, BAD) : LONGITUDES[member], latitude(random),
                MEMBERS[member]));
        }
        return words;
    }

    private static List<String> dist(Random random) {
        List<String> words = new ArrayList<>(List.of("GEODIST", key(random), one(random, MEMBERS), one(random, MEMBERS)));
        if (random.nextBoolean()) {
            words.add(one(random, UNITS));
        }
        return words;
    }

    private static List<String> members(Random random, String name) {
        List<String> words = new ArrayList<>(List.of(name, key(random)));
        for (int i = random.nextInt(4); i > 0; i--) {
            words.add(one(random, MEMBERS));
        }
        return words;
    }

    private static List<String> search(Random random, List<String> words, boolean replies) {
        if (random.nextBoolean()) {
            words.addAll(List.of("FROMMEMBER", one(random, MEMBERS)));
        } else {
            words.addAll(List.of("FROMLONLAT", longitude(random), latitude(random)));
        }
        if (random.nextBoolean()) {
            words.addAll(List.of("BYRADIUS", one(random, DISTANCES), one(random, UNITS)));
        } else {
            words.addAll(List.of("BYBOX", one(random, DISTANCES), one(random, DISTANCES), one(random, UNITS)));
        }
        if (random.nextInt(10) == 0) {
            words.remove(words.size() - 1 - random.nextInt(3));
        }
        options(random, words, replies);
        if (!replies && random.nextBoolean()) {
            words.set(1, one(random, DISTANCE_KEYS));
            words.add("STOREDIST");
        }
        return words;
    }

    private static void options(Random random, List<String> words, boolean replies) {
        if (random.nextInt(3) != 0) {
            words.add(one(random, "ASC", "DESC"));
        }
        if (random.nextInt(3) == 0) {
            words.addAll(List.of("COUNT", one(random, "1", "2", "3", "100", "0", "-1", "x")));
        }
        if (random.nextInt(20) == 0) {
            words.add("ANY");
        }
        for (String with : List.of("WITHDIST", "WITHHASH", "WITHCOORD")) {
            if (random.nextInt(replies ? 3 : 30) == 0) {
                words.add(with);
            }
        }
    }

    private static List<String> radius(Random random) {
        String readOnly = one(random, "", "", "_RO");
        List<String> words = new ArrayList<>();
        if (random.nextBoolean()) {
            words.addAll(List.of("GEORADIUS" + readOnly, key(random), longitude(random), latitude(random)));
        } else {
            words.addAll(List.of("GEORADIUSBYMEMBER" + readOnly, key(random), one(random, MEMBERS)));
        }
        words.addAll(List.of(one(random, DISTANCES), one(random, UNITS)));
        boolean stores = random.nextInt(3) == 0;
        options(random, words, !stores);
        if (stores) {
            words.addAll(random.nextBoolean() ? List.of("STORE", key(random)) : List.of("STOREDIST", one(random, DISTANCE_KEYS)));
        }
        return words;
    }
}
