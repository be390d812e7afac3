package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// An expected reply in the compact notation of the transcripts, matched against what either protocol version delivers.
///
/// | notation | RESP3 | RESP2 |
/// | --- | --- | --- |
/// | `+OK` | simple string | same |
/// | `!ERR whole text` | error with exactly this text; one word alone: any text with this code | same |
/// | `:5` `:*` `:3..9` | integer, any integer, integer in a range | same |
/// | `"text\x00"` `bulk` `glob"a*z"` | bulk string, any bulk string, string or verbatim with wildcards | same |
/// | `nil` / `nil-array` | null | null bulk / null array |
/// | `[a b]` | array | same |
/// | `{k v}` | map | array |
/// | `~[a b]` | set | array in any order |
/// | `>[a b]` | push | array |
/// | `unordered[a b]` `unordered{k v}` | array or set, map, in any order | array in any order |
/// | `,1.5` `,*` | double | bulk string |
/// | `#t` `#f` | boolean | `:1` `:0` |
/// | `(12` | big number | bulk string |
/// | `=txt"text"` | verbatim string | bulk string |
/// | `...` | last in an aggregate: any further members | same |
/// | `*` | anything | same |
/// | `closed` | the server closes the connection (alone on its line) | same |
public sealed interface ReplyPattern {
    /// Ignores in which form nulls were written.
    ///
    /// @param resp 2 or 3
    boolean matches(Reply reply, int resp);

    /// The same, and nulls must have the form of the version; whether RESP2 wrote a bulk or an array null is checked
    /// for a reply that is a null, not for the members of others.
    default boolean matches(RespClient.Received received, int resp) {
        final String nulls = received.nulls();
        final boolean formed = resp == 3 ? nulls.indexOf('$') < 0 && nulls.indexOf('*') < 0 : nulls.indexOf('_') < 0;
        final boolean shaped = resp == 3 || !(this instanceof NilValue nil) || nulls.equals(nil.array ? "*" : "$");
        return formed && shaped && matches(received.reply(), resp);
    }

    /// Throws IllegalArgumentException when the text is not of the notation.
    static ReplyPattern parse(String text) {
        return new Parser(text).whole();
    }

