package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// The code of a command on data: plain single-threaded code that runs while the caller owns every shard it can reach.
///
/// Order of work: validate everything, mutate, commit, reply. Writes exactly one complete reply or one error. Arity has
/// been checked. Never assumes that two keys share a shard: each key is looked up through the context by its argument
/// index.
@FunctionalInterface
public non-sealed interface ShardHandler extends Handler {
    void run(CommandContext c, Args a, ReplyWriter r);
}
