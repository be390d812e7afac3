package dev.sampo.shard;

import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.RespVersion;
import java.util.Locale;

/// Decides whether a request may be executed or queued at all, in Redis's order: known, right number of arguments, authenticated, allowed in this state.
final class Gatekeeper {
    /// How much of an unknown command's name and arguments an error repeats.
    private static final int QUOTED_BYTES = 128;

    private static final String DEBUG_REFUSED = "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
        + "\"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then "
        + "restart the server.";

    private Gatekeeper() {
    }

    /// The error to reply, or null when the request is fine.
    static String refusal(Client client, CommandSpec spec, Args args) {
        if (spec != null && spec.accepts(args.count()) && spec.handler() != null && client.authenticated
            && !spec.is(CommandFlag.PROTECTED) && !client.inMulti && !client.hasSubscriptions()) {
            return null;
        }
        return refusalSlow(client, spec, args);
    }

    private static String refusalSlow(Client client, CommandSpec spec, Args args) {
        if (spec == null) {
            CommandSpec container = client.core.node.table().find(args.address(0), args.length(0));
            return container == null ? unknownCommand(args)
                : "ERR unknown subcommand '" + quoted(args, 1, QUOTED_BYTES) + "'. Try "
                    + container.name().toUpperCase(Locale.ROOT) + " HELP.";
        }
        if (!spec.accepts(args.count()) || spec.handler() == null) {
            return "ERR wrong number of arguments for '" + spec.fullName() + "' command";
        }
        if (!client.authenticated && !spec.is(CommandFlag.NO_AUTH)) {
            return "NOAUTH Authentication required.";
        }
        if (spec.is(CommandFlag.PROTECTED) && !mayDebug(client)) {
            return DEBUG_REFUSED;
        }
        if (client.inMulti && spec.is(CommandFlag.NO_MULTI)) {
            return "ERR Command not allowed inside a transaction";
        }
        if (client.hasSubscriptions() && client.respVersion() == RespVersion.RESP2 && !allowedWhileSubscribed(spec)) {
            return "ERR Can't execute '" + spec.fullName() + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
        }
        return null;
    }

    private static boolean mayDebug(Client client) {
        return switch (client.core.config().enableDebugCommand()) {
            case YES -> true;
            case NO -> false;
            case LOCAL -> Core.isLocal(client.remoteAddress);
        };
    }

    private static boolean allowedWhileSubscribed(CommandSpec spec) {
        return spec.parent() == null && switch (spec.name()) {
            case "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "ping", "quit", "reset" -> true;
            default -> false;
        };
    }

    private static String unknownCommand(Args args) {
        StringBuilder text = new StringBuilder("ERR unknown command '").append(quoted(args, 0, QUOTED_BYTES)).append("', with args beginning with: ");
        int start = text.length();
        for (int i = 1; i < args.count() && text.length() - start < QUOTED_BYTES; i++) {
            text.append('\'').append(quoted(args, i, QUOTED_BYTES - (text.length() - start))).append("' ");
        }
        return text.toString();
    }

    private static String quoted(Args args, int i, int bytesMax) {
        String text = OffHeap.latin1(args.address(i), Math.min(args.length(i), bytesMax));
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }
}
