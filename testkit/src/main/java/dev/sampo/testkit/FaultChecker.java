package dev.sampo.testkit;

import dev.sampo.persist.FaultPoint;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Lets servers end themselves at chosen [steps][FaultPoint] of a start, a rewrite or a snapshot while clients write, as `kill -9`
/// would, and looks for what they had acknowledged. Each server starts on what the one before has left.
public final class FaultChecker {
    private static final int WRITERS = 4;
    private static final int KEYS = 100;
    private static final int WRITE_MILLIS = 100;
    private static final byte[] HALF_A_RECORD = {40, 0, 0, 0, 7};
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int port = ServerProcess.freePort();
    private final Path directory = ServerProcess.temporaryDirectory();
    private final List<String> failures = new ArrayList<>();
    private long checked;

    private FaultChecker() {
    }

    /// A step, and how often it must have been reached.
    public record Fault(FaultPoint step, int occurrence) {
        String property() {
            final String halt = step.label() + ":halt:" + occurrence;
            // Only after a failure is anything cut back.
            return "-Dsampo.fault=" + (step == FaultPoint.LOG_CUT_BACK ? "log-forced:fail:30," + halt : halt);
        }
    }

    /// Every step, and those that are done at the start, at the beginning and at the end of a rewrite for each of these.
    ///
    /// @param shards of the servers
    public static List<Fault> all(int shards) {
        final List<Fault> faults = new ArrayList<>();
        for (FaultPoint step : FaultPoint.values()) {
            final int[] occurrences = switch (step) {
                case MANIFEST_CREATED, MANIFEST_WRITTEN, MANIFEST_FORCED, MANIFEST_RENAMED, MANIFEST_DIRECTORY_FORCED -> new int[] {1, 2, 3};
                case LOG_FILE_CREATED, LOG_FILE_HEAD_WRITTEN, LOG_FILE_HEAD_FORCED -> new int[] {1, shards + 1, 2 * shards};
                case GENERATION_FILES_CREATED, GENERATION_NAMED -> new int[] {1, 2};
                case LOG_WRITTEN, LOG_FORCED -> new int[] {1, 30};
                default -> new int[] {1};
            };
            for (int occurrence : occurrences) {
                faults.add(new Fault(step, occurrence));
            }
        }
        return faults;
    }

    /// @param checked values looked at after restarts
    public record Result(int kills, long acknowledged, long checked, List<String> failures) {
        @Override
        public String toString() {
            return kills + " ends at steps, " + acknowledged + " acknowledged writes, " + checked + " values checked, " + failures.size()
                + " failures" + (failures.isEmpty() ? "" : "\n" + String.join("\n", failures));
        }
    }

    /// Servers that log their writes and fsync always; shards and the other number of shards take turns.
    public static Result log(List<Fault> faults, int shards, int otherShards) throws InterruptedException {
        final FaultChecker checker = new FaultChecker();
        final CrashWriter[] writers = new CrashWriter[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            writers[i] = new CrashWriter(checker.port, i);
        }
        try {
            for (int i = 0; i < faults.size() && checker.failures.isEmpty(); i++) {
                checker.logRound(faults.get(i), i % 2 == 0 ? shards : otherShards, writers);
            }
            final ServerProcess last = CrashChecker.start(checker.port, shards, checker.directory, "always");
            checker.check(writers, "the last one");
            last.crash();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ServerProcess.delete(checker.directory);
        }
        return new Result(faults.size(), Stream.of(writers).mapToLong(CrashWriter::acknowledged).sum(),
            Stream.of(writers).mapToLong(CrashWriter::checked).sum(), checker.failures);
    }

    private void logRound(Fault fault, int shards, CrashWriter[] writers) throws InterruptedException, IOException {
        if (fault.step().name().startsWith("RECOVERY")) {
            leaveHalfARecord();
        }
        final ServerProcess server = ServerProcess.launch(CrashChecker.command(port, shards, directory, List.of(fault.property()),
            "--appendonly", "yes", "--appendfsync", "always"), SampoProcess.root(), directory);
        if (server.awaitAnswer(port, PATIENCE)) {
            final List<Thread> threads = new ArrayList<>();
            if (check(writers, "before " + fault)) {
                for (CrashWriter writer : writers) {
                    threads.add(Thread.ofVirtual().start(writer::write));
                }
                // Steps of the log are reached without anybody's asking.
                Thread.sleep(WRITE_MILLIS);
                request("BGREWRITEAOF");
            }
            expectEnd(server, fault);
            for (Thread thread : threads) {
                thread.join();
            }
        } else {
            expectEnd(server, fault);
        }
    }

