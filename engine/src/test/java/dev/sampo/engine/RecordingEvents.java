package dev.sampo.engine;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Remembers keyspace events as `db:name:key`.
public final class RecordingEvents implements KeyspaceEvents {
    private final List<String> events = new ArrayList<>();

    @Override
    public void event(int db, int eventClass, byte[] name, long key, int keyLength) {
        if (Integer.bitCount(eventClass) != 1) {
            throw new AssertionError("not one class: " + eventClass);
        }
        events.add(db + ":" + new String(name, StandardCharsets.US_ASCII) + ":" + OffHeap.latin1(key, keyLength));
    }

    /// What happened since the last call.
    public List<String> take() {
        List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }
}
