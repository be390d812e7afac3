package dev.sampo.persist.log;

import dev.sampo.engine.memory.Threads;
import dev.sampo.resp.OutputBuffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The append-only log of all shards: one thread that writes what cores hand over, a file per shard, and forces it to the
/// disk for all connections and shards together.
///
/// Whoever owns a shard hands over what its [ShardLog] has collected and gets a *ticket*. Tickets count up over all shards.
/// When [#durable()] has reached a ticket, everything up to it is as safe as `appendfsync` says: on the disk
/// ([FsyncPolicy#ALWAYS]), or written to the system (the others; then nobody has to wait for it).
///
/// When a write or an fsync fails, [#failure()] says why, nothing more becomes durable, and what is not known to be on the
/// disk is kept; the thread cuts the files back to what is, and tries again every second until that succeeds. Nothing is
/// ever appended behind bytes that may be damaged.
public final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    /// How often a policy that nobody waits for looks for work.
    private static final long POLL_NANOS = 20_000_000;
    private static final long SECOND_NANOS = 1_000_000_000;
    /// Above this many bytes handed over and not written, the thread is woken at once.
    private static final int WAKE_BYTES = 1 << 20;
    /// More than this is not kept in memory without an fsync.
    private static final long UNSYNCED_BYTES_MAX = 64 << 20;
    /// Replies wait, under every policy, while more than this is not written.
    private static final long BACKLOG_BYTES_MAX = 64 << 20;
    private static final int AWAKE = 0;
    /// Will look for work soon, unless it is woken before.
    private static final int DOZING = 1;
    private static final int ASLEEP = 2;
    private static final String OFF = "the append-only log is off";
    private static final int BUFFERS_KEPT = 64;
    private static final long BUFFER_BYTES_KEPT = 1 << 20;

    /// What the thread is told; `ticket` orders all.
    private sealed interface Order {
    }

    /// Effects of one shard or, as a transaction, of several.
    private record Append(long ticket, long transaction, long participants, int[] shards, OutputBuffer[] effects, long bytes)
        implements Order {
    }

    /// Goes on in the files of a new generation.
    private record Rotate(Generation next, CompletableFuture<Void> done) implements Order {
    }

    /// Forces everything to the disk.
    private record Sync(CompletableFuture<Void> done) implements Order {
    }

    /// Goes on, after a while without a log, in these files.
    private record Begin(LogFile[] files) implements Order {
    }

    /// Forces everything to the disk and closes the files.
    private record End(CompletableFuture<Void> done) implements Order {
    }

    /// Opens the files of a generation and says so in the manifest.
    public interface Generation {
        /// The new files by shard, empty but for their heads and forced to the disk.
        LogFile[] open() throws IOException;

        /// After a failure of [#open()]: makes sure that no restart finds anything of that generation. Before this has succeeded
        /// nothing may be appended to the files of the one before.
        void withdraw() throws IOException;
    }

    private final ShardLog[] logs;
    private final LongConsumer listener;
    private final AtomicLong transactions = new AtomicLong();
    private final AtomicLong tickets = new AtomicLong();
    private final AtomicLong pendingBytes = new AtomicLong();
    private final ConcurrentLinkedQueue<Order> orders = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<OutputBuffer> spare = new ConcurrentLinkedQueue<>();
    private final AtomicInteger spares = new AtomicInteger();
    private final Thread thread;

    private volatile FsyncPolicy policy;
    private volatile long durable;
    private volatile String failure;
    private volatile int sleep = AWAKE;
    private volatile boolean on;
    /// There is an [End] among the orders.
    private volatile boolean ending;
    private volatile boolean closing;
    private volatile long writtenBytes;
    private volatile long syncs;
    private volatile long generationBytes;

    // ---- of the thread
    private LogFile[] files = new LogFile[0];
    /// One that could not be begun and may have left something behind, or null.
    private Generation halfBegun;
    /// Appended to the files since their last fsync.
    private final ArrayDeque<Append> unsynced = new ArrayDeque<>();
    private long unsyncedBytes;
    /// How many of them were appended in this round.
    private int fresh;
    /// Tickets that are safe and above [#durable] or not looked at yet.
    private final PriorityQueue<Long> safe = new PriorityQueue<>();
    private long lastSyncNanos;
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    /// @param shards number of shards
    /// @param listener is told, on the journal's thread, how far it is durable, whenever that has changed; must return at once
    public Journal(int shards, FsyncPolicy policy, LongConsumer listener) {
        this.policy = policy;
        this.listener = listener;
        this.logs = new ShardLog[shards];
        for (int i = 0; i < shards; i++) {
            logs[i] = new ShardLog(i, this);
        }
        thread = Thread.ofPlatform().daemon().name("sampo-journal").unstarted(this::work);
    }

    /// Opens the first files and begins to log, before the shards are used.
    ///
    /// @param lastTransaction no id of older files is above it
    /// @throws IOException when it cannot
    public void start(Generation first, long lastTransaction) throws IOException {
        transactions.set(lastTransaction);
        begin(first.open());
    }

    /// Logs into these files what is done from now on. The caller owns all shards, and the log is off.
    public void begin(LogFile[] first) {
        orders.add(new Begin(first));
        on = true;
        logging(true);
        if (thread.getState() == Thread.State.NEW) {
            thread.start();
        } else {
            wake();
        }
    }

    /// Ends the log: what was handed over is forced to the disk, and the files are closed; completes then. When the disk refuses, what it
    /// refused is lost, and that is the exception. Nobody waits for the disk any more afterwards. The caller owns all shards and has handed
    /// over what they collected.
    public CompletableFuture<Void> end() {
        logging(false);
        on = false;
        CompletableFuture<Void> done = new CompletableFuture<>();
        orders.add(new End(done));
        ending = true;
        wake();
        return done;
    }

    /// Whether what is done to the shards is collected. The caller owns all shards.
    public void logging(boolean collected) {
        for (ShardLog log : logs) {
            log.enabled(collected);
        }
    }

    /// Whether the log is kept.
    public boolean isOn() {
        return on;
    }

    /// The log of a shard.
    public ShardLog log(int shard) {
        return logs[shard];
    }

    // ---------------------------------------------------------------- any thread

    /// Hands over what the owner's shard has collected; the ticket of that, or 0 when there was nothing.
    public long submit(ShardLog log) {
        OutputBuffer effects = log.take();
        return effects == null ? 0
            : submit(0, 0, new int[] {log.shard()}, new OutputBuffer[] {effects}, effects.size());
    }

    /// Hands over what one exclusive ownership of several shards has collected in them: it will be recovered as a whole or
    /// not at all. The ticket, or 0 when there was nothing.
    ///
    /// @param owned bit per shard
    public long submit(long owned) {
        long participants = 0;
        long bytes = 0;
        for (long rest = owned; rest != 0; rest &= rest - 1) {
            ShardLog log = logs[Long.numberOfTrailingZeros(rest)];
            if (!log.isEmpty()) {
                participants |= Long.lowestOneBit(rest);
                bytes += log.size();
            }
        }
        int count = Long.bitCount(participants);
        if (count == 0) {
            return 0;
        }
        int[] shards = new int[count];
        OutputBuffer[] effects = new OutputBuffer[count];
        int i = 0;
        for (long rest = participants; rest != 0; rest &= rest - 1) {
            shards[i] = Long.numberOfTrailingZeros(rest);
            effects[i] = logs[shards[i]].take();
            i++;
        }
        return submit(count == 1 ? 0 : transactions.incrementAndGet(), participants, shards, effects, bytes);
    }

    private long submit(long transaction, long participants, int[] shards, OutputBuffer[] effects, long bytes) {
        long ticket = tickets.incrementAndGet();
        orders.add(new Append(ticket, transaction, participants, shards, effects, bytes));
        if (pendingBytes.addAndGet(bytes) > WAKE_BYTES || policy == FsyncPolicy.ALWAYS || sleep == ASLEEP) {
            wake();
        }
        return ticket;
    }

    /// Everything up to this ticket is as safe as the policy says.
    public long durable() {
        return durable;
    }

    /// Whether replies have to wait for the last ticket. While the disk refuses, only those wait that waited before: writes
    /// are refused, reads go on.
    public boolean holdsReplies() {
        return (policy == FsyncPolicy.ALWAYS || pendingBytes.get() > BACKLOG_BYTES_MAX) && failure == null;
    }

    /// Why nothing can be written at present, or null.
    public String failure() {
        return failure;
    }

    public void policy(FsyncPolicy newPolicy) {
        policy = newPolicy;
        wake();
    }

    /// Everything handed over before is followed by files of a new generation; completes when these are in use. After an
    /// exception the old files stay in use.
    public CompletableFuture<Void> rotate(Generation next) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        orders.add(new Rotate(next, done));
        wake();
        return done;
    }

    /// Completes when everything handed over before is on the disk, whatever the policy; with an exception when the log is off or ends
    /// before.
    public CompletableFuture<Void> sync() {
        if (!on) {
            return CompletableFuture.failedFuture(new IOException(OFF));
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        orders.add(new Sync(done));
        wake();
        return done;
    }

    /// Bytes of the current generation's files.
    public long generationBytes() {
        return generationBytes;
    }

    /// Bytes of effects written since the start.
    public long writtenBytes() {
        return writtenBytes;
    }

    /// Bytes handed over and not yet written.
    public long pendingBytes() {
        return pendingBytes.get();
    }

    /// Number of fsync rounds since the start.
    public long syncs() {
        return syncs;
    }

    private void wake() {
        if (sleep != AWAKE) {
            sleep = AWAKE;
            LockSupport.unpark(thread);
        }
    }

    OutputBuffer takeBuffer() {
        OutputBuffer buffer = spare.poll();
        if (buffer == null) {
            return new OutputBuffer();
        }
        spares.decrementAndGet();
        return buffer;
    }

    private void giveBuffer(OutputBuffer buffer) {
        if (buffer.capacity() > BUFFER_BYTES_KEPT || spares.get() >= BUFFERS_KEPT) {
            buffer.release();
        } else {
            buffer.clear();
            spares.incrementAndGet();
            spare.add(buffer);
        }
    }

    // ---------------------------------------------------------------- the thread

    private void work() {
        lastSyncNanos = System.nanoTime();
        while (true) {
            boolean last = closing;
            try {
                if (failure != null && ending) {
                    abandon();
                } else if (failure != null) {
                    recover();
                }
                round(last);
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                fail(e);
            }
            if (last && (orders.isEmpty() || failure != null)) {
                break;
            }
            park();
        }
        closeFiles();
    }

    /// Writes what has come, and makes it durable when it is time.
    private void round(boolean last) throws IOException {
        Order order;
        while ((order = orders.peek()) != null) {
            switch (order) {
                case Append append -> {
                    orders.poll();
                    unsynced.addLast(append);
                    unsyncedBytes += append.bytes();
                    pendingBytes.addAndGet(-append.bytes());
                    write(append);
                    writtenBytes += append.bytes();
                    fresh++;
                }
                case Rotate rotate -> {
                    force();
                    orders.poll();
                    rotate(rotate);
                    withdraw();
                }
                case Sync sync -> {
                    orders.poll();
                    waiting.add(sync.done());
                }
                case Begin begin -> {
                    orders.poll();
                    files = begin.files();
                }
                case End end -> {
                    force();
                    orders.poll();
                    ended();
                    end.done().complete(null);
                }
            }
            if (unsyncedBytes > UNSYNCED_BYTES_MAX) {
                force();
            }
        }
        for (LogFile file : files) {
            file.write();
        }
        generationBytes = bytes();
        boolean due = policy == FsyncPolicy.ALWAYS || last || !waiting.isEmpty()
            || policy == FsyncPolicy.EVERYSEC && System.nanoTime() - lastSyncNanos >= SECOND_NANOS;
        if (due) {
            force();
        } else if (policy == FsyncPolicy.NO) {
            // It is not kept, so that a later failure must not cut it off.
            for (LogFile file : files) {
                file.settle(false);
            }
            forget();
        } else {
            markWritten();
        }
    }

    /// What is written, but not forced to the disk, is as safe as this policy promises.
    private void markWritten() {
        var newest = unsynced.descendingIterator();
        for (; fresh > 0; fresh--) {
            safe.add(newest.next().ticket());
        }
        advance();
    }

    private long bytes() throws IOException {
        long bytes = 0;
        for (LogFile file : files) {
            bytes += file.bytes();
        }
        return bytes;
    }

    private void write(Append append) throws IOException {
        for (int i = 0; i < append.shards().length; i++) {
            files[append.shards()[i]].append(append.effects()[i], append.transaction(), append.participants());
        }
    }

    private void force() throws IOException {
        boolean any = false;
        for (LogFile file : files) {
            if (file.isDirty()) {
                file.force();
                any = true;
            }
        }
        // What is appended again after a failure is appended again to all of them.
        for (LogFile file : files) {
            file.settle(true);
        }
        if (any) {
            syncs++;
        }
        lastSyncNanos = System.nanoTime();
        forget();
        waiting.forEach(done -> done.complete(null));
        waiting.clear();
    }

    /// What is durable need not be kept.
    private void forget() {
        Append append;
        while ((append = unsynced.pollFirst()) != null) {
            safe.add(append.ticket());
            for (OutputBuffer effects : append.effects()) {
                giveBuffer(effects);
            }
        }
        unsyncedBytes = 0;
        fresh = 0;
        advance();
    }

    /// Two cores may queue their orders the other way round than they drew their tickets.
    private void advance() {
        long reached = durable;
        while (!safe.isEmpty() && safe.peek() <= reached + 1) {
            reached = Math.max(reached, safe.poll());
        }
        if (reached > durable) {
            durable = reached;
            listener.accept(reached);
        }
    }

    private void rotate(Rotate rotate) {
        try {
            LogFile[] next = rotate.next().open();
            closeFiles();
            files = next;
            rotate.done().complete(null);
        } catch (IOException e) {
            halfBegun = rotate.next();
            rotate.done().completeExceptionally(e);
        }
    }

    private void withdraw() throws IOException {
        if (halfBegun != null) {
            halfBegun.withdraw();
            halfBegun = null;
        }
    }

    private void ended() {
        ending = false;
        forget();
        closeFiles();
        files = new LogFile[0];
        waiting.forEach(done -> done.completeExceptionally(new IOException(OFF)));
        waiting.clear();
        failure = null;
        listener.accept(durable);
    }

    /// The log is to end while the disk refuses it.
    private void abandon() {
        IOException refusal = new IOException(failure);
        try {
            withdraw();
        } catch (IOException e) {
            LOG.error("the append-only log ends with a generation that was half begun: {}", e.toString());
            halfBegun = null;
        }
        Order order;
        while ((order = orders.poll()) != null) {
            switch (order) {
                case Append append -> {
                    unsynced.addLast(append);
                    pendingBytes.addAndGet(-append.bytes());
                }
                case Rotate rotate -> rotate.done().completeExceptionally(refusal);
                case Sync sync -> waiting.add(sync.done());
                case Begin begin -> files = begin.files();
                case End end -> {
                    ended();
                    end.done().completeExceptionally(refusal);
                    return;
                }
            }
        }
    }

    private void fail(Throwable problem) {
        if (failure == null) {
            LOG.error("the append-only log cannot be written ({}); writes are refused until it can", problem.toString());
        }
        failure = String.valueOf(problem.getMessage());
        listener.accept(durable);
    }

    /// Cuts the files back to what is known to be on the disk and appends the rest again.
    private void recover() throws IOException {
        withdraw();
        for (LogFile file : files) {
            file.rollBack();
        }
        for (Append append : unsynced) {
            write(append);
        }
        force();
        LOG.warn("the append-only log can be written again");
        failure = null;
        listener.accept(durable);
    }

    private void park() {
        boolean idle = unsynced.isEmpty();
        sleep = idle || policy == FsyncPolicy.ALWAYS ? ASLEEP : DOZING;
        // Who adds an order after this look finds the thread asleep.
        if (!closing && (failure != null || sleep == DOZING || orders.isEmpty())) {
            LockSupport.parkNanos(this, failure != null || idle ? SECOND_NANOS : POLL_NANOS);
        }
        sleep = AWAKE;
    }

    private void closeFiles() {
        for (LogFile file : files) {
            try {
                file.close();
            } catch (IOException e) {
                LOG.warn("closing {}: {}", file.path(), e.toString());
            }
        }
    }

    /// Writes and forces everything that was handed over, and ends the thread. When the disk refuses, what it refused is lost.
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        Threads.awaitEnd(thread);
        forgetAll();
    }

    private void forgetAll() {
        for (ShardLog log : logs) {
            log.release();
        }
        unsynced.forEach(append -> List.of(append.effects()).forEach(OutputBuffer::release));
        unsynced.clear();
        OutputBuffer buffer;
        while ((buffer = spare.poll()) != null) {
            buffer.release();
        }
    }
}
