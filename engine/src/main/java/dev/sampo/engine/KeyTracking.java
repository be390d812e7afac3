package dev.sampo.engine;

/// Receives what clients that track keys have to be told.
public interface KeyTracking {
    /// Nobody tracks.
    KeyTracking NONE = new KeyTracking() {
        @Override
        public void invalidate(Tracker tracker, byte[] key) {
            // Nobody.
        }

        @Override
        public void changed(long key, int keyLength, long writer) {
            // Nobody.
        }

        @Override
        public void flushed() {
            // Nobody.
        }
    };

    /// A key that the client has read may have changed, or is remembered no more.
    ///
    /// @param key not modified by anybody
    void invalidate(Tracker tracker, byte[] key);

    /// A key has changed; told only while [CommandContext#broadcasts(boolean)] is on.
    ///
    /// @param key address of the key, valid only during the call
    /// @param writer [Session#client()], or 0 for a key that went by itself
    void changed(long key, int keyLength, long writer);

    /// All keys of a database are gone.
    void flushed();
}
