package dev.sampo.shard;

import dev.sampo.engine.Rng;

/// The picture of LOLWUT: the Sampo under its lid of many colours, the starry sky, grinding flour, salt and gold. No two are
/// alike.
final class Lolwut {
    private static final String[] MILL = {
        "             _______             ",
        "         .-'?????????'-.         ",
        "      .-'??????[+]??????'-.      ",
        "     /?????????????????????\\     ",
        "    '-----------------------'    ",
        "      |___|_____|_____|___|      ",
        "       \\     \\  |  /     /       ",
        "        '-----'-+-'-----'        ",
        "        /       |       \\        ",
        "    ffff      ssss      gggg     ",
        "  ffffffff  ssssssss  gggggggg   ",
    };
    private static final String SKY = " . * .  + ";
    private static final String FLOUR = ".,:'";
    private static final String SALT = "+x*";
    private static final String GOLD = "$o0";

    private Lolwut() {
    }

    static String draw(Rng rng) {
        StringBuilder picture = new StringBuilder();
        for (String line : MILL) {
            for (int i = 0; i < line.length(); i++) {
                picture.append(switch (line.charAt(i)) {
                    case '?' -> pick(SKY, rng);
                    case 'f' -> pick(FLOUR, rng);
                    case 's' -> pick(SALT, rng);
                    case 'g' -> pick(GOLD, rng);
                    default -> line.charAt(i);
                });
            }
            picture.append('\n');
        }
        return picture.toString();
    }

    private static char pick(String from, Rng rng) {
        return from.charAt(rng.nextInt(from.length()));
    }
}
