package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// The LCS command: the classical table of the longest common subsequences of all pairs of prefixes, filled row by row
/// and read backwards from its last cell. Cell (i, j), at i * (b's length + 1) + j, belongs to the first i bytes of a and
/// the first j bytes of b. Where two ways back are equally good, the one that drops a byte of b is taken, as in Redis.
final class LongestCommonSubsequence {
    private static final byte[] NOT_STRINGS = Errors.error("ERR The specified keys must contain string values");
    private static final byte[] LENGTH_AND_INDEXES =
        Errors.error("ERR If you want both the length and indexes, please just use IDX.");
    private static final byte[] TOO_LARGE = Errors.error(
        "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    private static final int CELL = Integer.BYTES;
    private static final int NONE = -1;

    private final long a;
    private final int aLength;
    private final long b;
    private final int bLength;
    private final long table;
    private final long tableBytes;

    private LongestCommonSubsequence(long a, int aLength, long b, int bLength, long tableBytes) {
        this.a = a;
        this.aLength = aLength;
        this.b = b;
        this.bLength = bLength;
        this.tableBytes = tableBytes;
        this.table = OffHeap.allocate(tableBytes);
    }

    /// LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN] -> bulk; with LEN its length; with IDX a map of the
    /// matching ranges, last one first, and the length. O(N * M) time and memory. Errors: not strings; syntax; table
    /// larger than the longest string allowed. Missing keys are empty. https://redis.io/commands/lcs
    static void lcs(CommandContext c, Args args, ReplyWriter r) {
        long first = c.lookupRead(args, 1);
        long second = c.lookupRead(args, 2);
        if (first != 0 && Entry.type(first) != Type.STRING || second != 0 && Entry.type(second) != Type.STRING) {
            r.simple(NOT_STRINGS);
            return;
        }
        boolean length = false;
        boolean indexes = false;
        boolean withLength = false;
        long lengthMin = 0;
        ArgReader in = c.reader(args, 3);
        while (in.more()) {
            if (in.option("IDX")) {
                indexes = true;
            } else if (in.option("LEN")) {
                length = true;
            } else if (in.option("WITHMATCHLEN")) {
                withLength = true;
            } else if (in.optionWithValue("MINMATCHLEN")) {
                lengthMin = in.nextLong();
            } else {
                in.fail(Errors.SYNTAX);
            }
        }
        if (length && indexes) {
            in.fail(LENGTH_AND_INDEXES);
        }
        int aLength = first == 0 ? 0 : c.textLength(first);
        int bLength = second == 0 ? 0 : c.textLength(second);
        long cells = (aLength + 1L) * (bLength + 1L);
        if (cells > c.settings().bulkLengthMax() / CELL) {
            in.fail(TOO_LARGE);
        }
        if (in.failed(r)) {
            return;
        }
        long a = first == 0 ? 0 : c.text(first, 0);
        long b = second == 0 ? 0 : c.text(second, 1);
        var lcs = new LongestCommonSubsequence(a, aLength, b, bLength, cells * CELL);
        try {
            lcs.fill();
            lcs.reply(length, indexes, lengthMin, withLength, r);
        } finally {
            OffHeap.free(lcs.table, lcs.tableBytes);
        }
    }

    private void fill() {
        int width = bLength + 1;
        OffHeap.fill(table, (long) width * CELL, (byte) 0);
        for (int i = 1; i <= aLength; i++) {
            byte wanted = OffHeap.getByte(a + i - 1);
            long above = table + (long) (i - 1) * width * CELL;
            long row = above + (long) width * CELL;
            OffHeap.putInt(row, 0);
            int left = 0;
            for (int j = 1; j <= bLength; j++) {
                long at = (long) j * CELL;
                left = OffHeap.getByte(b + j - 1) == wanted
                    ? OffHeap.getInt(above + at - CELL) + 1
                    : Math.max(OffHeap.getInt(above + at), left);
                OffHeap.putInt(row + at, left);
            }
        }
    }

    private int cell(int i, int j) {
        return OffHeap.getInt(table + ((long) i * (bLength + 1) + j) * CELL);
    }

    private void reply(boolean length, boolean indexes, long lengthMin, boolean withLength, ReplyWriter r) {
        int total = cell(aLength, bLength);
        if (indexes) {
            r.map(2);
            r.bulk("matches");
            long mark = r.deferredArray();
            r.patch(mark, writeMatches(lengthMin, withLength, r));
            r.bulk("len");
            r.integer(total);
        } else if (length) {
            r.integer(total);
        } else {
            byte[] common = new byte[total];
            collect(common);
            r.bulk(common);
        }
    }

    private void collect(byte[] common) {
        int i = aLength;
        int j = bLength;
        for (int at = common.length - 1; at >= 0; ) {
            if (OffHeap.getByte(a + i - 1) == OffHeap.getByte(b + j - 1)) {
                common[at--] = OffHeap.getByte(a + i - 1);
                i--;
                j--;
            } else if (cell(i - 1, j) > cell(i, j - 1)) {
                i--;
            } else {
                j--;
            }
        }
    }

    /// Writes the runs of equal bytes on the way back that are long enough, and returns how many.
    private long writeMatches(long lengthMin, boolean withLength, ReplyWriter r) {
        long written = 0;
        int i = aLength;
        int j = bLength;
        int runEnd = NONE;
        while (i > 0 && j > 0) {
            boolean equal = OffHeap.getByte(a + i - 1) == OffHeap.getByte(b + j - 1);
            if (equal) {
                runEnd = runEnd == NONE ? i : runEnd;
                i--;
                j--;
            }
            // A run ends before the first pair that differs, and where one of the strings begins.
            if (runEnd != NONE && (!equal || i == 0 || j == 0)) {
                int run = runEnd - i;
                if (run >= lengthMin) {
                    writeMatch(i, j, run, withLength, r);
                    written++;
                }
                runEnd = NONE;
            }
            if (!equal) {
                if (cell(i - 1, j) > cell(i, j - 1)) {
                    i--;
                } else {
                    j--;
                }
            }
        }
        return written;
    }

    private static void writeMatch(int aFrom, int bFrom, int length, boolean withLength, ReplyWriter r) {
        r.array(withLength ? 3 : 2);
        r.array(2);
        r.integer(aFrom);
        r.integer(aFrom + length - 1);
        r.array(2);
        r.integer(bFrom);
        r.integer(bFrom + length - 1);
        if (withLength) {
            r.integer(length);
        }
    }
}
