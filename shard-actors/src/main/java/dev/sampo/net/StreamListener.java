package dev.sampo.net;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.io.Inet;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Tcp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listeners of a node on Pekko Streams: they accept for all of its cores and give each the next connection in turn,
/// because a port can portably have one listener only. The first core that opens binds, the last one that stops unbinds.
///
/// A wildcard address is bound once: Java's sockets for `0.0.0.0` and `::` both take IPv4 and IPv6.
public final class StreamListener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamListener.class);
    private static final long BIND_SECONDS = 20;
    private static final int KEEP_ALIVE_PROBES = 3;
    /// What makes a stream demand output only when all that it took is written. With any other buffer demand runs ahead of the
    /// writes, without the delay by one element; a buffer of 0 is refused by Pekko, whatever its documentation says.
    static final Map<String, Integer> EXACT_DEMAND = Map.of(
        "pekko.stream.materializer.io.tcp.write-buffer-size", 1,
        "pekko.stream.materializer.io.tcp.coalesce-writes", 1);

    private final CompletableFuture<? extends ClassicActorSystemProvider> actors;
    private final List<Tcp.ServerBinding> bindings = new ArrayList<>();
    private final List<StreamTransport> transports = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    /// The sockets of connections that Pekko has accepted and not yet handed over.
    private final Map<Peers, SocketChannel> channels = new ConcurrentHashMap<>();
    private int port = -1;

    private record Peers(SocketAddress remote, SocketAddress local) { }

    /// @param actors the actor system that the streams run in, with [#EXACT_DEMAND]; needed by the first [StreamTransport#open]
    public StreamListener(CompletableFuture<? extends ClassicActorSystemProvider> actors) {
        this.actors = actors;
    }

    /// Adds a core to those that get connections; binds if it is the first. Returns the port.
    synchronized int open(StreamTransport transport, Endpoint endpoint) {
        transports.add(transport);
        if (port < 0) {
            try {
                port = bindAll(endpoint);
            } catch (RuntimeException e) {
                stop(transport);
                throw e;
            }
        }
        return port;
    }

    /// No further connections for this core.
    synchronized void stop(StreamTransport transport) {
        if (transports.remove(transport) && transports.isEmpty()) {
            bindings.forEach(Tcp.ServerBinding::unbind);
            bindings.clear();
        }
    }

    // ---- binding ----

    private int bindAll(Endpoint endpoint) {
        ClassicActorSystemProvider system = actors.join();
        Config config = system.classicSystem().settings().config();
        EXACT_DEMAND.forEach((path, value) -> {
            if (config.getInt(path) != value) {
                throw new IllegalStateException("the stream transport needs " + path + " = " + value);
            }
        });
        Materializer materializer = SystemMaterializer.get(system).materializer();
        int chosen = endpoint.port();
        boolean wildcard = false;
        for (InetAddress address : endpoint.addresses()) {
            if (!wildcard || !address.isAnyLocalAddress()) {
                Tcp.ServerBinding binding = bind(system, materializer, endpoint, address, chosen);
                bindings.add(binding);
                chosen = binding.localAddress().getPort();
                wildcard |= address.isAnyLocalAddress();
            }
        }
        return chosen;
    }

    private Tcp.ServerBinding bind(ClassicActorSystemProvider system, Materializer materializer, Endpoint endpoint, InetAddress address,
                                   int atPort) {
        String host = address.getHostAddress();
        try {
            requireFree(address, atPort);
            return Tcp.get(system)
                .bind(host, atPort, endpoint.backlog(), List.of(new Setup(endpoint.keepAliveSeconds())), true, Optional.empty())
                .to(Sink.foreach(connection -> accept(connection, materializer)))
                .run(materializer)
                .toCompletableFuture().get(BIND_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw cannotListen(host, atPort, e.getMessage(), e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause().getCause() != null ? e.getCause().getCause() : e.getCause();
            throw cannotListen(host, atPort, cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw cannotListen(host, atPort, "no answer within " + BIND_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cannotListen(host, atPort, "interrupted", e);
        }
    }

    /// Pekko says it too when an address cannot be bound, but with a stack trace in the log.
    private static void requireFree(InetAddress address, int port) throws IOException {
        if (port != 0) {
            try (var probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(address, port));
            }
        }
    }

    private static UncheckedIOException cannotListen(String host, int port, String reason, Throwable cause) {
        return new UncheckedIOException(new IOException("cannot listen on " + host + ":" + port + ": " + reason, cause));
    }

    // ---- accepting ----

    /// An exception here would end the listener, so that one connection's trouble stays its own.
    private void accept(Tcp.IncomingConnection incoming, Materializer materializer) {
        SocketChannel channel = channels.remove(new Peers(incoming.remoteAddress(), incoming.localAddress()));
        StreamTransport transport = next();
        if (channel == null || transport == null) {
            close(channel);
            return;
        }
        try {
            StreamSocket socket = new StreamSocket(transport, channel, incoming.remoteAddress(), incoming.localAddress());
            incoming.flow().join(Flow.fromGraph(new StreamStage(socket))).run(materializer);
        } catch (RuntimeException e) {
            LOG.warn("a connection of {} could not be taken: {}", incoming.remoteAddress(), e.toString());
            close(channel);
        }
    }

    private StreamTransport next() {
        Object[] current = transports.toArray();
        if (current.length == 0) {
            return null;
        }
        return (StreamTransport) current[Integer.remainderUnsigned(accepted.getAndIncrement(), current.length)];
    }

    private static void close(SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing a connection failed", e);
            }
        }
    }

    /// Sets up accepted sockets, and notes them: the streams show only their addresses.
    private final class Setup extends Inet.AbstractSocketOptionV2 {
        private final int keepAliveSeconds;

        Setup(int keepAliveSeconds) {
            this.keepAliveSeconds = keepAliveSeconds;
        }

        @Override
        public void afterConnect(Socket socket) {
            try {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (keepAliveSeconds > 0) {
                    socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                    setIfKnown(socket, ExtendedSocketOptions.TCP_KEEPIDLE, keepAliveSeconds);
                    setIfKnown(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, Math.max(1, keepAliveSeconds / KEEP_ALIVE_PROBES));
                    setIfKnown(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
                }
            } catch (SocketException e) {
                LOG.debug("the client was gone before its socket was set up", e);
            } catch (IOException e) {
                LOG.warn("a socket could not be set up: {}", e.toString());
            }
            SocketAddress remote = socket.getRemoteSocketAddress();
            if (remote != null) {
                channels.put(new Peers(remote, socket.getLocalSocketAddress()), socket.getChannel());
            }
        }

        private static void setIfKnown(Socket socket, SocketOption<Integer> option, int value) throws IOException {
            if (socket.supportedOptions().contains(option)) {
                socket.setOption(option, value);
            }
        }
    }
}
