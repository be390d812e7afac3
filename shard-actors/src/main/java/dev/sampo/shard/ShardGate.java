package dev.sampo.shard;

import java.util.ArrayDeque;

/// Who may touch one shard right now. Lives on the shard's home core.
///
/// States: *free* (the home core executes), *reserved* (promised to the home core's own lease round, which is still collecting other shards: the home core
/// goes on executing, nobody else is granted), *held* (the home core's lease round runs: only its members execute), *leased* (another core owns the shard:
/// nothing executes here). Beside that a shard can be *claimed*: a waiter that needs other shards too has its turn on a key, and until it has had it
/// ordinary commands do not execute, on whatever core; leases are granted as ever, so that the claimant gets its own.
///
/// Requests for a lease are granted in order of arrival; work that came in while the shard was away runs before the next grant,
/// so neither starves the other.
final class ShardGate {
    private enum State { FREE, RESERVED, HELD, LEASED }

    private final Core core;
    private final ArrayDeque<Integer> waiting = new ArrayDeque<>();
    private final ArrayDeque<ShardMessage> notices = new ArrayDeque<>();
    private final ArrayDeque<ShardMessage> deferred = new ArrayDeque<>();
    private final ArrayDeque<Client> clients = new ArrayDeque<>();
    private State state = State.FREE;
    private boolean grantDue;
    /// A key is claimed for a waiter that needs other shards too.
    private boolean claimed;
    /// The last claim has gone, while requests were in work.
    private boolean claimEndDue;
    private boolean draining;

    ShardGate(Core core) {
        this.core = core;
    }

    /// Whether ordinary commands of this core may execute.
    boolean isAvailable() {
        return !claimed && isPresent();
    }

    /// Whether the shard is here, be it for nobody but a waiter that is on its way.
    boolean isPresent() {
        return state == State.FREE || state == State.RESERVED;
    }

    /// Claims on keys of the shard may have come or gone. What waited for the last one to go waits on until the requests in work are
    /// through, whose place its own would take.
    void claimsChanged() {
        boolean ends = claimed && !core.shard.waits().isClaimed() && isPresent() && !draining;
        if (ends && core.isExecuting()) {
            claimEndDue = true;
            core.requestTurn();
            return;
        }
        claimed = core.shard.waits().isClaimed();
        if (ends) {
            goOn();
        }
    }

    /// Work for the shard that must wait until it is back.
    void defer(ShardMessage message) {
        deferred.addLast(message);
    }

    /// The rest of work that has begun and cannot go on.
    void deferRest(ShardMessage message) {
        deferred.addFirst(message);
    }

    /// Something that is done as soon as the shard is back, whoever has a claim.
    void deferNotice(ShardMessage message) {
        notices.addLast(message);
    }

    /// A client of this core whose next command needs the shard.
    void await(Client client) {
        clients.addLast(client);
    }

    int deferredMessages() {
        return deferred.size() + notices.size();
    }

    /// `requester` wants the shard; its own core may ask too.
    void request(int requester) {
        waiting.addLast(requester);
        if (!grantDue) {
            grantNext();
        }
    }

    /// The shard begins its life elsewhere: with whoever fills it. [#release()] brings it home.
    void lend() {
        state = State.LEASED;
    }

    /// The home core's round starts running.
    void hold() {
        state = State.HELD;
    }

    /// The shard is back, from another core or from the home core's own round.
    void release() {
        state = State.FREE;
        draining = true;
        claimsChanged();
        while (!notices.isEmpty()) {
            core.onShardMessage(notices.pollFirst());
        }
        draining = false;
        goOn();
        if (core.snapshots.hasWork(core.shard)) {
            core.requestTurn();
        }
    }

    /// Runs what waited for the shard. While a key is claimed only leases go on: the claimant's is among them.
    private void goOn() {
        while (!deferred.isEmpty() && isAvailable()) {
            core.onShardMessage(deferred.pollFirst());
        }
        if (!isAvailable()) {
            grantNext();
            return;
        }
        if (!clients.isEmpty()) {
            while (!clients.isEmpty()) {
                core.resume(clients.pollFirst(), Client.Suspension.SHARD);
            }
            grantDue = true;
            // Clients that are gone by now need no turn, but the grant does.
            core.requestTurn();
        } else {
            grantNext();
        }
    }

    /// The home core has run its ready clients: time for the next lease.
    void afterTurn() {
        if (claimEndDue) {
            claimEndDue = false;
            claimsChanged();
        }
        if (grantDue) {
            grantDue = false;
            grantNext();
        }
    }

    private void grantNext() {
        if (state != State.FREE || waiting.isEmpty()) {
            return;
        }
        int requester = waiting.pollFirst();
        if (requester == core.index) {
            state = State.RESERVED;
            core.leases.granted(core.index, claimed);
        } else {
            state = State.LEASED;
            core.grant(requester, claimed);
        }
    }
}
