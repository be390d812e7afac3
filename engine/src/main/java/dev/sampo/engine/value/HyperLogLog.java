package dev.sampo.engine.value;

import dev.sampo.resp.OffHeap;

/// A HyperLogLog in the two forms in which Redis keeps it in a string, byte for byte: 16384 registers, each the greatest
/// rank that an element of its has had, from which the number of different elements is estimated with an error of 0.81 %.
///
/// ```
/// 0..3     "HYLL"
/// 4        form: 0 dense, 1 sparse
/// 5..7     0
/// 8..15    the last estimate, little-endian; not valid if its highest bit is set
/// 16       dense: 6 bits per register, from the lowest bits of a byte on
///          sparse: runs of registers   00llllll            l + 1 of rank 0
///                                      01llllll llllllll   l + 1 of rank 0
///                                      1rrrrrll            l + 1 of rank r + 1
/// ```
/// A sparse one is changed in steps: [#plan(long, int, int, int, int)] says what setting a register takes, the caller makes
/// room, [#apply(long, int, long, int, int)] does it. Where runs are split and joined follows Redis, so that the same elements
/// give the same bytes.
///
/// https://redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs/; O. Ertl, New cardinality estimation algorithms
/// for HyperLogLog sketches (https://arxiv.org/abs/1702.01284).
public final class HyperLogLog {
    public static final int REGISTERS = 1 << 14;
    public static final int HEADER_BYTES = 16;
    /// Length of a dense one.
    public static final int DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;
    /// Length of a sparse one that has seen nothing.
    public static final int EMPTY_BYTES = HEADER_BYTES + 2;

    /// Length that no sparse one reaches: no run takes more than a byte per register and none of two bytes is of one.
    public static final int SPARSE_BYTES_MAX = HEADER_BYTES + 2 * REGISTERS;

    /// Plans: the register is as high already; the runs do not add up; only a dense one can do it.
    public static final long UNCHANGED = 0;
    public static final long CORRUPT = -1;
    public static final long PROMOTE = -2;

    private static final int MAGIC = 'H' | 'Y' << 8 | 'L' << 16 | 'L' << 24;
    private static final int FORM_AT = 4;
    private static final int DENSE = 0;
    private static final int SPARSE = 1;
    private static final int ESTIMATE_AT = 8;
    private static final int STALE_AT = 15;

    private static final int INDEX_BITS = 14;
    private static final int RANK_BITS = 64 - INDEX_BITS;
    private static final int SPARSE_RANK_MAX = 32;
    private static final int SHORT_ZEROS_MAX = 64;
    private static final int VALUES_MAX = 4;
    private static final double ALPHA = 0.721347520444481703680;

    /// Runs that are looked at for joining after a change.
    private static final int JOINED_RUNS = 5;

    // A plan: where the run is, its first register, the bytes of the run before it, the bytes it will take.
    private static final int PLAN_FIRST = 20;
    private static final int PLAN_BEFORE = 36;
    private static final int PLAN_BYTES = 40;
    private static final long PLAN_MARK = 1L << 62;

    private HyperLogLog() {
    }

    // ---------------------------------------------------------------- as a string

    /// Whether the bytes can be a HyperLogLog; whether the runs of a sparse one add up is another question.
    public static boolean isValid(long address, int length) {
        if (length < HEADER_BYTES || OffHeap.getInt(address) != MAGIC) {
            return false;
        }
        int form = OffHeap.getByte(address + FORM_AT);
        return form == SPARSE || form == DENSE && length == DENSE_BYTES;
    }

    public static boolean isDense(long address) {
        return OffHeap.getByte(address + FORM_AT) == DENSE;
    }

    /// Writes one that has seen nothing, [#EMPTY_BYTES] long.
    public static void writeEmpty(long address) {
        OffHeap.putInt(address, MAGIC);
        OffHeap.putInt(address + FORM_AT, SPARSE);
        OffHeap.putLong(address + ESTIMATE_AT, 0);
        writeZeros(address + HEADER_BYTES, REGISTERS);
    }

    /// Whether the estimate in the header holds.
    public static boolean hasEstimate(long address) {
        return OffHeap.getByte(address + STALE_AT) >= 0;
    }

    public static long estimate(long address) {
        return OffHeap.getLong(address + ESTIMATE_AT);
    }

    public static void estimate(long address, long value) {
        OffHeap.putLong(address + ESTIMATE_AT, value);
    }

