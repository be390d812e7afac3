package dev.sampo.shard;

import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.RespVersion;

/// Decides whether a request may be executed or queued at all, in Redis's order: known, right number of arguments, authenticated, allowed in this state.
final class Gatekeeper {
    private static final String NOT_AUTHENTICATED = "NOAUTH Authentication required.";
    private static final String LOADING = "LOADING Redis is loading the dataset in memory";
    private static final String SNAPSHOT_FAILED = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to "
        + "persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors "
        + "during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about "
        + "the RDB error.";
    private static final String DEBUG = "DEBUG";
    private static final String DEBUG_REFUSED = "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
        + "\"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then "
        + "restart the server.";

    private Gatekeeper() {
    }

    /// The error to reply, with one character per byte as [Errors#quoting(dev.sampo.resp.ReplyWriter, String)] takes it, or null when the request is fine.
    static String refusal(Client client, CommandSpec spec, Args args) {
        if (spec != null && spec.accepts(args.count()) && spec.handler() != null && client.authenticated
            && !spec.is(CommandFlag.PROTECTED) && !client.inMulti && !client.hasSubscriptions() && !client.monitoring && client.core.isHealthy()) {
            return null;
        }
        return refusalSlow(client, spec, args);
    }

    private static String refusalSlow(Client client, CommandSpec spec, Args args) {
        if (spec == null) {
            CommandSpec container = client.core.node.table().find(args.address(0), args.length(0));
            return container != null && isDebug(container.name()) ? badDebug(client, args)
                : Errors.unknown(client.core.node.table(), args);
        }
        if (!spec.accepts(args.count()) || spec.handler() == null) {
            return isDebug(spec.parent()) ? badDebug(client, args) : "ERR wrong number of arguments for '" + spec.fullName() + "' command";
        }
        if (!client.authenticated && !spec.is(CommandFlag.NO_AUTH)) {
            return NOT_AUTHENTICATED;
        }
        if (spec.is(CommandFlag.PROTECTED) && !mayDebug(client)) {
            return DEBUG_REFUSED;
        }
        if (client.core.node.isLoading() && !spec.is(CommandFlag.LOADING)) {
            return LOADING;
        }
        String failure = client.core.node.journal().failure();
        if (failure != null && isRefusedByDisk(client, spec)) {
            return "MISCONF Errors writing to the AOF file: " + failure;
        }
        if (client.core.snapshots.lastFailed() && isRefusedByDisk(client, spec) && client.core.config().stopWritesOnBgsaveError()
            && !client.core.config().save().isEmpty()) {
            return SNAPSHOT_FAILED;
        }
        if (client.inMulti && spec.is(CommandFlag.NO_MULTI)) {
            return "ERR Command not allowed inside a transaction";
        }
        if (client.hasSubscriptions() && client.respVersion() == RespVersion.RESP2 && !allowedWhileSubscribed(spec)) {
            return "ERR Can't execute '" + spec.fullName() + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
        }
        if (client.monitoring && spec.is(CommandFlag.READONLY | CommandFlag.WRITE | CommandFlag.MAY_REPLICATE)) {
            return "ERR Replica can't interact with the keyspace";
        }
        return null;
    }

    /// Whether a disk that refuses concerns the command: it writes, or it is an EXEC of one that does, whenever that was queued. PING is refused
    /// too, as in Redis: it is how others see that something is wrong.
    private static boolean isRefusedByDisk(Client client, CommandSpec spec) {
        if (client.inMulti && client.core.node.traits(spec).isExec()) {
            Transaction transaction = client.transaction();
            for (int i = 0; i < transaction.size(); i++) {
                if (transaction.spec(i).is(CommandFlag.WRITE)) {
                    return true;
                }
            }
            return false;
        }
        return spec.is(CommandFlag.WRITE) || spec.fullName().equals("ping");
    }

    /// Whether this is DEBUG itself, which in Redis is one command that looks at its arguments itself.
    private static boolean isDebug(String command) {
        return "debug".equals(command);
    }

    /// The error of a DEBUG that no row matches. Who may not use DEBUG does not hear what there is.
    private static String badDebug(Client client, Args args) {
        if (!client.authenticated) {
            return NOT_AUTHENTICATED;
        }
        return mayDebug(client) ? Errors.unknownOrArity(DEBUG, args) : DEBUG_REFUSED;
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
}
