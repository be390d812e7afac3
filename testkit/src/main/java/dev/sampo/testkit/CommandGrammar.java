package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Weighted rows of commands with generators for their arguments: the language the differential fuzzer speaks.
///
/// Everything generated is deterministic on a correct server: deadlines are in the past or far away, and GT and LT meet
/// only deadlines that differ by more than any delay.
final class CommandGrammar {
    private static final List<Family> FAMILIES = List.of(StringGrammar.FAMILY, HashGrammar.FAMILY, BitmapGrammar.FAMILY, HyperLogLogGrammar.FAMILY,
        ListGrammar.FAMILY, SetGrammar.FAMILY, StreamGrammar.FAMILY, SortedSetGrammar.FAMILY,
        GeoGrammar.FAMILY);

    private static final byte[][] KEYS = Grammar.latin1("a", "b", "c", "d", "e", "f", "g", "h", "k:1", "k:2", "k:3", "k:4", "{t}1",
            "{t}2", "t", "{u}x", "u", "", "bin\0\r\n\u00ff", "two words", "{}x", "{a", "x{b}y", "long" + "k".repeat(300));
    private static final String[] KEY_PREFIXES = {"a:", "b:", "{t}", "{u}:", "c:"};
    /// None of these may be a near deadline when it stands where a time is meant.
    private static final byte[][] ODD = Grammar.latin1("", "-1", "abc", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "nan", "\0\u0001", "NX", "0x10", "99999999999999999999", "4294967296", "*", "\u00ff\u00fe");

    /// Databases that commands may leave data in.
    static final int[] USED_DATABASES = {0, 1, 2, 15};

    private final SplittableRandom random;
    private byte[][] keys = KEYS;
    /// Makes every relative deadline that competes under GT and LT different from all others by ten seconds or more.
    private int deadlines;

    /// The families that the current pipeline speaks.
    private List<Family> spoken = FAMILIES;

    CommandGrammar(SplittableRandom random) {
        this.random = random;
    }

    SplittableRandom random() {
        return random;
    }

    /// From now on keys come mostly from a few and, more often than not, commands from few families, so that they meet.
    void choosePool() {
        final int size = random.nextInt(2, 9);
        keys = new byte[size][];
        for (int i = 0; i < size; i++) {
            keys[i] = KEYS[random.nextInt(KEYS.length)];
        }
        spoken = FAMILIES;
        if (random.nextInt(3) != 0) {
            spoken = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                spoken.add(FAMILIES.get(random.nextInt(FAMILIES.size())));
            }
        }
    }

    /// One command drawn by weight, in one case of fifty with something wrong about its arguments.
    List<byte[]> command() {
        final List<byte[]> command = build(row(family()));
        if (random.nextInt(50) == 0) {
            spoil(command);
        }
        return command;
    }

    private Family family() {
        int at = random.nextInt(spoken.stream().mapToInt(Family::share).sum());
        int family = 0;
        while (at >= spoken.get(family).share()) {
            at -= spoken.get(family++).share();
        }
        return spoken.get(family);
    }

    private Row row(Family family) {
        int at = random.nextInt(family.weight());
        int row = 0;
        while (at >= family.rows().get(row).weight()) {
            at -= family.rows().get(row++).weight();
        }
        return family.rows().get(row);
    }

    private List<byte[]> build(Row row) {
        final List<byte[]> out = new ArrayList<>(6);
        for (String word : row.words()) {
            out.add(cased(word));
        }
        for (Grammar.Arg arg : row.args()) {
            arg.append(this, out);
        }
        return out;
    }

    byte[] cased(String word) {
        return (random.nextInt(16) == 0 ? word.toLowerCase(java.util.Locale.ROOT) : word).getBytes(ISO_8859_1);
    }

    private void spoil(List<byte[]> command) {
        final int at = random.nextInt(1, command.size() + 1);
        switch (random.nextInt(4)) {
            case 0 -> {
                // What may follow the member is of Redis 7.2.
                final String name = new String(command.getFirst(), ISO_8859_1);
                if (!name.equalsIgnoreCase("ZRANK") && !name.equalsIgnoreCase("ZREVRANK")) {
                    command.add(at, ODD[random.nextInt(ODD.length)]);
                }
            }
            case 1 -> {
                if (at < command.size()) {
                    command.remove(at);
                }
            }
            case 2 -> {
                if (at < command.size()) {
                    command.set(at, ODD[random.nextInt(ODD.length)]);
                }
            }
            default -> command.set(0, "NOSUCH".getBytes(ISO_8859_1));
        }
    }

    /// A key, mostly of the pool chosen.
    byte[] key() {
        return random.nextInt(10) == 0 ? KEYS[random.nextInt(KEYS.length)] : keys[random.nextInt(keys.length)];
    }

    /// A key that mostly belongs to a family.
    byte[] key(String family) {
        return random.nextInt(8) == 0 ? key() : (KEY_PREFIXES[random.nextInt(KEY_PREFIXES.length)] + family).getBytes(ISO_8859_1);
    }

    byte[] value() {
        return Grammar.VALUES[random.nextInt(Grammar.VALUES.length)];
    }

    List<List<byte[]>> mixture() {
        final byte[] first = key();
        final byte[] second = key();
        final List<List<byte[]>> commands = new ArrayList<>();
        final String[][] mixtures = spoken.get(random.nextInt(spoken.size())).mixtures();
        for (String line : mixtures[random.nextInt(mixtures.length)]) {
            final List<byte[]> command = new ArrayList<>();
            for (String word : line.split(" ")) {
                command.add(switch (word) {
                    case "$1" -> first;
                    case "$2" -> second;
                    default -> word.getBytes(ISO_8859_1);
                });
            }
            commands.add(command);
        }
        return commands;
    }

    byte[] freshSeconds(int unit) {
        return Long.toString((200_000L + 10L * deadlines++) * unit).getBytes(ISO_8859_1);
    }
}
