package dev.sampo.app;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Reads files in the syntax of `redis.conf`: one directive a line, words split at blanks, `"` and `'` quotes, `#` comments,
/// `include`.
final class RedisConf {
    /// Deeper than anybody nests on purpose; a file that includes itself ends here.
    private static final int MAX_INCLUDE_DEPTH = 16;

    private final Path workingDirectory;
    private final List<Directive> directives = new ArrayList<>();

    private RedisConf(Path workingDirectory) {
        this.workingDirectory = workingDirectory;
    }

    /// The directives of a file and of the files that it includes, in order.
    ///
    /// @param file path, relative ones against the working directory (of included files too, as Redis does)
    static List<Directive> read(String file, Path workingDirectory) {
        final RedisConf reader = new RedisConf(workingDirectory);
        reader.read(file, file, 0);
        return reader.directives;
    }

    private void read(String file, String where, int depth) {
        if (depth > MAX_INCLUDE_DEPTH) {
            throw new StartFailure(where + ": include is nested deeper than " + MAX_INCLUDE_DEPTH
                + " files; does a file include itself?");
        }
        final List<String> lines;
        try {
            lines = Files.readAllLines(workingDirectory.resolve(file));
        } catch (NoSuchFileException e) {
            throw new StartFailure(where + ": no such configuration file", e);
        } catch (MalformedInputException e) {
            throw new StartFailure(where + ": not a text file in UTF-8", e);
        } catch (IOException e) {
            throw new StartFailure(where + ": cannot be read (" + e.getMessage() + ")", e);
        }
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i).strip();
            if (!line.isEmpty() && line.charAt(0) != '#') {
                readLine(line, file + ":" + (i + 1) + ": '" + line + "'", depth);
            }
        }
    }

    private void readLine(String line, String where, int depth) {
        final List<String> words = split(line);
        if (words == null) {
            throw new StartFailure(where + ": unbalanced quotes");
        }
        final String name = words.getFirst().toLowerCase(Locale.ROOT);
        if (!name.equals("include")) {
            directives.add(new Directive(name, words.subList(1, words.size()), where));
        } else if (words.size() == 2) {
            include(words.get(1), where, depth + 1);
        } else {
            throw new StartFailure(where + ": include takes one file");
        }
    }

    private void include(String file, String where, int depth) {
        if (!file.matches(".*[*?\\[].*")) {
            read(file, where, depth);
            return;
        }
        final Path pattern = workingDirectory.resolve(file);
        final List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> matches = Files.newDirectoryStream(pattern.getParent(), pattern.getFileName().toString())) {
            matches.forEach(match -> files.add(match.toString()));
        } catch (IOException e) {
            throw new StartFailure(where + ": cannot be read (" + e.getMessage() + ")", e);
        }
        Collections.sort(files);
        files.forEach(match -> read(match, match, depth));
    }

    /// The words of a line as Redis splits them, or null when a quote is not closed or something is glued to a closing quote.
    static List<String> split(String line) {
        final List<String> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
                at++;
            }
            if (at == line.length()) {
                return words;
            }
            final StringBuilder word = new StringBuilder();
            at = word(line, at, word);
            if (at < 0) {
                return null;
            }
            words.add(word.toString());
        }
    }

    /// Reads one word; the position behind it, or -1.
    private static int word(String line, int start, StringBuilder word) {
        int at = start;
        while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
            final char c = line.charAt(at);
            if (c == '"' || c == '\'') {
                at = quoted(line, at + 1, c, word);
                return at >= 0 && at < line.length() && !Character.isWhitespace(line.charAt(at)) ? -1 : at;
            }
            word.append(c);
            at++;
        }
        return at;
    }

    /// Reads up to the closing quote; the position behind it, or -1.
    private static int quoted(String line, int start, char quote, StringBuilder word) {
        int at = start;
        while (at < line.length()) {
            final char c = line.charAt(at);
            if (c == quote) {
                return at + 1;
            }
            if (c == '\\' && at + 1 < line.length()) {
                at = quote == '"' ? escaped(line, at + 1, word) : singleEscaped(line, at + 1, word);
            } else {
                word.append(c);
                at++;
            }
        }
        return -1;
    }

    /// Between single quotes a backslash means something only before a single quote.
    private static int singleEscaped(String line, int at, StringBuilder word) {
        if (line.charAt(at) == '\'') {
            word.append('\'');
            return at + 1;
        }
        word.append('\\');
        return at;
    }

    private static int escaped(String line, int at, StringBuilder word) {
        final char c = line.charAt(at);
        if (c == 'x' && at + 2 < line.length() && isHex(line.charAt(at + 1)) && isHex(line.charAt(at + 2))) {
            word.append((char) Integer.parseInt(line, at + 1, at + 3, 16));
            return at + 3;
        }
        word.append(switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> '\u0007';
            default -> c;
        });
        return at + 1;
    }

    private static boolean isHex(char c) {
        return Character.digit(c, 16) >= 0 && c < 128;
    }
}
