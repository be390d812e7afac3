package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Opens very many connections and measures what they cost the server in resident memory; and clients that ask for much and
/// read nothing, beside which others must be served.
public final class ConnectionFlood {
    private static final String USAGE =
            "ConnectionFlood --server redis|sampo|<port> --shards N --transport uring|stream --connections N --pid N --slow "
                    + "N ";
    private static final byte[] PING = "*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII);

    private ConnectionFlood() {
    }

    /// @param bytesEach resident bytes of the server per idle connection that was served once
    public record Idle(int connections, long residentBefore, long residentAfter, long bytesEach) {
        @Override
        public String toString() {
            return connections + " idle connections: RSS " + (residentBefore >> 10) + " KiB -> " + (residentAfter >> 10)
                    + " KiB, " + bytesEach
                    + " bytes each";
        }
    }

    /// @param pingMillisMax the slowest PING of another client meanwhile
    public record Slow(int readers, long requestedBytes, long residentGrowth, long pings, long pingMillisMax) {
        @Override
        public String toString() {
            return readers + " slow readers of " + (requestedBytes >> 20) + " MiB: RSS grew " + (residentGrowth >> 20) + " MiB, "
                    + pings
                    + " PINGs of others, slowest " + pingMillisMax + " ms";
        }
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final int connections = options.number("connections", 10_000);
        try (ServerUnderTest server = open(options, connections)) {
            final long pid = options.large("pid", server.pid().orElse(-1));
            System.out.println(server.name() + ": " + idle(server, pid, connections));
            System.out.println(server.name() + ": " + slow(server, pid, options.number("slow", 8), 1 << 20, 16));
        }
    }

    private static ServerUnderTest open(Options options, int connections) {
        final String limit = Integer.toString(connections + 100);
        return switch (options.text("server", "redis")) {
            case "redis" -> RedisServerProcess.start("--maxclients", limit);
            case "sampo" -> SampoProcess.start(options.number("shards", 1), options.text("transport", "uring"), "--maxclients",
                    limit);
            default -> options.server("server", "redis");
        };
    }

    /// Opens the connections, has each answered one PING, and leaves them idle.
    ///
    /// @param pid the server's process
    public static Idle idle(ServerUnderTest server, long pid, int connections) {
        final List<SocketChannel> channels = new ArrayList<>(connections);
        try (RespClient first = RespClient.connect(server)) {
            first.call("PING");
            final long before = residentBytes(pid);
            final ByteBuffer reply = ByteBuffer.allocate(64);
            for (int i = 0; i < connections; i++) {
                final SocketChannel channel = SocketChannel.open();
                channels.add(channel);
                channel.socket().setSoLinger(true, 0);
                channel.socket().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                        RespClient.TIMEOUT_MILLIS);
                channel.write(ByteBuffer.wrap(PING));
                reply.clear();
                while (reply.position() < 7) {
                    if (channel.read(reply) < 0) {
                        throw new IOException("connection " + i + " was closed");
                    }
                }
                if (!new String(reply.array(), 0, 7, StandardCharsets.US_ASCII).equals("+PONG\r\n")) {
                    throw new IOException("connection " + i + " answers "
                            + new String(reply.array(), 0, reply.position(), StandardCharsets.US_ASCII));
                }
            }
            final long after = residentBytes(pid);
            if (!first.call("PING").equals(new Reply.Simple("PONG"))) {
                throw new IOException("the first connection is no longer answered");
            }
            return new Idle(connections, before, after, (after - before) / connections);
        } catch (IOException e) {
            throw new UncheckedIOException(server.name() + " with " + channels.size() + " connections: " + e.getMessage(), e);
        } finally {
            channels.forEach(ConnectionFlood::close);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // Nothing more to give back.
        }
    }

    /// Clients that ask for `times` values of `bytes` each and read none, while another one pings for two seconds. Then the
    /// slow ones read: all of their replies, whole and in order, unless the server closed them for their backlog.
    public static Slow slow(ServerUnderTest server, long pid, int readers, int bytes, int times) {
        final List<RespClient> slow = new ArrayList<>();
        try (RespClient other = RespClient.connect(server)) {
            other.call("SET".getBytes(StandardCharsets.US_ASCII), "big".getBytes(StandardCharsets.US_ASCII), new byte[bytes]);
            final long before = residentBytes(pid);
            for (int i = 0; i < readers; i++) {
                final RespClient client = RespClient.connect(server);
                slow.add(client);
                for (int k = 0; k < times; k++) {
                    client.send("GET", "big");
                }
                client.send("ECHO", "end of " + i);
            }
            long pings = 0;
            long slowest = 0;
            final long stop = System.nanoTime() + 2_000_000_000L;
            while (System.nanoTime() < stop) {
                final long start = System.nanoTime();
                other.call("PING");
                slowest = Math.max(slowest, System.nanoTime() - start);
                pings++;
            }
            final long grown = residentBytes(pid) - before;
            for (int i = 0; i < readers; i++) {
                readAll(slow.get(i), bytes, times, "end of " + i);
            }
            return new Slow(readers, (long) readers * bytes * times, grown, pings, slowest / 1_000_000);
        } finally {
            slow.forEach(RespClient::abort);
        }
    }

    private static void readAll(RespClient client, int bytes, int times, String end) {
        for (int k = 0; k < times; k++) {
            if (!(client.read() instanceof Reply.Bulk(byte[] value)) || value.length != bytes) {
                throw new IllegalStateException("a slow reader got something else than its value");
            }
        }
        if (!(client.read() instanceof Reply.Bulk last) || !last.text().equals(end)) {
            throw new IllegalStateException("a slow reader lost its last reply");
        }
    }

    /// VmRSS of a process; 0 where /proc does not tell.
    static long residentBytes(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
            return 0;
        } catch (IOException _) {
            return 0;
        }
    }
}
