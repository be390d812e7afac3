package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.Session;
import dev.sampo.engine.Tracker;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The subcommands of CLIENT on client-side caching. Contract: https://redis.io/commands/client-tracking
final class TrackingCommands {
    private static final String RESTART = " before disabling tracking for this client, and then re-enabling it with a different mode.";

    private TrackingCommands() {
    }

    /// Adds them to CLIENT.
    static void register(CommandTable.Builder client) {
        long own = NOSCRIPT | LOADING | STALE;
        client.session("CACHING", 3, own, Category.CONNECTION, TrackingCommands::caching);
        client.session("GETREDIR", 2, own, Category.CONNECTION, (s, _, r) -> r.integer(ClientInfo.redirect((Client) s)));
        client.session("TRACKING", -3, own, Category.CONNECTION, TrackingCommands::tracking);
        client.session("TRACKINGINFO", 2, own, Category.CONNECTION, TrackingCommands::trackinginfo);
    }

    /// What CLIENT TRACKING ON was given.
    private static final class Options {
        long redirect;
        boolean bcast;
        boolean optIn;
        boolean optOut;
        boolean noLoop;
        final List<Channel> prefixes = new ArrayList<>();
    }

    /// CLIENT TRACKING ON | OFF [REDIRECT id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP] -> OK. O(1), with prefixes
    /// O(N^2) for N of them. Errors: syntax; no such client to redirect to; modes that exclude each other; prefixes that
    /// overlap. https://redis.io/commands/client-tracking
    private static void tracking(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        Options options = options(a, r);
        if (options == null) {
            return;
        }
        if (a.equalsIgnoreCase(2, "OFF")) {
            client.core.tracking.stop(client);
            r.ok();
        } else if (!a.equalsIgnoreCase(2, "ON")) {
            r.simple(Errors.SYNTAX);
        } else {
            String error = conflict(client.tracking, options);
            if (error == null) {
                error = addPrefixes(client.tracking, options);
            }
            if (error != null) {
                Errors.quoting(r, error);
            } else {
                start(client, options, r);
            }
        }
    }

    private static Options options(Args a, ReplyWriter r) {
        Options options = new Options();
        for (int i = 3; i < a.count(); i++) {
            if (a.equalsIgnoreCase(i, "REDIRECT") && i + 1 < a.count()) {
                i++;
                if (options.redirect != 0) {
                    r.error("ERR A client can only redirect to a single other client");
                    return null;
                }
                if (!Ascii.isLong(a.address(i), a.length(i))) {
                    r.simple(Errors.NOT_AN_INTEGER);
                    return null;
                }
                options.redirect = Ascii.longValue(a.address(i), a.length(i));
                if (options.redirect <= 0) {
                    noSuchClient(r);
                    return null;
                }
            } else if (a.equalsIgnoreCase(i, "BCAST")) {
                options.bcast = true;
            } else if (a.equalsIgnoreCase(i, "OPTIN")) {
                options.optIn = true;
            } else if (a.equalsIgnoreCase(i, "OPTOUT")) {
                options.optOut = true;
            } else if (a.equalsIgnoreCase(i, "NOLOOP")) {
                options.noLoop = true;
            } else if (a.equalsIgnoreCase(i, "PREFIX") && i + 1 < a.count()) {
                options.prefixes.add(new Channel(a.bytes(++i)));
            } else {
                r.simple(Errors.SYNTAX);
                return null;
            }
        }
        return options;
    }

    private static void noSuchClient(ReplyWriter r) {
        r.error("ERR The client ID you want redirect to does not exist");
    }

    /// Why these options do not go together or with what is on already; null = they do.
    private static String conflict(ClientTracking now, Options options) {
        if (!options.bcast && !options.prefixes.isEmpty()) {
            return "ERR PREFIX option requires BCAST mode to be enabled";
        }
        if (now != null && now.broadcast != options.bcast) {
            return "ERR You can't switch BCAST mode on/off" + RESTART;
        }
        if (options.bcast && (options.optIn || options.optOut)) {
            return "ERR OPTIN and OPTOUT are not compatible with BCAST";
        }
        if (options.optIn && options.optOut) {
            return "ERR You can't use both OPTIN and OPTOUT";
        }
        if (options.optIn && now != null && now.optOut || options.optOut && now != null && now.optIn) {
            return "ERR You can't switch OPTIN/OPTOUT mode" + RESTART;
        }
        return null;
    }

