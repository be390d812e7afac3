package dev.sampo.engine.rdb;

import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.HashValue;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.Listpack;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamValue;

/// Writes the values of entries in the forms that a version of the format knows. Packed ones are written as they are. One per
/// thread, reused. Big ones can be written in pieces.
public final class ValueWriter implements AutoCloseable {
    /// From these versions on there are packed sets, and streams with the time when consumers were active.
    private static final int PACKED_SETS = 11;
    private static final int ACTIVE_TIMES = 11;
    /// From this version on fields of hashes can have deadlines.
    private static final int FIELD_DEADLINES = 12;

    private static final int ID_BYTES = 16;

    // ---- what comes next
    private static final int HEAD = 0;
    private static final int ELEMENTS = 1;
    private static final int PENDING = 2;
    private static final int CONSUMER_PENDING = 3;

    private final ListValue list = new ListValue();
    private final SetValue set = new SetValue();
    private final SortedSetValue sortedSet = new SortedSetValue();
    private final HashValue hash = new HashValue();
    private final StreamValue stream = new StreamValue();

    // ---- the value that is being written
    private Keyspace ks;
    private long e;
    private int version;
    private int type;
    private int phase;
    /// Whether the cursor stands on an element.
    private boolean more;
    private long earliest;
    private StreamGroups groups;

    /// The oldest version that can say everything that matters about a value, at least [RdbType#VERSION_MIN_WRITTEN].
    public int oldestVersion(Keyspace ks, long e) {
        return Entry.type(e) == Type.HASH && hasFieldDeadlines(ks, e) ? FIELD_DEADLINES : RdbType.VERSION_MIN_WRITTEN;
    }

    private boolean hasFieldDeadlines(Keyspace ks, long e) {
        return Entry.encoding(e) != Encoding.LISTPACK
            && hash.open(ks, e, HashValue.NOTHING_IS_OVER).earliestDeadline() != 0;
    }

    /// The type byte of a value in a version of the format.
    public int type(Keyspace ks, long e, int version) {
        boolean big = Encoding.isBig(Entry.encoding(e));
        return switch (Entry.type(e)) {
            case Type.STRING -> RdbType.STRING;
            case Type.LIST -> RdbType.LIST_QUICKLIST_2;
            case Type.SET -> setType(e, version);
            case Type.ZSET -> big ? RdbType.ZSET_2 : RdbType.ZSET_LISTPACK;
            case Type.STREAM -> version >= ACTIVE_TIMES ? RdbType.STREAM_LISTPACKS_3 : RdbType.STREAM_LISTPACKS_2;
            default -> hashType(ks, e, version);
        };
    }

    private int hashType(Keyspace ks, long e, int version) {
        if (Entry.encoding(e) == Encoding.LISTPACK) {
            return RdbType.HASH_LISTPACK;
        }
        if (version < FIELD_DEADLINES || !hasFieldDeadlines(ks, e)) {
            return RdbType.HASH;
        }
        return Entry.encoding(e) == Encoding.LISTPACK_EX ? RdbType.HASH_LISTPACK_EX : RdbType.HASH_METADATA;
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
        begin(ks, e, version);
        while (!step(out, Integer.MAX_VALUE)) {
            // It takes as long as it takes.
        }
    }

    /// Begins to write a value, without its type byte, in pieces. It must not change before its end, nor this writer be used for
    /// another one.
    public void begin(Keyspace ks, long e, int version) {
        this.ks = ks;
        this.e = e;
        this.version = version;
        this.type = type(ks, e, version);
        phase = HEAD;
    }

    /// Appends about `budget` elements more; whether that was all.
    public boolean step(RdbOutput out, int budget) {
        switch (type) {
            case RdbType.STRING -> {
                string(e, out);
                return true;
            }
            case RdbType.SET_INTSET, RdbType.SET_LISTPACK, RdbType.ZSET_LISTPACK, RdbType.HASH_LISTPACK -> {
                packed(e, out);
                return true;
            }
            case RdbType.HASH_LISTPACK_EX -> {
                out.writeLong(hash.open(ks, e, HashValue.NOTHING_IS_OVER).earliestDeadline());
                packed(e, out);
                return true;
            }
            case RdbType.LIST_QUICKLIST_2 -> {
                return Entry.isBig(e) ? stepOfBig(out, budget) : packedList(out);
            }
            default -> {
                return stepOfBig(out, budget);
            }
        }
    }

    private boolean packedList(RdbOutput out) {
        out.writeLength(1);
        out.writeLength(RdbType.NODE_PACKED);
        packed(e, out);
        return true;
    }

    private boolean stepOfBig(RdbOutput out, int budget) {
        if (phase == HEAD) {
            head(out);
            phase = ELEMENTS;
        }
        int left = budget;
        while (left-- > 0) {
            if (!more && (Entry.type(e) != Type.STREAM || !nextPhase(out))) {
                return true;
            }
            if (more) {
                element(out);
                out.spill();
            }
        }
        return false;
    }

