package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.INSERT;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.Session;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.HyperLogLog;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// Commands on strings that are HyperLogLogs. Contract: https://redis.io/commands/?group=hyperloglog
final class HyperLogLogCommands {
    private static final byte[] NOT_ONE = Errors.error("WRONGTYPE Key is not a valid HyperLogLog string value.");
    private static final byte[] CORRUPTED = Errors.error("INVALIDOBJ Corrupted HLL object detected");
    private static final byte[] NO_KEY = Errors.error("ERR The specified key does not exist");
    private static final byte[] NOT_SPARSE = Errors.error("ERR HLL encoding is not sparse");
    private static final byte[] DENSE = ReplyWriter.encodeSimple("dense");
    private static final byte[] SPARSE = ReplyWriter.encodeSimple("sparse");
    private static final byte[] TODENSE = {'T', 'O', 'D', 'E', 'N', 'S', 'E'};

    private HyperLogLogCommands() {
    }

    static void register(CommandTable.Builder t) {
        long hyperloglog = Category.HYPERLOGLOG;
        t.add("PFADD", -2, WRITE | DENYOOM | FAST, hyperloglog, KeySpec.key(1, RW | INSERT), HyperLogLogCommands::pfadd)
            .effect(Effect.CUSTOM);
        t.add("PFCOUNT", -2, READONLY | MAY_REPLICATE, hyperloglog,
            KeySpec.range(1, -1, 1, RW | ACCESS)
                .notes("RW because it may change the internal representation of the key, and propagate to replicas"),
            HyperLogLogCommands::pfcount).effect(Effect.CUSTOM);
        t.add("PFMERGE", -2, WRITE | DENYOOM, hyperloglog,
            KeySpec.of(KeySpec.Part.range(1, 0, 1, RW | ACCESS | INSERT), KeySpec.Part.range(2, -1, 1, RO | ACCESS)),
            HyperLogLogCommands::pfmerge).effect(Effect.CUSTOM);
        t.add("PFDEBUG", 3, WRITE | DENYOOM | ADMIN, hyperloglog, KeySpec.key(2, RW | ACCESS), HyperLogLogCommands::pfdebug)
            .effect(Effect.CUSTOM);
        t.session("PFSELFTEST", 1, ADMIN, hyperloglog, HyperLogLogCommands::pfselftest);
    }

    /// Whether an entry is a HyperLogLog or missing; if not, that is the reply.
    private static boolean isHyperLogLog(long e, ReplyWriter r) {
        if (!StringCommands.isString(e, r)) {
            return false;
        }
        if (e != 0 && (Entry.isInteger(e) || !HyperLogLog.isValid(Entry.valueAddress(e), Entry.valueLength(e)))) {
            r.simple(NOT_ONE);
            return false;
        }
        return true;
    }

    // ---------------------------------------------------------------- PFADD

