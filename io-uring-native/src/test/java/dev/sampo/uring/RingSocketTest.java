package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Accepting, receiving and sending over loopback. The peer is an ordinary blocking Java socket.
@Timeout(60)
final class RingSocketTest {
    private static final int GROUP = 7;
    private static final int BUFFERS = 8;
    private static final int BUFFER_BYTES = 1024;
    private static final long ACCEPT = 1;
    private static final long RECV = 2;
    private static final long SEND = 3;
    private static final long CANCEL = 4;
    private static final long CLOSE = 5;
    private static final long CONNECT = 6;

    private IoUring ring;
    private BufferRing buffers;
    private int listener;
    private int port;
    private final Completions completions = new Completions();
    /// Peers block: each of their tasks needs a thread of its own.
    private final ExecutorService peers = Executors.newCachedThreadPool();

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @BeforeEach
    void listen() {
        ring = IoUring.create(IoUring.Options.defaults());
        buffers = new BufferRing(ring, GROUP, BUFFERS, BUFFER_BYTES);
        listener = Kernel.listenTcp(InetAddress.getLoopbackAddress(), 0, 128, true);
        assertThat(listener).isGreaterThanOrEqualTo(0);
        port = Kernel.localPort(listener);
        assertThat(port).isPositive();
    }

    @AfterEach
    void close() {
        peers.shutdownNow();
        buffers.close();
        ring.close();
        assertThat(Kernel.close(listener)).isZero();
    }

    @Test
    void acceptMultishot_severalPeers_acceptsEachUntilCancelled() throws IOException {
        assertThat(ring.prepAcceptMultishot(listener, ACCEPT)).isTrue();
        ring.submit();
        Socket[] peers = new Socket[5];
        for (int i = 0; i < peers.length; i++) {
            peers[i] = connectPeer();
            Rings.await(ring, completions, i + 1);
            Completions.Completion accepted = completions.get(i);
            assertThat(accepted.userData()).isEqualTo(ACCEPT);
            assertThat(accepted.result()).isPositive();
            assertThat(accepted.more()).isTrue();
            assertThat(Kernel.fcntlGetFlags(accepted.result()) & Kernel.O_NONBLOCK).isNotZero();
            assertThat(Kernel.peerAddress(accepted.result()).orElseThrow().getPort()).isEqualTo(peers[i].getLocalPort());
        }
        ring.prepCancel(ACCEPT, CANCEL);
        Rings.await(ring, completions, peers.length + 2);
        assertThat(completions.resultsOf(CANCEL)).containsExactly(0);
        assertThat(completions.resultsOf(ACCEPT)).endsWith(-Errno.ECANCELED);
        for (int i = 0; i < peers.length; i++) {
            assertThat(Kernel.close(completions.get(i).result())).isZero();
            peers[i].close();
        }
    }

    @Test
    void recvMultishot_echoedBySend_returnsEveryByteInOrder() throws Exception {
        int connection = accept();
        byte[] sent = randomBytes(1_000_000);
        CompletableFuture<byte[]> echoed = CompletableFuture.supplyAsync(() -> readFully(sent.length), peers);
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(sent), peers);
        Echo echo = new Echo(connection, sent.length);
        ring.prepRecvMultishot(connection, GROUP, RECV);
        echo.run();
        writing.get(20, TimeUnit.SECONDS);
        assertThat(echoed.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
        assertThat(echo.received).isEqualTo(sent.length);
        assertThat(buffers.available()).isEqualTo(BUFFERS);
        closeConnection(connection);
    }

