package dev.sampo.engine.rdb;

import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// Reads the value of a key in any form that RDB versions 1 to 12 know, and believes nothing: wrong sizes, counts, orders,
/// numbers and duplicates end in [#BAD]. It can be interrupted: [#step(RdbInput, int)] goes on where it stopped, so that
/// neither a slow source nor a value of millions of elements holds anybody up. What one step takes in as a whole is a
/// string, a pair, or a packed value.
///
/// One per thread, reused.
public final class ValueReader implements AutoCloseable {
    /// The value is complete.
    public static final int DONE = 0;
    /// The budget is spent.
    public static final int MORE = 1;
    /// More input is needed, at least [RdbInput#missing()] bytes.
    public static final int NEED = 2;
    /// This is no value; [#reason()] says why.
    public static final int BAD = 3;
    /// A collection without elements, which no server keeps.
    public static final int EMPTY = 4;

    /// Beyond this no field of a hash can expire.
    private static final long FIELD_DEADLINE_MAX = 0xFFFF_FFFF_FFFFL;
    /// Packed values with more members are taken apart, whatever the settings say.
    private static final int PACKED_MEMBERS_MAX = 1 << 16;
    private static final int ID_BYTES = 16;
    private static final int UNKNOWN = -1;
    /// Steps internally: go on at once.
    private static final int AGAIN = -1;

    // ---- what comes next
    private static final int ELEMENTS = 0;
    private static final int COUNT = 1;
    private static final int NODES = 2;
    private static final int SUMMARY = 3;
    private static final int GROUPS = 4;
    private static final int GROUP = 5;
    private static final int PENDING = 6;
    private static final int CONSUMERS = 7;
    private static final int CONSUMER = 8;
    private static final int CONSUMER_PENDING = 9;

    private final PackedCursor cursor = new PackedCursor();
    private final StreamSummary stream = new StreamSummary();
    private long[] hashes = new long[64];

    private ValueTarget target;
    private RdbInput in;
    private int type;
    private int phase;
    /// Elements, nodes, groups, ... that are still to come.
    private long left;
    private long consumers;
    private long groups;
    private long elements;
    private long nodes;
    /// Entries that are not deleted, in all nodes.
    private long live;
    private long leastDeadline;
    private String reason = "";

    /// Begins a value.
    ///
    /// @param type its type byte, a constant of [RdbType]
    public void begin(int type, ValueTarget target) {
        this.type = type;
        this.target = target;
        phase = COUNT;
        left = 0;
        elements = 0;
        nodes = 0;
        live = 0;
        leastDeadline = 0;
        reason = "";
    }

    /// Why the last value was bad.
    public String reason() {
        return reason;
    }

    /// Reads on.
    ///
    /// @param budget elements to read before coming back
    public int step(RdbInput in, int budget) {
        this.in = in;
        int rest = budget;
        while (true) {
            long mark = in.position();
            int status = next();
            if (status == NEED) {
                in.rewind(mark);
            }
            if (status != AGAIN) {
                return status;
            }
            if (--rest <= 0) {
                return MORE;
            }
        }
    }

    private int next() {
        return switch (type) {
            case RdbType.STRING -> string();
            case RdbType.LIST, RdbType.SET, RdbType.ZSET, RdbType.ZSET_2, RdbType.HASH, RdbType.HASH_METADATA_PRE_GA,
                RdbType.HASH_METADATA -> plain();
            case RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2 -> quicklist();
            case RdbType.HASH_ZIPMAP, RdbType.LIST_ZIPLIST, RdbType.SET_INTSET, RdbType.ZSET_ZIPLIST, RdbType.HASH_ZIPLIST,
                RdbType.HASH_LISTPACK, RdbType.ZSET_LISTPACK, RdbType.SET_LISTPACK, RdbType.HASH_LISTPACK_EX_PRE_GA,
                RdbType.HASH_LISTPACK_EX -> packed();
            case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 -> stream();
            case RdbType.MODULE_PRE_GA, RdbType.MODULE_2 -> bad("values of modules are not supported");
            default -> bad("unknown type " + type);
        };
    }

