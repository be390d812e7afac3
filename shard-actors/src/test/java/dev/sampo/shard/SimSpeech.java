package dev.sampo.shard;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What simulated clients say: random commands over a few keys that lie on all shards, in pipelines, blocks and dialogues.
final class SimSpeech {
    static final int DATABASES = 4;
    /// Where accounts and the keys of whole MSETs live; nobody else writes there.
    private static final int BANK_DB = 3;
    private static final int ACCOUNTS = 4;
    private static final int TEAR_KEYS = 4;
    private static final String[] KEYS = {
        "k0", "k1", "k2", "k3", "k4", "k5", "k6", "{a}x", "{a}y", "{b}x", "{b}y", "c0", "c1", "c2"
    };
    private static final String[] CHANNELS = {"news", "sport", "nets"};
    private static final String[] PATTERNS = {"ne*", "s*"};
    private static final String SUBSCRIBED_ONLY = "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
        + " / RESET are allowed in this context";

    /// What kind of client one is, for life.
    enum Role { ANYBODY, BANKER, SUBSCRIBER }

    private final SimScheduler sim;
    /// Whether clients pause the node; then none half-closes, for a paused one is closed without an answer.
    private final boolean pauses;
    private int published;
    private long transfers;
    private long wholeReads;

    SimSpeech(SimScheduler sim) {
        this.sim = sim;
        pauses = sim.random(6) == 0;
    }

    /// All keys that are ever named in databases that expire, scan and flush.
    static String[] keys() {
        List<String> all = new ArrayList<>(List.of(KEYS));
        for (int i = 0; i < ACCOUNTS; i++) {
            all.add("acct" + i);
        }
        for (int i = 0; i < TEAR_KEYS; i++) {
            all.add("tear" + i);
        }
        return all.toArray(String[]::new);
    }

    /// All that can be subscribed to: channels as `c:name`, patterns as `p:pattern`.
    static List<String> subscriptions() {
        List<String> all = new ArrayList<>();
        for (String channel : CHANNELS) {
            all.add("c:" + channel);
        }
        for (String pattern : PATTERNS) {
            all.add("p:" + pattern);
        }
        return all;
    }

    boolean pauses() {
        return pauses;
    }

    long transfers() {
        return transfers;
    }

    long wholeReads() {
        return wholeReads;
    }

    Role randomRole() {
        int x = sim.random(10);
        return x == 0 ? Role.SUBSCRIBER : x < 3 ? Role.BANKER : Role.ANYBODY;
    }

    void greet(SimClient client, Role role) {
        if (sim.random(4) == 0) {
            client.session(null, "HELLO", "3");
            client.respVersion(3);
        }
        if (role == Role.BANKER) {
            client.select(BANK_DB);
        }
    }

    /// The client says something.
    void speak(SimClient client, Role role) {
        switch (role) {
            case ANYBODY -> pipeline(client, 1 + sim.random(sim.random(4) == 0 ? 24 : 6));
            case BANKER -> bank(client);
            case SUBSCRIBER -> subscriber(client);
        }
    }

    private void pipeline(SimClient client, int length) {
        for (int i = 0; i < length && client.canSpeak(); i++) {
            int x = sim.random(100);
            if (x < 62) {
                data(client);
            } else if (x < 70) {
                blocking(client);
            } else if (x < 80) {
                block(client);
            } else if (x < 83) {
                client.select(sim.random(BANK_DB));
            } else if (x < 86) {
                error(client);
            } else if (x < 89) {
                publish(client);
            } else if (x < 92) {
                clientCommand(client);
            } else if (x < 94) {
                client.session("+PONG\r\n", "PING");
            } else if (x < 96) {
                scan(client);
            } else if (x < 97) {
                if (sim.random(2) == 0) {
                    watch(client);
                    client.session("+OK\r\n", "UNWATCH");
                } else {
                    watchMortal(client);
                }
            } else if (x == 98 && sim.random(20) == 0) {
                flood(client);
            } else if (x == 99 && sim.random(6) == 0) {
                leave(client);
            } else {
                wide(client);
            }
        }
    }

    // ---- data ----

    private String key() {
        return KEYS[sim.random(KEYS.length)];
    }

    private String value() {
        return switch (sim.random(8)) {
            case 0, 1, 2 -> Integer.toString(sim.random(1000) - 500);
            case 3 -> "";
            case 4 -> "x".repeat(40 + sim.random(200));
            case 5 -> sim.random(10) == 0 ? "big" + "y".repeat(3000 + sim.random(90_000)) : "b" + "z".repeat(sim.random(3000));
            default -> "v" + sim.random(100_000);
        };
    }

