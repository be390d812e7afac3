package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Plays every golden transcript on every server, in both protocol versions and every mode it allows. On `redis-server`
/// this confirms the transcripts themselves.
class GoldenTranscriptTest {
    @ParameterizedTest
    @MethodSource("dev.sampo.testkit.Candidates#all")
    void transcripts_inEveryModeAndVersion_answerAsWritten(Candidates candidate) {
        final List<String> failures = new ArrayList<>();
        int checked = 0;
        try (ServerUnderTest server = candidate.open()) {
            for (Transcript transcript : Transcripts.all()) {
                for (int resp : transcript.protocols()) {
                    for (Transcript.Mode mode : transcript.modes()) {
                        final TranscriptRunner.Result result = TranscriptRunner.run(transcript, server, mode, resp);
                        checked += result.checked();
                        result.failures().forEach(failure -> failures.add("RESP" + resp + " " + mode + " " + failure));
                    }
                }
            }
            System.out.println(server.name() + ": " + checked + " transcript replies compared");
            assertThat(failures).as("on %s; its last output:%n%s", server.name(), server.output()).isEmpty();
        }
        assertThat(checked).isGreaterThan(10_000);
    }

    @Test
    void transcripts_whichDifferFromTheReference_sayWhy() {
        final List<String> differences = Transcripts.all().stream().flatMap(each -> each.differences().stream()).toList();
        assertThat(differences).allMatch(line -> line.length() > line.indexOf(' ') + 10);
    }
}
