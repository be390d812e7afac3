package dev.sampo.shard;

import dev.sampo.engine.Shard;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.net.TransportCounters;
import java.util.ArrayList;
import java.util.List;

/// Reads the counters of a running node from outside its threads. Each is written by one thread without fences: a reader may see a slightly older value.
final class LiveStats implements NodeStats {
    private final Node node;
    private final Core[] cores;
    private final int port;
    private final String transportReason;

    LiveStats(Node node, Core[] cores, int port, String transportReason) {
        this.node = node;
        this.cores = cores;
        this.port = port;
        this.transportReason = transportReason;
    }

    @Override
    public ServerStats server() {
        long accepted = 0;
        long refused = 0;
        long commands = 0;
        long errors = 0;
        long received = 0;
        long sent = 0;
        long keys = 0;
        long used = 0;
        long hits = 0;
        long misses = 0;
        long expired = 0;
        for (Core core : cores) {
            TransportCounters counters = core.transport().counters();
            accepted += core.stats.connections;
            refused += core.stats.rejectedConnections;
            commands += core.context.stats().totalCalls();
            errors += core.stats.errors + core.context.stats().totalFailures();
            received += counters.receivedBytes;
            sent += counters.sentBytes;
            hits += core.shard.counters().hits();
            misses += core.shard.counters().misses();
            expired += core.shard.counters().expired();
            for (int db = 0; db < core.shard.databases(); db++) {
                keys += core.shard.keyspace(db).size();
                used += core.shard.keyspace(db).usedBytes();
            }
        }
        return new ServerStats(node.startMillis(), port, cores[0].transport().name(), transportReason, node.clients(), accepted, refused, commands, errors, received, sent,
            keys, used, hits, misses, expired);
    }

    @Override
    public List<ShardStats> shards() {
        List<ShardStats> all = new ArrayList<>();
        for (Core core : cores) {
            Shard shard = core.shard;
            long keys = 0;
            long volatileKeys = 0;
            long used = 0;
            long reserved = 0;
            for (int db = 0; db < shard.databases(); db++) {
                Keyspace keyspace = shard.keyspace(db);
                keys += keyspace.size();
                volatileKeys += keyspace.volatileSize();
                used += keyspace.usedBytes();
                reserved += keyspace.reservedBytes();
            }
            all.add(new ShardStats(core.index, core.context.stats().totalCalls(), keys, volatileKeys, used, reserved, core.gate.deferredMessages(), core.stats.executedForOthers,
                core.stats.leased, core.stats.turns, core.stats.turnNanosTotal, core.stats.turnNanosMax));
        }
        return all;
    }

    @Override
    public List<TransportStats> transports() {
        List<TransportStats> all = new ArrayList<>();
        for (Core core : cores) {
            TransportCounters counters = core.transport().counters();
            all.add(new TransportStats(core.index, core.clientCount(), counters.received, counters.sent, counters.receivedBytes, counters.sentBytes, counters.enters,
                counters.parks, counters.wakes, counters.outOfBuffers));
        }
        return all;
    }
}
