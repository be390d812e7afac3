package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.PUBSUB;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Glob;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Publish and subscribe; [PubSub] knows the subscriptions. Contract: https://redis.io/commands/?group=pubsub
///
/// A subscription is acknowledged when every core knows of it, so a message that anybody publishes after the acknowledgement
/// arrives. An acknowledgement is the first thing a client hears of a subscription and the last it hears after ending it.
final class PubSubCommands {
    private static final byte[][] SUBSCRIBED = {ascii("subscribe"), ascii("psubscribe"), ascii("ssubscribe")};
    private static final byte[][] UNSUBSCRIBED = {ascii("unsubscribe"), ascii("punsubscribe"), ascii("sunsubscribe")};
    private static final String[] HELP = HelpText.of("PUBSUB",
        "CHANNELS [<pattern>]", "List channels that have subscribers, all or those that match.",
        "NUMPAT", "Count the patterns that have subscribers.",
        "NUMSUB [<channel> ...]", "Count the subscribers of each channel; patterns do not count.",
        "SHARDCHANNELS [<pattern>]", "As CHANNELS, for shard channels.",
        "SHARDNUMSUB [<shardchannel> ...]", "As NUMSUB, for shard channels.");

    private PubSubCommands() {
    }

    static void register(CommandTable.Builder t) {
        long subscribing = PUBSUB | NOSCRIPT | LOADING | STALE;
        long publishing = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE;
        KeySpec shardChannels = KeySpec.range(1, -1, 1, KeyFlag.NOT_KEY);
        t.session("SUBSCRIBE", -2, subscribing, 0, (s, a, r) -> subscribe(s, a, r, PubSub.CHANNELS));
        t.session("UNSUBSCRIBE", -1, subscribing, 0, (s, a, r) -> unsubscribe(s, a, r, PubSub.CHANNELS));
        t.session("PSUBSCRIBE", -2, subscribing, 0, (s, a, r) -> subscribe(s, a, r, PubSub.PATTERNS));
        t.session("PUNSUBSCRIBE", -1, subscribing, 0, (s, a, r) -> unsubscribe(s, a, r, PubSub.PATTERNS));
        t.session("SSUBSCRIBE", -2, subscribing, 0, (s, a, r) -> subscribe(s, a, r, PubSub.SHARD_CHANNELS)).keys(shardChannels);
        t.session("SUNSUBSCRIBE", -1, subscribing, 0, (s, a, r) -> unsubscribe(s, a, r, PubSub.SHARD_CHANNELS))
            .keys(shardChannels);
        t.session("PUBLISH", 3, publishing, 0, (s, a, r) -> publish(s, a, r, PubSub.CHANNELS));
        t.session("SPUBLISH", 3, publishing, 0, (s, a, r) -> publish(s, a, r, PubSub.SHARD_CHANNELS))
            .keys(KeySpec.key(1, KeyFlag.NOT_KEY));
        CommandTable.Builder sub = t.container("PUBSUB", -2, 0, 0).children();
        long asking = PUBSUB | LOADING | STALE;
        sub.session("CHANNELS", -2, asking, 0, (s, a, r) -> channels(s, a, r, PubSub.CHANNELS));
        sub.session("NUMSUB", -2, asking, 0, (s, a, r) -> numsub(s, a, r, PubSub.CHANNELS));
        sub.session("NUMPAT", 2, asking, 0, PubSubCommands::numpat);
        sub.session("SHARDCHANNELS", -2, asking, 0, (s, a, r) -> channels(s, a, r, PubSub.SHARD_CHANNELS));
        sub.session("SHARDNUMSUB", -2, asking, 0, (s, a, r) -> numsub(s, a, r, PubSub.SHARD_CHANNELS));
        sub.session("HELP", 2, LOADING | STALE, 0, (s, a, r) -> HelpText.write(HELP, r));
    }

    /// SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE name [name ...] -> one acknowledgement a name, with the number of subscriptions. O(N)
    /// for N names plus a message to every other core. https://redis.io/commands/subscribe
    private static void subscribe(Session s, Args a, ReplyWriter r, int kind) {
        Client client = (Client) s;
        Core core = client.core;
        if (!core.isNextReply(client)) {
            return;
        }
        if (kind == PubSub.SHARD_CHANNELS && client.isExecuting()) {
            r.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
            return;
        }
        int names = a.count() - 1;
        Channel[] channels = new Channel[names];
        int[] counts = new int[names];
        List<Channel> added = new ArrayList<>();
        for (int i = 0; i < names; i++) {
            channels[i] = new Channel(a.bytes(i + 1));
            if (PubSub.promise(client, kind, channels[i])) {
                added.add(channels[i]);
            }
            counts[i] = PubSub.count(client, kind);
        }
        if (added.isEmpty()) {
            acknowledge(r, SUBSCRIBED[kind], channels, counts);
            return;
        }
        int subscriber = core.index;
        core.gather(client, other -> {
            other.pubSub.register(kind, subscriber, added, 1);
            return null;
        }, (_, late) -> {
            core.pubSub.start(client, kind, added);
            acknowledge(late, SUBSCRIBED[kind], channels, counts);
        });
    }

