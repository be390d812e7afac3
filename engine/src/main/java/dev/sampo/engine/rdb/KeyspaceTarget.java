package dev.sampo.engine.rdb;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.HashValue;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.engine.value.StreamGroups;
import dev.sampo.engine.value.StreamValue;
import dev.sampo.resp.OffHeap;

/// Builds the value that a [ValueReader] reads as the value of a key, in the encodings that this server's limits give it.
/// Whatever stops half-way leaves a part of the value there: the caller deletes the key then.
public final class KeyspaceTarget implements ValueTarget, AutoCloseable {
    private Keyspace ks;
    private long key;
    private int keyLength;
    private long hash;
    private CollectionLimits limits;

    private final ListValue list = new ListValue();
    private final SetValue set = new SetValue();
    private final SortedSetValue sortedSet = new SortedSetValue();
    private final HashValue hashValue = new HashValue();
    private final StreamValue stream = new StreamValue();
    private StreamGroups groups;
    private int type;
    private long nodes;
    private long lastMillis;
    private long lastSequence;
    /// Entries of the group that no consumer has claimed yet.
    private long pending;

    /// What is read next becomes the value of this key, which must be absent and whose bytes stay where they are meanwhile;
    /// returns this.
    public KeyspaceTarget into(Keyspace ks, long key, int keyLength, long hash, CollectionLimits limits) {
        this.ks = ks;
        this.key = key;
        this.keyLength = keyLength;
        this.hash = hash;
        this.limits = limits;
        return this;
    }

    @Override
    public boolean string(long address, int length) {
        ks.setString(key, keyLength, hash, address, length, 0);
        return true;
    }

    @Override
    public boolean begin(int type, long count) {
        this.type = type;
        nodes = 0;
        switch (type) {
            case Type.LIST -> list.open(ks, key, keyLength, hash, 0, limits.listSize());
            case Type.SET -> {
                set.open(ks, key, keyLength, hash, 0, limits);
                if (count > 0) {
                    set.expect(count);
                }
            }
            case Type.ZSET -> sortedSet.create(ks, key, keyLength, hash, Math.max(0, count), 0);
            case Type.HASH -> {
                hashValue.open(ks, key, keyLength, hash, 0, limits, HashValue.NOTHING_IS_OVER);
                if (count > 0) {
                    hashValue.expect(count);
                }
            }
            case Type.STREAM -> {
                stream.create(ks, key, keyLength, hash);
                groups = stream.groups();
            }
            default -> throw new IllegalStateException("type " + type);
        }
        return true;
    }

    @Override
    public boolean packed(int type, int encoding, long address, int bytes, int count, long longest) {
        boolean fits = switch (type) {
            case Type.LIST -> !ListValue.isExceeded(limits.listSize(), bytes, count);
            case Type.SET -> encoding == Encoding.INTSET ? count <= limits.setIntsetEntries()
                : count <= limits.setEntries() && longest <= limits.setValueBytes();
            case Type.ZSET -> count <= limits.zsetEntries() && longest <= limits.zsetValueBytes();
            default -> count <= limits.hashEntries() && longest <= limits.hashValueBytes();
        };
        if (fits) {
            long e = ks.create(key, keyLength, hash, type, encoding, bytes);
            OffHeap.copy(address, Entry.valueAddress(e), bytes);
        }
        return fits;
    }

    @Override
    public boolean element(long address, int length) {
        if (type == Type.SET) {
            return set.add(address, length);
        }
        list.push(address, length, false);
        return true;
    }

    @Override
    public boolean member(long address, int length, double score) {
        if (sortedSet.find(address, length)) {
            return false;
        }
        sortedSet.insert(address, length, score, limits);
        return true;
    }

    @Override
    public boolean field(long field, int fieldLength, long value, int valueLength, long deadlineMillis) {
        if (!hashValue.put(field, fieldLength, value, valueLength)) {
            return false;
        }
        if (deadlineMillis != 0) {
            hashValue.findStored(field, fieldLength);
            hashValue.deadline(deadlineMillis);
        }
        return true;
    }

    // ---------------------------------------------------------------- streams

    @Override
    public boolean node(long millis, long sequence, long listpack, int bytes, long live) {
        if (nodes++ > 0 && StreamNode.compare(millis, sequence, lastMillis, lastSequence) <= 0) {
            return false;
        }
        lastMillis = millis;
        lastSequence = sequence;
        stream.appendNode(millis, sequence, listpack);
        return true;
    }

    @Override
    public boolean summary(StreamSummary s) {
        stream.last(s.lastMillis, s.lastSequence);
        stream.updateFirst();
        if (stream.isTopAboveLast()) {
            return false;
        }
        if (s.complete) {
            stream.maxDeleted(s.deletedMillis, s.deletedSequence);
            stream.entriesAdded(s.entriesAdded);
        } else {
            stream.entriesAdded(s.length);
        }
        return true;
    }

    @Override
    public boolean group(long name, int nameLength, long millis, long sequence, long entriesRead, boolean known) {
        if (groups.find(name, nameLength)) {
            return false;
        }
        groups.create(name, nameLength, millis, sequence, known ? entriesRead : stream.addedUpTo(millis, sequence));
        pending = 0;
        return true;
    }

    @Override
    public boolean pending(long millis, long sequence, long deliveredAtMillis, long deliveries) {
        pending++;
        return groups.restorePending(millis, sequence, deliveredAtMillis, deliveries);
    }

    @Override
    public boolean consumer(long name, int nameLength, long seenAtMillis, long activeAtMillis) {
        if (groups.findConsumer(name, nameLength)) {
            return false;
        }
        groups.createConsumer(name, nameLength, seenAtMillis, activeAtMillis);
        return true;
    }

    @Override
    public boolean consumerPending(long millis, long sequence) {
        pending--;
        return groups.adopt(millis, sequence);
    }

    @Override
    public boolean endGroup() {
        return pending == 0;
    }

    @Override
    public boolean end() {
        return true;
    }

    @Override
    public void close() {
        list.close();
        set.close();
        sortedSet.close();
        hashValue.close();
    }
}
