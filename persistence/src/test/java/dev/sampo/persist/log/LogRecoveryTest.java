package dev.sampo.persist.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What comes back of a log, whole or damaged. Effects are `<shard>:<number>`; those of a transaction `t<id>:<shard>`.
class LogRecoveryTest {
    private static final int SHARDS = 3;

    @TempDir(factory = MemoryDirectory.class)
    private Path temp;
    private Path directory;
    private final List<String> replayed = new ArrayList<>();

    @BeforeEach
    void choose() {
        directory = temp.resolve("appendonlydir");
    }

    private final class Sink implements EffectSink {
        @Override
        public void apply(int db, Args effect) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < effect.count(); i++) {
                text.append(i == 0 ? "" : " ").append(OffHeap.latin1(effect.address(i), effect.length(i)));
            }
            replayed.add(db + "/" + text);
        }

        @Override
        public boolean isKeyless(Args effect) {
            return effect.length(0) == 8 && OffHeap.latin1(effect.address(0), 8).equals("FLUSHALL");
        }
    }

    private static void effect(ShardLog log, int db, String... words) {
        log.begin(0, db, words.length);
        for (String word : words) {
            log.argument(word.getBytes(StandardCharsets.ISO_8859_1));
        }
        log.end();
    }

    private Journal start(LogDirectory files, FsyncPolicy policy) throws IOException {
        Journal journal = new Journal(SHARDS, policy, _ -> { });
        journal.start(files, 0);
        return journal;
    }

    /// A log of random pieces: plain effects of one shard, and transactions of several.
    private void writeLog(int pieces, long seed) throws IOException {
        Random random = new Random(seed);
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            Journal journal = start(files, random.nextBoolean() ? FsyncPolicy.ALWAYS : FsyncPolicy.NO);
            for (int i = 0; i < pieces; i++) {
                if (random.nextInt(4) == 0) {
                    for (int shard = 0; shard < SHARDS; shard++) {
                        if (shard != i % SHARDS) {
                            effect(journal.log(shard), 0, "SET", "t" + i, Integer.toString(shard));
                        }
                    }
                    journal.submit((1L << SHARDS) - 1);
                } else {
                    int shard = random.nextInt(SHARDS);
                    effect(journal.log(shard), shard, "SET", shard + ":" + i, "v".repeat(random.nextInt(30)));
                    journal.submit(journal.log(shard));
                }
            }
            journal.close();
        }
    }

    private Recovery.Report recover(boolean loadTruncated) throws IOException {
        replayed.clear();
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            return new Recovery(directory, loadTruncated, new Sink()).replay(files.manifest());
        }
    }

    /// Every shard's effects are those it began with, and every transaction is whole.
    private void assertIsPrefix(List<String> whole) {
        for (int shard = 0; shard < SHARDS; shard++) {
            List<String> all = ofShard(whole, shard);
            List<String> now = ofShard(replayed, shard);
            assertThat(all.subList(0, Math.min(now.size(), all.size()))).isEqualTo(now);
        }
        for (String effect : replayed) {
            if (effect.contains(" t")) {
                String key = effect.split(" ")[1];
                assertThat(replayed.stream().filter(other -> other.split(" ")[1].equals(key))).hasSize(SHARDS - 1);
            }
        }
    }

    private static List<String> ofShard(List<String> effects, int shard) {
        return effects.stream().filter(effect -> {
            String[] words = effect.split(" ", -1);
            return words[1].startsWith(shard + ":") || words[1].startsWith("t") && words[2].equals(Integer.toString(shard));
        }).toList();
    }

    private Path file(int shard) {
        return directory.resolve("log.1." + shard + ".aof");
    }

    @Test
    void log_writtenAndClosed_comesBackWhole() throws IOException {
        writeLog(500, 1);
        Recovery.Report report = recover(true);
        assertThat(replayed).hasSizeGreaterThan(500);
        assertThat(report.effects()).isEqualTo(replayed.size());
        assertThat(report.cutBytes()).isZero();
        assertThat(ofShard(replayed, 0)).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void keylessEffects_ofManyShards_areAppliedOnceBetweenTheOthers() throws IOException {
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            Journal journal = start(files, FsyncPolicy.ALWAYS);
            effect(journal.log(0), 0, "SET", "a", "1");
            for (int shard = 0; shard < SHARDS; shard++) {
                effect(journal.log(shard), 0, "FLUSHALL");
            }
            effect(journal.log(2), 0, "SET", "b", "2");
            journal.submit(7);
            journal.close();
        }
        recover(true);
        assertThat(replayed).containsExactly("0/SET a 1", "0/FLUSHALL", "0/SET b 2");
    }

    /// A head and the effect itself: what a log costs on the disk. Only transactions pay for being one.
    @Test
    void records_costFewBytes() throws IOException {
        int effects = 1000;
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            Journal journal = start(files, FsyncPolicy.NO);
            for (int i = 0; i < effects; i++) {
                effect(journal.log(0), 0, "SET", "key:" + (1000 + i), "0123456789");
                journal.submit(journal.log(0));
                effect(journal.log(1), 0, "SET", "key:" + (1000 + i), "0123456789");
            }
            journal.submit(journal.log(1));
            journal.close();
        }
        int effectBytes = 2 + 1 + 3 + 1 + 8 + 1 + 10;
        assertThat(Files.size(file(0)) - RecordFormat.FILE_HEAD_BYTES).isEqualTo((long) effects * (RecordFormat.RECORD_HEAD_BYTES + effectBytes));
        assertThat(Files.size(file(1)) - RecordFormat.FILE_HEAD_BYTES).isEqualTo(RecordFormat.RECORD_HEAD_BYTES + (long) effects * effectBytes);
        assertThat(RecordFormat.RECORD_HEAD_BYTES).isLessThanOrEqualTo(24);
    }

    @Test
    void generations_areReplayedInTheirOrder() throws Exception {
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            Journal journal = start(files, FsyncPolicy.EVERYSEC);
            effect(journal.log(2), 0, "SET", "a", "1");
            journal.submit(journal.log(2));
            journal.rotate(files).get(10, TimeUnit.SECONDS);
            effect(journal.log(0), 0, "SET", "b", "2");
            journal.submit(journal.log(0));
            journal.close();
        }
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            Journal journal = start(files, FsyncPolicy.EVERYSEC);
            effect(journal.log(1), 0, "SET", "c", "3");
            journal.submit(journal.log(1));
            journal.close();
        }
        recover(true);
        assertThat(replayed).containsExactly("0/SET a 1", "0/SET b 2", "0/SET c 3");
    }

    @Test
    void file_cutAnywhere_comesBackToAWholeRecordAndIsCleanAfterwards() throws IOException {
        writeLog(120, 2);
        recover(true);
        List<String> whole = List.copyOf(replayed);
        byte[][] contents = contents();
        int cuts = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            for (int keep = contents[shard].length - 1; keep >= Math.max(0, contents[shard].length - 4096); keep--) {
                restore(contents);
                Files.write(file(shard), Arrays.copyOf(contents[shard], keep));
                recover(true);
                assertIsPrefix(whole);
                List<String> first = List.copyOf(replayed);
                // What was set aside is gone from the files: nothing refuses now, and nothing more is lost.
                if (keep >= RecordFormat.FILE_HEAD_BYTES) {
                    assertThat(recover(false).cutBytes()).isZero();
                    assertThat(replayed).isEqualTo(first);
                }
                cuts++;
            }
        }
        assertThat(cuts).isGreaterThan(3000);
    }

    @Test
    void file_endingInZeros_comesBackToAWholeRecord() throws IOException {
        writeLog(60, 3);
        recover(true);
        List<String> whole = List.copyOf(replayed);
        byte[][] contents = contents();
        int recovered = 0;
        int refused = 0;
        for (int keep = RecordFormat.FILE_HEAD_BYTES; keep < contents[1].length; keep++) {
            restore(contents);
            byte[] zeroed = contents[1].clone();
            Arrays.fill(zeroed, keep, zeroed.length, (byte) 0);
            Files.write(file(1), zeroed);
            try {
                recover(true);
                assertIsPrefix(whole);
                recovered++;
            } catch (DamagedLogException _) {
                refused++;
            }
        }
        assertThat(recovered).isGreaterThan(10 * refused).isGreaterThan(1000);
    }

    @Test
    void file_withOneBitFlipped_isRefused() throws IOException {
        writeLog(60, 4);
        byte[][] contents = contents();
        Random random = new Random(4);
        int flips = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            for (int at = 0; at < contents[shard].length; at++) {
                byte[] flipped = contents[shard].clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(file(shard), flipped);
                assertThatThrownBy(() -> recover(true)).isInstanceOf(DamagedLogException.class).hasMessageContaining("log.1.");
                assertThat(Files.readAllBytes(file(shard))).isEqualTo(flipped);
                flips++;
            }
            restore(contents);
        }
        assertThat(flips).isGreaterThan(3000);
    }

    @Test
    void file_withARecordMissingRepeatedOrOfAnotherFile_isRefused() throws IOException {
        writeLog(60, 5);
        byte[][] contents = contents();
        int first = RecordFormat.FILE_HEAD_BYTES;
        int second = first + RecordFormat.RECORD_HEAD_BYTES + bodyBytes(contents[0], first);
        int third = second + RecordFormat.RECORD_HEAD_BYTES + bodyBytes(contents[0], second);
        assertRefused(contents, concat(contents[0], 0, first, second, contents[0].length));
        assertRefused(contents, concat(contents[0], 0, second, first, contents[0].length));
        assertRefused(contents, concat(contents[0], 0, third, second, contents[0].length));
        assertRefused(contents, contents[1]);
        byte[] foreign = concat(contents[0], 0, first, 0, 0);
        byte[] records = Arrays.copyOfRange(contents[1], first, contents[1].length);
        byte[] mixed = Arrays.copyOf(foreign, foreign.length + records.length);
        System.arraycopy(records, 0, mixed, foreign.length, records.length);
        assertRefused(contents, mixed);
    }

    private void assertRefused(byte[][] contents, byte[] changed) throws IOException {
        restore(contents);
        Files.write(file(0), changed);
        assertThatThrownBy(() -> recover(true)).isInstanceOf(DamagedLogException.class);
        restore(contents);
    }

    private static byte[] concat(byte[] bytes, int from, int to, int again, int end) {
        byte[] result = new byte[to - from + end - again];
        System.arraycopy(bytes, from, result, 0, to - from);
        System.arraycopy(bytes, again, result, to - from, end - again);
        return result;
    }

    private static int bodyBytes(byte[] file, int record) {
        return file[record] & 0xFF | (file[record + 1] & 0xFF) << 8;
    }

    @Test
    void cutFile_ofAnOlderGeneration_isRefused() throws IOException {
        writeLog(60, 6);
        byte[] old = Files.readAllBytes(file(0));
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            start(files, FsyncPolicy.ALWAYS).close();
        }
        for (int keep = old.length - 1; keep >= Math.max(0, old.length - 1000); keep--) {
            Files.write(file(0), Arrays.copyOf(old, keep));
            assertThatThrownBy(() -> recover(true)).isInstanceOf(DamagedLogException.class);
        }
        Files.write(file(0), Arrays.copyOf(old, old.length + 1));
        assertThatThrownBy(() -> recover(true)).isInstanceOf(DamagedLogException.class);
        Files.write(file(0), old);
        recover(true);
        assertThat(replayed).isNotEmpty();
    }

    @Test
    void cutFile_whereThatIsNotAccepted_isRefusedAndLeftAlone() throws IOException {
        writeLog(60, 7);
        byte[] cut = Arrays.copyOf(Files.readAllBytes(file(0)), 500);
        Files.write(file(0), cut);
        assertThatThrownBy(() -> recover(false)).isInstanceOf(DamagedLogException.class);
        assertThat(Files.readAllBytes(file(0))).isEqualTo(cut);
    }

    @Test
    void directory_inUse_isRefused() throws IOException {
        try (LogDirectory files = new LogDirectory(directory, SHARDS)) {
            assertThat(files.isEmpty()).isTrue();
            assertThatThrownBy(() -> new LogDirectory(directory, SHARDS)).isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
        }
    }

    private byte[][] contents() throws IOException {
        byte[][] contents = new byte[SHARDS][];
        for (int shard = 0; shard < SHARDS; shard++) {
            contents[shard] = Files.readAllBytes(file(shard));
        }
        return contents;
    }

    private void restore(byte[][] contents) throws IOException {
        for (int shard = 0; shard < SHARDS; shard++) {
            Files.write(file(shard), contents[shard]);
        }
    }
}
