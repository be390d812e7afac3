package dev.sampo.app;

import dev.sampo.shard.NodeStats;
import dev.sampo.shard.NodeStats.ServerStats;
import dev.sampo.shard.NodeStats.ShardStats;
import dev.sampo.shard.NodeStats.TransportStats;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.LoggerFactory;

/// Shows the numbers of a node in the platform's MBean server. Each attribute is read when it is asked for.
final class Jmx {
    private static final String DOMAIN = "dev.sampo";

    private Jmx() {}

    /// Registers the beans of a node. A failure costs the beans, not the server.
    static void register(RunningNode node) {
        final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        final NodeStats stats = node.stats();
        try {
            server.registerMBean(new ServerBean(node.shards(), stats::server), new ObjectName(DOMAIN, "type", "Server"));
            final int shards = stats.shards().size();
            for (int i = 0; i < shards; i++) {
                final int index = i;
                server.registerMBean(new ShardBean(() -> stats.shards().get(index)),
                    new ObjectName(DOMAIN + ":type=Shard,index=" + i));
            }
            final int cores = stats.transports().size();
            for (int i = 0; i < cores; i++) {
                final int core = i;
                server.registerMBean(new TransportBean(() -> stats.transports().get(core)),
                    new ObjectName(DOMAIN + ":type=Transport,core=" + i));
            }
        } catch (JMException e) {
            LoggerFactory.getLogger(Jmx.class).warn("JMX shows nothing of this server", e);
        }
    }

    private record ServerBean(int shards, Supplier<ServerStats> stats) implements ServerMXBean {
        @Override
        public String getVersion() {
            return Version.get();
        }

        @Override
        public long getStartMillis() {
            return stats.get().startMillis();
        }

        @Override
        public long getUptimeSeconds() {
            return ManagementFactory.getRuntimeMXBean().getUptime() / 1000;
        }

        @Override
        public int getPort() {
            return stats.get().port();
        }

        @Override
        public int getShards() {
            return shards;
        }

        @Override
        public String getTransport() {
            return stats.get().transport();
        }

        @Override
        public String getTransportReason() {
            return stats.get().transportReason();
        }

        @Override
        public long getConnections() {
            return stats.get().connections();
        }

        @Override
        public long getConnectionsAccepted() {
            return stats.get().connectionsAccepted();
        }

        @Override
        public long getConnectionsRefused() {
            return stats.get().connectionsRefused();
        }

        @Override
        public long getCommands() {
            return stats.get().commands();
        }

        @Override
        public long getCommandErrors() {
            return stats.get().commandErrors();
        }

        @Override
        public long getBytesReceived() {
            return stats.get().bytesReceived();
        }

        @Override
        public long getBytesSent() {
            return stats.get().bytesSent();
        }

        @Override
        public long getKeys() {
            return stats.get().keys();
        }

        @Override
        public long getUsedBytes() {
            return stats.get().usedBytes();
        }

        @Override
        public long getHits() {
            return stats.get().hits();
        }

        @Override
        public long getMisses() {
            return stats.get().misses();
        }

        @Override
        public long getExpiredKeys() {
            return stats.get().expiredKeys();
        }
    }

    private record ShardBean(Supplier<ShardStats> stats) implements ShardMXBean {
        private static final double NANOS_PER_MICRO = 1000;

        @Override
        public long getOperations() {
            return stats.get().operations();
        }

        @Override
        public long getKeys() {
            return stats.get().keys();
        }

        @Override
        public long getVolatileKeys() {
            return stats.get().volatileKeys();
        }

        @Override
        public long getUsedBytes() {
            return stats.get().usedBytes();
        }

        @Override
        public long getReservedBytes() {
            return stats.get().reservedBytes();
        }

        @Override
        public long getQueueDepth() {
            return stats.get().queueDepth();
        }

        @Override
        public long getForwarded() {
            return stats.get().forwarded();
        }

        @Override
        public long getLeases() {
            return stats.get().leases();
        }

        @Override
        public long getTurns() {
            return stats.get().turns();
        }

        @Override
        public double getTurnMicrosMean() {
            final ShardStats now = stats.get();
            return now.turns() == 0 ? 0 : now.turnNanosTotal() / NANOS_PER_MICRO / now.turns();
        }

        @Override
        public double getTurnMicrosMax() {
            return stats.get().turnNanosMax() / NANOS_PER_MICRO;
        }
    }

    private record TransportBean(Supplier<TransportStats> stats) implements TransportMXBean {
        @Override
        public long getConnections() {
            return stats.get().connections();
        }

        @Override
        public long getReceives() {
            return stats.get().receives();
        }

        @Override
        public long getSends() {
            return stats.get().sends();
        }

        @Override
        public long getBytesReceived() {
            return stats.get().bytesReceived();
        }

        @Override
        public long getBytesSent() {
            return stats.get().bytesSent();
        }

        @Override
        public long getKernelCalls() {
            return stats.get().kernelCalls();
        }

        @Override
        public long getParks() {
            return stats.get().parks();
        }

        @Override
        public long getWakes() {
            return stats.get().wakes();
        }

        @Override
        public long getBuffersExhausted() {
            return stats.get().buffersExhausted();
        }
    }
}
