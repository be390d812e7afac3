package dev.sampo.engine.keyspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.memory.Reclaimer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashSet;
import java.util.Set;

/// Walks while the index grows and shrinks under them, and what random picks and expiry slices see.
class KeyspaceScanTest {
    private final Bytes bytes = new Bytes(64);
    private final Keyspace keyspace = new Keyspace(0, 0, Reclaimer.INLINE, BigValues.NONE, true);

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        bytes.close();
    }

    private void set(String key, long deadline) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        keyspace.setInteger(address, name.length, KeyHash.hash(address, name.length), 1, deadline);
    }

    private boolean delete(String key) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        return keyspace.delete(address, name.length, KeyHash.hash(address, name.length));
    }

    private static String keyOf(long entry) {
        return new String(Bytes.keyOf(entry), ISO_8859_1);
    }

    /// Between two steps the number of other keys moves towards a target that itself moves, from none to 30,000, so that
    /// segments split, merge and split again on both sides of the cursor.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void scan_whileOthersComeAndGo_visitsWhatIsThereThroughout(long seed) {
        TestRng random = new TestRng(seed);
        Set<String> lasting = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            lasting.add("lasting:" + i);
            set("lasting:" + i, 0);
        }
        int others = 0;
        int walks = 0;
        for (int walk = 0; walk < 6; walk++) {
            Set<String> seen = new HashSet<>();
            int count = 1 + random.nextInt(300);
            long cursor = 0;
            int steps = 0;
            do {
                cursor = keyspace.scan(cursor, count, entry -> seen.add(keyOf(entry)));
                assertThat(cursor).isBetween(0L, (1L << 35) - 1);
                int target = random.nextInt(4) == 0 ? random.nextInt(30_000) : others;
                int changes = random.nextInt(3000);
                for (int i = 0; i < changes; i++) {
                    if (others < target) {
                        set("other:" + others++, 0);
                    } else if (others > target) {
                        assertThat(delete("other:" + --others)).isTrue();
                    }
                }
                steps++;
                assertThat(steps).as("a walk ends").isLessThan(200_000);
            } while (cursor != 0);
            assertThat(seen).as("walk %d of seed %d", walk, seed).containsAll(lasting);
            walks++;
        }
        assertThat(walks).isEqualTo(6);
        assertThat(keyspace.size()).isEqualTo(500 + others);
    }

    @Test
    void scan_thatDeletesWhatItVisits_emptiesTheKeyspace() {
        for (int i = 0; i < 50_000; i++) {
            set("key:" + i, 0);
        }
        long cursor = 0;
        int[] visits = new int[1];
        do {
            cursor = keyspace.scan(cursor, 50, entry -> {
                visits[0]++;
                long key = Entry.keyAddress(entry);
                int length = Entry.keyLength(entry);
                assertThat(keyspace.delete(key, length, KeyHash.hash(key, length))).isTrue();
            });
        } while (cursor != 0);
        assertThat(visits[0]).isEqualTo(50_000);
        assertThat(keyspace.size()).isZero();
        assertThat(keyspace.usedBytes()).as("segments merge").isLessThan(512 << 10);
    }

    @Test
    void scan_withACount_doesAboutThatMuchPerCall() {
        for (int i = 0; i < 30_000; i++) {
            set("key:" + i, 0);
        }
        long cursor = 0;
        int calls = 0;
        do {
            int[] visits = new int[1];
            cursor = keyspace.scan(cursor, 10, _ -> visits[0]++);
            assertThat(visits[0]).isBetween(cursor == 0 ? 0 : 10, 60);
            calls++;
        } while (cursor != 0);
        assertThat(calls).isBetween(1000, 3000);
    }

    @Test
    void scan_ofAnyCursor_isSafe() {
        TestRng random = new TestRng(5);
        assertThat(keyspace.scan(random.nextLong(), 10, _ -> { })).isZero();
        for (int i = 0; i < 5000; i++) {
            set("key:" + i, 0);
        }
        int[] visits = new int[1];
        for (int i = 0; i < 5000; i++) {
            keyspace.scan(random.nextLong(), 10, _ -> visits[0]++);
        }
        assertThat(visits[0]).isGreaterThan(5000);
        assertThat(keyspace.scan(-1, Integer.MAX_VALUE, _ -> { })).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 400, 3000})
    void random_overManyPicks_isUniform(int size) {
        for (int i = 0; i < size; i++) {
            set("key:" + i, 0);
        }
        TestRng random = new TestRng(11);
        int[] picked = new int[size];
        int picks = size * 40;
        for (int i = 0; i < picks; i++) {
            picked[Integer.parseInt(keyOf(keyspace.random(random)).substring(4))]++;
        }
        double chi = 0;
        for (int n : picked) {
            chi += (n - 40.0) * (n - 40.0) / 40.0;
        }
        assertThat(chi).isLessThanOrEqualTo(size - 1 + 6 * Math.sqrt(2.0 * size));
    }

    @Test
    void random_inAKeyspaceThatShrank_stillFindsWhatIsLeft() {
        for (int i = 0; i < 40_000; i++) {
            set("key:" + i, 0);
        }
        for (int i = 3; i < 40_000; i++) {
            assertThat(delete("key:" + i)).isTrue();
        }
        TestRng random = new TestRng(12);
        Set<String> picked = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            picked.add(keyOf(keyspace.random(random)));
        }
        assertThat(picked).containsExactlyInAnyOrder("key:0", "key:1", "key:2");
        for (int i = 0; i < 3; i++) {
            delete("key:" + i);
        }
        assertThat(keyspace.random(random)).isZero();
    }

    @Test
    void expireCycle_inSlices_findsEveryExpiredEntryAndIsBounded() {
        for (int i = 0; i < 20_000; i++) {
            set("key:" + i, i % 4 == 0 ? 1000 : i % 4 == 1 ? 5000 : 0);
        }
        assertThat(keyspace.volatileSize()).isEqualTo(10_000);
        int expired = 0;
        int slices = 0;
        while (expired < 5000) {
            int[] visits = new int[1];
            int now = keyspace.expireCycle(2000, 20, entry -> {
                visits[0]++;
                assertThat(Entry.deadline(entry)).isEqualTo(1000);
                long key = Entry.keyAddress(entry);
                int length = Entry.keyLength(entry);
                keyspace.delete(key, length, KeyHash.hash(key, length));
            });
            assertThat(now).isEqualTo(visits[0]).isLessThan(60);
            expired += now;
            slices++;
            assertThat(slices).isLessThan(5000);
        }
        assertThat(keyspace.expireCycle(2000, 1_000_000, _ -> { })).isZero();
        assertThat(keyspace.size()).isEqualTo(15_000);
        assertThat(keyspace.volatileSize()).isEqualTo(5000);
        assertThat(keyspace.averageTtlMillis(2000)).isBetween(2990L, 3000L);
        assertThat(keyspace.averageTtlMillis(9000)).isZero();
    }

    @Test
    void expireCycle_whenNothingIsVolatile_doesNothing() {
        set("key", 0);
        assertThat(keyspace.expireCycle(Long.MAX_VALUE, 100, _ -> { })).isZero();
        assertThat(keyspace.averageTtlMillis(0)).isZero();
    }
}
