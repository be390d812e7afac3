package dev.sampo.bench;

import java.util.ArrayList;
import java.util.List;

/// The command line that starts a server, with the places for what changes from start to start.
///
/// @param words the command and its arguments; `{port}`, `{dir}` and `{shards}` stand for the port, the data directory and the
///     number of shards
record ServerCommand(List<String> words) {
    static final String REDIS = "redis-server --port {port} --dir {dir} --save \"\" --appendonly no --daemonize no";
    static final String SAMPO = "./sampo --port {port} --shards {shards} --dir {dir} --appendonly no --save \"\"";

    /// Splits a line at spaces; double or single quotes hold a word together, and may be empty. A line without `{port}` gets
    /// Sampo's options appended.
    static ServerCommand parse(String line) {
        List<String> words = split(line);
        if (words.isEmpty()) {
            throw new IllegalArgumentException("an empty server command");
        }
        if (!line.contains("{port}")) {
            List<String> options = split(SAMPO);
            words.addAll(options.subList(1, options.size()));
        }
        return new ServerCommand(List.copyOf(words));
    }

    private static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (char c : line.toCharArray()) {
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if (c == ' ') {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote is not closed in: " + line);
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }

    /// The words to execute.
    ///
    /// @param cpu CPU list the server is bound to, empty for no binding
    List<String> resolve(int port, String dir, int shards, String cpu) {
        List<String> resolved = new ArrayList<>();
        if (!cpu.isEmpty()) {
            resolved.addAll(List.of("taskset", "-c", cpu));
        }
        for (String word : words) {
            resolved.add(word.replace("{port}", Integer.toString(port)).replace("{dir}", dir)
                    .replace("{shards}", Integer.toString(shards)));
        }
        return resolved;
    }
}
