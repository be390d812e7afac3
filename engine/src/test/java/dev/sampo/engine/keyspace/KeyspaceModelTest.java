package dev.sampo.engine.keyspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Random operations against maps: two keyspaces, keys of 0 to 5000 bytes, values of 0 bytes to 1 MiB. Both sides must
/// agree after every operation on the keys it touched, and from time to time on everything.
class KeyspaceModelTest {
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final int OPERATIONS = 8_000;

    /// A value of the model. `writable` says that it was modified in place, which makes it raw.
    private record Value(byte[] bytes, boolean writable, long deadline) {
    }

    private TestRng random;
    private Bytes bytes;
    private List<byte[]> keys;
    private final Keyspace[] real = new Keyspace[2];
    private final List<Map<String, Value>> model = List.of(new HashMap<>(), new HashMap<>());
    private long checks;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void operations_inAnyOrder_leaveWhatAMapWouldHold(long seed) {
        long before = OffHeap.allocatedBytes();
        random = new TestRng(seed);
        bytes = new Bytes(VALUE_BYTES_MAX);
        keys = keys(seed == 4 ? 20_000 : 300);
        for (int i = 0; i < 2; i++) {
            real[i] = new Keyspace(3, i, Reclaimer.INLINE, BigValues.NONE, true);
        }
        for (int i = 0; i < OPERATIONS * (seed == 4 ? 5 : 1); i++) {
            step();
            if (i % 4000 == 0) {
                compareAll();
            }
        }
        compareAll();
        assertThat(checks).isGreaterThan(OPERATIONS / 2);
        for (Keyspace keyspace : real) {
            keyspace.release();
        }
        bytes.close();
        assertThat(OffHeap.allocatedBytes()).as("bytes leaked").isEqualTo(before);
    }

