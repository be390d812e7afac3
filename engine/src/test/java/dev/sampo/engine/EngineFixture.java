package dev.sampo.engine;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.Route;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// The engine without a server: runs commands given as text on one or more shards, under a clock that stands still, with
/// all effects and events recorded. Routes as a server does, except that it owns all shards all the time.
public final class EngineFixture implements AutoCloseable {
    /// Where the clock starts.
    public static final long START_MILLIS = 1_700_000_000_000L;
    public static final int DATABASES = 16;
    /// What a command that waits replies for the time being; its real reply comes in [#served()].
    public static final Reply BLOCKED = new Reply.Simple("(blocked)");
    private static final int ANY = -1;

    private final CommandTable table;
    private final Shard[] shards;
    private final CommandContext context;
    private final SimClock clock = new SimClock(START_MILLIS);
    private final RecordingEffectLog effects = new RecordingEffectLog();
    private final RecordingEvents events = new RecordingEvents();
    private final List<Throwable> faults = new ArrayList<>();
    private final List<FixtureWaiter> waiters = new ArrayList<>();
    private final List<Served> served = new ArrayList<>();
    private final OutputBuffer output = new OutputBuffer();
    private final ReplyWriter writer = new ReplyWriter();
    private Session session = new FixtureSession(1);
    private boolean alwaysSpread;
    /// The shard whose effect is being replayed.
    private int replayOn = ANY;

    public EngineFixture() {
        this(1);
    }

    public EngineFixture(int shards) {
        this(CommandTable.engine().build(), shards, 1);
    }

    /// @param seed of everything random
    public EngineFixture(CommandTable table, int shardCount, long seed) {
        this(table, shardCount, seed, null);
    }

    /// @param logs where each shard logs its effects; [#effects()] then stays empty
    public EngineFixture(int shards, IntFunction<EffectLog> logs) {
        this(CommandTable.engine().build(), shards, 1, logs);
    }

    private EngineFixture(CommandTable table, int shardCount, long seed, IntFunction<EffectLog> logs) {
        this.table = table;
        shards = new Shard[shardCount];
        for (int i = 0; i < shardCount; i++) {
            shards[i] = new Shard(i, DATABASES, Settings.DEFAULT, logs == null ? effects : logs.apply(i), Reclaimer.INLINE);
        }
        context = new CommandContext(table, shards, events, new SimRng(seed), (_, cause) -> {
            faults.add(cause);
            return faults.size();
        });
        context.blockable(true);
    }

    private static final class FixtureSession extends Session {
        FixtureSession(long id) {
            super(id);
        }
    }

    /// A client that waits; in the fixture one session may wait several times over.
    private static final class FixtureWaiter extends Waiter {
        FixtureWaiter(Session client, CommandSpec spec, long shards) {
            super(client, spec, shards);
        }
    }

    /// A command that waited and has been answered.
    ///
    /// @param client [Session#id()]
    public record Served(long client, Reply reply) {
        @Override
        public String toString() {
            return client + " " + text(reply);
        }
    }

    // ---------------------------------------------------------------- running commands

    /// Runs a command whose words are separated by spaces. A word in double quotes may contain spaces and the escapes
    /// `\"`, `\\`, `\n`, `\r`, `\t` and `\xHH`; characters stand for bytes.
    public Reply run(String line) {
        return call(words(line).toArray(byte[][]::new));
    }

    /// Runs a command, each string an argument of one byte per character.
    public Reply call(String... arguments) {
        byte[][] bytes = new byte[arguments.length][];
        for (int i = 0; i < arguments.length; i++) {
            bytes[i] = arguments[i].getBytes(StandardCharsets.ISO_8859_1);
        }
        return call(bytes);
    }

    /// Runs a command and decodes its reply, which must be exactly one.
    ///
    /// @return [#BLOCKED] if the command waits
    public Reply call(byte[]... arguments) {
        byte[] bytes = bytesOf(arguments);
        return bytes.length == 0 ? BLOCKED : ReplyReader.decode(bytes);
    }

    /// Runs a command and returns the bytes of its reply.
    public byte[] bytesOf(byte[]... arguments) {
        try (Request request = new Request(arguments)) {
            output.clear();
            execute(request.args, writer.target(output, session.respVersion()));
            return output.toByteArray();
        }
    }

    /// What a server does with a request: finds the row, checks the arity, routes, runs.
    public void execute(Args a, ReplyWriter r) {
        CommandSpec spec = table.find(a);
        if (spec == null) {
            Errors.unknown(r, table, a);
        } else if (!spec.accepts(a.count()) || spec.handler() == null) {
            spec.writeArityError(r);
        } else if (spec.sessionHandler() != null) {
            spec.sessionHandler().run(session, a, r);
        } else {
            long needed = route(spec, a);
            context.run(spec, a, r);
            if (context.isBlocked()) {
                FixtureWaiter waiter = new FixtureWaiter(session, spec, needed);
                context.await(waiter, a);
                waiters.add(waiter);
            }
            if (context.hasReady()) {
                context.serve(-1, new FixtureDriver());
            }
        }
    }

