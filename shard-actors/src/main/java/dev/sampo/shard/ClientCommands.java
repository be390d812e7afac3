package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.shard.ClientFilter.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// CLIENT: what clients ask and say about themselves and each other. Contract: https://redis.io/commands/client-list and its
/// neighbours
final class ClientCommands {
    private static final String[] HELP = HelpText.of("CLIENT",
        "GETNAME", "Tell the name of this connection.",
        "ID", "Tell the id of this connection.",
        "INFO", "Describe this connection.",
        "KILL <ip:port>", "Close the connection from this address.",
        "KILL <option> <value> [<option> <value> [...]]",
        "Close all connections that match: ID <id>, ADDR <ip:port>, LADDR <ip:port>, TYPE (NORMAL|MASTER|REPLICA|PUBSUB), USER "
        + "<name>, SKIPME (YES|NO).",
        "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]", "Describe connections, a line each.",
        "NO-EVICT (ON|OFF)", "Never close this connection to save memory.",
        "NO-TOUCH (ON|OFF)", "Let this connection's reads leave access times and frequencies alone.",
        "PAUSE <timeout> [WRITE|ALL]", "Hold back commands, or only those that write, for so many milliseconds.",
        "REPLY (ON|OFF|SKIP)", "Send this connection replies, none, or none to the next command.",
        "SETINFO (LIB-NAME|LIB-VER) <value>", "Tell which client library is connected.",
        "SETNAME <name>", "Name this connection.",
        "CACHING (YES|NO)", "Track what the next command reads, or do not, in OPTIN or OPTOUT mode.",
        "GETREDIR", "Tell the id of the client that tracking is redirected to.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]", "Be told when keys change that this connection has read.",
        "TRACKINGINFO", "Describe how this connection tracks keys.",
        "UNBLOCK <id> [TIMEOUT|ERROR]", "End the wait of a blocked connection.",
        "UNPAUSE", "End the pause.");

    private ClientCommands() {
    }

    static void register(CommandTable.Builder t) {
        long connection = Category.CONNECTION;
        long own = NOSCRIPT | LOADING | STALE;
        long all = ADMIN | own;
        CommandTable.Builder client = t.container("CLIENT", -2, 0, 0).children();
        client.session("ID", 2, own, connection, ClientCommands::id);
        client.session("GETNAME", 2, own, connection, ClientCommands::getname);
        client.session("SETNAME", 3, own, connection, ClientCommands::setname);
        client.session("SETINFO", 4, own, connection, ClientCommands::setinfo)
            .tips("request_policy:all_nodes", "response_policy:all_succeeded");
        client.session("INFO", 2, own, connection, ClientCommands::info).tips("nondeterministic_output");
        client.session("LIST", -2, all, connection, ClientCommands::list).tips("nondeterministic_output");
        client.session("KILL", -3, all, connection, ClientCommands::kill);
        client.session("NO-EVICT", 3, all, connection, ClientCommands::noEvict);
        client.session("NO-TOUCH", 3, own, connection, ClientCommands::noTouch);
        client.session("REPLY", 3, own, connection, ClientCommands::reply);
        client.session("PAUSE", -3, all, connection, ClientCommands::pause);
        client.session("UNPAUSE", 2, all, connection, ClientCommands::unpause);
        client.session("UNBLOCK", -3, all, connection, ClientCommands::unblock);
        TrackingCommands.register(client);
        client.session("HELP", 2, LOADING | STALE, connection, (s, a, r) -> HelpText.write(HELP, r));
    }

    // ---- about oneself ----

    /// CLIENT ID -> id. O(1). https://redis.io/commands/client-id
    private static void id(Session s, Args a, ReplyWriter r) {
        r.integer(s.id());
    }

    /// CLIENT GETNAME -> name | nil. O(1). https://redis.io/commands/client-getname
    private static void getname(Session s, Args a, ReplyWriter r) {
        String name = ((Client) s).name;
        if (name.isEmpty()) {
            r.nullBulk();
        } else {
            r.bulk(name);
        }
    }

