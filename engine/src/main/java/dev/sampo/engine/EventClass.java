package dev.sampo.engine;

/// The classes of keyspace events as bits, with the letters of Redis's `notify-keyspace-events` setting.
public final class EventClass {
    /// `K`: publish to `__keyspace@<db>__:<key>`.
    public static final int KEYSPACE = 1;
    /// `E`: publish to `__keyevent@<db>__:<event>`.
    public static final int KEYEVENT = 1 << 1;
    /// `g`: commands of no particular type (DEL, EXPIRE, RENAME, ...).
    public static final int GENERIC = 1 << 2;
    /// `$`
    public static final int STRING = 1 << 3;
    /// `l`
    public static final int LIST = 1 << 4;
    /// `s`
    public static final int SET = 1 << 5;
    /// `h`
    public static final int HASH = 1 << 6;
    /// `z`
    public static final int ZSET = 1 << 7;
    /// `x`: a key went because its time had come.
    public static final int EXPIRED = 1 << 8;
    /// `e`: a key went to make room.
    public static final int EVICTED = 1 << 9;
    /// `t`
    public static final int STREAM = 1 << 10;
    /// `m`: a read of a key that is not there. Not part of `A`.
    public static final int KEY_MISS = 1 << 11;
    /// `d`
    public static final int MODULE = 1 << 13;
    /// `n`: a key came into being. Not part of `A`.
    public static final int NEW = 1 << 14;
    /// `A`: every class except [#KEY_MISS] and [#NEW].
    public static final int ALL = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

    private static final String LETTERS = "g$lshzxetdnKEm";
    private static final int[] BITS = {GENERIC, STRING, LIST, SET, HASH, ZSET, EXPIRED, EVICTED, STREAM, MODULE,
        NEW, KEYSPACE, KEYEVENT, KEY_MISS};

    private EventClass() {
    }

    /// The bits that `letters` stands for, or -1 when there is a letter that means nothing.
    public static int parse(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            int at = LETTERS.indexOf(letter);
            if (letter == 'A') {
                flags |= ALL;
            } else if (at >= 0) {
                flags |= BITS[at];
            } else {
                return -1;
            }
        }
        return flags;
    }

    /// The letters for `flags`, in the order and with the `A` abbreviation of Redis's CONFIG GET. Unlike there an `n`
    /// beside `A` is shown, at the end.
    public static String format(int flags) {
        StringBuilder letters = new StringBuilder();
        boolean all = (flags & ALL) == ALL;
        if (all) {
            letters.append('A');
        }
        for (int i = 0; i < BITS.length; i++) {
            boolean abbreviated = all && ((BITS[i] & ALL) != 0 || BITS[i] == NEW);
            if (!abbreviated && (flags & BITS[i]) != 0) {
                letters.append(LETTERS.charAt(i));
            }
        }
        if (all && (flags & NEW) != 0) {
            letters.append('n');
        }
        return letters.toString();
    }
}
