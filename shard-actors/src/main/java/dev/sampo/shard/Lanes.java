package dev.sampo.shard;

/// The ways between cores: each call enqueues one message and never blocks. FIFO per pair of sender and receiver.
interface Lanes {
    void toShard(int core, ShardMessage message);

    void toAcceptor(int core, AcceptorMessage message);
}
