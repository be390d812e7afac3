package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.resp.OffHeap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElementTest {
    private static final int[] LENGTHS = {0, 1, 20, 61, 62, 252, 253, 300, 4000, 4001, 70_000};

    private TestBlocks memory;
    private final long text = OffHeap.allocate(70_000);

    @BeforeEach
    void start() {
        memory = new TestBlocks();
        for (int i = 0; i < 70_000; i++) {
            OffHeap.putByte(text + i, (byte) (i * 7 + i / 251));
        }
    }

    @AfterEach
    void leaveNothing() {
        assertThat(memory.liveBlocks()).isZero();
        memory.close();
        OffHeap.free(text, 70_000);
    }

    private void check(int ref, int memberLength, int valueLength, Long extra) {
        long e = memory.blocks.address(ref);
        memory.blocks.guardVerify(ref);
        assertThat(Element.memberLength(e)).isEqualTo(memberLength);
        assertThat(OffHeap.equals(Element.memberAddress(e), text, memberLength)).isTrue();
        assertThat(Element.hasMember(e, text, memberLength)).isTrue();
        assertThat(Element.hasMember(e, text, memberLength + 1)).isFalse();
        assertThat(Element.compare(text, memberLength, e)).isZero();
        assertThat(Element.compare(text, memberLength + 1, e)).isPositive();
        assertThat(Element.hasValue(e)).isEqualTo(valueLength >= 0);
        if (valueLength >= 0) {
            assertThat(Element.valueLength(e)).isEqualTo(valueLength);
            assertThat(OffHeap.equals(Element.valueAddress(e), text, valueLength)).isTrue();
        }
        assertThat(Element.hasExtra(e)).isEqualTo(extra != null);
        if (extra != null) {
            assertThat(Element.extra(e)).isEqualTo(extra);
        }
        assertThat(Element.bytes(memory.blocks, ref)).isBetween((long) memberLength + Math.max(0, valueLength),
            (memberLength + Math.max(0, valueLength)) * 4L / 3 + 64);
        assertThat(Element.blocks(e)).isEqualTo(1 + (memberLength > 4000 ? 1 : 0) + (valueLength > 4000 ? 1 : 0));
    }

    @Test
    void member_ofAnyLength_isKept() {
        for (int length : LENGTHS) {
            int plain = Element.create(memory.blocks, text, length);
            int scored = Element.createExtra(memory.blocks, text, length, -5);
            check(plain, length, -1, null);
            check(scored, length, -1, -5L);
            scored = Element.setExtra(memory.blocks, scored, 8);
            check(scored, length, -1, 8L);
            Element.free(memory.blocks, plain);
            Element.free(memory.blocks, scored);
        }
    }

    /// Values and deadlines of fields change at random, under a view too.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void field_changedAtRandom_keepsWhatWasSetLast(boolean viewed) {
        SplittableRandom random = new SplittableRandom(1);
        if (viewed) {
            memory.blocks.beginView();
        }
        for (int memberLength : LENGTHS) {
            int valueLength = LENGTHS[random.nextInt(LENGTHS.length)];
            Long extra = null;
            int ref = Element.createField(memory.blocks, text, memberLength, text, valueLength);
            for (int i = 0; i < 300; i++) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        extra = random.nextLong();
                        ref = Element.setExtra(memory.blocks, ref, extra);
                    }
                    case 1 -> {
                        extra = null;
                        ref = Element.clearExtra(memory.blocks, ref);
                    }
                    default -> {
                        valueLength = random.nextBoolean() ? LENGTHS[random.nextInt(LENGTHS.length)] : random.nextInt(100);
                        ref = Element.setValue(memory.blocks, ref, text, valueLength);
                    }
                }
                check(ref, memberLength, valueLength, extra);
            }
            Element.free(memory.blocks, ref);
        }
        if (viewed) {
            memory.blocks.endView();
            memory.reclaim();
        }
        memory.assertValid();
    }

    @Test
    void change_underAView_leavesTheOldElement() {
        for (int memberLength : LENGTHS) {
            for (int valueLength : LENGTHS) {
                int ref = Element.createField(memory.blocks, text, memberLength, text, valueLength);
                ref = Element.setExtra(memory.blocks, ref, 77);
                memory.blocks.beginView();
                int changed = Element.setExtra(memory.blocks, ref, 78);
                check(ref, memberLength, valueLength, 77L);
                changed = Element.setValue(memory.blocks, changed, text, 5);
                check(ref, memberLength, valueLength, 77L);
                check(changed, memberLength, 5, 78L);
                Element.free(memory.blocks, changed);
                check(ref, memberLength, valueLength, 77L);
                memory.blocks.endView();
                memory.reclaim();
                assertThat(memory.liveBlocks()).isZero();
            }
        }
    }
}
