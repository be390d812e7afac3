package dev.sampo.persist.check;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Route;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;

/// Looks whether effects are commands that exist, and runs none.
final class CheckingSink implements EffectSink {
    private static final CommandTable TABLE = CommandTable.engine().build();

    private int highestDb;

    @Override
    public void apply(int db, Args effect) {
        CommandSpec spec = effect.count() == 0 ? null : TABLE.find(effect);
        if (spec == null || !spec.accepts(effect.count()) || spec.shardHandler() == null) {
            throw new IllegalStateException("there is a command that this version does not know: " + (effect.count() == 0 ? "(empty)"
                : OffHeap.latin1(effect.address(0), Math.min(effect.length(0), 64)).replaceAll("[^ -~]", "?")));
        }
        highestDb = Math.max(highestDb, db);
    }

    @Override
    public boolean isKeyless(Args effect) {
        CommandSpec spec = effect.count() == 0 ? null : TABLE.find(effect);
        return spec != null && spec.route() == Route.ALL_SHARDS;
    }

    int highestDb() {
        return highestDb;
    }
}
