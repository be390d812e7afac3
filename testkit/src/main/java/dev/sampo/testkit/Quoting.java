package dev.sampo.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The quoting of redis-cli: words separated by blanks, double quotes with `\n \r \t \\ \" \xhh`.
public final class Quoting {
    private Quoting() {
    }

    /// @param line words as typed into redis-cli
    /// @return the arguments, one array each; throws IllegalArgumentException when a quote is not closed
    public static List<byte[]> split(String line) {
        final List<byte[]> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < line.length() && line.charAt(at) == ' ') {
                at++;
            }
            if (at == line.length()) {
                return words;
            }
            final ByteArrayOutputStream word = new ByteArrayOutputStream();
            at = line.charAt(at) == '"' ? quoted(line, at, word) : bare(line, at, word);
            words.add(word.toByteArray());
        }
    }

    private static int bare(String line, int from, ByteArrayOutputStream word) {
        int at = from;
        while (at < line.length() && line.charAt(at) != ' ') {
            at++;
        }
        word.writeBytes(line.substring(from, at).getBytes(StandardCharsets.UTF_8));
        return at;
    }

    /// Reads the quoted word that opens at `from` and returns the position behind its closing quote.
    static int quoted(String line, int from, ByteArrayOutputStream word) {
        int at = from + 1;
        while (at < line.length()) {
            final char c = line.charAt(at++);
            if (c == '"') {
                return at;
            }
            if (c != '\\') {
                word.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            final char escaped = line.charAt(at++);
            switch (escaped) {
                case 'n' -> word.write('\n');
                case 'r' -> word.write('\r');
                case 't' -> word.write('\t');
                case 'x' -> {
                    word.write(Integer.parseInt(line.substring(at, at + 2), 16));
                    at += 2;
                }
                default -> word.write(escaped);
            }
        }
        throw new IllegalArgumentException("quote not closed: " + line);
    }

    /// A word that [#split] reads back, quoted only when it must be.
    public static String word(byte[] bytes) {
        if (bytes.length == 0) {
            return "\"\"";
        }
        for (byte b : bytes) {
            if (b <= ' ' || b > '~' || b == '"' || b == '\\' || b == '#') {
                return quote(bytes);
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /// A whole request as one line.
    public static String line(List<byte[]> args) {
        final StringBuilder line = new StringBuilder();
        for (byte[] arg : args) {
            line.append(line.isEmpty() ? "" : " ").append(word(arg));
        }
        return line.toString();
    }

    static String quote(byte[] bytes) {
        final StringBuilder text = new StringBuilder(bytes.length + 2).append('"');
        for (byte b : bytes) {
            appendEscaped(text, b & 0xff, true);
        }
        return text.append('"').toString();
    }

    /// Line ends and bytes outside printable ASCII escaped, without quotes around.
    static String escape(String latin1) {
        final StringBuilder text = new StringBuilder(latin1.length());
        for (int i = 0; i < latin1.length(); i++) {
            appendEscaped(text, latin1.charAt(i), false);
        }
        return text.toString();
    }

    private static void appendEscaped(StringBuilder text, int c, boolean quoted) {
        switch (c) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\\' -> text.append(quoted ? "\\\\" : "\\");
            case '"' -> text.append(quoted ? "\\\"" : "\"");
            default -> {
                if (c < ' ' || c > '~' && c < 256) {
                    text.append("\\x").append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
                } else {
                    text.append((char) c);
                }
            }
        }
    }
}
