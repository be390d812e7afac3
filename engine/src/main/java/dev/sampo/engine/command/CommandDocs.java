package dev.sampo.engine.command;

import dev.sampo.resp.ReplyWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What COMMAND DOCS tells about commands, read from resources `commands/<family>.conf` when somebody asks.
///
/// ```
/// # comment
/// [copy]                                  full name of the row: get, object|encoding
/// summary = One sentence.
/// since = 6.2.0                           version of Redis
/// group = generic
/// complexity = O(N), N = bytes of the value
/// deprecated = 6.2.0                      optional, with
/// replacement = `GETRANGE`
/// system = yes                            optional: for the server's own use
/// arguments = source:key destination:key#1 [db:integer@DB~6.2.0] pair:block(a:key b:string)*
///     [unit:oneof(m:pure-token@M km:pure-token@KM)]
/// ```
/// An argument is its name, `:`, its type, `#` and the number of the key specification (for keys 0 if not said), `@` and
/// the word that precedes it, `~` and the version that brought it, and in parentheses what it consists of; `*` means once
/// or more (`+`: and the word each time), brackets that it may be left out. An indented line goes on with the one before.
public final class CommandDocs {
    private static final Set<String> FIELDS =
        Set.of("summary", "since", "group", "complexity", "deprecated", "replacement", "system", "arguments");

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// The documentation of one command.
    ///
    /// @param deprecated version since when it is deprecated, or null
    /// @param replacement what to use instead, or null
    /// @param system whether it is for the server's own use
    public record Entry(String name, String summary, String since, String group, String complexity, String deprecated,
                        String replacement, boolean system, List<Argument> arguments) {
    }

    /// One argument in the grammar of a command.
    ///
    /// @param keySpec number of the key specification, -1 = none
    /// @param token the word that precedes it, or null
    /// @param since version that brought it, or null
    /// @param tokenRepeated whether the token of a multiple argument precedes each of them
    /// @param parts what a `oneof` or a `block` consists of
    public record Argument(String name, String type, int keySpec, String token, String since, boolean optional,
                           boolean multiple, boolean tokenRepeated, List<Argument> parts) {
    }

    private CommandDocs() {
    }

    /// The families of the engine itself.
    public static CommandDocs engine() {
        return load("string", "keys", "hash", "set", "bitmap", "hyperloglog", "list", "sorted-set", "geo", "stream");
    }

    /// Reads families from the class path.
    ///
    /// @throws IllegalStateException if a resource is missing or malformed
    public static CommandDocs load(String... families) {
        CommandDocs docs = new CommandDocs();
        for (String family : families) {
            docs.add(family);
        }
        return docs;
    }

