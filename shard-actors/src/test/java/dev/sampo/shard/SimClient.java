package dev.sampo.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/// A client of the simulated node: its unsent requests, what it expects for those it has sent, and what it has received.
/// Knows the rules of one connection (queueing, subscriptions, CLIENT REPLY, the end by QUIT) on its own, so that the node's
/// are checked against them.
final class SimClient {
    /// One reply that must come next.
    private record Expected(SimRequest request, byte[] bytes, Consumer<byte[]> then) { }

    final int core;
    private final String name;
    private final SimScheduler sim;
    private Client connection;

    // ---- to the node ----
    private final ArrayDeque<byte[]> input = new ArrayDeque<>();
    private int inputOffset;
    private long inputBytes;
    private boolean halfClosed;
    private boolean gone;
    /// Another client has been told to kill this one.
    private boolean killed;

    // ---- from the node ----
    private final SimReplies received = new SimReplies();
    private boolean cut;
    private boolean closed;

    // ---- requests ----
    private int nextIndex;
    private final Map<String, ArrayDeque<SimRequest>> pending = new HashMap<>();
    private final ArrayDeque<SimRequest> blocks = new ArrayDeque<>();
    private final ArrayDeque<Expected> expected = new ArrayDeque<>();
    private final int[] lastOnShard = new int[Node.CORES_MAX];
    private long replies;
    private boolean said;

    // ---- what the connection's state will be when all that was sent has run ----
    private int db;
    private int respVersion = 2;
    private boolean silent;
    private boolean skipNext;
    private SimRequest block;
    private boolean aborted;
    /// With the number of the request that made each.
    private final Map<String, Integer> subscriptions = new TreeMap<>();

    // ---- publish and subscribe, as the client has seen it ----
    /// Acknowledged and not given up.
    private final Set<String> heard = new TreeSet<>();
    /// Messages that must arrive, by subscription.
    private final Map<String, Set<String>> due = new HashMap<>();
    private final Map<String, Integer> lastMessage = new HashMap<>();
    private long messages;

    /// Commands follow when a reply comes.
    private boolean inDialogue;

    /// What it waits for, as far as executions tell; null = nothing.
    private SimRequest waiting;
    /// CLIENT UNBLOCKs that others have sent for it and that have not ended a wait.
    private int unblocks;

    SimClient(SimScheduler sim, String name, int core) {
        this.sim = sim;
        this.name = name;
        this.core = core;
        Arrays.fill(lastOnShard, -1);
    }

    void connected(Client newConnection) {
        connection = newConnection;
    }

    long id() {
        return connection.id();
    }

    Client connection() {
        return connection;
    }

    // ---- what the transport asks ----

    boolean hasInput() {
        return inputBytes > 0;
    }

    boolean halfClosed() {
        return halfClosed;
    }

    boolean gone() {
        return gone;
    }

