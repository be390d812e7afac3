package dev.sampo.engine.rdb;

import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Writes down what a [ValueReader] reads, and refuses what comes twice.
final class TextTarget implements ValueTarget {
    /// Whether packed values are taken as a whole.
    boolean taking;
    final List<String> parts = new ArrayList<>();
    private final Set<String> members = new HashSet<>();
    private int type;

    static String read(byte[] payload, int slice) {
        var target = new TextTarget();
        return target.readValue(payload, slice);
    }

    /// Reads a type byte and a value from memory of exactly their size, `slice` bytes at a time; what it was, or how it ended.
    String readValue(byte[] payload, int slice) {
        long address = OffHeap.allocate(payload.length);
        OffHeap.copyFrom(payload, 0, address, payload.length);
        try (var in = new RdbInput(); var reader = new ValueReader()) {
            reader.begin(payload[0], this);
            long end = address + Math.min(slice, payload.length);
            in.over(address + 1, Math.max(end, address + 1));
            while (true) {
                int status = reader.step(in, slice);
                if (status == ValueReader.DONE) {
                    return (in.left() > 0 || end < address + payload.length ? "LEFT " : "") + String.join(" ", parts);
                }
                if (status == ValueReader.NEED && end < address + payload.length) {
                    end = Math.min(address + payload.length, Math.max(end + slice, end + in.missing()));
                    in.over(in.position(), end);
                } else if (status != ValueReader.MORE) {
                    return status == ValueReader.NEED ? "CUT" : status == ValueReader.EMPTY ? "EMPTY" : "BAD " + reader.reason();
                }
            }
        } finally {
            OffHeap.free(address, payload.length);
        }
    }

    private boolean add(String part) {
        parts.add(part);
        return true;
    }

    private static String text(long address, int length) {
        return OffHeap.latin1(address, length);
    }

    private boolean isNew(String member) {
        return members.add(member);
    }

    @Override
    public boolean string(long address, int length) {
        return add(text(address, length));
    }

    @Override
    public boolean begin(int type, long count) {
        this.type = type;
        return add("type" + type);
    }

    @Override
    public boolean packed(int type, int encoding, long address, int bytes, int count, long longest) {
        return taking && add("packed" + encoding + ":" + count + ":" + longest);
    }

    @Override
    public boolean element(long address, int length) {
        String element = text(address, length);
        return (type != dev.sampo.engine.keyspace.Type.SET || isNew(element)) && add(element);
    }

    @Override
    public boolean member(long address, int length, double score) {
        String member = text(address, length);
        return isNew(member) && add(member + "=" + score);
    }

    @Override
    public boolean field(long field, int fieldLength, long value, int valueLength, long deadlineMillis) {
        String name = text(field, fieldLength);
        return isNew(name) && add(name + "=" + text(value, valueLength) + (deadlineMillis != 0 ? "@" + deadlineMillis : ""));
    }

    @Override
    public boolean node(long millis, long sequence, long listpack, int bytes, long live) {
        return add("node" + millis + "-" + sequence + ":" + live);
    }

    @Override
    public boolean summary(StreamSummary s) {
        return add("length" + s.length + " last" + s.lastMillis + "-" + s.lastSequence + (s.complete ? " first" + s.firstMillis + "-"
            + s.firstSequence + " deleted" + s.deletedMillis + "-" + s.deletedSequence + " added" + s.entriesAdded : ""));
    }

    @Override
    public boolean group(long name, int nameLength, long millis, long sequence, long entriesRead, boolean known) {
        return add("group " + text(name, nameLength) + " " + millis + "-" + sequence + (known ? " read" + entriesRead : ""));
    }

    @Override
    public boolean pending(long millis, long sequence, long deliveredAtMillis, long deliveries) {
        return add("pending" + millis + "-" + sequence + "x" + deliveries);
    }

    @Override
    public boolean consumer(long name, int nameLength, long seenAtMillis, long activeAtMillis) {
        return add("consumer " + text(name, nameLength));
    }

    @Override
    public boolean consumerPending(long millis, long sequence) {
        return add("has" + millis + "-" + sequence);
    }

    @Override
    public boolean endGroup() {
        return add("endgroup");
    }

    @Override
    public boolean end() {
        return true;
    }
}