    private int bad(String why) {
        reason = why;
        return BAD;
    }

    /// What a primitive's status other than OK means here.
    private int failed(int status) {
        return status == RdbInput.NEED ? NEED : bad("malformed length or string");
    }

    private int refused() {
        return bad("a duplicate, or in contradiction to what came before");
    }

    // ---------------------------------------------------------------- plain forms

    private int string() {
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        return target.string(in.address(0), in.length(0)) ? DONE : refused();
    }

    private int typeOfValue() {
        return switch (type) {
            case RdbType.LIST, RdbType.LIST_ZIPLIST, RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2 -> Type.LIST;
            case RdbType.SET, RdbType.SET_INTSET, RdbType.SET_LISTPACK -> Type.SET;
            case RdbType.ZSET, RdbType.ZSET_2, RdbType.ZSET_ZIPLIST, RdbType.ZSET_LISTPACK -> Type.ZSET;
            case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 -> Type.STREAM;
            default -> Type.HASH;
        };
    }

    private int plain() {
        if (phase == COUNT) {
            return plainCount();
        }
        if (left == 0) {
            return target.end() ? DONE : refused();
        }
        int status = switch (type) {
            case RdbType.LIST, RdbType.SET -> plainElement();
            case RdbType.ZSET, RdbType.ZSET_2 -> plainMember();
            default -> plainField();
        };
        if (status == AGAIN) {
            left--;
        }
        return status;
    }

    private int plainCount() {
        if (type == RdbType.HASH_METADATA) {
            int status = in.readLong();
            if (status != RdbInput.OK) {
                return failed(status);
            }
            if (in.value() < 0 || in.value() > FIELD_DEADLINE_MAX + 1) {
                return bad("deadline of a field");
            }
            leastDeadline = in.value();
        }
        int status = in.readLength();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        left = in.value();
        if (left <= 0) {
            return left == 0 ? EMPTY : bad("number of elements");
        }
        phase = ELEMENTS;
        return target.begin(typeOfValue(), left) ? AGAIN : refused();
    }

    private int plainElement() {
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        return target.element(in.address(0), in.length(0)) ? AGAIN : refused();
    }

    private int plainMember() {
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        status = type == RdbType.ZSET ? in.readTextDouble() : in.readDouble();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (Double.isNaN(in.number())) {
            return bad("a score that is not a number");
        }
        return target.member(in.address(0), in.length(0), in.number()) ? AGAIN : refused();
    }

