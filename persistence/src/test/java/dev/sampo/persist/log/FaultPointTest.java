package dev.sampo.persist.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Shard;
import dev.sampo.engine.SimRng;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.persist.FaultPoint;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import dev.sampo.persist.rdb.RdbWriter;
import dev.sampo.persist.rdb.ShardImage;
import dev.sampo.persist.rdb.SnapshotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server's files at every step at which they change: what a kill would leave there, and what becomes of it when the disk
/// refuses there. The server is an engine, a journal, its directory, rewrites and snapshots; it starts on the files of an
/// earlier one that was killed while it wrote.
class FaultPointTest {
    private static final int SHARDS = 2;
    private static final int OTHER_SHARDS = 3;
    private static final byte[] HALF_A_RECORD = {40, 0, 0, 0, 7};
    private static final int PATIENCE_MILLIS = 20_000;
    private static final CommandTable TABLE = CommandTable.engine().build();
    private static final List<String> COMMANDS = List.of("SET a:%d v%d", "INCR count", "MSET x %d y %d z %d", "RPUSH list %d e%d",
        "HSET hash f%d v%d", "ZADD zset %d m%d", "PEXPIREAT a:%d 4102444800%d", "RENAME x w%d", "DEL y nothing z");

    @TempDir(factory = MemoryDirectory.class)
    private Path temp;
    private Path prepared;
    private int copies;

    /// What a killed server has left: a base, a log on top of it, and half a record.
    @BeforeEach
    void prepare() throws Exception {
        prepared = temp.resolve("prepared");
        try (Life life = new Life(prepared, FsyncPolicy.ALWAYS, new Script(null, 0, false))) {
            life.begin();
            life.commands(1);
            assertThat(life.rewrite()).isTrue();
            life.commands(2);
        }
        try (Stream<Path> files = Files.list(prepared.resolve("log"))) {
            Path last = files.filter(file -> file.toString().endsWith(".0.aof")).findFirst().orElseThrow();
            Files.write(last, HALF_A_RECORD, StandardOpenOption.APPEND);
        }
    }

    @AfterEach
    void noFaults() {
        FaultPoint.set(null);
    }

    /// An image whose end leaves the shard ready for the next one.
    private record Image(ShardImage parts) implements AutoCloseable {
        void writeAll() {
            boolean whole = false;
            while (!whole) {
                whole = parts.step(100);
            }
        }

        @Override
        public void close() {
            parts.close();
            boolean ready = false;
            while (!ready) {
                ready = parts.sweep(1000);
            }
        }
    }

    /// One server from its start to its end.
    private final class Life implements AutoCloseable {
        final Path directory;
        final FsyncPolicy policy;
        final Script script;
        FaultPoint.Action action;
        Journal journal;
        LogDirectory files;
        EngineFixture engine;
        /// What recovery may find: the data as all know that they are safe, and as they are to become.
        volatile Set<Long> allowed = Set.of();
        volatile Set<Long> allowedSaved = Set.of();
        int refusedStarts;
        int failures;

        Life(Path directory, FsyncPolicy policy, Script script) {
            this.script = script;
            this.action = script;
            this.directory = directory;
            this.policy = policy;
        }

        /// Starts, and once more when the disk has refused.
        void begin() throws IOException {
            try {
                open();
            } catch (IOException _) {
                refusedStarts++;
                close();
                script.heal();
                open();
            }
            allowed = Set.of(engine.digest());
        }

        private void open() throws IOException {
            journal = new Journal(SHARDS, policy, _ -> { });
            files = new LogDirectory(directory.resolve("log"), SHARDS);
            engine = new EngineFixture(SHARDS, journal::log);
            long last = recover(files, engine);
            files.deleteUnnamed();
            journal.start(files, last);
        }

        void commands(int phase) throws Exception {
            for (String command : COMMANDS) {
                Set<Long> before = allowed;
                engine.run(command.replace("%d", Integer.toString(phase)));
                engine.clock().advanceMillis(7);
                long after = engine.digest();
                allowed = Set.copyOf(List.of(before.iterator().next(), after));
                long ticket = journal.submit((1L << SHARDS) - 1);
                long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
                boolean failed = false;
                while (journal.durable() < ticket) {
                    if (!failed && journal.failure() != null) {
                        failed = true;
                        failures++;
                        script.heal();
                    }
                    assertThat(System.nanoTime()).as("nothing becomes durable: " + journal.failure()).isLessThan(deadline);
                    Thread.sleep(0, 50_000);
                }
                allowed = Set.of(after);
            }
        }

