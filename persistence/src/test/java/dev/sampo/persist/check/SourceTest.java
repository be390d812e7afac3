package dev.sampo.persist.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Shard;
import dev.sampo.engine.SimRng;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.persist.log.EffectReplayer;
import dev.sampo.persist.log.FsyncPolicy;
import dev.sampo.persist.log.Journal;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.log.Manifest;
import dev.sampo.persist.log.MemoryDirectory;
import dev.sampo.persist.log.Recovery;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of file, as it was written and damaged in every way.
class SourceTest {
    private static final CommandTable TABLE = CommandTable.engine().build();
    private static final List<String> COMMANDS = List.of("SET a 1", "RPUSH l a b c", "MSET a 2 b 2 c 2 d 2", "SELECT 5", "SADD s x y z",
        "ZADD z 1 a 2 b", "RENAME s t", "HSET h f v g w", "XADD x 1-1 f v", "MSET e 5 f 6 g 7", "SET far x PXAT 4102444800000");

    @TempDir(factory = MemoryDirectory.class)
    private Path dir;
    /// Digests of the states that the data have been in.
    private final List<Long> states = new ArrayList<>();

    private Path logDirectory() {
        return dir.resolve("log");
    }

    private static Shard[] shards(EngineFixture engine) {
        Shard[] shards = new Shard[engine.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = engine.shard(i);
        }
        return shards;
    }

    /// A base, and two generations behind it of which each has half of the commands.
    private Path writeLog(int shards) throws IOException {
        try (LogDirectory files = new LogDirectory(logDirectory(), shards)) {
            Journal journal = new Journal(shards, FsyncPolicy.NO, _ -> { });
            journal.start(files, 0);
            try (var engine = new EngineFixture(shards, journal::log)) {
                engine.run("SET base 1");
                journal.submit((1L << shards) - 1);
                long generation = files.generation() + 1;
                journal.rotate(files).join();
                RdbFiles.write(files.temporaryBase(generation), shards(engine), RdbType.VERSION_MAX, "test", EngineFixture.START_MILLIS);
                files.commitBase(generation);
                states.add(engine.digest());
                for (int i = 0; i < COMMANDS.size(); i++) {
                    if (i == COMMANDS.size() / 2) {
                        journal.rotate(files).join();
                    }
                    String command = COMMANDS.get(i);
                    if (command.startsWith("SELECT")) {
                        engine.session().db(5);
                    } else {
                        engine.run(command);
                    }
                    journal.submit((1L << shards) - 1);
                    states.add(engine.digest());
                }
                journal.close();
            }
        }
        return logDirectory();
    }

    private static long digestOfLog(Path directory) throws IOException {
        try (var engine = new EngineFixture(2); LogDirectory files = new LogDirectory(directory, 2)) {
            CommandContext context = context(engine);
            if (files.base() != null) {
                RdbFiles.read(files.base(), new RdbLoader(shards(engine), -1, context.accessClock(), 0));
            }
            try (EffectReplayer replayer = new EffectReplayer(TABLE, shards(engine), context, EngineFixture.START_MILLIS)) {
                new Recovery(directory, false, replayer).replay(files.manifest());
            }
            return engine.digest();
        }
    }

    private static long digestOfSnapshot(Path file) throws IOException {
        try (var engine = new EngineFixture(2)) {
            RdbFiles.read(file, new RdbLoader(shards(engine), -1, engine.context().accessClock(), 0));
            return engine.digest();
        }
    }

    private static CommandContext context(EngineFixture engine) {
        return new CommandContext(TABLE, shards(engine), (_, _, _, _, _) -> { }, new SimRng(1), (_, cause) -> {
            throw new AssertionError(cause);
        });
    }

    private static Source one(Path path) throws IOException {
        List<Source> sources = Source.at(path);
        assertThat(sources).hasSize(1);
        return sources.getFirst();
    }

    private static List<Finding> check(Path path) throws IOException {
        try (Source source = one(path)) {
            return source.check();
        }
    }

    private static List<Finding> damaged(Path path) throws IOException {
        return check(path).stream().filter(finding -> !finding.isSound()).toList();
    }

    private static List<String> repair(Path path) throws IOException {
        try (Source source = one(path)) {
            source.check();
            return source.repair();
        }
    }

