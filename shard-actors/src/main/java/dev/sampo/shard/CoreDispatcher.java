package dev.sampo.shard;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/// The Pekko dispatcher of one core: its executor is the core's [Reactor], so that the core's actors run on the thread that does the core's input and output.
/// Named in the configuration by class; Pekko makes the instance.
public final class CoreDispatcher extends ExecutorServiceConfigurator {
    private final Reactor reactor;

    /// Hands the reactors of a node to the dispatchers of its actor system.
    static final class Reactors extends Setup {
        private final Reactor[] byCore;

        Reactors(Reactor[] byCore) {
            this.byCore = byCore;
        }
    }

    /// Called by Pekko.
    public CoreDispatcher(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        Reactors reactors = prerequisites.settings().setup().get(Reactors.class)
            .orElseThrow(() -> new IllegalStateException("a core dispatcher outside of a Sampo node"));
        reactor = reactors.byCore[config.getInt("core")];
    }

    /// The name of a core's dispatcher in the actor system's configuration.
    static String id(int core) {
        return "sampo-core-" + core;
    }

    /// The configuration of one core's dispatcher.
    static Config configuration(int core) {
        return ConfigFactory.parseMap(Map.of(
            id(core) + ".type", "Dispatcher",
            id(core) + ".executor", CoreDispatcher.class.getName(),
            id(core) + ".core", core,
            id(core) + ".throughput", 64,
            id(core) + ".mailbox-type", "org.apache.pekko.dispatch.SingleConsumerOnlyUnboundedMailbox"));
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        return () -> new OnReactor(reactor);
    }

    /// The reactor as an executor service. Pekko may shut it down and make another; the reactor's own life is the node's business.
    private static final class OnReactor extends AbstractExecutorService {
        private final Reactor reactor;
        private final CountDownLatch down = new CountDownLatch(1);

        OnReactor(Reactor reactor) {
            this.reactor = reactor;
        }

        @Override
        public void execute(Runnable task) {
            reactor.execute(task);
        }

        @Override
        public void shutdown() {
            down.countDown();
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutdown();
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return down.getCount() == 0;
        }

        @Override
        public boolean isTerminated() {
            return isShutdown();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
            return down.await(timeout, unit);
        }
    }
}
