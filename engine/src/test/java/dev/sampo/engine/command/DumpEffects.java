package dev.sampo.engine.command;

import static dev.sampo.engine.rdb.Forms.bytes;
import static dev.sampo.engine.rdb.Forms.payload;
import static dev.sampo.engine.rdb.Forms.quoted;
import static dev.sampo.engine.rdb.Forms.string;

import java.util.List;
import java.util.Map;

/// RESTORE of all types with and without deadlines, in place of others, and of nonsense.
final class DumpEffects implements EffectCases {
    private static final String TEXT = quoted(payload(10, bytes(0), string("text")));
    private static final String NUMBER = quoted(payload(9, bytes(0, 0xC0, 7)));

    @Override
    public List<String> setup() {
        return List.of("SET {r}s 1");
    }

    @Override
    public Map<String, List<String>> cases() {
        return Map.of("restore", List.of("RESTORE new 0 " + TEXT, "RESTORE a 5000 " + TEXT, "RESTORE a 5000 " + NUMBER + " REPLACE",
            "RESTORE b 0 " + NUMBER + " REPLACE IDLETIME 5", "RESTORE c 1 " + TEXT + " REPLACE ABSTTL",
            "RESTORE new2 1800000000000 " + TEXT + " ABSTTL", "RESTORE d 0 " + TEXT, "RESTORE {r}s 0 nonsense REPLACE",
            "RESTORE {r}s 0 " + quoted(payload(10, bytes(2, 2), string("a"), string("a"))) + " REPLACE"));
    }
}
