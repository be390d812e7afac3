package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.sampo.engine.command.CommandFlag.NO_MULTI;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.io.IOException;

/// Snapshots and the rewriting of the log. Contract: https://redis.io/commands/?group=server
final class PersistenceCommands {
    private static final String SAVE_RUNS = "ERR Background save already in progress";
    private static final String REWRITE_RUNS = "ERR Another child process is active (AOF?): can't BGSAVE right now. "
        + "Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.";

    private PersistenceCommands() {
    }

    static void register(CommandTable.Builder t) {
        t.add("BGSAVE", -1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, 0, KeySpec.NONE, PersistenceCommands::bgsave);
        t.session("SAVE", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, 0, PersistenceCommands::save);
        t.session("BGREWRITEAOF", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, 0, PersistenceCommands::bgrewriteaof);
        t.session("LASTSAVE", 1, LOADING | STALE | FAST, Category.ADMIN | Category.DANGEROUS, PersistenceCommands::lastsave)
            .tips("nondeterministic_output");
    }

    /// BGSAVE [SCHEDULE] -> "Background saving started": the snapshot shows the data of this moment. O(databases) here, the rest in
    /// slices. Errors: syntax; one is under way, or a rewrite of the log is (with SCHEDULE the snapshot follows that). Whether the file can
    /// be written is not known yet: INFO tells. https://redis.io/commands/bgsave
    private static void bgsave(CommandContext c, Args a, ReplyWriter r) {
        boolean schedule = a.count() == 2 && a.equalsIgnoreCase(1, "SCHEDULE");
        if (a.count() > 2 || a.count() == 2 && !schedule) {
            r.simple(Errors.SYNTAX);
            return;
        }
        Core core = ((Client) c.session()).core;
        Persistence files = core.node.persistence();
        if (files.save(core, _ -> { })) {
            r.simple("Background saving started");
        } else if (files.snapshots().isRunning(Snapshots.Purpose.SAVE)) {
            r.error(SAVE_RUNS);
        } else if (schedule) {
            files.schedule();
            r.simple("Background saving scheduled");
        } else {
            r.error(REWRITE_RUNS);
        }
    }

    /// SAVE -> OK when the snapshot is on the disk; this client waits, nobody else does. Errors: one is under way; it failed.
    /// https://redis.io/commands/save
    private static void save(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Core core = client.core;
        core.callLater(client, answer -> core.leases.await(() -> {
            if (!core.node.persistence().save(core, failure -> core.node.onCore(core.index, _ -> answer.accept(w -> told(w, failure))))) {
                answer.accept(w -> w.error(SAVE_RUNS));
            }
        }));
    }

    private static void told(ReplyWriter r, IOException failure) {
        if (failure == null) {
            r.ok();
        } else {
            r.error("ERR " + failure.getMessage());
        }
    }

    /// BGREWRITEAOF -> "Background append only file rewriting started", or scheduled while another one or a snapshot is under way.
    /// Errors: the log is off; Redis writes a base nevertheless, which a later start with `appendonly yes` would take for the data,
    /// however much was written after it. https://redis.io/commands/bgrewriteaof
    private static void bgrewriteaof(Session s, Args a, ReplyWriter r) {
        Core core = ((Client) s).core;
        Persistence files = core.node.persistence();
        if (!files.isLogging()) {
            r.error("ERR the append-only log is off; CONFIG SET appendonly yes turns it on");
        } else if (files.isRewriting()) {
            r.error("ERR Background append only file rewriting already in progress");
        } else if (files.snapshots().isRunning()) {
            files.scheduleRewrite();
            r.simple("Background append only file rewriting scheduled");
        } else {
            files.rewrite(core);
            r.simple("Background append only file rewriting started");
        }
    }

    /// LASTSAVE -> Unix time in seconds of the last complete snapshot, at first that of the start. O(1).
    /// https://redis.io/commands/lastsave
    private static void lastsave(Session s, Args a, ReplyWriter r) {
        r.integer(((Client) s).core.node.persistence().lastSaveMillis() / 1000);
    }
}
