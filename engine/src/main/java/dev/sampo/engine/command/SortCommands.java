package dev.sampo.engine.command;

import static dev.sampo.engine.command.CommandFlag.DENYOOM;
import static dev.sampo.engine.command.CommandFlag.READONLY;
import static dev.sampo.engine.command.CommandFlag.WRITE;
import static dev.sampo.engine.command.KeyFlag.ACCESS;
import static dev.sampo.engine.command.KeyFlag.OW;
import static dev.sampo.engine.command.KeyFlag.RO;
import static dev.sampo.engine.command.KeyFlag.UPDATE;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// SORT and SORT_RO: the rows, and what their arguments mean. What they do is in [Sort].
final class SortCommands {
    private static final String PATTERN_NOTES = "For the optional BY/GET keyword. It is marked 'unknown' because the key names "
        + "derive from the content of the key we sort";
    private static final String STORE_NOTES = "For the optional STORE keyword. It is marked 'unknown' because the keyword can "
        + "appear anywhere in the argument array";

    private SortCommands() {
    }

    static void register(CommandTable.Builder t) {
        long categories = Category.SET | Category.SORTED_SET | Category.LIST | Category.DANGEROUS;
        KeySpec.Part source = KeySpec.Part.range(1, 0, 1, RO | ACCESS);
        KeySpec.Part patterns = new KeySpec.Part(RO | ACCESS, PATTERN_NOTES, new KeySpec.UnknownBegin(),
            new KeySpec.UnknownFind());
        KeySpec.Part target = new KeySpec.Part(OW | UPDATE, STORE_NOTES, new KeySpec.UnknownBegin(SortCommands::storeKey),
            new KeySpec.UnknownFind());
        t.add("SORT", -2, WRITE | DENYOOM, categories, KeySpec.of(source, patterns, target), (c, a, r) -> sort(c, a, true, r))
            .effect(Effect.CUSTOM).reachingOut(SortCommands::looksUpKeys);
        t.add("SORT_RO", -2, READONLY, categories, KeySpec.of(source, patterns), (c, a, r) -> sort(c, a, false, r))
            .reachingOut(SortCommands::looksUpKeys);
    }

    /// How many arguments belong to the option at argument `i`.
    private static int valuesOf(Args a, int i) {
        if (a.equalsIgnoreCase(i, "LIMIT")) {
            return 2;
        }
        return a.equalsIgnoreCase(i, "GET") || a.equalsIgnoreCase(i, "BY") || a.equalsIgnoreCase(i, "STORE") ? 1 : 0;
    }

    /// The argument behind the last STORE, or 0.
    private static int storeKey(Args a) {
        int found = 0;
        for (int i = 2; i + 1 < a.count(); i += 1 + valuesOf(a, i)) {
            if (a.equalsIgnoreCase(i, "STORE")) {
                found = i + 1;
            }
        }
        return found;
    }

    /// Whether BY or GET name keys by a pattern, which may live anywhere.
    private static boolean looksUpKeys(Args a) {
        for (int i = 2; i + 1 < a.count(); i += 1 + valuesOf(a, i)) {
            if ((a.equalsIgnoreCase(i, "BY") || a.equalsIgnoreCase(i, "GET")) && isPattern(a, i + 1)) {
                return true;
            }
        }
        return false;
    }

    /// Whether an argument has a star, where elements are put in. As in Redis it counts up to the first zero byte.
    private static boolean isPattern(Args a, int i) {
        long address = a.address(i);
        for (int at = 0; at < a.length(i); at++) {
            int c = OffHeap.getByte(address + at);
            if (c == '*' || c == 0) {
                return c == '*';
            }
        }
        return false;
    }

    /// SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination] -> the elements
    /// in order, or what GET finds for each of them | with STORE their number. O(n log n) plus the lookups. Elements are
    /// ordered as numbers or, by ALPHA, as bytes; equal ones by themselves, or, by ALPHA and BY, as they come. Errors:
    /// WRONGTYPE; a score that is no number; not an integer; syntax. Logged as DEL and RPUSH.
    /// https://redis.io/commands/sort
    ///
    /// SORT_RO is the same without STORE. https://redis.io/commands/sort_ro
    private static void sort(CommandContext c, Args a, boolean mayStore, ReplyWriter r) {
        try (var sort = new Sort(c, a)) {
            ArgReader in = c.reader(a, 2);
            while (in.more()) {
                if (in.option("ASC")) {
                    sort.descending = false;
                } else if (in.option("DESC")) {
                    sort.descending = true;
                } else if (in.option("ALPHA")) {
                    sort.alpha = true;
                } else if (in.left() > 2 && in.option("LIMIT")) {
                    sort.offset = in.nextLong();
                    sort.count = in.nextLong();
                } else if (mayStore && in.optionWithValue("STORE")) {
                    sort.store = in.next();
                } else if (in.optionWithValue("BY")) {
                    sort.by = in.next();
                    // As in Redis one BY without a star is enough, even if another follows.
                    sort.ordered &= isPattern(a, sort.by);
                } else if (in.optionWithValue("GET")) {
                    sort.gets.add(in.next());
                } else {
                    in.fail(Errors.SYNTAX);
                }
            }
            if (in.failed(r)) {
                return;
            }
            long e = c.lookupRead(a, 1);
            int type = e == 0 ? Type.LIST : Entry.type(e);
            if (type != Type.LIST && type != Type.SET && type != Type.ZSET) {
                r.simple(Errors.WRONG_TYPE);
                return;
            }
            sort.run(e, r);
        }
    }
}
