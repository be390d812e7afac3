package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReplyReaderTest {
    private static final String STREAM = "+OK\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n"
            + "*2\r\n$1\r\nx\r\n*2\r\n:1\r\n+y\r\n*0\r\n*-1\r\n$0\r\n\r\n";
    private static final ReplyCheck[] CYCLE = {
        ReplyCheck.ok(), ReplyCheck.integer(-12), ReplyCheck.bulk(5), ReplyCheck.bulk(-1), ReplyCheck.array(2),
        ReplyCheck.array(0), ReplyCheck.array(-1), ReplyCheck.bulk(0)};

    @Test
    void replies_splitAtEveryTwoBytes_areCountedAndChecked() {
        int splits = 0;
        for (int first = 0; first <= STREAM.length(); first++) {
            for (int second = first; second <= STREAM.length(); second++) {
                ReplyReader reader = new ReplyReader(CYCLE, 0);
                int completed = feed(reader, STREAM.substring(0, first)) + feed(reader, STREAM.substring(first, second))
                        + feed(reader, STREAM.substring(second));
                assertThat(completed).isEqualTo(CYCLE.length);
                assertThat(reader.mismatches()).as(reader.firstMismatch()).isZero();
                assertThat(reader.atBoundary()).isTrue();
                splits++;
            }
        }
        assertThat(splits).isGreaterThan(1000);
    }

    @Test
    void replies_overSeveralCycles_startWhereTold() {
        ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.ok(), ReplyCheck.integer(1)}, 1);
        assertThat(feed(reader, ":1\r\n+OK\r\n:1\r\n+OK\r\n:1\r\n")).isEqualTo(5);
        assertThat(reader.replies()).isEqualTo(5);
        assertThat(reader.mismatches()).isZero();
    }

    @Test
    void reply_ofOtherLength_isAMismatch() {
        ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.bulk(4)}, 0);
        feed(reader, "$4\r\nabcd\r\n$3\r\nabc\r\n$-1\r\n");
        assertThat(reader.mismatches()).isEqualTo(2);
        assertThat(reader.firstMismatch()).isEqualTo("expected $4, got $3 as reply 2");
    }

    @Test
    void errorReply_isAMismatchWithItsText() {
        ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.ok()}, 0);
        feed(reader, "-ERR no");
        assertThat(feed(reader, " such thing\r\n")).isEqualTo(1);
        assertThat(reader.firstMismatch()).isEqualTo("expected +20299, got -ERR no such thing as reply 1");
    }

    @Test
    void simpleString_thatIsNotOk_isAMismatch() {
        ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.ok()}, 0);
        feed(reader, "+QUEUED\r\n+OK\r\n");
        assertThat(reader.mismatches()).isEqualTo(1);
    }

    @Test
    void stream_insideAReply_isNotAtABoundary() {
        ReplyReader reader = new ReplyReader(new ReplyCheck[] {ReplyCheck.array(2)}, 0);
        feed(reader, "*2\r\n:1\r\n");
        assertThat(reader.atBoundary()).isFalse();
        assertThat(reader.replies()).isZero();
    }

    @Test
    void garbage_isRefused() {
        ReplyCheck[] any = {ReplyCheck.bulk(1)};
        assertThatThrownBy(() -> feed(new ReplyReader(any, 0), "hello")).hasMessageContaining("where a reply begins");
        assertThatThrownBy(() -> feed(new ReplyReader(any, 0), "$1x\r\n")).hasMessageContaining("inside a number");
        assertThatThrownBy(() -> feed(new ReplyReader(any, 0), "$1\r\nabc")).hasMessageContaining("CRLF");
    }

    private static int feed(ReplyReader reader, String text) {
        byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes = ByteBuffer.allocateDirect(raw.length).put(raw);
        return reader.feed(bytes, raw.length);
    }
}
