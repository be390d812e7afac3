package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamId;
import dev.sampo.engine.value.StreamRange;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// XINFO, and the texts of XINFO HELP and XGROUP HELP.
final class StreamInfo {
    private static final long FULL_COUNT = 10;

    private static final String[] HELP = {
        "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CONSUMERS <key> <group>",
        "    What is known of the consumers of a group.",
        "GROUPS <key>",
        "    What is known of the consumer groups of a stream.",
        "STREAM <key> [FULL [COUNT <count>]]",
        "    What is known of a stream; FULL with entries, groups, consumers and pending entries,",
        "    of each <count> at most (default 10, 0 = all).",
        "HELP",
        "    This text.",
    };
    private static final String[] GROUP_HELP = {
        "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]",
        "    A new consumer group that has read everything up to an ID. MKSTREAM creates a missing",
        "    stream, ENTRIESREAD says how many entries that are.",
        "CREATECONSUMER <key> <group> <consumer>",
        "    A new consumer in a group.",
        "DELCONSUMER <key> <group> <consumer>",
        "    Removes a consumer with its pending entries.",
        "DESTROY <key> <group>",
        "    Removes a group.",
        "SETID <key> <group> <id|$> [ENTRIESREAD <count>]",
        "    Moves a group to an ID.",
        "HELP",
        "    This text.",
    };

    private StreamInfo() {
    }

    static void help(ReplyWriter r) {
        lines(HELP, r);
    }

    static void groupHelp(ReplyWriter r) {
        lines(GROUP_HELP, r);
    }

    private static void lines(String[] lines, ReplyWriter r) {
        r.array(lines.length);
        for (String line : lines) {
            r.simple(line);
        }
    }

