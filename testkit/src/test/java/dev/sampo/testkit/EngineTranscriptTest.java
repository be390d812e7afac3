package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.embedded.SampoStore;
import dev.sampo.engine.EngineFixture;
import dev.sampo.engine.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plays the transcripts that speak to the engine only on the engine alone and on the embedded store: the same handlers without
/// connections.
class EngineTranscriptTest {
    private static final CommandTable TABLE = CommandTable.engine().build();
    private static final int TRANSCRIPTS_MIN = 15;
    private static final int REPLIES_MIN = 400;

    /// Transcripts of one connection all of whose commands the engine has.
    private static List<Transcript> played() {
        return Transcripts.all().stream()
            .filter(each -> each.simple() && each.config().isEmpty() && each.steps().stream().allMatch(EngineTranscriptTest::known))
            .toList();
    }

    private static boolean known(Transcript.Step step) {
        return switch (step) {
            case Transcript.Request request ->
                TABLE.find(new String(request.args().getFirst(), StandardCharsets.ISO_8859_1)) != null;
            case Transcript.Expectation _ -> true;
            // The clock of the engine alone stands still.
            case Transcript.Sleep _, Transcript.Walk _, Transcript.Raw _, Transcript.Close _ -> false;
        };
    }

    @ParameterizedTest
    @CsvSource({"1, false, 2", "1, false, 3", "1, true, 2", "4, false, 2", "4, false, 3"})
    void transcripts_onTheEngineAlone_answerAsWritten(int shards, boolean spread, int resp) {
        final List<String> failures = new ArrayList<>();
        int checked = 0;
        for (Transcript transcript : played()) {
            if (!transcript.protocols().contains(resp)) {
                continue;
            }
            try (EngineFixture engine = new EngineFixture(shards)) {
                if (resp == 3) {
                    engine.resp3();
                }
                if (spread) {
                    engine.alwaysSpread();
                }
                final TranscriptRunner.Result result = TranscriptRunner.run(transcript, engine::call, resp);
                checked += result.checked();
                failures.addAll(result.failures());
                assertThat(engine.faults()).as(transcript.name()).isEmpty();
            }
        }
        System.out.println("engine alone, " + shards + " shards, RESP" + resp + ": " + checked + " transcript replies compared");
        assertThat(failures).isEmpty();
        assertThat(checked).isGreaterThan(REPLIES_MIN);
    }

    @Test
    void transcripts_onTheEmbeddedStore_answerAsWritten() {
        final List<String> failures = new ArrayList<>();
        int checked = 0;
        for (Transcript transcript : played()) {
            if (!transcript.protocols().contains(3)) {
                continue;
            }
            try (SampoStore store = SampoStore.open()) {
                final TranscriptRunner.Result result = TranscriptRunner.run(transcript, store::call, 3);
                checked += result.checked();
                failures.addAll(result.failures());
            }
        }
        System.out.println("embedded store: " + checked + " transcript replies compared");
        assertThat(failures).isEmpty();
        assertThat(checked).isGreaterThan(REPLIES_MIN);
    }

    @Test
    void transcripts_thatAreLeftOut_areFew() {
        assertThat(played()).hasSizeGreaterThan(TRANSCRIPTS_MIN);
    }
}