    @Test
    void recvMultishot_peerCloses_endsWithZeroAndKeepsNoBuffer() throws IOException {
        int connection = accept();
        ring.prepRecvMultishot(connection, GROUP, RECV);
        peer.getOutputStream().write("bye".getBytes(StandardCharsets.US_ASCII));
        Rings.await(ring, completions, 1);
        peer.close();
        Rings.await(ring, completions, 2);
        assertThat(completions.resultsOf(RECV)).containsExactly(3, 0);
        assertThat(completions.get(0).more()).isTrue();
        assertThat(completions.get(1).more()).isFalse();
        int id = BufferRing.bufferId(completions.get(0).flags());
        assertThat(text(id, 3)).isEqualTo("bye");
        assertThat(buffers.available()).isEqualTo(BUFFERS - 1);
        buffers.recycle(id);
        buffers.publish();
        assertThat(buffers.available()).isEqualTo(BUFFERS);
        assertThat(Kernel.close(connection)).isZero();
    }

    @Test
    void recvMultishot_buffersExhausted_endsWithEnobufsAndRearmsAfterRecycle() throws IOException {
        int connection = accept();
        ring.prepRecvMultishot(connection, GROUP, RECV);
        ring.submit();
        byte[] sent = randomBytes((BUFFERS + 3) * BUFFER_BYTES);
        peer.getOutputStream().write(sent);
        byte[] received = new byte[sent.length];
        int length = 0;
        int seen = 0;
        int exhausted = 0;
        while (length < sent.length) {
            Rings.await(ring, completions, seen + 1);
            // Nothing is recycled before the receive has ended: it must run dry.
            while (completions.get(completions.count() - 1).more()) {
                Rings.await(ring, completions, completions.count() + 1);
            }
            for (; seen < completions.count(); seen++) {
                Completions.Completion c = completions.get(seen);
                if (c.result() == -Errno.ENOBUFS) {
                    assertThat(c.flags() & IoUring.CQE_BUFFER).isZero();
                    exhausted++;
                } else if (c.result() > 0) {
                    int id = BufferRing.bufferId(c.flags());
                    copy(buffers.address(id), received, length, c.result());
                    length += c.result();
                    buffers.recycle(id);
                }
            }
            if (length < sent.length) {
                assertThat(buffers.available()).isZero();
                buffers.publish();
                ring.prepRecvMultishot(connection, GROUP, RECV);
                if (sent.length - length < BUFFERS * BUFFER_BYTES) {
                    peer.shutdownOutput();
                }
            }
        }
        buffers.publish();
        assertThat(exhausted).isPositive();
        assertThat(received).isEqualTo(sent);
        assertThat(buffers.available()).isEqualTo(BUFFERS);
        closeConnection(connection);
    }

    @Test
    void send_hugeToSlowReader_completesOnceWithEveryByte() throws Exception {
        int connection = accept();
        int bytes = 16 << 20;
        long memory = Kernel.mmap(bytes);
        byte[] sent = randomBytes(bytes);
        for (int i = 0; i < bytes; i++) {
            RawMemory.putByte(memory + i, sent[i]);
        }
        ring.prepSend(connection, memory, bytes, IoUring.SEND_ALL, SEND);
        ring.submit();
        assertThat(ring.reap(completions, 1)).as("the socket's buffers hold less").isZero();
        CompletableFuture<byte[]> slow = CompletableFuture.supplyAsync(() -> readSlowly(bytes), peers);
        Rings.await(ring, completions, 1);
        assertThat(completions.resultsOf(SEND)).containsExactly(bytes);
        assertThat(Arrays.equals(slow.get(20, TimeUnit.SECONDS), sent)).isTrue();
        Kernel.munmap(memory, bytes);
        closeConnection(connection);
    }

    @Test
    void send_peerGone_failsWithoutSignal() throws IOException {
        int connection = accept();
        peer.setSoLinger(true, 0);
        peer.close();
        long memory = Kernel.mmap(4096);
        int failures = 0;
        for (int i = 1; i <= 3; i++) {
            ring.prepSend(connection, memory, 4096, IoUring.SEND_ALL, SEND);
            Rings.await(ring, completions, i);
            int result = completions.get(i - 1).result();
            if (result < 0) {
                assertThat(result).isIn(-Errno.EPIPE, -Errno.ECONNRESET);
                failures++;
            }
        }
        assertThat(failures).isPositive();
        Kernel.munmap(memory, 4096);
        assertThat(Kernel.close(connection)).isZero();
    }

