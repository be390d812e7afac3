package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random operations on trees, side by side with a sorted map or a list.
class TreeModelTest {
    private TestBlocks memory;
    private long root;

    /// Items whose references are numbers; ties are in the order of the numbers.
    private static final class Numbers extends Tree {
        private int sought;

        Numbers(boolean weighted, boolean uniform) {
            super(weighted, uniform);
        }

        boolean seek(long key, int ref) {
            sought = ref;
            return seek(key);
        }

        @Override
        protected int compare(int ref) {
            return Integer.compare(sought, ref);
        }

        @Override
        protected int order(int ref, int other) {
            return Integer.compare(ref, other);
        }
    }

    /// Items that are reached by position alone.
    private static final class Positions extends Tree {
        Positions() {
            super(true, false);
        }

        @Override
        protected int compare(int ref) {
            throw new AssertionError("nothing is sought here");
        }

        @Override
        protected int order(int ref, int other) {
            return -1;
        }
    }

    private record Item(long key, int ref) implements Comparable<Item> {
        @Override
        public int compareTo(Item other) {
            int order = Long.compare(key, other.key);
            return order != 0 ? order : Integer.compare(ref, other.ref);
        }
    }

    @BeforeEach
    void start() {
        memory = new TestBlocks();
        root = OffHeap.allocate(Tree.ROOT_BYTES);
        Tree.init(root);
    }

    @AfterEach
    void leaveNothing() {
        assertThat(memory.liveBlocks()).isZero();
        memory.close();
        OffHeap.free(root, Tree.ROOT_BYTES);
    }

    /// Grows and shrinks through all heights; keys from `keys` values, so that few values mean many ties.
    @ParameterizedTest
    @CsvSource({"1, 1000000, false, 20000", "2, 3, false, 20000", "3, 1, false, 8000", "4, 200, true, 20000", "5, 0, true, 20000"})
    void tree_underRandomOperations_isASortedMap(long seed, int keys, boolean uniform, int largest) {
        SplittableRandom random = new SplittableRandom(seed);
        Numbers tree = new Numbers(false, uniform);
        tree.open(memory.blocks, root);
        TreeMap<Item, Integer> model = new TreeMap<>();
        for (int target : new int[] {10, 0, 100, 30, 3000, 2000, largest, largest / 2, 500, 5, 0}) {
            while (model.size() != target) {
                boolean add = model.size() < target ? random.nextInt(4) != 0 : random.nextInt(4) == 0;
                change(tree, model, random, keys, add);
            }
            check(tree, model, random);
        }
    }

    private static void change(Numbers tree, TreeMap<Item, Integer> model, SplittableRandom random, int keys, boolean add) {
        long key = keys == 0 ? random.nextLong() : random.nextInt(keys) - keys / 2;
        Item item = new Item(key, random.nextInt(1, 1 << 30));
        if (add) {
            boolean found = tree.seek(item.key, item.ref);
            assertThat(found).isEqualTo(model.containsKey(item));
            if (!found) {
                tree.insert(item.key, item.ref);
                model.put(item, 1);
                assertThat(tree.ref()).isEqualTo(item.ref);
            }
        } else if (!model.isEmpty()) {
            Item victim = model.ceilingKey(item);
            victim = victim == null ? model.lastKey() : victim;
            assertThat(tree.seek(victim.key, victim.ref)).isTrue();
            tree.remove();
            model.remove(victim);
            Item behind = model.higherKey(victim);
            assertThat(tree.hasItem()).isEqualTo(behind != null);
            if (behind != null) {
                assertThat(tree.key()).isEqualTo(behind.key);
                assertThat(tree.ref()).isEqualTo(behind.ref);
            }
        }
    }

