package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Shard;
import dev.sampo.engine.Tracker;
import dev.sampo.engine.Watcher;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.command.Route;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.engine.value.MemberPrefetch;
import dev.sampo.net.BufferPool;
import dev.sampo.net.Connection;
import dev.sampo.net.Transport;
import dev.sampo.net.TransportEvents;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RequestParser;
import dev.sampo.shard.Client.Suspension;
import dev.sampo.shard.config.ClientClass;
import dev.sampo.shard.config.OutputLimit;
import dev.sampo.shard.config.ServerConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Everything one core does, as a plain object: its connections, their requests, its shard, and its talk with the other cores. The reactor drives it in
/// production, a seeded scheduler in simulation; neither sockets nor actors nor clocks are known here.
///
/// # One turn
/// The transport reports input; clients with input are *ready*. [#turn()] takes requests of ready clients, up to a batch, in three passes: parse and look up,
/// touch the index and the entries of all keys (their cache misses overlap), execute in order. A request is then
/// - *local*: executed at once, its reply written straight into the client's output (or held behind replies that are still under way);
/// - *forwarded*: all its keys live on one other shard: framed into this turn's [ShardBatch] for that core, its reply awaited in the [dev.sampo.net.ReplyQueue];
/// - *spanning*: its shards are leased first ([Leases]); the client is suspended, its input rewound to that request, and executed like a local one when the lease is there.
/// At the end of the turn batches leave (one message a core) and outputs leave (one send a connection).
///
/// # Order
/// Requests of one client are executed in order on every shard: forwarded ones by the FIFO lane, spanning ones because their lease request travels behind them
/// on the same lanes. Replies are put in order by the reply queue. A suspended client executes nothing.
final class Core implements TransportEvents {
    /// Requests that are looked up and touched together before the first of them executes.
    private static final int BATCH = 64;
    /// Requests of ready clients that one turn executes before other messages get their chance.
    private static final int TURN_COMMANDS = 1024;
    /// A client with more replies under way waits for some of them.
    private static final int AWAITED_REPLIES_MAX = 1024;
    /// A suspended client whose unread input grows beyond this is not read from.
    private static final long SUSPENDED_INPUT_BYTES = 1 << 20;
    /// Blocks of big values that one turn frees.
    private static final int RECLAIMED_BLOCKS = 1024;
    /// Hashes that one turn looks at for fields whose time is over; it removes up to [CommandContext#FIELDS_PER_EFFECT] times as many.
    private static final int EXPIRED_HASHES = 8;
    /// Turns after a tick that do so as long as there is something to remove, as a part of the tick's budget.
    private static final int BUDGET_PER_EXPIRING_TURN = 2;
    private static final long NO_SHARD = 0;
    /// The word before most errors, which EXECABORT leaves out.
    private static final String GENERIC_ERROR = "ERR ";
    private static final String PROTECTED = "DENIED Sampo is running in protected mode because protected mode is enabled and no password is set. In this mode connections are only "
        + "accepted from the loopback interface. Set a password (requirepass), or turn protected-mode off if the network is trusted.";

    final int index;
    final int cores;
    final Node node;
    final Lanes lanes;
    final Shard shard;
    final CommandContext context;
    final ShardGate gate;
    final Leases leases;
    final BlockedClients blocked;
    final Tracking tracking;
    final PubSub pubSub;
    final Monitors monitors;
    final CoreStats stats;
    final ReplyHold replyHold;
    final Snapshots snapshots;
    final CommandTimer timer;
    final MemoryLimit memory;
    final SlowLog slowLog = new SlowLog();
    final LatencyEvents latency = new LatencyEvents();
    final BufferPool pool = new BufferPool();
    final ShardMessage.LeaseRequest leaseRequest;

    private final CommandTable table;
    private final long ownShard;
    private final long allShards;
    private final Shard[] shards;
    private Transport transport;
    private ServerConfig config;

    // ---- clients ----
    private Client[] clients = new Client[64];
    private int clientSlots;
    private int clientCount;
    private final ArrayDeque<Integer> freeSlots = new ArrayDeque<>();
    private final ArrayDeque<Client> ready = new ArrayDeque<>();
    private final ArrayList<Client> dirty = new ArrayList<>();
    private boolean turnRequested;
    /// Whether there may be something of a snapshot to write.
    private boolean slicing;
    private boolean activeExpire = true;
    /// How many turns may still remove fields whose time is over, until the next tick.
    private int expiringTurns;
    private boolean ticksPaused;
    private Runnable whenStopped;

    /// Whether everything can be served: no data are being loaded, and the disk takes what is written. As of this turn.
    private boolean healthy;

    // ---- time of this turn ----
    private long nowMillis;

    // ---- the batch in work ----
    private final Args args = new Args();
    private final Args queuedArgs = new Args();
    private final ReplyWriter reply = new ReplyWriter();
    private final Client[] rowClient = new Client[BATCH];
    private final CommandSpec[] rowSpec = new CommandSpec[BATCH];
    private final long[] rowEntry = new long[BATCH];
    private final MemberPrefetch members = new MemberPrefetch();
    private final String[] rowError = new String[BATCH];
    private final int[] rowBase = new int[BATCH];
    private final int[] rowCount = new int[BATCH];
    private final int[] rowEpoch = new int[BATCH];
    private final long[] rowStart = new long[BATCH];
    private final long[] rowEnd = new long[BATCH];
    private final long[] rowHash = new long[BATCH];
    private final long[] rowShards = new long[BATCH];
    private final Keyspace[] rowKeyspace = new Keyspace[BATCH];
    private final long[] rowFrame = new long[BATCH];
    /// Bytes of the reply of a row that has been executed, else -1.
    private final int[] rowReplied = new int[BATCH];
    private int rows;
    /// The row that executes.
    private int currentRow;
    /// Whether requests of this core's clients are in work.
    private boolean executing;

    // ---- other cores ----
    private final ShardBatch[] batches;
    private final ArrayDeque<ShardBatch> spareBatches = new ArrayDeque<>();
    private final RemoteSession remoteSession = new RemoteSession();

    // ---- CLIENT PAUSE ----
    private long pausedUntilMillis;
    private boolean pausedWritesOnly;
    private final ArrayDeque<Client> paused = new ArrayDeque<>();

    Core(Node node, int index, Lanes lanes) {
        this.node = node;
        this.index = index;
        this.lanes = lanes;
        this.cores = node.cores();
        this.config = node.config();
        this.table = node.table();
        this.shards = node.shards();
        this.shard = shards[index];
        this.ownShard = 1L << index;
        this.allShards = cores == 64 ? -1L : (1L << cores) - 1;
        this.stats = new CoreStats(table.size());
        this.timer = new CommandTimer(table, config);
        this.gate = new ShardGate(this);
        this.replyHold = new ReplyHold(this, node.journal());
        this.snapshots = node.persistence().snapshots();
        this.leases = new Leases(this);
        this.blocked = new BlockedClients(this);
        this.tracking = new Tracking(this);
        this.pubSub = new PubSub(this);
        this.monitors = new Monitors(this);
        this.batches = new ShardBatch[cores];
        this.leaseRequest = new ShardMessage.LeaseRequest(index);
        this.context = node.newContext(this);
        this.memory = new MemoryLimit(this, node.memory(), config);
        context.blockable(true);
        context.tracking(tracking);
        limitTrackedKeys();
    }

    void transport(Transport newTransport) {
        transport = newTransport;
    }

    Transport transport() {
        return transport;
    }

    ServerConfig config() {
        return config;
    }

