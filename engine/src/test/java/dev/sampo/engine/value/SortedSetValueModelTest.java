package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Sorted sets beside a map and a sorted list: packed and big ones, while somebody holds a view and while not.
class SortedSetValueModelTest {
    private static final double[] SCORES = {0, 1, 1, 2, 2.5, -3, 1e17, -1e300, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, 0.1, 4611686018427387904.0, -4611686018427387905.0, Double.MIN_VALUE, 12345};

    /// Bytes off heap for the time of a call.
    private static final class Text implements AutoCloseable {
        final long address;
        final int length;

        Text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            length = bytes.length;
            address = OffHeap.allocate(length);
            OffHeap.copyFrom(bytes, 0, address, length);
        }

        @Override
        public void close() {
            OffHeap.free(address, length);
        }
    }

    private static CollectionLimits limits(int entries) {
        CollectionLimits d = CollectionLimits.DEFAULT;
        return new CollectionLimits(d.hashEntries(), d.hashValueBytes(), d.setIntsetEntries(), d.setEntries(), d.setValueBytes(),
            entries, d.zsetValueBytes(), d.listSize(), d.listCompressDepth(), d.streamNodeBytes(), d.streamNodeEntries(),
            d.hllSparseBytes());
    }

    /// One set and its model.
    private static final class Run implements AutoCloseable {
        final Random random;
        final Keyspace ks = new Keyspace(0, 0, Reclaimer.INLINE, BigValueTypes.ALL);
        final SortedSetValue set = new SortedSetValue();
        final CollectionLimits limits;
        final int members;
        final Map<String, Double> model = new HashMap<>();
        final Text key = new Text("the-key");
        final long keyHash = KeyHash.hash(key.address, key.length);

        Run(int seed, int members, CollectionLimits limits) {
            random = new Random(seed);
            this.members = members;
            this.limits = limits;
        }

        long entry() {
            return ks.find(key.address, key.length, keyHash);
        }

        SortedSetValue open() {
            long e = entry();
            return e == 0 ? set.create(ks, key.address, key.length, keyHash, 1, 0)
                : set.open(ks, key.address, key.length, keyHash, e);
        }

        String member() {
            int i = random.nextInt(members);
            return i % 3 == 0 ? Integer.toString(i) : i % 20 == 1 && limits.zsetEntries() == 0 ? "x".repeat(5000) + i
                : "member-" + i;
        }

        double score() {
            return random.nextBoolean() ? SCORES[random.nextInt(SCORES.length)] : random.nextInt(50);
        }

        void put() {
            String member = member();
            double score = score();
            try (Text text = new Text(member)) {
                SortedSetValue s = open();
                boolean found = s.find(text.address, text.length);
                assertThat(found).isEqualTo(model.containsKey(member));
                if (!found) {
                    s.insert(text.address, text.length, score, limits);
                } else {
                    assertThat(s.score()).isEqualTo(model.get(member));
                    s.rescore(text.address, text.length, score);
                }
                model.put(member, score);
                assertThat(s.size()).isEqualTo(model.size());
            }
        }

        void remove() {
            String member = member();
            try (Text text = new Text(member)) {
                SortedSetValue s = open();
                if (s.find(text.address, text.length)) {
                    s.remove();
                    assertThat(model.remove(member)).isNotNull();
                }
                assertThat(s.size()).isEqualTo(model.size());
                deleteIfEmpty();
            }
        }

        void deleteIfEmpty() {
            if (model.isEmpty() && entry() != 0) {
                ks.delete(key.address, key.length, keyHash);
            }
        }

        List<String> sorted() {
            List<String> sorted = new ArrayList<>(model.keySet());
            sorted.sort(Comparator.comparing((String member) -> model.get(member)).thenComparing(Comparator.naturalOrder()));
            return sorted;
        }

        void removeRange() {
            if (model.isEmpty()) {
                return;
            }
            List<String> sorted = sorted();
            int from = random.nextInt(sorted.size());
            int to = Math.min(sorted.size(), from + 1 + random.nextInt(1 + sorted.size() / 8));
            SortedSetValue s = open();
            s.removeRange(from, to);
            sorted.subList(from, to).forEach(model::remove);
            assertThat(s.size()).isEqualTo(model.size());
            deleteIfEmpty();
        }

        String current() {
            return OffHeap.latin1(set.memberAddress(), set.memberLength());
        }

        /// Everything there is to read.
        void check() {
            if (model.isEmpty()) {
                assertThat(entry()).isZero();
                return;
            }
            List<String> sorted = sorted();
            SortedSetValue s = open();
            int from = random.nextInt(sorted.size());
            assertThat(s.seek(from)).isTrue();
            int i = from;
            do {
                assertThat(current()).isEqualTo(sorted.get(i));
                assertThat(s.score()).isEqualTo(model.get(sorted.get(i)));
                i++;
            } while (i - from < 20 && s.next());
            assertThat(i).isEqualTo(Math.min(sorted.size(), from + 20));
            s.seek(from);
            for (i = from; i > 0 && i > from - 20; ) {
                assertThat(s.previous()).isTrue();
                assertThat(current()).isEqualTo(sorted.get(--i));
            }
            assertThat(s.seek(sorted.size())).isFalse();
            checkRank(sorted.get(from), from);
            checkCounts(sorted);
        }

        void checkRank(String member, int rank) {
            try (Text text = new Text(member)) {
                assertThat(open().find(text.address, text.length)).isTrue();
                assertThat(set.rank()).isEqualTo(rank);
            }
        }

        void checkCounts(List<String> sorted) {
            double bound = score();
            SortedSetValue s = open();
            assertThat(s.countBelow(bound, false)).isEqualTo(model.values().stream().filter(score -> score < bound).count());
            assertThat(s.countBelow(bound, true)).isEqualTo(model.values().stream().filter(score -> score <= bound).count());
        }

        void checkScan() {
            if (model.isEmpty()) {
                return;
            }
            Set<String> seen = new HashSet<>();
            long cursor = 0;
            do {
                cursor = open().scan(cursor, 7, each -> assertThat(seen.add(current())).isTrue());
            } while (cursor != 0);
            assertThat(seen).isEqualTo(model.keySet());
        }

        @Override
        public void close() {
            set.close();
            ks.release();
            key.close();
        }
    }

    @Test
    void randomChanges_leaveWhatTheModelHas() {
        int steps = 0;
        for (int entries : new int[] {128, 20, 0}) {
            for (int seed = 0; seed < 2; seed++) {
                try (Run run = new Run(seed, entries == 0 ? 1_000 : 150, limits(entries))) {
                    for (int i = 0; i < 4_000; i++) {
                        step(run, i);
                        steps++;
                    }
                    run.checkScan();
                    while (run.ks.reclaim(100)) {
                        run.ks.assertValid();
                    }
                    run.ks.assertValid();
                }
            }
        }
        assertThat(steps).isEqualTo(24_000);
    }

    private static void step(Run run, int i) {
        switch (run.random.nextInt(10)) {
            case 0, 1 -> run.remove();
            case 2 -> {
                if (run.random.nextInt(8) == 0) {
                    run.removeRange();
                }
            }
            case 3 -> run.check();
            default -> run.put();
        }
        if (i % 500 == 0) {
            run.ks.assertValid();
            run.checkScan();
        }
        if (i % 700 == 350) {
            run.ks.blocks().beginView();
        } else if (i % 700 == 0 && run.ks.blocks().isViewed()) {
            run.ks.blocks().endView();
        }
    }

    @Test
    void ends_ofAllFormsMeet() {
        try (Run run = new Run(1, 400, limits(128))) {
            while (run.model.size() < 128) {
                run.put();
            }
            assertThat(Entry.encoding(run.entry())).isEqualTo(Encoding.LISTPACK);
            while (run.model.size() < 129) {
                run.put();
            }
            assertThat(Entry.encoding(run.entry())).isEqualTo(Encoding.SKIPLIST);
            assertThat(Entry.type(run.entry())).isEqualTo(Type.ZSET);
            run.check();
            long packedDigest = digestPacked(run);
            assertThat(ValueDigest.of(run.ks, run.entry(), 5)).isEqualTo(packedDigest);
            run.ks.assertValid();
        }
    }

    /// The digest of the same set in its other form.
    private static long digestPacked(Run run) {
        try (Run other = new Run(2, 1, limits(1000))) {
            for (var each : run.model.entrySet()) {
                try (Text text = new Text(each.getKey())) {
                    SortedSetValue set = other.open();
                    assertThat(set.find(text.address, text.length)).isFalse();
                    set.insert(text.address, text.length, each.getValue(), other.limits);
                }
            }
            assertThat(Entry.encoding(other.entry())).isEqualTo(Encoding.LISTPACK);
            return ValueDigest.of(other.ks, other.entry(), 5);
        }
    }

    /// A bound between members of the same score.
    @Test
    void boundsOfMembers_areExact() {
        for (int entries : new int[] {128, 0}) {
            try (Run run = new Run(3, 1, limits(entries))) {
                for (String member : List.of("a", "b", "ba", "c", "1", "12", "")) {
                    try (Text text = new Text(member)) {
                        SortedSetValue set = run.open();
                        set.find(text.address, text.length);
                        set.insert(text.address, text.length, 7, run.limits);
                    }
                    run.model.put(member, 7.0);
                }
                for (String bound : List.of("", "0", "1", "11", "12", "2", "a", "aa", "b", "ba", "bb", "c", "d")) {
                    try (Text text = new Text(bound)) {
                        SortedSetValue set = run.open();
                        assertThat(set.countBelow(text.address, text.length, false))
                            .isEqualTo(run.model.keySet().stream().filter(member -> member.compareTo(bound) < 0).count());
                        assertThat(set.countBelow(text.address, text.length, true))
                            .isEqualTo(run.model.keySet().stream().filter(member -> member.compareTo(bound) <= 0).count());
                    }
                }
            }
        }
    }
}
