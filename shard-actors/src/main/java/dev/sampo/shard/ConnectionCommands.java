package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.NO_AUTH;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// Commands on the connection itself. CLIENT has a family of its own. Contract: https://redis.io/commands/?group=connection
final class ConnectionCommands {
    private static final byte[] PONG = ReplyWriter.encodeSimple("PONG");
    private static final byte[] PONG_WORD = "pong".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RESET = ReplyWriter.encodeSimple("RESET");
    private static final byte[] NOTHING = {};
    private static final byte[] PING_ARITY = ReplyWriter.encodeError("ERR wrong number of arguments for 'ping' command");

    private static final String DEFAULT_USER = "default";
    private static final String WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";
    private static final String NO_PASSWORD_SET =
        "ERR AUTH <password> called without any password configured for the default user. "
        + "Are you sure your configuration is correct?";
    private static final String HELLO_BEFORE_AUTH =
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> "
        + "option can be used to authenticate the client and select the RESP protocol version at the same time";

    private ConnectionCommands() {
    }

    static void register(CommandTable.Builder t) {
        long connection = Category.CONNECTION;
        long always = NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY;
        t.session("PING", -1, FAST, connection, ConnectionCommands::ping)
            .tips("request_policy:all_shards", "response_policy:all_succeeded");
        t.session("ECHO", 2, LOADING | STALE | FAST, connection, ConnectionCommands::echo);
        t.session("SELECT", 2, LOADING | STALE | FAST, connection, ConnectionCommands::select);
        t.session("AUTH", -2, always, connection, ConnectionCommands::auth);
        t.session("HELLO", -1, always, connection, ConnectionCommands::hello);
        t.session("QUIT", -1, always, connection, ConnectionCommands::quit);
        t.session("RESET", 1, always, connection, ConnectionCommands::reset);
    }

    /// PING [message] -> PONG | message; in RESP2 while subscribed [pong, message]. O(1). https://redis.io/commands/ping
    private static void ping(Session s, Args a, ReplyWriter r) {
        if (a.count() > 2) {
            r.simple(PING_ARITY);
        } else if (((Client) s).hasSubscriptions() && s.respVersion() == RespVersion.RESP2) {
            r.array(2);
            r.bulk(PONG_WORD);
            if (a.count() == 1) {
                r.bulk(NOTHING);
            } else {
                r.bulk(a.address(1), a.length(1));
            }
        } else if (a.count() == 1) {
            r.simple(PONG);
        } else {
            r.bulk(a.address(1), a.length(1));
        }
    }

    /// ECHO message -> message. O(1). https://redis.io/commands/echo
    private static void echo(Session s, Args a, ReplyWriter r) {
        r.bulk(a.address(1), a.length(1));
    }

    /// SELECT index -> OK. O(1). Errors: not an integer; no such database. https://redis.io/commands/select
    private static void select(Session s, Args a, ReplyWriter r) {
        if (!Ascii.isLong(a.address(1), a.length(1))) {
            r.simple(Errors.NOT_AN_INTEGER);
            return;
        }
        long db = Ascii.longValue(a.address(1), a.length(1));
        if (db != (int) db) {
            r.simple(Errors.NOT_AN_INT);
        } else if (db < 0 || db >= ((Client) s).core.config().databases()) {
            r.simple(Errors.DB_INDEX);
        } else {
            s.db((int) db);
            r.ok();
        }
    }

    /// AUTH [username] password -> OK. O(1). The only user is `default`. Errors: WRONGPASS; a password is given but none is set.
    /// https://redis.io/commands/auth
    private static void auth(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        if (a.count() > 3) {
            r.simple(Errors.SYNTAX);
        } else if (a.count() == 2 && client.core.config().requirepass().isEmpty()) {
            r.error(NO_PASSWORD_SET);
        } else if (authenticate(client, a, a.count() == 3 ? 1 : -1, a.count() - 1)) {
            r.ok();
        } else {
            r.error(WRONG_PASSWORD);
        }
    }

    /// @param user argument that holds the user's name, -1 = the default user is meant
    private static boolean authenticate(Client client, Args a, int user, int password) {
        if (user >= 0 && !a.string(user).equals(DEFAULT_USER)) {
            return false;
        }
        String required = client.core.config().requirepass();
        if (!required.isEmpty() && !MessageDigest.isEqual(required.getBytes(StandardCharsets.UTF_8), a.bytes(password))) {
            return false;
        }
        authenticated(client, true);
        return true;
    }

    private static void authenticated(Client client, boolean yes) {
        client.authenticated = yes;
        client.parser.authenticated(yes);
    }

    /// HELLO [protover [AUTH username password] [SETNAME clientname]] -> map about the server. O(1). Errors: NOPROTO, WRONGPASS,
    /// NOAUTH; options before the one in error have been applied, as in Redis. https://redis.io/commands/hello
    private static void hello(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        int version = s.respVersion();
        if (a.count() > 1) {
            if (!Ascii.isLong(a.address(1), a.length(1))) {
                r.error("ERR Protocol version is not an integer or out of range");
                return;
            }
            long asked = Ascii.longValue(a.address(1), a.length(1));
            if (asked != RespVersion.RESP2 && asked != RespVersion.RESP3) {
                r.error("NOPROTO unsupported protocol version");
                return;
            }
            version = (int) asked;
        }
        if (!helloOptions(client, a, r)) {
            return;
        }
        if (!client.authenticated) {
            r.error(HELLO_BEFORE_AUTH);
            return;
        }
        s.respVersion(version);
        r.target(r.target(), version);
        r.map(7);
        r.bulk("server");
        r.bulk("redis");
        r.bulk("version");
        r.bulk(Versions.REDIS);
        r.bulk("proto");
        r.integer(version);
        r.bulk("id");
        r.integer(s.id());
        r.bulk("mode");
        r.bulk("standalone");
        r.bulk("role");
        r.bulk("master");
        r.bulk("modules");
        r.array(0);
    }

    private static boolean helloOptions(Client client, Args a, ReplyWriter r) {
        for (int i = 2; i < a.count(); i++) {
            int left = a.count() - 1 - i;
            if (left >= 2 && a.equalsIgnoreCase(i, "AUTH")) {
                if (!authenticate(client, a, i + 1, i + 2)) {
                    r.error(WRONG_PASSWORD);
                    return false;
                }
                i += 2;
            } else if (left >= 1 && a.equalsIgnoreCase(i, "SETNAME")) {
                if (!ClientCommands.name(client, a.string(i + 1), r)) {
                    return false;
                }
                i++;
            } else {
                Errors.quoting(r, "ERR Syntax error in HELLO option '" + Errors.quoted(a, i, Integer.MAX_VALUE) + "'");
                return false;
            }
        }
        return true;
    }

    /// QUIT -> OK, then the connection closes. O(1). https://redis.io/commands/quit
    private static void quit(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        r.ok();
        client.core.closeGently(client);
    }

    /// RESET -> RESET. The connection is as new: no transaction, watches, subscriptions, name; RESP2, database 0, replies on, not
    /// authenticated if there is a password. O(N) for N subscriptions. https://redis.io/commands/reset
    private static void reset(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.discard(client);
        client.core.pubSub.remove(client);
        client.core.monitors.remove(client);
        client.core.tracking.stop(client);
        s.db(0);
        s.respVersion(RespVersion.RESP2);
        s.noTouch(false);
        client.noEvict = false;
        client.name = "";
        client.replyMode = Client.ReplyMode.ON;
        authenticated(client, client.core.config().requirepass().isEmpty());
        r.simple(RESET);
    }
}
