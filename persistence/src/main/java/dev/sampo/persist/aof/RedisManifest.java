package dev.sampo.persist.aof;

import dev.sampo.persist.log.DamagedLogException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which files a Redis of version 7 or later reads, and in which order. A line a file, of names and values:
///
/// ```
/// file appendonly.aof.1.base.rdb seq 1 type b
/// file appendonly.aof.1.incr.aof seq 1 type i
/// ```
/// There is at most one base (`b`) and any number of increments (`i`) with rising numbers; what is of the past (`h`) is no longer read.
///
/// @param base name of the base, or null
/// @param increments names in the order of replay
record RedisManifest(String base, List<String> increments) {
    /// What the name of the manifest ends with.
    static final String SUFFIX = ".manifest";

    RedisManifest {
        increments = List.copyOf(increments);
    }

    /// Base first.
    List<String> files() {
        List<String> files = new ArrayList<>();
        if (base != null) {
            files.add(base);
        }
        files.addAll(increments);
        return files;
    }

    /// @throws DamagedLogException when the file has a line that is none
    static RedisManifest read(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        String base = null;
        List<String> increments = new ArrayList<>();
        long last = 0;
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                throw new DamagedLogException(file, start, "the last line of the manifest does not end");
            }
            String line = text.substring(start, end).strip();
            if (!line.startsWith("#")) {
                Map<String, String> fields = fields(file, start, line);
                String type = fields.get("type");
                if (type.equals("b") && base == null) {
                    base = fields.get("file");
                } else if (type.equals("i") && Long.parseLong(fields.get("seq")) > last) {
                    last = Long.parseLong(fields.get("seq"));
                    increments.add(fields.get("file"));
                } else if (!type.equals("h")) {
                    throw new DamagedLogException(file, start, "a file of the manifest is out of place: " + line);
                }
            }
            start = end + 1;
        }
        if (base == null && increments.isEmpty()) {
            throw new DamagedLogException(file, 0, "the manifest names no file");
        }
        return new RedisManifest(base, increments);
    }

    private static Map<String, String> fields(Path file, int offset, String line) throws DamagedLogException {
        List<String> words = words(line);
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i + 1 < words.size(); i += 2) {
            fields.put(words.get(i), words.get(i + 1));
        }
        String name = fields.getOrDefault("file", "");
        boolean isName = !name.isEmpty() && !name.contains("/");
        if (words.size() % 2 != 0 || !isName || !fields.getOrDefault("seq", "").matches("[0-9]{1,18}") || !fields.containsKey("type")) {
            throw new DamagedLogException(file, offset, "a line of the manifest is not of the form 'file name seq number type b|h|i': " + line);
        }
        return fields;
    }

    /// Words between spaces. One in double quotes may have spaces in it, and a character behind `\` that stands for itself or, as
    /// `\xHH`, for a byte.
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            if (line.charAt(at) == ' ') {
                at++;
                continue;
            }
            StringBuilder word = new StringBuilder();
            boolean quoted = line.charAt(at) == '"';
            at += quoted ? 1 : 0;
            while (at < line.length() && line.charAt(at) != (quoted ? '"' : ' ')) {
                if (quoted && line.startsWith("\\x", at) && at + 4 <= line.length()) {
                    word.append((char) (Character.digit(line.charAt(at + 2), 16) << 4 | Character.digit(line.charAt(at + 3), 16)));
                    at += 4;
                } else {
                    at += quoted && line.charAt(at) == '\\' && at + 1 < line.length() ? 1 : 0;
                    word.append(line.charAt(at++));
                }
            }
            at += quoted ? 1 : 0;
            words.add(word.toString());
        }
        // Names are bytes of UTF-8.
        return words.stream().map(word -> new String(word.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)).toList();
    }
}
