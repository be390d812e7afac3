package dev.sampo.shard;

import dev.sampo.engine.Rng;

/// Randomness for sampling, not for secrets: SplitMix64 (Steele, Lea, Flood 2014). For one thread.
final class SplitMixRng implements Rng {
    private long state;

    SplitMixRng(long seed) {
        state = seed;
    }

    @Override
    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    @Override
    public int nextInt(int bound) {
        return (int) ((nextLong() >>> 32) * bound >>> 32);
    }
}