    private int plainField() {
        long deadline = 0;
        int status = RdbInput.OK;
        if (type != RdbType.HASH) {
            status = in.readLength();
            deadline = in.value();
            if (deadline < 0 || deadline > FIELD_DEADLINE_MAX) {
                return status == RdbInput.NEED ? NEED : bad("deadline of a field");
            }
            if (deadline != 0 && type == RdbType.HASH_METADATA) {
                deadline += leastDeadline - 1;
            }
        }
        if (status == RdbInput.OK) {
            status = in.readString(0);
        }
        if (status == RdbInput.OK) {
            status = in.readString(1);
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (deadline > FIELD_DEADLINE_MAX) {
            return bad("deadline of a field");
        }
        return target.field(in.address(0), in.length(0), in.address(1), in.length(1), deadline) ? AGAIN : refused();
    }

    // ---------------------------------------------------------------- quicklists

    private int quicklist() {
        if (phase == COUNT) {
            int status = in.readLength();
            if (status != RdbInput.OK) {
                return failed(status);
            }
            left = in.value();
            nodes = left;
            phase = NODES;
            if (left <= 0) {
                return left == 0 ? EMPTY : bad("number of nodes");
            }
            return target.begin(Type.LIST, UNKNOWN) ? AGAIN : refused();
        }
        if (left == 0) {
            return elements == 0 ? EMPTY : target.end() ? DONE : refused();
        }
        int container = RdbType.NODE_PACKED;
        if (type == RdbType.LIST_QUICKLIST_2) {
            int status = in.readLength();
            if (status != RdbInput.OK) {
                return failed(status);
            }
            container = (int) in.value();
            if (in.value() != RdbType.NODE_PLAIN && in.value() != RdbType.NODE_PACKED) {
                return bad("container of a node");
            }
        }
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        left--;
        if (container == RdbType.NODE_PLAIN) {
            elements++;
            return target.element(in.address(0), in.length(0)) ? AGAIN : refused();
        }
        return quicklistNode();
    }

    private int quicklistNode() {
        if (type == RdbType.LIST_QUICKLIST_2) {
            if (!check(PackedCursor.LISTPACK, 1)) {
                return bad("malformed listpack");
            }
            elements += cursor.count();
            if (nodes == 1 && offer(Type.LIST, Encoding.LISTPACK, cursor.count())) {
                return AGAIN;
            }
            return elements(PackedCursor.LISTPACK);
        }
        long before = elements;
        int status = elements(PackedCursor.ZIPLIST);
        elements = before + cursor.count();
        return status;
    }

    /// Walks over the packed value in place 0 without believing or telling anything.
    private boolean check(int kind, int group) {
        cursor.open(kind, in.address(0), in.length(0));
        while (cursor.next()) {
            // Reading it is the check.
        }
        return !cursor.isBad() && cursor.count() % group == 0;
    }

    private boolean offer(int valueType, int encoding, int count) {
        return cursor.isCanonical() && count > 0
            && target.packed(valueType, encoding, in.address(0), in.length(0), count, cursor.longest());
    }

    /// Hands over the elements of the packed value in place 0.
    private int elements(int kind) {
        cursor.open(kind, in.address(0), in.length(0));
        while (cursor.next()) {
            if (!target.element(cursor.address(), cursor.length())) {
                return refused();
            }
        }
        return cursor.isBad() ? bad("malformed packed value") : AGAIN;
    }

    // ---------------------------------------------------------------- packed forms

    private int packed() {
        if (phase == ELEMENTS) {
            return target.end() ? DONE : refused();
        }
        if (type == RdbType.HASH_LISTPACK_EX) {
            int status = in.readLong();
            if (status != RdbInput.OK) {
                return failed(status);
            }
        }
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        phase = ELEMENTS;
        int kind = switch (type) {
            case RdbType.HASH_ZIPMAP -> PackedCursor.ZIPMAP;
            case RdbType.LIST_ZIPLIST, RdbType.ZSET_ZIPLIST, RdbType.HASH_ZIPLIST -> PackedCursor.ZIPLIST;
            case RdbType.SET_INTSET -> PackedCursor.INTSET;
            default -> PackedCursor.LISTPACK;
        };
        int group = switch (type) {
            case RdbType.LIST_ZIPLIST, RdbType.SET_INTSET, RdbType.SET_LISTPACK -> 1;
            case RdbType.HASH_LISTPACK_EX, RdbType.HASH_LISTPACK_EX_PRE_GA -> 3;
            default -> 2;
        };
        if (!check(kind, group)) {
            return bad("malformed packed value");
        }
        int count = cursor.count() / group;
        if (count == 0) {
            return EMPTY;
        }
        if (!target.begin(typeOfValue(), count)) {
            return refused();
        }
        return takenWhole(kind, group, count) ? AGAIN : apart(kind, group);
    }

    private boolean takenWhole(int kind, int group, int count) {
        if (kind == PackedCursor.INTSET) {
            return offer(Type.SET, Encoding.INTSET, count);
        }
        return kind == PackedCursor.LISTPACK && group < 3 && cursor.isCanonical() && isDistinct(group, count)
            && offer(typeOfValue(), Encoding.LISTPACK, count);
    }

    /// Whether no member comes twice and, of a sorted set, all come in order. Members of the same hash count as one here:
    /// such a value is taken apart, and then the truth comes out.
    private boolean isDistinct(int group, int count) {
        if (count > PACKED_MEMBERS_MAX) {
            return false;
        }
        if (hashes.length < count) {
            hashes = new long[Math.max(count, 2 * hashes.length)];
        }
        cursor.open(PackedCursor.LISTPACK, in.address(0), in.length(0));
        boolean ordered = true;
        double before = Double.NEGATIVE_INFINITY;
        long memberBefore = 0;
        int lengthBefore = 0;
        for (int i = 0; i < count; i++) {
            cursor.next();
            long member = cursor.address();
            int length = cursor.length();
            hashes[i] = KeyHash.hash(member, length);
            if (group == 1) {
                continue;
            }
            cursor.next();
            if (typeOfValue() == Type.ZSET) {
                double score = score();
                ordered &= i == 0 ? score == score : before < score
                    || before == score && OffHeap.compare(memberBefore, lengthBefore, member, length) < 0;
                before = score;
                memberBefore = member;
                lengthBefore = length;
            }
        }
        Arrays.sort(hashes, 0, count);
        for (int i = 1; i < count && ordered; i++) {
            ordered = hashes[i] != hashes[i - 1];
        }
        return ordered;
    }

    /// The element at the cursor as a score, NaN if it is none.
    private double score() {
        return cursor.isInteger() ? cursor.number() : Ascii.parseDouble(cursor.address(), cursor.length());
    }

    private int apart(int kind, int group) {
        if (group == 1) {
            return elements(kind);
        }
        cursor.open(kind, in.address(0), in.length(0));
        while (cursor.next()) {
            long first = cursor.address();
            int length = cursor.length();
            cursor.next();
            if (typeOfValue() == Type.ZSET) {
                double score = score();
                if (Double.isNaN(score)) {
                    return bad("a score that is not a number");
                }
                if (!target.member(first, length, score)) {
                    return refused();
                }
            } else if (!packedField(first, length, group)) {
                return refused();
            }
        }
        return AGAIN;
    }

    private boolean packedField(long field, int length, int group) {
        long value = cursor.address();
        int valueLength = cursor.length();
        long deadline = 0;
        if (group == 3) {
            cursor.next();
            deadline = cursor.isInteger() ? cursor.number() : UNKNOWN;
            if (deadline < 0 || deadline > FIELD_DEADLINE_MAX) {
                return false;
            }
        }
        return target.field(field, length, value, valueLength, deadline);
    }

    // ---------------------------------------------------------------- streams

    private int stream() {
        return switch (phase) {
            case COUNT -> streamCount();
            case NODES -> streamNode();
            case SUMMARY -> streamSummary();
            case GROUPS -> groupCount();
            case GROUP -> group();
            case PENDING -> pending();
            case CONSUMERS -> consumerCount();
            case CONSUMER -> consumer();
            default -> consumerPending();
        };
    }

    /// Reads a count into [#left], which the next phase counts down.
    private int count(int nextPhase) {
        int status = in.readLength();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (in.value() < 0) {
            return bad("number of elements");
        }
        left = in.value();
        phase = nextPhase;
        return AGAIN;
    }

    private int streamCount() {
        int status = count(NODES);
        return status == AGAIN && !target.begin(Type.STREAM, UNKNOWN) ? refused() : status;
    }

    private int streamNode() {
        if (left == 0) {
            phase = SUMMARY;
            return AGAIN;
        }
        int status = in.readString(0);
        if (status == RdbInput.OK) {
            status = in.readString(1);
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (in.length(0) != ID_BYTES) {
            return bad("id of a stream node");
        }
        long millis = Long.reverseBytes(OffHeap.getLong(in.address(0)));
        long sequence = Long.reverseBytes(OffHeap.getLong(in.address(0) + 8));
        long alive = StreamNode.validate(cursor, millis, sequence, in.address(1), in.length(1));
        if (alive < 0) {
            return bad("malformed stream node");
        }
        live += alive;
        left--;
        nodes++;
        return target.node(millis, sequence, in.address(1), in.length(1), alive) ? AGAIN : refused();
    }

    private int streamSummary() {
        int numbers = type == RdbType.STREAM_LISTPACKS ? 3 : 8;
        for (int i = 0; i < numbers; i++) {
            int status = in.readLength();
            if (status != RdbInput.OK) {
                return failed(status);
            }
            long value = in.value();
            switch (i) {
                case 0 -> stream.length = value;
                case 1 -> stream.lastMillis = value;
                case 2 -> stream.lastSequence = value;
                case 3 -> stream.firstMillis = value;
                case 4 -> stream.firstSequence = value;
                case 5 -> stream.deletedMillis = value;
                case 6 -> stream.deletedSequence = value;
                default -> stream.entriesAdded = value;
            }
        }
        stream.complete = numbers > 3;
        if (stream.length != live) {
            return bad("length of a stream");
        }
        phase = GROUPS;
        return target.summary(stream) ? AGAIN : refused();
    }

    private int groupCount() {
        int status = count(GROUP);
        groups = left;
        return status;
    }

    private int group() {
        if (groups == 0) {
            return target.end() ? DONE : refused();
        }
        int status = in.readString();
        long millis = 0;
        long sequence = 0;
        long read = StreamSummary.UNKNOWN;
        boolean known = type != RdbType.STREAM_LISTPACKS;
        if (status == RdbInput.OK) {
            status = in.readLength();
            millis = in.value();
        }
        if (status == RdbInput.OK) {
            status = in.readLength();
            sequence = in.value();
        }
        if (status == RdbInput.OK && known) {
            status = in.readLength();
            read = in.value();
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        int counted = count(PENDING);
        if (counted != AGAIN) {
            return counted;
        }
        groups--;
        return target.group(in.address(0), in.length(0), millis, sequence, read, known) ? AGAIN : refused();
    }

    private int pending() {
        if (left == 0) {
            phase = CONSUMERS;
            return AGAIN;
        }
        int status = in.readRaw(ID_BYTES);
        if (status == RdbInput.OK) {
            status = in.readLong();
        }
        long delivered = in.value();
        if (status == RdbInput.OK) {
            status = in.readLength();
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        left--;
        long id = in.address(0);
        return target.pending(Long.reverseBytes(OffHeap.getLong(id)), Long.reverseBytes(OffHeap.getLong(id + 8)), delivered,
            in.value()) ? AGAIN : refused();
    }

    private int consumerCount() {
        int status = count(CONSUMER);
        consumers = left;
        return status;
    }

    private int consumer() {
        if (consumers == 0) {
            phase = GROUP;
            return target.endGroup() ? AGAIN : refused();
        }
        int status = in.readString();
        if (status == RdbInput.OK) {
            status = in.readLong();
        }
        long seen = in.value();
        long active = seen;
        if (status == RdbInput.OK && type == RdbType.STREAM_LISTPACKS_3) {
            status = in.readLong();
            active = in.value();
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        int counted = count(CONSUMER_PENDING);
        if (counted != AGAIN) {
            return counted;
        }
        consumers--;
        return target.consumer(in.address(0), in.length(0), seen, active) ? AGAIN : refused();
    }

    private int consumerPending() {
        if (left == 0) {
            phase = CONSUMER;
            return AGAIN;
        }
        int status = in.readRaw(ID_BYTES);
        if (status != RdbInput.OK) {
            return failed(status);
        }
        left--;
        long id = in.address(0);
        return target.consumerPending(Long.reverseBytes(OffHeap.getLong(id)), Long.reverseBytes(OffHeap.getLong(id + 8)))
            ? AGAIN : refused();
    }

    @Override
    public void close() {
        cursor.close();
    }
}