    /// CLIENT SETNAME name -> OK; an empty name takes the name away. O(1). Errors: characters that would spoil CLIENT LIST.
    /// https://redis.io/commands/client-setname
    private static void setname(Session s, Args a, ReplyWriter r) {
        if (name((Client) s, a.string(2), r)) {
            r.ok();
        }
    }

    /// Names a client; false after an error reply.
    static boolean name(Client client, String name, ReplyWriter r) {
        if (!isVisible(name)) {
            r.error("ERR Client names cannot contain spaces, newlines or special characters.");
            return false;
        }
        client.name = name;
        return true;
    }

    /// CLIENT SETINFO LIB-NAME | LIB-VER value -> OK. O(1). https://redis.io/commands/client-setinfo
    private static void setinfo(Session s, Args a, ReplyWriter r) {
        boolean isName = a.equalsIgnoreCase(2, "LIB-NAME");
        if (!isName && !a.equalsIgnoreCase(2, "LIB-VER")) {
            Errors.quoting(r, "ERR Unrecognized option '" + Errors.quoted(a, 2, Integer.MAX_VALUE) + "'");
            return;
        }
        String value = a.string(3);
        if (!isVisible(value)) {
            r.error("ERR " + a.string(2) + " cannot contain spaces, newlines or special characters.");
            return;
        }
        if (isName) {
            ((Client) s).libraryName = value;
        } else {
            ((Client) s).libraryVersion = value;
        }
        r.ok();
    }

    private static boolean isVisible(String text) {
        return text.chars().allMatch(c -> c >= '!' && c <= '~');
    }

    /// CLIENT INFO -> a line as in CLIENT LIST. O(1). https://redis.io/commands/client-info
    private static void info(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        r.verbatim("txt", ClientInfo.line(client, client.core.nowMillis()));
    }

    /// CLIENT NO-EVICT ON | OFF -> OK. O(1). Kept for CLIENT LIST: connections are not evicted in this version.
    /// https://redis.io/commands/client-no-evict
    private static void noEvict(Session s, Args a, ReplyWriter r) {
        if (isOnOrOff(a, r)) {
            ((Client) s).noEvict = a.equalsIgnoreCase(2, "ON");
            r.ok();
        }
    }

    /// CLIENT NO-TOUCH ON | OFF -> OK. O(1). https://redis.io/commands/client-no-touch
    private static void noTouch(Session s, Args a, ReplyWriter r) {
        if (isOnOrOff(a, r)) {
            s.noTouch(a.equalsIgnoreCase(2, "ON"));
            r.ok();
        }
    }

    private static boolean isOnOrOff(Args a, ReplyWriter r) {
        if (a.equalsIgnoreCase(2, "ON") || a.equalsIgnoreCase(2, "OFF")) {
            return true;
        }
        r.simple(Errors.SYNTAX);
        return false;
    }

    /// CLIENT REPLY ON -> OK; OFF and SKIP reply nothing. O(1). SKIP changes nothing while replies are off.
    /// https://redis.io/commands/client-reply
    private static void reply(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (a.equalsIgnoreCase(2, "ON")) {
            client.replyMode = Client.ReplyMode.ON;
            r.ok();
        } else if (a.equalsIgnoreCase(2, "OFF")) {
            client.replyMode = Client.ReplyMode.OFF;
        } else if (!a.equalsIgnoreCase(2, "SKIP")) {
            r.simple(Errors.SYNTAX);
        } else if (client.replyMode != Client.ReplyMode.OFF) {
            client.replyMode = Client.ReplyMode.SKIP_NEXT;
        }
    }

    // ---- about all clients ----

    /// CLIENT LIST [TYPE type | ID id [id ...]] -> text, a line for each client, by id or in the order asked for. O(N) for N
    /// clients. https://redis.io/commands/client-list
    private static void list(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (a.count() == 2) {
            list(client, ClientFilter.ALL, null);
        } else if (a.count() == 4 && a.equalsIgnoreCase(2, "TYPE")) {
            Type type = type(a, 3, r);
            if (type != null) {
                list(client, ClientFilter.ALL.withType(type), null);
            }
        } else if (a.count() > 3 && a.equalsIgnoreCase(2, "ID")) {
            List<Long> ids = new ArrayList<>();
            for (int i = 3; i < a.count(); i++) {
                if (!Ascii.isLong(a.address(i), a.length(i))) {
                    r.error("ERR Invalid client ID");
                    return;
                }
                ids.add(Ascii.longValue(a.address(i), a.length(i)));
            }
            list(client, ClientFilter.ALL, ids);
        } else {
            r.simple(Errors.SYNTAX);
        }
    }

