package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import java.util.List;

/// Where the keys of a request are: one or more [Part]s, each a rule that finds some of them, in Redis's vocabulary of
/// key specifications. Key i of a request is counted through the parts in order.
///
/// Answers depend on the argument count and, for the movable ones, on the content of the arguments; a request that is
/// too short for a rule has fewer keys, it never makes a rule fail. Nothing here allocates, except for [#parts()].
public final class KeySpec {
    /// No keys.
    public static final KeySpec NONE = new KeySpec(new Part[0], null);

    private final Part[] parts;
    /// The single contiguous rule of most commands, or null.
    private final Range plain;
    private final int plainFirst;
    private final FlagRule flagRule;

    private KeySpec(Part[] parts, FlagRule flagRule) {
        this.parts = parts;
        this.flagRule = flagRule;
        boolean single = parts.length == 1 && parts[0].begin instanceof Index && parts[0].find instanceof Range;
        plain = single ? (Range) parts[0].find : null;
        plainFirst = single ? ((Index) parts[0].begin).at : 0;
    }

    /// One key at argument `at` (the command's name is argument 0).
    ///
    /// @param flags bits of [KeyFlag]
    public static KeySpec key(int at, int flags) {
        return of(Part.range(at, 0, 1, flags));
    }

    /// Every `step`th argument from `first` to `last`; a negative `last` counts from the end, -1 is the last one.
    public static KeySpec range(int first, int last, int step, int flags) {
        return of(Part.range(first, last < 0 ? last : last - first, step, flags));
    }

    /// As many keys as argument `count` says, the first of them right behind it.
    public static KeySpec counted(int count, int flags) {
        return of(new Part(flags, null, new Index(count), new KeyNum(0, 1, 1)));
    }

    /// Several rules together.
    public static KeySpec of(Part... parts) {
        return new KeySpec(parts.clone(), null);
    }

    /// The same places, with flags that depend on the request.
    public KeySpec flagsBy(FlagRule rule) {
        return new KeySpec(parts, rule);
    }

    /// The same places and flags, with an explanation that COMMAND INFO shows for the first rule.
    public KeySpec notes(String notes) {
        Part[] noted = parts.clone();
        Part first = noted[0];
        noted[0] = new Part(first.flags, notes, first.begin, first.find);
        return new KeySpec(noted, flagRule);
    }

    // ---------------------------------------------------------------- keys of a request

    /// Whether there can be keys at all.
    public boolean isNone() {
        return parts.length == 0;
    }

    /// Index of the first key argument, or -1 if the request has none.
    public int firstKey(Args a) {
        if (plain != null) {
            return plainFirst < a.count() ? plainFirst : -1;
        }
        return keyCount(a) == 0 ? -1 : keyIndex(a, 0);
    }

    /// Number of keys in the request.
    public int keyCount(Args a) {
        if (plain != null) {
            return plain.count(a, plainFirst);
        }
        int count = 0;
        for (Part part : parts) {
            count += part.count(a);
        }
        return count;
    }

    /// Whether the request says that it has more keys than it has arguments.
    public boolean isCutShort(Args a) {
        for (Part part : parts) {
            if (part.isCutShort(a)) {
                return true;
            }
        }
        return false;
    }

    /// Argument index of key `i`, 0 <= i < [#keyCount(Args)].
    public int keyIndex(Args a, int i) {
        if (plain != null) {
            return plainFirst + i * plain.step;
        }
        int rest = i;
        for (Part part : parts) {
            int count = part.count(a);
            if (rest < count) {
                return part.index(a, rest);
            }
            rest -= count;
        }
        throw new IndexOutOfBoundsException("key " + i);
    }

    /// The [KeyFlag]s of key `i` in this request.
    public int keyFlags(Args a, int i) {
        if (flagRule != null) {
            return flagRule.flags(a, i);
        }
        int rest = i;
        for (Part part : parts) {
            rest -= part.count(a);
            if (rest < 0) {
                return part.flags;
            }
        }
        throw new IndexOutOfBoundsException("key " + i);
    }

    // ---------------------------------------------------------------- what COMMAND INFO prints

    /// The rules, in order.
    public List<Part> parts() {
        return List.of(parts);
    }

    /// Whether the places of keys depend on the content of the arguments, or cannot be found by the rules alone.
    public boolean movable() {
        for (Part part : parts) {
            if (!(part.begin instanceof Index && part.find instanceof Range)
                || (part.flags & KeyFlag.INCOMPLETE) != 0) {
                return true;
            }
        }
        return false;
    }

    /// The old way to say it: index of the first key, 0 when no plain rule exists.
    public int legacyFirst() {
        int first = 0;
        for (Part part : parts) {
            if (part.begin instanceof Index begin && part.find instanceof Range) {
                first = first == 0 ? begin.at : Math.min(first, begin.at);
            }
        }
        return first;
    }

