package dev.sampo.persist.log;

/// When the log is forced to the disk (`appendfsync`).
public enum FsyncPolicy {
    /// Before replies leave.
    ALWAYS,
    /// Once a second.
    EVERYSEC,
    /// When the system likes.
    NO
}
