package dev.sampo.uring;

import java.lang.foreign.MemorySegment;

/// One io_uring instance, owned by one thread.
///
/// Requests are prepared (`prep...`), handed over by [#submit] or [#submitAndWait], and come back through [#reap] with the
/// user data they carried. The ring belongs to the thread that created it, or, with [Options#startDisabled], to the thread
/// that called [#enable]: the kernel refuses submissions from any other. No method but [#fd] may be called from elsewhere.
///
/// Under DEFER_TASKRUN the kernel completes requests inside `submit...` of the owner only, so a turn of the owner's loop is:
/// reap, handle, submit and wait if there is nothing to do.
///
/// Nothing here allocates after creation. Addresses given to a request must stay valid until its completion; a request's
/// small arguments (timespec, socket address) until the submit.
public final class IoUring implements AutoCloseable {
    /// Completion flag: the upper half of the flags is a buffer id.
    public static final int CQE_BUFFER = 1;
    /// Completion flag: the same request will complete again. A multishot request whose completion lacks it has ended and
    /// must be armed again if it is still wanted, also after `-ENOBUFS`.
    public static final int CQE_MORE = 1 << 1;
    /// Completion flag of a receive: the socket holds more bytes.
    public static final int CQE_SOCK_NONEMPTY = 1 << 2;
    /// Completion flag: a zero-copy send's memory is free again.
    public static final int CQE_NOTIF = 1 << 3;

    /// Flags for a [#prepSend] that completes when all bytes are taken over by the kernel, or with an error.
    public static final int SEND_ALL = Kernel.MSG_WAITALL | Kernel.MSG_NOSIGNAL;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int TIMESPEC_BYTES = 16;
    private static final int CANCEL_SECONDS_MAX = 1;
    private static final int ANY_SLOT = -1;
    private static final int SIGSET_BYTES = 8;

    // The ring's own memory: errno, the argument of a timed wait, parameters, one timespec per submission slot.
    private static final int SCRATCH_ERRNO = 0;
    private static final int SCRATCH_GETEVENTS = 8;
    private static final int SCRATCH_GETEVENTS_BYTES = 24;
    private static final int SCRATCH_WAIT_TIMESPEC = 32;
    private static final int SCRATCH_ARGUMENT = 48;
    private static final int SCRATCH_ARGUMENT_BYTES = 64;
    private static final int SCRATCH_PARAMS = SCRATCH_ARGUMENT + SCRATCH_ARGUMENT_BYTES;
    private static final int SCRATCH_TIMESPECS = SCRATCH_PARAMS + Abi.PARAMS_BYTES + 8;

    private final RingSetup setup;
    private final SubmissionQueue sq;
    private final CompletionQueue cq;
    private final long scratch;
    private final long scratchBytes;
    private final MemorySegment errno;

    private Thread owner;
    private int enterFd;
    private int enterFlags;
    private boolean closed;
    private long enters;
    private long overflows;

    private IoUring(Options options, int firstStep) {
        // The kernel rounds entries up to a power of two and clamps them; the timespecs must be enough for what it answers.
        scratchBytes = SCRATCH_TIMESPECS + (long) TIMESPEC_BYTES * 2 * options.sqEntries();
        scratch = Kernel.mmap(scratchBytes);
        if (scratch < 0) {
            throw new UringException((int) -scratch, "memory for the ring: " + Errno.describe((int) scratch));
        }
        errno = RawMemory.at(scratch + SCRATCH_ERRNO, 4);
        try {
            setup = RingSetup.open(options, firstStep, scratch + SCRATCH_PARAMS);
        } catch (UringException e) {
            Kernel.munmap(scratch, scratchBytes);
            throw e;
        }
        sq = new SubmissionQueue(setup);
        cq = new CompletionQueue(setup);
        enterFd = setup.fd();
        RawMemory.putInt(scratch + SCRATCH_GETEVENTS + 8, SIGSET_BYTES);
        RawMemory.putLong(scratch + SCRATCH_GETEVENTS + 16, scratch + SCRATCH_WAIT_TIMESPEC);
        if (!options.startDisabled()) {
            takeOver();
        }
    }

