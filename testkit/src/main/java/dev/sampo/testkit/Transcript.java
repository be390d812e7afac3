package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A golden conversation with a server, parsed from its text form:
/// ```
/// # what it shows
/// @modes plain pipelined            (optional: the only modes it is run in)
/// @resp 3                           (optional: the only protocol version)
/// @config notify-keyspace-events KEA  (set before, restored after)
/// > SET k "two words"               (a request on connection 1; >2 is connection 2)
/// < +OK                             (one reply, see ReplyPattern; <2 is one that arrives on connection 2)
/// < resp3 ...                       (only when that version is spoken)
/// < as3 ...                         (in the shapes of that version whatever was spoken at first: behind HELLO 3)
/// <redis "x" # why Sampo differs    (behind a `<` line: what the reference says instead)
/// raw 2 "*1\\r\\n"                  (bytes as they are, on connection 2; without a number on 1)
/// walk SCAN 0 MATCH a*              (calls with the cursor of each reply until it is 0; the `<` is all members found)
/// sleep 20                          (milliseconds)
/// close 2
/// ```
///
/// @param name   family and command, for example `string/set`
/// @param config settings needed, in order
public record Transcript(String name, List<Step> steps, Set<Mode> modes, Set<Integer> protocols, Map<String, String> config) {
    /// How the requests reach the server.
    public enum Mode {
        /// One request, then its replies.
        PLAIN,
        /// All requests in one write, then all replies.
        PIPELINED,
        /// Each request in a MULTI block of its own.
        MULTI_EACH,
        /// All requests in one MULTI block.
        MULTI_ALL
    }

    /// One line of the conversation; `line` counts from 1.
    public sealed interface Step {
        int line();
    }

    record Request(int line, int connection, List<byte[]> args) implements Step {
    }

    /// The second argument is the cursor.
    record Walk(int line, int connection, List<byte[]> args) implements Step {
    }

    record Raw(int line, int connection, byte[] bytes) implements Step {
    }

    /// @param resp      2 or 3 when only that version sees this reply, else 0
    /// @param shape     2 or 3 when the reply has the shapes of that version whichever the run began with, else 0
    /// @param reference what the reference server says instead, null when the same
    /// @param reason    why it differs, null when it does not
    record Expectation(int line, int connection, int resp, int shape, ReplyPattern pattern, String text, ReplyPattern reference,
            String reason) implements Step {
        /// True when the reply is as the notation says, in a run that began with the given version.
        boolean matches(Reply reply, int spoken) {
            return pattern.matches(reply, shape == 0 ? spoken : shape);
        }

        boolean matches(RespClient.Received received, int spoken, boolean byReference) {
            return (byReference ? reference : pattern).matches(received, shape == 0 ? spoken : shape);
        }

        Expectation differing(ReplyPattern other, String why) {
            return new Expectation(line, connection, resp, shape, pattern, text, other, why);
        }
    }

    record Sleep(int line, int millis) implements Step {
    }

    record Close(int line, int connection) implements Step {
    }

