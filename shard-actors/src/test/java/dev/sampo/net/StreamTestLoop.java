package dev.sampo.net;

import dev.sampo.resp.RequestLimits;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// A core reduced to its loop: a thread that polls a transport and answers what comes in, by default with the same bytes.
class StreamTestLoop implements TransportEvents, AutoCloseable {
    /// A connection that counts what it is told.
    static final class Peer extends Connection {
        final AtomicLong receivedBytes = new AtomicLong();
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger ends = new AtomicInteger();
        final AtomicInteger closes = new AtomicInteger();

        Peer(long id, int index, int handle, String remote, String local, BufferPool pool) {
            super(id, index, handle, remote, local, pool, RequestLimits.DEFAULT);
        }
    }

    /// Longer than any test waits for anything: a lost wake fails it.
    private static final long PARK_NANOS = TimeUnit.MINUTES.toNanos(1);

    final BufferPool pool = new BufferPool();
    final List<Peer> peers = new ArrayList<>();
    final Map<Integer, Peer> byPort = new ConcurrentHashMap<>();
    final AtomicInteger open = new AtomicInteger();
    volatile int peersMax = Integer.MAX_VALUE;
    /// Whether a client that sends nothing more is closed once it has got everything.
    volatile boolean closesEnded = true;
    volatile boolean failed;
    IoLoop transport;

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Peer> dirty = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean stopping;

    StreamTestLoop(Supplier<IoLoop> factory) {
        CompletableFuture<Void> made = new CompletableFuture<>();
        thread = new Thread(() -> run(factory, made), "test-core");
        thread.start();
        made.join();
    }

    int open(int port, String... addresses) {
        List<InetAddress> resolved = new ArrayList<>();
        for (String address : addresses) {
            resolved.add(InetAddress.ofLiteral(address));
        }
        return call(() -> transport.open(this, new Endpoint(resolved, port, 511, 300, false)));
    }

    /// Runs on the loop's thread and waits for the result.
    <T> T call(Supplier<T> supplier) {
        CompletableFuture<T> result = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                result.complete(supplier.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        transport.wake();
        return result.orTimeout(30, TimeUnit.SECONDS).join();
    }

    void run(Runnable task) {
        call(() -> {
            task.run();
            return null;
        });
    }

    private void run(Supplier<IoLoop> factory, CompletableFuture<Void> made) {
        transport = factory.get();
        made.complete(null);
        try {
            while (!stopping) {
                transport.poll();
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                for (Peer peer = dirty.poll(); peer != null; peer = dirty.poll()) {
                    if (!peer.closed) {
                        transport.send(peer);
                    }
                }
                transport.endTurn();
                transport.park(() -> tasks.isEmpty() && !stopping, PARK_NANOS);
            }
        } catch (RuntimeException | Error e) {
            failed = true;
            throw e;
        } finally {
            transport.close();
            for (Peer peer : peers) {
                if (!peer.closed) {
                    peer.release();
                }
            }
            pool.close();
        }
    }

    void write(Peer peer, byte[] bytes) {
        peer.output().append(bytes);
        dirty.add(peer);
    }

    // ---- what the transport tells ----

    @Override
    public Connection accepted(int handle, String remoteAddress, String localAddress) {
        if (open.get() == peersMax) {
            return null;
        }
        Peer peer = new Peer(peers.size() + 1, peers.size(), handle, remoteAddress, localAddress, pool);
        peers.add(peer);
        open.incrementAndGet();
        byPort.put(Integer.parseInt(remoteAddress.substring(remoteAddress.lastIndexOf(':') + 1)), peer);
        return peer;
    }

    @Override
    public void received(Connection connection, long address, int length) {
        Peer peer = (Peer) connection;
        peer.receivedBytes.addAndGet(length);
        peer.output().append(address, length);
        dirty.add(peer);
    }

    @Override
    public void ended(Connection connection) {
        Peer peer = (Peer) connection;
        peer.ended = true;
        peer.ends.incrementAndGet();
        if (closesEnded && !peer.hasOutput()) {
            transport.close(peer, false);
        }
    }

    @Override
    public void sent(Connection connection) {
        Peer peer = (Peer) connection;
        peer.sent.incrementAndGet();
        if (closesEnded && peer.ended && !peer.hasOutput()) {
            transport.close(peer, false);
        }
    }

    @Override
    public void closed(Connection connection) {
        Peer peer = (Peer) connection;
        peer.closes.incrementAndGet();
        peer.closed = true;
        peer.release();
        open.decrementAndGet();
    }

    @Override
    public void close() {
        stopping = true;
        transport.wake();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive() || failed) {
            throw new AssertionError("the loop " + (failed ? "failed" : "did not end"));
        }
    }
}
