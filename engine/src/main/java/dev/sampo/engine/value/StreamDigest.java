package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.OffHeap;

/// The digest of a stream: of its entries in their order, of what it knows about them, and of its groups. When consumers were
/// seen is left out: replaying effects is a later time.
final class StreamDigest {
    private final StreamValue stream = new StreamValue();
    private final StreamRange range = new StreamRange();
    private long h;

    private StreamDigest() {
    }

    static long of(Keyspace keyspace, long e, long seed) {
        var digest = new StreamDigest();
        digest.h = seed;
        digest.stream.read(keyspace, e);
        digest.addEntries();
        digest.addGroups();
        return digest.h;
    }

    private void addEntries() {
        add(stream.length());
        add(stream.entriesAdded());
        add(stream.lastMs(), stream.lastSeq());
        add(stream.firstMs(), stream.firstSeq());
        add(stream.maxDeletedMs(), stream.maxDeletedSeq());
        long scratch = OffHeap.allocate(Listpack.TEXT_BYTES_MAX);
        range.openAll(stream, false);
        while (range.next()) {
            add(range.ms(), range.seq());
            add(range.fields());
            StreamRange.FieldCursor fields = range.content();
            while (fields.next()) {
                addText(fields.name(), scratch);
                addText(fields.value(), scratch);
            }
        }
        OffHeap.free(scratch, Listpack.TEXT_BYTES_MAX);
    }

    private void addGroups() {
        StreamGroups groups = stream.groups();
        add(groups.count());
        for (boolean more = groups.first(); more; more = groups.next()) {
            addBytes(groups.name(), groups.nameLength());
            add(groups.lastMs(), groups.lastSeq());
            add(groups.entriesRead());
            add(groups.pendingCount());
            add(groups.consumerCount());
            for (boolean another = groups.firstConsumer(); another; another = groups.nextConsumer()) {
                addBytes(groups.consumerName(), groups.consumerNameLength());
                add(groups.consumerPendingCount());
                for (boolean entry = groups.firstMine(0, 0); entry; entry = groups.nextMine()) {
                    add(groups.mineMs(), groups.mineSeq());
                    add(groups.mineTime(), groups.mineDeliveries());
                }
            }
        }
    }

    private void add(long value) {
        h = ValueDigest.mix(h ^ value);
    }

    private void add(long one, long other) {
        add(one);
        add(other);
    }

    private void addBytes(long address, int length) {
        h = ValueDigest.bytes(h, address, length);
    }

    private void addText(long p, long scratch) {
        addBytes(Listpack.textAddress(p, scratch), Listpack.textLength(p));
    }
}
