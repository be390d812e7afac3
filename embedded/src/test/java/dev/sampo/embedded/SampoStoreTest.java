package dev.sampo.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.Clock;
import dev.sampo.resp.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampoStoreTest {
    /// Stands still until it is moved.
    private static final class ManualClock implements Clock {
        private long millis = 1_700_000_000_000L;

        @Override
        public long unixMillis() {
            return millis;
        }

        @Override
        public long nanoTime() {
            return millis * 1_000_000;
        }
    }

    @Test
    void typedMethods_onStrings_doWhatTheirCommandsDo() {
        try (SampoStore store = SampoStore.open()) {
            final SampoDatabase db = store.database();
            assertThat(db.get("k")).isNull();
            db.set("k", "wört");
            assertThat(db.get("k")).isEqualTo("wört");
            assertThat(db.increment("n")).isEqualTo(1);
            assertThat(db.increment("n")).isEqualTo(2);
            assertThat(db.size()).isEqualTo(2);
            assertThat(db.delete("k")).isTrue();
            assertThat(db.delete("k")).isFalse();
            assertThatThrownBy(() -> {
                db.set("k", "text");
                db.increment("k");
            }).isInstanceOf(SampoException.class).hasMessage("ERR value is not an integer or out of range");
        }
    }

    @Test
    void call_withAnyBytes_keepsThem() {
        final byte[] every = new byte[256];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) i;
        }
        try (SampoStore store = SampoStore.open()) {
            assertThat(store.call("SET".getBytes(), every, every)).isEqualTo(new Reply.Simple("OK"));
            assertThat(store.call("GET".getBytes(), every)).isEqualTo(new Reply.Bulk(every));
            assertThat(store.call("SET", "", "")).isEqualTo(new Reply.Simple("OK"));
            assertThat(store.call("GET", "")).isEqualTo(new Reply.Bulk(new byte[0]));
            assertThat(store.call("MGET", "", "absent"))
                .isEqualTo(new Reply.Array(List.of(new Reply.Bulk(new byte[0]), new Reply.Null())));
        }
    }

    @Test
    void call_withWhatTheStoreDoesNotKnow_isAnError() {
        try (SampoStore store = SampoStore.open()) {
            assertThat(store.call("NOSUCH", "a"))
                .isEqualTo(new Reply.Failure("ERR unknown command 'NOSUCH', with args beginning with: 'a' "));
            assertThat(store.call("GET")).isEqualTo(new Reply.Failure("ERR wrong number of arguments for 'get' command"));
            assertThat(store.call("OBJECT"))
                .isEqualTo(new Reply.Failure("ERR wrong number of arguments for 'object' command"));
            assertThatThrownBy(() -> store.call(new byte[0][])).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void databases_areApart() {
        try (SampoStore store = SampoStore.open()) {
            store.database(3).set("k", "three");
            assertThat(store.database(0).get("k")).isNull();
            assertThat(store.database(3).get("k")).isEqualTo("three");
            assertThat(store.database(3).call("MOVE", "k", "0")).isEqualTo(new Reply.Int(1));
            assertThat(store.database(0).get("k")).isEqualTo("three");
            assertThatThrownBy(() -> store.database(16)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.database(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void keys_whoseTimeIsOver_areGoneAndReaped() {
        final ManualClock clock = new ManualClock();
        try (SampoStore store = SampoStore.open(clock)) {
            final SampoDatabase db = store.database();
            for (int i = 0; i < 200; i++) {
                db.set("k" + i, "v", Duration.ofSeconds(10));
            }
            db.set("stays", "v");
            final long full = store.usedBytes();
            clock.millis += 10_000;
            assertThat(db.get("k0")).isEqualTo("v");
            assertThat(store.reap(10_000)).isZero();
            clock.millis += 1;
            assertThat(db.get("k0")).isNull();
            assertThat(db.size()).isEqualTo(200);
            int reaped = 0;
            for (int i = 0; i < 1_000 && db.size() > 1; i++) {
                reaped += store.reap(1_000);
            }
            assertThat(reaped).isEqualTo(199);
            assertThat(db.get("stays")).isEqualTo("v");
            assertThat(store.usedBytes()).isLessThan(full);
        }
    }

    @Test
    void requests_largerThanTheBuffers_areServed() {
        final byte[] big = new byte[3 << 20];
        try (SampoStore store = SampoStore.open()) {
            assertThat(store.call("SET".getBytes(), "big".getBytes(), big)).isEqualTo(new Reply.Simple("OK"));
            for (int i = 0; i < 3; i++) {
                assertThat(store.call("GET", "big")).isEqualTo(new Reply.Bulk(big));
                assertThat(store.call("STRLEN", "big")).isEqualTo(new Reply.Int(big.length));
            }
        }
    }

    @Test
    void threads_besideEachOther_loseNothing() throws InterruptedException {
        final int threads = 4;
        final int rounds = 2_000;
        try (SampoStore store = SampoStore.open()) {
            final List<Thread> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                final String own = "own" + t;
                running.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < rounds; i++) {
                        store.database().increment("shared");
                        store.database().increment(own);
                    }
                }));
            }
            for (Thread thread : running) {
                thread.join();
            }
            assertThat(store.database().get("shared")).isEqualTo(Integer.toString(threads * rounds));
            for (int t = 0; t < threads; t++) {
                assertThat(store.database().get("own" + t)).isEqualTo(Integer.toString(rounds));
            }
        }
    }

    @Test
    void close_endsTheStore() {
        final SampoStore store = SampoStore.open();
        final SampoDatabase db = store.database();
        db.set("k", "v");
        store.close();
        store.close();
        assertThatThrownBy(() -> db.get("k")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(store::usedBytes).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> store.reap(1)).isInstanceOf(IllegalStateException.class);
    }
}
