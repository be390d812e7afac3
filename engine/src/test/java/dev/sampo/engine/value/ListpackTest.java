package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.RedisServer;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListpackTest {
    private static final int CAPACITY = 1 << 20;
    private static final int TEXT_MAX = 70_000;

    private final Random random = new Random(11);
    private final long text = OffHeap.allocate(TEXT_MAX);
    private final long scratch = OffHeap.allocate(Listpack.TEXT_BYTES_MAX);
    /// Exactly as large as the listpack in it, so that red zones see what is written outside.
    private long lp = OffHeap.allocate(Listpack.EMPTY_BYTES);
    private int capacity = Listpack.EMPTY_BYTES;

    @AfterEach
    void free() {
        OffHeap.free(text, TEXT_MAX);
        OffHeap.free(scratch, Listpack.TEXT_BYTES_MAX);
        OffHeap.free(lp, capacity);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Gives the listpack this many bytes.
    private void resize(int bytes) {
        lp = OffHeap.reallocate(lp, capacity, bytes);
        capacity = bytes;
    }

    private void clear() {
        resize(Listpack.EMPTY_BYTES);
        Listpack.clear(lp);
    }

    private void copyIn(byte[] element) {
        OffHeap.copyFrom(element, 0, text, element.length);
    }

    private void insert(int offset, byte[] element) {
        copyIn(element);
        int size = Listpack.sizeOf(text, element.length);
        resize(capacity + size);
        Listpack.insert(lp, lp + offset, text, element.length);
    }

    private void append(byte[] element) {
        insert(capacity - 1, element);
    }

    private void replace(int offset, byte[] element) {
        copyIn(element);
        int delta = Listpack.deltaBytes(lp + offset, text, element.length);
        resize(capacity + Math.max(delta, 0));
        Listpack.replace(lp, lp + offset, text, element.length);
        resize(Listpack.bytes(lp));
    }

    private void delete(int offset, int n) {
        Listpack.delete(lp, lp + offset, n);
        resize(Listpack.bytes(lp));
    }

    private byte[] text(long p) {
        return OffHeap.bytes(Listpack.textAddress(p, scratch), Listpack.textLength(p));
    }

    private List<String> forward() {
        List<String> texts = new ArrayList<>();
        for (long p = Listpack.first(lp); p != 0; p = Listpack.next(p)) {
            texts.add(new String(text(p), StandardCharsets.ISO_8859_1));
        }
        return texts;
    }

    private List<String> backward() {
        List<String> texts = new ArrayList<>();
        for (long p = Listpack.last(lp); p != 0; p = Listpack.previous(lp, p)) {
            texts.add(new String(text(p), StandardCharsets.ISO_8859_1));
        }
        Collections.reverse(texts);
        return texts;
    }

    private void assertHolds(List<String> model) {
        assertThat(Listpack.validate(lp, capacity)).isEqualTo(model.size());
        assertThat(forward()).isEqualTo(model);
        assertThat(backward()).isEqualTo(model);
        assertThat(Listpack.count(lp)).isEqualTo(model.size());
        assertThat(Listpack.isEmpty(lp)).isEqualTo(model.isEmpty());
    }

    // ---------------------------------------------------------------- format

    @Test
    void clear_makesSevenBytes() {
        clear();
        assertThat(OffHeap.bytes(lp, capacity)).isEqualTo(HexFormat.of().parseHex("070000000000ff"));
        assertHolds(List.of());
        assertThat(Listpack.first(lp)).isZero();
        assertThat(Listpack.last(lp)).isZero();
        assertThat(Listpack.seek(lp, 0)).isZero();
        assertThat(Listpack.seek(lp, -1)).isZero();
    }

    @Test
    void entries_ofEveryKind_haveTheBytesOfTheFormat() {
        String[][] vectors = {
            {"0", "0001"}, {"127", "7f01"}, {"128", "c08002"}, {"-1", "dfff02"}, {"-4096", "d00002"}, {"4095", "cfff02"},
            {"4096", "f1001003"}, {"-4097", "f1ffef03"}, {"32767", "f1ff7f03"}, {"-32768", "f1008003"},
            {"32768", "f200800004"}, {"-32769", "f2ff7fff04"}, {"8388607", "f2ffff7f04"}, {"-8388608", "f200008004"},
            {"8388608", "f30000800005"}, {"-8388609", "f3ffff7fff05"}, {"2147483647", "f3ffffff7f05"}, {"-2147483648", "f30000008005"},
            {"2147483648", "f4000000800000000009"}, {"-9223372036854775808", "f4000000000000008009"},
            {"9223372036854775807", "f4ffffffffffffff7f09"}, {"-9223372033118847249", "f4efbeadde0000008009"},
            {"", "8001"}, {"a", "816102"}, {"007", "8330303704"}, {"-0", "822d3003"}, {"+1", "822b3103"}, {" 1", "82203103"},
            {"9223372036854775808", "93" + "39323233333732303336383534373735383038" + "14"},
        };
        for (String[] vector : vectors) {
            clear();
            append(bytes(vector[0]));
            assertThat(HexFormat.of().formatHex(OffHeap.bytes(lp + 6, capacity - 7))).as(vector[0]).isEqualTo(vector[1]);
            assertHolds(List.of(vector[0]));
        }
    }

    @Test
    void strings_aroundEveryLimitOfALength_takeTheBytesOfTheFormat() {
        int[][] vectors = {{63, 1 + 63 + 1}, {64, 2 + 64 + 1}, {125, 2 + 125 + 1}, {126, 2 + 126 + 2}, {4095, 2 + 4095 + 2},
            {4096, 5 + 4096 + 2}, {16377, 5 + 16377 + 2}, {16378, 5 + 16378 + 3}, {16379, 5 + 16379 + 3}, {65536, 5 + 65536 + 3}};
        for (int[] vector : vectors) {
            byte[] element = new byte[vector[0]];
            Arrays.fill(element, (byte) 'x');
            clear();
            append(bytes("before"));
            append(element);
            append(bytes("after"));
            assertThat(Listpack.entryBytes(Listpack.seek(lp, 1))).as("length " + vector[0]).isEqualTo(vector[1]);
            assertHolds(List.of("before", new String(element, StandardCharsets.ISO_8859_1), "after"));
        }
    }

    // ---------------------------------------------------------------- redis-server

    private static byte[] element(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> bytes(Integer.toString(random.nextInt(300) - 100));
            case 1 -> bytes(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 2 -> bytes(Long.toString((1L << random.nextInt(64)) - random.nextInt(3)));
            case 3 -> bytes("0" + random.nextInt(100));
            case 4 -> bytes("");
            case 5 -> letters(random, random.nextInt(10) == 0 ? 4000 + random.nextInt(200) : 60 + random.nextInt(80));
            default -> letters(random, random.nextInt(20));
        };
    }

    private static byte[] letters(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void values_ofRedisServer_haveTheSameBytes() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled());
        int compared = 0;
        int bytesCompared = 0;
        try (RedisServer server = RedisServer.start()) {
            server.run("CONFIG SET rdbcompression no");
            server.run("CONFIG SET list-max-listpack-size -5");
            server.run("CONFIG SET hash-max-listpack-value 10000");
            for (int round = 0; round < 300; round++) {
                int size = 1 + random.nextInt(12);
                boolean hash = random.nextBoolean();
                clear();
                server.run("DEL k");
                for (int i = 0; i < size; i++) {
                    byte[] element = element(random);
                    append(element);
                    if (hash) {
                        byte[] field = bytes("f" + i);
                        insert((int) (Listpack.last(lp) - lp), field);
                        server.client().call(bytes("HSET"), bytes("k"), field, element);
                    } else {
                        server.client().call(bytes("RPUSH"), bytes("k"), element);
                    }
                }
                byte[] expected = DumpedValue.packed(server, "k");
                assertThat(OffHeap.bytes(lp, capacity)).isEqualTo(expected);
                compared++;
                bytesCompared += expected.length;
            }
        }
        assertThat(compared).isEqualTo(300);
        assertThat(bytesCompared).isGreaterThan(50_000);
    }

    @Test
    void dump_ofASortedSet_validates() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled());
        try (RedisServer server = RedisServer.start()) {
            server.run("CONFIG SET rdbcompression no");
            server.run("ZADD z 1.5 a -3 b 1e20 c inf d");
            byte[] dumped = DumpedValue.packed(server, "z");
            resize(dumped.length);
            OffHeap.copyFrom(dumped, 0, lp, dumped.length);
            assertThat(Listpack.validate(lp, capacity)).isEqualTo(8);
            assertThat(forward()).isEqualTo(List.of("b", "-3", "a", "1.5", "c", "1e+20", "d", "inf"));
        }
    }

    // ---------------------------------------------------------------- model

    @Test
    void randomChanges_agreeWithAListOfStrings() {
        int changes = 0;
        for (int round = 0; round < 60; round++) {
            clear();
            List<String> model = new ArrayList<>();
            for (int step = 0; step < 100; step++) {
                change(model);
                changes++;
            }
            assertHolds(model);
            for (int i = -model.size() - 2; i < model.size() + 2; i++) {
                long p = Listpack.seek(lp, i);
                int at = i < 0 ? i + model.size() : i;
                assertThat(p != 0).isEqualTo(at >= 0 && at < model.size());
                if (p != 0) {
                    assertThat(text(p)).isEqualTo(bytes(model.get(at)));
                }
            }
        }
        assertThat(changes).isEqualTo(6000);
    }

    private void change(List<String> model) {
        int at = random.nextInt(model.size() + 1);
        int offset = (int) ((at == model.size() ? Listpack.end(lp) : Listpack.seek(lp, at)) - lp);
        byte[] element = element(random);
        String string = new String(element, StandardCharsets.ISO_8859_1);
        switch (random.nextInt(at == model.size() ? 2 : 6)) {
            case 2 -> {
                replace(offset, element);
                model.set(at, string);
            }
            case 3 -> {
                int n = 1 + random.nextInt(Math.min(4, model.size() - at));
                delete(offset, n);
                model.subList(at, at + n).clear();
            }
            case 4 -> moveToTheEnd(offset, model, at);
            default -> {
                insert(offset, element);
                model.add(at, string);
            }
        }
        assertThat(Listpack.validate(lp, capacity)).isEqualTo(model.size());
    }

    private void moveToTheEnd(int offset, List<String> model, int at) {
        int n = 1 + random.nextInt(Math.min(3, model.size() - at));
        int bytes = (int) (Listpack.skip(lp + offset, n) - lp) - offset;
        long copy = OffHeap.allocate(bytes);
        OffHeap.copy(lp + offset, copy, bytes);
        Listpack.deleteRange(lp, lp + offset, lp + offset + bytes, n);
        Listpack.insertEntries(lp, Listpack.end(lp), copy, bytes, n);
        OffHeap.free(copy, bytes);
        List<String> moved = new ArrayList<>(model.subList(at, at + n));
        model.subList(at, at + n).clear();
        model.addAll(moved);
    }

    @Test
    void find_andEquals_agreeWithAListOfStrings() {
        int found = 0;
        for (int round = 0; round < 400; round++) {
            clear();
            List<String> model = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(30); i++) {
                String element = new String(element(random), StandardCharsets.ISO_8859_1);
                append(bytes(element));
                model.add(element);
            }
            String wanted = random.nextInt(3) == 0 ? new String(element(random), StandardCharsets.ISO_8859_1)
                : model.get(random.nextInt(model.size()));
            copyIn(bytes(wanted));
            int skip = random.nextInt(3);
            int expected = -1;
            for (int i = 0; i < model.size() && expected < 0; i += skip + 1) {
                expected = model.get(i).equals(wanted) ? i : -1;
            }
            long p = Listpack.find(Listpack.first(lp), text, wanted.length(), skip);
            assertThat(p).isEqualTo(expected < 0 ? 0 : Listpack.seek(lp, expected));
            found += p == 0 ? 0 : 1;
            int i = 0;
            for (long each = Listpack.first(lp); each != 0; each = Listpack.next(each)) {
                assertThat(Listpack.equals(each, text, wanted.length())).isEqualTo(model.get(i++).equals(wanted));
            }
        }
        assertThat(found).isGreaterThan(100);
    }

    @Test
    void find_ofAnIntegerThatIsHeldAsAString_findsIt() {
        byte[] foreign = HexFormat.of().parseHex("0b0000000100" + "82313203" + "ff");
        resize(foreign.length);
        OffHeap.copyFrom(foreign, 0, lp, foreign.length);
        assertThat(Listpack.validate(lp, capacity)).isEqualTo(1);
        copyIn(bytes("12"));
        assertThat(Listpack.find(Listpack.first(lp), text, 2, 0)).isEqualTo(lp + 6);
        assertThat(Listpack.equals(lp + 6, text, 2)).isTrue();
    }

    @Test
    void reply_writesTheTextAsABulkString() {
        clear();
        append(bytes("-70000"));
        append(bytes("word"));
        var out = new OutputBuffer();
        var r = new ReplyWriter().target(out, 2);
        Listpack.reply(Listpack.first(lp), r);
        Listpack.reply(Listpack.last(lp), r);
        assertThat(new String(out.toByteArray(), StandardCharsets.ISO_8859_1)).isEqualTo("$6\r\n-70000\r\n$4\r\nword\r\n");
        out.release();
    }

    @Test
    void count_ofMoreThanTheHeaderCanTell_isStillRight() {
        long large = OffHeap.allocate(CAPACITY);
        Listpack.clear(large);
        int entries = 70_000;
        for (int i = 0; i < entries; i++) {
            Listpack.append(large, i & 63);
        }
        assertThat(Listpack.count(large)).isEqualTo(entries);
        assertThat(Listpack.validate(large, Listpack.bytes(large))).isEqualTo(entries);
        assertThat(Listpack.integer(Listpack.seek(large, 69_999))).isEqualTo(69_999 & 63);
        assertThat(Listpack.integer(Listpack.seek(large, -2))).isEqualTo(69_998 & 63);
        assertThat(Listpack.seek(large, 70_000)).isZero();
        assertThat(Listpack.seek(large, -70_001)).isZero();
        Listpack.delete(large, Listpack.first(large), 10_000);
        assertThat(OffHeap.getShort(large + 4) & 0xFFFF).isEqualTo(60_000);
        assertThat(Listpack.validate(large, Listpack.bytes(large))).isEqualTo(60_000);
        OffHeap.free(large, CAPACITY);
    }

    // ---------------------------------------------------------------- bytes from elsewhere

    @Test
    void validate_ofDamagedBytes_readsNothingOutsideAndBelievesOnlyWhatCanBeWalked() {
        int accepted = 0;
        int refused = 0;
        try (var pages = new GuardedPages(16 << 10)) {
            for (int round = 0; round < 60_000; round++) {
                if (round % 100 == 0) {
                    clear();
                    for (int i = random.nextInt(6); i >= 0; i--) {
                        append(element(random));
                    }
                }
                byte[] damaged = damaged(OffHeap.bytes(lp, capacity));
                long at = random.nextBoolean() ? pages.atBegin(damaged) : pages.atEnd(damaged);
                int entries = Listpack.validate(at, damaged.length);
                if (entries < 0) {
                    refused++;
                    continue;
                }
                accepted++;
                assertThat(walked(at)).isEqualTo(entries);
            }
        }
        assertThat(accepted).isGreaterThan(3_000);
        assertThat(refused).isGreaterThan(20_000);
    }

    private byte[] damaged(byte[] whole) {
        byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length + 1)) : whole;
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(20, bytes.length));
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : 0x80 | random.nextInt(128));
        }
        if (bytes.length >= 4 && random.nextBoolean()) {
            bytes[0] = (byte) bytes.length;
            bytes[1] = (byte) (bytes.length >>> 8);
            bytes[2] = 0;
            bytes[3] = 0;
        }
        return bytes;
    }

    /// Uses everything that reads, on both ways through.
    private int walked(long at) {
        int entries = 0;
        for (long p = Listpack.first(at); p != 0; p = Listpack.next(p)) {
            text(p);
            entries++;
        }
        int back = 0;
        for (long p = Listpack.last(at); p != 0; p = Listpack.previous(at, p)) {
            back++;
        }
        assertThat(back).isEqualTo(entries);
        assertThat(Listpack.count(at)).isEqualTo(entries);
        return entries;
    }

    @Test
    void validate_ofLengthsThatLie_refuses() {
        for (String hex : List.of("", "07000000", "080000000000ff", "0700000000ff00", "070000000100ff", "0800000000000000",
            "0e0000000100f0ffffffff0105ff", "0e0000000100f0ffffff7f0105ff", "09000000010000ffff",
            "090000000100000200ff", "090000000100f501ff")) {
            byte[] bytes = HexFormat.of().parseHex(hex);
            try (var pages = new GuardedPages(64)) {
                assertThat(Listpack.validate(pages.atEnd(bytes), bytes.length)).as(hex).isEqualTo(-1);
            }
        }
    }
}
