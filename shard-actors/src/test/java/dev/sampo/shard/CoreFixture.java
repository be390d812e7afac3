package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import dev.sampo.shard.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A whole node on one thread: cores with fake sockets and lanes that are queues. Whatever is fed is run until nothing is left to
/// do; time stands still unless it is moved. Closing it checks that no handler failed and no buffer was lost.
final class CoreFixture implements AutoCloseable {
    static final long START_MILLIS = 1_700_000_000_000L;
    private static final int EXPIRE_BUDGET = 200;

    private final Node node;
    private final Core[] cores;
    private final FakeTransport[] transports;
    private final List<ArrayDeque<Runnable>> messages = new ArrayList<>();
    private final List<TestClient> clients = new ArrayList<>();
    private final List<Throwable> faults = new ArrayList<>();
    private final Lanes lanes = new Lanes() {
        @Override
        public void toShard(int core, ShardMessage message) {
            messages.get(core).addLast(() -> cores[core].onShardMessage(message));
        }

        @Override
        public void toAcceptor(int core, AcceptorMessage message) {
            messages.get(core).addLast(() -> cores[core].onAcceptorMessage(message));
        }
    };
    private long nowMillis = START_MILLIS;
    private boolean shutdown;

    CoreFixture(int coreCount) {
        this(coreCount, ServerConfig.defaults());
    }

    CoreFixture(int coreCount, ServerConfig config) {
        this(coreCount, config, CommandFamilies.table());
    }

    CoreFixture(int coreCount, ServerConfig config, CommandTable table) {
        node = new Node(config, coreCount, table, Reclaimer.INLINE, (_, cause) -> {
            faults.add(cause);
            return faults.size();
        }, SplitMixRng::new, START_MILLIS, "0123456789abcdef0123456789abcdef01234567");
        node.shutdownHook(() -> shutdown = true);
        cores = new Core[coreCount];
        transports = new FakeTransport[coreCount];
        for (int i = 0; i < coreCount; i++) {
            messages.add(new ArrayDeque<>());
            cores[i] = new Core(node, i, lanes);
            transports[i] = new FakeTransport();
            transports[i].drive(cores[i]);
            cores[i].transport(transports[i]);
            cores[i].beginTurn(nowMillis);
        }
    }

    Node node() {
        return node;
    }

    Core core(int i) {
        return cores[i];
    }

    FakeTransport transport(int core) {
        return transports[core];
    }

    /// Handlers that threw.
    List<Throwable> faults() {
        return faults;
    }

    boolean isShutdown() {
        return shutdown;
    }

    long nowMillis() {
        return nowMillis;
    }

    // ---- clients ----

    TestClient connect(int core) {
        return connect(core, "127.0.0.1:" + (40_000 + clients.size()));
    }

    /// Connects from an address; null when the core refuses it.
    TestClient connect(int core, String remoteAddress) {
        Client client = (Client) cores[core].accepted(100 + clients.size(), remoteAddress, "127.0.0.1:6379");
        if (client == null) {
            return null;
        }
        TestClient connected = new TestClient(client);
        clients.add(connected);
        return connected;
    }

    /// One connection and what it is sent.
    final class TestClient {
        final Client client;

        private TestClient(Client client) {
            this.client = client;
        }

        /// Runs a line of words and returns its one reply. Double quotes keep spaces together.
        Reply call(String line) {
            List<Reply> replies = replies(line);
            assertThat(replies).as(line).hasSize(1);
            return replies.getFirst();
        }

        /// As [#call(String)], as text: see [ReplyText].
        String text(String line) {
            return ReplyText.of(call(line));
        }

        /// Runs lines as one pipeline and returns everything that came.
        List<Reply> replies(String... lines) {
            send(lines);
            return received();
        }

        /// As [#replies(String...)], as text.
        List<String> texts(String... lines) {
            return replies(lines).stream().map(ReplyText::of).toList();
        }

