package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Kills a server that logs its writes while clients write, starts it again on the same files, and looks for what it had
/// acknowledged; round after round, with rewrites of the log in between.
///
/// Each writer counts up, in turn: a key by SET, two keys on different shards by MSET, and two by INCR in a MULTI block. After the
/// restart nothing acknowledged may be missing (`always`; with `everysec` nothing older than [#EVERYSEC_MILLIS]), nothing may be
/// there that was never sent, and the two keys of a pair must be equal.
public final class CrashChecker {
    private static final String USAGE = "CrashChecker --rounds N --fsync always|everysec --shards N --restart-shards N --writers N --seed N ";
    private static final long EVERYSEC_MILLIS = 1500;
    private static final int RUN_MILLIS_MIN = 300;
    private static final int RUN_MILLIS_MAX = 1200;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int port = ServerProcess.freePort();
    private final Path directory = ServerProcess.temporaryDirectory();
    private final String fsync;
    private final Writer[] writers;
    private final List<String> failures = new ArrayList<>();
    private long checked;

    private CrashChecker(String fsync, int writers) {
        this.fsync = fsync;
        this.writers = new Writer[writers];
        for (int i = 0; i < writers; i++) {
            this.writers[i] = new Writer(i);
        }
    }

    /// @param acknowledged writes whose reply came before a kill
    /// @param checked values looked at after restarts
    public record Result(int rounds, long acknowledged, long checked, List<String> failures) {
        @Override
        public String toString() {
            return rounds + " kills, " + acknowledged + " acknowledged writes, " + checked + " values checked, " + failures.size()
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
        System.exit(result.failures.isEmpty() && result.checked > 0 ? 0 : 1);
    }

    /// @param otherShards shards of every second start
    public static Result run(int rounds, String fsync, int shards, int otherShards, int writers, long seed) {
        final CrashChecker checker = new CrashChecker(fsync, writers);
        final SplittableRandom random = new SplittableRandom(seed);
        try {
            for (int round = 0; round < rounds && checker.failures.isEmpty(); round++) {
                checker.round(round % 2 == 0 ? shards : otherShards, random.nextInt(RUN_MILLIS_MIN, RUN_MILLIS_MAX));
            }
            final ServerProcess last = checker.start(shards);
            checker.check();
            last.crash();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ServerProcess.delete(checker.directory);
        }
        long acknowledged = 0;
        for (Writer writer : checker.writers) {
            acknowledged += writer.acknowledged;
        }
        return new Result(rounds, acknowledged, checker.checked, checker.failures);
    }

    private void round(int shards, int millis) throws InterruptedException {
        final ServerProcess server = start(shards);
        check();
        final List<Thread> threads = new ArrayList<>();
        for (Writer writer : writers) {
            threads.add(Thread.ofVirtual().start(writer::write));
        }
        Thread.sleep(millis);
        final long killed = System.currentTimeMillis();
        server.crash();
        for (Thread thread : threads) {
            thread.join();
        }
        for (Writer writer : writers) {
            writer.killed(killed);
        }
    }

    private ServerProcess start(int shards) {
        return start(port, shards, directory, fsync);
    }

    /// Starts a server that logs its writes in a directory.
    static ServerProcess start(int port, int shards, Path directory, String fsync) {
        final List<String> command = new ArrayList<>();
        if (onClassPath()) {
            command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                System.getProperty("java.class.path"), "dev.sampo.app.Main"));
        } else {
            command.add("./sampo");
        }
        command.addAll(List.of("--port", Integer.toString(port), "--shards", Integer.toString(shards), "--dir", directory.toString(),
            "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-min-size", "256kb", "--save", ""));
        return ServerProcess.start(command, SampoProcess.root(), directory, port, PATIENCE);
    }

    private static boolean onClassPath() {
        return CrashChecker.class.getClassLoader().getResource("dev/sampo/app/Main.class") != null;
    }

    private void check() {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (Writer writer : writers) {
                writer.check(client);
            }
        }
    }

    /// One client, and what it knows.
    private final class Writer {
        private final String[] keys;
        /// By kind of write: the last number sent, and the last that must be there.
        private final long[] sent = new long[3];
        private final long[] safe = new long[3];
        private final List<long[]> recent = new ArrayList<>();
        private long acknowledged;

        Writer(int number) {
            keys = new String[] {"set:" + number, "left:" + number, "right:" + number, "one:" + number, "two:" + number};
        }

        void write() {
            try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
                for (int kind = 0;; kind = (kind + 1) % 3) {
                    final String next = Long.toString(++sent[kind]);
                    final Reply reply = switch (kind) {
                        case 0 -> client.call("SET", keys[0], next);
                        case 1 -> client.call("MSET", keys[1], next, keys[2], next);
                        default -> {
                            client.send("MULTI").send("INCR", keys[3]).send("INCR", keys[4]).send("EXEC");
                            client.read();
                            client.read();
                            client.read();
                            yield client.read();
                        }
                    };
                    if (reply instanceof Reply.Failure error) {
                        synchronized (failures) {
                            failures.add(keys[0] + ": " + error);
                        }
                        return;
                    }
                    recent.add(new long[] {System.currentTimeMillis(), kind, sent[kind]});
                    acknowledged++;
                }
            } catch (UncheckedIOException _) {
                // The server was killed.
            }
        }

        void killed(long when) {
            final long lossMillis = fsync.equals("always") ? Long.MIN_VALUE : EVERYSEC_MILLIS;
            for (long[] each : recent) {
                if (lossMillis == Long.MIN_VALUE || each[0] < when - lossMillis) {
                    safe[(int) each[1]] = each[2];
                }
            }
            recent.clear();
        }

        void check(RespClient client) {
            final long[] found = new long[keys.length];
            for (int i = 0; i < keys.length; i++) {
                final Reply reply = client.call("GET", keys[i]);
                found[i] = reply instanceof Reply.Bulk bulk ? Long.parseLong(bulk.text()) : 0;
                checked++;
            }
            for (int i = 0; i < keys.length; i++) {
                final int kind = (i + 1) / 2;
                if (found[i] < safe[kind] || found[i] > sent[kind]) {
                    failures.add(keys[i] + " is " + found[i] + ", but " + safe[kind] + " was acknowledged and " + sent[kind] + " sent");
                }
                // What is there counts from now on.
                sent[kind] = found[i];
                safe[kind] = found[i];
            }
            if (found[1] != found[2] || found[3] != found[4]) {
                failures.add("half of a transaction: " + keys[1] + " " + found[1] + ", " + keys[2] + " " + found[2] + "; " + keys[3] + " "
                    + found[3] + ", " + keys[4] + " " + found[4]);
            }
        }
    }
}