    /// A new snapshot of the settings; the shard's part follows.
    void config(ServerConfig newConfig) {
        config = newConfig;
        timer.configure(newConfig);
        limitTrackedKeys();
        shard.settings(node.engineSettings(newConfig));
        memory.configure(newConfig);
        if (memory.isOn()) {
            memory.makeRoom();
        }
    }

    /// Each shard remembers its part of all tracked keys.
    private void limitTrackedKeys() {
        long max = config.trackingTableMaxKeys();
        shard.tracked().keysMax(max == 0 ? Long.MAX_VALUE : (max + cores - 1) / cores);
    }

    /// Whether requests of this core's clients are in work; nothing else may be taken into work then.
    boolean isExecuting() {
        return executing;
    }

    long nowMillis() {
        return nowMillis;
    }

    boolean isHealthy() {
        return healthy;
    }

    // ---- turn ----

    /// Starts a turn: the clock is read once, by the driver. Then comes what no client waits for, now that the replies of the turn
    /// before have left; returns whether there was such work.
    boolean beginTurn(long unixMillis) {
        nowMillis = unixMillis;
        healthy = !node.isLoading() && node.journal().failure() == null && !snapshots.lastFailed();
        context.now(unixMillis);
        return slice() | reclaim();
    }

    /// Runs ready clients ([ShardMessage.Turn]).
    private void turn() {
        turnRequested = false;
        runClients(ready, TURN_COMMANDS);
        if (!ready.isEmpty()) {
            requestTurn();
        }
        leases.startRound();
        gate.afterTurn();
        slicing = true;
    }

    /// All shards of the node, bit per shard.
    long allShards() {
        return allShards;
    }

    /// Ends a turn: everything that was produced leaves.
    void endTurn() {
        if (blocked.isDue(nowMillis)) {
            blocked.expire(nowMillis);
        }
        if (isExpiring()) {
            expireFields();
        }
        if (gate.isPresent()) {
            replyHold.submit();
        }
        flushBatches();
        pubSub.flush();
        tracking.flush();
        monitors.flush();
        for (int i = 0; i < dirty.size(); i++) {
            flush(dirty.get(i));
        }
        dirty.clear();
        for (Client client : ready) {
            client.settle();
        }
    }

    /// Writes some of a snapshot. Not in [#turn()], of which many may follow each other before anything is received or sent.
    private boolean slice() {
        if (!slicing || !gate.isPresent()) {
            return false;
        }
        boolean has = snapshots.hasWork(shard);
        slicing = has && snapshots.slice(shard);
        return has;
    }

    /// Frees some of what is left of big values that are gone.
    private boolean reclaim() {
        boolean has = hasGarbage();
        if (has) {
            shard.reclaim(RECLAIMED_BLOCKS);
            // What a snapshot still shows of it is kept, and may be more than is allowed.
            slicing = true;
        }
        return has;
    }

    private boolean isExpiring() {
        return expiringTurns > 0 && gate.isAvailable();
    }

    /// Removes some fields whose time is over, and goes on in the next turns as long as there are more than a few.
    private void expireFields() {
        long start = System.nanoTime();
        int removed = shard.expireFields(context, EXPIRED_HASHES);
        serve();
        expiringTurns = removed * 4 > EXPIRED_HASHES ? expiringTurns - 1 : 0;
        tookInBackground(LatencyEvents.EXPIRE_CYCLE, System.nanoTime() - start);
    }

    private boolean hasGarbage() {
        return gate.isAvailable() && shard.hasGarbage();
    }

    /// Whether something here waits for nothing but the next turn.
    boolean hasWork() {
        return turnRequested || !dirty.isEmpty() || hasGarbage() || isExpiring() || slicing && gate.isPresent();
    }

    /// When something here will be due by itself, in ms since 1970; [Long#MAX_VALUE] = nothing will, but for ticks.
    long nextDeadlineMillis() {
        return blocked.nextDeadlineMillis();
    }

    /// Ten times a second or as `hz` says: expiry, timeouts, limits.
    void tick(int expireBudget) {
        if (ticksPaused) {
            return;
        }
        if (activeExpire && gate.isAvailable()) {
            long start = System.nanoTime();
            context.single(shard);
            shard.expireKeys(context, expireBudget);
            expiringTurns = Math.max(1, expireBudget / BUDGET_PER_EXPIRING_TURN);
            serve();
            tookInBackground(LatencyEvents.EXPIRE_CYCLE, System.nanoTime() - start);
        }
        if (memory.isOn()) {
            memory.makeRoom();
            serve();
        }
        stats.commandRate.sample(nowMillis, InfoSample.commands(this));
        stats.receiveRate.sample(nowMillis, transport.counters().receivedBytes);
        stats.sendRate.sample(nowMillis, transport.counters().sentBytes);
        stats.usedBytesPeak = Math.max(stats.usedBytesPeak, InfoSample.usedBytes(this));
        if (pausedUntilMillis != 0 && nowMillis >= pausedUntilMillis) {
            unpause();
        }
        closeIdleClients();
        node.persistence().tick(this);
    }

    /// Whether nothing is done in the background (DEBUG PAUSE-CRON).
    void pauseTicks(boolean paused) {
        ticksPaused = paused;
    }

    /// Whether ticks remove expired keys (DEBUG SET-ACTIVE-EXPIRE).
    void activeExpire(boolean active) {
        activeExpire = active;
    }

    /// Stands still for so long, this core and everything on it (DEBUG SLEEP); the time of the turn moves on.
    void stall(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        beginTurn(nowMillis + nanos / 1_000_000);
    }

    void onShardMessage(ShardMessage message) {
        switch (message) {
            case ShardMessage.Turn _ -> turn();
            case ShardBatch batch -> {
                if (gate.isAvailable()) {
                    executeBatch(batch);
                } else {
                    gate.defer(batch);
                }
            }
            case ShardMessage.LeaseRequest request -> gate.request(request.core());
            case ShardMessage.LeaseReturn(PublishBatch events, long ticket) -> {
                replyHold.saw(ticket);
                if (events != null) {
                    pubSub.publish(events);
                }
                gate.release();
            }
            case ShardMessage.Unwatch unwatch -> {
                if (gate.isAvailable()) {
                    shard.watches().unwatch(unwatch.watcher());
                } else {
                    gate.defer(unwatch);
                }
            }
            case ShardMessage.Unwait unwait -> {
                if (gate.isPresent()) {
                    context.forget(unwait.waiter(), shard);
                    gate.claimsChanged();
                    serve();
                } else {
                    gate.deferNotice(unwait);
                }
            }
        }
    }

    void onAcceptorMessage(AcceptorMessage message) {
        switch (message) {
            case ShardBatch batch -> completeBatch(batch);
            case PublishBatch batch -> pubSub.deliver(batch);
            case AcceptorMessage.LeaseGrant grant -> {
                replyHold.saw(grant.ticket());
                leases.granted(grant.shard(), grant.claimed());
            }
            case AcceptorMessage.Durable _ -> replyHold.release();
            case AcceptorMessage.Call call -> {
                Object result = call.function().apply(this);
                if (call.gather() != null) {
                    lanes.toAcceptor(call.origin(), new AcceptorMessage.CallReply(index, result, call.gather()));
                }
            }
            case AcceptorMessage.CallReply answer -> answer.gather().add(answer.core(), answer.result());
            case AcceptorMessage.Stop stop -> stop(stop.done());
            case AcceptorMessage.Served served -> blocked.served(served.waiter(), served.reply());
            case AcceptorMessage.Invalidate invalidate -> tracking.deliver(invalidate.news());
            case AcceptorMessage.Redirected redirected -> tracking.redirected(redirected);
            case AcceptorMessage.RedirectBroken broken -> tracking.broken(broken.tracker());
            case AcceptorMessage.Summons summons -> blocked.summoned(summons.waiter());
        }
    }

