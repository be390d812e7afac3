package dev.sampo.app;

import dev.sampo.shard.config.ServerConfig;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of the process: read the settings, start the node, wait, drain, exit. There is one way out for every reason to stop
/// (SIGTERM, SIGINT, SHUTDOWN): the JVM's shutdown hook, which drains the node and then halts with the exit code.
final class Bootstrap {
    /// On top of the time that the node itself allows for replies on their way.
    private static final int STOP_MARGIN_SECONDS = 5;

    private final ServerConfig config;
    private final Logger log;
    /// Null until the node has started; written by the starting thread, read by the one that exits.
    private volatile RunningNode running;

    private Bootstrap(ServerConfig config, Logger log) {
        this.config = config;
        this.log = log;
    }

    /// Runs the program. Returns only when nothing was started; a started server ends with the process.
    ///
    /// @return the exit code, that of [CheckCommand] if it was asked for, else 0 after `--help` and the like, 1 when the start failed, which was then told on `err` in one line
    static int run(String[] arguments, Configuration.Surroundings surroundings, RunningNode.Starter starter, PrintStream out,
        PrintStream err) {
        if (arguments.length > 0 && arguments[0].equals(CheckCommand.NAME)) {
            return CheckCommand.run(List.of(arguments).subList(1, arguments.length), out, err);
        }
        try {
            final CommandLine commandLine = CommandLine.parse(arguments);
            if (commandLine.ask() != null) {
                out.print(answer(commandLine.ask()));
                return 0;
            }
            final Configuration configuration = Configuration.resolve(commandLine, surroundings);
            checkDirectory(configuration.config().dir());
            Logging.level(configuration.config().loglevel());
            // Taken before the actor system starts: it would intercept the first lines of loggers made during its start.
            final Logger log = LoggerFactory.getLogger("dev.sampo");
            new Bootstrap(configuration.config(), log).serve(configuration, starter);
            return 0;
        } catch (StartFailure e) {
            err.println("sampo: " + e.getMessage());
            return 1;
        } catch (RuntimeException | LinkageError e) {
            err.println("sampo: internal error, please report it: " + e);
            e.printStackTrace(err);
            return 1;
        }
    }

    private static String answer(CommandLine.Ask ask) {
        return switch (ask) {
            case HELP -> Help.usage();
            case VERSION -> "Sampo " + Version.get() + " (Java " + Runtime.version() + ")\n";
        };
    }

    private static void checkDirectory(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new StartFailure("dir " + directory + ": no such directory; create it or choose another with --dir");
        }
        if (!Files.isWritable(directory)) {
            throw new StartFailure("dir " + directory
                + ": not writable for this user; change its permissions or choose another with --dir");
        }
    }

    private void serve(Configuration configuration, RunningNode.Starter starter) {
        Banner.before(configuration).forEach(log::info);
        final RunningNode node = start(starter);
        node.onShutdown(() -> new Thread(() -> System.exit(0), "sampo-shutdown-command").start());
        if (configuration.redisConf() != null) {
            node.onConfigRewrite(current -> RedisConfWriter.write(configuration.redisConf(), current));
        }
        node.onConfigChange(changed -> Logging.level(changed.loglevel()));
        Banner.ready(config, node, sinceJvmStart()).forEach(log::info);
        Thread.ofPlatform().daemon().name("sampo-jmx").start(() -> Jmx.register(node));
        sleepUntilExit();
    }

    /// The hook stands before the node accepts its first connection, so that no signal meets a server without it.
    private RunningNode start(RunningNode.Starter starter) {
        final Thread hook = new Thread(this::drainAndHalt, "sampo-exit");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            running = starter.start(config);
            return running;
        } finally {
            if (running == null) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
    }

    /// By the JVM's own clock: what the operating system tells of the start of a process is exact to a second only.
    private static Duration sinceJvmStart() {
        return Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
    }

    private static void sleepUntilExit() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// However long the last files take: they are what the process leaves behind.
    private void awaitStop(RunningNode node, int limitSeconds) throws InterruptedException, ExecutionException, TimeoutException {
        while (true) {
            try {
                node.shutdown().toCompletableFuture().get(limitSeconds, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                if (!node.isWritingLast()) {
                    throw e;
                }
                log.info("Stopping: the last files are being written");
            }
        }
    }

    /// Ends the process. A plain return from a shutdown hook would leave the exit code to the signal (143 after SIGTERM).
    private void drainAndHalt() {
        final RunningNode node = running;
        if (node == null) {
            log.info("Stopped before the start was finished");
            Runtime.getRuntime().halt(0);
        }
        log.info("Stopping: no new connections, replies on their way leave");
        final int limit = config.shutdownTimeout() + STOP_MARGIN_SECONDS;
        try {
            awaitStop(node, limit);
            log.info("Stopped");
            Runtime.getRuntime().halt(0);
        } catch (TimeoutException e) {
            log.error("Did not stop within {} s, giving up", limit);
        } catch (ExecutionException e) {
            log.error("Failed while stopping", e.getCause());
        } catch (InterruptedException e) {
            log.error("Interrupted while stopping");
        }
        Runtime.getRuntime().halt(1);
    }
}