    private record Line(long id, String text) { }

    /// @param ids which clients in which order, or null = all by age
    private static void list(Client client, ClientFilter filter, List<Long> ids) {
        client.core.gather(client, core -> lines(core, filter), (results, late) -> {
            List<Line> lines = new ArrayList<>();
            for (Object result : results) {
                for (Object line : (List<?>) result) {
                    lines.add((Line) line);
                }
            }
            late.verbatim("txt", text(lines, ids));
        });
    }

    private static List<Line> lines(Core core, ClientFilter filter) {
        List<Line> lines = new ArrayList<>(core.clientCount());
        core.forEachClient(each -> {
            if (filter.matches(each)) {
                lines.add(new Line(each.id(), ClientInfo.line(each, core.nowMillis())));
            }
        });
        return lines;
    }

    private static String text(List<Line> lines, List<Long> ids) {
        StringBuilder text = new StringBuilder();
        if (ids == null) {
            lines.sort((x, y) -> Long.compare(x.id(), y.id()));
            lines.forEach(line -> text.append(line.text()));
        } else {
            Map<Long, String> byId = new HashMap<>();
            lines.forEach(line -> byId.put(line.id(), line.text()));
            ids.forEach(id -> text.append(byId.getOrDefault(id, "")));
        }
        return text.toString();
    }

    private static Type type(Args a, int i, ReplyWriter r) {
        Type type = Type.parse(a.string(i));
        if (type == null) {
            Errors.quoting(r, "ERR Unknown client type '" + Errors.quoted(a, i, Integer.MAX_VALUE) + "'");
        }
        return type;
    }

    /// CLIENT KILL address -> OK; CLIENT KILL [ID id] [ADDR address] [LADDR address] [TYPE type] [USER name] [SKIPME yes|no] ->
    /// number of closed connections. O(N) for N clients. Errors: no such client, type, user; ids below 1. A client that kills
    /// itself gets its reply. https://redis.io/commands/client-kill
    private static void kill(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (a.count() == 3) {
            kill(client, ClientFilter.ALL.withAddress(a.string(2)), false, true);
            return;
        }
        ClientFilter filter = ClientFilter.ALL;
        boolean skipMe = true;
        for (int i = 2; i < a.count(); i += 2) {
            if (i + 1 == a.count()) {
                r.simple(Errors.SYNTAX);
                return;
            }
            if (a.equalsIgnoreCase(i, "SKIPME") && (a.equalsIgnoreCase(i + 1, "YES") || a.equalsIgnoreCase(i + 1, "NO"))) {
                skipMe = a.equalsIgnoreCase(i + 1, "YES");
                continue;
            }
            filter = narrowed(filter, a, i, r);
            if (filter == null) {
                return;
            }
        }
        kill(client, filter, skipMe, false);
    }

    /// The filter with the option at `i` added; null after an error reply.
    private static ClientFilter narrowed(ClientFilter filter, Args a, int i, ReplyWriter r) {
        if (a.equalsIgnoreCase(i, "ID")) {
            long id = Ascii.isLong(a.address(i + 1), a.length(i + 1)) ? Ascii.longValue(a.address(i + 1), a.length(i + 1)) : 0;
            if (id < 1) {
                r.error("ERR client-id should be greater than 0");
                return null;
            }
            return filter.withId(id);
        }
        if (a.equalsIgnoreCase(i, "TYPE")) {
            Type type = type(a, i + 1, r);
            return type == null ? null : filter.withType(type);
        }
        if (a.equalsIgnoreCase(i, "ADDR")) {
            return filter.withAddress(a.string(i + 1));
        }
        if (a.equalsIgnoreCase(i, "LADDR")) {
            return filter.withLocalAddress(a.string(i + 1));
        }
        if (a.equalsIgnoreCase(i, "USER")) {
            if (a.string(i + 1).equals("default")) {
                return filter;
            }
            Errors.quoting(r, "ERR No such user '" + Errors.quoted(a, i + 1, Integer.MAX_VALUE) + "'");
            return null;
        }
        r.simple(Errors.SYNTAX);
        return null;
    }