    /// Marks the estimate as outdated.
    public static void forgetEstimate(long address) {
        OffHeap.putByte(address + STALE_AT, (byte) (OffHeap.getByte(address + STALE_AT) | 0x80));
    }

    // ---------------------------------------------------------------- elements

    /// MurmurHash64A with Redis's seed. https://github.com/aappleby/smhasher
    public static long hash(long element, int length) {
        final long m = 0xc6a4a7935bd1e995L;
        long h = 0xadc83b19L ^ length * m;
        int i = 0;
        for (; i <= length - 8; i += 8) {
            long k = OffHeap.getLong(element + i) * m;
            h = (h ^ (k ^ k >>> 47) * m) * m;
        }
        if (i < length) {
            for (int j = length - 1; j >= i; j--) {
                h ^= (OffHeap.getByte(element + j) & 0xFFL) << (j - i << 3);
            }
            h *= m;
        }
        h = (h ^ h >>> 47) * m;
        return h ^ h >>> 47;
    }

    /// The register of an element with this hash.
    public static int index(long hash) {
        return (int) hash & REGISTERS - 1;
    }

    /// The rank of an element with this hash, 1 to 51.
    public static int rank(long hash) {
        return Long.numberOfTrailingZeros(hash >>> INDEX_BITS | 1L << RANK_BITS) + 1;
    }

    // ---------------------------------------------------------------- dense

    /// A register of a dense one.
    public static int register(long address, int index) {
        int bit = index * 6;
        long at = address + HEADER_BYTES + (bit >>> 3);
        int shift = bit & 7;
        int bits = OffHeap.getByte(at) & 0xFF;
        if (shift > 2) {
            bits |= (OffHeap.getByte(at + 1) & 0xFF) << 8;
        }
        return bits >>> shift & 63;
    }

    /// Sets a register of a dense one.
    public static void register(long address, int index, int rank) {
        int bit = index * 6;
        long at = address + HEADER_BYTES + (bit >>> 3);
        int shift = bit & 7;
        OffHeap.putByte(at, (byte) (OffHeap.getByte(at) & ~(63 << shift) | rank << shift));
        if (shift > 2) {
            OffHeap.putByte(at + 1, (byte) (OffHeap.getByte(at + 1) & ~(63 << shift >>> 8) | rank << shift >>> 8));
        }
    }

    // ---------------------------------------------------------------- runs

    private static boolean isValue(int run) {
        return (run & 0x80) != 0;
    }

    private static boolean isLong(int run) {
        return (run & 0xC0) == 0x40;
    }

    private static int bytes(int run) {
        return isLong(run) ? 2 : 1;
    }

    /// Number of registers of the run at `at`, which begins with the byte `run`.
    private static int registers(long at, int run) {
        if (isValue(run)) {
            return (run & 3) + 1;
        }
        return isLong(run) ? ((run & 0x3F) << 8 | OffHeap.getByte(at + 1) & 0xFF) + 1 : (run & 0x3F) + 1;
    }

    private static int rankOf(int run) {
        return (run >>> 2 & 0x1F) + 1;
    }

    private static byte value(int rank, int registers) {
        return (byte) (0x80 | rank - 1 << 2 | registers - 1);
    }

    private static int zeroBytes(int registers) {
        return registers > SHORT_ZEROS_MAX ? 2 : registers > 0 ? 1 : 0;
    }

    /// Writes a run of no registers or more and returns where it ends.
    private static long writeZeros(long at, int registers) {
        if (registers > SHORT_ZEROS_MAX) {
            OffHeap.putByte(at, (byte) (0x40 | registers - 1 >>> 8));
            OffHeap.putByte(at + 1, (byte) (registers - 1));
        } else if (registers > 0) {
            OffHeap.putByte(at, (byte) (registers - 1));
        }
        return at + zeroBytes(registers);
    }

    private static long writeValues(long at, int rank, int registers) {
        if (registers > 0) {
            OffHeap.putByte(at, value(rank, registers));
            return at + 1;
        }
        return at;
    }

    // ---------------------------------------------------------------- sparse

