package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.SKIP_SLOWLOG;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// Transactions. What they do with shards is [Core]'s business; queueing happens before a handler is asked.
/// Contract: https://redis.io/commands/?group=transactions
final class TransactionCommands {
    private static final byte[] NESTED = ReplyWriter.encodeError("ERR MULTI calls can not be nested");
    private static final byte[] EXEC_WITHOUT_MULTI = ReplyWriter.encodeError("ERR EXEC without MULTI");
    private static final byte[] DISCARD_WITHOUT_MULTI = ReplyWriter.encodeError("ERR DISCARD without MULTI");
    private static final byte[] WATCH_INSIDE_MULTI = ReplyWriter.encodeError("ERR WATCH inside MULTI is not allowed");

    private TransactionCommands() {
    }

    static void register(CommandTable.Builder t) {
        long transaction = Category.TRANSACTION;
        long fast = NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY;
        t.session("MULTI", 1, fast, transaction, TransactionCommands::multi);
        t.session("EXEC", 1, NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG, transaction, TransactionCommands::exec);
        t.session("DISCARD", 1, fast, transaction, TransactionCommands::discard);
        t.add("WATCH", -2, fast, transaction, KeySpec.range(1, -1, 1, KeyFlag.RO), TransactionCommands::watch);
        t.session("UNWATCH", 1, fast, transaction, TransactionCommands::unwatch);
    }

    /// MULTI -> OK. Commands that follow are queued. O(1). Errors: inside MULTI. https://redis.io/commands/multi
    private static void multi(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (client.inMulti) {
            r.simple(NESTED);
        } else {
            client.inMulti = true;
            r.ok();
        }
    }

    /// EXEC -> array of replies | nil, when a watched key has changed. Cost of the queued commands. Errors: not inside MULTI;
    /// EXECABORT when a command was refused while queueing. https://redis.io/commands/exec
    private static void exec(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (client.inMulti) {
            client.core.exec(client, r);
        } else {
            r.simple(EXEC_WITHOUT_MULTI);
        }
    }

    /// DISCARD -> OK. O(N) for N queued commands and watched keys. Errors: not inside MULTI. https://redis.io/commands/discard
    private static void discard(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (client.inMulti) {
            client.core.discard(client);
            r.ok();
        } else {
            r.simple(DISCARD_WITHOUT_MULTI);
        }
    }

    /// WATCH key [key ...] -> OK. O(1) a key. Errors: inside MULTI. https://redis.io/commands/watch
    private static void watch(CommandContext c, Args a, ReplyWriter r) {
        Client client = (Client) c.session();
        if (client.inMulti) {
            r.simple(WATCH_INSIDE_MULTI);
        } else {
            client.core.watch(client, c, a);
            r.ok();
        }
    }

    /// UNWATCH -> OK. O(N) for N watched keys. https://redis.io/commands/unwatch
    private static void unwatch(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.unwatch(client);
        r.ok();
    }
}
