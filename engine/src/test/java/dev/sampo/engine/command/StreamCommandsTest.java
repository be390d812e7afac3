package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.Settings;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the comparison with a redis-server cannot show: IDs from the clock, blocking, effects, both protocols, what is newer than
/// 7.0.
class StreamCommandsTest {
    private static final long NOW = EngineFixture.START_MILLIS;

    private final EngineFixture engine = new EngineFixture(3);
    private long client;

    @AfterEach
    void close() {
        assertThat(engine.faults()).isEmpty();
        engine.close();
    }

    private String run(String line) {
        return EngineFixture.text(engine.run(line));
    }

    private String as(String line) {
        engine.newSession();
        client = engine.session().id();
        return run(line);
    }

    private long block(String line) {
        assertThat(as(line)).isEqualTo("+(blocked)");
        return client;
    }

    private String served() {
        return String.join(" | ", engine.served().stream().map(Object::toString).toList());
    }

    // ---------------------------------------------------------------- IDs

    @Test
    void automaticIds_followTheClockAndNeverGoBack() {
        assertThat(run("XADD s * f v")).isEqualTo("\"" + NOW + "-0\"");
        assertThat(run("XADD s * f v")).isEqualTo("\"" + NOW + "-1\"");
        engine.clock().advanceMillis(5);
        assertThat(run("XADD s * f v")).isEqualTo("\"" + (NOW + 5) + "-0\"");
        assertThat(run("XADD s " + (NOW + 100) + "-7 f v")).isEqualTo("\"" + (NOW + 100) + "-7\"");
        assertThat(run("XADD s * f v")).isEqualTo("\"" + (NOW + 100) + "-8\"");
        assertThat(run("XADD s " + (NOW + 100) + "-* f v")).isEqualTo("\"" + (NOW + 100) + "-9\"");
        assertThat(run("XADD s " + NOW + "-* f v")).startsWith("-ERR The ID specified in XADD is equal or smaller");
        assertThat(run("XADD t 18446744073709551615-18446744073709551615 f v")).isEqualTo(
            "\"18446744073709551615-18446744073709551615\"");
        assertThat(run("XADD t * f v")).startsWith("-ERR The stream has exhausted the last possible ID");
    }

    @Test
    void approximateTrimming_removesWholeNodesUpToItsLimit() {
        for (int i = 0; i < 1_050; i++) {
            run("XADD s 1-* f " + i);
        }
        assertThat(run("XTRIM s MAXLEN ~ 1000")).isEqualTo(":0");
        assertThat(run("XTRIM s MAXLEN ~ 900 LIMIT 100")).isEqualTo(":100");
        assertThat(run("XTRIM s MAXLEN ~ 10 LIMIT 250")).isEqualTo(":200");
        assertThat(run("XTRIM s MINID ~ 1-455")).isEqualTo(":100");
        assertThat(run("XTRIM s MINID 1-455")).isEqualTo(":55");
        assertThat(run("XRANGE s - + COUNT 1")).isEqualTo("[[\"1-455\" [\"f\" \"455\"]]]");
        assertThat(run("XADD s MAXLEN ~ 100 2 f v")).isEqualTo("\"2-0\"");
        assertThat(run("XLEN s")).isEqualTo(":151");
    }

    // ---------------------------------------------------------------- what is newer than 7.0

    @Test
    void xread_plus_returnsTheLastEntry() {
        assertThat(run("XREAD STREAMS s +")).isEqualTo("nil");
        run("XADD s 1-1 a 1");
        run("XADD s 2-0 a 2");
        assertThat(run("XREAD STREAMS s +")).isEqualTo("[[\"s\" [[\"2-0\" [\"a\" \"2\"]]]]]");
        run("XDEL s 2-0");
        assertThat(run("XREAD COUNT 5 BLOCK 10 STREAMS s none + +")).isEqualTo("[[\"s\" [[\"1-1\" [\"a\" \"1\"]]]]]");
        run("XDEL s 1-1");
        assertThat(run("XREAD STREAMS s +")).isEqualTo("nil");
        run("XGROUP CREATE s g 0");
        assertThat(run("XREADGROUP GROUP g c STREAMS s +")).startsWith("-ERR The + ID is meaningless in the context of XREADGROUP");
    }

