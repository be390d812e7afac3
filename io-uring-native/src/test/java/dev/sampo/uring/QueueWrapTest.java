package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The two queues over plain memory, where the test plays the kernel and lets the counters begin just before they wrap.
final class QueueWrapTest {
    private static final int ENTRIES = 8;
    private static final int SQ_FIELDS = 0;
    private static final int CQ_FIELDS = 64;
    private static final int CQES = 128;

    private final Arena arena = Arena.ofConfined();
    private final long rings = arena.allocate(CQES + ENTRIES * 16L, 64).address();
    private final long sqes = arena.allocate(ENTRIES * 64L, 64).address();
    private final long params = arena.allocate(Abi.PARAMS_BYTES, 8).address();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void submissionQueue_countersWrap_handsOutSlotsInOrder() {
        int[] starts = {0, Integer.MAX_VALUE - 20, -21};
        int checked = 0;
        for (int start : starts) {
            SubmissionQueue queue = new SubmissionQueue(setupStartingAt(start));
            int tail = start;
            for (int lap = 0; lap < 10; lap++) {
                for (int i = 0; i < ENTRIES - 3; i++) {
                    assertThat(queue.claim()).isEqualTo(sqes + (tail++ & ENTRIES - 1) * 64L);
                    checked++;
                }
                assertThat(queue.space()).isEqualTo(3);
                assertThat(RawMemory.getInt(rings + SQ_FIELDS + 4)).isNotEqualTo(tail);
                assertThat(queue.publish()).isEqualTo(ENTRIES - 3);
                assertThat(RawMemory.getInt(rings + SQ_FIELDS + 4)).isEqualTo(tail);
                RawMemory.putInt(rings + SQ_FIELDS, tail);
                assertThat(queue.space()).isEqualTo(ENTRIES);
            }
        }
        assertThat(checked).isEqualTo(3 * 10 * 5);
    }

    @Test
    void submissionQueue_full_claimsNothing() {
        SubmissionQueue queue = new SubmissionQueue(setupStartingAt(Integer.MAX_VALUE - 3));
        for (int i = 0; i < ENTRIES; i++) {
            assertThat(queue.claim()).isNotZero();
        }
        assertThat(queue.claim()).isZero();
        assertThat(queue.space()).isZero();
        assertThat(queue.publish()).isEqualTo(ENTRIES);
    }

    @Test
    void completionQueue_countersWrap_deliversEachEntryOnce() {
        int[] starts = {0, Integer.MAX_VALUE - 20, -21};
        int checked = 0;
        for (int start : starts) {
            CompletionQueue queue = new CompletionQueue(setupStartingAt(start));
            Completions completions = new Completions();
            int tail = start;
            long next = 0;
            for (int lap = 0; lap < 20; lap++) {
                int posted = 1 + lap % ENTRIES;
                for (int i = 0; i < posted; i++) {
                    post(tail++, next++);
                }
                RawMemory.putInt(rings + CQ_FIELDS + 4, tail);
                assertThat(queue.ready()).isEqualTo(posted);
                assertThat(queue.drain(completions, 2)).isEqualTo(Math.min(2, posted));
                assertThat(queue.drain(completions, 100)).isEqualTo(Math.max(0, posted - 2));
                assertThat(queue.drain(completions, 100)).isZero();
                assertThat(RawMemory.getInt(rings + CQ_FIELDS)).isEqualTo(tail);
            }
            assertThat(completions.count()).isEqualTo((int) next);
            for (int i = 0; i < next; i++) {
                assertThat(completions.get(i)).isEqualTo(new Completions.Completion(i, -i, i));
                checked++;
            }
        }
        assertThat(checked).isPositive();
    }

    @Test
    void completionQueue_handlerThrows_doesNotDeliverTheEntryAgain() {
        CompletionQueue queue = new CompletionQueue(setupStartingAt(0));
        post(0, 0);
        post(1, 1);
        RawMemory.putInt(rings + CQ_FIELDS + 4, 2);
        assertThatThrownBy(() -> queue.drain((_, _, _) -> {
            throw new IllegalArgumentException("thrown by the handler");
        }, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThat(RawMemory.getInt(rings + CQ_FIELDS)).isEqualTo(1);
        Completions completions = new Completions();
        assertThat(queue.drain(completions, 10)).isEqualTo(1);
        assertThat(completions.get(0).userData()).isEqualTo(1);
    }

    @Test
    void completionQueue_reapInsideHandler_isRefused() {
        CompletionQueue queue = new CompletionQueue(setupStartingAt(0));
        post(0, 0);
        RawMemory.putInt(rings + CQ_FIELDS + 4, 1);
        assertThatThrownBy(() -> queue.drain((_, _, _) -> queue.drain(new Completions(), 1), 10))
                .isInstanceOf(IllegalStateException.class);
    }

    private void post(int position, long number) {
        long cqe = rings + CQES + (position & ENTRIES - 1) * 16L;
        RawMemory.putLong(cqe, number);
        RawMemory.putInt(cqe + 8, (int) -number);
        RawMemory.putInt(cqe + 12, (int) number);
    }

    private RingSetup setupStartingAt(int start) {
        layout(Abi.PARAMS_SQ_OFF, SQ_FIELDS);
        layout(Abi.PARAMS_CQ_OFF, CQ_FIELDS);
        RawMemory.putInt(params + Abi.PARAMS_CQ_OFF + Abi.CQ_OFF_CQES, CQES);
        for (long fields : new long[] {rings + SQ_FIELDS, rings + CQ_FIELDS}) {
            RawMemory.putInt(fields, start);
            RawMemory.putInt(fields + 4, start);
            RawMemory.putInt(fields + 8, ENTRIES - 1);
        }
        return new RingSetup(-1, 0, 0, ENTRIES, ENTRIES, rings, 0, sqes, params);
    }

    private void layout(int offsets, int fields) {
        RawMemory.putInt(params + offsets, fields);
        RawMemory.putInt(params + offsets + 4, fields + 4);
        RawMemory.putInt(params + offsets + 8, fields + 8);
        RawMemory.putInt(params + offsets + 16, fields + 16);
    }
}
