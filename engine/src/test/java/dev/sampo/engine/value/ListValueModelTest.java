package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Random changes of lists of all sizes, under all kinds of limits, against a list on the heap.
class ListValueModelTest {
    private static final int TEXT_MAX = 80_000;

    private final Keyspace ks = new Keyspace(0, 0, Reclaimer.INLINE, BigValueTypes.ALL);
    private final ListValue list = new ListValue();
    private final OutputBuffer out = new OutputBuffer();
    private final ReplyWriter r = new ReplyWriter().target(out, 2);
    private final long key = OffHeap.allocate(3);
    private final long text = OffHeap.allocate(TEXT_MAX);
    private final List<String> model = new ArrayList<>();
    private Random random = new Random(1);
    private int limit = -2;
    /// Greatest length of most elements.
    private int length = 20;

    // ---- a view of the list: a copy of its root, and what it held
    private final long viewedRoot = OffHeap.allocate(BigList.ROOT_BYTES);
    private List<String> viewed;

    @AfterEach
    void close() {
        ks.assertValid();
        list.close();
        ks.release();
        out.release();
        OffHeap.free(key, 3);
        OffHeap.free(text, TEXT_MAX);
        OffHeap.free(viewedRoot, BigList.ROOT_BYTES);
    }

    private long hash() {
        OffHeap.copyFrom(new byte[] {'k', 'e', 'y'}, 0, key, 3);
        return KeyHash.hash(key, 3);
    }

    private void open() {
        long hash = hash();
        list.open(ks, key, 3, hash, ks.find(key, 3, hash), limit);
    }

    private int put(String element) {
        OffHeap.copyFrom(element.getBytes(StandardCharsets.ISO_8859_1), 0, text, element.length());
        return element.length();
    }