    @Test
    void consumers_haveATimeOfActivity() {
        run("XADD s 1-1 a 1");
        run("XGROUP CREATE s g 0");
        run("XGROUP CREATECONSUMER s g idle");
        run("XREADGROUP GROUP g busy STREAMS s >");
        engine.clock().advanceMillis(50);
        run("XREADGROUP GROUP g busy STREAMS s >");
        run("XREADGROUP GROUP g late NOACK STREAMS s >");
        engine.clock().advanceMillis(20);
        assertThat(run("XINFO CONSUMERS s g")).isEqualTo("[[\"name\" \"busy\" \"pending\" :1 \"idle\" :20 \"inactive\" :70] "
            + "[\"name\" \"idle\" \"pending\" :0 \"idle\" :70 \"inactive\" :-1] "
            + "[\"name\" \"late\" \"pending\" :0 \"idle\" :20 \"inactive\" :-1]]");
        assertThat(run("XINFO STREAM s FULL")).contains("\"seen-time\" :" + (NOW + 50) + " \"active-time\" :" + NOW + " \"pel-count\" :1")
            .contains("\"seen-time\" :" + NOW + " \"active-time\" :-1 \"pel-count\" :0");
    }

    // ---------------------------------------------------------------- protocols

    @Test
    void replies_inResp3_areMaps() {
        engine.resp3();
        run("XADD s 1-1 a 1");
        run("XADD t 2-1 b 2");
        assertThat(run("XREAD STREAMS s t 0 0")).isEqualTo("{\"s\" [[\"1-1\" [\"a\" \"1\"]]] \"t\" [[\"2-1\" [\"b\" \"2\"]]]}");
        run("XGROUP CREATE s g 0");
        assertThat(run("XREADGROUP GROUP g c STREAMS s >")).isEqualTo("{\"s\" [[\"1-1\" [\"a\" \"1\"]]]}");
        assertThat(run("XINFO GROUPS s")).isEqualTo("[{\"name\" \"g\" \"consumers\" :1 \"pending\" :1 \"last-delivered-id\" \"1-1\" "
            + "\"entries-read\" :1 \"lag\" :0}]");
        assertThat(run("XINFO STREAM s")).startsWith("{\"length\" :1 \"radix-tree-keys\" :1 \"radix-tree-nodes\" :2 ");
        assertThat(run("XREAD STREAMS s 5")).isEqualTo("nil");
        assertThat(run("XRANGE s - + COUNT 0")).isEqualTo("nil");
    }

    // ---------------------------------------------------------------- blocking

    @Test
    void xread_waits_andAllWaitersGetTheEntry() {
        run("XADD s 1-1 a 1");
        long one = block("XREAD BLOCK 0 STREAMS s $");
        long two = block("XREAD BLOCK 0 COUNT 1 STREAMS none s 0 1-1");
        long three = block("XREAD BLOCK 0 STREAMS s 5");
        as("XADD s 2-2 b 2");
        assertThat(served()).isEqualTo(one + " [[\"s\" [[\"2-2\" [\"b\" \"2\"]]]]] | " + two + " [[\"s\" [[\"2-2\" [\"b\" \"2\"]]]]]");
        as("XADD s 6-6 c 3");
        assertThat(served()).isEqualTo(three + " [[\"s\" [[\"6-6\" [\"c\" \"3\"]]]]]");
    }

    /// `$` is the last ID at the time of the request, not at the time when it runs again.
    @Test
    void xread_dollar_meansTheEndWhenTheWaitBegan() {
        run("XADD s 1-1 a 1");
        run("XADD t 1-1 a 1");
        long waiter = block("XREAD BLOCK 0 STREAMS s t $ $");
        as("XDEL s 1-1");
        assertThat(served()).isEmpty();
        as("DEL t");
        as("XADD t 0-5 x y");
        assertThat(served()).isEmpty();
        as("XADD t 7-7 a 2");
        assertThat(served()).isEqualTo(waiter + " [[\"t\" [[\"7-7\" [\"a\" \"2\"]]]]]");
    }

