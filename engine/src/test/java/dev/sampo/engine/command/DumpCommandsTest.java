package dev.sampo.engine.command;

import static dev.sampo.engine.rdb.Forms.bytes;
import static dev.sampo.engine.rdb.Forms.latin1;
import static dev.sampo.engine.rdb.Forms.payload;
import static dev.sampo.engine.rdb.Forms.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RedisServer;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DumpCommandsTest {
    private static final byte[] TEXT = payload(10, bytes(0), string("text"));

    private static String restore(EngineFixture engine, String key, String ttl, byte[] payload, String... options) {
        byte[][] request = new byte[4 + options.length][];
        request[0] = latin1("RESTORE");
        request[1] = latin1(key);
        request[2] = latin1(ttl);
        request[3] = payload;
        for (int i = 0; i < options.length; i++) {
            request[4 + i] = latin1(options[i]);
        }
        return EngineFixture.text(engine.call(request));
    }

    @Test
    void dump_ofShortStrings_isWhatRedisWrites() {
        try (var engine = new EngineFixture()) {
            engine.run("MSET a text n 12345 e \"\" big 12345678901");
            assertThat(engine.run("DUMP a")).isEqualTo(new Reply.Bulk(TEXT));
            assertThat(engine.run("DUMP n")).isEqualTo(new Reply.Bulk(payload(10, bytes(0, 0xC1, 0x39, 0x30))));
            assertThat(engine.run("DUMP e")).isEqualTo(new Reply.Bulk(payload(10, bytes(0, 0))));
            assertThat(engine.run("DUMP big")).isEqualTo(new Reply.Bulk(payload(10, bytes(0), string("12345678901"))));
            assertThat(engine.run("DUMP nosuch")).isEqualTo(new Reply.Null());
        }
    }

    @Test
    void restore_keepsDeadlinesAndReportsWhatIsInTheWay() {
        try (var engine = new EngineFixture()) {
            assertThat(restore(engine, "a", "0", TEXT)).isEqualTo("+OK");
            assertThat(restore(engine, "a", "0", TEXT)).isEqualTo("-BUSYKEY Target key name already exists.");
            assertThat(restore(engine, "a", "5000", TEXT, "REPLACE")).isEqualTo("+OK");
            assertThat(engine.run("PTTL a")).isEqualTo(new Reply.Int(5000));
            assertThat(restore(engine, "a", Long.toString(EngineFixture.START_MILLIS + 7), TEXT, "ABSTTL", "REPLACE")).isEqualTo("+OK");
            assertThat(engine.run("PTTL a")).isEqualTo(new Reply.Int(7));
            assertThat(restore(engine, "a", "1", TEXT, "ABSTTL", "REPLACE")).isEqualTo("+OK");
            assertThat(engine.run("EXISTS a")).isEqualTo(new Reply.Int(0));
            assertThat(restore(engine, "a", "-1", TEXT)).isEqualTo("-ERR Invalid TTL value, must be >= 0");
            assertThat(restore(engine, "a", "9223372036854775807", TEXT)).isEqualTo("+OK");
            assertThat(engine.run("EXISTS a")).isEqualTo(new Reply.Int(0));
        }
    }

    @Test
    void restore_ofNonsense_changesNothing() {
        try (var engine = new EngineFixture()) {
            engine.run("SET a 1 EX 100");
            long digest = engine.digest();
            engine.effects().clear();
            byte[] damaged = TEXT.clone();
            damaged[2] ^= 1;
            String wrong = "-ERR DUMP payload version or checksum are wrong";
            assertThat(restore(engine, "a", "0", damaged, "REPLACE")).isEqualTo(wrong);
            assertThat(restore(engine, "a", "0", payload(13, bytes(0), string("text")), "REPLACE")).isEqualTo(wrong);
            assertThat(restore(engine, "a", "0", new byte[9], "REPLACE")).isEqualTo(wrong);
            for (byte[] bad : new byte[][] {payload(10), payload(10, bytes(0)), payload(10, bytes(99, 1)), payload(10, bytes(7, 1)),
                payload(10, bytes(1, 0)), payload(10, bytes(2, 2), string("a"), string("a"))}) {
                assertThat(restore(engine, "a", "0", bad, "REPLACE")).isEqualTo("-ERR Bad data format");
            }
            assertThat(engine.digest()).isEqualTo(digest);
            assertThat(engine.effects().effects()).isEmpty();
            assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(1));
        }
    }

    @Test
    void restore_setsAccess_asThePolicyWantsIt() {
        try (var engine = new EngineFixture()) {
            restore(engine, "a", "0", TEXT, "IDLETIME", "1000");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(1000));
            restore(engine, "a", "0", TEXT, "REPLACE", "FREQ", "9");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(0));
            engine.settings(Settings.DEFAULT.withFrequency(true));
            restore(engine, "a", "0", TEXT, "REPLACE", "FREQ", "9");
            assertThat(engine.run("OBJECT FREQ a")).isEqualTo(new Reply.Int(9));
        }
    }

    /// Long lists keep their inner pieces compressed.
    @Test
    void longLists_areDumpedWhole() {
        try (var engine = new EngineFixture()) {
            for (int i = 0; i < 5_000; i++) {
                engine.run("RPUSH l element-that-repeats-itself-" + i);
            }
            engine.run("RPUSH l " + "x".repeat(20_000));
            engine.run("LPUSH l " + "y".repeat(20_000));
            byte[] dump = ((Reply.Bulk) engine.run("DUMP l")).bytes();
            assertThat(restore(engine, "copy", "0", dump)).isEqualTo("+OK");
            assertThat(engine.run("LRANGE copy 0 -1")).isEqualTo(engine.run("LRANGE l 0 -1"));
        }
    }

    @Test
    void strings_moveBetweenRedisAndHere() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        Random random = new Random(1);
        int moved = 0;
        try (var redis = RedisServer.start(); var engine = new EngineFixture()) {
            for (int i = 0; i < 2_000; i++) {
                byte[] value = value(random);
                redis.client().call(latin1("SET"), latin1("k"), value);
                byte[] dump = ((Reply.Bulk) redis.run("DUMP k")).bytes();
                assertThat(restore(engine, "k", "0", dump, "REPLACE")).isEqualTo("+OK");
                assertThat(engine.run("GET k")).isEqualTo(new Reply.Bulk(value));
                dump = ((Reply.Bulk) engine.run("DUMP k")).bytes();
                redis.run("DEL k");
                assertThat(redis.client().call(latin1("RESTORE"), latin1("k"), latin1("0"), dump)).isEqualTo(new Reply.Simple("OK"));
                assertThat(redis.run("GET k")).isEqualTo(new Reply.Bulk(value));
                moved++;
            }
        }
        assertThat(moved).isEqualTo(2_000);
    }

    private static byte[] value(Random random) {
        if (random.nextInt(3) == 0) {
            return latin1(Long.toString(random.nextLong() >> random.nextInt(64)));
        }
        byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 100_000 : 200)];
        int letters = 1 + random.nextInt(256);
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) random.nextInt(letters);
        }
        return value;
    }
}
