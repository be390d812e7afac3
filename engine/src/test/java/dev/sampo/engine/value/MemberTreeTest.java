package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.engine.keyspace.TestRng;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberTreeTest {
    private TestBlocks memory;
    private final MemberTree tree = new MemberTree();
    private final ScoreTree scores = new ScoreTree();
    private final long text = OffHeap.allocate(64);
    private final long roots = OffHeap.allocate(2 * Tree.ROOT_BYTES);
    private final RefVisitor free = ref -> Element.free(memory.blocks, ref);

    @BeforeEach
    void start() {
        memory = new TestBlocks();
        Tree.init(roots);
        Tree.init(roots + Tree.ROOT_BYTES);
        tree.open(memory.blocks, roots);
        scores.open(memory.blocks, roots + Tree.ROOT_BYTES);
    }

    @AfterEach
    void leaveNothing() {
        scores.release(Integer.MAX_VALUE, null);
        tree.release(Integer.MAX_VALUE, free);
        assertThat(memory.liveBlocks()).isZero();
        memory.close();
        OffHeap.free(text, 64);
        OffHeap.free(roots, 2 * Tree.ROOT_BYTES);
    }

    private int write(String member) {
        byte[] bytes = member.getBytes(StandardCharsets.ISO_8859_1);
        OffHeap.copyFrom(bytes, 0, text, bytes.length);
        return bytes.length;
    }

    private static String member(long e) {
        return OffHeap.latin1(Element.memberAddress(e), Element.memberLength(e));
    }

    /// Hashes cut down to few bits, so that many members share one.
    private long hash(int length, int bits) {
        return KeyHash.hash(text, length) & -1L << 64 - bits;
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 12, 3, 0})
    void members_underRandomOperations_areASet(int bits) {
        SplittableRandom random = new SplittableRandom(bits);
        Set<String> model = new HashSet<>();
        for (int i = 0; i < 40_000; i++) {
            String member = Integer.toString(random.nextInt(i < 20_000 ? 6000 : 300));
            int length = write(member);
            long hash = bits == 0 ? 0 : hash(length, bits);
            boolean found = tree.find(text, length, hash);
            assertThat(found).isEqualTo(model.contains(member));
            if (!found && random.nextInt(3) != 0) {
                tree.add(Element.create(memory.blocks, text, length), hash);
                model.add(member);
                assertThat(member(tree.element())).isEqualTo(member);
            } else if (found && random.nextInt(i < 20_000 ? 3 : 1) == 0) {
                free.visit(tree.ref());
                tree.remove();
                model.remove(member);
            }
        }
        assertThat(tree.assertValid() + model.size()).isEqualTo(memory.liveBlocks());
        Set<String> all = new HashSet<>();
        tree.forEachRef(ref -> all.add(member(memory.blocks.address(ref))));
        assertThat(all).isEqualTo(model);
    }

    private void fill(int members) {
        for (int i = 0; i < members; i++) {
            int length = write("member:" + i);
            long hash = hash(length, 64);
            assertThat(tree.find(text, length, hash)).isFalse();
            tree.add(Element.create(memory.blocks, text, length), hash);
        }
    }

    /// Half of the members stay; the others come and go while the walk goes on.
    @ParameterizedTest
    @ValueSource(ints = {1, 10, 500})
    void scan_whileMembersComeAndGo_visitsThoseThatStayOnce(int count) {
        fill(4000);
        SplittableRandom random = new SplittableRandom(count);
        List<String> visited = new ArrayList<>();
        long cursor = 0;
        do {
            cursor = tree.scan(cursor, count, ref -> visited.add(member(memory.blocks.address(ref))));
            assertThat(cursor).isBetween(0L, (1L << 53) - 1);
            for (int i = 0; i < 2 * count; i++) {
                int length = write("member:" + (2 * random.nextInt(8000) + 1));
                long hash = hash(length, 64);
                if (tree.find(text, length, hash)) {
                    free.visit(tree.ref());
                    tree.remove();
                } else {
                    tree.add(Element.create(memory.blocks, text, length), hash);
                }
            }
        } while (cursor != 0);
        for (int i = 0; i < 4000; i += 2) {
            assertThat(visited).containsOnlyOnce("member:" + i);
        }
    }

    @Test
    void scan_ofMembersWithOneHash_visitsAllAtOnce() {
        for (int i = 0; i < 300; i++) {
            int length = write("member:" + i);
            tree.find(text, length, -1);
            tree.add(Element.create(memory.blocks, text, length), -1);
        }
        int[] visited = {0};
        assertThat(tree.scan(0, 10, _ -> visited[0]++)).isZero();
        assertThat(visited[0]).isEqualTo(300);
        assertThat(tree.scan(Long.MAX_VALUE, 10, _ -> visited[0]++)).isZero();
    }

    @Test
    void random_ofManyDraws_isUniform() {
        fill(1000);
        TestRng rng = new TestRng(5);
        TreeMap<Integer, Integer> drawn = new TreeMap<>();
        for (int i = 0; i < 200_000; i++) {
            tree.random(rng);
            drawn.merge(tree.ref(), 1, Integer::sum);
        }
        assertThat(drawn).hasSize(1000);
        assertThat(drawn.values()).allMatch(n -> n > 110 && n < 300);
    }

    /// Scores with many ties; bounds by score and by member.
    @ParameterizedTest
    @ValueSource(ints = {1, 20, 100_000})
    void scores_underRandomOperations_areASortedMap(int different) {
        SplittableRandom random = new SplittableRandom(different);
        TreeMap<Double, TreeMap<String, Integer>> model = new TreeMap<>();
        long size = 0;
        for (int i = 0; i < 20_000; i++) {
            double score = (random.nextInt(different) - different / 2) / 4.0;
            String member = Integer.toString(random.nextInt(1000));
            int length = write(member);
            TreeMap<String, Integer> ties = model.computeIfAbsent(score + 0.0, _ -> new TreeMap<>());
            boolean found = scores.find(score, text, length);
            assertThat(found).isEqualTo(ties.containsKey(member));
            if (found) {
                free.visit(scores.ref());
                scores.remove();
                ties.remove(member);
                size--;
            } else {
                scores.add(Element.createExtra(memory.blocks, text, length, Double.doubleToRawLongBits(score)), score);
                assertThat(scores.score()).isEqualTo(score);
                ties.put(member, 1);
                size++;
            }
            if (i % 50 == 0) {
                long before = model.headMap(score + 0.0).values().stream().mapToLong(TreeMap::size).sum();
                scores.seekScore(score, false);
                assertThat(scores.rank()).isEqualTo(before);
                scores.seekScore(score, true);
                assertThat(scores.rank()).isEqualTo(before + ties.size());
                scores.seekMember(score, text, length, false);
                assertThat(scores.rank()).isEqualTo(before + ties.headMap(member).size());
                scores.seekMember(score, text, length, true);
                assertThat(scores.rank()).isEqualTo(before + ties.headMap(member, true).size());
            }
        }
        assertThat(scores.weight()).isEqualTo(size);
        assertThat(scores.assertValid() + size).isEqualTo(memory.liveBlocks());
        scores.release(Integer.MAX_VALUE, free);
    }
}
