package dev.sampo.persist.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.Settings;
import dev.sampo.engine.Shard;
import dev.sampo.engine.rdb.Forms;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.resp.OffHeap;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Images of shards that are written while commands change everything in them.
class ShardImageTest {
    /// Small, so that most collections are big values.
    private static final CollectionLimits SMALL = new CollectionLimits(3, 20, 3, 3, 20, 3, 20, 3, 0, 100, 3, 100);
    private static final String[] COMMANDS = {
        "SET s%d v%d", "DEL s%d", "APPEND s%d x%d", "EXPIRE s%d 100%d", "RPUSH l%d a%d b%d c", "LPOP l%d", "LSET l%d 0 y%d", "LREM l%d 1 a%d",
        "SADD t%d a%d b%d", "SREM t%d a%d", "SPOP t%d", "ZADD z%d %d a%d", "ZREM z%d a%d", "ZINCRBY z%d %d a%d", "HSET h%d f%d v%d", "HDEL h%d f%d",
        "HINCRBY h%d n%d 7", "XADD x%d * f%d v%d", "XADD x%d MAXLEN 20 * f v%d", "XGROUP CREATE x%d g%d 0", "XREADGROUP GROUP g1 c%d COUNT 3 STREAMS x%d >",
        "DEL l%d", "DEL h%d", "RENAME h%d h%d", "RENAME l%d l%d", "COPY t%d t%d REPLACE", "MOVE z%d 1", "SUNIONSTORE t%d t%d t1", "LTRIM l%d 0 %d"};

    private final Random random = new Random(5);

    private void change(EngineFixture engine, int commands) {
        for (int i = 0; i < commands; i++) {
            String line = COMMANDS[random.nextInt(COMMANDS.length)];
            while (line.contains("%d")) {
                line = line.replaceFirst("%d", Integer.toString(random.nextInt(12)));
            }
            engine.run(line);
            engine.clock().advanceMillis(1);
        }
    }

    /// The reader checks the checksum, which was combined from those of the parts.
    private static RdbLoader load(List<byte[]> parts, EngineFixture engine, long bytes) {
        byte[] body = Forms.concat(parts.toArray(byte[][]::new));
        assertThat(body).hasSize((int) bytes);
        Shard[] shards = new Shard[engine.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = engine.shard(i);
        }
        var loader = new RdbLoader(shards, (1L << shards.length) - 1, engine.context().accessClock(), 0);
        try (var reader = new RdbReader(loader, true)) {
            long address = OffHeap.allocate(body.length);
            OffHeap.copyFrom(body, 0, address, body.length);
            reader.append(address, body.length);
            OffHeap.free(address, body.length);
            int status = reader.step(1 << 30);
            assertThat(status).as(reader.reason()).isEqualTo(RdbReader.DONE);
        }
        return loader;
    }

    /// Two shards, as a server writes them: header, the parts of the shards, end.
    @Test
    void images_ofAllShards_areTheDataOfTheMomentTheyBegan() {
        long loaded = 0;
        int written = 0;
        for (int round = 0; round < 60; round++) {
            try (var engine = new EngineFixture(2); var copy = new EngineFixture(3)) {
                engine.settings(round % 3 == 0 ? Settings.DEFAULT : Settings.DEFAULT.withCollections(SMALL));
                change(engine, 50 + random.nextInt(800));
                long digest = engine.digest();
                List<byte[]> parts = new ArrayList<>();
                var head = new ByteArrayOutputStream();
                var file = new RdbWriter((address, length) -> head.writeBytes(OffHeap.bytes(address, length)), RdbType.VERSION_MAX, true, true);
                file.begin("7.2.0", 0, 0);
                file.flush();
                parts.add(head.toByteArray());
                head.reset();
                List<ByteArrayOutputStream> bytes = new ArrayList<>();
                List<RdbWriter> writers = new ArrayList<>();
                List<ShardImage> images = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    var part = new ByteArrayOutputStream();
                    bytes.add(part);
                    writers.add(new RdbWriter((address, length) -> part.writeBytes(OffHeap.bytes(address, length)), RdbType.VERSION_MAX,
                        random.nextBoolean(), true));
                    images.add(new ShardImage(engine.shard(i), writers.get(i), random.nextBoolean() ? engine.context().accessClock() : null));
                }
                int pace = random.nextInt(12);
                for (boolean whole = false; !whole;) {
                    change(engine, random.nextInt(1 + pace));
                    if (random.nextInt(200) == 0) {
                        engine.run("FLUSHDB");
                    }
                    whole = images.get(0).step(1 + random.nextInt(10)) & images.get(1).step(1 + random.nextInt(10));
                    engine.tick(5);
                }
                for (int i = 0; i < 2; i++) {
                    images.get(i).close();
                    parts.add(bytes.get(i).toByteArray());
                    file.part(writers.get(i).checksum(), writers.get(i).written(), writers.get(i).keys());
                    writers.get(i).close();
                }
                file.end();
                parts.add(head.toByteArray());
                loaded += load(parts, copy, file.written()).loaded();
                assertThat(copy.digest()).as("round " + round).isEqualTo(digest);
                written += file.written() > 0 ? 1 : 0;
                file.close();
                assertThat(engine.faults()).isEmpty();
            }
        }
        assertThat(written).isEqualTo(60);
        assertThat(loaded).isGreaterThan(2_000);
    }

    @Test
    void abandonedImage_leavesNothingBehind() {
        try (var engine = new EngineFixture()) {
            engine.settings(Settings.DEFAULT.withCollections(SMALL));
            change(engine, 600);
            var writer = new RdbWriter((_, _) -> { }, RdbType.VERSION_MAX, true, true);
            var image = new ShardImage(engine.shard(0), writer, null);
            assertThat(image.step(20)).isFalse();
            change(engine, 50);
            assertThat(image.heldBytes()).isPositive();
            image.close();
            assertThat(ShardImage.isPossible(engine.shard(0))).isFalse();
            change(engine, 50);
            while (!image.sweep(10)) {
                assertThat(ShardImage.isPossible(engine.shard(0))).isFalse();
            }
            assertThat(ShardImage.isPossible(engine.shard(0))).isTrue();
            writer.close();
        }
    }
}