    private void check(Numbers tree, TreeMap<Item, Integer> model, SplittableRandom random) {
        assertThat(tree.assertValid()).isEqualTo(memory.liveBlocks());
        assertThat(tree.weight()).isEqualTo(model.size());
        List<Item> items = new ArrayList<>(model.keySet());
        int[] visited = {0};
        tree.forEachRef(ref -> assertThat(ref).isEqualTo(items.get(visited[0]++).ref));
        assertThat(visited[0]).isEqualTo(items.size());
        int back = items.size();
        for (boolean more = tree.last(); more; more = tree.previous()) {
            assertThat(tree.ref()).isEqualTo(items.get(--back).ref);
        }
        assertThat(back).isZero();
        for (int i = 0; i < 200 && !items.isEmpty(); i++) {
            int rank = random.nextInt(items.size());
            assertThat(tree.seekRank(rank)).isTrue();
            assertThat(tree.ref()).isEqualTo(items.get(rank).ref);
            assertThat(tree.key()).isEqualTo(items.get(rank).key);
            Item sought = new Item(items.get(rank).key, random.nextInt(1 << 30));
            tree.seek(sought.key, sought.ref);
            assertThat(tree.rank()).isEqualTo(model.headMap(sought).size());
        }
        assertThat(tree.seekRank(items.size())).isFalse();
        assertThat(tree.rank()).isEqualTo(items.size());
        assertThat(tree.nodeBytes()).isBetween(memory.usedBytes() * 6 / 10, memory.usedBytes() * 14 / 10);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100", "3, 100000"})
    void weightedTree_underRandomOperations_isAList(long seed, int weightMax) {
        SplittableRandom random = new SplittableRandom(seed);
        Positions tree = new Positions();
        tree.open(memory.blocks, root);
        List<int[]> model = new ArrayList<>();
        int next = 1;
        for (int target : new int[] {10, 0, 100, 30, 3000, 2000, 8000, 4000, 300, 5, 0}) {
            while (model.size() != target) {
                boolean add = model.size() < target ? random.nextInt(4) != 0 : random.nextInt(4) == 0;
                int i = random.nextInt(add ? model.size() + 1 : Math.max(1, model.size()));
                i = random.nextInt(3) == 0 ? random.nextInt(2) * (add ? model.size() : Math.max(0, model.size() - 1)) : i;
                boolean there = go(tree, model, i, random);
                assertThat(there).isEqualTo(i < model.size());
                if (add) {
                    int weight = random.nextInt(1, weightMax + 1);
                    tree.insert(0, next, weight);
                    model.add(i, new int[] {next++, weight});
                } else if (there) {
                    if (random.nextBoolean()) {
                        model.get(i)[1] = random.nextInt(1, weightMax + 1);
                        tree.replace(0, tree.ref(), model.get(i)[1]);
                    } else {
                        tree.remove();
                        model.remove(i);
                    }
                }
            }
            assertThat(tree.assertValid()).isEqualTo(memory.liveBlocks());
            long rank = 0;
            int i = 0;
            for (boolean more = tree.first(); more; more = tree.next()) {
                assertThat(tree.ref()).isEqualTo(model.get(i)[0]);
                assertThat(tree.itemWeight()).isEqualTo(model.get(i)[1]);
                assertThat(tree.rank()).isEqualTo(rank);
                rank += model.get(i++)[1];
            }
            assertThat(tree.weight()).isEqualTo(rank);
        }
    }

    /// Goes to item `i` over its rank.
    private static boolean go(Positions tree, List<int[]> model, int i, SplittableRandom random) {
        long rank = 0;
        for (int j = 0; j < i; j++) {
            rank += model.get(j)[1];
        }
        int inside = i < model.size() ? random.nextInt(model.get(i)[1]) : 0;
        boolean there = tree.seekRank(rank + inside);
        if (there) {
            assertThat(tree.offset()).isEqualTo(inside);
            assertThat(tree.ref()).isEqualTo(model.get(i)[0]);
        }
        return there;
    }

    /// What a view shows stays, whatever is done to the tree, and nothing of it is freed before its end.
    @Test
    void tree_changedUnderAView_leavesTheOldTree() {
        SplittableRandom random = new SplittableRandom(7);
        Numbers tree = new Numbers(false, false);
        tree.open(memory.blocks, root);
        TreeMap<Item, Integer> model = new TreeMap<>();
        long copy = OffHeap.allocate(Tree.ROOT_BYTES);
        Numbers old = new Numbers(false, false);
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 1000; i++) {
                change(tree, model, random, 500, round % 4 != 3 && random.nextInt(4) != 0);
            }
            List<Item> before = new ArrayList<>(model.keySet());
            OffHeap.copy(root, copy, Tree.ROOT_BYTES);
            memory.blocks.beginView();
            for (int i = 0; i < 1500; i++) {
                change(tree, model, random, 500, round % 3 != 1 && random.nextBoolean());
            }
            assertThat(tree.assertValid()).isEqualTo(memory.liveBlocks());
            old.open(memory.blocks, copy);
            assertThat(refs(old)).isEqualTo(before.stream().map(Item::ref).toList());
            memory.blocks.endView();
            memory.reclaim();
            check(tree, model, random);
        }
        while (!tree.release(10, null)) {
            assertThat(tree.isEmpty()).isFalse();
        }
        OffHeap.free(copy, Tree.ROOT_BYTES);
    }

    private static List<Integer> refs(Tree tree) {
        List<Integer> refs = new ArrayList<>();
        tree.forEachRef(refs::add);
        return refs;
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "false, 30", "false, 84", "false, 85", "false, 20000", "true, 20000"})
    void release_inSlices_visitsEveryItemOnceAndFreesAllNodes(boolean weighted, int items) {
        Tree tree = weighted ? new Positions() : new Numbers(false, false);
        tree.open(memory.blocks, root);
        for (int i = 1; i <= items; i++) {
            tree.end();
            tree.insert(i, i, weighted ? i % 7 + 1 : 1);
        }
        List<Integer> visited = new ArrayList<>();
        int slices = 0;
        boolean done;
        do {
            // Between slices the root may move and another flyweight may go on.
            Tree other = weighted ? new Positions() : new Numbers(false, false);
            other.open(memory.blocks, root);
            int before = visited.size();
            done = other.release(200, visited::add);
            slices++;
            assertThat(visited.size() - before).isLessThan(200 + 84);
        } while (!done);
        assertThat(visited).hasSize(items).isSorted();
        assertThat(slices).isGreaterThanOrEqualTo(items / 300);
    }

    @Test
    void release_underAView_leavesTheOldTree() {
        Numbers tree = new Numbers(false, false);
        tree.open(memory.blocks, root);
        fill(tree, 5000, true);
        long copy = OffHeap.allocate(Tree.ROOT_BYTES);
        OffHeap.copy(root, copy, Tree.ROOT_BYTES);
        memory.blocks.beginView();
        while (!tree.release(500, null)) {
            assertThat(tree.isEmpty()).isFalse();
        }
        Numbers old = new Numbers(false, false);
        old.open(memory.blocks, copy);
        assertThat(refs(old)).hasSize(5000).isSorted();
        memory.blocks.endView();
        memory.reclaim();
        OffHeap.free(copy, Tree.ROOT_BYTES);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void append_atEitherEnd_leavesFullNodes(boolean atEnd) {
        Numbers tree = new Numbers(false, false);
        tree.open(memory.blocks, root);
        fill(tree, 84 * 1000, atEnd);
        assertThat(tree.assertValid()).isEqualTo(memory.liveBlocks());
        assertThat(memory.liveBlocks()).isLessThan(1000 * 105 / 100);
        // As a queue: what comes in at one end goes out at the other.
        for (int i = 0; i < 84 * 3000; i++) {
            if (atEnd) {
                tree.end();
                tree.insert(84 * 1000 + i + 1, 84 * 1000 + i + 1);
                tree.first();
            } else {
                tree.first();
                tree.insert(-i - 1, i + 1);
                tree.last();
            }
            tree.remove();
        }
        assertThat(tree.assertValid()).isEqualTo(memory.liveBlocks());
        assertThat(memory.liveBlocks()).isLessThan(1000 * 105 / 100);
        while (tree.first()) {
            tree.remove();
        }
        assertThat(tree.isEmpty()).isTrue();
    }

    private static void fill(Numbers tree, int items, boolean atEnd) {
        for (int i = 1; i <= items; i++) {
            if (atEnd) {
                tree.end();
                tree.insert(i, i);
            } else {
                tree.first();
                tree.insert(items - i + 1, items - i + 1);
            }
        }
    }

    @Test
    void forEachNode_ofAnyTree_visitsEachOnce() {
        Numbers tree = new Numbers(false, false);
        tree.open(memory.blocks, root);
        for (int items = 0; items < 5000; items = 3 * items + 1) {
            while (tree.weight() < items) {
                tree.end();
                tree.insert(tree.weight(), 1);
            }
            List<Integer> nodes = new ArrayList<>();
            tree.forEachNode(nodes::add);
            assertThat(nodes).doesNotHaveDuplicates().hasSize((int) memory.liveBlocks());
        }
        assertThat(tree.release(Integer.MAX_VALUE, null)).isTrue();
    }

    @Test
    void keys_ofDoublesAndUnsigned_areInTheirOrder() {
        double[] numbers = {Double.NEGATIVE_INFINITY, -Double.MAX_VALUE, -1.5, -1, -Double.MIN_VALUE, 0, Double.MIN_VALUE, 1, 1.5, 1e300,
            Double.POSITIVE_INFINITY};
        long[] keys = Arrays.stream(numbers).mapToLong(Tree::ofDouble).toArray();
        assertThat(keys).isSorted().doesNotHaveDuplicates();
        assertThat(Arrays.stream(keys).mapToDouble(Tree::toDouble).toArray()).isEqualTo(numbers);
        assertThat(Tree.ofDouble(-0.0)).isEqualTo(Tree.ofDouble(0.0));
        assertThat(Tree.ofUnsigned(-1)).isGreaterThan(Tree.ofUnsigned(Long.MAX_VALUE)).isGreaterThan(Tree.ofUnsigned(0));
        assertThat(Tree.ofUnsigned(Tree.ofUnsigned(77))).isEqualTo(77);
    }
}
