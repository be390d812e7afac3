package dev.sampo.engine;

import dev.sampo.engine.Waits.Queue;
import dev.sampo.engine.Waits.Wait;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.resp.OutputBuffer;
import java.util.ArrayDeque;

/// The keys that somebody waits for and that have changed since waiters were last served, in the order of their first
/// change. One per [CommandContext]; empty whenever its driver gives a shard away.
final class ReadyKeys {
    private static final int NO_TYPE = -1;

    private final CommandContext context;
    private final ArrayDeque<Queue> queues = new ArrayDeque<>();
    private final OutputBuffer key = new OutputBuffer();

    ReadyKeys(CommandContext context) {
        this.context = context;
    }

    boolean isEmpty() {
        return queues.isEmpty();
    }

    void add(Queue queue) {
        if (!queue.ready) {
            queue.ready = true;
            queues.addLast(queue);
        }
    }

    /// Serves waiters until no key is left that may have something for one. Serving one may make other keys ready.
    ///
    /// @param owned shards at hand; bit per shard
    void serve(long owned, WaiterDriver driver) {
        while (!queues.isEmpty()) {
            Queue queue = queues.pollFirst();
            queue.ready = false;
            if (queue.claim != null && (queue.claim.shards() & ~owned) == 0) {
                queue.waits.unclaim(queue);
            }
            if (queue.claim == null) {
                serve(queue, owned, driver);
            }
        }
    }

    private void serve(Queue queue, long owned, WaiterDriver driver) {
        int type = type(queue, owned);
        Wait next;
        for (Wait wait = queue.first; wait != null; wait = next) {
            next = wait.next;
            if (type == NO_TYPE && queue.removalWaits == 0) {
                return;
            }
            if (wait.seen == queue.version || type != wait.type && !wait.removal) {
                continue;
            }
            Waiter waiter = wait.waiter;
            if ((waiter.shards() & ~owned) != 0) {
                if (!waiter.isDone()) {
                    queue.waits.claim(queue, waiter);
                    driver.summon(waiter);
                    return;
                }
            } else if (waiter.tryRun()) {
                wait.seen = queue.version;
                if (driver.rerun(waiter)) {
                    context.forget(waiter);
                    waiter.finish();
                } else {
                    waiter.waitOn();
                }
                type = type(queue, owned);
            }
        }
    }

    /// The type of the key's value, or that there is none.
    private int type(Queue queue, long owned) {
        key.clear();
        key.append(queue.key);
        long e = context.peek(queue, owned, key.address());
        return e == 0 ? NO_TYPE : Entry.type(e);
    }

    void close() {
        key.release();
    }
}
