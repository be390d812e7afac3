package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests on the bits of strings.
final class BitmapRequests implements RequestFamily {
    private static final String[] OFFSETS = {"0", "1", "5", "7", "8", "9", "30", "63", "64", "100", "1000", "40000", "-1", "x",
        "",
        "4294967296", "99999999999", "+1"};
    private static final String[] ENDS = {"0", "1", "2", "7", "8", "20", "100", "-1", "-2", "-9", "-100", "9223372036854775807",
        "x"};
    private static final String[] TYPES = {"u1", "u2", "u7", "u8", "u9", "u16", "u31", "u32", "u63", "i1", "i2", "i5", "i8",
        "i16",
        "i33", "i63", "i64", "u64", "i65", "u0", "x8", "u", "", "U8", "i8x"};
    private static final String[] FIELD_OFFSETS = {"0", "1", "3", "8", "13", "64", "100", "#0", "#1", "#2", "#9", "#", "#-1",
        "-1", "x",
        "5000"};
    private static final String[] OPERANDS = {"0", "1", "-1", "2", "100", "-100", "127", "128", "255", "256", "-129", "65536",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "x", "4611686018427387904"};
    private static final String[] TEXTS = {"", "a", "foobar", "\u00FF", "\u00FF\u00FF\u00F0", "\u0000", "\u0000\u0000\u0000",
        "12345",
        "-7", "\u00FF".repeat(40), "\u0000".repeat(100) + "\u0001", "x".repeat(5000)};

    @Override
    public List<String> next(Random random) {
        String key = RequestFamily.key(random, "bits");
        return switch (random.nextInt(13)) {
            case 0, 1 -> List.of("SETBIT", key, one(random, OFFSETS), one(random, "0", "1", "1", "2", "-1", "x"));
            case 2 -> List.of("GETBIT", key, one(random, OFFSETS));
            case 3, 4 -> ranged(random, new ArrayList<>(List.of("BITCOUNT", key)), true);
            case 5, 6 -> ranged(random, new ArrayList<>(List.of("BITPOS", key, one(random, "0", "1", "1", "2"))), false);
            case 7, 8 -> bitop(random, key);
            case 9, 10 -> bitfield(random, key);
            case 11 -> List.of("SET", key, one(random, TEXTS));
            default -> random.nextBoolean() ? List.of("GET", key) : List.of("DEL", key);
        };
    }

    private static String one(Random random, String... choices) {
        return RequestFamily.one(random, choices);
    }

    private static List<String> ranged(Random random, List<String> words, boolean both) {
        if (random.nextInt(4) == 0) {
            return words;
        }
        words.add(one(random, ENDS));
        if (both || random.nextInt(3) != 0) {
            words.add(one(random, ENDS));
            if (random.nextBoolean()) {
                words.add(one(random, "BIT", "BIT", "BYTE", "bit", "BITS"));
            }
        }
        return words;
    }

    private static List<String> bitop(Random random, String target) {
        List<String> words = new ArrayList<>(List.of("BITOP", one(random, "AND", "OR", "XOR", "not", "NAND"), target));
        int sources = words.get(1).equals("not") && random.nextInt(8) != 0 ? 1 : 1 + random.nextInt(4);
        for (int i = 0; i < sources; i++) {
            words.add(RequestFamily.key(random, "bits"));
        }
        return words;
    }

    private static List<String> bitfield(Random random, String key) {
        boolean readOnly = random.nextInt(4) == 0;
        List<String> words = new ArrayList<>(List.of(readOnly ? "BITFIELD_RO" : "BITFIELD", key));
        for (int i = random.nextInt(5); i > 0; i--) {
            switch (readOnly && random.nextInt(12) != 0 ? 0 : random.nextInt(5)) {
                case 0 -> words.addAll(List.of("GET", type(random), one(random, FIELD_OFFSETS)));
                case 1, 2 -> words.addAll(List.of("SET", type(random), one(random, FIELD_OFFSETS), operand(random)));
                case 3 -> words.addAll(List.of("incrby", type(random), one(random, FIELD_OFFSETS), operand(random)));
                default -> words.addAll(List.of("OVERFLOW", one(random, "WRAP", "SAT", "FAIL", "sat", "fail", "x")));
            }
        }
        return words;
    }

    private static String type(Random random) {
        return TYPES[random.nextInt(random.nextInt(4) == 0 ? TYPES.length : 17)];
    }

    private static String operand(Random random) {
        return random.nextInt(3) == 0 ? Long.toString(random.nextLong()) : one(random, OPERANDS);
    }
}
