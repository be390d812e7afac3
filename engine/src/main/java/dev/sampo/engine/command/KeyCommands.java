package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.FAST;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.STALE;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.DELETE;
import static dev.sampo.engine.command.KeyFlag.INSERT;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RM;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.RW;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.Shard;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import java.util.List;

/// Commands on keys of any type and on whole databases. Contract: https://redis.io/commands/?group=generic
final class KeyCommands {
    /// What OBJECT REFCOUNT says of the numbers that Redis keeps one shared object of.
    private static final int SHARED_REFERENCES = Integer.MAX_VALUE;
    private static final int SHARED_NUMBERS = 10_000;

    private static final byte[] FIRST_DB = Errors.error("ERR invalid first DB index");
    private static final byte[] SECOND_DB = Errors.error("ERR invalid second DB index");
    private static final byte[] NO_FREQUENCY = Errors.error("ERR An LFU maxmemory policy is not selected, access "
        + "frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take "
        + "some time to adjust.");
    private static final byte[] NO_IDLE_TIME = Errors.error("ERR An LFU maxmemory policy is selected, idle time not "
        + "tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to "
        + "adjust.");

    private static final byte[][] TYPE_REPLIES = typeReplies();
    private static final byte[] NO_TYPE = ReplyWriter.encodeSimple("none");

    private static final List<String> OBJECT_HELP = List.of(
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    How the value of the key is represented in memory.",
        "FREQ <key>",
        "    The logarithmic access counter of the key. Needs an LFU maxmemory-policy.",
        "IDLETIME <key>",
        "    Seconds since the key was last accessed. Not under an LFU maxmemory-policy.",
        "REFCOUNT <key>",
        "    How many references to the value there are.",
        "HELP",
        "    This text.");
    private static final List<String> MEMORY_HELP = List.of(
        "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DOCTOR",
        "    What stands out about the use of memory, in words.",
        "MALLOC-STATS",
        "    What each shard's allocator holds.",
        "PURGE",
        "    Move entries together, so that memory goes back to the system.",
        "STATS",
        "    What memory is used for.",
        "USAGE <key> [SAMPLES <count>]",
        "    Bytes that the key and its value take. Of a nested value, <count> elements are",
        "    looked at (default 5, 0 = all).",
        "HELP",
        "    This text.");

    private KeyCommands() {
    }

    static void register(CommandTable.Builder t) {
        long keyspace = Category.KEYSPACE;
        KeySpec all = KeySpec.range(1, -1, 1, RO);
        KeySpec removed = KeySpec.range(1, -1, 1, RM | DELETE);
        t.add("DEL", -2, WRITE, keyspace, removed, KeyCommands::del).effect(Effect.VERBATIM)
            .tips("request_policy:multi_shard", "response_policy:agg_sum");
        t.add("UNLINK", -2, WRITE | FAST, keyspace, removed, KeyCommands::del).effect(Effect.VERBATIM)
            .tips("request_policy:multi_shard", "response_policy:agg_sum");
        t.add("EXISTS", -2, READONLY | FAST, keyspace, all, KeyCommands::exists)
            .tips("request_policy:multi_shard", "response_policy:agg_sum");
        t.add("TOUCH", -2, READONLY | FAST, keyspace, all, KeyCommands::touch)
            .tips("request_policy:multi_shard", "response_policy:agg_sum");
        t.add("TYPE", 2, READONLY | FAST, keyspace, KeySpec.key(1, RO), KeyCommands::type);
        t.add("RENAME", 3, WRITE, keyspace, pair(RW | ACCESS | DELETE, OW | UPDATE), KeyCommands::rename)
            .effect(Effect.CUSTOM);
        t.add("RENAMENX", 3, WRITE | FAST, keyspace, pair(RW | ACCESS | DELETE, OW | INSERT), KeyCommands::renamenx)
            .effect(Effect.CUSTOM);
        t.add("COPY", -3, WRITE | DENYOOM, keyspace, pair(RO | ACCESS, OW | UPDATE), KeyCommands::copy)
            .effect(Effect.CUSTOM);
        t.add("MOVE", 3, WRITE | FAST, keyspace, KeySpec.key(1, RW | ACCESS | UPDATE), KeyCommands::move)
            .effect(Effect.VERBATIM);
        registerExpiry(t, keyspace);
        registerDatabases(t, keyspace);
        registerIntrospection(t, keyspace);
    }

