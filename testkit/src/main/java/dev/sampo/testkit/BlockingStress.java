package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Very many clients that wait in blocking commands while others push in every way there is. Every element has its own name,
/// so that what is lost, doubled or out of order has a name too.
public final class BlockingStress {
    private static final String USAGE = "BlockingStress --server redis|sampo|<port> --shards N --transport uring|stream --clients N --millis N ";
    private static final int PUSHERS = 6;
    private static final int PATIENCE_MILLIS = 30_000;

    private final ServerUnderTest server;
    private final int clients;
    private final String[] lists = IsolationChecker.spreadKeys("wait:l");
    private final String[] stored = IsolationChecker.spreadKeys("wait:s");
    private final String[] sorted = IsolationChecker.spreadKeys("wait:z");

    private final Set<String> pushed = ConcurrentHashMap.newKeySet();
    private final Set<String> taken = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicLong names = new AtomicLong();
    private final AtomicLong timeouts = new AtomicLong();
    private final AtomicLong unblocked = new AtomicLong();
    private final AtomicLong kills = new AtomicLong();
    private final AtomicLong disconnected = new AtomicLong();
    /// Whether the server has sorted sets, and SORT.
    private final boolean sets;
    private final boolean sorts;
    /// Who was killed, by CLIENT ID: nobody else may be cut off.
    private final Set<Long> killed = ConcurrentHashMap.newKeySet();
    private volatile Violence violence = Violence.NONE;
    private volatile boolean pushing = true;
    private volatile boolean waiting = true;

    private BlockingStress(ServerUnderTest server, int clients) {
        this.server = server;
        this.clients = clients;
        try (RespClient client = RespClient.connect(server)) {
            sets = knows(client, "BZPOPMIN");
            sorts = knows(client, "SORT");
        }
    }

    private static boolean knows(RespClient client, String command) {
        return client.call("COMMAND", "INFO", command) instanceof Reply.Array array && array.elements().getFirst() instanceof Reply.Array;
    }

    /// What happens to clients that wait.
    public enum Violence {
        /// They are unblocked.
        NONE,
        /// Some are killed, by CLIENT KILL; they read to the end what the server had for them.
        KILLS,
        /// Some are killed, others go away without a word.
        CUTS
    }

    /// What came of a run.
    ///
    /// @param lost elements that nobody has got and that are nowhere; a client that is killed or cut off may have been served just before
    /// @param ends waits that ended by kill or disconnection
    /// @param violations everything that must not be
    public record Result(int clients, long pushed, long taken, long timeouts, long unblocked, long ends, long lost, List<String> violations) {
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        try (ServerUnderTest server = options.server("server", "redis")) {
            final int clients = options.number("clients", 1000);
            final Result fair = inOrder(server, clients);
            boolean well = fair.violations().isEmpty();
            System.out.println(server.name() + ": in order " + fair);
            for (Violence each : Violence.values()) {
                final Result any = run(server, clients, options.number("millis", 5000), each);
                System.out.println(server.name() + ": at random, " + each + " " + any);
                well &= any.violations().isEmpty();
            }
            if (!well) {
                System.exit(1);
            }
        }
    }

    // ---------------------------------------------------------------- at random

    /// Clients wait for random keys with random timeouts, others push, and some clients are unblocked, killed or go away.
    ///
    public static Result run(ServerUnderTest server, int clients, long millis, Violence violence) {
        return new BlockingStress(server, clients).run(millis, violence);
    }

