package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class UserDataTest {
    @Test
    void pack_anyParts_comesApartAgain() {
        Random random = new Random(1);
        int checked = 0;
        for (int i = 0; i < 100_000; i++) {
            int op = random.nextInt(256);
            int generation = random.nextInt(UserData.GENERATION_MAX + 1);
            int index = random.nextInt();
            long userData = UserData.pack(op, generation, index);
            assertThat(UserData.op(userData)).isEqualTo(op);
            assertThat(UserData.generation(userData)).isEqualTo(generation);
            assertThat(UserData.index(userData)).isEqualTo(index);
            checked++;
        }
        assertThat(checked).isEqualTo(100_000);
    }

    @Test
    void pack_extremes_doNotTouchEachOther() {
        assertThat(UserData.pack(0xFF, 0, 0)).isEqualTo(0xFF00_0000_0000_0000L);
        assertThat(UserData.pack(0, UserData.GENERATION_MAX, 0)).isEqualTo(0x00FF_FFFF_0000_0000L);
        assertThat(UserData.pack(0, 0, -1)).isEqualTo(0x0000_0000_FFFF_FFFFL);
        assertThat(UserData.pack(0, -1, 0)).isEqualTo(0x00FF_FFFF_0000_0000L);
    }

    @Test
    void generation_afterTheLast_isZeroAndDiffersFromItsPredecessor() {
        assertThat(UserData.nextGeneration(UserData.GENERATION_MAX)).isZero();
        assertThat(UserData.nextGeneration(0)).isEqualTo(1);
        long old = UserData.pack(2, 5, 9);
        assertThat(UserData.generation(old)).isNotEqualTo(UserData.nextGeneration(5));
    }
}
