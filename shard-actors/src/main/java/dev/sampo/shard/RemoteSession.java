package dev.sampo.shard;

import dev.sampo.engine.Session;

/// Stands for the client of another core while its forwarded request executes: what the frame says of it.
final class RemoteSession extends Session {
    RemoteSession() {
        super(Long.MAX_VALUE);
    }

    private long client;

    /// The low bits of the client's id.
    @Override
    public long client() {
        return client;
    }

    void select(long frame) {
        client = ShardBatch.connectionId(frame);
        int flags = ShardBatch.flags(frame);
        db(ShardBatch.db(frame));
        respVersion((flags & ShardBatch.FLAG_RESP3) != 0 ? 3 : 2);
        noTouch((flags & ShardBatch.FLAG_NO_TOUCH) != 0);
    }
}
