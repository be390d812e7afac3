package dev.sampo.engine.keyspace;

import dev.sampo.engine.Rng;

import java.util.SplittableRandom;

/// A seeded generator.
public final class TestRng implements Rng {
    private final SplittableRandom random;

    public TestRng(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    @Override
    public int nextInt(int bound) {
        return random.nextInt(bound);
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
