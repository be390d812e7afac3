package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CoreFixture.TestClient;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Client-side caching over several cores. Keys `a` to `h` lie on different shards.
class TrackingCommandsTest {
    private static final String[] KEYS = {"a", "b", "c", "d", "e", "f", "g", "h"};

    private static TestClient resp3(CoreFixture f, int core) {
        TestClient c = f.connect(core);
        c.send("HELLO 3");
        c.received();
        return c;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void readKey_isInvalidatedOnce_byWhoeverChangesIt(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient other = f.connect(cores - 1);
            assertThat(c.texts("CLIENT TRACKING ON")).containsExactly("+OK");
            for (String key : KEYS) {
                c.send("GET " + key);
                c.received();
                other.send("SET " + key + " 1", "SET " + key + " 2");
                assertThat(c.receivedTexts()).as(key).containsExactly(">[\"invalidate\" [\"" + key + "\"]]");
            }
            c.send("MGET a b c d");
            c.received();
            other.send("MSET a 1 d 1 h 1");
            assertThat(c.receivedTexts()).containsExactlyInAnyOrder(">[\"invalidate\" [\"a\"]]", ">[\"invalidate\" [\"d\"]]");
            assertThat(c.texts("CLIENT TRACKING OFF", "GET a")).containsExactly("+OK", "\"1\"");
            other.send("SET a 3", "SET b 1");
            assertThat(c.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void invalidation_followsTheReplyItIsAbout(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient other = f.connect(cores - 1);
            c.send("CLIENT TRACKING ON");
            c.received();
            for (String key : KEYS) {
                other.send("SET " + key + " old");
                c.received();
                c.feed("GET " + key);
                other.feed("SET " + key + " new");
                f.run();
                List<String> got = c.receivedTexts();
                if (got.getFirst().equals("\"old\"")) {
                    assertThat(got).containsExactly("\"old\"", ">[\"invalidate\" [\"" + key + "\"]]");
                } else {
                    assertThat(got).containsExactly("\"new\"");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void ownChange_comesAfterItsReply_unlessNoloop(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            for (String key : KEYS) {
                TestClient c = resp3(f, 0);
                c.send("CLIENT TRACKING ON");
                c.received();
                assertThat(c.texts("GET " + key, "SET " + key + " 1")).containsExactly("nil", "+OK",
                    ">[\"invalidate\" [\"" + key + "\"]]");
                assertThat(c.texts("CLIENT TRACKING ON NOLOOP", "GET " + key, "SET " + key + " 2", "DEL " + key)).containsExactly("+OK", "\"1\"", "+OK", ":1");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void broadcast_tellsAllChangesUnderAPrefix(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient all = resp3(f, cores - 1);
            TestClient other = f.connect(cores - 1);
            assertThat(c.texts("CLIENT TRACKING ON BCAST PREFIX user: PREFIX item:")).containsExactly("+OK");
            assertThat(all.texts("CLIENT TRACKING ON BCAST")).containsExactly("+OK");
            for (int i = 0; i < 6; i++) {
                other.send("SET user:" + i + " 1", "SET thing:" + i + " 1");
                assertThat(c.receivedTexts()).containsExactly(">[\"invalidate\" [\"user:" + i + "\"]]");
                assertThat(String.join("", all.receivedTexts())).contains("user:" + i, "thing:" + i);
            }
            c.send("SET item:1 1");
            assertThat(c.receivedTexts()).containsExactly("+OK", ">[\"invalidate\" [\"item:1\"]]");
            assertThat(c.text("INFO clients")).contains("tracking_clients:2");
            c.disconnect();
            all.send("CLIENT TRACKING OFF");
            all.received();
            other.send("SET user:1 2");
            assertThat(all.received()).isEmpty();
            other.received();
            assertThat(other.text("INFO stats")).contains("tracking_total_prefixes:0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void optInAndOptOut_followCaching(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient other = f.connect(cores - 1);
            c.send("CLIENT TRACKING ON OPTIN", "GET a", "CLIENT CACHING YES", "GET b", "GET c", "CLIENT CACHING YES", "MULTI", "GET d", "GET e", "EXEC", "GET f");
            c.received();
            other.send("MSET a 1 b 1 c 1 d 1 e 1 f 1");
            assertThat(c.receivedTexts()).containsExactlyInAnyOrder(">[\"invalidate\" [\"b\"]]", ">[\"invalidate\" [\"d\"]]", ">[\"invalidate\" [\"e\"]]");
            c.send("CLIENT TRACKING OFF", "CLIENT TRACKING ON OPTOUT", "GET a", "CLIENT CACHING NO", "GET b", "GET c");
            c.received();
            other.send("MSET a 2 b 2 c 2");
            assertThat(c.receivedTexts()).containsExactlyInAnyOrder(">[\"invalidate\" [\"a\"]]", ">[\"invalidate\" [\"c\"]]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void expiryFlushAndEvictionOfTheTable_invalidate(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient other = f.connect(cores - 1);
            c.send("CLIENT TRACKING ON");
            other.send("SET a 1 PX 5", "SET b 1");
            c.send("GET a", "GET b");
            c.received();
            f.advance(100);
            f.advance(100);
            assertThat(c.receivedTexts()).containsExactly(">[\"invalidate\" [\"a\"]]");
            other.send("FLUSHALL");
            assertThat(c.receivedTexts()).containsExactly(">[\"invalidate\" nil]");
            other.send("SET b 1");
            assertThat(c.received()).isEmpty();
            other.send("CONFIG SET tracking-table-max-keys " + cores);
            for (int i = 0; i < 50; i++) {
                c.send("GET key" + i);
            }
            assertThat(c.receivedTexts().stream().filter(line -> line.startsWith(">[\"invalidate\"")).count()).isGreaterThanOrEqualTo(50 - cores);
            assertThat(c.text("INFO stats")).contains("tracking_total_keys:" + cores).contains("tracking_total_items:" + cores);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void redirect_reachesTheOtherClient_inBothProtocols(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = resp3(f, 0);
            TestClient old = f.connect(cores - 1);
            TestClient other = f.connect(0);
            old.send("SUBSCRIBE __redis__:invalidate");
            old.received();
            assertThat(c.texts("CLIENT TRACKING ON REDIRECT " + old.client.id())).containsExactly("+OK");
            assertThat(c.texts("CLIENT GETREDIR")).containsExactly(":" + old.client.id());
            c.send("GET a");
            c.received();
            other.send("SET a 1");
            assertThat(old.receivedTexts()).containsExactly("[\"message\" \"__redis__:invalidate\" [\"a\"]]");
            other.send("FLUSHDB");
            assertThat(old.receivedTexts()).containsExactly("[\"message\" \"__redis__:invalidate\" nil]");
            old.disconnect();
            c.send("GET a");
            c.received();
            other.send("SET a 1");
            assertThat(c.receivedTexts()).containsExactly(">[\"tracking-redir-broken\" :" + old.client.id() + "]");
            assertThat(c.text("CLIENT TRACKINGINFO")).contains("broken_redirect");
            assertThat(c.text("CLIENT TRACKING ON REDIRECT 999999")).isEqualTo("-ERR The client ID you want redirect to does not exist");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void options_areCheckedAsRedisDoes(int cores) {
        try (CoreFixture f = new CoreFixture(cores)) {
            TestClient c = f.connect(0);
            assertThat(c.texts("CLIENT TRACKING", "CLIENT TRACKING MAYBE", "CLIENT TRACKING ON WHAT", "CLIENT TRACKING ON PREFIX a", "CLIENT TRACKING ON OPTIN OPTOUT",
                "CLIENT TRACKING ON BCAST OPTIN", "CLIENT TRACKING ON BCAST PREFIX foo PREFIX foobar", "CLIENT CACHING YES", "CLIENT GETREDIR"))
                .containsExactly("-ERR wrong number of arguments for 'client|tracking' command", "-ERR syntax error", "-ERR syntax error",
                    "-ERR PREFIX option requires BCAST mode to be enabled", "-ERR You can't use both OPTIN and OPTOUT",
                    "-ERR OPTIN and OPTOUT are not compatible with BCAST",
                    "-ERR Prefix 'foo' overlaps with another provided prefix 'foobar'. Prefixes for a single client must not overlap.",
                    "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled", ":-1");
            List<String> all = c.texts("CLIENT TRACKING ON OPTIN", "CLIENT CACHING NO", "CLIENT CACHING YES", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON OPTOUT",
                "CLIENT TRACKING OFF", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON BCAST PREFIX foo", "CLIENT TRACKING ON BCAST PREFIX foobar", "CLIENT LIST");
            assertThat(all.subList(0, 10)).containsExactly("+OK", "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.", "+OK",
                        "[\"flags\" [\"on\" \"optin\" \"caching-yes\"] \"redirect\" :0 \"prefixes\" []]",
                        "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
                        "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
                        "+OK", "[\"flags\" [\"off\"] \"redirect\" :-1 \"prefixes\" []]", "+OK",
                        "-ERR Prefix 'foobar' overlaps with an existing prefix 'foo'. Prefixes for a single client must not overlap.");
            assertThat(all.getLast()).contains("flags=tB", "redir=0");
        }
    }
}
