package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamId;
import dev.sampo.resp.Args;
import java.nio.charset.StandardCharsets;

/// The effects of stream commands. Callers have asked whether effects are wanted.
final class StreamEffects {
    private static final byte[] XADD = word("XADD");
    private static final byte[] XTRIM = word("XTRIM");
    private static final byte[] XACK = word("XACK");
    private static final byte[] XCLAIM = word("XCLAIM");
    private static final byte[] XGROUP = word("XGROUP");
    private static final byte[] MAXLEN = word("MAXLEN");
    private static final byte[] EXACTLY = word("=");
    private static final byte[] CREATE = word("CREATE");
    private static final byte[] CREATECONSUMER = word("CREATECONSUMER");
    private static final byte[] SETID = word("SETID");
    private static final byte[] MKSTREAM = word("MKSTREAM");
    private static final byte[] ENTRIESREAD = word("ENTRIESREAD");
    private static final byte[] NO_IDLE_TIME = word("0");
    private static final byte[] TIME = word("TIME");
    private static final byte[] RETRYCOUNT = word("RETRYCOUNT");
    private static final byte[] FORCE = word("FORCE");
    private static final byte[] JUSTID = word("JUSTID");
    private static final byte[] LASTID = word("LASTID");

    private StreamEffects() {
    }

    private static byte[] word(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    private static void argument(EffectLog log, Args a, int i) {
        log.argument(a.address(i), a.length(i));
    }

    private static void id(CommandContext c, EffectLog log, long ms, long seq) {
        long text = c.streams().text;
        log.argument(text, StreamId.write(text, ms, seq));
    }

    /// `XADD key [MAXLEN = length] id field value ...`: trimming always takes the oldest, so the length tells all of it.
    ///
    /// @param length after trimming, -1 = nothing was trimmed
    static void add(CommandContext c, Keyspace ks, Args a, int fields, long ms, long seq, long length) {
        EffectLog log = c.effect(ks, XADD, 3 + (length < 0 ? 0 : 3) + a.count() - fields);
        argument(log, a, 1);
        if (length >= 0) {
            log.argument(MAXLEN);
            log.argument(EXACTLY);
            c.number(log, length);
        }
        id(c, log, ms, seq);
        for (int i = fields; i < a.count(); i++) {
            argument(log, a, i);
        }
        log.end();
    }

    /// `XTRIM key MAXLEN = length`.
    static void trim(CommandContext c, Keyspace ks, Args a, long length) {
        EffectLog log = c.effect(ks, XTRIM, 5);
        argument(log, a, 1);
        log.argument(MAXLEN);
        log.argument(EXACTLY);
        c.number(log, length);
        log.end();
    }

    /// `XGROUP CREATE key group id MKSTREAM ENTRIESREAD n`.
    static void createGroup(CommandContext c, Keyspace ks, Args a, StreamGroups groups) {
        EffectLog log = c.effect(ks, XGROUP, 8);
        log.argument(CREATE);
        argument(log, a, 2);
        argument(log, a, 3);
        id(c, log, groups.lastMs(), groups.lastSeq());
        log.argument(MKSTREAM);
        log.argument(ENTRIESREAD);
        c.number(log, groups.entriesRead());
        log.end();
    }

    /// `XGROUP SETID key group id ENTRIESREAD n`, of the current group.
    static void groupPosition(CommandContext c, Keyspace ks, Args a, int key, StreamGroups groups) {
        EffectLog log = c.effect(ks, XGROUP, 7);
        log.argument(SETID);
        argument(log, a, key);
        log.argument(groups.name(), groups.nameLength());
        id(c, log, groups.lastMs(), groups.lastSeq());
        log.argument(ENTRIESREAD);
        c.number(log, groups.entriesRead());
        log.end();
    }

    /// `XGROUP CREATECONSUMER key group consumer`, of the current consumer.
    static void createConsumer(CommandContext c, Keyspace ks, Args a, int key, StreamGroups groups) {
        EffectLog log = c.effect(ks, XGROUP, 5);
        log.argument(CREATECONSUMER);
        argument(log, a, key);
        log.argument(groups.name(), groups.nameLength());
        log.argument(groups.consumerName(), groups.consumerNameLength());
        log.end();
    }

    /// The request itself, for XGROUP subcommands without anything to resolve.
    static void group(CommandContext c, Keyspace ks, Args a) {
        EffectLog log = c.effect(ks, XGROUP, a.count());
        for (int i = 1; i < a.count(); i++) {
            argument(log, a, i);
        }
        log.end();
    }

    /// `XCLAIM key group consumer 0 id TIME time RETRYCOUNT n FORCE JUSTID LASTID id`: how an entry is pending now.
    static void claim(CommandContext c, Keyspace ks, Args a, int key, StreamGroups groups, long ms, long seq, long time,
                      long deliveries) {
        EffectLog log = c.effect(ks, XCLAIM, 14);
        argument(log, a, key);
        log.argument(groups.name(), groups.nameLength());
        log.argument(groups.consumerName(), groups.consumerNameLength());
        log.argument(NO_IDLE_TIME);
        id(c, log, ms, seq);
        log.argument(TIME);
        c.number(log, time);
        log.argument(RETRYCOUNT);
        c.number(log, deliveries);
        log.argument(FORCE);
        log.argument(JUSTID);
        log.argument(LASTID);
        id(c, log, groups.lastMs(), groups.lastSeq());
        log.end();
    }

    /// `XACK key group id`: an entry is no longer pending.
    static void acknowledge(CommandContext c, Keyspace ks, Args a, int key, StreamGroups groups, long ms, long seq) {
        EffectLog log = c.effect(ks, XACK, 4);
        argument(log, a, key);
        log.argument(groups.name(), groups.nameLength());
        id(c, log, ms, seq);
        log.end();
    }
}
