package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;

/// What a keyspace does with big lists without knowing what they are.
final class ListBlocks implements BigValues {
    private static BigList open(Blocks blocks, long root) {
        BigList list = new BigList();
        list.open(blocks, root, 0);
        return list;
    }

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        return open(blocks, root).release(budget);
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        BigList.init(newRoot);
        BigList copy = open(to, newRoot);
        copy.copy(open(from, root));
        copy.close();
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        return open(blocks, root).usedBytes();
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        return open(blocks, root).assertValid();
    }
}