    @Test
    void xread_ofAMissingKey_waitsForItThroughOtherTypes() {
        long waiter = block("XREAD BLOCK 0 STREAMS s $");
        as("SET s x");
        as("DEL s");
        assertThat(served()).isEmpty();
        as("XADD other 1-1 a 1");
        as("RENAME other s");
        assertThat(served()).isEqualTo(waiter + " [[\"s\" [[\"1-1\" [\"a\" \"1\"]]]]]");
    }

    @Test
    void xread_whenItsTimeIsOver_repliesNil() {
        long waiter = block("XREAD BLOCK 50 STREAMS s $");
        assertThat(EngineFixture.text(engine.timeOut(waiter))).isEqualTo("nil");
    }

    @Test
    void xreadgroup_waiters_shareTheEntries() {
        run("XGROUP CREATE s g $ MKSTREAM");
        long one = block("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
        long two = block("XREADGROUP GROUP g d BLOCK 0 STREAMS s >");
        as("XADD s 1-1 a 1");
        assertThat(served()).isEqualTo(one + " [[\"s\" [[\"1-1\" [\"a\" \"1\"]]]]]");
        as("XADD s 2-2 a 2");
        assertThat(served()).isEqualTo(two + " [[\"s\" [[\"2-2\" [\"a\" \"2\"]]]]]");
        assertThat(as("XPENDING s g")).isEqualTo("[:2 \"1-1\" \"2-2\" [[\"c\" \"1\"] [\"d\" \"1\"]]]");
    }

    @Test
    void xreadgroup_whenItsGroupOrKeyGoes_getsAnError() {
        String noGroup = " -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";
        for (String end : new String[] {"XGROUP DESTROY s g", "DEL s", "RENAME s t", "FLUSHALL"}) {
            as("XGROUP CREATE s g $ MKSTREAM");
            long waiter = block("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
            as(end);
            assertThat(served()).as(end).isEqualTo(waiter + noGroup);
            as("FLUSHALL");
        }
        as("XGROUP CREATE s g $ MKSTREAM");
        long waiter = block("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
        as("SET s x");
        assertThat(served()).isEqualTo(waiter + " -WRONGTYPE Operation against a key holding the wrong kind of value");
    }

    @Test
    void xreadgroup_ofItsHistory_neverWaits() {
        run("XGROUP CREATE s g $ MKSTREAM");
        assertThat(run("XREADGROUP GROUP g c BLOCK 0 STREAMS s 0")).isEqualTo("[[\"s\" []]]");
    }

    // ---------------------------------------------------------------- effects and events

    @Test
    void effects_areWhatHappened() {
        List<String> effects = new ArrayList<>();
        for (String line : new String[] {"XADD s * f v", "XADD s * f w", "XADD s MAXLEN ~ 5 * f x", "XADD s MAXLEN 2 * f y", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XREADGROUP GROUP g c NOACK STREAMS s >", "XREADGROUP GROUP g c STREAMS s >",
            "XREADGROUP GROUP g c STREAMS s 0", "XAUTOCLAIM s g d 0 0 JUSTID", "XDEL s " + NOW + "-2", "XCLAIM s g d 0 " + NOW + "-2",
            "XACK s g 5-5", "XGROUP SETID s g $", "XGROUP DELCONSUMER s g c", "XGROUP DESTROY s g", "XTRIM s MINID ~ 5", "XTRIM s MINID +1",
            "XTRIM s MAXLEN 0", "XADD none NOMKSTREAM * f v", "XSETID s " + (NOW + 1)}) {
            run(line);
            effects.addAll(engine.effects().texts());
            engine.effects().clear();
        }
        String id = Long.toString(NOW);
        assertThat(effects).containsExactly("XADD s " + id + "-0 f v", "XADD s " + id + "-1 f w", "XADD s " + id + "-2 f x",
            "XADD s MAXLEN = 2 " + id + "-3 f y", "XGROUP CREATE s g 0-0 MKSTREAM ENTRIESREAD -1", "XGROUP CREATECONSUMER s g c",
            claim("c", 1), "XGROUP SETID s g " + id + "-2 ENTRIESREAD 3", "XGROUP SETID s g " + id + "-3 ENTRIESREAD 4",
            claim("c", 2).replace("LASTID " + id + "-2", "LASTID " + id + "-3"), "XGROUP CREATECONSUMER s g d",
            claim("d", 2).replace("LASTID " + id + "-2", "LASTID " + id + "-3"), "XDEL s " + id + "-2", "XACK s g " + id + "-2",
            "XGROUP SETID s g " + id + "-3 ENTRIESREAD -1", "XGROUP DELCONSUMER s g c", "XGROUP DESTROY s g",
            "XTRIM s MAXLEN = 0", "XSETID s " + (NOW + 1));
    }

    private static String claim(String consumer, int deliveries) {
        return "XCLAIM s g " + consumer + " 0 " + NOW + "-2 TIME " + NOW + " RETRYCOUNT " + deliveries + " FORCE JUSTID LASTID " + NOW + "-2";
    }

    @Test
    void events_haveRedissNamesAndOrder() {
        engine.settings(Settings.DEFAULT.withNotifyFlags(EventClass.parse("KEAn")));
        for (String line : new String[] {"XADD s MAXLEN 1 1-1 f v", "XADD s MAXLEN 1 2-2 f v", "XGROUP CREATE s g 0", "XGROUP CREATE t g 0 MKSTREAM",
            "XREADGROUP GROUP g c STREAMS s >", "XACK s g 2-2", "XGROUP CREATECONSUMER s g d", "XGROUP SETID s g 0", "XGROUP DELCONSUMER s g d",
            "XGROUP DESTROY s g", "XSETID s 9", "XDEL s 2-2", "XTRIM s MAXLEN 5", "DEL s"}) {
            run(line);
        }
        assertThat(engine.events().take()).containsExactly("0:new:s", "0:xadd:s", "0:xadd:s", "0:xtrim:s", "0:xgroup-create:s", "0:new:t",
            "0:xgroup-create:t", "0:xgroup-createconsumer:s", "0:xgroup-createconsumer:s", "0:xgroup-setid:s", "0:xgroup-delconsumer:s",
            "0:xgroup-destroy:s", "0:xsetid:s", "0:xdel:s", "0:del:s");
    }

    @Test
    void errors_quoteNamesAsAWhole() {
        String name = "n".repeat(200);
        run("XADD s 1-1 f v");
        assertThat(run("XREADGROUP GROUP " + name + " c STREAMS s >")).isEqualTo(
            "-NOGROUP No such key 's' or consumer group '" + name + "' in XREADGROUP with GROUP option");
        assertThat(run("XGROUP SETID s " + name + " 0")).isEqualTo("-NOGROUP No such consumer group '" + name + "' for key name 's'");
    }

    @Test
    void bigEntries_haveNodesOfTheirOwn() {
        String value = "v".repeat(100_000);
        for (int i = 1; i < 20; i++) {
            engine.call("XADD", "s", i + "-1", "f", i % 3 == 0 ? value : "small");
        }
        assertThat(run("XLEN s")).isEqualTo(":19");
        var entry = (Reply.Array) ((Reply.Array) engine.run("XRANGE s 6 6")).elements().getFirst();
        assertThat(((Reply.Bulk) ((Reply.Array) entry.elements().get(1)).elements().get(1)).bytes()).hasSize(100_000);
        assertThat(run("XDEL s 3-1 6-1 9-1")).isEqualTo(":3");
        assertThat(run("COPY s t")).isEqualTo(":1");
        assertThat(run("XTRIM s MAXLEN 3")).isEqualTo(":13");
        assertThat(run("XLEN t")).isEqualTo(":16");
        assertThat(((Reply.Int) engine.run("MEMORY USAGE t")).value()).isBetween(200_000L, 1_000_000L);
    }
}
