package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The cases of [EffectReplayTest] for tests of other modules: for every row that writes, commands that write.
public final class WritingCommands {
    private WritingCommands() {
    }

    /// What makes the data that the cases begin with.
    public static List<String> setup() {
        List<String> lines = new ArrayList<>(List.of(EffectReplayTest.SETUP));
        EffectReplayTest.FAMILIES.forEach(family -> lines.addAll(family.setup()));
        return lines;
    }

    /// Requests of all kinds on few keys, right ones and wrong ones.
    public static Supplier<byte[][]> random(long seed) {
        return new RandomRequests(seed)::next;
    }

    /// By the full names of the rows, all of them.
    public static Map<String, List<String>> cases() {
        return EffectReplayTest.CASES;
    }
}