    /// The old way to say it: index of the last key, negative when counted from the end.
    public int legacyLast() {
        int last = 0;
        for (Part part : parts) {
            if (part.begin instanceof Index begin && part.find instanceof Range range) {
                if (range.last < 0) {
                    return range.last;
                }
                last = Math.max(last, begin.at + range.last);
            }
        }
        return last;
    }

    /// The old way to say it: distance between keys.
    public int legacyStep() {
        for (Part part : parts) {
            if (part.begin instanceof Index && part.find instanceof Range range) {
                return range.step;
            }
        }
        return 0;
    }

    // ---------------------------------------------------------------- parts

    /// Decides the flags of key `i` from the request, where a command has the `variable_flags` flag.
    @FunctionalInterface
    public interface FlagRule {
        int flags(Args a, int i);
    }

    /// One rule: where the search begins, and which arguments from there on are keys.
    ///
    /// @param flags bits of [KeyFlag]
    /// @param notes explanation, or null
    public record Part(int flags, String notes, Begin begin, Find find) {
        /// Every `step`th argument from `first`; `last` is relative to `first`, or negative and relative to the end.
        public static Part range(int first, int last, int step, int flags) {
            return new Part(flags, null, new Index(first), new Range(last, step, 0));
        }

        int count(Args a) {
            int at = begin.find(a);
            return at <= 0 || at >= a.count() ? 0 : find.count(a, at);
        }

        int index(Args a, int i) {
            return find.index(a, begin.find(a), i);
        }

        boolean isCutShort(Args a) {
            int at = begin.find(a);
            return find instanceof KeyNum number && at > 0 && number.said(a, at) > find.count(a, at);
        }
    }

    /// Where a search begins.
    public sealed interface Begin permits Index, Keyword, UnknownBegin {
        /// The argument index, or 0 if the request does not have the place.
        int find(Args a);
    }

    /// At a fixed argument.
    public record Index(int at) implements Begin {
        @Override
        public int find(Args a) {
            return at;
        }
    }

    /// Behind the first occurrence of a keyword, in any case.
    ///
    /// @param keyword in upper case
    /// @param from where to start looking: forwards from an index, or backwards from the end if negative
    public record Keyword(String keyword, int from) implements Begin {
        @Override
        public int find(Args a) {
            int count = a.count();
            int step = from < 0 ? -1 : 1;
            for (int i = from < 0 ? count + from : from; i > 0 && i < count; i += step) {
                if (a.equalsIgnoreCase(i, keyword)) {
                    return i + 1;
                }
            }
            return 0;
        }
    }

    /// Finds an argument by looking at all of them; 0 if the request does not have it.
    @FunctionalInterface
    public interface Finder {
        int find(Args a);
    }

    /// Only the command's own code knows.
    ///
    /// @param finder that code
    public record UnknownBegin(Finder finder) implements Begin {
        public UnknownBegin() {
            this(_ -> 0);
        }

        @Override
        public int find(Args a) {
            return finder.find(a);
        }
    }

    /// Which arguments behind the beginning are keys.
    public sealed interface Find permits Range, KeyNum, UnknownFind {
        int count(Args a, int begin);

        int index(Args a, int begin, int i);
    }

    /// Every `step`th argument up to `last`.
    ///
    /// @param last relative to the beginning, or negative and relative to the end of the request
    /// @param limit with `last` -1: only the first 1/limit of the rest holds keys; 0 or 1 is all of it
    public record Range(int last, int step, int limit) implements Find {
        @Override
        public int count(Args a, int begin) {
            int count = a.count();
            int end = begin + last;
            if (last < 0) {
                end = limit > 1 ? begin + (count - begin) / limit + last : count + last;
            }
            end = Math.min(end, count - 1);
            return end < begin ? 0 : (end - begin) / step + 1;
        }

        @Override
        public int index(Args a, int begin, int i) {
            return begin + i * step;
        }
    }

    /// As many as an argument says.
    ///
    /// @param countAt where that argument is, relative to the beginning
    /// @param first the first key, relative to the beginning
    public record KeyNum(int countAt, int first, int step) implements Find {
        @Override
        public int count(Args a, int begin) {
            long said = said(a, begin);
            int rest = a.count() - begin - first;
            int room = rest <= 0 ? 0 : (rest - 1) / step + 1;
            return said <= 0 ? 0 : (int) Math.min(said, room);
        }

        @Override
        public int index(Args a, int begin, int i) {
            return begin + first + i * step;
        }

        private long said(Args a, int begin) {
            int at = begin + countAt;
            return at >= a.count() ? 0 : Ascii.parseLong(a.address(at), a.length(at));
        }
    }

    /// Only the command's own code knows: the one argument that it has found.
    public record UnknownFind() implements Find {
        @Override
        public int count(Args a, int begin) {
            return 1;
        }

        @Override
        public int index(Args a, int begin, int i) {
            return begin;
        }
    }
}