    /// Adds the prefixes that are on already; an error if any overlap.
    private static String addPrefixes(ClientTracking now, Options options) {
        if (!options.bcast) {
            return null;
        }
        List<Channel> before = now == null ? List.of() : now.prefixes;
        for (int i = 0; i < options.prefixes.size(); i++) {
            Channel each = options.prefixes.get(i);
            for (Channel old : before) {
                if (overlap(each, old)) {
                    return "ERR Prefix '" + text(each) + "' overlaps with an existing prefix '" + text(old) + "'. Prefixes for a single client must not overlap.";
                }
            }
            for (int j = i + 1; j < options.prefixes.size(); j++) {
                if (overlap(each, options.prefixes.get(j))) {
                    return "ERR Prefix '" + text(each) + "' overlaps with another provided prefix '" + text(options.prefixes.get(j))
                        + "'. Prefixes for a single client must not overlap.";
                }
            }
        }
        if (options.prefixes.isEmpty() && before.isEmpty()) {
            options.prefixes.add(new Channel(new byte[0]));
        }
        options.prefixes.addAll(before);
        return null;
    }

    private static boolean overlap(Channel one, Channel other) {
        return text(one).startsWith(text(other)) || text(other).startsWith(text(one));
    }

    private static String text(Channel prefix) {
        return new String(prefix.array(), StandardCharsets.ISO_8859_1);
    }

    private static void start(Client client, Options options, ReplyWriter r) {
        Tracker tracker = new Tracker(client.id(), client.core.index, client.index, options.noLoop);
        if (options.redirect == 0 && !options.bcast) {
            client.core.tracking.start(client, tracking(tracker, options, null));
            r.ok();
            return;
        }
        // Before anybody is told on, everybody must know; and where the other client is only its core knows.
        client.core.tracking.start(client, tracking(tracker, options, null));
        Channel[] wanted = client.core.tracking.wanted();
        int home = client.core.index;
        long redirect = options.redirect;
        client.core.gather(client, core -> {
            core.tracking.wanted(home, wanted);
            Client other = redirect == 0 ? null : core.clientById(redirect);
            return other == null ? null : new ClientTracking.Target(redirect, core.index, other.index);
        }, (results, late) -> {
            ClientTracking.Target target = null;
            for (Object result : results) {
                target = result == null ? target : (ClientTracking.Target) result;
            }
            if (redirect != 0 && target == null) {
                client.core.tracking.stop(client);
                noSuchClient(late);
            } else {
                client.core.tracking.start(client, tracking(tracker, options, target));
                client.core.broadcast(core -> core.tracking.wanted(home, wanted));
                late.ok();
            }
        });
    }

    private static ClientTracking tracking(Tracker tracker, Options options, ClientTracking.Target redirect) {
        return new ClientTracking(tracker, options.bcast, options.optIn, options.optOut, options.prefixes, redirect);
    }

    /// CLIENT CACHING YES | NO -> OK: whether what the next command reads is tracked, in OPTIN or OPTOUT mode. O(1). Errors:
    /// the mode is not that one; syntax. https://redis.io/commands/client-caching
    private static void caching(Session s, Args a, ReplyWriter r) {
        ClientTracking tracking = ((Client) s).tracking;
        if (tracking == null || !tracking.optIn && !tracking.optOut) {
            r.error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
        } else if (a.equalsIgnoreCase(2, "YES")) {
            if (!tracking.optIn) {
                r.error("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
                return;
            }
            tracking.caching = true;
            r.ok();
        } else if (a.equalsIgnoreCase(2, "NO")) {
            if (!tracking.optOut) {
                r.error("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
                return;
            }
            tracking.caching = true;
            r.ok();
        } else {
            r.simple(Errors.SYNTAX);
        }
    }

    /// CLIENT TRACKINGINFO -> map of flags, redirect (-1 = off, 0 = none) and prefixes. O(1).
    /// https://redis.io/commands/client-trackinginfo
    private static void trackinginfo(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        ClientTracking tracking = client.tracking;
        List<String> flags = new ArrayList<>(List.of(tracking == null ? "off" : "on"));
        if (tracking != null) {
            addIf(flags, tracking.broadcast, "bcast");
            addIf(flags, tracking.optIn, "optin");
            addIf(flags, tracking.optIn && tracking.caching, "caching-yes");
            addIf(flags, tracking.optOut, "optout");
            addIf(flags, tracking.optOut && tracking.caching, "caching-no");
            addIf(flags, tracking.tracker.noLoop(), "noloop");
            addIf(flags, tracking.broken, "broken_redirect");
        }
        r.map(3);
        r.bulk("flags");
        r.set(flags.size());
        flags.forEach(r::bulk);
        r.bulk("redirect");
        r.integer(ClientInfo.redirect(client));
        r.bulk("prefixes");
        List<Channel> prefixes = tracking == null ? List.of() : tracking.prefixes;
        r.array(prefixes.size());
        prefixes.forEach(each -> r.bulk(each.array()));
    }

    private static void addIf(List<String> flags, boolean condition, String flag) {
        if (condition) {
            flags.add(flag);
        }
    }
}
