package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// Commands on geospatial indexes: sorted sets whose scores are [GeoHash]es. Contract:
/// https://redis.io/commands/?group=geo
final class GeoCommands {
    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int CH = 1 << 2;

    private static final byte[] UNIT = Errors.error("ERR unsupported unit provided. please use M, KM, FT, MI");

    private GeoCommands() {
    }

    static void register(CommandTable.Builder t) {
        long geo = Category.GEO;
        KeySpec asked = KeySpec.key(1, RO | ACCESS);
        t.add("GEOADD", -5, WRITE | DENYOOM, geo, KeySpec.key(1, RW | UPDATE), GeoCommands::geoadd).effect(Effect.VERBATIM);
        t.add("GEODIST", -4, READONLY, geo, asked, GeoCommands::geodist);
        t.add("GEOHASH", -2, READONLY, geo, asked, GeoCommands::geohash);
        t.add("GEOPOS", -2, READONLY, geo, asked, GeoCommands::geopos);
        t.add("GEOSEARCH", -7, READONLY, geo, asked, GeoSearch::geosearch);
        t.add("GEOSEARCHSTORE", -8, WRITE | DENYOOM, geo,
            KeySpec.of(KeySpec.Part.range(1, 0, 1, OW | UPDATE), KeySpec.Part.range(2, 0, 1, RO | ACCESS)),
            GeoSearch::geosearchstore).effect(Effect.CUSTOM);
        t.add("GEORADIUS", -6, WRITE | DENYOOM, geo, stored(6), GeoSearch::georadius).effect(Effect.CUSTOM);
        t.add("GEORADIUS_RO", -6, READONLY, geo, asked, GeoSearch::georadiusRo);
        t.add("GEORADIUSBYMEMBER", -5, WRITE | DENYOOM, geo, stored(5), GeoSearch::georadiusbymember).effect(Effect.CUSTOM);
        t.add("GEORADIUSBYMEMBER_RO", -5, READONLY, geo, asked, GeoSearch::georadiusbymemberRo);
    }

    /// The key at 1, and those behind STORE and STOREDIST from argument `from` on.
    private static KeySpec stored(int from) {
        var one = new KeySpec.Range(0, 1, 0);
        return KeySpec.of(KeySpec.Part.range(1, 0, 1, RO | ACCESS),
            new KeySpec.Part(OW | UPDATE, null, new KeySpec.Keyword("STORE", from), one),
            new KeySpec.Part(OW | UPDATE, null, new KeySpec.Keyword("STOREDIST", from), one));
    }

    // ---------------------------------------------------------------- adding

