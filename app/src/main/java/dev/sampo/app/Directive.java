package dev.sampo.app;

import java.util.List;

/// One setting as some source writes it.
///
/// @param name the setting's name, not yet looked up
/// @param words the words of its value; a quoted text is one word
/// @param where the place to show in an error, e.g. `redis.conf:3: 'port 70000'`
record Directive(String name, List<String> words, String where) {
    StartFailure failure(String reason) {
        return new StartFailure(where + ": " + reason);
    }
}
