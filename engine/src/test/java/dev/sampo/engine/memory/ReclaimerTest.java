package dev.sampo.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.resp.OffHeap;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

class ReclaimerTest {
    @Test
    void work_fromManyThreads_isDoneOnItsThreadBeforeCloseReturns() throws InterruptedException {
        Reclaimer reclaimer = Reclaimer.start("reclaimer-test");
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        long before = OffHeap.allocatedBytes();
        List<Thread> producers = IntStream.range(0, 4).mapToObj(_ -> Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 500; i++) {
                reclaimer.run(() -> done.add(Thread.currentThread().getName()));
                long big = 2 * Reclaimer.THRESHOLD;
                reclaimer.free(OffHeap.allocate(big), big);
                reclaimer.free(OffHeap.allocate(8), 8);
            }
        })).toList();
        for (Thread producer : producers) {
            producer.join();
        }
        reclaimer.close();
        assertThat(done).hasSize(2000).containsOnly("reclaimer-test");
        assertThat(OffHeap.allocatedBytes()).isEqualTo(before);
        assertThat(reclaimer.pending()).isZero();
        assertThatThrownBy(() -> reclaimer.run(() -> { })).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void work_thatComesOneByOne_isAlwaysPickedUp() throws InterruptedException {
        try (Reclaimer reclaimer = Reclaimer.start("reclaimer-test")) {
            for (int i = 0; i < 2000; i++) {
                Thread waiting = Thread.currentThread();
                boolean[] done = new boolean[1];
                reclaimer.run(() -> {
                    synchronized (done) {
                        done[0] = true;
                        done.notifyAll();
                    }
                });
                synchronized (done) {
                    for (int tries = 0; !done[0] && tries < 100; tries++) {
                        done.wait(100);
                    }
                    assertThat(done[0]).as("task %d of %s", i, waiting).isTrue();
                }
            }
        }
    }

    @Test
    void task_thatThrows_doesNotStopTheThread() {
        Reclaimer reclaimer = Reclaimer.start("reclaimer-test");
        List<Throwable> caught = Collections.synchronizedList(new ArrayList<>());
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        reclaimer.run(() -> Thread.currentThread().setUncaughtExceptionHandler((_, e) -> caught.add(e)));
        reclaimer.run(() -> {
            throw new IllegalArgumentException("expected");
        });
        reclaimer.run(() -> done.add("after"));
        reclaimer.close();
        assertThat(caught).hasSize(1).first().isInstanceOf(IllegalArgumentException.class);
        assertThat(done).containsExactly("after");
    }

    @Test
    void inline_doesEverythingAtOnce() {
        List<String> done = new ArrayList<>();
        Reclaimer.INLINE.run(() -> done.add(Thread.currentThread().getName()));
        assertThat(done).containsExactly(Thread.currentThread().getName());
        Reclaimer.INLINE.close();
    }
}
