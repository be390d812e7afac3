package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Route;
import dev.sampo.engine.command.SessionHandler;
import dev.sampo.engine.command.ShardHandler;
import dev.sampo.engine.Session;
import dev.sampo.engine.Waiter;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Stands between the node and its handlers and sees every execution at the instant it happens: who asked, what, on which
/// core, with what reply.
///
/// Each execution is checked on the spot: the core owns all shards of the command, no open EXEC of another client has them,
/// the request is one that its client has sent and that has not run yet, its client's earlier requests to the same shards
/// have run, and a single-shard model that has run everything so far in the same order gives the same reply. Since a command
/// executes between its sending and its reply, agreement with that serial order is strict serializability.
final class SimObserver {
    private final SimScheduler sim;
    private final CommandTable observed;
    private final SimModel model;
    private final String[] keys;
    private final int databases;
    private final int cores;
    private final Map<Long, SimClient> clients = new HashMap<>();
    /// EXECs that have begun and not ended, and the shards that are theirs.
    private final Map<SimClient, SimRequest> open = new HashMap<>();
    /// Since which execution a key has been there for good, by database; 0 = it has not.
    private final long[][] presentSince;
    /// Who waits, in the order in which they came, with the words of their requests.
    private final Map<SimClient, Wait> waits = new LinkedHashMap<>();
    private long served;
    private long blocked;
    private long summoned;
    private long executions;
    private long comparisons;

    SimObserver(SimScheduler sim, CommandTable production, SimModel model, String[] keys, int databases, int cores) {
        this.sim = sim;
        this.model = model;
        this.keys = keys;
        this.databases = databases;
        this.cores = cores;
        this.presentSince = new long[databases][keys.length];
        CommandTable.Builder t = CommandTable.builder();
        for (CommandSpec spec : production.commands()) {
            observe(t, spec);
        }
        this.observed = t.build();
    }

    /// The production table with an observer around every handler.
    CommandTable table() {
        return observed;
    }

    long comparisons() {
        return comparisons;
    }

    long executions() {
        return executions;
    }

    void connected(SimClient client) {
        clients.put(client.id(), client);
    }

    private void observe(CommandTable.Builder t, CommandSpec spec) {
        String name = spec.name();
        int arity = spec.arity();
        long flags = spec.flags();
        long categories = spec.categories();
        CommandTable.Row row = switch (spec.handler()) {
            case ShardHandler h -> t.add(name, arity, flags, categories, spec.keys(), (c, a, r) -> onShards(h, c, a, r));
            case SessionHandler h -> t.session(name, arity, flags, categories, (s, a, r) -> onSession(spec, h, s, a, r));
            case null -> t.container(name, arity, flags, categories);
        };
        row.effect(spec.effect()).route(spec.route()).reachingOut(spec.reachingOut()).tips(spec.tips().toArray(String[]::new));
        for (CommandSpec sub : spec.subcommands()) {
            observe(row.children(), sub);
        }
    }

    // ---- commands on data ----

    private void onShards(ShardHandler handler, CommandContext c, Args a, ReplyWriter r) {
        String[] words = words(a);
        long id = client(c.session(), a);
        SimClient client = clients.get(id);
        CommandSpec spec = c.spec();
        long shards = shards(spec, a);
        sim.trace("core %d: runs %s of %s at %d on shards %s", sim.current(), String.join(" ", words), client, c.now(),
            Long.toBinaryString(shards));
        if (client == null) {
            throw new SimFailure("a request of nobody: " + String.join(" ", words));
        }
        checkOwnership(spec, client, shards);
        if (!c.isWoken() && !isExecuting(c.session())) {
            checkNobodyIsDue(shards, String.join(" ", words));
        }
        boolean removesOnTheWay = spec.route() == Route.CURSOR;
        List<int[]> stale = removesOnTheWay ? stale(shards, c.now()) : List.of();
        long mark = r.target().size();
        handler.run(c, a, r);
        if (c.isBlocked() || c.isWoken()) {
            waited(client, words, c, shards, c.isBlocked() ? null : bytes(r.target(), mark));
            return;
        }
        executions++;
        removed(stale, c.now());
        byte[] reply = bytes(r.target(), mark);
        byte[] expected = reply;
        if (spec.name().equals("watch")) {
            if (reply[0] == '+') {
                model.watch(id, words, c.session().db(), c.now());
            }
        } else if (removesOnTheWay) {
            checkScan(reply, c);
        } else {
            expected = model.run(spec, words, c.session().db(), c.session().respVersion(), c.now());
            comparisons++;
        }
        if (!SimModel.isSame(spec, reply, expected)) {
            throw new SimFailure("not serializable: " + client + " " + String.join(" ", words) + "\n  node:  "
                + SimRequest.text(reply) + "\n  model: " + SimRequest.text(expected));
        }
        notePresence(spec);
        client.executed(words, c.session().db(), shards, isExecuting(c.session()), reply);
        closeBlock(client);
    }

