package dev.sampo.engine.command;

import dev.sampo.engine.value.StreamId;
import dev.sampo.engine.value.StreamRange;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.OffHeap;

/// What stream commands reuse from one to the next; one per [dev.sampo.engine.CommandContext].
public final class StreamState implements AutoCloseable {
    private static final int ID_BYTES = 16;
    private static final int KEPT_IDS_MAX = 4096;

    final StreamValue stream = new StreamValue();
    final StreamRange range = new StreamRange();
    final StreamIdReader id = new StreamIdReader();
    final StreamIdReader end = new StreamIdReader();
    final StreamTrim trim = new StreamTrim();
    /// Room for the text of an ID.
    final long text = OffHeap.allocate(StreamId.TEXT_BYTES_MAX);

    private long ids;
    private int idCapacity;
    private int idCount;

    // ---------------------------------------------------------------- a list of IDs

    void clearIds() {
        idCount = 0;
        if (idCapacity > KEPT_IDS_MAX) {
            OffHeap.free(ids, (long) idCapacity * ID_BYTES);
            ids = 0;
            idCapacity = 0;
        }
    }

    void addId(long ms, long seq) {
        if (idCount == idCapacity) {
            int capacity = Math.max(16, 2 * idCapacity);
            ids = OffHeap.reallocate(ids, (long) idCapacity * ID_BYTES, (long) capacity * ID_BYTES);
            idCapacity = capacity;
        }
        setId(idCount++, ms, seq);
    }

    void setId(int i, long ms, long seq) {
        OffHeap.putLong(ids + (long) i * ID_BYTES, ms);
        OffHeap.putLong(ids + (long) i * ID_BYTES + 8, seq);
    }

    int ids() {
        return idCount;
    }

    long ms(int i) {
        return OffHeap.getLong(ids + (long) i * ID_BYTES);
    }

    long seq(int i) {
        return OffHeap.getLong(ids + (long) i * ID_BYTES + 8);
    }

    @Override
    public void close() {
        OffHeap.free(text, StreamId.TEXT_BYTES_MAX);
        OffHeap.free(ids, (long) idCapacity * ID_BYTES);
        ids = 0;
        idCapacity = 0;
    }
}