        /// Rewrites the log; whether that worked.
        boolean rewrite() throws InterruptedException, TimeoutException {
            long generation = files.generation() + 1;
            try {
                journal.rotate(files).get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                snapshot(files.temporaryBase(generation));
                files.commitBase(generation);
                return true;
            } catch (ExecutionException | IOException e) {
                assertThat(e).hasStackTraceContaining("a test asked for it");
                failures++;
                return false;
            }
        }

        boolean save() {
            Set<Long> before = allowedSaved;
            long digest = engine.digest();
            allowedSaved = before.isEmpty() ? Set.of(digest) : Set.copyOf(List.of(before.iterator().next(), digest));
            try {
                snapshot(directory.resolve("dump.rdb"));
                allowedSaved = Set.of(digest);
                return true;
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("a test asked for it");
                failures++;
                return false;
            }
        }

        /// Writes the parts of the shards as cores do.
        private void snapshot(Path target) throws IOException {
            CompletableFuture<IOException> done = new CompletableFuture<>();
            SnapshotFile.Listener listener = new SnapshotFile.Listener() {
                @Override
                public void drained(int part) {
                    // Nobody waits.
                }

                @Override
                public void finished(long bytes, IOException failure) {
                    done.complete(failure);
                }
            };
            SnapshotFile file = new SnapshotFile(target, target.resolveSibling("temp-" + target.getFileName()), SHARDS, true, listener);
            for (int shard = 0; shard < SHARDS; shard++) {
                int part = shard;
                try (RdbWriter writer = new RdbWriter((address, length) -> file.write(part, address, length), RdbType.VERSION_MAX, true, false);
                     Image image = new Image(new ShardImage(engine.shard(shard), writer, null))) {
                    if (shard == 0) {
                        writer.begin("test", 0, 0);
                    }
                    image.writeAll();
                }
                file.finish(shard);
            }
            IOException failure = done.join();
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void close() throws IOException {
            if (journal != null) {
                journal.close();
            }
            if (engine != null) {
                assertThat(engine.faults()).isEmpty();
                engine.close();
            }
            if (files != null) {
                files.close();
            }
        }
    }

    // ---------------------------------------------------------------- recovery

    private static long recover(LogDirectory files, EngineFixture engine) throws IOException {
        if (files.base() != null) {
            load(files.base(), engine);
        }
        try (EffectReplayer replayer = new EffectReplayer(TABLE, shards(engine), context(engine), EngineFixture.START_MILLIS)) {
            return new Recovery(files.path(), true, replayer).replay(files.manifest()).lastTransaction();
        }
    }

    private static void load(Path file, EngineFixture engine) throws IOException {
        RdbFiles.read(file, new RdbLoader(shards(engine), -1, context(engine).accessClock(), 0));
    }

    private static CommandContext context(EngineFixture engine) {
        return new CommandContext(TABLE, shards(engine), (_, _, _, _, _) -> { }, new SimRng(1), (_, cause) -> {
            throw new AssertionError(cause);
        });
    }

    private static Shard[] shards(EngineFixture engine) {
        Shard[] shards = new Shard[engine.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = engine.shard(i);
        }
        return shards;
    }

