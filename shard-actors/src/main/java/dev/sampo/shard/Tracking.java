package dev.sampo.shard;

import dev.sampo.engine.KeyTracking;
import dev.sampo.engine.Tracker;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Client-side caching on one core: its own clients that track keys, and what the commands it executes have to tell trackers
/// of any core.
///
/// Shards remember who has read what ([dev.sampo.engine.TrackedKeys]); a change tells each reader once. In broadcast mode
/// nothing is remembered: every core knows the prefixes that clients of every core want, and a changed key goes to the cores
/// that want it. Both are collected over a turn and leave at its end, behind the replies that this core has made before.
///
/// A client must not hear that a key has changed before it gets the value that it had: what arrives for it is put behind the
/// replies that are under way at that moment. The read was among these, or has been answered.
final class Tracking implements KeyTracking {
    private static final byte[] INVALIDATE = ascii("invalidate");
    private static final byte[] MESSAGE = ascii("message");
    private static final byte[] CHANNEL = ascii("__redis__:invalidate");
    private static final byte[] BROKEN = ascii("tracking-redir-broken");
    private static final byte[] NULL_2 = ascii("$-1\r\n");
    private static final byte[] NULL_3 = ascii("_\r\n");

    /// One reader of a changed key.
    record Invalidation(Tracker tracker, byte[] key) { }

    /// What one core has to tell the clients of another.
    ///
    /// @param keys that they have read
    /// @param broadcast changed keys, each with its last writer
    /// @param flushed whether a database was emptied
    record News(List<Invalidation> keys, Map<Channel, Long> broadcast, boolean flushed) { }

    private final Core core;
    /// By core, what leaves at the end of the turn.
    private final List<List<Invalidation>> keys = new ArrayList<>();
    private final List<Map<Channel, Long>> broadcast = new ArrayList<>();
    private boolean flushed;
    private boolean dirty;
    /// By core, the prefixes that its clients want; empty for none.
    private final Channel[][] wanted;

    // ---- this core's clients
    private final Set<Client> clients = new LinkedHashSet<>();
    private final Map<Channel, Set<Client>> byPrefix = new LinkedHashMap<>();
    private final ReplyWriter writer = new ReplyWriter();

