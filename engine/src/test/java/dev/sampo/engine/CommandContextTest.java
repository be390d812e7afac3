package dev.sampo.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.Reply;
import org.junit.jupiter.api.Test;

class CommandContextTest {
    private static CommandTable.Builder table() {
        return CommandTable.engine();
    }

    @Test
    void handlerThatThrows_failsOneCommandWithAnId() {
        CommandTable.Builder t = table();
        t.add("BUG", 1, CommandFlag.READONLY, Category.STRING, KeySpec.NONE, (_, _, r) -> {
            r.array(3);
            r.bulk("half a reply");
            throw new IllegalStateException("a bug");
        });
        try (var engine = new EngineFixture(t.build(), 1, 1)) {
            assertThat(engine.run("BUG")).isEqualTo(new Reply.Failure("ERR internal error, id 1"));
            assertThat(engine.run("BUG")).isEqualTo(new Reply.Failure("ERR internal error, id 2"));
            assertThat(engine.run("SET a 1")).isEqualTo(new Reply.Simple("OK"));
            assertThat(engine.faults()).hasSize(2).allMatch(fault -> fault.getMessage().equals("a bug"));
            int id = engine.table().find("bug").id();
            assertThat(engine.context().stats().calls(id)).isEqualTo(2);
            assertThat(engine.context().stats().failures(id)).isEqualTo(2);
            assertThat(engine.context().stats().faults()).isEqualTo(2);
        }
    }

    @Test
    void changeWithoutCommit_isNoticed() {
        CommandTable.Builder t = table();
        t.add("SNEAK", 2, CommandFlag.WRITE, Category.STRING, KeySpec.key(1, KeyFlag.RW), (c, a, r) -> {
            c.keyspace(a, 1).delete(a.address(1), a.length(1), c.hash(a, 1));
            r.ok();
        });
        var engine = new EngineFixture(t.build(), 1, 1);
        engine.run("SET a 1");
        assertThatThrownBy(() -> engine.run("SNEAK a")).isInstanceOf(AssertionError.class)
            .hasMessageContaining("sneak changed data without a commit");
        assertThat(engine.shard(0).counters().uncommitted()).isEqualTo(1);
        engine.context().close();
        engine.shard(0).close();
    }

    @Test
    void hitsAndMisses_areCountedWhereRedisCountsThem() {
        try (var engine = new EngineFixture()) {
            engine.run("SET a 1");
            engine.run("GET a");
            engine.run("GET b");
            engine.run("MGET a b c");
            engine.run("EXISTS a b");
            engine.run("SETNX a 2");
            engine.run("DEL b");
            engine.run("INCR a");
            engine.run("OBJECT ENCODING b");
            Counters counters = engine.shard(0).counters();
            assertThat(counters.hits()).isEqualTo(3);
            assertThat(counters.misses()).isEqualTo(5);
            assertThat(counters.dirty()).isEqualTo(2);
        }
    }