    /// Reads one more family.
    public void add(String family) {
        String resource = "/commands/" + family + ".conf";
        try (InputStream in = CommandDocs.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            parse(resource, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The documentation of a row by its full name, or null.
    public Entry find(String fullName) {
        return entries.get(fullName);
    }

    /// The full names of all rows that are documented.
    public Set<String> names() {
        return entries.keySet();
    }

    // ---------------------------------------------------------------- reading

    void parse(String source, String text) {
        String name = null;
        Map<String, String> fields = new LinkedHashMap<>();
        String field = null;
        for (String line : text.lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("[")) {
                finish(source, name, fields);
                name = line.substring(1, line.indexOf(']'));
                fields = new LinkedHashMap<>();
            } else if (line.startsWith(" ") && field != null) {
                fields.merge(field, line.strip(), (a, b) -> a + " " + b);
            } else {
                int equals = line.indexOf(" = ");
                field = equals < 0 ? line : line.substring(0, equals);
                if (equals < 0 || name == null || !FIELDS.contains(field)) {
                    throw new IllegalStateException(source + ": " + line);
                }
                fields.put(field, line.substring(equals + 3).strip());
            }
        }
        finish(source, name, fields);
    }

    private void finish(String source, String name, Map<String, String> fields) {
        if (name == null) {
            return;
        }
        for (String required : List.of("summary", "since", "group", "complexity")) {
            if (!fields.containsKey(required)) {
                throw new IllegalStateException(source + ": " + name + " has no " + required);
            }
        }
        var grammar = new Grammar(fields.getOrDefault("arguments", ""));
        var entry = new Entry(name, fields.get("summary"), fields.get("since"), fields.get("group"),
            fields.get("complexity"), fields.get("deprecated"), fields.get("replacement"),
            fields.containsKey("system"), grammar.all());
        if (entries.put(name, entry) != null) {
            throw new IllegalStateException(source + ": " + name + " is documented twice");
        }
    }

    /// Reads a list of arguments.
    private static final class Grammar {
        private final String text;
        private int at;

        Grammar(String text) {
            this.text = text;
        }

        List<Argument> all() {
            List<Argument> arguments = list();
            if (at != text.length()) {
                throw malformed();
            }
            return arguments;
        }

        private List<Argument> list() {
            List<Argument> arguments = new ArrayList<>();
            while (at < text.length() && text.charAt(at) != ')') {
                if (!accept(' ')) {
                    arguments.add(argument());
                }
            }
            return List.copyOf(arguments);
        }

        private Argument argument() {
            boolean optional = accept('[');
            String name = word();
            expect(':');
            String type = word();
            int keySpec = accept('#') ? Integer.parseInt(word()) : type.equals("key") ? 0 : -1;
            String token = accept('@') ? token() : null;
            String since = accept('~') ? word() : null;
            List<Argument> parts = List.of();
            if (accept('(')) {
                parts = list();
                expect(')');
            }
            boolean tokenRepeated = accept('+');
            boolean multiple = tokenRepeated || accept('*');
            if (optional) {
                expect(']');
            }
            return new Argument(name, type, keySpec, token, since, optional, multiple, tokenRepeated, parts);
        }

        private String word() {
            int from = at;
            while (at < text.length() && " :#@~()[]*+".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            if (at == from) {
                throw malformed();
            }
            return text.substring(from, at);
        }

        /// A word whose first character may be any, as in `*`.
        private String token() {
            int from = at;
            at = Math.min(at + 1, text.length());
            while (at < text.length() && " :#@~()[]*+".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at);
        }

        private boolean accept(char expected) {
            if (at < text.length() && text.charAt(at) == expected) {
                at++;
                return true;
            }
            return false;
        }

        private void expect(char expected) {
            if (!accept(expected)) {
                throw malformed();
            }
        }

        private IllegalStateException malformed() {
            return new IllegalStateException("at character " + at + " of arguments: " + text);
        }
    }

    // ---------------------------------------------------------------- writing

    /// Writes what COMMAND DOCS says about a row: its name and a map. Rows without documentation have an empty one.
    public void write(CommandSpec spec, ReplyWriter r) {
        r.bulk(spec.fullName());
        Entry entry = entries.get(spec.fullName());
        List<CommandSpec> subcommands = spec.subcommands();
        if (entry == null) {
            r.map(0);
            return;
        }
        boolean deprecated = entry.deprecated != null;
        boolean flagged = deprecated || entry.system;
        r.map(4 + (flagged ? 1 : 0) + (deprecated ? 1 : 0) + (entry.replacement == null ? 0 : 1)
            + (entry.arguments.isEmpty() ? 0 : 1) + (subcommands.isEmpty() ? 0 : 1));
        pair("summary", entry.summary, r);
        pair("since", entry.since, r);
        pair("group", entry.group, r);
        pair("complexity", entry.complexity, r);
        if (flagged) {
            r.bulk("doc_flags");
            r.set((deprecated ? 1 : 0) + (entry.system ? 1 : 0));
            if (deprecated) {
                r.simple("deprecated");
            }
            if (entry.system) {
                r.simple("syscmd");
            }
        }
        if (deprecated) {
            pair("deprecated_since", entry.deprecated, r);
        }
        if (entry.replacement != null) {
            pair("replaced_by", entry.replacement, r);
        }
        if (!entry.arguments.isEmpty()) {
            r.bulk("arguments");
            write(entry.arguments, r);
        }
        if (!subcommands.isEmpty()) {
            r.bulk("subcommands");
            r.map(subcommands.size());
            for (CommandSpec sub : subcommands) {
                write(sub, r);
            }
        }
    }

    private static void pair(String key, String value, ReplyWriter r) {
        r.bulk(key);
        r.bulk(value);
    }

    private static void write(List<Argument> arguments, ReplyWriter r) {
        r.array(arguments.size());
        for (Argument argument : arguments) {
            write(argument, r);
        }
    }

    private static void write(Argument argument, ReplyWriter r) {
        boolean flagged = argument.optional || argument.multiple;
        r.map(2 + (argument.keySpec >= 0 ? 1 : 0) + (argument.token == null ? 0 : 1) + (argument.since == null ? 0 : 1)
            + (flagged ? 1 : 0) + (argument.parts.isEmpty() ? 0 : 1));
        pair("name", argument.name, r);
        pair("type", argument.type, r);
        if (argument.keySpec >= 0) {
            r.bulk("key_spec_index");
            r.integer(argument.keySpec);
        }
        if (argument.token != null) {
            pair("token", argument.token, r);
        }
        if (argument.since != null) {
            pair("since", argument.since, r);
        }
        if (flagged) {
            r.bulk("flags");
            r.set((argument.optional ? 1 : 0) + (argument.multiple ? 1 : 0) + (argument.tokenRepeated ? 1 : 0));
            if (argument.optional) {
                r.simple("optional");
            }
            if (argument.multiple) {
                r.simple("multiple");
            }
            if (argument.tokenRepeated) {
                r.simple("multiple_token");
            }
        }
        if (!argument.parts.isEmpty()) {
            r.bulk("arguments");
            write(argument.parts, r);
        }
    }
}
