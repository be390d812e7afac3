package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.shard.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// CONFIG over the settings of [dev.sampo.shard.config.SettingTable]. Contract: https://redis.io/commands/config-get and its
/// neighbours
final class ConfigCommands {
    private static final String NO_LOG =
        "ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.";
    private static final String[] HELP = HelpText.of("CONFIG",
        "GET <pattern> [<pattern> ...]", "Show the settings that match.",
        "SET <setting> <value> [<setting> <value> ...]", "Change settings, all of them or none.",
        "RESETSTAT", "Start the counters of INFO anew.",
        "REWRITE", "Write the settings in force into the redis.conf that the server was started with.");

    private ConfigCommands() {
    }

    static void register(CommandTable.Builder t) {
        long admin = ADMIN | NOSCRIPT | LOADING | STALE;
        CommandTable.Builder config = t.container("CONFIG", -2, 0, 0).children();
        config.session("GET", -3, admin, 0, ConfigCommands::get);
        config.session("SET", -4, admin, 0, ConfigCommands::set)
            .tips("request_policy:all_nodes", "response_policy:all_succeeded");
        config.session("RESETSTAT", 2, admin, 0, ConfigCommands::resetstat);
        config.session("REWRITE", 2, admin, 0, ConfigCommands::rewrite);
        config.session("HELP", 2, LOADING | STALE, 0, (s, a, r) -> HelpText.write(HELP, r));
    }

    /// CONFIG GET pattern [pattern ...] -> map of settings and their texts. O(N) for N settings.
    /// https://redis.io/commands/config-get
    private static void get(Session s, Args a, ReplyWriter r) {
        Map<String, String> found = ((Client) s).core.config().get(strings(a));
        r.map(found.size());
        found.forEach((name, text) -> {
            r.bulk(name);
            r.bulk(text);
        });
    }

    /// CONFIG SET setting value [setting value ...] -> OK when all cores follow the new settings; all or nothing. O(N) for N
    /// settings. Turning `appendonly` on begins to write a base of all data, which INFO tells the end of; turning it off waits until the log is
    /// closed; in a transaction both happen after it. Errors: unknown, fixed or bad settings, and a log that cannot be opened, in Redis's words.
    /// https://redis.io/commands/config-set
    private static void set(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Node node = client.core.node;
        List<String> namesAndTexts = strings(a);
        boolean logsBefore = node.currentConfig().appendonly();
        boolean logs;
        try {
            logs = node.currentConfig().configSet(namesAndTexts).appendonly();
        } catch (ConfigException e) {
            r.error("ERR " + e.getMessage());
            return;
        }
        if (logs != logsBefore && !client.isExecuting()) {
            client.core.callLater(client, answer -> switchLog(client.core, namesAndTexts, logs, answer));
            return;
        }
        node.changeConfig(config -> config.configSet(namesAndTexts));
        node.persistence().followConfig(client.core);
        client.core.gather(client, core -> {
            // The node's, not this command's: of two changes at once every core ends with the later one.
            core.config(core.node.currentConfig());
            return null;
        }, (_, late) -> late.ok());
    }

    /// As [#set], for settings that turn the log on or off.
    private static void switchLog(Core home, List<String> namesAndTexts, boolean logs, Consumer<Consumer<ReplyWriter>> answer) {
        Node node = home.node;
        node.background().execute(() -> {
            boolean opened = !logs || node.persistence().openLog() == null;
            node.onCore(home.index, _ -> {
                if (!opened) {
                    answer.accept(w -> w.error(NO_LOG));
                    return;
                }
                node.changeConfig(config -> config.configSet(namesAndTexts));
                CompletableFuture<Void> followed = node.persistence().followConfig(home);
                AtomicInteger left = new AtomicInteger(node.cores());
                for (int i = 0; i < node.cores(); i++) {
                    node.onCore(i, core -> {
                        core.config(node.currentConfig());
                        if (left.decrementAndGet() == 0) {
                            followed.thenRun(() -> node.onCore(home.index, _ -> answer.accept(ReplyWriter::ok)));
                        }
                    });
                }
            });
        });
    }

    /// CONFIG RESETSTAT -> OK. O(N) for N commands. https://redis.io/commands/config-resetstat
    private static void resetstat(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.stats.reset(InfoSample.of(core));
            core.timer.forgetHistograms();
            return null;
        }, (_, late) -> late.ok());
    }

    /// CONFIG REWRITE -> OK when the `redis.conf` that the server was started with holds the settings in force. O(N) for N settings,
    /// outside of the core's thread. Errors: no such file, or it cannot be written; settings from HOCON files are not written.
    /// https://redis.io/commands/config-rewrite
    private static void rewrite(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Node node = client.core.node;
        client.core.inBackground(client, node::writeConfig, (failure, late) -> {
            if (failure == null) {
                late.ok();
            } else {
                late.error("ERR " + failure);
            }
        });
    }

    private static List<String> strings(Args a) {
        List<String> strings = new ArrayList<>();
        for (int i = 2; i < a.count(); i++) {
            strings.add(a.string(i));
        }
        return strings;
    }
}
