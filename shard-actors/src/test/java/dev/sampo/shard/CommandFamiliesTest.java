package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Route;
import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The whole command table: what must hold for every row, and that it says what redis-server says.
class CommandFamiliesTest {
    private static final CommandTable TABLE = CommandFamilies.table();
    /// Rows of this module, at least; the engine's are counted there.
    private static final int ROWS = 100;
    /// Subcommands that Redis has as one command without a table.
    private static final Set<String> NO_TABLE_IN_REDIS = Set.of("debug");
    /// Rows that came after Redis 7.0.
    private static final Set<String> NEWER = TABLE.all().stream().map(CommandSpec::fullName)
        .filter(name -> CommandFamilies.docs().find(name).since().compareTo("7.1") > 0).collect(Collectors.toSet());

    /// Commands that take more arguments since Redis 7.2.
    private static final Set<String> NEW_ARITY = Set.of("zrank", "zrevrank");

    /// Commands of Redis 7.0 that this version leaves out, with their subcommands: scripts, access control, replication, the cluster,
    /// modules. Whoever adds one takes it from here.
    private static final Set<String> LATER = Set.of("acl", "asking", "cluster", "eval", "eval_ro", "evalsha", "evalsha_ro", "failover", "fcall",
        "fcall_ro", "function", "migrate", "module", "psync", "readonly", "readwrite", "replconf", "replicaof", "restore-asking", "script", "slaveof",
        "sync");

    @Test
    void everyCommandOfRedis_isHereOrComesLater() throws IOException, InterruptedException {
        assumeTrue(RedisProcess.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        Set<String> missing = new TreeSet<>();
        int known = 0;
        try (RedisProcess redis = RedisProcess.start()) {
            for (Reply row : ((Reply.Array) redis.call("COMMAND")).elements()) {
                for (String name : rows(row).keySet()) {
                    known++;
                    String command = name.replaceFirst("\\|.*", "");
                    if (TABLE.find(name) == null && !LATER.contains(command)) {
                        missing.add(name);
                    }
                }
            }
        }
        assertThat(known).isGreaterThan(350);
        assertThat(missing).isEmpty();
        assertThat(LATER).noneMatch(name -> TABLE.find(name) != null);
    }

    @Test
    void table_holdsEveryRowOnceWithItsDocumentation() {
        Set<String> names = new HashSet<>();
        TABLE.all().forEach(spec -> assertThat(names.add(spec.fullName())).as(spec.fullName()).isTrue());
        assertThat(CommandFamilies.docs().names()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(names.size() - CommandTable.engine().build().size()).isGreaterThanOrEqualTo(ROWS);
    }

    @Test
    void everyRow_canBeExecutedWhereItIsRouted() {
        int checked = 0;
        for (CommandSpec spec : TABLE.all()) {
            if (spec.route() == Route.SESSION) {
                assertThat(spec.sessionHandler() != null || spec.isContainer()).as(spec.fullName()).isTrue();
            } else {
                assertThat(spec.shardHandler()).as(spec.fullName()).isNotNull();
            }
            assertThat(spec.name().startsWith("debug") || "debug".equals(spec.parent())).as(spec.fullName())
                .isEqualTo(spec.is(CommandFlag.PROTECTED));
            checked++;
        }
        assertThat(checked).isGreaterThan(ROWS);
    }

    @Test
    void commandInfo_isWhatRedisSays() throws IOException, InterruptedException {
        assumeTrue(RedisProcess.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        Set<String> compared = new HashSet<>();
        try (RedisProcess redis = RedisProcess.start(); CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            for (CommandSpec spec : TABLE.commands()) {
                Reply theirs = ((Reply.Array) redis.call("COMMAND INFO " + spec.name())).elements().getFirst();
                Reply ours = ((Reply.Array) c.call("COMMAND INFO " + spec.name())).elements().getFirst();
                if (NEWER.contains(spec.name())) {
                    assertThat(theirs).as(spec.name()).isInstanceOf(Reply.Null.class);
                    continue;
                }
                assertThat(theirs).as(spec.name()).isInstanceOf(Reply.Array.class);
                Map<String, List<Reply>> theirRows = rows(theirs);
                Map<String, List<Reply>> ourRows = rows(ours);
                for (Map.Entry<String, List<Reply>> row : ourRows.entrySet()) {
                    String name = row.getKey();
                    if (NEWER.contains(name) || !name.equals(spec.name()) && NO_TABLE_IN_REDIS.contains(spec.name())) {
                        assertThat(theirRows).doesNotContainKey(name);
                        continue;
                    }
                    assertThat(theirRows).containsKey(name);
                    assertThat(described(name, row.getValue())).as(name).isEqualTo(described(name, theirRows.get(name)));
                    compared.add(name);
                }
            }
        }
        System.out.println("CommandFamiliesTest compared " + compared.size() + " rows with redis-server");
        assertThat(compared).hasSize(TABLE.size() - NEWER.size() - TABLE.find("debug").subcommands().size());
    }

    /// A row and its subcommands by name, without the tenth field.
    private static Map<String, List<Reply>> rows(Reply row) {
        Map<String, List<Reply>> rows = new HashMap<>();
        List<Reply> fields = ((Reply.Array) row).elements();
        assertThat(fields).hasSize(10);
        rows.put(((Reply.Bulk) fields.getFirst()).text(), fields.subList(0, 9));
        ((Reply.Array) fields.get(9)).elements().forEach(sub -> rows.putAll(rows(sub)));
        return rows;
    }

    /// A row as text, in which the order of flags, categories and tips does not matter: it is that of no list in Redis.
    private static String described(String name, List<Reply> allFields) {
        List<Reply> fields = NEW_ARITY.contains(name) ? allFields.subList(2, allFields.size()) : allFields;
        return fields.stream().map(field -> {
            String text = ReplyText.of(field);
            boolean words = field instanceof Reply.Array array && array.elements().stream()
                .allMatch(e -> e instanceof Reply.Simple || e instanceof Reply.Bulk);
            return words ? ((Reply.Array) field).elements().stream().map(ReplyText::of).sorted().collect(Collectors.joining(" "))
                : text;
        }).collect(Collectors.joining("\n"));
    }
}