    private Result run(long millis, Violence given) {
        violence = given;
        try (RespClient control = RespClient.connect(server)) {
            control.call("FLUSHALL");
            final List<Thread> waiters = start(clients, this::waitForever);
            final List<Thread> pushers = start(PUSHERS, this::push);
            final Thread villain = Thread.startVirtualThread(() -> disturb());
            pause(millis);
            pushing = false;
            pushers.forEach(BlockingStress::join);
            join(villain);
            waiting = false;
            waiters.forEach(BlockingStress::join);
            final Set<String> left = new HashSet<>();
            for (int i = 0; i < lists.length; i++) {
                elements(control.call("LRANGE", lists[i], "0", "-1"), left);
                elements(control.call("LRANGE", stored[i], "0", "-1"), left);
                elements(control.call("ZRANGE", sorted[i], "0", "-1"), left);
            }
            left.stream().filter(taken::contains).forEach(each -> violations.add(each + " was taken and is still there"));
            taken.stream().filter(each -> !pushed.contains(each)).forEach(each -> violations.add(each + " was taken, but nobody pushed it"));
            final Set<String> lost = new HashSet<>(pushed);
            lost.removeAll(taken);
            lost.removeAll(left);
            final long ends = kills.get() + disconnected.get();
            if (lost.size() > ends) {
                violations.add(lost.size() + " elements are lost, but only " + ends + " clients were cut off: " + lost.stream().limit(10).toList());
            }
            final String info = text(control.call("INFO", "clients"));
            if (!info.contains("blocked_clients:0")) {
                violations.add("clients are left that wait: " + info);
            }
            return new Result(clients, pushed.size(), taken.size(), timeouts.get(), unblocked.get(), ends, lost.size(), List.copyOf(violations));
        }
    }

