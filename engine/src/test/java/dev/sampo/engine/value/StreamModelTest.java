package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture.Request;
import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random operations on a stream and its groups beside maps; views meanwhile go on showing what was there when they began.
class StreamModelTest {
    private static final String[] VALUES = {"", "0", "127", "128", "-1", "70000", "value", "x".repeat(200), "y".repeat(3000)};

    /// How an entry is pending.
    private record Pending(String consumer, long time, long deliveries) {
    }

    private static final class Group {
        long[] last;
        long read;
        final TreeMap<String, Long> consumers = new TreeMap<>();
        final TreeMap<Long, Pending> pending = new TreeMap<>();
    }

    private TestBlocks memory;
    private long root;
    private final StreamValue stream = new StreamValue();
    private final StreamRange range = new StreamRange();

    // ---- the model; IDs are single numbers, milliseconds times 16 and a sequence number
    private final TreeMap<Long, List<String>> entries = new TreeMap<>();
    private final TreeMap<String, Group> groups = new TreeMap<>();
    private long lastId;

    @BeforeEach
    void setUp() {
        memory = new TestBlocks();
        root = OffHeap.allocate(StreamValue.ROOT_BYTES);
        OffHeap.fill(root, StreamValue.ROOT_BYTES, (byte) 0);
    }

    @AfterEach
    void tearDown() {
        if (memory.blocks.isViewed()) {
            memory.blocks.endView();
        }
        // What is freed while a view is held is still shown by it.
        memory.blocks.beginView();
        long viewed = OffHeap.allocate(StreamValue.ROOT_BYTES);
        OffHeap.copy(root, viewed, StreamValue.ROOT_BYTES);
        String expected = describe(memory.blocks, viewed);
        int slices = 0;
        while (!StreamBlocks.STREAMS.release(memory.blocks, Type.STREAM, root, 50)) {
            slices++;
        }
        assertThat(slices).isLessThan(100_000);
        assertThat(describe(memory.blocks, viewed)).isEqualTo(expected);
        OffHeap.free(viewed, StreamValue.ROOT_BYTES);
        memory.blocks.endView();
        memory.reclaim();
        assertThat(memory.liveBlocks()).isZero();
        memory.close();
        OffHeap.free(root, StreamValue.ROOT_BYTES);
    }

    private static long ms(long id) {
        return id >>> 4;
    }

    private static long seq(long id) {
        return id & 15;
    }

    private void open() {
        stream.openRoot(memory.blocks, root);
        stream.changeRoot();
    }

    private boolean group(String name) {
        try (var request = new Request(name.getBytes(StandardCharsets.ISO_8859_1))) {
            return stream.groups().find(request.args.address(0), request.args.length(0));
        }
    }

