package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Kills a server that logs its writes while [writers][CrashWriter] write, starts it again on the same files, and looks for what it
/// had acknowledged; round after round, with rewrites of the log all the time.
///
/// After the restart nothing acknowledged may be missing (`always`; with `everysec` nothing older than [#EVERYSEC_MILLIS]), nothing
/// may be there that was never sent, and the two keys of a pair must be equal.
public final class CrashChecker {
    private static final String USAGE = "CrashChecker --rounds N --fsync always|everysec --shards N --restart-shards N --writers N --seed N ";
    private static final long EVERYSEC_MILLIS = 1500;
    private static final int RUN_MILLIS_MIN = 300;
    private static final int RUN_MILLIS_MAX = 1200;
    private static final int REWRITE_MILLIS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int port = ServerProcess.freePort();
    private final Path directory = ServerProcess.temporaryDirectory();
    private final String fsync;
    private final CrashWriter[] writers;
    private final List<String> failures = new ArrayList<>();
    private long lossMillis = -1;
    private long owed;
    private long rewrites;
    private long killsInRewrites;
    private long killedMillis;

    private CrashChecker(String fsync, int writers) {
        this.fsync = fsync;
        this.writers = new CrashWriter[writers];
        for (int i = 0; i < writers; i++) {
            this.writers[i] = new CrashWriter(port, i);
        }
    }

    /// @param acknowledged    writes whose reply came before a kill
    /// @param owed            those of them that had to be there after it
    /// @param checked         values looked at after restarts
    /// @param rewrites        rewrites of the log begun
    /// @param killsInRewrites kills while one was under way
    /// @param lossMillis      how long before a kill the oldest lost write was acknowledged; -1 when none was lost
    public record Result(int rounds, long acknowledged, long owed, long checked, long rewrites, long killsInRewrites, long lossMillis,
        List<String> failures) {
        @Override
        public String toString() {
            return rounds + " kills, " + killsInRewrites + " of them during one of " + rewrites + " rewrites; " + acknowledged
                + " acknowledged writes, " + owed + " of them owed; " + checked + " values checked; "
                + (lossMillis < 0 ? "none lost" : "the oldest lost write was " + lossMillis + " ms old") + "; " + failures.size()
                + " failures" + (failures.isEmpty() ? "" : "\n" + String.join("\n", failures));
        }
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final int shards = options.number("shards", 2);
        final Result result = run(options.number("rounds", 50), options.text("fsync", "always"), shards,
            options.number("restart-shards", shards), options.number("writers", 16), options.large("seed", 1));
        System.out.println(result);
        System.exit(result.failures.isEmpty() && result.checked > 0 && result.owed > 0 ? 0 : 1);
    }

    /// @param otherShards shards of every second start
    public static Result run(int rounds, String fsync, int shards, int otherShards, int writers, long seed) {
        final CrashChecker checker = new CrashChecker(fsync, writers);
        final SplittableRandom random = new SplittableRandom(seed);
        // What may be lost must not be all that was written.
        final int longer = checker.mayLoseMillis() == 0 ? 0 : (int) EVERYSEC_MILLIS;
        try {
            for (int round = 0; round < rounds && checker.failures.isEmpty(); round++) {
                checker.round(round % 2 == 0 ? shards : otherShards, longer + random.nextInt(RUN_MILLIS_MIN, RUN_MILLIS_MAX));
            }
            final ServerProcess last = checker.start(shards);
            checker.check();
            last.crash();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ServerProcess.delete(checker.directory);
        }
        return new Result(rounds, Stream.of(checker.writers).mapToLong(CrashWriter::acknowledged).sum(), checker.owed,
            Stream.of(checker.writers).mapToLong(CrashWriter::checked).sum(), checker.rewrites, checker.killsInRewrites, checker.lossMillis,
            checker.failures);
    }

    private long mayLoseMillis() {
        return fsync.equals("always") ? 0 : EVERYSEC_MILLIS;
    }

    private void round(int shards, int millis) throws InterruptedException {
        final ServerProcess server = start(shards);
        check();
        final List<Thread> threads = new ArrayList<>();
        for (CrashWriter writer : writers) {
            threads.add(Thread.ofVirtual().start(writer::write));
        }
        final boolean[] rewriting = new boolean[1];
        final Thread rewriter = Thread.ofVirtual().start(() -> rewrite(rewriting));
        Thread.sleep(millis);
        killedMillis = System.currentTimeMillis();
        server.crash();
        for (Thread thread : threads) {
            thread.join();
        }
        rewriter.join();
        killsInRewrites += rewriting[0] ? 1 : 0;
        for (CrashWriter writer : writers) {
            owed += writer.acknowledgedBefore(killedMillis - mayLoseMillis());
        }
    }

    /// Rewrites the log again and again.
    ///
    /// @param rewriting whether the last look saw one under way
    private void rewrite(boolean[] rewriting) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            while (true) {
                rewrites += client.call("BGREWRITEAOF") instanceof Reply.Failure ? 0 : 1;
                rewriting[0] = true;
                while (rewriting[0]) {
                    rewriting[0] = ((Reply.Bulk) client.call("INFO", "persistence")).text().contains("aof_rewrite_in_progress:1");
                }
                Thread.sleep(REWRITE_MILLIS);
            }
        } catch (UncheckedIOException _) {
            // The server was killed.
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private ServerProcess start(int shards) {
        return start(port, shards, directory, fsync);
    }

    /// Starts a server that logs its writes in a directory.
    static ServerProcess start(int port, int shards, Path directory, String fsync) {
        return ServerProcess.start(command(port, shards, directory, List.of(), "--appendonly", "yes", "--appendfsync", fsync),
            SampoProcess.root(), directory, port, PATIENCE);
    }

    /// How a server is started in a directory.
    ///
    /// @param jvm options of the JVM; with some this works only where the server's classes are on the class path
    static List<String> command(int port, int shards, Path directory, List<String> jvm, String... flags) {
        final List<String> command = new ArrayList<>();
        if (CrashChecker.class.getClassLoader().getResource("dev/sampo/app/Main.class") != null) {
            command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
            command.addAll(jvm);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.sampo.app.Main"));
        } else {
            command.add("./sampo");
        }
        command.addAll(List.of("--port", Integer.toString(port), "--shards", Integer.toString(shards), "--dir", directory.toString(),
            "--auto-aof-rewrite-percentage", "0", "--save", ""));
        command.addAll(List.of(flags));
        return command;
    }

    private void check() {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (CrashWriter writer : writers) {
                lossMillis = Math.max(lossMillis, writer.check(client, killedMillis, mayLoseMillis()));
                failures.addAll(writer.failures());
            }
        }
    }
}