    @Test
    void reads_noteTheAccess_unlessTheClientDoesNotWantIt() {
        try (var engine = new EngineFixture()) {
            engine.run("SET a 1");
            engine.clock().advanceMillis(5_000);
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(5));
            engine.run("TTL a");
            engine.run("EXISTS a");
            engine.run("TYPE a");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(5));
            engine.session().noTouch(true);
            engine.run("GET a");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(5));
            engine.run("TOUCH a");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(0));
            engine.clock().advanceMillis(3_000);
            engine.session().noTouch(false);
            engine.run("GET a");
            assertThat(engine.run("OBJECT IDLETIME a")).isEqualTo(new Reply.Int(0));
        }
    }

    @Test
    void frequency_growsLogarithmicallyAndDecays() {
        try (var engine = new EngineFixture()) {
            engine.settings(Settings.DEFAULT.withFrequency(true));
            engine.run("SET a 1");
            assertThat(engine.run("OBJECT FREQ a")).isEqualTo(new Reply.Int(5));
            for (int i = 0; i < 1_000; i++) {
                engine.run("GET a");
            }
            long counter = ((Reply.Int) engine.run("OBJECT FREQ a")).value();
            assertThat(counter).isBetween(12L, 30L);
            engine.clock().advanceMillis(10 * 60_000);
            assertThat(engine.run("OBJECT FREQ a")).isEqualTo(new Reply.Int(counter - 10));
            engine.clock().advanceMillis(100 * 60_000);
            assertThat(engine.run("OBJECT FREQ a")).isEqualTo(new Reply.Int(0));
            assertThat(engine.run("OBJECT IDLETIME a")).isInstanceOf(Reply.Failure.class);
        }
    }

    @Test
    void presetHash_isUsedForTheFirstKeyOnly() {
        try (var engine = new EngineFixture();
             var request = new EngineFixture.Request("MGET".getBytes(US_ASCII), "a".getBytes(US_ASCII), "b".getBytes(US_ASCII));
             var out = new FixtureOutput()) {
            engine.run("MSET a 1 b 2");
            long hash = KeyHash.hash(request.args.address(1), 1);
            engine.context().run(engine.table().find("mget"), request.args, out.writer, 1, hash);
            assertThat(EngineFixture.text(out.reply())).isEqualTo("[\"1\" \"2\"]");
        }
    }

    @Test
    void otherTypes_areRefusedByStringCommands_andAcceptedByKeyCommands() {
        String[] refused = {"GET k", "GETSET k 1", "GETDEL k", "GETEX k", "APPEND k 1", "STRLEN k", "GETRANGE k 0 1",
            "SUBSTR k 0 1", "SETRANGE k 0 x", "INCR k", "DECR k", "INCRBY k 1", "DECRBY k 1", "INCRBYFLOAT k 1", "SET k 1 GET"};
        try (var engine = new EngineFixture()) {
            engine.run("SET k value");
            try (var request = new EngineFixture.Request("GET".getBytes(US_ASCII), "k".getBytes(US_ASCII))) {
                long hash = KeyHash.hash(request.args.address(1), 1);
                long e = engine.shard(0).keyspace(0).find(request.args.address(1), 1, hash);
                makeList(e);
                for (String line : refused) {
                    assertThat(engine.run(line)).as(line).isEqualTo(new Reply.Failure(
                        "WRONGTYPE Operation against a key holding the wrong kind of value"));
                }
                assertThat(engine.run("LCS k k"))
                    .isEqualTo(new Reply.Failure("ERR The specified keys must contain string values"));
                assertThat(EngineFixture.text(engine.run("MGET k"))).isEqualTo("[nil]");
                assertThat(EngineFixture.text(engine.run("TYPE k"))).isEqualTo("+list");
                assertThat(EngineFixture.text(engine.run("SETNX k 1"))).isEqualTo(":0");
                assertThat(EngineFixture.text(engine.run("SCAN 0 TYPE list"))).isEqualTo("[\"0\" [\"k\"]]");
                assertThat(EngineFixture.text(engine.run("SCAN 0 TYPE string"))).isEqualTo("[\"0\" []]");
                assertThat(EngineFixture.text(engine.run("EXPIRE k 100"))).isEqualTo(":1");
                assertThat(EngineFixture.text(engine.run("RENAME k l"))).isEqualTo("+OK");
                assertThat(EngineFixture.text(engine.run("COPY l m"))).isEqualTo(":1");
                assertThat(EngineFixture.text(engine.run("TYPE m"))).isEqualTo("+list");
                assertThat(EngineFixture.text(engine.run("SET l 1"))).isEqualTo("+OK");
                assertThat(EngineFixture.text(engine.run("TYPE l"))).isEqualTo("+string");
                assertThat(EngineFixture.text(engine.run("DEL m l"))).isEqualTo(":2");
            }
            assertThat(engine.faults()).isEmpty();
        }
        assertThat(refused).hasSize(15);
    }

    /// No command makes another type yet; the type is four bits of the entry's first byte.
    private static void makeList(long e) {
        byte head = OffHeap.getByte(e);
        OffHeap.putByte(e, (byte) (head & ~0xF | Type.LIST));
        assertThat(Entry.type(e)).isEqualTo(Type.LIST);
    }
}
