package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;

/// Numbers that depend on what a value is to clients and on nothing else: not on its encoding, nor, where it has none, on
/// the order of its members. For tests and DEBUG DIGEST; walks everything.
public final class ValueDigest {
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private ValueDigest() {
    }

    /// The digest of an entry's value, started with `seed`.
    public static long of(Keyspace keyspace, long e, long seed) {
        return switch (Entry.type(e)) {
            case Type.STRING -> string(e, seed);
            case Type.HASH -> hash(keyspace, e, seed);
            case Type.LIST -> list(keyspace, e, seed);
            case Type.SET -> set(keyspace, e, seed);
            case Type.ZSET -> sortedSet(keyspace, e, seed);
            case Type.STREAM -> StreamDigest.of(keyspace, e, seed);
            default -> throw new IllegalStateException("no digest of type " + Entry.type(e));
        };
    }

    /// A number is the same number whether an entry holds it as an integer or as text.
    private static long string(long e, long seed) {
        if (Entry.isInteger(e)) {
            return mix(seed ^ Entry.integer(e));
        }
        long address = Entry.valueAddress(e);
        int length = Entry.valueLength(e);
        if (Ascii.isLong(address, length)) {
            return mix(seed ^ Ascii.longValue(address, length));
        }
        return bytes(seed, address, length);
    }

    private static long hash(Keyspace keyspace, long e, long seed) {
        long sum = 0;
        try (HashValue hash = new HashValue()) {
            hash.open(keyspace, e, HashValue.NOTHING_IS_OVER);
            for (boolean more = hash.first(); more; more = hash.next()) {
                long field = bytes(seed, hash.fieldAddress(), hash.fieldLength());
                sum += mix(bytes(field, hash.valueAddress(), hash.valueLength()) ^ hash.deadline());
            }
        }
        return mix(seed ^ sum);
    }

    private static long set(Keyspace keyspace, long e, long seed) {
        try (SetValue set = new SetValue()) {
            set.open(keyspace, e);
            long sum = set.size();
            for (boolean more = set.first(); more; more = set.next()) {
                sum += bytes(seed, set.memberAddress(), set.memberLength());
            }
            return mix(seed ^ sum);
        }
    }

    private static long list(Keyspace keyspace, long e, long seed) {
        ListValue list = new ListValue();
        list.read(keyspace, e);
        long h = seed;
        for (boolean more = list.seek(0); more; more = list.next()) {
            h = bytes(h, list.elementAddress(), list.elementLength());
        }
        list.close();
        return h;
    }

    /// Both zeros are the same score.
    private static long sortedSet(Keyspace keyspace, long e, long seed) {
        long sum = 0;
        try (SortedSetValue set = new SortedSetValue()) {
            set.read(keyspace, e);
            for (boolean more = set.seek(0); more; more = set.next()) {
                long score = Double.doubleToRawLongBits(set.score() + 0.0);
                sum += mix(bytes(seed, set.memberAddress(), set.memberLength()) ^ score);
            }
            return mix(seed + sum + set.size());
        }
    }

    /// Bytes in their order, with their number.
    public static long bytes(long seed, long address, int length) {
        long h = mix(seed + length);
        for (int i = 0; i < length; i++) {
            h = (h ^ OffHeap.getByte(address + i) & 0xFF) * PRIME;
            h ^= h >>> 32;
        }
        return mix(h);
    }

    /// A number whose every bit depends on every bit of `x`.
    public static long mix(long x) {
        long h = (x ^ x >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }
}