    /// One who waits: its database and keys.
    private record Wait(int db, List<String> keys, boolean takes) { }

    /// A blocking command has found nothing, or has run again for a client that waits.
    ///
    /// @param reply null = it waits
    private void waited(SimClient client, String[] words, CommandContext c, long shards, byte[] reply) {
        if (c.isWoken() && reply != null) {
            checkOrder(client, c.session().db());
        }
        byte[] expected = model.run(c.spec(), words, c.session().db(), c.session().respVersion(), c.now());
        comparisons++;
        executions++;
        if (reply == null) {
            if (expected[1] != '-' && expected[0] != '_') {
                throw new SimFailure(client + " waits in " + String.join(" ", words) + ", but there is " + SimRequest.text(expected));
            }
            client.waits(words, c.session().db(), shards, c.isWoken());
            if (!c.isWoken()) {
                blocked++;
                boolean takes = !c.spec().name().equals("see");
                List<String> keys = List.of(words).subList(1, c.spec().name().equals("take") ? words.length - 1 : 2);
                waits.remove(client);
                waits.put(client, new Wait(c.session().db(), keys, takes));
            }
            return;
        }
        if (!Arrays.equals(reply, expected)) {
            throw new SimFailure("not serializable: " + client + " " + String.join(" ", words) + "\n  node:  " + SimRequest.text(reply) + "\n  model: "
                + SimRequest.text(expected));
        }
        notePresence(c.spec());
        client.served(words, reply);
        waits.remove(client);
        served++;
        summoned += Long.bitCount(shards) > 1 ? 1 : 0;
    }

    /// Nobody who waits for a key on these shards may be there while the key is: it would have been its turn.
    void checkNobodyIsDue(long shards, String by) {
        waits.keySet().removeIf(client -> !client.isWaiting());
        waits.forEach((client, wait) -> {
            for (String key : wait.keys) {
                if (wait.takes && (shards & sim.shards("GET", key)) != 0 && model.isLive(wait.db, key, sim.now())) {
                    throw new SimFailure(client + " waits for " + key + " of database " + wait.db + ", which is there when " + by + " runs");
                }
            }
        });
    }

    /// Of those who wait for a key the first gets it. (When several keys of a client are there, because one EXEC made them,
    /// it takes its own first one, whoever waits for that.)
    private void checkOrder(SimClient client, int db) {
        Wait own = waits.get(client);
        if (own == null || !own.takes) {
            return;
        }
        List<String> there = own.keys.stream().distinct().filter(key -> model.exists(db, key)).toList();
        if (there.size() != 1) {
            return;
        }
        for (Map.Entry<SimClient, Wait> each : waits.entrySet()) {
            if (each.getKey() == client) {
                return;
            }
            Wait wait = each.getValue();
            if (wait.takes && each.getKey().isWaiting() && wait.db == db && wait.keys.contains(there.getFirst())) {
                throw new SimFailure(client + " gets " + there.getFirst() + " before " + each.getKey());
            }
        }
    }

