package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.SimRng;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Hashes beside a map: packed and big ones, with deadlines and without, while somebody holds a view and while not.
class HashValueModelTest {
    private record Field(String value, long deadline) {
    }

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

    private static CollectionLimits limits(int entries, int bytes) {
        CollectionLimits d = CollectionLimits.DEFAULT;
        return new CollectionLimits(entries, bytes, d.setIntsetEntries(), d.setEntries(), d.setValueBytes(), d.zsetEntries(),
            d.zsetValueBytes(), d.listSize(), d.listCompressDepth(), d.streamNodeBytes(), d.streamNodeEntries(),
            d.hllSparseBytes());
    }

    /// One hash and its model.
    private static final class Run implements AutoCloseable {
        final Random random;
        final SimRng rng;
        final Keyspace ks = new Keyspace(0, 0, Reclaimer.INLINE, BigValueTypes.ALL);
        final HashValue hash = new HashValue();
        final CollectionLimits limits;
        final int fields;
        final boolean big;
        final Map<String, Field> model = new TreeMap<>();
        final Text key = new Text("the-key");
        final long keyHash = KeyHash.hash(key.address, key.length);
        long now = 1_000_000;
        boolean viewed;

        Run(int seed, int fields, CollectionLimits limits) {
            random = new Random(seed);
            rng = new SimRng(seed);
            this.fields = fields;
            this.limits = limits;
            big = limits.hashEntries() == 0;
        }

        HashValue open() {
            return hash.open(ks, key.address, key.length, keyHash, ks.find(key.address, key.length, keyHash), limits, now);
        }

        String field() {
            int i = random.nextInt(fields);
            return i % 3 == 0 ? Integer.toString(i * 1000) : i % 3 == 1 ? "field:" + i : "x".repeat(i % 40) + i;
        }

        String value() {
            return switch (random.nextInt(6)) {
                case 0 -> "";
                case 1 -> Long.toString(random.nextLong());
                case 2 -> Integer.toString(random.nextInt(200));
                case 3 -> "v".repeat(random.nextInt(60));
                case 4 -> big && random.nextInt(20) == 0 ? "w".repeat(5000) : "007";
                default -> "value";
            };
        }

        boolean isOver(Field f) {
            return f.deadline != 0 && f.deadline < now;
        }

        void step() {
            String name = field();
            Field old = model.get(name);
            boolean there = old != null && !isOver(old);
            try (Text field = new Text(name)) {
                switch (random.nextInt(12)) {
                    case 0, 1, 2, 3 -> {
                        String fresh = value();
                        boolean keep = random.nextBoolean();
                        try (Text value = new Text(fresh)) {
                            assertThat(open().put(field.address, field.length, value.address, value.length, keep)).isEqualTo(!there);
                        }
                        model.put(name, new Field(fresh, there && keep ? old.deadline : 0));
                    }
                    case 4, 5 -> {
                        open();
                        assertThat(hash.find(field.address, field.length)).isEqualTo(there);
                        if (there) {
                            hash.remove();
                            model.remove(name);
                            drop();
                        }
                    }
                    case 6, 7, 8 -> {
                        open();
                        assertThat(hash.findStored(field.address, field.length)).isEqualTo(old != null);
                        if (old != null) {
                            long deadline = random.nextInt(4) == 0 ? 0 : now + random.nextInt(300) - 20;
                            hash.deadline(deadline);
                            model.put(name, new Field(old.value, deadline));
                        }
                    }
                    case 9 -> removeOver();
                    case 10 -> now += random.nextInt(30);
                    default -> read(name, field, there, old);
                }
            }
        }

        void drop() {
            if (hash.storedSize() == 0) {
                ks.delete(key.address, key.length, keyHash);
            }
        }

        void removeOver() {
            open();
            long over = model.values().stream().filter(this::isOver).count();
            assertThat(hash.over()).isEqualTo(over);
            assertThat(hash.firstOver()).isEqualTo(over > 0);
            if (over > 0) {
                int n = 1 + random.nextInt((int) over);
                long last = 0;
                Set<String> names = new HashSet<>();
                hash.firstOver();
                for (int i = 0; i < n; i++) {
                    assertThat(hash.deadline()).isGreaterThanOrEqualTo(last);
                    last = hash.deadline();
                    names.add(OffHeap.latin1(hash.fieldAddress(), hash.fieldLength()));
                    hash.nextOver();
                }
                hash.removeOver(n);
                assertThat(names).hasSize(n).allMatch(name -> isOver(model.remove(name)));
                drop();
            }
        }

        void read(String name, Text field, boolean there, Field old) {
            open();
            assertThat(hash.find(field.address, field.length)).isEqualTo(there);
            if (there) {
                assertThat(OffHeap.latin1(hash.fieldAddress(), hash.fieldLength())).isEqualTo(name);
                assertThat(OffHeap.latin1(hash.valueAddress(), hash.valueLength())).isEqualTo(old.value);
                assertThat(hash.deadline()).isEqualTo(old.deadline);
            }
        }

