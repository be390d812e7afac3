package dev.sampo.shard;

import dev.sampo.engine.Tracker;
import java.util.function.Function;

/// What an acceptor actor receives: answers for its connections, and work that concerns all cores. FIFO from every sender.
sealed interface AcceptorMessage permits ShardBatch, PublishBatch, AcceptorMessage.LeaseGrant, AcceptorMessage.Call, AcceptorMessage.CallReply, AcceptorMessage.Stop,
    AcceptorMessage.Served, AcceptorMessage.Summons, AcceptorMessage.Durable,
    AcceptorMessage.Invalidate, AcceptorMessage.Redirected, AcceptorMessage.RedirectBroken {

    /// Ownership of `shard` until [ShardMessage.LeaseReturn]; for nothing but to serve waiters if it was `claimed` for one, since
    /// requests that came before are still to be executed.
    ///
    /// @param ticket of the journal, for what was done to it before; see [ReplyHold]
    record LeaseGrant(int shard, boolean claimed, long ticket) implements AcceptorMessage { }

    /// Runs `function` on the receiving core; its result goes back as a [CallReply] unless `gather` is null.
    record Call(int origin, Function<Core, Object> function, Gather gather) implements AcceptorMessage { }

    /// What `core` answered to a [Call].
    record CallReply(int core, Object result, Gather gather) implements AcceptorMessage { }

    /// Keys have changed that clients of the receiving core track.
    record Invalidate(Tracking.News news) implements AcceptorMessage { }

    /// News for a client that has them redirected to one of the receiving core.
    ///
    /// @param origin core of the client that tracks
    /// @param what the names of the keys, encoded
    record Redirected(ClientTracking.Target target, int origin, Tracker tracker, byte[] what) implements AcceptorMessage { }

    /// The client that a client's news are redirected to is gone.
    record RedirectBroken(Tracker tracker) implements AcceptorMessage { }

    /// A client that waited has been served, with this reply.
    record Served(BlockedClient waiter, byte[] reply) implements AcceptorMessage { }

    /// A client that waits has its turn, but needs more shards than its turn came from.
    record Summons(BlockedClient waiter) implements AcceptorMessage { }

    /// Stop accepting and close every connection; `done` is run when the last one is gone.
    record Stop(Runnable done) implements AcceptorMessage { }

    /// The journal is further than it was.
    enum Durable implements AcceptorMessage { INSTANCE }
}
