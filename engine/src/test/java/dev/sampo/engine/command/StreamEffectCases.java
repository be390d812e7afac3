package dev.sampo.engine.command;

import java.util.List;
import java.util.Map;

/// Effects of the commands on streams.
final class StreamEffectCases implements EffectCases {
    @Override
    public List<String> setup() {
        return List.of("XADD stream 1-1 f 1", "XADD stream 2-1 f 2 g x", "XADD stream 3-1 f 3", "XADD {x}stream 5-5 a b", "XADD {x}stream 6-6 a b",
            "XGROUP CREATE stream g 0", "XREADGROUP GROUP g c COUNT 2 STREAMS stream >", "XGROUP CREATE {x}stream g 0",
            "XREADGROUP GROUP g c STREAMS {x}stream >", "XADD gone 1 f v", "PEXPIRE gone 50");
    }

    @Override
    public Map<String, List<String>> cases() {
        return Map.ofEntries(
            Map.entry("xadd", List.of("XADD stream * f v", "XADD stream * f v", "XADD new 7-* f v", "XADD stream NOMKSTREAM MAXLEN ~ 2 * f v",
                "XADD stream MAXLEN 2 * f v g w", "XADD {x}stream MINID 6 * f v", "XADD {x}stream MINID = 9999999999999999 1800000000000-5 f v",
                "XADD nosuch NOMKSTREAM * f v", "XADD a * f v", "XADD gone * f v")),
            Map.entry("xdel", List.of("XDEL stream 1-1 9-9", "XDEL stream 2-1 3-1", "XDEL {x}stream 4-4", "XDEL {x}stream 6-6", "XDEL gone 1")),
            Map.entry("xtrim", List.of("XTRIM stream MAXLEN 2", "XTRIM stream MINID 3", "XTRIM stream MAXLEN ~ 0", "XTRIM {x}stream MAXLEN ~ 1",
                "XTRIM {x}stream MINID ~ 9999")),
            Map.entry("xsetid", List.of("XSETID stream 9-9 ENTRIESADDED 50 MAXDELETEDID 2-2", "XSETID {x}stream 1-1", "XSETID {x}stream 7-7")),
            Map.entry("xreadgroup", List.of("XREADGROUP GROUP g c STREAMS stream >", "XREADGROUP GROUP g d STREAMS stream >",
                "XREADGROUP GROUP g c STREAMS stream 0", "XADD stream 8-8 f v", "XADD {x}stream 8-8 f v",
                "XREADGROUP GROUP g e NOACK STREAMS stream {x}stream > >", "XREADGROUP GROUP g d COUNT 1 STREAMS stream {x}stream > 0",
                "XREADGROUP GROUP nosuch c STREAMS stream >", "XDEL stream 1-1", "XREADGROUP GROUP g c STREAMS stream 0")),
            Map.entry("xack", List.of("XACK stream g 1-1 9-9", "XACK stream nosuch 1-1", "XACK {x}stream g 5-5 6-6")),
            Map.entry("xclaim", List.of("XCLAIM stream g d 0 1-1", "XCLAIM stream g d 0 2-1 3-1 JUSTID", "XCLAIM stream g e 0 3-1 FORCE IDLE 5000",
                "XCLAIM stream g e 0 3-1 TIME 1000 RETRYCOUNT 9 LASTID 7-7", "XDEL stream 1-1", "XCLAIM stream g e 0 1-1", "XCLAIM stream g new 999999 2-1")),
            Map.entry("xautoclaim", List.of("XAUTOCLAIM stream g d 0 0", "XDEL stream 1-1", "XAUTOCLAIM stream g e 0 0 COUNT 1",
                "XAUTOCLAIM stream g e 0 0 JUSTID", "XAUTOCLAIM {x}stream g new 99999 0")),
            Map.entry("xgroup|create", List.of("XGROUP CREATE stream h $", "XGROUP CREATE stream h 0", "XGROUP CREATE new h 5-5 MKSTREAM ENTRIESREAD 3",
                "XGROUP CREATE nosuch h $")),
            Map.entry("xgroup|setid", List.of("XGROUP SETID stream g $", "XGROUP SETID {x}stream g 2-2 ENTRIESREAD 1")),
            Map.entry("xgroup|destroy", List.of("XGROUP DESTROY stream g", "XGROUP DESTROY stream g", "XGROUP DESTROY {x}stream g")),
            Map.entry("xgroup|createconsumer", List.of("XGROUP CREATECONSUMER stream g c", "XGROUP CREATECONSUMER stream g n")),
            Map.entry("xgroup|delconsumer", List.of("XGROUP DELCONSUMER stream g c", "XGROUP DELCONSUMER stream g nosuch",
                "XGROUP DELCONSUMER {x}stream g c")));
    }
}
