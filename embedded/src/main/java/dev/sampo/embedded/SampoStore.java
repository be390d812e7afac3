package dev.sampo.embedded;

import dev.sampo.engine.Clock;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.KeyspaceEvents;
import dev.sampo.engine.Rng;
import dev.sampo.engine.Session;
import dev.sampo.engine.Settings;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.lang.System.Logger;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// A Redis data set inside this process: commands run in the caller's thread through the handlers that the server uses, without
/// sockets, threads or actors. It holds what the engine holds: the commands on strings and on keys.
///
/// Threads take turns under one lock, so that each command is atomic as on a server. Data lie outside the Java heap until
/// [#close()]. Keys whose time is over are not seen; their memory comes back when they are asked for or by [#reap(int)].
public final class SampoStore implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SampoStore.class.getName());
    private static final int DATABASES = 16;
    private static final int REQUEST_BYTES_FIRST = 256;
    /// Buffers that a huge request or reply has made larger than this are given back after it.
    private static final int BUFFER_BYTES_KEPT = 1 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Clock clock;
    private final CommandTable table = CommandTable.engine().build();
    private final Shard shard = new Shard(0, DATABASES, Settings.DEFAULT, EffectLog.NONE, Reclaimer.INLINE);
    private final CommandContext context;
    private final AtomicLong faults = new AtomicLong();

    // ---- scratch, under the lock
    private final StoreSession session = new StoreSession();
    private final Args args = new Args();
    private final OutputBuffer output = new OutputBuffer();
    private final ReplyWriter writer = new ReplyWriter();
    private long request = OffHeap.allocate(REQUEST_BYTES_FIRST);
    private int requestCapacity = REQUEST_BYTES_FIRST;
    private boolean closed;

    private static final class StoreSession extends Session {
        StoreSession() {
            super(1);
            respVersion(RespVersion.RESP3);
        }
    }

    /// The JDK's generator as the engine takes it.
    private record Random(SplittableRandom source) implements Rng {
        @Override
        public long nextLong() {
            return source.nextLong();
        }

        @Override
        public int nextInt(int bound) {
            return source.nextInt(bound);
        }
    }

    private SampoStore(Clock clock) {
        this.clock = clock;
        context = new CommandContext(table, new Shard[] {shard}, KeyspaceEvents.NONE, new Random(new SplittableRandom()),
            this::fault);
    }

    /// An empty store of 16 databases.
    public static SampoStore open() {
        return new SampoStore(Clock.SYSTEM);
    }

    /// An empty store whose time is that of `clock`, which is asked once per command: for tests of expiry.
    public static SampoStore open(Clock clock) {
        return new SampoStore(clock);
    }

    /// Database 0.
    public SampoDatabase database() {
        return database(0);
    }

    /// One of the databases: a handle that costs nothing and needs no closing.
    ///
    /// @param number from 0 to 15
    public SampoDatabase database(int number) {
        if (number < 0 || number >= DATABASES) {
            throw new IllegalArgumentException("no database " + number + " in 0.." + (DATABASES - 1));
        }
        return new SampoDatabase(this, number);
    }

    /// Runs a command in database 0: [SampoDatabase#call(byte[]...)].
    public Reply call(byte[]... arguments) {
        return call(0, arguments);
    }

    /// Runs a command in database 0: [SampoDatabase#call(String...)].
    public Reply call(String... arguments) {
        return call(0, SampoDatabase.utf8(arguments));
    }

    /// Removes keys whose time is over, of about `budget` looked at; returns how many. Worth calling now and then by a
    /// program that lets keys expire without asking for them again.
    public int reap(int budget) {
        lock.lock();
        try {
            requireOpen();
            context.now(clock.unixMillis());
            return shard.tick(context, budget);
        } finally {
            lock.unlock();
        }
    }

    /// Bytes outside the Java heap that the data take.
    public long usedBytes() {
        lock.lock();
        try {
            requireOpen();
            long bytes = 0;
            for (int db = 0; db < DATABASES; db++) {
                bytes += shard.keyspace(db).usedBytes();
            }
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    Reply call(int db, byte[][] arguments) {
        if (arguments.length == 0) {
            throw new IllegalArgumentException("a request without a command");
        }
        lock.lock();
        try {
            requireOpen();
            frame(arguments);
            output.clear();
            session.db(db);
            execute(writer.target(output, session.respVersion()));
            final Reply reply = ReplyReader.decode(output.toByteArray());
            shrink();
            return reply;
        } finally {
            lock.unlock();
        }
    }

    private void execute(ReplyWriter r) {
        final CommandSpec spec = table.find(args);
        if (spec == null) {
            Errors.unknown(r, table, args);
        } else if (!spec.accepts(args.count()) || spec.handler() == null) {
            spec.writeArityError(r);
        } else if (spec.sessionHandler() != null) {
            spec.sessionHandler().run(session, args, r);
        } else {
            context.now(clock.unixMillis());
            context.session(session);
            context.single(shard);
            context.run(spec, args, r);
        }
    }

    /// Copies the arguments one behind the other to where handlers read them.
    private void frame(byte[][] arguments) {
        long bytes = 0;
        for (byte[] argument : arguments) {
            bytes += argument.length;
        }
        if (bytes > requestCapacity) {
            reserve(Math.toIntExact(bytes));
        }
        args.begin();
        long at = request;
        for (byte[] argument : arguments) {
            OffHeap.copyFrom(argument, 0, at, argument.length);
            args.add(at, argument.length);
            at += argument.length;
        }
    }

    private void reserve(int bytes) {
        OffHeap.free(request, requestCapacity);
        request = OffHeap.allocate(bytes);
        requestCapacity = bytes;
    }

    private void shrink() {
        if (requestCapacity > BUFFER_BYTES_KEPT) {
            reserve(REQUEST_BYTES_FIRST);
        }
        if (output.size() > BUFFER_BYTES_KEPT) {
            output.release();
        }
    }

    private long fault(CommandSpec command, Throwable cause) {
        final long id = faults.incrementAndGet();
        LOG.log(Logger.Level.ERROR, "internal error, id " + id + ": command " + command + " failed", cause);
        return id;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    /// Gives all memory back; data are lost. The second time it does nothing; other calls throw from now on.
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                context.close();
                shard.close();
                args.close();
                output.release();
                OffHeap.free(request, requestCapacity);
            }
        } finally {
            lock.unlock();
        }
    }
}