    /// @param one whether exactly one client was named, as in the old form
    private static void kill(Client killer, ClientFilter filter, boolean skipMe, boolean one) {
        long killerId = killer.id();
        killer.core.gather(killer, core -> close(core, filter, killerId, skipMe), (results, late) -> {
            long closed = 0;
            for (Object result : results) {
                closed += (Long) result;
            }
            if (!one) {
                late.integer(closed);
            } else if (closed == 0) {
                late.error("ERR No such client");
            } else {
                late.ok();
            }
        });
    }

    private static Long close(Core core, ClientFilter filter, long killerId, boolean skipMe) {
        List<Client> doomed = new ArrayList<>();
        core.forEachClient(each -> {
            if (!each.closing && filter.matches(each) && !(skipMe && each.id() == killerId)) {
                doomed.add(each);
            }
        });
        for (Client each : doomed) {
            // Who has been served gets what was taken for it: it is nowhere else any more.
            if (each.id() == killerId || !core.blocked.abandon(each)) {
                core.closeGently(each);
            } else {
                core.closeNow(each);
            }
        }
        return (long) doomed.size();
    }

    /// CLIENT PAUSE timeout [WRITE | ALL] -> OK. Commands are held back on all cores for so many milliseconds; a new pause
    /// replaces the one before. O(1). https://redis.io/commands/client-pause
    private static void pause(Session s, Args a, ReplyWriter r) {
        if (a.count() > 4) {
            HelpText.writeSyntaxError(a, "CLIENT", r);
            return;
        }
        boolean writesOnly = a.count() == 4 && a.equalsIgnoreCase(3, "WRITE");
        if (a.count() == 4 && !writesOnly && !a.equalsIgnoreCase(3, "ALL")) {
            r.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
            return;
        }
        if (!Ascii.isLong(a.address(2), a.length(2))) {
            r.error("ERR timeout is not an integer or out of range");
            return;
        }
        long timeout = Ascii.longValue(a.address(2), a.length(2));
        if (timeout < 0) {
            r.error("ERR timeout is negative");
            return;
        }
        Client client = (Client) s;
        long now = client.core.nowMillis();
        long until = timeout > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + timeout;
        client.core.gather(client, core -> {
            core.unpause();
            core.pause(until, writesOnly);
            return null;
        }, (_, late) -> late.ok());
    }

    /// CLIENT UNPAUSE -> OK. O(N) for N clients held back. https://redis.io/commands/client-unpause
    private static void unpause(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.unpause();
            return null;
        }, (_, late) -> late.ok());
    }

    /// CLIENT UNBLOCK id [TIMEOUT | ERROR] -> whether the client waited in a blocking command and does so no more: 1 or 0. It
    /// is answered as if its time were over, or with an error. O(N) for N clients. https://redis.io/commands/client-unblock
    private static void unblock(Session s, Args a, ReplyWriter r) {
        if (a.count() > 4) {
            HelpText.writeSyntaxError(a, "CLIENT", r);
        } else if (a.count() == 4 && !a.equalsIgnoreCase(3, "TIMEOUT") && !a.equalsIgnoreCase(3, "ERROR")) {
            r.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        } else if (!Ascii.isLong(a.address(2), a.length(2))) {
            r.simple(Errors.NOT_AN_INTEGER);
        } else {
            Client client = (Client) s;
            long id = Ascii.longValue(a.address(2), a.length(2));
            boolean withError = a.count() == 4 && a.equalsIgnoreCase(3, "ERROR");
            client.core.gather(client, core -> core.blocked.unblock(id, withError), (results, late) -> {
                boolean any = false;
                for (Object result : results) {
                    any |= (Boolean) result;
                }
                late.integer(any ? 1 : 0);
            });
        }
    }
}
