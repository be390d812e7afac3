package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReplyWriterTest {
    @Test
    void scalars_inBothVersions_areSpelledAsInRedis() {
        check("+OK\r\n", "+OK\r\n", ReplyWriter::ok);
        check("+QUEUED\r\n", "+QUEUED\r\n", ReplyWriter::queued);
        check(":9999\r\n", ":9999\r\n", w -> w.integer(9999));
        check(":10000\r\n", ":10000\r\n", w -> w.integer(10000));
        check(":-1\r\n", ":-1\r\n", w -> w.integer(-1));
        check("$3\r\nabc\r\n", "$3\r\nabc\r\n", w -> w.bulk("abc"));
        check("$-1\r\n", "_\r\n", ReplyWriter::nullBulk);
        check("*-1\r\n", "_\r\n", ReplyWriter::nullArray);
        check("$3\r\n0.1\r\n", ",0.1\r\n", w -> w.dbl(0.1));
        check("$5\r\n1e+21\r\n", ",1e+21\r\n", w -> w.dbl(1e21));
        check("*4\r\n", "%2\r\n", w -> w.map(2));
        check("-ERR a  b\r\n", "-ERR a  b\r\n", w -> w.error("ERR a\r\nb\r\n"));
    }

    @Test
    void deferredAggregates_nested_getTheirSizes() {
        check("*2\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n", "*2\r\n$1\r\na\r\n%1\r\n:1\r\n:2\r\n", w -> {
            long outer = w.deferredArray();
            w.bulk("a");
            long inner = w.deferredMap();
            w.integer(1);
            w.integer(2);
            w.patch(inner, 1);
            w.patch(outer, 2);
        });
    }

    private static void check(String resp2, String resp3, Consumer<ReplyWriter> replies) {
        assertThat(written(RespVersion.RESP2, replies)).isEqualTo(resp2);
        assertThat(written(RespVersion.RESP3, replies)).isEqualTo(resp3);
    }

    private static String written(int version, Consumer<ReplyWriter> replies) {
        OutputBuffer out = new OutputBuffer();
        replies.accept(new ReplyWriter().target(out, version));
        String text = new String(out.toByteArray(), StandardCharsets.UTF_8);
        out.release();
        return text;
    }
}
