package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.List;

/// Replies in the compact notation of the transcripts, see [ReplyPattern].
public final class ReplyText {
    private ReplyText() {
    }

    /// The notation that [ReplyPattern#parse] reads back; a null is written `nil` whatever its form.
    public static String of(Reply reply) {
        return switch (reply) {
            case Reply.Simple(String text) -> text.endsWith(" ") ? nested(reply) : "+" + Quoting.escape(text);
            // Quoted where an editor would lose the blank at the end.
            case Reply.Failure(String text) -> text.endsWith(" ") ? nested(reply) : "!" + Quoting.escape(text);
            case Reply.Int(long value) -> ":" + value;
            case Reply.Bulk(byte[] bytes) -> Quoting.quote(bytes);
            case Reply.Null() -> "nil";
            case Reply.Array(List<Reply> elements) -> join("[", elements, "]");
            case Reply.MapReply(List<Reply.Pair> pairs) -> join("{", flat(pairs), "}");
            case Reply.SetReply(List<Reply> elements) -> join("~[", elements, "]");
            case Reply.Push(List<Reply> elements) -> join(">[", elements, "]");
            case Reply.Dbl(double value) -> "," + value;
            case Reply.Bool(boolean value) -> value ? "#t" : "#f";
            case Reply.BigNumber(String digits) -> "(" + digits;
            case Reply.Verbatim(String extension, String text) -> "=" + extension + Quoting.quote(text.getBytes(UTF_8));
            case Reply.Attribute(List<Reply.Pair> pairs, Reply inner) -> "|" + join("{", flat(pairs), "}") + of(inner);
        };
    }

    /// The members of any aggregate, keys and values of a map in turn; null for a scalar.
    public static List<Reply> members(Reply reply) {
        return switch (reply) {
            case Reply.Array(List<Reply> elements) -> elements;
            case Reply.SetReply(List<Reply> elements) -> elements;
            case Reply.Push(List<Reply> elements) -> elements;
            case Reply.MapReply(List<Reply.Pair> pairs) -> flat(pairs);
            case Reply.Attribute(_, Reply inner) -> members(inner);
            case Reply.Simple _, Reply.Failure _, Reply.Int _, Reply.Bulk _, Reply.Null _, Reply.Dbl _, Reply.Bool _,
                    Reply.BigNumber _,
                    Reply.Verbatim _ -> null;
        };
    }

    private static List<Reply> flat(List<Reply.Pair> pairs) {
        final List<Reply> flat = new ArrayList<>(2 * pairs.size());
        for (Reply.Pair pair : pairs) {
            flat.add(pair.key());
            flat.add(pair.value());
        }
        return flat;
    }

    private static String join(String open, List<Reply> items, String close) {
        final StringBuilder text = new StringBuilder(open);
        for (int i = 0; i < items.size(); i++) {
            text.append(i == 0 ? "" : " ").append(nested(items.get(i)));
        }
        return text.append(close).toString();
    }

    private static String nested(Reply item) {
        return switch (item) {
            case Reply.Failure(String text) -> "!" + Quoting.quote(text.getBytes(UTF_8));
            case Reply.Simple(String text) when text.indexOf(' ') >= 0 -> "+" + Quoting.quote(text.getBytes(UTF_8));
            default -> of(item);
        };
    }
}
