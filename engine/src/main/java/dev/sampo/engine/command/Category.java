package dev.sampo.engine.command;

import java.util.List;

/// The ACL categories of commands as bits of a long, in Redis's order. Some follow from the flags of a command and are
/// not written in its row: see [#implied(long)].
public final class Category {
    public static final long KEYSPACE = 1L;
    public static final long READ = 1L << 1;
    public static final long WRITE = 1L << 2;
    public static final long SET = 1L << 3;
    public static final long SORTED_SET = 1L << 4;
    public static final long LIST = 1L << 5;
    public static final long HASH = 1L << 6;
    public static final long STRING = 1L << 7;
    public static final long BITMAP = 1L << 8;
    public static final long HYPERLOGLOG = 1L << 9;
    public static final long GEO = 1L << 10;
    public static final long STREAM = 1L << 11;
    public static final long PUBSUB = 1L << 12;
    public static final long ADMIN = 1L << 13;
    public static final long FAST = 1L << 14;
    public static final long SLOW = 1L << 15;
    public static final long BLOCKING = 1L << 16;
    public static final long DANGEROUS = 1L << 17;
    public static final long CONNECTION = 1L << 18;
    public static final long TRANSACTION = 1L << 19;
    public static final long SCRIPTING = 1L << 20;

    private static final String[] NAMES = {"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string",
        "bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
        "connection", "transaction", "scripting"};

    private Category() {
    }

    /// All category names in order, as ACL CAT lists them.
    public static List<String> names() {
        return List.of(NAMES);
    }

    /// The names in `categories`, without the `@`.
    public static List<String> names(long categories) {
        return BitNames.of(categories, NAMES);
    }

    /// The bit of a category name (lower case, without the `@`), or 0 if there is no such category.
    public static long parse(String name) {
        int at = List.of(NAMES).indexOf(name);
        return at < 0 ? 0 : 1L << at;
    }

    /// The categories that follow from the flags of a row which declares `declared`: readers, writers, administration,
    /// publishing and blocking speak for themselves, and whatever is not fast is slow.
    public static long implied(long flags, long declared) {
        long implied = declared;
        if ((flags & CommandFlag.WRITE) != 0) {
            implied |= WRITE;
        }
        if ((flags & CommandFlag.READONLY) != 0 && (declared & SCRIPTING) == 0) {
            implied |= READ;
        }
        if ((flags & CommandFlag.ADMIN) != 0) {
            implied |= ADMIN | DANGEROUS;
        }
        if ((flags & CommandFlag.PUBSUB) != 0) {
            implied |= PUBSUB;
        }
        if ((flags & CommandFlag.BLOCKING) != 0) {
            implied |= BLOCKING;
        }
        return implied | ((flags & CommandFlag.FAST) != 0 ? FAST : SLOW);
    }
}