    @Test
    void recv_cancelledByUserData_completesCancelled() throws IOException {
        int connection = accept();
        ring.prepRecvMultishot(connection, GROUP, RECV);
        ring.submit();
        ring.prepCancel(RECV, CANCEL);
        Rings.await(ring, completions, 2);
        assertThat(completions.resultsOf(RECV)).containsExactly(-Errno.ECANCELED);
        assertThat(completions.resultsOf(CANCEL)).containsExactly(0);
        ring.prepCancel(RECV, CANCEL);
        Rings.await(ring, completions, 3);
        assertThat(completions.resultsOf(CANCEL)).containsExactly(0, -Errno.ENOENT);
        closeConnection(connection);
    }

    @Test
    void requests_cancelledByDescriptor_allCompleteCancelled() throws IOException {
        int connection = accept();
        long memory = Kernel.mmap(4096);
        ring.prepRecvMultishot(connection, GROUP, RECV);
        ring.prepRecv(connection, memory, 16, 0, RECV + 100);
        ring.submit();
        ring.prepCancelFd(connection, CANCEL);
        Rings.await(ring, completions, 3);
        assertThat(completions.resultsOf(CANCEL)).containsExactly(2);
        assertThat(completions.resultsOf(RECV)).containsExactly(-Errno.ECANCELED);
        assertThat(completions.resultsOf(RECV + 100)).containsExactly(-Errno.ECANCELED);
        Kernel.munmap(memory, 4096);
        closeConnection(connection);
    }

    @Test
    void lateCompletion_ofAnEarlierTenant_isToldByItsGenerationAndGivesItsBufferBack() throws IOException {
        int slot = 3;
        int first = accept();
        Socket firstPeer = peer;
        ring.prepRecvMultishot(first, GROUP, UserData.pack((int) RECV, 1, slot));
        ring.submit();
        firstPeer.getOutputStream().write(new byte[10]);
        // The completion is in the queue, not yet reaped, when the connection is closed and its slot let again.
        ring.submitAndWait(1, -1);
        ring.prepCancel(UserData.pack((int) RECV, 1, slot), CANCEL);
        ring.prepClose(first, CLOSE);
        ring.submit();
        int generation = UserData.nextGeneration(1);
        int[] bytesOf = new int[2];
        CompletionHandler handler = (userData, result, flags) -> {
            if (UserData.op(userData) == RECV && UserData.index(userData) == slot) {
                boolean present = UserData.generation(userData) == generation;
                bytesOf[present ? 1 : 0] += Math.max(0, result);
                if ((flags & IoUring.CQE_BUFFER) != 0) {
                    buffers.recycle(BufferRing.bufferId(flags));
                    buffers.publish();
                }
            }
        };
        long deadline = System.nanoTime() + Rings.PATIENCE_NANOS;
        ring.prepAcceptMultishot(listener, ACCEPT);
        ring.submit();
        peer = connectPeer();
        int[] second = {-1};
        CompletionHandler accepting = (userData, result, flags) -> {
            if (userData == ACCEPT) {
                second[0] = result;
                ring.prepRecvMultishot(result, GROUP, UserData.pack((int) RECV, generation, slot));
            }
            handler.complete(userData, result, flags);
        };
        peer.getOutputStream().write(new byte[7]);
        while (bytesOf[1] < 7 && System.nanoTime() < deadline) {
            ring.submitAndWait(1, Rings.SECOND);
            ring.reap(accepting, 64);
        }
        assertThat(bytesOf).containsExactly(10, 7);
        assertThat(buffers.available()).isEqualTo(BUFFERS);
        closeConnection(second[0]);
        firstPeer.close();
    }

