package dev.sampo.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.sampo.net.StreamTestLoop.Peer;
import dev.sampo.resp.OffHeap;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The stream transport over loopback, with a loop that echoes: order, back-pressure both ways, every way a connection ends,
/// and that nothing is left.
@Timeout(60)
final class StreamTransportTest {
    private static final int MIB = 1 << 20;
    private static final int PATTERN_STEP = 31;

    private ActorSystem system;
    private StreamListener listener;
    private final List<StreamTestLoop> loops = new ArrayList<>();
    private final List<Socket> clients = new ArrayList<>();
    private long allocations;

    @BeforeEach
    void start() {
        allocations = OffHeap.liveAllocations();
        Config config = ConfigFactory.parseResources("sampo-actors.conf").withFallback(ConfigFactory.defaultReference());
        system = ActorSystem.create("test", config);
        listener = new StreamListener(CompletableFuture.completedFuture(system));
    }

    /// Whatever a test did, memory is given back and the actor system's threads end.
    @AfterEach
    void stop() throws Exception {
        for (StreamTestLoop loop : loops) {
            loop.close();
            assertThat(loop.pool.borrowed()).isZero();
            assertThat(loop.peers).allMatch(peer -> peer.closes.get() <= 1);
        }
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(10, TimeUnit.SECONDS);
        for (Socket client : clients) {
            client.close();
        }
        assertThat(OffHeap.liveAllocations()).isEqualTo(allocations);
    }

    private StreamTestLoop loop() {
        StreamTestLoop loop = new StreamTestLoop(() -> new StreamTransport(listener));
        loops.add(loop);
        return loop;
    }

    private Socket connect(int port) throws IOException {
        return connect("127.0.0.1", port);
    }

    private Socket connect(String host, int port) throws IOException {
        Socket client = new Socket();
        client.setReceiveBufferSize(64 << 10);
        client.connect(new InetSocketAddress(host, port), 5000);
        client.setSoTimeout(20_000);
        client.setTcpNoDelay(true);
        clients.add(client);
        return client;
    }