    /// UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE [name ...] -> one acknowledgement a name, without names one for each subscription,
    /// or a single one with nil if there is none. O(N) for N names plus a message to every other core.
    /// https://redis.io/commands/unsubscribe
    private static void unsubscribe(Session s, Args a, ReplyWriter r, int kind) {
        Client client = (Client) s;
        Core core = client.core;
        if (!core.isNextReply(client)) {
            return;
        }
        Channel[] channels = a.count() == 1 ? PubSub.of(client, kind).toArray(Channel[]::new) : new Channel[a.count() - 1];
        int[] counts = new int[channels.length];
        List<Channel> removed = new ArrayList<>();
        for (int i = 0; i < channels.length; i++) {
            if (a.count() > 1) {
                channels[i] = new Channel(a.bytes(i + 1));
            }
            if (core.pubSub.remove(client, kind, channels[i])) {
                removed.add(channels[i]);
            }
            counts[i] = PubSub.count(client, kind);
        }
        if (channels.length == 0) {
            r.push(3);
            r.bulk(UNSUBSCRIBED[kind]);
            r.nullBulk();
            r.integer(PubSub.count(client, kind));
        } else if (removed.isEmpty()) {
            acknowledge(r, UNSUBSCRIBED[kind], channels, counts);
        } else {
            int subscriber = core.index;
            core.gather(client, other -> {
                other.pubSub.register(kind, subscriber, removed, -1);
                return null;
            }, (_, late) -> acknowledge(late, UNSUBSCRIBED[kind], channels, counts));
        }
    }

    private static void acknowledge(ReplyWriter r, byte[] word, Channel[] channels, int[] counts) {
        for (int i = 0; i < channels.length; i++) {
            r.push(3);
            r.bulk(word);
            r.bulk(channels[i].array(), 0, channels[i].length());
            r.integer(counts[i]);
        }
    }

    /// PUBLISH, SPUBLISH channel message -> number of receivers. O(N + M) for N subscribers of the channel and M patterns of
    /// anybody. https://redis.io/commands/publish
    private static void publish(Session s, Args a, ReplyWriter r, int kind) {
        r.integer(((Client) s).core.pubSub.publish(kind, a.address(1), a.length(1), a.address(2), a.length(2)));
    }

    /// PUBSUB CHANNELS | SHARDCHANNELS [pattern] -> array of channels that have subscribers. O(N) for N channels.
    /// https://redis.io/commands/pubsub-channels
    private static void channels(Session s, Args a, ReplyWriter r, int kind) {
        if (a.count() > 3) {
            HelpText.writeSyntaxError(a, "PUBSUB", r);
            return;
        }
        Set<Channel> names = ((Client) s).core.pubSub.names(kind);
        if (a.count() == 2) {
            r.array(names.size());
            for (Channel name : names) {
                r.bulk(name.array(), 0, name.length());
            }
            return;
        }
        OutputBuffer text = new OutputBuffer();
        long mark = r.deferredArray();
        long count = 0;
        for (Channel name : names) {
            text.clear();
            text.append(name.array(), 0, name.length());
            if (Glob.matches(a.address(2), a.length(2), text.address(), name.length())) {
                r.bulk(name.array(), 0, name.length());
                count++;
            }
        }
        r.patch(mark, count);
        text.release();
    }

    /// PUBSUB NUMSUB | SHARDNUMSUB [channel ...] -> array of channels and their numbers of subscribers. O(N) for N channels.
    /// https://redis.io/commands/pubsub-numsub
    private static void numsub(Session s, Args a, ReplyWriter r, int kind) {
        PubSub pubSub = ((Client) s).core.pubSub;
        r.array((a.count() - 2) * 2L);
        for (int i = 2; i < a.count(); i++) {
            r.bulk(a.address(i), a.length(i));
            r.integer(pubSub.subscribers(kind, new Channel(a.bytes(i))));
        }
    }

    /// PUBSUB NUMPAT -> number of different patterns. O(1). https://redis.io/commands/pubsub-numpat
    private static void numpat(Session s, Args a, ReplyWriter r) {
        r.integer(((Client) s).core.pubSub.names(PubSub.PATTERNS).size());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