    private boolean consumer(String name) {
        try (var request = new Request(name.getBytes(StandardCharsets.ISO_8859_1))) {
            return stream.groups().findConsumer(request.args.address(0), request.args.length(0));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 0, 4000", "2, 100, 4096, 6000", "3, 0, 300, 4000", "4, 2, 0, 4000", "5, 100, 0, 6000"})
    void stream_underRandomOperations_isAsTheModel(long seed, int nodeEntries, int nodeBytes, int operations) {
        var random = new SplittableRandom(seed);
        long viewed = 0;
        String expected = null;
        int views = 0;
        for (int i = 0; i < operations; i++) {
            open();
            operate(random, nodeEntries, nodeBytes);
            if (random.nextInt(60) == 0 && expected == null) {
                memory.blocks.beginView();
                viewed = OffHeap.allocate(StreamValue.ROOT_BYTES);
                OffHeap.copy(root, viewed, StreamValue.ROOT_BYTES);
                expected = describe(memory.blocks, viewed);
                views++;
            } else if (random.nextInt(30) == 0 && expected != null) {
                assertThat(describe(memory.blocks, viewed)).isEqualTo(expected);
                OffHeap.free(viewed, StreamValue.ROOT_BYTES);
                memory.blocks.endView();
                memory.reclaim();
                expected = null;
            }
            if (i % 20 == 0) {
                assertThat(describe(memory.blocks, root)).isEqualTo(describeModel());
                long blocks = StreamBlocks.STREAMS.assertValid(memory.blocks, Type.STREAM, root);
                assertThat(blocks).isEqualTo(memory.liveBlocks());
            }
        }
        if (expected != null) {
            OffHeap.free(viewed, StreamValue.ROOT_BYTES);
        }
        assertThat(views).isGreaterThan(10);
        copyIsTheSame();
    }

    private void copyIsTheSame() {
        try (var other = new TestBlocks()) {
            long copy = OffHeap.allocate(StreamValue.ROOT_BYTES);
            StreamBlocks.STREAMS.copy(memory.blocks, Type.STREAM, root, other.blocks, copy);
            assertThat(describe(other.blocks, copy)).isEqualTo(describeModel());
            assertThat(StreamBlocks.STREAMS.assertValid(other.blocks, Type.STREAM, copy)).isEqualTo(other.liveBlocks());
            assertThat(StreamBlocks.STREAMS.usedBytes(other.blocks, Type.STREAM, copy)).isPositive();
            while (!StreamBlocks.STREAMS.release(other.blocks, Type.STREAM, copy, 10)) {
                assertThat(other.liveBlocks()).isPositive();
            }
            assertThat(other.liveBlocks()).isZero();
            OffHeap.free(copy, StreamValue.ROOT_BYTES);
        }
    }

    // ---------------------------------------------------------------- operations

    private void operate(SplittableRandom random, int nodeEntries, int nodeBytes) {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> append(random, nodeEntries, nodeBytes);
            case 8, 9 -> delete(random);
            case 10 -> trim(random);
            case 11 -> {
                if (random.nextInt(4) == 0) {
                    createOrDestroy(random);
                } else {
                    createConsumer(random);
                }
            }
            case 12 -> deleteConsumer(random);
            case 13 -> createConsumer(random);
            case 14, 15, 16 -> deliver(random);
            case 17 -> redeliver(random);
            default -> acknowledge(random);
        }
    }

    private void append(SplittableRandom random, int nodeEntries, int nodeBytes) {
        long id = lastId + 1 + random.nextInt(random.nextInt(10) == 0 ? 1000 : 3);
        List<String> content = new ArrayList<>();
        int fields = random.nextInt(8) == 0 ? 1 + random.nextInt(40) : 1 + random.nextInt(2);
        for (int i = 0; i < fields; i++) {
            content.add(random.nextInt(5) == 0 ? "g" + random.nextInt(300) : "f" + i);
            content.add(random.nextInt(300) == 0 ? "z".repeat(20_000) : VALUES[random.nextInt(VALUES.length)]);
        }
        byte[][] bytes = content.stream().map(text -> text.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
        try (var request = new Request(bytes)) {
            stream.append(ms(id), seq(id), request.args, 0, fields, nodeBytes, nodeEntries);
        }
        entries.put(id, content);
        lastId = id;
    }

    private Long someEntry(SplittableRandom random) {
        if (entries.isEmpty()) {
            return null;
        }
        long sought = entries.firstKey() + random.nextLong(lastId - entries.firstKey() + 1);
        return random.nextInt(3) == 0 ? entries.firstKey() : entries.floorKey(sought);
    }

    private void delete(SplittableRandom random) {
        Long id = someEntry(random);
        if (id == null) {
            return;
        }
        assertThat(stream.contains(ms(id), seq(id))).isTrue();
        stream.delete(ms(id), seq(id));
        stream.updateFirst();
        entries.remove(id);
        assertThat(stream.contains(ms(id), seq(id))).isFalse();
    }

    private void trim(SplittableRandom random) {
        boolean approximately = random.nextBoolean();
        if (random.nextBoolean()) {
            long length = Math.max(0, entries.size() - random.nextInt(random.nextInt(8) == 0 ? 200 : 30));
            boolean applies = stream.isTrimmedToLength(length, approximately, 0);
            long before = entries.size();
            long deleted = stream.trimToLength(length, approximately, 0);
            assertThat(deleted > 0).isEqualTo(applies);
            assertThat(approximately ? deleted <= before - length : deleted == before - length).isTrue();
            drop(deleted);
        } else {
            Long id = someEntry(random);
            if (id != null && id < entries.firstKey() + 200) {
                long expected = entries.headMap(id).size();
                boolean applies = stream.isTrimmedToId(ms(id), seq(id), approximately, 0);
                long deleted = stream.trimToId(ms(id), seq(id), approximately, 0);
                assertThat(deleted > 0).isEqualTo(applies);
                assertThat(approximately ? deleted <= expected : deleted == expected).isTrue();
                drop(deleted);
            }
        }
    }

    private void drop(long count) {
        for (long i = 0; i < count; i++) {
            entries.pollFirstEntry();
        }
    }

    private static String groupName(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> "g";
            case 1 -> "group-number-1";
            case 2 -> "group-number-2";
            default -> "n".repeat(2000);
        };
    }

    private static String consumerName(SplittableRandom random) {
        int number = random.nextInt(12);
        return number == 0 ? "" : number == 1 ? "c".repeat(1500) : "consumer-" + number;
    }

    private void createOrDestroy(SplittableRandom random) {
        String name = groupName(random);
        assertThat(group(name)).isEqualTo(groups.containsKey(name));
        if (groups.containsKey(name)) {
            stream.groups().destroy();
            groups.remove(name);
            assertThat(group(name)).isFalse();
            return;
        }
        try (var request = new Request(name.getBytes(StandardCharsets.ISO_8859_1))) {
            stream.groups().create(request.args.address(0), request.args.length(0), 5, 6, 7);
        }
        var group = new Group();
        group.last = new long[] {5, 6};
        group.read = 7;
        groups.put(name, group);
    }

    private Group some(SplittableRandom random) {
        String name = groupName(random);
        assertThat(group(name)).isEqualTo(groups.containsKey(name));
        return groups.get(name);
    }

    private void createConsumer(SplittableRandom random) {
        Group group = some(random);
        if (group == null) {
            return;
        }
        String name = consumerName(random);
        assertThat(consumer(name)).isEqualTo(group.consumers.containsKey(name));
        if (!group.consumers.containsKey(name)) {
            try (var request = new Request(name.getBytes(StandardCharsets.ISO_8859_1))) {
                stream.groups().createConsumer(request.args.address(0), request.args.length(0), 1, 2);
            }
            group.consumers.put(name, 1L);
        }
        group.last = new long[] {random.nextInt(), random.nextInt()};
        group.read++;
        stream.groups().last(group.last[0], group.last[1]);
        stream.groups().entriesRead(group.read);
    }

    private void deleteConsumer(SplittableRandom random) {
        Group group = some(random);
        String name = consumerName(random);
        if (group != null && random.nextInt(3) == 0 && consumer(name)) {
            long mine = group.pending.values().stream().filter(p -> p.consumer.equals(name)).count();
            assertThat(stream.groups().consumerPendingCount()).isEqualTo(mine);
            stream.groups().deleteConsumer();
            group.consumers.remove(name);
            group.pending.values().removeIf(p -> p.consumer.equals(name));
        }
    }

    private void deliver(SplittableRandom random) {
        Group group = some(random);
        String name = consumerName(random);
        if (group == null || !consumer(name)) {
            return;
        }
        for (int i = random.nextInt(30); i > 0; i--) {
            long id = random.nextLong(lastId + 10);
            long time = random.nextInt(1000);
            stream.groups().deliver(ms(id), seq(id), time, i);
            group.pending.put(id, new Pending(name, time, i));
        }
    }

    private void redeliver(SplittableRandom random) {
        Group group = some(random);
        String name = consumerName(random);
        if (group == null || !consumer(name)) {
            return;
        }
        int left = 5;
        for (boolean more = stream.groups().firstMine(0, 0); more && left > 0; more = stream.groups().nextMine()) {
            long id = stream.groups().mineMs() << 4 | stream.groups().mineSeq();
            stream.groups().redeliver(77);
            group.pending.computeIfPresent(id, (_, p) -> new Pending(p.consumer, 77, p.deliveries + 1));
            left--;
        }
    }

    private void acknowledge(SplittableRandom random) {
        Group group = some(random);
        if (group == null || group.pending.isEmpty()) {
            return;
        }
        // With and without a current consumer.
        consumer(consumerName(random));
        for (int i = random.nextInt(10); i > 0 && !group.pending.isEmpty(); i--) {
            Long id = group.pending.floorKey(random.nextLong(lastId + 10));
            if (id != null) {
                assertThat(stream.groups().findPending(ms(id), seq(id))).isTrue();
                stream.groups().acknowledge();
                group.pending.remove(id);
                assertThat(stream.groups().findPending(ms(id), seq(id))).isFalse();
            }
        }
    }

    // ---------------------------------------------------------------- everything as text

    private String describe(Blocks blocks, long root) {
        var text = new StringBuilder();
        var shown = new StreamValue();
        shown.openRoot(blocks, root);
        long scratch = OffHeap.allocate(Listpack.TEXT_BYTES_MAX);
        range.openAll(shown, false);
        while (range.next()) {
            text.append(range.ms()).append('-').append(range.seq());
            StreamRange.FieldCursor fields = range.content();
            while (fields.next()) {
                text.append(' ').append(text(fields.name(), scratch)).append('=').append(text(fields.value(), scratch));
            }
            text.append('\n');
        }
        OffHeap.free(scratch, Listpack.TEXT_BYTES_MAX);
        StreamGroups g = shown.groups();
        for (boolean more = g.first(); more; more = g.next()) {
            text.append(OffHeap.latin1(g.name(), g.nameLength())).append(' ').append(g.lastMs()).append(' ').append(g.lastSeq())
                .append(' ').append(g.entriesRead()).append('\n');
            for (boolean another = g.firstConsumer(); another; another = g.nextConsumer()) {
                text.append("  ").append(OffHeap.latin1(g.consumerName(), g.consumerNameLength()));
                for (boolean entry = g.firstMine(0, 0); entry; entry = g.nextMine()) {
                    text.append(' ').append(g.mineMs()).append('-').append(g.mineSeq()).append('@').append(g.mineTime()).append('x')
                        .append(g.mineDeliveries());
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String text(long p, long scratch) {
        return OffHeap.latin1(Listpack.textAddress(p, scratch), Listpack.textLength(p));
    }

    private String describeModel() {
        var text = new StringBuilder();
        for (Map.Entry<Long, List<String>> entry : entries.entrySet()) {
            text.append(ms(entry.getKey())).append('-').append(seq(entry.getKey()));
            for (int i = 0; i < entry.getValue().size(); i += 2) {
                text.append(' ').append(entry.getValue().get(i)).append('=').append(entry.getValue().get(i + 1));
            }
            text.append('\n');
        }
        for (Map.Entry<String, Group> entry : groups.entrySet()) {
            Group group = entry.getValue();
            text.append(entry.getKey()).append(' ').append(group.last[0]).append(' ').append(group.last[1]).append(' ')
                .append(group.read).append('\n');
            for (String consumer : group.consumers.keySet()) {
                text.append("  ").append(consumer);
                group.pending.forEach((id, p) -> {
                    if (p.consumer.equals(consumer)) {
                        text.append(' ').append(ms(id)).append('-').append(seq(id)).append('@').append(p.time).append('x').append(p.deliveries);
                    }
                });
                text.append('\n');
            }
        }
        return text.toString();
    }
}