    /// Parses the text form. Throws IllegalArgumentException naming the line.
    public static Transcript parse(String name, List<String> lines) {
        final Parser parser = new Parser();
        for (int i = 0; i < lines.size(); i++) {
            try {
                parser.line(i + 1, lines.get(i));
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(name + ":" + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return parser.transcript(name);
    }

    /// The requests alone.
    public int requests() {
        return (int) steps.stream().filter(Request.class::isInstance).count();
    }

    /// Lines on which Sampo intentionally differs, each as `name:line reason`.
    public List<String> differences() {
        return steps.stream().filter(step -> step instanceof Expectation e && e.reason() != null)
                .map(step -> name + ":" + step.line() + " " + ((Expectation) step).reason()).toList();
    }

    private static final class Parser {
        private final List<Step> steps = new ArrayList<>();
        private final Map<String, String> config = new LinkedHashMap<>();
        private Set<Mode> modes;
        private Set<Integer> protocols = Set.of(2, 3);

        void line(int number, String line) {
            if (line.isBlank() || line.startsWith("#")) {
                return;
            }
            if (line.startsWith("@")) {
                directive(line.substring(1).split(" ", 3));
            } else if (line.startsWith(">")) {
                final Numbered rest = Numbered.of(line.substring(1));
                steps.add(new Request(number, rest.connection, Quoting.split(rest.text)));
            } else if (line.startsWith("<redis ")) {
                reference(line.substring(7));
            } else if (line.startsWith("<")) {
                expectation(number, Numbered.of(line.substring(1)));
            } else if (line.startsWith("walk ")) {
                final Numbered rest = Numbered.of(line.substring(5));
                steps.add(new Walk(number, rest.connection, Quoting.split(rest.text)));
            } else if (line.startsWith("raw ")) {
                final Numbered rest = Numbered.of(line.substring(4));
                steps.add(new Raw(number, rest.connection, Quoting.split(rest.text).getFirst()));
            } else if (line.startsWith("sleep ")) {
                steps.add(new Sleep(number, Integer.parseInt(line.substring(6).trim())));
            } else if (line.startsWith("close ")) {
                steps.add(new Close(number, Integer.parseInt(line.substring(6).trim())));
            } else {
                throw new IllegalArgumentException("not a transcript line: " + line);
            }
        }

        private void directive(String[] words) {
            switch (words[0]) {
                case "modes" -> {
                    modes = EnumSet.noneOf(Mode.class);
                    for (String mode : String.join(" ", words).substring(6).split(" ")) {
                        modes.add(Mode.valueOf(mode.toUpperCase(java.util.Locale.ROOT).replace('-', '_')));
                    }
                }
                case "resp" -> protocols = Set.of(Integer.parseInt(words[1]));
                case "config" -> config.put(words[1], words.length == 3 ? words[2] : "");
                default -> throw new IllegalArgumentException("unknown directive @" + words[0]);
            }
        }

        private void expectation(int number, Numbered rest) {
            int resp = 0;
            int shape = 0;
            String text = rest.text;
            if (text.startsWith("resp2 ") || text.startsWith("resp3 ")) {
                resp = text.charAt(4) - '0';
                text = text.substring(6);
            } else if (text.startsWith("as2 ") || text.startsWith("as3 ")) {
                shape = text.charAt(2) - '0';
                text = text.substring(4);
            }
            steps.add(new Expectation(number, rest.connection, resp, shape, ReplyPattern.parse(text), text, null, null));
        }

        private void reference(String text) {
            final int reason = text.indexOf(" # ");
            if (reason < 0 || !(steps.getLast() instanceof Expectation expectation)) {
                throw new IllegalArgumentException("<redis needs a reply before it and a reason behind \" # \"");
            }
            final ReplyPattern other = ReplyPattern.parse(text.substring(0, reason).trim());
            steps.set(steps.size() - 1, expectation.differing(other, text.substring(reason + 3)));
        }

        Transcript transcript(String name) {
            if (steps.stream().noneMatch(step -> step instanceof Request || step instanceof Raw || step instanceof Walk)) {
                throw new IllegalArgumentException(name + ": no request");
            }
            final Set<Mode> allowed = modes == null ? EnumSet.allOf(Mode.class) : modes;
            if (!simple(steps)) {
                allowed.retainAll(EnumSet.of(Mode.PLAIN));
            }
            if (steps.stream().anyMatch(Sleep.class::isInstance)) {
                allowed.retainAll(EnumSet.of(Mode.PLAIN, Mode.MULTI_EACH));
            }
            return new Transcript(name, List.copyOf(steps), allowed, protocols, config);
        }
    }

    /// True when there is one connection and exactly one reply a request in either version.
    boolean simple() {
        return simple(steps);
    }

    private static boolean simple(List<Step> steps) {
        return simple(steps, 2) && simple(steps, 3);
    }

    private static boolean simple(List<Step> steps, int resp) {
        int awaited = 0;
        for (Step step : steps) {
            switch (step) {
                case Request request -> {
                    if (request.connection != 1 || awaited != 0) {
                        return false;
                    }
                    awaited = 1;
                }
                case Expectation expectation -> {
                    if (expectation.resp == 0 || expectation.resp == resp) {
                        if (expectation.pattern instanceof ReplyPattern.Closed || expectation.connection != 1 || awaited != 1) {
                            return false;
                        }
                        awaited = 0;
                    }
                }
                case Sleep _ -> { }
                case Close _, Raw _, Walk _ -> {
                    return false;
                }
            }
        }
        return awaited == 0;
    }

    /// The text behind `>` or `<` and its optional connection number.
    private record Numbered(int connection, String text) {
        static Numbered of(String rest) {
            int digits = 0;
            while (digits < rest.length() && Character.isDigit(rest.charAt(digits))) {
                digits++;
            }
            return new Numbered(digits == 0 ? 1 : Integer.parseInt(rest.substring(0, digits)), rest.substring(digits)
                    .stripLeading());
        }
    }
}
