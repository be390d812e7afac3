package dev.sampo.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/// A client that sends a PING every millisecond and remembers the longest that an answer took.
final class PingProbe implements AutoCloseable {
    private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int PONG_BYTES = "+PONG\r\n".length();
    private static final long PERIOD_NANOS = 1_000_000;

    private final Socket socket = new Socket();
    private final Thread thread = new Thread(this::run, "ping");
    /// When the PING that is under way was sent; 0 = none is.
    private volatile long sentNanos;
    private volatile long maxNanos;
    private volatile boolean closed;

    private PingProbe(InetSocketAddress address) throws IOException {
        socket.connect(address, 1000);
        socket.setTcpNoDelay(true);
        thread.setDaemon(true);
    }

    static PingProbe start(InetSocketAddress address) throws IOException {
        PingProbe probe = new PingProbe(address);
        probe.thread.start();
        return probe;
    }

    private void run() {
        try {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            byte[] pong = new byte[PONG_BYTES];
            while (!closed) {
                long start = System.nanoTime();
                sentNanos = start;
                out.write(PING);
                if (in.readNBytes(pong, 0, PONG_BYTES) != PONG_BYTES) {
                    return;
                }
                long took = System.nanoTime() - start;
                sentNanos = 0;
                maxNanos = Math.max(maxNanos, took);
                LockSupport.parkNanos(PERIOD_NANOS - took);
            }
        } catch (IOException e) {
            if (!closed) {
                throw new IllegalStateException("the client that pings was cut off", e);
            }
        }
    }

    void reset() {
        maxNanos = 0;
    }

    /// The longest since the last reset; a PING that is still under way counts with the time it has taken so far.
    long maxNanos() {
        long sent = sentNanos;
        return Math.max(maxNanos, sent == 0 ? 0 : System.nanoTime() - sent);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        socket.close();
    }
}
