package dev.sampo.engine.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Effects of the commands on sets.
final class SetEffects implements EffectCases {
    @Override
    public List<String> setup() {
        List<String> lines = new ArrayList<>(List.of("SADD s 1 2 3", "SADD t 3 4 five", "SADD {x}s a b c", "EXPIRE {x}s 100",
            "SADD {x}t c d", "SADD over 1 2", "PEXPIRE over 50"));
        StringBuilder many = new StringBuilder("SADD big");
        for (int i = 0; i < 1500; i++) {
            many.append(" member").append(i);
        }
        lines.add(many.toString());
        return lines;
    }

    @Override
    public Map<String, List<String>> cases() {
        Map<String, List<String>> cases = new HashMap<>();
        cases.put("sadd", List.of("SADD s 3 4 x", "SADD s 3", "SADD new a a", "SADD a 1", "SADD over 9", "SADD big " + "y".repeat(5000)));
        cases.put("srem", List.of("SREM s 1 9", "SREM s 2 3 4", "SREM {x}s a", "SREM nosuch 1", "SREM over 1", "SREM big member7"));
        cases.put("smove", List.of("SMOVE s t 1", "SMOVE s t 3", "SMOVE s new 2", "SMOVE {x}s {x}t a", "SMOVE t big five",
            "SMOVE big s member1", "SMOVE s s 7", "SMOVE nosuch s 1", "SMOVE t over 4"));
        cases.put("spop", List.of("SPOP s", "SPOP s 2", "SPOP t 1", "SPOP {x}s 99", "SPOP big 1200", "SPOP big", "SPOP nosuch 3", "SPOP over"));
        cases.put("sinterstore", List.of("SINTERSTORE new s t", "SINTERSTORE s s t", "SINTERSTORE {x}s {x}s {x}t", "SINTERSTORE t t nosuch",
            "SINTERSTORE a big big", "SINTERSTORE nosuch nosuch"));
        cases.put("sunionstore", List.of("SUNIONSTORE new s t {x}s", "SUNIONSTORE s s big", "SUNIONSTORE {x}t {x}s {x}t", "SUNIONSTORE t nosuch",
            "SUNIONSTORE a s", "SUNIONSTORE over s"));
        cases.put("sdiffstore", List.of("SDIFFSTORE new s t", "SDIFFSTORE s s s", "SDIFFSTORE {x}s {x}s {x}t", "SDIFFSTORE t t big s {x}t",
            "SDIFFSTORE big big s"));
        return cases;
    }
}
