package dev.sampo.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotMapTest {
    private final Bytes bytes = new Bytes(0);

    @AfterEach
    void release() {
        bytes.close();
    }

    private int slot(String key) {
        return SlotMap.slot(bytes.key(Bytes.of(key)), key.length());
    }

    /// The specification's own words, one bit at a time.
    private static int crc(byte[] data) {
        int crc = 0;
        for (byte b : data) {
            crc ^= (b & 0xFF) << 8;
            for (int i = 0; i < 8; i++) {
                crc = ((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
            }
        }
        return crc;
    }

    @Test
    void crc_ofTheCheckString_isTheOnePublished() {
        assertThat(SlotMap.crc16(bytes.key(Bytes.of("123456789")), 9)).isEqualTo(0x31C3);
    }

    @Test
    void crc_ofEveryLength_isThatOfTheDefinition() {
        TestRng random = new TestRng(1);
        for (int length = 0; length < 300; length++) {
            byte[] key = random.bytes(length);
            assertThat(SlotMap.crc16(bytes.key(key), length)).isEqualTo(crc(key));
        }
    }

    /// Values a Redis server gives to CLUSTER KEYSLOT.
    @ParameterizedTest
    @CsvSource({"foo, 12182", "bar, 5061", "hello, 866", "somekey, 11058", "123456789, 12739"})
    void slot_ofAKnownKey_isRediss(String key, int slot) {
        assertThat(slot(key)).isEqualTo(slot);
    }

    @ParameterizedTest
    @CsvSource({
        "{user1000}.following, user1000", "{user1000}.followers, user1000", "foo{}{bar}, foo{}{bar}", "foo{{bar}}zap, {bar",
        "foo{bar}{zap}, bar", "}foo{bar}, bar", "foo{bar, foo{bar", "foo}bar{, foo}bar{", "{}, {}", "{a}, a",
        "a-long-prefix-of-more-than-eight-bytes{tag-of-more-than-eight-bytes}rest, tag-of-more-than-eight-bytes"})
    void slot_withBraces_isThatOfTheFirstTagUnlessEmpty(String key, String hashed) {
        assertThat(slot(key)).isEqualTo(crc(Bytes.of(hashed)) & 16383);
    }

    @Test
    void shard_ofSlots_dividesThemIntoContiguousEqualRanges() {
        for (int shards = 1; shards <= 100; shards++) {
            int[] owned = new int[shards];
            int last = 0;
            for (int slot = 0; slot < SlotMap.SLOTS; slot++) {
                int shard = SlotMap.shard(slot, shards);
                assertThat(shard).isBetween(last, Math.min(last + 1, shards - 1));
                last = shard;
                owned[shard]++;
            }
            for (int n : owned) {
                assertThat(n).isBetween(SlotMap.SLOTS / shards, SlotMap.SLOTS / shards + 1);
            }
        }
    }
}
