package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyFormatException;
import dev.sampo.resp.ReplyReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// A blocking raw connection to a Redis server on loopback. Every wait ends after the timeout with an
/// UncheckedIOException. Confined to one thread.
public final class RespClient implements AutoCloseable {
    /// Enough for any single reply of a healthy server on a busy machine.
    public static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final OutputStream out;
    private final WireStream in;
    private final ReplyReader reader;

    private RespClient(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.in = new WireStream(socket.getInputStream());
        this.reader = new ReplyReader(in);
    }

    /// Connects with [#TIMEOUT_MILLIS].
    public static RespClient connect(ServerUnderTest server) {
        return connect(server.port(), TIMEOUT_MILLIS);
    }

    /// @param timeoutMillis for the connect and for each read
    public static RespClient connect(int port, int timeoutMillis) {
        final Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
            return new RespClient(socket);
        } catch (IOException e) {
            closeQuietly(socket);
            throw new UncheckedIOException("connect to port " + port, e);
        }
    }

    /// Changes how long a read may wait.
    public RespClient timeoutMillis(int millis) {
        try {
            socket.setSoTimeout(millis);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes one request.
    public RespClient send(byte[]... args) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        encode(bytes, args);
        return sendRaw(bytes.toByteArray());
    }

    /// Writes one request of text arguments.
    public RespClient send(String... args) {
        return send(bytes(args));
    }

    /// Writes bytes as they are.
    public RespClient sendRaw(byte[] bytes) {
        return sendRaw(bytes, 0, bytes.length);
    }

    /// Writes part of an array as it is.
    public RespClient sendRaw(byte[] bytes, int from, int length) {
        try {
            out.write(bytes, from, length);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A reply and how it was written.
    ///
    /// @param wire  all its bytes
    /// @param nulls one of `$`, `*` and `_` for each null in it: how the null was written
    public record Received(Reply reply, byte[] wire, String nulls) {
    }

    /// Reads one complete reply (a push counts as one). Malformed bytes are an UncheckedIOException too.
    public Received receive() {
        in.begin();
        try {
            return new Received(reader.read(), in.wire(), in.nulls());
        } catch (SocketTimeoutException e) {
            throw new UncheckedIOException("no complete reply in time", e);
        } catch (ReplyFormatException e) {
            throw new UncheckedIOException(new IOException("malformed reply " + Quoting.quote(in.wire()) + ": " + e.getMessage(),
                    e));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /// Reads one complete reply as a value.
    public Reply read() {
        return receive().reply();
    }

    /// One request, one reply.
    public Reply call(byte[]... args) {
        return send(args).read();
    }

    /// One request of text arguments, one reply.
    public Reply call(String... args) {
        return send(args).read();
    }

    /// True when a reply begins within the timeout; nothing of it is consumed.
    public boolean replyArrives(int withinMillis) {
        try {
            final long deadline = System.nanoTime() + withinMillis * 1_000_000L;
            while (in.available() == 0) {
                if (System.nanoTime() > deadline) {
                    return false;
                }
                Thread.sleep(1);
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// True when the server closes the connection with nothing more to read; a reset counts as closed.
    public boolean awaitClosed() {
        try {
            reader.read();
            return false;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (EOFException e) {
            return true;
        } catch (IOException e) {
            return e.getMessage() != null && e.getMessage().contains("reset");
        }
    }

    /// Says that no more requests come, and waits for the server to answer what it got and close. False when it does not
    /// close in time.
    public boolean finish() {
        try {
            socket.shutdownOutput();
            final byte[] rest = new byte[8192];
            while (in.read(rest, 0, rest.length) >= 0) {
                in.begin();
            }
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (IOException _) {
            // Reset: the server closed while it had more to read.
            return true;
        } finally {
            close();
        }
    }

    /// Ends with a reset instead of a handshake: leaves no TIME_WAIT behind.
    public void abort() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException _) {
            // Already closed: nothing to linger.
        }
        close();
    }

    @Override
    public void close() {
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // A socket that cannot be closed is gone already.
        }
    }

    /// Appends one request in wire form.
    public static void encode(ByteArrayOutputStream out, byte[]... args) {
        header(out, '*', args.length);
        for (byte[] arg : args) {
            header(out, '$', arg.length);
            out.writeBytes(arg);
            out.write('\r');
            out.write('\n');
        }
    }

    private static void header(ByteArrayOutputStream out, char kind, int count) {
        out.write(kind);
        out.writeBytes(Integer.toString(count).getBytes(StandardCharsets.US_ASCII));
        out.write('\r');
        out.write('\n');
    }

    /// UTF-8 arguments.
    public static byte[][] bytes(String... args) {
        final byte[][] bytes = new byte[args.length][];
        for (int i = 0; i < args.length; i++) {
            bytes[i] = args[i].getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }
}
