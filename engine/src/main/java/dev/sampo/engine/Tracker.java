package dev.sampo.engine;

/// A client that is told when keys change which it has read (CLIENT TRACKING): what shards know of it. A fresh one each time
/// tracking is turned on, so that what is remembered of an earlier one concerns nobody.
///
/// @param client [Session#id()]
/// @param home where the client is, as its driver counts
/// @param slot where it is there
/// @param noLoop whether its own changes are not worth telling it
public record Tracker(long client, int home, int slot, boolean noLoop) {
    /// Whether a change by `writer` concerns it.
    public boolean minds(long writer) {
        return !noLoop || (int) writer != (int) client;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
