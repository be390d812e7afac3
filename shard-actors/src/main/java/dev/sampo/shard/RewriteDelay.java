package dev.sampo.shard;

/// Puts automatic rewrites of the log off while writes come faster than the disk takes them: a rewrite would write all data beside them.
/// Not for ever: the log must not grow without end. For one thread.
final class RewriteDelay {
    /// The disk is behind while more than this waits to be written.
    static final long BEHIND_BYTES = 16L << 20;
    /// A rewrite is put off until it has been due for so long, or until the log is twice as long as when it became due.
    static final long DELAY_MILLIS = 60_000;

    private boolean delaying;
    private long sinceMillis;
    private long sinceBytes;

    /// Whether a rewrite that is due has to wait.
    ///
    /// @param pendingBytes that wait to be written
    /// @param logBytes how long the log is
    boolean isDelaying(long nowMillis, long pendingBytes, long logBytes) {
        if (pendingBytes <= BEHIND_BYTES) {
            delaying = false;
            return false;
        }
        if (!delaying) {
            delaying = true;
            sinceMillis = nowMillis;
            sinceBytes = logBytes;
        }
        if (nowMillis - sinceMillis >= DELAY_MILLIS || logBytes / 2 >= sinceBytes) {
            delaying = false;
            return false;
        }
        return true;
    }
}
