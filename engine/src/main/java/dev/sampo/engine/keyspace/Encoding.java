package dev.sampo.engine.keyspace;

/// How a string entry holds its value; the names are what OBJECT ENCODING calls them.
public final class Encoding {
    /// At most 44 bytes, set as a whole ("embstr").
    public static final int EMBSTR = 0;
    /// Longer, or modified in place ("raw").
    public static final int RAW = 1;
    /// A canonical 64-bit integer ("int").
    public static final int INT = 2;

    /// The longest string called embstr.
    public static final int EMBSTR_BYTES_MAX = 44;

    private Encoding() {
    }
}