    private static KeySpec pair(int first, int second) {
        return KeySpec.of(KeySpec.Part.range(1, 0, 1, first), KeySpec.Part.range(2, 0, 1, second));
    }

    private static void registerExpiry(CommandTable.Builder t, long keyspace) {
        KeySpec changed = KeySpec.key(1, RW | UPDATE);
        KeySpec asked = KeySpec.key(1, RO | ACCESS);
        t.add("EXPIRE", -3, WRITE | FAST, keyspace, changed, KeyCommands::expire).effect(Effect.CUSTOM);
        t.add("PEXPIRE", -3, WRITE | FAST, keyspace, changed, KeyCommands::pexpire).effect(Effect.CUSTOM);
        t.add("EXPIREAT", -3, WRITE | FAST, keyspace, changed, KeyCommands::expireat).effect(Effect.CUSTOM);
        t.add("PEXPIREAT", -3, WRITE | FAST, keyspace, changed, KeyCommands::pexpireat).effect(Effect.CUSTOM);
        t.add("PERSIST", 2, WRITE | FAST, keyspace, changed, KeyCommands::persist).effect(Effect.VERBATIM);
        t.add("TTL", 2, READONLY | FAST, keyspace, asked, KeyCommands::ttl).tips("nondeterministic_output");
        t.add("PTTL", 2, READONLY | FAST, keyspace, asked, KeyCommands::pttl).tips("nondeterministic_output");
        t.add("EXPIRETIME", 2, READONLY | FAST, keyspace, asked, KeyCommands::expiretime);
        t.add("PEXPIRETIME", 2, READONLY | FAST, keyspace, asked, KeyCommands::pexpiretime);
    }

    private static void registerDatabases(CommandTable.Builder t, long keyspace) {
        long dangerous = keyspace | Category.DANGEROUS;
        t.add("RANDOMKEY", 1, READONLY, keyspace, KeySpec.NONE, KeyCommands::randomkey)
            .tips("request_policy:all_shards", "nondeterministic_output");
        t.add("KEYS", 2, READONLY, dangerous, KeySpec.NONE, KeyCommands::keys)
            .tips("request_policy:all_shards", "nondeterministic_output_order");
        t.add("SCAN", -2, READONLY, keyspace, KeySpec.NONE, Scan::scan).route(Route.CURSOR)
            .tips("nondeterministic_output", "request_policy:special");
        t.add("DBSIZE", 1, READONLY | FAST, keyspace, KeySpec.NONE, KeyCommands::dbsize)
            .tips("request_policy:all_shards", "response_policy:agg_sum");
        t.add("FLUSHDB", -1, WRITE, dangerous, KeySpec.NONE, KeyCommands::flushdb).effect(Effect.CUSTOM)
            .tips("request_policy:all_shards", "response_policy:all_succeeded");
        t.add("FLUSHALL", -1, WRITE, dangerous, KeySpec.NONE, KeyCommands::flushall).effect(Effect.CUSTOM)
            .tips("request_policy:all_shards", "response_policy:all_succeeded");
        t.add("SWAPDB", 3, WRITE | FAST, dangerous, KeySpec.NONE, KeyCommands::swapdb).effect(Effect.CUSTOM);
    }

    private static void registerIntrospection(CommandTable.Builder t, long keyspace) {
        KeySpec inspected = KeySpec.key(2, RO);
        CommandTable.Builder object = t.container("OBJECT", -2, 0, 0).children();
        object.add("ENCODING", 3, READONLY, keyspace, inspected, KeyCommands::objectEncoding)
            .tips("nondeterministic_output");
        object.add("FREQ", 3, READONLY, keyspace, inspected, KeyCommands::objectFreq).tips("nondeterministic_output");
        object.add("IDLETIME", 3, READONLY, keyspace, inspected, KeyCommands::objectIdletime)
            .tips("nondeterministic_output");
        object.add("REFCOUNT", 3, READONLY, keyspace, inspected, KeyCommands::objectRefcount)
            .tips("nondeterministic_output");
        object.session("HELP", 2, LOADING | STALE, keyspace, (_, _, r) -> writeLines(OBJECT_HELP, r));
        CommandTable.Builder memory = t.container("MEMORY", -2, 0, 0).children();
        memory.add("USAGE", -3, READONLY, 0, inspected, KeyCommands::memoryUsage);
        memory.session("HELP", 2, LOADING | STALE, 0, (_, _, r) -> writeLines(MEMORY_HELP, r));
    }

