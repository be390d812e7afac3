package dev.sampo.shard.config;

/// The bits of `notify-keyspace-events`, with the numbers Redis uses inside.
public final class NotifyFlags {
    public static final int KEYSPACE = 1;
    public static final int KEYEVENT = 1 << 1;
    public static final int GENERIC = 1 << 2;
    public static final int STRING = 1 << 3;
    public static final int LIST = 1 << 4;
    public static final int SET = 1 << 5;
    public static final int HASH = 1 << 6;
    public static final int ZSET = 1 << 7;
    public static final int EXPIRED = 1 << 8;
    public static final int EVICTED = 1 << 9;
    public static final int STREAM = 1 << 10;
    public static final int KEY_MISS = 1 << 11;
    public static final int MODULE = 1 << 13;
    public static final int NEW = 1 << 14;
    /// What `A` stands for: every class except key misses and new keys.
    public static final int ALL = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

    private static final String LETTERS = "g$lshzxetdnKEm";
    private static final int[] BITS = {GENERIC, STRING, LIST, SET, HASH, ZSET, EXPIRED, EVICTED, STREAM, MODULE, NEW,
        KEYSPACE, KEYEVENT, KEY_MISS};

    private NotifyFlags() {}

    /// The flags that the letters stand for, or -1 when one letter is unknown.
    public static int parse(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            final char letter = letters.charAt(i);
            final int at = LETTERS.indexOf(letter);
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

    /// The letters as CONFIG GET prints them. Redis 7.0 drops `n` beside `A`; here it stands at the end, so that what is
    /// printed means what is set.
    public static String print(int flags) {
        final StringBuilder out = new StringBuilder();
        final boolean all = (flags & ALL) == ALL;
        if (all) {
            out.append('A');
        }
        for (int i = 0; i < BITS.length; i++) {
            final boolean coveredByAll = all && ((BITS[i] & ALL) != 0 || BITS[i] == NEW);
            if ((flags & BITS[i]) != 0 && !coveredByAll) {
                out.append(LETTERS.charAt(i));
            }
        }
        if (all && (flags & NEW) != 0) {
            out.append('n');
        }
        return out.toString();
    }
}