    /// A copy of all files as they are now, without the lock.
    private Path copy(Path directory) throws IOException {
        Path copy = temp.resolve("copy" + ++copies);
        Files.createDirectories(copy.resolve("log"));
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, copy.resolve(directory.relativize(file).toString()));
            }
        }
        return copy;
    }

    /// Starts on a copy of the files on another number of shards and compares; then once more on what that has left.
    private void assertRecovers(Path image, Set<Long> allowed, Set<Long> allowedSaved, String when) {
        assertThatCode(() -> {
            for (int shards : new int[] {OTHER_SHARDS, 1}) {
                try (LogDirectory files = new LogDirectory(image.resolve("log"), shards); var engine = new EngineFixture(shards)) {
                    recover(files, engine);
                    assertThat(engine.digest()).as(when).isIn(allowed);
                    files.deleteUnnamed();
                    for (LogFile file : files.open()) {
                        file.close();
                    }
                }
            }
            Path saved = image.resolve("dump.rdb");
            if (Files.exists(saved)) {
                try (var engine = new EngineFixture(OTHER_SHARDS)) {
                    load(saved, engine);
                    assertThat(engine.digest()).as("snapshot " + when).isIn(allowedSaved);
                }
            }
        }).as(when).doesNotThrowAnyException();
    }

    // ---------------------------------------------------------------- tests

    /// Which steps fail.
    private static final class Script implements FaultPoint.Action {
        final Map<FaultPoint, Integer> reached = new EnumMap<>(FaultPoint.class);
        private final FaultPoint failing;
        private final int occurrence;
        /// Whether all steps after it fail, too.
        private boolean lasting;
        private boolean forceFails;
        private boolean fired;

        /// @param failing null = none
        Script(FaultPoint failing, int occurrence, boolean lasting) {
            this.failing = failing;
            this.occurrence = occurrence;
            this.lasting = lasting;
        }

        @Override
        public synchronized void reached(FaultPoint step) throws IOException {
            int count = reached.merge(step, 1, Integer::sum);
            if (step == failing && count == occurrence || fired && lasting) {
                fired = true;
                throw FaultPoint.refusal(step);
            }
            if (forceFails && step == FaultPoint.LOG_FORCED) {
                forceFails = false;
                throw FaultPoint.refusal(step);
            }
        }

        synchronized void heal() {
            lasting = false;
        }

        /// Nothing is cut back but after a failure.
        synchronized void failForceWhereNeeded() {
            forceFails = failing == null || failing == FaultPoint.LOG_CUT_BACK;
        }

        synchronized int count(FaultPoint step) {
            return reached.getOrDefault(step, 0);
        }

        synchronized boolean hasFired() {
            return fired;
        }

        @Override
        public String toString() {
            return failing == null ? "no fault" : failing.label() + " " + occurrence + (lasting ? " and from then on" : "");
        }
    }

    private void live(Life life) throws Exception {
        life.begin();
        life.commands(3);
        assertSurvivesKill(life);
        life.rewrite();
        life.commands(4);
        assertSurvivesKill(life);
        life.save();
        life.script.failForceWhereNeeded();
        life.commands(5);
        assertSurvivesKill(life);
        life.save();
    }

    /// What a kill would find now that everything was acknowledged.
    private void assertSurvivesKill(Life life) throws IOException {
        Path image = copy(life.directory);
        FaultPoint.set(null);
        // The kill comes while the next record is written.
        Path newest = image.resolve("log").resolve(life.files.manifest().of(life.files.manifest().generation()).getFirst().file());
        Files.write(newest, HALF_A_RECORD, StandardOpenOption.APPEND);
        assertRecovers(image, life.allowed, life.allowedSaved, life.script + ", " + life.policy);
        FaultPoint.set(life.action);
    }

    @Test
    void killedAtAnyStep_comesBackWithEverythingAcknowledged() throws Exception {
        Path directory = copy(prepared);
        Script script = new Script(null, 0, false);
        int[] images = new int[1];
        List<AssertionError> wrong = new ArrayList<>();
        try (Life life = new Life(directory, FsyncPolicy.ALWAYS, script)) {
            life.allowed = Set.of(digestOf(prepared));
            ThreadLocal<Boolean> isChecking = ThreadLocal.withInitial(() -> false);
            life.action = step -> {
                if (isChecking.get()) {
                    return;
                }
                isChecking.set(true);
                try {
                    assertRecovers(copy(directory), life.allowed, life.allowedSaved, "at " + step.label() + ", " + (script.count(step) + 1));
                    images[0]++;
                } catch (AssertionError e) {
                    wrong.add(e);
                } finally {
                    isChecking.set(false);
                }
                script.reached(step);
            };
            FaultPoint.set(life.action);
            live(life);
            assertThat(life.failures).isPositive();
        }
        assertThat(wrong).isEmpty();
        assertThat(script.reached.keySet()).as("steps that are never reached").isEqualTo(EnumSet.allOf(FaultPoint.class));
        assertThat(images[0]).isGreaterThan(100);
    }

    private long digestOf(Path directory) throws IOException {
        Path copy = copy(directory);
        try (LogDirectory files = new LogDirectory(copy.resolve("log"), SHARDS); var engine = new EngineFixture(SHARDS)) {
            recover(files, engine);
            return engine.digest();
        }
    }

    @Test
    void refusedAtAnyStep_goesOnAndLosesNothing() throws Exception {
        for (FaultPoint step : FaultPoint.values()) {
            for (int occurrence = 1; occurrence <= occurrences(step); occurrence++) {
                assertThat(refused(step, occurrence, FsyncPolicy.ALWAYS, false)).as(step.label() + ' ' + occurrence + " is never reached").isTrue();
            }
        }
    }

    /// The manifest is switched at the start, when a rewrite begins and when it ends; generations begin at the start and with a rewrite.
    private static int occurrences(FaultPoint step) {
        return step.name().startsWith("MANIFEST") ? 3 : step.name().startsWith("GENERATION") ? 2 : 1;
    }

    /// Where nobody waits for the disk, what was acknowledged is written all the same and must not be cut off.
    @Test
    void log_refusedUnderOtherPolicies_losesNothing() throws Exception {
        for (FsyncPolicy policy : new FsyncPolicy[] {FsyncPolicy.EVERYSEC, FsyncPolicy.NO}) {
            for (FaultPoint step : new FaultPoint[] {FaultPoint.LOG_WRITTEN, FaultPoint.LOG_FORCED}) {
                for (int occurrence = 1; occurrence <= 3; occurrence += 2) {
                    assertThat(refused(step, occurrence, policy, false) || step == FaultPoint.LOG_FORCED).isTrue();
                }
            }
        }
    }

    /// A disk that refuses everything from a step of a rewrite on, until somebody has looked after it.
    @Test
    void refusedFromAnyStepOfASwitchOn_goesOnAndLosesNothing() throws Exception {
        for (FaultPoint step : EnumSet.range(FaultPoint.MANIFEST_CREATED, FaultPoint.BASE_NAMED)) {
            int occurrence = step.name().startsWith("MANIFEST") ? 2 : 1;
            assertThat(refused(step, occurrence, FsyncPolicy.ALWAYS, true)).as(step.label()).isTrue();
        }
        assertThat(refused(FaultPoint.GENERATION_NAMED, 2, FsyncPolicy.NO, true)).isTrue();
    }

    /// One life with one fault; whether the step was reached so often.
    private boolean refused(FaultPoint step, int occurrence, FsyncPolicy policy, boolean lasting) throws Exception {
        Path directory = copy(prepared);
        Script script = new Script(step, occurrence, lasting);
        String when = script + ", " + policy;
        FaultPoint.set(script);
        long digest;
        try (Life life = new Life(directory, policy, script)) {
            live(life);
            if (!script.hasFired()) {
                return false;
            }
            FaultPoint.set(null);
            assertThat(policy != FsyncPolicy.ALWAYS || life.refusedStarts + life.failures > 0).as("nobody noticed " + when).isTrue();
            life.commands(7);
            assertSurvivesKill(life);
            FaultPoint.set(null);
            assertThat(life.rewrite()).as("rewrite after " + when).isTrue();
            assertThat(life.save()).as("snapshot after " + when).isTrue();
            life.commands(8);
            assertThat(unnamed(life)).as("left after " + when).isEmpty();
            digest = life.engine.digest();
            assertRecovers(copy(directory), Set.of(digest), life.allowedSaved, "later after " + when);
        }
        assertRecovers(directory, Set.of(digest), Set.of(), "after " + when + " and a quiet end", false);
        return true;
    }

    private void assertRecovers(Path directory, Set<Long> allowed, Set<Long> saved, String when, boolean withSnapshot) throws IOException {
        if (!withSnapshot) {
            Files.deleteIfExists(directory.resolve("dump.rdb"));
        }
        assertRecovers(directory, allowed, saved, when);
    }

    /// Files in the log's directory that a finished rewrite should have removed.
    private static List<String> unnamed(Life life) throws IOException {
        try (Stream<Path> files = Files.list(life.files.path())) {
            return files.map(file -> file.getFileName().toString())
                .filter(name -> !life.files.manifest().files().contains(name) && !name.contains(".cut-") && !name.equals(Manifest.NAME)
                    && !name.equals("sampo.lock")).toList();
        }
    }
}
