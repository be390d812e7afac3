package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.NodeStats;
import dev.sampo.shard.config.ServerConfig;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class JmxTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private static Map<String, Object> attributes(String name) throws Exception {
        final ObjectName bean = new ObjectName(name);
        final Map<String, Object> values = new LinkedHashMap<>();
        for (MBeanAttributeInfo info : SERVER.getMBeanInfo(bean).getAttributes()) {
            assertThat(info.isWritable()).isFalse();
            values.put(info.getName(), SERVER.getAttribute(bean, info.getName()));
        }
        return values;
    }

    @Test
    void beans_showEveryNumberOfTheNode() throws Exception {
        Jmx.register(new Node());
        assertThat(attributes("dev.sampo:type=Server"))
            .containsEntry("Version", Version.get()).containsEntry("StartMillis", 1L).containsEntry("Port", 2)
            .containsEntry("Shards", 2)
            .containsEntry("Transport", "fake").containsEntry("TransportReason", "this is a test")
            .containsEntry("Connections", 3L)
            .containsEntry("ConnectionsAccepted", 4L).containsEntry("ConnectionsRefused", 5L).containsEntry("Commands", 6L)
            .containsEntry("CommandErrors", 7L).containsEntry("BytesReceived", 8L).containsEntry("BytesSent", 9L)
            .containsEntry("Keys", 10L)
            .containsEntry("UsedBytes", 11L).containsEntry("Hits", 12L).containsEntry("Misses", 13L)
            .containsEntry("ExpiredKeys", 14L)
            .containsKey("UptimeSeconds").hasSize(19);
        assertThat(attributes("dev.sampo:type=Shard,index=0"))
            .containsEntry("Operations", 21L).containsEntry("Keys", 22L).containsEntry("VolatileKeys", 23L)
            .containsEntry("UsedBytes", 24L)
            .containsEntry("ReservedBytes", 25L).containsEntry("QueueDepth", 26L).containsEntry("Forwarded", 27L)
            .containsEntry("Leases", 28L)
            .containsEntry("Turns", 4L).containsEntry("TurnMicrosMean", 2.5).containsEntry("TurnMicrosMax", 5.0).hasSize(11);
        assertThat(attributes("dev.sampo:type=Shard,index=1")).containsEntry("TurnMicrosMean", 0.0);
        assertThat(attributes("dev.sampo:type=Transport,core=0"))
            .containsEntry("Connections", 31L).containsEntry("Receives", 32L).containsEntry("Sends", 33L)
            .containsEntry("BytesReceived", 34L)
            .containsEntry("BytesSent", 35L).containsEntry("KernelCalls", 36L).containsEntry("Parks", 37L)
            .containsEntry("Wakes", 38L)
            .containsEntry("BuffersExhausted", 39L).hasSize(9);
        assertThat(SERVER.queryNames(new ObjectName("dev.sampo:*"), null)).hasSize(4);
    }

    private static final class Node implements RunningNode {
        @Override
        public int port() {
            return 2;
        }

        @Override
        public int shards() {
            return 2;
        }

        @Override
        public String transport() {
            return "fake";
        }

        @Override
        public String transportReason() {
            return "this is a test";
        }

        @Override
        public NodeStats stats() {
            return new FakeServer.FakeStats();
        }

        @Override
        public void onShutdown(Runnable action) {
            throw new AssertionError("JMX asks for numbers only");
        }

        @Override
        public void onConfigRewrite(Function<ServerConfig, String> writer) {
            assertThat(writer).isNotNull();
        }

        @Override
        public void onConfigChange(Consumer<ServerConfig> listener) {
            throw new AssertionError("JMX asks for numbers only");
        }

        @Override
        public boolean isWritingLast() {
            return false;
        }

        @Override
        public CompletionStage<Void> shutdown() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
