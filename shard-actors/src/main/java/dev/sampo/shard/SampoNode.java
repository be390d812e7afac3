package dev.sampo.shard;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.sampo.engine.Clock;
import dev.sampo.engine.FaultLog;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.net.Endpoint;
import dev.sampo.net.IoLoop;
import dev.sampo.net.StreamListener;
import dev.sampo.net.StreamTransport;
import dev.sampo.net.UringTransport;
import dev.sampo.shard.config.ServerConfig;
import dev.sampo.uring.CpuAffinity;
import dev.sampo.uring.Errno;
import dev.sampo.uring.IoUring;
import dev.sampo.uring.Kernel;
import dev.sampo.uring.Probe;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running Sampo server: its actor system, a reactor per core, and the listeners.
public final class SampoNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SampoNode.class);
    private static final long TRANSPORT_START_SECONDS = 20;
    private static final long STOP_SECONDS = 10;
    private static final int EXPIRE_BUDGET_PER_EFFORT = 200;

    private final Node node;
    private final Core[] cores;
    private final Reactor[] reactors;
    private final ActorSystem<Void> system;
    private final LaneRefs lanes;
    private final Reclaimer reclaimer;
    private final int port;
    private final String transportReason;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /// The lanes between cores are the mailboxes of their actors.
    private static final class LaneRefs implements Lanes {
        private final List<ActorRef<ShardMessage>> shards = new ArrayList<>();
        private final List<ActorRef<AcceptorMessage>> acceptors = new ArrayList<>();

        @Override
        public void toShard(int core, ShardMessage message) {
            shards.get(core).tell(message);
        }

        @Override
        public void toAcceptor(int core, AcceptorMessage message) {
            acceptors.get(core).tell(message);
        }
    }

    /// Starts a server; returns when it accepts connections.
    ///
    /// @throws NodeStartException with one clear line when it cannot
    public static SampoNode start(ServerConfig config) {
        return new SampoNode(config);
    }

    private SampoNode(ServerConfig config) {
        int count = config.shards() == 0 ? Math.min(Node.CORES_MAX, cpuCount()) : config.shards();
        CompletableFuture<ActorSystem<Void>> actors = new CompletableFuture<>();
        Choice choice = chooseTransport(config, actors);
        transportReason = choice.reason();
        List<InetAddress> addresses = resolve(config.bind());
        if (choice.sharesPort()) {
            checkPortIsFree(addresses, config.port());
        }

        Clock clock = new SystemClock();
        reclaimer = Reclaimer.start("sampo-reclaimer");
        node = new Node(config, count, commandTable(), reclaimer, faultLog(), _ -> new SplitMixRng(new SecureRandom().nextLong()), clock.unixMillis(), randomRunId());
        node.durableListener(this::tellDurable);
        node.shutdownHook(this::shutdown);
        node.background(task -> Thread.ofPlatform().daemon().name("sampo-background").start(task));
        int[] cpus = config.pinCores() ? CpuAffinity.allowedCpus() : new int[0];
        reactors = new Reactor[count];
        lanes = new LaneRefs();
        node.lanes(lanes);
        cores = new Core[count];
        List<CompletableFuture<IoLoop>> starting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            reactors[i] = new Reactor(i, cpus.length == 0 ? -1 : cpus[i % cpus.length], config.hz(), config.spinMicros(),
                EXPIRE_BUDGET_PER_EFFORT, clock, choice.factory());
            starting.add(reactors[i].start());
        }
        ActorSystem<Void> started = null;
        try {
            for (int i = 0; i < count; i++) {
                IoLoop io = starting.get(i).orTimeout(TRANSPORT_START_SECONDS, TimeUnit.SECONDS).join();
                cores[i] = new Core(node, i, lanes);
                cores[i].transport(io);
            }
            started = startActors();
            actors.complete(started);
            boolean loads = node.persistence().isNeeded();
            for (int i = 0; i < count; i++) {
                if (loads) {
                    cores[i].gate.lend();
                }
            }
            node.loading(loads);
            for (int i = 0; i < count; i++) {
                reactors[i].drive(cores[i]);
            }
            port = listen(starting, addresses, config);
            node.port(port);
            if (loads) {
                load();
            }
            node.persistence().ready();
            Thread.ofPlatform().daemon().name("sampo-docs").start(CommandFamilies::docs);
        } catch (CompletionException e) {
            stop(started);
            throw new NodeStartException(e.getCause().getMessage(), e.getCause());
        } catch (NodeStartException e) {
            stop(started);
            throw e;
        }
        system = started;
    }

    /// Fills the shards, which nobody else touches meanwhile: clients are told so.
    private void load() {
        node.persistence().start();
        for (int i = 0; i < cores.length; i++) {
            lanes.toShard(i, ShardMessage.LeaseReturn.with(null, 0));
        }
        node.loading(false);
    }

    private void tellDurable() {
        for (int i = 0; i < cores.length; i++) {
            if (cores[i].replyHold.isListening()) {
                lanes.toAcceptor(i, AcceptorMessage.Durable.INSTANCE);
            }
        }
    }

    /// The port that clients connect to.
    public int port() {
        return port;
    }

    public int shards() {
        return cores.length;
    }

    /// `uring` or `stream`.
    public String transport() {
        return cores[0].transport().name();
    }

    /// Why this transport was chosen, one line.
    public String transportReason() {
        return transportReason;
    }

    /// Called when a client asks for SHUTDOWN; returns at once. By default the node closes itself.
    public void onShutdown(Runnable hook) {
        node.shutdownHook(hook);
    }

    /// Called with each new snapshot of the settings, on a core's thread: must return at once.
    public void onConfigChange(Consumer<ServerConfig> listener) {
        node.configListener(listener);
    }

    /// Who writes the settings down when a client sends CONFIG REWRITE; returns null or what went wrong. Without one the server has no file
    /// to write.
    public void onConfigRewrite(Function<ServerConfig, String> writer) {
        node.configWriter(writer);
    }

    public NodeStats stats() {
        return new LiveStats(node, cores, port, transportReason);
    }

    /// Whether the node, which is being stopped, is writing its last files: who ends the process now loses them. Any thread.
    public boolean isWritingLast() {
        return node.persistence().isWritingLast();
    }

    /// Stops accepting, lets what is under way finish, closes the connections and gives everything back. The stage completes when that is done.
    public CompletionStage<Void> shutdown() {
        if (closing.compareAndSet(false, true)) {
            new Thread(this::drainAndStop, "sampo-shutdown").start();
        }
        return closed;
    }

    /// As [#shutdown], and waits for it.
    @Override
    public void close() {
        shutdown();
        closed.join();
    }

    private void drainAndStop() {
        try {
            CountDownLatch drained = new CountDownLatch(cores.length);
            for (int i = 0; i < cores.length; i++) {
                lanes.toAcceptor(i, new AcceptorMessage.Stop(drained::countDown));
            }
            if (!drained.await(node.config().shutdownTimeout(), TimeUnit.SECONDS)) {
                LOG.warn("some clients did not take their last replies within {} s", node.config().shutdownTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stop(system);
            closed.complete(null);
        }
    }

    private void stop(ActorSystem<Void> started) {
        try {
            if (started != null) {
                started.terminate();
                started.getWhenTerminated().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
            }
            boolean stopped = true;
            for (Reactor reactor : reactors) {
                reactor.stop();
            }
            for (Reactor reactor : reactors) {
                stopped &= reactor.awaitStopped(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            }
            if (stopped) {
                node.persistence().close();
                for (var shard : node.shards()) {
                    shard.close();
                }
            }
            reclaimer.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("the actor system did not stop", e);
        }
    }

    // ---- start ----

    private static int cpuCount() {
        int allowed = CpuAffinity.allowedCpus().length;
        // None are named where affinity is not known.
        return allowed > 0 ? allowed : Runtime.getRuntime().availableProcessors();
    }

    /// @param sharesPort each core has a listener of its own on the port, and so could another server
    private record Choice(Supplier<IoLoop> factory, boolean sharesPort, String reason) { }

    private static Choice chooseTransport(ServerConfig config, CompletableFuture<ActorSystem<Void>> actors) {
        return switch (config.transport()) {
            case URING -> {
                Probe probe = IoUring.probe();
                if (!probe.supported()) {
                    throw new NodeStartException("io_uring is not available (" + probe.reason() + "); allow it, or start with --transport stream");
                }
                yield uring(config, "forced by the configuration");
            }
            case AUTO -> {
                Probe probe = IoUring.probe();
                yield probe.supported() ? uring(config, "io_uring works here (kernel " + probe.kernelRelease() + ")")
                    : stream(actors, "io_uring is not available: " + probe.reason());
            }
            case STREAM -> stream(actors, "forced by the configuration");
        };
    }

    private static Choice uring(ServerConfig config, String reason) {
        return new Choice(() -> new UringTransport(config.receiveBuffers(), config.receiveBufferBytes()), true, reason);
    }

    private static Choice stream(CompletableFuture<ActorSystem<Void>> actors, String reason) {
        StreamListener listener = new StreamListener(actors);
        return new Choice(() -> new StreamTransport(listener), false, reason);
    }

    private ActorSystem<Void> startActors() {
        Config config = ConfigFactory.parseResources("sampo-actors.conf");
        for (int i = 0; i < cores.length; i++) {
            config = config.withFallback(CoreDispatcher.configuration(i));
        }
        config = config.withFallback(ConfigFactory.defaultReference());
        ActorSystemSetup setup = ActorSystemSetup.create(BootstrapSetup.create(config), new CoreDispatcher.Reactors(reactors));
        CountDownLatch spawned = new CountDownLatch(1);
        ActorSystem<Void> started = ActorSystem.create(Behaviors.<Void>setup(context -> {
            for (int i = 0; i < cores.length; i++) {
                DispatcherSelector dispatcher = DispatcherSelector.fromConfig(CoreDispatcher.id(i));
                lanes.shards.add(context.spawn(ShardActor.create(cores[i]), "shard-" + i, dispatcher));
                lanes.acceptors.add(context.spawn(AcceptorActor.create(cores[i]), "acceptor-" + i, dispatcher));
            }
            spawned.countDown();
            return Behaviors.empty();
        }), "sampo", setup);
        try {
            spawned.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return started;
    }

    /// Opens the listeners, each on its core's thread; the first one decides the port.
    private int listen(List<CompletableFuture<IoLoop>> transports, List<InetAddress> addresses, ServerConfig config) {
        int chosen = config.port();
        for (int i = 0; i < cores.length; i++) {
            IoLoop io = transports.get(i).join();
            Core core = cores[i];
            Endpoint endpoint = new Endpoint(addresses, chosen, config.tcpBacklog(), config.tcpKeepalive(), cores.length > 1);
            chosen = CompletableFuture.supplyAsync(() -> io.open(core, endpoint), reactors[i]).join();
        }
        return chosen;
    }

    private static List<InetAddress> resolve(List<String> names) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String name : names) {
            boolean optional = name.startsWith("-");
            String host = optional ? name.substring(1) : name;
            try {
                addresses.add(InetAddress.getByName(host.equals("*") ? "0.0.0.0" : host));
            } catch (UnknownHostException e) {
                if (!optional) {
                    throw new NodeStartException("cannot resolve the address '" + host + "' of setting bind; name an address of this machine", e);
                }
            }
        }
        if (addresses.isEmpty()) {
            throw new NodeStartException("setting bind names no address; name at least one, for example 127.0.0.1");
        }
        return addresses;
    }

    /// Cores share a port, and so could another server of the same user: a port that is taken is refused before that.
    private static void checkPortIsFree(List<InetAddress> addresses, int port) {
        if (port == 0 || Kernel.unsupportedReason().isPresent()) {
            return;
        }
        for (InetAddress address : addresses) {
            int fd = Kernel.listenTcp(address, port, 1, false);
            if (fd < 0) {
                throw new NodeStartException("cannot listen on " + address.getHostAddress() + ":" + port + " (" + Errno.describe(fd)
                    + "); stop what uses the port, or choose another with --port");
            }
            Kernel.close(fd);
        }
    }

    private static CommandTable commandTable() {
        return CommandFamilies.table();
    }

    private static FaultLog faultLog() {
        AtomicLong ids = new AtomicLong();
        return (command, cause) -> {
            long id = ids.incrementAndGet();
            LOG.error("internal error, id {}: command {} failed; its client was told, everything else goes on", id, command, cause);
            return id;
        };
    }

    private static String randomRunId() {
        byte[] bytes = new byte[20];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
