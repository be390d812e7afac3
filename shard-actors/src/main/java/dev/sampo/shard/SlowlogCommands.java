package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;
import java.util.List;

/// SLOWLOG: the commands that took longer than `slowlog-log-slower-than`, of all cores. [CommandTimer] says how they are found.
/// Contract: https://redis.io/commands/slowlog and its neighbours
final class SlowlogCommands {
    private static final int SHOWN = 10;
    private static final String[] HELP = HelpText.of("SLOWLOG",
        "GET [<count>]", "Show the newest slow commands (10, -1 = all): id, unix time, microseconds, arguments, address and name of the client.",
        "LEN", "Count the slow commands that are kept.",
        "RESET", "Forget them.");

    private SlowlogCommands() {
    }

    static void register(CommandTable.Builder t) {
        long flags = ADMIN | LOADING | STALE;
        CommandTable.Builder sub = t.container("SLOWLOG", -2, 0, 0).children();
        sub.session("GET", -2, flags, 0, SlowlogCommands::get).tips("request_policy:all_nodes", "nondeterministic_output");
        sub.session("LEN", 2, flags, 0, SlowlogCommands::len)
            .tips("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output");
        sub.session("RESET", 2, flags, 0, SlowlogCommands::reset).tips("request_policy:all_nodes", "response_policy:all_succeeded");
        sub.session("HELP", 2, LOADING | STALE, 0, (s, a, r) -> HelpText.write(HELP, r));
    }

    /// SLOWLOG GET [count] -> array of entries, the newest first. O(N) for N entries. Errors: a count below -1.
    /// https://redis.io/commands/slowlog-get
    private static void get(Session s, Args a, ReplyWriter r) {
        if (a.count() > 3) {
            HelpText.writeSyntaxError(a, "SLOWLOG", r);
            return;
        }
        long count = SHOWN;
        if (a.count() == 3) {
            count = Ascii.isLong(a.address(2), a.length(2)) ? Ascii.longValue(a.address(2), a.length(2)) : Long.MIN_VALUE;
            if (count < -1) {
                r.error("ERR count should be greater than or equal to -1");
                return;
            }
        }
        Client client = (Client) s;
        long max = client.core.config().slowlogMaxLen();
        long shown = count < 0 ? max : Math.min(count, max);
        client.core.gather(client, core -> core.slowLog.entries(), (lists, late) -> write(SlowLog.merged(lists, shown), late));
    }

    private static void write(List<SlowLog.Entry> entries, ReplyWriter r) {
        r.array(entries.size());
        for (SlowLog.Entry entry : entries) {
            r.array(6);
            r.integer(entry.id());
            r.integer(entry.unixSeconds());
            r.integer(entry.micros());
            r.array(entry.arguments().size());
            entry.arguments().forEach(r::bulk);
            r.bulk(entry.address());
            r.bulk(entry.name());
        }
    }

    /// SLOWLOG LEN -> number of entries. O(N). https://redis.io/commands/slowlog-len
    private static void len(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        long max = client.core.config().slowlogMaxLen();
        client.core.gather(client, core -> core.slowLog.entries(), (lists, late) -> late.integer(SlowLog.merged(lists, max).size()));
    }

    /// SLOWLOG RESET -> OK. O(N). Ids go on. https://redis.io/commands/slowlog-reset
    private static void reset(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.slowLog.clear();
            return null;
        }, (_, late) -> late.ok());
    }
}
