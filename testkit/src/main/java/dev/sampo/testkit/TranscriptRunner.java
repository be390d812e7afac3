package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Plays transcripts and compares every reply. The dataset is flushed and connections are fresh for each one.
public final class TranscriptRunner {
    private TranscriptRunner() {
    }

    /// What one run found.
    ///
    /// @param checked  replies compared
    /// @param failures one text for each reply that was not as expected, empty when all were
    public record Result(int checked, List<String> failures) {
    }

    /// Plays over TCP.
    ///
    /// @param resp 2 or 3
    public static Result run(Transcript transcript, ServerUnderTest server, Transcript.Mode mode, int resp) {
        try (RespClient admin = RespClient.connect(server)) {
            admin.call("FLUSHALL");
            awaitSilence(admin);
            final Map<String, String> before = configure(admin, transcript.config());
            try (Play play = new Play(transcript, server, resp)) {
                play.run(mode);
                return new Result(play.checked, play.failures);
            } finally {
                before.forEach((name, value) -> admin.call("CONFIG", "SET", name, value));
            }
        }
    }

    /// A server may still be about to notice that the subscribers of the transcript before have gone.
    private static void awaitSilence(RespClient admin) {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!admin.call("PUBSUB", "NUMPAT").equals(new Reply.Int(0)) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
    }

    /// Plays a single-connection transcript through a driver of its own, in the plain mode.
    ///
    /// @param target fresh, over an empty dataset
    /// @param resp   the version in whose shapes the target answers
    public static Result run(Transcript transcript, TranscriptTarget target, int resp) {
        if (!transcript.simple()) {
            throw new IllegalArgumentException(transcript.name() + " needs several connections or pushes");
        }
        final List<String> failures = new ArrayList<>();
        int checked = 0;
        Reply reply = null;
        for (Transcript.Step step : transcript.steps()) {
            switch (step) {
                case Transcript.Request request -> reply = target.call(request.args().toArray(byte[][]::new));
                case Transcript.Expectation expectation -> {
                    if (expectation.resp() == 0 || expectation.resp() == resp) {
                        checked++;
                        if (!expectation.matches(reply, resp)) {
                            failures.add(failure(transcript, expectation, expectation.text(), ReplyText.of(reply)));
                        }
                    }
                }
                case Transcript.Sleep sleep -> pause(sleep.millis());
                case Transcript.Close _, Transcript.Raw _, Transcript.Walk _ ->
                        throw new IllegalStateException("not a simple transcript");
            }
        }
        return new Result(checked, failures);
    }

    private static Map<String, String> configure(RespClient admin, Map<String, String> wanted) {
        final Map<String, String> before = new LinkedHashMap<>();
        wanted.forEach((name, value) -> {
            final Reply got = admin.call("CONFIG", "GET", name);
            if (!(ReplyText.members(got) instanceof List<Reply> pair) || pair.size() != 2
                    || !(pair.get(1) instanceof Reply.Bulk old)) {
                throw new IllegalStateException("CONFIG GET " + name + " answers " + ReplyText.of(got));
            }
            before.put(name, old.text());
            final Reply set = admin.call("CONFIG", "SET", name, value);
            if (!set.equals(new Reply.Simple("OK"))) {
                throw new IllegalStateException("CONFIG SET " + name + " answers " + ReplyText.of(set));
            }
        });
        return before;
    }

