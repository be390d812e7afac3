package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;

/// The cursor of SCAN over several shards: which shard is being walked, and how far. The shard's index stands in the low
/// bits (none on a server with one shard), the keyspace's own cursor above it; 0 is both the beginning and the end.
/// A driver routes a SCAN to [#shard(Args, int)] alone; shards are walked in ascending order.
public final class ScanCursor {
    private static final long UNSIGNED_MAX = -1;

    private ScanCursor() {
    }

    /// The shard that the cursor in argument 1 points to; 0 if it is no valid cursor, so that the handler there replies
    /// with the error.
    public static int shard(Args a, int shards) {
        if (a.count() < 2 || !isValid(a, 1)) {
            return 0;
        }
        return shard(parse(a, 1), shards);
    }

    /// The shard part of a cursor. A number that this server never gave out may name no shard: it is the last one.
    static int shard(long cursor, int shards) {
        return Math.min((int) (cursor & (1L << bits(shards)) - 1), shards - 1);
    }

    /// The part of a cursor that the shard's keyspace understands.
    static long position(long cursor, int shards) {
        return cursor >>> bits(shards);
    }

    /// What the client gets after the walk of `shard` came to `position`, 0 meaning its end.
    static long next(int shard, long position, int shards) {
        if (position != 0) {
            return position << bits(shards) | shard;
        }
        return shard + 1 < shards ? shard + 1 : 0;
    }

    /// How many bits tell the shard.
    private static int bits(int shards) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(shards - 1);
    }

    /// Whether argument `i` is a cursor: an unsigned 64-bit number as C's `strtoul` reads it, without leading space. What
    /// follows a zero byte does not count.
    static boolean isValid(Args a, int i) {
        long at = a.address(i);
        int length = length(a, i);
        int from = length > 0 && (OffHeap.getByte(at) == '+' || OffHeap.getByte(at) == '-') ? 1 : 0;
        if (length == 0) {
            return true;
        }
        if (from == length) {
            return false;
        }
        long value = 0;
        for (int j = from; j < length; j++) {
            int digit = OffHeap.getByte(at + j) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            if (Long.compareUnsigned(value, Long.divideUnsigned(UNSIGNED_MAX - digit, 10)) > 0) {
                return false;
            }
            value = value * 10 + digit;
        }
        return true;
    }

    /// The number in argument `i`, which [#isValid(Args, int)].
    static long parse(Args a, int i) {
        long at = a.address(i);
        int length = length(a, i);
        boolean negative = length > 0 && OffHeap.getByte(at) == '-';
        long value = 0;
        for (int j = negative || length > 0 && OffHeap.getByte(at) == '+' ? 1 : 0; j < length; j++) {
            value = value * 10 + OffHeap.getByte(at + j) - '0';
        }
        return negative ? -value : value;
    }

    private static int length(Args a, int i) {
        long at = a.address(i);
        int length = 0;
        while (length < a.length(i) && OffHeap.getByte(at + length) != 0) {
            length++;
        }
        return length;
    }
}
