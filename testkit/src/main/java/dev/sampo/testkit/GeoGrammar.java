package dev.sampo.testkit;

import static dev.sampo.testkit.Grammar.all;
import static dev.sampo.testkit.Grammar.from;
import static dev.sampo.testkit.Grammar.key;
import static dev.sampo.testkit.Grammar.maybe;
import static dev.sampo.testkit.Grammar.oneOf;
import static dev.sampo.testkit.Grammar.row;
import static dev.sampo.testkit.Grammar.times;
import static dev.sampo.testkit.Grammar.words;

import dev.sampo.testkit.Grammar.Arg;
import dev.sampo.testkit.Grammar.Family;
import dev.sampo.testkit.Grammar.Row;
import java.util.List;

/// Commands on geospatial indexes. No two members share a meridian, since what is equally far away has no order; distances
/// are stored under keys of their own whose scores are never shown, since their last bit depends on who computes a sine.
final class GeoGrammar {
    private static final Arg KEY = key("geo");
    private static final Arg DISTANCE_KEY = from("a:dist", "{t}dist");
    private static final Arg MEMBER = from("Palermo", "Catania", "Rome", "edge", "pole", "west", "nosuch");
    private static final Arg LATITUDE = from("38.115556", "37.502669", "41.9", "0", "-85.05112878", "85.05112878", "-66.5",
            "0.0001", "86", "x");
    private static final Arg PLACE = oneOf(all(from("13.361389"), LATITUDE, from("Palermo")),
            all(from("15.087269"), LATITUDE, from("Catania")), all(from("12.5"), LATITUDE, from("Rome")),
            all(from("0"), LATITUDE, from("edge")), all(from("180"), LATITUDE, from("pole")), all(from("-177.5"), LATITUDE,
                    from("west")));
    private static final Arg LONGITUDE = from("13.361389", "15.087269", "0.25", "-180", "180", "90.5", "181", "x");
    private static final Arg DISTANCE = from("0", "1", "100", "200.5", "1000", "5000", "20000", "1000000", "-1", "x", "");
    private static final Arg UNIT = from("m", "km", "ft", "mi", "KM", "km", "km", "x");
    private static final Arg CENTRE = oneOf(all(words("FROMMEMBER"), MEMBER), all(words("FROMLONLAT"), LONGITUDE, LATITUDE));
    private static final Arg SHAPE = oneOf(all(words("BYRADIUS"), DISTANCE, UNIT), all(words("BYBOX"), DISTANCE, DISTANCE, UNIT));
    private static final Arg ORDER = all(maybe(70, oneOf(words("ASC"), words("DESC"))),
            maybe(30, all(words("COUNT"), from("1", "2", "3", "100", "0", "x"))));
    private static final Arg WITH = all(maybe(40, words("WITHDIST")), maybe(40, words("WITHHASH")), maybe(40,
            words("WITHCOORD")));
    private static final Arg STORE = oneOf(all(words("STORE"), KEY), all(words("STOREDIST"), DISTANCE_KEY));

    private static final List<Row> ROWS = List.of(
            row(12, "GEOADD", KEY, maybe(20, oneOf(words("NX"), words("XX"))), maybe(20, words("CH")), times(1, 4, PLACE)),
            row(3, "GEODIST", KEY, MEMBER, MEMBER, maybe(50, UNIT)),
            row(3, "GEOHASH", KEY, times(0, 4, MEMBER)),
            row(3, "GEOPOS", KEY, times(0, 4, MEMBER)),
            row(8, "GEOSEARCH", KEY, CENTRE, SHAPE, ORDER, WITH),
            row(3, "GEOSEARCHSTORE", KEY, KEY, CENTRE, SHAPE, ORDER),
            row(2, "GEOSEARCHSTORE", DISTANCE_KEY, KEY, CENTRE, SHAPE, ORDER, words("STOREDIST")),
            row(2, "GEORADIUS", KEY, LONGITUDE, LATITUDE, DISTANCE, UNIT, ORDER, oneOf(WITH, STORE)),
            row(2, "GEORADIUSBYMEMBER", KEY, MEMBER, DISTANCE, UNIT, ORDER, oneOf(WITH, STORE)),
            row(1, "GEORADIUS_RO", KEY, LONGITUDE, LATITUDE, DISTANCE, UNIT, ORDER, WITH),
            row(1, "GEORADIUSBYMEMBER_RO", KEY, MEMBER, DISTANCE, UNIT, ORDER, WITH),
            row(3, "ZRANGE", KEY, from("0"), from("-1"), words("WITHSCORES")),
            row(2, "ZRANGE", DISTANCE_KEY, from("0"), from("-1")),
            row(1, "DEL", KEY));

    private static final String[][] MIXTURES = {
        {"DEL $1 $2", "GEOADD $1 13.4 38.1 a", "GEOSEARCHSTORE $2 $1 FROMLONLAT 13 38 BYRADIUS 100 km", "GEOPOS $2 a",
                "ZREM $1 a", "ZCARD $2"},
    };

    static final Family FAMILY = new Family(1, ROWS, MIXTURES);

    private GeoGrammar() {
    }
}
