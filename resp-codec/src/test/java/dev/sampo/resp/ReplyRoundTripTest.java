package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/// What the writer writes, the reader reads: random replies in both versions, of which RESP2 knows fewer kinds.
class ReplyRoundTripTest {
    private static int replies;

    @AfterContainer
    static void countReplies() {
        assertThat(replies).isGreaterThan(10_000);
        System.out.println("ReplyRoundTripTest compared " + replies + " replies in both versions");
    }

    @Property(tries = 3000)
    void replies_writtenInEitherVersion_areReadBack(@ForAll long seed) {
        Random random = new Random(seed);
        List<Reply> written = new ArrayList<>();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            written.add(random(random, 0));
        }
        assertThat(ReplyReader.decodeAll(encode(written, RespVersion.RESP3, random))).isEqualTo(written);
        assertThat(ReplyReader.decodeAll(encode(written, RespVersion.RESP2, random)))
            .isEqualTo(written.stream().map(ReplyRoundTripTest::asResp2).toList());
        replies += written.size();
    }

    private static byte[] encode(List<Reply> replies, int version, Random random) {
        OutputBuffer out = new OutputBuffer();
        ReplyWriter writer = new ReplyWriter().target(out, version);
        replies.forEach(reply -> write(writer, reply, random));
        byte[] bytes = out.toByteArray();
        // Freeing verifies that no wide store ran over the padding.
        out.release();
        return bytes;
    }

    private static void write(ReplyWriter writer, Reply reply, Random random) {
        boolean deferred = random.nextBoolean();
        switch (reply) {
            case Reply.Simple simple -> writer.simple(simple.text());
            case Reply.Failure failure -> writer.error(failure.message());
            case Reply.Int integer -> writer.integer(integer.value());
            case Reply.Bulk bulk -> writeBulk(writer, bulk.bytes(), random);
            case Reply.Null _ when deferred -> writer.nullArray();
            case Reply.Null _ -> writer.nullBulk();
            case Reply.Array array when deferred -> {
                long mark = writer.deferredArray();
                array.elements().forEach(element -> write(writer, element, random));
                writer.patch(mark, array.elements().size());
            }
            case Reply.Array array -> {
                writer.array(array.elements().size());
                array.elements().forEach(element -> write(writer, element, random));
            }
            case Reply.MapReply map when deferred -> {
                long mark = writer.deferredMap();
                writePairs(writer, map.pairs(), random);
                writer.patch(mark, map.pairs().size());
            }
            case Reply.MapReply map -> {
                writer.map(map.pairs().size());
                writePairs(writer, map.pairs(), random);
            }
            case Reply.SetReply set when deferred -> {
                long mark = writer.deferredSet();
                set.elements().forEach(element -> write(writer, element, random));
                writer.patch(mark, set.elements().size());
            }
            case Reply.SetReply set -> {
                writer.set(set.elements().size());
                set.elements().forEach(element -> write(writer, element, random));
            }
            case Reply.Push push when deferred -> {
                long mark = writer.deferredPush();
                push.elements().forEach(element -> write(writer, element, random));
                writer.patch(mark, push.elements().size());
            }
            case Reply.Push push -> {
                writer.push(push.elements().size());
                push.elements().forEach(element -> write(writer, element, random));
            }
            case Reply.Dbl dbl -> writer.dbl(dbl.value());
            case Reply.Bool bool -> writer.bool(bool.value());
            case Reply.BigNumber number -> writer.bigNumber(number.digits());
            case Reply.Verbatim verbatim -> writer.verbatim(verbatim.extension(), verbatim.text());
            case Reply.Attribute attribute -> {
                if (writer.respVersion() == RespVersion.RESP3) {
                    writer.attribute(attribute.pairs().size());
                    writePairs(writer, attribute.pairs(), random);
                }
                write(writer, attribute.reply(), random);
            }
        }
    }

    private static void writeBulk(ReplyWriter writer, byte[] bytes, Random random) {
        if (random.nextBoolean()) {
            writer.bulk(bytes);
            return;
        }
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        writer.bulk(address, bytes.length);
        OffHeap.free(address, bytes.length);
    }

    private static void writePairs(ReplyWriter writer, List<Reply.Pair> pairs, Random random) {
        pairs.forEach(pair -> {
            write(writer, pair.key(), random);
            write(writer, pair.value(), random);
        });
    }

    private static Reply asResp2(Reply reply) {
        return switch (reply) {
            case Reply.Simple _, Reply.Failure _, Reply.Int _, Reply.Bulk _, Reply.Null _ -> reply;
            case Reply.Array array -> new Reply.Array(allAsResp2(array.elements()));
            case Reply.SetReply set -> new Reply.Array(allAsResp2(set.elements()));
            case Reply.Push push -> new Reply.Array(allAsResp2(push.elements()));
            case Reply.MapReply map -> new Reply.Array(map.pairs().stream()
                .flatMap(pair -> allAsResp2(List.of(pair.key(), pair.value())).stream()).toList());
            case Reply.Dbl dbl -> bulk(doubleText(dbl.value()));
            case Reply.Bool bool -> new Reply.Int(bool.value() ? 1 : 0);
            case Reply.BigNumber number -> bulk(number.digits());
            case Reply.Verbatim verbatim -> bulk(verbatim.text());
            case Reply.Attribute attribute -> asResp2(attribute.reply());
        };
    }

    private static List<Reply> allAsResp2(List<Reply> replies) {
        return replies.stream().map(ReplyRoundTripTest::asResp2).toList();
    }

    private static String doubleText(double value) {
        long address = OffHeap.allocate(Ascii.DOUBLE_LENGTH_MAX);
        String text = OffHeap.latin1(address, Ascii.writeDouble(address, value));
        OffHeap.free(address, Ascii.DOUBLE_LENGTH_MAX);
        return text;
    }

    private static Reply random(Random random, int depth) {
        int kinds = depth > 3 ? 9 : 14;
        return switch (random.nextInt(kinds)) {
            case 0 -> new Reply.Simple(text(random));
            case 1 -> new Reply.Failure("ERR " + text(random));
            case 2 -> new Reply.Int(random.nextLong() >> random.nextInt(64));
            case 3 -> randomBulk(random);
            case 4 -> new Reply.Null();
            case 5 -> new Reply.Dbl(Double.longBitsToDouble(random.nextLong()));
            case 6 -> new Reply.Bool(random.nextBoolean());
            case 7 -> new Reply.BigNumber(Long.toString(random.nextLong()) + Math.abs(random.nextInt()));
            case 8 -> new Reply.Verbatim("txt", text(random));
            case 9 -> new Reply.Array(elements(random, depth));
            case 10 -> new Reply.MapReply(pairs(random, depth));
            case 11 -> new Reply.SetReply(elements(random, depth));
            case 12 -> new Reply.Push(elements(random, depth));
            default -> new Reply.Attribute(pairs(random, depth), random(random, depth + 1));
        };
    }

    private static Reply randomBulk(Random random) {
        byte[] bytes = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(100)];
        random.nextBytes(bytes);
        return new Reply.Bulk(bytes);
    }

    private static List<Reply> elements(Random random, int depth) {
        List<Reply> elements = new ArrayList<>();
        for (int i = random.nextInt(depth == 0 ? 15 : 4); i > 0; i--) {
            elements.add(random(random, depth + 1));
        }
        return elements;
    }

    private static List<Reply.Pair> pairs(Random random, int depth) {
        List<Reply.Pair> pairs = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            pairs.add(new Reply.Pair(random(random, depth + 1), random(random, depth + 1)));
        }
        return pairs;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.append(random.nextInt(20) == 0 ? '\u00e9' : (char) (' ' + random.nextInt(90)));
        }
        return text.toString();
    }

    private static Reply bulk(String text) {
        return new Reply.Bulk(text.getBytes(StandardCharsets.UTF_8));
    }
}
