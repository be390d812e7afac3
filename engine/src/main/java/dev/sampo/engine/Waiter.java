package dev.sampo.engine;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A client that waits in a blocking command: the request to run again when one of its keys may have something for it,
/// and what is known of the client meanwhile. A driver extends it with where the answer goes.
///
/// Two parties may end a wait: whoever owns the shards of the request, by running it again, and the client's own driver
/// (its time is over, it is gone, somebody unblocks it). The state decides between them. It is the one thing in the
/// engine that two threads touch without a message between them, so that nothing is ever taken for a client that is
/// gone, and no exit has to ask another core:
/// - *waiting*: either may claim it;
/// - *running*: its request runs; lasts as long as one handler, and the other party waits that out;
/// - *done*: answered or ended, for good.
public abstract class Waiter extends Session {
    private static final int WAITING = 0;
    private static final int RUNNING = 1;
    private static final int DONE = 2;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Waiter.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CommandSpec spec;
    /// Shards that the request needs; bit per shard.
    private final long shards;
    private volatile int state;

    // ---- the kept request; written before the waiter is registered anywhere
    private byte[] bytes;
    private int[] lengths;
    private long deadlineMillis;
    private NullReply nullReply = NullReply.ARRAY;

    /// @param client whose database, protocol version and the like hold for the request
    /// @param shards that the request needs, bit per shard; 0 for a wait that has nothing to do with keys
    protected Waiter(Session client, CommandSpec spec, long shards) {
        super(client);
        this.spec = spec;
        this.shards = shards;
    }

    public final CommandSpec spec() {
        return spec;
    }

    /// Shards that the request needs; bit per shard.
    public final long shards() {
        return shards;
    }

    /// When the wait is over, in ms since 1970; [Long#MAX_VALUE] = never.
    public final long deadlineMillis() {
        return deadlineMillis;
    }

    /// What to answer then.
    public final NullReply nullReply() {
        return nullReply;
    }

    /// The time it has, for waits that do not come out of a handler on shards.
    protected final void deadlineMillis(long deadlineMillis) {
        this.deadlineMillis = deadlineMillis;
    }

    // ---------------------------------------------------------------- state

    /// Claims the right to run the request; false if the wait is done. Ends with [#finish()] or [#waitOn()].
    public final boolean tryRun() {
        return STATE.compareAndSet(this, WAITING, RUNNING);
    }

    /// The request has been answered.
    public final void finish() {
        assert state == RUNNING;
        state = DONE;
    }

    /// The request has found nothing: the wait goes on.
    public final void waitOn() {
        assert state == RUNNING;
        state = WAITING;
    }

    /// Ends the wait without running the request; false if it has been answered or ended already. Waits while the
    /// request is being run by another thread, which takes as long as one handler.
    public final boolean end() {
        while (!STATE.compareAndSet(this, WAITING, DONE)) {
            if (state == DONE) {
                return false;
            }
            Thread.yield();
        }
        return true;
    }

    public final boolean isDone() {
        return state == DONE;
    }

    // ---------------------------------------------------------------- request

    /// Whether the request has run and found nothing.
    public final boolean isRegistered() {
        return lengths != null;
    }

    /// Keeps a copy of a request.
    ///
    /// @param replaced what takes the place of arguments, by their index (null = the argument stays); null = nothing does
    void keep(Args a, byte[][] replaced, long deadlineMillis, NullReply nullReply) {
        this.deadlineMillis = deadlineMillis;
        this.nullReply = nullReply;
        int count = a.count();
        lengths = new int[count];
        int size = 0;
        for (int i = 0; i < count; i++) {
            lengths[i] = replaced == null || replaced[i] == null ? a.length(i) : replaced[i].length;
            size += lengths[i];
        }
        bytes = new byte[size];
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (replaced == null || replaced[i] == null) {
                OffHeap.copyTo(a.address(i), bytes, at, lengths[i]);
            } else {
                System.arraycopy(replaced[i], 0, bytes, at, lengths[i]);
            }
            at += lengths[i];
        }
    }

    /// Selects the kept request in `args`, its bytes in `memory`; the content of both is replaced.
    void select(Args args, OutputBuffer memory) {
        memory.clear();
        memory.append(bytes);
        args.clear();
        int base = args.begin();
        long at = memory.address();
        for (int length : lengths) {
            args.add(at, length);
            at += length;
        }
        args.view(base, lengths.length);
    }
}
