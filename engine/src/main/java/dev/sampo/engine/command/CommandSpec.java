package dev.sampo.engine.command;

import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// A row of the command table: everything there is to know about a command except its documentation. Immutable; equal
/// only to itself.
public final class CommandSpec {
    private final int id;
    private final String name;
    private final String parent;
    private final int arity;
    private final long flags;
    private final long categories;
    private final KeySpec keys;
    private final Route route;
    private final Predicate<Args> reachingOut;
    private final Effect effect;
    private final int member;
    private final Handler handler;
    private final ShardHandler shardHandler;
    private final SessionHandler sessionHandler;
    private final List<String> tips;
    private final NameIndex subcommands;
    private final String upperName;
    private final byte[] effectName;
    private final byte[] arityError;

    CommandSpec(int id, CommandTable.Row row, NameIndex subcommands) {
        this.id = id;
        this.name = row.name;
        this.parent = row.parent;
        this.arity = row.arity;
        this.flags = row.flags | (row.keys.movable() ? CommandFlag.MOVABLE_KEYS : 0);
        this.categories = Category.implied(row.flags, row.categories);
        this.keys = row.keys;
        this.route = row.route;
        this.reachingOut = row.reachingOut;
        this.effect = row.effect;
        this.member = row.member;
        this.handler = row.handler;
        this.shardHandler = handler instanceof ShardHandler h ? h : null;
        this.sessionHandler = handler instanceof SessionHandler h ? h : null;
        this.tips = List.copyOf(row.tips);
        this.subcommands = subcommands;
        this.upperName = name.toUpperCase(Locale.ROOT);
        this.effectName = upperName.getBytes(StandardCharsets.US_ASCII);
        this.arityError = ReplyWriter.encodeError("ERR wrong number of arguments for '" + fullName() + "' command");
    }

    /// Dense number of the row, from 0; valid in this process only.
    public int id() {
        return id;
    }

    /// Lower case, without the parent's name.
    public String name() {
        return name;
    }

    /// [#name()] in upper case.
    String upperName() {
        return upperName;
    }

    /// Name of the container this is a subcommand of, or null.
    public String parent() {
        return parent;
    }

    /// The name that COMMAND and error messages use: `get`, `object|encoding`.
    public String fullName() {
        return parent == null ? name : parent + "|" + name;
    }

    /// Number of arguments, the name (of a subcommand: both names) included; -n means n or more.
    public int arity() {
        return arity;
    }

    /// Whether a request of `count` arguments is of the right length.
    public boolean accepts(int count) {
        return arity >= 0 ? count == arity : count >= -arity;
    }

    /// Bits of [CommandFlag].
    public long flags() {
        return flags;
    }

    /// Whether one of the [CommandFlag] bits in `flags` is set.
    public boolean is(long flags) {
        return (this.flags & flags) != 0;
    }

    /// Bits of [Category], the implied ones included.
    public long categories() {
        return categories;
    }

    public KeySpec keys() {
        return keys;
    }

    public Route route() {
        return route;
    }

    /// Which shards a request needs: [#route()], unless this one reaches keys that its arguments do not name.
    public Route route(Args a) {
        return reachingOut != null && reachingOut.test(a) ? Route.ALL_SHARDS : route;
    }

    /// The argument that names a member or field of what the first key holds, 0 = none. Only to load it early.
    public int member() {
        return member;
    }

    /// Which requests need all shards although others do not, or null.
    public Predicate<Args> reachingOut() {
        return reachingOut;
    }

    public Effect effect() {
        return effect;
    }

    /// The code, or null for a container that does nothing without a subcommand.
    public Handler handler() {
        return handler;
    }

    /// The code if it works on shards, else null.
    public ShardHandler shardHandler() {
        return shardHandler;
    }

    /// The code if it works on the session, else null.
    public SessionHandler sessionHandler() {
        return sessionHandler;
    }

    /// Redis's command tips.
    public List<String> tips() {
        return tips;
    }

    /// Whether there are subcommands.
    public boolean isContainer() {
        return subcommands != null;
    }

    /// The subcommands in the order in which they were registered.
    public List<CommandSpec> subcommands() {
        return subcommands == null ? List.of() : subcommands.rows();
    }

    /// The subcommand that the bytes name in any case, or null.
    public CommandSpec subcommand(long name, int length) {
        return subcommands == null ? null : subcommands.find(name, length);
    }

    /// Which argument of a request the handler's own first argument is: behind the name, or behind both names.
    public int firstArgument() {
        return parent == null ? 1 : 2;
    }

    /// Replies that the number of arguments is wrong.
    public void writeArityError(ReplyWriter r) {
        r.simple(arityError);
    }

    /// The shard a [Route#KEYS] or [Route#CURSOR] request can start on: that of its first key or of its cursor.
    public int firstShard(Args a, int shards) {
        if (route == Route.CURSOR) {
            return ScanCursor.shard(a, shards);
        }
        int first = keys.firstKey(a);
        return first < 0 ? 0 : SlotMap.shard(SlotMap.slot(a.address(first), a.length(first)), shards);
    }

    /// The name in upper case as it goes into effects; not to be modified.
    public byte[] effectName() {
        return effectName;
    }

    @Override
    public String toString() {
        return fullName();
    }
}
