package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.KeyHash;

/// The blocks of big sorted sets: two trees over the same elements. See [SortedSetValue].
final class SortedSetBlocks implements BigValues {
    /// Elements whose sizes stand for those of all.
    private static final int SAMPLES = 32;

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        MemberTree members = new MemberTree();
        members.open(blocks, root);
        if (!members.isEmpty() && !members.release(budget, null)) {
            return false;
        }
        return byScore(blocks, root).release(budget, ref -> Element.free(blocks, ref));
    }

    private static ScoreTree byScore(Blocks blocks, long root) {
        ScoreTree scores = new ScoreTree();
        scores.open(blocks, root + Tree.ROOT_BYTES);
        return scores;
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        Tree.init(newRoot);
        Tree.init(newRoot + Tree.ROOT_BYTES);
        MemberTree newMembers = new MemberTree();
        newMembers.open(to, newRoot);
        ScoreTree newScores = byScore(to, newRoot);
        ScoreTree scores = byScore(from, root);
        for (boolean more = scores.first(); more; more = scores.next()) {
            long e = scores.element();
            long member = Element.memberAddress(e);
            int length = Element.memberLength(e);
            int ref = Element.createExtra(to, member, length, Element.extra(e));
            long hash = KeyHash.hash(member, length);
            newMembers.find(member, length, hash);
            newMembers.add(ref, hash);
            newScores.end();
            newScores.add(ref, scores.score());
        }
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        MemberTree members = new MemberTree();
        members.open(blocks, root);
        ScoreTree scores = byScore(blocks, root);
        long elements = members.weight();
        long sampled = Math.min(elements, SAMPLES);
        long sum = 0;
        for (long i = 0; i < sampled; i++) {
            members.seekRank((long) ((double) elements * i / sampled));
            sum += Element.bytes(blocks, members.ref());
        }
        return (long) ((double) sum / sampled * elements) + members.nodeBytes() + scores.nodeBytes();
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        MemberTree members = new MemberTree();
        members.open(blocks, root);
        ScoreTree scores = byScore(blocks, root);
        members.assertValid();
        scores.assertValid();
        Count count = new Count(blocks);
        members.forEachNode(count::node);
        scores.forEachNode(count::node);
        long elements = 0;
        for (boolean more = members.first(); more; more = members.next()) {
            long e = members.element();
            check(Element.hasExtra(e), "an element without a score");
            double score = Double.longBitsToDouble(Element.extra(e));
            check(members.hash() == KeyHash.hash(Element.memberAddress(e), Element.memberLength(e)), "a wrong hash");
            check(scores.find(score, Element.memberAddress(e), Element.memberLength(e)) && scores.ref() == members.ref(),
                "an element that is not found by its score");
            elements += Element.memberLength(e) > Element.INSIDE_MAX ? 2 : 1;
        }
        check(members.weight() == scores.weight(), "trees of different sizes");
        return count.nodes + elements;
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }

    /// Counts nodes and looks at what surrounds them.
    private static final class Count {
        private final Blocks blocks;
        private long nodes;

        Count(Blocks blocks) {
            this.blocks = blocks;
        }

        void node(int ref) {
            blocks.guardVerify(ref);
            nodes++;
        }
    }
}
