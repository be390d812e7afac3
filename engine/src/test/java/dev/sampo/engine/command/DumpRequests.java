package dev.sampo.engine.command;

import static dev.sampo.engine.rdb.Forms.bytes;
import static dev.sampo.engine.rdb.Forms.payload;
import static dev.sampo.engine.rdb.Forms.string;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// RESTORE of right and wrong payloads.
final class DumpRequests implements RequestFamily {
    private static final String[] PAYLOADS = {
        text(payload(10, bytes(0), string("text"))), text(payload(6, bytes(0, 0xC1, 0x39, 0x30))),
        text(payload(10, bytes(0, 0xC3, 5, 10, 0, 'a', 7 << 5, 0, 0))), text(payload(10, bytes(0), string("12345678901234567890123"))),
        text(payload(10, bytes(2, 2), string("a"), string("a"))), text(payload(10, bytes(1, 0))), text(payload(10, bytes(0, 60))),
        text(payload(99, bytes(0), string("text"))), text(payload(10)), "", "short", "no payload at all"};

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public List<String> next(Random random) {
        List<String> words = new ArrayList<>(List.of("RESTORE", RequestFamily.key(random, "r"),
            RequestFamily.one(random, "0", "0", "0", "-1", "x", "1000000000000", "4102444800000"), RequestFamily.one(random, PAYLOADS)));
        if (random.nextInt(4) != 0) {
            words.add("ABSTTL");
        } else {
            words.set(2, RequestFamily.one(random, "0", "-1", "x", ""));
        }
        while (random.nextInt(3) != 0) {
            switch (random.nextInt(5)) {
                case 0 -> words.addAll(List.of("IDLETIME", RequestFamily.one(random, "0", "100", "-1", "x")));
                case 1 -> words.addAll(List.of("FREQ", RequestFamily.one(random, "0", "255", "256", "-1", "x")));
                case 2 -> words.add(RequestFamily.one(random, "FREQ", "x", "NX"));
                default -> words.add("REPLACE");
            }
        }
        return words;
    }
}
