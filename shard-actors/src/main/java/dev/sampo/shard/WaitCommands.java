package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.BLOCKING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.ArgReader;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/// WAIT and WAITAOF: waiting until others have what this client wrote. There are no others in this version, so a wait for
/// any of them ends with its time. Contract: https://redis.io/commands/wait
final class WaitCommands {
    private static final byte[] NO_REPLICAS = ":0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOBODY = "*2\r\n:0\r\n:0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HERE = "*2\r\n:1\r\n:0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LOCAL_RANGE = ReplyWriter.encodeError("ERR value is out of range, must be between 0 and 1");
    private static final byte[] NEGATIVE = ReplyWriter.encodeError("ERR value is out of range, must be positive");
    private static final byte[] NO_LOG = ReplyWriter.encodeError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");

    private WaitCommands() {
    }

    static void register(CommandTable.Builder t) {
        t.session("WAIT", 3, NOSCRIPT, Category.CONNECTION, WaitCommands::await).tips("request_policy:all_shards", "response_policy:agg_min");
        t.session("WAITAOF", 4, NOSCRIPT | BLOCKING, Category.CONNECTION, WaitCommands::waitaof).tips("request_policy:all_shards", "response_policy:agg_min");
    }

    /// WAIT replicas timeout -> 0, the number of replicas that have got everything: at once if no more are asked for, else when
    /// the time (ms, 0 = for ever) is over. O(1). Errors: not an integer, timeout out of range. https://redis.io/commands/wait
    private static void await(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        ArgReader in = new ArgReader().over(a, 1, client.core.nowMillis());
        long replicas = in.nextLong();
        long timeout = in.nextTimeoutMillis();
        if (!in.failed(r)) {
            answer(client, replicas > 0, timeout, NO_REPLICAS, r);
        }
    }

    /// WAITAOF local replicas timeout -> array of two: 1 when everything that this client wrote is on this disk, else 0, and 0
    /// replicas; with replicas asked for when the time (ms, 0 = for ever) is over. Errors: local is not 0 or 1; replicas is negative;
    /// local is 1, but the log is off. https://redis.io/commands/waitaof
    private static void waitaof(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        ArgReader in = new ArgReader().over(a, 1, client.core.nowMillis());
        long local = in.nextLong(LOCAL_RANGE);
        if (!in.failed() && (local < 0 || local > 1)) {
            in.fail(LOCAL_RANGE);
        }
        long replicas = in.nextLong(NEGATIVE);
        if (!in.failed() && replicas < 0) {
            in.fail(NEGATIVE);
        }
        long timeout = in.nextTimeoutMillis();
        if (in.failed(r)) {
            return;
        }
        if (local == 1 && !client.core.node.journal().isOn()) {
            r.simple(NO_LOG);
        } else if (local == 0 || client.isExecuting()) {
            answer(client, replicas > 0, timeout, NOBODY, r);
        } else if (replicas > 0) {
            answer(client, true, timeout, HERE, r);
        } else if (client.core.isNextReply(client)) {
            awaitDisk(client);
        }
    }

    /// Everything that was executed before is handed over by the cores it was executed on, and forced to the disk.
    private static void awaitDisk(Client client) {
        Core home = client.core;
        Node node = home.node;
        AtomicInteger left = new AtomicInteger(node.cores());
        home.callLater(client, answer -> {
            for (int i = 0; i < node.cores(); i++) {
                node.onCore(i, core -> {
                    if (core.gate.isPresent()) {
                        core.replyHold.submit();
                    }
                    if (left.decrementAndGet() == 0) {
                        node.journal().sync().whenComplete((_, off) ->
                            node.onCore(home.index, _ -> answer.accept(w -> w.simple(off == null ? HERE : NO_LOG))));
                    }
                });
            }
        });
    }

    private static void answer(Client client, boolean waits, long timeoutMillis, byte[] reply, ReplyWriter r) {
        if (waits && !client.isExecuting()) {
            client.core.blockForTime(client, client.lastSpec, timeoutMillis, reply);
        } else {
            r.simple(reply);
        }
    }
}
