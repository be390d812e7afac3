package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.KeyHash;

/// The blocks of big sets: a tree of elements. See [SetValue].
final class SetBlocks implements BigValues {
    /// Elements whose sizes stand for those of all.
    private static final int SAMPLES = 32;

    private static MemberTree members(Blocks blocks, long root) {
        MemberTree members = new MemberTree();
        members.open(blocks, root);
        return members;
    }

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        return members(blocks, root).release(budget, ref -> Element.free(blocks, ref));
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        Tree.init(newRoot);
        MemberTree copy = members(to, newRoot);
        MemberTree members = members(from, root);
        for (boolean more = members.first(); more; more = members.next()) {
            long e = members.element();
            copy.end();
            copy.add(Element.create(to, Element.memberAddress(e), Element.memberLength(e)), members.hash());
        }
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        MemberTree members = members(blocks, root);
        long elements = members.weight();
        long sampled = Math.min(elements, SAMPLES);
        long sum = 0;
        for (long i = 0; i < sampled; i++) {
            members.seekRank((long) ((double) elements * i / sampled));
            sum += Element.bytes(blocks, members.ref());
        }
        return (long) ((double) sum / sampled * elements) + members.nodeBytes();
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        MemberTree members = members(blocks, root);
        long counted = members.assertValid();
        for (boolean more = members.first(); more; more = members.next()) {
            long e = members.element();
            blocks.guardVerify(members.ref());
            check(!Element.hasExtra(e) && !Element.hasValue(e), "an element that is more than a member");
            check(members.hash() == KeyHash.hash(Element.memberAddress(e), Element.memberLength(e)), "a wrong hash");
            counted += Element.blocks(e);
        }
        return counted;
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }
}
