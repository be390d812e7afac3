package dev.sampo.engine.value;

import dev.sampo.engine.keyspace.BigValues;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.KeyHash;

/// The blocks of big hashes: a tree of elements, and one of those that have deadlines. See [HashValue].
final class HashBlocks implements BigValues {
    /// Elements whose sizes stand for those of all.
    private static final int SAMPLES = 32;

    private static MemberTree fields(Blocks blocks, long root) {
        MemberTree fields = new MemberTree();
        fields.open(blocks, root);
        return fields;
    }

    private static DeadlineTree deadlines(Blocks blocks, long root) {
        DeadlineTree deadlines = new DeadlineTree();
        deadlines.open(blocks, root + Tree.ROOT_BYTES);
        return deadlines;
    }

    @Override
    public boolean release(Blocks blocks, int type, long root, int budget) {
        return fields(blocks, root).release(budget, ref -> Element.free(blocks, ref))
            && deadlines(blocks, root).release(budget, null);
    }

    @Override
    public void copy(Blocks from, int type, long root, Blocks to, long newRoot) {
        Tree.init(newRoot);
        Tree.init(newRoot + Tree.ROOT_BYTES);
        MemberTree copy = fields(to, newRoot);
        DeadlineTree copiedDeadlines = deadlines(to, newRoot);
        MemberTree fields = fields(from, root);
        for (boolean more = fields.first(); more; more = fields.next()) {
            long e = fields.element();
            int fresh = Element.createField(to, Element.memberAddress(e), Element.memberLength(e), Element.valueAddress(e),
                Element.valueLength(e));
            if (Element.hasExtra(e)) {
                fresh = Element.setExtra(to, fresh, Element.extra(e));
                copiedDeadlines.add(Element.extra(e), fresh);
            }
            copy.end();
            copy.add(fresh, fields.hash());
        }
    }

    @Override
    public long usedBytes(Blocks blocks, int type, long root) {
        MemberTree fields = fields(blocks, root);
        long elements = fields.weight();
        long sampled = Math.min(elements, SAMPLES);
        long sum = 0;
        for (long i = 0; i < sampled; i++) {
            fields.seekRank((long) ((double) elements * i / sampled));
            sum += Element.bytes(blocks, fields.ref());
        }
        return (long) ((double) sum / Math.max(1, sampled) * elements) + fields.nodeBytes() + deadlines(blocks, root).nodeBytes();
    }

    @Override
    public long assertValid(Blocks blocks, int type, long root) {
        MemberTree fields = fields(blocks, root);
        DeadlineTree deadlines = deadlines(blocks, root);
        long counted = fields.assertValid() + deadlines.assertValid();
        long volatiles = 0;
        for (boolean more = fields.first(); more; more = fields.next()) {
            long e = fields.element();
            blocks.guardVerify(fields.ref());
            check(Element.hasValue(e), "a field without a value");
            check(fields.hash() == KeyHash.hash(Element.memberAddress(e), Element.memberLength(e)), "a wrong hash");
            if (Element.hasExtra(e)) {
                check(Element.extra(e) != 0 && deadlines.find(Element.extra(e), fields.ref()),
                    "a deadline that is not in its tree");
                volatiles++;
            }
            counted += Element.blocks(e);
        }
        check(volatiles == deadlines.weight(), "deadlines of fields that are not there");
        return counted;
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }
}