    /// A command that waits until a key is there, or is another one.
    private void blocking(SimClient client) {
        boolean forEver = sim.random(2) == 0;
        String timeout = forEver ? "0" : "0.0" + (10 + sim.random(90));
        switch (sim.random(8)) {
            case 0 -> client.blocking(!forEver, "TAKETO", key(), key(), timeout);
            case 1 -> client.blocking(!forEver, "SEE", key(), sim.random(2) == 0 ? "$" : value(), timeout);
            case 2 -> {
                SimClient waiter = sim.waiter();
                if (waiter != null && !client.inBlock()) {
                    client.session(null, "CLIENT", "UNBLOCK", Long.toString(waiter.id()), sim.random(2) == 0 ? "ERROR" : "TIMEOUT");
                    waiter.unblock();
                }
            }
            case 3, 4 -> client.blocking(!forEver, "TAKE", key(), key(), timeout);
            case 5 -> client.blocking(!forEver, "TAKE", key(), key(), key(), timeout);
            default -> client.blocking(!forEver, "TAKE", key(), timeout);
        }
    }

    private String[] with(String command, int count, boolean values) {
        List<String> args = new ArrayList<>(List.of(command));
        for (int i = 0; i < count; i++) {
            args.add(key());
            if (values) {
                args.add(value());
            }
        }
        return args.toArray(String[]::new);
    }

    private String number(int bound) {
        return Integer.toString(sim.random(bound));
    }

    private void data(SimClient client) {
        String k = key();
        switch (sim.random(45)) {
            case 0, 1, 2, 3 -> client.executed("GET", k);
            case 4, 5, 6 -> client.executed("SET", k, value());
            case 7 -> client.executed("SET", k, value(), "PX", Integer.toString(1 + sim.random(400)));
            case 8 -> client.executed("SET", k, value(), sim.random(2) == 0 ? "NX" : "XX");
            case 9 -> client.executed("SET", k, value(), "KEEPTTL", "GET");
            case 10 -> client.executed("APPEND", k, "+" + number(10));
            case 11 -> client.executed("INCR", k);
            case 12 -> client.executed("INCRBY", "c" + number(3), number(100));
            case 13 -> client.executed("DECR", k);
            case 14 -> client.executed("STRLEN", k);
            case 15 -> client.executed("GETRANGE", k, "0", number(20));
            case 16 -> client.executed("SETRANGE", k, number(30), "abc");
            case 17 -> client.executed("GETDEL", k);
            case 18 -> client.executed("GETEX", k, "PX", Integer.toString(1 + sim.random(400)));
            case 19, 20, 21 -> client.executed(with("MSET", 2 + sim.random(4), true));
            case 22 -> client.executed(with("MSETNX", 1 + sim.random(3), true));
            case 23, 24, 25 -> client.executed(with("MGET", 1 + sim.random(6), false));
            case 26 -> client.executed(with("DEL", 1 + sim.random(4), false));
            case 27 -> client.executed(with("UNLINK", 1 + sim.random(2), false));
            case 28 -> client.executed(with("EXISTS", 1 + sim.random(4), false));
            case 29 -> client.executed("RENAME", k, key());
            case 30 -> client.executed("RENAMENX", k, key());
            case 31 -> client.executed("COPY", k, key());
            case 32 -> client.executed("COPY", k, key(), "DB", number(BANK_DB), "REPLACE");
            case 33 -> client.executed("MOVE", k, number(BANK_DB));
            case 34 -> client.executed("TYPE", k);
            case 35, 36 -> client.executed("PEXPIRE", k, number(400));
            case 37 -> client.executed("EXPIRE", k, number(2));
            case 38 -> client.executed("PERSIST", k);
            case 39 -> client.executed("PTTL", k);
            case 40 -> client.executed("KEYS", sim.random(2) == 0 ? "*" : "k*");
            case 41 -> client.executed("DBSIZE");
            case 42 -> client.executed("TOUCH", k, key());
            default -> {
                if (sim.random(8) != 0) {
                    client.executed("GET", k);
                } else if (sim.random(3) == 0) {
                    client.executed("SWAPDB", number(BANK_DB), number(BANK_DB));
                } else {
                    client.executed("FLUSHDB");
                }
            }
        }
    }

    /// A request of so many arguments that its parser remembers how far it has come.
    private void wide(SimClient client) {
        int count = 10 + sim.random(20);
        switch (sim.random(3)) {
            case 0 -> client.executed(with("MSET", count, true));
            case 1 -> client.executed(with("MGET", count, false));
            default -> {
                // All on one shard.
                List<String> args = new ArrayList<>(List.of("EXISTS"));
                for (int i = 0; i < count; i++) {
                    args.add("{a}" + (sim.random(2) == 0 ? "x" : "y"));
                }
                client.executed(args.toArray(String[]::new));
            }
        }
    }

