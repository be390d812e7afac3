package dev.sampo.persist.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Shard;
import dev.sampo.engine.SimRng;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.WritingCommands;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.ValueDigest;
import dev.sampo.persist.log.EffectReplayer;
import dev.sampo.persist.log.MemoryDirectory;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Redis wrote is what is here afterwards; what it did not write so is refused, with the place.
class RedisLogTest {
    private static final CommandTable TABLE = CommandTable.engine().build();
    private static final String NAME = "appendonly.aof";
    private static final int REQUESTS = Integer.getInteger("sampo.redislog.requests", 4_000);

    @TempDir(factory = MemoryDirectory.class)
    private Path dir;

    private Path logDirectory() {
        return dir.resolve("appendonlydir");
    }

    private static Shard[] shards(EngineFixture engine) {
        Shard[] shards = new Shard[engine.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = engine.shard(i);
        }
        return shards;
    }

    private RedisLog.Report load(EngineFixture engine, boolean loadTruncated) throws IOException {
        RedisLog log = RedisLog.find(dir, logDirectory(), NAME);
        assertThat(log).isNotNull();
        CommandContext context = new CommandContext(TABLE, shards(engine), (_, _, _, _, _) -> { }, new SimRng(1), (_, cause) -> {
            throw new AssertionError(cause);
        });
        var loader = new RdbLoader(shards(engine), -1, context.accessClock(), 0);
        try (EffectReplayer replayer = new EffectReplayer(TABLE, shards(engine), context, System.currentTimeMillis())) {
            return log.replay(loadTruncated, loader, replayer);
        }
    }

    private static Map<String, String> digests(Path snapshot) throws IOException {
        try (var engine = new EngineFixture()) {
            RdbFiles.read(snapshot, new RdbLoader(shards(engine), -1, engine.context().accessClock(), 0));
            return digests(engine);
        }
    }

    /// By database and key: type, deadline and a digest of the value; those left out whose time is over.
    private static Map<String, String> digests(EngineFixture engine) {
        Map<String, String> digests = new TreeMap<>();
        long now = System.currentTimeMillis();
        for (Shard shard : shards(engine)) {
            for (int db = 0; db < shard.databases(); db++) {
                Keyspace ks = shard.keyspace(db);
                String prefix = db + " ";
                long cursor = 0;
                do {
                    cursor = ks.scan(cursor, 1000, e -> {
                        long deadline = Entry.hasDeadline(e) ? Entry.deadline(e) : Long.MAX_VALUE;
                        if (deadline > now) {
                            digests.put(prefix + OffHeap.latin1(Entry.keyAddress(e), Entry.keyLength(e)),
                                Entry.type(e) + " " + deadline + " " + ValueDigest.of(ks, e, 1));
                        }
                    });
                } while (cursor != 0);
            }
        }
        return digests;
    }

