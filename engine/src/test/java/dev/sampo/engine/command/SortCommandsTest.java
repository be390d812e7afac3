package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.RecordingEffectLog;
import dev.sampo.resp.Args;
import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SortCommandsTest {
    private static final CommandTable TABLE = CommandTable.engine().build();

    private static Route route(String line) {
        try (var request = new EngineFixture.Request(EngineFixture.words(line).toArray(byte[][]::new))) {
            return TABLE.find(request.args).route(request.args);
        }
    }

    private static String keys(String line) {
        try (var request = new EngineFixture.Request(EngineFixture.words(line).toArray(byte[][]::new))) {
            Args a = request.args;
            KeySpec keys = TABLE.find(a).keys();
            List<String> found = new ArrayList<>();
            for (int i = 0; i < keys.keyCount(a); i++) {
                found.add(a.string(keys.keyIndex(a, i)));
            }
            return String.join(" ", found);
        }
    }

    @Test
    void patterns_needAllShards_andNothingElseDoes() {
        assertThat(route("SORT l")).isEqualTo(Route.KEYS);
        assertThat(route("SORT l BY nosort GET # GET constant STORE d")).isEqualTo(Route.KEYS);
        assertThat(route("SORT l BY w_*")).isEqualTo(Route.ALL_SHARDS);
        assertThat(route("SORT l LIMIT 0 1 get w_*->f")).isEqualTo(Route.ALL_SHARDS);
        assertThat(route("SORT_RO l GET *")).isEqualTo(Route.ALL_SHARDS);
        assertThat(route("SORT l STORE GET")).isEqualTo(Route.KEYS);
        assertThat(route("SORT l GET")).isEqualTo(Route.KEYS);
    }

    @Test
    void destination_isAKey() {
        assertThat(keys("SORT l")).isEqualTo("l");
        assertThat(keys("SORT l BY x store d LIMIT 0 1")).isEqualTo("l d");
        assertThat(keys("SORT l GET STORE STORE d")).isEqualTo("l d");
        assertThat(keys("SORT l STORE d STORE e")).isEqualTo("l e");
        assertThat(keys("SORT l STORE")).isEqualTo("l");
        assertThat(keys("SORT_RO l STORE d")).isEqualTo("l");
    }

    @Test
    void manyElements_areInOrder() {
        Random random = new Random(1);
        try (var engine = new EngineFixture()) {
            List<Long> numbers = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                numbers.add(random.nextLong() >> 11 + random.nextInt(53));
                engine.run("RPUSH l " + numbers.getLast());
            }
            Collections.sort(numbers);
            List<String> sorted = numbers.stream().map(n -> "\"" + n + "\"").toList();
            assertThat(EngineFixture.text(engine.run("SORT l"))).isEqualTo(array(sorted));
            assertThat(EngineFixture.text(engine.run("SORT l LIMIT 4000 10"))).isEqualTo(array(sorted.subList(4000, 4010)));
            assertThat(EngineFixture.text(engine.run("SORT l DESC"))).isEqualTo(array(sorted.reversed()));
            List<String> texts = numbers.stream().map(n -> Long.toString(n)).sorted().map(n -> "\"" + n + "\"").toList();
            assertThat(EngineFixture.text(engine.run("SORT l ALPHA"))).isEqualTo(array(texts));
            engine.run("SORT l STORE d");
            assertThat(EngineFixture.text(engine.run("LRANGE d 0 -1"))).isEqualTo(array(sorted));
        }
    }

    private static String array(List<String> elements) {
        return "[" + String.join(" ", elements) + "]";
    }

    @Test
    void equalTexts_stayInTheirOrder() {
        try (var engine = new EngineFixture()) {
            engine.run("RPUSH l c a b d");
            engine.run("MSET w_c 1 w_a 1 w_d 0");
            assertThat(EngineFixture.text(engine.run("SORT l BY w_* ALPHA"))).isEqualTo("[\"b\" \"d\" \"c\" \"a\"]");
        }
    }

    @Test
    void effectsOfStore_concernTheDestinationAlone() {
        try (var engine = new EngineFixture(4)) {
            engine.run("RPUSH a 2 1");
            engine.run("SET b x");
            engine.effects().clear();
            assertThat(engine.run("SORT a BY w_* GET # STORE b")).isEqualTo(new Reply.Int(2));
            engine.run("SORT nosuch STORE b");
            engine.run("SORT nosuch STORE b");
            engine.run("SORT a STORE c");
            // Slots of b, c: 3300, 7365.
            assertThat(engine.effects().effects()).map(RecordingEffectLog.Effect::toString).containsExactly(
                "0/0 DEL b", "0/0 RPUSH b 1 2", "0/0 DEL b", "1/0 RPUSH c 1 2");
        }
    }
}
