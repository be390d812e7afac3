package dev.sampo.shard;

import dev.sampo.resp.Reply;
import java.util.List;
import java.util.stream.Collectors;

/// Replies as short text: `+OK`, `-ERR ...`, `:1`, `"bulk"`, `nil`, `[a b]`, `{k v}`, `~[member]`, `>[push]`, `,1.5`, `#true`,
/// `(12`, `=txt:text`.
final class ReplyText {
    private ReplyText() {
    }

    static String of(Reply reply) {
        return switch (reply) {
            case Reply.Simple simple -> "+" + simple.text();
            case Reply.Failure failure -> "-" + failure.message();
            case Reply.Int integer -> ":" + integer.value();
            case Reply.Bulk bulk -> "\"" + bulk.text() + "\"";
            case Reply.Null _ -> "nil";
            case Reply.Array array -> list("[", array.elements());
            case Reply.SetReply set -> list("~[", set.elements());
            case Reply.Push push -> list(">[", push.elements());
            case Reply.MapReply map -> pairs(map.pairs());
            case Reply.Dbl dbl -> "," + dbl.value();
            case Reply.Bool bool -> "#" + bool.value();
            case Reply.BigNumber number -> "(" + number.digits();
            case Reply.Verbatim verbatim -> "=" + verbatim.extension() + ":" + verbatim.text();
            case Reply.Attribute attribute -> "|" + pairs(attribute.pairs()) + of(attribute.reply());
        };
    }

    private static String list(String open, List<Reply> elements) {
        return elements.stream().map(ReplyText::of).collect(Collectors.joining(" ", open, "]"));
    }

    private static String pairs(List<Reply.Pair> pairs) {
        return pairs.stream().map(pair -> of(pair.key()) + " " + of(pair.value())).collect(Collectors.joining(" ", "{", "}"));
    }
}
