package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The park and wake protocol between real threads. A lost wake shows as a wait that times out over a full inbox.
@Timeout(120)
final class WakeupTest {
    private static final long WAKEUP = 1;
    private static final int HUNT_SECONDS = 4;
    private static final int RACE_SECONDS = 3;
    private static final int ROUND_TRIPS = 20_000;

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @Test
    void wake_parkedOwner_returnsFromTheWait() throws Exception {
        Owner owner = new Owner();
        owner.start();
        owner.awaitParked();
        owner.post(1);
        owner.awaitSeen(1);
        owner.stop();
        assertThat(owner.lost.get()).isZero();
        assertThat(owner.wakes).isPositive();
    }

    @Test
    void wake_runningOwner_costsNoSystemCall() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults()); Wakeup wakeup = new Wakeup(ring, WAKEUP)) {
            Completions completions = new Completions();
            wakeup.arm();
            ring.submit();
            for (int i = 0; i < 1000; i++) {
                wakeup.wake();
            }
            assertThat(ring.submitAndWait(1, 1_000_000)).isZero();
            assertThat(ring.reap(completions, 10)).isZero();
            assertThat(wakeup.parking()).isTrue();
            wakeup.wake();
            wakeup.wake();
            Rings.await(ring, completions, 1);
            assertThat(completions.resultsOf(WAKEUP)).containsExactly(8);
            wakeup.onCompletion();
            assertThat(wakeup.wakes()).isEqualTo(1);
            wakeup.unparked();
        }
    }

    @Test
    void close_readInFlight_cancelsItAndStopsWriters() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
            Wakeup wakeup = new Wakeup(ring, WAKEUP);
            assertThat(wakeup.parking()).isTrue();
            wakeup.close();
            wakeup.close();
            wakeup.unparked();
            wakeup.wake();
            Completions completions = new Completions();
            Rings.await(ring, completions, 1);
            assertThat(completions.resultsOf(WAKEUP)).containsExactly(-Errno.ECANCELED);
        }
    }

    @Test
    void wakes_fromAnotherThreadAtRandomMoments_areNeverLost() throws Exception {
        Owner owner = new Owner();
        owner.start();
        long posted = 0;
        long deadline = System.nanoTime() + HUNT_SECONDS * Rings.SECOND;
        while (System.nanoTime() < deadline) {
            // Waiting for the item to be seen makes the owner park after it; the random pause moves the next post
            // over the whole of its way there.
            owner.post(++posted);
            owner.awaitSeen(posted);
            for (int i = ThreadLocalRandom.current().nextInt(400); i > 0; i--) {
                Thread.onSpinWait();
            }
        }
        owner.stop();
        assertThat(owner.lost.get()).isZero();
        assertThat(owner.seen.get()).isEqualTo(posted);
        assertThat(posted).as("items").isGreaterThan(100);
        System.out.println("lost-wake hunt: " + posted + " items, " + owner.parks + " parks, " + owner.wakes + " wakes");
    }

    /// The store-load race alone, round by round and without waiting: in a round in which the owner finds its inbox empty,
    /// the producer must find the owner parked.
    @Test
    void parkingAndWaking_atTheSameInstant_oneSeesTheOther() throws Exception {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults()); Wakeup wakeup = new Wakeup(ring, WAKEUP)) {
            Race race = new Race(wakeup);
            Thread producer = Thread.ofPlatform().name("producer").start(race::produce);
            long deadline = System.nanoTime() + RACE_SECONDS * Rings.SECOND;
            while (System.nanoTime() < deadline) {
                for (int i = 0; i < 1000; i++) {
                    race.round();
                }
            }
            race.stop();
            assertThat(producer.join(Duration.ofSeconds(20))).isTrue();
            System.out.println("park race: " + race.rounds + " rounds, " + race.foundEmpty + " found the inbox empty");
            assertThat(race.lost).isZero();
            assertThat(race.foundEmpty).isPositive();
        }
    }

    @Test
    void pingPong_betweenTwoOwners_completesEveryRound() throws Exception {
        Owner left = new Owner();
        Owner right = new Owner();
        left.answerTo = right;
        right.answerTo = left;
        left.last = ROUND_TRIPS;
        right.last = ROUND_TRIPS;
        left.start();
        right.start();
        left.post(1);
        left.awaitSeen(ROUND_TRIPS - 1);
        right.awaitSeen(ROUND_TRIPS);
        left.stop();
        right.stop();
        assertThat(left.lost.get() + right.lost.get()).isZero();
    }

    /// Spins, but lets the other side run where the two share one cpu.
    private static void pauseOrYield(int spins) {
        if (spins < 10_000) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    private static final class Race {
        private static final VarHandle INBOX;

        static {
            try {
                INBOX = MethodHandles.lookup().findVarHandle(Race.class, "inbox", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Wakeup wakeup;
        private final AtomicLong started = new AtomicLong();
        private final AtomicLong finished = new AtomicLong();
        private long inbox;
        private int jitter = 1;
        private long rounds;
        private long foundEmpty;
        private long lost;

        Race(Wakeup wakeup) {
            this.wakeup = wakeup;
        }

        void round() {
            rounds++;
            started.set(rounds);
            pause();
            lost += wakeup.parking() ? 0 : 1;
            boolean empty = (long) INBOX.getAcquire(this) != rounds;
            for (int spins = 0; finished.get() != rounds; spins++) {
                pauseOrYield(spins);
            }
            foundEmpty += empty ? 1 : 0;
            lost += empty && wakeup.parked() ? 1 : 0;
            wakeup.unparked();
        }

        void produce() {
            for (long round = 1;; round++) {
                for (int spins = 0; started.get() != round; spins++) {
                    if (started.get() < 0) {
                        return;
                    }
                    pauseOrYield(spins);
                }
                INBOX.setRelease(this, round);
                wakeup.wake();
                finished.set(round);
            }
        }

        void stop() {
            started.set(-1);
        }

        /// As long as the producer takes to notice the start, give or take.
        private void pause() {
            for (int i = jitter >>> 24; i > 0; i--) {
                jitter = jitter * 1_664_525 + 1_013_904_223;
            }
            jitter = jitter * 1_664_525 + 1_013_904_223;
        }
    }

    /// A thread with a ring, a wakeup and an inbox that holds the number of the newest item.
    private static final class Owner {
        private static final VarHandle INBOX;

        static {
            try {
                INBOX = MethodHandles.lookup().findVarHandle(Owner.class, "inbox", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final AtomicLong seen = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final AtomicReference<Wakeup> published = new AtomicReference<>();
        private final Thread thread = Thread.ofPlatform().name("owner").unstarted(this::run);
        private volatile boolean stopping;
        private volatile boolean parkedOnce;
        private volatile Owner answerTo;
        private volatile long last;
        private volatile Throwable failure;
        private long inbox;
        private long parks;
        private long wakes;

        void start() {
            thread.start();
            spinUntil(() -> published.get() != null || failure != null);
            assertThat(failure).isNull();
        }

        /// A release store only: the weakest publication that an inbox may use, so that the fence in `wake` is needed.
        void post(long item) {
            INBOX.setRelease(this, item);
            published.get().wake();
        }

        void awaitSeen(long item) {
            spinUntil(() -> seen.get() >= item || failure != null);
            assertThat(failure).isNull();
        }

        void awaitParked() {
            spinUntil(() -> parkedOnce);
        }

        void stop() throws InterruptedException {
            stopping = true;
            published.get().wake();
            thread.join();
            assertThat(failure).isNull();
        }

        private void run() {
            try (IoUring ring = IoUring.create(IoUring.Options.defaults().withEntries(8, 16));
                    Wakeup wakeup = new Wakeup(ring, WAKEUP)) {
                published.set(wakeup);
                CompletionHandler handler = (_, result, _) -> {
                    if (result != 8) {
                        throw new AssertionError("eventfd read: " + result);
                    }
                    wakeup.onCompletion();
                };
                while (!stopping) {
                    turn(ring, wakeup, handler);
                }
                wakes = wakeup.wakes();
            } catch (Throwable t) {
                failure = t;
            }
        }

        private void turn(IoUring ring, Wakeup wakeup, CompletionHandler handler) {
            int work = ring.reap(handler, 16) + drain();
            if (work > 0) {
                ring.submit();
            } else if (wakeup.parking() && inboxIsEmpty()) {
                parks++;
                parkedOnce = true;
                ring.submitAndWait(1, Rings.SECOND);
                wakeup.unparked();
                if (!ring.completionsPending() && !inboxIsEmpty()) {
                    lost.incrementAndGet();
                }
            } else {
                wakeup.unparked();
                ring.submit();
            }
        }

        private boolean inboxIsEmpty() {
            return (long) INBOX.getAcquire(this) == seen.getPlain() && !stopping;
        }

        private int drain() {
            long item = (long) INBOX.getAcquire(this);
            if (item == seen.getPlain()) {
                return 0;
            }
            seen.set(item);
            if (answerTo != null && item < last) {
                answerTo.post(item + 1);
            }
            return 1;
        }

        private static void spinUntil(BooleanSupplier condition) {
            long deadline = System.nanoTime() + Rings.PATIENCE_NANOS;
            for (int spins = 0; !condition.getAsBoolean(); spins++) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("waited too long");
                }
                pauseOrYield(spins);
            }
        }
    }
}
