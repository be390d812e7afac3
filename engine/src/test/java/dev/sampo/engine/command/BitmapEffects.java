package dev.sampo.engine.command;

import java.util.List;
import java.util.Map;

/// Effects of the commands on bits.
final class BitmapEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("SETBIT bits 100 1", "SETBIT {x}bits 7 1", "SET {x}text foobar EX 100");
    }

    @Override
    public Map<String, List<String>> cases() {
        return Map.of(
            "setbit", List.of("SETBIT bits 100 0", "SETBIT bits 100 0", "SETBIT new 5000 0", "SETBIT a 1 1", "SETBIT {x}text 3 1",
                "SETBIT d 1 1"),
            "bitop", List.of("BITOP AND a b c bits", "BITOP OR {x}text {x}text {x}bits", "BITOP XOR {x}bits bits {x}text a",
                "BITOP NOT c b", "BITOP AND bits nosuch", "BITOP OR nosuch nosuch", "BITOP OR new d a"),
            "bitfield", List.of("BITFIELD bits SET u8 0 5 INCRBY i5 100 1 GET u4 0", "BITFIELD new OVERFLOW FAIL SET u1 999 2",
                "BITFIELD a INCRBY u2 0 1 OVERFLOW SAT INCRBY u2 0 9", "BITFIELD {x}text GET u8 0", "BITFIELD d SET u8 #3 7"));
    }
}
