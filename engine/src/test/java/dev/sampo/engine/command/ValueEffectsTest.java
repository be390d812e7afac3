package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RecordingEffectLog;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Values of all types and sizes that go from one shard to another, in what is logged of it, and the commands that look at keys
/// without asking for their type.
class ValueEffectsTest {
    private static void fill(EngineFixture engine, int elements) {
        for (int i = 0; i < elements; i++) {
            engine.run("RPUSH list element" + i);
            engine.run("SADD set member" + i);
            engine.run("SADD numbers " + i);
            engine.run("ZADD zset " + i + ".25 member" + i);
            engine.run("HSET hash field" + i + " value" + i);
            engine.run("HSET fields field" + i + " value" + i);
            engine.run("XADD stream " + (i + 1) + "-1 f " + i);
        }
        engine.run("HPEXPIREAT fields 4102444800000 FIELDS 2 field0 field1");
        engine.run("XGROUP CREATE stream group 0");
        engine.run("XREADGROUP GROUP group consumer COUNT 2 STREAMS stream >");
        engine.run("SET string text");
        engine.run("PEXPIREAT set 4102444800000");
    }

    private static final List<String> KEYS = List.of("list", "set", "numbers", "zset", "hash", "fields", "stream", "string");

    @Test
    void copiesAndRenames_acrossShards_replayToTheSameData() {
        int checked = 0;
        for (int elements : new int[] {3, 1_000}) {
            for (int shards : new int[] {1, 4}) {
                try (var engine = new EngineFixture(shards); var copy = new EngineFixture(shards)) {
                    fill(engine, elements);
                    for (String key : KEYS) {
                        assertThat(engine.run("COPY " + key + " x:" + key)).isEqualTo(new Reply.Int(1));
                        assertThat(engine.run("COPY " + key + " y:" + key + " DB 3")).isEqualTo(new Reply.Int(1));
                        assertThat(engine.run("RENAME x:" + key + " z:" + key)).isEqualTo(new Reply.Simple("OK"));
                        assertThat(engine.run("MOVE z:" + key + " 2")).isEqualTo(new Reply.Int(1));
                        checked++;
                    }
                    assertThat(engine.faults()).isEmpty();
                    List<RecordingEffectLog.Effect> log = engine.effects().effects();
                    copy.clock().advanceMillis(1_000_000_000);
                    copy.replay(log, shards);
                    assertThat(copy.digest()).isEqualTo(engine.digest());
                    assertThat(log).allMatch(effect -> effect.arguments().size() <= 300);
                }
            }
        }
        assertThat(checked).isEqualTo(32);
    }

    @Test
    void dumps_ofAllTypes_andSizes_restoreToTheSameData() {
        for (int elements : new int[] {1, 3, 1_000}) {
            try (var engine = new EngineFixture(); var copy = new EngineFixture()) {
                fill(engine, elements);
                for (String key : KEYS) {
                    byte[] dump = ((Reply.Bulk) engine.call("DUMP", key)).bytes();
                    String ttl = Long.toString(Math.max(0, ((Reply.Int) engine.call("PEXPIRETIME", key)).value()));
                    assertThat(copy.call("RESTORE".getBytes(), key.getBytes(), ttl.getBytes(), dump, "ABSTTL".getBytes()))
                        .isEqualTo(new Reply.Simple("OK"));
                    assertThat(copy.call("OBJECT", "ENCODING", key)).isEqualTo(engine.call("OBJECT", "ENCODING", key));
                }
                assertThat(copy.digest()).isEqualTo(engine.digest());
            }
        }
    }

    @Test
    void introspection_knowsAllTypes() {
        try (var engine = new EngineFixture(3)) {
            engine.settings(Settings.DEFAULT);
            fill(engine, 1_000);
            List<String> types = List.of("list", "set", "set", "zset", "hash", "hash", "stream", "string");
            List<String> encodings = List.of("quicklist", "hashtable", "hashtable", "skiplist", "hashtable", "hashtable", "stream", "embstr");
            for (int i = 0; i < KEYS.size(); i++) {
                assertThat(engine.run("TYPE " + KEYS.get(i))).isEqualTo(new Reply.Simple(types.get(i)));
                assertThat(EngineFixture.text(engine.run("OBJECT ENCODING " + KEYS.get(i)))).isEqualTo("\"" + encodings.get(i) + "\"");
                assertThat(((Reply.Int) engine.run("MEMORY USAGE " + KEYS.get(i))).value()).isPositive();
            }
            for (String type : types.stream().distinct().toList()) {
                long found = 0;
                String cursor = "0";
                do {
                    var reply = (Reply.Array) engine.run("SCAN " + cursor + " COUNT 100 TYPE " + type);
                    cursor = ((Reply.Bulk) reply.elements().getFirst()).text();
                    found += ((Reply.Array) reply.elements().get(1)).elements().size();
                } while (!cursor.equals("0"));
                assertThat(found).as(type).isEqualTo(types.stream().filter(type::equals).count());
            }
        }
    }
}