    /// PFADD key [element ...] -> 1 if the estimate may have changed or the key is new, else 0. O(1) per element, of a sparse
    /// one O(its bytes). Errors: WRONGTYPE; INVALIDOBJ. https://redis.io/commands/pfadd
    private static void pfadd(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (!isHyperLogLog(e, r)) {
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        long deadline = e == 0 ? 0 : Entry.deadline(e);
        int length = e == 0 ? HyperLogLog.EMPTY_BYTES : Entry.valueLength(e);
        long value = e == 0 ? forWrite(c, a, length) : Entry.valueAddress(e);
        if (e == 0) {
            HyperLogLog.writeEmpty(value);
            c.created(ks, a, 1);
        }
        int sparseBytesMax = c.settings().collections().hllSparseBytes();
        boolean changed = e == 0;
        boolean corrupt = false;
        for (int i = 2, count = a.count(); i < count && !corrupt; i++) {
            long hash = HyperLogLog.hash(a.address(i), a.length(i));
            int index = HyperLogLog.index(hash);
            int rank = HyperLogLog.rank(hash);
            if (HyperLogLog.isDense(value)) {
                if (HyperLogLog.register(value, index) < rank) {
                    value = forWrite(c, a, length);
                    HyperLogLog.register(value, index, rank);
                    changed = true;
                }
                continue;
            }
            long plan = HyperLogLog.plan(value, length, index, rank, sparseBytesMax);
            if (plan > 0) {
                int room = length + HyperLogLog.growth(plan);
                length = HyperLogLog.apply(forWrite(c, a, room), length, plan, index, rank);
                value = forWrite(c, a, length);
                changed = true;
            } else if (plan == HyperLogLog.PROMOTE && promote(c, a, value, length, deadline)) {
                length = HyperLogLog.DENSE_BYTES;
                value = forWrite(c, a, length);
                HyperLogLog.register(value, index, rank);
                changed = true;
            } else {
                corrupt = plan != HyperLogLog.UNCHANGED;
            }
        }
        if (changed) {
            HyperLogLog.forgetEstimate(value);
            c.commit(ks, a, 1, EventClass.STRING, EventName.PFADD);
            logAdd(c, ks, a, corrupt, value, length);
        }
        if (corrupt) {
            r.simple(CORRUPTED);
        } else {
            r.integer(changed ? 1 : 0);
        }
    }

    /// Where to change the value in argument 1, which gets `length` bytes.
    private static long forWrite(CommandContext c, Args a, int length) {
        return c.keyspace(a, 1).stringForWrite(a.address(1), a.length(1), c.hash(a, 1), length);
    }

    /// Makes a sparse value dense; whether its runs add up.
    private static boolean promote(CommandContext c, Args a, long value, int length, long deadline) {
        return promote(c, a, 1, value, length, deadline);
    }

    private static boolean promote(CommandContext c, Args a, int i, long value, int length, long deadline) {
        long dense = OffHeap.allocate(HyperLogLog.DENSE_BYTES);
        try {
            if (!HyperLogLog.toDense(value, length, dense)) {
                return false;
            }
            c.keyspace(a, i).setText(a.address(i), a.length(i), c.hash(a, i), dense, HyperLogLog.DENSE_BYTES, deadline);
            return true;
        } finally {
            OffHeap.free(dense, HyperLogLog.DENSE_BYTES);
        }
    }

    /// A request that ended halfway cannot be repeated as a whole.
    private static void logAdd(CommandContext c, Keyspace ks, Args a, boolean halfway, long value, int length) {
        if (!c.logs(ks)) {
            return;
        }
        if (halfway) {
            Effects.set(c, ks, a, 1, value, length, 0, true);
        } else {
            Effects.request(c, ks, a);
        }
    }

    // ---------------------------------------------------------------- PFCOUNT

    /// PFCOUNT key [key ...] -> estimate of the number of different elements. O(N) with the constant of 16384 registers; of one
    /// key O(1) while its estimate holds, which it keeps. Errors: WRONGTYPE; INVALIDOBJ. https://redis.io/commands/pfcount
    private static void pfcount(CommandContext c, Args a, ReplyWriter r) {
        if (a.count() > 2) {
            countTogether(c, a, r);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!isHyperLogLog(e, r)) {
            return;
        }
        if (e == 0) {
            r.integer(0);
            return;
        }
        long value = Entry.valueAddress(e);
        int length = Entry.valueLength(e);
        if (HyperLogLog.hasEstimate(value)) {
            r.integer(HyperLogLog.estimate(value));
            return;
        }
        long estimate = HyperLogLog.count(value, length);
        if (estimate == HyperLogLog.CORRUPT) {
            r.simple(CORRUPTED);
            return;
        }
        HyperLogLog.estimate(forWrite(c, a, length), estimate);
        Keyspace ks = c.keyspace(a, 1);
        c.commit(ks, a, 1, 0, EventName.PFADD);
        if (c.logs(ks)) {
            Effects.request(c, ks, a);
        }
        r.integer(estimate);
    }

    private static void countTogether(CommandContext c, Args a, ReplyWriter r) {
        long ranks = OffHeap.allocate(HyperLogLog.REGISTERS);
        try {
            if (merge(c, a, ranks, r) >= 0) {
                r.integer(HyperLogLog.count(ranks));
            }
        } finally {
            OffHeap.free(ranks, HyperLogLog.REGISTERS);
        }
    }

    /// Merges the registers of all keys: 1 if one of them is dense, 0 if none is, -1 after an error reply.
    private static int merge(CommandContext c, Args a, long ranks, ReplyWriter r) {
        OffHeap.fill(ranks, HyperLogLog.REGISTERS, (byte) 0);
        int dense = 0;
        for (int i = 1; i < a.count(); i++) {
            long e = c.lookupRead(a, i);
            if (!isHyperLogLog(e, r)) {
                return -1;
            }
            if (e == 0) {
                continue;
            }
            long value = Entry.valueAddress(e);
            if (!HyperLogLog.mergeInto(ranks, value, Entry.valueLength(e))) {
                r.simple(CORRUPTED);
                return -1;
            }
            dense |= HyperLogLog.isDense(value) ? 1 : 0;
        }
        return dense;
    }

    // ---------------------------------------------------------------- PFMERGE

    /// PFMERGE destkey [sourcekey ...] -> OK. O(N) with the constant of 16384 registers. Logged as what it set destkey to.
    /// Errors: WRONGTYPE; INVALIDOBJ. https://redis.io/commands/pfmerge
    private static void pfmerge(CommandContext c, Args a, ReplyWriter r) {
        long ranks = OffHeap.allocate(HyperLogLog.REGISTERS);
        try {
            int dense = merge(c, a, ranks, r);
            if (dense >= 0) {
                store(c, a, ranks, dense == 1);
                r.ok();
            }
        } finally {
            OffHeap.free(ranks, HyperLogLog.REGISTERS);
        }
    }

    private static void store(CommandContext c, Args a, long ranks, boolean dense) {
        long e = c.lookupWrite(a, 1);
        int length = e == 0 ? HyperLogLog.EMPTY_BYTES : Entry.valueLength(e);
        long deadline = e == 0 ? 0 : Entry.deadline(e);
        // The sparse value with room to grow, and the dense one that it may become.
        int sparseBytesMax = c.settings().collections().hllSparseBytes();
        int room = Math.max(length, Math.min(sparseBytesMax, HyperLogLog.SPARSE_BYTES_MAX)) + 8;
        long value = OffHeap.allocate(room + HyperLogLog.DENSE_BYTES);
        try {
            if (e == 0) {
                HyperLogLog.writeEmpty(value);
            } else {
                OffHeap.copy(Entry.valueAddress(e), value, length);
            }
            long merged = value;
            if (dense && !HyperLogLog.isDense(value)) {
                merged = value + room;
                HyperLogLog.toDense(value, length, merged);
            }
            int index = 0;
            if (!HyperLogLog.isDense(merged)) {
                for (; index < HyperLogLog.REGISTERS; index++) {
                    int rank = OffHeap.getByte(ranks + index);
                    long plan = rank == 0 ? HyperLogLog.UNCHANGED
                        : HyperLogLog.plan(value, length, index, rank, sparseBytesMax);
                    if (plan > 0) {
                        length = HyperLogLog.apply(value, length, plan, index, rank);
                    } else if (plan != HyperLogLog.UNCHANGED) {
                        merged = value + room;
                        HyperLogLog.toDense(value, length, merged);
                        break;
                    }
                }
            }
            if (HyperLogLog.isDense(merged)) {
                length = HyperLogLog.DENSE_BYTES;
                raise(merged, ranks, index);
            }
            HyperLogLog.forgetEstimate(merged);
            BitmapCommands.storeRaw(c, a, 1, e, merged, length, deadline);
            Keyspace ks = c.keyspace(a, 1);
            c.commit(ks, a, 1, EventClass.STRING, EventName.PFADD);
            if (c.logs(ks)) {
                Effects.set(c, ks, a, 1, merged, length, 0, true);
            }
        } finally {
            OffHeap.free(value, room + HyperLogLog.DENSE_BYTES);
        }
    }

    private static void raise(long dense, long ranks, int from) {
        for (int i = from; i < HyperLogLog.REGISTERS; i++) {
            int rank = OffHeap.getByte(ranks + i);
            if (HyperLogLog.register(dense, i) < rank) {
                HyperLogLog.register(dense, i, rank);
            }
        }
    }

    // ---------------------------------------------------------------- testing

    /// PFDEBUG GETREG | DECODE | ENCODING | TODENSE key -> array of the registers, after the value was made dense | the runs of a
    /// sparse value | dense or sparse | whether it was made dense. Errors: no such key; WRONGTYPE; INVALIDOBJ; not sparse;
    /// unknown subcommand.
    private static void pfdebug(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 2);
        if (e == 0) {
            r.simple(NO_KEY);
            return;
        }
        if (!isHyperLogLog(e, r)) {
            return;
        }
        boolean dense = HyperLogLog.isDense(Entry.valueAddress(e));
        if (a.equalsIgnoreCase(1, "ENCODING")) {
            r.simple(dense ? DENSE : SPARSE);
        } else if (a.equalsIgnoreCase(1, "DECODE")) {
            if (dense) {
                r.simple(NOT_SPARSE);
            } else {
                r.bulk(HyperLogLog.runs(Entry.valueAddress(e), Entry.valueLength(e)));
            }
        } else if (a.equalsIgnoreCase(1, "TODENSE")) {
            if (dense || toDense(c, a, e, r)) {
                r.integer(dense ? 0 : 1);
            }
        } else if (a.equalsIgnoreCase(1, "GETREG")) {
            if (dense || toDense(c, a, e, r)) {
                Keyspace ks = c.keyspace(a, 2);
                long value = Entry.valueAddress(ks.find(a.address(2), a.length(2), c.hash(a, 2)));
                r.array(HyperLogLog.REGISTERS);
                for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
                    r.integer(HyperLogLog.register(value, i));
                }
            }
        } else {
            Errors.quoting(r, "ERR Unknown PFDEBUG subcommand '" + Errors.quoted(a, 1) + "'");
        }
    }

    private static boolean toDense(CommandContext c, Args a, long e, ReplyWriter r) {
        if (!promote(c, a, 2, Entry.valueAddress(e), Entry.valueLength(e), Entry.deadline(e))) {
            r.simple(CORRUPTED);
            return false;
        }
        Keyspace ks = c.keyspace(a, 2);
        c.commit(ks, a, 2, 0, EventName.PFADD);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, c.spec().effectName(), 3);
            log.argument(TODENSE);
            log.argument(a.address(2), a.length(2));
            log.end();
        }
        return true;
    }

    /// PFSELFTEST -> OK. Some milliseconds. Errors: TESTFAILED.
    private static void pfselftest(Session session, Args a, ReplyWriter r) {
        String failure = HyperLogLogTrial.run();
        if (failure == null) {
            r.ok();
        } else {
            r.error("TESTFAILED " + failure);
        }
    }
}
