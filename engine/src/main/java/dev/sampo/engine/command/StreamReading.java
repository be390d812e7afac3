package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamId;
import dev.sampo.engine.value.StreamRange;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;

/// XREAD and XREADGROUP.
///
/// Both look at every stream twice, as in Redis: first everything is validated and the IDs are resolved, then the streams are
/// served one after the other. A client that blocks is served by running its request again.
final class StreamReading {
    private static final int NOT_GIVEN = -1;

    private StreamReading() {
    }

    /// XREAD [COUNT count] [BLOCK ms] STREAMS key [key ...] id [id ...] -> map of key to entries (RESP2: array of pairs) above
    /// the ID, nil if there are none; `$` stands for the last ID, `+` for the one before the last entry's. O(log n) per key and
    /// of the reply. Errors: WRONGTYPE; syntax. https://redis.io/commands/xread
    static void xread(CommandContext c, Args a, ReplyWriter r) {
        read(c, a, false, r);
    }

    /// XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...] -> as XREAD: for `>`
    /// entries that the group has not delivered yet, which are then pending with the consumer; for an ID the consumer's own
    /// pending entries above it, deleted ones with nil. O(log n) per key and entry. Errors: WRONGTYPE; syntax; NOGROUP.
    /// https://redis.io/commands/xreadgroup
    static void xreadgroup(CommandContext c, Args a, ReplyWriter r) {
        read(c, a, true, r);
    }