    /// Turns to the stream in argument 2; replies if there is none.
    private static boolean open(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 2);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
            return false;
        }
        if (!StreamCommands.isStream(e, r)) {
            return false;
        }
        StreamCommands.open(c, a, 2, e);
        return true;
    }

    private static void id(String key, long ms, long seq, ReplyWriter r) {
        r.bulk(key);
        StreamId.reply(r, ms, seq);
    }

    private static void number(String key, long value, ReplyWriter r) {
        r.bulk(key);
        r.integer(value);
    }

    private static void numberOrNull(String key, long value, long none, ReplyWriter r) {
        r.bulk(key);
        if (value == none) {
            r.nullBulk();
        } else {
            r.integer(value);
        }
    }

    // ---------------------------------------------------------------- XINFO STREAM

    /// XINFO STREAM key [FULL [COUNT count]] -> map. O(1), or O(log n) and of the reply. Errors: no such key; WRONGTYPE; syntax.
    /// https://redis.io/commands/xinfo-stream
    static void stream(CommandContext c, Args a, ReplyWriter r) {
        if (!open(c, a, r)) {
            return;
        }
        boolean full = a.count() > 3;
        long count = FULL_COUNT;
        if (full) {
            ArgReader in = c.reader(a, 3);
            boolean counted = a.count() == 6;
            if (a.count() != 4 && !counted || !in.option("FULL") || counted && !in.option("COUNT")) {
                Errors.quoting(r, Errors.unknownOrArity("XINFO", a));
                return;
            }
            if (counted) {
                count = in.nextLong();
                if (in.failed(r)) {
                    return;
                }
                count = count < 0 ? FULL_COUNT : count;
            }
        }
        StreamValue stream = c.streams().stream;
        r.map(full ? 9 : 10);
        number("length", stream.length(), r);
        number("radix-tree-keys", stream.nodeCount(), r);
        number("radix-tree-nodes", stream.nodeCount() + 1, r);
        id("last-generated-id", stream.lastMs(), stream.lastSeq(), r);
        id("max-deleted-entry-id", stream.maxDeletedMs(), stream.maxDeletedSeq(), r);
        number("entries-added", stream.entriesAdded(), r);
        id("recorded-first-entry-id", stream.firstMs(), stream.firstSeq(), r);
        if (full) {
            full(c, count == 0 ? Long.MAX_VALUE : count, r);
        } else {
            number("groups", stream.groups().count(), r);
            edge("first-entry", c, false, r);
            edge("last-entry", c, true, r);
        }
    }

    private static void edge(String key, CommandContext c, boolean last, ReplyWriter r) {
        StreamRange range = c.streams().range;
        range.openAll(c.streams().stream, last);
        r.bulk(key);
        if (range.next()) {
            range.reply(r);
        } else {
            r.nullBulk();
        }
    }

    private static void full(CommandContext c, long count, ReplyWriter r) {
        StreamState state = c.streams();
        r.bulk("entries");
        state.range.openAll(state.stream, false);
        StreamCommands.reply(state.range, count, r);
        StreamGroups groups = state.stream.groups();
        r.bulk("groups");
        r.array(groups.count());
        for (boolean more = groups.first(); more; more = groups.next()) {
            r.map(7);
            r.bulk("name");
            r.bulk(groups.name(), groups.nameLength());
            id("last-delivered-id", groups.lastMs(), groups.lastSeq(), r);
            numberOrNull("entries-read", groups.entriesRead(), StreamGroups.UNKNOWN, r);
            numberOrNull("lag", groups.lag(), StreamGroups.NO_LAG, r);
            number("pel-count", groups.pendingCount(), r);
            r.bulk("pending");
            pending(groups, count, r);
            r.bulk("consumers");
            consumersInFull(groups, count, r);
        }
    }

    private static void pending(StreamGroups groups, long count, ReplyWriter r) {
        long mark = r.deferredArray();
        long replied = 0;
        for (boolean more = groups.firstPending(0, 0); more && replied < count; more = groups.nextPending()) {
            r.array(4);
            StreamId.reply(r, groups.pendingMs(), groups.pendingSeq());
            r.bulk(groups.pendingConsumerName(), groups.pendingConsumerNameLength());
            r.integer(groups.pendingTime());
            r.integer(groups.pendingDeliveries());
            replied++;
        }
        r.patch(mark, replied);
    }

    private static void consumersInFull(StreamGroups groups, long count, ReplyWriter r) {
        r.array(groups.consumerCount());
        for (boolean more = groups.firstConsumer(); more; more = groups.nextConsumer()) {
            r.map(5);
            r.bulk("name");
            r.bulk(groups.consumerName(), groups.consumerNameLength());
            number("seen-time", groups.seen(), r);
            number("active-time", groups.active(), r);
            number("pel-count", groups.consumerPendingCount(), r);
            r.bulk("pending");
            long mark = r.deferredArray();
            long replied = 0;
            for (boolean entry = groups.firstMine(0, 0); entry && replied < count; entry = groups.nextMine()) {
                r.array(3);
                StreamId.reply(r, groups.mineMs(), groups.mineSeq());
                r.integer(groups.mineTime());
                r.integer(groups.mineDeliveries());
                replied++;
            }
            r.patch(mark, replied);
        }
    }

    // ---------------------------------------------------------------- XINFO GROUPS, XINFO CONSUMERS

    /// XINFO GROUPS key -> array of maps. O(groups). Errors: no such key; WRONGTYPE. https://redis.io/commands/xinfo-groups
    static void groups(CommandContext c, Args a, ReplyWriter r) {
        if (!open(c, a, r)) {
            return;
        }
        StreamGroups groups = c.streams().stream.groups();
        r.array(groups.count());
        for (boolean more = groups.first(); more; more = groups.next()) {
            r.map(6);
            r.bulk("name");
            r.bulk(groups.name(), groups.nameLength());
            number("consumers", groups.consumerCount(), r);
            number("pending", groups.pendingCount(), r);
            id("last-delivered-id", groups.lastMs(), groups.lastSeq(), r);
            numberOrNull("entries-read", groups.entriesRead(), StreamGroups.UNKNOWN, r);
            numberOrNull("lag", groups.lag(), StreamGroups.NO_LAG, r);
        }
    }

    /// XINFO CONSUMERS key group -> array of maps; `idle` is the time since the consumer last asked, `inactive` since it last got
    /// anything (-1: never), both in ms. O(consumers). Errors: no such key; NOGROUP; WRONGTYPE.
    /// https://redis.io/commands/xinfo-consumers
    static void consumers(CommandContext c, Args a, ReplyWriter r) {
        if (!open(c, a, r)) {
            return;
        }
        StreamGroups groups = c.streams().stream.groups();
        if (!groups.find(a.address(3), a.length(3))) {
            StreamErrors.noGroup(r, a);
            return;
        }
        r.array(groups.consumerCount());
        for (boolean more = groups.firstConsumer(); more; more = groups.nextConsumer()) {
            r.map(4);
            r.bulk("name");
            r.bulk(groups.consumerName(), groups.consumerNameLength());
            number("pending", groups.consumerPendingCount(), r);
            number("idle", Math.max(0, c.now() - groups.seen()), r);
            number("inactive", groups.active() == StreamGroups.NEVER ? -1 : Math.max(0, c.now() - groups.active()), r);
        }
    }
}