    private Map<Path, byte[]> contents(Path directory) throws IOException {
        Map<Path, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(file, Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private void restore(Path directory, Map<Path, byte[]> contents) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!contents.containsKey(file)) {
                    Files.delete(file);
                }
            }
        }
        for (var file : contents.entrySet()) {
            Files.write(file.getKey(), file.getValue());
        }
    }

    private static void assertSame(Map<Path, byte[]> actual, Map<Path, byte[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((file, bytes) -> assertThat(bytes).as(file.toString()).isEqualTo(expected.get(file)));
    }

    private static List<Path> logFiles(Map<Path, byte[]> contents) {
        return contents.keySet().stream().filter(file -> file.getFileName().toString().matches("log.*aof")).toList();
    }

    // ---------------------------------------------------------------- Sampo's log

    @Test
    void soundLog_isSound_andNothingChanges() throws IOException {
        for (int shards : new int[] {1, 3}) {
            Path log = writeLog(shards);
            Map<Path, byte[]> before = contents(log);
            assertThat(check(log)).hasSize(2 + 2 * shards).allMatch(Finding::isSound);
            assertThat(check(log).get(1).toString()).contains("snapshot of 1 keys", "sound");
            assertThat(check(log.resolve("sampo.manifest"))).hasSize(2 + 2 * shards);
            for (Path file : logFiles(before)) {
                assertThat(check(file)).hasSize(1).allMatch(Finding::isSound);
            }
            assertThat(repair(log)).isEmpty();
            assertSame(contents(log), before);
            restore(log, Map.of());
        }
    }

    /// Damages each file in each of these ways; what is kept beside is what was cut off.
    private void assertRepairable(int shards, int stride, boolean flips) throws IOException {
        Path log = writeLog(shards);
        Map<Path, byte[]> whole = contents(log);
        int damages = 0;
        int unnoticed = 0;
        for (Path file : logFiles(whole)) {
            byte[] bytes = whole.get(file);
            for (int at = 0; at < bytes.length; at += stride) {
                byte[] changed;
                if (flips) {
                    changed = bytes.clone();
                    changed[at] ^= (byte) (1 << at % 8);
                } else {
                    changed = Arrays.copyOf(bytes, at);
                }
                Files.write(file, changed);
                Map<Path, byte[]> before = contents(log);
                List<Finding> findings = damaged(log);
                assertSame(contents(log), before);
                if (findings.isEmpty()) {
                    // Cut between two records that are of no transaction: nobody can tell.
                    assertThat(flips).isFalse();
                    assertThat(at).isGreaterThanOrEqualTo(64);
                    unnoticed++;
                } else {
                    damages++;
                    assertThat(repair(log)).as(findings.toString()).isNotEmpty();
                    assertThat(damaged(log)).as("%s, byte %d", file, at).isEmpty();
                    assertNothingIsGone(before, contents(log));
                }
                // What an older generation has lost unnoticed, a later one may build on.
                if (!findings.isEmpty() || file.equals(logFiles(whole).getLast())) {
                    long digest = digestOfLog(log);
                    assertThat(shards > 1 || states.contains(digest)).as("%s, byte %d", file, at).isTrue();
                }
                restore(log, whole);
            }
        }
        assertThat(damages).isGreaterThan(40);
        assertThat(unnoticed).isLessThan(COMMANDS.size());
    }

    /// A file that has become shorter has its end in another one. The manifest may say so.
    private static void assertNothingIsGone(Map<Path, byte[]> before, Map<Path, byte[]> after) {
        before.forEach((file, bytes) -> {
            byte[] now = after.get(file);
            if (!Arrays.equals(now, bytes) && !file.endsWith(Manifest.NAME)) {
                var aside = after.keySet().stream().filter(other -> other.toString().startsWith(file + ".cut-")).toList();
                if (bytes.length > 0) {
                    assertThat(aside).as(file.toString()).hasSize(1);
                    int keep = Integer.parseInt(aside.getFirst().toString().replaceAll(".*-", ""));
                    assertThat(after.get(aside.getFirst())).isEqualTo(Arrays.copyOfRange(bytes, keep, bytes.length));
                    assertThat(keep == 0 || Arrays.equals(now, Arrays.copyOf(bytes, keep))).as(file.toString()).isTrue();
                }
            }
        });
    }

    @Test
    void cutLog_atAnyByte_isRepaired_toAStateThatWas() throws IOException {
        assertRepairable(1, 1, false);
    }

    @Test
    void logWithAFlippedBit_isRepaired_toAStateThatWas() throws IOException {
        assertRepairable(1, 3, true);
    }

    @Test
    void logOfSeveralShards_isRepaired_withWholeTransactions() throws IOException {
        assertRepairable(3, 7, false);
        restore(logDirectory(), Map.of());
        assertRepairable(2, 11, true);
    }

    @Test
    void logWithZerosAtItsEnd_isRepaired() throws IOException {
        Path log = writeLog(1);
        Path last = logFiles(contents(log)).getLast();
        long digest = digestOfLog(log);
        byte[] bytes = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(bytes, bytes.length + 5000));
        assertThat(damaged(log)).hasSize(1).first().asString().contains("DAMAGED at byte " + bytes.length, "zeros", "5000 bytes go");
        assertThat(repair(log)).hasSize(1).first().asString().contains("5000 bytes behind it are kept in");
        assertThat(digestOfLog(log)).isEqualTo(digest);
    }

    @Test
    void logWithoutOneOfItsFiles_isRepaired_upToThere() throws IOException {
        Path log = writeLog(2);
        Map<Path, byte[]> whole = contents(log);
        for (Path file : logFiles(whole)) {
            Files.delete(file);
            assertThat(damaged(log)).anyMatch(finding -> finding.file().equals(file) && finding.toString().contains("missing"));
            repair(log);
            assertThat(damaged(log)).isEmpty();
            digestOfLog(log);
            restore(log, whole);
        }
    }

    @Test
    void damagedBaseOrManifest_isNotRepaired() throws IOException {
        Path log = writeLog(2);
        Map<Path, byte[]> whole = contents(log);
        for (Path file : whole.keySet()) {
            if (!file.toString().matches(".*(rdb|manifest)")) {
                continue;
            }
            for (byte[] bytes : List.of(Arrays.copyOf(whole.get(file), whole.get(file).length - 1), new byte[100], new byte[0])) {
                Files.write(file, bytes);
                assertThat(damaged(log)).isNotEmpty().first().asString().contains(file.toString(), "cannot be repaired");
                assertThat(repair(log)).isEmpty();
                assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
            }
            Files.delete(file);
            assertThat(damaged(log)).isNotEmpty().first().asString().contains(file.toString(), "missing", "cannot be repaired");
            assertThat(repair(log)).isEmpty();
            restore(log, whole);
        }
        Files.delete(log.resolve("sampo.manifest"));
        // Nor does a server begin with nothing where there are records.
        assertThatThrownBy(() -> new LogDirectory(log, 2)).hasMessageContaining("the manifest is missing");
    }

    @Test
    void logThatWasNotBegunYet_isEmpty_whateverItsFilesHold() throws IOException {
        try (LogDirectory files = new LogDirectory(logDirectory(), 1)) {
            files.startAnew();
            Journal journal = new Journal(1, FsyncPolicy.NO, _ -> { });
            journal.start(files, 0);
            try (var engine = new EngineFixture(1, journal::log)) {
                engine.run("SET a 1");
                journal.submit(1);
            }
            journal.close();
        }
        // The server ends before there is a base.
        assertThat(logFiles(contents(logDirectory()))).hasSize(1).allMatch(file -> file.toFile().length() > 64);
        assertThat(check(logDirectory())).hasSize(1).allMatch(Finding::isSound);
        try (LogDirectory files = new LogDirectory(logDirectory(), 2)) {
            assertThat(files.isEmpty()).isTrue();
        }
    }

    @Test
    void logInUse_isLeftAlone() throws IOException {
        Path log = writeLog(1);
        try (LogDirectory _ = new LogDirectory(log, 1)) {
            assertThatThrownBy(() -> check(log)).hasMessageContaining("in use by a server");
            assertThatThrownBy(() -> check(logFiles(contents(log)).getFirst())).hasMessageContaining("in use by a server");
        }
        assertThat(damaged(log)).isEmpty();
    }

    // ---------------------------------------------------------------- RDB

    private Path writeSnapshot() throws IOException {
        Path file = dir.resolve("dump.rdb");
        try (var engine = new EngineFixture(2)) {
            for (String command : COMMANDS) {
                if (command.startsWith("SELECT")) {
                    engine.session().db(5);
                } else {
                    engine.run(command);
                }
            }
            RdbFiles.write(file, shards(engine), RdbType.VERSION_MIN_WRITTEN, "test", EngineFixture.START_MILLIS);
        }
        return file;
    }

    @Test
    void snapshot_isSound_orItsDamageIsFound_andNotRepaired() throws IOException {
        Path file = writeSnapshot();
        assertThat(check(file)).hasSize(1).first().asString().contains("snapshot of 13 keys, 1 of them with a deadline", "sound");
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at++) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            for (byte[] bad : List.of(Arrays.copyOf(bytes, at), flipped)) {
                Files.write(file, bad);
                assertThat(damaged(file)).as("byte %d", at).hasSize(1).first().asString().contains("cannot be repaired");
                assertThat(repair(file)).isEmpty();
                assertThat(Files.readAllBytes(file)).isEqualTo(bad);
            }
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 3));
        assertThat(damaged(file)).hasSize(1).first().asString().contains("byte " + bytes.length);
    }

    // ---------------------------------------------------------------- Redis

    private static String command(String line) {
        List<byte[]> words = EngineFixture.words(line);
        var text = new StringBuilder("*" + words.size() + "\r\n");
        for (byte[] word : words) {
            text.append('$').append(word.length).append("\r\n").append(new String(word, StandardCharsets.ISO_8859_1)).append("\r\n");
        }
        return text.toString();
    }

    private Path writeRedisLog() throws IOException {
        Path log = Files.createDirectories(dir.resolve("appendonlydir"));
        Files.writeString(log.resolve("x.aof.manifest"), "file x.aof.1.base.rdb seq 1 type b\nfile x.aof.1.incr.aof seq 1 type i\n"
            + "file x.aof.2.incr.aof seq 2 type i\n");
        Files.move(writeSnapshot(), log.resolve("x.aof.1.base.rdb"));
        Files.writeString(log.resolve("x.aof.1.incr.aof"), command("SELECT 20") + command("SET a 1") + command("SET b 2"));
        Files.writeString(log.resolve("x.aof.2.incr.aof"), command("MULTI") + command("SET c 1") + command("SET d 2") + command("EXEC"));
        return log;
    }

    @Test
    void logOfRedis_isSound_orRepaired() throws IOException {
        Path log = writeRedisLog();
        Map<Path, byte[]> whole = contents(log);
        assertThat(check(log)).hasSize(3).allMatch(Finding::isSound);
        assertThat(check(log.resolve("x.aof.1.incr.aof"))).hasSize(1).first().asString().contains("2 commands; sound");
        assertThat(check(log.resolve("x.aof.1.base.rdb"))).hasSize(1).allMatch(Finding::isSound);
        assertSame(contents(log), whole);
        Map<String, Integer> cuts = new HashMap<>();
        for (String name : List.of("x.aof.1.incr.aof", "x.aof.2.incr.aof")) {
            Path file = log.resolve(name);
            byte[] bytes = whole.get(file);
            for (int at = 0; at < bytes.length; at++) {
                Files.write(file, Arrays.copyOf(bytes, at));
                Map<Path, byte[]> before = contents(log);
                if (!damaged(log).isEmpty()) {
                    cuts.merge(name, 1, Integer::sum);
                    assertThat(damaged(log).getLast().toString()).contains("x.aof.2.incr.aof", "a repair cuts it at byte 0");
                    assertThat(repair(log)).isNotEmpty();
                    assertThat(damaged(log)).isEmpty();
                    assertNothingIsGone(before, contents(log));
                }
                restore(log, whole);
            }
        }
        // Cut between two commands it is what Redis may have written.
        assertThat(cuts).containsEntry("x.aof.1.incr.aof", whole.get(log.resolve("x.aof.1.incr.aof")).length - 3)
            .containsEntry("x.aof.2.incr.aof", whole.get(log.resolve("x.aof.2.incr.aof")).length - 1);
        Files.delete(log.resolve("x.aof.1.incr.aof"));
        assertThat(repair(log)).hasSize(2);
        assertThat(damaged(log)).isEmpty();
        restore(log, whole);
        Path base = log.resolve("x.aof.1.base.rdb");
        Files.write(base, Arrays.copyOf(whole.get(base), 50));
        assertThat(damaged(log)).isNotEmpty();
        assertThat(repair(log)).isEmpty();
        Files.writeString(log.resolve("x.aof.manifest"), "nonsense\n");
        assertThat(damaged(log)).hasSize(1);
        assertThat(repair(log)).isEmpty();
    }

    @Test
    void commandsThatDoNotExistHere_areTold_andNotCutOff() throws IOException {
        Path file = dir.resolve("appendonly.aof");
        Files.writeString(file, command("SET a 1") + command("JSON.SET a $ 1"));
        assertThat(damaged(file)).hasSize(1).first().asString().contains("byte 27", "JSON.SET", "cannot be repaired");
        assertThat(repair(file)).isEmpty();
    }

    // ---------------------------------------------------------------- what is there

    @Test
    void directoryOfData_isTakenApart_andOtherFilesAreNone() throws IOException {
        Path log = writeLog(1);
        writeRedisLog();
        writeSnapshot();
        Files.writeString(dir.resolve("appendonly.aof"), command("SET a 1"));
        Files.writeString(dir.resolve("notes.txt"), "*");
        Files.createDirectories(dir.resolve("other"));
        assertThat(Source.at(dir)).extracting(source -> dir.relativize(source.path()).toString() + " " + source.kind()).containsExactly(
            "appendonly.aof an append-only log of Redis", "appendonlydir/x.aof.manifest an append-only log of Redis",
            "dump.rdb an RDB file", "log an append-only log of Sampo");
        assertThat(Source.at(logFiles(contents(log)).getFirst()).getFirst().kind()).isEqualTo("a file of an append-only log of Sampo");
        assertThatThrownBy(() -> Source.at(dir.resolve("other"))).hasMessageContaining("there is no RDB file");
        assertThatThrownBy(() -> Source.at(dir.resolve("nosuch"))).hasMessageContaining("no such file");
        Files.writeString(dir.resolve("notes.txt"), "text");
        assertThatThrownBy(() -> Source.at(dir.resolve("notes.txt"))).hasMessageContaining("neither an RDB file nor");
    }

    @Test
    void everySoundSource_isConverted() throws IOException {
        Path log = writeLog(3);
        long expected = digestOfLog(log);
        Path redis = writeRedisLog();
        Path snapshot = writeSnapshot();
        var converter = new Converter("1.0", EngineFixture.START_MILLIS);
        assertThat(convert(converter, log, dir.resolve("a.rdb"))).isEqualTo(14);
        assertThat(digestOfSnapshot(dir.resolve("a.rdb"))).isEqualTo(expected);
        assertThat(convert(converter, log, dir.resolve("copy"))).isEqualTo(14);
        assertThat(digestOfLog(dir.resolve("copy"))).isEqualTo(expected);
        assertThat(damaged(dir.resolve("copy"))).isEmpty();
        assertThat(convert(converter, snapshot, dir.resolve("b"))).isEqualTo(13);
        assertThat(digestOfLog(dir.resolve("b"))).isEqualTo(digestOfSnapshot(snapshot));
        // Into database 20, too.
        assertThat(convert(converter, redis, dir.resolve("c.rdb"))).isEqualTo(15);
        assertThat(check(dir.resolve("c.rdb")).getFirst().content()).contains("15 keys");
        assertThatThrownBy(() -> convert(converter, log, dir.resolve("a.rdb"))).hasMessageContaining("exists already");
        assertThatThrownBy(() -> convert(converter, log, redis)).hasMessageContaining("exists already");
        assertThatThrownBy(() -> convert(converter, logFiles(contents(log)).getFirst(), dir.resolve("d.rdb")))
            .hasMessageContaining("convert its directory");
        assertThat(dir.resolve("d.rdb")).doesNotExist();
    }

    private static long convert(Converter converter, Path from, Path to) throws IOException {
        try (Source source = one(from)) {
            assertThat(source.check()).allMatch(Finding::isSound);
            return converter.convert(source, to);
        }
    }
}
