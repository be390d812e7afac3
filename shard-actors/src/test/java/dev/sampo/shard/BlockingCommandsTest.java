package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.BlockingRows;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.resp.OffHeap;
import dev.sampo.shard.CoreFixture.TestClient;
import dev.sampo.shard.config.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How clients wait and are served on a whole node, with the commands of [BlockingRows].
class BlockingCommandsTest {
    private static CoreFixture fixture(int cores) {
        return new CoreFixture(cores, ServerConfig.defaults(), BlockingRows.addTo(CommandFamilies.builder()).build());
    }

    /// A key on each shard.
    private static String[] keys(int shards) {
        String[] keys = new String[shards];
        for (int i = 0, found = 0; found < shards; i++) {
            byte[] name = ("key" + i).getBytes(StandardCharsets.US_ASCII);
            long at = OffHeap.allocate(name.length);
            OffHeap.copyFrom(name, 0, at, name.length);
            int shard = SlotMap.shard(SlotMap.slot(at, name.length), shards);
            OffHeap.free(at, name.length);
            if (keys[shard] == null) {
                keys[shard] = "key" + i;
                found++;
            }
        }
        return keys;
    }

    private static TestClient blocked(CoreFixture f, int core, String line) {
        TestClient c = f.connect(core);
        assertThat(c.replies(line)).isEmpty();
        assertThat(c.client.suspension).isEqualTo(Client.Suspension.BLOCKED);
        return c;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void waiterOfAnyCore_isServedByThePushOfAnyCore(int cores) {
        String[] keys = keys(cores);
        for (int home = 0; home < cores; home++) {
            for (int pusher = 0; pusher < cores; pusher++) {
                for (String key : keys) {
                    try (CoreFixture f = fixture(cores)) {
                        TestClient one = blocked(f, home, "TAKE " + key + " 0");
                        TestClient two = blocked(f, cores - 1 - home, "TAKE " + key + " 0");
                        TestClient push = f.connect(pusher);
                        assertThat(push.text("SET " + key + " 1")).isEqualTo("+OK");
                        assertThat(one.receivedTexts()).containsExactly("\"1\"");
                        assertThat(two.received()).isEmpty();
                        assertThat(push.texts("SET " + key + " 2", "EXISTS " + key)).containsExactly("+OK", ":0");
                        assertThat(two.receivedTexts()).containsExactly("\"2\"");
                        assertThat(one.texts("PING", "SET " + key + " 3", "TAKE " + key + " 0")).containsExactly("+PONG", "+OK", "\"3\"");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void commandsBehindABlockingOne_areAnsweredAfterIt(int cores) {
        for (String key : keys(cores)) {
            try (CoreFixture f = fixture(cores)) {
                TestClient c = f.connect(0);
                assertThat(c.texts("SET x 1", "TAKE " + key + " 0", "GET x", "INCR x", "TAKE " + key + " 0", "PING")).containsExactly("+OK");
                TestClient push = f.connect(cores - 1);
                assertThat(push.text("GET x")).isEqualTo("\"1\"");
                push.send("SET " + key + " a");
                assertThat(c.receivedTexts()).containsExactly("\"a\"", "\"1\"", ":2");
                push.send("SET " + key + " b");
                assertThat(c.receivedTexts()).containsExactly("\"b\"", "+PONG");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void exec_servesWhenItIsOver_andMayNotWaitItself(int cores) {
        for (String key : keys(cores)) {
            try (CoreFixture f = fixture(cores)) {
                TestClient waiter = blocked(f, 0, "TAKE " + key + " 0");
                TestClient c = f.connect(cores - 1);
                assertThat(c.texts("MULTI", "TAKE " + key + " 0", "SET " + key + " 1", "SET other 1", "SET " + key + " 2", "GET " + key, "CLIENT LIST", "EXEC")
                    .getLast()).startsWith("[nil +OK +OK +OK \"2\"");
                assertThat(waiter.receivedTexts()).containsExactly("\"2\"");
                waiter.send("TAKE " + key + " 0");
                c.texts("MULTI", "SET " + key + " 1", "DEL " + key, "EXEC");
                assertThat(waiter.received()).isEmpty();
                c.send("SET " + key + " 3");
                assertThat(waiter.receivedTexts()).containsExactly("\"3\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void waiterOfSeveralShards_isServedBeforeAnybodyElse(int cores) {
        String[] keys = keys(cores);
        String all = String.join(" ", keys);
        for (int home = 0; home < cores; home++) {
            for (int pusher = 0; pusher < cores; pusher++) {
                for (String key : keys) {
                    try (CoreFixture f = fixture(cores)) {
                        TestClient one = blocked(f, home, "TAKE " + all + " 0");
                        TestClient two = blocked(f, pusher, "TAKE " + key + " 0");
                        TestClient push = f.connect(pusher);
                        TestClient thief = f.connect(cores - 1 - pusher);
                        push.feed("SET " + key + " 1", "GETDEL " + key, "GET " + key);
                        thief.feed("GETDEL " + key, "MGET " + all);
                        f.run();
                        assertThat(push.receivedTexts()).containsExactly("+OK", "nil", "nil");
                        assertThat(thief.receivedTexts().getFirst()).isEqualTo("nil");
                        assertThat(one.receivedTexts()).containsExactly("\"1\"");
                        push.send("SET " + key + " 2");
                        assertThat(two.receivedTexts()).containsExactly("\"2\"");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void timeout_answersNull_toTheMillisecond(int cores) {
        try (CoreFixture f = fixture(cores)) {
            List<TestClient> clients = new ArrayList<>();
            for (String key : keys(cores)) {
                clients.add(blocked(f, 0, "TAKE " + key + " 0.1"));
                clients.add(blocked(f, 0, "TAKETO " + key + " x 0.1"));
            }
            clients.add(blocked(f, 0, "TAKE " + String.join(" ", keys(cores)) + " 0.1"));
            f.pass(100);
            assertThat(clients).allMatch(c -> c.received().isEmpty());
            f.pass(1);
            assertThat(clients).allSatisfy(c -> assertThat(c.receivedTexts()).containsExactly("nil"));
            assertThat(f.core(0).nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
            for (String key : keys(cores)) {
                assertThat(clients.getFirst().texts("SET " + key + " 1", "GET " + key)).containsExactly("+OK", "\"1\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void unblock_endsTheWait(int cores) {
        String[] keys = keys(cores);
        try (CoreFixture f = fixture(cores)) {
            TestClient killer = f.connect(0);
            for (int home = 0; home < cores; home++) {
                for (String line : new String[] {"TAKE " + keys[0] + " 0", "TAKE " + keys[cores - 1] + " 5", "TAKE " + String.join(" ", keys) + " 0"}) {
                    TestClient c = blocked(f, home, line);
                    assertThat(killer.text("CLIENT UNBLOCK " + c.client.id())).isEqualTo(":1");
                    assertThat(c.receivedTexts()).containsExactly("nil");
                    assertThat(killer.text("CLIENT UNBLOCK " + c.client.id())).isEqualTo(":0");
                    assertThat(c.replies(line)).isEmpty();
                    assertThat(killer.text("CLIENT UNBLOCK " + c.client.id() + " ERROR")).isEqualTo(":1");
                    assertThat(c.receivedTexts()).containsExactly("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
                    assertThat(c.replies(line)).isEmpty();
                    assertThat(killer.text("CLIENT UNBLOCK " + c.client.id() + " TIMEOUT")).isEqualTo(":1");
                    assertThat(c.texts("PING")).containsExactly("nil", "+PONG");
                }
            }
            assertThat(killer.texts("CLIENT UNBLOCK 999", "CLIENT UNBLOCK x", "CLIENT UNBLOCK 1 NOW")).containsExactly(":0",
                "-ERR value is not an integer or out of range", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void clientThatIsGone_takesNothing(int cores) {
        String[] keys = keys(cores);
        for (String line : new String[] {"TAKE " + keys[0] + " 0", "TAKE " + keys[cores - 1] + " 5", "TAKE " + String.join(" ", keys) + " 0"}) {
            for (int how = 0; how < 3; how++) {
                try (CoreFixture f = fixture(cores)) {
                    TestClient c = f.connect(0);
                    assertThat(c.texts("PING", line, "SET late 1")).containsExactly("+PONG");
                    TestClient other = f.connect(cores - 1);
                    switch (how) {
                        case 0 -> c.disconnect();
                        case 1 -> assertThat(other.text("CLIENT KILL ID " + c.client.id())).isEqualTo(":1");
                        default -> {
                            f.core(0).ended(c.client);
                            f.run();
                        }
                    }
                    assertThat(c.isClosed()).isTrue();
                    for (String key : keys) {
                        assertThat(other.texts("SET " + key + " 1", "GET " + key)).containsExactly("+OK", "\"1\"");
                    }
                    assertThat(other.text("EXISTS late")).isEqualTo(":0");
                }
            }
        }
    }

    /// The push runs on the waiter's shard while its client is being killed on another core: whoever is first decides.
    @Test
    void killBetweenPushAndAnswer_losesNothingUnlessTheClientWasServedBefore() {
        String[] keys = keys(2);
        try (CoreFixture f = fixture(2)) {
            TestClient c = blocked(f, 0, "TAKE " + keys[1] + " 0");
            TestClient push = f.connect(1);
            push.feed("SET " + keys[1] + " 1");
            c.disconnect();
            f.run();
            assertThat(push.texts("GET " + keys[1])).containsExactly("+OK", "nil");
            TestClient d = blocked(f, 0, "TAKE " + keys[1] + " 0");
            f.core(0).closeNow(d.client);
            push.feed("SET " + keys[1] + " 2");
            f.run();
            assertThat(push.texts("GET " + keys[1])).containsExactly("+OK", "\"2\"");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void infoAndList_showWhoWaits(int cores) {
        String[] keys = keys(cores);
        try (CoreFixture f = fixture(cores)) {
            TestClient c = f.connect(0);
            TestClient one = blocked(f, 0, "TAKE " + keys[0] + " 0");
            TestClient two = blocked(f, cores - 1, "TAKE " + keys[0] + " x 10");
            blocked(f, 0, "WAIT 1 0");
            assertThat(c.text("INFO clients")).contains("blocked_clients:3", "clients_in_timeout_table:1", "total_blocking_keys:2", "total_blocking_keys_on_nokey:0");
            assertThat(c.text("CLIENT LIST ID " + one.client.id() + " " + two.client.id())).contains("flags=b").doesNotContain("flags=N");
            c.send("SET " + keys[0] + " 1", "SET x 1");
            c.received();
            assertThat(c.text("INFO clients")).contains("blocked_clients:1", "clients_in_timeout_table:0", "total_blocking_keys:0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void wait_endsWithItsTime(int cores) {
        try (CoreFixture f = fixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("WAIT 0 0", "WAIT -1 5", "WAIT x 1", "WAIT 1 x", "WAIT 1 -1", "WAITAOF 0 0 5")).containsExactly(":0", ":0",
                "-ERR value is not an integer or out of range", "-ERR timeout is not an integer or out of range", "-ERR timeout is negative", "[:0 :0]");
            assertThat(c.texts("WAITAOF 1 0 0", "WAITAOF 2 0 0", "WAITAOF 0 -1 0")).containsExactly(
                "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.", "-ERR value is out of range, must be between 0 and 1",
                "-ERR value is out of range, must be positive");
            assertThat(c.texts("MULTI", "WAIT 1 0", "EXEC").getLast()).isEqualTo("[:0]");
            assertThat(c.replies("WAIT 1 100", "PING")).isEmpty();
            f.pass(100);
            assertThat(c.received()).isEmpty();
            f.pass(1);
            assertThat(c.receivedTexts()).containsExactly(":0", "+PONG");
            TestClient d = blocked(f, cores - 1, "WAITAOF 0 1 0");
            assertThat(c.text("CLIENT UNBLOCK " + d.client.id())).isEqualTo(":1");
            assertThat(d.receivedTexts()).containsExactly("[:0 :0]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void silentClient_isServedWithoutAReply(int cores) {
        String[] keys = keys(cores);
        try (CoreFixture f = fixture(cores)) {
            TestClient c = f.connect(0);
            c.send("CLIENT REPLY SKIP", "TAKE " + keys[cores - 1] + " 0", "PING");
            f.connect(0).send("SET " + keys[cores - 1] + " 1");
            assertThat(c.receivedTexts()).containsExactly("+PONG");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void stop_closesThoseWhoWait(int cores) {
        String[] keys = keys(cores);
        try (CoreFixture f = fixture(cores)) {
            TestClient one = blocked(f, 0, "TAKE " + keys[cores - 1] + " 0");
            TestClient two = blocked(f, 0, "TAKE " + String.join(" ", keys) + " 10");
            for (int i = 0; i < cores; i++) {
                f.core(i).onAcceptorMessage(new AcceptorMessage.Stop(() -> { }));
            }
            f.run();
            assertThat(one.isClosed() && two.isClosed()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void replacedDatabases_wakeWhoeverWaitsForTheirKeys(int cores) {
        String[] keys = keys(cores);
        try (CoreFixture f = fixture(cores)) {
            TestClient push = f.connect(cores - 1);
            for (String key : keys) {
                push.texts("SELECT 1", "SET " + key + " v", "SELECT 0");
            }
            List<TestClient> waiters = new ArrayList<>();
            for (String key : keys) {
                waiters.add(blocked(f, 0, "TAKE " + key + " 0"));
            }
            push.send("SWAPDB 0 1");
            assertThat(waiters).allSatisfy(c -> assertThat(c.receivedTexts()).containsExactly("\"v\""));
        }
    }

    /// The real commands, each woken by what wakes it in Redis and by nothing else.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void commandsOfAllTypes_areWoken(int cores) {
        String[] keys = keys(cores);
        for (String key : keys) {
            try (CoreFixture f = fixture(cores)) {
                TestClient push = f.connect(cores - 1);
                TestClient pop = blocked(f, 0, "BLPOP " + key + " nothing 0");
                push.send("SET " + key + " string", "DEL " + key, "ZADD " + key + " 1 m", "DEL " + key);
                assertThat(pop.received()).isEmpty();
                push.send("RPUSH " + key + " a b");
                assertThat(pop.receivedTexts()).containsExactly("[\"" + key + "\" \"a\"]");
                push.send("DEL " + key);
                TestClient move = blocked(f, 0, "BLMOVE " + key + " target LEFT RIGHT 0");
                TestClient last = blocked(f, 0, "BLMPOP 0 1 target LEFT COUNT 5");
                push.send("LPUSH " + key + " x");
                assertThat(move.receivedTexts()).containsExactly("\"x\"");
                assertThat(last.receivedTexts()).containsExactly("[\"target\" [\"x\"]]");
                TestClient least = blocked(f, 0, "BZPOPMIN other " + key + " 0");
                push.send("ZADD " + key + " 2 two 1 one");
                assertThat(least.receivedTexts()).containsExactly("[\"" + key + "\" \"one\" \"1\"]");
                push.send("DEL " + key);
                TestClient read = blocked(f, 0, "XREAD BLOCK 0 STREAMS " + key + " $");
                push.send("XADD " + key + " 5-1 f v");
                assertThat(read.receivedTexts()).containsExactly("[[\"" + key + "\" [[\"5-1\" [\"f\" \"v\"]]]]]");
                push.send("XGROUP CREATE " + key + " g $");
                TestClient member = blocked(f, 0, "XREADGROUP GROUP g me BLOCK 0 STREAMS " + key + " >");
                push.send("XADD " + key + " 6-1 f v");
                assertThat(member.receivedTexts()).containsExactly("[[\"" + key + "\" [[\"6-1\" [\"f\" \"v\"]]]]]");
                member.send("XREADGROUP GROUP g me BLOCK 0 STREAMS " + key + " >");
                push.send("DEL " + key);
                assertThat(member.receivedTexts()).singleElement().asString().startsWith("-").contains(key);
            }
        }
    }
}
