package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Rng;
import dev.sampo.engine.value.HashValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// HRANDFIELD: random fields of a hash, with repetitions or without.
final class HashRandom {
    private static final byte[] OUT_OF_RANGE = Errors.error("ERR value is out of range");
    private static final byte[] COUNT_RANGE = Errors.error(
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");

    /// More fields than a third of the hash are chosen on a walk over all of it.
    private static final int WALK_SHARE = 3;
    private static final int DRAWS_PER_FIELD = 8;
    private static final int DRAWS_MORE = 64;
    private static final long EMPTY = -1;

    private HashRandom() {
    }

    /// HRANDFIELD key [count [WITHVALUES]] -> bulk | nil, with count array: that many different fields, or with a negative
    /// count as many fields as asked for. O(log size) per field. Errors: WRONGTYPE; not an integer; out of range; syntax.
    /// https://redis.io/commands/hrandfield
    static void hrandfield(CommandContext c, Args a, ReplyWriter r) {
        if (a.count() == 2) {
            HashValue h = HashCommands.read(c, a, r);
            if (h == null) {
                return;
            }
            if (h.size() == 0) {
                r.nullBulk();
            } else {
                h.random(c.rng());
                h.replyField(r);
            }
            return;
        }
        ArgReader in = c.reader(a, 2);
        long count = in.nextLong();
        if (count == Long.MIN_VALUE) {
            in.fail(COUNT_RANGE);
        }
        boolean withValues = in.option("WITHVALUES");
        if (in.more()) {
            in.fail(Errors.SYNTAX);
        }
        if (withValues && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
            in.fail(OUT_OF_RANGE);
        }
        if (in.failed(r)) {
            return;
        }
        HashValue h = HashCommands.read(c, a, r);
        if (h == null) {
            return;
        }
        long size = h.size();
        if (size == 0 || count == 0) {
            r.array(0);
        } else if (count < 0) {
            RepeatedChoice.reply(-count, withValues && r.respVersion() == 2 ? 2 : 1, r, () -> {
                h.random(c.rng());
                reply(h, withValues, r);
            });
        } else {
            distinct(h, c.rng(), Math.min(count, size), size, withValues, r);
        }
    }

    private static void header(long count, boolean withValues, ReplyWriter r) {
        r.array(withValues && r.respVersion() == 2 ? 2 * count : count);
    }

    private static void reply(HashValue h, boolean withValues, ReplyWriter r) {
        if (withValues && r.respVersion() > 2) {
            r.array(2);
        }
        h.replyField(r);
        if (withValues) {
            h.replyValue(r);
        }
    }

    private static void distinct(HashValue h, Rng rng, long count, long size, boolean withValues, ReplyWriter r) {
        header(count, withValues, r);
        if (count * WALK_SHARE > size || !drawn(h, rng, count, withValues, r)) {
            walk(h, rng, count, size, withValues, r);
        }
    }

    /// Takes each field with the probability that makes all choices equally likely.
    private static void walk(HashValue h, Rng rng, long count, long size, boolean withValues, ReplyWriter r) {
        long wanted = count;
        long left = size;
        for (boolean more = h.first(); more && wanted > 0; more = h.next()) {
            if (below(rng, left) < wanted) {
                reply(h, withValues, r);
                wanted--;
            }
            left--;
        }
    }

    /// Draws places among the stored fields until there are enough different ones of fields that are not over; whether that
    /// was soon. Only then anything is written.
    private static boolean drawn(HashValue h, Rng rng, long count, boolean withValues, ReplyWriter r) {
        int slots = Integer.highestOneBit((int) count) << 2;
        long set = OffHeap.allocate(8L * slots);
        try {
            OffHeap.fill(set, 8L * slots, (byte) EMPTY);
            long found = 0;
            long stored = h.storedSize();
            for (long draws = DRAWS_PER_FIELD * count + DRAWS_MORE; draws > 0 && found < count; draws--) {
                long rank = below(rng, stored);
                long slot = set + 8L * ((int) (rank * 0x9E3779B97F4A7C15L >>> 33) & slots - 1);
                while (OffHeap.getLong(slot) != EMPTY && OffHeap.getLong(slot) != rank) {
                    slot = slot + 8 == set + 8L * slots ? set : slot + 8;
                }
                h.seekStored(rank);
                if (OffHeap.getLong(slot) == EMPTY && !h.isOver()) {
                    OffHeap.putLong(slot, rank);
                    found++;
                }
            }
            if (found < count) {
                return false;
            }
            for (int i = 0; i < slots; i++) {
                long rank = OffHeap.getLong(set + 8L * i);
                if (rank != EMPTY) {
                    h.seekStored(rank);
                    reply(h, withValues, r);
                }
            }
            return true;
        } finally {
            OffHeap.free(set, 8L * slots);
        }
    }

    private static long below(Rng rng, long bound) {
        return bound <= Integer.MAX_VALUE ? rng.nextInt((int) bound) : Long.remainderUnsigned(rng.nextLong(), bound);
    }
}
