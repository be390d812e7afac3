package dev.sampo.testkit;

import static dev.sampo.testkit.ReplyText.members;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sampo.resp.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// When replies of two servers to the same command count as equal. Everything is compared exactly except what [#rule] lists.
final class ReplyRules {
    /// More than two servers can drift apart between the same two commands on a loaded machine.
    private static final long TOLERANCE_MILLIS = 10_000;

    private static final Reply LISTPACK = new Reply.Bulk("listpack".getBytes(ISO_8859_1));
    private static final Set<Reply> OLD_ENCODINGS =
            Set.of(new Reply.Bulk("hashtable".getBytes(ISO_8859_1)), new Reply.Bulk("quicklist".getBytes(ISO_8859_1)));

    private static final Set<Reply> LONG_TIMEOUTS =
            Set.of(new Reply.Failure("ERR timeout is negative"), new Reply.Failure("ERR timeout is out of range"));

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?(e[-+][0-9]+)?");

    private enum Rule {
        /// Same value, byte for byte.
        EXACT,
        /// Same kind of reply, any value: clocks, identities, chance.
        KIND,
        /// Same members in any order: the order of a hash table.
        UNORDERED,
        /// Small sets of texts and small lists are listpacks from Redis 7.2 on.
        ENCODING,
        /// Groups of a stream with any number of consumers: 7.2 makes a consumer when it asks, 7.0 when it gets something.
        GROUPS,
        /// Scores have 17 digits up to Redis 7.0, and as few as read back as the same number from 7.2 on.
        SCORES,
        /// A timeout of very many seconds is out of range from Redis 7.2 on, and negative before.
        TIMEOUT,
        /// Complete walks deliver the same keys; others only the same kind.
        SCAN,
        /// Seconds apart by no more than the tolerance, both or neither negative.
        SECONDS,
        /// The same in milliseconds.
        MILLIS
    }

    private ReplyRules() {
    }

    private static Rule rule(List<byte[]> args) {
        return switch (word(args, 0)) {
            case "RANDOMKEY", "TIME", "LASTSAVE", "HELLO", "INFO" -> Rule.KIND;
            case "CLIENT" -> "ID".equals(word(args, 1)) ? Rule.KIND : Rule.EXACT;
            case "MEMORY" -> "USAGE".equals(word(args, 1)) ? Rule.KIND : Rule.EXACT;
            case "OBJECT" -> switch (word(args, 1)) {
                case "FREQ", "IDLETIME", "REFCOUNT" -> Rule.KIND;
                case "ENCODING" -> Rule.ENCODING;
                default -> Rule.EXACT;
            };
            case "XINFO" -> "GROUPS".equals(word(args, 1)) ? Rule.GROUPS : Rule.EXACT;
            case "XGROUP" -> "CREATECONSUMER".equals(word(args, 1)) ? Rule.KIND : Rule.EXACT;
            case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "SRANDMEMBER" -> Rule.UNORDERED;
            case "SCAN", "SSCAN" -> Rule.SCAN;
            case "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP" -> Rule.TIMEOUT;
            case "ZADD", "ZINCRBY", "ZSCORE", "ZMSCORE", "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZPOPMIN", "ZPOPMAX",
                "ZMPOP", "ZUNION", "ZINTER", "ZDIFF" -> Rule.SCORES;
            case "TTL", "EXPIRETIME" -> Rule.SECONDS;
            case "PTTL", "PEXPIRETIME" -> Rule.MILLIS;
            default -> Rule.EXACT;
        };
    }

    /// @param args the command both replies answer
    static boolean equal(List<byte[]> args, Reply a, Reply b) {
        return a.equals(b) || alike(args, a, b);
    }

    /// True when the replies may differ for this command and do no more than they may.
    static boolean alike(List<byte[]> args, Reply a, Reply b) {
        return switch (rule(args)) {
            case EXACT -> false;
            case KIND -> a.getClass() == b.getClass() && !(a instanceof Reply.Failure);
            case UNORDERED -> members(a) != null && members(b) != null && sorted(a).equals(sorted(b));
            case ENCODING -> OLD_ENCODINGS.contains(a) && LISTPACK.equals(b) || LISTPACK.equals(a) && OLD_ENCODINGS.contains(b);
            case GROUPS -> withoutConsumers(a).equals(withoutConsumers(b));
            case SCORES -> sameScores(a, b);
            case TIMEOUT -> LONG_TIMEOUTS.contains(a) && LONG_TIMEOUTS.contains(b);
            case SCAN -> scans(args, a, b);
            case SECONDS -> close(a, b, TOLERANCE_MILLIS / 1000);
            case MILLIS -> close(a, b, TOLERANCE_MILLIS);
        };
    }

    private static boolean close(Reply a, Reply b, long tolerance) {
        return a instanceof Reply.Int(long first) && b instanceof Reply.Int(long second) && first >= 0 && second >= 0
                && Math.abs(first - second) <= tolerance;
    }

    /// Whether all that differs is how numbers are written.
    private static boolean sameScores(Reply a, Reply b) {
        if (a instanceof Reply.Array(List<Reply> first) && b instanceof Reply.Array(List<Reply> second)) {
            boolean same = first.size() == second.size();
            for (int i = 0; same && i < first.size(); i++) {
                same = first.get(i).equals(second.get(i)) || sameScores(first.get(i), second.get(i));
            }
            return same;
        }
        if (a instanceof Reply.Bulk first && b instanceof Reply.Bulk second) {
            final String one = new String(first.bytes(), ISO_8859_1);
            final String other = new String(second.bytes(), ISO_8859_1);
            return NUMBER.matcher(one).matches() && NUMBER.matcher(other).matches()
                    && Double.parseDouble(one) == Double.parseDouble(other);
        }
        return a instanceof Reply.Dbl first && b instanceof Reply.Dbl second && first.value() == second.value();
    }

    private static String withoutConsumers(Reply groups) {
        return ReplyText.of(groups).replaceAll("\"consumers\" :[0-9]+", "");
    }

    private static boolean scans(List<byte[]> args, Reply a, Reply b) {
        final List<Reply> first = members(a);
        final List<Reply> second = members(b);
        if (first == null || second == null || first.size() != 2 || second.size() != 2) {
            return false;
        }
        final Reply done = new Reply.Bulk(new byte[] {'0'});
        final boolean complete = "0".equals(word(args, word(args, 0).equals("SCAN") ? 1 : 2)) && first.getFirst().equals(done) && second.getFirst().equals(done);
        return !complete || new HashSet<>(members(first.get(1))).equals(new HashSet<>(members(second.get(1))));
    }

    static List<String> sorted(Reply reply) {
        final List<String> texts = new ArrayList<>();
        members(reply).forEach(member -> texts.add(ReplyText.of(member)));
        texts.sort(null);
        return texts;
    }

    static String word(List<byte[]> args, int at) {
        return at < args.size() ? new String(args.get(at), ISO_8859_1).toUpperCase(Locale.ROOT) : "";
    }
}
