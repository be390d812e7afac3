package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyReaderTest {
    @Test
    void everyKind_isDecoded() {
        assertThat(decode("+OK\r\n")).isEqualTo(new Reply.Simple("OK"));
        assertThat(decode("-ERR x\r\n")).isEqualTo(new Reply.Failure("ERR x"));
        assertThat(decode("!5\r\nERR x\r\n")).isEqualTo(new Reply.Failure("ERR x"));
        assertThat(decode(":-5\r\n")).isEqualTo(new Reply.Int(-5));
        assertThat(decode("$-1\r\n")).isEqualTo(new Reply.Null());
        assertThat(decode("*-1\r\n")).isEqualTo(new Reply.Null());
        assertThat(decode("_\r\n")).isEqualTo(new Reply.Null());
        assertThat(decode("$2\r\n\r\n\r\n")).isEqualTo(new Reply.Bulk(new byte[] {13, 10}));
        assertThat(decode(",1.5e3\r\n")).isEqualTo(new Reply.Dbl(1500));
        assertThat(decode(",-inf\r\n")).isEqualTo(new Reply.Dbl(Double.NEGATIVE_INFINITY));
        assertThat(decode("#t\r\n")).isEqualTo(new Reply.Bool(true));
        assertThat(decode("(12345678901234567890123\r\n")).isEqualTo(new Reply.BigNumber("12345678901234567890123"));
        assertThat(decode("=6\r\ntxt:ab\r\n")).isEqualTo(new Reply.Verbatim("txt", "ab"));
        assertThat(decode("*2\r\n:1\r\n*0\r\n"))
            .isEqualTo(new Reply.Array(List.of(new Reply.Int(1), new Reply.Array(List.of()))));
        assertThat(decode("%1\r\n+a\r\n:1\r\n"))
            .isEqualTo(new Reply.MapReply(List.of(new Reply.Pair(new Reply.Simple("a"), new Reply.Int(1)))));
        assertThat(decode("|1\r\n+a\r\n:1\r\n:2\r\n")).isEqualTo(new Reply.Attribute(
            List.of(new Reply.Pair(new Reply.Simple("a"), new Reply.Int(1))), new Reply.Int(2)));
    }

    @Test
    void malformedBytes_areRefusedWithAReason() {
        String[] cases = {"", "+OK", "+OK\n", "+OK\rx", "?1\r\n", ":\r\n", ":1a\r\n", "$-2\r\n", "$3\r\nab\r\n", "$1\r\nabc\r\n",
            "$999999999999\r\n", "*-2\r\n", "*1\r\n", "%1\r\n:1\r\n", "~-1\r\n", ",\r\n", ",1x\r\n", ",NaN\r\n", "#x\r\n",
            "(\r\n", "(1.5\r\n", "=3\r\ntxt\r\n", "_x\r\n", "*2147483647\r\n", "|0\r\n", "+a\r\n+b\r\n",
            "*1\r\n".repeat(200) + ":1\r\n", "+" + "a".repeat(70_000) + "\r\n", "$?\r\n"};
        for (String text : cases) {
            assertThatThrownBy(() -> decode(text)).as(text.substring(0, Math.min(20, text.length())))
                .isInstanceOf(ReplyFormatException.class).message().isNotBlank();
        }
        assertThat(cases).hasSize(29);
    }

    @Test
    void stream_isReadReplyByReply_andItsEndReported() throws IOException {
        var reader = new ReplyReader(new ByteArrayInputStream("+a\r\n:1\r\n$5\r\nab".getBytes(StandardCharsets.US_ASCII)));
        assertThat(reader.read()).isEqualTo(new Reply.Simple("a"));
        assertThat(reader.read()).isEqualTo(new Reply.Int(1));
        assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
    }

    @Test
    void randomBytes_neverDoAnythingButDecodeOrRefuse() {
        Random random = new Random(5);
        String odd = "+-:$*_,#(!=~>%|\r\n0123456789tfx.";
        int refused = 0;
        int decoded = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append(odd.charAt(random.nextInt(odd.length()))).append(random.nextInt(3) == 0 ? "\r\n" : "");
            }
            try {
                decoded += ReplyReader.decodeAll(text.toString().getBytes(StandardCharsets.US_ASCII)).size();
            } catch (ReplyFormatException _) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(50_000);
        assertThat(decoded).isGreaterThan(500);
    }

    private static Reply decode(String text) {
        return ReplyReader.decode(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