    Map<String, Long> waitCounts() {
        return Map.of("blocked", blocked, "served", served, "servedOverShards", summoned);
    }

    private static boolean isExecuting(Session session) {
        return session instanceof Client client && client.isExecuting();
    }

    /// A forwarded request's client is named in the frame that its arguments lie in.
    private static long client(Session session, Args a) {
        if (session instanceof Client || session instanceof Waiter) {
            return session.id();
        }
        long frame = a.address(0) - 4L * a.count() - ShardBatch.REQUEST_HEADER;
        return OffHeap.getInt(frame + 8);
    }

    long shards(CommandSpec spec, Args a) {
        return switch (spec.route(a)) {
            case SESSION -> 0;
            case ALL_SHARDS -> (1L << cores) - 1;
            case CURSOR -> 1L << spec.firstShard(a, cores);
            case KEYS -> {
                long all = 0;
                for (int i = 0; i < spec.keys().keyCount(a); i++) {
                    int at = spec.keys().keyIndex(a, i);
                    all |= 1L << SlotMap.shard(SlotMap.slot(a.address(at), a.length(at)), cores);
                }
                yield all;
            }
        };
    }

    private void checkOwnership(CommandSpec spec, SimClient client, long shards) {
        for (long rest = shards; rest != 0; rest &= rest - 1) {
            int shard = Long.numberOfTrailingZeros(rest);
            if (sim.owner(shard) != sim.current()) {
                throw new SimFailure("core " + sim.current() + " runs " + spec + " on shard " + shard + ", which belongs to "
                    + (sim.owner(shard) < 0 ? "nobody at the moment" : "core " + sim.owner(shard)));
            }
        }
        open.forEach((other, block) -> {
            if (other != client && (block.shards & shards) != 0) {
                throw new SimFailure(spec + " of " + client + " ran within the EXEC of " + other);
            }
        });
    }

    // ---- commands on the session ----

    private void onSession(CommandSpec spec, SessionHandler handler, Session s, Args a, ReplyWriter r) {
        Client session = (Client) s;
        SimClient client = clients.get(s.id());
        sim.trace("core %d: runs %s of %s", sim.current(), String.join(" ", words(a)), client);
        switch (spec.fullName()) {
            case "exec" -> exec(handler, client, session, a, r);
            case "unwatch", "reset" -> {
                handler.run(s, a, r);
                model.unwatch(s.id());
            }
            case "discard" -> {
                boolean inMulti = session.inMulti;
                handler.run(s, a, r);
                if (inMulti) {
                    model.unwatch(s.id());
                }
            }
            case "publish" -> {
                long least = sim.published(client, words(a));
                long mark = r.target().size();
                handler.run(s, a, r);
                byte[] reply = bytes(r.target(), mark);
                long receivers = Long.parseLong(SimReplies.content(reply));
                if (receivers < least) {
                    throw new SimFailure("PUBLISH reached " + receivers + " subscribers of at least " + least);
                }
                client.executed(words(a), s.db(), 0, isExecuting(s), reply);
                closeBlock(client);
            }
            default -> {
                boolean executing = isExecuting(s);
                handler.run(s, a, r);
                if (executing) {
                    client.executedOther(words(a));
                    closeBlock(client);
                }
            }
        }
    }

