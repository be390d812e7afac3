package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamId;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Commands on the consumer groups of streams. Contract: https://redis.io/commands/?group=stream
///
/// What changes in groups is no change of the stream to those who watch its key or wait for it, as in Redis.
final class StreamGroupCommands {
    private static final String XCLAIM = "XCLAIM";
    private static final byte[] BAD_CLAIM_IDLE = StreamErrors.invalid("min-idle-time", XCLAIM);
    private static final byte[] BAD_AUTOCLAIM_IDLE = StreamErrors.invalid("min-idle-time", "XAUTOCLAIM");
    private static final byte[] BAD_IDLE = StreamErrors.invalid("IDLE option", XCLAIM);
    private static final byte[] BAD_TIME = StreamErrors.invalid("TIME option", XCLAIM);
    private static final byte[] BAD_RETRYCOUNT = StreamErrors.invalid("RETRYCOUNT option", XCLAIM);

    private static final long AUTOCLAIM_COUNT = 100;
    /// Pending entries that XAUTOCLAIM looks at for each one it may claim.
    private static final long AUTOCLAIM_ATTEMPTS = 10;
    private static final long AUTOCLAIM_COUNT_MAX = Long.MAX_VALUE / 16;
    private static final int NOT_GIVEN = -1;

    private StreamGroupCommands() {
    }

    // ---------------------------------------------------------------- XGROUP

    /// XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD n] -> OK. O(log n). Errors: no such key; BUSYGROUP; WRONGTYPE;
    /// syntax. https://redis.io/commands/xgroup-create
    static void create(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 5);
        boolean mkstream = false;
        long read = StreamGroups.UNKNOWN;
        while (in.more()) {
            if (in.option("MKSTREAM")) {
                mkstream = true;
            } else if (in.optionWithValue("ENTRIESREAD")) {
                read = entriesRead(in);
            } else {
                syntax(a, r);
                return;
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 2);
        if (!StreamCommands.isStream(e, r)) {
            return;
        }
        if (e == 0 && !mkstream) {
            r.simple(StreamErrors.KEY_NEEDED);
            return;
        }
        if (a.count() > 8) {
            syntax(a, r);
            return;
        }
        if (e != 0) {
            StreamCommands.open(c, a, 2, e);
        }
        if (readPosition(c, a, e != 0, true, r)) {
            create(c, a, e == 0, read, r);
        }
    }

    private static void create(CommandContext c, Args a, boolean isNew, long read, ReplyWriter r) {
        StreamValue stream = c.streams().stream;
        StreamIdReader id = c.streams().id;
        StreamGroups groups = stream.groups();
        Keyspace ks = c.keyspace(a, 2);
        if (isNew) {
            stream.create(ks, a.address(2), a.length(2), c.hash(a, 2));
            c.created(ks, a, 2);
        } else if (groups.find(a.address(3), a.length(3))) {
            r.simple(StreamErrors.BUSY_GROUP);
            return;
        }
        stream.change();
        groups.create(a.address(3), a.length(3), id.ms(), id.seq(), read);
        if (isNew) {
            c.commit(ks, a, 2, EventClass.STREAM, EventName.XGROUP_CREATE);
        } else {
            c.commitAside(ks, a, 2, EventClass.STREAM, EventName.XGROUP_CREATE);
        }
        if (c.logs(ks)) {
            StreamEffects.createGroup(c, ks, a, groups);
        }
        r.ok();
    }

    private static long entriesRead(ArgReader in) {
        long read = in.nextLong();
        if (read < StreamGroups.UNKNOWN) {
            in.fail(StreamErrors.READ_NEGATIVE);
        }
        return read;
    }

    private static void syntax(Args a, ReplyWriter r) {
        Errors.quoting(r, Errors.unknownOrArity("XGROUP", a));
    }

