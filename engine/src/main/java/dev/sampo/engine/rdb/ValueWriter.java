package dev.sampo.engine.rdb;

import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.Listpack;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamValue;

/// Writes the values of entries in the forms that a version of the format knows. Packed ones are written as they are. One per
/// thread, reused.
public final class ValueWriter implements AutoCloseable {
    /// From these versions on there are packed sets, and streams with the time when consumers were active.
    private static final int PACKED_SETS = 11;
    private static final int ACTIVE_TIMES = 11;

    private final ListValue list = new ListValue();
    private final SetValue set = new SetValue();
    private final SortedSetValue sortedSet = new SortedSetValue();
    private final StreamValue stream = new StreamValue();

    /// The oldest version that can say everything about a value, at least [RdbType#VERSION_MIN_WRITTEN].
    public int oldestVersion(Keyspace ks, long e) {
        return RdbType.VERSION_MIN_WRITTEN;
    }

    /// The type byte of a value in a version of the format.
    public int type(Keyspace ks, long e, int version) {
        return switch (Entry.type(e)) {
            case Type.STRING -> RdbType.STRING;
            case Type.LIST -> Encoding.isBig(Entry.encoding(e)) ? RdbType.LIST : RdbType.LIST_QUICKLIST_2;
            case Type.SET -> setType(e, version);
            case Type.ZSET -> Encoding.isBig(Entry.encoding(e)) ? RdbType.ZSET_2 : RdbType.ZSET_LISTPACK;
            case Type.STREAM -> version >= ACTIVE_TIMES ? RdbType.STREAM_LISTPACKS_3 : RdbType.STREAM_LISTPACKS_2;
            default -> throw new IllegalStateException("type " + Entry.type(e));
        };
    }

    private static int setType(long e, int version) {
        return switch (Entry.encoding(e)) {
            case Encoding.INTSET -> RdbType.SET_INTSET;
            case Encoding.LISTPACK -> version >= PACKED_SETS ? RdbType.SET_LISTPACK : RdbType.SET;
            default -> RdbType.SET;
        };
    }

    /// Appends a value, without its type byte.
    public void write(Keyspace ks, long e, int version, RdbOutput out) {
        switch (type(ks, e, version)) {
            case RdbType.STRING -> string(e, out);
            case RdbType.LIST -> list(ks, e, out);
            case RdbType.LIST_QUICKLIST_2 -> {
                out.writeLength(1);
                out.writeLength(RdbType.NODE_PACKED);
                out.writeBytes(Entry.valueAddress(e), Entry.valueLength(e));
            }
            case RdbType.SET_INTSET, RdbType.SET_LISTPACK, RdbType.ZSET_LISTPACK ->
                out.writeBytes(Entry.valueAddress(e), Entry.valueLength(e));
            case RdbType.ZSET_2 -> sortedSet(ks, e, out);
            case RdbType.SET -> set(ks, e, out);
            default -> stream(ks, e, version, out);
        }
    }

    private void list(Keyspace ks, long e, RdbOutput out) {
        list.read(ks, e);
        out.writeLength(list.count());
        for (boolean more = list.seek(0); more; more = list.next()) {
            out.writeString(list.elementAddress(), list.elementLength());
            out.spill();
        }
    }

    private void set(Keyspace ks, long e, RdbOutput out) {
        set.open(ks, e);
        out.writeLength(set.size());
        for (boolean there = set.first(); there; there = set.next()) {
            out.writeString(set.memberAddress(), set.memberLength());
        }
    }

    /// From the highest score down, so that whoever reads it always adds at the front.
    private void sortedSet(Keyspace ks, long e, RdbOutput out) {
        sortedSet.read(ks, e);
        out.writeLength(sortedSet.size());
        for (boolean there = sortedSet.seek(sortedSet.size() - 1); there; there = sortedSet.previous()) {
            out.writeString(sortedSet.memberAddress(), sortedSet.memberLength());
            out.writeDouble(sortedSet.score());
            out.spill();
        }
    }

    private static void string(long e, RdbOutput out) {
        if (Entry.isInteger(e)) {
            out.writeString(Entry.integer(e));
        } else {
            out.writeString(Entry.valueAddress(e), Entry.valueLength(e));
        }
    }

    // ---------------------------------------------------------------- streams

    private void stream(Keyspace ks, long e, int version, RdbOutput out) {
        stream.read(ks, e);
        out.writeLength(stream.nodeCount());
        for (boolean there = stream.firstNode(); there; there = stream.nextNode()) {
            out.writeLength(16);
            out.writeBigEndian(stream.nodeMs());
            out.writeBigEndian(stream.nodeSeq());
            long listpack = stream.nodeListpack();
            out.writeBytes(listpack, Listpack.bytes(listpack));
            out.spill();
        }
        out.writeLength(stream.length());
        out.writeLength(stream.lastMs());
        out.writeLength(stream.lastSeq());
        out.writeLength(stream.firstMs());
        out.writeLength(stream.firstSeq());
        out.writeLength(stream.maxDeletedMs());
        out.writeLength(stream.maxDeletedSeq());
        out.writeLength(stream.entriesAdded());
        StreamGroups groups = stream.groups();
        out.writeLength(groups.count());
        for (boolean there = groups.first(); there; there = groups.next()) {
            group(groups, version, out);
        }
    }

    private static void group(StreamGroups groups, int version, RdbOutput out) {
        out.writeString(groups.name(), groups.nameLength());
        out.writeLength(groups.lastMs());
        out.writeLength(groups.lastSeq());
        out.writeLength(groups.entriesRead());
        out.writeLength(groups.pendingCount());
        for (boolean there = groups.firstPending(0, 0); there; there = groups.nextPending()) {
            out.writeBigEndian(groups.pendingMs());
            out.writeBigEndian(groups.pendingSeq());
            out.writeLong(groups.pendingTime());
            out.writeLength(groups.pendingDeliveries());
            out.spill();
        }
        out.writeLength(groups.consumerCount());
        for (boolean there = groups.firstConsumer(); there; there = groups.nextConsumer()) {
            out.writeString(groups.consumerName(), groups.consumerNameLength());
            out.writeLong(groups.seen());
            if (version >= ACTIVE_TIMES) {
                out.writeLong(groups.active());
            }
            out.writeLength(groups.consumerPendingCount());
            for (boolean mine = groups.firstMine(0, 0); mine; mine = groups.nextMine()) {
                out.writeBigEndian(groups.mineMs());
                out.writeBigEndian(groups.mineSeq());
                out.spill();
            }
        }
    }

    @Override
    public void close() {
        list.close();
        set.close();
        sortedSet.close();
    }
}
