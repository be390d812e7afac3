package dev.sampo.shard;

import dev.sampo.engine.EventClass;
import dev.sampo.engine.KeyspaceEvents;
import dev.sampo.engine.command.Glob;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Publish and subscribe on one core: the subscriptions of its own clients, and a replica of how many subscribers every core has for every channel and pattern.
///
/// A subscription counts when all cores have acknowledged it; only then the client hears of it. So PUBLISH knows its number of receivers at once, and forwards only to
/// cores that have some. A message meets a publisher's other messages in order, because they travel one lane. Keyspace events are published by the core at which
/// the key lives, for the same reason.
final class PubSub implements KeyspaceEvents {
    static final int CHANNELS = 0;
    static final int PATTERNS = 1;
    static final int SHARD_CHANNELS = 2;
    private static final int KINDS = 3;

    private static final byte[] MESSAGE = ascii("message");
    private static final byte[] PATTERN_MESSAGE = ascii("pmessage");
    private static final byte[] SHARD_MESSAGE = ascii("smessage");
    private static final byte[] KEYSPACE_PREFIX = ascii("__keyspace@");
    private static final byte[] KEYEVENT_PREFIX = ascii("__keyevent@");
    private static final byte[] PREFIX_END = ascii("__:");

    private final Core core;
    private final List<Map<Channel, ArrayList<Client>>> local = new ArrayList<>();
    private final List<Map<Channel, int[]>> registry = new ArrayList<>();
    private final PublishBatch[] outgoing;
    /// What happened under a lease to the keys of other cores' shards: it goes home with the shard.
    private final PublishBatch[] homeward;
    private final Channel probe = Channel.probe();
    private final OutputBuffer name = new OutputBuffer();
    private final OutputBuffer event = new OutputBuffer();
    private final OutputBuffer patternBytes = new OutputBuffer(64);
    private final OutputBuffer encoded2 = new OutputBuffer();
    private final OutputBuffer encoded3 = new OutputBuffer();
    private final ReplyWriter push = new ReplyWriter();

    PubSub(Core core) {
        this.core = core;
        this.outgoing = new PublishBatch[core.cores];
        this.homeward = new PublishBatch[core.cores];
        for (int kind = 0; kind < KINDS; kind++) {
            local.add(new HashMap<>());
            registry.add(new HashMap<>());
        }
    }

    // ---- registry: runs on every core ----

    /// `core` has `delta` more subscribers for each of `names`.
    void register(int kind, int subscriberCore, List<Channel> names, int delta) {
        Map<Channel, int[]> counts = registry.get(kind);
        for (Channel channel : names) {
            int[] perCore = counts.computeIfAbsent(channel, _ -> new int[core.cores]);
            perCore[subscriberCore] += delta;
            if (sum(perCore) == 0) {
                counts.remove(channel);
            }
        }
    }

    /// Number of subscribers on all cores.
    long subscribers(int kind, Channel channel) {
        int[] counts = registry.get(kind).get(channel);
        return counts == null ? 0 : sum(counts);
    }

    /// All names that have subscribers somewhere.
    Set<Channel> names(int kind) {
        return registry.get(kind).keySet();
    }

    // ---- this core's clients ----

    static Set<Channel> of(Client client, int kind) {
        Client.Subscriptions subscriptions = client.subscriptions();
        return switch (kind) {
            case CHANNELS -> subscriptions.channels;
            case PATTERNS -> subscriptions.patterns;
            default -> subscriptions.shardChannels;
        };
    }

    /// What the client is told of its number of subscriptions: shard channels count apart from the others.
    static int count(Client client, int kind) {
        Client.Subscriptions subscriptions = client.subscriptions();
        return kind == SHARD_CHANNELS ? subscriptions.shardChannels.size()
            : subscriptions.channels.size() + subscriptions.patterns.size();
    }

    /// The client is going to subscribe: the registries are told next, [#start] follows when they know. Returns whether it had no
    /// such subscription yet.
    static boolean promise(Client client, int kind, Channel channel) {
        return of(client, kind).add(channel);
    }

