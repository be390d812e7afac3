package dev.sampo.engine;

/// Receives keyspace events. Only classes that [Settings#notifyFlags()] enables arrive; the receiver decides about the
/// channels ([EventClass#KEYSPACE], [EventClass#KEYEVENT]).
public interface KeyspaceEvents {
    /// Discards everything.
    KeyspaceEvents NONE = (db, eventClass, name, key, keyLength) -> {
    };

    /// @param eventClass one bit of [EventClass]
    /// @param name the event's name in ASCII, a constant that nobody modifies
    /// @param key address of the key, valid only during the call
    void event(int db, int eventClass, byte[] name, long key, int keyLength);
}
