package dev.sampo.persist.log;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Session;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Route;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;

/// Runs recovered effects on shards that nobody else uses yet; there may be more or fewer of them than when they were logged.
public final class EffectReplayer implements EffectSink, AutoCloseable {
    private static final int RESP2 = 2;

    private final CommandTable table;
    private final Shard[] shards;
    private final CommandContext context;
    private final ReplaySession session = new ReplaySession();
    private final OutputBuffer output = new OutputBuffer();
    private final ReplyWriter reply = new ReplyWriter();
    private final long all;

    private static final class ReplaySession extends Session {
        ReplaySession() {
            super(0);
        }
    }

    /// @param context over all shards; used by nobody else
    /// @param nowMillis Unix time
    public EffectReplayer(CommandTable table, Shard[] shards, CommandContext context, long nowMillis) {
        this.table = table;
        this.shards = shards;
        this.context = context;
        this.all = -1L >>> 64 - shards.length;
        context.now(nowMillis);
        context.replaying(true);
        context.session(session);
    }

    @Override
    public void apply(int db, Args effect) {
        CommandSpec spec = table.find(effect);
        if (spec == null || !spec.accepts(effect.count()) || spec.shardHandler() == null) {
            throw new IllegalStateException("the log has a command that this version does not know: " + name(effect));
        }
        if (db >= shards[0].databases()) {
            throw new IllegalStateException("database " + db + " does not exist here: set databases to " + (db + 1) + " or more");
        }
        session.db(db);
        long needed = needed(spec, effect);
        if ((needed & needed - 1) == 0) {
            context.single(shards[Long.numberOfTrailingZeros(needed)]);
        } else {
            context.spread(needed);
        }
        output.clear();
        context.run(spec, effect, reply.target(output, RESP2));
        if (OffHeap.getByte(output.address()) == '-') {
            throw new IllegalStateException("the command " + name(effect) + " on database " + db + " was refused: "
                + OffHeap.latin1(output.address(), (int) Math.min(output.size(), 200)).strip());
        }
    }

    private long needed(CommandSpec spec, Args effect) {
        if (spec.route(effect) == Route.ALL_SHARDS) {
            return all;
        }
        long needed = 0;
        int count = spec.keys().keyCount(effect);
        for (int i = 0; i < count; i++) {
            int key = spec.keys().keyIndex(effect, i);
            needed |= 1L << SlotMap.shard(SlotMap.slot(effect.address(key), effect.length(key)), shards.length);
        }
        return needed == 0 ? all : needed;
    }

    @Override
    public boolean isKeyless(Args effect) {
        CommandSpec spec = table.find(effect);
        return spec != null && spec.route() == Route.ALL_SHARDS;
    }

    private static String name(Args effect) {
        return effect.count() == 0 ? "(empty)" : OffHeap.latin1(effect.address(0), Math.min(effect.length(0), 64));
    }

    @Override
    public void close() {
        output.release();
        context.close();
    }
}
