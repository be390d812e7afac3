package dev.sampo.shard;

import dev.sampo.engine.Clock;
import dev.sampo.net.IoLoop;
import dev.sampo.uring.CpuAffinity;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread of one core, and the executor of its Pekko dispatcher: its loop reaps completions, runs the mailboxes scheduled on this core, sends what they
/// produced, and parks when there is nothing to do.
///
/// A mailbox scheduled from this thread goes to a plain queue; from elsewhere to a concurrent one, with a wake if the thread is parked.
/// Nothing that runs here may block.
final class Reactor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Reactor.class);
    private static final int INBOX_CHUNK = 1024;
    /// Rounds of mailboxes that schedule each other before input and output get their turn.
    private static final int TASK_ROUNDS = 8;

    private final int index;
    private final int cpu;
    private final long firstTickNanos;
    private final long spinNanos;
    private final int expireBudgetPerEffort;
    private final Clock clock;
    private final Supplier<IoLoop> ioFactory;
    private final ArrayDeque<Runnable> local = new ArrayDeque<>();
    private final MpscUnboundedVarHandleArrayQueue<Runnable> inbox = new MpscUnboundedVarHandleArrayQueue<>(INBOX_CHUNK);
    private final BooleanSupplier inboxEmpty = inbox::isEmpty;
    private final CountDownLatch terminated = new CountDownLatch(1);
    private final CompletableFuture<IoLoop> opened = new CompletableFuture<>();
    private final Thread thread;

    private volatile IoLoop io;
    private volatile Core core;
    private volatile boolean stopping;

    /// @param cpu to pin the thread to, -1 = none
    /// @param ioFactory makes the core's transport; called on the thread
    /// @param spinMicros how long to go on looking for work before parking
    Reactor(int index, int cpu, int hz, int spinMicros, int expireBudgetPerEffort, Clock clock, Supplier<IoLoop> ioFactory) {
        this.index = index;
        this.cpu = cpu;
        this.spinNanos = TimeUnit.MICROSECONDS.toNanos(spinMicros);
        this.firstTickNanos = TimeUnit.SECONDS.toNanos(1) / hz;
        this.expireBudgetPerEffort = expireBudgetPerEffort;
        this.clock = clock;
        this.ioFactory = ioFactory;
        this.thread = new Thread(this::run, "sampo-core-" + index);
    }

    /// Starts the thread; the future fails when the transport cannot be made.
    CompletableFuture<IoLoop> start() {
        thread.start();
        return opened;
    }

    /// The core that this thread drives from now on.
    void drive(Core newCore) {
        core = newCore;
        wake();
    }

    @Override
    public void execute(Runnable task) {
        if (Thread.currentThread() == thread) {
            local.addLast(task);
        } else {
            inbox.offer(task);
            wake();
        }
    }

    private void wake() {
        IoLoop current = io;
        if (current != null) {
            current.wake();
        }
    }

    private void run() {
        IoLoop loop;
        try {
            if (cpu >= 0 && CpuAffinity.pinCurrentThread(cpu) < 0) {
                LOG.warn("core {} could not be pinned to cpu {}", index, cpu);
            }
            loop = ioFactory.get();
        } catch (RuntimeException | Error e) {
            opened.completeExceptionally(e);
            terminated.countDown();
            return;
        }
        io = loop;
        opened.complete(loop);
        try {
            while (!stopping) {
                turns(loop);
            }
        } finally {
            Core last = core;
            loop.close();
            if (last != null) {
                last.close();
            }
            terminated.countDown();
        }
    }

    /// Turns until the thread is to stop. An exception that reaches this point is a bug outside of any command: it is logged and the loop goes on.
    private void turns(IoLoop loop) {
        try {
            long nextTick = clock.nanoTime() + firstTickNanos;
            long lastWork = clock.nanoTime();
            while (!stopping) {
                Core current = core;
                long now = clock.nanoTime();
                int work = current != null && current.beginTurn(clock.unixMillis()) ? 1 : 0;
                work += loop.poll();
                work += runTasks();
                if (current != null) {
                    if (now >= nextTick) {
                        current.tick(expireBudgetPerEffort * current.config().activeExpireEffort());
                        nextTick = now + TimeUnit.SECONDS.toNanos(1) / current.config().hz();
                    }
                    current.endTurn();
                }
                loop.endTurn();
                if (work > 0 && current != null) {
                    lastWork = clock.nanoTime();
                    current.stats.turn(lastWork - now);
                }
                boolean idle = local.isEmpty() && (current == null || !current.hasWork());
                if (idle && spinNanos > 0 && clock.nanoTime() - lastWork < spinNanos) {
                    Thread.onSpinWait();
                    idle = false;
                }
                loop.park(inboxEmpty, idle ? Math.max(1, Math.min(nextTick - clock.nanoTime(), untilDeadline(current))) : 0);
            }
        } catch (Exception | Error e) {
            LOG.error("core {}: an unexpected error in its loop", index, e);
        }
    }

    /// Time until something of the core is due, in ns: the millisecond after its deadline.
    private long untilDeadline(Core current) {
        long deadlineMillis = current == null ? Long.MAX_VALUE : current.nextDeadlineMillis();
        return deadlineMillis == Long.MAX_VALUE ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(deadlineMillis + 1 - clock.unixMillis());
    }

    private int runTasks() {
        int ran = 0;
        for (int round = 0; round < TASK_ROUNDS; round++) {
            int before = ran;
            for (int left = local.size(); left > 0; left--) {
                local.pollFirst().run();
                ran++;
            }
            Runnable task;
            for (int left = INBOX_CHUNK; left > 0 && (task = inbox.relaxedPoll()) != null; left--) {
                task.run();
                ran++;
            }
            if (ran == before) {
                break;
            }
        }
        return ran;
    }

    /// Ends the thread after its current turn; its transport and its core give their memory back.
    void stop() {
        stopping = true;
        wake();
    }

    boolean awaitStopped(long millis) throws InterruptedException {
        return terminated.await(millis, TimeUnit.MILLISECONDS);
    }
}
