package dev.sampo.testkit;

import java.util.List;

/// Plays the golden transcripts against a server and prints what differs; exit code 1 when anything does.
public final class PlayTranscripts {
    private static final String USAGE =
            "PlayTranscripts --server redis|sampo|<port> --shards N --transport uring|stream --only <name prefix> ";

    private PlayTranscripts() {
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        final String only = options.text("only", "");
        final List<Transcript> transcripts = Transcripts.all().stream().filter(each -> each.name().startsWith(only)).toList();
        try (ServerUnderTest server = options.server("server", "redis")) {
            int runs = 0;
            int checked = 0;
            int failed = 0;
            for (Transcript transcript : transcripts) {
                for (int resp : transcript.protocols()) {
                    for (Transcript.Mode mode : transcript.modes()) {
                        final TranscriptRunner.Result result = TranscriptRunner.run(transcript, server, mode, resp);
                        runs++;
                        checked += result.checked();
                        failed += result.failures().size();
                        result.failures().forEach(failure -> System.out.println("RESP" + resp + " " + mode + " " + failure));
                    }
                }
            }
            System.out.println(server.name() + ": " + transcripts.size() + " transcripts, " + runs + " runs, " + checked
                    + " replies compared, " + failed + " differ");
            System.exit(failed == 0 && checked > 0 ? 0 : 1);
        }
    }
}
