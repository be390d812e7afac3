package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Settings;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.EntryVisitor;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.ValueDigest;
import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Images of keyspaces: whatever commands do while one is taken, it shows what there was when it began.
class KeyspaceImageTest {
    /// Small, so that most collections are big values.
    private static final CollectionLimits SMALL = new CollectionLimits(3, 20, 3, 3, 20, 3, 20, 3, 0, 100, 3, 100);

    /// Takes an image: what is not big is looked at at once, what is big at the end.
    private static final class Recorder implements EntryVisitor {
        final Keyspace ks;
        final Map<String, String> entries = new TreeMap<>();
        private final List<Long> copies = new ArrayList<>();
        private final List<Integer> lengths = new ArrayList<>();

        Recorder(Keyspace ks) {
            this.ks = ks;
        }

        @Override
        public void visit(long e) {
            if (Encoding.isBig(Entry.encoding(e)) && Entry.type(e) != 0) {
                int bytes = Entry.bytesInside(e);
                long copy = OffHeap.allocate(bytes);
                OffHeap.copy(e, copy, bytes);
                copies.add(copy);
                lengths.add(bytes);
                assertThat(entries.put(key(e), "big")).isNull();
            } else {
                assertThat(entries.put(key(e), describe(ks, e))).isNull();
            }
        }

        void finish() {
            for (int i = 0; i < copies.size(); i++) {
                entries.put(key(copies.get(i)), describe(ks, copies.get(i)));
                OffHeap.free(copies.get(i), lengths.get(i));
            }
            copies.clear();
        }
    }

    private static String key(long e) {
        return OffHeap.latin1(Entry.keyAddress(e), Entry.keyLength(e));
    }

    private static String describe(Keyspace ks, long e) {
        return Entry.type(e) + " " + Entry.deadline(e) + " " + ValueDigest.of(ks, e, 1);
    }

    private static Map<String, String> contents(Keyspace ks) {
        Map<String, String> entries = new TreeMap<>();
        long cursor = 0;
        do {
            cursor = ks.scan(cursor, 1000, e -> entries.put(key(e), describe(ks, e)));
        } while (cursor != 0);
        return entries;
    }

    @Test
    void image_showsWhatThereWas_whateverCommandsDoMeanwhile() {
        int images = 0;
        int kept = 0;
        int changed = 0;
        for (int seed = 0; seed < 16; seed++) {
            Random random = new Random(seed);
            var requests = new RandomRequests(1000 + seed);
            try (var engine = new EngineFixture()) {
                engine.settings(seed % 2 == 0 ? Settings.DEFAULT : Settings.DEFAULT.withCollections(SMALL));
                for (int round = 0; round < 12; round++) {
                    for (int i = random.nextInt(400); i > 0; i--) {
                        engine.call(requests.next());
                    }
                    Keyspace ks = engine.shard(0).keyspace(0);
                    Map<String, String> before = contents(ks);
                    var image = new Recorder(ks);
                    ks.beginImage(image);
                    int pace = random.nextInt(20);
                    boolean whole = false;
                    while (!whole) {
                        for (int i = random.nextInt(1 + pace); i > 0; i--) {
                            engine.call(requests.next());
                            engine.clock().advanceMillis(1);
                            if (i % 8 == 0) {
                                engine.tick(20);
                            }
                        }
                        whole = ks.imageStep(1 + random.nextInt(3));
                    }
                    for (int i = random.nextInt(100); i > 0; i--) {
                        engine.call(requests.next());
                    }
                    image.finish();
                    ks.endImage();
                    assertThat(image.entries).isEqualTo(before);
                    images++;
                    kept += before.size();
                    changed += ks != engine.shard(0).keyspace(0) || !contents(ks).equals(before) ? 1 : 0;
                    engine.tick(10);
                }
                assertThat(engine.faults()).isEmpty();
            }
        }
        assertThat(images).isEqualTo(192);
        assertThat(kept).isGreaterThan(1_500);
        assertThat(changed).isGreaterThan(100);
    }

    @Test
    void abandonedImage_isFinishedWithoutItsReader_andThenThereCanBeAnother() {
        try (var engine = new EngineFixture()) {
            for (int i = 0; i < 1_000; i++) {
                engine.run("SET key" + i + " " + i);
            }
            Keyspace ks = engine.shard(0).keyspace(0);
            var image = new Recorder(ks);
            ks.beginImage(image);
            assertThatThrownBy(() -> ks.beginImage(image)).isInstanceOf(IllegalStateException.class);
            assertThat(ks.imageStep(100)).isFalse();
            ks.endImage();
            int seen = image.entries.size();
            assertThat(seen).isBetween(90, 300);
            engine.run("DEL key1 key2 key3");
            while (!ks.imageStep(100)) {
                assertThat(ks.hasImage()).isTrue();
            }
            assertThat(image.entries).hasSize(seen);
            var second = new Recorder(ks);
            ks.beginImage(second);
            while (!ks.imageStep(100)) {
                assertThat(ks.hasImage()).isTrue();
            }
            ks.endImage();
            assertThat(second.entries).hasSize(997);
        }
    }

    @Test
    void flushedKeyspace_staysUntilItsImageIsRead() {
        try (var engine = new EngineFixture()) {
            engine.run("SET a 1");
            engine.run("SET b 2");
            Keyspace ks = engine.shard(0).keyspace(0);
            Map<String, String> before = contents(ks);
            var image = new Recorder(ks);
            ks.beginImage(image);
            engine.run("FLUSHALL");
            engine.run("SET a 3");
            engine.tick(10);
            while (!ks.imageStep(1)) {
                assertThat(ks.hasImage()).isTrue();
            }
            ks.endImage();
            assertThat(image.entries).isEqualTo(before);
            engine.tick(10);
        }
    }
}
