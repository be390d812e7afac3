package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;

/// Names for the bits of a set.
final class BitNames {
    private BitNames() {
    }

    /// The names of the bits that are set; `names[i]` belongs to bit i.
    static List<String> of(long set, String[] names) {
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            if ((set & 1L << i) != 0) {
                chosen.add(names[i]);
            }
        }
        return List.copyOf(chosen);
    }
}
