package dev.sampo.engine.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Effects of the commands on lists.
final class ListEffects implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("RPUSH list a b c a 1 2 3", "RPUSH other x y z", "RPUSH {x}list 1 2 3 4 5", "RPUSH {x}one 1", "RPUSH one only",
            "RPUSH due a b c", "PEXPIRE due 50", "RPUSH late a b", "EXPIRE late 100", "RPUSH large " + "v".repeat(9000) + " w");
    }

    @Override
    public Map<String, List<String>> cases() {
        Map<String, List<String>> cases = new LinkedHashMap<>();
        cases.put("lpush", List.of("LPUSH list x y", "LPUSH new 1 2 3", "LPUSH due x", "LPUSH a x", "LPUSH late " + "x".repeat(10_000)));
        cases.put("rpush", List.of("RPUSH list x y", "RPUSH new 1 2 3", "RPUSH due x", "RPUSH a x", "RPUSH late x"));
        cases.put("lpushx", List.of("LPUSHX list x y", "LPUSHX new 1", "LPUSHX due x"));
        cases.put("rpushx", List.of("RPUSHX list x y", "RPUSHX new 1", "RPUSHX due x"));
        cases.put("lpop", List.of("LPOP list", "LPOP list 2", "LPOP one", "LPOP list 0", "LPOP due", "LPOP other 9", "LPOP large"));
        cases.put("rpop", List.of("RPOP list", "RPOP list 2", "RPOP one", "RPOP due", "RPOP other 9", "RPOP large"));
        cases.put("linsert", List.of("LINSERT list BEFORE a x", "LINSERT list AFTER c x", "LINSERT list AFTER nosuch x", "LINSERT due BEFORE a x"));
        cases.put("lset", List.of("LSET list 0 x", "LSET list -1 y", "LSET list 99 y", "LSET due 0 x", "LSET late 0 " + "x".repeat(9000)));
        cases.put("lrem", List.of("LREM list 1 a", "LREM list 0 nosuch", "LREM list -1 1", "LREM one 0 only", "LREM due 0 a"));
        cases.put("ltrim", List.of("LTRIM list 1 -2", "LTRIM other 5 1", "LTRIM late 0 -1", "LTRIM due 0 0"));
        List<String> moves = List.of("LMOVE list other LEFT RIGHT", "LMOVE list list LEFT RIGHT", "LMOVE {x}list {x}one RIGHT LEFT",
            "LMOVE one new LEFT LEFT", "LMOVE nosuch new LEFT LEFT", "LMOVE due list LEFT LEFT", "LMOVE list due LEFT LEFT",
            "LMOVE {x}one list LEFT RIGHT", "LMOVE late a LEFT LEFT", "LMOVE large late LEFT RIGHT");
        cases.put("lmove", moves);
        cases.put("blmove", moves.stream().filter(move -> !move.contains("nosuch") && !move.contains("due")).map(move -> "B" + move + " 0")
            .toList());
        cases.put("rpoplpush", List.of("RPOPLPUSH list other", "RPOPLPUSH one one", "RPOPLPUSH one new", "RPOPLPUSH due list"));
        cases.put("brpoplpush", List.of("BRPOPLPUSH list other 0", "BRPOPLPUSH one one 0", "BRPOPLPUSH one new 0"));
        cases.put("lmpop", List.of("LMPOP 2 nosuch list LEFT", "LMPOP 3 due other list RIGHT COUNT 2", "LMPOP 1 one LEFT COUNT 5",
            "LMPOP 1 nosuch LEFT"));
        cases.put("blmpop", List.of("BLMPOP 0 2 nosuch list LEFT", "BLMPOP 0 3 due other list RIGHT COUNT 2", "BLMPOP 0 1 one LEFT COUNT 5"));
        cases.put("blpop", List.of("BLPOP nosuch list 0", "BLPOP due {x}list 0", "BLPOP one 0", "BLPOP late 0"));
        cases.put("brpop", List.of("BRPOP nosuch list 0", "BRPOP due {x}list 0", "BRPOP one 0", "BRPOP large 0"));
        return cases;
    }
}
