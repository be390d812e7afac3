package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.Session;
import dev.sampo.engine.Shard;
import dev.sampo.engine.Settings;
import dev.sampo.engine.Watcher;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a server of one shard and one thread would have answered: commands run on it one by one, in the order in which the
/// simulated node executed them.
final class SimModel implements AutoCloseable {
    private static final int SCRATCH_BYTES = 256;

    private final CommandTable table;
    private final Shard shard;
    private final CommandContext context;
    private final Args args = new Args();
    private final OutputBuffer input = new OutputBuffer();
    private final OutputBuffer output = new OutputBuffer();
    private final ReplyWriter reply = new ReplyWriter();
    private final Map<Long, Watcher> watchers = new HashMap<>();
    private final long scratch = OffHeap.allocate(SCRATCH_BYTES);
    private final ModelSession session = new ModelSession();

    private static final class ModelSession extends Session {
        ModelSession() {
            super(1);
        }
    }

    SimModel(CommandTable table, int databases) {
        this.table = table;
        this.shard = new Shard(0, databases, Settings.DEFAULT, EffectLog.NONE, Reclaimer.INLINE);
        this.context = new CommandContext(table, new Shard[] {shard}, (_, _, _, _, _) -> { }, new SplitMixRng(1), SimModel::fail);
    }

    private static long fail(CommandSpec command, Throwable cause) {
        throw new SimFailure("the model failed at " + command, cause);
    }

    /// Runs a command and returns its reply.
    byte[] run(CommandSpec spec, String[] words, int db, int respVersion, long now) {
        select(words, db, respVersion, now);
        output.clear();
        reply.target(output, respVersion);
        context.run(table.find(spec.fullName()), args, reply);
        return output.toByteArray();
    }

    private void select(String[] words, int db, int respVersion, long now) {
        input.clear();
        for (String word : words) {
            input.append(SimRequest.bytes(word));
        }
        args.clear();
        args.begin();
        long at = input.address();
        for (String word : words) {
            args.add(at, word.length());
            at += word.length();
        }
        session.db(db);
        session.respVersion(respVersion);
        context.now(now);
        context.session(session);
        context.single(shard);
    }

    // ---- WATCH ----

    void watch(long client, String[] words, int db, long now) {
        select(words, db, 2, now);
        Watcher watcher = watchers.computeIfAbsent(client, _ -> new Watcher());
        for (int i = 1; i < words.length; i++) {
            context.watch(args, i, watcher);
        }
    }

    boolean isUnchanged(long client, long now) {
        Watcher watcher = watchers.get(client);
        context.now(now);
        context.single(shard);
        return watcher == null || context.isUnchanged(watcher);
    }

    void unwatch(long client) {
        Watcher watcher = watchers.remove(client);
        if (watcher != null) {
            context.single(shard);
            context.unwatch(watcher);
        }
    }

    // ---- keys ----

    /// Removes a key that the node has removed by itself because its time was over.
    void expire(int db, String key, long now) {
        context.now(now);
        context.single(shard);
        long e = find(shard, db, key, scratch);
        if (e == 0 || !context.isOver(e)) {
            throw new SimFailure("key " + key + " of database " + db + " went, but "
                + (e == 0 ? "it was not there" : "its time has not come"));
        }
        context.expire(shard.keyspace(db), e);
    }

    /// Whether the key is there and its time not over.
    boolean isLive(int db, String key, long now) {
        long e = find(shard, db, key, scratch);
        return e != 0 && !(Entry.hasDeadline(e) && now > Entry.deadline(e));
    }

    /// Whether the key is there for good.
    boolean isLasting(int db, String key) {
        long e = find(shard, db, key, scratch);
        return e != 0 && !Entry.hasDeadline(e);
    }

    /// Whether the key is there although its time is over.
    boolean isStale(Shard any, int db, String key, long now) {
        long e = find(any, db, key, scratch);
        return e != 0 && Entry.hasDeadline(e) && now > Entry.deadline(e);
    }

    boolean exists(Shard any, int db, String key) {
        return find(any, db, key, scratch) != 0;
    }

    boolean exists(int db, String key) {
        return find(shard, db, key, scratch) != 0;
    }

    private static long find(Shard shard, int db, String key, long scratch) {
        byte[] bytes = SimRequest.bytes(key);
        OffHeap.copyFrom(bytes, 0, scratch, bytes.length);
        Keyspace ks = shard.keyspace(db);
        return ks.find(scratch, bytes.length, KeyHash.hash(scratch, bytes.length));
    }

    long digest() {
        return shard.digest();
    }

    /// Replies that say the same: elements of KEYS may come in any order.
    static boolean isSame(CommandSpec spec, byte[] one, byte[] other) {
        if (Arrays.equals(one, other)) {
            return true;
        }
        return spec.name().equals("keys") && one[0] == '*' && sorted(one).equals(sorted(other));
    }

    private static List<String> sorted(byte[] reply) {
        return SimReplies.elements(reply).stream().map(SimRequest::text).sorted().toList();
    }

    @Override
    public void close() {
        context.close();
        shard.close();
        args.close();
        input.release();
        output.release();
        OffHeap.free(scratch, SCRATCH_BYTES);
    }
}
