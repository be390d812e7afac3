package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.BLOCKING;
import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.STALE;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.INSERT;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.Listpack;
import dev.sampo.engine.value.StreamId;
import dev.sampo.engine.value.StreamRange;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Commands on streams, and the rows of the family; reading with XREAD is in [StreamReading], consumer groups are in
/// [StreamGroupCommands]. Contract: https://redis.io/commands/?group=stream
final class StreamCommands {
    private static final String NONDETERMINISTIC = "nondeterministic_output";

    private StreamCommands() {
    }

    static void register(CommandTable.Builder t) {
        long stream = Category.STREAM;
        KeySpec read = KeySpec.key(1, RO | ACCESS);
        KeySpec updated = KeySpec.key(1, RW | UPDATE);
        KeySpec shortened = KeySpec.key(1, RW | DELETE);
        t.add("XADD", -5, WRITE | DENYOOM | FAST, stream,
            updated.notes("UPDATE instead of INSERT because of the optional trimming feature"), StreamCommands::xadd)
            .effect(Effect.CUSTOM).tips(NONDETERMINISTIC);
        t.add("XLEN", 2, READONLY | FAST, stream, KeySpec.key(1, RO), StreamCommands::xlen);
        t.add("XRANGE", -4, READONLY, stream, read, StreamCommands::xrange);
        t.add("XREVRANGE", -4, READONLY, stream, read, StreamCommands::xrevrange);
        t.add("XDEL", -3, WRITE | FAST, stream, shortened, StreamCommands::xdel).effect(Effect.VERBATIM);
        t.add("XTRIM", -4, WRITE, stream, shortened, StreamCommands::xtrim).effect(Effect.CUSTOM).tips(NONDETERMINISTIC);
        t.add("XSETID", -3, WRITE | DENYOOM | FAST, stream, updated, StreamCommands::xsetid).effect(Effect.VERBATIM);
        t.add("XREAD", -4, READONLY | BLOCKING, stream, streams(1), StreamReading::xread);
        t.add("XREADGROUP", -7, WRITE | BLOCKING, stream, streams(4), StreamReading::xreadgroup).effect(Effect.CUSTOM);
        t.add("XACK", -4, WRITE | FAST, stream, updated, StreamGroupCommands::xack).effect(Effect.VERBATIM);
        t.add("XPENDING", -3, READONLY, stream, read, StreamGroupCommands::xpending).tips(NONDETERMINISTIC);
        t.add("XCLAIM", -6, WRITE | FAST, stream, updated, StreamGroupCommands::xclaim).effect(Effect.CUSTOM)
            .tips(NONDETERMINISTIC);
        t.add("XAUTOCLAIM", -6, WRITE | FAST, stream, shortened, StreamGroupCommands::xautoclaim).effect(Effect.CUSTOM)
            .tips(NONDETERMINISTIC);
        registerGroups(t, stream);
        registerInfo(t, stream);
    }

    /// Keys behind STREAMS, followed by as many IDs.
    private static KeySpec streams(int from) {
        return KeySpec.of(new KeySpec.Part(RO | ACCESS, null, new KeySpec.Keyword("STREAMS", from), new KeySpec.Range(-1, 1, 2)));
    }

    private static void registerGroups(CommandTable.Builder t, long stream) {
        CommandTable.Builder group = t.container("XGROUP", -2, 0, 0).children();
        KeySpec added = KeySpec.key(2, RW | INSERT);
        KeySpec removed = KeySpec.key(2, RW | DELETE);
        group.add("CREATE", -5, WRITE | DENYOOM, stream, added, StreamGroupCommands::create).effect(Effect.CUSTOM);
        group.add("SETID", -5, WRITE, stream, KeySpec.key(2, RW | UPDATE), StreamGroupCommands::setid).effect(Effect.CUSTOM);
        group.add("DESTROY", 4, WRITE, stream, removed, StreamGroupCommands::destroy).effect(Effect.CUSTOM);
        group.add("CREATECONSUMER", 5, WRITE | DENYOOM, stream, added, StreamGroupCommands::createConsumer).effect(Effect.CUSTOM);
        group.add("DELCONSUMER", 5, WRITE, stream, removed, StreamGroupCommands::delConsumer).effect(Effect.CUSTOM);
        group.session("HELP", 2, LOADING | STALE, stream, (_, _, r) -> StreamInfo.groupHelp(r));
    }