    private static void read(CommandContext c, Args a, boolean inGroup, ReplyWriter r) {
        ArgReader in = c.reader(a, 1);
        long timeout = NOT_GIVEN;
        long count = 0;
        int streams = 0;
        int group = 0;
        boolean noack = false;
        while (streams == 0 && in.more()) {
            if (in.optionWithValue("BLOCK")) {
                timeout = in.nextTimeoutMillis();
            } else if (in.optionWithValue("COUNT")) {
                count = Math.max(0, in.nextLong());
            } else if (in.optionWithValue("STREAMS")) {
                streams = a.count() - in.left();
                if ((in.left() & 1) != 0) {
                    in.fail(StreamErrors.UNBALANCED);
                }
            } else if (in.left() > 2 && in.option("GROUP")) {
                if (!inGroup) {
                    in.fail(StreamErrors.GROUP_IN_XREAD);
                }
                group = in.next();
                in.next();
            } else if (in.option("NOACK")) {
                noack = true;
                if (!inGroup) {
                    in.fail(StreamErrors.NOACK_IN_XREAD);
                }
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (streams == 0) {
            in.fail(Errors.SYNTAX);
        } else if (inGroup && group == 0) {
            in.fail(StreamErrors.NO_GROUP_OPTION);
        }
        if (in.failed(r)) {
            return;
        }
        int keys = (a.count() - streams) / 2;
        long limit = count == 0 ? Long.MAX_VALUE : count;
        boolean valid = inGroup ? checkGroups(c, a, streams, keys, group, r) : resolve(c, a, streams, keys, r);
        if (!valid) {
            return;
        }
        long mark = r.target().size();
        boolean resp3 = r.respVersion() == RespVersion.RESP3;
        long header = resp3 ? r.deferredMap() : r.deferredArray();
        int served = 0;
        for (int i = 0; i < keys; i++) {
            int key = streams + i;
            boolean more = inGroup ? serveGroup(c, a, key, keys, group, noack, limit, r) : serve(c, a, key, i, limit, r);
            served += more ? 1 : 0;
        }
        if (served > 0) {
            r.patch(header, served);
            return;
        }
        r.target().truncate(mark);
        if (timeout == NOT_GIVEN || !c.mayBlock()) {
            r.nullArray();
        } else {
            block(c, a, streams, keys, inGroup, timeout);
        }
    }

    private static void block(CommandContext c, Args a, int streams, int keys, boolean inGroup, long timeout) {
        if (inGroup) {
            // The group, or the key with it, may go.
            c.wakeOnRemoval();
        } else {
            StreamState state = c.streams();
            for (int i = 0; i < keys; i++) {
                if (isSign(a, streams + keys + i, '$')) {
                    c.blockWith(a, streams + keys + i, state.text, StreamId.write(state.text, state.ms(i), state.seq(i)));
                }
            }
        }
        c.block(a, timeout, CommandContext.NULL_ARRAY);
    }

    static boolean isSign(Args a, int i, char sign) {
        int length = a.length(i);
        return length > 0 && OffHeap.getByte(a.address(i)) == sign && (length == 1 || OffHeap.getByte(a.address(i) + 1) == 0);
    }

    /// Begins the reply of one stream: a pair, or in RESP3 a key of the map.
    private static void begin(Args a, int key, ReplyWriter r) {
        if (r.respVersion() != RespVersion.RESP3) {
            r.array(2);
        }
        r.bulk(a.address(key), a.length(key));
    }

    // ---------------------------------------------------------------- XREAD

    /// Finds out the IDs above which is read; whether all arguments are valid, else there is a reply.
    private static boolean resolve(CommandContext c, Args a, int streams, int keys, ReplyWriter r) {
        StreamState state = c.streams();
        state.clearIds();
        for (int i = 0; i < keys; i++) {
            long e = c.lookupRead(a, streams + i);
            if (!StreamCommands.isStream(e, r)) {
                return false;
            }
            int at = streams + keys + i;
            if (isSign(a, at, '$')) {
                addLast(c, a, streams + i, e);
            } else if (isSign(a, at, '+')) {
                addBeforeLastEntry(c, a, streams + i, e);
            } else if (isSign(a, at, '>')) {
                r.simple(StreamErrors.NEW_IN_XREAD);
                return false;
            } else if (state.id.parseStrict(a, at, 0)) {
                state.addId(state.id.ms(), state.id.seq());
            } else {
                r.simple(StreamErrors.INVALID_ID);
                return false;
            }
        }
        return true;
    }

    private static void addLast(CommandContext c, Args a, int key, long e) {
        StreamState state = c.streams();
        if (e == 0) {
            state.addId(0, 0);
        } else {
            StreamValue stream = StreamCommands.open(c, a, key, e);
            state.addId(stream.lastMs(), stream.lastSeq());
        }
    }

    private static void addBeforeLastEntry(CommandContext c, Args a, int key, long e) {
        StreamState state = c.streams();
        state.id.set(0, 0);
        if (e != 0) {
            state.range.openAll(StreamCommands.open(c, a, key, e), true);
            if (state.range.next()) {
                state.id.set(state.range.ms(), state.range.seq());
                state.id.decrement();
            }
        }
        state.addId(state.id.ms(), state.id.seq());
    }

    /// Replies with what one stream has above the ID; whether there is anything.
    private static boolean serve(CommandContext c, Args a, int key, int i, long limit, ReplyWriter r) {
        long e = c.lookupRead(a, key);
        if (e == 0) {
            return false;
        }
        StreamState state = c.streams();
        StreamValue stream = StreamCommands.open(c, a, key, e);
        state.id.set(state.ms(i), state.seq(i));
        if (stream.length() == 0 || StreamId.compare(state.id.ms(), state.id.seq(), stream.lastMs(), stream.lastSeq()) >= 0) {
            return false;
        }
        state.id.increment();
        StreamRange range = state.range;
        range.open(stream, state.id.ms(), state.id.seq(), StreamId.MAX, StreamId.MAX, false);
        long mark = r.target().size();
        begin(a, key, r);
        long entries = r.deferredArray();
        long replied = 0;
        while (replied < limit && range.next()) {
            range.reply(r);
            replied++;
        }
        if (replied == 0) {
            r.target().truncate(mark);
            return false;
        }
        r.patch(entries, replied);
        return true;
    }

    // ---------------------------------------------------------------- XREADGROUP

    /// Whether all streams, groups and IDs are valid, else there is a reply.
    private static boolean checkGroups(CommandContext c, Args a, int streams, int keys, int group, ReplyWriter r) {
        for (int i = 0; i < keys; i++) {
            int key = streams + i;
            long e = c.lookupRead(a, key);
            if (!StreamCommands.isStream(e, r)) {
                return false;
            }
            if (e == 0 || !StreamCommands.open(c, a, key, e).groups().find(a.address(group), a.length(group))) {
                StreamErrors.noKeyOrGroup(r, a, key, group, " in XREADGROUP with GROUP option");
                return false;
            }
            int at = streams + keys + i;
            byte[] error = null;
            if (isSign(a, at, '$')) {
                error = StreamErrors.DOLLAR_IN_XREADGROUP;
            } else if (isSign(a, at, '+')) {
                error = StreamErrors.PLUS_IN_XREADGROUP;
            } else if (!isSign(a, at, '>') && !c.streams().id.parseStrict(a, at, 0)) {
                error = StreamErrors.INVALID_ID;
            }
            if (error != null) {
                r.simple(error);
                return false;
            }
        }
        return true;
    }

    /// Replies with what one stream has for the consumer; whether there is anything.
    private static boolean serveGroup(CommandContext c, Args a, int key, int keys, int group, boolean noack, long limit,
                                      ReplyWriter r) {
        long e = c.lookupRead(a, key);
        StreamState state = c.streams();
        StreamIdReader id = state.id;
        Keyspace ks = c.keyspace(a, key);
        StreamValue stream = StreamCommands.open(c, a, key, e);
        StreamGroups groups = stream.groups();
        groups.find(a.address(group), a.length(group));
        consumer(c, ks, a, key, group + 1, stream);
        int at = key + keys;
        // As in Redis the greatest ID is another way to write `>`.
        boolean isNew = isSign(a, at, '>');
        if (!isNew) {
            id.parseStrict(a, at, 0);
            isNew = (id.ms() & id.seq()) == StreamId.MAX;
        }
        boolean served = isNew ? serveNew(c, ks, a, key, noack, limit, r) : serveHistory(c, ks, a, key, limit, r);
        if (stream.isChanging()) {
            c.commitAside(ks, a, key, 0, null);
        }
        return served;
    }

    /// Turns to the consumer in argument `consumer` of the current group, which is created if need be: the caller commits if the
    /// stream has been changed.
    static void consumer(CommandContext c, Keyspace ks, Args a, int key, int consumer, StreamValue stream) {
        StreamGroups groups = stream.groups();
        long name = a.address(consumer);
        int length = a.length(consumer);
        if (groups.findConsumer(name, length)) {
            groups.seen(c.now());
            return;
        }
        stream.change();
        groups.createConsumer(name, length, c.now(), StreamGroups.NEVER);
        c.event(ks, a, key, EventClass.STREAM, EventName.XGROUP_CREATECONSUMER);
        if (c.logs(ks)) {
            StreamEffects.createConsumer(c, ks, a, key, groups);
        }
    }

    /// Entries above the group's last delivered ID.
    private static boolean serveNew(CommandContext c, Keyspace ks, Args a, int key, boolean noack, long limit, ReplyWriter r) {
        StreamState state = c.streams();
        StreamValue stream = state.stream;
        StreamGroups groups = stream.groups();
        StreamIdReader id = state.id;
        id.set(groups.lastMs(), groups.lastSeq());
        if (stream.length() == 0 || !id.increment()) {
            return false;
        }
        StreamRange range = state.range;
        range.open(stream, id.ms(), id.seq(), StreamId.MAX, StreamId.MAX, false);
        if (!range.next()) {
            return false;
        }
        stream.change();
        begin(a, key, r);
        long entries = r.deferredArray();
        boolean logs = c.logs(ks);
        long replied = 0;
        do {
            range.reply(r);
            groups.read(range.ms(), range.seq());
            if (!noack) {
                groups.deliver(range.ms(), range.seq(), c.now(), 1);
                if (logs) {
                    StreamEffects.claim(c, ks, a, key, groups, range.ms(), range.seq(), c.now(), 1);
                }
            }
            replied++;
        } while (replied < limit && range.next());
        r.patch(entries, replied);
        if (!noack) {
            groups.active(c.now());
        }
        if (logs) {
            StreamEffects.groupPosition(c, ks, a, key, groups);
        }
        return true;
    }

    /// The consumer's pending entries above the ID that has been read last.
    private static boolean serveHistory(CommandContext c, Keyspace ks, Args a, int key, long limit, ReplyWriter r) {
        StreamState state = c.streams();
        StreamValue stream = state.stream;
        StreamGroups groups = stream.groups();
        StreamIdReader id = state.id;
        StreamRange range = state.range;
        id.increment();
        begin(a, key, r);
        long entries = r.deferredArray();
        boolean logs = c.logs(ks);
        long replied = 0;
        for (boolean more = groups.firstMine(id.ms(), id.seq()); more && replied < limit; more = groups.nextMine()) {
            long ms = groups.mineMs();
            long seq = groups.mineSeq();
            range.open(stream, ms, seq, ms, seq, false);
            if (range.next()) {
                range.reply(r);
                stream.change();
                groups.redeliver(c.now());
                if (logs) {
                    StreamEffects.claim(c, ks, a, key, groups, ms, seq, c.now(), groups.mineDeliveries());
                }
            } else {
                r.array(2);
                StreamId.reply(r, ms, seq);
                r.nullArray();
            }
            replied++;
        }
        r.patch(entries, replied);
        return true;
    }
}
