package dev.sampo.shard;

import java.util.function.Consumer;

/// The answers of all cores to one call, collected on the core that asked.
final class Gather {
    private final Object[] results;
    private final Consumer<Object[]> whenComplete;
    private int missing;

    Gather(int cores, Consumer<Object[]> whenComplete) {
        this.results = new Object[cores];
        this.whenComplete = whenComplete;
        this.missing = cores;
    }

    void add(int core, Object result) {
        results[core] = result;
        if (--missing == 0) {
            whenComplete.accept(results);
        }
    }
}