    /// What to create.
    ///
    /// @param sqEntries submission slots, rounded up to a power of two; 1 to 32768. When they are all filled, the next
    ///         `prep` submits them.
    /// @param cqEntries completion slots, at least `sqEntries`, rounded up likewise. More completions than this between two
    ///         turns take the kernel's slow overflow path but are not lost.
    /// @param deferTaskrun completions only inside the owner's own calls: best throughput. Off, the kernel may interrupt the
    ///         owner; for rings whose owner rarely enters the kernel.
    /// @param startDisabled the ring is created by one thread and taken over by another with [#enable]
    public record Options(int sqEntries, int cqEntries, boolean deferTaskrun, boolean startDisabled) {
        public Options {
            if (sqEntries < 1 || sqEntries > 32768 || cqEntries < sqEntries || cqEntries > 65536) {
                throw new IllegalArgumentException("1 <= sqEntries <= 32768, sqEntries <= cqEntries <= 65536, not "
                        + sqEntries + " and " + cqEntries);
            }
        }

        /// 256 submission and 4096 completion slots, completions deferred, owned by the creating thread.
        public static Options defaults() {
            return new Options(256, 4096, true, false);
        }

        public Options withEntries(int submission, int completion) {
            return new Options(submission, completion, deferTaskrun, startDisabled);
        }

        public Options withDeferTaskrun(boolean defer) {
            return new Options(sqEntries, cqEntries, defer, startDisabled);
        }

        public Options withStartDisabled(boolean disabled) {
            return new Options(sqEntries, cqEntries, deferTaskrun, disabled);
        }
    }

    /// Creates a ring with the best setup that the kernel accepts, see [#setupFlags].
    ///
    /// @throws UringException when the kernel refuses; [#probe] says why in one line beforehand
    public static IoUring create(Options options) {
        return create(options, 0);
    }

    /// @param firstStep where to begin on the ladder of setup flags, 0 = best
    static IoUring create(Options options, int firstStep) {
        return new IoUring(options, firstStep);
    }

    /// Finds out whether rings work here by using one.
    public static Probe probe() {
        return Probe.run();
    }

    /// Takes over a ring that was created with [Options#startDisabled]: the calling thread becomes its owner.
    ///
    /// @return 0 or a negated errno
    public int enable() {
        int result = register(Abi.REGISTER_ENABLE_RINGS, 0, 0);
        if (result >= 0) {
            takeOver();
        }
        return result;
    }

    private void takeOver() {
        owner = Thread.currentThread();
        registerFd();
    }

    // --------------------------------------------------------------------------------------------- submissions
    // Every prep returns false when the queue is full and could not be flushed; nothing is queued then.

    /// Completes at once with 0.
    public boolean prepNop(long userData) {
        return prep(Abi.OP_NOP, -1, 0, 0, 0, 0, 0, userData);
    }

    /// Accepts connections until it ends: each completion is a new descriptor, close-on-exec and non-blocking.
    /// The listener must be a blocking descriptor.
    public boolean prepAcceptMultishot(int listenFd, long userData) {
        return prep(Abi.OP_ACCEPT | Abi.ACCEPT_MULTISHOT << 16, listenFd, 0, 0, 0, Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC, 0,
                userData);
    }

    /// Receives into buffers of a group until it ends: each completion is a number of bytes and a buffer id. 0 is the peer's
    /// end of stream; `-ENOBUFS` says that the group had no buffer, and ends it without harm to the connection.
    public boolean prepRecvMultishot(int fd, int bufferGroup, long userData) {
        return prep(Abi.OP_RECV | Abi.IOSQE_BUFFER_SELECT << 8 | Abi.RECV_MULTISHOT << 16, fd, 0, 0, 0, 0, bufferGroup, userData);
    }

    /// Receives once, into given memory.
    public boolean prepRecv(int fd, long address, int length, int msgFlags, long userData) {
        return prep(Abi.OP_RECV, fd, 0, address, length, msgFlags, 0, userData);
    }

    /// Sends from given memory. With [#SEND_ALL] short only when the connection failed on the way.
    public boolean prepSend(int fd, long address, int length, int msgFlags, long userData) {
        return prep(Abi.OP_SEND, fd, 0, address, length, msgFlags, 0, userData);
    }

    /// Sends a `struct msghdr`; it must stay valid until the submit, what it points to until the completion.
    public boolean prepSendmsg(int fd, long msghdrAddress, int msgFlags, long userData) {
        return prep(Abi.OP_SENDMSG, fd, 0, msghdrAddress, 1, msgFlags, 0, userData);
    }

    /// Connects to the socket address at `sockaddr`, see [Kernel#writeSockaddr].
    public boolean prepConnect(int fd, long sockaddr, int sockaddrBytes, long userData) {
        return prep(Abi.OP_CONNECT, fd, sockaddrBytes, sockaddr, 0, 0, 0, userData);
    }

    /// @param how `Kernel.SHUT_*`
    public boolean prepShutdown(int fd, int how, long userData) {
        return prep(Abi.OP_SHUTDOWN, fd, 0, 0, how, 0, 0, userData);
    }