    private static String failure(Transcript transcript, Transcript.Expectation expectation, String expected, String got) {
        String request = "";
        for (Transcript.Step step : transcript.steps()) {
            if (step.line() > expectation.line()) {
                break;
            }
            if (step instanceof Transcript.Request sent) {
                request = Quoting.line(sent.args());
            } else if (step instanceof Transcript.Walk sent) {
                request = Quoting.line(sent.args());
            } else if (step instanceof Transcript.Raw sent) {
                request = Quoting.quote(sent.bytes());
            }
        }
        return transcript.name() + ".txt:" + expectation.line() + "\n  > " + request + "\n  expected " + expected
                + "\n  got      " + got;
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// The connections and findings of one run.
    private static final class Play implements AutoCloseable {
        private final Transcript transcript;
        private final ServerUnderTest server;
        private final int resp;
        private final Map<Integer, RespClient> clients = new LinkedHashMap<>();
        private final List<String> failures = new ArrayList<>();
        private int checked;

        Play(Transcript transcript, ServerUnderTest server, int resp) {
            this.transcript = transcript;
            this.server = server;
            this.resp = resp;
        }

        void run(Transcript.Mode mode) {
            try {
                switch (mode) {
                    case PLAIN -> plain();
                    case PIPELINED -> pipelined();
                    case MULTI_EACH -> multiEach();
                    case MULTI_ALL -> multiAll();
                }
            } catch (UncheckedIOException e) {
                failures.add(transcript.name() + ": " + e.getMessage() + " after " + checked + " replies");
            }
        }

        private RespClient client(int number) {
            return clients.computeIfAbsent(number, _ -> {
                final RespClient client = RespClient.connect(server).timeoutMillis(5_000);
                if (resp == 3) {
                    final Reply hello = client.call("HELLO", "3");
                    if (!(hello instanceof Reply.MapReply) && !(hello instanceof Reply.Failure)) {
                        failures.add(transcript.name() + ": HELLO 3 answers " + ReplyText.of(hello));
                    }
                }
                return client;
            });
        }

        private boolean applies(Transcript.Expectation expectation) {
            return expectation.resp() == 0 || expectation.resp() == resp;
        }

        private void plain() {
            List<Reply> walked = null;
            for (Transcript.Step step : transcript.steps()) {
                switch (step) {
                    case Transcript.Request request -> client(request.connection()).send(request.args().toArray(byte[][]::new));
                    case Transcript.Expectation expectation -> {
                        if (walked != null) {
                            compare(expectation, new Reply.Array(walked));
                            walked = null;
                        } else if (applies(expectation)) {
                            expect(expectation);
                        }
                    }
                    case Transcript.Walk walk -> walked = walk(walk);
                    case Transcript.Raw raw -> client(raw.connection()).sendRaw(raw.bytes());
                    case Transcript.Sleep sleep -> pause(sleep.millis());
                    case Transcript.Close close -> clients.remove(close.connection()).close();
                }
            }
            quiet();
        }

        /// All distinct members that the calls from cursor 0 to cursor 0 deliver.
        private List<Reply> walk(Transcript.Walk walk) {
            final byte[][] args = walk.args().toArray(byte[][]::new);
            final Set<Reply> found = new LinkedHashSet<>();
            for (int calls = 0; calls < 10_000; calls++) {
                final Reply page = client(walk.connection()).call(args);
                if (!(ReplyText.members(page) instanceof List<Reply> parts) || parts.size() != 2
                        || !(parts.getFirst() instanceof Reply.Bulk cursor)) {
                    return List.of(page);
                }
                found.addAll(ReplyText.members(parts.get(1)));
                if (cursor.text().equals("0")) {
                    return List.copyOf(found);
                }
                args[1] = cursor.bytes();
            }
            throw new IllegalStateException(transcript.name() + ":" + walk.line() + ": a walk without end");
        }

        /// Nothing may be left unread at the end.
        private void quiet() {
            for (Map.Entry<Integer, RespClient> client : clients.entrySet()) {
                if (client.getValue().replyArrives(0)) {
                    failures.add(transcript.name() + ": unexpected on connection " + client.getKey() + ": "
                            + ReplyText.of(client.getValue().read()));
                }
            }
        }

        private void expect(Transcript.Expectation expectation) {
            if (expectation.pattern() instanceof ReplyPattern.Closed) {
                checked++;
                if (!clients.remove(expectation.connection()).awaitClosed()) {
                    failures.add(failure(transcript, expectation, "closed", "still open"));
                }
                return;
            }
            compare(expectation, client(expectation.connection()).receive());
        }

        private void compare(Transcript.Expectation expectation, RespClient.Received received) {
            final boolean differs = byReference(expectation);
            record(expectation, expectation.matches(received, resp, differs), Quoting.quote(received.wire()));
        }

        /// For a reply from within EXEC, of which the wire form is not known.
        private void compare(Transcript.Expectation expectation, Reply reply) {
            final ReplyPattern pattern = byReference(expectation) ? expectation.reference() : expectation.pattern();
            record(expectation, pattern.matches(reply, expectation.shape() == 0 ? resp : expectation.shape()),
                    ReplyText.of(reply));
        }

        private boolean byReference(Transcript.Expectation expectation) {
            return server.reference() && expectation.reference() != null;
        }

        private void record(Transcript.Expectation expectation, boolean asExpected, String got) {
            checked++;
            if (!asExpected) {
                failures.add(failure(transcript, expectation, byReference(expectation) ? "<redis line" : expectation.text(),
                        got));
            }
        }

        private void pipelined() {
            final ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (Transcript.Step step : transcript.steps()) {
                if (step instanceof Transcript.Request request) {
                    RespClient.encode(all, request.args().toArray(byte[][]::new));
                }
            }
            client(1).sendRaw(all.toByteArray());
            for (Transcript.Step step : transcript.steps()) {
                if (step instanceof Transcript.Expectation expectation && applies(expectation)) {
                    compare(expectation, client(1).receive());
                }
            }
            quiet();
        }

        private void multiEach() {
            Reply reply = null;
            for (Transcript.Step step : transcript.steps()) {
                switch (step) {
                    case Transcript.Request request -> reply = inMulti(request);
                    case Transcript.Expectation expectation -> {
                        if (applies(expectation)) {
                            compare(expectation, reply);
                        }
                    }
                    case Transcript.Sleep sleep -> pause(sleep.millis());
                    case Transcript.Close _, Transcript.Raw _, Transcript.Walk _ ->
                            throw new IllegalStateException("not a simple transcript");
                }
            }
            quiet();
        }

        /// The reply of a request inside its own block: the one of EXEC, or the error that kept it from being queued.
        private Reply inMulti(Transcript.Request request) {
            final RespClient client = client(1);
            must("MULTI", client.call("MULTI"), "+OK");
            final Reply queued = client.call(request.args().toArray(byte[][]::new));
            if (queued instanceof Reply.Failure) {
                must("EXEC", client.call("EXEC"), "!EXECABORT Transaction discarded because of previous errors.");
                return queued;
            }
            must(Quoting.line(request.args()), queued, "+QUEUED");
            final Reply result = client.call("EXEC");
            must("EXEC", result, "[*]");
            return ReplyText.members(result).getFirst();
        }

        private void must(String request, Reply reply, String pattern) {
            checked++;
            if (!ReplyPattern.parse(pattern).matches(reply, resp)) {
                throw new UncheckedIOException(new java.io.IOException(request + " answers " + ReplyText.of(reply)
                        + " instead of " + pattern));
            }
        }

        /// Requests refused while queueing abort a block, so each one found is compared, left out, and the block begun again.
        private void multiAll() {
            final Set<Transcript.Request> refused = new HashSet<>();
            while (!multiAll(refused)) {
                client(1).call("FLUSHALL");
            }
            quiet();
        }

        private boolean multiAll(Set<Transcript.Request> refused) {
            final RespClient client = client(1);
            final List<Transcript.Expectation> expected = new ArrayList<>();
            must("MULTI", client.call("MULTI"), "+OK");
            boolean aborted = false;
            Reply reply = null;
            Transcript.Request last = null;
            for (Transcript.Step step : transcript.steps()) {
                if (step instanceof Transcript.Request request) {
                    last = request;
                    reply = refused.contains(request) ? null : client.call(request.args().toArray(byte[][]::new));
                } else if (step instanceof Transcript.Expectation expectation && applies(expectation) && reply != null) {
                    if (reply instanceof Reply.Failure) {
                        compare(expectation, reply);
                        refused.add(last);
                        aborted = true;
                    } else {
                        must(Quoting.line(last.args()), reply, "+QUEUED");
                        expected.add(expectation);
                    }
                }
            }
            final Reply result = client.call("EXEC");
            if (aborted) {
                must("EXEC", result, "!EXECABORT Transaction discarded because of previous errors.");
                return false;
            }
            final List<Reply> replies = ReplyText.members(result);
            if (replies == null || replies.size() != expected.size()) {
                failures.add(transcript.name() + ": EXEC of " + expected.size() + " requests answers " + ReplyText.of(result));
                return true;
            }
            for (int i = 0; i < replies.size(); i++) {
                compare(expected.get(i), replies.get(i));
            }
            return true;
        }

        @Override
        public void close() {
            clients.values().forEach(RespClient::close);
        }
    }
}