    private static Peer peer(StreamTestLoop loop, Socket client) {
        await().until(() -> loop.byPort.containsKey(client.getLocalPort()));
        return loop.byPort.get(client.getLocalPort());
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * PATTERN_STEP + (i >>> 8) + (i >>> 16));
        }
        return bytes;
    }

    private static byte[] read(Socket client, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(client.getInputStream()).readFully(bytes);
        return bytes;
    }

    /// The number of bytes until the end of the stream.
    private static long readToEnd(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        byte[] bytes = new byte[64 << 10];
        long total = 0;
        for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
            total += n;
        }
        return total;
    }

    // ---- bytes ----

    @Test
    void echo_ofBytesSplitAnywhere_comesBackInOrder() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        byte[] bytes = pattern(300_000);
        var random = new Random(7);
        CompletableFuture<byte[]> echo = CompletableFuture.supplyAsync(() -> {
            try {
                return read(client, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        int pieces = 0;
        for (int at = 0; at < bytes.length;) {
            int longest = random.nextInt(8) == 0 ? 20_000 : 40;
            int length = Math.min(bytes.length - at, 1 + random.nextInt(longest));
            client.getOutputStream().write(bytes, at, length);
            at += length;
            pieces++;
        }
        assertThat(pieces).isGreaterThan(50);
        assertThat(echo.get(20, TimeUnit.SECONDS)).isEqualTo(bytes);
        Peer peer = peer(loop, client);
        assertThat(peer.remoteAddress).isEqualTo("127.0.0.1:" + client.getLocalPort());
        assertThat(peer.localAddress).isEqualTo("127.0.0.1:" + client.getPort());
        assertThat(loop.transport.name()).isEqualTo("stream");
        assertThat(loop.transport.counters().receivedBytes).isEqualTo(bytes.length);
        await().until(() -> loop.transport.counters().sentBytes == bytes.length);
    }

    /// While the client does not read, the send stands still and other clients are served.
    @Test
    void reply_of64MiBToASlowReader_waitsForItAndArrivesWhole() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1");
        Socket slow = connect(port);
        Socket other = connect(port);
        Peer peer = peer(loop, slow);
        byte[] bytes = pattern(64 * MIB);
        loop.run(() -> loop.write(peer, bytes));
        await().pollInterval(Duration.ofMillis(100)).until(() -> standsStill(loop));
        assertThat(loop.transport.counters().sentBytes).isBetween(1L, 32L * MIB);
        other.getOutputStream().write("still there?".getBytes());
        assertThat(read(other, 12)).asString().isEqualTo("still there?");
        assertThat(peer.sent).hasValue(0);
        for (int at = 0; at < bytes.length; at += MIB) {
            assertThat(Arrays.equals(read(slow, MIB), Arrays.copyOfRange(bytes, at, at + MIB))).as("MiB at %d", at).isTrue();
        }
        await().until(() -> peer.sent.get() == 1);
        assertThat(loop.call(peer::hasOutput)).isFalse();
    }

    private long lastSent = -1;

    private boolean standsStill(StreamTestLoop loop) {
        long now = loop.transport.counters().sentBytes;
        boolean still = now > 0 && now == lastSent;
        lastSent = now;
        return still;
    }

    @Test
    void pauseReading_stallsTheClientUntilResumed() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1");
        byte[] chunk = pattern(64 << 10);
        try (SocketChannel client = SocketChannel.open()) {
            client.setOption(StandardSocketOptions.SO_SNDBUF, 128 << 10);
            client.connect(new InetSocketAddress("127.0.0.1", port));
            int localPort = ((InetSocketAddress) client.getLocalAddress()).getPort();
            await().until(() -> loop.byPort.containsKey(localPort));
            Peer peer = loop.byPort.get(localPort);
            loop.run(() -> {
                loop.transport.pauseReading(peer);
                loop.transport.pauseReading(peer);
            });
            client.configureBlocking(false);
            var written = new AtomicLong();
            await().during(Duration.ofMillis(200)).until(() -> {
                int n = client.write(ByteBuffer.wrap(chunk));
                assertThat(written.addAndGet(n)).isLessThan(64L * MIB);
                return n == 0;
            });
            assertThat(peer.receivedBytes.get()).isLessThanOrEqualTo(512 << 10).isLessThan(written.get());
            long expected = written.get();
            loop.run(() -> loop.transport.resumeReading(peer));
            ByteBuffer sink = ByteBuffer.allocate(64 << 10);
            long echoed = 0;
            while (echoed < expected) {
                sink.clear();
                int n = client.read(sink);
                assertThat(n).isNotNegative();
                echoed += n;
            }
            assertThat(peer.receivedBytes).hasValue(expected);
        }
    }

    @Test
    void pauseAndResume_manyTimesUnderLoad_losesNothing() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        byte[] bytes = pattern(8 * MIB);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try {
                client.getOutputStream().write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
            try {
                return read(client, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        int toggles = 0;
        while (!reader.isDone()) {
            loop.run(() -> loop.transport.pauseReading(peer));
            loop.run(() -> loop.transport.resumeReading(peer));
            toggles++;
        }
        assertThat(reader.get()).isEqualTo(bytes);
        writer.get();
        assertThat(toggles).isGreaterThan(10);
    }

    // ---- ends ----

    @Test
    void halfClose_byTheClient_isReportedAndRepliesStillGoOut() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        loop.closesEnded = false;
        byte[] bytes = pattern(3 * MIB);
        loop.run(() -> loop.write(peer, bytes));
        client.shutdownOutput();
        await().until(() -> peer.ends.get() == 1);
        loop.run(() -> loop.write(peer, "and more".getBytes()));
        assertThat(read(client, bytes.length)).isEqualTo(bytes);
        assertThat(read(client, 8)).asString().isEqualTo("and more");
        assertThat(peer.closes).hasValue(0);
        loop.run(() -> loop.transport.close(peer, false));
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        await().until(() -> peer.closes.get() == 1);
    }

    @Test
    void reset_byTheClient_closesOnce() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        client.setSoLinger(true, 0);
        client.close();
        await().until(() -> peer.closes.get() == 1);
        assertThat(loop.open).hasValue(0);
    }

    @Test
    void reset_duringALongSend_closesOnce() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        loop.run(() -> loop.write(peer, pattern(32 * MIB)));
        read(client, MIB);
        client.setSoLinger(true, 0);
        client.close();
        await().until(() -> peer.closes.get() == 1);
    }

    @Test
    void close_whenNothingIsUnderWay_isAnOrderlyEnd() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1");
        for (boolean discard : new boolean[] {false, true}) {
            Socket client = connect(port);
            client.getOutputStream().write("abc".getBytes());
            assertThat(read(client, 3)).asString().isEqualTo("abc");
            Peer peer = peer(loop, client);
            loop.run(() -> loop.transport.close(peer, discard));
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            await().until(() -> peer.closes.get() == 1);
            loop.run(() -> loop.transport.close(peer, discard));
            assertThat(peer.closes).hasValue(1);
        }
    }

    @Test
    void close_duringSend_deliversEverythingFirst() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        byte[] bytes = pattern(16 * MIB);
        loop.run(() -> {
            peer.output().append(bytes, 0, bytes.length / 2);
            loop.transport.send(peer);
            peer.output().append(bytes, bytes.length / 2, bytes.length / 2);
            loop.transport.close(peer, false);
        });
        assertThat(read(client, bytes.length)).isEqualTo(bytes);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        await().until(() -> peer.closes.get() == 1);
    }

    /// The client does not read: only a part of the output can be in the kernel's buffers, and that part is what it gets.
    @Test
    void close_discardingAStuckSend_endsAtOnce() throws Exception {
        StreamTestLoop loop = loop();
        Socket client = connect(loop.open(0, "127.0.0.1"));
        Peer peer = peer(loop, client);
        loop.run(() -> loop.write(peer, pattern(64 * MIB)));
        await().pollInterval(Duration.ofMillis(100)).until(() -> standsStill(loop));
        loop.run(() -> loop.transport.close(peer, false));
        assertThat(peer.closes).hasValue(0);
        loop.run(() -> loop.transport.close(peer, true));
        await().until(() -> peer.closes.get() == 1);
        assertThat(readToEnd(client)).isBetween(1L, 63L * MIB);
    }

    @Test
    void refused_client_readsWhyAndIsClosed() throws Exception {
        StreamTestLoop loop = loop();
        loop.peersMax = 1;
        int port = loop.open(0, "127.0.0.1");
        Socket first = connect(port);
        peer(loop, first);
        for (int i = 0; i < 5; i++) {
            Socket second = connect(port);
            assertThat(second.getInputStream().readAllBytes()).isEqualTo(Connection.REFUSED);
        }
        first.getOutputStream().write("x".getBytes());
        assertThat(read(first, 1)).asString().isEqualTo("x");
        assertThat(loop.peers).hasSize(1);
        assertThat(loop.transport.counters().accepted).isEqualTo(1);
    }

    // ---- many ----

    @Test
    void connections_1000_areServedAndClosed() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1");
        List<Socket> many = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            many.add(connect(port));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < many.size(); i++) {
                many.get(i).getOutputStream().write(("client " + i + '\n').getBytes());
            }
            for (int i = 0; i < many.size(); i++) {
                String text = "client " + i + '\n';
                assertThat(read(many.get(i), text.length())).asString().isEqualTo(text);
            }
        }
        assertThat(loop.open).hasValue(1000);
        Set<Integer> handles = new HashSet<>();
        loop.run(() -> loop.peers.forEach(peer -> handles.add(peer.handle)));
        assertThat(handles).hasSize(1000);
        for (Socket client : many) {
            client.close();
        }
        await().until(() -> loop.open.get() == 0);
        assertThat(loop.peers).hasSize(1000).allMatch(peer -> peer.closes.get() == 1);
    }

    // ---- listening ----

    @Test
    void listener_givesConnectionsToTheCoresInTurn() throws Exception {
        StreamTestLoop first = loop();
        StreamTestLoop second = loop();
        int port = first.open(0, "127.0.0.1");
        assertThat(second.open(port, "127.0.0.1")).isEqualTo(port);
        for (int i = 0; i < 10; i++) {
            Socket client = connect(port);
            client.getOutputStream().write(i);
            assertThat(client.getInputStream().read()).isEqualTo(i);
        }
        assertThat(first.open).hasValue(5);
        assertThat(second.open).hasValue(5);
    }

    @Test
    void open_onSeveralAddresses_choosesOnePort() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1", "127.0.0.2");
        assertThat(port).isPositive();
        for (String host : new String[] {"127.0.0.1", "127.0.0.2"}) {
            Socket client = connect(host, port);
            client.getOutputStream().write('!');
            assertThat(client.getInputStream().read()).isEqualTo('!');
        }
    }

    @Test
    void open_onBothWildcards_bindsOnce() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "0.0.0.0", "::");
        Socket client = connect(port);
        client.getOutputStream().write('!');
        assertThat(client.getInputStream().read()).isEqualTo('!');
    }

    @Test
    void open_onABusyPort_saysSoInOneLine() throws Exception {
        StreamTestLoop loop = loop();
        try (var taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress("127.0.0.1", 0));
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> loop.open(port, "127.0.0.1")).isInstanceOf(CompletionException.class).cause()
                .isInstanceOf(UncheckedIOException.class)
                .cause().hasMessage("cannot listen on 127.0.0.1:" + port + ": Address already in use");
            assertThatThrownBy(() -> loop.open(port, "127.0.0.2", "127.0.0.1")).hasRootCauseMessage("Address already in use");
            await().untilAsserted(() ->
                assertThatThrownBy(() -> connect("127.0.0.2", port)).isInstanceOf(ConnectException.class));
        }
        assertThat(loop.open(0, "127.0.0.1")).isPositive();
    }

    @Test
    void stopAccepting_refusesNewClientsAndKeepsOldOnes() throws Exception {
        StreamTestLoop first = loop();
        StreamTestLoop second = loop();
        int port = first.open(0, "127.0.0.1");
        second.open(port, "127.0.0.1");
        Socket client = connect(port);
        peer(first, client);
        first.run(first.transport::stopAccepting);
        for (int i = 0; i < 4; i++) {
            Socket late = connect(port);
            late.getOutputStream().write(i);
            assertThat(late.getInputStream().read()).isEqualTo(i);
        }
        assertThat(first.open).hasValue(1);
        assertThat(second.open).hasValue(4);
        second.run(second.transport::stopAccepting);
        await().untilAsserted(() -> assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class));
        client.getOutputStream().write('?');
        assertThat(client.getInputStream().read()).isEqualTo('?');
    }

    @Test
    void close_cutsOpenConnectionsAndLeavesNoThread() throws Exception {
        StreamTestLoop loop = loop();
        int port = loop.open(0, "127.0.0.1");
        List<Socket> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Socket client = connect(port);
            client.getOutputStream().write(i);
            assertThat(client.getInputStream().read()).isEqualTo(i);
            many.add(client);
        }
        loop.close();
        for (Socket client : many) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        await().untilAsserted(() -> assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class));
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(10, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
            .extracting(Thread::getName)
            .noneMatch(name -> name.startsWith("test-") || name.startsWith("sampo-")));
    }

    // ---- waiting ----

    /// Ping-pong with a core that parks each time: a lost wake would cost the loop's whole park time, for which the call does
    /// not wait.
    @Test
    void wake_isNeverLost() {
        StreamTestLoop loop = loop();
        loop.open(0, "127.0.0.1");
        for (int i = 0; i < 20_000; i++) {
            loop.run(() -> { });
        }
        loop.run(() -> assertThat(loop.transport.counters().parks).isPositive());
        assertThat(loop.call(() -> loop.transport.counters().wakes)).isPositive();
    }

    @Test
    void turnMemory_keepsEveryCopyUntilTheTurnEnds() {
        var memory = new StreamMemory(1000);
        var random = new Random(3);
        int checked = 0;
        for (int turn = 0; turn < 50; turn++) {
            List<byte[]> copied = new ArrayList<>();
            List<Long> addresses = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] bytes = new byte[random.nextInt(300) + (i == 10 ? 2000 : 0)];
                random.nextBytes(bytes);
                copied.add(bytes);
                addresses.add(memory.copy(bytes));
            }
            for (int i = 0; i < copied.size(); i++) {
                assertThat(OffHeap.bytes(addresses.get(i), copied.get(i).length)).isEqualTo(copied.get(i));
                checked++;
            }
            memory.endTurn();
            assertThat(memory.turnBytes()).isZero();
        }
        memory.release();
        assertThat(checked).isEqualTo(1000);
    }
}
