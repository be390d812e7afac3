package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.engine.EngineFixture;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What the compiler cannot check of the rows.
class CommandTableTest {
    /// At least; each family adds some.
    private static final int ROWS = 58;
    private final CommandTable table = CommandTable.engine().build();

    @Test
    void rows_areComplete() {
        Set<String> names = new HashSet<>();
        for (CommandSpec spec : table.all()) {
            assertThat(names.add(spec.fullName())).as(spec.fullName()).isTrue();
            assertThat(table.row(spec.id())).isSameAs(spec);
            assertThat(table.find(spec.fullName().toUpperCase(Locale.ROOT))).isSameAs(spec);
            assertThat(spec.arity()).as(spec.fullName()).isNotZero();
            assertThat(spec.handler() == null).as(spec.fullName()).isEqualTo(spec.isContainer());
            assertThat(spec.route() == Route.SESSION).isEqualTo(spec.shardHandler() == null);
        }
        assertThat(names).hasSizeGreaterThanOrEqualTo(ROWS);
        assertThat(table.size()).isEqualTo(names.size());
    }

    @Test
    void rowsOnData_eitherWriteOrRead_andWritersDeclareTheirEffect() {
        int writers = 0;
        int readers = 0;
        for (CommandSpec spec : table.all()) {
            if (spec.shardHandler() == null) {
                assertThat(spec.effect()).isEqualTo(Effect.NONE);
                continue;
            }
            boolean writes = spec.is(CommandFlag.WRITE);
            assertThat(writes).as(spec.fullName()).isNotEqualTo(spec.is(CommandFlag.READONLY));
            // Some readers keep what they have found out.
            boolean mayLog = writes || spec.is(CommandFlag.MAY_REPLICATE);
            assertThat(spec.effect() != Effect.NONE).as(spec.fullName()).isEqualTo(mayLog);
            writers += writes ? 1 : 0;
            readers += writes ? 0 : 1;
        }
        assertThat(writers).isGreaterThanOrEqualTo(31);
        assertThat(readers).isGreaterThanOrEqualTo(23);
    }

    @Test
    void keys_lieWithinTheArity() {
        int checked = 0;
        for (CommandSpec spec : table.all()) {
            KeySpec keys = spec.keys();
            if (keys.isNone() || keys.movable()) {
                continue;
            }
            // Where no key has a fixed place, the old way to say it has nothing to say.
            assertThat(keys.legacyFirst()).as(spec.fullName()).isGreaterThanOrEqualTo(keys.movable() ? 0 : spec.firstArgument());
            assertThat(Math.max(keys.legacyFirst(), keys.legacyLast())).isLessThan(Math.abs(spec.arity()));
            checkPositions(spec);
            checked++;
        }
        assertThat(checked).isGreaterThanOrEqualTo(47);
    }

    /// All keys of requests of the smallest and of larger sizes are arguments of theirs.
    private static void checkPositions(CommandSpec spec) {
        for (int count = Math.abs(spec.arity()); count < Math.abs(spec.arity()) + 5; count++) {
            byte[][] words = new byte[count][];
            Arrays.fill(words, new byte[] {'1'});
            try (var request = new EngineFixture.Request(words)) {
                Args a = request.args;
                int keys = spec.keys().keyCount(a);
                assertThat(keys).as(spec.fullName()).isPositive();
                assertThat(spec.keys().firstKey(a)).isEqualTo(spec.keys().keyIndex(a, 0));
                for (int i = 0; i < keys; i++) {
                    assertThat(spec.keys().keyIndex(a, i)).isBetween(spec.firstArgument(), count - 1);
                    assertThat(spec.keys().keyFlags(a, i)).isNotZero();
                }
            }
        }
    }

    @Test
    void verbatimRows_canBeCutIntoSlices() {
        int checked = 0;
        for (CommandSpec spec : table.all()) {
            if (spec.effect() == Effect.VERBATIM) {
                assertThat(spec.keys().parts()).as(spec.fullName()).hasSize(1);
                assertThat(spec.keys().parts().getFirst().find()).isInstanceOf(KeySpec.Range.class);
                checked++;
            }
        }
        assertThat(checked).isGreaterThanOrEqualTo(12);
    }

    @Test
    void documentation_coversTheRowsAndNothingElse() {
        CommandDocs docs = CommandDocs.engine();
        Set<String> rows = new HashSet<>();
        table.all().forEach(spec -> rows.add(spec.fullName()));
        assertThat(docs.names()).containsExactlyInAnyOrderElementsOf(rows);
        for (String name : docs.names()) {
            CommandDocs.Entry entry = docs.find(name);
            assertThat(entry.summary()).endsWith(".");
            boolean takesArguments = !table.find(name).isContainer() && table.find(name).arity() != 1
                && !name.endsWith("|help");
            assertThat(!entry.arguments().isEmpty()).as(name).isEqualTo(takesArguments);
        }
    }