    /// GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...] -> number of members added (with
    /// CH: or moved). O(M log N). Errors: WRONGTYPE; syntax; not a float; invalid pair. https://redis.io/commands/geoadd
    private static void geoadd(CommandContext c, Args a, ReplyWriter r) {
        int flags = 0;
        int from = 2;
        for (int flag; from < a.count() && (flag = flag(a, from)) != 0; from++) {
            flags |= flag;
        }
        if ((a.count() - from) % 3 != 0 || (flags & (NX | XX)) == (NX | XX)) {
            r.simple(Errors.SYNTAX);
            return;
        }
        for (int i = from; i < a.count(); i += 3) {
            if (!isPosition(a, i, r)) {
                return;
            }
        }
        if (from == a.count()) {
            // Redis hands the request on to ZADD, which misses the scores.
            r.simple(Errors.SYNTAX);
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (SortedSetCommands.isSortedSet(e, r)) {
            r.integer(add(c, a, e, from, flags));
        }
    }

    private static int flag(Args a, int i) {
        return a.equalsIgnoreCase(i, "NX") ? NX : a.equalsIgnoreCase(i, "XX") ? XX : a.equalsIgnoreCase(i, "CH") ? CH : 0;
    }

    private static int add(CommandContext c, Args a, long e, int from, int flags) {
        if (e == 0 && (flags & XX) != 0) {
            return 0;
        }
        Keyspace ks = c.keyspace(a, 1);
        SortedSetValue set = e != 0 ? SortedSetCommands.open(c, a, 1, e) : c.sortedSet().create(ks, a.address(1), a.length(1),
            c.hash(a, 1), (a.count() - from) / 3, a.length(from + 2));
        CollectionLimits limits = c.settings().collections();
        int added = 0;
        int moved = 0;
        for (int i = from; i < a.count(); i += 3) {
            double score = GeoHash.encode(SortedSetCommands.score(a, i), SortedSetCommands.score(a, i + 1));
            long member = a.address(i + 2);
            int length = a.length(i + 2);
            if (!set.find(member, length)) {
                if ((flags & XX) == 0) {
                    set.insert(member, length, score, limits);
                    added++;
                }
            } else if ((flags & NX) == 0 && set.score() != score) {
                set.rescore(member, length, score);
                moved++;
            }
        }
        if (added + moved > 0) {
            if (e == 0) {
                c.created(ks, a, 1);
            }
            c.commit(ks, a, 1, EventClass.ZSET, EventName.ZADD);
        }
        return (flags & CH) != 0 ? added + moved : added;
    }

    /// Whether arguments `i` and `i + 1` are longitude and latitude; if not, that is the reply.
    static boolean isPosition(Args a, int i, ReplyWriter r) {
        double longitude = SortedSetCommands.score(a, i);
        double latitude = SortedSetCommands.score(a, i + 1);
        if (longitude != longitude || latitude != latitude) {
            r.simple(Errors.NOT_A_FLOAT);
            return false;
        }
        if (!GeoHash.isValid(longitude, latitude)) {
            r.error("ERR invalid longitude,latitude pair " + sixDecimals(longitude) + "," + sixDecimals(latitude));
            return false;
        }
        return true;
    }

    private static String sixDecimals(double value) {
        return Double.isInfinite(value) ? value > 0 ? "inf" : "-inf" : new BigDecimal(value)
            .setScale(6, RoundingMode.HALF_EVEN).toPlainString();
    }

    /// Meters in the unit that argument `i` names, or 0 if it names none, which then is the reply.
    static double unit(Args a, int i, ReplyWriter r) {
        double meters = a.equalsIgnoreCase(i, "M") ? 1 : a.equalsIgnoreCase(i, "KM") ? 1000 : a.equalsIgnoreCase(i, "FT") ? 0.3048
            : a.equalsIgnoreCase(i, "MI") ? 1609.34 : 0;
        if (meters == 0) {
            r.simple(UNIT);
        }
        return meters;
    }

    // ---------------------------------------------------------------- asking

    /// GEODIST key member1 member2 [M | KM | FT | MI] -> distance with four decimals | nil. O(log N). Errors: WRONGTYPE;
    /// syntax; unit. https://redis.io/commands/geodist
    private static void geodist(CommandContext c, Args a, ReplyWriter r) {
        double meters = a.count() == 5 ? unit(a, 4, r) : 1;
        if (meters == 0) {
            return;
        }
        if (a.count() > 5) {
            r.simple(Errors.SYNTAX);
            return;
        }
        long e = c.lookupRead(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        SortedSetValue set = c.sortedSet();
        if (e == 0 || !SortedSetCommands.open(c, a, 1, e).find(a.address(2), a.length(2))) {
            r.nullBulk();
            return;
        }
        long one = GeoHash.ofScore(set.score());
        if (!set.find(a.address(3), a.length(3))) {
            r.nullBulk();
            return;
        }
        long other = GeoHash.ofScore(set.score());
        double distance = GeoHash.distance(GeoHash.longitude(one), GeoHash.latitude(one), GeoHash.longitude(other),
            GeoHash.latitude(other));
        GeoText.replyDistance(distance / meters, r);
    }

    /// GEOHASH key [member ...] -> array of geohash text | nil. O(M log N). Errors: WRONGTYPE.
    /// https://redis.io/commands/geohash
    private static void geohash(CommandContext c, Args a, ReplyWriter r) {
        replyPlaces(c, a, false, r);
    }

    /// GEOPOS key [member ...] -> array of longitude and latitude | nil array. O(M log N). Errors: WRONGTYPE.
    /// https://redis.io/commands/geopos
    private static void geopos(CommandContext c, Args a, ReplyWriter r) {
        replyPlaces(c, a, true, r);
    }

    private static void replyPlaces(CommandContext c, Args a, boolean positions, ReplyWriter r) {
        long e = c.lookupRead(a, 1);
        if (!SortedSetCommands.isSortedSet(e, r)) {
            return;
        }
        SortedSetValue set = e == 0 ? null : SortedSetCommands.open(c, a, 1, e);
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            if (set == null || !set.find(a.address(i), a.length(i))) {
                if (positions) {
                    r.nullArray();
                } else {
                    r.nullBulk();
                }
            } else if (positions) {
                GeoText.replyPosition(GeoHash.ofScore(set.score()), r);
            } else {
                GeoText.replyHash(GeoHash.ofScore(set.score()), r);
            }
        }
    }
}
