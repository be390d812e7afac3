package dev.sampo.shard;

import dev.sampo.engine.BlockingRows;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.shard.config.ServerConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A whole node on one thread: the cores of production, with lanes, sockets, clocks and clients of the simulation. One seed
/// decides everything that chance decides in production: which core goes on, which of its messages it takes (in order within
/// a lane, in any order between lanes), how input is cut, when sends complete, when clients leave, how time passes. A run of
/// the same seed is the same run.
///
/// At times, and at the end, everything that is on its way is let arrive, without the help of time; then nothing may be
/// waiting ([#quiesce()]).
final class SimScheduler implements AutoCloseable {
    private static final long HASH_SEED = 20_251;
    private static final long START_MILLIS = 1_700_000_000_000L;
    private static final int TICK_MILLIS = 100;
    private static final int EXPIRE_BUDGET = 20;
    private static final int QUIET_ROUNDS_MAX = 20_000;
    private static final int TRACE_EVENTS = 30;

    private final SplitMixRng rng;
    private final int count;
    private final ArrayDeque<String> trace;
    private final CommandTable production;
    private final Node node;
    private final Core[] cores;
    private final SimTransport[] transports;
    private final SimModel model;
    private final SimObserver observer;
    private final SimSpeech speech;
    private final String[] keys = SimSpeech.keys();
    private final int[] shardOfKey;

    /// By receiver and sender.
    private final ArrayDeque<ShardMessage>[][] toShards;
    private final ArrayDeque<AcceptorMessage>[][] toAcceptors;
    /// Which core a shard belongs to, -1 while ownership is under way.
    private final int[] owner;
    private final boolean[] inTurn;
    private final long[] nextTick;
    /// How likely a core gets the next step; one may be far slower than the others.
    private final int[] speed;
    /// How rarely clients vanish.
    private final int patience;

    private final List<SimClient> clients = new ArrayList<>();
    private final List<SimSpeech.Role> roles = new ArrayList<>();
    private final List<SimClient> left = new ArrayList<>();
    private int clientNames;

    private final Args words = new Args();
    private final OutputBuffer wordBytes = new OutputBuffer();
    private long now = START_MILLIS;
    private int current = -1;
    private int step;
    private Throwable fault;
    private long givenUp;
    private long replies;
    private long messages;
    private long turns;

    /// Whether keys are hashed under the simulation's own seed. Not so when another test of the process came first: SCAN then
    /// walks in another order, and a run repeats within the process only.
    static final boolean REPEATABLE = seedHash();

    private static boolean seedHash() {
        try {
            KeyHash.seed(HASH_SEED);
            return true;
        } catch (IllegalStateException _) {
            return false;
        }
    }

    /// @param traced whether the last events are remembered
    @SuppressWarnings({"unchecked", "rawtypes"})
    SimScheduler(long seed, int shards, boolean traced) {
        rng = new SplitMixRng(seed * 0x9E3779B97F4A7C15L + shards);
        count = shards;
        trace = traced ? new ArrayDeque<>() : null;
        production = BlockingRows.addTo(CommandFamilies.builder()).build();
        ServerConfig config = ServerConfig.defaults().with("databases", Integer.toString(SimSpeech.DATABASES));
        model = new SimModel(production, SimSpeech.DATABASES);
        observer = new SimObserver(this, production, model, keys, SimSpeech.DATABASES, shards);
        node = new Node(config, shards, observer.table(), Reclaimer.INLINE, this::fault, _ -> new SplitMixRng(rng.nextLong()),
            START_MILLIS, "0".repeat(40));
        cores = new Core[shards];
        transports = new SimTransport[shards];
        toShards = new ArrayDeque[shards][shards];
        toAcceptors = new ArrayDeque[shards][shards];
        owner = new int[shards];
        inTurn = new boolean[shards];
        nextTick = new long[shards];
        speed = new int[shards];
        for (int i = 0; i < shards; i++) {
            cores[i] = new Core(node, i, new SimLanes(i));
            transports[i] = new SimTransport(this, i);
            transports[i].open(cores[i]);
            cores[i].transport(transports[i]);
            for (int from = 0; from < shards; from++) {
                toShards[i][from] = new ArrayDeque<>();
                toAcceptors[i][from] = new ArrayDeque<>();
            }
            owner[i] = i;
            nextTick[i] = now + TICK_MILLIS;
            speed[i] = random(4) == 0 ? 1 + random(3) : 10;
        }
        patience = random(3) == 0 ? 15 : 300;
        shardOfKey = new int[keys.length];
        for (int key = 0; key < keys.length; key++) {
            shardOfKey[key] = Long.numberOfTrailingZeros(shards("GET", keys[key]));
        }
        speech = new SimSpeech(this);
    }

