package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// One client of a server that will be killed, and what it knows. It counts up, in turn: a key by SET, two keys by MSET, and two by
/// INCR in a MULTI block; the keys of a pair are often on different shards.
final class CrashWriter {
    private static final int KINDS = 3;

    private final int port;
    private final String[] keys;
    /// By kind of write: the last number sent, and the last that was there after the kill before.
    private final long[] sent = new long[KINDS];
    private final long[] kept = new long[KINDS];
    /// Acknowledged since the last start: when, kind, number.
    private final List<long[]> recent = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private long acknowledged;
    private long checked;

    CrashWriter(int port, int number) {
        this.port = port;
        keys = new String[] {"set:" + number, "left:" + number, "right:" + number, "one:" + number, "two:" + number};
    }

    /// Writes until the server is gone.
    void write() {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (int kind = 0;; kind = (kind + 1) % KINDS) {
                final String next = Long.toString(++sent[kind]);
                final Reply reply = switch (kind) {
                    case 0 -> client.call("SET", keys[0], next);
                    case 1 -> client.call("MSET", keys[1], next, keys[2], next);
                    default -> {
                        client.send("MULTI").send("INCR", keys[3]).send("INCR", keys[4]).send("EXEC");
                        client.read();
                        client.read();
                        client.read();
                        yield client.read();
                    }
                };
                if (reply instanceof Reply.Failure error) {
                    failures.add(keys[0] + ": " + error);
                    return;
                }
                recent.add(new long[] {System.currentTimeMillis(), kind, sent[kind]});
                acknowledged++;
            }
        } catch (UncheckedIOException _) {
            // The server was killed.
        }
    }

    /// Looks at all keys after a restart, and adds what is wrong to [#failures()].
    ///
    /// @param killed     when that was, Unix ms
    /// @param lossMillis so long before it nothing acknowledged may be lost; 0 = nothing at all
    /// @return           how long before the kill the oldest lost write was acknowledged, in ms; -1 when none was lost
    long check(RespClient client, long killed, long lossMillis) {
        final long[] found = new long[keys.length];
        for (int i = 0; i < keys.length; i++) {
            final Reply reply = client.call("GET", keys[i]);
            found[i] = reply instanceof Reply.Bulk bulk ? Long.parseLong(bulk.text()) : 0;
            checked++;
        }
        long oldest = -1;
        for (long[] write : recent) {
            if (write[2] > found[firstKey((int) write[1])]) {
                final long age = Math.max(0, killed - write[0]);
                if (age >= lossMillis) {
                    failures.add(keys[firstKey((int) write[1])] + " is " + found[firstKey((int) write[1])] + ", but " + write[2]
                        + " was acknowledged " + age + " ms before the kill");
                }
                oldest = Math.max(oldest, age);
            }
        }
        recent.clear();
        for (int i = 0; i < keys.length; i++) {
            final int kind = (i + 1) / 2;
            if (found[i] < kept[kind] || found[i] > sent[kind]) {
                failures.add(keys[i] + " is " + found[i] + ", but " + kept[kind] + " was there after the last start, and " + sent[kind]
                    + " was sent");
            }
        }
        for (int kind = 0; kind < KINDS; kind++) {
            // What is there counts from now on.
            sent[kind] = found[firstKey(kind)];
            kept[kind] = found[firstKey(kind)];
        }
        if (found[1] != found[2] || found[3] != found[4]) {
            failures.add("half of a transaction: " + keys[1] + " " + found[1] + ", " + keys[2] + " " + found[2] + "; " + keys[3] + " "
                + found[3] + ", " + keys[4] + " " + found[4]);
        }
        return oldest;
    }

    private static int firstKey(int kind) {
        return kind == 0 ? 0 : 2 * kind - 1;
    }

    /// How many writes were acknowledged longer than this before the kill.
    long acknowledgedBefore(long millis) {
        return recent.stream().filter(write -> write[0] < millis).count();
    }

    long acknowledged() {
        return acknowledged;
    }

    /// Values looked at.
    long checked() {
        return checked;
    }

    List<String> failures() {
        return failures;
    }
}
