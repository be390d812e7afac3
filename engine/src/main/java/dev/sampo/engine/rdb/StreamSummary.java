package dev.sampo.engine.rdb;

/// What a serialised stream says of itself as a whole. Reused; numbers are unsigned.
public final class StreamSummary {
    /// Of [#entriesAdded] and of the entries that a group has read: nobody knows.
    public static final long UNKNOWN = -1;

    /// Number of entries that are not deleted.
    public long length;
    public long lastMillis;
    public long lastSequence;
    /// Whether the fields below were there; older versions do not have them.
    public boolean complete;
    public long firstMillis;
    public long firstSequence;
    public long deletedMillis;
    public long deletedSequence;
    public long entriesAdded;
}
