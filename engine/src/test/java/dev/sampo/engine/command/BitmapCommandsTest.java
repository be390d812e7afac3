package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Settings;
import dev.sampo.engine.value.Bits;
import dev.sampo.resp.OffHeap;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitmapCommandsTest {
    private static String run(EngineFixture engine, String line) {
        return EngineFixture.text(engine.run(line));
    }

    /// What Redis 7.2 answers and 7.0 does not.
    @Test
    void rangesOfMissingKeys_areCheckedAllTheSame() {
        try (var engine = new EngineFixture()) {
            assertThat(run(engine, "BITCOUNT nosuch x y")).isEqualTo("-ERR value is not an integer or out of range");
            assertThat(run(engine, "BITCOUNT nosuch 0")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "BITCOUNT nosuch 0 1 BITS")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "BITCOUNT nosuch 0 1 BIT")).isEqualTo(":0");
            assertThat(run(engine, "BITPOS nosuch 1 0 1 BITS")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "BITPOS nosuch 0 0 x")).isEqualTo("-ERR value is not an integer or out of range");
            assertThat(run(engine, "BITPOS nosuch 0 0 1 BIT 1")).isEqualTo("-ERR syntax error");
            assertThat(run(engine, "BITPOS nosuch 0 5")).isEqualTo(":0");
            assertThat(run(engine, "BITPOS nosuch 1 5")).isEqualTo(":-1");
        }
    }

    @Test
    void bitfield_ofValuesNearTheLeast_saturatesWhereRedisDoes() {
        try (var engine = new EngineFixture()) {
            assertThat(run(engine, "BITFIELD k OVERFLOW SAT SET i16 0 -9223372036854775807 GET i16 0")).isEqualTo("[:0 :32767]");
            assertThat(run(engine, "BITFIELD k OVERFLOW SAT SET i16 0 -9223372036854743040 GET i16 0"))
                .isEqualTo("[:32767 :-32768]");
            assertThat(run(engine, "BITFIELD k OVERFLOW SAT SET i64 0 -9223372036854775808 INCRBY i64 0 -1"))
                .contains(":-9223372036854775808]");
            assertThat(run(engine, "BITFIELD k OVERFLOW SAT SET i64 0 9223372036854775807 INCRBY i64 0 1"))
                .contains(":9223372036854775807]");
        }
    }

    @Test
    void offsets_endAtTheLongestString() {
        try (var engine = new EngineFixture()) {
            engine.settings(Settings.DEFAULT.withBulkLengthMax(100));
            assertThat(run(engine, "SETBIT k 799 1")).isEqualTo(":0");
            assertThat(run(engine, "SETBIT k 800 1")).isEqualTo("-ERR bit offset is not an integer or out of range");
            assertThat(run(engine, "GETBIT k 799")).isEqualTo(":1");
            assertThat(run(engine, "BITFIELD k SET u8 #99 1")).isEqualTo("[:1]");
            assertThat(run(engine, "BITFIELD k SET u8 #100 1")).isEqualTo("-ERR bit offset is not an integer or out of range");
            assertThat(run(engine, "BITFIELD k SET i64 799 1")).isEqualTo("[:-9223372036854775808]");
            assertThat(run(engine, "STRLEN k")).isEqualTo(":108");
            assertThat(run(engine, "BITFIELD k GET u8 #2305843009213693952"))
                .isEqualTo("-ERR bit offset is not an integer or out of range");
        }
    }

    @Test
    void whatChangesNothing_isNoChange() {
        try (var engine = new EngineFixture()) {
            engine.run("SET k a");
            long before = engine.shard(0).counters().dirty();
            engine.run("SETBIT k 1 1");
            engine.run("BITFIELD k SET u8 0 97 GET u8 100 INCRBY u8 0 0 OVERFLOW FAIL INCRBY u8 0 500");
            engine.run("BITFIELD k");
            assertThat(engine.shard(0).counters().dirty()).isEqualTo(before);
            engine.run("BITFIELD k SET u8 0 98");
            assertThat(engine.shard(0).counters().dirty()).isEqualTo(before + 1);
        }
    }

    @Test
    void bitop_acrossShards_isLoggedOnItsDestinationOnly() {
        try (var engine = new EngineFixture(4)) {
            engine.run("MSET a abc b xyz c 123");
            engine.effects().clear();
            assertThat(run(engine, "BITOP XOR d a b c")).isEqualTo(":3");
            assertThat(run(engine, "BITOP AND d nosuch")).isEqualTo(":0");
            assertThat(run(engine, "BITOP AND d nosuch")).isEqualTo(":0");
            assertThat(engine.effects().texts()).containsExactly("SET d ()*", "DEL d");
        }
    }

    @Test
    void kernels_agreeWithASetOfBits() {
        Random random = new Random(1);
        int compared = 0;
        for (int round = 0; round < 4_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(round % 10 == 0 ? 300 : 20)];
            // Long runs of equal bits as well as mixed ones.
            if (round % 3 == 0) {
                random.nextBytes(bytes);
            } else {
                java.util.Arrays.fill(bytes, (byte) (round % 2 == 0 ? 0 : -1));
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            BitSet model = new BitSet();
            for (int i = 0; i < bytes.length * 8; i++) {
                model.set(i, (bytes[i >> 3] >> 7 - (i & 7) & 1) != 0);
            }
            long address = OffHeap.allocate(bytes.length);
            OffHeap.copyFrom(bytes, 0, address, bytes.length);
            int first = random.nextInt(bytes.length * 8);
            int last = first + random.nextInt(bytes.length * 8 - first);
            int set = model.nextSetBit(first);
            int clear = model.nextClearBit(first);
            assertThat(Bits.count(address, bytes.length)).isEqualTo(model.cardinality());
            assertThat(Bits.count(address, first, last)).isEqualTo(model.get(first, last + 1).cardinality());
            assertThat(Bits.find(address, first, last, true)).isEqualTo(set < 0 || set > last ? -1 : set);
            assertThat(Bits.find(address, first, last, false)).isEqualTo(clear > last ? -1 : clear);
            int width = 1 + random.nextInt(64);
            BigInteger padded = new BigInteger(1, bytes).shiftLeft(64);
            BigInteger expected = padded.shiftRight(bytes.length * 8 + 64 - first - width)
                .and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE));
            assertThat(Bits.read(address, bytes.length, first, width)).isEqualTo(expected.longValue());
            OffHeap.free(address, bytes.length);
            compared += 5;
        }
        assertThat(compared).isEqualTo(20_000);
    }
}
