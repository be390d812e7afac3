package dev.sampo.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchTableTest {
    private final EngineFixture engine = new EngineFixture(2);
    private final Watcher watcher = new Watcher();

    @AfterEach
    void close() {
        unwatch(watcher);
        assertThat(engine.shard(0).watches().isEmpty() && engine.shard(1).watches().isEmpty()).isTrue();
        engine.close();
    }

    private void watch(String key, Watcher watcher) {
        // Whatever the command, running it tells the context time, session and shards.
        engine.run("DBSIZE");
        try (var request = new EngineFixture.Request(key.getBytes(StandardCharsets.US_ASCII))) {
            engine.context().watch(request.args, 0, watcher);
        }
    }

    private void unwatch(Watcher watcher) {
        engine.run("DBSIZE");
        engine.context().unwatch(watcher);
    }

    private boolean isUnchanged() {
        engine.run("DBSIZE");
        return engine.context().isUnchanged(watcher);
    }

    @Test
    void changeOfAWatchedKey_makesDirty_otherKeysDoNot() {
        watch("a", watcher);
        engine.run("SET b 1");
        engine.run("GET a");
        engine.run("DEL a");
        assertThat(isUnchanged()).isTrue();
        engine.run("SET a 1");
        assertThat(isUnchanged()).isFalse();
        unwatch(watcher);
        assertThat(isUnchanged()).isTrue();
        assertThat(watcher.isWatching()).isFalse();
    }

    @Test
    void everyKindOfChange_makesDirty() {
        String[] changes = {"SET a 2", "APPEND a x", "DEL a", "EXPIRE a 100", "RENAME a z", "RENAME b a", "COPY b a REPLACE",
            "MOVE a 1", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "GETEX a EX 100", "GETDEL a", "INCR a", "SETRANGE a 0 x",
            "MSET q 1 a 2", "GETSET a 1", "UNLINK a", "INCRBYFLOAT a 1"};
        for (String change : changes) {
            engine.run("FLUSHALL");
            engine.run("MSET a 1 b 2");
            watch("a", watcher);
            engine.run(change);
            assertThat(isUnchanged()).as(change).isFalse();
            unwatch(watcher);
        }
        assertThat(changes).hasSize(19);
    }

    @Test
    void sameKeyOfAnotherDatabase_isAnotherKey() {
        watch("a", watcher);
        engine.session().db(1);
        engine.run("SET a 1");
        engine.session().db(0);
        assertThat(isUnchanged()).isTrue();
        engine.run("SWAPDB 0 1");
        assertThat(isUnchanged()).isFalse();
    }

    @Test
    void flush_touchesOnlyKeysThatExist() {
        watch("a", watcher);
        engine.run("SET b 1");
        engine.run("FLUSHALL");
        engine.run("SWAPDB 0 1");
        assertThat(isUnchanged()).isTrue();
    }

    @Test
    void keyThatExpires_isAChange() {
        engine.run("SET a 1 PX 10");
        watch("a", watcher);
        assertThat(isUnchanged()).isTrue();
        engine.clock().advanceMillis(11);
        assertThat(isUnchanged()).isFalse();
    }

    @Test
    void keyThatIsOverAlready_mayGoButNotComeBack() {
        engine.run("SET a 1 PX 10");
        engine.clock().advanceMillis(11);
        watch("a", watcher);
        assertThat(isUnchanged()).isTrue();
        engine.run("GET a");
        assertThat(isUnchanged()).isTrue();
        engine.run("SET a 1");
        assertThat(isUnchanged()).isFalse();
    }

    @Test
    void keyThatIsOverAlready_mayBeFlushed() {
        engine.run("SET a 1 PX 10");
        engine.clock().advanceMillis(11);
        watch("a", watcher);
        engine.run("FLUSHALL");
        assertThat(isUnchanged()).isTrue();
        engine.run("SET a 1");
        assertThat(isUnchanged()).isFalse();
    }

    @Test
    void manyWatchers_ofManyKeys_areKeptApart() {
        Watcher[] watchers = new Watcher[100];
        for (int i = 0; i < watchers.length; i++) {
            watchers[i] = new Watcher();
            watch("k" + i, watchers[i]);
            watch("k" + i, watchers[i]);
            watch("common", watchers[i]);
        }
        assertThat(engine.shard(0).watches().size() + engine.shard(1).watches().size()).isEqualTo(200);
        engine.run("SET k42 1");
        int dirty = 0;
        for (int i = 0; i < watchers.length; i++) {
            assertThat(watchers[i].dirty()).isEqualTo(i == 42);
        }
        engine.run("SET common 1");
        for (Watcher each : watchers) {
            dirty += each.dirty() ? 1 : 0;
            unwatch(each);
        }
        assertThat(dirty).isEqualTo(100);
    }
}
