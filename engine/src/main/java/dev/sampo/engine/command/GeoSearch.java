package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventName;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.util.Arrays;

/// GEOSEARCH and its older forms: what lies in a circle or box, in the order of the distance if that is asked for, replied
/// or stored.
final class GeoSearch implements AutoCloseable {
    // What a command is, as bits.
    private static final int COORDINATES = 1;
    private static final int MEMBER = 1 << 1;
    private static final int SEARCH = 1 << 2;
    private static final int SEARCH_STORE = 1 << 3;
    private static final int READ_ONLY = 1 << 4;

    private static final int UNSORTED = 0;
    private static final int ASCENDING = 1;
    private static final int DESCENDING = 2;

    private static final byte[] NO_MEMBER = Errors.error("ERR could not decode requested zset member");
    private static final byte[] NO_RADIUS = Errors.error("ERR need numeric radius");
    private static final byte[] NEGATIVE_RADIUS = Errors.error("ERR radius cannot be negative");
    private static final byte[] NO_WIDTH = Errors.error("ERR need numeric width");
    private static final byte[] NO_HEIGHT = Errors.error("ERR need numeric height");
    private static final byte[] NEGATIVE_BOX = Errors.error("ERR height or width cannot be negative");
    private static final byte[] NO_COUNT = Errors.error("ERR COUNT must be > 0");
    private static final byte[] ANY_WITHOUT_COUNT = Errors.error("ERR the ANY argument requires COUNT argument");
    private static final byte[] STORE_AND_WITH = Errors.error(
        "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    private static final byte[] SEARCHSTORE_AND_WITH = Errors.error(
        "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options");

    private final CommandContext c;
    private final Args a;
    private final ReplyWriter r;
    private final int command;
    /// Null if the source is missing.
    private SortedSetValue set;

    private final GeoArea area = new GeoArea();
    private double unitMeters = 1;
    private boolean fromMember;
    private boolean fromPosition;
    private boolean byRadius;
    private boolean byBox;
    private int order = UNSORTED;
    private long count;
    private boolean any;
    private boolean withDistance;
    private boolean withHash;
    private boolean withPosition;
    /// Argument of the destination, 0 = none.
    private int destination;
    private boolean storesDistance;
    /// Whether an error has been replied while an option was read.
    private boolean isFailed;

    /// What was found: the distances in meters are the scores.
    private final ScoredMembers found = new ScoredMembers();
    /// Their own scores: hashes, unless somebody has put other numbers there.
    private double[] scores = new double[16];

    private GeoSearch(CommandContext c, Args a, int command, ReplyWriter r) {
        this.c = c;
        this.a = a;
        this.command = command;
        this.r = r;
    }

    // ---------------------------------------------------------------- commands

