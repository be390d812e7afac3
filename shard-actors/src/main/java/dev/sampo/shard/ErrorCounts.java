package dev.sampo.shard;

import dev.sampo.resp.OffHeap;
import java.util.Map;
import java.util.TreeMap;

/// How many error replies began with which word (ERR, WRONGTYPE, ...). Counting a word that was seen before allocates nothing.
/// For one thread.
final class ErrorCounts {
    /// A client can make up words (DEBUG ERROR, scripts): no more than so many are told apart.
    private static final int WORDS_MAX = 128;
    private static final int SLOTS = 256;
    private static final int WORD_BYTES_MAX = 64;

    private final long[] hashes = new long[SLOTS];
    private final String[] words = new String[SLOTS];
    private final long[] counts = new long[SLOTS];
    private int size;
    private long total;

    /// Counts the error reply at `address`, behind its minus sign.
    void count(long address, int length) {
        total++;
        int end = 0;
        long hash = 1;
        for (byte b; end < length && end < WORD_BYTES_MAX && (b = OffHeap.getByte(address + end)) > ' '; end++) {
            hash = hash * 0x9E3779B97F4A7C15L + b;
        }
        int slot = (int) (hash ^ hash >>> 32) & SLOTS - 1;
        while (words[slot] != null && hashes[slot] != hash) {
            slot = slot + 1 & SLOTS - 1;
        }
        if (words[slot] == null) {
            if (size == WORDS_MAX) {
                return;
            }
            words[slot] = OffHeap.latin1(address, end);
            hashes[slot] = hash;
            size++;
        }
        counts[slot]++;
    }

    /// All errors, also those whose words are not told apart.
    long total() {
        return total;
    }

    /// The counts by word.
    Map<String, Long> toMap() {
        Map<String, Long> map = new TreeMap<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            if (words[slot] != null) {
                map.put(words[slot], counts[slot]);
            }
        }
        return map;
    }
}