    private void head(RdbOutput out) {
        switch (type) {
            case RdbType.LIST_QUICKLIST_2 -> {
                list.read(ks, e);
                out.writeLength(list.pieceCount());
                more = list.seek(0);
            }
            case RdbType.SET -> {
                out.writeLength(set.open(ks, e).size());
                more = set.first();
            }
            case RdbType.ZSET_2 -> {
                // From the greatest to the least, which for Redis is the fastest order to load.
                long size = sortedSet.read(ks, e).size();
                out.writeLength(size);
                more = sortedSet.seek(size - 1);
            }
            case RdbType.HASH, RdbType.HASH_METADATA -> {
                hash.open(ks, e, HashValue.NOTHING_IS_OVER);
                earliest = hash.earliestDeadline();
                if (type == RdbType.HASH_METADATA) {
                    out.writeLong(earliest);
                }
                out.writeLength(hash.size());
                more = hash.first();
            }
            default -> {
                stream.read(ks, e);
                groups = stream.groups();
                out.writeLength(stream.nodeCount());
                more = stream.firstNode();
            }
        }
    }

    private void element(RdbOutput out) {
        switch (type) {
            case RdbType.LIST_QUICKLIST_2 -> {
                piece(out);
                more = list.nextPiece();
            }
            case RdbType.SET -> {
                out.writeString(set.memberAddress(), set.memberLength());
                more = set.next();
            }
            case RdbType.ZSET_2 -> {
                out.writeString(sortedSet.memberAddress(), sortedSet.memberLength());
                out.writeDouble(sortedSet.score());
                more = sortedSet.previous();
            }
            case RdbType.HASH, RdbType.HASH_METADATA -> {
                if (type == RdbType.HASH_METADATA) {
                    // Relative to the earliest, so that it is short.
                    long deadline = hash.deadline();
                    out.writeLength(deadline == 0 ? 0 : deadline - earliest + 1);
                }
                out.writeString(hash.fieldAddress(), hash.fieldLength());
                out.writeString(hash.valueAddress(), hash.valueLength());
                more = hash.next();
            }
            default -> streamElement(out);
        }
    }

    private void piece(RdbOutput out) {
        long listpack = list.piece();
        if (listpack != 0) {
            out.writeLength(RdbType.NODE_PACKED);
            out.writeBytes(listpack, Listpack.bytes(listpack));
        } else {
            out.writeLength(RdbType.NODE_PLAIN);
            out.writeBytes(list.elementAddress(), list.elementLength());
        }
    }

    private static void string(long e, RdbOutput out) {
        if (Entry.isInteger(e)) {
            out.writeString(Entry.integer(e));
        } else {
            out.writeString(Entry.valueAddress(e), Entry.valueLength(e));
        }
    }

    private static void packed(long e, RdbOutput out) {
        out.writeBytes(Entry.valueAddress(e), Entry.valueLength(e));
    }

    // ---------------------------------------------------------------- streams

    private void streamElement(RdbOutput out) {
        switch (phase) {
            case ELEMENTS -> {
                out.writeLength(ID_BYTES);
                out.writeBigEndian(stream.nodeMs());
                out.writeBigEndian(stream.nodeSeq());
                long listpack = stream.nodeListpack();
                out.writeBytes(listpack, Listpack.bytes(listpack));
                more = stream.nextNode();
            }
            case PENDING -> {
                out.writeBigEndian(groups.pendingMs());
                out.writeBigEndian(groups.pendingSeq());
                out.writeLong(groups.pendingTime());
                out.writeLength(groups.pendingDeliveries());
                more = groups.nextPending();
            }
            default -> {
                out.writeBigEndian(groups.mineMs());
                out.writeBigEndian(groups.mineSeq());
                more = groups.nextMine();
            }
        }
    }

    /// What comes between two runs of elements of a stream; false at its end.
    private boolean nextPhase(RdbOutput out) {
        switch (phase) {
            case ELEMENTS -> {
                summary(out);
                return group(groups.first(), out);
            }
            case PENDING -> {
                out.writeLength(groups.consumerCount());
                return consumer(groups.firstConsumer(), out);
            }
            default -> {
                return consumer(groups.nextConsumer(), out);
            }
        }
    }

    private void summary(RdbOutput out) {
        out.writeLength(stream.length());
        out.writeLength(stream.lastMs());
        out.writeLength(stream.lastSeq());
        out.writeLength(stream.firstMs());
        out.writeLength(stream.firstSeq());
        out.writeLength(stream.maxDeletedMs());
        out.writeLength(stream.maxDeletedSeq());
        out.writeLength(stream.entriesAdded());
        out.writeLength(groups.count());
    }

    private boolean group(boolean there, RdbOutput out) {
        if (!there) {
            return false;
        }
        out.writeString(groups.name(), groups.nameLength());
        out.writeLength(groups.lastMs());
        out.writeLength(groups.lastSeq());
        out.writeLength(groups.entriesRead());
        out.writeLength(groups.pendingCount());
        more = groups.firstPending(0, 0);
        phase = PENDING;
        return true;
    }

    private boolean consumer(boolean there, RdbOutput out) {
        if (!there) {
            return group(groups.next(), out);
        }
        out.writeString(groups.consumerName(), groups.consumerNameLength());
        out.writeLong(groups.seen());
        if (version >= ACTIVE_TIMES) {
            out.writeLong(groups.active());
        }
        out.writeLength(groups.consumerPendingCount());
        more = groups.firstMine(0, 0);
        phase = CONSUMER_PENDING;
        return true;
    }

    @Override
    public void close() {
        list.close();
        set.close();
        sortedSet.close();
        hash.close();
    }
}