    /// What the commands that waited have been answered since this was last asked, in the order of the answers.
    public List<Served> served() {
        List<Served> result = List.copyOf(served);
        served.clear();
        return result;
    }

    /// Clients whose commands wait, in the order in which they came.
    public List<Long> blocked() {
        return waiters.stream().map(Waiter::id).toList();
    }

    /// When the wait of a client that waits once is over, in ms since 1970; [Long#MAX_VALUE] = never.
    public long deadlineOf(long client) {
        return waiterOf(client).deadlineMillis();
    }

    /// Ends the wait of a client that waits once, as if its time were over; what it is then answered.
    public Reply timeOut(long client) {
        FixtureWaiter waiter = waiterOf(client);
        if (!waiter.end()) {
            throw new AssertionError("done");
        }
        waiters.remove(waiter);
        context.forget(waiter);
        try (var out = new FixtureOutput()) {
            waiter.nullReply().write(out.writer);
            return out.reply();
        }
    }

    private FixtureWaiter waiterOf(long client) {
        return waiters.stream().filter(w -> w.id() == client).findFirst().orElseThrow();
    }

    /// Serves on the spot: all shards are at hand all the time.
    private final class FixtureDriver implements WaiterDriver {
        @Override
        public boolean rerun(Waiter waiter) {
            select(waiter.shards());
            try (var out = new FixtureOutput()) {
                if (!context.rerun(waiter, out.writer.target(out.buffer, waiter.respVersion()))) {
                    return false;
                }
                served.add(new Served(waiter.id(), out.reply()));
                waiters.remove((FixtureWaiter) waiter);
                return true;
            }
        }

        @Override
        public void summon(Waiter waiter) {
            throw new AssertionError("all shards are at hand");
        }
    }

    private long route(CommandSpec spec, Args a) {
        context.now(clock.unixMillis());
        context.session(session);
        long needed = replayOn == ANY ? needed(spec, a) : 1L << replayOn;
        select(needed);
        return needed;
    }

    private void select(long needed) {
        if (alwaysSpread || Long.bitCount(needed) > 1) {
            context.spread(needed);
        } else {
            context.single(shards[Long.numberOfTrailingZeros(needed)]);
        }
    }

    /// The shards that a request needs, bit per shard; at least one.
    private long needed(CommandSpec spec, Args a) {
        if (spec.route(a) == Route.ALL_SHARDS) {
            return (1L << shards.length) - 1;
        }
        long needed = 1L << spec.firstShard(a, shards.length);
        for (int i = 0; i < spec.keys().keyCount(a); i++) {
            int at = spec.keys().keyIndex(a, i);
            needed |= 1L << shardOf(a.address(at), a.length(at));
        }
        return needed;
    }

    private int shardOf(long key, int length) {
        return SlotMap.shard(SlotMap.slot(key, length), shards.length);
    }

    /// One active expiry cycle on every shard; how many keys went.
    public int tick(int budget) {
        context.now(clock.unixMillis());
        int removed = 0;
        for (Shard shard : shards) {
            removed += shard.tick(context, budget);
        }
        if (context.hasReady()) {
            context.serve(-1, new FixtureDriver());
        }
        return removed;
    }

    /// Runs effects in the way of recovery: nothing expires meanwhile, and an effect without keys concerns the shard that
    /// logged it.
    ///
    /// @param loggedBy number of shards of the engine that logged them: as many as here, or 1
    public void replay(List<RecordingEffectLog.Effect> log, int loggedBy) {
        context.replaying(true);
        int db = session.db();
        for (RecordingEffectLog.Effect effect : log) {
            session.db(effect.db());
            replayOn = loggedBy == shards.length ? effect.shard() : ANY;
            Reply reply = call(effect.arguments().toArray(byte[][]::new));
            if (reply instanceof Reply.Failure failure) {
                throw new AssertionError("replaying " + effect + ": " + failure.message());
            }
        }
        replayOn = ANY;
        session.db(db);
        context.replaying(false);
    }

    // ---------------------------------------------------------------- parts

    public CommandTable table() {
        return table;
    }

    public SimClock clock() {
        return clock;
    }

    public RecordingEffectLog effects() {
        return effects;
    }

    public RecordingEvents events() {
        return events;
    }

    /// What handlers have thrown.
    public List<Throwable> faults() {
        return faults;
    }

    public CommandContext context() {
        return context;
    }

    public Shard shard(int i) {
        return shards[i];
    }

    public int shards() {
        return shards.length;
    }

    public Session session() {
        return session;
    }

    /// Goes on as another client, in database 0 and RESP2.
    public void newSession() {
        session = new FixtureSession(session.id() + 1);
    }

