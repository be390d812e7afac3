package dev.sampo.engine.keyspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

class KeyspaceTest {
    private long before;
    private Bytes bytes;
    private Keyspace keyspace;

    @BeforeEach
    void start() {
        before = OffHeap.allocatedBytes();
        bytes = new Bytes(1 << 20);
        keyspace = new Keyspace(2, 7, Reclaimer.INLINE, BigValues.NONE, true);
    }

    @AfterEach
    void leaveNothing() {
        keyspace.assertValid();
        keyspace.release();
        bytes.close();
        assertThat(OffHeap.allocatedBytes()).isEqualTo(before);
    }

    private long find(String key) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        return keyspace.find(address, name.length, KeyHash.hash(address, name.length));
    }

    private void set(String key, byte[] value, long deadline) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        keyspace.setString(address, name.length, KeyHash.hash(address, name.length), bytes.value(value), value.length, deadline);
    }

    private long write(String key, int length) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        return keyspace.stringForWrite(address, name.length, KeyHash.hash(address, name.length), length);
    }

    private void deadline(String key, long deadline) {
        byte[] name = Bytes.of(key);
        long address = bytes.key(name);
        keyspace.deadline(address, name.length, KeyHash.hash(address, name.length), deadline);
    }

    private String value(String key) {
        return new String(Bytes.valueOf(find(key)), ISO_8859_1);
    }

    @Test
    void keyspace_whenNew_isEmptyAndTakesNoMemory() {
        assertThat(keyspace.shardIndex()).isEqualTo(2);
        assertThat(keyspace.db()).isEqualTo(7);
        assertThat(keyspace.size()).isZero();
        assertThat(keyspace.usedBytes()).isZero();
        assertThat(keyspace.reservedBytes()).isZero();
        assertThat(find("key")).isZero();
        keyspace.prefetchBucket(1);
        assertThat(keyspace.prefetchEntry(1)).isZero();
    }

    @Test
    void setString_ofCanonicalIntegers_storesIntegers() {
        for (String number : new String[] {"0", "-1", "9223372036854775807", "-9223372036854775808", "-9223372033117719825"}) {
            set("n", Bytes.of(number), 0);
            assertThat(Entry.isInteger(find("n"))).as(number).isTrue();
            assertThat(Entry.encoding(find("n"))).isEqualTo(Encoding.INT);
            assertThat(value("n")).isEqualTo(number);
        }
        for (String text : new String[] {"", "-", "-0", "01", "+1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3"}) {
            set("n", Bytes.of(text), 0);
            assertThat(Entry.isInteger(find("n"))).as(text).isFalse();
            assertThat(value("n")).isEqualTo(text);
        }
    }

    @Test
    void setString_withinTheSizeClass_leavesTheEntryWhereItIs() {
        set("key", new byte[40], 0);
        long entry = find("key");
        set("key", new byte[41], 0);
        assertThat(find("key")).isEqualTo(entry);
        assertThat(Entry.valueLength(entry)).isEqualTo(41);
        set("key", new byte[60], 0);
        assertThat(Entry.valueLength(find("key"))).isEqualTo(60);
    }

    @Test
    void setString_ofALargeValueAgain_keepsItsBlock() {
        set("key", new byte[10_000], 0);
        long block = Entry.valueAddress(find("key"));
        set("key", new byte[9_000], 0);
        assertThat(Entry.valueAddress(find("key"))).isEqualTo(block);
        set("key", new byte[4_500], 0);
        assertThat(Entry.valueAddress(find("key"))).isNotEqualTo(block);
        set("key", new byte[10], 0);
        assertThat(keyspace.usedBytes()).isLessThan(6000);
    }

    @Test
    void stringForWrite_byteByByteToAMegabyte_copiesFewTimes() {
        int moves = 0;
        long last = 0;
        for (int length = 1; length <= 1 << 20; length++) {
            long value = write("key", length);
            OffHeap.putByte(value + length - 1, (byte) length);
            if (value != last && length > Entry.VALUE_INSIDE_MAX) {
                moves++;
            }
            last = value;
        }
        assertThat(moves).isLessThan(12);
        byte[] value = Bytes.valueOf(find("key"));
        for (int i = 0; i < value.length; i++) {
            assertThat(value[i] == (byte) (i + 1)).isTrue();
        }
    }

    @Test
    void stringForWrite_ofAnInteger_turnsItIntoItsDigits() {
        for (int length : new int[] {0, 1, 4, 5, 6, 19, 20, 21, 100, 5000}) {
            set("n", Bytes.of("-1234"), 99);
            long value = write("n", length);
            assertThat(OffHeap.bytes(value, length)).isEqualTo(Arrays.copyOf(Bytes.of("-1234"), length));
            assertThat(Entry.encoding(find("n"))).isEqualTo(Encoding.RAW);
            assertThat(Entry.valueLength(find("n"))).isEqualTo(length);
            assertThat(Entry.deadline(find("n"))).isEqualTo(99);
            keyspace.assertValid();
        }
    }

    @Test
    void deadline_setChangedAndTakenAway_isFoundAndCounted() {
        set("key", Bytes.of("value"), 0);
        deadline("key", 5);
        assertThat(Entry.deadline(find("key"))).isEqualTo(5);
        assertThat(Entry.expired(find("key"), 4)).isFalse();
        assertThat(Entry.expired(find("key"), 5)).isTrue();
        assertThat(keyspace.volatileSize()).isEqualTo(1);
        deadline("key", 6);
        assertThat(Entry.deadline(find("key"))).isEqualTo(6);
        deadline("key", 0);
        assertThat(Entry.hasDeadline(find("key"))).isFalse();
        assertThat(Entry.expired(find("key"), Long.MAX_VALUE)).isFalse();
        assertThat(keyspace.volatileSize()).isZero();
        assertThat(value("key")).isEqualTo("value");
        long mutations = keyspace.mutations();
        deadline("absent", 6);
        assertThat(keyspace.mutations()).isEqualTo(mutations);
    }

    @Test
    void access_isTwentyFourBitsAndKeptOnlyIfAsked() {
        keyspace.initialAccess(0xABCDEF, false);
        set("key", Bytes.of("value"), 0);
        assertThat(Entry.access(find("key"))).isEqualTo(0xABCDEF);
        Entry.access(find("key"), 0xFFFFFF);
        assertThat(Entry.access(find("key"))).isEqualTo(0xFFFFFF);
        assertThat(Entry.type(find("key"))).isEqualTo(Type.STRING);
        deadline("key", 7);
        assertThat(Entry.access(find("key"))).isEqualTo(0xFFFFFF);
        set("key", Bytes.of("other"), 7);
        assertThat(Entry.access(find("key"))).isEqualTo(0xABCDEF);
        keyspace.initialAccess(1, true);
        set("key", Bytes.of("again"), 7);
        set("key", new byte[100], 0);
        set("key", Bytes.of("12"), 0);
        assertThat(Entry.access(find("key"))).isEqualTo(0xABCDEF);
        assertThat(keyspace.mutations()).isEqualTo(6);
    }

    @Test
    void delete_byTheEntrysOwnKey_works() {
        set("key", Bytes.of("value"), 3);
        long key = Entry.keyAddress(find("key"));
        assertThat(keyspace.delete(key, 3, KeyHash.hash(key, 3))).isTrue();
        assertThat(find("key")).isZero();
        assertThat(keyspace.size()).isZero();
    }

    @Test
    void rename_ofALargeValue_doesNotCopyIt() {
        set("key", new byte[100_000], 9);
        long block = Entry.valueAddress(find("key"));
        set("other", new byte[50_000], 0);
        long key = bytes.key(Bytes.of("key"));
        long other = bytes.otherKey(Bytes.of("other"));
        assertThat(keyspace.rename(key, 3, KeyHash.hash(key, 3), other, 5, KeyHash.hash(other, 5))).isTrue();
        assertThat(Entry.valueAddress(find("other"))).isEqualTo(block);
        assertThat(Entry.deadline(find("other"))).isEqualTo(9);
        assertThat(find("key")).isZero();
        assertThat(keyspace.rename(key, 3, KeyHash.hash(key, 3), other, 5, KeyHash.hash(other, 5))).isFalse();
    }

    @Test
    void memoryUsage_addsUpToWhatIsUsed() {
        set("small", Bytes.of("value"), 0);
        set("large", new byte[10_000], 0);
        assertThat(keyspace.memoryUsage(find("small"))).isBetween(18, 40);
        assertThat(keyspace.memoryUsage(find("large"))).isBetween(10_030, 10_060);
    }

    @Test
    void memory_ofManySmallEntries_isLittlePerEntry() {
        Keyspace plain = new Keyspace(0, 0, Reclaimer.INLINE, BigValues.NONE, false);
        int n = 250_000;
        long value = bytes.value(Bytes.of("v".repeat(32)));
        for (int i = 0; i < n; i++) {
            long key = bytes.key(Bytes.of(String.format("key:%012d", i)));
            plain.setString(key, 16, KeyHash.hash(key, 16), value, 32, 0);
        }
        assertThat(plain.size()).isEqualTo(n);
        assertThat(plain.usedBytes() / (double) n).isLessThan(72);
        assertThat(plain.reservedBytes() / (double) n).isLessThan(86);
        plain.release();
    }

    /// Values grow and shrink, and in the end nine of ten entries go: the classic way to leave memory full of holes.
    @Test
    void compact_ofAKeyspaceFullOfHoles_givesMemoryBackAndKeepsEverything() {
        int n = 60_000;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < n; i++) {
                set("key:" + i, Bytes.of("v" + i + "-".repeat(round * 30 + i % 40)), i % 5 == 0 ? i + 1 : 0);
            }
        }
        for (int i = 0; i < n; i++) {
            if (i % 10 != 0) {
                byte[] name = Bytes.of("key:" + i);
                long key = bytes.key(name);
                assertThat(keyspace.delete(key, name.length, KeyHash.hash(key, name.length))).isTrue();
            }
        }
        long reserved = keyspace.reservedBytes();
        int moved = 0;
        int slices = 0;
        for (int slice = keyspace.compact(50); slice > 0; slice = keyspace.compact(50)) {
            assertThat(slice).isLessThan(100);
            moved += slice;
            if (slices++ % 100 == 0) {
                keyspace.assertValid();
                set("extra:" + slices, new byte[slices % 90], 0);
            }
        }
        assertThat(moved).isPositive();
        assertThat(reserved).isGreaterThan(5 * keyspace.usedBytes());
        assertThat(keyspace.reservedBytes()).isLessThan(keyspace.usedBytes() + (4 << 20));
        for (int i = 0; i < n; i += 10) {
            assertThat(value("key:" + i)).isEqualTo("v" + i + "-".repeat(60 + i % 40));
            assertThat(Entry.deadline(find("key:" + i))).isEqualTo(i + 1);
        }
    }

    /// Keys whose hashes begin alike make segments of very different depth; keys with one home bucket overflow it.
    @ParameterizedTest
    @CsvSource({"0xFFF0000000000000, 0xABC0000000000000", "63, 17", "0xFF0000000000003F, 0x1200000000000005"})
    void keys_whoseHashesAreAlike_areAllFoundAndLeaveNothing(String mask, String wanted) {
        long key = bytes.key(new byte[16]);
        long value = bytes.value(new byte[10]);
        int n = 0;
        long last = 0;
        for (long i = 0; n < 1500; i++) {
            OffHeap.putLong(key, i);
            long hash = KeyHash.hash(key, 16);
            if ((hash & Long.parseUnsignedLong(hex(mask), 16)) == Long.parseUnsignedLong(hex(wanted), 16)) {
                keyspace.setString(key, 16, hash, value, 10, n % 2);
                n++;
                last = i;
            }
        }
        assertThat(keyspace.size()).isEqualTo(1500);
        keyspace.assertValid();
        for (long i = 0; i <= last; i++) {
            OffHeap.putLong(key, i);
            if (keyspace.delete(key, 16, KeyHash.hash(key, 16)) && keyspace.size() % 100 == 0) {
                keyspace.assertValid();
            }
        }
        assertThat(keyspace.size()).isZero();
    }

    private static String hex(String number) {
        return number.startsWith("0x") ? number.substring(2) : Integer.toHexString(Integer.parseInt(number));
    }

    @Test
    void release_withManyLargeValues_leavesTheWalkToTheReclaimer() {
        Reclaimer reclaimer = Reclaimer.start("reclaimer-test");
        Keyspace large = new Keyspace(0, 0, reclaimer, BigValues.NONE, true);
        long value = bytes.value(new byte[5000]);
        for (int i = 0; i < 3000; i++) {
            byte[] name = new byte[i];
            long key = bytes.key(name);
            large.setString(key, i, KeyHash.hash(key, i), value, 5000, i % 3);
        }
        large.assertValid();
        large.release();
        reclaimer.close();
    }

    @Test
    void prefetchEntry_ofAKeyThatIsThere_usuallyReturnsItsEntry() {
        int n = 20_000;
        for (int i = 0; i < n; i++) {
            set("key:" + i, Bytes.of("value"), 0);
        }
        int right = 0;
        for (int i = 0; i < n; i++) {
            long entry = find("key:" + i);
            long hash = KeyHash.hash(Entry.keyAddress(entry), Entry.keyLength(entry));
            keyspace.prefetchBucket(hash);
            right += keyspace.prefetchEntry(hash) == entry ? 1 : 0;
        }
        assertThat(right).isGreaterThan(n * 85 / 100);
    }
}
