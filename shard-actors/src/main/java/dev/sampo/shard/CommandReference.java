package dev.sampo.shard;

import dev.sampo.engine.command.CommandDocs;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The list of all commands for people, made from the command table and what COMMAND DOCS tells.
public final class CommandReference {
    private CommandReference() {}

    /// Every row of the table, by group, as a page in Markdown.
    ///
    /// @throws IllegalStateException when a row has no documentation
    public static String markdown() {
        final CommandTable table = CommandFamilies.table();
        final CommandDocs docs = CommandFamilies.docs();
        final Map<String, List<String>> groups = new TreeMap<>();
        for (CommandSpec spec : table.all()) {
            final CommandDocs.Entry entry = docs.find(spec.fullName());
            if (entry == null) {
                throw new IllegalStateException(spec.fullName() + " has no documentation");
            }
            groups.computeIfAbsent(entry.group(), _ -> new ArrayList<>()).add(row(spec, entry));
        }
        return "# Commands\n\nAll " + table.all().size() + " rows of the command table. Names, arguments and replies are Redis's; "
            + "[intentional.md](intentional.md) has what differs.\nMade by `./dev docs`.\n"
            + groups.entrySet().stream().map(CommandReference::section).collect(Collectors.joining());
    }

    private static String section(Map.Entry<String, List<String>> group) {
        return "\n## " + group.getKey() + "\n\n| command | complexity | meaning |\n|---|---|---|\n"
            + group.getValue().stream().sorted().collect(Collectors.joining());
    }

    private static String row(CommandSpec spec, CommandDocs.Entry entry) {
        final String name = spec.fullName().toUpperCase(Locale.ROOT).replace('|', ' ');
        final String instead = entry.replacement() == null ? "" : " Deprecated, use " + entry.replacement() + ".";
        return "| `" + name + "` | " + cell(entry.complexity()) + " | " + cell(entry.summary() + instead) + " |\n";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
