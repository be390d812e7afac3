package dev.sampo.net;

import dev.sampo.resp.OffHeap;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/// One core's sockets on Pekko Streams TCP: portable, needs no system call of its own. The streams run on Pekko's threads and
/// know nothing of the core; every event travels through a queue to the core's thread, which alone touches connections, and
/// calls back into the streams.
///
/// # Bounds
/// From a stream to the core: [StreamSocket#WINDOW] and one read for each connection. From the core to a stream: one send of at
/// most [#SEND_BYTES], whose completion brings the next. A turn takes at most [#TURN_BYTES] and what completes them.
///
/// # Closing
/// A connection is closed by closing its channel on the core's thread ([StreamSocket#cut]); the end of its stream is what the
/// core is told as the end of the connection, whatever the cause.
public final class StreamTransport implements IoLoop {
    private static final int QUEUE_CHUNK = 1024;
    private static final int TURN_EVENTS = 4096;
    private static final int TURN_BYTES = 1 << 20;
    private static final int SEND_BYTES = 64 << 10;

    private final StreamListener listener;
    private final MpscUnboundedVarHandleArrayQueue<StreamEvent> queue = new MpscUnboundedVarHandleArrayQueue<>(QUEUE_CHUNK);
    private final StreamParking parking = new StreamParking(Thread.currentThread());
    private final StreamMemory memory = new StreamMemory(TURN_BYTES);
    private final TransportCounters counters = new TransportCounters();
    private final Set<StreamSocket> sockets = new HashSet<>();
    private TransportEvents events;
    private BooleanSupplier othersIdle;
    private final BooleanSupplier idle = this::isIdle;
    private int lastHandle;
    private volatile boolean closed;

    /// On the thread that will poll it.
    public StreamTransport(StreamListener listener) {
        this.listener = listener;
    }

    @Override
    public String name() {
        return "stream";
    }

    @Override
    public TransportCounters counters() {
        return counters;
    }

    @Override
    public int open(TransportEvents newEvents, Endpoint endpoint) {
        events = newEvents;
        return listener.open(this, endpoint);
    }

    // ---- duty cycle ----

    @Override
    public int poll() {
        int reported = 0;
        StreamEvent event;
        while (reported < TURN_EVENTS && memory.turnBytes() < TURN_BYTES && (event = queue.relaxedPoll()) != null) {
            report(event);
            reported++;
        }
        return reported;
    }

    private void report(StreamEvent event) {
        switch (event) {
            case StreamEvent.Received received -> received(received.socket(), received.bytes());
            case StreamEvent.Sent sent -> sent(sent.socket());
            case StreamEvent.Opened opened -> opened(opened.socket());
            case StreamEvent.Ended ended -> ended(ended.socket());
            case StreamEvent.Closed gone -> closed(gone.socket());
        }
    }

    @Override
    public void endTurn() {
        memory.endTurn();
    }

    @Override
    public void park(BooleanSupplier mayPark, long nanos) {
        if (nanos > 0 && queue.isEmpty()) {
            othersIdle = mayPark;
            parking.park(idle, nanos);
            counters.parks = parking.parks();
            counters.wakes = parking.wakes();
        }
    }

    private boolean isIdle() {
        return queue.isEmpty() && othersIdle.getAsBoolean();
    }

    @Override
    public void wake() {
        parking.wake();
    }

    /// Hands an event to the core's thread. Any thread; false when the transport is closed, which then nobody will close the
    /// socket for.
    boolean tell(StreamEvent event) {
        queue.offer(event);
        parking.wake();
        return !closed;
    }

    // ---- accepting ----

    private void opened(StreamSocket socket) {
        sockets.add(socket);
        Connection connection = events.accepted(++lastHandle, socket.remoteAddress, socket.localAddress);
        if (connection == null) {
            socket.closing = true;
            socket.send(Connection.REFUSED.clone());
            return;
        }
        counters.accepted++;
        connection.transportState = socket;
        socket.connection = connection;
    }

    @Override
    public void stopAccepting() {
        listener.stop(this);
    }

    // ---- receiving ----

    private void received(StreamSocket socket, byte[] bytes) {
        if (!socket.closing && socket.connection != null) {
            counters.received++;
            counters.receivedBytes += bytes.length;
            events.received(socket.connection, memory.copy(bytes), bytes.length);
        }
        if (!socket.cut) {
            socket.consumed(bytes.length);
        }
    }

    private void ended(StreamSocket socket) {
        if (!socket.closing && socket.connection != null) {
            events.ended(socket.connection);
        }
    }

    @Override
    public void pauseReading(Connection connection) {
        socket(connection).pause();
    }

    @Override
    public void resumeReading(Connection connection) {
        socket(connection).resume();
    }

    private static StreamSocket socket(Connection connection) {
        return (StreamSocket) connection.transportState;
    }

    // ---- sending ----

    @Override
    public void send(Connection connection) {
        StreamSocket socket = socket(connection);
        if (!socket.closing) {
            sendNext(socket, connection);
        }
    }

    /// Starts sending what the connection has; false when there is nothing or a send is under way.
    private static boolean sendNext(StreamSocket socket, Connection connection) {
        if (socket.sending != 0 || !connection.beginSend()) {
            return false;
        }
        sendRest(socket, connection);
        return true;
    }

    private static void sendRest(StreamSocket socket, Connection connection) {
        socket.send(OffHeap.bytes(connection.sendAddress(), Math.min(connection.sendLength(), SEND_BYTES)));
    }

    private void sent(StreamSocket socket) {
        int bytes = socket.sending;
        socket.sending = 0;
        Connection connection = socket.connection;
        if (socket.cut) {
            return;
        }
        if (connection == null) {
            socket.cut();
            return;
        }
        counters.sent++;
        counters.sentBytes += bytes;
        if (!connection.sent(bytes)) {
            sendRest(socket, connection);
            return;
        }
        boolean more = sendNext(socket, connection);
        if (!socket.closing) {
            events.sent(connection);
        } else if (!more) {
            socket.cut();
        }
    }

    // ---- closing ----

    @Override
    public void close(Connection connection, boolean discardOutput) {
        StreamSocket socket = socket(connection);
        if (socket.connection != connection) {
            return;
        }
        socket.closing = true;
        if (discardOutput || socket.sending == 0 && !sendNext(socket, connection)) {
            socket.cut();
        }
    }

    private void closed(StreamSocket socket) {
        sockets.remove(socket);
        socket.cut();
        Connection connection = socket.connection;
        if (connection != null) {
            socket.connection = null;
            events.closed(connection);
        }
    }

    /// The streams that are still open end on their own time; nothing that they tell from now on is heard.
    @Override
    public void close() {
        closed = true;
        listener.stop(this);
        for (StreamEvent event = queue.poll(); event != null; event = queue.poll()) {
            sockets.add(event.socket());
        }
        sockets.forEach(StreamSocket::cut);
        sockets.clear();
        memory.release();
    }
}
