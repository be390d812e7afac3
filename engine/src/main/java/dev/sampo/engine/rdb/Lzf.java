package dev.sampo.engine.rdb;

import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// Compression in the format of LibLZF, which RDB strings use. A control byte below 32 is followed by that many literals
/// and one more; any other holds in its upper three bits a length less 2 (7: the next byte is added) and in its lower five,
/// with the byte after, how far back in the output the bytes to repeat begin, less 1.
/// Format: http://oldhome.schmorp.de/marc/liblzf.html
///
/// One instance per thread: it owns the table of recent positions.
public final class Lzf {
    /// No more than this many output bytes can come from one byte of input: 264 from 3.
    static final int EXPANSION_MAX = 88;

    private static final int LITERALS_MAX = 32;
    private static final int DISTANCE_MAX = 1 << 13;
    private static final int MATCH_MIN = 3;
    private static final int MATCH_MAX = (1 << 8) + (1 << 3);
    private static final int LONG_MATCH = 7;
    private static final int TABLE_BITS_MIN = 6;
    private static final int TABLE_BITS_MAX = 14;
    private static final int HASH_FACTOR = 0x9E3779B1;

    /// Where each hash of three bytes was seen last, plus 1.
    private int[] table = new int[0];

    /// Compresses `length` bytes at `source` to `target`, which has room for `room` bytes; returns how many were written,
    /// 0 if they do not fit.
    public int compress(long source, int length, long target, int room) {
        int bits = Math.clamp(32 - Integer.numberOfLeadingZeros(length), TABLE_BITS_MIN, TABLE_BITS_MAX);
        if (table.length < 1 << bits) {
            table = new int[1 << bits];
        } else {
            Arrays.fill(table, 0, 1 << bits, 0);
        }
        int shift = 32 - bits;
        int last = length - MATCH_MIN;
        int in = 0;
        int out = 0;
        int literals = 0;
        while (in <= last) {
            int key = three(source + in);
            int slot = key * HASH_FACTOR >>> shift;
            int seen = table[slot] - 1;
            table[slot] = in + 1;
            if (seen < 0 || in - seen > DISTANCE_MAX || three(source + seen) != key) {
                in++;
                literals++;
                continue;
            }
            out = writeLiterals(source + in - literals, literals, target, out, room);
            if (out < 0) {
                return 0;
            }
            literals = 0;
            int match = matchLength(source, seen, in, Math.min(MATCH_MAX, length - in));
            if (out + 3 > room) {
                return 0;
            }
            out = writeMatch(target, out, in - seen - 1, match - 2);
            in += match;
        }
        literals += length - in;
        return Math.max(0, writeLiterals(source + length - literals, literals, target, out, room));
    }

    private static int three(long at) {
        return OffHeap.getByte(at) & 0xFF | (OffHeap.getShort(at + 1) & 0xFFFF) << 8;
    }

    private static int matchLength(long source, int seen, int in, int most) {
        int length = MATCH_MIN;
        while (length < most && OffHeap.getByte(source + seen + length) == OffHeap.getByte(source + in + length)) {
            length++;
        }
        return length;
    }

    private static int writeMatch(long target, int from, int distance, int length) {
        int out = from;
        if (length < LONG_MATCH) {
            OffHeap.putByte(target + out++, (byte) (distance >>> 8 | length << 5));
        } else {
            OffHeap.putByte(target + out++, (byte) (distance >>> 8 | LONG_MATCH << 5));
            OffHeap.putByte(target + out++, (byte) (length - LONG_MATCH));
        }
        OffHeap.putByte(target + out++, (byte) distance);
        return out;
    }

    /// Where the output ends then, or -1 if there is no room.
    private static int writeLiterals(long source, int count, long target, int from, int room) {
        int out = from;
        for (int done = 0; done < count;) {
            int run = Math.min(LITERALS_MAX, count - done);
            if (out + 1 + run > room) {
                return -1;
            }
            OffHeap.putByte(target + out, (byte) (run - 1));
            OffHeap.copy(source + done, target + out + 1, run);
            out += 1 + run;
            done += run;
        }
        return out;
    }

    /// Expands `length` bytes at `source`, which nobody has checked, to exactly `targetLength` bytes at `target`; whether
    /// that was possible.
    public static boolean decompress(long source, int length, long target, int targetLength) {
        int in = 0;
        int out = 0;
        while (in < length) {
            int control = OffHeap.getByte(source + in++) & 0xFF;
            if (control < LITERALS_MAX) {
                int run = control + 1;
                if (run > length - in || run > targetLength - out) {
                    return false;
                }
                OffHeap.copy(source + in, target + out, run);
                in += run;
                out += run;
                continue;
            }
            int match = control >>> 5;
            if (in + (match == LONG_MATCH ? 2 : 1) > length) {
                return false;
            }
            if (match == LONG_MATCH) {
                match += OffHeap.getByte(source + in++) & 0xFF;
            }
            match += 2;
            int distance = ((control & 0x1F) << 8 | OffHeap.getByte(source + in++) & 0xFF) + 1;
            if (distance > out || match > targetLength - out) {
                return false;
            }
            repeat(target + out, distance, match);
            out += match;
        }
        return out == targetLength;
    }

    private static void repeat(long target, int distance, int length) {
        if (distance >= length) {
            OffHeap.copy(target - distance, target, length);
            return;
        }
        // The bytes to repeat include some that are only now being written.
        for (int i = 0; i < length; i++) {
            OffHeap.putByte(target + i, OffHeap.getByte(target + i - distance));
        }
    }
}
