package dev.sampo.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The lease rounds of one core: how its commands that span shards get exclusive ownership of all shards they touch.
///
/// Clients that wait are collected into a *round*. The round asks for the union of their shards one after the other in ascending order: two rounds can
/// therefore never wait for each other in a circle. When it owns all of them, its members run ordinary single-threaded code on this core's thread, and
/// everything is given back at once. That instant, at which one core owns every shard a command touches, is the command's place in the strict serial order.
///
/// A member's earlier requests to a leased shard have been executed before the grant, because they travelled before the request on the same lane.
/// A client that is no member may have requests under way behind the lease request; it must not touch leased shards and is never run in a round.
///
/// A round stays open while a member's EXEC waits for answers of other cores (CLIENT LIST in a transaction); those answers never need a shard.
final class Leases {
    /// Commands that the members of one round may execute together before the shards go back.
    private static final int ROUND_COMMANDS = 512;

    private final Core core;
    private final long ownShard;
    private List<Client> waiting = new ArrayList<>();
    private List<Client> members = new ArrayList<>();
    private List<BlockedClient> summoned = new ArrayList<>();
    private List<BlockedClient> awake = new ArrayList<>();
    /// Work that needs all shards and that no client waits for.
    private List<Runnable> tasks = new ArrayList<>();
    private final ArrayDeque<Client> queue = new ArrayDeque<>();
    private boolean collecting;
    private boolean running;
    private long wanted;
    private long held;
    /// Held shards with a key that is claimed for a waiter: nobody but it may touch them.
    private long claimed;
    /// Held shards that were granted for waiters only: requests of this core's clients may still wait there for the claim to end.
    private long reserved;
    private int openTransactions;
    private long rounds;

    Leases(Core core) {
        this.core = core;
        this.ownShard = 1L << core.index;
    }

    /// Shards that the client in execution may touch directly at this moment besides an available local one; bit per shard.
    /// None while the EXEC of a member waits in its midst, and none that somebody's wake-up has claimed.
    ///
    /// Nobody has to ask whether the client is a member: a round runs its members in one go, and others get their turn only after it or
    /// while such an EXEC waits.
    long usable() {
        return running && openTransactions == 0 ? held & ~claimed & ~reserved : 0;
    }

    /// Shards that this core holds at this moment by a lease; bit per shard.
    long held() {
        return running ? held : 0;
    }

    /// Claims on keys of held shards may have come or gone.
    void claimsChanged() {
        claimed = 0;
        for (long rest = held; rest != 0; rest &= rest - 1) {
            if (core.node.shards()[Long.numberOfTrailingZeros(rest)].waits().isClaimed()) {
                claimed |= Long.lowestOneBit(rest);
            }
        }
    }

    /// `waiter` is served once this core owns its shards.
    void await(BlockedClient waiter) {
        summoned.add(waiter);
    }

    /// `client` is suspended until this core owns its needed shards.
    void await(Client client) {
        waiting.add(client);
    }

    /// `task` is run once this core owns all shards.
    void await(Runnable task) {
        tasks.add(task);
        core.requestTurn();
    }

    /// Whether commands may be touching shards of other cores.
    boolean isRunning() {
        return running;
    }

    boolean isIdle() {
        return !collecting && !running && waiting.isEmpty() && summoned.isEmpty() && tasks.isEmpty();
    }

    long rounds() {
        return rounds;
    }

    /// Starts a round for the clients that wait, unless one is under way.
    void startRound() {
        if (collecting || running || waiting.isEmpty() && summoned.isEmpty() && tasks.isEmpty()) {
            return;
        }
        List<Client> empty = members;
        members = waiting;
        waiting = empty;
        wanted = tasks.isEmpty() ? 0 : core.allShards();
        for (Client client : members) {
            wanted |= client.neededShards;
        }
        List<BlockedClient> nobody = awake;
        awake = summoned;
        summoned = nobody;
        for (BlockedClient waiter : awake) {
            wanted |= waiter.shards();
        }
        rounds++;
        collecting = true;
        core.flushBatches();
        acquireNext();
    }

    /// This core owns `shard` now; if it was `claimed`, for waiters only.
    void granted(int shard, boolean claimed) {
        held |= 1L << shard;
        if (claimed) {
            reserved |= 1L << shard;
        }
        acquireNext();
    }

    /// A member's EXEC has to wait for other cores: the round stays open.
    void transactionSuspended() {
        openTransactions++;
    }

    boolean isTransactionOpen() {
        return openTransactions > 0;
    }

    void transactionEnded() {
        if (--openTransactions == 0) {
            core.serve();
            finish();
        }
    }

    private void acquireNext() {
        long missing = wanted & ~held;
        if (missing == 0) {
            run();
            return;
        }
        int shard = Long.numberOfTrailingZeros(missing);
        if (shard == core.index) {
            core.gate.request(core.index);
        } else {
            core.lanes.toShard(shard, core.leaseRequest);
        }
    }

    private void run() {
        collecting = false;
        running = true;
        if ((held & ownShard) != 0) {
            core.replyHold.submit();
            core.gate.hold();
        }
        for (BlockedClient waiter : awake) {
            waiter.summoned = false;
            core.context.turnOf(waiter);
        }
        awake.clear();
        claimsChanged();
        core.serve();
        if (held == core.allShards()) {
            List<Runnable> due = tasks;
            tasks = new ArrayList<>();
            due.forEach(Runnable::run);
            if (core.node.isFrozen()) {
                // The shards are never given back, and nobody here has them: no command touches them any more.
                held = 0;
                return;
            }
        }
        for (Client client : members) {
            if (client.suspension == Client.Suspension.LEASE && !client.closing) {
                core.endSuspension(client);
                client.ready = true;
                queue.addLast(client);
            }
        }
        members.clear();
        core.runClients(queue, ROUND_COMMANDS);
        while (!queue.isEmpty()) {
            Client client = queue.pollFirst();
            client.ready = false;
            core.makeReady(client);
        }
        if (openTransactions == 0) {
            finish();
        }
    }

    private void finish() {
        running = false;
        claimed = 0;
        reserved = 0;
        long released = held;
        held = 0;
        core.replyHold.submit(released);
        for (long rest = released & ~ownShard; rest != 0; rest &= rest - 1) {
            int shard = Long.numberOfTrailingZeros(rest);
            core.lanes.toShard(shard, ShardMessage.LeaseReturn.with(core.pubSub.takeEvents(shard), core.replyHold.ticket()));
        }
        if ((released & ownShard) != 0) {
            core.gate.release();
        }
        startRound();
    }
}