    private void error(SimClient client) {
        switch (sim.random(6)) {
            case 0 -> client.refused("ERR wrong number of arguments for 'get' command", "GET");
            case 1 -> client.refused("ERR unknown command 'NOSUCH', with args beginning with: 'k0' ", "NOSUCH", "k0");
            case 2 -> client.executed("SET", key(), "v", "PX", "soon");
            case 3 -> client.session("-ERR DB index is out of range\r\n", "SELECT", "99");
            case 4 -> client.direct("-ERR EXEC without MULTI\r\n", "EXEC");
            default -> client.direct("-ERR DISCARD without MULTI\r\n", "DISCARD");
        }
    }

    /// More requests at once than the node has under way for one client, or more bytes than it reads ahead.
    private void flood(SimClient client) {
        String k = key();
        if (sim.random(2) == 0) {
            for (int i = 0; i < 1500; i++) {
                client.executed("GET", k);
            }
        } else {
            client.executed(with("MGET", 8, false));
            for (int i = 0; i < 24; i++) {
                client.executed("SET", k, "f".repeat(60_000));
            }
            client.executed("SET", k, "small");
        }
    }

    private void leave(SimClient client) {
        switch (sim.random(4)) {
            case 0 -> client.quit();
            case 1 -> client.breakProtocol("*1\r\n:5\r\n", "ERR Protocol error: expected '$', got ':'");
            case 2 -> {
                if (!pauses) {
                    client.halfClose();
                }
            }
            default -> client.disconnect();
        }
    }

    // ---- transactions ----

    private void watch(SimClient client) {
        client.executed(with("WATCH", 1 + sim.random(3), false));
    }

    /// Watches keys of which one is about to expire; the next EXEC comes when it comes.
    private void watchMortal(SimClient client) {
        String mortal = key();
        client.executed("SET", mortal, value(), "PX", Integer.toString(1 + sim.random(60)));
        client.executed("WATCH", key(), mortal, key());
    }

    private void block(SimClient client) {
        if (sim.random(3) == 0) {
            watch(client);
            if (sim.random(3) == 0) {
                data(client);
            }
        }
        client.multi();
        int length = sim.random(6);
        String tag = sim.random(3) == 0 ? "{a}x" : null;
        for (int i = 0; i < length; i++) {
            int x = sim.random(40);
            if (x == 0) {
                error0(client);
            } else if (x == 1) {
                client.session("+PONG\r\n", "PING");
            } else if (x == 2) {
                client.queuedIn(sim.random(BANK_DB), () -> data(client));
            } else if (x == 3) {
                publish(client);
            } else if (x == 4) {
                client.session(null, "CLIENT", "LIST");
            } else if (x == 5) {
                client.direct("-ERR MULTI calls can not be nested\r\n", "MULTI");
            } else if (tag != null) {
                client.executed(sim.random(2) == 0 ? "GET" : "INCR", tag);
            } else {
                data(client);
            }
        }
        switch (sim.random(12)) {
            case 0 -> client.discard();
            case 1 -> {
                if (sim.random(6) == 0) {
                    client.disconnect();
                } else {
                    client.exec(null);
                }
            }
            default -> client.exec(null);
        }
    }

    private void error0(SimClient client) {
        client.refused("ERR unknown command 'NOSUCH', with args beginning with: ", "NOSUCH");
    }

    // ---- the session ----

    private void clientCommand(SimClient client) {
        switch (sim.random(6)) {
            case 0 -> client.session(null, "CLIENT", "LIST");
            case 4 -> kill(client);
            case 5 -> {
                if (pauses) {
                    client.session("+OK\r\n", "CLIENT", "PAUSE", number(300), sim.random(2) == 0 ? "WRITE" : "ALL");
                }
            }
            case 1 -> client.session(":" + client.id() + "\r\n", "CLIENT", "ID");
            case 2 -> {
                client.replyMode("SKIP");
                data(client);
            }
            default -> {
                client.replyMode("OFF");
                for (int i = sim.random(4); i > 0; i--) {
                    data(client);
                }
                client.replyMode("ON");
            }
        }
    }

    private void kill(SimClient client) {
        SimClient victim = sim.random(3) == 0 ? sim.victim(client) : null;
        if (victim != null) {
            client.session(null, "CLIENT", "KILL", "ID", Long.toString(victim.id()));
            victim.kill();
        }
    }

    private void publish(SimClient client) {
        client.executed("PUBLISH", CHANNELS[sim.random(CHANNELS.length)], client + ":" + ++published);
    }

