package dev.sampo.engine.rdb;

import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;

/// Writes the values of entries in the forms that a version of the format knows. One per thread, reused.
public final class ValueWriter {
    /// The oldest version that can say everything about a value, at least [RdbType#VERSION_MIN_WRITTEN].
    public int oldestVersion(Keyspace ks, long e) {
        return RdbType.VERSION_MIN_WRITTEN;
    }

    /// The type byte of a value in a version of the format.
    public int type(Keyspace ks, long e, int version) {
        return switch (Entry.type(e)) {
            case Type.STRING -> RdbType.STRING;
            default -> throw new IllegalStateException("type " + Entry.type(e));
        };
    }

    /// Appends a value, without its type byte.
    public void write(Keyspace ks, long e, int version, RdbOutput out) {
        switch (Entry.type(e)) {
            case Type.STRING -> string(e, out);
            default -> throw new IllegalStateException("type " + Entry.type(e));
        }
    }

    private static void string(long e, RdbOutput out) {
        if (Entry.isInteger(e)) {
            out.writeString(Entry.integer(e));
        } else {
            out.writeString(Entry.valueAddress(e), Entry.valueLength(e));
        }
    }
}