    // ---- transport events ----

    @Override
    public Connection accepted(int handle, String remoteAddress, String localAddress) {
        if (whenStopped != null || !node.admit(config.maxclients())) {
            stats.rejectedConnections++;
            return null;
        }
        Integer free = freeSlots.pollFirst();
        int slot = free != null ? free : clientSlots++;
        if (slot == clients.length) {
            clients = Arrays.copyOf(clients, slot * 2);
        }
        Client client = new Client(this, node.nextClientId(), slot, handle, remoteAddress, localAddress, pool, node.requestLimits(config), nowMillis);
        client.authenticated = config.requirepass().isEmpty();
        client.parser.authenticated(client.authenticated);
        clients[slot] = client;
        clientCount++;
        stats.connections++;
        if (config.protectedMode() && client.authenticated && !isLocal(remoteAddress)) {
            reply.target(client.output(), client.respVersion());
            reply.error(PROTECTED);
            closeGently(client);
        }
        return client;
    }

    static boolean isLocal(String address) {
        return address.startsWith("127.") || address.startsWith("[::1]:");
    }

    @Override
    public void received(Connection connection, long address, int length) {
        Client client = (Client) connection;
        if (client.closing) {
            return;
        }
        stats.inputBytes += length;
        client.receive(address, length);
        client.lastActiveMillis = nowMillis;
        if (client.inputLength() > config.clientQueryBufferLimit()) {
            closeNow(client);
        } else if (client.isSuspended()) {
            client.settle();
            // Of one that waits for keys the end must be noticed: what it waits for is not for the dead.
            if (client.inputLength() > SUSPENDED_INPUT_BYTES && !client.readingPaused && client.suspension != Suspension.BLOCKED) {
                client.readingPaused = true;
                transport.pauseReading(client);
            }
        } else {
            makeReady(client);
        }
    }

    @Override
    public void sent(Connection connection) {
        Client client = (Client) connection;
        if (mayClose(client)) {
            transport.close(client, false);
        }
    }

    @Override
    public void ended(Connection connection) {
        Client client = (Client) connection;
        client.ended = true;
        if (client.blocked != null && client.blocked.counted) {
            blocked.abandon(client);
        }
        markDirty(client);
    }

    /// Whether a client that is to be closed, or has nothing more to say, has got everything it is due.
    private static boolean mayClose(Client client) {
        return (client.closing || client.ended && !client.ready && (client.suspension == Suspension.NONE || client.suspension == Suspension.PAUSE))
            && client.replies.isEmpty() && !client.hasOutput() && !client.closed;
    }

    @Override
    public void closed(Connection connection) {
        Client client = (Client) connection;
        if (client.closed) {
            return;
        }
        client.closed = true;
        client.closing = true;
        clients[client.index] = null;
        freeSlots.addLast(client.index);
        clientCount--;
        node.dismiss();
        blocked.abandon(client);
        tracking.stop(client);
        unwatch(client);
        pubSub.remove(client);
        monitors.remove(client);
        if (!client.isExecuting()) {
            client.release();
        }
        if (whenStopped != null && clientCount == 0) {
            whenStopped.run();
        }
    }

    // ---- clients ----

    void makeReady(Client client) {
        if (!client.ready && !client.isSuspended() && !client.closing && client.inputLength() > 0) {
            client.ready = true;
            ready.addLast(client);
            requestTurn();
        }
    }

    /// Ends a suspension, if it is the one meant: the client may have been closed or suspended anew meanwhile.
    void resume(Client client, Suspension from) {
        if (client.suspension != from || client.closed) {
            return;
        }
        endSuspension(client);
        makeReady(client);
    }

    /// The client may execute again; what it sends is read again.
    void endSuspension(Client client) {
        client.suspension = Suspension.NONE;
        if (client.readingPaused) {
            client.readingPaused = false;
            transport.resumeReading(client);
        }
    }

    /// The client of this id, or null.
    Client clientById(long id) {
        for (int i = 0; i < clientSlots; i++) {
            if (clients[i] != null && clients[i].id() == id) {
                return clients[i];
            }
        }
        return null;
    }

    Client client(int slot, int id) {
        Client client = slot < clients.length ? clients[slot] : null;
        return client != null && (int) client.id() == id ? client : null;
    }

    void forEachClient(Consumer<Client> action) {
        for (int i = 0; i < clientSlots; i++) {
            if (clients[i] != null) {
                action.accept(clients[i]);
            }
        }
    }

    int clientCount() {
        return clientCount;
    }

    /// Closes when everything due to the client has left.
    void closeGently(Client client) {
        client.closing = true;
        blocked.abandon(client);
        markDirty(client);
    }

    /// Closes at once, whatever was due to the client. Its subscriptions end now and not when the transport is done: who killed it
    /// and asks next must not find them.
    void closeNow(Client client) {
        if (!client.closed) {
            client.closing = true;
            blocked.abandon(client);
            pubSub.remove(client);
            monitors.remove(client);
            transport.close(client, true);
        }
    }

    void markDirty(Client client) {
        if (!client.dirty) {
            client.dirty = true;
            dirty.add(client);
        }
    }

    /// Sees to it that [#turn()] runs.
    void requestTurn() {
        if (!turnRequested) {
            turnRequested = true;
            lanes.toShard(index, ShardMessage.Turn.INSTANCE);
        }
    }

    private void flush(Client client) {
        client.dirty = false;
        if (client.closed) {
            return;
        }
        if (overOutputLimit(client)) {
            stats.outputLimitDisconnections++;
            closeNow(client);
            return;
        }
        if (client.hasOutput()) {
            if (!replyHold.holds(client)) {
                transport.send(client);
            }
        } else if (mayClose(client)) {
            transport.close(client, false);
        }
    }

    /// Output of the client was held and may leave; more of it may have come meanwhile.
    void letLeave(Client client) {
        transport.send(client);
        markDirty(client);
    }

    private boolean overOutputLimit(Client client) {
        OutputLimit limit = config.outputLimit(client.hasSubscriptions() ? ClientClass.PUBSUB : ClientClass.NORMAL);
        if (limit.hardBytes() == 0 && limit.softBytes() == 0) {
            return false;
        }
        long bytes = client.outputBytes();
        if (limit.hardBytes() != 0 && bytes > limit.hardBytes()) {
            return true;
        }
        if (limit.softBytes() == 0 || bytes <= limit.softBytes()) {
            client.softLimitSinceMillis = 0;
            return false;
        }
        if (client.softLimitSinceMillis == 0) {
            client.softLimitSinceMillis = nowMillis;
        }
        return nowMillis - client.softLimitSinceMillis >= limit.softSeconds() * 1000L;
    }

    private void closeIdleClients() {
        long timeoutMillis = config.timeoutSeconds() * 1000L;
        if (timeoutMillis == 0) {
            return;
        }
        for (int i = 0; i < clientSlots; i++) {
            Client client = clients[i];
            if (client != null && !client.hasSubscriptions() && !client.isSuspended() && nowMillis - client.lastActiveMillis > timeoutMillis) {
                closeNow(client);
            }
        }
    }

