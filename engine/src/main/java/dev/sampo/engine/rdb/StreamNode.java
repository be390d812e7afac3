package dev.sampo.engine.rdb;

/// The listpack of a stream node: a master entry (number of live entries, of deleted ones, of fields, the fields, 0), then
/// entries of flags, id relative to the node's, number of fields and fields unless they are the master's, values, and how
/// many elements that were, so that one can walk backwards.
/// https://github.com/redis/redis/blob/7.2/src/t_stream.c
final class StreamNode {
    private static final int DELETED = 1;
    private static final int SAME_FIELDS = 2;
    private static final long BAD = -1;

    private StreamNode() {
    }

    /// Checks a node that nobody has checked; returns the number of its live entries, or -1 if anything is wrong. Ids have to
    /// ascend.
    static long validate(PackedCursor c, long millis, long sequence, long address, int bytes) {
        if (!c.open(PackedCursor.LISTPACK, address, bytes)) {
            return BAD;
        }
        long live = nextNumber(c);
        long deleted = nextNumber(c);
        long masterFields = nextNumber(c);
        if (live < 0 || deleted < 0 || masterFields < 0 || !skip(c, masterFields) || nextNumber(c) != 0) {
            return BAD;
        }
        long seenLive = 0;
        long seenDeleted = 0;
        long lastMillis = millis;
        long lastSequence = sequence;
        while (c.next()) {
            if (!c.isInteger() || (c.number() & ~(DELETED | SAME_FIELDS)) != 0) {
                return BAD;
            }
            long flags = c.number();
            if (!c.next() || !c.isInteger()) {
                return BAD;
            }
            long entryMillis = millis + c.number();
            if (!c.next() || !c.isInteger()) {
                return BAD;
            }
            long entrySequence = sequence + c.number();
            int order = compare(entryMillis, entrySequence, lastMillis, lastSequence);
            if (order < 0 || order == 0 && seenLive + seenDeleted > 0) {
                return BAD;
            }
            lastMillis = entryMillis;
            lastSequence = entrySequence;
            long elements = entryElements(c, flags, masterFields);
            if (elements < 0 || nextNumber(c) != elements) {
                return BAD;
            }
            if ((flags & DELETED) != 0) {
                seenDeleted++;
            } else {
                seenLive++;
            }
        }
        return c.isBad() || seenLive != live || seenDeleted != deleted ? BAD : live;
    }

    /// Skips fields and values of an entry; returns how many elements the entry has, or -1.
    private static long entryElements(PackedCursor c, long flags, long masterFields) {
        if ((flags & SAME_FIELDS) != 0) {
            return skip(c, masterFields) ? 3 + masterFields : BAD;
        }
        long fields = nextNumber(c);
        return fields >= 0 && fields <= Integer.MAX_VALUE && skip(c, 2 * fields) ? 4 + 2 * fields : BAD;
    }

    private static long nextNumber(PackedCursor c) {
        return c.next() && c.isInteger() ? c.number() : BAD;
    }

    private static boolean skip(PackedCursor c, long elements) {
        for (long i = 0; i < elements; i++) {
            if (!c.next()) {
                return false;
            }
        }
        return true;
    }

    static int compare(long millis, long sequence, long otherMillis, long otherSequence) {
        int order = Long.compareUnsigned(millis, otherMillis);
        return order != 0 ? order : Long.compareUnsigned(sequence, otherSequence);
    }
}
