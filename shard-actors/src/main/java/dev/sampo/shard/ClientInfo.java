package dev.sampo.shard;

import dev.sampo.resp.RespVersion;

/// One client as CLIENT LIST and CLIENT INFO show it: `name=value` pairs on a line, names and order as in Redis 7.2.
///
/// An idle client holds no buffers, so its sizes are 0. `fd` is what the transport calls the socket. `oll` and `argv-mem` are 0:
/// replies wait in one buffer, and arguments are read where they were received.
final class ClientInfo {
    private ClientInfo() {
    }

    static String line(Client client, long nowMillis) {
        StringBuilder line = new StringBuilder(320);
        append(client, nowMillis, line);
        return line.toString();
    }

    /// Appends the line and its end.
    static void append(Client client, long nowMillis, StringBuilder line) {
        Client.Subscriptions subscriptions = client.hasSubscriptions() ? client.subscriptions() : null;
        long input = client.inputLength();
        long inputFree = client.inputCapacity() - input;
        long output = client.outputBytes();
        long queued = client.inMulti ? client.transaction().bytes() : 0;
        line.append("id=").append(client.id());
        line.append(" addr=").append(client.remoteAddress);
        line.append(" laddr=").append(client.localAddress);
        line.append(" fd=").append(client.handle);
        line.append(" name=").append(client.name);
        line.append(" age=").append(seconds(nowMillis - client.createdMillis));
        line.append(" idle=").append(seconds(nowMillis - client.lastActiveMillis));
        line.append(" flags=").append(flags(client));
        line.append(" db=").append(client.db());
        line.append(" sub=").append(subscriptions == null ? 0 : subscriptions.channels.size());
        line.append(" psub=").append(subscriptions == null ? 0 : subscriptions.patterns.size());
        line.append(" ssub=").append(subscriptions == null ? 0 : subscriptions.shardChannels.size());
        line.append(" multi=").append(client.inMulti ? client.transaction().size() : -1);
        line.append(" qbuf=").append(input);
        line.append(" qbuf-free=").append(Math.max(0, inputFree));
        line.append(" argv-mem=0");
        line.append(" multi-mem=").append(queued);
        line.append(" rbs=").append(client.outputCapacity());
        line.append(" rbp=").append(client.outputCapacity());
        line.append(" obl=").append(output);
        line.append(" oll=0");
        line.append(" omem=").append(client.outputCapacity());
        line.append(" tot-mem=").append(client.inputCapacity() + client.outputCapacity() + queued);
        line.append(" events=").append(client.readingPaused ? "" : "r").append(client.isSending() ? "w" : "");
        line.append(" cmd=").append(client.lastSpec == null ? "NULL" : client.lastSpec.fullName());
        line.append(" user=default redir=").append(redirect(client)).append(" resp=").append(client.respVersion() == RespVersion.RESP3 ? 3 : 2);
        line.append(" lib-name=").append(client.libraryName);
        line.append(" lib-ver=").append(client.libraryVersion).append('\n');
    }

    /// As CLIENT GETREDIR says it: -1 = it does not track, 0 = it is told itself.
    static long redirect(Client client) {
        if (client.tracking == null) {
            return -1;
        }
        return client.tracking.redirect == null ? 0 : client.tracking.redirect.client();
    }

    /// Redis's letters for those states that exist here.
    private static String flags(Client client) {
        StringBuilder flags = new StringBuilder();
        if (client.monitoring) {
            flags.append('O');
        }
        if (client.hasSubscriptions()) {
            flags.append('P');
        }
        if (client.inMulti) {
            flags.append('x');
        }
        if (client.blocked != null && client.blocked.counted || client.suspension == Client.Suspension.PAUSE) {
            flags.append('b');
        }
        if (client.tracking != null) {
            flags.append('t').append(client.tracking.broken ? "R" : "").append(client.tracking.broadcast ? "B" : "");
        }
        if (client.watcher != null && client.watcher.dirty()) {
            flags.append('d');
        }
        if (client.closing) {
            flags.append('c');
        }
        if (client.noEvict) {
            flags.append('e');
        }
        if (client.noTouch()) {
            flags.append('T');
        }
        return flags.isEmpty() ? "N" : flags.toString();
    }

    private static long seconds(long millis) {
        return Math.max(0, millis / 1000);
    }
}