    private void stop(Runnable done) {
        whenStopped = done;
        transport.stopAccepting();
        if (clientCount == 0) {
            done.run();
        } else {
            forEachClient(client -> {
                if (node.isFrozen() && (client.isSuspended() || !client.replies.isEmpty())) {
                    // What it waits for does not come.
                    closeNow(client);
                } else {
                    closeGently(client);
                }
            });
        }
    }

    // ---- requests of this core's clients ----

    /// Takes and executes requests of the clients in `queue`, up to about `budget`. A client leaves the queue when it has no complete request or may not go on.
    void runClients(ArrayDeque<Client> queue, int budget) {
        int left = budget;
        while (left > 0 && !queue.isEmpty()) {
            executing = true;
            try {
                takeRequests(queue);
                if (memory.isOn()) {
                    memory.makeRoom();
                    serve();
                }
                touchKeys();
                timer.beginBatch(rows);
                for (int row = 0; row < rows; row++) {
                    executeRow(row);
                }
            } finally {
                executing = false;
            }
            long rest = timer.endBatch();
            if (timer.isReported(rest)) {
                blame(rest);
            }
            for (int row = 0; row < rows; row++) {
                rowClient[row].settle();
                rowClient[row] = null;
            }
            left -= Math.max(rows, 1);
        }
    }

    private void takeRequests(ArrayDeque<Client> queue) {
        args.clear();
        rows = 0;
        while (rows < BATCH && !queue.isEmpty()) {
            Client client = queue.pollFirst();
            if (!client.isSuspended() && !client.closing && takeRequests(client)) {
                queue.addLast(client);
                return;
            }
            client.ready = false;
            if (rows == 0 || rowClient[rows - 1] != client) {
                client.settle();
            }
            if (client.ended) {
                markDirty(client);
            }
        }
    }

    /// Parses requests of one client into rows; true when it may have more.
    private boolean takeRequests(Client client) {
        RequestParser parser = client.parser;
        while (rows < BATCH) {
            long length = client.inputLength();
            if (length == 0) {
                return false;
            }
            switch (parser.parse(client.inputAddress(), length, args)) {
                case RequestParser.COMPLETE -> {
                    addRow(client);
                    client.consume(parser.consumed());
                    rowEnd[rows - 1] = client.position();
                    if (!client.authenticated) {
                        // AUTH changes the limits for what follows: it must have run before the next request is parsed.
                        return true;
                    }
                }
                case RequestParser.EMPTY -> client.consume(parser.consumed());
                case RequestParser.INCOMPLETE -> {
                    if (rows == 0 || rowClient[rows - 1] != client) {
                        client.settle();
                        client.expect(parser.needed());
                    }
                    return false;
                }
                default -> {
                    addRow(client);
                    rowError[rows - 1] = parser.errorMessage();
                    client.consume(length);
                    rowEnd[rows - 1] = client.position();
                    return false;
                }
            }
        }
        return true;
    }

    private void addRow(Client client) {
        int row = rows++;
        rowClient[row] = client;
        rowEpoch[row] = client.epoch;
        rowStart[row] = client.position();
        rowBase[row] = args.base();
        rowCount[row] = args.count();
        rowReplied[row] = -1;
        rowError[row] = null;
    }

    /// Looks up commands, finds the shards of their keys, and touches the memory that executing them will need.
    private void touchKeys() {
        for (int row = 0; row < rows; row++) {
            rowKeyspace[row] = null;
            rowSpec[row] = null;
            if (rowError[row] != null) {
                continue;
            }
            args.view(rowBase[row], rowCount[row]);
            CommandSpec spec = table.find(args);
            rowSpec[row] = spec;
            rowShards[row] = NO_SHARD;
            if (spec != null && spec.accepts(args.count())) {
                locate(spec, args, row);
            }
        }
        prefetch(rows);
    }

    /// Touches the index, then the entries, of the keys of `count` rows, then the members that they name in big values. The
    /// loops are this short on purpose: the processor looks only so many instructions ahead, and what is not in sight does
    /// not overlap.
    private void prefetch(int count) {
        for (int row = 0; row < count; row++) {
            Keyspace keyspace = rowKeyspace[row];
            if (keyspace != null) {
                keyspace.prefetchBucket(rowHash[row]);
            }
        }
        for (int row = 0; row < count; row++) {
            Keyspace keyspace = rowKeyspace[row];
            rowEntry[row] = keyspace == null ? 0 : keyspace.prefetchEntry(rowHash[row]);
        }
        boolean any = false;
        for (int row = 0; row < count; row++) {
            if (rowEntry[row] != 0 && rowSpec[row].member() != 0 && Entry.isBig(rowEntry[row])) {
                args.view(rowBase[row], rowCount[row]);
                int member = rowSpec[row].member();
                members.add(rowKeyspace[row], rowEntry[row], args.address(member), args.length(member));
                any = true;
            }
        }
        if (any) {
            members.run();
        }
    }


    private void locate(CommandSpec spec, Args request, int row) {
        long mask = shardsOf(spec, request);
        rowShards[row] = mask;
        if (spec.route() == Route.KEYS && (mask & mask - 1) == 0) {
            int first = spec.keys().firstKey(request);
            if (first > 0) {
                long hash = KeyHash.hash(request.address(first), request.length(first));
                rowHash[row] = hash;
                if (mask == ownShard && gate.isAvailable()) {
                    rowKeyspace[row] = shard.keyspace(rowClient[row].db());
                }
            }
        }
    }

    /// The shards a request needs, bit per shard; its arity is known to be right.
    private long shardsOf(CommandSpec spec, Args request) {
        if (spec.route() == Route.SESSION) {
            return NO_SHARD;
        }
        if (cores == 1) {
            return ownShard;
        }
        return switch (spec.route(request)) {
            case SESSION -> NO_SHARD;
            case ALL_SHARDS -> allShards;
            case CURSOR -> 1L << spec.firstShard(request, cores);
            case KEYS -> {
                KeySpec keys = spec.keys();
                int count = keys.keyCount(request);
                long mask = 0;
                for (int i = 0; i < count; i++) {
                    int at = keys.keyIndex(request, i);
                    mask |= 1L << SlotMap.shard(SlotMap.slot(request.address(at), request.length(at)), cores);
                }
                yield mask == 0 ? ownShard : mask;
            }
        };
    }

    private void executeRow(int row) {
        Client client = rowClient[row];
        if (rowEpoch[row] != client.epoch || client.closing) {
            return;
        }
        if (client.isSuspended()) {
            client.rewind(rowStart[row]);
            return;
        }
        currentRow = row;
        if (rowError[row] != null) {
            stats.protocolErrors++;
            replyError(client, rowError[row]);
            closeGently(client);
            return;
        }
        args.view(rowBase[row], rowCount[row]);
        CommandSpec spec = rowSpec[row];
        String refusal = Gatekeeper.refusal(client, spec, args);
        if (refusal != null) {
            refuse(client, spec, refusal);
            return;
        }
        if (memory.isOn() && refusesMemory(client, spec, row)) {
            refuse(client, spec, MemoryLimit.REFUSAL);
            return;
        }
        client.lastSpec = spec;
        if (pausedUntilMillis != 0 && isPaused(client, spec)) {
            suspend(client, Suspension.PAUSE);
            paused.addLast(client);
        } else if (client.inMulti && !node.traits(spec).runsInMulti()) {
            client.transaction().queue(spec, args);
            long mark = beginReply(client);
            reply.queued();
            endReply(client, mark);
        } else if (spec.route() == Route.SESSION) {
            runSession(client, spec);
        } else {
            runOnShards(client, spec, rowShards[row], rowHash[row]);
        }
        afterCommand(client, spec);
        if (context.hasReady()) {
            serve();
        }
    }

