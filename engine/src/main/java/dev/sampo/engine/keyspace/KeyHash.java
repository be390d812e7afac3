package dev.sampo.engine.keyspace;

import dev.sampo.resp.OffHeap;

import java.security.SecureRandom;

/// The 64-bit hash of a key: words of 8 bytes folded by 128-bit products with two secret numbers, so that nobody who
/// does not know them can choose keys that collide. Different in every process unless seeded; never stored.
public final class KeyHash {
    private static long first;
    private static long second;
    private static boolean used;

    static {
        SecureRandom random = new SecureRandom();
        first = random.nextLong();
        second = random.nextLong();
    }

    private KeyHash() {
    }

    /// Makes the hashes of this process reproducible. To be called before the first keyspace is made; the same seed may
    /// be given again.
    ///
    /// @throws IllegalStateException when keys were hashed under another seed already
    public static synchronized void seed(long seed) {
        long a = scramble(seed + 0x9E3779B97F4A7C15L);
        long b = scramble(seed + 0x3C6EF372FE94F82AL);
        if (used && (a != first || b != second)) {
            throw new IllegalStateException("the hash is in use under another seed");
        }
        first = a;
        second = b;
    }

    /// From here on the seed stays.
    static synchronized void use() {
        used = true;
    }

    private static long scramble(long x) {
        long y = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        y = (y ^ y >>> 27) * 0x94D049BB133111EBL;
        return y ^ y >>> 31;
    }

    /// The hash of the `length` bytes at `key`.
    public static long hash(long key, int length) {
        long state = second;
        long head;
        long tail;
        if (length >= 8) {
            if (length > 16) {
                state = fold(key, length, state);
                head = OffHeap.getLong(key + length - 16);
            } else {
                head = OffHeap.getLong(key);
            }
            tail = OffHeap.getLong(key + length - 8);
        } else if (length >= 4) {
            head = OffHeap.getInt(key);
            tail = OffHeap.getInt(key + length - 4);
        } else if (length > 0) {
            head = OffHeap.getByte(key) << 8 | OffHeap.getByte(key + (length >> 1)) & 0xFF;
            tail = OffHeap.getByte(key + length - 1);
        } else {
            head = 0;
            tail = 0;
        }
        return mix(mix(head ^ first, tail ^ state) ^ second, first ^ length);
    }

    /// All but the last 1 to 16 bytes.
    private static long fold(long key, int length, long state) {
        long folded = state;
        for (int i = 0; i < length - 16; i += 16) {
            folded = mix(OffHeap.getLong(key + i) ^ first, OffHeap.getLong(key + i + 8) ^ folded);
        }
        return folded;
    }

    private static long mix(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
