package dev.sampo.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64Test {
    private static long of(byte[] bytes, int cut) {
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        long crc = Crc64.update(Crc64.update(0, address, cut), address + cut, bytes.length - cut);
        OffHeap.free(address, bytes.length);
        return crc;
    }

    /// Bit by bit, as the definition says.
    private static long slow(byte[] bytes) {
        long crc = 0;
        for (byte each : bytes) {
            for (int bit = 0; bit < 8; bit++) {
                boolean odd = (crc >>> 63 ^ each >>> bit & 1) != 0;
                crc = crc << 1 ^ (odd ? 0xAD93D23594C935A9L : 0);
            }
        }
        return Long.reverse(crc);
    }

    @Test
    void knownText_hasKnownChecksum() {
        assertThat(of("123456789".getBytes(StandardCharsets.US_ASCII), 0)).isEqualTo(0xE9C6D914C4B8D9CAL);
        assertThat(of(new byte[0], 0)).isZero();
    }

    @Test
    void randomBytes_inTwoPieces_haveTheChecksumOfTheDefinition() {
        Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertThat(of(bytes, random.nextInt(length + 1))).isEqualTo(slow(bytes));
        }
    }

    @Test
    void checksumsOfTwoRuns_combineToThatOfBoth() {
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            byte[] first = new byte[random.nextInt(300)];
            byte[] second = new byte[random.nextInt(i < 100 ? 10 : 100_000)];
            random.nextBytes(first);
            random.nextBytes(second);
            assertThat(Crc64.combine(of(first, 0), of(second, 0), second.length)).isEqualTo(of(Forms.concat(first, second), 0));
        }
    }
}
