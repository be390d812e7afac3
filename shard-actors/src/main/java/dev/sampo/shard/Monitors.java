package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.SKIP_MONITOR;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// MONITOR on one core: the clients here that watch, and how many watch on every core.
///
/// The core of a client shows what that client runs, in the order in which it runs or leaves for another core; lines of one client
/// keep their order, those of clients of different cores come as they arrive. While nobody watches, all of this is one look at
/// a field per command. Contract: https://redis.io/commands/monitor
final class Monitors {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOT_IN_EXEC = ReplyWriter.encodeError("ERR MONITOR isn't allowed for DENY BLOCKING client");

    private final Core core;
    private final List<Client> local = new ArrayList<>();
    private final int[] watching;
    /// Lines of this turn for monitors of other cores.
    private final OutputBuffer outgoing = new OutputBuffer();
    private final OutputBuffer line = new OutputBuffer();
    private int total;

    Monitors(Core core) {
        this.core = core;
        this.watching = new int[core.cores];
    }

    static void register(CommandTable.Builder t) {
        t.session("MONITOR", 1, ADMIN | NOSCRIPT | LOADING | STALE, 0, Monitors::monitor);
    }

    /// MONITOR -> OK, and from then on a line for every command that any client runs: when, database, address, arguments. Not shown
    /// are administration and passwords. O(1). A client that watches already hears nothing, as in Redis.
    /// https://redis.io/commands/monitor
    private static void monitor(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Core core = client.core;
        if (client.isExecuting()) {
            r.simple(NOT_IN_EXEC);
            return;
        }
        if (client.monitoring || !core.isNextReply(client)) {
            return;
        }
        client.monitoring = true;
        int index = core.index;
        core.gather(client, other -> {
            other.monitors.count(index, 1);
            return null;
        }, (_, late) -> {
            late.ok();
            if (!client.closing) {
                core.monitors.local.add(client);
            }
        });
    }

    /// Whether anybody watches.
    boolean active() {
        return total != 0;
    }

    private void count(int index, int delta) {
        watching[index] += delta;
        total += delta;
    }

    /// The client goes, or has had enough.
    void remove(Client client) {
        if (client.monitoring) {
            client.monitoring = false;
            local.remove(client);
            int index = core.index;
            core.broadcast(other -> other.monitors.count(index, -1));
        }
    }

    /// Shows a command of a client of this core.
    void show(Client client, CommandSpec spec, Args a) {
        if (spec.is(ADMIN | SKIP_MONITOR)) {
            return;
        }
        line.clear();
        ascii(line, "+" + core.nowMillis() / 1000 + "." + String.valueOf(1000 + core.nowMillis() % 1000).substring(1) + "000 [" + client.db() + " "
            + client.remoteAddress + "]");
        for (int i = 0; i < a.count(); i++) {
            ascii(line, " ");
            if (Secrets.hides(spec, a, i)) {
                ascii(line, "\"(redacted)\"");
            } else {
                quoted(line, a.address(i), a.length(i));
            }
        }
        ascii(line, "\r\n");
        deliver(line.address(), (int) line.size());
        if (total != watching[core.index]) {
            outgoing.append(line.address(), (int) line.size());
        }
    }

    /// Sends what was shown in this turn to the other cores that watch.
    void flush() {
        if (outgoing.isEmpty()) {
            return;
        }
        byte[] lines = outgoing.toByteArray();
        outgoing.clear();
        for (int i = 0; i < watching.length; i++) {
            if (i != core.index && watching[i] > 0) {
                core.lanes.toAcceptor(i, new AcceptorMessage.Call(core.index, other -> {
                    other.monitors.deliver(lines);
                    return null;
                }, null));
            }
        }
    }

    private void deliver(byte[] lines) {
        line.clear();
        line.append(lines);
        deliver(line.address(), (int) line.size());
    }

    private void deliver(long address, int length) {
        for (int i = 0; i < local.size(); i++) {
            Client client = local.get(i);
            if (!client.closing) {
                client.output().append(address, length);
                core.markDirty(client);
            }
        }
    }

    void close() {
        outgoing.release();
        line.release();
    }

    private static void ascii(OutputBuffer out, String text) {
        out.append(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// In quotes, with what does not print escaped.
    private static void quoted(OutputBuffer out, long address, int length) {
        out.append((byte) '"');
        for (int i = 0; i < length; i++) {
            byte c = OffHeap.getByte(address + i);
            switch (c) {
                case '\\', '"' -> escaped(out, c);
                case '\n' -> escaped(out, (byte) 'n');
                case '\r' -> escaped(out, (byte) 'r');
                case '\t' -> escaped(out, (byte) 't');
                case 7 -> escaped(out, (byte) 'a');
                case '\b' -> escaped(out, (byte) 'b');
                default -> {
                    if (c >= ' ' && c < 127) {
                        out.append(c);
                    } else {
                        escaped(out, (byte) 'x');
                        out.append(HEX[c >> 4 & 15]);
                        out.append(HEX[c & 15]);
                    }
                }
            }
        }
        out.append((byte) '"');
    }

    private static void escaped(OutputBuffer out, byte c) {
        out.append((byte) '\\');
        out.append(c);
    }
}