    /// EXEC may be tried several times, until its core has all shards; its one decision is compared with the model's.
    private void exec(SessionHandler handler, SimClient client, Client session, Args a, ReplyWriter r) {
        if (!session.inMulti || session.transaction().aborted) {
            boolean inMulti = session.inMulti;
            handler.run(session, a, r);
            if (inMulti) {
                model.unwatch(session.id());
            }
            return;
        }
        SimRequest block = client.nextBlock();
        boolean unchanged = model.isUnchanged(session.id(), session.core.nowMillis());
        OutputBuffer out = r.target();
        long mark = out.size();
        open.put(client, block);
        block.executed = true;
        handler.run(session, a, r);
        if (session.suspension == Client.Suspension.LEASE || session.suspension == Client.Suspension.SHARD) {
            open.remove(client);
            block.executed = false;
            return;
        }
        model.unwatch(session.id());
        boolean suspended = session.suspension == Client.Suspension.CALL;
        boolean ran = suspended || isArray(bytes(out, mark));
        if (ran != unchanged) {
            throw new SimFailure("EXEC of " + client + (ran ? " ran, but a" : " gave up, but no") + " watched key had changed");
        }
        comparisons++;
        client.blockBegun(block, ran);
        if (!ran) {
            open.remove(client);
        } else if (!suspended && block.left > 0) {
            throw new SimFailure("EXEC of " + client + " ended with " + block.left + " commands to run");
        }
        closeBlock(client);
    }

    private static boolean isArray(byte[] reply) {
        return reply.length > 1 && reply[0] == '*' && reply[1] != '-';
    }

    private void closeBlock(SimClient client) {
        SimRequest block = open.get(client);
        if (block != null && block.left == 0) {
            open.remove(client);
        }
    }

    void closed(SimClient client) {
        model.unwatch(client.id());
    }

    // ---- keys that go by themselves ----

    /// Keys of the shards whose time is over, as database and index.
    List<int[]> stale(long shards, long now) {
        List<int[]> stale = new ArrayList<>();
        for (int db = 0; db < databases; db++) {
            for (int key = 0; key < keys.length; key++) {
                int shard = sim.shardOf(key);
                if ((shards >>> shard & 1) != 0 && model.isStale(sim.shard(shard), db, keys[key], now)) {
                    stale.add(new int[] {db, key});
                }
            }
        }
        return stale;
    }

    /// Tells the model which of them are gone.
    void removed(List<int[]> stale, long now) {
        for (int[] each : stale) {
            Shard shard = sim.shard(sim.shardOf(each[1]));
            if (!model.exists(shard, each[0], keys[each[1]])) {
                sim.trace("expired: %s of database %d", keys[each[1]], each[0]);
                model.expire(each[0], keys[each[1]], now);
                presentSince[each[0]][each[1]] = 0;
            }
        }
    }

    // ---- SCAN ----

    private void notePresence(CommandSpec spec) {
        if (!spec.is(CommandFlag.WRITE)) {
            return;
        }
        boolean afresh = spec.name().equals("swapdb");
        for (int db = 0; db < databases; db++) {
            for (int key = 0; key < keys.length; key++) {
                if (!model.isLasting(db, keys[key])) {
                    presentSince[db][key] = 0;
                } else if (presentSince[db][key] == 0 || afresh) {
                    presentSince[db][key] = executions;
                }
            }
        }
    }

    /// Every key that SCAN returns is there.
    private void checkScan(byte[] reply, CommandContext c) {
        if (reply[0] != '*') {
            return;
        }
        for (byte[] key : SimReplies.elements(SimReplies.elements(reply).get(1))) {
            comparisons++;
            if (!model.isLive(c.session().db(), SimReplies.content(key), c.now())) {
                throw new SimFailure("SCAN returned " + SimReplies.content(key) + ", which is not there");
            }
        }
    }

    /// Every key that was there from the first to the last step of an iteration was returned.
    void checkIteration(int db, long sinceExecution, Set<String> returned) {
        for (int key = 0; key < keys.length; key++) {
            long since = presentSince[db][key];
            if (since != 0 && since <= sinceExecution && !returned.contains(keys[key])) {
                throw new SimFailure("SCAN of database " + db + " missed " + keys[key]);
            }
            comparisons++;
        }
    }

    // ---- bytes ----

    static String[] words(Args a) {
        String[] words = new String[a.count()];
        for (int i = 0; i < words.length; i++) {
            words[i] = OffHeap.latin1(a.address(i), a.length(i));
        }
        return words;
    }

    private static byte[] bytes(OutputBuffer buffer, long from) {
        return OffHeap.bytes(buffer.address() + from, (int) (buffer.size() - from));
    }
}
