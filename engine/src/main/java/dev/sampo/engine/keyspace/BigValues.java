package dev.sampo.engine.keyspace;

/// What a keyspace has to know of values that consist of many blocks, without knowing what they mean. A *root* is the value
/// part of their entries: a few bytes that refer to blocks of the keyspace's [Blocks].
public interface BigValues {
    /// For keyspaces that hold nothing but strings.
    BigValues NONE = new BigValues() {
        @Override
        public boolean release(Blocks blocks, int type, long root, int budget) {
            throw unknown(type);
        }

        @Override
        public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
            throw unknown(type);
        }

        @Override
        public long usedBytes(Blocks blocks, int type, long root) {
            throw unknown(type);
        }

        @Override
        public long assertValid(Blocks blocks, int type, long root) {
            throw unknown(type);
        }

        private IllegalStateException unknown(int type) {
            return new IllegalStateException("no big values of type " + type + " here");
        }
    };

    /// Frees about `budget` blocks of a value that nobody refers to any more and notes in the root how far that came;
    /// whether nothing is left.
    boolean release(Blocks blocks, int type, long root, int budget);

    /// Copies a whole value; `newRoot` has room for as many bytes as `root`.
    void copy(Blocks from, int type, long root, Blocks to, long newRoot);

    /// Bytes of all blocks of a value, exactly or, where that would take long, estimated from some of them.
    long usedBytes(Blocks blocks, int type, long root);

    /// Walks the whole value and counts its blocks, large payloads included. For tests.
    ///
    /// @throws AssertionError when anything is wrong
    long assertValid(Blocks blocks, int type, long root);
}
