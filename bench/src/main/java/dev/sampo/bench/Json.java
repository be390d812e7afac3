package dev.sampo.bench;

import java.util.Locale;
import java.util.Map;

/// Writes maps, lists, texts, numbers and booleans as JSON.
final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {
    }

    static String write(Object value) {
        Json json = new Json();
        json.value(value, "\n");
        return json.out.append('\n').toString();
    }

    private void value(Object value, String indent) {
        switch (value) {
            case Map<?, ?> map -> {
                String separator = "";
                out.append('{');
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator).append(indent).append("  ");
                    text(entry.getKey().toString());
                    out.append(": ");
                    value(entry.getValue(), indent + "  ");
                    separator = ",";
                }
                out.append(map.isEmpty() ? "" : indent).append('}');
            }
            case Iterable<?> items -> {
                String separator = "";
                out.append('[');
                for (Object item : items) {
                    out.append(separator);
                    value(item, indent + "  ");
                    separator = ", ";
                }
                out.append(']');
            }
            case Double number -> out.append(number.isNaN() || number.isInfinite() ? "null"
                    : String.format(Locale.ROOT, "%.6g", number));
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            default -> text(value.toString());
        }
    }

    private void text(String text) {
        out.append('"');
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
