package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.TestRng;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets of all forms beside java.util's.
class SetValueModelTest {
    private static final int TEXT_BYTES = 6000;
    private static final int KEYS = 4;
    private static final CollectionLimits SMALL = new CollectionLimits(512, 64, 20, 10, 8, 128, 64, -2, 0, 4096, 100, 3000);

    private final long text = OffHeap.allocate(TEXT_BYTES);
    private final long keys = OffHeap.allocate(KEYS);
    private Keyspace keyspace;
    private SetValue set;

    @BeforeEach
    void start() {
        keyspace = new Keyspace(0, 0, Reclaimer.INLINE, BigValueTypes.ALL);
        set = new SetValue();
        for (int i = 0; i < KEYS; i++) {
            OffHeap.putByte(keys + i, (byte) ('a' + i));
        }
    }

    @AfterEach
    void leaveNothing() {
        for (int i = 0; i < KEYS; i++) {
            keyspace.delete(keys + i, 1, hash(i));
        }
        while (keyspace.hasGarbage()) {
            keyspace.reclaim(1000);
        }
        keyspace.assertValid();
        assertThat(keyspace.size()).isZero();
        keyspace.release();
        set.close();
        OffHeap.free(text, TEXT_BYTES);
        OffHeap.free(keys, KEYS);
    }

    private long hash(int key) {
        return KeyHash.hash(keys + key, 1);
    }

    private SetValue open(int key, CollectionLimits limits) {
        return set.open(keyspace, keys + key, 1, hash(key), keyspace.find(keys + key, 1, hash(key)), limits);
    }

    private int write(String member) {
        byte[] bytes = member.getBytes(StandardCharsets.ISO_8859_1);
        OffHeap.copyFrom(bytes, 0, text, bytes.length);
        return bytes.length;
    }

    private boolean add(String member) {
        int length = write(member);
        return set.add(text, length);
    }

    private boolean remove(int key, String member) {
        int length = write(member);
        boolean removed = set.remove(text, length);
        if (removed && set.isEmpty()) {
            keyspace.delete(keys + key, 1, hash(key));
        }
        return removed;
    }

    private static Set<String> members(SetValue set) {
        Set<String> members = new HashSet<>();
        for (boolean more = set.first(); more; more = set.next()) {
            assertThat(members.add(OffHeap.latin1(set.memberAddress(), set.memberLength()))).isTrue();
        }
        return members;
    }

    private static String member(SplittableRandom random, int mix) {
        int kind = random.nextInt(100);
        if (kind < mix) {
            return kind == 0 ? "x".repeat(random.nextInt(5000)) : "m" + random.nextInt(60);
        }
        return kind == 99 ? Long.toString(random.nextLong()) : Integer.toString(random.nextInt(100) - 20);
    }