    /// Some of the bytes that are on their way, cut anywhere.
    byte[] takeInput(int most) {
        byte[] first = input.peekFirst();
        int left = first.length - inputOffset;
        int length = switch (sim.random(8)) {
            case 0 -> 1;
            case 1, 2 -> 1 + sim.random(Math.min(left, 16));
            case 3 -> 1 + sim.random(left);
            default -> (int) Math.min(inputBytes, 1 + sim.random(most));
        };
        length = Math.min(length, most);
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < length) {
            byte[] head = input.peekFirst();
            int part = Math.min(length - at, head.length - inputOffset);
            System.arraycopy(head, inputOffset, bytes, at, part);
            at += part;
            inputOffset += part;
            if (inputOffset == head.length) {
                input.removeFirst();
                inputOffset = 0;
            }
        }
        inputBytes -= length;
        return bytes;
    }

    /// Bytes from the node.
    void receive(byte[] bytes) {
        received.add(bytes);
        byte[] reply;
        while ((reply = received.next()) != null) {
            take(reply);
        }
    }

    /// The node closes the connection; `discard` loses output.
    void cut(boolean discard) {
        if (discard && !gone && !killed) {
            throw new SimFailure(this + " was cut off");
        }
        cut = true;
    }

    void closed() {
        closed = true;
        sim.closed(this);
    }

    boolean isClosed() {
        return closed;
    }

    // ---- requests ----

    /// Whether this client can say something new.
    boolean canSpeak() {
        return !isLeaving() && !cut && !inDialogue && inputBytes < 64 << 10;
    }

    int db() {
        return db;
    }

    boolean inBlock() {
        return block != null;
    }

    boolean isSubscriber() {
        return !subscriptions.isEmpty();
    }

    int respVersion() {
        return respVersion;
    }

    void respVersion(int version) {
        respVersion = version;
    }

    private boolean silent() {
        boolean drop = silent || skipNext;
        skipNext = false;
        return drop;
    }

    /// A command on data, or one whose reply only its execution knows. Between MULTI and EXEC it is queued.
    void executed(String... args) {
        executed(null, args);
    }

    /// As [#executed(String...)], with something to do when the reply comes.
    void executed(Consumer<byte[]> then, String... args) {
        SimRequest request = request(SimRequest.Kind.EXECUTED, args);
        if (!request.queued || !aborted) {
            pending.computeIfAbsent(request.text(), _ -> new ArrayDeque<>()).addLast(request);
        }
        expectQueuedOr(request, null, then);
    }

    /// A command that may wait; between MULTI and EXEC it does not.
    ///
    /// @param canTimeOut whether time may end the wait
    void blocking(boolean canTimeOut, String... args) {
        if (block != null) {
            executed(args);
            return;
        }
        SimRequest request = request(SimRequest.Kind.BLOCKING, args);
        request.canTimeOut = canTimeOut;
        pending.computeIfAbsent(request.text(), _ -> new ArrayDeque<>()).addLast(request);
        expect(silent(), request, null, null);
    }

    /// Another client is about to unblock this one.
    void unblock() {
        unblocks++;
    }

    /// Whether the node holds it in a wait that has not been decided.
    boolean isWaiting() {
        return !closed && connection.blocked != null && connection.blocked.isRegistered() && !connection.blocked.isDone();
    }

    /// The observer has seen a request of this client find nothing and wait, for the first time or again.
    void waits(String[] words, int ranInDb, long shards, boolean again) {
        if (!again) {
            if (waiting != null) {
                // The wait before is over, but its answer has not been seen.
                waiting.givenUp = true;
            }
            waiting = begun(words, ranInDb, shards, false);
        } else if (waiting == null) {
            throw new SimFailure(String.join(" ", words) + " of " + this + " ran again, but it does not wait");
        }
    }

    /// The observer has seen the request it waits in succeed.
    void served(String[] words, byte[] reply) {
        if (waiting == null) {
            throw new SimFailure(String.join(" ", words) + " of " + this + " ran again, but it does not wait");
        }
        if (connection.closing) {
            throw new SimFailure(waiting + " was served to " + this + ", which is gone");
        }
        waiting.executed = true;
        waiting.reply = reply;
        waiting = null;
    }

    /// A command of the session with a reply known in advance (`null` = anything).
    void session(String reply, String... args) {
        SimRequest request = request(reply == null ? SimRequest.Kind.ANY : SimRequest.Kind.FIXED, args);
        request.reply = reply == null ? null : SimRequest.bytes(reply);
        if (request.queued && !aborted) {
            pending.computeIfAbsent(request.text(), _ -> new ArrayDeque<>()).addLast(request);
        }
        expectQueuedOr(request, request.reply, null);
    }

    private void expectQueuedOr(SimRequest request, byte[] reply, Consumer<byte[]> then) {
        boolean drop = silent();
        if (request.queued) {
            block.block.add(request);
            block.left++;
            expect(drop, request, SimRequest.bytes("+QUEUED\r\n"), null);
        } else {
            expect(drop, request, reply, then);
        }
    }

    /// A request that is refused; in a block it spoils it.
    void refused(String error, String... args) {
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, args);
        send(request.encode());
        expect(silent(), request, SimRequest.bytes("-" + error + "\r\n"), null);
        if (block != null) {
            spoil();
        }
    }

    private void spoil() {
        aborted = true;
        forget(block);
    }

    private void forget(SimRequest whole) {
        for (SimRequest each : whole.block) {
            ArrayDeque<SimRequest> same = pending.get(each.text());
            if (same != null) {
                same.remove(each);
            }
        }
    }

    void select(int newDb) {
        session("+OK\r\n", "SELECT", Integer.toString(newDb));
        if (block == null) {
            db = newDb;
        }
    }

    /// SELECT in a block that is left in the same database as it began.
    void queuedIn(int otherDb, Runnable commands) {
        int own = db;
        session("+OK\r\n", "SELECT", Integer.toString(otherDb));
        db = otherDb;
        commands.run();
        db = own;
        session("+OK\r\n", "SELECT", Integer.toString(own));
    }

    void multi() {
        direct("+OK\r\n", "MULTI");
        block = new SimRequest(SimRequest.Kind.BLOCK, 0, db, false, "EXEC");
        aborted = false;
    }

    void exec(Consumer<byte[]> then) {
        SimRequest whole = block;
        block = null;
        if (aborted) {
            direct("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC");
            return;
        }
        SimRequest request = new SimRequest(SimRequest.Kind.BLOCK, nextIndex++, db, false, "EXEC");
        request.block.addAll(whole.block);
        request.left = whole.left;
        for (SimRequest each : request.block) {
            request.shards |= sim.shards(each.args);
            each.owner = request;
        }
        blocks.addLast(request);
        send(request.encode());
        expect(silent(), request, null, then);
    }

    void discard() {
        forget(block);
        block = null;
        direct("+OK\r\n", "DISCARD");
    }

    /// A command that is run at once even between MULTI and EXEC.
    void direct(String reply, String... args) {
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, args);
        send(request.encode());
        expect(silent(), request, SimRequest.bytes(reply), null);
    }

    /// CLIENT REPLY in one of its modes.
    void replyMode(String mode) {
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, "CLIENT", "REPLY", mode);
        send(request.encode());
        switch (mode) {
            case "ON" -> {
                silent = false;
                expect(false, request, SimRequest.bytes("+OK\r\n"), null);
            }
            case "OFF" -> silent = true;
            default -> skipNext = true;
        }
    }

    void quit() {
        direct("+OK\r\n", "QUIT");
        said = true;
    }

    /// Bytes that are no request, and the error that ends the connection.
    void breakProtocol(String bytes, String error) {
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, "<broken>");
        send(SimRequest.bytes(bytes));
        expect(silent(), request, SimRequest.bytes("-" + error + "\r\n"), null);
        said = true;
    }

    void halfClose() {
        if (block != null) {
            forget(block);
            block = null;
        }
        halfClosed = true;
    }

    void disconnect() {
        gone = true;
        input.clear();
        inputOffset = 0;
        inputBytes = 0;
        due.clear();
        heard.clear();
    }

    /// Another client is about to kill this one: it says nothing more, and may lose what is due to it.
    void kill() {
        killed = true;
        due.clear();
        heard.clear();
    }

    boolean isKilled() {
        return killed;
    }

    boolean isPaused() {
        return !closed && connection.suspension == Client.Suspension.PAUSE;
    }

    boolean isLeaving() {
        return gone || halfClosed || said || killed;
    }

    private SimRequest request(SimRequest.Kind kind, String... args) {
        SimRequest request = new SimRequest(kind, nextIndex++, db, block != null, args);
        send(sim.random(12) == 0 && Arrays.stream(args).allMatch(SimClient::isPlain) ? request.encodeInline() : request.encode());
        return request;
    }

    /// Whether an argument can stand in an inline request as it is.
    private static boolean isPlain(String arg) {
        return !arg.isEmpty() && arg.length() < 100 && arg.chars().allMatch(Character::isLetterOrDigit);
    }

    private void send(byte[] bytes) {
        if (isLeaving()) {
            throw new IllegalStateException(this + " has nothing more to say");
        }
        input.addLast(bytes);
        inputBytes += bytes.length;
    }

    private void expect(boolean drop, SimRequest request, byte[] bytes, Consumer<byte[]> then) {
        if (!drop) {
            expected.addLast(new Expected(request, bytes, then));
        }
    }

    // ---- dialogues ----

    /// From now on the client speaks only when a reply makes it.
    void beginDialogue() {
        inDialogue = true;
    }

    void endDialogue() {
        inDialogue = false;
    }

    /// Whether a dialogue may go on: the client can still send.
    boolean mayAnswer() {
        return !isLeaving() && !cut;
    }

    // ---- executions ----

    /// The observer has seen one of this client's requests run.
    void executed(String[] words, int ranInDb, long shards, boolean inBlock, byte[] reply) {
        SimRequest request = begun(words, ranInDb, shards, inBlock);
        request.executed = true;
        request.reply = reply;
    }

    private SimRequest begun(String[] words, int ranInDb, long shards, boolean inBlock) {
        SimRequest request = take(words);
        if (request.queued != inBlock) {
            throw new SimFailure(request + " of " + this + (inBlock ? " ran within an EXEC" : " ran outside of its EXEC"));
        }
        if (request.db != ranInDb) {
            throw new SimFailure(request + " of " + this + " ran in database " + ranInDb + " and not in " + request.db);
        }
        for (long rest = shards; rest != 0; rest &= rest - 1) {
            int shard = Long.numberOfTrailingZeros(rest);
            if (request.index < lastOnShard[shard]) {
                throw new SimFailure(request + " of " + this + " ran on shard " + shard + " after #" + lastOnShard[shard]);
            }
            lastOnShard[shard] = request.index;
        }
        return request;
    }

    /// One of the queued commands of the session has run.
    void executedOther(String[] words) {
        take(words).executed = true;
    }

    private SimRequest take(String[] words) {
        ArrayDeque<SimRequest> same = pending.get(String.join(" ", words));
        SimRequest request = same == null ? null : same.pollFirst();
        if (request == null) {
            throw new SimFailure("twice, or too early: " + String.join(" ", words) + " of " + this);
        }
        if (request.queued) {
            SimRequest whole = request.owner;
            if (whole == null || !whole.executed) {
                throw new SimFailure(request + " of " + this + " ran before its EXEC");
            }
            int position = whole.block.size() - whole.left;
            if (whole.block.get(position) != request) {
                throw new SimFailure(request + " of " + this + " ran in the place of " + whole.block.get(position));
            }
            whole.left--;
        }
        return request;
    }

    SimRequest nextBlock() {
        SimRequest next = blocks.peekFirst();
        if (next == null) {
            throw new SimFailure("an EXEC that " + this + " has not sent");
        }
        return next;
    }

    /// EXEC has decided: its commands run, or none of them will.
    void blockBegun(SimRequest whole, boolean runs) {
        blocks.removeFirst();
        if (!runs) {
            forget(whole);
            whole.reply = SimRequest.bytes(respVersion == 3 ? "_\r\n" : "*-1\r\n");
            whole.left = 0;
        }
    }

    // ---- replies ----

    private void take(byte[] reply) {
        List<byte[]> elements = SimReplies.elements(reply);
        if (elements != null && isMessage(elements)) {
            message(elements);
            return;
        }
        Expected next = expected.pollFirst();
        if (next == null) {
            throw new SimFailure(this + " got a reply to nothing: " + SimRequest.text(reply));
        }
        replies++;
        check(next, reply, elements);
        if (next.then != null) {
            next.then.accept(reply);
        }
    }

    private void check(Expected next, byte[] reply, List<byte[]> elements) {
        SimRequest request = next.request;
        byte[] due = next.bytes;
        if (due == null) {
            switch (request.kind) {
                case ANY -> {
                    return;
                }
                case BLOCK -> {
                    checkBlock(request, reply, elements);
                    return;
                }
                case BLOCKING -> {
                    if (!request.executed) {
                        checkGivenUp(request, reply);
                        return;
                    }
                    due = request.reply;
                }
                default -> {
                    if (!request.executed) {
                        throw new SimFailure(this + " got for " + request + ", which has not run: " + SimRequest.text(reply));
                    }
                    due = request.reply;
                }
            }
        }
        if (!Arrays.equals(due, reply)) {
            throw difference(request, reply, due);
        }
    }

    /// A wait that ended without anything having been found.
    private void checkGivenUp(SimRequest request, byte[] reply) {
        String text = SimRequest.text(reply);
        boolean error = text.equals("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
        boolean nil = text.equals("*-1\r\n") || text.equals("$-1\r\n") || text.equals("_\r\n");
        if (!error && !nil || waiting != request && !request.givenUp) {
            throw new SimFailure(this + " got for " + request + ", which has not run: " + text);
        }
        if (error || !request.canTimeOut) {
            if (unblocks == 0) {
                throw new SimFailure(this + " got for " + request + ", which nobody ended: " + text);
            }
            unblocks--;
        }
        if (waiting == request) {
            waiting = null;
        }
        sim.gaveUp();
    }

    private SimFailure difference(SimRequest request, byte[] reply, byte[] due) {
        return new SimFailure(this + " got for " + request + "\n  reply:    " + SimRequest.text(reply) + "\n  expected: "
            + SimRequest.text(due));
    }

    private void checkBlock(SimRequest request, byte[] reply, List<byte[]> elements) {
        if (!request.executed) {
            throw new SimFailure(this + " got a reply to an EXEC that has not run: " + SimRequest.text(reply));
        }
        if (request.reply != null) {
            if (!Arrays.equals(request.reply, reply)) {
                throw new SimFailure(this + " got for an EXEC that gave up: " + SimRequest.text(reply));
            }
            return;
        }
        if (elements == null || elements.size() != request.block.size() || request.left != 0) {
            throw new SimFailure(this + " got for an EXEC of " + request.block.size() + " commands: " + SimRequest.text(reply));
        }
        for (int i = 0; i < elements.size(); i++) {
            SimRequest each = request.block.get(i);
            if (each.kind != SimRequest.Kind.ANY && !Arrays.equals(each.reply, elements.get(i))) {
                throw difference(each, elements.get(i), each.reply);
            }
        }
    }

    // ---- publish and subscribe ----

    private static final String[] WORDS = {"subscribe", "psubscribe", "unsubscribe", "punsubscribe"};

    /// SUBSCRIBE or PSUBSCRIBE.
    void subscribe(boolean patterns, List<String> names) {
        List<String> args = new ArrayList<>(List.of(patterns ? "PSUBSCRIBE" : "SUBSCRIBE"));
        args.addAll(names);
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, args.toArray(String[]::new));
        send(request.encode());
        for (String each : names) {
            String key = (patterns ? "p:" : "c:") + each;
            subscriptions.put(key, request.index);
            expect(false, request, acknowledgement(patterns ? 1 : 0, each), _ -> {
                if (subscriptions.getOrDefault(key, -1) == request.index && !isLeaving()) {
                    heard.add(key);
                }
            });
        }
    }

    /// UNSUBSCRIBE or PUNSUBSCRIBE.
    void unsubscribe(boolean patterns, List<String> names) {
        List<String> args = new ArrayList<>(List.of(patterns ? "PUNSUBSCRIBE" : "UNSUBSCRIBE"));
        args.addAll(names);
        SimRequest request = new SimRequest(SimRequest.Kind.FIXED, nextIndex++, db, false, args.toArray(String[]::new));
        send(request.encode());
        for (String each : names) {
            String key = (patterns ? "p:" : "c:") + each;
            subscriptions.remove(key);
            heard.remove(key);
            due.remove(key);
            expect(false, request, acknowledgement(patterns ? 3 : 2, each), null);
        }
    }

    private byte[] acknowledgement(int word, String channel) {
        return SimRequest.bytes((respVersion == 3 ? ">" : "*") + "3\r\n$" + WORDS[word].length() + "\r\n" + WORDS[word] + "\r\n$"
            + channel.length() + "\r\n" + channel + "\r\n:" + subscriptions.size() + "\r\n");
    }

    /// A message is published; returns how often this client must get it.
    int published(String channel, String payload) {
        int count = 0;
        for (String each : heard) {
            if (!isLeaving() && !cut && sim.matches(each, channel)) {
                due.computeIfAbsent(each, _ -> new HashSet<>()).add(payload);
                count++;
            }
        }
        return count;
    }

    boolean hears(String subscription) {
        return !closed && heard.contains(subscription);
    }

    private static boolean isMessage(List<byte[]> elements) {
        if (elements.size() < 3 || elements.getFirst()[0] != '$') {
            return false;
        }
        String word = SimReplies.content(elements.getFirst());
        return elements.size() == 3 && "message".equals(word) || elements.size() == 4 && "pmessage".equals(word);
    }

    private void message(List<byte[]> elements) {
        boolean byPattern = elements.size() == 4;
        String key = (byPattern ? "p:" : "c:") + SimReplies.content(elements.get(1));
        String channel = SimReplies.content(elements.get(elements.size() - 2));
        String payload = SimReplies.content(elements.getLast());
        messages++;
        int colon = payload.indexOf(':');
        String source = key + " " + payload.substring(0, colon);
        int number = Integer.parseInt(payload.substring(colon + 1));
        Integer last = lastMessage.put(source, number);
        if (last != null && last >= number) {
            throw new SimFailure(this + " got message " + payload + " by " + key + " after number " + last);
        }
        if (!sim.matches(key, channel)) {
            throw new SimFailure(this + " got a message on " + channel + " by " + key);
        }
        Set<String> open = due.get(key);
        if (open != null) {
            open.remove(payload);
        }
    }

    // ---- the end ----

    /// Everything has arrived and nothing is on its way: nothing may be missing.
    void checkQuiet() {
        if (gone || killed) {
            return;
        }
        if (isWaiting() || halfClosed && closed && waiting != null) {
            if (waiting == null || expected.isEmpty() || expected.peekFirst().request != waiting && !isSilentWait()) {
                throw new SimFailure(this + " waits, but not in " + (expected.isEmpty() ? "a request" : expected.peekFirst().request));
            }
            return;
        }
        if (!expected.isEmpty()) {
            throw new SimFailure(this + " waits for a reply to " + expected.peekFirst().request + " and " + (expected.size() - 1)
                + " more; suspended: " + connection.suspension + ", closed: " + closed);
        }
        if (!received.isEmpty()) {
            throw new SimFailure(this + " got half a reply");
        }
        due.forEach((subscription, missing) -> {
            if (!missing.isEmpty() && !isLeaving()) {
                throw new SimFailure(this + " missed " + missing + " by " + subscription);
            }
        });
        if (isLeaving() != closed) {
            throw new SimFailure(this + (closed ? " was closed" : " was not closed"));
        }
        if (!closed && (connection.isSuspended() || connection.inputLength() != 0 || !connection.replies.isEmpty()
            || connection.hasOutput() || connection.ready)) {
            throw new SimFailure(this + " is not idle: " + connection.suspension + ", " + connection.inputLength() + " unread, "
                + connection.replies.size() + " awaited, " + connection.outputBytes() + " not sent, ready: " + connection.ready);
        }
        pending.forEach((text, left) -> {
            if (!left.isEmpty() && block == null) {
                throw new SimFailure(this + " asked for " + text + ", which never ran");
            }
        });
    }

    /// Its reply is dropped (CLIENT REPLY SKIP or OFF).
    private boolean isSilentWait() {
        return expected.stream().noneMatch(each -> each.request == waiting);
    }

    long replies() {
        return replies;
    }

    long messages() {
        return messages;
    }

    @Override
    public String toString() {
        return name;
    }
}