    /// What a Redis has that starts with these files, without the keys whose time is over. It is the measure: when each entry of a
    /// stream was read is not in its log.
    private Map<String, String> afterRestart() throws IOException, InterruptedException {
        Path copy = dir.resolve("copy");
        Files.createDirectories(copy.resolve("appendonlydir"));
        try (Stream<Path> files = Files.list(logDirectory())) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve("appendonlydir").resolve(file.getFileName()));
            }
        }
        try (var redis = RedisServer.start("--dir", copy.toString(), "--appendonly", "yes")) {
            assertThat(redis.run("SAVE")).isEqualTo(new Reply.Simple("OK"));
        }
        return digests(copy.resolve("dump.rdb"));
    }

    private static List<String> differences(Map<String, String> ours, Map<String, String> theirs) {
        var keys = new TreeSet<>(ours.keySet());
        keys.addAll(theirs.keySet());
        return keys.stream().filter(key -> !Objects.equals(ours.get(key), theirs.get(key)))
            .map(key -> key + ": " + ours.get(key) + " / " + theirs.get(key)).toList();
    }

    private Map<String, byte[]> contents() throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(dir.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    // ---------------------------------------------------------------- written by Redis

    private static void play(RedisServer redis, Supplier<byte[][]> requests, int count) throws IOException {
        boolean inTransaction = false;
        for (int i = 0; i < count; i++) {
            if (i % 50 == 10) {
                redis.run("MULTI");
                inTransaction = true;
            }
            redis.client().call(requests.get());
            if (i % 50 == 17 && inTransaction) {
                redis.run("EXEC");
                inTransaction = false;
            }
            if (i % 97 == 0) {
                redis.run("SET soon:" + i + " x PX " + (1 + i % 20));
                redis.run("SELECT " + i % 4);
            }
        }
        if (inTransaction) {
            redis.run("EXEC");
        }
    }

    @ParameterizedTest
    @CsvSource({"yes, 1", "no, 2", "yes, 3", "no, 4"})
    void log_ofRandomCommands_givesBackEverything(String preamble, long seed) throws Exception {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        try (var redis = RedisServer.start("--dir", dir.toString(), "--appendonly", "yes", "--aof-use-rdb-preamble", preamble,
            "--aof-timestamp-enabled", "yes", "--auto-aof-rewrite-percentage", "0")) {
            Supplier<byte[][]> requests = WritingCommands.random(seed);
            play(redis, requests, REQUESTS);
            redis.run("BGREWRITEAOF");
            for (int i = 0; i < 500 && EngineFixture.text(redis.run("INFO persistence")).contains("aof_rewrite_in_progress:1"); i++) {
                Thread.sleep(10);
            }
            play(redis, requests, REQUESTS);
            // Nothing of it counts.
            redis.run("SELECT 9");
        }
        Map<String, String> expected = afterRestart();
        Map<String, byte[]> before = contents();
        for (int shards : new int[] {1, 4, 3}) {
            try (var engine = new EngineFixture(shards)) {
                RedisLog.Report report = load(engine, false);
                assertThat(digests(engine)).hasSizeGreaterThan(30);
                assertThat(differences(digests(engine), expected)).isEmpty();
                assertThat(report.notes()).isEmpty();
                assertThat(report.commands()).isGreaterThan(REQUESTS / 4);
                assertThat(engine.faults()).isEmpty();
            }
        }
        Map<String, byte[]> after = contents();
        assertThat(after.keySet()).isEqualTo(before.keySet());
        after.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(before.get(name)));
    }

    @Test
    void everyWritingCommand_thatRedisKnows_comesBack() throws Exception {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        try (var redis = RedisServer.start("--dir", dir.toString(), "--appendonly", "yes")) {
            int known = 0;
            for (List<String> commands : new TreeMap<>(WritingCommands.cases()).values()) {
                for (String line : WritingCommands.setup()) {
                    redis.run(line);
                }
                for (String line : commands) {
                    // Waits are cut short.
                    known += redis.run(line.replaceAll("^(B[LRZ]\\S+ .*) 0$", "$1 0.01")) instanceof Reply.Failure ? 0 : 1;
                }
            }
            assertThat(known).isGreaterThan(100);
        }
        Map<String, String> expected = afterRestart();
        for (int shards : new int[] {1, 4}) {
            try (var engine = new EngineFixture(shards)) {
                load(engine, false);
                assertThat(differences(digests(engine), expected)).isEmpty();
            }
        }
    }

    // ---------------------------------------------------------------- written by hand

    private static String command(String line) {
        List<byte[]> words = EngineFixture.words(line);
        var text = new StringBuilder("*" + words.size() + "\r\n");
        for (byte[] word : words) {
            text.append('$').append(word.length).append("\r\n").append(new String(word, StandardCharsets.ISO_8859_1)).append("\r\n");
        }
        return text.toString();
    }

    private static String commands(String... lines) {
        var text = new StringBuilder();
        for (String line : lines) {
            text.append(line.startsWith("#") ? line + "\r\n" : command(line));
        }
        return text.toString();
    }

    private void write(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// A plain base and two increments.
    private void writeLog(String base, String first, String second) throws IOException {
        write("appendonlydir/" + NAME + ".manifest", "file " + NAME + ".1.base.aof seq 1 type b\n"
            + "file " + NAME + ".1.incr.aof seq 1 type h\n" + "file \"" + NAME + ".2.incr.aof\" seq 2 type i\nfile " + NAME
            + ".3.incr.aof seq 3 type i startoffset 0\n");
        write("appendonlydir/" + NAME + ".1.base.aof", base);
        write("appendonlydir/" + NAME + ".2.incr.aof", first);
        write("appendonlydir/" + NAME + ".3.incr.aof", second);
    }

    private void assertRefused(String file, long offset, String reason) {
        for (int shards : new int[] {1, 2}) {
            try (var engine = new EngineFixture(shards)) {
                assertThatThrownBy(() -> load(engine, true)).hasMessageContaining(file + ", byte " + offset + ": ")
                    .hasMessageContaining(reason);
            }
        }
    }

    @Test
    void filesOfAManifest_areReadInOrder_withCommentsAndDatabasesOfTheirOwn() throws IOException {
        writeLog(commands("SELECT 2", "RPUSH l a b", "SET gone x PXAT 1"),
            commands("#TS:1700000000", "SELECT 1", "MULTI", "RPUSH l c", "#TS:1700000001", "RPOPLPUSH l m", "EXEC", "PERSIST l"),
            commands("SET first 1", "SELECT 2", "PERSIST gone", "COPY l copy DB 3"));
        for (int shards : new int[] {1, 4}) {
            try (var engine = new EngineFixture(shards)) {
                assertThat(load(engine, false).commands()).isEqualTo(8);
                assertThat(EngineFixture.text(engine.run("GET first"))).isEqualTo("\"1\"");
                engine.session().db(1);
                assertThat(EngineFixture.text(engine.run("LRANGE m 0 -1"))).isEqualTo("[\"c\"]");
                engine.session().db(2);
                // Nothing expires while the log is read: as in Redis this key is there for good.
                assertThat(EngineFixture.text(engine.run("GET gone"))).isEqualTo("\"x\"");
                engine.session().db(3);
                assertThat(EngineFixture.text(engine.run("LRANGE copy 0 -1"))).isEqualTo("[\"a\" \"b\"]");
            }
        }
    }

    @Test
    void anEndCutOff_atAnyByte_countsUpToTheLastWholeCommand_inTheLastFileOnly() throws IOException {
        String last = commands("SET a 1", "MULTI", "SET b 1", "SET c 1", "EXEC", "SET d 12345");
        long afterSet = command("SET a 1").length();
        long afterExec = last.length() - command("SET d 12345").length();
        for (int cut = 0; cut <= last.length(); cut++) {
            writeLog(commands("SET base 1"), commands("SET first 1"), last.substring(0, cut));
            long valid = cut == last.length() ? cut : cut >= afterExec ? afterExec : cut >= afterSet ? afterSet : 0;
            try (var engine = new EngineFixture(2)) {
                RedisLog.Report report = load(engine, true);
                assertThat(report.commands()).isEqualTo(valid == 0 ? 2 : valid == afterSet ? 3 : valid == afterExec ? 5 : 6);
                assertThat(report.notes()).hasSize(cut == valid ? 0 : 1);
                if (cut != valid) {
                    assertThat(report.notes().getFirst()).contains("3.incr.aof, byte " + valid, "the last " + (cut - valid) + " bytes");
                    assertThatThrownBy(() -> load(new EngineFixture(), false)).hasMessageContaining("byte " + valid);
                }
            }
            if (cut != valid) {
                writeLog(commands("SET base 1"), last.substring(0, cut), commands("SET e 1"));
                assertRefused("2.incr.aof", valid, "the file ends in a ");
            }
        }
    }

    @Test
    void damage_isRefused_withThePlace() throws IOException {
        String good = commands("SET a 1", "SET b 22");
        long second = command("SET a 1").length();
        for (int at = 0; at < good.length(); at++) {
            char c = good.charAt(at);
            boolean isText = at > 0 && Character.isLetterOrDigit(c) && !Character.isLetterOrDigit(good.charAt(at - 1))
                && good.charAt(at - 1) == '\n';
            if (isText || "SETab".indexOf(c) >= 0 || good.startsWith("22\r\n", at) || good.startsWith("2\r\n", at)) {
                continue;
            }
            writeLog("", "", good.substring(0, at) + (char) (c ^ 0x40) + good.substring(at + 1));
            assertRefused("3.incr.aof", at < second ? 0 : second, "there should be");
        }
        writeLog("", "", good + "\0".repeat(100));
        try (var engine = new EngineFixture()) {
            assertThat(load(engine, true).notes().getFirst()).contains("zeros");
        }
        writeLog("", good + "\0".repeat(100), "");
        assertRefused("2.incr.aof", good.length(), "zeros");
    }

    @Test
    void whatCannotBeRun_isRefused_withItsNameAndPlace() throws IOException {
        long at = command("SET a 1").length();
        writeLog("", "", commands("SET a 1", "FUNCTION LOAD x"));
        assertRefused("3.incr.aof", at, "does not know: FUNCTION (scripts and functions do not run here)");
        writeLog("", "", commands("SET a 1", "JSON.SET a $ 1"));
        assertRefused("3.incr.aof", at, "does not know: JSON.SET");
        writeLog("", "", commands("SET a 1", "LPUSH a 1"));
        assertRefused("3.incr.aof", at, "LPUSH");
        writeLog("", "", commands("SELECT 16", "LPUSH a 1"));
        assertRefused("3.incr.aof", command("SELECT 16").length(), "set databases to 17 or more");
        writeLog("", "", commands("SET a 1", "EXEC"));
        assertRefused("3.incr.aof", at, "has not begun");
        writeLog("", "", commands("SET a 1", "MULTI", "MULTI", "EXEC"));
        assertRefused("3.incr.aof", at + command("MULTI").length(), "begins in a transaction");
    }

    @Test
    void manifestsThatLack_somethingOrAreDamaged_areRefused() throws IOException {
        writeLog("", "", commands("SET a 1"));
        Files.delete(logDirectory().resolve(NAME + ".2.incr.aof"));
        assertRefused("2.incr.aof", 0, "missing");
        String manifest = "appendonlydir/" + NAME + ".manifest";
        for (String bad : List.of("file a seq 1", "file a seq 1 type x\n", "file a seq x type i\n", "file ../a seq 1 type i\n", "\n", "",
            "file a seq 2 type i\nfile b seq 1 type i\n", "file a seq 1 type b\nfile b seq 2 type b\n", "\0\0\0\0\0\0\n")) {
            write(manifest, bad);
            assertThatThrownBy(() -> RedisLog.find(dir, logDirectory(), NAME)).as(bad).hasMessageContaining(NAME + ".manifest, byte ");
        }
        Files.delete(dir.resolve(manifest));
        assertThatThrownBy(() -> RedisLog.find(dir, logDirectory(), NAME)).hasMessageContaining("set appendfilename");
    }

    @Test
    void theSingleFileOfOldVersions_isRead_plainOrBehindASnapshot() throws Exception {
        write(NAME, commands("SELECT 0", "SET a 1", "INCR a"));
        try (var engine = new EngineFixture(2)) {
            assertThat(load(engine, false).commands()).isEqualTo(2);
            assertThat(EngineFixture.text(engine.run("GET a"))).isEqualTo("\"2\"");
        }
        Path snapshot = dir.resolve("dump.rdb");
        try (var engine = new EngineFixture(2)) {
            engine.run("RPUSH l a");
            engine.run("SET b 1 PXAT " + (EngineFixture.START_MILLIS + 1));
            RdbFiles.write(snapshot, shards(engine), 10, "7.0.15", EngineFixture.START_MILLIS);
        }
        byte[] bytes = Files.readAllBytes(snapshot);
        String preamble = new String(bytes, StandardCharsets.ISO_8859_1);
        write(NAME, preamble + commands("SELECT 0", "PERSIST b", "RPUSH l b"));
        try (var engine = new EngineFixture(2)) {
            assertThat(load(engine, false).commands()).isEqualTo(2);
            assertThat(EngineFixture.text(engine.run("LRANGE l 0 -1"))).isEqualTo("[\"a\" \"b\"]");
            assertThat(EngineFixture.text(engine.run("GET b"))).isEqualTo("\"1\"");
        }
        // Half a snapshot is none.
        write(NAME, preamble.substring(0, preamble.length() - 3));
        assertRefused(NAME, bytes.length - 8, "ends in the snapshot");
        String damaged = preamble.substring(0, preamble.length() - 1) + (char) (bytes[bytes.length - 1] ^ 1 & 0xFF);
        write(NAME, damaged + command("SELECT 0"));
        assertRefused(NAME, bytes.length, "wrong checksum");
        Files.delete(dir.resolve(NAME));
        assertThat(RedisLog.find(dir, logDirectory(), NAME)).isNull();
    }
}
