package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.NO_MULTI;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Commands on the server as a whole. COMMAND, CONFIG and DEBUG have families of their own. Contract:
/// https://redis.io/commands/?group=server
final class ServerCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCommands.class);
    private static final String SHUTDOWN_FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";

    private ServerCommands() {
    }

    static void register(CommandTable.Builder t) {
        t.session("INFO", -1, LOADING | STALE, Category.DANGEROUS, ServerCommands::info)
            .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special");
        t.session("TIME", 1, LOADING | STALE | FAST, 0, ServerCommands::time).tips("nondeterministic_output");
        t.session("ROLE", 1, NOSCRIPT | LOADING | STALE | FAST, Category.ADMIN | Category.DANGEROUS, ServerCommands::role);
        t.session("LOLWUT", -1, READONLY | FAST, 0, ServerCommands::lolwut);
        t.session("SHUTDOWN", -1, ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY, 0, ServerCommands::shutdown);
    }

    /// INFO [section ...] -> text. O(N) for N commands, clients of a core and databases. Unknown sections are left out.
    /// https://redis.io/commands/info
    private static void info(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Set<String> sections = new LinkedHashSet<>();
        for (int i = 1; i < a.count(); i++) {
            sections.add(a.string(i).toLowerCase(Locale.ROOT));
        }
        boolean histograms = InfoText.wantsLatency(sections);
        client.core.gather(client, core -> InfoSample.sinceReset(core, histograms), (results, late) -> late.verbatim("txt", InfoText.of(client.core,
            InfoSample.sum(results), sections)));
    }

    /// TIME -> array of unix seconds and microseconds of this turn, exact to the millisecond. O(1).
    /// https://redis.io/commands/time
    private static void time(Session s, Args a, ReplyWriter r) {
        long now = ((Client) s).core.nowMillis();
        r.array(2);
        r.bulkInteger(now / 1000);
        r.bulkInteger(now % 1000 * 1000);
    }

    /// ROLE -> master, replication offset 0, no replicas: this version does not replicate. O(1). https://redis.io/commands/role
    private static void role(Session s, Args a, ReplyWriter r) {
        r.array(3);
        r.bulk("master");
        r.integer(0);
        r.array(0);
    }

    /// LOLWUT [VERSION version] [argument ...] -> text: a picture and the version. O(1). Errors: a version that is not an
    /// integer. https://redis.io/commands/lolwut
    private static void lolwut(Session s, Args a, ReplyWriter r) {
        if (a.count() > 2 && a.equalsIgnoreCase(1, "VERSION") && !Ascii.isLong(a.address(2), a.length(2))) {
            r.simple(Errors.NOT_AN_INTEGER);
            return;
        }
        Client client = (Client) s;
        r.verbatim("txt", Lolwut.draw(client.core.context.rng()) + "\nSampo ver. " + Versions.SAMPO + "\n");
    }

    /// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] | ABORT: no reply, connections close. Nobody is waited for, so that NOW changes nothing, and
    /// nothing can be aborted. With SAVE or, without NOSAVE, when save points are set, a last snapshot is taken, O(N), after which nothing is
    /// changed any more. Errors: syntax; no snapshot can be written, or the log refuses what it has been given: then the server goes on, but
    /// with FORCE. https://redis.io/commands/shutdown
    private static void shutdown(Session s, Args a, ReplyWriter r) {
        boolean save = false;
        boolean nosave = false;
        boolean now = false;
        boolean force = false;
        boolean abort = false;
        for (int i = 1; i < a.count(); i++) {
            if (a.equalsIgnoreCase(i, "SAVE")) {
                save = true;
            } else if (a.equalsIgnoreCase(i, "NOSAVE")) {
                nosave = true;
            } else if (a.equalsIgnoreCase(i, "NOW")) {
                now = true;
            } else if (a.equalsIgnoreCase(i, "FORCE")) {
                force = true;
            } else if (a.equalsIgnoreCase(i, "ABORT")) {
                abort = true;
            } else {
                r.simple(Errors.SYNTAX);
                return;
            }
        }
        Client client = (Client) s;
        Core core = client.core;
        if (save && nosave || abort && (save || nosave || now || force)) {
            r.simple(Errors.SYNTAX);
        } else if (abort) {
            r.error("ERR No shutdown in progress.");
        } else if (!force && core.node.journal().failure() != null) {
            LOG.warn("SHUTDOWN is refused: the log has not got everything ({})", core.node.journal().failure());
            r.error(SHUTDOWN_FAILED);
        } else if (core.node.isLoading() || !save && (nosave || core.config().save().isEmpty())) {
            core.node.persistence().saveAtEnd(false);
            core.closeGently(client);
            core.node.shutdown();
        } else {
            boolean anyhow = force;
            core.callLater(client, answer -> core.leases.await(() -> saveAndShutDown(client, anyhow, answer)));
        }
    }

    /// Whoever runs this owns all shards, and keeps them if the server stops.
    private static void saveAndShutDown(Client client, boolean force, Consumer<Consumer<ReplyWriter>> answer) {
        Core core = client.core;
        boolean saved = core.node.persistence().saveLast();
        if (!saved && !force) {
            answer.accept(w -> w.error(SHUTDOWN_FAILED));
            return;
        }
        core.node.freeze();
        core.node.persistence().saveAtEnd(false);
        answer.accept(_ -> { });
        core.closeGently(client);
        core.node.shutdown();
    }
}
