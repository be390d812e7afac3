package dev.sampo.engine;

import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The keyspace events of a redis-server, in order.
public final class RedisEvents implements AutoCloseable {
    private static final byte[] MARKER = bytes("marker");

    private final RedisServer redis;
    private final RedisServer.Client subscriber;

    /// @param classes as in `notify-keyspace-events`, with `E`
    public RedisEvents(RedisServer redis, String classes) throws IOException {
        this.redis = redis;
        subscriber = redis.connect();
        subscriber.call(bytes("PSUBSCRIBE"), bytes("__keyevent@*"));
        subscriber.call(bytes("SUBSCRIBE"), MARKER);
        redis.run("CONFIG SET notify-keyspace-events " + classes);
    }

    /// What was reported since the last call, as [RecordingEvents] has it.
    public List<String> take() throws IOException {
        redis.client().call(bytes("PUBLISH"), MARKER, MARKER);
        List<String> events = new ArrayList<>();
        while (subscriber.receive() instanceof Reply.Array message) {
            if (message.elements().size() == 3) {
                return events;
            }
            String channel = latin1(message.elements().get(2));
            String db = channel.substring(channel.indexOf('@') + 1, channel.indexOf("__:"));
            events.add(db + channel.substring(channel.indexOf("__:") + 2) + ":" + latin1(message.elements().get(3)));
        }
        throw new AssertionError("no message");
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin1(Reply bulk) {
        return new String(((Reply.Bulk) bulk).bytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        subscriber.close();
    }
}
