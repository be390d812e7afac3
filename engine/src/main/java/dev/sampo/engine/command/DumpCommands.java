package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.rdb.DumpPayload;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// DUMP and RESTORE: values in Redis's serialisation, from and to any server that speaks it.
final class DumpCommands {
    private static final byte[] BUSY_KEY = Errors.error("BUSYKEY Target key name already exists.");
    private static final byte[] WRONG_PAYLOAD = Errors.error("ERR DUMP payload version or checksum are wrong");
    private static final byte[] BAD_DATA = Errors.error("ERR Bad data format");
    private static final byte[] INVALID_TTL = Errors.error("ERR Invalid TTL value, must be >= 0");
    private static final byte[] INVALID_IDLETIME = Errors.error("ERR Invalid IDLETIME value, must be >= 0");
    private static final byte[] INVALID_FREQ = Errors.error("ERR Invalid FREQ value, must be >= 0 and <= 255");
    private static final int FREQUENCY_MAX = 255;
    private static final int UNSET = -1;

    private DumpCommands() {
    }

    static void register(CommandTable.Builder t) {
        long keyspace = Category.KEYSPACE;
        t.add("DUMP", 2, READONLY, keyspace, KeySpec.key(1, RO | ACCESS), DumpCommands::dump).tips("nondeterministic_output");
        t.add("RESTORE", -4, WRITE | DENYOOM, keyspace | Category.DANGEROUS, KeySpec.key(1, OW | UPDATE), DumpCommands::restore)
            .effect(Effect.CUSTOM);
    }

    /// DUMP key -> the value, serialised | nil. O(size of the value). The version is the oldest that can hold the value,
    /// 10 (Redis 7.0) for all but hashes whose fields expire. https://redis.io/commands/dump
    private static void dump(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (e == 0) {
            r.nullBulk();
            return;
        }
        DumpPayload payload = c.payload();
        payload.write(c.keyspace(a, 1), e);
        r.bulk(payload.address(), payload.length());
    }

    /// RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] -> OK. O(size of the value). Errors:
    /// BUSYKEY; invalid TTL, IDLETIME, FREQ; syntax; payload of another version, with a wrong checksum or malformed, which
    /// change nothing. A deadline in the past removes the key. Logged with an absolute deadline.
    /// https://redis.io/commands/restore
    private static void restore(CommandContext c, Args a, ReplyWriter r) {
        boolean replace = false;
        boolean absolute = false;
        long idleSeconds = UNSET;
        long frequency = UNSET;
        ArgReader in = c.reader(a, 4);
        while (in.more()) {
            if (in.option("REPLACE")) {
                replace = true;
            } else if (in.option("ABSTTL")) {
                absolute = true;
            } else if (frequency == UNSET && in.optionWithValue("IDLETIME")) {
                idleSeconds = in.nextLong();
                if (idleSeconds < 0) {
                    in.fail(INVALID_IDLETIME);
                }
            } else if (idleSeconds == UNSET && in.optionWithValue("FREQ")) {
                frequency = in.nextLong();
                if (frequency < 0 || frequency > FREQUENCY_MAX) {
                    in.fail(INVALID_FREQ);
                }
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (!in.failed() && !replace && c.lookupWrite(a, 1) != 0) {
            in.fail(BUSY_KEY);
        }
        if (in.failed(r)) {
            return;
        }
        long deadline = deadline(c, a, absolute, r);
        if (deadline != Deadlines.INVALID) {
            restore(c, a, deadline, idleSeconds, frequency, r);
        }
    }

    /// The deadline in argument 2, 0 = none; [Deadlines#INVALID] after an error.
    private static long deadline(CommandContext c, Args a, boolean absolute, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        long ttl = in.nextLong();
        if (ttl < 0) {
            in.fail(INVALID_TTL);
        }
        if (in.failed(r)) {
            return Deadlines.INVALID;
        }
        if (!DumpPayload.isIntact(a.address(3), a.length(3), c.checksChecksums())) {
            r.simple(WRONG_PAYLOAD);
            return Deadlines.INVALID;
        }
        if (ttl == 0 || absolute) {
            return ttl;
        }
        // Redis lets the sum overflow, which makes a time in the past of it.
        return Math.max(ttl + c.now(), Deadlines.INVALID + 1);
    }

    private static void restore(CommandContext c, Args a, long deadline, long idleSeconds, long frequency, ReplyWriter r) {
        long key = a.address(1);
        int length = a.length(1);
        long hash = c.hash(a, 1);
        Keyspace ks = c.keyspace(a, 1);
        // The value grows under a name that nobody has, so that a malformed one leaves no trace.
        long draft = c.unusedKey(ks);
        long draftHash = KeyHash.hash(draft, CommandContext.UNUSED_KEY_BYTES);
        if (!c.payload().read(a.address(3), a.length(3), ks, draft, CommandContext.UNUSED_KEY_BYTES,
            c.settings().collections())) {
            c.undone();
            r.simple(BAD_DATA);
            return;
        }
        if (deadline != 0 && deadline <= c.now() && !c.replaying()) {
            ks.delete(draft, CommandContext.UNUSED_KEY_BYTES, draftHash);
            c.undone();
            if (ks.find(key, length, hash) != 0) {
                KeyCommands.delete(c, a, 1, EventName.DEL);
                Effects.del(c, ks, a, 1);
            }
            r.ok();
            return;
        }
        ks.rename(draft, CommandContext.UNUSED_KEY_BYTES, draftHash, key, length, hash);
        if (deadline != 0) {
            ks.deadline(key, length, hash, deadline);
        }
        c.accessClock().restore(ks.find(key, length, hash), idleSeconds, frequency);
        c.created(ks, a, 1);
        c.commit(ks, a, 1, EventClass.GENERIC, EventName.RESTORE);
        if (c.logs(ks)) {
            logRestore(c, ks, a, deadline);
        }
        r.ok();
    }

    private static void logRestore(CommandContext c, Keyspace ks, Args a, long deadline) {
        EffectLog log = c.effect(ks, Effects.RESTORE, 6);
        log.argument(a.address(1), a.length(1));
        c.number(log, deadline);
        log.argument(a.address(3), a.length(3));
        log.argument(Effects.REPLACE);
        log.argument(Effects.ABSTTL);
        log.end();
    }
}