    private static byte[][] typeReplies() {
        byte[][] replies = new byte[Type.STREAM + 1][];
        replies[Type.STRING] = ReplyWriter.encodeSimple("string");
        replies[Type.LIST] = ReplyWriter.encodeSimple("list");
        replies[Type.SET] = ReplyWriter.encodeSimple("set");
        replies[Type.ZSET] = ReplyWriter.encodeSimple("zset");
        replies[Type.HASH] = ReplyWriter.encodeSimple("hash");
        replies[Type.STREAM] = ReplyWriter.encodeSimple("stream");
        return replies;
    }

    private static void writeLines(List<String> lines, ReplyWriter r) {
        r.array(lines.size());
        for (String line : lines) {
            r.simple(line);
        }
    }

    // ---------------------------------------------------------------- existence

    /// DEL key [key ...] (also UNLINK) -> number of keys removed. O(N); large values are freed in the background.
    /// https://redis.io/commands/del
    private static void del(CommandContext c, Args a, ReplyWriter r) {
        int removed = 0;
        for (int i = 1, count = a.count(); i < count; i++) {
            if (c.lookupWrite(a, i) != 0) {
                delete(c, a, i, EventName.DEL);
                removed++;
            }
        }
        r.integer(removed);
    }

    /// Removes the key in argument `i`, which exists, and commits that. Logging is up to the caller.
    static void delete(CommandContext c, Args a, int i, byte[] event) {
        Keyspace ks = c.keyspace(a, i);
        ks.delete(a.address(i), a.length(i), c.hash(a, i));
        c.commit(ks, a, i, EventClass.GENERIC, event);
    }

    /// Commits that elements of the collection in argument `i` went; the key goes with the last one.
    static void commitRemoval(CommandContext c, Args a, int i, int events, byte[] event, boolean empty) {
        Keyspace ks = c.keyspace(a, i);
        if (empty) {
            ks.delete(a.address(i), a.length(i), c.hash(a, i));
        }
        c.commit(ks, a, i, events, event);
        if (empty) {
            c.event(ks, a, i, EventClass.GENERIC, EventName.DEL);
        }
    }

    /// Removes the key in argument `i`, in which nothing is to be stored, commits and logs that. As in Redis one whose time is
    /// over is deleted as if it were not.
    static void deleteStored(CommandContext c, Args a, int i) {
        Keyspace ks = c.keyspace(a, i);
        if (ks.find(a.address(i), a.length(i), c.hash(a, i)) != 0) {
            delete(c, a, i, EventName.DEL);
            Effects.del(c, ks, a, i);
        }
    }

    /// EXISTS key [key ...] -> how many of the arguments exist. O(N). https://redis.io/commands/exists
    private static void exists(CommandContext c, Args a, ReplyWriter r) {
        int found = 0;
        for (int i = 1, count = a.count(); i < count; i++) {
            if (c.lookupQuietly(a, i) != 0) {
                found++;
            }
        }
        r.integer(found);
    }

    /// TOUCH key [key ...] -> how many of the arguments exist; all count as accessed. O(N).
    /// https://redis.io/commands/touch
    private static void touch(CommandContext c, Args a, ReplyWriter r) {
        int found = 0;
        for (int i = 1, count = a.count(); i < count; i++) {
            if (c.lookupTouch(a, i) != 0) {
                found++;
            }
        }
        r.integer(found);
    }

    /// TYPE key -> name of the type, "none" for a missing key. O(1). https://redis.io/commands/type
    private static void type(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupQuietly(a, 1);
        r.simple(e == 0 ? NO_TYPE : TYPE_REPLIES[Entry.type(e)]);
    }

    // ---------------------------------------------------------------- moving and copying

    /// RENAME key newkey -> OK; newkey is overwritten. O(size of small values). Errors: no such key.
    /// https://redis.io/commands/rename
    private static void rename(CommandContext c, Args a, ReplyWriter r) {
        rename(c, a, false, r);
    }

