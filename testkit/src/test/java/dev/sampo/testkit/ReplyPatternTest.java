package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyPatternTest {
    private static RespClient.Received wire(String bytes) {
        try {
            final WireStream stream = new WireStream(new ByteArrayInputStream(bytes.replace("~", "\r\n")
                    .getBytes(StandardCharsets.UTF_8)));
            return new RespClient.Received(new ReplyReader(stream).read(), stream.wire(), stream.nulls());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Pattern, what RESP2 sends, what RESP3 sends; `~` is CRLF.
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "+OK; +OK~; +OK~",
        "!ERR no such key; -ERR no such key~; !15~ERR no such key~",
        "!ERR; -ERR whatever~; -ERR whatever~",
        ":5; :5~; :5~",
        ":*; :-7~; :0~",
        ":3..9; :3~; :9~",
        "\"a b\"; $3~a b~; $3~a b~",
        "bulk; $0~~; $1~x~",
        "glob\"a*z\"; $4~abcz~; =6~txt:az~",
        "nil; $-1~; _~",
        "nil-array; *-1~; _~",
        "[:1 \"x\"]; *2~:1~$1~x~; *2~:1~$1~x~",
        "[]; *0~; *0~",
        "{\"k\" :1}; *2~$1~k~:1~; %1~$1~k~:1~",
        "unordered{\"k\" :1 \"l\" :2}; *4~$1~l~:2~$1~k~:1~; %2~$1~l~:2~$1~k~:1~",
        "unordered[:1 :2]; *2~:2~:1~; *2~:2~:1~",
        ">[\"message\" \"c\"]; *2~$7~message~$1~c~; >2~$7~message~$1~c~",
        ",1.5; $3~1.5~; ,1.5~",
        "#t; :1~; #t~",
        "(123; $3~123~; (123~",
        "=txt\"hi\"; $2~hi~; =6~txt:hi~",
        "[:1 ...]; *3~:1~:2~:3~; *1~:1~",
        "[!\"ERR a b\" +\"two words\" +OK *]; *4~-ERR a b~+two words~+OK~:1~; *4~-ERR a b~+two words~+OK~_~",
    })
    void matches_whatEachVersionSends(String pattern, String resp2, String resp3) {
        assertThat(ReplyPattern.parse(pattern).matches(wire(resp2), 2)).isTrue();
        assertThat(ReplyPattern.parse(pattern).matches(wire(resp3), 3)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "+OK; +QUEUED~", "!ERR a; -ERR b~", "!ERR; -WRONGTYPE x~", ":5; :6~", ":5; $1~5~", "\"5\"; :5~", "\"a\"; $1~b~",
                "nil; *-1~",
        "nil-array; $-1~", "nil; $0~~", "[:1]; *2~:1~:1~", "[:1 :2]; *2~:2~:1~", "[:1 ...]; *0~", "unordered[:1 :1]; *2~:1~:2~",
        "{\"k\" :1}; *2~$1~k~:2~", ",1.5; $3~1.6~", "#t; :0~", "closed; +OK~", "glob\"a*z\"; $2~ab~",
    })
    void matches_somethingElse_isFalse(String pattern, String resp2) {
        assertThat(ReplyPattern.parse(pattern).matches(wire(resp2), 2)).isFalse();
    }

    @Test
    void matches_shapesOfTheOtherVersion_isFalse() {
        assertThat(ReplyPattern.parse("{\"k\" :1}").matches(wire("*2~$1~k~:1~"), 3)).isFalse();
        assertThat(ReplyPattern.parse(">[:1]").matches(wire("*1~:1~"), 3)).isFalse();
        assertThat(ReplyPattern.parse("nil").matches(wire("$-1~"), 3)).isFalse();
        assertThat(ReplyPattern.parse("nil").matches(wire("_~"), 2)).isFalse();
    }

    @Test
    void parse_theTextOfAReply_matchesThatReply() {
        for (String sent : new String[] {"+OK~", "-ERR a b~", "-ERR blank at the end ~", ":-1~", "$5~a\0\"\\b~",
                "*2~:1~*1~-ERR x y~", "%1~+a b~_~", ">1~+x~",
            ",2.5~", "(9~", "=6~txt:hi~"}) {
            final Reply reply = wire(sent).reply();
            assertThat(ReplyPattern.parse(ReplyText.of(reply)).matches(reply, 3)).as(ReplyText.of(reply)).isTrue();
        }
    }

    @Test
    void receive_nullsInsideAndTextThatLooksLikeOne_areToldApart() {
        final RespClient.Received received = wire("*4~$-1~*-1~$6~_~$-1~_~");
        assertThat(received.nulls()).isEqualTo("$*_");
        assertThat(received.wire()).hasSize(29);
    }

    @Test
    void quoting_anyBytes_isReadBack() {
        final byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertThat(Quoting.split(Quoting.word(all))).singleElement().isEqualTo(all);
        assertThat(Quoting.split("a \"\" \"b c\"")).hasSize(3);
        assertThatThrownBy(() -> Quoting.split("\"open")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void parse_nonsense_isRefused() {
        for (String text : new String[] {"", "OK", "[", "[:1", "{", "\"open", ":x", "\"a\" b"}) {
            assertThatThrownBy(() -> ReplyPattern.parse(text)).as(text).isInstanceOf(RuntimeException.class);
        }
    }
}