    /// Closes a descriptor. Requests in flight keep the file itself open: cancel or shut down first.
    public boolean prepClose(int fd, long userData) {
        return prep(Abi.OP_CLOSE, fd, 0, 0, 0, 0, 0, userData);
    }

    /// @param fileOffset position in the file, or -1 for the descriptor's own position (and for what has none)
    public boolean prepRead(int fd, long address, int length, long fileOffset, long userData) {
        return prep(Abi.OP_READ, fd, fileOffset, address, length, 0, 0, userData);
    }

    /// @param fileOffset position in the file, or -1 for the descriptor's own position (and for what has none)
    public boolean prepWrite(int fd, long address, int length, long fileOffset, long userData) {
        return prep(Abi.OP_WRITE, fd, fileOffset, address, length, 0, 0, userData);
    }

    /// Writes several pieces of memory in one go.
    ///
    /// @param iovecs address of `count` pairs (address, length) of longs; valid until the submit
    public boolean prepWritev(int fd, long iovecs, int count, long fileOffset, long userData) {
        return prep(Abi.OP_WRITEV, fd, fileOffset, iovecs, count, 0, 0, userData);
    }

    /// Flushes a file to its device. Covers writes that completed before it was submitted, not those in flight beside it.
    ///
    /// @param dataOnly as fdatasync: without times
    public boolean prepFsync(int fd, boolean dataOnly, long userData) {
        return prep(Abi.OP_FSYNC, fd, 0, 0, 0, dataOnly ? Abi.FSYNC_DATASYNC : 0, 0, userData);
    }

    /// Completes once with the poll events that are there.
    ///
    /// @param events `Kernel.POLL*` bits
    public boolean prepPollAdd(int fd, int events, long userData) {
        return prep(Abi.OP_POLL_ADD, fd, 0, 0, 0, events, 0, userData);
    }

    /// Completes with `-ETIME` after `nanos` of the monotonic clock, or with `-ECANCELED` when removed. Several may be pending.
    public boolean prepTimeout(long nanos, long userData) {
        // One timespec per submission slot is enough: the kernel copies it when it consumes the slot.
        if (sqSpace() == 0) {
            submit();
            if (sqSpace() == 0) {
                return false;
            }
        }
        long timespec = scratch + SCRATCH_TIMESPECS + (long) sq.slot() * TIMESPEC_BYTES;
        putTimespec(timespec, nanos);
        return prep(Abi.OP_TIMEOUT, -1, 0, timespec, 1, 0, 0, userData);
    }

    /// Removes a pending timeout; completes with 0, or `-ENOENT` when there is none.
    public boolean prepTimeoutRemove(long targetUserData, long userData) {
        return prep(Abi.OP_TIMEOUT_REMOVE, -1, 0, targetUserData, 0, 0, 0, userData);
    }

    /// Cancels the request that carries `targetUserData`. Completes with 0, `-ENOENT` when there is none, or `-EALREADY` when
    /// it runs and cannot be stopped; the request itself completes too, with `-ECANCELED` if it was stopped.
    public boolean prepCancel(long targetUserData, long userData) {
        return prep(Abi.OP_ASYNC_CANCEL, -1, 0, targetUserData, 0, 0, 0, userData);
    }

    /// Cancels all requests on a descriptor; completes with their number.
    public boolean prepCancelFd(int fd, long userData) {
        return prep(Abi.OP_ASYNC_CANCEL, fd, 0, 0, 0, Abi.CANCEL_FD | Abi.CANCEL_ALL, 0, userData);
    }

    /// Posts a completion (`targetUserData`, `result`) into another ring.
    ///
    /// @param ringFd the other ring's [#fd]
    public boolean prepMsgRing(int ringFd, long targetUserData, int result, long userData) {
        return prep(Abi.OP_MSG_RING, ringFd, targetUserData, 0, result, 0, 0, userData);
    }

