package dev.sampo.persist.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Shard;
import dev.sampo.engine.SimRng;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.WritingCommands;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every command that writes, by way of real files: what comes back is what was there, on any number of shards. A new row
/// without a case fails in the engine's own test of effects, whose table this is.
class RestartTest {
    private static final CommandTable TABLE = CommandTable.engine().build();
    private static final long LATER = EngineFixture.START_MILLIS + 1_000;

    @TempDir(factory = MemoryDirectory.class)
    private Path temp;
    private int restarts;

    private interface Way {
        /// Runs the commands, ends, and returns what the data come back from.
        void check(String name, List<String> commands, int shards) throws IOException;
    }

    private void forAll(Way way) throws IOException {
        Map<String, List<String>> cases = WritingCommands.cases();
        int shards = 1;
        for (var each : cases.entrySet()) {
            way.check(each.getKey(), each.getValue(), shards);
            // 1, 2, 4, 1, ...
            shards = shards == 4 ? 1 : 2 * shards;
        }
        assertThat(restarts).isGreaterThanOrEqualTo(2 * cases.size());
    }

    @Test
    void everyWrite_byWayOfTheLog_comesBack() throws IOException {
        forAll((name, commands, shards) -> {
            Path directory = temp.resolve("log-" + name);
            long digest = log(directory, commands, shards, false);
            assertComesBack(name, directory, digest, shards);
        });
    }

    @Test
    void everyWrite_byWayOfARewrittenLog_comesBack() throws IOException {
        forAll((name, commands, shards) -> {
            Path directory = temp.resolve("rewritten-" + name);
            long digest = log(directory, commands, shards, true);
            assertComesBack(name, directory, digest, shards);
        });
    }

    @Test
    void everyWrite_byWayOfASnapshot_comesBack() throws IOException {
        forAll((name, commands, shards) -> {
            Path file = temp.resolve(name + ".rdb");
            try (var engine = new EngineFixture(shards)) {
                run(engine, WritingCommands.setup());
                run(engine, commands);
                RdbFiles.write(file, shards(engine), RdbType.VERSION_MAX, "test", LATER);
                for (int other : new int[] {shards, 3}) {
                    try (var copy = new EngineFixture(other)) {
                        load(file, copy);
                        assertThat(copy.digest()).as(name + " from " + shards + " to " + other).isEqualTo(engine.digest());
                        restarts++;
                    }
                }
            }
        });
    }

    /// Nothing in a log is skipped.
    @Test
    void effect_thatNobodyKnows_isRefused() throws IOException {
        for (String name : List.of("NOSUCHCOMMAND", "SET", "SUBSCRIBE")) {
            Path directory = temp.resolve(name);
            try (LogDirectory files = new LogDirectory(directory, 1)) {
                Journal journal = new Journal(1, FsyncPolicy.NO, _ -> { });
                journal.start(files, 0);
                ShardLog log = journal.log(0);
                log.begin(0, 0, 2);
                log.argument(name.getBytes(StandardCharsets.ISO_8859_1));
                log.argument(new byte[] {'k'});
                log.end();
                journal.submit(log);
                journal.close();
            }
            assertThatThrownBy(() -> assertComesBack(name, directory, 0, 1)).isInstanceOf(DamagedLogException.class).hasMessageContaining(name);
        }
    }

    /// Logs setup and commands, command by command; with `rewrites` a base is written between the two.
    private static long log(Path directory, List<String> commands, int shards, boolean rewrites) throws IOException {
        try (LogDirectory files = new LogDirectory(directory, shards)) {
            Journal journal = new Journal(shards, FsyncPolicy.NO, _ -> { });
            journal.start(files, 0);
            try (var engine = new EngineFixture(shards, journal::log)) {
                run(engine, journal, WritingCommands.setup(), shards);
                if (rewrites) {
                    long generation = files.generation() + 1;
                    journal.rotate(files).join();
                    RdbFiles.write(files.temporaryBase(generation), shards(engine), RdbType.VERSION_MAX, "test", LATER);
                    files.commitBase(generation);
                }
                run(engine, journal, commands, shards);
                journal.close();
                assertThat(engine.faults()).isEmpty();
                return engine.digest();
            }
        }
    }

    private static void run(EngineFixture engine, Journal journal, List<String> commands, int shards) {
        for (String command : commands) {
            engine.run(command);
            engine.clock().advanceMillis(7);
            journal.submit((1L << shards) - 1);
        }
    }

    private static void run(EngineFixture engine, List<String> commands) {
        for (String command : commands) {
            engine.run(command);
            engine.clock().advanceMillis(7);
        }
    }

    private void assertComesBack(String name, Path directory, long digest, int shards) throws IOException {
        for (int other : new int[] {shards, 3}) {
            try (var copy = new EngineFixture(other); LogDirectory files = new LogDirectory(directory, other)) {
                if (files.base() != null) {
                    load(files.base(), copy);
                }
                try (EffectReplayer replayer = new EffectReplayer(TABLE, shards(copy), context(copy), LATER)) {
                    new Recovery(directory, false, replayer).replay(files.manifest());
                }
                assertThat(copy.digest()).as(name + " from " + shards + " to " + other).isEqualTo(digest);
                restarts++;
            }
        }
        assertThat(Files.exists(directory)).isTrue();
    }

    private static void load(Path file, EngineFixture engine) throws IOException {
        // Nothing is over: what has expired is in the log.
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
}
