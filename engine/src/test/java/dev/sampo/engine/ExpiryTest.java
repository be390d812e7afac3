package dev.sampo.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExpiryTest {
    private final EngineFixture engine = new EngineFixture();

    @BeforeEach
    void listen() {
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEA")));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void key_livesThroughTheMillisecondOfItsDeadline() {
        engine.run("SET a 1 PX 100");
        engine.clock().advanceMillis(100);
        assertThat(engine.run("EXISTS a")).isEqualTo(new Reply.Int(1));
        assertThat(engine.run("PTTL a")).isEqualTo(new Reply.Int(0));
        assertThat(engine.tick(100)).isZero();
        engine.clock().advanceMillis(1);
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(1));
        assertThat(engine.run("EXISTS a")).isEqualTo(new Reply.Int(0));
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(0));
    }

    @Test
    void expiredKey_isLoggedReportedAndCounted_onLookup() {
        engine.run("SET a 1 PX 1");
        engine.clock().advanceMillis(2);
        engine.effects().clear();
        engine.events().take();
        engine.run("GET a");
        assertThat(engine.effects().texts()).containsExactly("DEL a");
        assertThat(engine.events().take()).containsExactly("0:expired:a");
        assertThat(engine.shard(0).counters().expired()).isEqualTo(1);
        assertThat(engine.shard(0).counters().misses()).isEqualTo(1);
    }

    @Test
    void tick_removesWhatIsDueInAllDatabases_withinItsBudget() {
        for (int db = 0; db < 4; db++) {
            engine.session().db(db);
            for (int i = 0; i < 500; i++) {
                engine.run("SET k" + i + " v PX " + (i % 2 == 0 ? 10 : 1000));
            }
        }
        engine.session().db(0);
        engine.clock().advanceMillis(11);
        engine.effects().clear();
        int first = engine.tick(100);
        assertThat(first).isBetween(1, 250);
        int removed = first;
        for (int i = 0; i < 200; i++) {
            removed += engine.tick(100);
        }
        assertThat(removed).isEqualTo(1000);
        assertThat(engine.effects().effects()).hasSize(1000);
        assertThat(engine.shard(0).counters().expired()).isEqualTo(1000);
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(250));
    }

    @Test
    void tick_afterSwapdb_reportsTheDatabaseThatTheKeysAreIn() {
        engine.run("SET a 1 PX 10");
        engine.run("SWAPDB 0 3");
        engine.clock().advanceMillis(11);
        engine.events().take();
        engine.effects().clear();
        assertThat(engine.tick(100)).isEqualTo(1);
        assertThat(engine.events().take()).containsExactly("3:expired:a");
        assertThat(engine.effects().effects().getFirst().db()).isEqualTo(3);
    }

    @Test
    void scan_removesExpiredKeys_keysLeavesThem() {
        engine.run("SET a 1 PX 10");
        engine.run("SET b 1");
        engine.clock().advanceMillis(11);
        assertThat(engine.run("KEYS *")).isEqualTo(new Reply.Array(List.of(bulk("b"))));
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(2));
        assertThat(engine.run("SCAN 0 COUNT 100"))
            .isEqualTo(new Reply.Array(List.of(bulk("0"), new Reply.Array(List.of(bulk("b"))))));
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(1));
    }

    @Test
    void randomkey_removesWhatIsOver_andFindsWhatIsLeft() {
        for (int i = 0; i < 50; i++) {
            engine.run("SET k" + i + " 1 PX 10");
        }
        engine.run("SET b 1");
        engine.clock().advanceMillis(11);
        assertThat(engine.run("RANDOMKEY")).isEqualTo(bulk("b"));
        engine.run("DEL b");
        assertThat(engine.run("RANDOMKEY")).isEqualTo(new Reply.Null());
        assertThat(engine.run("DBSIZE")).isEqualTo(new Reply.Int(0));
    }

    private static Reply bulk(String text) {
        return new Reply.Bulk(text.getBytes(StandardCharsets.US_ASCII));
    }
}
