package dev.sampo.engine.command;

import java.util.List;
import java.util.Map;

/// SORT with STORE on the source's shard and on another one, over values of all kinds, over nothing.
final class SortEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("RPUSH {o}list 3 1 2", "SADD {o}set 30 10 20", "ZADD {o}zset 1 c 2 b 3 a", "MSET w_1 9 w_2 8 w_3 7",
            "RPUSH {o}old x y");
    }

    @Override
    public Map<String, List<String>> cases() {
        return Map.of("sort", List.of("SORT {o}list STORE {o}new", "SORT {o}set STORE other",
            "SORT {o}zset BY nosort STORE {o}old", "SORT {o}zset ALPHA DESC STORE {o}zset",
            "SORT {o}list BY w_* GET # GET w_* STORE far",
            "SORT {o}list GET nosuch STORE a", "SORT nosuch STORE {o}set", "SORT nosuch STORE nosuch2",
            "SORT {o}list LIMIT 1 1 STORE d", "SORT {o}list"));
    }
}