    // ---- the run ----

    void run(int steps) {
        int clientsPerCore = 1 + random(3);
        for (int core = 0; core < count; core++) {
            for (int i = 0; i < clientsPerCore; i++) {
                connect(core);
            }
        }
        for (step = 0; step < steps; step++) {
            step();
            if (step % 256 == 255 && random(3) == 0) {
                quiesce();
            }
        }
        quiesce();
        leave();
    }

    private void step() {
        int x = random(100);
        if (x < 16) {
            speak();
        } else if (x < 19) {
            now += random(5) == 0 ? random(500) : random(20);
        } else {
            go(randomCore());
        }
    }

    private int randomCore() {
        int pick = 0;
        for (int each : speed) {
            pick += each;
        }
        pick = random(pick);
        int core = 0;
        while (pick >= speed[core]) {
            pick -= speed[core];
            core++;
        }
        return core;
    }

    /// Lets things happen while nobody says anything new: for tests that say themselves what clients say.
    void wander(int steps) {
        for (int i = 0; i < steps; i++) {
            go(randomCore());
        }
    }

    private void speak() {
        int i = random(clients.size());
        SimClient client = clients.get(i);
        if (client.canSpeak()) {
            speech.speak(client, roles.get(i));
        } else if (client.isClosed()) {
            left.add(client);
            clients.remove(i);
            roles.remove(i);
            connect(client.core);
        }
        if (random(client.isKilled() ? 4 : patience) == 0 && !client.gone() && !client.isClosed()) {
            trace("%s disconnects", client);
            client.disconnect();
        }
    }

    private void connect(int core) {
        SimClient client = join(core);
        SimSpeech.Role role = speech.randomRole();
        roles.set(clients.indexOf(client), role);
        speech.greet(client, role);
        trace("%s connects, %s", client, role);
    }

    /// A new client, which has said nothing yet.
    SimClient join(int core) {
        SimClient client = new SimClient(this, "client " + (char) ('a' + core) + ++clientNames, core);
        current = core;
        begin(core);
        if (!transports[core].accept(client)) {
            throw new SimFailure("a client was refused");
        }
        observer.connected(client);
        clients.add(client);
        roles.add(SimSpeech.Role.ANYBODY);
        return client;
    }

    // ---- one core ----

    /// Lets a core do one thing, if there is something to do.
    private void go(int core) {
        current = core;
        if (!inTurn[core]) {
            if (!hasWork(core) && now < nextTick[core]) {
                return;
            }
            begin(core);
            return;
        }
        switch (random(12)) {
            case 0, 1, 2, 3 -> transports[core].happen();
            case 4, 5, 6, 7, 8 -> receive(core, 1 + random(random(3) == 0 ? 20 : 3));
            case 9 -> tick(core);
            default -> end(core);
        }
        check();
    }

    private boolean hasWork(int core) {
        return cores[core].nextDeadlineMillis() < now || cores[core].hasWork() || hasMessages(core) || transports[core].hasEvents();
    }