    /// Reads the ID in argument 4, of which `$` is the stream's last one, into [StreamState#id]; replies if it is none.
    private static boolean readPosition(CommandContext c, Args a, boolean exists, boolean strict, ReplyWriter r) {
        StreamState state = c.streams();
        if (StreamReading.isSign(a, 4, '$')) {
            state.id.set(exists ? state.stream.lastMs() : 0, exists ? state.stream.lastSeq() : 0);
            return true;
        }
        boolean valid = strict ? state.id.parseStrict(a, 4, 0) : state.id.parse(a, 4, 0);
        if (!valid) {
            r.simple(StreamErrors.INVALID_ID);
        }
        return valid;
    }

    /// Turns to the stream in argument 2; replies if there is none.
    private static boolean openStream(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 2);
        if (!StreamCommands.isStream(e, r)) {
            return false;
        }
        if (e == 0) {
            r.simple(StreamErrors.KEY_NEEDED);
            return false;
        }
        StreamCommands.open(c, a, 2, e);
        return true;
    }

    /// Turns to the stream in argument 2 and its group in argument 3; replies if there is none.
    private static boolean openGroup(CommandContext c, Args a, ReplyWriter r) {
        if (!openStream(c, a, r)) {
            return false;
        }
        if (!c.streams().stream.groups().find(a.address(3), a.length(3))) {
            StreamErrors.noGroup(r, a);
            return false;
        }
        return true;
    }

    /// XGROUP SETID key group id | $ [ENTRIESREAD n] -> OK. O(log n). Errors: no such key; NOGROUP; WRONGTYPE; syntax.
    /// https://redis.io/commands/xgroup-setid
    static void setid(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 5);
        long read = StreamGroups.UNKNOWN;
        while (in.more()) {
            if (in.optionWithValue("ENTRIESREAD")) {
                read = entriesRead(in);
            } else {
                syntax(a, r);
                return;
            }
        }
        if (in.failed(r) || !openGroup(c, a, r)) {
            return;
        }
        if (a.count() > 7) {
            syntax(a, r);
            return;
        }
        if (!readPosition(c, a, true, false, r)) {
            return;
        }
        StreamValue stream = c.streams().stream;
        StreamIdReader id = c.streams().id;
        Keyspace ks = c.keyspace(a, 2);
        stream.change();
        stream.groups().last(id.ms(), id.seq());
        stream.groups().entriesRead(read);
        c.commitAside(ks, a, 2, EventClass.STREAM, EventName.XGROUP_SETID);
        if (c.logs(ks)) {
            StreamEffects.groupPosition(c, ks, a, 2, stream.groups());
        }
        r.ok();
    }

    /// XGROUP DESTROY key group -> 1, or 0 if there is no such group. O(pending entries). Clients that wait in the group get
    /// NOGROUP. Errors: no such key; WRONGTYPE. https://redis.io/commands/xgroup-destroy
    static void destroy(CommandContext c, Args a, ReplyWriter r) {
        if (!openStream(c, a, r)) {
            return;
        }
        StreamValue stream = c.streams().stream;
        StreamGroups groups = stream.groups();
        if (!groups.find(a.address(3), a.length(3))) {
            r.integer(0);
            return;
        }
        Keyspace ks = c.keyspace(a, 2);
        stream.change();
        groups.destroy();
        c.commitAside(ks, a, 2, EventClass.STREAM, EventName.XGROUP_DESTROY);
        c.wake(ks, a, 2);
        if (c.logs(ks)) {
            StreamEffects.group(c, ks, a);
        }
        r.integer(1);
    }

    /// XGROUP CREATECONSUMER key group consumer -> 1, or 0 if it is there. O(log n). Errors: no such key; NOGROUP; WRONGTYPE.
    /// https://redis.io/commands/xgroup-createconsumer
    static void createConsumer(CommandContext c, Args a, ReplyWriter r) {
        if (!openGroup(c, a, r)) {
            return;
        }
        StreamValue stream = c.streams().stream;
        StreamGroups groups = stream.groups();
        if (groups.findConsumer(a.address(4), a.length(4))) {
            r.integer(0);
            return;
        }
        Keyspace ks = c.keyspace(a, 2);
        StreamReading.consumer(c, ks, a, 2, 4, stream);
        c.commitAside(ks, a, 2, 0, null);
        r.integer(1);
    }

    /// XGROUP DELCONSUMER key group consumer -> number of its pending entries, which are gone with it. O(those · log n). Errors:
    /// no such key; NOGROUP; WRONGTYPE. https://redis.io/commands/xgroup-delconsumer
    static void delConsumer(CommandContext c, Args a, ReplyWriter r) {
        if (!openGroup(c, a, r)) {
            return;
        }
        StreamValue stream = c.streams().stream;
        StreamGroups groups = stream.groups();
        if (!groups.findConsumer(a.address(4), a.length(4))) {
            r.integer(0);
            return;
        }
        Keyspace ks = c.keyspace(a, 2);
        long pending = groups.consumerPendingCount();
        stream.change();
        groups.deleteConsumer();
        c.commitAside(ks, a, 2, EventClass.STREAM, EventName.XGROUP_DELCONSUMER);
        if (c.logs(ks)) {
            StreamEffects.group(c, ks, a);
        }
        r.integer(pending);
    }

    // ---------------------------------------------------------------- XACK

    /// XACK key group id [id ...] -> number of entries that were pending. O(log n) each. Errors: WRONGTYPE; invalid ID.
    /// https://redis.io/commands/xack
    static void xack(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!StreamCommands.isStream(e, r)) {
            return;
        }
        if (e == 0 || !StreamCommands.open(c, a, 1, e).groups().find(a.address(2), a.length(2))) {
            r.integer(0);
            return;
        }
        StreamValue stream = c.streams().stream;
        StreamGroups groups = stream.groups();
        StreamIdReader id = c.streams().id;
        if (!StreamCommands.areIds(a, 3, id)) {
            r.simple(StreamErrors.INVALID_ID);
            return;
        }
        long acknowledged = 0;
        for (int i = 3; i < a.count(); i++) {
            id.parseStrict(a, i, 0);
            if (groups.findPending(id.ms(), id.seq())) {
                stream.change();
                groups.acknowledge();
                acknowledged++;
            }
        }
        if (acknowledged > 0) {
            c.commitAside(c.keyspace(a, 1), a, 1, 0, null);
        }
        r.integer(acknowledged);
    }

    // ---------------------------------------------------------------- XPENDING

    /// XPENDING key group [[IDLE ms] start end count [consumer]] -> [number, least ID, greatest ID, [[consumer, number], ...]],
    /// or array of [ID, consumer, ms since delivery, deliveries]. O(consumers), or O(log n) and of the entries looked at. Errors:
    /// WRONGTYPE; NOGROUP; syntax. https://redis.io/commands/xpending
    static void xpending(CommandContext c, Args a, ReplyWriter r) {
        StreamState state = c.streams();
        int arguments = a.count();
        ArgReader in = c.reader(a, 3);
        long idle = 0;
        long count = 0;
        int startAt = 3;
        if (arguments != 3) {
            if (arguments < 6 || arguments > 9) {
                in.fail(Errors.SYNTAX);
            } else if (in.option("IDLE")) {
                idle = in.nextLong();
                startAt = 5;
                if (arguments < 8) {
                    in.fail(Errors.SYNTAX);
                }
            }
            in.next();
            in.next();
            count = in.nextLong();
            if (!in.failed()) {
                StreamCommands.parseInterval(a, startAt, startAt + 1, state, in);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!StreamCommands.isStream(e, r)) {
            return;
        }
        if (e == 0 || !StreamCommands.open(c, a, 1, e).groups().find(a.address(2), a.length(2))) {
            StreamErrors.noKeyOrGroup(r, a, 1, 2, "");
        } else if (arguments == 3) {
            summary(state.stream.groups(), r);
        } else if (startAt + 3 < arguments) {
            pendingOfConsumer(c, a, startAt + 3, count, idle, r);
        } else {
            pending(c, count, idle, r);
        }
    }

    private static void summary(StreamGroups groups, ReplyWriter r) {
        r.array(4);
        r.integer(groups.pendingCount());
        if (groups.pendingCount() == 0) {
            r.nullBulk();
            r.nullBulk();
            r.nullArray();
            return;
        }
        groups.firstPending(0, 0);
        StreamId.reply(r, groups.pendingMs(), groups.pendingSeq());
        groups.lastPending();
        StreamId.reply(r, groups.pendingMs(), groups.pendingSeq());
        long mark = r.deferredArray();
        long consumers = 0;
        for (boolean more = groups.firstConsumer(); more; more = groups.nextConsumer()) {
            if (groups.consumerPendingCount() > 0) {
                r.array(2);
                r.bulk(groups.consumerName(), groups.consumerNameLength());
                r.bulkInteger(groups.consumerPendingCount());
                consumers++;
            }
        }
        r.patch(mark, consumers);
    }

    private static void pending(CommandContext c, long count, long idle, ReplyWriter r) {
        StreamState state = c.streams();
        StreamGroups groups = state.stream.groups();
        long mark = r.deferredArray();
        long replied = 0;
        for (boolean more = groups.firstPending(state.id.ms(), state.id.seq()); more && replied < count;
             more = groups.nextPending()) {
            long ms = groups.pendingMs();
            long seq = groups.pendingSeq();
            if (StreamId.compare(ms, seq, state.end.ms(), state.end.seq()) > 0) {
                break;
            }
            long elapsed = c.now() - groups.pendingTime();
            if (idle == 0 || elapsed >= idle) {
                r.array(4);
                StreamId.reply(r, ms, seq);
                r.bulk(groups.pendingConsumerName(), groups.pendingConsumerNameLength());
                r.integer(Math.max(0, elapsed));
                r.integer(groups.pendingDeliveries());
                replied++;
            }
        }
        r.patch(mark, replied);
    }

    private static void pendingOfConsumer(CommandContext c, Args a, int consumer, long count, long idle, ReplyWriter r) {
        StreamState state = c.streams();
        StreamGroups groups = state.stream.groups();
        if (!groups.findConsumer(a.address(consumer), a.length(consumer))) {
            r.array(0);
            return;
        }
        long mark = r.deferredArray();
        long replied = 0;
        for (boolean more = groups.firstMine(state.id.ms(), state.id.seq()); more && replied < count; more = groups.nextMine()) {
            long ms = groups.mineMs();
            long seq = groups.mineSeq();
            if (StreamId.compare(ms, seq, state.end.ms(), state.end.seq()) > 0) {
                break;
            }
            long elapsed = c.now() - groups.mineTime();
            if (idle == 0 || elapsed >= idle) {
                r.array(4);
                StreamId.reply(r, ms, seq);
                r.bulk(groups.consumerName(), groups.consumerNameLength());
                r.integer(Math.max(0, elapsed));
                r.integer(groups.mineDeliveries());
                replied++;
            }
        }
        r.patch(mark, replied);
    }

    // ---------------------------------------------------------------- XCLAIM

    /// XCLAIM key group consumer min-idle id [id ...] [IDLE ms] [TIME unix-ms] [RETRYCOUNT n] [FORCE] [JUSTID] [LASTID id] ->
    /// array of the entries that the consumer has got, or of their IDs. O(log n) each. Entries that were deleted are no longer
    /// pending. Errors: WRONGTYPE; NOGROUP; syntax. https://redis.io/commands/xclaim
    static void xclaim(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!StreamCommands.isStream(e, r)) {
            return;
        }
        if (e == 0 || !StreamCommands.open(c, a, 1, e).groups().find(a.address(2), a.length(2))) {
            StreamErrors.noKeyOrGroup(r, a, 1, 2, "");
            return;
        }
        StreamState state = c.streams();
        ArgReader in = c.reader(a, 4);
        long idle = in.nextLong(BAD_CLAIM_IDLE);
        if (in.failed(r)) {
            return;
        }
        int optionsAt = 5;
        while (optionsAt < a.count() && state.id.parseStrict(a, optionsAt, 0)) {
            optionsAt++;
        }
        state.end.set(0, 0);
        long retries = NOT_GIVEN;
        long time = NOT_GIVEN;
        boolean force = false;
        boolean justId = false;
        in = c.reader(a, optionsAt);
        while (in.more()) {
            if (in.option("FORCE")) {
                force = true;
            } else if (in.option("JUSTID")) {
                justId = true;
            } else if (in.optionWithValue("IDLE")) {
                time = c.now() - in.nextLong(BAD_IDLE);
            } else if (in.optionWithValue("TIME")) {
                time = in.nextLong(BAD_TIME);
            } else if (in.optionWithValue("RETRYCOUNT")) {
                retries = in.nextLong(BAD_RETRYCOUNT);
            } else if (in.optionWithValue("LASTID")) {
                if (!state.end.parseStrict(a, in.next(), 0)) {
                    in.fail(StreamErrors.INVALID_ID);
                }
            } else {
                Errors.quoting(r, "ERR Unrecognized XCLAIM option '" + Errors.quoted(a, in.next(), Integer.MAX_VALUE) + "'");
                return;
            }
        }
        if (in.failed(r)) {
            return;
        }
        if (time != NOT_GIVEN && !c.replaying() && (time < 0 || time > c.now())) {
            // Clients may calculate with a clock of their own.
            time = c.now();
        } else if (time == NOT_GIVEN) {
            time = c.now();
        }
        claim(c, a, optionsAt, Math.max(0, idle), time, retries, force, justId, r);
    }

    private static void claim(CommandContext c, Args a, int idsEnd, long idle, long time, long retries, boolean force,
                              boolean justId, ReplyWriter r) {
        StreamState state = c.streams();
        StreamValue stream = state.stream;
        StreamGroups groups = stream.groups();
        Keyspace ks = c.keyspace(a, 1);
        boolean moved = StreamId.compare(state.end.ms(), state.end.seq(), groups.lastMs(), groups.lastSeq()) > 0;
        if (moved) {
            stream.change();
            groups.last(state.end.ms(), state.end.seq());
        }
        StreamReading.consumer(c, ks, a, 1, 3, stream);
        long mark = r.deferredArray();
        long claimed = 0;
        for (int i = 5; i < idsEnd; i++) {
            state.id.parseStrict(a, i, 0);
            long ms = state.id.ms();
            long seq = state.id.seq();
            boolean pending = groups.findPending(ms, seq);
            state.range.open(stream, ms, seq, ms, seq, false);
            if (!state.range.next()) {
                if (pending) {
                    acknowledge(c, ks, a, ms, seq);
                }
            } else if (pending ? idle == 0 || c.now() - groups.pendingTime() >= idle : force) {
                long deliveries = pending ? groups.pendingDeliveries() : 1;
                deliveries = retries >= 0 ? retries : justId ? deliveries : deliveries + 1;
                give(c, ks, a, ms, seq, time, deliveries);
                reply(state, justId, r);
                claimed++;
            }
        }
        if (claimed > 0) {
            groups.active(c.now());
        }
        r.patch(mark, claimed);
        if (moved && c.logs(ks)) {
            StreamEffects.groupPosition(c, ks, a, 1, groups);
        }
        if (stream.isChanging()) {
            c.commitAside(ks, a, 1, 0, null);
        }
    }

    /// A pending entry that no longer exists goes.
    private static void acknowledge(CommandContext c, Keyspace ks, Args a, long ms, long seq) {
        StreamValue stream = c.streams().stream;
        stream.change();
        stream.groups().acknowledge();
        if (c.logs(ks)) {
            StreamEffects.acknowledge(c, ks, a, 1, stream.groups(), ms, seq);
        }
    }

    private static void give(CommandContext c, Keyspace ks, Args a, long ms, long seq, long time, long deliveries) {
        StreamValue stream = c.streams().stream;
        stream.change();
        stream.groups().deliver(ms, seq, time, deliveries);
        if (c.logs(ks)) {
            StreamEffects.claim(c, ks, a, 1, stream.groups(), ms, seq, time, deliveries);
        }
    }

    /// Replies with the current entry, or its ID.
    private static void reply(StreamState state, boolean justId, ReplyWriter r) {
        if (justId) {
            StreamId.reply(r, state.range.ms(), state.range.seq());
        } else {
            state.range.reply(r);
        }
    }

    // ---------------------------------------------------------------- XAUTOCLAIM

    /// XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID] -> [ID to go on with, entries that the consumer has
    /// got or their IDs, IDs of pending entries that were deleted and are no longer pending]. O(log n) each, and of the entries
    /// looked at, up to ten for each. Errors: WRONGTYPE; NOGROUP; syntax. https://redis.io/commands/xautoclaim
    static void xautoclaim(CommandContext c, Args a, ReplyWriter r) {
        // As in Redis a missing key is reported even if the arguments are wrong.
        long e = c.lookupRead(a, 1);
        StreamState state = c.streams();
        ArgReader in = c.reader(a, 4);
        long idle = Math.max(0, in.nextLong(BAD_AUTOCLAIM_IDLE));
        in.next();
        if (!in.failed()) {
            if (!state.id.parseInterval(a, 5, 0)) {
                in.fail(StreamErrors.INVALID_ID);
            } else if (state.id.isExclusive() && !state.id.increment()) {
                in.fail(StreamErrors.INVALID_START);
            }
        }
        long count = AUTOCLAIM_COUNT;
        boolean justId = false;
        while (in.more()) {
            if (in.optionWithValue("COUNT")) {
                count = in.nextLong(StreamErrors.COUNT_POSITIVE);
                if (count < 1 || count > AUTOCLAIM_COUNT_MAX) {
                    in.fail(StreamErrors.COUNT_POSITIVE);
                }
            } else if (in.option("JUSTID")) {
                justId = true;
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        if (!StreamCommands.isStream(e, r)) {
            return;
        }
        if (e == 0 || !StreamCommands.open(c, a, 1, e).groups().find(a.address(2), a.length(2))) {
            StreamErrors.noKeyOrGroup(r, a, 1, 2, "");
            return;
        }
        autoclaim(c, a, idle, count, justId, r);
    }

    /// Chooses first and claims then: the ID to go on with comes first in the reply.
    private static void autoclaim(CommandContext c, Args a, long idle, long count, boolean justId, ReplyWriter r) {
        StreamState state = c.streams();
        StreamValue stream = state.stream;
        StreamGroups groups = stream.groups();
        Keyspace ks = c.keyspace(a, 1);
        StreamReading.consumer(c, ks, a, 1, 3, stream);
        state.clearIds();
        long attempts = count * AUTOCLAIM_ATTEMPTS;
        boolean more = groups.firstPending(state.id.ms(), state.id.seq());
        while (more && attempts > 0 && state.ids() < count) {
            long ms = groups.pendingMs();
            long seq = groups.pendingSeq();
            if (idle == 0 || c.now() - groups.pendingTime() >= idle || !stream.contains(ms, seq)) {
                state.addId(ms, seq);
            }
            attempts--;
            more = groups.nextPending();
        }
        r.array(3);
        StreamId.reply(r, more ? groups.pendingMs() : 0, more ? groups.pendingSeq() : 0);
        long mark = r.deferredArray();
        int deleted = 0;
        for (int i = 0; i < state.ids(); i++) {
            long ms = state.ms(i);
            long seq = state.seq(i);
            groups.findPending(ms, seq);
            state.range.open(stream, ms, seq, ms, seq, false);
            if (state.range.next()) {
                give(c, ks, a, ms, seq, c.now(), groups.pendingDeliveries() + (justId ? 0 : 1));
                reply(state, justId, r);
            } else {
                acknowledge(c, ks, a, ms, seq);
                state.setId(deleted++, ms, seq);
            }
        }
        int claimed = state.ids() - deleted;
        r.patch(mark, claimed);
        r.array(deleted);
        for (int i = 0; i < deleted; i++) {
            StreamId.reply(r, state.ms(i), state.seq(i));
        }
        if (claimed > 0) {
            groups.active(c.now());
        }
        if (stream.isChanging()) {
            c.commitAside(ks, a, 1, 0, null);
        }
    }
}