    private String element() {
        if (random.nextInt(3) == 0) {
            return Integer.toString(random.nextInt(100_000) >> random.nextInt(17));
        }
        if (random.nextInt(4) != 0) {
            // Much of a list can be compressed.
            return "element:" + "x".repeat(random.nextInt(length)) + random.nextInt(1000);
        }
        int n = random.nextInt(200) == 0 ? random.nextInt(TEXT_MAX) : random.nextInt(length);
        byte[] bytes = new byte[n];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void endIfEmpty() {
        if (model.isEmpty() && ks.find(key, 3, hash()) != 0) {
            ks.delete(key, 3, hash());
        }
    }

    // ---------------------------------------------------------------- steps

    private void push() {
        boolean atFront = random.nextBoolean();
        int n = random.nextInt(20) == 0 ? 300 : 1 + random.nextInt(8);
        for (int i = 0; i < n; i++) {
            String element = element();
            open();
            list.push(text, put(element), atFront);
            model.add(atFront ? 0 : model.size(), element);
        }
    }

    private void pop() {
        boolean fromFront = random.nextBoolean();
        int n = Math.min(1 + random.nextInt(5), model.size());
        for (int i = 0; i < n; i++) {
            open();
            out.clear();
            list.pop(fromFront, r);
            String expected = model.remove(fromFront ? 0 : model.size() - 1);
            assertThat(replied()).isEqualTo(bulk(expected));
        }
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private String replied() {
        return new String(out.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    private void drop() {
        if (model.isEmpty()) {
            return;
        }
        boolean atFront = random.nextBoolean();
        int n = random.nextInt(random.nextInt(4) == 0 ? model.size() + 1 : Math.min(10, model.size() + 1));
        open();
        list.drop(n, atFront);
        if (atFront) {
            model.subList(0, n).clear();
        } else {
            model.subList(model.size() - n, model.size()).clear();
        }
    }

    private void set() {
        if (model.isEmpty()) {
            return;
        }
        int at = random.nextInt(model.size());
        String element = element();
        open();
        assertThat(list.seek(random.nextBoolean() ? at : at - model.size())).isTrue();
        list.set(text, put(element));
        model.set(at, element);
    }

    private void insert() {
        if (model.isEmpty()) {
            return;
        }
        int at = random.nextInt(model.size());
        for (int n = random.nextInt(30) == 0 ? 100 : 1; n > 0; n--) {
            boolean behind = random.nextBoolean();
            String element = element();
            open();
            assertThat(list.seek(at)).isTrue();
            list.insert(behind, text, put(element));
            model.add(behind ? at + 1 : at, element);
        }
    }

    private void remove() {
        if (model.isEmpty()) {
            return;
        }
        String wanted = random.nextInt(5) == 0 ? element() : model.get(random.nextInt(model.size()));
        int most = random.nextInt(4);
        boolean fromBack = most > 0 && random.nextBoolean();
        open();
        list.want(text, put(wanted));
        long removed = list.removeWanted(most, fromBack);
        int expected = 0;
        for (int i = 0; i < model.size() && (most == 0 || expected < most); ) {
            int at = fromBack ? model.size() - 1 - i : i;
            if (model.get(at).equals(wanted)) {
                model.remove(at);
                expected++;
            } else {
                i++;
            }
        }
        assertThat(removed).isEqualTo(expected);
    }

    private void read() {
        open();
        if (model.isEmpty()) {
            assertThat(list.seek(0)).isFalse();
            return;
        }
        int from = random.nextInt(model.size());
        int n = random.nextInt(model.size() - from) + 1;
        assertThat(list.seek(from)).isTrue();
        out.clear();
        list.reply(n, r);
        var expected = new StringBuilder();
        model.subList(from, from + n).forEach(each -> expected.append(bulk(each)));
        assertThat(replied()).isEqualTo(expected.toString());
        assertThat(list.seek(model.size())).isFalse();
        assertThat(list.seek(-1 - model.size())).isFalse();
    }

    private void step() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> push();
            case 3, 4 -> pop();
            case 5 -> drop();
            case 6, 7 -> set();
            case 8, 9 -> insert();
            case 10 -> remove();
            default -> read();
        }
        endIfEmpty();
    }

    // ---------------------------------------------------------------- checking

    private void assertHolds() {
        ks.assertValid();
        open();
        assertThat(list.count()).isEqualTo(model.size());
        List<String> forward = new ArrayList<>();
        for (boolean more = list.seek(0); more; more = list.next()) {
            forward.add(OffHeap.latin1(list.elementAddress(), list.elementLength()));
        }
        assertThat(forward).isEqualTo(model);
        List<String> backward = new ArrayList<>();
        for (boolean more = list.seek(-1); more; more = list.previous()) {
            backward.add(0, OffHeap.latin1(list.elementAddress(), list.elementLength()));
        }
        assertThat(backward).isEqualTo(model);
    }

    private void beginView() {
        ks.blocks().beginView();
        long e = ks.find(key, 3, hash());
        viewed = e != 0 && Entry.encoding(e) == Encoding.QUICKLIST ? List.copyOf(model) : null;
        if (viewed != null) {
            OffHeap.copy(Entry.valueAddress(e), viewedRoot, BigList.ROOT_BYTES);
        }
    }

    private void endView() {
        if (viewed != null) {
            BigList old = new BigList();
            old.open(ks.blocks(), viewedRoot, limit);
            out.clear();
            old.seek(0);
            old.reply(viewed.size(), r);
            var expected = new StringBuilder();
            viewed.forEach(each -> expected.append(bulk(each)));
            assertThat(replied()).isEqualTo(expected.toString());
            old.close();
        }
        ks.blocks().endView();
        reclaim();
    }

    private void reclaim() {
        while (ks.hasGarbage()) {
            ks.reclaim(100);
        }
    }

    private int run(int steps, boolean withViews) {
        int changed = 0;
        for (int i = 0; i < steps; i++) {
            if (withViews && i % 40 == 0) {
                beginView();
            }
            step();
            changed++;
            if (withViews && i % 40 == 30) {
                endView();
            }
            if (i % 25 == 0) {
                reclaim();
                assertHolds();
            }
        }
        if (ks.blocks().isViewed()) {
            endView();
        }
        reclaim();
        assertHolds();
        return changed;
    }

    /// How many chunks of the list are sealed.
    private int sealed() {
        long e = ks.find(key, 3, hash());
        if (e == 0 || !Entry.isBig(e)) {
            return 0;
        }
        int[] sealed = new int[1];
        ChunkTree tree = new ChunkTree();
        tree.open(ks.blocks(), Entry.valueAddress(e));
        tree.forEachRef(ref -> sealed[0] += Chunk.isSealed(ks.blocks().address(ref)) ? 1 : 0);
        return sealed[0];
    }

    // ---------------------------------------------------------------- tests

    @Test
    void randomChanges_ofALongList_keepItsInnerChunksSealed() {
        length = 40;
        for (int i = 0; i < 800; i++) {
            push();
        }
        assertThat(sealed()).isGreaterThan(3);
        run(1_000, true);
        limit = 32;
        int sealed = 0;
        for (int i = 0; i < 20; i++) {
            model.clear();
            ks.delete(key, 3, hash());
            for (int j = 0; j < 60; j++) {
                push();
            }
            sealed += sealed();
            run(100, i % 2 == 0);
        }
        assertThat(sealed).isGreaterThan(50);
    }

    @Test
    void randomChanges_underEveryLimit_agreeWithTheModel() {
        int changed = 0;
        for (int each : new int[] {-2, -1, -3, -5, 0, 1, 3, 128, 5000}) {
            for (int longest : new int[] {12, 300, 3000}) {
                random = new Random(31L * each + longest);
                limit = each;
                length = longest;
                model.clear();
                ks.delete(key, 3, hash());
                changed += run(250, false);
            }
        }
        assertThat(changed).isEqualTo(27 * 250);
    }

    @Test
    void randomChanges_whileSomebodyLooks_leaveWhatHeSees() {
        int changed = 0;
        for (int each : new int[] {-2, 3, 64}) {
            for (int longest : new int[] {12, 1000}) {
                random = new Random(17L * each + longest);
                limit = each;
                length = longest;
                model.clear();
                ks.delete(key, 3, hash());
                changed += run(400, true);
            }
        }
        assertThat(changed).isEqualTo(6 * 400);
    }

    @Test
    void copy_ofABigList_isIndependentAndEqual() {
        try (var other = new Other()) {
            for (int i = 0; i < 3000; i++) {
                push();
            }
            assertThat(sealed()).isGreaterThan(3);
            open();
            assertThat(list.isPacked()).isFalse();
            long e = ks.find(key, 3, hash());
            long digest = ValueDigest.of(ks, e, 7);
            ks.copy(e, other.ks, key, 3, hash(), 0);
            ks.delete(key, 3, hash());
            reclaim();
            ks.assertValid();
            other.ks.assertValid();
            long copy = other.ks.find(key, 3, hash());
            assertThat(ValueDigest.of(other.ks, copy, 7)).isEqualTo(digest);
            list.open(other.ks, key, 3, hash(), copy, limit);
            assertThat(list.count()).isEqualTo(model.size());
            model.clear();
        }
    }

    private static final class Other implements AutoCloseable {
        final Keyspace ks = new Keyspace(0, 1, Reclaimer.INLINE, BigValueTypes.ALL);

        @Override
        public void close() {
            ks.release();
        }
    }

    @Test
    void digest_dependsOnTheElementsAndNotOnTheForm() {
        for (int i = 0; i < 50; i++) {
            push();
        }
        model.clear();
        ks.delete(key, 3, hash());
        List<Long> digests = new ArrayList<>();
        for (int each : new int[] {-5, 2, 128}) {
            limit = each;
            for (int i = 0; i < 300; i++) {
                open();
                list.push(text, put("element " + i), false);
            }
            digests.add(ValueDigest.of(ks, ks.find(key, 3, hash()), 1));
            ks.delete(key, 3, hash());
            reclaim();
        }
        assertThat(digests).hasSize(3).containsOnly(digests.getFirst());
    }

    @Test
    void drop_ofMostOfALongList_freesTheRestInSlices() {
        limit = 4;
        for (int i = 0; i < 100_000; i++) {
            open();
            list.push(text, put("e" + i), false);
        }
        long before = ks.blocks().frees();
        open();
        list.drop(60_000, true);
        open();
        list.drop(39_000, false);
        assertThat(ks.blocks().frees() - before).isLessThan(2_000);
        assertThat(ks.hasGarbage()).isTrue();
        reclaim();
        for (int i = 60_000; i < 61_000; i++) {
            model.add("e" + i);
        }
        assertHolds();
        assertThat(ks.blocks().frees() - before).isGreaterThan(24_000);
    }

    @Test
    void usedBytes_ofABigList_areAboutWhatItsBlocksTake() {
        for (int i = 0; i < 50_000; i++) {
            open();
            list.push(text, put("element number " + i), random.nextBoolean());
        }
        long e = ks.find(key, 3, hash());
        long told = ks.memoryUsage(e);
        assertThat(told).isBetween((long) (ks.usedBytes() * 0.8), (long) (ks.usedBytes() * 1.1));
    }
}
