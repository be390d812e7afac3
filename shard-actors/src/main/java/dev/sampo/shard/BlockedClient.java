package dev.sampo.shard;

import dev.sampo.engine.Tracker;
import dev.sampo.engine.Waiter;
import dev.sampo.engine.command.CommandSpec;

/// A client of one core that waits in a blocking command, for as long as that command lasts. Other cores see it as a
/// [Waiter]; everything of its own belongs to the home core of the client.
final class BlockedClient extends Waiter {
    final Client client;
    /// Core of the client.
    final int home;
    /// Slot in the client's reply order.
    final int sequence;
    /// What is answered when the time is over, or null for the command's own null reply.
    final byte[] timeoutReply;
    /// Remembers what the request reads when it runs again, or null.
    Tracker tracker;
    /// Known to be waiting: counted, and in the timers if it has a deadline.
    boolean counted;
    /// A lease of its shards has been asked for.
    boolean summoned;

    /// @param shards that the command needs, bit per shard; 0 for a wait that has nothing to do with keys
    BlockedClient(Client client, CommandSpec spec, long shards, int sequence) {
        super(client, spec, shards);
        this.client = client;
        this.home = client.core.index;
        this.sequence = sequence;
        this.timeoutReply = null;
    }

    /// A wait that only time ends.
    BlockedClient(Client client, CommandSpec spec, int sequence, long deadlineMillis, byte[] timeoutReply) {
        super(client, spec, 0);
        this.client = client;
        this.home = client.core.index;
        this.sequence = sequence;
        this.timeoutReply = timeoutReply;
        deadlineMillis(deadlineMillis);
    }
}
