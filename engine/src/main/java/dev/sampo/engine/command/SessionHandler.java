package dev.sampo.engine.command;

import dev.sampo.engine.Session;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// The code of a command on the state of a client or of the server, without any keyspace. Runs on the thread of the
/// client's connection. Writes exactly one complete reply or one error. Arity has been checked.
@FunctionalInterface
public non-sealed interface SessionHandler extends Handler {
    void run(Session s, Args a, ReplyWriter r);
}
