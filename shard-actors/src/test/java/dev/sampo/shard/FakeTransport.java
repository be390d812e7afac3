package dev.sampo.shard;

import dev.sampo.net.Connection;
import dev.sampo.net.Transport;
import dev.sampo.net.TransportCounters;
import dev.sampo.resp.OffHeap;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;

/// Sockets that are none: output is recorded, and completions come when [#complete()] is called.
final class FakeTransport implements Transport {
    private final TransportCounters counters = new TransportCounters();
    private final Map<Connection, ByteArrayOutputStream> outputs = new IdentityHashMap<>();
    private final ArrayDeque<Connection> sending = new ArrayDeque<>();
    private final ArrayDeque<Connection> closing = new ArrayDeque<>();
    private Core core;
    private boolean accepting = true;

    void drive(Core driven) {
        core = driven;
    }

    /// What was sent to a connection and not yet taken.
    ByteArrayOutputStream output(Connection connection) {
        return outputs.computeIfAbsent(connection, _ -> new ByteArrayOutputStream());
    }

    boolean isAccepting() {
        return accepting;
    }

    /// Reports what has been sent and closed to the core; true if there was anything.
    boolean complete() {
        boolean any = !sending.isEmpty() || !closing.isEmpty();
        for (int left = sending.size(); left > 0; left--) {
            Connection connection = sending.pollFirst();
            if (!connection.closed) {
                counters.sent++;
                counters.sentBytes += connection.sendLength();
                connection.sent(connection.sendLength());
                send(connection);
                core.sent(connection);
            }
        }
        while (!closing.isEmpty()) {
            Connection connection = closing.pollFirst();
            core.closed(connection);
        }
        return any;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public void send(Connection connection) {
        if (connection.beginSend()) {
            output(connection).writeBytes(OffHeap.bytes(connection.sendAddress(), connection.sendLength()));
            sending.addLast(connection);
        }
    }

    @Override
    public void pauseReading(Connection connection) {
        connection.transportState = "paused";
    }

    @Override
    public void resumeReading(Connection connection) {
        connection.transportState = null;
    }

    @Override
    public void close(Connection connection, boolean discardOutput) {
        if (!closing.contains(connection)) {
            closing.addLast(connection);
        }
    }

    @Override
    public void stopAccepting() {
        accepting = false;
    }

    @Override
    public TransportCounters counters() {
        return counters;
    }
}