        void check() {
            Map<String, Field> live = new HashMap<>();
            model.forEach((name, field) -> {
                if (!isOver(field)) {
                    live.put(name, field);
                }
            });
            open();
            assertThat(hash.storedSize()).isEqualTo(model.size());
            assertThat(hash.size()).isEqualTo(live.size());
            assertThat(hash.earliestDeadline())
                .isEqualTo(model.values().stream().mapToLong(Field::deadline).filter(d -> d != 0).min().orElse(0));
            Map<String, Field> walked = new HashMap<>();
            for (boolean more = hash.first(); more; more = hash.next()) {
                walked.put(OffHeap.latin1(hash.fieldAddress(), hash.fieldLength()), current(hash));
            }
            assertThat(walked).isEqualTo(live);
            Map<String, Field> scanned = new HashMap<>();
            long cursor = 0;
            do {
                cursor = hash.scan(cursor, 7, h -> scanned.put(OffHeap.latin1(h.fieldAddress(), h.fieldLength()), current(h)));
            } while (cursor != 0);
            assertThat(scanned).isEqualTo(live);
            if (!live.isEmpty()) {
                hash.random(rng);
                assertThat(live).containsKey(OffHeap.latin1(hash.fieldAddress(), hash.fieldLength()));
            }
            ks.assertValid();
        }

        void copyAndCompare() {
            long e = ks.find(key.address, key.length, keyHash);
            try (Text other = new Text("other")) {
                long otherHash = KeyHash.hash(other.address, other.length);
                if (e != 0) {
                    ks.copy(e, ks, other.address, other.length, otherHash, 0);
                    long copy = ks.find(other.address, other.length, otherHash);
                    long source = ks.find(key.address, key.length, keyHash);
                    assertThat(ValueDigest.of(ks, copy, 1)).isEqualTo(ValueDigest.of(ks, source, 1));
                    assertThat(Entry.hasFieldDeadlines(copy)).isEqualTo(Entry.hasFieldDeadlines(source));
                    ks.assertValid();
                    ks.delete(other.address, other.length, otherHash);
                }
            }
        }

        void toggleView() {
            if (viewed) {
                ks.blocks().endView();
            } else {
                ks.blocks().beginView();
            }
            viewed = !viewed;
        }

        static Field current(HashValue h) {
            return new Field(OffHeap.latin1(h.valueAddress(), h.valueLength()), h.deadline());
        }

        @Override
        public void close() {
            if (viewed) {
                toggleView();
            }
            ks.delete(key.address, key.length, keyHash);
            while (ks.reclaim(100)) {
                // All of it.
            }
            ks.assertValid();
            assertThat(ks.fieldVolatileSize()).isZero();
            hash.close();
            key.close();
            ks.release();
        }
    }

    private static int run(int seed, int fields, CollectionLimits limits, int steps, boolean views) {
        try (Run run = new Run(seed, fields, limits)) {
            for (int i = 0; i < steps; i++) {
                run.step();
                if (i % 97 == 0) {
                    run.check();
                }
                if (i % 400 == 0 && !run.viewed) {
                    run.copyAndCompare();
                }
                if (views && i % 350 == 349) {
                    run.toggleView();
                }
            }
            run.check();
        }
        return steps;
    }

    @Test
    void packed_agreesWithAMap() {
        int steps = 0;
        for (int seed = 0; seed < 6; seed++) {
            steps += run(seed, 12 + seed * 20, CollectionLimits.DEFAULT, 4_000, false);
        }
        assertThat(steps).isEqualTo(24_000);
    }

    @Test
    void big_agreesWithAMap() {
        int steps = 0;
        for (int seed = 0; seed < 6; seed++) {
            steps += run(seed, seed % 2 == 0 ? 2_000 : 60, limits(0, 64), 6_000, seed > 2);
        }
        assertThat(steps).isEqualTo(36_000);
    }

    @Test
    void growing_changesItsFormOnTheWay() {
        int steps = 0;
        for (int seed = 0; seed < 20; seed++) {
            steps += run(seed, 40, limits(20 + seed, 50), 1_000, seed % 2 == 0);
        }
        assertThat(steps).isEqualTo(20_000);
    }

    @Test
    void encodings_areThoseOfRedis() {
        try (Run run = new Run(1, 10, CollectionLimits.DEFAULT); Text f = new Text("f"); Text v = new Text("v")) {
            run.open().put(f.address, f.length, v.address, v.length);
            assertThat(Entry.encoding(run.open().entry())).isEqualTo(Encoding.LISTPACK);
            run.open().findStored(f.address, f.length);
            run.hash.deadline(0);
            assertThat(Entry.encoding(run.open().entry())).isEqualTo(Encoding.LISTPACK);
            run.hash.findStored(f.address, f.length);
            run.hash.deadline(5);
            assertThat(Entry.encoding(run.open().entry())).isEqualTo(Encoding.LISTPACK_EX);
            assertThat(run.ks.fieldVolatileSize()).isEqualTo(1);
            try (Text large = new Text("x".repeat(65))) {
                run.open().put(large.address, large.length, v.address, v.length);
            }
            assertThat(Entry.encoding(run.open().entry())).isEqualTo(Encoding.HASHTABLE_EX);
            assertThat(run.ks.fieldVolatileSize()).isEqualTo(1);
        }
        try (Run run = new Run(1, 10, CollectionLimits.DEFAULT); Text f = new Text("f"); Text v = new Text("v")) {
            run.open().expect(513);
            run.hash.put(f.address, f.length, v.address, v.length);
            assertThat(Entry.encoding(run.open().entry())).isEqualTo(Encoding.HASHTABLE);
        }
    }
}
