package dev.sampo.shard;

import dev.sampo.persist.log.Journal;
import dev.sampo.persist.log.ShardLog;
import java.util.ArrayDeque;

/// Keeps the replies of one core back until what they tell of is durable (`appendfsync always`), and hands the effects of its
/// shard to the journal.
///
/// The core remembers the highest ticket of anything its clients may have seen: effects on its own shard, and those that came
/// with a lease. At the end of a turn all output waits for that ticket, that of reads too, since they may have seen what is not
/// durable yet. Replies to clients of other cores wait here, where their effects are.
final class ReplyHold {
    private record HeldClient(Client client, long ticket) {
    }

    private record HeldMessage(int core, AcceptorMessage message, long ticket) {
    }

    private final Core core;
    private final Journal journal;
    private final ShardLog log;
    private final ArrayDeque<HeldClient> clients = new ArrayDeque<>();
    private final ArrayDeque<HeldMessage> messages = new ArrayDeque<>();
    /// Messages whose effects have not been handed over yet.
    private final ArrayDeque<HeldMessage> early = new ArrayDeque<>();
    private long ticket;
    /// Whether the journal has to tell this core how far it is.
    private volatile boolean listening;

    ReplyHold(Core core, Journal journal) {
        this.core = core;
        this.journal = journal;
        this.log = journal.log(core.index);
    }

    /// The ticket of the last effects that clients of this core may have seen.
    long ticket() {
        return ticket;
    }

    /// Effects with this ticket may be seen from now on.
    void saw(long other) {
        ticket = Math.max(ticket, other);
    }

    /// Hands over what this core has done to its own shard. Not while others own that, nor between the effects of a transaction.
    void submit() {
        if (!log.isEmpty()) {
            saw(journal.submit(log));
        }
        assign();
    }

    /// Hands over what was done to leased shards, as one transaction.
    void submit(long owned) {
        saw(journal.submit(owned));
        if (core.gate.isPresent()) {
            submit();
        } else {
            assign();
        }
    }

    /// Messages that were early get the ticket of what has been handed over since.
    private void assign() {
        while (!early.isEmpty()) {
            HeldMessage next = early.pollFirst();
            sendOrHold(next.core(), next.message());
        }
    }

    /// Sees to it that the client's output leaves when it may; whether that is not now.
    boolean holds(Client client) {
        if (!isHolding() && !client.isHeld()) {
            return false;
        }
        if (client.hold()) {
            clients.addLast(new HeldClient(client, ticket));
        }
        return true;
    }

    /// Sends replies to the core of their clients when they may leave.
    void send(int target, AcceptorMessage message) {
        if (!journal.holdsReplies() && early.isEmpty()) {
            sendOrHold(target, message);
        } else {
            early.addLast(new HeldMessage(target, message, 0));
        }
    }

    private void sendOrHold(int target, AcceptorMessage message) {
        // While the disk refuses, what tells of reads alone overtakes what has to wait for it.
        if (isHolding() || !messages.isEmpty() && journal.failure() == null) {
            messages.addLast(new HeldMessage(target, message, ticket));
        } else {
            core.lanes.toAcceptor(target, message);
        }
    }

    private boolean isHolding() {
        if (!journal.holdsReplies() || ticket <= journal.durable()) {
            return false;
        }
        // The journal looks at this after it has moved on: look once more, lest it was just before.
        listening = true;
        return ticket > journal.durable();
    }

    /// Whether [#release()] should be called when the journal has moved on. Any thread.
    boolean isListening() {
        return listening;
    }

    /// Lets go what is durable by now.
    void release() {
        long durable = journal.durable();
        while (!messages.isEmpty() && messages.peekFirst().ticket() <= durable) {
            HeldMessage next = messages.pollFirst();
            core.lanes.toAcceptor(next.core(), next.message());
        }
        while (!clients.isEmpty() && clients.peekFirst().ticket() <= durable) {
            Client client = clients.pollFirst().client();
            if (!client.closed) {
                client.letGo();
                core.letLeave(client);
            }
        }
        listening = !messages.isEmpty() || !clients.isEmpty();
        if (listening && journal.durable() > durable) {
            release();
        }
    }
}
