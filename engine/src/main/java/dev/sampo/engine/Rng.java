package dev.sampo.engine;

/// Where randomness comes from: a fast generator per core in production, a seeded one in simulations. One thread at a time.
public interface Rng {
    /// Sixty-four uniform bits.
    long nextLong();

    /// Uniform in `0 <= n < bound`; `bound` is positive.
    int nextInt(int bound);
}
