package dev.sampo.shard;

import static dev.sampo.engine.command.CommandFlag.ADMIN;
import static dev.sampo.engine.command.CommandFlag.LOADING;
import static dev.sampo.engine.command.CommandFlag.NOSCRIPT;
import static dev.sampo.engine.command.CommandFlag.PROTECTED;
import static dev.sampo.engine.command.CommandFlag.STALE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Errors;
import dev.sampo.engine.command.Glob;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
    /// By the numbers of [dev.sampo.engine.keyspace.Encoding].
    private static final String[] ENCODINGS = {"embstr", "raw", "int"};
    private static final String[] HELP = HelpText.of("DEBUG",
        "DIGEST", "Show a number that depends on all data and on nothing else.",
        "DIGEST-VALUE <key> [<key> ...]", "Show such a number for each value.",
        "ERROR <message>", "Reply with this error.",
        "LOG <message>", "Write the message into the server's log.",
        "OBJECT <key>", "Show how a value is kept.",
        "PROTOCOL <type>", "Reply with an example: string, integer, double, bignum, null, array, set, map, attrib, push, "
        + "verbatim, true or false.",
        "SET-ACTIVE-EXPIRE <0|1>", "Stop or go on removing expired keys in the background.",
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
        r.simple("0".repeat(2 * DIGEST_BYTES - 16) + HexFormat.of().toHexDigits(sum));
    }

    /// DEBUG DIGEST-VALUE key [key ...] -> array of 40 hexadecimal digits each; zeros for a missing key. O(N) for N bytes.
    private static void digestValue(CommandContext c, Args a, ReplyWriter r) {
        r.array(a.count() - 2);
        for (int i = 2; i < a.count(); i++) {
            long e = find(c, a, i);
            byte[] digest = e == 0 ? new byte[DIGEST_BYTES] : sha1((byte) Entry.type(e), OffHeap.bytes(c.text(e, 0),
                c.textLength(e)));
            r.simple(HexFormat.of().formatHex(digest));
        }
    }

    /// The live entry of the key in argument `i`, or 0. Leaves everything as it is: access, statistics, keys whose time is over.
    private static long find(CommandContext c, Args a, int i) {
        long e = c.keyspace(a, i).find(a.address(i), a.length(i), c.hash(a, i));
        return e != 0 && c.isOver(e) ? 0 : e;
    }

    private static byte[] sha1(byte type, byte[] value) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(type);
            return sha1.digest(value);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
    }

    /// DEBUG OBJECT key -> text. O(1). Errors: no such key. `serializedlength` is the length of the value, `lru` the access field
    /// as it is.
    private static void object(CommandContext c, Args a, ReplyWriter r) {
        long e = find(c, a, 2);
        if (e == 0) {
            r.simple(Errors.NO_SUCH_KEY);
            return;
        }
        Keyspace keyspace = c.keyspace(a, 2);
        r.simple("Value at:0x" + Long.toHexString(e) + " refcount:1 encoding:" + ENCODINGS[Entry.encoding(e)]
            + " serializedlength:" + c.textLength(e)
            + " lru:" + Entry.access(e) + " lru_seconds_idle:" + c.accessClock().idleSeconds(e) + " shard:"
            + keyspace.shardIndex() + " bytes:" + keyspace.memoryUsage(e));
    }

    // ---- server ----

    /// DEBUG SET-ACTIVE-EXPIRE 0 | 1 -> OK, for all shards. O(1).
    private static void setActiveExpire(Session s, Args a, ReplyWriter r) {
        boolean active = a.length(2) > 0 && Ascii.parseLong(a.address(2), a.length(2)) != 0
            && Ascii.isLong(a.address(2), a.length(2));
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
