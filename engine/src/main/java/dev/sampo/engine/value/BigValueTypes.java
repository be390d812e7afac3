package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Type;

/// The big values of all types.
public final class BigValueTypes implements BigValues {
    public static final BigValueTypes ALL = new BigValueTypes();

    private static final BigValues HASHES = new HashBlocks();
    private static final BigValues SETS = new SetBlocks();
    private static final BigValues LISTS = new ListBlocks();
    private static final BigValues SORTED_SETS = new SortedSetBlocks();

    private BigValueTypes() {
    }

    private static BigValues of(int type) {
        return switch (type) {
            case Type.HASH -> HASHES;
            case Type.SET -> SETS;
            case Type.LIST -> LISTS;
            case Type.ZSET -> SORTED_SETS;
            case Type.STREAM -> StreamBlocks.STREAMS;
            default -> BigValues.NONE;
        };
    }

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        return of(type).release(blocks, type, root, budget);
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        of(type).copy(from, type, root, to, newRoot);
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        return of(type).usedBytes(blocks, type, root);
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        return of(type).assertValid(blocks, type, root);
    }
}