    /// What it takes to give register `index` of a sparse one at least the rank `rank`: [#UNCHANGED], [#CORRUPT], [#PROMOTE], or
    /// a plan for [#growth(long)] and [#apply(long, int, long, int, int)].
    ///
    /// @param bytesMax length that a sparse one may have (`hll-sparse-max-bytes`)
    public static long plan(long address, int length, int index, int rank, int bytesMax) {
        if (rank > SPARSE_RANK_MAX) {
            return PROMOTE;
        }
        long end = address + length;
        long at = address + HEADER_BYTES;
        int first = 0;
        int before = 0;
        while (at < end) {
            int run = OffHeap.getByte(at) & 0xFF;
            if (isLong(run) && at + 1 == end) {
                return CORRUPT;
            }
            int registers = registers(at, run);
            if (index < first + registers) {
                return plan(at - address, before, run, index - first, first + registers - 1 - index, rank, first,
                    bytesMax - length);
            }
            first += registers;
            before = bytes(run);
            at += before;
        }
        return CORRUPT;
    }

    /// @param left registers of the run before the one to set
    /// @param right registers of the run behind it
    private static long plan(long offset, int before, int run, int left, int right, int rank, int first, int spare) {
        int bytes;
        if (isValue(run)) {
            if (rankOf(run) >= rank) {
                return UNCHANGED;
            }
            bytes = 1 + (left > 0 ? 1 : 0) + (right > 0 ? 1 : 0);
        } else {
            bytes = 1 + zeroBytes(left) + zeroBytes(right);
        }
        int growth = bytes - bytes(run);
        if (growth > 0 && growth > spare) {
            return PROMOTE;
        }
        return PLAN_MARK | (long) bytes << PLAN_BYTES | (long) before << PLAN_BEFORE | (long) first << PLAN_FIRST | offset;
    }

    /// Bytes of room that a plan needs behind the value.
    public static int growth(long plan) {
        return (int) (plan >>> PLAN_BYTES & 7) - 1;
    }

    /// Carries out a plan; there is room for [#growth(long)] bytes behind the value. Returns the new length.
    public static int apply(long address, int length, long plan, int index, int rank) {
        int offset = (int) plan & (1 << PLAN_FIRST) - 1;
        int first = (int) (plan >>> PLAN_FIRST) & 0xFFFF;
        int before = (int) (plan >>> PLAN_BEFORE) & 3;
        int bytes = (int) (plan >>> PLAN_BYTES) & 7;
        long at = address + offset;
        int run = OffHeap.getByte(at) & 0xFF;
        int oldBytes = bytes(run);
        int left = index - first;
        int right = registers(at, run) - 1 - left;
        OffHeap.copy(at + oldBytes, at + bytes, length - offset - oldBytes);
        if (isValue(run)) {
            long next = writeValues(writeValues(at, rankOf(run), left), rank, 1);
            writeValues(next, rankOf(run), right);
        } else {
            long next = writeValues(writeZeros(at, left), rank, 1);
            writeZeros(next, right);
        }
        return join(address, length + bytes - oldBytes, at - before);
    }

    /// Joins runs of the same rank among the next few from `from` on; returns the new length.
    private static int join(long address, int length, long from) {
        long end = address + length;
        long at = from;
        for (int i = 0; i < JOINED_RUNS && at < end; i++) {
            int run = OffHeap.getByte(at) & 0xFF;
            if (!isValue(run) || at + 1 >= end) {
                at += bytes(run);
                continue;
            }
            int next = OffHeap.getByte(at + 1) & 0xFF;
            int registers = (run & 3) + (next & 3) + 2;
            if (isValue(next) && rankOf(next) == rankOf(run) && registers <= VALUES_MAX) {
                OffHeap.putByte(at + 1, value(rankOf(run), registers));
                OffHeap.copy(at + 1, at, end - at - 1);
                end--;
            } else {
                at++;
            }
        }
        return (int) (end - address);
    }

    /// Writes the dense form of a sparse one to `target`, header included; whether the runs add up.
    public static boolean toDense(long address, int length, long target) {
        OffHeap.fill(target, DENSE_BYTES, (byte) 0);
        OffHeap.copy(address, target, HEADER_BYTES);
        OffHeap.putByte(target + FORM_AT, (byte) DENSE);
        return expand(address, length, target, true);
    }

    /// Applies the runs of a sparse one to a dense one or, if not `dense`, raises a byte per register; whether they add up.
    private static boolean expand(long address, int length, long target, boolean dense) {
        long end = address + length;
        long at = address + HEADER_BYTES;
        long index = 0;
        while (at < end) {
            int run = OffHeap.getByte(at) & 0xFF;
            if (isLong(run) && at + 1 == end) {
                return false;
            }
            int registers = registers(at, run);
            if (isValue(run)) {
                if (index + registers > REGISTERS) {
                    break;
                }
                for (int i = (int) index; i < index + registers; i++) {
                    if (dense) {
                        register(target, i, rankOf(run));
                    } else {
                        raise(target + i, rankOf(run));
                    }
                }
            }
            index += registers;
            at += bytes(run);
        }
        return index == REGISTERS;
    }

