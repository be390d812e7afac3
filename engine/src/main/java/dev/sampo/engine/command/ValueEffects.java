package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.rdb.DumpPayload;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.engine.value.HashValue;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.function.BooleanSupplier;

/// Effects that say what the whole value of a key is, for values that come from another shard: strings are set, small values and
/// streams restored, others built up by effects of bounded size.
final class ValueEffects {
    /// Elements of one effect.
    private static final int PIECE = 128;

    private ValueEffects() {
    }

    /// What the key in argument `i`, in `ks`, has become: the value of entry `e` of `from`, with its deadline. The caller has
    /// asked whether effects are wanted.
    static void log(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        if (Entry.type(e) == Type.STRING) {
            Effects.set(c, ks, a, i, c.text(e, 1), c.textLength(e), Entry.deadline(e), false);
        } else if (!Encoding.isBig(Entry.encoding(e)) || Entry.type(e) == Type.STREAM) {
            restore(c, ks, a, i, from, e);
        } else {
            Effects.del(c, ks, a, i);
            switch (Entry.type(e)) {
                case Type.LIST -> list(c, ks, a, i, from, e);
                case Type.SET -> set(c, ks, a, i, from, e);
                case Type.ZSET -> sortedSet(c, ks, a, i, from, e);
                default -> hash(c, ks, a, i, from, e);
            }
            if (Entry.hasDeadline(e)) {
                Effects.deadline(c, ks, a, i, Entry.deadline(e));
            }
        }
    }

    private static void restore(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        DumpPayload payload = c.payload();
        payload.write(from, e, RdbType.VERSION_MAX);
        EffectLog log = c.effect(ks, Effects.RESTORE, 6);
        log.argument(a.address(i), a.length(i));
        c.number(log, Entry.deadline(e));
        log.argument(payload.address(), payload.length());
        log.argument(Effects.REPLACE);
        log.argument(Effects.ABSTTL);
        log.end();
    }

    /// Writes `count` elements as effects of some of them.
    ///
    /// @param arguments how many each element has
    /// @param next goes to the next element
    private static void pieces(CommandContext c, Keyspace ks, Args a, int i, byte[] name, long count, int arguments,
                               BooleanSupplier next, Piece piece) {
        for (long done = 0; done < count;) {
            int n = (int) Math.min(PIECE, count - done);
            EffectLog log = c.effect(ks, name, 2 + n * arguments);
            log.argument(a.address(i), a.length(i));
            for (int j = 0; j < n; j++) {
                piece.add(log);
                next.getAsBoolean();
            }
            log.end();
            done += n;
        }
    }

    /// Adds the arguments of one element.
    @FunctionalInterface
    private interface Piece {
        void add(EffectLog log);
    }

    private static void list(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        ListValue list = new ListValue();
        list.read(from, e);
        list.seek(0);
        pieces(c, ks, a, i, Effects.RPUSH, list.count(), 1, list::next,
            log -> log.argument(list.elementAddress(), list.elementLength()));
        list.close();
    }

    private static void set(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        try (SetValue set = new SetValue()) {
            set.open(from, e).first();
            pieces(c, ks, a, i, Effects.SADD, set.size(), 1, set::next,
                log -> log.argument(set.memberAddress(), set.memberLength()));
        }
    }

    private static void sortedSet(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        long text = OffHeap.allocate(Ascii.DOUBLE_LENGTH_MAX);
        try (SortedSetValue set = new SortedSetValue()) {
            set.read(from, e).seek(0);
            pieces(c, ks, a, i, Effects.ZADD, set.size(), 2, set::next, log -> {
                log.argument(text, Ascii.writeDouble(text, set.score()));
                log.argument(set.memberAddress(), set.memberLength());
            });
        } finally {
            OffHeap.free(text, Ascii.DOUBLE_LENGTH_MAX);
        }
    }

    private static void hash(CommandContext c, Keyspace ks, Args a, int i, Keyspace from, long e) {
        try (HashValue hash = new HashValue()) {
            hash.open(from, e, HashValue.NOTHING_IS_OVER).first();
            pieces(c, ks, a, i, Effects.HSET, hash.size(), 2, hash::next, log -> {
                log.argument(hash.fieldAddress(), hash.fieldLength());
                log.argument(hash.valueAddress(), hash.valueLength());
            });
            boolean there = hash.earliestDeadline() != 0 && hash.first();
            for (; there; there = hash.next()) {
                if (hash.deadline() != 0) {
                    fieldDeadline(c, ks, a, i, hash);
                }
            }
        }
    }

    private static void fieldDeadline(CommandContext c, Keyspace ks, Args a, int i, HashValue hash) {
        EffectLog log = c.effect(ks, Effects.HPEXPIREAT, 6);
        log.argument(a.address(i), a.length(i));
        c.number(log, hash.deadline());
        log.argument(Effects.FIELDS);
        c.number(log, 1);
        log.argument(hash.fieldAddress(), hash.fieldLength());
        log.end();
    }
}