    /// Several sets that grow, shrink, go, move and are copied.
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 50, 100})
    void sets_underRandomOperations_areSets(int mix) {
        SplittableRandom random = new SplittableRandom(mix);
        Map<Integer, Set<String>> model = new HashMap<>();
        Set<Integer> encodings = new HashSet<>();
        for (int i = 0; i < 40_000; i++) {
            int key = random.nextInt(KEYS);
            CollectionLimits limits = key % 2 == 0 ? SMALL : CollectionLimits.DEFAULT;
            Set<String> expected = model.computeIfAbsent(key, _ -> new HashSet<>());
            String member = member(random, mix);
            open(key, limits);
            switch (random.nextInt(i % 4000 < 2500 ? 10 : 25)) {
                case 0, 1, 2, 3, 4, 5 -> {
                    assertThat(add(member)).isEqualTo(expected.add(member));
                    int length = write(member);
                    assertThat(set.contains(text, length)).isTrue();
                }
                case 6 -> {
                    int length = write(member);
                    assertThat(set.contains(text, length)).isEqualTo(expected.contains(member));
                }
                case 7 -> copy(key, random.nextInt(KEYS), model);
                case 8 -> {
                    if (random.nextInt(40) == 0) {
                        keyspace.delete(keys + key, 1, hash(key));
                        expected.clear();
                    }
                }
                default -> assertThat(remove(key, member)).isEqualTo(expected.remove(member));
            }
            long e = keyspace.find(keys + key, 1, hash(key));
            assertThat(e != 0).isEqualTo(!model.get(key).isEmpty());
            if (e != 0) {
                encodings.add(Entry.encoding(e));
                assertThat(open(key, limits).size()).isEqualTo(model.get(key).size());
            }
            if (i % 500 == 0) {
                keyspace.assertValid();
                for (int each = 0; each < KEYS; each++) {
                    assertThat(members(open(each, limits))).isEqualTo(model.getOrDefault(each, Set.of()));
                }
            }
        }
        assertThat(encodings).contains(Encoding.HASHTABLE).contains(mix == 100 ? Encoding.LISTPACK : Encoding.INTSET);
    }

    private void copy(int from, int to, Map<Integer, Set<String>> model) {
        long e = keyspace.find(keys + from, 1, hash(from));
        if (e != 0 && from != to) {
            keyspace.copy(e, keyspace, keys + to, 1, hash(to), 0);
            model.put(to, new HashSet<>(model.get(from)));
        }
    }

    private int encoding(int key) {
        return Entry.encoding(keyspace.find(keys + key, 1, hash(key)));
    }

    @Test
    void form_followsTheSettings() {
        open(0, CollectionLimits.DEFAULT);
        for (int i = 0; i < 512; i++) {
            add(Integer.toString(i));
        }
        assertThat(encoding(0)).isEqualTo(Encoding.INTSET);
        add("512");
        assertThat(encoding(0)).isEqualTo(Encoding.HASHTABLE);

        open(1, CollectionLimits.DEFAULT);
        for (int i = 0; i < 127; i++) {
            add(Integer.toString(i));
        }
        add("x");
        assertThat(encoding(1)).isEqualTo(Encoding.LISTPACK);
        assertThat(set.size()).isEqualTo(128);
        add("y");
        assertThat(encoding(1)).isEqualTo(Encoding.HASHTABLE);

        open(2, CollectionLimits.DEFAULT);
        add("x".repeat(64));
        assertThat(encoding(2)).isEqualTo(Encoding.LISTPACK);
        add("x".repeat(65));
        assertThat(encoding(2)).isEqualTo(Encoding.HASHTABLE);

        open(3, CollectionLimits.DEFAULT).expect(129);
        add("x");
        assertThat(encoding(3)).isEqualTo(Encoding.HASHTABLE);
        keyspace.delete(keys + 3, 1, hash(3));
        open(3, CollectionLimits.DEFAULT).expect(129);
        add("1");
        assertThat(encoding(3)).isEqualTo(Encoding.INTSET);
        set.expect(513);
        assertThat(encoding(3)).isEqualTo(Encoding.HASHTABLE);
        assertThat(members(set)).containsExactly("1");

        // 128 integers are too many for a listpack with one more.
        keyspace.delete(keys, 1, hash(0));
        open(0, CollectionLimits.DEFAULT);
        for (int i = 0; i < 128; i++) {
            add(Integer.toString(i));
        }
        assertThat(encoding(0)).isEqualTo(Encoding.INTSET);
        add("x");
        assertThat(encoding(0)).isEqualTo(Encoding.HASHTABLE);
        assertThat(set.size()).isEqualTo(129);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "long-member-"})
    void random_ofEveryForm_reachesAllMembersEvenly(String prefix) {
        open(0, CollectionLimits.DEFAULT);
        int members = prefix.length() > 1 ? 200 : 40;
        for (int i = 0; i < members; i++) {
            add(prefix + i);
        }
        TestRng rng = new TestRng(3);
        Map<String, Integer> drawn = new HashMap<>();
        for (int i = 0; i < 400 * members; i++) {
            set.random(rng);
            drawn.merge(OffHeap.latin1(set.memberAddress(), set.memberLength()), 1, Integer::sum);
        }
        assertThat(drawn).hasSize(members);
        assertThat(drawn.values()).allMatch(n -> n > 280 && n < 540);
    }

    /// A view of the blocks shows a set as it was; the flyweight reads it at a copy of the entry.
    @Test
    void change_underAView_leavesTheOldSet() {
        open(0, CollectionLimits.DEFAULT);
        for (int i = 0; i < 3000; i++) {
            add("member" + i);
        }
        long e = set.entry();
        Set<String> before = members(set);
        long root = OffHeap.allocate(Tree.ROOT_BYTES);
        OffHeap.copy(Entry.valueAddress(e), root, Tree.ROOT_BYTES);
        keyspace.blocks().beginView();
        open(0, CollectionLimits.DEFAULT);
        for (int i = 0; i < 3000; i += 2) {
            remove(0, "member" + i);
            add("other" + i);
        }
        MemberTree old = new MemberTree();
        old.open(keyspace.blocks(), root);
        Set<String> seen = new HashSet<>();
        old.forEachRef(ref -> {
            long element = keyspace.blocks().address(ref);
            seen.add(OffHeap.latin1(Element.memberAddress(element), Element.memberLength(element)));
        });
        assertThat(seen).isEqualTo(before);
        keyspace.blocks().endView();
        while (keyspace.hasGarbage()) {
            keyspace.reclaim(100);
        }
        keyspace.assertValid();
        assertThat(open(0, CollectionLimits.DEFAULT).size()).isEqualTo(3000);
        OffHeap.free(root, Tree.ROOT_BYTES);
    }

    @Test
    void scan_ofEveryForm_visitsAll() {
        for (int members : new int[] {10, 100, 5000}) {
            keyspace.delete(keys, 1, hash(0));
            open(0, CollectionLimits.DEFAULT);
            for (int i = 0; i < members; i++) {
                add("m" + i);
            }
            List<String> visited = new ArrayList<>();
            long cursor = 0;
            do {
                long end = set.scanEnd(cursor, 7);
                cursor = set.scan(cursor, 7, (address, length) -> visited.add(OffHeap.latin1(address, length)));
                assertThat(cursor).isEqualTo(end);
            } while (cursor != 0);
            assertThat(visited).hasSize(members).doesNotHaveDuplicates();
        }
        assertThat(Entry.type(set.entry())).isEqualTo(Type.SET);
    }

    @Test
    void largeSet_thatIsDeleted_isFreedInSlices() {
        open(0, CollectionLimits.DEFAULT);
        for (int i = 0; i < 30_000; i++) {
            add("member" + i);
        }
        keyspace.delete(keys, 1, hash(0));
        keyspace.assertValid();
        int slices = 0;
        while (keyspace.hasGarbage()) {
            keyspace.reclaim(1000);
            slices++;
        }
        assertThat(slices).isBetween(20, 40);
    }
}
