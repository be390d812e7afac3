package dev.sampo.shard;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/// The mailbox in front of one core's connections: replies from other shards, lease grants, messages published elsewhere, and calls that concern all cores.
final class AcceptorActor {
    private AcceptorActor() {
    }

    static Behavior<AcceptorMessage> create(Core core) {
        Behavior<AcceptorMessage> behavior = Behaviors.receiveMessage(message -> {
            core.onAcceptorMessage(message);
            return Behaviors.same();
        });
        return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.resume());
    }
}