    /// Whether there is no memory for a command, or for a transaction that it belongs to.
    private boolean refusesMemory(Client client, CommandSpec spec, int row) {
        Node.Traits traits = node.traits(spec);
        if (traits.isExec()) {
            Transaction transaction = client.transaction();
            for (int i = 0; i < transaction.size(); i++) {
                if (memory.refuses(transaction.spec(i), false, transaction.bytes())) {
                    return true;
                }
            }
            return false;
        }
        return memory.refuses(spec, client.inMulti && !traits.runsInMulti(), rowEnd[row] - rowStart[row]);
    }

    /// A refused command spoils the transaction that it was meant for; a refused EXEC ends it.
    private void refuse(Client client, CommandSpec spec, String refusal) {
        if (spec != null) {
            stats.rejected(spec);
        }
        if (spec != null && node.traits(spec).isExec()) {
            discard(client);
            replyRefusal(client, "EXECABORT Transaction discarded because of: "
                + (refusal.startsWith(GENERIC_ERROR) ? refusal.substring(GENERIC_ERROR.length()) : refusal));
            return;
        }
        if (client.inMulti) {
            client.transaction().aborted = true;
        }
        replyRefusal(client, refusal);
    }

    /// @param text one character per byte: it may quote the request
    private void replyRefusal(Client client, String text) {
        long mark = beginReply(client);
        Errors.quoting(reply, text);
        endReply(client, mark);
    }

    private void runSession(Client client, CommandSpec spec) {
        long mark = beginReply(client);
        long start = timer.start(spec, args.count());
        runHandler(client, spec, args);
        if (!client.isSuspended()) {
            client.commands++;
            endReply(client, mark);
        } else if (client.suspension == Suspension.CALL || client.suspension == Suspension.BLOCKED) {
            client.commands++;
        } else {
            return;
        }
        if (start != 0) {
            took(client, spec, args, start);
        }
        if (monitors.active()) {
            monitors.show(client, spec, args);
        }
    }

    /// Whether nothing is awaited before the reply of the session command in execution. If something is, the client is suspended
    /// and the command will be executed anew: its handler returns at once. What a handler does beside its reply then happens in
    /// the order in which the client sees it.
    boolean isNextReply(Client client) {
        if (client.isExecuting() || client.replies.isEmpty()) {
            return true;
        }
        suspend(client, Suspension.REPLIES);
        return false;
    }

    /// Runs a command that needs no shard. A bug fails this command alone.
    private void runHandler(Client client, CommandSpec spec, Args request) {
        OutputBuffer out = reply.target();
        long mark = out.size();
        try {
            spec.sessionHandler().run(client, request, reply);
        } catch (Exception | Error e) {
            out.truncate(mark);
            reply.target(out, client.respVersion());
            reply.error("ERR internal error, id " + node.faults().fault(spec, e));
        }
        if (!client.isSuspended() || client.suspension == Suspension.CALL || client.suspension == Suspension.BLOCKED) {
            context.stats().called(spec.id());
        }
        if (out.size() > mark && OffHeap.getByte(out.address() + mark) == '-') {
            context.stats().failed(spec.id());
        }
    }

    /// Executes where the keys are: here, there, or under a lease.
    private void runOnShards(Client client, CommandSpec spec, long needed, long hash) {
        long usable = usableShards();
        if ((needed & ~usable) == 0) {
            client.commands++;
            long mark = beginReply(client);
            selectShards(needed);
            context.session(client);
            long start = timer.start(spec, args.count());
            run(spec, args, needed, hash);
            if (context.isBlocked()) {
                block(client, spec, needed);
            } else {
                endReply(client, mark);
                if (client.tracking != null) {
                    track(client, spec, args);
                }
            }
            if (start != 0) {
                took(client, spec, args, start);
            }
            if (monitors.active()) {
                monitors.show(client, spec, args);
            }
        } else if (needed == ownShard) {
            suspend(client, Suspension.SHARD);
            gate.await(client);
        } else if ((needed & needed - 1) == 0 && node.traits(spec).forwardable()) {
            forward(client, spec, Long.numberOfTrailingZeros(needed), hash);
        } else {
            awaitLease(client, needed);
        }
    }

    /// Remembers what the command that ran last has read, on the shards that are selected, if its client tracks that.
    private void track(Client client, CommandSpec spec, Args request) {
        Tracker tracker = tracker(client, spec);
        if (tracker != null) {
            context.track(spec, request, tracker);
        }
    }

    /// Who wants to know of changes of what a command of the client reads, or null.
    private static Tracker tracker(Client client, CommandSpec spec) {
        return client.tracking != null && spec.is(CommandFlag.READONLY) && client.tracking.remembers() ? client.tracking.tracker : null;
    }

    /// A command has been taken that CLIENT CACHING was not said for, or that was the one it was said for.
    private static void afterCommand(Client client, CommandSpec spec) {
        if (client.tracking != null && client.tracking.caching && !client.inMulti && !client.isSuspendedAnew() && !"client".equals(spec.parent())) {
            client.tracking.caching = false;
        }
    }

    private void run(CommandSpec spec, Args request, long needed, long hash) {
        int first = (needed & needed - 1) == 0 ? spec.keys().firstKey(request) : -1;
        if (first > 0) {
            context.run(spec, request, reply, first, hash);
        } else {
            context.run(spec, request, reply);
        }
    }

    private long usableShards() {
        return leases.usable() | (gate.isAvailable() ? ownShard : 0);
    }

    /// Points the context at the shards that the next command may touch.
    private void selectShards(long needed) {
        if (needed == ownShard) {
            context.single(shard);
        } else if ((needed & needed - 1) == 0) {
            context.single(shards[Long.numberOfTrailingZeros(needed)]);
        } else {
            context.spread(needed);
        }
    }

    private void forward(Client client, CommandSpec spec, int target, long hash) {
        if (client.replies.size() >= AWAITED_REPLIES_MAX) {
            suspend(client, Suspension.REPLIES);
            return;
        }
        client.commands++;
        int sequence = client.replies.await(isSilent(client));
        BlockedClient waiter = null;
        if (spec.is(CommandFlag.BLOCKING)) {
            waiter = new BlockedClient(client, spec, 1L << target, sequence);
            waiter.tracker = tracker(client, spec);
            suspendBlocked(client, waiter);
        }
        batchFor(target).add(client, sequence, spec, hash, args, waiter, tracker(client, spec));
        stats.forwarded++;
        if (monitors.active()) {
            monitors.show(client, spec, args);
        }
    }

    // ---- blocking commands ----

    /// The command that ran last waits instead of having replied.
    private void block(Client client, CommandSpec spec, long needed) {
        BlockedClient waiter = new BlockedClient(client, spec, needed, client.replies.await(isSilent(client)));
        waiter.tracker = tracker(client, spec);
        context.await(waiter, args);
        suspendBlocked(client, waiter);
        blocked.begin(waiter);
    }

    /// The session command in execution does not reply now, but when its time is over or the client is unblocked.
    ///
    /// @param timeoutMillis 0 = for ever
    /// @param timeoutReply a whole reply
    void blockForTime(Client client, CommandSpec spec, long timeoutMillis, byte[] timeoutReply) {
        long deadlineMillis = timeoutMillis == 0 ? Long.MAX_VALUE : nowMillis + timeoutMillis;
        BlockedClient waiter = new BlockedClient(client, spec, client.replies.await(isSilent(client)), deadlineMillis, timeoutReply);
        suspendBlocked(client, waiter);
        blocked.begin(waiter);
    }

