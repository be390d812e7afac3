package dev.sampo.persist.log;

import dev.sampo.resp.Args;

/// Where recovered effects go.
public interface EffectSink {
    /// Applies an effect on logical database `db`. One that names no key concerns all shards.
    ///
    /// @throws IllegalStateException when it cannot be applied: it is unknown, or the data refuse it
    void apply(int db, Args effect);

    /// Whether an effect names no key (FLUSHALL, SWAPDB). Such an effect is in the log of every shard, and applied once.
    boolean isKeyless(Args effect);
}
