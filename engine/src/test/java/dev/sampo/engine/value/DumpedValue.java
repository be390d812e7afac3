package dev.sampo.engine.value;

import dev.sampo.engine.RedisServer;
import dev.sampo.resp.Reply;
import java.io.IOException;
import java.util.Arrays;

/// The packed form of a value as redis-server holds it, cut out of what DUMP says.
final class DumpedValue {
    private static final int QUICKLIST_2 = 18;
    /// RDB version and checksum.
    private static final int TRAILER_BYTES = 10;

    private DumpedValue() {
    }

    /// The listpack or intset of a small value; of a list, its only node.
    static byte[] packed(RedisServer server, String key) throws IOException {
        byte[] dump = ((Reply.Bulk) server.run("DUMP " + key)).bytes();
        int at = 1;
        if (dump[0] == QUICKLIST_2) {
            if (dump[1] != 1 || dump[2] != 2) {
                throw new IllegalStateException(key + " has several or plain nodes");
            }
            at = 3;
        }
        int kind = dump[at] >>> 6 & 3;
        int length;
        if (kind == 0) {
            length = dump[at] & 0x3F;
            at += 1;
        } else if (kind == 1) {
            length = (dump[at] & 0x3F) << 8 | dump[at + 1] & 0xFF;
            at += 2;
        } else if ((dump[at] & 0xFF) == 0x80) {
            length = (dump[at + 1] & 0xFF) << 24 | (dump[at + 2] & 0xFF) << 16 | (dump[at + 3] & 0xFF) << 8 | dump[at + 4] & 0xFF;
            at += 5;
        } else {
            throw new IllegalStateException(key + " is compressed");
        }
        if (at + length + TRAILER_BYTES != dump.length) {
            throw new IllegalStateException(key + " consists of more than one string");
        }
        return Arrays.copyOfRange(dump, at, at + length);
    }
}