    private void subscriber(SimClient client) {
        switch (sim.random(10)) {
            case 0, 1, 2 -> client.subscribe(false, some(CHANNELS));
            case 3, 4 -> client.subscribe(true, some(PATTERNS));
            case 5, 6 -> client.unsubscribe(false, some(CHANNELS));
            case 7 -> client.unsubscribe(true, some(PATTERNS));
            case 8 -> {
                if (client.respVersion() == 2 && client.isSubscriber()) {
                    client.session("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "PING");
                    client.refused(SUBSCRIBED_ONLY, "GET", "k0");
                } else {
                    data(client);
                }
            }
            default -> {
                if (sim.random(6) == 0) {
                    leave(client);
                }
            }
        }
    }

    private List<String> some(String[] names) {
        List<String> some = new ArrayList<>();
        for (String name : names) {
            if (sim.random(2) == 0) {
                some.add(name);
            }
        }
        return some.isEmpty() ? List.of(names[0]) : some;
    }

    // ---- dialogues ----

    /// Walks a database from the first to the last step of SCAN.
    private void scan(SimClient client) {
        client.beginDialogue();
        scanFrom(client, "0", sim.executions(), new HashSet<>());
    }

    /// @param since an execution before the walk began
    private void scanFrom(SimClient client, String cursor, long since, Set<String> returned) {
        client.executed(reply -> {
            List<byte[]> elements = SimReplies.elements(reply);
            String next = SimReplies.content(elements.get(0));
            for (byte[] key : SimReplies.elements(elements.get(1))) {
                returned.add(SimReplies.content(key));
            }
            if (next.equals("0")) {
                sim.checkIteration(client.db(), since, returned);
                client.endDialogue();
            } else if (client.mayAnswer()) {
                scanFrom(client, next, since, returned);
            }
        }, "SCAN", cursor, "COUNT", Integer.toString(1 + sim.random(4)));
    }

    private void bank(SimClient client) {
        switch (sim.random(8)) {
            case 0, 1 -> transferInBlock(client);
            case 2, 3 -> transferWatching(client);
            case 4 -> client.executed(with("MSET", "tear", TEAR_KEYS, "t" + sim.random(1_000_000)));
            case 5 -> client.executed(this::checkWhole, with("MGET", "tear", TEAR_KEYS, null));
            default -> client.executed(this::checkSum, with("MGET", "acct", ACCOUNTS, null));
        }
    }

    private static String[] with(String command, String prefix, int count, String value) {
        List<String> args = new ArrayList<>(List.of(command));
        for (int i = 0; i < count; i++) {
            args.add(prefix + i);
            if (value != null) {
                args.add(value);
            }
        }
        return args.toArray(String[]::new);
    }

    private void transferInBlock(SimClient client) {
        String amount = number(100);
        client.multi();
        client.executed("DECRBY", "acct" + number(ACCOUNTS), amount);
        client.executed("INCRBY", "acct" + number(ACCOUNTS), amount);
        client.exec(_ -> transfers++);
    }

    /// Reads two accounts, then writes both unless one has changed meanwhile.
    private void transferWatching(SimClient client) {
        int from = sim.random(ACCOUNTS);
        int to = (from + 1 + sim.random(ACCOUNTS - 1)) % ACCOUNTS;
        client.beginDialogue();
        client.executed("WATCH", "acct" + from, "acct" + to);
        client.executed(reply -> {
            List<byte[]> balances = SimReplies.elements(reply);
            long amount = sim.random(50);
            client.endDialogue();
            if (client.mayAnswer()) {
                client.multi();
                client.executed("SET", "acct" + from, Long.toString(balance(balances.get(0)) - amount));
                client.executed("SET", "acct" + to, Long.toString(balance(balances.get(1)) + amount));
                client.exec(_ -> transfers++);
            }
        }, "MGET", "acct" + from, "acct" + to);
    }

    private static long balance(byte[] reply) {
        String text = SimReplies.content(reply);
        return text == null ? 0 : Long.parseLong(text);
    }

    private void checkSum(byte[] reply) {
        long sum = 0;
        for (byte[] each : SimReplies.elements(reply)) {
            sum += balance(each);
        }
        wholeReads++;
        if (sum != 0) {
            throw new SimFailure("the accounts sum up to " + sum + ": " + SimRequest.text(reply));
        }
    }

    private void checkWhole(byte[] reply) {
        Set<String> values = new HashSet<>();
        for (byte[] each : SimReplies.elements(reply)) {
            values.add(String.valueOf(SimReplies.content(each)));
        }
        wholeReads++;
        if (values.size() != 1) {
            throw new SimFailure("MGET saw half an MSET: " + values);
        }
    }
}
