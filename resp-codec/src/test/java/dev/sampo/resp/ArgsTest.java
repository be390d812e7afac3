package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ArgsTest {
    @Test
    void requests_ofABatch_areSelectedByBaseAndCount() {
        try (Args args = new Args()) {
            int first = args.begin();
            for (int i = 0; i < 1000; i++) {
                args.add(1000 + i, i);
            }
            int second = args.begin();
            assertThat(args.count()).isZero();
            args.add(5, 6);
            assertThat(args.count()).isEqualTo(1);
            assertThat(second).isEqualTo(1000);
            assertThat(args.size()).isEqualTo(1001);
            args.view(first, 1000);
            assertThat(args.count()).isEqualTo(1000);
            assertThat(args.base()).isZero();
            assertThat(args.address(999)).isEqualTo(1999);
            assertThat(args.length(999)).isEqualTo(999);
            args.rebase(second, 1, 100);
            assertThat(args.view(second, 1).address(0)).isEqualTo(105);
            assertThat(args.view(first, 1000).address(0)).isEqualTo(1000);
            assertThatThrownBy(() -> args.view(1, 1001)).isInstanceOf(IndexOutOfBoundsException.class);
            args.clear();
            assertThat(args.size()).isZero();
            assertThat(args.count()).isZero();
        }
    }

    @Test
    void clear_afterALargeRequest_keepsWorking() {
        try (Args args = new Args()) {
            for (int round = 0; round < 2; round++) {
                args.begin();
                for (int i = 0; i < 200_000; i++) {
                    args.add(i, i);
                }
                assertThat(args.address(199_999)).isEqualTo(199_999);
                args.clear();
                assertThat(args.capacity()).isLessThan(200_000);
            }
        }
    }

    @Test
    void texts_areReadAndCompared() {
        byte[] bytes = "SeT\u00e4".getBytes(StandardCharsets.UTF_8);
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        try (Args args = new Args()) {
            args.begin();
            args.add(address, 3);
            args.add(address, bytes.length);
            assertThat(args.equalsIgnoreCase(0, "SET")).isTrue();
            assertThat(args.equalsIgnoreCase(0, "SETS")).isFalse();
            assertThat(args.equalsIgnoreCase(0, "SEX")).isFalse();
            assertThat(args.string(1)).isEqualTo("SeT\u00e4");
            assertThat(args.bytes(1)).isEqualTo(bytes);
        }
        OffHeap.free(address, bytes.length);
    }
}
