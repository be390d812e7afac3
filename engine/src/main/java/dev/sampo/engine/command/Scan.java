package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.EntryVisitor;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;

/// SCAN and KEYS: walks over keyspaces with a filter, writing the keys that pass. Expired keys never do.
final class Scan implements EntryVisitor {
    private static final int COUNT_DEFAULT = 10;
    /// Entries per step of KEYS.
    private static final int KEYS_STEP = 1024;
    private static final int ANY_TYPE = -1;
    private static final int NO_TYPE = -2;

    private final CommandContext c;
    private final ReplyWriter out;
    private Keyspace keyspace;
    private long pattern;
    private int patternLength;
    private boolean matchesAll = true;
    private int type = ANY_TYPE;
    /// Whether expired entries are removed on the way.
    private boolean removes;
    private long found;

    private Scan(CommandContext c, ReplyWriter out) {
        this.c = c;
        this.out = out;
    }

    /// SCAN cursor [MATCH pattern] [COUNT n] [TYPE name] -> array of next cursor and keys. O(COUNT). Errors: invalid
    /// cursor; syntax. Needs only the shard that its cursor names: see [ScanCursor]. https://redis.io/commands/scan
    static void scan(CommandContext c, Args a, ReplyWriter r) {
        if (!ScanCursor.isValid(a, 1)) {
            r.simple(Errors.INVALID_CURSOR);
            return;
        }
        long count = COUNT_DEFAULT;
        // The next cursor precedes the keys in the reply but is known after them, so they are written aside.
        try (KeyBuffer aside = new KeyBuffer(r.respVersion())) {
            Scan scan = new Scan(c, aside.writer);
            scan.removes = true;
            ArgReader in = c.reader(a, 2);
            while (in.more()) {
                if (in.optionWithValue("COUNT")) {
                    count = in.nextLong();
                    if (count < 1) {
                        in.fail(Errors.SYNTAX);
                    }
                } else if (in.optionWithValue("MATCH")) {
                    scan.pattern(a, in.next());
                } else if (in.optionWithValue("TYPE")) {
                    scan.type = type(a, in.next());
                } else {
                    in.fail(Errors.SYNTAX);
                }
            }
            if (!in.failed(r)) {
                long next = scan.step(ScanCursor.parse(a, 1), (int) Math.min(count, Integer.MAX_VALUE));
                r.array(2);
                bulkUnsigned(next, r);
                r.array(scan.found);
                r.raw(aside.buffer.address(), (int) aside.buffer.size());
            }
        }
    }

    private long step(long cursor, int count) {
        int shard = ScanCursor.shard(cursor, c.shards());
        keyspace = c.shard(shard).keyspace(c.session().db());
        long position = keyspace.scan(ScanCursor.position(cursor, c.shards()), count, this);
        return ScanCursor.next(shard, position, c.shards());
    }

    private static void bulkUnsigned(long value, ReplyWriter r) {
        if (value >= 0) {
            r.bulkInteger(value);
        } else {
            r.bulk(Long.toUnsignedString(value));
        }
    }

    /// KEYS pattern.
    static void keys(CommandContext c, Args a, ReplyWriter r) {
        Scan scan = new Scan(c, r);
        scan.pattern(a, 1);
        long mark = r.deferredArray();
        for (int i = 0; i < c.shards(); i++) {
            if (c.owns(i)) {
                scan.walk(c.shard(i).keyspace(c.session().db()));
            }
        }
        r.patch(mark, scan.found);
    }

    private void walk(Keyspace whole) {
        keyspace = whole;
        long cursor = 0;
        do {
            cursor = whole.scan(cursor, KEYS_STEP, this);
        } while (cursor != 0);
    }

    private void pattern(Args a, int i) {
        pattern = a.address(i);
        patternLength = a.length(i);
        matchesAll = Glob.matchesAll(pattern, patternLength);
    }

    /// The type with this name in any case; a name that means nothing matches nothing.
    private static int type(Args a, int i) {
        if (a.equalsIgnoreCase(i, "STRING")) {
            return Type.STRING;
        }
        if (a.equalsIgnoreCase(i, "LIST")) {
            return Type.LIST;
        }
        if (a.equalsIgnoreCase(i, "SET")) {
            return Type.SET;
        }
        if (a.equalsIgnoreCase(i, "ZSET")) {
            return Type.ZSET;
        }
        if (a.equalsIgnoreCase(i, "HASH")) {
            return Type.HASH;
        }
        return a.equalsIgnoreCase(i, "STREAM") ? Type.STREAM : NO_TYPE;
    }

    @Override
    public void visit(long e) {
        long key = Entry.keyAddress(e);
        int length = Entry.keyLength(e);
        if (!matchesAll && !Glob.matches(pattern, patternLength, key, length)) {
            return;
        }
        if (c.isOver(e)) {
            if (removes) {
                c.expire(keyspace, e);
            }
            return;
        }
        if (type == ANY_TYPE || type == Entry.type(e)) {
            out.bulk(key, length);
            found++;
        }
    }

    /// Memory for the keys of one step.
    private static final class KeyBuffer implements AutoCloseable {
        final OutputBuffer buffer = new OutputBuffer();
        final ReplyWriter writer = new ReplyWriter();

        KeyBuffer(int respVersion) {
            writer.target(buffer, respVersion);
        }

        @Override
        public void close() {
            buffer.release();
        }
    }
}
