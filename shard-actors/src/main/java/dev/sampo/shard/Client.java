package dev.sampo.shard;

import dev.sampo.engine.Watcher;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.net.BufferPool;
import dev.sampo.net.Connection;
import dev.sampo.resp.RequestLimits;
import java.util.LinkedHashSet;
import java.util.Set;

/// What one client is doing: a connection with its place in transactions, subscriptions and waits. Owned by one core.
final class Client extends Connection {
    /// Why a client executes nothing at the moment; NONE = it does.
    enum Suspension {
        NONE,
        /// Its next command spans shards and waits for their lease.
        LEASE,
        /// Its next command needs the local shard, which is leased to another core.
        SHARD,
        /// Its last command waits for the answers of other cores.
        CALL,
        /// Too many replies are under way; goes on when some have come.
        REPLIES,
        /// CLIENT PAUSE holds its next command back.
        PAUSE,
        /// Its last command waits for keys, for time, or for the core that knows whether it has to.
        BLOCKED
    }

    /// CLIENT REPLY.
    enum ReplyMode { ON, OFF, SKIP_NEXT, SKIP }

    final Core core;
    final long createdMillis;

    Suspension suspension = Suspension.NONE;
    /// Shards that the next command needs while suspended for a lease; bit per shard.
    long neededShards;
    /// Slot in the reply order of a command that waits for other cores.
    int callSequence;
    /// The wait it is suspended in as BLOCKED, else null.
    BlockedClient blocked;

    /// How it tracks keys, null = it does not.
    ClientTracking tracking;

    boolean authenticated;
    String name = "";
    String libraryName = "";
    String libraryVersion = "";
    ReplyMode replyMode = ReplyMode.ON;
    boolean noEvict;
    long lastActiveMillis;
    /// The last command that was accepted, null before the first.
    CommandSpec lastSpec;
    /// Commands executed or sent to other cores.
    long commands;
    /// When the soft output limit was first exceeded, 0 = it is not.
    long softLimitSinceMillis;

    private final BufferPool pool;
    private Transaction transaction;
    /// Between MULTI and EXEC or DISCARD.
    boolean inMulti;
    /// Keys watched since the last EXEC, DISCARD or UNWATCH; null when none. A fresh object each time.
    Watcher watcher;
    /// Shards whose watch tables know the watcher; bit per shard.
    long watchedShards;

    /// Watches what all clients do (MONITOR).
    boolean monitoring;
    private Subscriptions subscriptions;

    Client(Core core, long id, int index, int handle, String remoteAddress, String localAddress, BufferPool pool, RequestLimits limits, long nowMillis) {
        super(id, index, handle, remoteAddress, localAddress, pool, limits);
        this.core = core;
        this.pool = pool;
        this.createdMillis = nowMillis;
        this.lastActiveMillis = nowMillis;
    }

    Transaction transaction() {
        if (transaction == null) {
            transaction = new Transaction(pool);
        }
        return transaction;
    }

    /// Whether a queued EXEC is running right now.
    boolean isExecuting() {
        return transaction != null && transaction.isExecuting();
    }

    Subscriptions subscriptions() {
        if (subscriptions == null) {
            subscriptions = new Subscriptions();
        }
        return subscriptions;
    }

    boolean hasSubscriptions() {
        return subscriptions != null && subscriptions.count() > 0;
    }

    /// Whether its last command will be executed anew.
    boolean isSuspendedAnew() {
        return switch (suspension) {
            case NONE, CALL, BLOCKED -> false;
            case LEASE, SHARD, REPLIES, PAUSE -> true;
        };
    }

    boolean isSuspended() {
        return suspension != Suspension.NONE;
    }

    @Override
    public void release() {
        if (transaction != null) {
            transaction.clear();
        }
        super.release();
    }

    /// The channels and patterns of one client, in order of subscription.
    static final class Subscriptions {
        final Set<Channel> channels = new LinkedHashSet<>();
        final Set<Channel> patterns = new LinkedHashSet<>();
        final Set<Channel> shardChannels = new LinkedHashSet<>();

        int count() {
            return channels.size() + patterns.size() + shardChannels.size();
        }
    }
}
