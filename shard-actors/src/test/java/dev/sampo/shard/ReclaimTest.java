package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.keyspace.Blocks;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.shard.CoreFixture.TestClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Big values that are gone are taken apart a slice a turn, without anybody's help.
class ReclaimTest {
    private static final int MEMBERS = 20_000;
    private static final int TICK_BUDGET = 2000;
    private static final int FIELDS_PER_TURN = 256;

    @ParameterizedTest
    @ValueSource(strings = {"DEL h", "SET h 1", "FLUSHALL", "EXPIRE h -1", "RENAME other h"})
    void bigValueThatIsGone_isFreedInTurns(String end) {
        try (CoreFixture f = new CoreFixture(2)) {
            TestClient c = f.connect(0);
            c.send("SET other 1");
            for (int i = 0; i < MEMBERS; i += 500) {
                StringBuilder line = new StringBuilder("SADD h");
                for (int j = i; j < i + 500; j++) {
                    line.append(" member").append(j);
                }
                c.send(line.toString());
            }
            c.received();
            long before = f.node().shards()[0].keyspace(0).usedBytes() + f.node().shards()[1].keyspace(0).usedBytes();
            assertThat(before).isGreaterThan(MEMBERS * 20L);
            c.send(end);
            for (int i = 0; i < 2; i++) {
                assertThat(f.node().shards()[i].hasGarbage()).isFalse();
                assertThat(f.core(i).hasWork()).isFalse();
                f.node().shards()[i].keyspace(0).assertValid();
            }
            assertThat(f.node().shards()[0].keyspace(0).usedBytes() + f.node().shards()[1].keyspace(0).usedBytes()).isLessThan(before / 10);
        }
    }

    @Test
    void fieldsWhoseTimeIsOver_areRemovedInTurns() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            for (int i = 0; i < MEMBERS; i += 500) {
                StringBuilder put = new StringBuilder("HSET h");
                StringBuilder expire = new StringBuilder("HPEXPIRE h 100 FIELDS 500");
                for (int j = i; j < i + 500; j++) {
                    put.append(" field").append(j).append(" v");
                    expire.append(" field").append(j);
                }
                c.send(put.toString());
                c.send(expire.toString());
            }
            c.send("HSET other f v");
            c.send("HPEXPIRE other 1000000 FIELDS 1 f");
            c.received();
            Core core = f.core(0);
            f.advance(50);
            assertThat(core.hasWork()).isFalse();
            f.pass(100);
            core.tick(TICK_BUDGET);
            Blocks blocks = core.shard.keyspace(0).blocks();
            int turns = 0;
            for (long before = blocks.frees(); core.hasWork(); before = blocks.frees()) {
                f.turn();
                turns++;
                // A field is a block; the nodes of the trees are few beside them.
                assertThat(blocks.frees() - before).isLessThan(FIELDS_PER_TURN * 5 / 4);
            }
            assertThat(turns).isGreaterThanOrEqualTo(MEMBERS / FIELDS_PER_TURN);
            assertThat(c.texts("DBSIZE")).containsExactly(":1");
        }
    }

    @Test
    void groupThatIsDestroyed_isFreedInTurns() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            c.send("XGROUP CREATE s g 0 MKSTREAM");
            c.send("XGROUP CREATE s stays 0");
            for (int i = 0; i < 2000; i++) {
                c.send("XADD s * f v");
            }
            c.send("XREADGROUP GROUP g me COUNT 1000 STREAMS s >");
            c.send("XREADGROUP GROUP g you COUNT 1000 STREAMS s >");
            c.received();
            Keyspace keyspace = f.core(0).shard.keyspace(0);
            long before = keyspace.usedBytes();
            c.send("XGROUP DESTROY s g");
            c.send("XGROUP CREATE s g 0");
            c.send("XINFO GROUPS s");
            assertThat(c.received()).hasSize(3);
            assertThat(f.core(0).hasWork()).isFalse();
            assertThat(keyspace.usedBytes()).isLessThan(before - 2000 * 40);
            keyspace.assertValid();
        }
    }
}
