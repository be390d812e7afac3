package dev.sampo.engine.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Effects of commands on sorted sets and geospatial indexes.
final class SortedSetEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("ZADD z 1 a 2 b 3 c 4.5 d", "ZADD {x}z 1 a 1 b 1 c 1 d", "ZADD {x}y 2 a 3 z", "ZADD w inf a -inf b",
            "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");
    }

    @Override
    public Map<String, List<String>> cases() {
        Map<String, List<String>> cases = new LinkedHashMap<>();
        cases.put("zadd", List.of("ZADD z 5 e", "ZADD z NX 6 e 7 f", "ZADD z INCR 0.1 a", "ZADD z INCR 0.2 a", "ZADD new 1 x 2 x",
            "ZADD z XX GT CH 9 a 0 b", "ZADD w INCR inf b", "ZADD a 1 x", "ZADD new 1 " + "y".repeat(100)));
        cases.put("zincrby", List.of("ZINCRBY z 0.1 a", "ZINCRBY z 0.2 a", "ZINCRBY z 0 b", "ZINCRBY new 5 x",
            "ZINCRBY w inf a"));
        cases.put("zrem", List.of("ZREM z a nosuch", "ZREM z b c d", "ZREM nosuch x"));
        cases.put("zremrangebyrank", List.of("ZREMRANGEBYRANK z 0 1", "ZREMRANGEBYRANK z -1 -1", "ZREMRANGEBYRANK {x}z 0 -1"));
        cases.put("zremrangebyscore", List.of("ZREMRANGEBYSCORE z (1 3", "ZREMRANGEBYSCORE z -inf +inf"));
        cases.put("zremrangebylex", List.of("ZREMRANGEBYLEX {x}z (a [c", "ZREMRANGEBYLEX {x}z - +"));
        cases.put("zpopmin", List.of("ZPOPMIN z", "ZPOPMIN z 2", "ZPOPMIN z 10", "ZPOPMIN nosuch"));
        cases.put("zpopmax", List.of("ZPOPMAX z", "ZPOPMAX z 0", "ZPOPMAX {x}z 3"));
        cases.put("zmpop", List.of("ZMPOP 2 nosuch z MIN", "ZMPOP 3 nosuch {x}z z MAX COUNT 3", "ZMPOP 1 z MIN COUNT 100"));
        cases.put("bzpopmin", List.of("BZPOPMIN nosuch z 1", "BZPOPMIN {x}z z 1"));
        cases.put("bzpopmax", List.of("BZPOPMAX nosuch z 1", "BZPOPMAX {x}y 1"));
        cases.put("bzmpop", List.of("BZMPOP 1 2 nosuch z MIN COUNT 2", "BZMPOP 1 1 {x}y MAX"));
        cases.put("zrangestore", List.of("ZRANGESTORE new z 1 2", "ZRANGESTORE z {x}z -inf 1 BYSCORE REV LIMIT 1 2",
            "ZRANGESTORE w z 5 6",
            "ZRANGESTORE {x}z {x}z [b + BYLEX", "ZRANGESTORE a {x}y 0 -1"));
        cases.put("zunionstore", List.of("ZUNIONSTORE new 2 z {x}z WEIGHTS 2 0.1", "ZUNIONSTORE z 2 z w AGGREGATE MAX",
            "ZUNIONSTORE a 1 nosuch",
            "ZUNIONSTORE w 1 {x}y"));
        cases.put("zinterstore", List.of("ZINTERSTORE new 2 z {x}z", "ZINTERSTORE z 2 w nosuch", "ZINTERSTORE {x}y 2 {x}z {x}y"));
        cases.put("zdiffstore", List.of("ZDIFFSTORE new 2 z {x}y", "ZDIFFSTORE {x}y 2 {x}y nosuch", "ZDIFFSTORE w 2 z z"));
        cases.put("geoadd", List.of("GEOADD g 1 2 x", "GEOADD g XX CH 3 4 x 5 6 y", "GEOADD new NX 1 1 a"));
        cases.put("geosearchstore", List.of("GEOSEARCHSTORE new g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST",
            "GEOSEARCHSTORE g g FROMMEMBER Palermo BYBOX 10 10 km", "GEOSEARCHSTORE z nosuch FROMLONLAT 0 0 BYRADIUS 1 m"));
        cases.put("georadius", List.of("GEORADIUS g 15 37 200 km STORE new", "GEORADIUS g 0 0 1 m STOREDIST z",
            "GEORADIUS g 15 37 200 km"));
        cases.put("georadiusbymember", List.of("GEORADIUSBYMEMBER g Palermo 200 km STOREDIST {x}z COUNT 1 DESC",
            "GEORADIUSBYMEMBER g Palermo 1 m STORE g"));
        return cases;
    }
}
