package dev.sampo.engine.command;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Effects of the commands on hashes. When the cases begin, field `over` of `h` and of `{x}h` and all of `gone` are over.
final class HashEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("HSET h f 1 g text over 5 n 1.5", "HPEXPIRE h 50 FIELDS 1 over", "HEXPIRE h 100 FIELDS 1 n",
            "HSET {x}h f 1 over 2", "HPEXPIRE {x}h 55 FIELDS 1 over", "HSET gone a 1 b 2", "HPEXPIRE gone 10 FIELDS 2 a b",
            "HSET big f " + "x".repeat(65) + " g 1 over 2", "HPEXPIRE big 40 FIELDS 1 over", "HEXPIRE big 9 FIELDS 1 g");
    }

    @Override
    public Map<String, List<String>> cases() {
        Map<String, List<String>> cases = new HashMap<>();
        cases.put("hset", List.of("HSET h f 2 z 3", "HSET h over 1 n 2", "HSET new a 1", "HSET a f 1", "HSET d f 1",
            "HSET gone a 3",
            "HSET big over 1"));
        cases.put("hmset", List.of("HMSET h f 2 z 3", "HMSET gone c 3"));
        cases.put("hsetnx", List.of("HSETNX h f 2", "HSETNX h over 3", "HSETNX new a 1", "HSETNX gone a 7", "HSETNX big over 1"));
        cases.put("hdel", List.of("HDEL h f over nosuch", "HDEL {x}h f over", "HDEL gone a b", "HDEL big f g", "HDEL nosuch a"));
        cases.put("hincrby", List.of("HINCRBY h f 5", "HINCRBY h over 5", "HINCRBY h g 1", "HINCRBY gone a 1", "HINCRBY h n 1",
            "HINCRBY big g 4", "HINCRBY big over 4"));
        cases.put("hincrbyfloat", List.of("HINCRBYFLOAT h n 0.1", "HINCRBYFLOAT h f 0.1", "HINCRBYFLOAT h over 0.1",
            "HINCRBYFLOAT gone a 3", "HINCRBYFLOAT big g 0.25"));
        cases.put("hexpire", List.of("HEXPIRE h 10 FIELDS 2 f over", "HEXPIRE h 200 GT FIELDS 2 n g", "HEXPIRE h 0 FIELDS 2 f g",
            "HEXPIRE gone 10 FIELDS 1 a", "HEXPIRE big 5 LT FIELDS 2 f g", "HEXPIRE {x}h 0 NX FIELDS 2 f over"));
        cases.put("hpexpire", List.of("HPEXPIRE h 3 NX FIELDS 2 f n", "HGET h f", "HPEXPIRE big 3 FIELDS 1 f",
            "HINCRBY big f 1", "COPY h {x}copy", "COPY big other", "RENAME h {y}h", "RENAME big {x}h", "MOVE other 3"));
        cases.put("hexpireat", List.of("HEXPIREAT h 1700000500 FIELDS 3 f g over", "HEXPIREAT h 1 FIELDS 1 f",
            "HEXPIREAT big 1800000000 XX FIELDS 2 f g"));
        cases.put("hpexpireat", List.of("HPEXPIREAT h 1700000500123 FIELDS 3 f g n", "HPEXPIREAT big 1700000500123 FIELDS 1 f",
            "HPEXPIREAT big 5 FIELDS 2 f g"));
        cases.put("hpersist", List.of("HPERSIST h FIELDS 3 n f over", "HPERSIST gone FIELDS 1 a",
            "HPERSIST big FIELDS 2 g over"));
        cases.put("hgetdel", List.of("HGETDEL h FIELDS 3 f over nosuch", "HGETDEL {x}h FIELDS 2 f over",
            "HGETDEL big FIELDS 1 f"));
        cases.put("hgetex", List.of("HGETEX h EX 10 FIELDS 2 f over", "HGETEX h PERSIST FIELDS 2 n f",
            "HGETEX h PXAT 5 FIELDS 1 g",
            "HGETEX big PX 100 FIELDS 2 f g", "HGETEX big FIELDS 1 f"));
        cases.put("hsetex", List.of("HSETEX h EX 10 FIELDS 2 f 1 z 2", "HSETEX h KEEPTTL FIELDS 2 n 3 over 4",
            "HSETEX new FIELDS 1 a 1",
            "HSETEX h FNX FIELDS 1 f 1", "HSETEX h FXX PXAT 1700000900000 FIELDS 1 g 2", "HSETEX gone PXAT 5 FIELDS 1 a 1",
            "HSETEX big PX 20 FIELDS 2 f 1 over 2", "HSETEX never EX 0 FIELDS 1 a 1"));
        return cases;
    }
}