    /// From now on messages reach the client, unless it is going away.
    void start(Client client, int kind, List<Channel> channels) {
        if (client.closing) {
            return;
        }
        for (Channel channel : channels) {
            local.get(kind).computeIfAbsent(channel, _ -> new ArrayList<>()).add(client);
        }
    }

    /// From now on none do. Returns whether there was a subscription; the registries are the caller's business.
    boolean remove(Client client, int kind, Channel channel) {
        if (!of(client, kind).remove(channel)) {
            return false;
        }
        ArrayList<Client> clients = local.get(kind).get(channel);
        if (clients != null && clients.remove(client) && clients.isEmpty()) {
            local.get(kind).remove(channel);
        }
        return true;
    }

    /// The client is gone: ends all its subscriptions everywhere.
    void remove(Client client) {
        if (!client.hasSubscriptions()) {
            return;
        }
        for (int kind = 0; kind < KINDS; kind++) {
            List<Channel> names = List.copyOf(of(client, kind));
            for (Channel channel : names) {
                remove(client, kind, channel);
            }
            if (!names.isEmpty()) {
                int which = kind;
                int subscriberCore = core.index;
                core.broadcast(other -> other.pubSub.register(which, subscriberCore, names, -1));
            }
        }
    }

    // ---- publishing ----

    /// Publishes to all cores and returns the number of receivers, a client counting once for each of its matching subscriptions.
    long publish(int kind, long channel, int channelLength, long message, int messageLength) {
        long receivers = 0;
        long targets = 0;
        if (!registry.get(kind).isEmpty()) {
            int[] counts = registry.get(kind).get(probe.fill(channel, channelLength));
            if (counts != null) {
                receivers += sum(counts);
                targets |= mask(counts);
            }
        }
        if (kind == CHANNELS && !registry.get(PATTERNS).isEmpty()) {
            for (Map.Entry<Channel, int[]> pattern : registry.get(PATTERNS).entrySet()) {
                if (matches(pattern.getKey(), channel, channelLength)) {
                    receivers += sum(pattern.getValue());
                    targets |= mask(pattern.getValue());
                }
            }
        }
        for (long rest = targets; rest != 0; rest &= rest - 1) {
            int target = Long.numberOfTrailingZeros(rest);
            if (target == core.index) {
                deliver(kind, channel, channelLength, message, messageLength);
            } else {
                batchFor(target).add(kind, channel, channelLength, message, messageLength);
            }
        }
        return receivers;
    }

    /// Sends what was published for other cores in this turn.
    void flush() {
        for (int target = 0; target < outgoing.length; target++) {
            if (outgoing[target] != null) {
                core.lanes.toAcceptor(target, outgoing[target]);
                outgoing[target] = null;
            }
        }
    }

    /// Delivers what another core published.
    void deliver(PublishBatch batch) {
        long frame = batch.frames.address();
        for (int i = 0; i < batch.count; i++) {
            int channelLength = OffHeap.getInt(frame + 4);
            int messageLength = OffHeap.getInt(frame + 8);
            long channel = frame + PublishBatch.HEADER;
            deliver(OffHeap.getInt(frame), channel, channelLength, channel + channelLength, messageLength);
            frame = channel + channelLength + messageLength;
        }
        batch.frames.release();
    }

    /// Publishes what another core collected while it had this core's shard.
    void publish(PublishBatch events) {
        long frame = events.frames.address();
        for (int i = 0; i < events.count; i++) {
            int channelLength = OffHeap.getInt(frame + 4);
            int messageLength = OffHeap.getInt(frame + 8);
            long channel = frame + PublishBatch.HEADER;
            publish(OffHeap.getInt(frame), channel, channelLength, channel + channelLength, messageLength);
            frame = channel + channelLength + messageLength;
        }
        events.frames.release();
    }

    /// What happened under the lease that ends to keys of `shard`; null = nothing.
    PublishBatch takeEvents(int shard) {
        PublishBatch events = homeward[shard];
        homeward[shard] = null;
        return events;
    }