    @Test
    void find_readsNamesInAnyCaseAndOnlyWhole() {
        int found = 0;
        for (CommandSpec spec : table.commands()) {
            for (String name : new String[] {spec.name(), spec.name().toUpperCase(Locale.ROOT), mixed(spec.name())}) {
                assertThat(find(name)).isSameAs(spec);
                found++;
            }
            for (String name : new String[] {spec.name() + "x", spec.name() + "\0", "x" + spec.name(),
                spec.name().substring(1), spec.name().replace('e', '\u0005'), spec.name().replace('e', '\u00E5')}) {
                assertThat(find(name)).as(name).isNotSameAs(name.equals(spec.name()) ? null : spec);
            }
        }
        assertThat(found).isEqualTo(3 * table.commands().size());
        assertThat(find("")).isNull();
        assertThat(find("x".repeat(24))).isNull();
        assertThat(find("x".repeat(25))).isNull();
    }

    private CommandSpec find(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        CommandSpec spec = table.find(address, bytes.length);
        OffHeap.free(address, bytes.length);
        return spec;
    }

    private static String mixed(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    @Test
    void names_ofEveryLength_areFound() {
        CommandTable.Builder t = CommandTable.builder();
        for (int length = 1; length <= 40; length++) {
            t.session("abcdefghijklmnopqrstuvwxyzabcdefghijklmn".substring(0, length), 1, 0, 0, (_, _, r) -> r.ok());
        }
        CommandTable lengths = t.build();
        for (int length = 1; length <= 40; length++) {
            String name = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN".substring(0, length);
            try (var request = new EngineFixture.Request(name.getBytes(StandardCharsets.US_ASCII))) {
                assertThat(lengths.find(request.args).name()).hasSize(length);
            }
        }
    }

    @Test
    void build_refusesTwoRowsOfOneName() {
        CommandTable.Builder t = CommandTable.builder();
        t.session("PING", -1, 0, 0, (_, _, r) -> r.ok());
        t.session("ping", -1, 0, 0, (_, _, r) -> r.ok());
        assertThatThrownBy(t::build).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("ping");
    }

    @Test
    void keySpecs_ofAllKinds_findTheirKeys() {
        KeySpec zunionstore = KeySpec.of(KeySpec.Part.range(1, 0, 1, KeyFlag.OW),
            new KeySpec.Part(KeyFlag.RO, null, new KeySpec.Index(2), new KeySpec.KeyNum(0, 1, 1)));
        assertThat(keys(zunionstore, "ZUNIONSTORE d 2 a b WEIGHTS 1 2")).isEqualTo("d a b ");
        assertThat(keys(zunionstore, "ZUNIONSTORE d 9 a b")).isEqualTo("d a b ");
        assertThat(keys(zunionstore, "ZUNIONSTORE d x a b")).isEqualTo("d ");
        assertThat(keys(zunionstore, "ZUNIONSTORE d -1 a b")).isEqualTo("d ");
        assertThat(zunionstore.movable()).isTrue();
        assertThat(zunionstore.legacyFirst()).isEqualTo(1);
        assertThat(zunionstore.legacyLast()).isEqualTo(1);

        KeySpec xread = KeySpec.of(new KeySpec.Part(KeyFlag.RO, null, new KeySpec.Keyword("STREAMS", 1),
            new KeySpec.Range(-1, 1, 2)));
        assertThat(keys(xread, "XREAD COUNT 2 streams a b 0 0")).isEqualTo("a b ");
        assertThat(keys(xread, "XREAD COUNT 2 STREAMS a 0")).isEqualTo("a ");
        assertThat(keys(xread, "XREAD COUNT 2")).isEmpty();
        assertThat(keys(xread, "XREAD STREAMS")).isEmpty();

        KeySpec migrate = KeySpec.of(new KeySpec.Part(KeyFlag.RW, null, new KeySpec.Keyword("KEYS", -2),
            new KeySpec.Range(-1, 1, 0)));
        assertThat(keys(migrate, "MIGRATE h 1 KEYS 0 5 KEYS a b")).isEqualTo("a b ");

        assertThat(keys(KeySpec.counted(1, KeyFlag.RO), "EVALISH 2 a b c")).isEqualTo("a b ");
        assertThat(keys(KeySpec.range(1, -1, 2, KeyFlag.OW), "MSET a 1 b 2")).isEqualTo("a b ");
        assertThat(keys(KeySpec.range(1, -2, 1, KeyFlag.OW), "BLPOP a b 0")).isEqualTo("a b ");
        assertThat(keys(KeySpec.NONE, "PING")).isEmpty();
        var unknown = KeySpec.of(new KeySpec.Part(KeyFlag.RO, null, new KeySpec.UnknownBegin(), new KeySpec.UnknownFind()));
        assertThat(keys(unknown, "SORT a")).isEmpty();
    }

    private static String keys(KeySpec spec, String line) {
        try (var request = new EngineFixture.Request(EngineFixture.words(line).toArray(byte[][]::new))) {
            var keys = new StringBuilder();
            for (int i = 0; i < spec.keyCount(request.args); i++) {
                keys.append(request.args.string(spec.keyIndex(request.args, i))).append(' ');
            }
            assertThat(spec.firstKey(request.args) >= 0).isEqualTo(!keys.isEmpty());
            return keys.toString();
        }
    }
}