    // ---------------------------------------------------------------- all registers

    /// Raises each of [#REGISTERS] bytes to the register of a HyperLogLog; whether its runs add up.
    public static boolean mergeInto(long ranks, long address, int length) {
        return isDense(address) ? mergeDense(ranks, address) : expand(address, length, ranks, false);
    }

    private static boolean mergeDense(long ranks, long address) {
        long at = address + HEADER_BYTES;
        for (int i = 0; i < REGISTERS; i += 8) {
            long eight = eight(at);
            for (int j = 0; j < 8; j++) {
                raise(ranks + i + j, (int) (eight >>> j * 6) & 63);
            }
            at += 6;
        }
        return true;
    }

    /// Eight registers, of 6 bits.
    private static long eight(long at) {
        return OffHeap.getInt(at) & 0xFFFF_FFFFL | (OffHeap.getShort(at + 4) & 0xFFFFL) << 32;
    }

    private static void raise(long at, int rank) {
        if (OffHeap.getByte(at) < rank) {
            OffHeap.putByte(at, (byte) rank);
        }
    }

    // ---------------------------------------------------------------- estimating

    /// Estimate of how many different elements one HyperLogLog has seen, or [#CORRUPT].
    public static long count(long address, int length) {
        int[] ranks = new int[64];
        if (isDense(address)) {
            long at = address + HEADER_BYTES;
            for (int i = 0; i < REGISTERS; i += 8) {
                long eight = eight(at);
                for (int j = 0; j < 8; j++) {
                    ranks[(int) (eight >>> j * 6) & 63]++;
                }
                at += 6;
            }
        } else if (!countSparse(address, length, ranks)) {
            return CORRUPT;
        }
        return estimate(ranks);
    }

    private static boolean countSparse(long address, int length, int[] ranks) {
        long end = address + length;
        long at = address + HEADER_BYTES;
        long index = 0;
        while (at < end) {
            int run = OffHeap.getByte(at) & 0xFF;
            if (isLong(run) && at + 1 == end) {
                return false;
            }
            int registers = registers(at, run);
            ranks[isValue(run) ? rankOf(run) : 0] += registers;
            index += registers;
            at += bytes(run);
        }
        return index == REGISTERS;
    }

    /// Estimate from [#REGISTERS] bytes.
    public static long count(long ranks) {
        int[] histogram = new int[64];
        for (int i = 0; i < REGISTERS; i++) {
            histogram[OffHeap.getByte(ranks + i) & 63]++;
        }
        return estimate(histogram);
    }

    /// @param ranks number of registers of each rank
    private static long estimate(int[] ranks) {
        double m = REGISTERS;
        double z = m * tau((m - ranks[RANK_BITS + 1]) / m);
        for (int rank = RANK_BITS; rank >= 1; rank--) {
            z = (z + ranks[rank]) * 0.5;
        }
        z += m * sigma(ranks[0] / m);
        return Math.round(ALPHA * m * m / z);
    }

    private static double sigma(double share) {
        if (share == 1) {
            return Double.POSITIVE_INFINITY;
        }
        double x = share;
        double y = 1;
        double z = x;
        double last;
        do {
            x *= x;
            last = z;
            z += x * y;
            y += y;
        } while (z != last);
        return z;
    }

    private static double tau(double share) {
        if (share == 0 || share == 1) {
            return 0;
        }
        double x = share;
        double y = 1;
        double z = 1 - x;
        double last;
        do {
            x = Math.sqrt(x);
            last = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        } while (z != last);
        return z / 3;
    }

    /// The runs of a sparse one as text: `Z:n` and `z:n` for n registers of rank 0, `v:r,n` for n of rank r.
    public static String runs(long address, int length) {
        var text = new StringBuilder();
        long end = address + length;
        long at = address + HEADER_BYTES;
        while (at < end) {
            int run = OffHeap.getByte(at) & 0xFF;
            if (isLong(run) && at + 1 == end) {
                break;
            }
            text.append(text.isEmpty() ? "" : " ");
            text.append(isValue(run) ? "v:" + rankOf(run) + "," : isLong(run) ? "Z:" : "z:").append(registers(at, run));
            at += bytes(run);
        }
        return text.toString();
    }
}
