package dev.sampo.shard;

import dev.sampo.engine.Waiter;
import dev.sampo.engine.WaiterDriver;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.shard.Client.Suspension;
import java.util.Comparator;
import java.util.TreeSet;

/// The clients of one core that wait in blocking commands: how they begin to, their deadlines, and the one way out. Beside
/// that, what this core does for waiters of any core whose keys are on shards that it owns at the moment.
///
/// A client leaves by being served (on whatever core the push ran), because its time is over, by CLIENT UNBLOCK, or because
/// it is gone. All but the first are decided here, by [Waiter#end()]; who was served meanwhile has an answer on its way.
final class BlockedClients implements WaiterDriver {
    private static final byte[] UNBLOCKED = ReplyWriter.encodeError("UNBLOCKED client unblocked via CLIENT UNBLOCK");

    private final Core core;
    private final TreeSet<BlockedClient> deadlines = new TreeSet<>(Comparator.comparingLong(BlockedClient::deadlineMillis).thenComparingLong(BlockedClient::id));
    private final ReplyWriter reply = new ReplyWriter();
    private int count;

    BlockedClients(Core core) {
        this.core = core;
    }

    /// Number of clients that wait.
    int count() {
        return count;
    }

    /// Number of them that will not wait for ever.
    int withDeadline() {
        return deadlines.size();
    }

    // ---- the beginning ----

    /// A client of this core waits.
    void begin(BlockedClient waiter) {
        waiter.counted = true;
        count++;
        if (waiter.deadlineMillis() != Long.MAX_VALUE) {
            deadlines.add(waiter);
        }
        if (waiter.client.ended) {
            abandon(waiter.client);
        }
    }

    // ---- the end ----

    /// When the next wait is over, in ms since 1970; [Long#MAX_VALUE] = none has an end.
    long nextDeadlineMillis() {
        return deadlines.isEmpty() ? Long.MAX_VALUE : deadlines.getFirst().deadlineMillis();
    }

    /// Whether somebody's time is over. A wait lasts at least as long as it was meant to, whatever part of a millisecond had
    /// gone when it began.
    boolean isDue(long nowMillis) {
        return nextDeadlineMillis() < nowMillis;
    }

    /// Answers those whose time is over.
    void expire(long nowMillis) {
        while (isDue(nowMillis)) {
            // Who has been served elsewhere has an answer on its way.
            timeOut(deadlines.pollFirst());
        }
    }

    /// CLIENT UNBLOCK: whether the client of this id waited and does so no more.
    boolean unblock(long id, boolean withError) {
        Client client = core.clientById(id);
        if (client == null || client.blocked == null || !client.blocked.counted) {
            return false;
        }
        return withError ? end(client.blocked, UNBLOCKED) : timeOut(client.blocked);
    }

    private boolean timeOut(BlockedClient waiter) {
        if (waiter.timeoutReply != null) {
            return end(waiter, waiter.timeoutReply);
        }
        if (!waiter.end()) {
            return false;
        }
        core.unwait(waiter);
        OutputBuffer bytes = core.pool.take();
        waiter.nullReply().write(reply.target(bytes, waiter.respVersion()));
        leave(waiter, bytes);
        core.pool.give(bytes);
        return true;
    }

    /// Ends a wait with a reply made beforehand, unless it has been answered.
    private boolean end(BlockedClient waiter, byte[] bytes) {
        if (!waiter.end()) {
            return false;
        }
        core.unwait(waiter);
        OutputBuffer buffer = core.pool.take();
        buffer.append(bytes);
        leave(waiter, buffer);
        core.pool.give(buffer);
        return true;
    }

    /// The client is gone, or is to be: nothing is taken for it any more, and it executes nothing. False when something has been
    /// taken for it already, and is on its way.
    boolean abandon(Client client) {
        BlockedClient waiter = client.blocked;
        if (waiter == null) {
            return true;
        }
        if (waiter.end()) {
            client.closing = true;
            core.unwait(waiter);
            OutputBuffer nothing = core.pool.take();
            leave(waiter, nothing);
            core.pool.give(nothing);
            return true;
        }
        if (client.closed) {
            forget(waiter);
        }
        return false;
    }

    /// Another core has answered.
    void served(BlockedClient waiter, byte[] bytes) {
        OutputBuffer buffer = core.pool.take();
        buffer.append(bytes);
        leave(waiter, buffer);
        core.pool.give(buffer);
    }

    /// A forwarded command has been answered at once: the client goes on. Its reply has been taken.
    void answered(BlockedClient waiter) {
        forget(waiter);
        core.resume(waiter.client, Suspension.BLOCKED);
    }

    /// The one way out: the client gets what it is answered and goes on.
    private void leave(BlockedClient waiter, OutputBuffer bytes) {
        Client client = waiter.client;
        if (client.blocked != waiter) {
            return;
        }
        forget(waiter);
        if (!client.closed) {
            core.completeWait(client, waiter, bytes);
        }
    }

    private void forget(BlockedClient waiter) {
        waiter.client.blocked = null;
        if (waiter.counted) {
            waiter.counted = false;
            count--;
            deadlines.remove(waiter);
        }
    }

    // ---- for waiters of any core ----

    @Override
    public boolean rerun(Waiter waiter) {
        BlockedClient blocked = (BlockedClient) waiter;
        OutputBuffer bytes = core.pool.take();
        boolean answered = core.rerun(blocked, reply.target(bytes, waiter.respVersion()));
        if (answered) {
            if (blocked.home == core.index) {
                leave(blocked, bytes);
            } else {
                core.replyHold.send(blocked.home, new AcceptorMessage.Served(blocked, bytes.toByteArray()));
            }
        }
        core.pool.give(bytes);
        return answered;
    }

    @Override
    public void summon(Waiter waiter) {
        BlockedClient blocked = (BlockedClient) waiter;
        if (blocked.home == core.index) {
            summoned(blocked);
        } else {
            core.lanes.toAcceptor(blocked.home, new AcceptorMessage.Summons(blocked));
        }
    }

    /// A client of this core has its turn on a shard, but needs others too: they are leased, and then it is served.
    void summoned(BlockedClient waiter) {
        if (!waiter.summoned && !waiter.isDone()) {
            waiter.summoned = true;
            core.leases.await(waiter);
            core.requestTurn();
        }
    }
}
