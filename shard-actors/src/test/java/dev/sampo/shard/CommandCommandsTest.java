package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Reply;
import dev.sampo.shard.CoreFixture.TestClient;
import org.junit.jupiter.api.Test;

class CommandCommandsTest {
    private static final CommandTable TABLE = CommandFamilies.table();

    @Test
    void command_describesAllOfThem() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            int count = TABLE.commands().size();
            assertThat(((Reply.Array) c.call("COMMAND")).elements()).hasSize(count);
            assertThat(((Reply.Array) c.call("COMMAND INFO")).elements()).hasSize(count);
            assertThat(c.text("COMMAND COUNT")).isEqualTo(":" + count);
            assertThat(c.text("COMMAND INFO nosuch get|foo")).isEqualTo("[nil nil]");
            assertThat(c.text("COMMAND INFO config|get"))
                .isEqualTo("[[\"config|get\" :-3 [+admin +noscript +loading +stale] :0 :0 :0 [+@admin +@slow +@dangerous] [] [] "
                    + "[]]]");
            c.send("HELLO 3");
            c.received();
            assertThat(c.text("COMMAND INFO get"))
                .isEqualTo("[[\"get\" :2 ~[+readonly +fast] :1 :1 :1 ~[+@read +@string +@fast] ~[] ~[{\"flags\" ~[+RO +access] "
                    + "\"begin_search\" "
                + "{\"type\" \"index\" \"spec\" {\"index\" :1}} \"find_keys\" {\"type\" \"range\" \"spec\" {\"lastkey\" :0 "
                + "\"keystep\" :1 \"limit\" :0}}}] ~[]]]");
        }
    }

    @Test
    void list_filters() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(((Reply.Array) c.call("COMMAND LIST")).elements()).hasSize(TABLE.size());
            assertThat(c.text("COMMAND LIST FILTERBY ACLCAT transaction"))
                .isEqualTo("[\"multi\" \"exec\" \"discard\" \"watch\" \"unwatch\"]");
            assertThat(c.text("COMMAND LIST FILTERBY ACLCAT foo")).isEqualTo("[]");
            assertThat(c.text("COMMAND LIST FILTERBY MODULE foo")).isEqualTo("[]");
            assertThat(c.text("COMMAND LIST FILTERBY PATTERN CONFIG|re*")).isEqualTo("[\"config|resetstat\" \"config|rewrite\"]");
            assertThat(c.texts("COMMAND LIST FILTERBY", "COMMAND LIST FILTERBY FOO bar", "COMMAND FOO", "COMMAND COUNT x"))
                .containsExactly("-ERR syntax error",
                "-ERR syntax error", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.",
                "-ERR wrong number of arguments for 'command|count' command");
        }
    }

    @Test
    void unknownNames_areNilAndListsAreArrays_inBothVersions() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            c.send("HELLO 3");
            c.received();
            assertThat(c.text("COMMAND INFO nosuch")).isEqualTo("[nil]");
            assertThat(c.text("COMMAND LIST FILTERBY PATTERN exi*")).isEqualTo("[\"exists\"]");
            assertThat(c.text("COMMAND LIST FILTERBY MODULE x")).isEqualTo("[]");
        }
    }

    @Test
    void getkeys_findsTheKeys() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("COMMAND GETKEYS mset a 1 b 2")).isEqualTo("[\"a\" \"b\"]");
            assertThat(c.text("COMMAND GETKEYS object encoding a")).isEqualTo("[\"a\"]");
            assertThat(c.text("COMMAND GETKEYSANDFLAGS mset a 1 b 2")).isEqualTo("[[\"a\" [+OW +update]] [\"b\" [+OW +update]]]");
            assertThat(c.text("COMMAND GETKEYSANDFLAGS set a 1 get")).isEqualTo("[[\"a\" [+RW +access +update]]]");
            assertThat(c.text("COMMAND GETKEYSANDFLAGS set a 1")).isEqualTo("[[\"a\" [+OW +update]]]");
            assertThat(c.texts("COMMAND GETKEYS SINTERCARD 2 a b LIMIT 1", "COMMAND GETKEYS SINTERCARD 3 a b"))
                .containsExactly("[\"a\" \"b\"]", "-ERR Invalid arguments specified for command");
            assertThat(c.text("COMMAND GETKEYS foo bar")).isEqualTo("-ERR Invalid command specified");
            assertThat(c.text("COMMAND GETKEYS get a b")).isEqualTo("-ERR Invalid number of arguments specified for command");
            assertThat(c.texts("COMMAND GETKEYS ping a", "COMMAND GETKEYS config get a", "COMMAND GETKEYS ssubscribe a"))
                .containsOnly("-ERR The command has no key arguments");
        }
    }

    @Test
    void docs_haveSummariesArgumentsAndSubcommands() {
        try (CoreFixture f = new CoreFixture(1)) {
            TestClient c = f.connect(0);
            assertThat(c.text("COMMAND DOCS nosuch")).isEqualTo("[]");
            assertThat(c.text("COMMAND DOCS ping")).startsWith("[\"ping\" [\"summary\" \"")
                .contains("\"since\" \"1.0.0\" \"group\" \"connection\"")
                .contains("\"arguments\" [[\"name\" \"message\" \"type\" \"string\" \"flags\" [+optional]]]");
            assertThat(c.text("COMMAND DOCS client")).contains("\"subcommands\" [").contains("\"client|kill\"");
            c.send("HELLO 3");
            c.received();
            assertThat(((Reply.MapReply) c.call("COMMAND DOCS")).pairs()).hasSize(TABLE.commands().size());
            assertThat(c.text("COMMAND HELP")).startsWith("[+COMMAND ");
        }
    }
}