    private List<Thread> start(int count, Runnable body) {
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    body.run();
                } catch (RuntimeException e) {
                    violations.add(e + " at " + e.getStackTrace()[0]);
                }
            }));
        }
        return threads;
    }

    /// One client that waits again and again, anew when it has been cut off.
    private void waitForever() {
        while (waiting) {
            long id = 0;
            try (RespClient client = RespClient.connect(server.port(), PATIENCE_MILLIS)) {
                id = client.call("CLIENT", "ID") instanceof Reply.Int number ? number.value() : 0;
                waitUntilCutOff(client);
            } catch (UncheckedIOException e) {
                if (!killed.contains(id)) {
                    violations.add("cut off without having been killed: " + e + ", " + e.getCause());
                }
            }
        }
    }

    private void waitUntilCutOff(RespClient client) {
        final Random random = ThreadLocalRandom.current();
        int round = 0;
        while (waiting) {
            final String token = "token" + round++;
            client.send(request(random));
            // A command behind a blocking one is answered after it.
            client.send("ECHO", token);
            if (violence == Violence.CUTS && random.nextInt(400) == 0 && pushing) {
                disconnected.incrementAndGet();
                return;
            }
            take(client.read());
            final Reply echo = client.read();
            if (!text(echo).equals(token)) {
                violations.add("behind a blocking command came " + echo);
            }
        }
    }

    private String[] request(Random random) {
        final String timeout = "0.0" + (20 + random.nextInt(79));
        final String one = lists[random.nextInt(lists.length)];
        final String other = stored[random.nextInt(stored.length)];
        final String third = lists[random.nextInt(lists.length)];
        return switch (random.nextInt(sets ? 8 : 6)) {
            case 0 -> new String[] {"BRPOP", one, timeout};
            case 1 -> new String[] {"BLPOP", one, other, third, timeout};
            case 2 -> new String[] {"BLMPOP", timeout, "3", other, one, third, "LEFT"};
            case 3 -> new String[] {"BLPOP", other, timeout};
            case 4 -> new String[] {"BLMOVE", other, "wait:gone", "LEFT", "RIGHT", timeout};
            case 5 -> new String[] {"BLPOP", one, other, timeout};
            case 6 -> new String[] {"BZPOPMIN", sorted[random.nextInt(sorted.length)], sorted[random.nextInt(sorted.length)], timeout};
            default -> new String[] {"BZMPOP", timeout, "1", sorted[random.nextInt(sorted.length)], "MAX"};
        };
    }

    private void take(Reply reply) {
        if (reply instanceof Reply.Null) {
            timeouts.incrementAndGet();
            return;
        }
        if (reply instanceof Reply.Failure failure) {
            if (failure.message().startsWith("UNBLOCKED")) {
                unblocked.incrementAndGet();
            } else {
                violations.add(failure.message());
            }
            return;
        }
        final Set<String> found = new HashSet<>();
        elements(reply, found);
        if (found.size() != 1) {
            violations.add("taken at once: " + found);
        }
        found.forEach(each -> {
            if (!taken.add(each)) {
                violations.add(each + " was taken twice");
            }
        });
    }

    /// Pushes until it is time to stop, each element in one of the ways there are.
    private void push() {
        final Random random = ThreadLocalRandom.current();
        final String own = "push:" + Thread.currentThread().threadId();
        try (RespClient client = RespClient.connect(server.port(), PATIENCE_MILLIS)) {
            while (pushing) {
                push(client, random, own, "e" + names.incrementAndGet());
                if (random.nextInt(20) == 0) {
                    pause(1);
                }
            }
        }
    }

    private void push(RespClient client, Random random, String own, String element) {
        final String key = lists[random.nextInt(lists.length)];
        final String store = stored[random.nextInt(stored.length)];
        final String zset = sorted[random.nextInt(sorted.length)];
        switch (random.nextInt(sorts ? 9 : sets ? 8 : 6)) {
            case 0 -> count(element, client.call("RPUSH", key, element));
            case 1 -> count(element, client.call("LPUSH", key, element));
            case 2 -> {
                final String second = "e" + names.incrementAndGet();
                pushed.add(element);
                pushed.add(second);
                client.send("MULTI").send("RPUSH", key, element).send("LPUSH", store, second).send("EXEC");
                for (int i = 0; i < 4; i++) {
                    last(client.read());
                }
            }
            case 3 -> {
                pushed.add(element);
                client.call("RPUSH", own, element);
                if (!client.call("RENAMENX", own, store).equals(new Reply.Int(1))) {
                    last(client.call("LMOVE", own, key, "LEFT", "RIGHT"));
                }
            }
            case 4 -> {
                client.call("RPUSH", own, element);
                pushed.add(element);
                if (!client.call("COPY", own, store).equals(new Reply.Int(1))) {
                    pushed.remove(element);
                }
                client.call("DEL", own);
            }
            case 5 -> {
                client.call("RPUSH", own, element);
                last(client.call("LMOVE", own, remember(element, key), "LEFT", "LEFT"));
            }
            case 6 -> count(element, client.call("ZADD", zset, Integer.toString(random.nextInt(100)), element));
            case 7 -> storeUnion(client, own, zset, element);
            default -> storeSorted(client, own, store, element);
        }
    }

    private String remember(String element, String key) {
        pushed.add(element);
        return key;
    }

    private void count(String element, Reply reply) {
        pushed.add(element);
        last(reply);
    }

    /// SORT STORE overwrites: only where nothing is.
    private void storeSorted(RespClient client, String own, String key, String element) {
        client.call("RPUSH", own, element);
        overwrite(client, key, element, "SORT", own, "ALPHA", "STORE", key);
        client.call("DEL", own);
    }

    private void storeUnion(RespClient client, String own, String key, String element) {
        client.call("ZADD", own, "1", element);
        overwrite(client, key, element, "ZUNIONSTORE", key, "1", own);
        client.call("DEL", own);
    }

    private void overwrite(RespClient client, String key, String element, String... request) {
        client.call("WATCH", key);
        if (!client.call("EXISTS", key).equals(new Reply.Int(0))) {
            client.call("UNWATCH");
            return;
        }
        pushed.add(element);
        client.send("MULTI").send(request).send("EXEC");
        client.read();
        last(client.read());
        final Reply executed = client.read();
        last(executed);
        if (executed instanceof Reply.Null) {
            pushed.remove(element);
        }
    }

    private void last(Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            violations.add(failure.message());
        } else if (reply instanceof Reply.Array array) {
            array.elements().forEach(this::last);
        }
    }

    /// Unblocks and kills clients that wait.
    private void disturb() {
        final Random random = ThreadLocalRandom.current();
        try (RespClient client = RespClient.connect(server.port(), PATIENCE_MILLIS)) {
            while (pushing) {
                final List<String> ids = new ArrayList<>();
                text(client.call("CLIENT", "LIST")).lines().filter(line -> line.contains("flags=b"))
                    .forEach(line -> ids.add(line.substring(3, line.indexOf(' '))));
                for (int i = 0; i < 20 && !ids.isEmpty(); i++) {
                    final String id = ids.get(random.nextInt(ids.size()));
                    if (violence != Violence.NONE && random.nextInt(4) == 0) {
                        killed.add(Long.valueOf(id));
                        if (client.call("CLIENT", "KILL", "ID", id).equals(new Reply.Int(1))) {
                            kills.incrementAndGet();
                        }
                    } else {
                        client.call("CLIENT", "UNBLOCK", id, random.nextBoolean() ? "ERROR" : "TIMEOUT");
                    }
                }
                pause(5);
            }
        }
    }

    // ---------------------------------------------------------------- in order

    /// All clients wait for one of a few keys, one after the other; then elements are pushed one at a time: of those who wait
    /// for a key the first must get the first.
    public static Result inOrder(ServerUnderTest server, int clients) {
        return new BlockingStress(server, clients).inOrder();
    }

    private Result inOrder() {
        final List<RespClient> waiters = new ArrayList<>();
        final int keys = 4;
        try (RespClient control = RespClient.connect(server.port(), PATIENCE_MILLIS)) {
            control.call("FLUSHALL");
            for (int i = 0; i < clients; i++) {
                final RespClient client = RespClient.connect(server.port(), PATIENCE_MILLIS);
                waiters.add(client);
                // Every third waits for a key that nobody pushes to as well, on another shard.
                final String key = lists[i % keys];
                client.send(i % 3 == 0 ? new String[] {"BLPOP", "nobody" + i % 7, key, "0"} : new String[] {"BLPOP", key, "0"});
                client.send("ECHO", "after");
                final long expected = i + 1;
                await(() -> text(control.call("INFO", "clients")).contains("blocked_clients:" + expected + "\r\n"), "client " + i + " waits");
            }
            for (int i = 0; i < clients; i++) {
                final String key = lists[i % keys];
                final String element = "o" + i;
                pushed.add(element);
                pushOne(control, i / keys, key, element);
                final Set<String> found = new HashSet<>();
                elements(waiters.get(i).read(), found);
                if (!found.contains(element)) {
                    violations.add("client " + i + " got " + found + " and not " + element);
                }
                taken.addAll(found);
                if (!text(waiters.get(i).read()).equals("after")) {
                    violations.add("something came before what was behind BLPOP");
                }
            }
            return new Result(clients, pushed.size(), taken.size(), 0, 0, 0, 0, List.copyOf(violations));
        } finally {
            waiters.forEach(RespClient::close);
        }
    }

    private void pushOne(RespClient control, int way, String key, String element) {
        switch (way % (sorts ? 7 : 6)) {
            case 0 -> control.call("RPUSH", key, element);
            case 1 -> {
                control.call("RPUSH", "tmp", element);
                control.call("RENAME", "tmp", key);
            }
            case 2 -> {
                control.call("RPUSH", "tmp", element);
                control.call("COPY", "tmp", key);
                control.call("DEL", "tmp");
            }
            case 3 -> {
                control.call("RPUSH", "tmp", element);
                control.call("LMOVE", "tmp", key, "LEFT", "RIGHT");
            }
            case 4 -> {
                control.send("MULTI").send("SET", "other", "1").send("LPUSH", key, element).send("EXEC");
                for (int i = 0; i < 4; i++) {
                    control.read();
                }
            }
            case 5 -> {
                control.call("SELECT", "1");
                control.call("RPUSH", key, element);
                control.call("MOVE", key, "0");
                control.call("SELECT", "0");
            }
            default -> {
                control.call("RPUSH", "tmp", element);
                control.call("SORT", "tmp", "ALPHA", "STORE", key);
                control.call("DEL", "tmp");
            }
        }
    }

    // ---------------------------------------------------------------- small things

    /// The element names in a reply, whatever stands around them.
    private static void elements(Reply reply, Set<String> into) {
        switch (reply) {
            case Reply.Array array -> array.elements().forEach(each -> elements(each, into));
            case Reply.Bulk bulk -> {
                final String text = new String(bulk.bytes(), StandardCharsets.ISO_8859_1);
                if (text.matches("[eo][0-9]+")) {
                    into.add(text);
                }
            }
            default -> { }
        }
    }

    private static String text(Reply reply) {
        return switch (reply) {
            case Reply.Bulk bulk -> new String(bulk.bytes(), StandardCharsets.ISO_8859_1);
            case Reply.Verbatim verbatim -> verbatim.text();
            default -> reply.toString();
        };
    }

    private static void await(BooleanSupplier condition, String what) {
        final long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not within " + PATIENCE_MILLIS + " ms: " + what);
            }
            Thread.onSpinWait();
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