    private boolean prep(int opcodeFlagsIoprio, int fd, long off, long addr, int len, int opFlags, int bufGroup, long userData) {
        assert onOwnerThread();
        long sqe = closed ? failClosed() : sq.claim();
        if (sqe == 0) {
            sqe = claimSlow();
            if (sqe == 0) {
                return false;
            }
        }
        RawMemory.putInt(sqe + Abi.SQE_OPCODE_FLAGS_IOPRIO, opcodeFlagsIoprio);
        RawMemory.putInt(sqe + Abi.SQE_FD, fd);
        RawMemory.putLong(sqe + Abi.SQE_OFF, off);
        RawMemory.putLong(sqe + Abi.SQE_ADDR, addr);
        RawMemory.putInt(sqe + Abi.SQE_LEN, len);
        RawMemory.putInt(sqe + Abi.SQE_OP_FLAGS, opFlags);
        RawMemory.putLong(sqe + Abi.SQE_USER_DATA, userData);
        RawMemory.putLong(sqe + Abi.SQE_BUF_GROUP, bufGroup);
        RawMemory.putLong(sqe + Abi.SQE_ADDR3, 0);
        RawMemory.putLong(sqe + Abi.SQE_PAD, 0);
        return true;
    }

    private long claimSlow() {
        submit();
        return sq.claim();
    }

    /// Free submission slots; `prep` flushes by itself when there is none.
    public int sqSpace() {
        checkOpen();
        return sq.space();
    }

    // --------------------------------------------------------------------------------------- entering the kernel

    /// Hands all prepared requests to the kernel and lets it finish what is due, without waiting.
    ///
    /// Enters the kernel only if there is something to submit or to finish.
    ///
    /// @return requests submitted, or a negated errno (`-EAGAIN`, `-EBUSY`: reap and try again)
    public int submit() {
        assert onOwnerThread();
        checkOpen();
        int count = sq.publish();
        int due = sq.flags() & (Abi.SQ_TASKRUN | Abi.SQ_CQ_OVERFLOW);
        if (count == 0 && due == 0) {
            return 0;
        }
        return enter(count, 0, due == 0 ? 0 : Abi.ENTER_GETEVENTS, 0, SIGSET_BYTES);
    }

    /// Hands all prepared requests to the kernel and waits for completions.
    ///
    /// It returns as soon as `minComplete` completions are ready to be reaped, the time is over, or a signal came; the caller
    /// looks at what there is. Blocks the thread.
    ///
    /// @param minComplete completions to wait for, counting those not yet reaped
    /// @param timeoutNanos 0 = do not wait, negative = for ever
    /// @return requests submitted, or a negated errno (`-EAGAIN`, `-EBUSY`: reap and try again)
    public int submitAndWait(int minComplete, long timeoutNanos) {
        assert onOwnerThread();
        checkOpen();
        int count = sq.publish();
        if (minComplete <= 0 || timeoutNanos == 0 || cq.ready() >= minComplete) {
            return submit();
        }
        int result;
        if (timeoutNanos < 0) {
            result = enter(count, minComplete, Abi.ENTER_GETEVENTS, 0, SIGSET_BYTES);
        } else {
            putTimespec(scratch + SCRATCH_WAIT_TIMESPEC, timeoutNanos);
            result = enter(count, minComplete, Abi.ENTER_GETEVENTS | Abi.ENTER_EXT_ARG, scratch + SCRATCH_GETEVENTS,
                    SCRATCH_GETEVENTS_BYTES);
        }
        return result == -Errno.ETIME || result == -Errno.EINTR ? 0 : result;
    }

    /// Hands up to `max` completions to the handler, in order. The handler may prepare and submit; it may not reap.
    ///
    /// Completions that overflowed the queue are fetched from the kernel and counted in [#overflows].
    ///
    /// @return completions handled
    public int reap(CompletionHandler handler, int max) {
        assert onOwnerThread();
        checkOpen();
        int reaped = 0;
        while (reaped < max) {
            int batch = cq.drain(handler, max - reaped);
            reaped += batch;
            if (batch == 0 && !fetchOverflow()) {
                break;
            }
        }
        return reaped;
    }

    /// Whether [#reap] or a submit would find something: completions in the queue, overflowed, or due inside the kernel.
    public boolean completionsPending() {
        checkOpen();
        return cq.ready() != 0 || (sq.flags() & (Abi.SQ_TASKRUN | Abi.SQ_CQ_OVERFLOW)) != 0;
    }

    private boolean fetchOverflow() {
        if ((sq.flags() & Abi.SQ_CQ_OVERFLOW) == 0) {
            return false;
        }
        overflows++;
        enter(0, 0, Abi.ENTER_GETEVENTS, 0, SIGSET_BYTES);
        return cq.ready() > 0;
    }

    private int enter(int count, int minComplete, int flags, long argument, int argumentBytes) {
        cq.publish();
        enters++;
        return (int) Kernel.call(errno, Kernel.IO_URING_ENTER, enterFd, count, minComplete, flags | enterFlags, argument,
                argumentBytes);
    }

    // ---------------------------------------------------------------------------------------------- description