    /// GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX width height unit
    /// [ASC | DESC] [COUNT n [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH] -> array of members, each an array with what was asked
    /// for. O(log N + M log M), M = members of the covering areas. Errors: WRONGTYPE; syntax; numbers; unit; options that
    /// exclude each other. https://redis.io/commands/geosearch
    static void geosearch(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, SEARCH, 1, 2, r);
    }

    /// GEOSEARCHSTORE destination source (as GEOSEARCH without WITH*) [STOREDIST] -> number of members stored; none removes the
    /// destination. As GEOSEARCH. https://redis.io/commands/geosearchstore
    static void geosearchstore(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, SEARCH | SEARCH_STORE, 2, 3, r);
    }

    /// GEORADIUS key longitude latitude radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT n [ANY]] [ASC | DESC]
    /// [STORE key | STOREDIST key] -> as GEOSEARCH or GEOSEARCHSTORE. https://redis.io/commands/georadius
    static void georadius(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, COORDINATES, 1, 6, r);
    }

    /// GEORADIUS_RO: GEORADIUS without STORE. https://redis.io/commands/georadius_ro
    static void georadiusRo(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, COORDINATES | READ_ONLY, 1, 6, r);
    }

    /// GEORADIUSBYMEMBER key member radius unit (options of GEORADIUS) -> as GEORADIUS.
    /// https://redis.io/commands/georadiusbymember
    static void georadiusbymember(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, MEMBER, 1, 5, r);
    }

    /// GEORADIUSBYMEMBER_RO: GEORADIUSBYMEMBER without STORE. https://redis.io/commands/georadiusbymember_ro
    static void georadiusbymemberRo(CommandContext c, Args a, ReplyWriter r) {
        run(c, a, MEMBER | READ_ONLY, 1, 5, r);
    }

    private static void run(CommandContext c, Args a, int command, int source, int options, ReplyWriter r) {
        try (GeoSearch search = new GeoSearch(c, a, command, r)) {
            if (search.open(source) && search.readCentre() && search.readOptions(options) && search.check()) {
                search.search();
                search.answer();
            }
        }
    }

    // ---------------------------------------------------------------- the request; methods reply with the error and return false

    private boolean open(int source) {
        destination = (command & SEARCH_STORE) != 0 ? 1 : 0;
        long e = c.lookupRead(a, source);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return false;
        }
        set = e == 0 ? null : SortedSetCommands.open(c, a, source, e);
        return true;
    }

    /// Centre and radius of the older commands, which stand at fixed places.
    private boolean readCentre() {
        if ((command & COORDINATES) != 0) {
            return position(2) && radius(4);
        }
        // Without a source the radius is not looked at.
        return (command & MEMBER) == 0 || set == null || member(2) && radius(3);
    }

    private boolean position(int i) {
        if (!GeoCommands.isPosition(a, i, r)) {
            return false;
        }
        area.longitude = SortedSetCommands.score(a, i);
        area.latitude = SortedSetCommands.score(a, i + 1);
        return true;
    }

    private boolean member(int i) {
        if (!set.find(a.address(i), a.length(i))) {
            return fail(NO_MEMBER);
        }
        long hash = GeoHash.ofScore(set.score());
        area.longitude = GeoHash.longitude(hash);
        area.latitude = GeoHash.latitude(hash);
        return true;
    }

    private boolean radius(int i) {
        double radius = SortedSetCommands.score(a, i);
        if (radius != radius) {
            return fail(NO_RADIUS);
        }
        if (radius < 0) {
            return fail(NEGATIVE_RADIUS);
        }
        unitMeters = GeoCommands.unit(a, i + 1, r);
        area.circle(radius * unitMeters);
        return unitMeters != 0;
    }

    private boolean box(int i) {
        double width = SortedSetCommands.score(a, i);
        double height = SortedSetCommands.score(a, i + 1);
        if (width != width) {
            return fail(NO_WIDTH);
        }
        if (height != height) {
            return fail(NO_HEIGHT);
        }
        if (width < 0 || height < 0) {
            return fail(NEGATIVE_BOX);
        }
        unitMeters = GeoCommands.unit(a, i + 2, r);
        area.box(width * unitMeters, height * unitMeters);
        return unitMeters != 0;
    }

    private boolean fail(byte[] error) {
        r.simple(error);
        return false;
    }

    private boolean readOptions(int from) {
        ArgReader in = c.reader(a, from);
        while (in.more()) {
            if (in.option("WITHDIST")) {
                withDistance = true;
            } else if (in.option("WITHHASH")) {
                withHash = true;
            } else if (in.option("WITHCOORD")) {
                withPosition = true;
            } else if (in.option("ANY")) {
                any = true;
            } else if (in.option("ASC")) {
                order = ASCENDING;
            } else if (in.option("DESC")) {
                order = DESCENDING;
            } else if (in.optionWithValue("COUNT")) {
                count = in.nextLong();
                if (count <= 0) {
                    in.fail(NO_COUNT);
                }
            } else if (!isStore(in) && !isShape(in)) {
                in.fail(Errors.SYNTAX);
            } else if (isFailed) {
                return false;
            }
        }
        return !in.failed(r);
    }

    private boolean isStore(ArgReader in) {
        if ((command & SEARCH_STORE) != 0) {
            if (in.option("STOREDIST")) {
                storesDistance = true;
                return true;
            }
            return false;
        }
        if ((command & (READ_ONLY | SEARCH)) != 0) {
            return false;
        }
        boolean distance = false;
        if (!in.optionWithValue("STORE")) {
            distance = in.optionWithValue("STOREDIST");
            if (!distance) {
                return false;
            }
        }
        if (destination != 0 && storesDistance == distance) {
            // Only the first of several is a key to those who look for keys.
            return false;
        }
        storesDistance = distance;
        destination = in.next();
        return true;
    }

    private boolean isShape(ArgReader in) {
        if ((command & SEARCH) == 0) {
            return false;
        }
        if (!fromPosition && in.optionWithValue("FROMMEMBER")) {
            fromMember = true;
            int at = in.next();
            isFailed = set != null && !member(at);
        } else if (!fromMember && in.left() > 2 && in.option("FROMLONLAT")) {
            fromPosition = true;
            int at = in.next();
            in.next();
            isFailed = !position(at);
        } else if (!byBox && in.left() > 2 && in.option("BYRADIUS")) {
            byRadius = true;
            int at = in.next();
            in.next();
            isFailed = !radius(at);
        } else if (!byRadius && in.left() > 3 && in.option("BYBOX")) {
            byBox = true;
            int at = in.next();
            in.next();
            in.next();
            isFailed = !box(at);
        } else {
            return false;
        }
        return true;
    }

    private boolean check() {
        if (destination != 0 && (withDistance || withHash || withPosition)) {
            return fail((command & SEARCH_STORE) != 0 ? SEARCHSTORE_AND_WITH : STORE_AND_WITH);
        }
        if ((command & SEARCH) != 0 && !fromMember && !fromPosition) {
            r.error("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + Errors.quoted(a, 0));
            return false;
        }
        if ((command & SEARCH) != 0 && !byRadius && !byBox) {
            r.error("ERR exactly one of BYRADIUS and BYBOX can be specified for " + Errors.quoted(a, 0));
            return false;
        }
        return !any || count != 0 || fail(ANY_WITHOUT_COUNT);
    }

    // ---------------------------------------------------------------- searching

    private void search() {
        if (set == null) {
            return;
        }
        if (count != 0 && order == UNSORTED && !any) {
            // The nearest are meant.
            order = ASCENDING;
        }
        area.cover();
        long most = any ? count : Long.MAX_VALUE;
        for (int i = 0; i < area.count() && found.size() < most; i++) {
            double end = area.end(i);
            boolean more = set.seek(set.countBelow(area.least(i), false));
            while (more && set.score() < end && found.size() < most) {
                examine();
                more = set.next();
            }
        }
        if (order != UNSORTED) {
            found.sortByScore(order == DESCENDING);
        }
    }

    /// Collects the current element if it lies in the shape.
    private void examine() {
        double score = set.score();
        long hash = GeoHash.ofScore(score);
        double distance = area.distanceWithin(GeoHash.longitude(hash), GeoHash.latitude(hash));
        if (distance < 0) {
            return;
        }
        int i = found.size();
        if (i == scores.length) {
            scores = Arrays.copyOf(scores, 2 * i);
        }
        scores[i] = score;
        found.add(set.memberAddress(), set.memberLength(), distance);
    }

    // ---------------------------------------------------------------- answering

    private void answer() {
        int returned = (int) (count == 0 ? found.size() : Math.min(count, found.size()));
        if (destination != 0) {
            store(returned);
            r.integer(returned);
            return;
        }
        int parts = 1 + (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPosition ? 1 : 0);
        r.array(returned);
        for (int i = 0; i < returned; i++) {
            int at = found.sorted(i);
            if (parts > 1) {
                r.array(parts);
            }
            r.bulk(found.address(at), found.length(at));
            if (withDistance) {
                GeoText.replyDistance(found.score(at) / unitMeters, r);
            }
            if (withHash) {
                r.integer((long) scores[at]);
            }
            if (withPosition) {
                GeoText.replyPosition(GeoHash.ofScore(scores[at]), r);
            }
        }
    }

    private void store(int returned) {
        for (int i = 0; i < found.size(); i++) {
            found.score(i, storesDistance ? found.score(i) / unitMeters : scores[i]);
        }
        byte[] event = (command & SEARCH_STORE) != 0 ? EventName.GEOSEARCHSTORE : EventName.GEORADIUSSTORE;
        found.store(c, a, destination, returned, event);
    }

    @Override
    public void close() {
        found.close();
    }
}
