package dev.sampo.app;

import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;

/// Finds the setting that somebody probably meant.
final class Similar {
    /// More letters wrong than this is another word.
    private static final int MAX_DISTANCE = 2;

    private Similar() {}

    /// The name of the nearest setting, or null when none is near.
    static String to(String name) {
        String best = null;
        int bestDistance = MAX_DISTANCE + 1;
        for (Setting<?> setting : SettingTable.all()) {
            final int distance = distance(name.replace('_', '-'), setting.name());
            if (distance < bestDistance) {
                bestDistance = distance;
                best = setting.name();
            }
        }
        return best;
    }

    /// Letters to insert, remove, replace or swap with the next one.
    private static int distance(String a, String b) {
        final int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 || j == 0 ? i + j : step(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int step(int[][] d, String a, String b, int i, int j) {
        final boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = Math.min(d[i - 1][j - 1] + (same ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
            best = Math.min(best, d[i - 2][j - 2] + 1);
        }
        return best;
    }
}
