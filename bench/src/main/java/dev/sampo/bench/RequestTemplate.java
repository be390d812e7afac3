package dev.sampo.bench;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One request in RESP, complete but for the digits that change from request to request.
///
/// Written as the words of the command, separated by single spaces. A word may hold placeholders, each of which becomes a
/// decimal field of [#DIGITS] digits with leading zeros:
///
/// - `{key}` a random number below the number of keys, `{member}` below the number of members, `{counter}` below the number
///   of counters;
/// - `{seq}` the next number of a sequence;
/// - `{same}` the number of the field before;
/// - `{value:c}` a value of the configured size: the digits of the field before, then the letter `c` to the end.
///
/// @param bytes the request with all digits 0
/// @param fields the changing fields in the order in which they stand
record RequestTemplate(byte[] bytes, List<Field> fields) {
    /// Width of every changing field: `key:` and this many digits make a key of 16 bytes.
    static final int DIGITS = 12;

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(key|member|counter|seq|same|value:([a-z]))}");

    /// Where the number of a field comes from.
    enum Source { KEY, MEMBER, COUNTER, SEQUENCE, SAME }

    /// @param offset index of the first digit
    /// @param source where its number comes from
    record Field(int offset, Source source) {
    }

    /// @param line the words of the command
    /// @param valueBytes length of `{value:c}`, at least [#DIGITS]
    static RequestTemplate compile(String line, int valueBytes) {
        if (valueBytes < DIGITS) {
            throw new IllegalArgumentException("values hold the digits of their key: " + DIGITS + " bytes at least");
        }
        String[] words = line.split(" ");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<Field> fields = new ArrayList<>();
        put(out, "*" + words.length + "\r\n");
        for (String word : words) {
            StringBuilder text = new StringBuilder();
            List<Field> inWord = new ArrayList<>();
            Matcher placeholder = PLACEHOLDER.matcher(word);
            int from = 0;
            while (placeholder.find()) {
                text.append(word, from, placeholder.start());
                from = placeholder.end();
                inWord.add(new Field(text.length(), source(placeholder.group(1))));
                text.repeat('0', DIGITS);
                if (placeholder.group(2) != null) {
                    text.repeat(placeholder.group(2), valueBytes - DIGITS);
                }
            }
            text.append(word, from, word.length());
            if (text.indexOf("{") >= 0) {
                throw new IllegalArgumentException("unknown placeholder in " + word);
            }
            put(out, "$" + text.length() + "\r\n");
            for (Field field : inWord) {
                fields.add(new Field(out.size() + field.offset(), field.source()));
            }
            put(out, text + "\r\n");
        }
        return new RequestTemplate(out.toByteArray(), List.copyOf(fields));
    }

    private static Source source(String placeholder) {
        return switch (placeholder) {
            case "key" -> Source.KEY;
            case "member" -> Source.MEMBER;
            case "counter" -> Source.COUNTER;
            case "seq" -> Source.SEQUENCE;
            default -> Source.SAME;
        };
    }

    private static void put(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
