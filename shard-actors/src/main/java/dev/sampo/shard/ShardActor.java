package dev.sampo.shard;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/// The mailbox in front of one shard. Whatever wants the shard's data comes through here, in order; the work itself is the [Core]'s.
final class ShardActor {
    private ShardActor() {
    }

    /// A bug that escapes a command's own net costs the message it was in; the shard lives on.
    static Behavior<ShardMessage> create(Core core) {
        Behavior<ShardMessage> behavior = Behaviors.receiveMessage(message -> {
            core.onShardMessage(message);
            return Behaviors.same();
        });
        return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.resume());
    }
}
