package dev.sampo.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A result in the three forms in which it leaves the program.
///
/// @param text for the terminal
/// @param markdown for a document
/// @param data for JSON
record Report(String text, String markdown, Map<String, Object> data) {

    /// A titled table.
    record Section(String title, TextTable table) {
    }

    /// @param facts printed above the tables
    /// @param notes printed below them
    static Report of(Map<String, Object> facts, List<Section> sections, List<String> notes, Map<String, Object> data) {
        StringBuilder text = new StringBuilder();
        StringBuilder markdown = new StringBuilder();
        facts.forEach((name, value) -> {
            text.append(name).append(": ").append(value).append('\n');
            markdown.append("- ").append(name).append(": ").append(value).append('\n');
        });
        for (Section section : sections) {
            text.append('\n').append(section.title()).append('\n').append(section.table().text());
            markdown.append("\n### ").append(section.title()).append("\n\n").append(section.table().markdown());
        }
        text.append('\n');
        markdown.append('\n');
        for (String note : notes) {
            text.append(note).append('\n');
            markdown.append("- ").append(note).append('\n');
        }
        return new Report(text.toString(), markdown.toString(), data);
    }

    static Report ofPauses(Map<String, Object> facts, String name, double seconds, long checked, GcLog log) {
        TextTable table = new TextTable("server", "seconds", "requests", "log lines", "gc pauses", "longest ms", "safepoints",
                "longest ms ");
        table.row(name, number(seconds), Long.toString(checked), Integer.toString(log.lines()), Integer.toString(log.pauses()),
                "%.3f".formatted(log.longestPauseMillis()), Integer.toString(log.safepoints()),
                "%.3f".formatted(log.longestSafepointMillis()));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("seconds", seconds);
        data.put("checked", checked);
        data.put("log_lines", log.lines());
        data.put("gc_pauses", log.pauses());
        data.put("longest_gc_pause_ms", log.longestPauseMillis());
        data.put("longest_gc_pause", log.longestPause());
        data.put("safepoints", log.safepoints());
        data.put("longest_safepoint_ms", log.longestSafepointMillis());
        String longest = log.pauses() == 0 ? "no garbage collection pause in the period" : "longest pause: " + log.longestPause();
        return of(facts, List.of(new Section("Pauses under mixed load", table)), List.of(longest), data);
    }

    /// A number with about three significant digits.
    static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }

    /// Median and spread: `1.52 (1.49..1.60)`.
    static String spread(Summary summary) {
        return number(summary.median()) + " (" + number(summary.min()) + ".." + number(summary.max()) + ")";
    }
}
