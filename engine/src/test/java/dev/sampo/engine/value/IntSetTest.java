package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.RedisServer;
import dev.sampo.resp.OffHeap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IntSetTest {
    private final Random random = new Random(5);
    /// Exactly as large as the set in it, so that red zones see what is written outside.
    private long set = OffHeap.allocate(IntSet.EMPTY_BYTES);
    private int capacity = IntSet.EMPTY_BYTES;

    @AfterEach
    void free() {
        OffHeap.free(set, capacity);
    }

    private void resize(int bytes) {
        set = OffHeap.reallocate(set, capacity, bytes);
        capacity = bytes;
    }

    private void clear() {
        resize(IntSet.EMPTY_BYTES);
        IntSet.clear(set);
    }

    private boolean add(long value) {
        int found = IntSet.find(set, value);
        if (found >= 0) {
            return false;
        }
        resize(IntSet.bytesWith(set, value));
        IntSet.insert(set, value, found);
        return true;
    }

    private boolean remove(long value) {
        int found = IntSet.find(set, value);
        if (found < 0) {
            return false;
        }
        IntSet.remove(set, found);
        resize(IntSet.bytes(set));
        return true;
    }

    private long value() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong() >> random.nextInt(64);
            case 1 -> (1L << random.nextInt(64)) - random.nextInt(2);
            default -> random.nextInt(60) - 30;
        };
    }

    private List<Long> elements() {
        List<Long> elements = new ArrayList<>();
        for (int i = 0; i < IntSet.count(set); i++) {
            elements.add(IntSet.get(set, i));
        }
        return elements;
    }

    @Test
    void insert_ofWiderValues_widensAll() {
        clear();
        assertThat(OffHeap.bytes(set, capacity)).isEqualTo(HexFormat.of().parseHex("0200000000000000"));
        add(5);
        add(-1);
        assertThat(OffHeap.bytes(set, capacity)).isEqualTo(HexFormat.of().parseHex("0200000002000000ffff0500"));
        add(70_000);
        assertThat(OffHeap.bytes(set, capacity)).isEqualTo(HexFormat.of().parseHex("0400000003000000ffffffff0500000070110100"));
        add(Long.MIN_VALUE);
        assertThat(elements()).containsExactly(Long.MIN_VALUE, -1L, 5L, 70_000L);
        assertThat(IntSet.width(set)).isEqualTo(8);
        remove(Long.MIN_VALUE);
        assertThat(IntSet.width(set)).isEqualTo(8);
    }

    @Test
    void randomChanges_agreeWithATreeSet() {
        int changes = 0;
        for (int round = 0; round < 100; round++) {
            clear();
            TreeSet<Long> model = new TreeSet<>();
            for (int step = 0; step < 200; step++) {
                long value = value();
                if (random.nextInt(3) > 0) {
                    assertThat(add(value)).isEqualTo(model.add(value));
                } else {
                    assertThat(remove(value)).isEqualTo(model.remove(value));
                }
                assertThat(IntSet.contains(set, value)).isEqualTo(model.contains(value));
                changes++;
            }
            assertThat(elements()).isEqualTo(new ArrayList<>(model));
            assertThat(IntSet.bytes(set)).isEqualTo(capacity);
            assertThat(IntSet.validate(set, capacity)).isEqualTo(model.isEmpty() ? -1 : model.size());
        }
        assertThat(changes).isEqualTo(20_000);
    }

    @Test
    void random_reachesEveryElement() {
        clear();
        for (int i = 0; i < 10; i++) {
            add(i * 1000);
        }
        Iterator<Long> draws = random.longs(0, 10).iterator();
        TreeSet<Long> seen = new TreeSet<>();
        for (int i = 0; i < 500; i++) {
            seen.add(IntSet.random(set, new dev.sampo.engine.Rng() {
                @Override
                public long nextLong() {
                    return draws.next();
                }

                @Override
                public int nextInt(int bound) {
                    assertThat(bound).isEqualTo(10);
                    return draws.next().intValue();
                }
            }));
        }
        assertThat(seen).isEqualTo(new TreeSet<>(elements()));
    }

    @Test
    void sets_ofRedisServer_haveTheSameBytes() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled());
        int compared = 0;
        try (RedisServer server = RedisServer.start()) {
            server.run("CONFIG SET rdbcompression no");
            for (int round = 0; round < 100; round++) {
                clear();
                server.run("DEL k");
                for (int i = 1 + random.nextInt(15); i > 0; i--) {
                    long value = value();
                    add(value);
                    server.run("SADD k " + value);
                    if (random.nextInt(4) == 0 && IntSet.count(set) > 1) {
                        long gone = IntSet.get(set, random.nextInt(IntSet.count(set)));
                        remove(gone);
                        server.run("SREM k " + gone);
                    }
                }
                byte[] expected = DumpedValue.packed(server, "k");
                assertThat(OffHeap.bytes(set, capacity)).isEqualTo(expected);
                compared++;
            }
        }
        assertThat(compared).isEqualTo(100);
    }

    @Test
    void validate_ofDamagedBytes_readsNothingOutsideAndKeepsTheOrder() {
        int accepted = 0;
        int refused = 0;
        try (var pages = new GuardedPages(4096)) {
            for (int round = 0; round < 20_000; round++) {
                if (round % 50 == 0) {
                    clear();
                    for (int i = random.nextInt(10); i >= 0; i--) {
                        add(value());
                    }
                }
                byte[] bytes = OffHeap.bytes(set, capacity);
                if (random.nextInt(4) == 0) {
                    bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                }
                for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                long at = random.nextBoolean() ? pages.atBegin(bytes) : pages.atEnd(bytes);
                int count = IntSet.validate(at, bytes.length);
                if (count < 0) {
                    refused++;
                    continue;
                }
                accepted++;
                for (int i = 0; i < count; i++) {
                    assertThat(IntSet.find(at, IntSet.get(at, i))).isEqualTo(i);
                }
            }
        }
        assertThat(accepted).isGreaterThan(2_000);
        assertThat(refused).isGreaterThan(2_000);
    }
}