    private void suspendBlocked(Client client, BlockedClient waiter) {
        client.blocked = waiter;
        client.suspension = Suspension.BLOCKED;
        client.rewind(rowEnd[currentRow]);
    }

    /// A client that has waited gets its reply, if there is one for it, and goes on.
    void completeWait(Client client, BlockedClient waiter, OutputBuffer bytes) {
        client.replies.complete(waiter.sequence, bytes.address(), Math.toIntExact(bytes.size()), client.output());
        countError(bytes, 0);
        markDirty(client);
        resume(client, Suspension.BLOCKED);
    }

    /// Serves those who wait for keys that have just changed, as far as the shards at hand allow. Not in the midst of an EXEC.
    void serve() {
        if (!context.hasReady() || leases.isTransactionOpen()) {
            return;
        }
        context.serve(leases.held() | (gate.isPresent() ? ownShard : 0), blocked);
        leases.claimsChanged();
        gate.claimsChanged();
    }

    /// Runs the request of a waiter again, all of whose shards are at hand; whether it replied.
    boolean rerun(BlockedClient waiter, ReplyWriter target) {
        selectShards(waiter.shards());
        if (!context.rerun(waiter, target)) {
            return false;
        }
        if (waiter.tracker != null) {
            context.trackRerun(waiter.spec(), waiter.tracker);
        }
        return true;
    }

    /// Tells the shards of a waiter, which is done, to forget it.
    void unwait(BlockedClient waiter) {
        for (long rest = waiter.shards(); rest != 0; rest &= rest - 1) {
            lanes.toShard(Long.numberOfTrailingZeros(rest), new ShardMessage.Unwait(waiter));
        }
    }

    private void awaitLease(Client client, long needed) {
        client.neededShards = needed;
        suspend(client, Suspension.LEASE);
        leases.await(client);
    }

    /// The command in execution cannot go on: it will be executed anew when the client is resumed.
    private void suspend(Client client, Suspension reason) {
        client.suspension = reason;
        client.rewind(rowStart[currentRow]);
    }

    // ---- replies ----

    private long beginReply(Client client) {
        OutputBuffer out = client.nextReply();
        reply.target(out, client.respVersion());
        return out.size();
    }

    private void endReply(Client client, long mark) {
        countError(reply.target(), mark);
        if (client.replyMode != Client.ReplyMode.ON && isSilent(client)) {
            reply.target().truncate(mark);
        }
        rowReplied[currentRow] = (int) (reply.target().size() - mark);
        client.endReply(mark);
        markDirty(client);
    }

    private void countError(OutputBuffer out, long mark) {
        if (out.size() > mark && OffHeap.getByte(out.address() + mark) == '-') {
            stats.errors++;
            stats.errorReplies.count(out.address() + mark + 1, (int) (out.size() - mark - 1));
        }
    }

    private void replyError(Client client, String message) {
        long mark = beginReply(client);
        reply.error(message);
        endReply(client, mark);
    }

    /// Whether the reply of the request in execution is dropped (CLIENT REPLY); SKIP counts it.
    private static boolean isSilent(Client client) {
        return switch (client.replyMode) {
            case ON -> false;
            case OFF -> true;
            case SKIP_NEXT -> {
                client.replyMode = Client.ReplyMode.SKIP;
                yield true;
            }
            case SKIP -> {
                client.replyMode = Client.ReplyMode.ON;
                yield true;
            }
        };
    }

    // ---- slow commands ----

    /// The command that was started at `start` is over.
    private void took(Client client, CommandSpec spec, Args request, long start) {
        long nanos = timer.stop(spec, request.count(), start);
        if (timer.isReported(nanos)) {
            report(client, spec, request, nanos);
        }
    }

    /// As [#took(Client, CommandSpec, Args, long)] of a client elsewhere, whose request is in the frame and in [#args].
    private void took(ShardBatch batch, long frame, CommandSpec spec, long start) {
        long nanos = timer.stop(spec, args.count(), start);
        if (timer.isReported(nanos)) {
            report(batch, frame, spec, nanos);
        }
    }

    private void report(Client client, CommandSpec spec, Args request, long nanos) {
        reportEvent(spec, nanos);
        if (timer.isSlow(nanos) && !spec.is(CommandFlag.SKIP_SLOWLOG) && !client.closed) {
            keepSlow(client, nanos / 1000, SlowLog.arguments(spec, request));
        }
    }

    private void report(ShardBatch batch, long frame, CommandSpec spec, long nanos) {
        reportEvent(spec, nanos);
        if (timer.isSlow(nanos) && !spec.is(CommandFlag.SKIP_SLOWLOG)) {
            batch.slow.add(new SlowLog.Remote(ShardBatch.connectionIndex(frame), ShardBatch.connectionId(frame), nanos / 1000, SlowLog.arguments(spec, args)));
        }
    }

    private void reportEvent(CommandSpec spec, long nanos) {
        if (timer.isEvent(nanos)) {
            latency.add(spec.is(CommandFlag.FAST) ? LatencyEvents.FAST_COMMAND : LatencyEvents.COMMAND, nowMillis / 1000, nanos / 1_000_000);
        }
    }

    /// Keys have been evicted, which took so long.
    void evicted(long nanos) {
        tookInBackground(LatencyEvents.EVICTION_CYCLE, nanos);
    }

    /// Work that no client asked for took so long.
    private void tookInBackground(String event, long nanos) {
        if (timer.isEvent(nanos)) {
            latency.add(event, nowMillis / 1000, nanos / 1_000_000);
        }
    }

    private void keepSlow(Client client, long micros, List<byte[]> arguments) {
        slowLog.add(new SlowLog.Entry(node.nextSlowId(), nowMillis / 1000, micros, arguments, client.remoteAddress, client.name), config.slowlogMaxLen());
    }

    /// The commands of the batch that are not measured by themselves took so long together that one of them was slow: the one
    /// that moved the most bytes.
    private void blame(long nanos) {
        int row = suspect(rows);
        if (row >= 0 && !rowClient[row].closed) {
            args.view(rowBase[row], rowCount[row]);
            report(rowClient[row], rowSpec[row], args, nanos);
        }
    }

    private void blame(ShardBatch batch, int count, long nanos) {
        int row = suspect(count);
        if (row >= 0) {
            args.view(rowBase[row], rowCount[row]);
            report(batch, rowFrame[row], rowSpec[row], nanos);
        }
    }

    private int suspect(int count) {
        int suspect = -1;
        long most = -1;
        for (int row = 0; row < count; row++) {
            if (rowReplied[row] < 0 || rowSpec[row] == null || timer.isAlone(rowSpec[row], rowCount[row])) {
                continue;
            }
            args.view(rowBase[row], rowCount[row]);
            long moved = rowReplied[row];
            for (int i = 0; i < args.count(); i++) {
                moved += args.length(i);
            }
            if (moved > most) {
                most = moved;
                suspect = row;
            }
        }
        return suspect;
    }

    // ---- requests of other cores' clients ----

    private ShardBatch batchFor(int target) {
        ShardBatch batch = batches[target];
        if (batch == null) {
            batch = spareBatches.pollLast();
            if (batch == null) {
                batch = new ShardBatch(index);
            }
            batch.target = target;
            batches[target] = batch;
        }
        return batch;
    }