    Tracking(Core core) {
        this.core = core;
        this.wanted = new Channel[core.cores][0];
        for (int i = 0; i < core.cores; i++) {
            keys.add(new ArrayList<>());
            broadcast.add(new LinkedHashMap<>());
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Clients that track.
    int clients() {
        return clients.size();
    }

    /// Prefixes that clients of this core want.
    int prefixes() {
        return byPrefix.size();
    }

    // ---- on and off ----

    /// The client tracks from now on; in broadcast mode once all cores know [#wanted()].
    void start(Client client, ClientTracking tracking) {
        stop(client);
        client.tracking = tracking;
        clients.add(client);
        for (Channel prefix : tracking.prefixes) {
            byPrefix.computeIfAbsent(prefix, _ -> new LinkedHashSet<>()).add(client);
        }
    }

    /// The client tracks no more. What shards remember of it is forgotten when the keys change.
    void stop(Client client) {
        ClientTracking tracking = client.tracking;
        if (tracking == null) {
            return;
        }
        client.tracking = null;
        clients.remove(client);
        for (Channel prefix : tracking.prefixes) {
            Set<Client> same = byPrefix.get(prefix);
            same.remove(client);
            if (same.isEmpty()) {
                byPrefix.remove(prefix);
            }
        }
        if (tracking.broadcast) {
            Channel[] left = wanted();
            int home = core.index;
            core.broadcast(other -> other.tracking.wanted(home, left));
        }
    }

    /// The prefixes that this core's clients want.
    Channel[] wanted() {
        return byPrefix.keySet().toArray(Channel[]::new);
    }

    /// What the clients of a core want now.
    void wanted(int home, Channel[] prefixes) {
        wanted[home] = prefixes;
        core.context.broadcasts(Arrays.stream(wanted).anyMatch(each -> each.length > 0));
    }

    // ---- what commands on this core do ----

    @Override
    public void invalidate(Tracker tracker, byte[] key) {
        keys.get(tracker.home()).add(new Invalidation(tracker, key));
        dirty = true;
    }

    @Override
    public void changed(long key, int keyLength, long by) {
        Channel name = new Channel(OffHeap.bytes(key, keyLength));
        for (int target = 0; target < wanted.length; target++) {
            for (Channel prefix : wanted[target]) {
                if (startsWith(name, prefix)) {
                    broadcast.get(target).put(name, by);
                    dirty = true;
                    break;
                }
            }
        }
    }

    @Override
    public void flushed() {
        flushed = true;
        dirty = true;
    }

    /// Ends a turn: who has to be told is told.
    void flush() {
        if (!dirty) {
            return;
        }
        dirty = false;
        for (int target = 0; target < core.cores; target++) {
            if (!flushed && keys.get(target).isEmpty() && broadcast.get(target).isEmpty()) {
                continue;
            }
            News news = new News(keys.get(target), broadcast.get(target), flushed);
            keys.set(target, new ArrayList<>());
            broadcast.set(target, new LinkedHashMap<>());
            if (target == core.index) {
                deliver(news);
            } else {
                core.replyHold.send(target, new AcceptorMessage.Invalidate(news));
            }
        }
        flushed = false;
    }

    // ---- to this core's clients ----

    void deliver(News news) {
        for (Invalidation each : news.keys) {
            Client client = core.client(each.tracker.slot(), (int) each.tracker.client());
            if (client != null && client.tracking != null && client.tracking.tracker == each.tracker) {
                tell(client, array(List.of(each.key)));
            }
        }
        if (!news.broadcast.isEmpty()) {
            for (Map.Entry<Channel, Set<Client>> each : byPrefix.entrySet()) {
                for (Client client : each.getValue()) {
                    tell(client, each.getKey(), news.broadcast);
                }
            }
        }
        if (news.flushed) {
            for (Client client : clients) {
                tell(client, client.respVersion() == RespVersion.RESP3 ? NULL_3 : NULL_2);
            }
        }
    }

    private void tell(Client client, Channel prefix, Map<Channel, Long> changed) {
        List<byte[]> names = new ArrayList<>();
        changed.forEach((name, by) -> {
            if (startsWith(name, prefix) && client.tracking.tracker.minds(by)) {
                names.add(name.array());
            }
        });
        if (!names.isEmpty()) {
            tell(client, array(names));
        }
    }

    /// @param what the names, or null for all, as they are encoded
    private void tell(Client client, byte[] what) {
        ClientTracking.Target target = client.tracking.redirect;
        if (target == null) {
            push(client, what, false);
        } else {
            core.lanes.toAcceptor(target.core(), new AcceptorMessage.Redirected(target, core.index, client.tracking.tracker, what));
        }
    }

    /// Another client's news have been redirected to one of this core's.
    void redirected(AcceptorMessage.Redirected message) {
        Client client = core.client(message.target().slot(), (int) message.target().client());
        if (client == null || client.closing) {
            core.lanes.toAcceptor(message.origin(), new AcceptorMessage.RedirectBroken(message.tracker()));
        } else {
            push(client, message.what(), true);
        }
    }

    /// The client that this one's news were redirected to is gone.
    void broken(Tracker tracker) {
        Client client = core.client(tracker.slot(), (int) tracker.client());
        if (client == null || client.tracking == null || client.tracking.tracker != tracker) {
            return;
        }
        client.tracking.broken = true;
        if (client.respVersion() == RespVersion.RESP3) {
            OutputBuffer out = begin(client);
            long mark = out.size();
            writer.target(out, RespVersion.RESP3).push(2);
            writer.bulk(BROKEN);
            writer.integer(client.tracking.redirect.client());
            end(client, mark);
        }
    }

    private void push(Client client, byte[] what, boolean redirected) {
        boolean push = client.respVersion() == RespVersion.RESP3;
        if (client.closing || !push && !(redirected && client.hasSubscriptions())) {
            return;
        }
        OutputBuffer out = begin(client);
        long mark = out.size();
        writer.target(out, client.respVersion());
        if (push) {
            writer.push(2);
            writer.bulk(INVALIDATE);
        } else {
            writer.array(3);
            writer.bulk(MESSAGE);
            writer.bulk(CHANNEL);
        }
        writer.simple(what);
        end(client, mark);
    }

    /// Behind the replies that are under way, but not behind that of a command that waits: it may never come.
    private static OutputBuffer begin(Client client) {
        return waitsOnly(client) ? client.output() : client.nextReply();
    }

    private void end(Client client, long mark) {
        if (!waitsOnly(client)) {
            client.endReply(mark);
        }
        core.markDirty(client);
    }

    private static boolean waitsOnly(Client client) {
        return client.blocked != null && client.replies.size() == 1;
    }

    private static byte[] array(List<byte[]> names) {
        OutputBuffer bytes = new OutputBuffer();
        ReplyWriter array = new ReplyWriter().target(bytes, RespVersion.RESP2);
        array.array(names.size());
        names.forEach(array::bulk);
        byte[] encoded = bytes.toByteArray();
        bytes.release();
        return encoded;
    }

    private static boolean startsWith(Channel name, Channel prefix) {
        byte[] whole = name.array();
        byte[] start = prefix.array();
        return start.length <= whole.length && Arrays.mismatch(whole, 0, start.length, start, 0, start.length) < 0;
    }
}
