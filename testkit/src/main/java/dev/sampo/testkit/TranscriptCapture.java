package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Fills in the replies of requests that have none yet, from `redis-server`. To be read and generalised by its author:
/// what was captured is only what one server said once.
///
/// `TranscriptCapture file...`
public final class TranscriptCapture {
    private static final int QUIET_MILLIS = 15;

    private TranscriptCapture() {
    }

    /// @param args transcript files, rewritten in place
    public static void main(String[] args) throws IOException {
        try (RedisServerProcess redis = RedisServerProcess.start()) {
            for (String file : args) {
                final Path path = Path.of(file);
                final List<String> lines = Files.readAllLines(path);
                final Transcript transcript = Transcript.parse(file, lines);
                final Map<Integer, List<Captured>> resp2 = transcript.protocols().contains(2) ? play(transcript, redis, 2)
                        : Map.of();
                final Map<Integer, List<Captured>> resp3 = transcript.protocols().contains(3) ? play(transcript, redis, 3)
                        : Map.of();
                Files.write(path, merge(lines, transcript, resp2, resp3));
            }
        }
    }

    private record Captured(int connection, Reply reply, String nulls) {
    }

    /// Replies by the line of the request they followed.
    private static Map<Integer, List<Captured>> play(Transcript transcript, ServerUnderTest server, int resp) {
        final Map<Integer, List<Captured>> captured = new TreeMap<>();
        final Map<Integer, RespClient> clients = new LinkedHashMap<>();
        final RespClient admin = RespClient.connect(server);
        admin.call("FLUSHALL");
        transcript.config().forEach((name, value) -> admin.call("CONFIG", "SET", name, value));
        int line = 0;
        for (Transcript.Step step : transcript.steps()) {
            if (step instanceof Transcript.Request request) {
                line = request.line();
                clients.computeIfAbsent(request.connection(), _ -> open(server, resp))
                        .send(request.args().toArray(byte[][]::new));
                captured.put(line, drain(clients));
            } else if (step instanceof Transcript.Sleep sleep) {
                sleep(sleep.millis());
                captured.get(line).addAll(drain(clients));
            } else if (step instanceof Transcript.Close close) {
                clients.remove(close.connection()).close();
            }
        }
        clients.values().forEach(RespClient::close);
        transcript.config().forEach((name, _) -> admin.call("CONFIG", "SET", name, ""));
        admin.close();
        return captured;
    }

    private static RespClient open(ServerUnderTest server, int resp) {
        final RespClient client = RespClient.connect(server);
        if (resp == 3) {
            client.call("HELLO", "3");
        }
        return client;
    }

    private static List<Captured> drain(Map<Integer, RespClient> clients) {
        final List<Captured> replies = new ArrayList<>();
        boolean more = true;
        while (more) {
            more = false;
            for (Map.Entry<Integer, RespClient> client : clients.entrySet()) {
                if (client.getValue().replyArrives(QUIET_MILLIS)) {
                    final RespClient.Received received = client.getValue().receive();
                    replies.add(new Captured(client.getKey(), received.reply(), received.nulls()));
                    more = true;
                }
            }
        }
        return replies;
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> merge(List<String> lines, Transcript transcript, Map<Integer, List<Captured>> resp2,
            Map<Integer, List<Captured>> resp3) {
        final List<String> merged = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            merged.add(lines.get(i));
            final boolean request = lines.get(i).startsWith(">");
            final boolean answered = i + 1 < lines.size() && lines.get(i + 1).startsWith("<");
            if (request && !answered) {
                merged.addAll(expectations(transcript, resp2.getOrDefault(i + 1, List.of()), resp3.getOrDefault(i + 1,
                        List.of())));
            }
        }
        return merged;
    }

    private static List<String> expectations(Transcript transcript, List<Captured> two, List<Captured> three) {
        final List<String> lines = new ArrayList<>();
        if (transcript.protocols().size() == 1 || two.size() != three.size()) {
            two.forEach(captured -> lines.add(line(captured.connection, transcript.protocols().size() == 1 ? "" : "resp2 ",
                    captured)));
            three.forEach(captured -> lines.add(line(captured.connection, transcript.protocols().size() == 1 ? "" : "resp3 ",
                    captured)));
            return lines;
        }
        for (int i = 0; i < two.size(); i++) {
            final Captured second = two.get(i);
            final Captured third = three.get(i);
            if (serves(third.reply, second.reply, third.reply)) {
                lines.add(line(third.connection, "", third.reply instanceof Reply.Null ? second : third));
            } else if (serves(second.reply, second.reply, third.reply)) {
                lines.add(line(second.connection, "", second));
            } else {
                lines.add(line(second.connection, "resp2 ", second));
                lines.add(line(third.connection, "resp3 ", third));
            }
        }
        return lines;
    }

    private static boolean serves(Reply source, Reply second, Reply third) {
        final ReplyPattern pattern = ReplyPattern.parse(ReplyText.of(source));
        return pattern.matches(second, 2) && pattern.matches(third, 3);
    }

    private static String line(int connection, String version, Captured captured) {
        final boolean arrayNull = captured.reply instanceof Reply.Null && "*".equals(captured.nulls);
        return "<" + (connection == 1 ? "" : connection) + " " + version + (arrayNull ? "nil-array"
                : ReplyText.of(captured.reply));
    }
}
