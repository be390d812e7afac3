package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Setup, the two queues against the real kernel, timeouts, and what else needs no socket.
@Timeout(60)
final class IoUringTest {
    private static final IoUring.Options SMALL = IoUring.Options.defaults().withEntries(8, 8);

    private final Completions completions = new Completions();

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @Test
    void nops_manyLapsOfASmallRing_completeOnceAndInOrder() {
        try (IoUring ring = IoUring.create(SMALL)) {
            Sequence sequence = new Sequence();
            int total = 100_003;
            long prepared = 0;
            while (prepared < total) {
                for (int i = 0; i < 5 && prepared < total; i++) {
                    assertThat(ring.prepNop(prepared++)).isTrue();
                }
                assertThat(ring.submit()).isPositive();
                ring.reap(sequence, Integer.MAX_VALUE);
            }
            assertThat(sequence.next).isEqualTo(total);
            assertThat(ring.overflows()).isZero();
        }
    }

    @Test
    void prep_whenFull_flushesByItself() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults().withEntries(4, 64))) {
            assertThat(ring.sqSpace()).isEqualTo(4);
            for (int i = 0; i < 4; i++) {
                assertThat(ring.prepNop(i)).isTrue();
            }
            assertThat(ring.sqSpace()).isZero();
            assertThat(ring.enters()).isZero();
            assertThat(ring.prepNop(4)).isTrue();
            assertThat(ring.enters()).isEqualTo(1);
            assertThat(ring.sqSpace()).isEqualTo(3);
            ring.submit();
            Sequence sequence = new Sequence();
            assertThat(ring.reap(sequence, 100)).isEqualTo(5);
        }
    }

    @Test
    void prep_whenFullAndTheKernelRefuses_returnsFalse() {
        IoUring ring = IoUring.create(IoUring.Options.defaults().withEntries(4, 4));
        // The ring's descriptor goes away behind its back: every enter fails from here on.
        ring.unregisterFd();
        assertThat(Kernel.close(ring.fd())).isZero();
        for (int i = 0; i < 4; i++) {
            assertThat(ring.prepNop(i)).isTrue();
        }
        assertThat(ring.prepNop(4)).isFalse();
        assertThat(ring.prepTimeout(1, 5)).isFalse();
        assertThat(ring.submit()).isEqualTo(-Errno.EBADF);
        assertThat(ring.submitAndWait(1, 1)).isEqualTo(-Errno.EBADF);
        ring.close();
    }

    @Test
    void completions_moreThanTheQueueHolds_overflowAndAreFetchedInOrder() {
        try (IoUring ring = IoUring.create(SMALL)) {
            int total = 500;
            int prepared = 0;
            while (prepared < total && ring.prepNop(prepared)) {
                prepared++;
            }
            ring.submit();
            assertThat(prepared).isGreaterThan(ring.cqEntries());
            assertThat(ring.completionsPending()).isTrue();
            Sequence sequence = new Sequence();
            assertThat(ring.reap(sequence, Integer.MAX_VALUE)).isEqualTo(prepared);
            assertThat(ring.overflows()).isPositive();
            assertThat(ring.droppedCompletions()).isZero();
            assertThat(ring.completionsPending()).isFalse();
        }
    }

    @Test
    void reap_withMaximum_leavesTheRest() {
        try (IoUring ring = IoUring.create(SMALL)) {
            for (int i = 0; i < 6; i++) {
                ring.prepNop(i);
            }
            ring.submit();
            Sequence sequence = new Sequence();
            assertThat(ring.reap(sequence, 0)).isZero();
            assertThat(ring.reap(sequence, 4)).isEqualTo(4);
            assertThat(ring.completionsPending()).isTrue();
            assertThat(ring.reap(sequence, 4)).isEqualTo(2);
            assertThat(ring.completionsPending()).isFalse();
        }
    }

    @Test
    void handler_submittingWhileReaped_seesItsOwnRequestsComplete() {
        try (IoUring ring = IoUring.create(SMALL)) {
            int[] handled = {0};
            CompletionHandler chain = (userData, _, _) -> {
                handled[0]++;
                // Two for one: more than the queue holds, so that the flush inside prep is reached too.
                if (userData < 8) {
                    assertThat(ring.prepNop(userData + 1)).isTrue();
                    assertThat(ring.prepNop(userData + 1)).isTrue();
                }
            };
            ring.prepNop(0);
            while (handled[0] < 511) {
                ring.submitAndWait(1, Rings.SECOND);
                assertThat(ring.reap(chain, Integer.MAX_VALUE)).isPositive();
            }
            assertThat(handled[0]).isEqualTo(511);
            assertThat(ring.droppedCompletions()).isZero();
        }
    }

    @Test
    void timeouts_severalInFlight_fireInTheOrderOfTheirDeadlines() {
        try (IoUring ring = IoUring.create(SMALL)) {
            long start = System.nanoTime();
            for (int i = 5; i >= 1; i--) {
                assertThat(ring.prepTimeout(i * 10_000_000L, i)).isTrue();
            }
            Rings.await(ring, completions, 5);
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000L);
            for (int i = 0; i < 5; i++) {
                assertThat(completions.get(i).userData()).isEqualTo(i + 1);
                assertThat(completions.get(i).result()).isEqualTo(-Errno.ETIME);
            }
        }
    }

    @Test
    void timeouts_moreThanSubmissionSlots_keepTheirOwnDurations() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults().withEntries(4, 64))) {
            for (int i = 0; i < 20; i++) {
                long nanos = i % 2 == 0 ? 1_000_000L : 3600 * Rings.SECOND;
                assertThat(ring.prepTimeout(nanos, i)).isTrue();
            }
            Rings.await(ring, completions, 10);
            assertThat(completions.all()).allMatch(c -> c.userData() % 2 == 0 && c.result() == -Errno.ETIME).hasSize(10);
        }
    }

    @Test
    void timeout_removed_completesCancelled() {
        try (IoUring ring = IoUring.create(SMALL)) {
            ring.prepTimeout(3600 * Rings.SECOND, 1);
            ring.submit();
            ring.prepTimeoutRemove(1, 2);
            ring.prepTimeoutRemove(99, 3);
            Rings.await(ring, completions, 3);
            assertThat(completions.resultsOf(1)).containsExactly(-Errno.ECANCELED);
            assertThat(completions.resultsOf(2)).containsExactly(0);
            assertThat(completions.resultsOf(3)).containsExactly(-Errno.ENOENT);
        }
    }

    @Test
    void submitAndWait_nothingHappens_returnsAfterTheTimeout() {
        try (IoUring ring = IoUring.create(SMALL)) {
            long start = System.nanoTime();
            assertThat(ring.submitAndWait(1, 30_000_000L)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000L);
            assertThat(ring.reap(completions, 1)).isZero();
        }
    }

    @Test
    void submitAndWait_noWaitOrEnoughReady_doesNotBlock() {
        try (IoUring ring = IoUring.create(SMALL)) {
            assertThat(ring.submitAndWait(1, 0)).isZero();
            assertThat(ring.submitAndWait(0, -1)).isZero();
            ring.prepNop(1);
            assertThat(ring.submitAndWait(1, -1)).isEqualTo(1);
            long enters = ring.enters();
            assertThat(ring.submitAndWait(1, -1)).isZero();
            assertThat(ring.enters()).as("a completion is ready, nothing to submit").isEqualTo(enters);
        }
    }

    @Test
    void pollAdd_eventfdWritten_reportsReadable() {
        try (IoUring ring = IoUring.create(SMALL)) {
            int fd = Kernel.eventfd();
            long memory = Kernel.mmap(4096);
            RawMemory.putLong(memory, 1);
            ring.prepPollAdd(fd, Kernel.POLLIN, 1);
            ring.submit();
            assertThat(ring.reap(completions, 1)).isZero();
            assertThat(Kernel.write(fd, memory, 8)).isEqualTo(8);
            Rings.await(ring, completions, 1);
            assertThat(completions.resultsOf(1)).containsExactly(Kernel.POLLIN);
            Kernel.munmap(memory, 4096);
            Kernel.close(fd);
        }
    }

    @Test
    void msgRing_toAnotherRing_postsACompletionThere() throws Exception {
        try (IoUring target = IoUring.create(SMALL)) {
            int targetFd = target.fd();
            CompletableFuture<List<Integer>> sender = CompletableFuture.supplyAsync(() -> {
                Completions sent = new Completions();
                try (IoUring source = IoUring.create(SMALL)) {
                    source.prepMsgRing(targetFd, 77, 42, 1);
                    Rings.await(source, sent, 1);
                }
                return sent.resultsOf(1);
            });
            Rings.await(target, completions, 1);
            assertThat(completions.get(0)).isEqualTo(new Completions.Completion(77, 42, 0));
            assertThat(sender.get(20, TimeUnit.SECONDS)).containsExactly(0);
        }
    }

    @Test
    void setup_everyStepOfTheLadder_givesAWorkingRing() {
        int worked = 0;
        for (int step = 0; step < RingSetup.ladderSteps(); step++) {
            Completions seen = new Completions();
            try (IoUring ring = IoUring.create(SMALL, step); BufferRing buffers = new BufferRing(ring, 1, 4, 512)) {
                assertThat(ring.setupFlags().contains("NO_SQARRAY")).isEqualTo(step == 0);
                assertThat(ring.setupFlags().contains("DEFER_TASKRUN")).isEqualTo(step < 2);
                assertThat(ring.setupFlags().contains("SINGLE_ISSUER")).isEqualTo(step < 3);
                for (int i = 0; i < 20; i++) {
                    assertThat(ring.prepNop(i)).isTrue();
                    ring.submit();
                    ring.reap(seen, 100);
                }
                ring.prepTimeout(1_000_000, 100);
                Rings.await(ring, seen, 21);
                assertThat(seen.get(20)).isEqualTo(new Completions.Completion(100, -Errno.ETIME, 0));
                int[] fds = new int[2];
                assertThat(Kernel.socketpair(fds)).isZero();
                ring.prepRecvMultishot(fds[0], 1, 200);
                ring.submit();
                assertThat(Kernel.write(fds[1], buffers.address(3), 10)).isEqualTo(10);
                Rings.await(ring, seen, 22);
                assertThat(seen.get(21).result()).isEqualTo(10);
                assertThat(buffers.available()).isEqualTo(3);
                Kernel.close(fds[0]);
                Kernel.close(fds[1]);
                worked++;
            }
        }
        assertThat(worked).isEqualTo(6);
    }

    @Test
    void setup_withoutDeferral_skipsThoseSteps() {
        try (IoUring ring = IoUring.create(SMALL.withDeferTaskrun(false))) {
            assertThat(ring.setupFlags()).contains("COOP_TASKRUN").doesNotContain("DEFER_TASKRUN");
        }
    }

    @Test
    void disabledRing_enabledByAnotherThread_belongsToIt() throws Exception {
        try (IoUring ring = IoUring.create(SMALL.withStartDisabled(true))) {
            assertThatThrownBy(() -> ring.prepNop(1)).isInstanceOf(AssertionError.class);
            Thread owner = Thread.ofPlatform().start(() -> {
                if (ring.enable() == 0 && ring.prepNop(5)) {
                    Rings.await(ring, completions, 1);
                }
            });
            assertThat(owner.join(Duration.ofSeconds(20))).isTrue();
            assertThat(completions.resultsOf(5)).containsExactly(0);
            assertThatThrownBy(() -> ring.prepNop(1)).isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void manyRings_onOneThread_workBeyondTheRegistrationsOfTheKernel() {
        List<IoUring> rings = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rings.add(IoUring.create(SMALL));
        }
        for (IoUring ring : rings) {
            ring.prepNop(rings.indexOf(ring));
            assertThat(ring.submit()).isEqualTo(1);
            ring.reap(completions, 10);
        }
        assertThat(completions.all()).extracting(Completions.Completion::userData).hasSize(20).isSorted().doesNotHaveDuplicates();
        rings.forEach(IoUring::close);
    }

    @Test
    void closedRing_anyUse_isRefusedInsteadOfTouchingUnmappedMemory() {
        IoUring ring = IoUring.create(SMALL);
        ring.close();
        ring.close();
        assertThatThrownBy(() -> ring.prepNop(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ring.prepTimeout(1, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(ring::submit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ring.submitAndWait(1, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ring.reap(completions, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(ring::completionsPending).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(ring::sqSpace).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new BufferRing(ring, 1, 2, 64)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_requestsInFlight_releasesTheirFiles() {
        int listener = Kernel.listenTcp(InetAddress.getLoopbackAddress(), 0, 1, false);
        int port = Kernel.localPort(listener);
        try (IoUring ring = IoUring.create(SMALL)) {
            ring.prepAcceptMultishot(listener, 1);
            ring.submit();
            assertThat(Kernel.close(listener)).isZero();
        }
        // The accept held the listener open; were it still there, the port would be taken.
        int again = Kernel.listenTcp(InetAddress.getLoopbackAddress(), port, 1, false);
        assertThat(again).isPositive();
        assertThat(Kernel.close(again)).isZero();
    }

    @Test
    void options_outOfRange_areRefused() {
        assertThatThrownBy(() -> SMALL.withEntries(0, 8)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SMALL.withEntries(16, 8)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SMALL.withEntries(32769, 65536)).isInstanceOf(IllegalArgumentException.class);
        try (IoUring ring = IoUring.create(SMALL.withEntries(5, 9))) {
            assertThat(ring.sqEntries()).isEqualTo(8);
            assertThat(ring.cqEntries()).isEqualTo(16);
        }
    }

    @Test
    void bufferRing_badShapes_areRefused() {
        try (IoUring ring = IoUring.create(SMALL)) {
            assertThatThrownBy(() -> new BufferRing(ring, 1, 3, 64)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new BufferRing(ring, 1, 0, 64)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new BufferRing(ring, -1, 4, 64)).isInstanceOf(IllegalArgumentException.class);
            try (BufferRing first = new BufferRing(ring, 1, 32768, 16)) {
                assertThat(first.available()).isEqualTo(32768);
                assertThatThrownBy(() -> new BufferRing(ring, 1, 4, 64)).isInstanceOf(UringException.class)
                        .hasMessageContaining("EEXIST");
            }
            try (BufferRing again = new BufferRing(ring, 1, 4, 64)) {
                assertThat(again.available()).isEqualTo(4);
            }
        }
    }

    /// Expects user data 0, 1, 2, ... and result 0.
    private static final class Sequence implements CompletionHandler {
        private long next;

        @Override
        public void complete(long userData, int result, int flags) {
            if (userData != next || result != 0 || flags != 0) {
                throw new AssertionError("expected " + next + ", got " + userData + " " + result + " " + flags);
            }
            next++;
        }
    }
}
