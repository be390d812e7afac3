package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.PROTECTED;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.Glob;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.keyspace.Encoding;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.ValueDigest;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import dev.sampo.shard.config.MemorySize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// DEBUG: what tests and people who look for bugs need. Who may use it is `enable-debug-command`'s to say; [Gatekeeper] asks.
/// Contract: `DEBUG HELP` of Redis; most of Redis's subcommands are about its own inside and do not exist here.
///
/// In Redis DEBUG is one command without a table of subcommands. Here they are rows, because some need keys and others do not.
final class DebugCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DebugCommands.class);
    private static final double SLEEP_SECONDS_MAX = 1 << 20;
    private static final int DIGEST_BYTES = 20;
    private static final long VALUE_SEED = 0x53616D70L;
    private static final int POPULATED_MAX = 100_000_000;
    private static final long PACKED_THRESHOLD_MAX = 1L << 32;
    private static final byte[] SET = "SET".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOT_POSITIVE = ReplyWriter.encodeError("ERR value is out of range, must be positive");
    private static final byte[] NO_DATABASE = ReplyWriter.encodeError("ERR Out of range database");
    private static final String[] HELP = HelpText.of("DEBUG",
        "CHANGE-REPL-ID", "Give the server another replication id.",
        "DIGEST", "Show a number that depends on all data and on nothing else.",
        "DIGEST-VALUE <key> [<key> ...]", "Show such a number for each value.",
        "ERROR <message>", "Reply with this error.",
        "HTSTATS <db>", "Show the sizes of a database's indexes.",
        "HTSTATS-KEY <key>", "Show the size of a big value.",
        "LISTPACK <key>", "Write the bytes of a packed value into the server's log.",
        "LOADAOF", "Force the log to the disk, drop all data, and read them back from it.",
        "LOG <message>", "Write the message into the server's log.",
        "OBJECT <key>", "Show how a value is kept.",
        "PAUSE-CRON <0|1>", "Stop or go on with all work in the background.",
        "POPULATE <count> [<prefix>] [<size>]", "Create so many strings <prefix>:<number>; those that exist stay as they are.",
        "PROTOCOL <type>", "Reply with an example: string, integer, double, bignum, null, array, set, map, attrib, push, "
        + "verbatim, true or false.",
        "QUICKLIST-PACKED-THRESHOLD <size>", "Checked and without effect: long elements of lists are always kept apart.",
        "RELOAD [NOSAVE]", "Write all data to the snapshot file, drop them, and read them back; or only read.",
        "SET-ACTIVE-EXPIRE <0|1>", "Stop or go on removing expired keys in the background.",
        "SET-SKIP-CHECKSUM-VALIDATION <0|1>", "Take or do not take payloads with a wrong checksum.",
        "SLEEP <seconds>", "Stop this connection's core, its shard and its other connections for so long; fractions are allowed.",
        "STRINGMATCH-LEN <length> <pattern>", "Tell whether the pattern matches a text of so many letters a.");

    private DebugCommands() {
    }

    static void register(CommandTable.Builder t) {
        long debug = ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED;
        CommandTable.Builder sub = t.container("DEBUG", -2, debug, 0).children();
        sub.add("DIGEST", 2, debug, 0, KeySpec.NONE, DebugCommands::digest);
        sub.add("DIGEST-VALUE", -2, debug, 0, KeySpec.range(2, -1, 1, KeyFlag.RO), DebugCommands::digestValue);
        sub.add("OBJECT", 3, debug, 0, KeySpec.key(2, KeyFlag.RO), DebugCommands::object);
        sub.add("HTSTATS", 3, debug, 0, KeySpec.NONE, DebugCommands::htstats);
        sub.add("HTSTATS-KEY", 3, debug, 0, KeySpec.key(2, KeyFlag.RO), DebugCommands::htstatsKey);
        sub.add("LISTPACK", 3, debug, 0, KeySpec.key(2, KeyFlag.RO), DebugCommands::listpack);
        sub.add("POPULATE", -3, debug, 0, KeySpec.NONE, DebugCommands::populate);
        sub.session("CHANGE-REPL-ID", 2, debug, 0, DebugCommands::changeReplId);
        sub.add("LOADAOF", 2, debug, 0, KeySpec.NONE, DebugCommands::loadaof);
        sub.session("PAUSE-CRON", 3, debug, 0, DebugCommands::pauseCron);
        sub.session("QUICKLIST-PACKED-THRESHOLD", 3, debug, 0, DebugCommands::packedThreshold);
        sub.add("RELOAD", -2, debug, 0, KeySpec.NONE, DebugCommands::reload);
        sub.session("SET-SKIP-CHECKSUM-VALIDATION", 3, debug, 0, DebugCommands::skipChecksums);
        sub.session("ERROR", 3, debug, 0, (s, a, r) -> Errors.quoting(r, Errors.quoted(a, 2, Integer.MAX_VALUE)));
        sub.session("LOG", 3, debug, 0, DebugCommands::log);
        sub.session("PROTOCOL", 3, debug, 0, DebugCommands::protocol);
        sub.session("SET-ACTIVE-EXPIRE", 3, debug, 0, DebugCommands::setActiveExpire);
        sub.session("SLEEP", 3, debug, 0, DebugCommands::sleep);
        sub.session("STRINGMATCH-LEN", 4, debug, 0, DebugCommands::stringmatchLen);
        sub.session("HELP", 2, debug, 0, (s, a, r) -> HelpText.write(HELP, r));
    }

    // ---- data ----

    /// DEBUG DIGEST -> 40 hexadecimal digits; zeros for no data. O(N) for N keys, all shards wait.
    private static void digest(CommandContext c, Args a, ReplyWriter r) {
        long sum = 0;
        for (int i = 0; i < c.shards(); i++) {
            sum += c.shard(i).digest();
        }
        r.simple(digest(sum));
    }

    /// DEBUG DIGEST-VALUE key [key ...] -> array of 40 hexadecimal digits each; zeros for a missing key. O(N) for N bytes.
    private static void digestValue(CommandContext c, Args a, ReplyWriter r) {
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            long e = find(c, a, i);
            r.simple(digest(e == 0 ? 0 : ValueDigest.of(c.keyspace(a, i), e, VALUE_SEED + Entry.type(e))));
        }
    }

    private static String digest(long number) {
        return "0".repeat(2 * DIGEST_BYTES - 16) + HexFormat.of().toHexDigits(number);
    }

    /// The live entry of the key in argument `i`, or 0. Leaves everything as it is: access, statistics, keys whose time is over.
    private static long find(CommandContext c, Args a, int i) {
        long e = c.keyspace(a, i).find(a.address(i), a.length(i), c.hash(a, i));
        return e != 0 && c.isOver(e) ? 0 : e;
    }

    /// DEBUG OBJECT key -> text. O(1). Errors: no such key. `serializedlength` is the length of a string, of other
    /// values what they take in memory; `lru` the access field as it is.
    private static void object(CommandContext c, Args a, ReplyWriter r) {
        long e = find(c, a, 2);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
            return;
        }
        Keyspace keyspace = c.keyspace(a, 2);
        r.simple("Value at:0x" + Long.toHexString(e) + " refcount:1 encoding:" + Encoding.name(e)
            + " serializedlength:" + (Entry.type(e) == Type.STRING ? c.textLength(e) : keyspace.memoryUsage(e))
            + " lru:" + Entry.access(e) + " lru_seconds_idle:" + c.accessClock().idleSeconds(e) + " shard:"
            + keyspace.shardIndex() + " bytes:" + keyspace.memoryUsage(e));
    }

    /// DEBUG HTSTATS db -> text. O(1), all shards wait. Errors: no such database.
    private static void htstats(CommandContext c, Args a, ReplyWriter r) {
        if (!Ascii.isLong(a.address(2), a.length(2))) {
            r.simple(Errors.NOT_AN_INTEGER);
            return;
        }
        long db = Ascii.longValue(a.address(2), a.length(2));
        if (db < 0 || db >= c.databases()) {
            r.simple(NO_DATABASE);
            return;
        }
        long keys = 0;
        long volatileKeys = 0;
        StringBuilder shards = new StringBuilder();
        for (int i = 0; i < c.shards(); i++) {
            Keyspace keyspace = c.shard(i).keyspace((int) db);
            keys += keyspace.size();
            volatileKeys += keyspace.volatileSize();
            shards.append(" shard ").append(i).append(": ").append(keyspace.size()).append(" elements, ").append(keyspace.usedBytes()).append(" bytes\n");
        }
        r.verbatim("txt", "[Dictionary HT]\n number of elements: " + keys + "\n" + shards + "[Expires HT]\n number of elements: " + volatileKeys + "\n");
    }

    /// DEBUG HTSTATS-KEY key -> text. O(1). Errors: no such key; no hash table.
    private static void htstatsKey(CommandContext c, Args a, ReplyWriter r) {
        long e = find(c, a, 2);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
        } else if (Entry.type(e) == Type.STRING || Entry.encoding(e) != Encoding.HASHTABLE && Entry.encoding(e) != Encoding.SKIPLIST) {
            r.error("ERR The value stored at the specified key is not represented using an hash table");
        } else {
            r.verbatim("txt", "[Value]\n encoding: " + Encoding.name(e) + "\n bytes: " + c.keyspace(a, 2).memoryUsage(e) + "\n");
        }
    }

    /// DEBUG LISTPACK key -> where to look. O(N) for N bytes. Errors: no such key; no listpack.
    private static void listpack(CommandContext c, Args a, ReplyWriter r) {
        long e = find(c, a, 2);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
        } else if (Entry.type(e) == Type.STRING || Entry.encoding(e) != Encoding.LISTPACK) {
            r.error("ERR Not a listpack encoded object.");
        } else {
            LOG.info("DEBUG LISTPACK: {} bytes: {}", Entry.valueLength(e),
                HexFormat.of().formatHex(OffHeap.bytes(Entry.valueAddress(e), Entry.valueLength(e))));
            r.simple("Listpack structure printed on stdout");
        }
    }

    /// DEBUG POPULATE count [prefix [size]] -> OK. O(count), all shards wait. Keys that exist stay as they are. Unlike in Redis the new
    /// ones are logged like any others.
    private static void populate(CommandContext c, Args a, ReplyWriter r) {
        long count = Ascii.isLong(a.address(2), a.length(2)) ? Ascii.longValue(a.address(2), a.length(2)) : -1;
        boolean sized = a.count() > 4;
        long size = !sized ? 0 : Ascii.isLong(a.address(4), a.length(4)) ? Ascii.longValue(a.address(4), a.length(4)) : -1;
        if (a.count() > 5) {
            Errors.quoting(r, Errors.unknownOrArity("DEBUG", a));
            return;
        }
        if (count < 0 || count > POPULATED_MAX || size < 0 || size > c.settings().bulkLengthMax()) {
            r.simple(NOT_POSITIVE);
            return;
        }
        byte[] prefix = a.count() > 3 ? a.bytes(3) : "key".getBytes(StandardCharsets.US_ASCII);
        OutputBuffer bytes = new OutputBuffer();
        try (Args made = new Args()) {
            for (int i = 0; i < count; i++) {
                byte[] number = (":" + i).getBytes(StandardCharsets.US_ASCII);
                bytes.clear();
                bytes.append(prefix);
                bytes.append(number);
                int keyLength = (int) bytes.size();
                bytes.append("value".getBytes(StandardCharsets.US_ASCII));
                bytes.append(number);
                int valueLength = sized ? (int) size : (int) bytes.size() - keyLength;
                long missing = keyLength + valueLength - bytes.size();
                if (missing > 0) {
                    OffHeap.fill(bytes.reserve((int) missing), missing, (byte) 0);
                }
                made.clear();
                made.begin();
                made.add(bytes.address(), keyLength);
                made.view(made.base(), 1);
                populate(c, made, bytes.address() + keyLength, valueLength);
            }
        }
        bytes.release();
        r.ok();
    }

    private static void populate(CommandContext c, Args made, long value, int valueLength) {
        c.forgetKey();
        if (c.lookupWrite(made, 0) != 0) {
            return;
        }
        Keyspace keyspace = c.keyspace(made, 0);
        keyspace.setString(made.address(0), made.length(0), c.hash(made, 0), value, valueLength, 0);
        c.created(keyspace, made, 0);
        c.commit(keyspace, made, 0, EventClass.STRING, EventName.SET);
        if (c.logs(keyspace)) {
            EffectLog log = c.effect(keyspace, SET, 3);
            log.argument(made.address(0), made.length(0));
            log.argument(value, valueLength);
            log.end();
        }
    }

    // ---- server ----

    /// DEBUG CHANGE-REPL-ID -> OK. O(1).
    private static void changeReplId(Session s, Args a, ReplyWriter r) {
        Core core = ((Client) s).core;
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < 2 * DIGEST_BYTES; i++) {
            id.append("0123456789abcdef".charAt(core.context.rng().nextInt(16)));
        }
        core.node.replicationId(id.toString());
        r.ok();
    }

    /// DEBUG RELOAD [NOSAVE] -> OK. O(N) for all data, all shards wait. Errors: other options; NOSAVE beside a log, which would not know of it;
    /// files that cannot be written or read.
    private static void reload(CommandContext c, Args a, ReplyWriter r) {
        Core core = ((Client) c.session()).core;
        boolean written = a.count() == 2;
        if (a.count() > 3 || !written && !a.equalsIgnoreCase(2, "NOSAVE")) {
            r.error("ERR DEBUG RELOAD only supports the NOSAVE option");
        } else if (!written && core.node.journal().isOn()) {
            r.error("ERR DEBUG RELOAD NOSAVE is not available while data are logged");
        } else {
            try {
                core.node.persistence().reload(core, c, written);
                r.ok();
            } catch (IOException e) {
                LOG.warn("DEBUG RELOAD failed", e);
                r.error("ERR Error trying to load the RDB dump, check server logs");
            }
        }
    }

    /// DEBUG LOADAOF -> OK. O(N) for all data, all shards wait. Errors: in a transaction, whose effects the log has not got yet; the log is off
    /// or incomplete, a snapshot or rewrite is under way; the disk refuses; files that cannot be read. They are checked before data are dropped.
    private static void loadaof(CommandContext c, Args a, ReplyWriter r) {
        Client client = (Client) c.session();
        if (client.isExecuting()) {
            r.error("ERR DEBUG LOADAOF is not available in a transaction");
            return;
        }
        try {
            client.core.node.persistence().reloadLog(client.core, c);
            r.ok();
        } catch (IOException e) {
            LOG.warn("DEBUG LOADAOF failed: {}", e.toString());
            r.error("ERR Error trying to load the AOF files, check server logs");
        }
    }

    /// DEBUG PAUSE-CRON 0 | 1 -> OK, for all cores. O(1).
    private static void pauseCron(Session s, Args a, ReplyWriter r) {
        boolean paused = isTrue(a, 2);
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.pauseTicks(paused);
            return null;
        }, (_, late) -> late.ok());
    }

    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION 0 | 1 -> OK, for all cores. O(1).
    private static void skipChecksums(Session s, Args a, ReplyWriter r) {
        boolean skipped = isTrue(a, 2);
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.context.checksChecksums(!skipped);
            return null;
        }, (_, late) -> late.ok());
    }

    /// DEBUG QUICKLIST-PACKED-THRESHOLD size -> OK, and nothing changes: how lists keep long elements is not a choice here.
    private static void packedThreshold(Session s, Args a, ReplyWriter r) {
        long size = MemorySize.parse(a.string(2));
        if (size < 0 || size >= PACKED_THRESHOLD_MAX) {
            r.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
        } else {
            r.ok();
        }
    }

    private static boolean isTrue(Args a, int i) {
        return Ascii.isLong(a.address(i), a.length(i)) && Ascii.longValue(a.address(i), a.length(i)) != 0;
    }

    /// DEBUG SET-ACTIVE-EXPIRE 0 | 1 -> OK, for all shards. O(1).
    private static void setActiveExpire(Session s, Args a, ReplyWriter r) {
        boolean active = isTrue(a, 2);
        Client client = (Client) s;
        client.core.gather(client, core -> {
            core.activeExpire(active);
            return null;
        }, (_, late) -> late.ok());
    }

    /// DEBUG SLEEP seconds -> OK after that time. What is no number counts as 0, as in Redis. The core of the connection stands
    /// still meanwhile: its shard and all its connections. Other cores go on until they need that shard.
    private static void sleep(Session s, Args a, ReplyWriter r) {
        double seconds = Ascii.parseDouble(a.address(2), a.length(2));
        if (seconds > 0) {
            ((Client) s).core.stall((long) (Math.min(seconds, SLEEP_SECONDS_MAX) * 1e9));
        }
        r.ok();
    }

    /// DEBUG LOG message -> OK.
    private static void log(Session s, Args a, ReplyWriter r) {
        LOG.warn("DEBUG LOG: {}", a.string(2).replaceAll("\\p{Cntrl}", "?"));
        r.ok();
    }

    /// DEBUG STRINGMATCH-LEN length pattern -> 1 | 0. O(length * pattern).
    private static void stringmatchLen(Session s, Args a, ReplyWriter r) {
        long length = Ascii.isLong(a.address(2), a.length(2)) ? Ascii.longValue(a.address(2), a.length(2)) : -1;
        if (length < 0 || length > 1 << 20) {
            r.simple(Errors.NOT_AN_INTEGER);
            return;
        }
        long text = OffHeap.allocate(length + 8);
        OffHeap.fill(text, length, (byte) 'a');
        r.integer(Glob.matches(a.address(3), a.length(3), text, (int) length) ? 1 : 0);
        OffHeap.free(text, length + 8);
    }

    /// DEBUG PROTOCOL type -> an example of a reply. O(1).
    private static void protocol(Session s, Args a, ReplyWriter r) {
        switch (a.string(2).toLowerCase(Locale.ROOT)) {
            case "string" -> r.bulk("Hello World");
            case "integer" -> r.integer(12345);
            case "double" -> r.dbl(3.141);
            case "null" -> r.nullBulk();
            case "bignum" -> r.bigNumber("1234567999999999999999999999999999999");
            case "true" -> r.bool(true);
            case "false" -> r.bool(false);
            case "verbatim" -> r.verbatim("txt", "This is a verbatim\nstring");
            case "array" -> {
                r.array(3);
                numbers(r);
            }
            case "set" -> {
                r.set(3);
                numbers(r);
            }
            case "map" -> {
                r.map(3);
                for (int i = 0; i < 3; i++) {
                    r.integer(i);
                    r.bool(i == 1);
                }
            }
            case "attrib" -> {
                if (r.respVersion() == RespVersion.RESP3) {
                    r.attribute(1);
                    r.bulk("key-popularity");
                    r.array(2);
                    r.bulk("key:123");
                    r.integer(90);
                }
                r.bulk("Some real reply following the attribute");
            }
            case "push" -> push(r);
            default -> r.error("ERR Wrong protocol type name. Please use one of the following: "
                + "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
        }
    }

    private static void numbers(ReplyWriter r) {
        for (int i = 0; i < 3; i++) {
            r.integer(i);
        }
    }

    private static void push(ReplyWriter r) {
        if (r.respVersion() != RespVersion.RESP3) {
            r.error("ERR RESP2 is not supported by this command");
            return;
        }
        r.push(2);
        r.bulk("server-cpu-usage");
        r.integer(42);
    }
}
