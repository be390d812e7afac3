package dev.sampo.shard;

import dev.sampo.engine.Watcher;

/// What a shard actor receives. One FIFO lane leads from every core to every shard: requests and lease requests never overtake each other.
sealed interface ShardMessage permits ShardBatch, ShardMessage.Turn, ShardMessage.LeaseRequest, ShardMessage.LeaseReturn, ShardMessage.Unwatch {

    /// The core's own connections have input: run them. One a turn, however many connections and requests there are.
    enum Turn implements ShardMessage { INSTANCE }

    /// `core` asks for exclusive ownership of the shard.
    record LeaseRequest(int core) implements ShardMessage { }

    /// The shard comes home.
    enum LeaseReturn implements ShardMessage { INSTANCE }

    /// A client has stopped watching.
    record Unwatch(Watcher watcher) implements ShardMessage { }
}