    /// RENAMENX key newkey -> 1, or 0 if newkey exists. As RENAME. https://redis.io/commands/renamenx
    private static void renamenx(CommandContext c, Args a, ReplyWriter r) {
        rename(c, a, true, r);
    }

    private static void rename(CommandContext c, Args a, boolean onlyNew, ReplyWriter r) {
        if (c.lookupWrite(a, 1) == 0) {
            r.simple(Errors.NO_SUCH_KEY);
            return;
        }
        boolean same = a.length(1) == a.length(2) && OffHeap.equals(a.address(1), a.address(2), a.length(1));
        if (same || onlyNew && c.lookupWrite(a, 2) != 0) {
            if (onlyNew) {
                r.integer(0);
            } else {
                r.ok();
            }
            return;
        }
        move(c, a);
        if (onlyNew) {
            r.integer(1);
        } else {
            r.ok();
        }
    }

    /// Moves the key in argument 1, which exists, to the one in argument 2, wherever the two live.
    private static void move(CommandContext c, Args a) {
        c.lookupWrite(a, 2);
        Keyspace target = c.keyspace(a, 2);
        long targetHash = c.hash(a, 2);
        Keyspace source = c.keyspace(a, 1);
        long sourceHash = c.hash(a, 1);
        if (source == target) {
            source.rename(a.address(1), a.length(1), sourceHash, a.address(2), a.length(2), targetHash);
            if (c.logs(source)) {
                EffectLog log = c.effect(source, Effects.RENAME, 3);
                log.argument(a.address(1), a.length(1));
                log.argument(a.address(2), a.length(2));
                log.end();
            }
        } else {
            long e = source.find(a.address(1), a.length(1), sourceHash);
            source.copy(e, target, a.address(2), a.length(2), targetHash, Entry.deadline(e));
            logValue(c, target, a, source, e);
            source.delete(a.address(1), a.length(1), sourceHash);
            Effects.del(c, source, a, 1);
        }
        c.created(target, a, 2);
        c.commit(source, a, 1, EventClass.GENERIC, EventName.RENAME_FROM);
        c.commit(target, a, 2, EventClass.GENERIC, EventName.RENAME_TO);
    }

    /// Logs that the key in argument 2 has become what entry `e` of another shard is.
    private static void logValue(CommandContext c, Keyspace target, Args a, Keyspace source, long e) {
        if (c.logs(target)) {
            ValueEffects.log(c, target, a, 2, source, e);
        }
    }

