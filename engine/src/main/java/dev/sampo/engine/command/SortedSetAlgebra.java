package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.util.Arrays;
import java.util.Comparator;

/// Unions, intersections and differences of sorted sets. Plain sets are inputs too; their members have the score 1.
final class SortedSetAlgebra {
    private static final int SUM = 0;
    private static final int MIN = 1;
    private static final int MAX = 2;

    private static final byte[] NOT_A_WEIGHT = Errors.error("ERR weight value is not a float");
    private static final byte[] NEGATIVE_LIMIT = Errors.error("ERR LIMIT can't be negative");

    private SortedSetAlgebra() {
    }

    // ---------------------------------------------------------------- commands

    /// ZUNION numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] -> array as of ZRANGE.
    /// O(N log N). Errors: WRONGTYPE; syntax; numkeys; weight. https://redis.io/commands/zunion
    static void zunion(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 1, Request.WEIGHTS | Request.SCORES);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.unite(result);
                request.reply(result, r);
            }
        }
    }

    /// ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] -> array as of ZRANGE.
    /// O(N K log N), N = size of the smallest set. Errors: as ZUNION. https://redis.io/commands/zinter
    static void zinter(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 1, Request.WEIGHTS | Request.SCORES);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.intersect(result, Long.MAX_VALUE);
                request.reply(result, r);
            }
        }
    }

    /// ZDIFF numkeys key [key ...] [WITHSCORES] -> array as of ZRANGE. O(N K log N), N = size of the first set. Errors: as
    /// ZUNION. https://redis.io/commands/zdiff
    static void zdiff(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 1, Request.SCORES);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.subtract(result);
                request.reply(result, r);
            }
        }
    }

    /// ZINTERCARD numkeys key [key ...] [LIMIT limit] -> number of common members, at most `limit` unless that is 0.
    /// O(N K log N), N = size of the smallest set. Errors: as ZUNION; LIMIT. https://redis.io/commands/zintercard
    static void zintercard(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 1, Request.LIMIT);
        if (request.isReady(r)) {
            try (request) {
                r.integer(request.intersect(null, request.limit == 0 ? Long.MAX_VALUE : request.limit));
            }
        }
    }

    /// ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] -> number of members
    /// stored; none removes the destination. O(N log N). Errors: as ZUNION. https://redis.io/commands/zunionstore
    static void zunionstore(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 2, Request.WEIGHTS);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.unite(result);
                store(c, a, result, EventName.ZUNIONSTORE, r);
            }
        }
    }

    /// ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] -> as ZUNIONSTORE.
    /// https://redis.io/commands/zinterstore
    static void zinterstore(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 2, Request.WEIGHTS);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.intersect(result, Long.MAX_VALUE);
                store(c, a, result, EventName.ZINTERSTORE, r);
            }
        }
    }

    /// ZDIFFSTORE destination numkeys key [key ...] -> as ZUNIONSTORE. https://redis.io/commands/zdiffstore
    static void zdiffstore(CommandContext c, Args a, ReplyWriter r) {
        Request request = new Request(c, a, 2, 0);
        if (request.isReady(r)) {
            try (ScoredMembers result = new ScoredMembers(); request) {
                request.subtract(result);
                store(c, a, result, EventName.ZDIFFSTORE, r);
            }
        }
    }

    private static void store(CommandContext c, Args a, ScoredMembers result, byte[] event, ReplyWriter r) {
        result.sort();
        result.store(c, a, 1, event);
        r.integer(result.size());
    }

    // ---------------------------------------------------------------- requests

    /// The inputs and options of one request.
    private static final class Request implements AutoCloseable {
        /// What the command knows besides its keys.
        static final int WEIGHTS = 1;
        static final int SCORES = 2;
        static final int LIMIT = 4;

        private final ArgReader in;
        private String error;
        private ScoredSource[] sources = {};
        private int aggregate = SUM;
        private boolean withScores;
        long limit;

        Request(CommandContext c, Args a, int numkeysAt, int options) {
            in = c.reader(a, numkeysAt);
            long keys = in.nextLong();
            if (in.failed()) {
                return;
            }
            if (keys < 1) {
                error = "ERR at least 1 input key is needed for '" + c.spec().fullName() + "' command";
            } else if (keys > in.left()) {
                in.fail(Errors.SYNTAX);
            } else if (lookUp(c, a, numkeysAt + 1, (int) keys)) {
                parse(a, options);
            }
        }

        private boolean lookUp(CommandContext c, Args a, int firstKey, int keys) {
            ScoredSource[] found = new ScoredSource[keys];
            for (int i = 0; i < keys; i++) {
                long e = c.lookupRead(a, firstKey + i);
                if (e != 0 && Entry.type(e) != Type.ZSET && Entry.type(e) != Type.SET) {
                    sources = Arrays.copyOf(found, i);
                    in.fail(Errors.WRONG_TYPE);
                    return false;
                }
                found[i] = new ScoredSource(c.keyspace(a, firstKey + i), e);
                in.next();
            }
            sources = found;
            return true;
        }

        private void parse(Args a, int options) {
            while (in.more()) {
                if ((options & WEIGHTS) != 0 && in.left() > sources.length && in.option("WEIGHTS")) {
                    for (ScoredSource source : sources) {
                        source.weight = SortedSetCommands.score(a, in.next());
                        if (source.weight != source.weight) {
                            in.fail(NOT_A_WEIGHT);
                            return;
                        }
                    }
                } else if ((options & WEIGHTS) != 0 && in.optionWithValue("AGGREGATE")) {
                    aggregate = in.option("SUM") ? SUM : in.option("MIN") ? MIN : MAX;
                    if (aggregate == MAX && !in.option("MAX")) {
                        in.fail(Errors.SYNTAX);
                    }
                } else if ((options & SCORES) != 0 && in.option("WITHSCORES")) {
                    withScores = true;
                } else if ((options & LIMIT) != 0 && in.optionWithValue("LIMIT")) {
                    limit = in.nextLong(NEGATIVE_LIMIT);
                    if (limit < 0) {
                        in.fail(NEGATIVE_LIMIT);
                    }
                } else {
                    in.fail(Errors.SYNTAX);
                }
            }
        }

        /// Whether the request can be carried out; if not, why is the reply.
        boolean isReady(ReplyWriter r) {
            if (error != null) {
                r.error(error);
                return false;
            }
            if (in.failed(r)) {
                close();
                return false;
            }
            return true;
        }

        void reply(ScoredMembers result, ReplyWriter r) {
            result.sort();
            result.reply(withScores, r);
        }

        /// The smallest first, as scores are added up in this order.
        private void sortBySize() {
            Arrays.sort(sources, Comparator.comparingLong(ScoredSource::size));
        }

        void unite(ScoredMembers result) {
            sortBySize();
            for (ScoredSource source : sources) {
                for (boolean more = source.first(); more; more = source.next()) {
                    double score = source.weighted();
                    int at = result.find(source.memberAddress(), source.memberLength());
                    if (at < 0) {
                        result.add(source.memberAddress(), source.memberLength(), score == score ? score : 0);
                    } else {
                        result.score(at, aggregated(result.score(at), score == score ? score : 0));
                    }
                }
            }
        }

        /// Collects what all have, or only counts it where there is no result to collect it in; stops at `most`.
        long intersect(ScoredMembers result, long most) {
            sortBySize();
            ScoredSource least = sources[0];
            long count = 0;
            for (boolean more = least.first(); more && count < most; more = least.next()) {
                double score = least.weighted();
                score = score == score ? score : 0;
                boolean everywhere = true;
                for (int i = 1; i < sources.length && everywhere; i++) {
                    everywhere = sources[i].find(least.memberAddress(), least.memberLength());
                    score = everywhere ? aggregated(score, sources[i].weighted()) : score;
                }
                if (everywhere) {
                    count++;
                    if (result != null) {
                        result.add(least.memberAddress(), least.memberLength(), score);
                    }
                }
            }
            return count;
        }

        void subtract(ScoredMembers result) {
            ScoredSource first = sources[0];
            for (boolean more = first.first(); more; more = first.next()) {
                boolean elsewhere = false;
                for (int i = 1; i < sources.length && !elsewhere; i++) {
                    elsewhere = sources[i].find(first.memberAddress(), first.memberLength());
                }
                if (!elsewhere) {
                    result.add(first.memberAddress(), first.memberLength(), first.score());
                }
            }
        }

        private double aggregated(double sum, double score) {
            if (aggregate == SUM) {
                double result = sum + score;
                // Infinities of both signs.
                return result == result ? result : 0;
            }
            // What is no number replaces nothing.
            return aggregate == MIN ? score < sum ? score : sum : score > sum ? score : sum;
        }

        @Override
        public void close() {
            for (ScoredSource source : sources) {
                source.close();
            }
        }
    }
}
