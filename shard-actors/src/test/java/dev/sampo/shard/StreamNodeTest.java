package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sampo.shard.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A whole node on the stream transport: pipelines over several cores, large values, its start and its end.
@Timeout(60)
final class StreamNodeTest {
    private static final int COMMANDS = 500;

    private static SampoNode start(int shards, int port) {
        return SampoNode.start(ServerConfig.defaults().with(new HashMap<>(Map.of(
            "transport", "stream", "shards", String.valueOf(shards), "port", String.valueOf(port), "bind", "127.0.0.1"))));
    }

    private static Socket connect(SampoNode node) throws IOException {
        Socket client = new Socket("127.0.0.1", node.port());
        client.setSoTimeout(20_000);
        return client;
    }

    private static byte[] request(String... words) {
        var text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void expect(Socket client, String expected) throws IOException {
        byte[] bytes = new byte[expected.length()];
        new DataInputStream(client.getInputStream()).readFully(bytes);
        boolean same = new String(bytes, StandardCharsets.ISO_8859_1).equals(expected);
        assertThat(same).as("reply of %d bytes", bytes.length).isTrue();
    }

    @Test
    void pipelines_onSeveralConnectionsAndCores_areAnsweredInOrder() throws Exception {
        try (SampoNode node = start(2, 0)) {
            assertThat(node.transport()).isEqualTo("stream");
            assertThat(node.transportReason()).isEqualTo("forced by the configuration");
            List<Socket> clients = new ArrayList<>();
            for (int c = 0; c < 8; c++) {
                Socket client = connect(node);
                clients.add(client);
                var pipeline = new ByteArrayOutputStream();
                for (int i = 0; i < COMMANDS; i++) {
                    pipeline.write(request("SET", "key:" + c + ":" + i, "value:" + i));
                    pipeline.write(request("GET", "key:" + c + ":" + i));
                }
                client.getOutputStream().write(pipeline.toByteArray());
            }
            for (Socket client : clients) {
                var expected = new StringBuilder();
                for (int i = 0; i < COMMANDS; i++) {
                    String value = "value:" + i;
                    expected.append("+OK\r\n$").append(value.length()).append("\r\n").append(value).append("\r\n");
                }
                expect(client, expected.toString());
            }
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @Test
    void largeValues_goInAndOut() throws Exception {
        try (SampoNode node = start(1, 0); Socket client = connect(node)) {
            String value = "0123456789abcdef".repeat(512 << 10);
            client.getOutputStream().write(request("SET", "big", value));
            expect(client, "+OK\r\n");
            for (int i = 0; i < 3; i++) {
                client.getOutputStream().write(request("GET", "big"));
            }
            client.shutdownOutput();
            for (int i = 0; i < 3; i++) {
                expect(client, "$" + value.length() + "\r\n" + value + "\r\n");
            }
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void start_onABusyPort_saysSoInOneLine() {
        try (SampoNode node = start(1, 0)) {
            assertThatThrownBy(() -> start(2, node.port())).isInstanceOf(NodeStartException.class)
                .hasMessageContaining("cannot listen on 127.0.0.1:" + node.port()).hasMessageContaining("Address already in use");
        }
        assertNoThreads();
    }

    @Test
    void close_endsConnectionsAndThreads() throws Exception {
        Socket client;
        try (SampoNode node = start(2, 0)) {
            client = connect(node);
            client.getOutputStream().write(request("SET", "a", "b"));
            expect(client, "+OK\r\n");
        }
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        client.close();
        assertNoThreads();
    }

    private static void assertNoThreads() {
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
            .noneMatch(name -> name.startsWith("sampo-")));
    }
}
