package dev.sampo.engine.command;

import java.util.List;
import java.util.Map;

/// Effects of the commands on HyperLogLogs.
final class HyperLogLogEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("PFADD pf a b c", "PFADD {x}pf d e f", "EXPIRE {x}pf 100", "PFADD pfdense a", "PFDEBUG TODENSE pfdense",
            "SET halfpf \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x67\\xff\"");
    }

    @Override
    public Map<String, List<String>> cases() {
        return Map.of(
            "pfadd", List.of("PFADD pf x y", "PFADD pf x", "PFADD new", "PFADD new", "PFADD pfdense 1 2 3 4", "PFADD {x}pf 1 2",
                "PFADD a x", "PFADD halfpf 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "PFADD d"),
            "pfcount", List.of("PFCOUNT pf", "PFADD pf z", "PFCOUNT pf {x}pf", "PFCOUNT pf", "PFCOUNT pfdense"),
            "pfmerge", List.of("PFMERGE pf {x}pf", "PFMERGE {x}new {x}pf", "PFMERGE new nosuch", "PFMERGE {x}pf pfdense",
                "PFMERGE nosuch", "PFMERGE pf"),
            "pfdebug", List.of("PFDEBUG TODENSE pf", "PFDEBUG GETREG {x}pf", "PFDEBUG ENCODING pf", "PFDEBUG TODENSE halfpf"));
    }
}