        /// Feeds lines as one pipeline and runs everything.
        void send(String... lines) {
            feed(lines);
            run();
        }

        /// Feeds lines and runs the first turn of this core only.
        void feed(String... lines) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (String line : lines) {
                bytes.writeBytes(request(line));
            }
            feed(bytes.toByteArray());
        }

        void feed(byte[] bytes) {
            OutputBuffer input = new OutputBuffer();
            input.append(bytes);
            client.core.transport().counters().received++;
            client.core.transport().counters().receivedBytes += bytes.length;
            client.core.beginTurn(nowMillis);
            client.core.received(client, input.address(), bytes.length);
            deliver(client.core.index);
            client.core.endTurn();
            input.release();
        }

        /// What came since this was last asked.
        List<Reply> received() {
            ByteArrayOutputStream output = transports[client.core.index].output(client);
            List<Reply> replies = ReplyReader.decodeAll(output.toByteArray());
            output.reset();
            return replies;
        }

        List<String> receivedTexts() {
            return received().stream().map(ReplyText::of).toList();
        }

        boolean isClosed() {
            return client.closed;
        }

        /// The client goes away.
        void disconnect() {
            if (!client.closed) {
                client.core.closeNow(client);
                run();
            }
        }
    }

    // ---- running ----

    /// Delivers messages and completions until there are none.
    void run() {
        boolean any;
        int rounds = 0;
        do {
            any = false;
            for (int i = 0; i < cores.length; i++) {
                any |= turn(i);
            }
            assertThat(rounds++).as("rounds without coming to rest").isLessThan(100_000);
        } while (any);
    }

    /// One turn of the first core.
    void turn() {
        turn(0);
    }

    private boolean turn(int i) {
        boolean any = cores[i].beginTurn(nowMillis);
        any |= deliver(i);
        any |= cores[i].hasWork();
        cores[i].endTurn();
        return transports[i].complete() | any | cores[i].hasWork();
    }

    private boolean deliver(int core) {
        boolean any = false;
        ArrayDeque<Runnable> queue = messages.get(core);
        for (int left = queue.size(); left > 0; left--) {
            queue.pollFirst().run();
            any = true;
        }
        return any;
    }

    /// Moves the time and lets every core have a turn, but no tick.
    void pass(long millis) {
        nowMillis += millis;
        run();
    }

    /// Moves the time and lets every core tick.
    void advance(long millis) {
        nowMillis += millis;
        for (Core core : cores) {
            core.beginTurn(nowMillis);
            core.tick(EXPIRE_BUDGET);
            core.endTurn();
        }
        run();
    }

    /// A request as clients send it.
    static byte[] request(String line) {
        List<String> words = words(line);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String word : words) {
            byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(("$" + utf8.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(utf8);
            bytes.writeBytes(new byte[] {'\r', '\n'});
        }
        return bytes.toByteArray();
    }

    /// Splits at spaces outside of double quotes; `\n` in quotes is a line feed.
    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        boolean quoted = false;
        for (char c : line.toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
                word = word == null ? new StringBuilder() : word;
            } else if (c == ' ' && !quoted) {
                if (word != null) {
                    words.add(word.toString().replace("\\n", "\n"));
                }
                word = null;
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        if (word != null) {
            words.add(word.toString().replace("\\n", "\n"));
        }
        return words;
    }

    @Override
    public void close() {
        clients.forEach(TestClient::disconnect);
        run();
        assertThat(faults).isEmpty();
        for (int i = 0; i < cores.length; i++) {
            assertThat(cores[i].clientCount()).isZero();
            assertThat(cores[i].blocked.count()).isZero();
            node.shards()[i].waits().assertValid();
            assertThat(node.shards()[i].waits().isEmpty()).as("nobody waits on shard %d", i).isTrue();
            assertThat(cores[i].pool.borrowed()).as("buffers lost by core %d", i).isZero();
            cores[i].close();
            node.shards()[i].close();
        }
    }
}
