package dev.sampo.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The `name:value` lines of an INFO reply.
///
/// @param fields values by name
record InfoText(Map<String, String> fields) {
    static InfoText parse(String text) {
        Map<String, String> fields = new HashMap<>();
        for (String line : text.split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith("#")) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return new InfoText(Map.copyOf(fields));
    }

    /// A field that has to be there.
    long number(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalStateException("INFO has no field " + name);
        }
        return Long.parseLong(value.strip());
    }

    String text(String name) {
        return fields.getOrDefault(name, "");
    }

    /// `calls` of a command in the section `commandstats`; empty when the command was never called or is not counted.
    OptionalLong calls(String command) {
        String value = fields.get("cmdstat_" + command);
        if (value == null) {
            return OptionalLong.empty();
        }
        for (String part : value.split(",")) {
            if (part.startsWith("calls=")) {
                return OptionalLong.of(Long.parseLong(part.substring("calls=".length()).strip()));
            }
        }
        return OptionalLong.empty();
    }
}