    private List<byte[]> keys(int number) {
        Set<String> distinct = new HashSet<>(Set.of(""));
        while (distinct.size() < number) {
            int kind = random.nextInt(20);
            int length = kind == 0 ? random.nextInt(5000) : kind == 1 ? 250 + random.nextInt(10)
                : kind == 2 ? 2044 + random.nextInt(8) : random.nextInt(40);
            distinct.add(latin1(random.bytes(length)));
        }
        return distinct.stream().sorted().map(Bytes::of).toList();
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private byte[] randomValue() {
        int kind = random.nextInt(100);
        if (kind < 15) {
            return Bytes.of(Long.toString(kind < 5 ? random.nextLong() : random.nextInt(100_000) - 50_000));
        }
        int length = kind < 75 ? random.nextInt(100) : kind < 95 ? random.nextInt(5000) : kind < 98 ? random.nextInt(100_000)
            : random.nextInt(VALUE_BYTES_MAX + 1);
        return random.bytes(length);
    }

    private long randomDeadline() {
        return random.nextInt(3) == 0 ? 1 + random.nextInt(1_000_000) : 0;
    }

    private void step() {
        int db = random.nextInt(8) == 0 ? 1 : 0;
        byte[] key = keys.get(random.nextInt(keys.size()));
        Keyspace keyspace = real[db];
        Map<String, Value> map = model.get(db);
        String name = latin1(key);
        long address = bytes.key(key);
        long hash = KeyHash.hash(address, key.length);
        if (random.nextInt(2) == 0) {
            assertThat(keyspace.find(address, key.length, hash) != 0).isEqualTo(map.containsKey(name));
        }
        if (random.nextInt(4) == 0) {
            keyspace.prefetchBucket(hash);
            keyspace.prefetchEntry(hash);
        }
        long mutations = keyspace.mutations();
        int operation = random.nextInt(100);
        if (operation < 35) {
            byte[] value = randomValue();
            long deadline = randomDeadline();
            keyspace.setString(address, key.length, hash, bytes.value(value), value.length, deadline);
            map.put(name, new Value(value, false, deadline));
            assertThat(keyspace.mutations()).isGreaterThan(mutations);
        } else if (operation < 42) {
            long number = random.nextLong() >> random.nextInt(64);
            long deadline = randomDeadline();
            keyspace.setInteger(address, key.length, hash, number, deadline);
            map.put(name, new Value(Bytes.of(Long.toString(number)), false, deadline));
        } else if (operation < 57) {
            write(keyspace, map, key, address, hash);
        } else if (operation < 72) {
            assertThat(keyspace.delete(address, key.length, hash)).isEqualTo(map.remove(name) != null);
        } else if (operation < 82) {
            long deadline = randomDeadline();
            keyspace.deadline(address, key.length, hash, deadline);
            map.computeIfPresent(name, (_, v) -> new Value(v.bytes, v.writable, deadline));
        } else if (operation < 90) {
            rename(keyspace, map, key, address, hash);
        } else if (operation < 98) {
            copy(keyspace, map, key, address, hash);
        } else if (operation == 98) {
            expire(keyspace, map);
            keyspace.compact(100);
        } else {
            pickOne(keyspace, map);
        }
        compare(db, key);
    }

    private void write(Keyspace keyspace, Map<String, Value> map, byte[] key, long address, long hash) {
        Value old = map.getOrDefault(latin1(key), new Value(new byte[0], false, 0));
        int kind = random.nextInt(10);
        int length = kind < 7 ? Math.min(VALUE_BYTES_MAX, old.bytes.length + random.nextInt(kind < 5 ? 50 : 5000))
            : random.nextInt(old.bytes.length + 10);
        long target = keyspace.stringForWrite(address, key.length, hash, length);
        byte[] expected = Arrays.copyOf(old.bytes, length);
        assertThat(OffHeap.bytes(target, length)).isEqualTo(expected);
        if (length > 0) {
            int at = random.nextInt(length);
            expected[at] = (byte) random.nextInt(256);
            OffHeap.putByte(target + at, expected[at]);
        }
        map.put(latin1(key), new Value(expected, true, old.deadline));
    }

    private void rename(Keyspace keyspace, Map<String, Value> map, byte[] key, long address, long hash) {
        byte[] other = keys.get(random.nextInt(keys.size()));
        long otherAddress = bytes.otherKey(other);
        long otherHash = KeyHash.hash(otherAddress, other.length);
        boolean was = keyspace.rename(address, key.length, hash, otherAddress, other.length, otherHash);
        Value value = map.remove(latin1(key));
        assertThat(was).isEqualTo(value != null);
        if (value != null) {
            map.put(latin1(other), value);
        }
        compare(keyspace.db(), other);
    }

    private void copy(Keyspace keyspace, Map<String, Value> map, byte[] key, long address, long hash) {
        long entry = keyspace.find(address, key.length, hash);
        if (entry == 0) {
            return;
        }
        int target = random.nextInt(2);
        byte[] other = keys.get(random.nextInt(keys.size()));
        long otherAddress = bytes.otherKey(other);
        long deadline = randomDeadline();
        keyspace.copy(entry, real[target], otherAddress, other.length, KeyHash.hash(otherAddress, other.length), deadline);
        Value value = map.get(latin1(key));
        model.get(target).put(latin1(other), new Value(value.bytes, value.writable, deadline));
        compare(target, other);
    }

    private void expire(Keyspace keyspace, Map<String, Value> map) {
        long now = random.nextInt(300_000);
        int expired = keyspace.expireCycle(now, 1 + random.nextInt(100), entry -> {
            assertThat(Entry.expired(entry, now)).isTrue();
            Value gone = map.remove(latin1(Bytes.keyOf(entry)));
            assertThat(gone.deadline).isEqualTo(Entry.deadline(entry));
            long key = Entry.keyAddress(entry);
            int length = Entry.keyLength(entry);
            assertThat(keyspace.delete(key, length, KeyHash.hash(key, length))).isTrue();
        });
        assertThat(expired).isNotNegative();
    }

    private void pickOne(Keyspace keyspace, Map<String, Value> map) {
        long entry = keyspace.random(random);
        assertThat(entry == 0).isEqualTo(map.isEmpty());
        if (entry != 0) {
            assertThat(map).containsKey(latin1(Bytes.keyOf(entry)));
        }
    }

    private void compare(int db, byte[] key) {
        long address = bytes.key(key);
        long entry = real[db].find(address, key.length, KeyHash.hash(address, key.length));
        Value value = model.get(db).get(latin1(key));
        assertThat(entry != 0).isEqualTo(value != null);
        if (entry != 0) {
            compare(entry, value);
        }
    }

    private void compare(long entry, Value value) {
        checks++;
        assertThat(Entry.type(entry)).isEqualTo(Type.STRING);
        assertThat(Arrays.equals(Bytes.valueOf(entry), value.bytes)).isTrue();
        assertThat(Entry.deadline(entry)).isEqualTo(value.deadline);
        assertThat(Entry.hasDeadline(entry)).isEqualTo(value.deadline != 0);
        assertThat(Entry.encoding(entry)).isEqualTo(encoding(value));
    }

    private static int encoding(Value value) {
        if (value.writable) {
            return Encoding.RAW;
        }
        String text = latin1(value.bytes);
        try {
            if (text.length() <= 20 && Long.toString(Long.parseLong(text)).equals(text)) {
                return Encoding.INT;
            }
        } catch (NumberFormatException _) {
            // Not an integer.
        }
        return value.bytes.length <= 44 ? Encoding.EMBSTR : Encoding.RAW;
    }

    private void compareAll() {
        for (int db = 0; db < 2; db++) {
            real[db].assertValid();
            Map<String, Value> map = model.get(db);
            assertThat(real[db].size()).isEqualTo(map.size());
            assertThat(real[db].volatileSize()).isEqualTo(map.values().stream().filter(v -> v.deadline != 0).count());
            List<String> seen = new ArrayList<>();
            long cursor = 0;
            do {
                cursor = real[db].scan(cursor, 10, entry -> {
                    String key = latin1(Bytes.keyOf(entry));
                    seen.add(key);
                    compare(entry, map.get(key));
                });
            } while (cursor != 0);
            assertThat(seen).as("a walk without changes visits every entry once").hasSize(map.size())
                .doesNotHaveDuplicates();
        }
    }
}