    private void request(String command) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            client.call(command);
        } catch (UncheckedIOException _) {
            // It has ended before it could answer.
        }
    }

    private void expectEnd(ServerProcess server, Fault fault) throws InterruptedException {
        final int end = server.awaitEnd(PATIENCE.dividedBy(4));
        if (end != FaultPoint.HALTED) {
            failures.add(fault + ": " + (end < 0 ? "was never reached" : "the server ended with " + end) + "\n" + server.output());
            server.crash();
        }
    }

    /// As a crash does that comes while a record is written.
    private void leaveHalfARecord() throws IOException {
        final Path log = directory.resolve("appendonlydir");
        final String manifest = Files.readString(log.resolve("sampo.manifest"));
        final String newest = manifest.substring(manifest.lastIndexOf("file ") + 5).split(" ")[0];
        Files.write(log.resolve(newest), HALF_A_RECORD, StandardOpenOption.APPEND);
    }

    /// Whether the server that answers is still there when all is looked at, as one that ends while nobody writes may not be.
    private boolean check(CrashWriter[] writers, String when) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (CrashWriter writer : writers) {
                writer.check(client, System.currentTimeMillis(), 0);
                writer.failures().forEach(failure -> failures.add(when + ": " + failure));
            }
            return true;
        }
    }

    /// Servers that keep snapshots only. A client sets all keys to the same number again and again, and at some time SAVE begins: the
    /// file is the one from before or the whole new one.
    public static Result snapshots(List<FaultPoint> steps, int shards, int otherShards) throws InterruptedException {
        final FaultChecker checker = new FaultChecker();
        long[] sent = {0, 0};
        long saved = 0;
        long before = 0;
        long acknowledged = 0;
        try {
            for (int i = 0; i <= steps.size() && checker.failures.isEmpty(); i++) {
                final FaultPoint step = i < steps.size() ? steps.get(i) : null;
                final List<String> jvm = step == null ? List.of() : List.of(new Fault(step, 1).property());
                final ServerProcess server = ServerProcess.start(CrashChecker.command(checker.port, i % 2 == 0 ? shards : otherShards,
                    checker.directory, jvm, "--appendonly", "no"), SampoProcess.root(), checker.directory, checker.port, PATIENCE);
                final long found = checker.number();
                final boolean isNew = i > 0 && steps.get(i - 1).compareTo(FaultPoint.SNAPSHOT_RENAMED) >= 0;
                if (isNew ? found < before || found > sent[0] : found != saved) {
                    checker.failures.add("after " + steps.get(Math.max(0, i - 1)).label() + ": the keys are " + found + ", but " + saved
                        + " was saved before, and " + before + " to " + sent[0] + " while SAVE ran");
                }
                saved = found;
                if (step == null) {
                    server.crash();
                    break;
                }
                final Thread writer = Thread.ofVirtual().start(() -> checker.setAll(sent));
                Thread.sleep(WRITE_MILLIS);
                before = sent[1];
                checker.request("SAVE");
                checker.expectEnd(server, new Fault(step, 1));
                writer.join();
            }
            acknowledged = sent[1];
        } finally {
            ServerProcess.delete(checker.directory);
        }
        return new Result(steps.size(), acknowledged, checker.checked, checker.failures);
    }

    /// @param sent the last number sent, and the last acknowledged
    private void setAll(long[] sent) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            while (true) {
                final String next = Long.toString(++sent[0]);
                final String[] request = new String[1 + 2 * KEYS];
                request[0] = "MSET";
                for (int i = 0; i < KEYS; i++) {
                    request[1 + 2 * i] = "key:" + i;
                    request[2 + 2 * i] = next;
                }
                client.call(request);
                sent[1] = sent[0];
            }
        } catch (UncheckedIOException _) {
            // The server has ended.
        }
    }

    /// The number that all keys have; 0 when there is none of them.
    private long number() {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            final Reply first = client.call("GET", "key:0");
            for (int i = 1; i < KEYS; i++) {
                final Reply other = client.call("GET", "key:" + i);
                checked++;
                if (!other.equals(first)) {
                    failures.add("key:0 is " + first + ", but key:" + i + " " + other);
                }
            }
            return first instanceof Reply.Bulk bulk ? Long.parseLong(bulk.text()) : 0;
        }
    }
}
