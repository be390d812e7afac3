package dev.sampo.testkit;

import dev.sampo.resp.Reply;

/// One session that answers a request with one reply: how a driver without sockets (the engine alone, an embedded store)
/// joins [TranscriptRunner].
@FunctionalInterface
public interface TranscriptTarget {
    /// @param args the request, command name first
    Reply call(byte[][] args);
}