    /// COPY source destination [DB n] [REPLACE] -> 1, or 0 if the source is missing or the destination is there.
    /// O(size of the value). Errors: same object; DB index; syntax. https://redis.io/commands/copy
    private static void copy(CommandContext c, Args a, ReplyWriter r) {
        boolean replace = false;
        int db = c.session().db();
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (in.option("REPLACE")) {
                replace = true;
            } else if (in.optionWithValue("DB")) {
                db = nextDb(c, in);
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (db == c.session().db() && a.length(1) == a.length(2)
            && OffHeap.equals(a.address(1), a.address(2), a.length(1))) {
            in.fail(Errors.SAME_OBJECT);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupRead(a, 1);
        if (e == 0 || c.lookupWrite(a, 2, db) != 0 && !replace) {
            r.integer(0);
            return;
        }
        Keyspace source = c.keyspace(a, 1);
        Keyspace target = c.keyspace(a, 2, db);
        source.copy(e, target, a.address(2), a.length(2), c.hash(a, 2), Entry.deadline(e));
        c.created(target, a, 2);
        c.commit(target, a, 2, EventClass.GENERIC, EventName.COPY_TO);
        if (source.shardIndex() == target.shardIndex()) {
            logCopy(c, source, a, db);
        } else {
            logValue(c, target, a, source, e);
        }
        r.integer(1);
    }

    private static void logCopy(CommandContext c, Keyspace source, Args a, int db) {
        if (c.logs(source)) {
            EffectLog log = c.effect(source, Effects.COPY, 6);
            log.argument(a.address(1), a.length(1));
            log.argument(a.address(2), a.length(2));
            log.argument(Effects.DB);
            c.number(log, db);
            log.argument(Effects.REPLACE);
            log.end();
        }
    }

    /// MOVE key db -> 1, or 0 if the key is missing here or there already. O(size of the value). Errors: same database;
    /// DB index. https://redis.io/commands/move
    private static void move(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 2);
        int db = nextDb(c, in);
        if (db == c.session().db()) {
            in.fail(Errors.SAME_OBJECT);
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.lookupWrite(a, 1);
        if (e == 0 || c.lookupWrite(a, 1, db) != 0) {
            r.integer(0);
            return;
        }
        Keyspace source = c.keyspace(a, 1);
        Keyspace target = c.keyspace(a, 1, db);
        long hash = c.hash(a, 1);
        source.copy(e, target, a.address(1), a.length(1), hash, Entry.deadline(e));
        source.delete(a.address(1), a.length(1), hash);
        c.created(target, a, 1);
        c.commit(source, a, 1, EventClass.GENERIC, EventName.MOVE_FROM);
        c.commit(target, a, 1, EventClass.GENERIC, EventName.MOVE_TO);
        r.integer(1);
    }

    /// The next argument as the number of a database; 0 after an error.
    private static int nextDb(CommandContext c, ArgReader in) {
        long db = in.nextLong();
        if (db != (int) db) {
            in.fail(Errors.NOT_AN_INT);
        } else if (db < 0 || db >= c.databases()) {
            in.fail(Errors.DB_INDEX);
        }
        return in.failed() ? 0 : (int) db;
    }

    // ---------------------------------------------------------------- expiry

    /// EXPIRE key seconds [NX | XX | GT | LT] -> 1, or 0 if the key is missing or the condition fails. O(1). Errors: not
    /// an integer; invalid expire time; unsupported or incompatible options. A time in the past removes the key.
    /// Logged as PEXPIREAT or DEL. https://redis.io/commands/expire
    private static void expire(CommandContext c, Args a, ReplyWriter r) {
        Expire.expire(c, a, true, c.now(), r);
    }

    /// PEXPIRE key milliseconds [NX | XX | GT | LT]. As EXPIRE. https://redis.io/commands/pexpire
    private static void pexpire(CommandContext c, Args a, ReplyWriter r) {
        Expire.expire(c, a, false, c.now(), r);
    }

    /// EXPIREAT key unix-seconds [NX | XX | GT | LT]. As EXPIRE. https://redis.io/commands/expireat
    private static void expireat(CommandContext c, Args a, ReplyWriter r) {
        Expire.expire(c, a, true, 0, r);
    }

    /// PEXPIREAT key unix-milliseconds [NX | XX | GT | LT]. As EXPIRE. https://redis.io/commands/pexpireat
    private static void pexpireat(CommandContext c, Args a, ReplyWriter r) {
        Expire.expire(c, a, false, 0, r);
    }

    /// Gives the key in argument `i`, which exists, a deadline (0 = none), commits that and logs it.
    static void deadline(CommandContext c, Args a, int i, long deadline, byte[] event) {
        Keyspace ks = c.keyspace(a, i);
        ks.deadline(a.address(i), a.length(i), c.hash(a, i), deadline);
        c.commit(ks, a, i, EventClass.GENERIC, event);
        Effects.deadline(c, ks, a, i, deadline);
    }

    /// PERSIST key -> 1, or 0 if the key is missing or has no deadline. O(1). https://redis.io/commands/persist
    private static void persist(CommandContext c, Args a, ReplyWriter r) {
        long e = c.lookupWrite(a, 1);
        if (e == 0 || !Entry.hasDeadline(e)) {
            r.integer(0);
            return;
        }
        Keyspace ks = c.keyspace(a, 1);
        ks.deadline(a.address(1), a.length(1), c.hash(a, 1), 0);
        c.commit(ks, a, 1, EventClass.GENERIC, EventName.PERSIST);
        r.integer(1);
    }

    /// TTL key -> seconds to live, rounded; -1 = for ever, -2 = no such key. O(1). https://redis.io/commands/ttl
    private static void ttl(CommandContext c, Args a, ReplyWriter r) {
        Expire.ttl(c, a, false, true, r);
    }

    /// PTTL key -> milliseconds to live. As TTL. https://redis.io/commands/pttl
    private static void pttl(CommandContext c, Args a, ReplyWriter r) {
        Expire.ttl(c, a, false, false, r);
    }

    /// EXPIRETIME key -> deadline in unix seconds. As TTL. https://redis.io/commands/expiretime
    private static void expiretime(CommandContext c, Args a, ReplyWriter r) {
        Expire.ttl(c, a, true, true, r);
    }

    /// PEXPIRETIME key -> deadline in unix milliseconds. As TTL. https://redis.io/commands/pexpiretime
    private static void pexpiretime(CommandContext c, Args a, ReplyWriter r) {
        Expire.ttl(c, a, true, false, r);
    }

    // ---------------------------------------------------------------- databases

    /// RANDOMKEY -> a key of the database, each equally likely | nil. O(1) plus the expired keys it meets and removes.
    /// https://redis.io/commands/randomkey
    private static void randomkey(CommandContext c, Args a, ReplyWriter r) {
        int db = c.session().db();
        while (true) {
            long size = size(c, db);
            if (size == 0) {
                r.nullBulk();
                return;
            }
            Keyspace ks = keyspaceOfNth(c, db, Long.remainderUnsigned(c.rng().nextLong(), size));
            long e = ks.random(c.rng());
            if (!c.isOver(e)) {
                r.bulk(Entry.keyAddress(e), Entry.keyLength(e));
                return;
            }
            c.expire(ks, e);
        }
    }

    private static Keyspace keyspaceOfNth(CommandContext c, int db, long n) {
        long rest = n;
        int i = 0;
        while (rest >= size(c, i, db)) {
            rest -= size(c, i, db);
            i++;
        }
        return c.shard(i).keyspace(db);
    }

    private static long size(CommandContext c, int db) {
        long size = 0;
        for (int i = 0; i < c.shards(); i++) {
            size += size(c, i, db);
        }
        return size;
    }

    private static long size(CommandContext c, int shard, int db) {
        return c.owns(shard) ? c.shard(shard).keyspace(db).size() : 0;
    }

    /// KEYS pattern -> array of all matching keys. O(keys of the database), in one go as in Redis: SCAN is the polite way.
    /// https://redis.io/commands/keys
    private static void keys(CommandContext c, Args a, ReplyWriter r) {
        Scan.keys(c, a, r);
    }

    /// DBSIZE -> number of keys, expired ones that are still there included. O(shards). https://redis.io/commands/dbsize
    private static void dbsize(CommandContext c, Args a, ReplyWriter r) {
        r.integer(size(c, c.session().db()));
    }

    /// FLUSHDB [ASYNC | SYNC] -> OK. O(shards); memory is always freed in the background. Errors: syntax.
    /// https://redis.io/commands/flushdb
    private static void flushdb(CommandContext c, Args a, ReplyWriter r) {
        if (hasFlushSyntax(a, r)) {
            int db = c.session().db();
            for (int i = 0; i < c.shards(); i++) {
                if (c.owns(i)) {
                    c.flush(c.shard(i), db);
                    logWithoutKeys(c, c.shard(i), db, Effects.FLUSHDB);
                }
            }
            r.ok();
        }
    }

    /// FLUSHALL [ASYNC | SYNC] -> OK. O(shards * databases). As FLUSHDB. https://redis.io/commands/flushall
    private static void flushall(CommandContext c, Args a, ReplyWriter r) {
        if (hasFlushSyntax(a, r)) {
            for (int i = 0; i < c.shards(); i++) {
                if (c.owns(i)) {
                    flushAll(c, c.shard(i));
                }
            }
            r.ok();
        }
    }

    private static void flushAll(CommandContext c, Shard shard) {
        for (int db = 0; db < c.databases(); db++) {
            c.flush(shard, db);
        }
        logWithoutKeys(c, shard, c.session().db(), Effects.FLUSHALL);
    }

    private static boolean hasFlushSyntax(Args a, ReplyWriter r) {
        if (a.count() == 1 || a.count() == 2 && (a.equalsIgnoreCase(1, "ASYNC") || a.equalsIgnoreCase(1, "SYNC"))) {
            return true;
        }
        r.simple(Errors.SYNTAX);
        return false;
    }

    /// An effect that concerns everything a shard has in a database.
    private static void logWithoutKeys(CommandContext c, Shard shard, int db, byte[] name) {
        Keyspace ks = shard.keyspace(db);
        if (c.logs(ks)) {
            c.effect(ks, name, 1).end();
        }
    }

    /// SWAPDB index1 index2 -> OK. O(shards) plus the watched keys. Errors: DB index. https://redis.io/commands/swapdb
    private static void swapdb(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 1);
        long one = in.nextLong(FIRST_DB);
        if (one != (int) one) {
            in.fail(FIRST_DB);
        }
        long other = in.nextLong(SECOND_DB);
        if (other != (int) other) {
            in.fail(SECOND_DB);
        }
        if (Math.min(one, other) < 0 || Math.max(one, other) >= c.databases()) {
            in.fail(Errors.DB_INDEX);
        }
        if (in.failed(r)) {
            return;
        }
        for (int i = 0; i < c.shards() && one != other; i++) {
            if (c.owns(i)) {
                c.swap(c.shard(i), (int) one, (int) other);
                logSwap(c, c.shard(i), a);
            }
        }
        r.ok();
    }

    private static void logSwap(CommandContext c, Shard shard, Args a) {
        Keyspace ks = shard.keyspace(c.session().db());
        if (c.logs(ks)) {
            EffectLog log = c.effect(ks, Effects.SWAPDB, 3);
            log.argument(a.address(1), a.length(1));
            log.argument(a.address(2), a.length(2));
            log.end();
        }
    }

    // ---------------------------------------------------------------- introspection

    /// OBJECT ENCODING key -> name of the encoding | nil. O(1). https://redis.io/commands/object-encoding
    private static void objectEncoding(CommandContext c, Args a, ReplyWriter r) {
        long e = c.inspect(a, 2);
        if (e == 0) {
            r.nullBulk();
        } else {
            r.bulk(Encoding.name(e));
        }
    }

    /// OBJECT FREQ key -> logarithmic access counter | nil. O(1). Errors: not an LFU policy.
    /// https://redis.io/commands/object-freq
    private static void objectFreq(CommandContext c, Args a, ReplyWriter r) {
        long e = c.inspect(a, 2);
        if (e == 0) {
            r.nullBulk();
        } else if (c.accessClock().isFrequency()) {
            r.integer(c.accessClock().frequency(e));
        } else {
            r.simple(NO_FREQUENCY);
        }
    }

    /// OBJECT IDLETIME key -> seconds since the last access | nil. O(1). Errors: an LFU policy.
    /// https://redis.io/commands/object-idletime
    private static void objectIdletime(CommandContext c, Args a, ReplyWriter r) {
        long e = c.inspect(a, 2);
        if (e == 0) {
            r.nullBulk();
        } else if (c.accessClock().isFrequency()) {
            r.simple(NO_IDLE_TIME);
        } else {
            r.integer(c.accessClock().idleSeconds(e));
        }
    }

    /// OBJECT REFCOUNT key -> 1, for the numbers that Redis shares what Redis says | nil. O(1).
    /// https://redis.io/commands/object-refcount
    private static void objectRefcount(CommandContext c, Args a, ReplyWriter r) {
        long e = c.inspect(a, 2);
        if (e == 0) {
            r.nullBulk();
            return;
        }
        boolean shared = Entry.isInteger(e) && Entry.integer(e) >= 0 && Entry.integer(e) < SHARED_NUMBERS;
        r.integer(shared ? SHARED_REFERENCES : 1);
    }

    /// MEMORY USAGE key [SAMPLES n] -> bytes of the entry, its blocks and its place in the indexes | nil. O(1) for
    /// strings. Errors: syntax. https://redis.io/commands/memory-usage
    private static void memoryUsage(CommandContext c, Args a, ReplyWriter r) {
        ArgReader in = c.reader(a, 3);
        while (in.more()) {
            if (!in.optionWithValue("SAMPLES") || in.nextLong() < 0) {
                in.fail(Errors.SYNTAX);
            }
        }
        if (in.failed(r)) {
            return;
        }
        long e = c.inspect(a, 2);
        if (e == 0) {
            r.nullBulk();
        } else {
            r.integer(c.keyspace(a, 2).memoryUsage(e));
        }
    }
}