    private boolean hasMessages(int core) {
        for (int from = 0; from < count; from++) {
            if (!toShards[core][from].isEmpty() || !toAcceptors[core][from].isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void begin(int core) {
        if (!inTurn[core]) {
            inTurn[core] = true;
            turns++;
            cores[core].beginTurn(now);
        }
    }

    private void end(int core) {
        cores[core].endTurn();
        transports[core].endTurn();
        inTurn[core] = false;
    }

    private void tick(int core) {
        if (now < nextTick[core]) {
            return;
        }
        nextTick[core] = now + TICK_MILLIS;
        trace("core %d: tick", core);
        long at = cores[core].nowMillis();
        List<int[]> stale = observer.stale(1L << core, at);
        cores[core].tick(EXPIRE_BUDGET);
        if (owner[core] == core) {
            observer.removed(stale, at);
        }
    }

    /// Takes up to `most` messages of one lane, if there are any.
    private boolean receive(int core, int most) {
        int start = random(count * 2);
        for (int i = 0; i < count * 2; i++) {
            int lane = (start + i) % (count * 2);
            int from = lane >> 1;
            boolean acceptor = (lane & 1) != 0;
            int waiting = acceptor ? toAcceptors[core][from].size() : toShards[core][from].size();
            if (waiting > 0) {
                for (int n = Math.min(waiting, most); n > 0; n--) {
                    if (acceptor) {
                        deliver(core, from, toAcceptors[core][from].pollFirst());
                    } else {
                        deliver(core, from, toShards[core][from].pollFirst());
                    }
                }
                return true;
            }
        }
        return false;
    }

    private void deliver(int core, int from, ShardMessage message) {
        trace("core %d: shard gets %s from %d", core, message, from);
        if (message instanceof ShardMessage.LeaseReturn) {
            owner[core] = core;
        }
        cores[core].onShardMessage(message);
    }

    private void deliver(int core, int from, AcceptorMessage message) {
        trace("core %d: acceptor gets %s from %d", core, message, from);
        if (message instanceof AcceptorMessage.LeaseGrant grant) {
            owner[grant.shard()] = core;
        }
        cores[core].onAcceptorMessage(message);
    }

    private final class SimLanes implements Lanes {
        private final int from;

        SimLanes(int from) {
            this.from = from;
        }

        @Override
        public void toShard(int core, ShardMessage message) {
            if (message instanceof ShardMessage.LeaseReturn) {
                move(core, from);
            }
            toShards[core][from].addLast(message);
        }

        @Override
        public void toAcceptor(int core, AcceptorMessage message) {
            if (message instanceof AcceptorMessage.LeaseGrant grant) {
                move(grant.shard(), from);
            }
            toAcceptors[core][from].addLast(message);
        }

        private void move(int shard, int sender) {
            if (owner[shard] != sender) {
                throw new SimFailure("core " + sender + " gives away shard " + shard + ", which belongs to " + owner[shard]);
            }
            owner[shard] = -1;
        }
    }

    private long fault(CommandSpec command, Throwable cause) {
        if (fault == null) {
            fault = cause;
        }
        return 1;
    }

    private void check() {
        if (fault != null) {
            throw fault instanceof SimFailure failure ? failure : new SimFailure("a handler failed: " + fault, fault);
        }
    }

    // ---- quiet ----

    /// Lets everything arrive that is on its way, and no time pass: whoever waits then waits for nothing.
    void quiesce() {
        trace("let everything arrive");
        for (int round = 0; settle() || endPause(); round++) {
            if (round > QUIET_ROUNDS_MAX) {
                throw new SimFailure("the node does not come to rest");
            }
        }
        for (SimClient client : clients) {
            client.checkQuiet();
        }
        for (Core core : cores) {
            String where = "core " + core.index;
            require(core.gate.isAvailable(), where + " misses its shard");
            require(core.gate.deferredMessages() == 0, where + " has deferred work");
            require(core.leases.isIdle(), where + " is in a lease round");
            require(!core.hasWork(), where + " has work");
            require(owner[core.index] == core.index, where + "'s shard belongs to another");
            require(core.shard.counters().uncommitted() == 0, where + " changed data without a commit");
            checkRegistry(core);
        }
        observer.checkNobodyIsDue(-1, "nothing");
        long digest = 0;
        for (Shard shard : node.shards()) {
            digest += shard.digest();
        }
        require(digest == model.digest(), "the data differ from the model's");
    }

    /// CLIENT PAUSE is the one thing that only time ends.
    private boolean endPause() {
        if (clients.stream().noneMatch(SimClient::isPaused)) {
            return false;
        }
        now += TICK_MILLIS;
        for (current = 0; current < count; current++) {
            begin(current);
            tick(current);
            end(current);
        }
        return true;
    }

    private boolean settle() {
        boolean busy = false;
        int first = random(count);
        for (int i = 0; i < count; i++) {
            int core = (first + i) % count;
            current = core;
            if (inTurn[core] || hasWork(core)) {
                busy = true;
                begin(core);
                for (int left = 64; left > 0; left--) {
                    boolean any = random(2) == 0 && transports[core].happen() || receive(core, 8) || transports[core].happen();
                    check();
                    if (!any) {
                        break;
                    }
                }
                end(core);
            }
        }
        return busy;
    }

    /// Every core counts the subscribers that there are.
    private void checkRegistry(Core core) {
        if (clients.stream().anyMatch(client -> client.isKilled() && !client.isClosed())) {
            // Its killer may have gone before it could strike.
            return;
        }
        for (String subscription : SimSpeech.subscriptions()) {
            Channel channel = new Channel(SimRequest.bytes(subscription.substring(2)));
            int kind = subscription.startsWith("c:") ? PubSub.CHANNELS : PubSub.PATTERNS;
            long truth = clients.stream().filter(client -> client.hears(subscription)).count();
            long counted = core.pubSub.subscribers(kind, channel);
            require(counted == truth, "core " + core.index + " counts " + counted + " of " + truth + " for " + subscription);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new SimFailure(otherwise);
        }
    }

    /// All clients go, some politely; nothing of them may be left.
    void leave() {
        for (SimClient client : clients) {
            if (client.isKilled() || client.isWaiting() && client.isLeaving()) {
                client.disconnect();
            } else if (!client.isLeaving()) {
                if (random(2) == 0 && !speech.pauses()) {
                    client.halfClose();
                } else {
                    client.disconnect();
                }
            }
        }
        quiesce();
        left.addAll(clients);
        clients.clear();
        for (SimClient client : left) {
            replies += client.replies();
            messages += client.messages();
        }
        for (Core core : cores) {
            String where = "core " + core.index;
            require(core.clientCount() == 0, where + " still has clients");
            require(core.pool.borrowed() == 0, where + " has " + core.pool.borrowed() + " buffers on loan");
            require(core.shard.watches().isEmpty(), where + " has watches of nobody");
            require(core.blocked.count() == 0, where + " counts waits of nobody");
            require(core.shard.waits().isEmpty(), where + " has waits of nobody");
            for (int kind : new int[] {PubSub.CHANNELS, PubSub.PATTERNS}) {
                require(core.pubSub.names(kind).isEmpty(), where + " has subscriptions of nobody");
            }
        }
    }

    @Override
    public void close() {
        for (Core core : cores) {
            core.close();
        }
        for (Shard shard : node.shards()) {
            shard.close();
        }
        model.close();
        words.close();
        wordBytes.release();
    }

    // ---- for the others ----

    int random(int bound) {
        return rng.nextInt(bound);
    }

    /// The time that no core is ahead of.
    long now() {
        return now;
    }

    /// A wait has ended with nothing.
    void gaveUp() {
        givenUp++;
    }

    /// A client that `unblocker` may unblock, or null.
    SimClient waiter() {
        SimClient waiter = clients.get(random(clients.size()));
        return waiter.isLeaving() || waiter.isClosed() ? null : waiter;
    }

    int current() {
        return current;
    }

    int owner(int shard) {
        return owner[shard];
    }

    Shard shard(int index) {
        return node.shards()[index];
    }

    int shardOf(int key) {
        return shardOfKey[key];
    }

    long executions() {
        return observer.executions();
    }

    void checkIteration(int db, long since, Set<String> returned) {
        observer.checkIteration(db, since, returned);
    }

    void closed(SimClient client) {
        observer.closed(client);
    }

    /// A key that lives on the shard.
    String keyOn(int shard) {
        for (int key = 0; key < keys.length; key++) {
            if (shardOfKey[key] == shard) {
                return keys[key];
            }
        }
        throw new IllegalArgumentException("no key on shard " + shard);
    }

    /// Shards of the keys of a command; bit per shard.
    long shards(String... args) {
        wordBytes.clear();
        for (String arg : args) {
            wordBytes.append(SimRequest.bytes(arg));
        }
        words.clear();
        words.begin();
        long at = wordBytes.address();
        for (String arg : args) {
            words.add(at, arg.length());
            at += arg.length();
        }
        CommandSpec spec = production.find(words);
        return spec == null ? 0 : observer.shards(spec, words);
    }

    /// A client that `killer` may kill, perhaps on another core, or null.
    SimClient victim(SimClient killer) {
        SimClient victim = clients.get(random(clients.size()));
        return victim == killer || victim.isLeaving() || victim.inBlock() ? null : victim;
    }

    /// A PUBLISH runs now: notes who must get the message and returns how many that are.
    long published(SimClient publisher, String[] args) {
        long least = 0;
        for (SimClient client : clients) {
            least += client.published(args[1], args[2]);
        }
        return least;
    }

    boolean matches(String subscription, String channel) {
        String name = subscription.substring(2);
        return subscription.startsWith("c:") ? name.equals(channel) : channel.startsWith(name.substring(0, name.length() - 1));
    }

    // ---- what happened ----

    void trace(String format, Object... values) {
        if (trace != null) {
            if (trace.size() == TRACE_EVENTS) {
                trace.removeFirst();
            }
            trace.addLast(String.format(Locale.ROOT, "%6d  %s", step, String.format(Locale.ROOT, format, values)));
        }
    }

    List<String> lastEvents() {
        return List.copyOf(trace);
    }

    Map<String, Long> counts() {
        long leases = 0;
        long forwarded = 0;
        for (Core core : cores) {
            leases += core.leases.rounds();
            forwarded += core.stats.forwarded;
        }
        Map<String, Long> counts = new TreeMap<>(observer.waitCounts());
        counts.putAll(Map.of("executions", observer.executions(), "comparisons", observer.comparisons(), "replies", replies,
            "turns", turns, "leases", leases, "forwarded", forwarded, "messages", messages,
            "transfers", speech.transfers(), "wholeReads", speech.wholeReads(), "givenUp", givenUp));
        return counts;
    }
}
