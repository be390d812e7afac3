package dev.sampo.engine;

import dev.sampo.engine.command.ArgReader;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.command.Effect;
import dev.sampo.engine.command.KeySpec.Part;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;

/// Blocking commands on strings, for tests of how commands block and wake, whatever the real ones do:
/// - `TAKE key [key ...] timeout`: removes the first key that there is and replies with its value.
/// - `TAKETO source destination timeout`: renames, and replies with the value; waits for the source.
/// - `SEE key than timeout`: replies with the value when it is another one than `than`, and `$` stands for the current one;
///   for `!` it waits until the key is gone, which is an error.
public final class BlockingRows {
    private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SET = "SET".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NAME = "taken".getBytes(StandardCharsets.US_ASCII);
    private static final int SOURCE = KeyFlag.RW | KeyFlag.ACCESS | KeyFlag.DELETE;

    private BlockingRows() {
    }

    public static CommandTable.Builder addTo(CommandTable.Builder t) {
        t.add("TAKE", -3, CommandFlag.WRITE | CommandFlag.BLOCKING, Category.STRING, KeySpec.range(1, -2, 1, SOURCE), BlockingRows::take)
            .effect(Effect.CUSTOM);
        t.add("TAKETO", 4, CommandFlag.WRITE | CommandFlag.BLOCKING, Category.STRING,
            KeySpec.of(Part.range(1, 0, 1, SOURCE), Part.range(2, 0, 1, KeyFlag.RW | KeyFlag.INSERT)), BlockingRows::takeTo).effect(Effect.CUSTOM);
        t.add("SEE", 4, CommandFlag.READONLY | CommandFlag.BLOCKING, Category.STRING, KeySpec.key(1, KeyFlag.RO | KeyFlag.ACCESS), BlockingRows::see);
        return t;
    }

    private static void take(CommandContext c, Args a, ReplyWriter r) {
        int keys = a.count() - 2;
        ArgReader in = c.reader(a, 1 + keys);
        long timeout = in.nextTimeout();
        if (in.failed(r)) {
            return;
        }
        for (int i = 1; i <= keys; i++) {
            long e = c.lookupWrite(a, i);
            if (e != 0) {
                r.bulk(c.text(e, 0), c.textLength(e));
                remove(c, a, i);
                return;
            }
        }
        orBlock(c, a, timeout, r, CommandContext.NULL_ARRAY);
    }

    private static void takeTo(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        long timeout = in.nextTimeout();
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0) {
            orBlock(c, a, timeout, r, CommandContext.NULL_BULK);
            return;
        }
        r.bulk(c.text(e, 0), c.textLength(e));
        byte[] value = OffHeap.bytes(c.text(e, 0), c.textLength(e));
        remove(c, a, 1);
        Keyspace ks = c.keyspace(a, 2);
        long copy = OffHeap.allocate(value.length);
        OffHeap.copyFrom(value, 0, copy, value.length);
        ks.setText(a.address(2), a.length(2), c.hash(a, 2), copy, value.length, 0);
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, SET, 3);
            log.argument(a.address(2), a.length(2));
            log.argument(copy, value.length);
            log.end();
        }
        OffHeap.free(copy, value.length);
        c.commit(ks, a, 2, EventClass.STRING, NAME);
    }

    private static void see(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        long timeout = in.nextTimeout();
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        boolean gone = a.equalsIgnoreCase(2, "!");
        if (gone && c.isWoken() && e == 0) {
            r.error("GONE it is");
            return;
        }
        if (gone) {
            c.wakeOnRemoval();
        }
        boolean current = a.length(2) == 1 && a.string(2).equals("$");
        String value = e == 0 || Entry.type(e) != Type.STRING ? ""
            : OffHeap.latin1(c.text(e, 0), c.textLength(e));
        if (!current && !gone && !value.isEmpty() && !value.equals(a.string(2))) {
            r.bulk(value);
            return;
        }
        if (current && e != 0) {
            c.blockWith(a, 2, c.text(e, 0), c.textLength(e));
        }
        orBlock(c, a, timeout, r, CommandContext.NULL_BULK);
    }

    private static void remove(CommandContext c, Args a, int i) {
        Keyspace ks = c.keyspace(a, i);
        ks.delete(a.address(i), a.length(i), c.hash(a, i));
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, DEL, 2);
            log.argument(a.address(i), a.length(i));
            log.end();
        }
        c.commit(ks, a, i, EventClass.GENERIC, NAME);
    }

    private static void orBlock(CommandContext c, Args a, long timeout, ReplyWriter r, NullReply nullReply) {
        if (c.mayBlock()) {
            c.block(a, timeout, nullReply);
        } else {
            nullReply.write(r);
        }
    }
}
