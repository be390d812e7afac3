package dev.sampo.bench;

import java.util.ArrayList;
import java.util.List;

/// A table that is printed in columns or as Markdown. The first column is aligned left, the others right.
final class TextTable {
    private final List<String[]> rows = new ArrayList<>();

    TextTable(String... head) {
        rows.add(head);
    }

    void row(String... cells) {
        if (cells.length != rows.getFirst().length) {
            throw new IllegalArgumentException(cells.length + " cells under " + rows.getFirst().length + " headings");
        }
        rows.add(cells);
    }

    String text() {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                String padding = " ".repeat(widths[i] - row[i].length());
                out.append(i == 0 ? row[i] + padding : "  " + padding + row[i]);
            }
            out.append('\n');
        }
        return out.toString();
    }

    String markdown() {
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            out.append("| ").append(String.join(" | ", row)).append(" |\n");
            if (row == rows.getFirst()) {
                out.append("|---|").append("---:|".repeat(row.length - 1)).append('\n');
            }
        }
        return out.toString();
    }
}