    private static void registerInfo(CommandTable.Builder t, long stream) {
        CommandTable.Builder info = t.container("XINFO", -2, 0, 0).children();
        KeySpec inspected = KeySpec.key(2, RO | ACCESS);
        info.add("STREAM", -3, READONLY, stream, inspected, StreamInfo::stream);
        info.add("GROUPS", 3, READONLY, stream, inspected, StreamInfo::groups);
        info.add("CONSUMERS", 4, READONLY, stream, inspected, StreamInfo::consumers).tips(NONDETERMINISTIC);
        info.session("HELP", 2, LOADING | STALE, stream, (_, _, r) -> StreamInfo.help(r));
    }

    // ---------------------------------------------------------------- for all commands on streams

    /// Whether an entry (0 = none) may be taken for a stream; replies if not.
    static boolean isStream(long e, ReplyWriter r) {
        if (e != 0 && Entry.type(e) != Type.STREAM) {
            r.simple(Errors.WRONG_TYPE);
            return false;
        }
        return true;
    }

    /// Turns to the stream in argument `i`, whose entry was just looked up.
    static StreamValue open(CommandContext c, Args a, int i, long e) {
        return c.streams().stream.open(c.keyspace(a, i), a.address(i), a.length(i), c.hash(a, i), e);
    }

    // ---------------------------------------------------------------- adding

