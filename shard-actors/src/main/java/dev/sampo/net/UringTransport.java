package dev.sampo.net;

import dev.sampo.uring.BufferRing;
import dev.sampo.uring.CompletionHandler;
import dev.sampo.uring.Errno;
import dev.sampo.uring.IoUring;
import dev.sampo.uring.Kernel;
import dev.sampo.uring.UserData;
import dev.sampo.uring.Wakeup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One core's sockets on its own io_uring: multishot accept, multishot receive into provided buffers, one send in flight per connection.
///
/// A socket is closed only when no request of the ring refers to it any more; until then its slot and its memory stay. Completions carry the slot and its
/// generation, so that one that comes late meets nobody.
public final class UringTransport implements IoLoop, CompletionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(UringTransport.class);

    private static final int ACCEPT = 1;
    private static final int RECEIVE = 2;
    private static final int SEND = 3;
    private static final int WAKE = 4;
    private static final int FORGET = 5;

    private static final int BUFFER_GROUP = 1;
    private static final int REAP_MAX = 4096;
    private static final int EMPTY_RECEIVES_MAX = 16;
    /// How long a wait for sends and one more event may last before the sends alone are looked at.
    private static final long SENDS_WAIT_NANOS = 500_000;

    /// One connection's place in the ring.
    private static final class Socket {
        Connection connection;
        int fd;
        int generation;
        boolean receiving;
        boolean sending;
        boolean paused;
        boolean closing;
        int emptyReceives;
    }

    private final IoUring ring;
    private final BufferRing buffers;
    private final Wakeup wakeup;
    private final TransportCounters counters = new TransportCounters();
    private final List<Integer> listeners = new ArrayList<>();
    private final ArrayDeque<Socket> starved = new ArrayDeque<>();
    private Socket[] sockets = new Socket[64];
    private int[] lent = new int[64];
    private int lentCount;
    private Endpoint endpoint;
    private TransportEvents events;
    private int sendsPrepared;
    private int sendsInFlight;
    private boolean accepting;
    private boolean acceptStalled;

    /// Creates the ring; on the thread that will poll it.
    public UringTransport(int receiveBuffers, int receiveBufferBytes) {
        this.ring = IoUring.create(IoUring.Options.defaults());
        this.buffers = new BufferRing(ring, BUFFER_GROUP, receiveBuffers, receiveBufferBytes);
        this.wakeup = new Wakeup(ring, UserData.pack(WAKE, 0, 0));
    }

    @Override
    public String name() {
        return "uring";
    }

    @Override
    public TransportCounters counters() {
        return counters;
    }

    /// The ring's set-up flags, for the log.
    public String describe() {
        return ring.setupFlags();
    }

    @Override
    public int open(TransportEvents newEvents, Endpoint newEndpoint) {
        events = newEvents;
        endpoint = newEndpoint;
        int port = endpoint.port();
        for (InetAddress address : endpoint.addresses()) {
            int fd = Kernel.listenTcp(address, port, endpoint.backlog(), endpoint.shared());
            if (fd < 0) {
                throw new UncheckedIOException(new IOException("cannot listen on " + address.getHostAddress() + ":" + port + ": " + Errno.describe(fd)));
            }
            listeners.add(fd);
            if (port == 0) {
                port = Kernel.localPort(fd);
            }
        }
        accepting = true;
        armAccepts();
        return port;
    }

    // ---- duty cycle ----

    @Override
    public int poll() {
        return ring.reap(this, REAP_MAX);
    }

    @Override
    public void endTurn() {
        if (lentCount > 0) {
            for (int i = 0; i < lentCount; i++) {
                buffers.recycle(lent[i]);
            }
            lentCount = 0;
            buffers.publish();
        }
        for (int left = starved.size(); left > 0; left--) {
            receive(starved.pollFirst());
        }
        if (acceptStalled && accepting) {
            acceptStalled = false;
            armAccepts();
        }
    }

    @Override
    public void park(BooleanSupplier mayPark, long nanos) {
        if (nanos > 0 && wakeup.parking() && mayPark.getAsBoolean()) {
            counters.parks++;
            waitForEvent(nanos);
        } else {
            ring.submit();
        }
        sendsPrepared = 0;
        wakeup.unparked();
        counters.enters = ring.enters();
    }

    /// Sends complete while they are submitted, and their completions alone are no reason to come back: the wait is for them and one more.
    /// It is short, because a send to a client that does not read may not complete; while there is such a one nothing but the next event counts.
    private void waitForEvent(long nanos) {
        if (sendsPrepared > 0 && sendsPrepared == sendsInFlight) {
            ring.submitAndWait(sendsPrepared + 1, Math.min(nanos, SENDS_WAIT_NANOS));
        } else {
            ring.submitAndWait(1, nanos);
        }
    }

    @Override
    public void wake() {
        wakeup.wake();
    }

    @Override
    public void complete(long userData, int result, int flags) {
        switch (UserData.op(userData)) {
            case RECEIVE -> received(socket(userData), result, flags);
            case SEND -> sent(socket(userData), result);
            case WAKE -> {
                counters.wakes++;
                wakeup.onCompletion();
            }
            case ACCEPT -> accepted(UserData.index(userData), result, flags);
            default -> {
                // Closes and cancels: their outcome changes nothing.
            }
        }
    }

    private Socket socket(long userData) {
        int index = UserData.index(userData);
        Socket socket = index < sockets.length ? sockets[index] : null;
        return socket != null && socket.generation == UserData.generation(userData) && socket.connection != null ? socket : null;
    }

    // ---- accepting ----

    private void armAccepts() {
        for (int i = 0; i < listeners.size(); i++) {
            ring.prepAcceptMultishot(listeners.get(i), UserData.pack(ACCEPT, 0, i));
        }
    }

    private void accepted(int listener, int result, int flags) {
        if (result >= 0) {
            admit(result);
        } else if (accepting) {
            LOG.warn("accept failed: {}", Errno.describe(result));
        }
        if ((flags & IoUring.CQE_MORE) == 0 && accepting) {
            if (result >= 0) {
                ring.prepAcceptMultishot(listeners.get(listener), UserData.pack(ACCEPT, 0, listener));
            } else {
                // Out of descriptors, most likely: try again with the next turn that has something to do.
                acceptStalled = true;
            }
        }
    }

    private void admit(int fd) {
        Kernel.tcpNoDelay(fd);
        if (endpoint.keepAliveSeconds() > 0) {
            Kernel.tcpKeepAlive(fd, endpoint.keepAliveSeconds());
        }
        Connection connection = events.accepted(fd, text(Kernel.peerAddress(fd).orElse(null)), text(Kernel.localAddress(fd).orElse(null)));
        if (connection == null) {
            refuse(fd);
            return;
        }
        counters.accepted++;
        if (connection.index >= sockets.length) {
            sockets = Arrays.copyOf(sockets, Math.max(connection.index + 1, sockets.length * 2));
        }
        Socket socket = sockets[connection.index];
        if (socket == null) {
            socket = new Socket();
            sockets[connection.index] = socket;
        }
        socket.connection = connection;
        socket.fd = fd;
        socket.generation = UserData.nextGeneration(socket.generation);
        socket.receiving = false;
        socket.sending = false;
        socket.paused = false;
        socket.closing = false;
        socket.emptyReceives = 0;
        connection.transportState = socket;
        receive(socket);
    }

    private static void refuse(int fd) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(ValueLayout.JAVA_BYTE, Connection.REFUSED);
            Kernel.write(fd, text.address(), Connection.REFUSED.length);
        }
        Kernel.close(fd);
    }

    private static String text(InetSocketAddress address) {
        return address == null ? "?:0" : Endpoint.text(address);
    }

    // ---- receiving ----

    private void receive(Socket socket) {
        if (socket.connection != null && !socket.receiving && !socket.paused && !socket.closing) {
            socket.receiving = ring.prepRecvMultishot(socket.fd, BUFFER_GROUP, userData(RECEIVE, socket));
            if (!socket.receiving) {
                starved.addLast(socket);
            }
        }
    }

    private void received(Socket socket, int result, int flags) {
        if ((flags & IoUring.CQE_BUFFER) != 0) {
            int buffer = BufferRing.bufferId(flags);
            lend(buffer);
            if (socket != null && result > 0 && !socket.closing) {
                socket.emptyReceives = 0;
                counters.received++;
                counters.receivedBytes += result;
                events.received(socket.connection, buffers.address(buffer), result);
            }
        }
        if (socket == null || (flags & IoUring.CQE_MORE) != 0) {
            return;
        }
        socket.receiving = false;
        if (socket.closing) {
            finishClose(socket);
        } else if (result > 0) {
            receive(socket);
        } else if (result == -Errno.ENOBUFS) {
            counters.outOfBuffers++;
            starved.addLast(socket);
        } else if (result == -Errno.ECANCELED) {
            receive(socket);
        } else if (result == 0 && (flags & IoUring.CQE_SOCK_NONEMPTY) != 0 && socket.emptyReceives++ < EMPTY_RECEIVES_MAX) {
            receive(socket);
        } else if (result == 0) {
            events.ended(socket.connection);
        } else {
            close(socket.connection, true);
        }
    }

    private void lend(int buffer) {
        if (lentCount == lent.length) {
            lent = Arrays.copyOf(lent, lentCount * 2);
        }
        lent[lentCount++] = buffer;
    }

    @Override
    public void pauseReading(Connection connection) {
        Socket socket = (Socket) connection.transportState;
        socket.paused = true;
        if (socket.receiving) {
            ring.prepCancel(userData(RECEIVE, socket), UserData.pack(FORGET, 0, 0));
        }
    }

    @Override
    public void resumeReading(Connection connection) {
        Socket socket = (Socket) connection.transportState;
        socket.paused = false;
        receive(socket);
    }

    // ---- sending ----

    @Override
    public void send(Connection connection) {
        Socket socket = (Socket) connection.transportState;
        if (!socket.sending && !socket.closing && connection.beginSend()) {
            sendRest(socket);
        }
    }

    private void sendRest(Socket socket) {
        Connection connection = socket.connection;
        socket.sending = ring.prepSend(socket.fd, connection.sendAddress(), connection.sendLength(), IoUring.SEND_ALL, userData(SEND, socket));
        if (!socket.sending) {
            throw new IllegalStateException("the submission queue is full although it was flushed");
        }
        sendsPrepared++;
        sendsInFlight++;
    }

    private void sent(Socket socket, int result) {
        sendsInFlight--;
        if (socket == null) {
            return;
        }
        socket.sending = false;
        if (socket.closing) {
            finishClose(socket);
            return;
        }
        if (result < 0) {
            close(socket.connection, true);
            return;
        }
        counters.sent++;
        counters.sentBytes += result;
        Connection connection = socket.connection;
        if (!connection.sent(result)) {
            sendRest(socket);
        } else {
            send(connection);
            events.sent(connection);
        }
    }

    // ---- closing ----

    @Override
    public void close(Connection connection, boolean discardOutput) {
        Socket socket = (Socket) connection.transportState;
        if (socket.connection != connection || socket.closing) {
            return;
        }
        socket.closing = true;
        // Ends a receive and a send in flight; their completions bring the socket to its end.
        Kernel.shutdown(socket.fd, discardOutput ? Kernel.SHUT_RDWR : Kernel.SHUT_WR);
        if (!discardOutput && socket.receiving) {
            ring.prepCancel(userData(RECEIVE, socket), UserData.pack(FORGET, 0, 0));
        }
        finishClose(socket);
    }

    private void finishClose(Socket socket) {
        if (!socket.receiving && !socket.sending && socket.connection != null) {
            Connection connection = socket.connection;
            socket.connection = null;
            ring.prepClose(socket.fd, UserData.pack(FORGET, 0, 0));
            events.closed(connection);
        }
    }

    @Override
    public void stopAccepting() {
        accepting = false;
        for (int fd : listeners) {
            ring.prepCancelFd(fd, UserData.pack(FORGET, 0, 0));
            ring.prepClose(fd, UserData.pack(FORGET, 0, 0));
        }
        listeners.clear();
    }

    @Override
    public void close() {
        for (Socket socket : sockets) {
            if (socket != null && socket.connection != null) {
                Kernel.close(socket.fd);
            }
        }
        for (int fd : listeners) {
            Kernel.close(fd);
        }
        wakeup.close();
        buffers.close();
        ring.close();
    }

    private static long userData(int op, Socket socket) {
        return UserData.pack(op, socket.generation, socket.connection.index);
    }
}
