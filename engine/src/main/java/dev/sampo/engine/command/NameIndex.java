package dev.sampo.engine.command;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.List;

/// Finds rows by name in any case, without allocating: names are folded and hashed eight bytes at a time and compared as
/// words in an open-addressed table. HOT.
final class NameIndex {
    /// No command has a longer name.
    static final int NAME_MAX = 40;
    /// Names up to this are in the table, the few that are longer in a list of their own.
    private static final int TABLE_NAME_MAX = 24;

    private final List<CommandSpec> rows;
    private final CommandSpec[] specs;
    /// The three words of each slot's name, zero-padded; slot i has words 3 i to 3 i + 2.
    private final long[] words;
    private final int mask;
    private final CommandSpec[] longer;

    NameIndex(List<CommandSpec> rows) {
        this.rows = List.copyOf(rows);
        int capacity = Integer.highestOneBit(Math.max(rows.size(), 4)) << 2;
        specs = new CommandSpec[capacity];
        words = new long[capacity * 3];
        mask = capacity - 1;
        longer = rows.stream().filter(row -> row.name().length() > TABLE_NAME_MAX).toArray(CommandSpec[]::new);
        for (CommandSpec row : rows) {
            if (row.name().length() <= TABLE_NAME_MAX) {
                insert(row);
            }
        }
    }

    private void insert(CommandSpec row) {
        long a = word(row.name(), 0);
        long b = word(row.name(), 8);
        long c = word(row.name(), 16);
        int at = slot(a, b, c);
        while (specs[at] != null) {
            if (specs[at].name().equals(row.name())) {
                throw new IllegalArgumentException("two rows are named " + row.fullName());
            }
            at = at + 1 & mask;
        }
        specs[at] = row;
        words[at * 3] = a;
        words[at * 3 + 1] = b;
        words[at * 3 + 2] = c;
    }

    List<CommandSpec> rows() {
        return rows;
    }

    /// The row with this name, or null.
    CommandSpec find(long name, int length) {
        if (length <= 8) {
            return find(Ascii.toLower(word(name, length)), 0, 0, length);
        }
        if (length > TABLE_NAME_MAX) {
            return findLonger(name, length);
        }
        long a = Ascii.toLower(OffHeap.getLong(name));
        if (length <= 16) {
            return find(a, Ascii.toLower(tail(name, length, 8)), 0, length);
        }
        return find(a, Ascii.toLower(OffHeap.getLong(name + 8)), Ascii.toLower(tail(name, length, 16)), length);
    }

    private CommandSpec findLonger(long name, int length) {
        for (CommandSpec spec : longer) {
            if (spec.name().length() == length && Ascii.equalsIgnoreCase(name, spec.upperName())) {
                return spec;
            }
        }
        return null;
    }

    CommandSpec find(String name) {
        if (name.length() > TABLE_NAME_MAX) {
            for (CommandSpec spec : longer) {
                if (spec.name().equals(name)) {
                    return spec;
                }
            }
            return null;
        }
        return find(word(name, 0), word(name, 8), word(name, 16), name.length());
    }

    /// The length is compared as well: a request may pad a name with zero bytes.
    private CommandSpec find(long a, long b, long c, int length) {
        int at = slot(a, b, c);
        while (true) {
            CommandSpec spec = specs[at];
            if (spec == null) {
                return null;
            }
            int w = at * 3;
            if (words[w] == a && words[w + 1] == b && words[w + 2] == c && spec.name().length() == length) {
                return spec;
            }
            at = at + 1 & mask;
        }
    }

    private int slot(long a, long b, long c) {
        long h = (a ^ b * 0x9E3779B97F4A7C15L ^ c * 0xC2B2AE3D27D4EB4FL) * 0xD6E8FEB86659FD93L;
        return (int) (h >>> 40) & mask;
    }

    /// The last word of a name longer than eight bytes: read so that it ends with the name, then moved down.
    private static long tail(long name, int length, int from) {
        return OffHeap.getLong(name + length - 8) >>> (8 - (length - from)) * 8;
    }

    /// A name of at most eight bytes as a word, without reading beyond it.
    private static long word(long name, int length) {
        if (length == 8) {
            return OffHeap.getLong(name);
        }
        if (length >= 4) {
            long low = OffHeap.getInt(name) & 0xFFFF_FFFFL;
            long high = OffHeap.getInt(name + length - 4) & 0xFFFF_FFFFL;
            return low | high << (length - 4) * 8;
        }
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = word << 8 | OffHeap.getByte(name + i) & 0xFF;
        }
        return word;
    }

    private static long word(String name, int from) {
        long word = 0;
        for (int i = Math.min(name.length(), from + 8) - 1; i >= from; i--) {
            word = word << 8 | name.charAt(i) & 0xFF;
        }
        return word;
    }
}
