package dev.sampo.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/// Load on one server from one thread: many connections that each keep one batch in flight (closed loop), or requests sent at
/// fixed instants whether or not earlier ones were answered (open loop).
///
/// Nothing is allocated per request. Every reply is checked; requests and replies are counted. Connections may be
/// accompanied by subscribers, whose messages are counted as deliveries.
final class LoadGenerator implements AutoCloseable {
    private static final int READ_BYTES = 256 * 1024;
    /// Requests that one connection may have in flight in an open loop; more means that the server cannot follow at all.
    private static final int IN_FLIGHT_MAX = 1 << 14;
    private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    private final RequestPages pages;
    private final Selector selector;
    private final Peer[] connections;
    private final Peer[] subscribers;
    private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
    private final Consumer<SelectionKey> onReady = this::ready;
    private final Histogram latency = new Histogram(1, LATENCY_NANOS_MAX, 3);
    private final Histogram lag = new Histogram(1, LATENCY_NANOS_MAX, 3);

    private long sent;
    private long replies;
    private long deliveries;
    private long sendLimit;
    private boolean openLoop;
    private boolean sending;
    private boolean recording;

    /// @param pages what is sent
    /// @param connectionCount connections that send
    /// @param subscriberCount connections that only listen
    /// @param channel what they listen to
    LoadGenerator(InetSocketAddress address, RequestPages pages, int connectionCount, int subscriberCount, String channel)
            throws IOException {
        this.pages = pages;
        this.selector = Selector.open();
        this.connections = new Peer[connectionCount];
        this.subscribers = new Peer[subscriberCount];
        try {
            for (int i = 0; i < subscriberCount; i++) {
                ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.array(3)}, 0);
                subscribers[i] = new Peer(connect(address), reader, 0, true);
                subscribe(subscribers[i], channel);
                register(subscribers[i]);
            }
            for (int i = 0; i < connectionCount; i++) {
                int page = i % pages.count();
                ReplyReader reader = new ReplyReader(pages.checks(), page * pages.pipeline());
                connections[i] = new Peer(connect(address), reader, page, false);
                register(connections[i]);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private static SocketChannel connect(InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    /// Subscribes while the channel still blocks; the acknowledgement is an array of three, as every message will be.
    private void subscribe(Peer subscriber, String channel) throws IOException {
        String request = "*2\r\n$9\r\nSUBSCRIBE\r\n$" + channel.length() + "\r\n" + channel + "\r\n";
        subscriber.channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
        while (subscriber.reader.replies() == 0) {
            input.clear();
            int length = subscriber.channel.read(input);
            if (length < 0) {
                throw new IOException("the server closed a subscriber");
            }
            subscriber.reader.feed(input, length);
        }
    }

    private void register(Peer peer) throws IOException {
        peer.channel.configureBlocking(false);
        peer.key = peer.channel.register(selector, SelectionKey.OP_READ, peer);
    }

    /// Keeps one batch in flight on every connection until the time is over or the limit of requests is reached.
    ///
    /// May be called again to go on. Replies still under way when it returns are taken by the next call or by [#drain()].
    ///
    /// @param untilNanos end, on the clock of [System#nanoTime()]
    /// @param limit requests sent in total by this generator, never exceeded
    void closedLoop(long untilNanos, long limit) throws IOException {
        openLoop = false;
        sending = true;
        sendLimit = limit;
        for (Peer peer : connections) {
            if (peer.batchLeft == 0) {
                sendBatch(peer, System.nanoTime());
            }
        }
        while (System.nanoTime() < untilNanos && sent + pages.pipeline() <= limit) {
            selector.select(onReady, 100);
        }
        sending = false;
    }

    /// Sends one request every `intervalNanos`, the connections taking turns. The latency of a request counts from the
    /// instant at which it was due, so that a server which stalls cannot hide the requests that had to wait.
    ///
    /// @param untilNanos end, on the clock of [System#nanoTime()]
    void openLoop(long untilNanos, double intervalNanos) throws IOException {
        if (pages.pipeline() != 1) {
            throw new IllegalStateException("an open loop sends single requests");
        }
        openLoop = true;
        long start = System.nanoTime();
        long next = 0;
        int turn = 0;
        long due = start;
        while (due < untilNanos) {
            long now = System.nanoTime();
            while (due <= now && due < untilNanos) {
                Peer peer = connections[turn];
                turn = turn + 1 == connections.length ? 0 : turn + 1;
                peer.expect(due);
                record(lag, now - due);
                send(peer);
                next++;
                due = start + (long) (next * intervalNanos);
            }
            selector.selectNow(onReady);
        }
    }

    /// Waits until every request is answered and every message delivered.
    ///
    /// @throws IOException when that takes longer than 30 seconds
    void drain() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (replies < sent || deliveries < sent * subscribers.length) {
            if (System.nanoTime() > deadline) {
                throw new IOException("replies are missing: " + sent + " requests sent, " + replies + " answered, "
                        + deliveries + " messages delivered to " + subscribers.length + " subscribers");
            }
            selector.select(onReady, 100);
        }
        for (Peer peer : connections) {
            if (!peer.reader.atBoundary()) {
                throw new IOException("bytes beyond the last reply");
            }
        }
    }

    private void sendBatch(Peer peer, long now) throws IOException {
        if (sent + pages.pipeline() > sendLimit) {
            return;
        }
        peer.batchLeft = pages.pipeline();
        peer.sentNanos = now;
        send(peer);
    }

    private void send(Peer peer) throws IOException {
        ByteBuffer page = pages.fill(peer.page);
        peer.page = peer.page + 1 == pages.count() ? 0 : peer.page + 1;
        sent += pages.pipeline();
        if (peer.unsent == null) {
            peer.channel.write(page);
        }
        if (page.hasRemaining()) {
            peer.keep(page);
        }
    }

    private void ready(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        try {
            if (key.isWritable()) {
                peer.writeUnsent();
            }
            if (key.isReadable()) {
                read(peer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Peer peer) throws IOException {
        input.clear();
        int length = peer.channel.read(input);
        if (length < 0) {
            throw new IOException("the server closed a connection after " + peer.reader.replies() + " replies on it");
        }
        int completed = peer.reader.feed(input, length);
        if (peer.subscriber) {
            deliveries += completed;
            return;
        }
        replies += completed;
        if (openLoop) {
            long now = System.nanoTime();
            for (int i = 0; i < completed; i++) {
                record(latency, now - peer.answered());
            }
        } else if (completed > 0) {
            peer.batchLeft -= completed;
            if (peer.batchLeft == 0) {
                long now = System.nanoTime();
                record(latency, now - peer.sentNanos);
                if (sending) {
                    sendBatch(peer, now);
                }
            }
        }
    }

    private void record(Histogram histogram, long nanos) {
        if (recording) {
            histogram.recordValue(Math.min(Math.max(nanos, 1), LATENCY_NANOS_MAX));
        }
    }

    /// Empties the histograms and records from now on.
    void startRecording() {
        latency.reset();
        lag.reset();
        recording = true;
    }

    void stopRecording() {
        recording = false;
    }

    /// Latencies in nanoseconds: of whole batches in a closed loop, of single requests from their due time in an open one.
    Histogram latency() {
        return latency;
    }

    /// Open loop: how many nanoseconds after its due time each request was sent. This part of the latency is the load's own.
    Histogram lag() {
        return lag;
    }

    long sent() {
        return sent;
    }

    long replies() {
        return replies;
    }

    long deliveries() {
        return deliveries;
    }

    /// Replies that were not as expected, over all connections.
    long mismatches() {
        long sum = 0;
        for (Peer peer : peers()) {
            sum += peer.reader.mismatches();
        }
        return sum;
    }

    /// The first unexpected reply of any connection, or an empty text.
    String firstMismatch() {
        for (Peer peer : peers()) {
            if (!peer.reader.firstMismatch().isEmpty()) {
                return peer.reader.firstMismatch();
            }
        }
        return "";
    }

    private List<Peer> peers() {
        List<Peer> peers = new ArrayList<>(List.of(connections));
        peers.addAll(List.of(subscribers));
        return peers;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    /// One connection.
    private static final class Peer {
        private final SocketChannel channel;
        private final ReplyReader reader;
        private final boolean subscriber;
        private SelectionKey key;
        /// Index of the page that is sent next.
        private int page;
        /// Closed loop: replies missing of the batch in flight, and when it was sent.
        private int batchLeft;
        private long sentNanos;
        /// Open loop: due times of the requests in flight, oldest first.
        private long[] due;
        private int dueHead;
        private int dueTail;
        /// What the socket did not take; null when it took everything.
        private ByteBuffer unsent;

        Peer(SocketChannel channel, ReplyReader reader, int page, boolean subscriber) {
            this.channel = channel;
            this.reader = reader;
            this.page = page;
            this.subscriber = subscriber;
        }

        private void expect(long dueNanos) throws IOException {
            if (due == null) {
                due = new long[IN_FLIGHT_MAX];
            }
            if (dueTail - dueHead == IN_FLIGHT_MAX) {
                throw new IOException("the server cannot follow the rate: " + IN_FLIGHT_MAX + " requests wait on one connection");
            }
            due[dueTail++ & IN_FLIGHT_MAX - 1] = dueNanos;
        }

        private long answered() {
            return due[dueHead++ & IN_FLIGHT_MAX - 1];
        }

        private void keep(ByteBuffer rest) {
            int before = unsent == null ? 0 : unsent.remaining();
            ByteBuffer all = ByteBuffer.allocateDirect(before + rest.remaining());
            if (before > 0) {
                all.put(unsent);
            }
            unsent = all.put(rest).flip();
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }

        private void writeUnsent() throws IOException {
            channel.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = null;
                key.interestOps(SelectionKey.OP_READ);
            }
        }
    }
}