    record Anything() implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return true;
        }
    }

    /// Matches no reply: the connection must end.
    record Closed() implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return false;
        }
    }

    record SimpleText(String text) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply instanceof Reply.Simple(String got) && got.equals(text);
        }
    }

    record ErrorText(String text) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply instanceof Reply.Failure(String got)
                    && (got.equals(text) || text.indexOf(' ') < 0 && got.startsWith(text + " "));
        }
    }

    record IntRange(long min, long max) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply instanceof Reply.Int(long value) && value >= min && value <= max;
        }
    }

    record BulkText(Reply.Bulk expected) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return expected.equals(reply);
        }
    }

    record AnyBulk() implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply instanceof Reply.Bulk;
        }
    }

    record Glob(Pattern pattern) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return switch (reply) {
                case Reply.Bulk bulk -> pattern.matcher(bulk.text()).matches();
                case Reply.Verbatim(_, String text) -> pattern.matcher(text).matches();
                case Reply.Simple(String text) -> pattern.matcher(text).matches();
                case Reply.Failure(String text) -> pattern.matcher(text).matches();
                default -> false;
            };
        }
    }

    record NilValue(boolean array) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply instanceof Reply.Null;
        }
    }

    record DoubleText(String text) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return switch (reply) {
                case Reply.Dbl(double value) when resp == 3 -> text.equals("*") || value == Double.parseDouble(text);
                case Reply.Bulk bulk when resp == 2 -> text.equals("*") || text.equals(bulk.text());
                default -> false;
            };
        }
    }

    record Truth(boolean value) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply.equals(resp == 3 ? new Reply.Bool(value) : new Reply.Int(value ? 1 : 0));
        }
    }

    record Big(String digits) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            final byte[] bytes = digits.getBytes(StandardCharsets.US_ASCII);
            return reply.equals(resp == 3 ? new Reply.BigNumber(digits) : new Reply.Bulk(bytes));
        }
    }

    record VerbatimText(String extension, String text) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            return reply.equals(resp == 3 ? new Reply.Verbatim(extension, text)
                    : new Reply.Bulk(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    enum Shape { ARRAY, MAP, SET, PUSH, UNORDERED, UNORDERED_MAP }

    record Aggregate(Shape shape, List<ReplyPattern> items, boolean open) implements ReplyPattern {
        @Override
        public boolean matches(Reply reply, int resp) {
            final List<Reply> got = ReplyText.members(reply);
            if (got == null || !shapeMatches(reply, resp) || (open ? got.size() < items.size() : got.size() != items.size())) {
                return false;
            }
            return switch (shape) {
                case UNORDERED, SET -> anyOrder(got, 1, resp);
                case UNORDERED_MAP -> anyOrder(got, 2, resp);
                case ARRAY, MAP, PUSH -> inOrder(got, resp);
            };
        }

        private boolean shapeMatches(Reply reply, int resp) {
            if (resp == 2) {
                return reply instanceof Reply.Array;
            }
            return switch (shape) {
                case ARRAY -> reply instanceof Reply.Array;
                case MAP, UNORDERED_MAP -> reply instanceof Reply.MapReply;
                case SET -> reply instanceof Reply.SetReply;
                case PUSH -> reply instanceof Reply.Push;
                case UNORDERED -> reply instanceof Reply.Array || reply instanceof Reply.SetReply;
            };
        }

        private boolean inOrder(List<Reply> got, int resp) {
            for (int i = 0; i < items.size(); i++) {
                if (!items.get(i).matches(got.get(i), resp)) {
                    return false;
                }
            }
            return true;
        }

        /// Greedy: a pattern that matches several members should stand behind the exact ones.
        private boolean anyOrder(List<Reply> got, int width, int resp) {
            final List<Reply> rest = new ArrayList<>(got);
            for (int i = 0; i < items.size(); i += width) {
                if (!takeOne(rest, i, width, resp)) {
                    return false;
                }
            }
            return true;
        }

        private boolean takeOne(List<Reply> rest, int item, int width, int resp) {
            for (int at = 0; at + width <= rest.size(); at += width) {
                boolean all = true;
                for (int k = 0; k < width; k++) {
                    all &= items.get(item + k).matches(rest.get(at + k), resp);
                }
                if (all) {
                    rest.subList(at, at + width).clear();
                    return true;
                }
            }
            return false;
        }
    }

    /// Recursive descent over one line.
    final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        ReplyPattern whole() {
            // Errors and simple strings at the top level run to the end of the line, blanks included.
            if (text.startsWith("+") && !text.startsWith("+\"")) {
                return new SimpleText(text.substring(1));
            }
            if (text.startsWith("!") && !text.startsWith("!\"")) {
                return new ErrorText(text.substring(1));
            }
            if ("closed".equals(text)) {
                return new Closed();
            }
            final ReplyPattern pattern = one();
            if (at != text.length()) {
                throw new IllegalArgumentException("behind the reply: " + text.substring(at) + " in " + text);
            }
            return pattern;
        }

        private ReplyPattern one() {
            if (take("unordered[")) {
                return aggregate(Shape.UNORDERED, ']');
            } else if (take("unordered{")) {
                return aggregate(Shape.UNORDERED_MAP, '}');
            } else if (take("[")) {
                return aggregate(Shape.ARRAY, ']');
            } else if (take("{")) {
                return aggregate(Shape.MAP, '}');
            } else if (take("~[")) {
                return aggregate(Shape.SET, ']');
            } else if (take(">[")) {
                return aggregate(Shape.PUSH, ']');
            } else if (take("glob")) {
                return new Glob(wildcards(utf8(quoted())));
            } else if (take("=")) {
                final String format = text.substring(at, at + 3);
                at += 3;
                return new VerbatimText(format, utf8(quoted()));
            } else if (text.startsWith("\"", at)) {
                return new BulkText(new Reply.Bulk(quoted()));
            } else if (take("+")) {
                return new SimpleText(text.startsWith("\"", at) ? utf8(quoted()) : word());
            } else if (take("!")) {
                return new ErrorText(text.startsWith("\"", at) ? utf8(quoted()) : word());
            }
            return scalar(word());
        }

        private static ReplyPattern scalar(String word) {
            return switch (word) {
                case "*" -> new Anything();
                case "nil" -> new NilValue(false);
                case "nil-array" -> new NilValue(true);
                case "bulk" -> new AnyBulk();
                case "#t" -> new Truth(true);
                case "#f" -> new Truth(false);
                case ":*" -> new IntRange(Long.MIN_VALUE, Long.MAX_VALUE);
                default -> number(word);
            };
        }

        private static ReplyPattern number(String word) {
            if (word.startsWith(":")) {
                final int dots = word.indexOf("..");
                final long min = Long.parseLong(dots < 0 ? word.substring(1) : word.substring(1, dots));
                return new IntRange(min, dots < 0 ? min : Long.parseLong(word.substring(dots + 2)));
            } else if (word.startsWith(",")) {
                return new DoubleText(word.substring(1));
            } else if (word.startsWith("(")) {
                return new Big(word.substring(1));
            }
            throw new IllegalArgumentException("not a reply: " + word);
        }

        private ReplyPattern aggregate(Shape shape, char close) {
            final List<ReplyPattern> items = new ArrayList<>();
            boolean open = false;
            while (true) {
                skipBlanks();
                if (at == text.length()) {
                    throw new IllegalArgumentException("not closed: " + text);
                }
                if (text.charAt(at) == close) {
                    at++;
                    return new Aggregate(shape, List.copyOf(items), open);
                }
                if (take("...")) {
                    open = true;
                } else {
                    items.add(one());
                }
            }
        }

        private boolean take(String prefix) {
            if (text.startsWith(prefix, at)) {
                at += prefix.length();
                return true;
            }
            return false;
        }

        private byte[] quoted() {
            final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            at = Quoting.quoted(text, at, bytes);
            return bytes.toByteArray();
        }

        private String word() {
            final int from = at;
            while (at < text.length() && " ]}".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at);
        }

        private void skipBlanks() {
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
        }

        private static String utf8(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        private static Pattern wildcards(String glob) {
            final StringBuilder regex = new StringBuilder();
            for (String part : glob.split("\\*", -1)) {
                regex.append(regex.isEmpty() ? "" : ".*").append(part.isEmpty() ? "(?:)" : Pattern.quote(part));
            }
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        }
    }
}
