package dev.sampo.shard;

import dev.sampo.engine.Watcher;

/// What a shard actor receives. One FIFO lane leads from every core to every shard: requests and lease requests never overtake each other.
sealed interface ShardMessage permits ShardBatch, ShardMessage.Turn, ShardMessage.LeaseRequest, ShardMessage.LeaseReturn, ShardMessage.Unwatch,
    ShardMessage.Unwait {

    /// The core's own connections have input: run them. One a turn, however many connections and requests there are.
    enum Turn implements ShardMessage { INSTANCE }

    /// `core` asks for exclusive ownership of the shard.
    record LeaseRequest(int core) implements ShardMessage { }

    /// The shard comes home, with what happened to its keys meanwhile (null = nothing that a subscriber wants to know). The home
    /// core publishes that before anything else happens to them, so that the events of one key never overtake each other.
    ///
    /// @param ticket of the journal, for what was done to it; see [ReplyHold]
    record LeaseReturn(PublishBatch events, long ticket) implements ShardMessage {
        private static final LeaseReturn UNEVENTFUL = new LeaseReturn(null, 0);

        static LeaseReturn with(PublishBatch events, long ticket) {
            return events == null && ticket == 0 ? UNEVENTFUL : new LeaseReturn(events, ticket);
        }
    }

    /// A client waits no more without having been served.
    record Unwait(BlockedClient waiter) implements ShardMessage { }

    /// A client has stopped watching.
    record Unwatch(Watcher watcher) implements ShardMessage { }
}
