package dev.sampo.engine.keyspace;

/// How an entry holds its value. The numbers have a meaning per [Type]; those of collections from 4 on are *big*: a root
/// that refers to blocks of its own.
public final class Encoding {
    /// A string of at most 44 bytes, set as a whole ("embstr").
    public static final int EMBSTR = 0;
    /// A string that is longer, or modified in place ("raw").
    public static final int RAW = 1;
    /// A string that is a canonical 64-bit integer ("int").
    public static final int INT = 2;

    /// A collection in one packed block ("listpack").
    public static final int LISTPACK = 0;
    /// A set of integers in one packed block ("intset").
    public static final int INTSET = 1;
    /// A hash in one packed block some of whose fields have deadlines ("listpackex").
    public static final int LISTPACK_EX = 2;
    /// A big hash or set ("hashtable").
    public static final int HASHTABLE = 4;
    /// A big hash some of whose fields have, or had, deadlines ("hashtable").
    public static final int HASHTABLE_EX = 5;
    /// A big sorted set ("skiplist").
    public static final int SKIPLIST = 5;
    /// A big list ("quicklist").
    public static final int QUICKLIST = 6;
    /// A stream ("stream").
    public static final int STREAM = 7;

    /// The longest string called embstr.
    public static final int EMBSTR_BYTES_MAX = 44;

    private static final int BIG = 4;
    private static final String[] STRINGS = {"embstr", "raw", "int"};
    private static final String[] COLLECTIONS = {"listpack", "intset", "listpackex", null, "hashtable", "skiplist", "quicklist", "stream"};

    private Encoding() {
    }

    /// What OBJECT ENCODING says of an entry, in Redis's words.
    public static String name(long e) {
        int encoding = Entry.encoding(e);
        if (Entry.type(e) == Type.HASH && encoding == HASHTABLE_EX) {
            return COLLECTIONS[HASHTABLE];
        }
        return (Entry.type(e) == Type.STRING ? STRINGS : COLLECTIONS)[encoding];
    }

    /// Whether a collection of this encoding has blocks of its own.
    public static boolean isBig(int encoding) {
        return (encoding & BIG) != 0;
    }
}
