package dev.sampo.shard;

import dev.sampo.net.Connection;
import dev.sampo.net.Transport;
import dev.sampo.net.TransportCounters;
import dev.sampo.net.TransportEvents;
import dev.sampo.resp.OffHeap;
import java.util.ArrayList;
import java.util.List;

/// The sockets of one simulated core. Whatever the kernel would do by itself, the scheduler lets happen, one event at a time:
/// bytes arrive cut anywhere, sends complete late and in part, a cancelled receive still delivers, a closed socket is
/// reported at once or later, peers half-close and vanish.
///
/// Received bytes lie in memory that is freed at the end of the turn, as a ring's buffers are reused.
final class SimTransport implements Transport {
    private static final int RECEIVE_MAX = 64 << 10;

    /// What can happen to a socket next.
    enum Event { RECEIVE, END, RESET, CANCELLED, SENT }

    /// One connection as the kernel sees it.
    static final class Socket {
        final SimClient peer;
        Connection connection;
        boolean receiving = true;
        boolean sending;
        boolean paused;
        boolean ended;
        boolean closing;
        boolean closed;

        Socket(SimClient peer) {
            this.peer = peer;
        }
    }

    private final SimScheduler sim;
    private final int core;
    private final TransportCounters counters = new TransportCounters();
    private final List<Socket> sockets = new ArrayList<>();
    private final List<long[]> lent = new ArrayList<>();
    private TransportEvents events;
    private int handles;

    SimTransport(SimScheduler sim, int core) {
        this.sim = sim;
        this.core = core;
    }

    void open(TransportEvents newEvents) {
        events = newEvents;
    }

    // ---- what the scheduler lets happen ----

    /// A client connects; false when it is refused.
    boolean accept(SimClient peer) {
        Socket socket = new Socket(peer);
        Connection connection = events.accepted(++handles, "127.0.0." + core + ":" + handles, "127.0.1.1:6379");
        if (connection == null) {
            return false;
        }
        socket.connection = connection;
        connection.transportState = socket;
        sockets.add(socket);
        peer.connected((Client) connection);
        counters.accepted++;
        return true;
    }

    boolean hasEvents() {
        for (Socket socket : sockets) {
            if (next(socket) != null) {
                return true;
            }
        }
        return false;
    }

    /// Lets one thing happen to a random socket; false when nothing can.
    boolean happen() {
        int start = sockets.isEmpty() ? 0 : sim.random(sockets.size());
        for (int i = 0; i < sockets.size(); i++) {
            Socket socket = sockets.get((start + i) % sockets.size());
            Event event = next(socket);
            if (event != null) {
                happen(socket, event);
                return true;
            }
        }
        return false;
    }

    /// Something that can happen to the socket, chosen at random, or null.
    private Event next(Socket socket) {
        if (socket.closed) {
            return null;
        }
        List<Event> possible = new ArrayList<>(2);
        SimClient peer = socket.peer;
        if (socket.sending) {
            possible.add(Event.SENT);
        }
        if (socket.receiving && (socket.paused || socket.closing)) {
            possible.add(Event.CANCELLED);
        }
        if (peer.gone() && !socket.closing && (socket.receiving || socket.sending)) {
            possible.add(Event.RESET);
        } else if (socket.receiving && !socket.closing) {
            if (peer.hasInput()) {
                possible.add(Event.RECEIVE);
            } else if (peer.halfClosed()) {
                possible.add(Event.END);
            }
        }
        return possible.isEmpty() ? null : possible.get(possible.size() == 1 ? 0 : sim.random(possible.size()));
    }

    private void happen(Socket socket, Event event) {
        sim.trace("core %d: %s %s", core, socket.peer, event);
        switch (event) {
            case RECEIVE -> receive(socket);
            case END -> {
                socket.receiving = false;
                socket.ended = true;
                events.ended(socket.connection);
            }
            case RESET -> {
                socket.receiving = false;
                close(socket.connection, true);
            }
            case CANCELLED -> {
                socket.receiving = false;
                if (socket.closing) {
                    finishClose(socket);
                } else if (!socket.paused) {
                    socket.receiving = true;
                }
            }
            case SENT -> sent(socket);
        }
    }

    private void receive(Socket socket) {
        byte[] bytes = socket.peer.takeInput(RECEIVE_MAX);
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        lent.add(new long[] {address, bytes.length});
        counters.received++;
        counters.receivedBytes += bytes.length;
        events.received(socket.connection, address, bytes.length);
    }

    private void sent(Socket socket) {
        Connection connection = socket.connection;
        socket.sending = false;
        if (socket.closing) {
            finishClose(socket);
            return;
        }
        if (socket.peer.gone()) {
            close(connection, true);
            return;
        }
        int whole = connection.sendLength();
        int length = sim.random(4) == 0 ? 1 + sim.random(whole) : whole;
        byte[] bytes = OffHeap.bytes(connection.sendAddress(), length);
        counters.sent++;
        counters.sentBytes += length;
        boolean done = connection.sent(length);
        socket.sending = !done;
        socket.peer.receive(bytes);
        if (done) {
            send(connection);
            events.sent(connection);
        }
    }

    /// Memory of this turn's input is no longer the core's.
    void endTurn() {
        for (long[] each : lent) {
            for (long i = 0; i < each[1]; i++) {
                OffHeap.putByte(each[0] + i, (byte) 0xDD);
            }
            OffHeap.free(each[0], each[1]);
        }
        lent.clear();
    }

    // ---- what the core asks for ----

    @Override
    public String name() {
        return "simulated";
    }

    @Override
    public TransportCounters counters() {
        return counters;
    }

    @Override
    public void send(Connection connection) {
        Socket socket = open(connection, "send");
        if (!socket.sending && !socket.closing && connection.beginSend()) {
            socket.sending = true;
        }
    }

    @Override
    public void pauseReading(Connection connection) {
        open(connection, "pauseReading").paused = true;
    }

    @Override
    public void resumeReading(Connection connection) {
        Socket socket = open(connection, "resumeReading");
        if (!socket.paused) {
            throw new SimFailure("reading resumed that was not paused: " + socket.peer);
        }
        socket.paused = false;
        if (!socket.closing && !socket.ended) {
            socket.receiving = true;
        }
    }

    @Override
    public void close(Connection connection, boolean discardOutput) {
        Socket socket = (Socket) connection.transportState;
        if (socket.closing) {
            return;
        }
        if (!discardOutput && (socket.sending || connection.hasOutput())) {
            throw new SimFailure("closed with output on its way: " + socket.peer);
        }
        sim.trace("core %d: closes %s%s", core, socket.peer, discardOutput ? " at once" : "");
        socket.closing = true;
        socket.peer.cut(discardOutput);
        finishClose(socket);
    }

    private void finishClose(Socket socket) {
        if (!socket.receiving && !socket.sending && !socket.closed) {
            socket.closed = true;
            sockets.remove(socket);
            socket.peer.closed();
            events.closed(socket.connection);
        }
    }

    private static Socket open(Connection connection, String what) {
        Socket socket = (Socket) connection.transportState;
        if (socket.closed) {
            throw new SimFailure(what + " on a connection that was reported closed: " + socket.peer);
        }
        return socket;
    }

    @Override
    public void stopAccepting() {
        throw new SimFailure("a simulated node is not stopped by its cores");
    }
}