    /// Sends the requests collected for other cores.
    void flushBatches() {
        for (int target = 0; target < cores; target++) {
            ShardBatch batch = batches[target];
            if (batch != null) {
                batches[target] = null;
                lanes.toShard(target, batch);
            }
        }
    }

    /// Executes the requests of a batch, or those that are left of it; stops where a key gets claimed for a waiter.
    private void executeBatch(ShardBatch batch) {
        while (batch.executed < batch.count) {
            long frame = batch.requests.address() + batch.position;
            int count = Math.min(batch.count - batch.executed, BATCH);
            context.single(shard);
            context.session(remoteSession);
            args.clear();
            for (int row = 0; row < count; row++) {
                rowFrame[row] = frame;
                rowBase[row] = ShardBatch.arguments(frame, args);
                rowCount[row] = ShardBatch.argumentCount(frame);
                rowKeyspace[row] = shard.keyspace(ShardBatch.db(frame));
                rowHash[row] = ShardBatch.hash(frame);
                rowSpec[row] = table.row(ShardBatch.command(frame));
                frame += ShardBatch.frameBytes(frame);
            }
            if (memory.isOn()) {
                memory.makeRoom();
                context.session(remoteSession);
                context.single(shard);
            }
            prefetch(count);
            timer.beginBatch(count);
            for (int row = 0; row < count; row++) {
                long request = rowFrame[row];
                args.view(rowBase[row], rowCount[row]);
                remoteSession.select(request);
                long mark = batch.beginReply(request);
                reply.target(batch.replies, remoteSession.respVersion());
                CommandSpec spec = table.row(ShardBatch.command(request));
                long start = timer.start(spec, rowCount[row]);
                if (memory.isOn() && memory.refuses(spec, false, ShardBatch.frameBytes(request))) {
                    stats.rejected(spec);
                    reply.error(MemoryLimit.REFUSAL);
                    countError(batch.replies, mark);
                    batch.endReply(mark);
                } else if (spec.is(CommandFlag.BLOCKING)) {
                    runBlocking(batch, row, spec, mark);
                } else {
                    run(spec, args, ownShard, rowHash[row]);
                    countError(batch.replies, mark);
                    batch.endReply(mark);
                }
                if ((ShardBatch.flags(request) & ShardBatch.FLAG_TRACKS) != 0) {
                    Tracker tracker = batch.trackers.get(batch.tracked++);
                    if (!context.isBlocked()) {
                        context.track(spec, args, tracker);
                    }
                }
                rowReplied[row] = (int) (batch.replies.size() - mark);
                if (start != 0) {
                    took(batch, request, spec, start);
                }
                batch.executed++;
                batch.position += ShardBatch.frameBytes(request);
                if (context.hasReady() && !serveWithin(batch, row + 1, count)) {
                    return;
                }
            }
            long rest = timer.endBatch();
            if (timer.isReported(rest)) {
                blame(batch, count, rest);
            }
        }
        stats.executedForOthers += batch.count;
        replyHold.send(batch.origin, batch);
    }

    /// A forwarded command that may block: runs unless its client is gone, and may leave the reply open.
    private void runBlocking(ShardBatch batch, int row, CommandSpec spec, long mark) {
        BlockedClient waiter = batch.waiter(rowFrame[row]);
        if (!waiter.tryRun()) {
            batch.endReply(mark, ShardBatch.VOID);
            return;
        }
        run(spec, args, ownShard, rowHash[row]);
        if (context.isBlocked()) {
            context.await(waiter, args);
            waiter.waitOn();
            batch.endReply(mark, ShardBatch.WAITS);
        } else {
            waiter.finish();
            countError(batch.replies, mark);
            batch.endReply(mark);
        }
    }

    /// Serves waiters in the midst of a batch. False when the rest of it must wait, because a key has been claimed.
    private boolean serveWithin(ShardBatch batch, int executed, int count) {
        serve();
        if (!gate.isAvailable() && batch.executed < batch.count) {
            long rest = timer.endBatch();
            if (timer.isReported(rest)) {
                blame(batch, executed, rest);
            }
            gate.deferRest(batch);
            return false;
        }
        context.single(shard);
        context.session(remoteSession);
        return true;
    }

    private void completeBatch(ShardBatch batch) {
        long frame = batch.replies.address();
        for (int i = 0; i < batch.count; i++) {
            int length = OffHeap.getInt(frame + 12);
            Client client = client(OffHeap.getInt(frame), OffHeap.getInt(frame + 4));
            if (length < 0) {
                if (length == ShardBatch.WAITS && client != null && client.blocked != null && client.blocked.sequence == OffHeap.getInt(frame + 8)) {
                    blocked.begin(client.blocked);
                }
                length = 0;
            } else if (client != null) {
                client.replies.complete(OffHeap.getInt(frame + 8), frame + ShardBatch.REPLY_HEADER, length, client.output());
                markDirty(client);
                if (client.suspension == Suspension.REPLIES && client.replies.size() < AWAITED_REPLIES_MAX / 2) {
                    resume(client, Suspension.REPLIES);
                } else if (client.blocked != null && client.blocked.sequence == OffHeap.getInt(frame + 8)) {
                    blocked.answered(client.blocked);
                }
            }
            frame += ShardBatch.REPLY_HEADER + length;
        }
        for (SlowLog.Remote slow : batch.slow) {
            Client client = client(slow.connectionIndex(), slow.connectionId());
            if (client != null) {
                keepSlow(client, slow.micros(), slow.arguments());
            }
        }
        batch.recycle();
        spareBatches.addLast(batch);
    }

    /// Gives this core's shard to `requester`; whatever was answered before is on its way first.
    ///
    /// @param claimed whether a key is claimed for a waiter
    void grant(int requester, boolean claimed) {
        stats.leased++;
        replyHold.submit();
        lanes.toAcceptor(requester, new AcceptorMessage.LeaseGrant(index, claimed, replyHold.ticket()));
    }

    // ---- calls of all cores ----

    /// Runs `function` on every core and then `answer` here, which writes the reply of the command in execution. The client waits meanwhile.
    void gather(Client client, Function<Core, Object> function, BiConsumer<Object[], ReplyWriter> answer) {
        if (cores == 1) {
            answer.accept(new Object[] {function.apply(this)}, reply);
            return;
        }
        client.suspension = Suspension.CALL;
        if (!client.isExecuting()) {
            client.callSequence = client.replies.await(isSilent(client));
            client.rewind(rowEnd[currentRow]);
        }
        Gather gather = new Gather(cores, results -> finishCall(client, results, answer));
        for (int core = 0; core < cores; core++) {
            if (core != index) {
                lanes.toAcceptor(core, new AcceptorMessage.Call(index, function, gather));
            }
        }
        gather.add(index, function.apply(this));
    }

    /// Runs `work` where no core waits for it and then `answer` here, which writes the reply of the command in execution. The client waits
    /// meanwhile; in a transaction everybody does.
    <T> void inBackground(Client client, Supplier<T> work, BiConsumer<T, ReplyWriter> answer) {
        if (client.isExecuting()) {
            answer.accept(work.get(), reply);
            return;
        }
        client.suspension = Suspension.CALL;
        client.callSequence = client.replies.await(isSilent(client));
        client.rewind(rowEnd[currentRow]);
        node.background().execute(() -> {
            T result = work.get();
            lanes.toAcceptor(index, new AcceptorMessage.Call(index, core -> {
                core.finishCall(client, new Object[0], (_, late) -> answer.accept(result, late));
                return null;
            }, null));
        });
    }