    /// The ring's descriptor, for [#prepMsgRing] of another ring; from any thread.
    public int fd() {
        return setup.fd();
    }

    public int sqEntries() {
        return setup.sqEntries();
    }

    public int cqEntries() {
        return setup.cqEntries();
    }

    /// The setup flags that the kernel accepted, as text: `SINGLE_ISSUER|DEFER_TASKRUN|...`.
    public String setupFlags() {
        return RingSetup.flagNames(setup.flags());
    }

    /// The kernel's feature bits (`io_uring_params.features`).
    public int features() {
        return setup.features();
    }

    /// How often the owner entered the kernel.
    public long enters() {
        return enters;
    }

    /// How often completions had overflowed the queue and were fetched from the kernel's own list: the queue is too small.
    public long overflows() {
        return overflows;
    }

    /// Completions that the kernel lost for lack of memory.
    public int droppedCompletions() {
        checkOpen();
        return cq.dropped();
    }

    // -------------------------------------------------------------------------------------------------- lifetime

    /// An `io_uring_register` call on this ring.
    int register(int opcode, long argument, int count) {
        checkOpen();
        return (int) Kernel.call(errno, Kernel.IO_URING_REGISTER, setup.fd(), opcode, argument, count, 0, 0);
    }

    /// Memory for one argument of [#register], 64 bytes, zeroed.
    long registerArgument() {
        checkOpen();
        long argument = scratch + SCRATCH_ARGUMENT;
        for (int i = 0; i < SCRATCH_ARGUMENT_BYTES; i += 8) {
            RawMemory.putLong(argument + i, 0);
        }
        return argument;
    }

    boolean isClosed() {
        return closed;
    }

    /// Cancels what is in flight and gives everything back; idempotent.
    ///
    /// On the owner's thread it waits, up to a second, until no request refers to memory or files any more. Elsewhere (an
    /// owner that died) requests end some time later. A [BufferRing] and a [Wakeup] are closed before their ring.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (onOwnerThread()) {
            cancelAll();
            unregisterFd();
        }
        closed = true;
        Kernel.close(setup.fd());
        setup.unmap();
        Kernel.munmap(scratch, scratchBytes);
    }

    /// Registers the ring's descriptor with the owner's thread, which spares every enter the look-up of the file. The kernel
    /// holds few such registrations a thread; without one the descriptor itself serves.
    private void registerFd() {
        long argument = registerArgument();
        RawMemory.putInt(argument, ANY_SLOT);
        RawMemory.putLong(argument + 8, setup.fd());
        if (register(Abi.REGISTER_RING_FDS, argument, 1) == 1) {
            enterFd = RawMemory.getInt(argument);
            enterFlags = Abi.ENTER_REGISTERED_RING;
        }
    }

    boolean fdRegistered() {
        return enterFlags != 0;
    }

    /// Undoes [#registerFd], which would keep the ring alive until its owner's thread ends.
    void unregisterFd() {
        if (enterFlags == 0) {
            return;
        }
        long argument = registerArgument();
        RawMemory.putInt(argument, enterFd);
        register(Abi.UNREGISTER_RING_FDS, argument, 1);
        enterFd = setup.fd();
        enterFlags = 0;
    }

    private void cancelAll() {
        cancelNow(-1, Abi.CANCEL_ANY | Abi.CANCEL_ALL);
        enter(0, 0, Abi.ENTER_GETEVENTS, 0, SIGSET_BYTES);
    }

    /// Cancels all requests on a descriptor, prepared ones included, and waits up to a second until none refers to it.
    /// Their completions are still to be reaped.
    ///
    /// @return 0 or a negated errno
    int cancelFdNow(int fd) {
        submit();
        return cancelNow(fd, Abi.CANCEL_FD | Abi.CANCEL_ALL);
    }

    private int cancelNow(int fd, int cancelFlags) {
        long argument = registerArgument();
        RawMemory.putInt(argument + 8, fd);
        RawMemory.putInt(argument + 12, cancelFlags);
        RawMemory.putLong(argument + 16, CANCEL_SECONDS_MAX);
        return register(Abi.REGISTER_SYNC_CANCEL, argument, 1);
    }

    private boolean onOwnerThread() {
        return owner == Thread.currentThread();
    }

    private void checkOpen() {
        if (closed) {
            failClosed();
        }
    }

    private static long failClosed() {
        throw new IllegalStateException("the ring is closed");
    }

    private static void putTimespec(long address, long nanos) {
        RawMemory.putLong(address, nanos / NANOS_PER_SECOND);
        RawMemory.putLong(address + 8, nanos % NANOS_PER_SECOND);
    }
}
