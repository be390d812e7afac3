package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// All commands of a server: built once from the families' registrars, then immutable and shared by all threads.
///
/// A family is a class with `static void register(CommandTable.Builder t)`; its rows stand beside its handlers. Modules
/// outside the engine register their families (connection, server, publish/subscribe, ...) in the same way.
public final class CommandTable {
    private final NameIndex commands;
    private final CommandSpec[] byId;

    private CommandTable(NameIndex commands, List<CommandSpec> all) {
        this.commands = commands;
        byId = all.toArray(CommandSpec[]::new);
    }

    public static Builder builder() {
        return new Builder();
    }

    /// The families of the engine itself.
    public static Builder engine() {
        Builder t = builder();
        StringCommands.register(t);
        KeyCommands.register(t);
        SetCommands.register(t);
        StreamCommands.register(t);
        DumpCommands.register(t);
        HashCommands.register(t);
        SortCommands.register(t);
        BitmapCommands.register(t);
        HyperLogLogCommands.register(t);
        ListCommands.register(t);
        SortedSetCommands.register(t);
        GeoCommands.register(t);
        return t;
    }

    /// The command that the bytes name in any case, or null. Containers are returned as such. Allocates nothing.
    public CommandSpec find(long name, int length) {
        return commands.find(name, length);
    }

    /// The row that a request of at least one argument asks for, a subcommand where the first argument names a
    /// container that has more arguments; null if there is no such command or subcommand:
    /// [Errors#unknown(dev.sampo.resp.ReplyWriter, CommandTable, Args)] replies to that. Allocates nothing.
    public CommandSpec find(Args a) {
        CommandSpec spec = commands.find(a.address(0), a.length(0));
        if (spec != null && spec.isContainer() && a.count() > 1) {
            return spec.subcommand(a.address(1), a.length(1));
        }
        return spec;
    }

    /// The row of a full name in any case (`get`, `object|encoding`), or null.
    public CommandSpec find(String fullName) {
        String lower = fullName.toLowerCase(Locale.ROOT);
        int bar = lower.indexOf('|');
        CommandSpec spec = commands.find(bar < 0 ? lower : lower.substring(0, bar));
        if (bar < 0 || spec == null) {
            return spec;
        }
        for (CommandSpec sub : spec.subcommands()) {
            if (sub.name().equals(lower.substring(bar + 1))) {
                return sub;
            }
        }
        return null;
    }

    /// The commands in the order in which they were registered, without subcommands.
    public List<CommandSpec> commands() {
        return commands.rows();
    }

    /// All rows, subcommands included, by id.
    public List<CommandSpec> all() {
        return List.of(byId);
    }

    /// Number of rows, subcommands included: ids are smaller.
    public int size() {
        return byId.length;
    }

    /// The row with an id.
    public CommandSpec row(int id) {
        return byId[id];
    }

    /// Collects rows. Names may be written in upper case.
    public static final class Builder {
        private final List<Row> rows = new ArrayList<>();
        private final String parent;

        private Builder() {
            this(null);
        }

        private Builder(String parent) {
            this.parent = parent;
        }

        /// A command on data. Its route is [Route#KEYS] if it has keys and otherwise [Route#ALL_SHARDS]; its effect is
        /// [Effect#NONE] until the row says otherwise.
        ///
        /// @param categories bits of [Category] beyond those that the flags imply
        public Row add(String name, int arity, long flags, long categories, KeySpec keys, ShardHandler handler) {
            Route route = keys.isNone() ? Route.ALL_SHARDS : Route.KEYS;
            return add(new Row(parent, name, arity, flags, categories, keys, route, handler));
        }

        /// A command on the session or the server, without keys.
        public Row session(String name, int arity, long flags, long categories, SessionHandler handler) {
            return add(new Row(parent, name, arity, flags, categories, KeySpec.NONE, Route.SESSION, handler));
        }

        /// A command that only has subcommands: add them to the row's [Row#children()].
        public Row container(String name, int arity, long flags, long categories) {
            if (parent != null) {
                throw new IllegalArgumentException("a subcommand has no subcommands: " + parent + " " + name);
            }
            return add(new Row(null, name, arity, flags, categories, KeySpec.NONE, Route.SESSION, null));
        }

        /// Where to add subcommands to a command that another family has registered.
        public Builder children(String name) {
            for (Row row : rows) {
                if (row.name.equalsIgnoreCase(name)) {
                    return row.children();
                }
            }
            throw new IllegalArgumentException("no such command: " + name);
        }

        private Row add(Row row) {
            rows.add(row);
            return row;
        }

        /// @throws IllegalArgumentException if two rows have the same name
        public CommandTable build() {
            List<CommandSpec> all = new ArrayList<>();
            List<CommandSpec> top = new ArrayList<>();
            for (Row row : rows) {
                top.add(row.build(all));
            }
            return new CommandTable(new NameIndex(top), all);
        }
    }

    /// A row while it is being written.
    public static final class Row {
        final String parent;
        final String name;
        final int arity;
        final long flags;
        final long categories;
        final Handler handler;
        final List<String> tips = new ArrayList<>();
        KeySpec keys;
        Route route;
        Effect effect = Effect.NONE;
        int member;
        Predicate<Args> reachingOut;
        private Builder children;

        private Row(String parent, String name, int arity, long flags, long categories, KeySpec keys, Route route,
                    Handler handler) {
            if (name.isEmpty() || name.length() > NameIndex.NAME_MAX) {
                throw new IllegalArgumentException("no name for a command: " + name);
            }
            this.parent = parent;
            this.name = name.toLowerCase(Locale.ROOT);
            this.arity = arity;
            this.flags = flags;
            this.categories = categories;
            this.keys = keys;
            this.route = route;
            this.handler = handler;
        }

        /// How changes get into the effect log.
        public Row effect(Effect effect) {
            this.effect = effect;
            return this;
        }

        /// The argument that names a member or field of what the first key holds.
        public Row member(int argument) {
            this.member = argument;
            return this;
        }

        /// Which shards are needed, where it does not follow from the keys.
        public Row route(Route route) {
            this.route = route;
            return this;
        }

        /// Which requests need all shards, because they reach keys that only the data tell.
        public Row reachingOut(Predicate<Args> rule) {
            reachingOut = rule;
            return this;
        }

        /// Where keys, or what is routed like keys, stand in a session command; which shards are needed does not change.
        public Row keys(KeySpec keys) {
            this.keys = keys;
            return this;
        }

        /// Redis's command tips.
        public Row tips(String... tips) {
            this.tips.addAll(List.of(tips));
            return this;
        }

        /// Where to add subcommands; calling it makes the row a container.
        public Builder children() {
            if (parent != null) {
                throw new IllegalArgumentException("a subcommand has no subcommands: " + parent + " " + name);
            }
            if (children == null) {
                children = new Builder(name);
            }
            return children;
        }

        private CommandSpec build(List<CommandSpec> all) {
            int id = all.size();
            all.add(null);
            NameIndex index = null;
            if (children != null) {
                List<CommandSpec> subcommands = new ArrayList<>();
                for (Row child : children.rows) {
                    subcommands.add(child.build(all));
                }
                index = new NameIndex(subcommands);
            }
            CommandSpec spec = new CommandSpec(id, this, index);
            all.set(id, spec);
            return spec;
        }
    }
}