    /// Speaks RESP3 from now on.
    public EngineFixture resp3() {
        session.respVersion(RespVersion.RESP3);
        return this;
    }

    /// Runs every command as one that spans shards.
    public EngineFixture alwaysSpread() {
        alwaysSpread = true;
        return this;
    }

    /// Replaces the settings of all shards.
    public void settings(Settings settings) {
        for (Shard shard : shards) {
            shard.settings(settings);
        }
    }

    /// The digests of all shards together.
    public long digest() {
        long digest = 0;
        for (Shard shard : shards) {
            digest += shard.digest();
        }
        return digest;
    }

    /// Walks all structures.
    public void assertValid() {
        for (Shard shard : shards) {
            for (int db = 0; db < DATABASES; db++) {
                shard.keyspace(db).assertValid();
            }
            shard.waits().assertValid();
            if (shard.counters().uncommitted() != 0) {
                throw new AssertionError("uncommitted changes on shard " + shard.index());
            }
        }
    }

    @Override
    public void close() {
        assertValid();
        context.close();
        output.release();
        for (Shard shard : shards) {
            shard.close();
        }
    }

    // ---------------------------------------------------------------- text

    /// The words of a line as [#run(String)] reads it.
    public static List<byte[]> words(String line) {
        List<byte[]> words = new ArrayList<>();
        int i = 0;
        while (i < line.length()) {
            if (line.charAt(i) == ' ') {
                i++;
                continue;
            }
            var word = new ByteArrayOutputStream();
            i = line.charAt(i) == '"' ? quoted(line, i + 1, word) : plain(line, i, word);
            words.add(word.toByteArray());
        }
        return words;
    }

    private static int plain(String line, int from, ByteArrayOutputStream word) {
        int i = from;
        while (i < line.length() && line.charAt(i) != ' ') {
            word.write(line.charAt(i++));
        }
        return i;
    }

    private static int quoted(String line, int from, ByteArrayOutputStream word) {
        int i = from;
        while (line.charAt(i) != '"') {
            if (line.charAt(i) != '\\') {
                word.write(line.charAt(i++));
                continue;
            }
            char escape = line.charAt(i + 1);
            i += 2;
            switch (escape) {
                case 'n' -> word.write('\n');
                case 'r' -> word.write('\r');
                case 't' -> word.write('\t');
                case 'x' -> {
                    word.write(Integer.parseInt(line, i, i + 2, 16));
                    i += 2;
                }
                default -> word.write(escape);
            }
        }
        return i + 1;
    }

    /// A reply in one line: `+OK`, `-ERR ...`, `:1`, `"bulk"`, `nil`, `[a b]`, `{k v}`.
    public static String text(Reply reply) {
        return switch (reply) {
            case Reply.Simple simple -> "+" + simple.text();
            case Reply.Failure failure -> "-" + failure.message();
            case Reply.Int number -> ":" + number.value();
            case Reply.Bulk bulk -> "\"" + new String(bulk.bytes(), StandardCharsets.ISO_8859_1) + "\"";
            case Reply.Null _ -> "nil";
            case Reply.Array array -> list(array.elements());
            case Reply.SetReply set -> list(set.elements());
            case Reply.Push push -> list(push.elements());
            case Reply.MapReply map -> {
                List<String> pairs = new ArrayList<>();
                map.pairs().forEach(pair -> pairs.add(text(pair.key()) + " " + text(pair.value())));
                yield "{" + String.join(" ", pairs) + "}";
            }
            case Reply.Dbl dbl -> "," + dbl.value();
            case Reply.Bool bool -> "#" + bool.value();
            case Reply.BigNumber big -> "(" + big.digits();
            case Reply.Verbatim verbatim -> "=" + verbatim.text();
            case Reply.Attribute attribute -> text(attribute.reply());
        };
    }

    private static String list(List<Reply> elements) {
        return "[" + String.join(" ", elements.stream().map(EngineFixture::text).toList()) + "]";
    }

    /// A request in memory of exactly its size, so that reading beyond an argument is noticed by the debug allocator.
    public static final class Request implements AutoCloseable {
        public final Args args = new Args();
        private final long[] addresses;
        private final int[] lengths;

        public Request(byte[]... arguments) {
            addresses = new long[arguments.length];
            lengths = new int[arguments.length];
            args.begin();
            for (int i = 0; i < arguments.length; i++) {
                lengths[i] = arguments[i].length;
                addresses[i] = OffHeap.allocate(lengths[i]);
                OffHeap.copyFrom(arguments[i], 0, addresses[i], lengths[i]);
                args.add(addresses[i], lengths[i]);
            }
        }

        @Override
        public void close() {
            for (int i = 0; i < addresses.length; i++) {
                OffHeap.free(addresses[i], lengths[i]);
            }
            args.close();
        }
    }
}
