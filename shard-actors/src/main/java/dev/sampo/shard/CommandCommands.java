package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandInfo;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.Glob;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// COMMAND: what the server says of its own commands. Contract: https://redis.io/commands/command and its neighbours
final class CommandCommands {
    private static final String[] HELP = HelpText.of("COMMAND",
        "(no subcommand)", "Describe all commands.",
        "COUNT", "Count the commands.",
        "DOCS [<command> ...]", "Show the documentation of all or some commands.",
        "GETKEYS <full-command>", "Tell which arguments of a command are keys.",
        "GETKEYSANDFLAGS <full-command>", "The same, with what the command does to them.",
        "INFO [<command> ...]", "Describe all or some commands.",
        "LIST [FILTERBY (MODULE <name> | ACLCAT <category> | PATTERN <pattern>)]", "List the names of all or some commands.");

    private CommandCommands() {
    }

    static void register(CommandTable.Builder t) {
        long flags = LOADING | STALE;
        long connection = Category.CONNECTION;
        String unordered = "nondeterministic_output_order";
        CommandTable.Row command = t.session("COMMAND", -1, flags, connection, CommandCommands::command).tips(unordered);
        CommandTable.Builder sub = command.children();
        sub.session("COUNT", 2, flags, connection, CommandCommands::count);
        sub.session("DOCS", -2, flags, connection, CommandCommands::docs).tips(unordered);
        sub.session("GETKEYS", -4, flags, connection, (s, a, r) -> getkeys(s, a, r, false));
        sub.session("GETKEYSANDFLAGS", -4, flags, connection, (s, a, r) -> getkeys(s, a, r, true));
        sub.session("INFO", -2, flags, connection, CommandCommands::info).tips(unordered);
        sub.session("LIST", -2, flags, connection, CommandCommands::list).tips(unordered);
        sub.session("HELP", 2, flags, connection, (s, a, r) -> HelpText.write(HELP, r));
    }

    /// COMMAND -> array of all rows. O(N) for N commands. https://redis.io/commands/command
    private static void command(Session s, Args a, ReplyWriter r) {
        List<CommandSpec> all = table(s).commands();
        r.array(all.size());
        all.forEach(spec -> CommandInfo.write(spec, r));
    }

    /// COMMAND COUNT -> number of commands without subcommands. O(1). https://redis.io/commands/command-count
    private static void count(Session s, Args a, ReplyWriter r) {
        r.integer(table(s).commands().size());
    }

    /// COMMAND INFO [command ...] -> array of rows, nil for unknown names; `parent|sub` names a subcommand. O(N).
    /// https://redis.io/commands/command-info
    private static void info(Session s, Args a, ReplyWriter r) {
        if (a.count() == 2) {
            command(s, a, r);
            return;
        }
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            CommandSpec spec = table(s).find(a.string(i));
            if (spec == null) {
                r.nullBulk();
            } else {
                CommandInfo.write(spec, r);
            }
        }
    }

    /// COMMAND DOCS [command ...] -> map of names and documentation; unknown names are left out. O(N).
    /// https://redis.io/commands/command-docs
    private static void docs(Session s, Args a, ReplyWriter r) {
        List<CommandSpec> specs = new ArrayList<>();
        for (int i = 2; i < a.count(); i++) {
            CommandSpec spec = table(s).find(a.string(i));
            if (spec != null) {
                specs.add(spec);
            }
        }
        List<CommandSpec> shown = a.count() == 2 ? table(s).commands() : specs;
        r.map(shown.size());
        shown.forEach(spec -> CommandFamilies.docs().write(spec, r));
    }

    /// COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern] -> array of names, subcommands included. O(N).
    /// https://redis.io/commands/command-list
    private static void list(Session s, Args a, ReplyWriter r) {
        if (a.count() == 2) {
            names(s, _ -> true, r);
        } else if (a.count() != 5 || !a.equalsIgnoreCase(2, "FILTERBY")) {
            r.simple(Errors.SYNTAX);
        } else if (a.equalsIgnoreCase(3, "MODULE")) {
            r.array(0);
        } else if (a.equalsIgnoreCase(3, "ACLCAT")) {
            long category = Category.parse(a.string(4).toLowerCase(Locale.ROOT));
            names(s, spec -> (spec.categories() & category) != 0, r);
        } else if (a.equalsIgnoreCase(3, "PATTERN")) {
            OutputBuffer name = new OutputBuffer();
            names(s, spec -> {
                name.clear();
                name.append(spec.fullName().getBytes(StandardCharsets.US_ASCII));
                return Glob.matches(a.address(4), a.length(4), name.address(), (int) name.size(), true);
            }, r);
            name.release();
        } else {
            r.simple(Errors.SYNTAX);
        }
    }

    private static void names(Session s, Predicate<CommandSpec> wanted, ReplyWriter r) {
        List<CommandSpec> found = table(s).all().stream().filter(wanted).toList();
        r.array(found.size());
        found.forEach(spec -> r.bulk(spec.fullName()));
    }

    /// COMMAND GETKEYS | GETKEYSANDFLAGS command [argument ...] -> array of the keys, or of keys and sets of flags. O(N) for N
    /// arguments. Errors: unknown command, wrong number of arguments, no keys. https://redis.io/commands/command-getkeys
    private static void getkeys(Session s, Args a, ReplyWriter r, boolean withFlags) {
        try (Args request = new Args()) {
            request.begin();
            for (int i = 2; i < a.count(); i++) {
                request.add(a.address(i), a.length(i));
            }
            CommandSpec spec = table(s).find(request);
            if (spec == null) {
                r.error("ERR Invalid command specified");
            } else if (!hasKeys(spec.keys())) {
                r.error("ERR The command has no key arguments");
            } else if (!spec.accepts(request.count())) {
                r.error("ERR Invalid number of arguments specified for command");
            } else {
                keys(spec, request, r, withFlags);
            }
        }
    }

    private static boolean hasKeys(KeySpec keys) {
        return keys.parts().stream().anyMatch(part -> (part.flags() & KeyFlag.NOT_KEY) == 0);
    }

    private static void keys(CommandSpec spec, Args request, ReplyWriter r, boolean withFlags) {
        KeySpec keys = spec.keys();
        int count = keys.keyCount(request);
        if (count == 0 || keys.isCutShort(request)) {
            r.error(spec.is(CommandFlag.NO_MANDATORY_KEYS) ? "ERR The command has no key arguments"
                : "ERR Invalid arguments specified for command");
            return;
        }
        r.array(count);
        for (int i = 0; i < count; i++) {
            int at = keys.keyIndex(request, i);
            if (withFlags) {
                r.array(2);
                r.bulk(request.address(at), request.length(at));
                List<String> flags = KeyFlag.names(keys.keyFlags(request, i));
                r.set(flags.size());
                flags.forEach(r::simple);
            } else {
                r.bulk(request.address(at), request.length(at));
            }
        }
    }

    private static CommandTable table(Session s) {
        return ((Client) s).core.node.table();
    }
}
