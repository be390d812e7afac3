package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Big values that are gone are taken apart a slice a turn, without anybody's help.
class ReclaimTest {
    private static final int MEMBERS = 20_000;

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
}
