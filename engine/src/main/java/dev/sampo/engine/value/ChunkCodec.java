package dev.sampo.engine.value;

import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// A fast compression for pieces of a few KiB in which things recur at equal distances, as elements of a list do. HOT.
///
/// The output is sequences of literals and a match, which is a copy of what lies `distance` bytes back:
///
/// ```
/// token: literals (3 bits, 7 = more follows), whether the distance is that of the match before (1), bytes of the match
///        less 4 (4 bits, 15 = more follows)
/// [bytes of 255, rest: more literals]  literals  [distance (2)]  [bytes of 255, rest: more bytes of the match]
/// ```
///
/// The last sequence ends with its literals. Who decompresses knows the length. One per thread; only for bytes made here.
final class ChunkCodec {
    /// The longest input.
    static final int LENGTH_MAX = 1 << 14;

    private static final int MATCH_MIN = 4;
    private static final int LITERALS_MORE = 7;
    private static final int MATCH_MORE = 15;
    private static final int SAME_DISTANCE = 0x10;
    private static final int HASH_BITS = 11;
    /// After so many positions without a match every other one is looked at, then every third, and so on.
    private static final int PATIENCE_BITS = 5;

    /// Where four bytes of a hash were seen last, plus 1.
    private final short[] seen = new short[1 << HASH_BITS];

    /// What compressing takes at most.
    static int bytesMax(int length) {
        return length + length / 255 + 16;
    }

    /// Compresses `length` bytes to `target`, where there is room for [#bytesMax(int)]; returns how many that are.
    int compress(long source, int length, long target) {
        Arrays.fill(seen, (short) 0);
        long out = target;
        int literals = 0;
        int distance = 1;
        int at = 1;
        int tried = 0;
        while (at <= length - MATCH_MIN) {
            int four = OffHeap.getInt(source + at);
            int found = at;
            if (at < distance || OffHeap.getInt(source + at - distance) != four) {
                int hash = four * 0x9E3779B1 >>> 32 - HASH_BITS;
                int before = seen[hash] - 1;
                seen[hash] = (short) (at + 1);
                if (before < 0 || OffHeap.getInt(source + before) != four) {
                    at += 1 + (tried++ >>> PATIENCE_BITS);
                    continue;
                }
                found = at - before;
            } else {
                found = distance;
            }
            int match = MATCH_MIN + common(source + at + MATCH_MIN, found, length - at - MATCH_MIN);
            out = sequence(out, source + literals, at - literals, found, found == distance, match);
            distance = found;
            at += match;
            literals = at;
            tried = 0;
        }
        return (int) (last(out, source + literals, length - literals) - target);
    }

    /// How many of `most` bytes are those `distance` bytes before them.
    private static int common(long bytes, int distance, int most) {
        int i = 0;
        for (; i + 8 <= most; i += 8) {
            long difference = OffHeap.getLong(bytes + i) ^ OffHeap.getLong(bytes + i - distance);
            if (difference != 0) {
                return i + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
        }
        while (i < most && OffHeap.getByte(bytes + i) == OffHeap.getByte(bytes + i - distance)) {
            i++;
        }
        return i;
    }

    private static long sequence(long target, long literals, int count, int distance, boolean same, int match) {
        int more = match - MATCH_MIN;
        int token = Math.min(count, LITERALS_MORE) << 5 | (same ? SAME_DISTANCE : 0) | Math.min(more, MATCH_MORE);
        OffHeap.putByte(target, (byte) token);
        long out = literals(target + 1, literals, count);
        if (!same) {
            OffHeap.putShort(out, (short) distance);
            out += 2;
        }
        return more < MATCH_MORE ? out : rest(out, more - MATCH_MORE);
    }

    private static long last(long target, long literals, int count) {
        OffHeap.putByte(target, (byte) (Math.min(count, LITERALS_MORE) << 5));
        return literals(target + 1, literals, count);
    }

    private static long literals(long target, long literals, int count) {
        long out = count < LITERALS_MORE ? target : rest(target, count - LITERALS_MORE);
        OffHeap.copy(literals, out, count);
        return out + count;
    }

    private static long rest(long target, int rest) {
        long out = target;
        int left = rest;
        for (; left >= 255; left -= 255) {
            OffHeap.putByte(out++, (byte) 255);
        }
        OffHeap.putByte(out++, (byte) left);
        return out;
    }

    /// Writes the `length` bytes that were compressed to `source`, behind which seven more bytes may be read.
    static void decompress(long source, long target, int length) {
        long in = source;
        long out = target;
        long end = target + length;
        int distance = 1;
        while (true) {
            int token = OffHeap.getByte(in++) & 0xFF;
            int count = token >>> 5;
            if (count < LITERALS_MORE && end - out >= 8) {
                // A few bytes more than needed, which what follows overwrites.
                OffHeap.putLong(out, OffHeap.getLong(in));
            } else {
                if (count == LITERALS_MORE) {
                    int b;
                    do {
                        b = OffHeap.getByte(in++) & 0xFF;
                        count += b;
                    } while (b == 255);
                }
                OffHeap.copy(in, out, count);
            }
            in += count;
            out += count;
            if (out == end) {
                return;
            }
            if ((token & SAME_DISTANCE) == 0) {
                distance = OffHeap.getShort(in);
                in += 2;
            }
            int match = token & MATCH_MORE;
            if (match == MATCH_MORE) {
                int b;
                do {
                    b = OffHeap.getByte(in++) & 0xFF;
                    match += b;
                } while (b == 255);
            }
            match += MATCH_MIN;
            if (distance >= 8 && end - out >= match + 8) {
                for (int i = 0; i < match; i += 8) {
                    OffHeap.putLong(out + i, OffHeap.getLong(out + i - distance));
                }
            } else {
                repeat(out, distance, match);
            }
            out += match;
        }
    }

    /// Writes bytes that are those `distance` bytes before them, which may be some of their own.
    private static void repeat(long out, int distance, int length) {
        if (distance >= length) {
            OffHeap.copy(out - distance, out, length);
            return;
        }
        // What recurs after n bytes also does after any multiple of n.
        int period = distance;
        while (period < 8) {
            period += distance;
        }
        int i = 0;
        for (; i < period - distance && i < length; i++) {
            OffHeap.putByte(out + i, OffHeap.getByte(out + i - distance));
        }
        for (; i + 8 <= length; i += 8) {
            OffHeap.putLong(out + i, OffHeap.getLong(out + i - period));
        }
        for (; i < length; i++) {
            OffHeap.putByte(out + i, OffHeap.getByte(out + i - distance));
        }
    }
}