    /// XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value [field value ...] -> ID, nil if
    /// NOMKSTREAM prevents it. O(1) amortised, and what is trimmed. Errors: WRONGTYPE; syntax; ID not above the last one.
    /// https://redis.io/commands/xadd
    private static void xadd(CommandContext c, Args a, ReplyWriter r) {
        StreamState state = c.streams();
        int idAt = 2;
        if (StreamTrim.isStar(a, 2)) {
            state.trim.none();
        } else {
            ArgReader in = c.reader(a, 2);
            idAt = state.trim.parseAdd(c, a, in, state.id);
            if (in.failed(r)) {
                return;
            }
        }
        int fields = a.count() - idAt - 1;
        if (fields < 2 || (fields & 1) != 0) {
            c.spec().writeArityError(r);
            return;
        }
        boolean given = !StreamTrim.isStar(a, idAt);
        if (given && !state.id.isAutomatic() && (state.id.ms() | state.id.seq()) == 0) {
            r.simple(StreamErrors.ADDED_ZERO);
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (!isStream(e, r)) {
            return;
        }
        if (e == 0 && state.trim.isNoMkstream()) {
            r.nullBulk();
            return;
        }
        add(c, a, e, idAt, given, r);
    }

    private static void add(CommandContext c, Args a, long e, int idAt, boolean given, ReplyWriter r) {
        StreamState state = c.streams();
        StreamValue stream = state.stream;
        long lastMs = 0;
        long lastSeq = 0;
        if (e != 0) {
            open(c, a, 1, e);
            lastMs = stream.lastMs();
            lastSeq = stream.lastSeq();
        }
        byte[] error = resolve(state.id, given, lastMs, lastSeq, c.now());
        if (error == null && bytes(a, idAt + 1) > Listpack.BYTES_MAX) {
            error = StreamErrors.TOO_LARGE;
        }
        if (error != null) {
            r.simple(error);
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        if (e == 0) {
            stream.create(ks, a.address(1), a.length(1), c.hash(a, 1));
            c.created(ks, a, 1);
        } else {
            stream.change();
        }
        CollectionLimits limits = c.settings().collections();
        long ms = state.id.ms();
        long seq = state.id.seq();
        stream.append(ms, seq, a, idAt + 1, (a.count() - idAt - 1) / 2, limits.streamNodeBytes(), limits.streamNodeEntries());
        long trimmed = state.trim.isWanted() ? state.trim.trim(stream) : 0;
        c.commit(ks, a, 1, EventClass.STREAM, EventName.XADD);
        if (trimmed > 0) {
            c.event(ks, a, 1, EventClass.STREAM, EventName.XTRIM);
        }
        if (c.logs(ks)) {
            StreamEffects.add(c, ks, a, idAt + 1, ms, seq, trimmed > 0 ? stream.length() : -1);
        }
        StreamId.reply(r, ms, seq);
    }

    /// Finds out the ID of a new entry; returns an error or null.
    private static byte[] resolve(StreamIdReader id, boolean given, long lastMs, long lastSeq, long now) {
        if ((lastMs & lastSeq) == StreamId.MAX) {
            return StreamErrors.EXHAUSTED;
        }
        if (!given) {
            if (Long.compareUnsigned(now, lastMs) > 0) {
                id.set(now, 0);
            } else {
                id.set(lastMs, lastSeq);
                id.increment();
            }
            return null;
        }
        if (id.isAutomatic() && id.ms() == lastMs) {
            if (lastSeq == StreamId.MAX) {
                return StreamErrors.ADDED_SMALLER;
            }
            id.set(lastMs, lastSeq + 1);
        }
        return StreamId.compare(id.ms(), id.seq(), lastMs, lastSeq) <= 0 ? StreamErrors.ADDED_SMALLER : null;
    }

    private static long bytes(Args a, int from) {
        long bytes = 0;
        for (int i = from; i < a.count(); i++) {
            bytes += a.length(i);
        }
        return bytes;
    }

    // ---------------------------------------------------------------- reading

    /// XLEN key -> number of entries, 0 for a missing key. O(1). Errors: WRONGTYPE. https://redis.io/commands/xlen
    private static void xlen(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (isStream(e, r)) {
            r.integer(e == 0 ? 0 : open(c, a, 1, e).length());
        }
    }

    /// XRANGE key start end [COUNT count] -> array of [ID, [field, value, ...]]; ends may be `-`, `+`, incomplete or `(` and
    /// excluded. O(log n) and of the reply. Errors: WRONGTYPE; syntax. https://redis.io/commands/xrange
    private static void xrange(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, 2, 3, false, r);
    }

    /// XREVRANGE key end start [COUNT count] -> as XRANGE, from the end. https://redis.io/commands/xrevrange
    private static void xrevrange(CommandContext c, Args a, ReplyWriter r) {
        range(c, a, 3, 2, true, r);
    }

    private static void range(CommandContext c, Args a, int startAt, int endAt, boolean reverse, ReplyWriter r) {
        StreamState state = c.streams();
        ArgReader in = c.reader(a, 4);
        parseInterval(a, startAt, endAt, state, in);
        long count = -1;
        while (in.more()) {
            if (in.optionWithValue("COUNT")) {
                count = Math.max(0, in.nextLong());
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isStream(e, r)) {
            return;
        }
        if (e == 0) {
            r.array(0);
        } else if (count == 0) {
            r.nullArray();
        } else {
            state.range.open(open(c, a, 1, e), state.id.ms(), state.id.seq(), state.end.ms(), state.end.seq(), reverse);
            reply(state.range, count < 0 ? Long.MAX_VALUE : count, r);
        }
    }

    /// Reads both ends of an interval into [StreamState#id] and [StreamState#end].
    static void parseInterval(Args a, int startAt, int endAt, StreamState state, ArgReader in) {
        if (!state.id.parseInterval(a, startAt, 0)) {
            in.fail(StreamErrors.INVALID_ID);
        } else if (state.id.isExclusive() && !state.id.increment()) {
            in.fail(StreamErrors.INVALID_START);
        } else if (!state.end.parseInterval(a, endAt, StreamId.MAX)) {
            in.fail(StreamErrors.INVALID_ID);
        } else if (state.end.isExclusive() && !state.end.decrement()) {
            in.fail(StreamErrors.INVALID_END);
        }
    }

    /// Replies with up to `count` entries of a range.
    static void reply(StreamRange range, long count, ReplyWriter r) {
        long mark = r.deferredArray();
        long replied = 0;
        while (replied < count && range.next()) {
            range.reply(r);
            replied++;
        }
        r.patch(mark, replied);
    }

    // ---------------------------------------------------------------- deleting

    /// XDEL key id [id ...] -> number of entries deleted. O(log n) each. The key stays even if none is left. Errors: WRONGTYPE;
    /// invalid ID. https://redis.io/commands/xdel
    private static void xdel(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isStream(e, r)) {
            return;
        }
        if (e == 0) {
            r.integer(0);
            return;
        }
        StreamIdReader id = c.streams().id;
        StreamValue stream = open(c, a, 1, e);
        if (!areIds(a, 2, id)) {
            r.simple(StreamErrors.INVALID_ID);
            return;
        }
        long deleted = 0;
        boolean first = false;
        for (int i = 2; i < a.count(); i++) {
            id.parseStrict(a, i, 0);
            if (!stream.contains(id.ms(), id.seq())) {
                continue;
            }
            stream.change();
            stream.delete(id.ms(), id.seq());
            first |= id.ms() == stream.firstMs() && id.seq() == stream.firstSeq();
            if (StreamId.compare(id.ms(), id.seq(), stream.maxDeletedMs(), stream.maxDeletedSeq()) > 0) {
                stream.maxDeleted(id.ms(), id.seq());
            }
            deleted++;
        }
        if (deleted > 0) {
            if (first) {
                stream.updateFirst();
            }
            c.commit(c.keyspace(a, 1), a, 1, EventClass.STREAM, EventName.XDEL);
        }
        r.integer(deleted);
    }

    /// Whether all arguments from `from` on are IDs.
    static boolean areIds(Args a, int from, StreamIdReader id) {
        for (int i = from; i < a.count(); i++) {
            if (!id.parseStrict(a, i, 0)) {
                return false;
            }
        }
        return true;
    }

    /// XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count] -> number of entries deleted. O(deleted entries), by nodes.
    /// Errors: WRONGTYPE; syntax. https://redis.io/commands/xtrim
    private static void xtrim(CommandContext c, Args a, ReplyWriter r) {
        StreamTrim trim = c.streams().trim;
        ArgReader in = c.reader(a, 2);
        trim.parseTrim(c, a, in);
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (!isStream(e, r)) {
            return;
        }
        if (e == 0) {
            r.integer(0);
            return;
        }
        StreamValue stream = open(c, a, 1, e);
        long deleted = 0;
        if (trim.applies(stream)) {
            stream.change();
            deleted = trim.trim(stream);
            Keyspace ks = c.keyspace(a, 1);
            c.commit(ks, a, 1, EventClass.STREAM, EventName.XTRIM);
            if (c.logs(ks)) {
                StreamEffects.trim(c, ks, a, stream.length());
            }
        }
        r.integer(deleted);
    }

    // ---------------------------------------------------------------- the last ID

    /// XSETID key last-id [ENTRIESADDED count] [MAXDELETEDID id] -> OK. O(1). Errors: WRONGTYPE; no such key; an ID below what
    /// the stream has. https://redis.io/commands/xsetid
    private static void xsetid(CommandContext c, Args a, ReplyWriter r) {
        StreamIdReader id = c.streams().id;
        StreamIdReader deleted = c.streams().end;
        ArgReader in = c.reader(a, 3);
        long added = -1;
        deleted.set(0, 0);
        if (!id.parseStrict(a, 2, 0)) {
            in.fail(StreamErrors.INVALID_ID);
        }
        while (in.more()) {
            if (in.optionWithValue("ENTRIESADDED")) {
                added = in.nextLong();
                if (added < 0) {
                    in.fail(StreamErrors.ADDED_NEGATIVE);
                }
            } else if (in.optionWithValue("MAXDELETEDID")) {
                if (!deleted.parseStrict(a, in.next(), 0)) {
                    in.fail(StreamErrors.INVALID_ID);
                } else if (StreamId.compare(id.ms(), id.seq(), deleted.ms(), deleted.seq()) < 0) {
                    in.fail(StreamErrors.SET_BELOW_GIVEN_DELETED);
                }
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
        } else if (isStream(e, r)) {
            setId(c, a, open(c, a, 1, e), added, r);
        }
    }

    private static void setId(CommandContext c, Args a, StreamValue stream, long added, ReplyWriter r) {
        StreamIdReader id = c.streams().id;
        StreamIdReader deleted = c.streams().end;
        byte[] error = null;
        // Redis 7.0 allows it, and its log is read here.
        if (!c.replaying() && StreamId.compare(id.ms(), id.seq(), stream.maxDeletedMs(), stream.maxDeletedSeq()) < 0) {
            error = StreamErrors.SET_BELOW_DELETED;
        } else if (stream.length() > 0) {
            StreamRange range = c.streams().range;
            range.openAll(stream, true);
            range.next();
            if (StreamId.compare(id.ms(), id.seq(), range.ms(), range.seq()) < 0) {
                error = StreamErrors.SET_BELOW_TOP;
            } else if (added != -1 && stream.length() > added) {
                error = StreamErrors.ADDED_BELOW_LENGTH;
            }
        }
        if (error != null) {
            r.simple(error);
            return;
        }
        stream.change();
        stream.last(id.ms(), id.seq());
        if (added != -1) {
            stream.entriesAdded(added);
        }
        if ((deleted.ms() | deleted.seq()) != 0) {
            stream.maxDeleted(deleted.ms(), deleted.seq());
        }
        c.commitAside(c.keyspace(a, 1), a, 1, EventClass.STREAM, EventName.XSETID);
        r.ok();
    }
}
