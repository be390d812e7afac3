package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.resp.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

class TranscriptTest {
    private static Transcript parse(String text) {
        return Transcript.parse("family/name", text.lines().toList());
    }

    @Test
    void parse_requestAndReply_keepsLinesAndArguments() {
        final Transcript transcript = parse("""
                # title
                > SET k "a\\x00b"
                < +OK
                """);
        assertThat(transcript.requests()).isEqualTo(1);
        final Transcript.Request request = (Transcript.Request) transcript.steps().getFirst();
        assertThat(request.line()).isEqualTo(2);
        assertThat(request.args().get(2)).containsExactly('a', 0, 'b');
        assertThat(transcript.modes()).containsExactlyInAnyOrder(Transcript.Mode.values());
    }

    @Test
    void parse_secondConnection_allowsPlainOnly() {
        final Transcript transcript = parse("""
                > GET k
                < nil
                >2 GET k
                <2 nil
                """);
        assertThat(transcript.modes()).containsExactly(Transcript.Mode.PLAIN);
        assertThat(transcript.simple()).isFalse();
    }

    @Test
    void parse_referenceLine_isADifferenceWithItsReason() {
        final Transcript transcript = parse("""
                > GET k
                < "ours"
                <redis "theirs" # because of the test
                """);
        assertThat(transcript.differences()).containsExactly("family/name:2 because of the test");
    }

    @Test
    void parse_whatIsNotATranscript_namesFileAndLine() {
        assertThatThrownBy(() -> parse("> GET k\n< nonsense\n")).hasMessageContaining("family/name:2");
        assertThatThrownBy(() -> parse("hello")).hasMessageContaining("family/name:1");
        assertThatThrownBy(() -> parse("> GET k\n< nil\n<redis \"x\"\n")).hasMessageContaining("reason");
        assertThatThrownBy(() -> parse("# nothing\n")).hasMessageContaining("no request");
    }

    @Test
    void run_onATargetOfItsOwn_reportsEachReplyThatDiffers() {
        final Transcript transcript = parse("""
                > ECHO a
                < "a"
                > ECHO b
                < "a"
                > ECHO c
                < resp3 "z"
                < resp2 "c"
                """);
        final TranscriptRunner.Result result = TranscriptRunner.run(transcript, args -> new Reply.Bulk(args[1]), 2);
        assertThat(result.checked()).isEqualTo(3);
        assertThat(result.failures()).singleElement().asString().contains("family/name.txt:4", "ECHO b", "got      \"b\"");
    }

    @Test
    void run_onAServerThatAnswersOtherwise_failsInEveryMode() {
        final Transcript transcript = parse("""
                > SET k 1
                < +OK
                > INCR k
                < :3
                > GET
                < !ERR something else
                """);
        try (RedisServerProcess redis = Candidates.reference()) {
            for (Transcript.Mode mode : Transcript.Mode.values()) {
                for (int resp : List.of(2, 3)) {
                    assertThat(TranscriptRunner.run(transcript, redis, mode, resp).failures()).as("%s RESP%s", mode, resp)
                            .hasSize(2);
                }
            }
        }
    }

    @Test
    void all_ofTheClassPath_areManyAndNamedByFamily() {
        final List<Transcript> all = Transcripts.all();
        assertThat(all).hasSizeGreaterThan(50).allMatch(each -> each.name().matches("[a-z-]+/[a-z0-9-]+"));
        assertThat(all.stream().mapToInt(Transcript::requests).sum()).isGreaterThan(1_200);
    }
}
