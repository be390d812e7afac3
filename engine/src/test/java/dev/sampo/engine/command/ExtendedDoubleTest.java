package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Results as an x86 redis-server gives them.
class ExtendedDoubleTest {
    private static ExtendedDouble parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        try {
            return ExtendedDouble.parse(address, bytes.length);
        } finally {
            OffHeap.free(address, bytes.length);
        }
    }

    @Test
    void sums_areRoundedTo64Bits_andWrittenShort() {
        String[] cases = {"0.1 0.2 0.3", "10.5 0.1 10.6", "3.0e3 200 3200", "5.0e3 2.0e2 5200",
            "1e20 0.1 100000000000000000000", "10.6 -5 5.6", "0 -1e-18 0", "0 1e-4950 0", "1 0x1p3 9",
            ".5 5. 5.5", "+1 -1 0", "-0 0 0", "1e-17 0 0.00000000000000001",
            "9223372036854775807 1 9223372036854775808", "18446744073709551615 1 18446744073709551616",
            "18446744073709551616 1 18446744073709551616", "18446744073709551616 3 18446744073709551620",
            "36893488147419103232 2 36893488147419103232", "36893488147419103232 6 36893488147419103240"};
        for (String each : cases) {
            String[] words = each.split(" ");
            String sum = new String(parse(words[0]).plus(parse(words[1])).text(), StandardCharsets.US_ASCII);
            assertThat(sum).as(each).isEqualTo(words[2]);
        }
        assertThat(cases).hasSize(19);
    }

    @Test
    void textThatIsNoNumber_isRefused() {
        String[] refused = {"", " 1", "1 ", "x", "1e", ".", "e5", "nan", "NaN", "1e4933", "-1e4933", "1e-5000", "0x", "0x1p20000",
            "1_0", "1\u0000", "1".repeat(5 * 1024), "1e99999999999999999999", "--1", "infinit"};
        for (String each : refused) {
            assertThat(parse(each)).as(each).isNull();
        }
        assertThat(refused).hasSize(20);
    }

    @Test
    void infinities_areNumbersThatNoSumMayBe() {
        assertThat(parse("inf").plus(parse("1")).isFinite()).isFalse();
        assertThat(parse("1").plus(parse("-Infinity")).isFinite()).isFalse();
        assertThat(parse("1e4932").plus(parse("1.1e4932")).isFinite()).isFalse();
        assertThat(parse("1e4932").plus(parse("-1e4932")).isFinite()).isTrue();
    }
}
