package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.Args;
import java.nio.charset.StandardCharsets;

/// The effects that commands are logged as when the request itself would not do.
final class Effects {
    static final byte[] ABSTTL = word("ABSTTL");
    static final byte[] COPY = word("COPY");
    static final byte[] DB = word("DB");
    static final byte[] DEL = word("DEL");
    static final byte[] FLUSHALL = word("FLUSHALL");
    static final byte[] FLUSHDB = word("FLUSHDB");
    static final byte[] FIELDS = word("FIELDS");
    static final byte[] HDEL = word("HDEL");
    static final byte[] HPERSIST = word("HPERSIST");
    static final byte[] HPEXPIREAT = word("HPEXPIREAT");
    static final byte[] HSET = word("HSET");
    static final byte[] HSETEX = word("HSETEX");
    static final byte[] KEEPTTL = word("KEEPTTL");
    static final byte[] PERSIST = word("PERSIST");
    static final byte[] PEXPIREAT = word("PEXPIREAT");
    static final byte[] PXAT = word("PXAT");
    static final byte[] RENAME = word("RENAME");
    static final byte[] REPLACE = word("REPLACE");
    static final byte[] RESTORE = word("RESTORE");
    static final byte[] RPUSH = word("RPUSH");
    static final byte[] SADD = word("SADD");
    static final byte[] SET = word("SET");
    static final byte[] SREM = word("SREM");
    static final byte[] SWAPDB = word("SWAPDB");
    static final byte[] ZADD = word("ZADD");
    static final byte[] ZREM = word("ZREM");

    private Effects() {
    }

    private static byte[] word(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    /// `SET key value [PXAT deadline | KEEPTTL]`; the caller has asked whether effects are wanted.
    static void set(CommandContext c, Keyspace ks, Args a, int key, long value, int valueLength, long deadline,
                    boolean keepTtl) {
        EffectLog log = c.effect(ks, SET, keepTtl ? 4 : deadline != 0 ? 5 : 3);
        log.argument(a.address(key), a.length(key));
        log.argument(value, valueLength);
        if (keepTtl) {
            log.argument(KEEPTTL);
        } else if (deadline != 0) {
            log.argument(PXAT);
            c.number(log, deadline);
        }
        log.end();
    }

    /// The request itself, all of whose keys live in `ks`; the caller has asked whether effects are wanted.
    static void request(CommandContext c, Keyspace ks, Args a) {
        EffectLog log = c.effect(ks, c.spec().effectName(), a.count());
        for (int i = 1; i < a.count(); i++) {
            log.argument(a.address(i), a.length(i));
        }
        log.end();
    }

    /// `DEL key`, if effects are wanted.
    static void del(CommandContext c, Keyspace ks, Args a, int key) {
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, DEL, 2);
            log.argument(a.address(key), a.length(key));
            log.end();
        }
    }

    /// `PEXPIREAT key deadline`, or `PERSIST key` for 0, if effects are wanted.
    static void deadline(CommandContext c, Keyspace ks, Args a, int key, long deadline) {
        if (!c.logs(ks)) {
            return;
        }
        EffectLog log = deadline == 0 ? c.effect(ks, PERSIST, 2) : c.effect(ks, PEXPIREAT, 3);
        log.argument(a.address(key), a.length(key));
        if (deadline != 0) {
            c.number(log, deadline);
        }
        log.end();
    }
}
