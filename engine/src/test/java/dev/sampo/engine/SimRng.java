package dev.sampo.engine;

import java.util.SplittableRandom;

/// Randomness that a seed repeats.
public final class SimRng implements Rng {
    private final SplittableRandom random;

    public SimRng(long seed) {
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
}