    @Override
    public void event(int db, int eventClass, byte[] eventName, long key, int keyLength) {
        if (registry.get(CHANNELS).isEmpty() && registry.get(PATTERNS).isEmpty()) {
            return;
        }
        int home = core.leases.isRunning() ? SlotMap.shard(SlotMap.slot(key, keyLength), core.cores) : core.index;
        int flags = core.config().notifyKeyspaceEvents();
        if ((flags & EventClass.KEYSPACE) != 0) {
            channelName(KEYSPACE_PREFIX, db);
            name.append(key, keyLength);
            event.clear();
            event.append(eventName);
            publishAt(home, event.address(), (int) event.size());
        }
        if ((flags & EventClass.KEYEVENT) != 0) {
            channelName(KEYEVENT_PREFIX, db);
            name.append(eventName);
            publishAt(home, key, keyLength);
        }
    }

    /// Publishes to the channel in [#name], from the core at which the key lives.
    private void publishAt(int home, long message, int messageLength) {
        if (home == core.index) {
            publish(CHANNELS, name.address(), (int) name.size(), message, messageLength);
            return;
        }
        if (homeward[home] == null) {
            homeward[home] = new PublishBatch();
        }
        homeward[home].add(CHANNELS, name.address(), (int) name.size(), message, messageLength);
    }

    void close() {
        name.release();
        event.release();
        patternBytes.release();
        encoded2.release();
        encoded3.release();
    }

    private void channelName(byte[] prefix, int db) {
        name.clear();
        name.append(prefix);
        if (db >= 10) {
            name.append((byte) ('0' + db / 10 % 10));
        }
        name.append((byte) ('0' + db % 10));
        name.append(PREFIX_END);
    }

    private PublishBatch batchFor(int target) {
        if (outgoing[target] == null) {
            outgoing[target] = new PublishBatch();
        }
        return outgoing[target];
    }

    /// Hands a message to this core's subscribers: those of the channel, then those of matching patterns.
    private void deliver(int kind, long channel, int channelLength, long message, int messageLength) {
        ArrayList<Client> clients = local.get(kind).get(probe.fill(channel, channelLength));
        if (clients != null) {
            encode(encoded2, RespVersion.RESP2, kind == SHARD_CHANNELS ? SHARD_MESSAGE : MESSAGE, null, channel, channelLength, message, messageLength);
            encode(encoded3, RespVersion.RESP3, kind == SHARD_CHANNELS ? SHARD_MESSAGE : MESSAGE, null, channel, channelLength, message, messageLength);
            send(clients);
        }
        if (kind == CHANNELS && !local.get(PATTERNS).isEmpty()) {
            for (Map.Entry<Channel, ArrayList<Client>> entry : local.get(PATTERNS).entrySet()) {
                if (matches(entry.getKey(), channel, channelLength)) {
                    encode(encoded2, RespVersion.RESP2, PATTERN_MESSAGE, entry.getKey(), channel, channelLength, message, messageLength);
                    encode(encoded3, RespVersion.RESP3, PATTERN_MESSAGE, entry.getKey(), channel, channelLength, message, messageLength);
                    send(entry.getValue());
                }
            }
        }
    }

    private void encode(OutputBuffer out, int version, byte[] type, Channel pattern, long channel, int channelLength, long message, int messageLength) {
        out.clear();
        push.target(out, version);
        push.push(pattern == null ? 3 : 4);
        push.bulk(type);
        if (pattern != null) {
            push.bulk(pattern.array(), 0, pattern.length());
        }
        push.bulk(channel, channelLength);
        push.bulk(message, messageLength);
    }

    private void send(ArrayList<Client> clients) {
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            if (!client.closing) {
                OutputBuffer encoded = client.respVersion() == RespVersion.RESP3 ? encoded3 : encoded2;
                client.output().append(encoded.address(), (int) encoded.size());
                core.markDirty(client);
            }
        }
    }

    private boolean matches(Channel pattern, long channel, int channelLength) {
        patternBytes.clear();
        patternBytes.append(pattern.array(), 0, pattern.length());
        return Glob.matches(patternBytes.address(), pattern.length(), channel, channelLength);
    }

    private static int sum(int[] counts) {
        int total = 0;
        for (int count : counts) {
            total += count;
        }
        return total;
    }

    private static long mask(int[] counts) {
        long mask = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                mask |= 1L << i;
            }
        }
        return mask;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