    /// Keeps the client of the command in execution waiting until `start` has got, on this core, what writes its answer.
    void callLater(Client client, Consumer<Consumer<Consumer<ReplyWriter>>> start) {
        client.suspension = Suspension.CALL;
        client.callSequence = client.replies.await(isSilent(client));
        client.rewind(rowEnd[currentRow]);
        start.accept(answer -> finishCall(client, null, (_, writer) -> answer.accept(writer)));
    }

    /// Runs `function` on every core without waiting for the others.
    void broadcast(Consumer<Core> function) {
        for (int core = 0; core < cores; core++) {
            if (core != index) {
                lanes.toAcceptor(core, new AcceptorMessage.Call(index, other -> {
                    function.accept(other);
                    return null;
                }, null));
            }
        }
        function.accept(this);
    }

    private void finishCall(Client client, Object[] results, BiConsumer<Object[], ReplyWriter> answer) {
        if (client.isExecuting()) {
            client.suspension = Suspension.NONE;
            OutputBuffer replies = client.transaction().replies;
            long mark = replies.size();
            reply.target(replies, client.respVersion());
            answer.accept(results, reply);
            countError(replies, mark);
            if (continueTransaction(client)) {
                completeCall(client, replies);
                endTransaction(client);
                leases.transactionEnded();
            }
        } else if (!client.closed) {
            OutputBuffer buffer = pool.take();
            reply.target(buffer, client.respVersion());
            answer.accept(results, reply);
            countError(buffer, 0);
            completeCall(client, buffer);
            pool.give(buffer);
        }
    }

    private void completeCall(Client client, OutputBuffer bytes) {
        if (client.closed) {
            client.release();
            return;
        }
        client.replies.complete(client.callSequence, bytes.address(), Math.toIntExact(bytes.size()), client.output());
        markDirty(client);
        client.suspension = Suspension.CALL;
        resume(client, Suspension.CALL);
    }

    // ---- transactions ----

    /// EXEC: runs the queued commands as one, when this core owns all shards they and the watched keys live on.
    void exec(Client client, ReplyWriter answer) {
        Transaction transaction = client.transaction();
        if (transaction.aborted) {
            discard(client);
            answer.error("EXECABORT Transaction discarded because of previous errors.");
            return;
        }
        boolean waits = false;
        long needed = client.watcher == null ? 0 : client.watchedShards;
        for (int i = 0; i < transaction.size(); i++) {
            CommandSpec spec = transaction.spec(i);
            transaction.select(i, queuedArgs);
            needed |= shardsOf(spec, queuedArgs);
            waits |= node.traits(spec).gathers();
        }
        if (cores > 1 && waits && ((needed | ownShard) & ~leases.usable()) != 0) {
            // Commands of others run while it waits: nothing short of a lease keeps them off its shards.
            awaitLease(client, needed | ownShard);
            return;
        }
        if ((needed & ~usableShards()) != 0) {
            if (needed == ownShard) {
                suspend(client, Suspension.SHARD);
                gate.await(client);
            } else {
                awaitLease(client, needed);
            }
            return;
        }
        boolean changed = false;
        if (client.watcher != null) {
            selectShards(client.watchedShards);
            changed = !context.isUnchanged(client.watcher);
            unwatch(client);
        }
        if (changed) {
            discard(client);
            answer.nullArray();
            return;
        }
        transaction.begin();
        reply.target(transaction.replies, client.respVersion());
        reply.array(transaction.size());
        if (continueTransaction(client)) {
            reply.target(client.nextReply(), client.respVersion());
            reply.raw(transaction.replies.address(), Math.toIntExact(transaction.replies.size()));
            endTransaction(client);
        } else {
            client.callSequence = client.replies.await(isSilent(client));
            client.rewind(rowEnd[currentRow]);
            leases.transactionSuspended();
        }
    }

    /// Runs queued commands until all are done (true) or one waits for other cores.
    private boolean continueTransaction(Client client) {
        context.blockable(false);
        boolean done = runQueued(client, client.transaction());
        context.blockable(true);
        return done;
    }

    private boolean runQueued(Client client, Transaction transaction) {
        while (transaction.position < transaction.size()) {
            CommandSpec spec = transaction.spec(transaction.position);
            transaction.select(transaction.position, queuedArgs);
            transaction.position++;
            reply.target(transaction.replies, client.respVersion());
            long mark = transaction.replies.size();
            long start = timer.startQueued(spec, queuedArgs.count());
            if (spec.route() == Route.SESSION) {
                runHandler(client, spec, queuedArgs);
                if (client.suspension == Suspension.CALL) {
                    return false;
                }
            } else {
                long needed = shardsOf(spec, queuedArgs);
                selectShards(needed);
                context.session(client);
                context.run(spec, queuedArgs, reply);
                if (client.tracking != null) {
                    track(client, spec, queuedArgs);
                }
            }
            countError(transaction.replies, mark);
            if (start != 0) {
                took(client, spec, queuedArgs, start);
            }
            if (monitors.active()) {
                monitors.show(client, spec, queuedArgs);
            }
        }
        return true;
    }

    private static void endTransaction(Client client) {
        client.inMulti = false;
        client.transaction().clear();
    }

    /// DISCARD, and every other end without execution.
    void discard(Client client) {
        unwatch(client);
        endTransaction(client);
    }

    /// WATCH: runs while this core owns the shards of all keys.
    void watch(Client client, CommandContext c, Args keys) {
        if (client.watcher == null) {
            client.watcher = new Watcher();
            client.watchedShards = 0;
        }
        for (int i = 1; i < keys.count(); i++) {
            client.watchedShards |= 1L << c.keyspace(keys, i).shardIndex();
            c.watch(keys, i, client.watcher);
        }
    }

    /// Ends all watches. Shards elsewhere learn it by message; the watcher is not used again, so what they still report to it is nobody's.
    void unwatch(Client client) {
        Watcher watcher = client.watcher;
        if (watcher == null) {
            return;
        }
        client.watcher = null;
        ShardMessage.Unwatch message = new ShardMessage.Unwatch(watcher);
        for (long rest = client.watchedShards; rest != 0; rest &= rest - 1) {
            int target = Long.numberOfTrailingZeros(rest);
            if (target == index) {
                onShardMessage(message);
            } else {
                lanes.toShard(target, message);
            }
        }
    }

    // ---- CLIENT PAUSE ----

    /// Holds commands back until `untilMillis`: all, or those that write.
    void pause(long untilMillis, boolean writesOnly) {
        pausedUntilMillis = untilMillis;
        pausedWritesOnly = writesOnly;
    }

    void unpause() {
        pausedUntilMillis = 0;
        while (!paused.isEmpty()) {
            resume(paused.pollFirst(), Suspension.PAUSE);
        }
    }

    private boolean isPaused(Client client, CommandSpec spec) {
        if (!pausedWritesOnly) {
            return true;
        }
        if (node.traits(spec).isExec()) {
            Transaction transaction = client.transaction();
            for (int i = 0; i < transaction.size(); i++) {
                if (transaction.spec(i).is(CommandFlag.WRITE | CommandFlag.MAY_REPLICATE)) {
                    return true;
                }
            }
            return false;
        }
        return !client.inMulti && spec.is(CommandFlag.WRITE | CommandFlag.MAY_REPLICATE);
    }

    /// Gives all memory back; no client is left.
    void close() {
        forEachClient(Client::release);
        for (ShardBatch batch : spareBatches) {
            batch.release();
        }
        pubSub.close();
        monitors.close();
        memory.close();
        context.close();
        args.close();
        queuedArgs.close();
        pool.close();
    }
}