    @Test
    void shutdownThenClose_onRing_endsReceiveAndPeer() throws IOException {
        int connection = accept();
        ring.prepRecvMultishot(connection, GROUP, RECV);
        ring.prepShutdown(connection, Kernel.SHUT_RDWR, CANCEL);
        Rings.await(ring, completions, 2);
        assertThat(completions.resultsOf(RECV)).containsExactly(0);
        ring.prepClose(connection, CLOSE);
        Rings.await(ring, completions, 3);
        assertThat(completions.resultsOf(CLOSE)).containsExactly(0);
        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(Kernel.close(connection)).isEqualTo(-Errno.EBADF);
        peer.close();
    }

    @Test
    void connect_onRing_reachesListenerAndReportsRefusal() {
        long sockaddr = Kernel.mmap(4096);
        ring.prepAcceptMultishot(listener, ACCEPT);
        int client = Kernel.socket(Kernel.AF_INET, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
        int length = Kernel.writeSockaddr(sockaddr, InetAddress.getLoopbackAddress(), port);
        ring.prepConnect(client, sockaddr, length, CONNECT);
        Rings.await(ring, completions, 2);
        assertThat(completions.resultsOf(CONNECT)).containsExactly(0);
        int connection = completions.resultsOf(ACCEPT).getFirst();
        assertThat(Kernel.localAddress(client)).isEqualTo(Kernel.peerAddress(connection));
        // A port that was just free again refuses.
        int closed = Kernel.listenTcp(InetAddress.getLoopbackAddress(), 0, 1, false);
        int closedPort = Kernel.localPort(closed);
        Kernel.close(closed);
        int refused = Kernel.socket(Kernel.AF_INET, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
        length = Kernel.writeSockaddr(sockaddr, InetAddress.getLoopbackAddress(), closedPort);
        ring.prepConnect(refused, sockaddr, length, CONNECT);
        Rings.await(ring, completions, 3);
        assertThat(completions.resultsOf(CONNECT)).containsExactly(0, -Errno.ECONNREFUSED);
        assertThat(Kernel.close(client) + Kernel.close(refused) + Kernel.close(connection)).isZero();
        Kernel.munmap(sockaddr, 4096);
    }

    @Test
    void sendmsg_twoPieces_arriveTogether() throws IOException {
        int connection = accept();
        long memory = Kernel.mmap(4096);
        long iovecs = memory + 1024;
        long msghdr = memory + 2048;
        put(memory, "head ");
        put(memory + 512, "body");
        RawMemory.putLong(iovecs, memory);
        RawMemory.putLong(iovecs + 8, 5);
        RawMemory.putLong(iovecs + 16, memory + 512);
        RawMemory.putLong(iovecs + 24, 4);
        RawMemory.putLong(msghdr + 16, iovecs);
        RawMemory.putLong(msghdr + 24, 2);
        ring.prepSendmsg(connection, msghdr, IoUring.SEND_ALL, SEND);
        Rings.await(ring, completions, 1);
        assertThat(completions.resultsOf(SEND)).containsExactly(9);
        assertThat(new String(peer.getInputStream().readNBytes(9), StandardCharsets.US_ASCII)).isEqualTo("head body");
        Kernel.munmap(memory, 4096);
        closeConnection(connection);
    }

    @Test
    void unixSocket_acceptAndReceive_works(@TempDir Path directory) {
        String path = directory.resolve("s").toString();
        int unixListener = Kernel.listenUnix(path, 8);
        assertThat(unixListener).isPositive();
        ring.prepAcceptMultishot(unixListener, ACCEPT);
        ring.submit();
        int client = Kernel.socket(Kernel.AF_UNIX, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
        assertThat(Kernel.connectUnix(client, path)).isZero();
        Rings.await(ring, completions, 1);
        int connection = completions.get(0).result();
        ring.prepRecvMultishot(connection, GROUP, RECV);
        ring.submit();
        long memory = Kernel.mmap(4096);
        put(memory, "hello");
        assertThat(Kernel.write(client, memory, 5)).isEqualTo(5);
        Rings.await(ring, completions, 2);
        assertThat(text(BufferRing.bufferId(completions.get(1).flags()), completions.get(1).result())).isEqualTo("hello");
        Kernel.munmap(memory, 4096);
        assertThat(Kernel.close(client) + Kernel.close(connection) + Kernel.close(unixListener)).isZero();
    }

    // ------------------------------------------------------------------------------------------------- details

    private Socket peer;

    /// Connects [#peer] and returns the ring's end of it.
    private int accept() throws IOException {
        Completions accepted = new Completions();
        ring.prepAcceptMultishot(listener, ACCEPT);
        ring.submit();
        peer = connectPeer();
        Rings.await(ring, accepted, 1);
        ring.prepCancel(ACCEPT, CANCEL);
        Rings.await(ring, accepted, 3);
        return accepted.resultsOf(ACCEPT).getFirst();
    }

    private Socket connectPeer() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private void closeConnection(int connection) throws IOException {
        assertThat(Kernel.close(connection)).isZero();
        peer.close();
    }

    /// Sends every received buffer back from where it lies, one send at a time, and recycles it afterwards.
    private final class Echo implements CompletionHandler {
        private final int connection;
        private final int expected;
        private final int[] ids = new int[BUFFERS];
        private final int[] lengths = new int[BUFFERS];
        private int queued;
        private int sent;
        private int received;
        private int returned;
        private boolean receiving = true;

        Echo(int connection, int expected) {
            this.connection = connection;
            this.expected = expected;
        }

        void run() {
            long deadline = System.nanoTime() + Rings.PATIENCE_NANOS;
            while (returned < expected && System.nanoTime() < deadline) {
                ring.submitAndWait(1, Rings.SECOND);
                ring.reap(this, 64);
            }
            assertThat(returned).isEqualTo(expected);
        }

        @Override
        public void complete(long userData, int result, int flags) {
            if (userData == RECV) {
                received(result, flags);
            } else {
                sent(result);
            }
        }

        private void received(int result, int flags) {
            receiving = (flags & IoUring.CQE_MORE) != 0;
            if (result > 0) {
                received += result;
                int slot = queued++ % BUFFERS;
                ids[slot] = BufferRing.bufferId(flags);
                lengths[slot] = result;
                if (queued - sent == 1) {
                    send();
                }
            } else {
                assertThat(result).isEqualTo(-Errno.ENOBUFS);
            }
            rearm();
        }

        private void sent(int result) {
            int slot = sent++ % BUFFERS;
            assertThat(result).isEqualTo(lengths[slot]);
            returned += result;
            buffers.recycle(ids[slot]);
            buffers.publish();
            if (queued != sent) {
                send();
            }
            rearm();
        }

        private void rearm() {
            if (!receiving && queued == sent) {
                receiving = ring.prepRecvMultishot(connection, GROUP, RECV);
            }
        }

        private void send() {
            int slot = sent % BUFFERS;
            ring.prepSend(connection, buffers.address(ids[slot]), lengths[slot], IoUring.SEND_ALL, SEND);
        }
    }

    private void write(byte[] bytes) {
        try {
            OutputStream out = peer.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] readFully(int bytes) {
        try {
            return peer.getInputStream().readNBytes(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Reads in small pieces with pauses for the first few, so that the sender meets a full socket again and again.
    private byte[] readSlowly(int bytes) {
        try {
            InputStream in = peer.getInputStream();
            byte[] target = new byte[bytes];
            int length = 0;
            int pieces = 0;
            while (length < bytes) {
                if (pieces++ < 20) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
                int n = in.read(target, length, Math.min(65_536, bytes - length));
                if (n < 0) {
                    break;
                }
                length += n;
            }
            return target;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String text(int bufferId, int length) {
        byte[] bytes = new byte[length];
        copy(buffers.address(bufferId), bytes, 0, length);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void put(long address, String text) {
        for (int i = 0; i < text.length(); i++) {
            RawMemory.putByte(address + i, (byte) text.charAt(i));
        }
    }

    private static void copy(long source, byte[] target, int offset, int length) {
        for (int i = 0; i < length; i++) {
            target[offset + i] = RawMemory.getByte(source + i);
        }
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
