package dev.sampo.resp;

import java.nio.charset.StandardCharsets;

/// Replies by meaning, encoded as RESP2 or RESP3 into an [OutputBuffer]. One writer serves all connections of a thread;
/// [#target(OutputBuffer, int)] says where the next replies go and which version that connection speaks.
///
/// Aggregates announce their size and are followed by that many replies. Where the size is known only afterwards, a
/// deferred aggregate takes it through [#patch(long, long)].
public final class ReplyWriter {
    private static final int SMALL_MAX = 10_000;
    /// The text of 0..9999 with a line end, in the low bytes (at most six); its length in the highest byte.
    private static final long[] SMALL = small();

    private static final long OK = word("+OK\r\n");
    private static final long NULL_BULK_2 = word("$-1\r\n");
    private static final long NULL_ARRAY_2 = word("*-1\r\n");
    private static final long NULL_3 = word("_\r\n");
    private static final long TRUE_3 = word("#t\r\n");
    private static final long FALSE_3 = word("#f\r\n");
    private static final byte[] QUEUED = bytes("+QUEUED\r\n");

    private static final short LINE_END = '\r' | '\n' << 8;
    /// A type byte, up to 20 digits and a line end.
    private static final int HEADER_MAX = 24;
    /// What a deferred header takes until it is patched: type, factor, and room for the longest header.
    private static final int DEFERRED = HEADER_MAX;

    private OutputBuffer out;
    private boolean resp3;

    /// Directs the replies that follow to `out`, encoded for `respVersion` (2 or 3); returns this.
    public ReplyWriter target(OutputBuffer out, int respVersion) {
        this.out = out;
        this.resp3 = respVersion == RespVersion.RESP3;
        return this;
    }

    /// Where replies go.
    public OutputBuffer target() {
        return out;
    }

    /// The protocol version replies are encoded for, 2 or 3.
    public int respVersion() {
        return resp3 ? RespVersion.RESP3 : RespVersion.RESP2;
    }

    // ---------------------------------------------------------------- status and errors

    /// `+OK`.
    public void ok() {
        putWord(OK, 5);
    }

    /// `+QUEUED`.
    public void queued() {
        out.append(QUEUED);
    }

    /// A simple string; line ends in it become spaces.
    public void simple(String text) {
        line('+', text);
    }

    /// A whole reply that was encoded beforehand, as by [#encodeSimple(String)] or [#encodeError(String)].
    public void simple(byte[] preEncoded) {
        out.append(preEncoded);
    }

    /// A whole reply, or part of one, that was encoded elsewhere.
    public void raw(long address, int length) {
        out.append(address, length);
    }

    /// An error, from its prefix ("ERR ...", "WRONGTYPE ..."), without the minus sign. Line ends at either end are
    /// dropped and others become spaces, so that no text breaks the protocol.
    public void error(String message) {
        line('-', trimLineEnds(message));
    }

    /// The reply that [#simple(String)] would write.
    public static byte[] encodeSimple(String text) {
        return bytes("+" + text.replace('\r', ' ').replace('\n', ' ') + "\r\n");
    }

    /// The reply that [#error(String)] would write.
    public static byte[] encodeError(String message) {
        return bytes("-" + trimLineEnds(message).replace('\r', ' ').replace('\n', ' ') + "\r\n");
    }

    // ---------------------------------------------------------------- scalars

    /// An integer.
    public void integer(long value) {
        header(':', value);
    }

    /// A bulk string of the `length` bytes at `address`.
    public void bulk(long address, int length) {
        OutputBuffer out = this.out;
        out.ensure((long) length + HEADER_MAX + 2);
        header('$', length);
        long at = out.reserve(length + 2);
        OffHeap.copy(address, at, length);
        OffHeap.putShort(at + length, LINE_END);
    }

    /// A bulk string.
    public void bulk(byte[] bytes) {
        bulk(bytes, 0, bytes.length);
    }

    /// A bulk string of `length` bytes from `offset`.
    public void bulk(byte[] bytes, int offset, int length) {
        out.ensure((long) length + HEADER_MAX + 2);
        header('$', length);
        long at = out.reserve(length + 2);
        OffHeap.copyFrom(bytes, offset, at, length);
        OffHeap.putShort(at + length, LINE_END);
    }

    /// A bulk string of the text's UTF-8 bytes.
    public void bulk(String text) {
        if (!isAscii(text)) {
            bulk(text.getBytes(StandardCharsets.UTF_8));
            return;
        }
        int length = text.length();
        header('$', length);
        text(text, length);
    }

    /// A bulk string of the decimal digits of `value`.
    public void bulkInteger(long value) {
        header('$', Ascii.longLength(value));
        decimalLine(value);
    }

    /// The null of a missing string: `$-1`, or `_` in RESP3.
    public void nullBulk() {
        if (resp3) {
            putWord(NULL_3, 3);
        } else {
            putWord(NULL_BULK_2, 5);
        }
    }

    /// The null of a missing array: `*-1`, or `_` in RESP3.
    public void nullArray() {
        if (resp3) {
            putWord(NULL_3, 3);
        } else {
            putWord(NULL_ARRAY_2, 5);
        }
    }

    /// A double: `,` in RESP3, a bulk string in RESP2. See [Ascii#writeDouble(long, double)] for its form.
    public void dbl(double value) {
        out.ensure(Ascii.DOUBLE_LENGTH_MAX + HEADER_MAX);
        // The text is written behind where its header will be and then moved up to it.
        long start = out.size();
        long at = out.address() + start;
        int length = Ascii.writeDouble(at + HEADER_MAX, value);
        long written = at + HEADER_MAX;
        if (resp3) {
            out.append((byte) ',');
        } else {
            header('$', length);
        }
        long target = out.reserve(length + 2);
        OffHeap.copy(written, target, length);
        OffHeap.putShort(target + length, LINE_END);
    }

    /// A boolean: `#t` or `#f` in RESP3, 1 or 0 in RESP2.
    public void bool(boolean value) {
        if (resp3) {
            putWord(value ? TRUE_3 : FALSE_3, 4);
        } else {
            integer(value ? 1 : 0);
        }
    }

    /// An integer of any size from its decimal digits: `(` in RESP3, a bulk string in RESP2.
    public void bigNumber(String digits) {
        if (resp3) {
            line('(', digits);
        } else {
            bulk(digits);
        }
    }

    /// Text with a three-letter format ("txt", "mkd"): `=` in RESP3, a bulk string in RESP2.
    public void verbatim(String extension, String text) {
        if (!resp3) {
            bulk(text);
            return;
        }
        if (extension.length() != 3) {
            throw new IllegalArgumentException("format of three letters expected, not " + extension);
        }
        byte[] bytes = bytes(extension + ":" + text);
        header('=', bytes.length);
        out.append(bytes);
        OffHeap.putShort(out.reserve(2), LINE_END);
    }

    // ---------------------------------------------------------------- aggregates

    /// Starts an array of `count` replies.
    public void array(long count) {
        header('*', count);
    }

    /// Starts a map of `pairs` keys and values, an array of both in RESP2.
    public void map(long pairs) {
        if (resp3) {
            header('%', pairs);
        } else {
            header('*', pairs * 2);
        }
    }

    /// Starts a set of `count` replies, an array in RESP2.
    public void set(long count) {
        header(resp3 ? '~' : '*', count);
    }

    /// Starts a push of `count` replies, an array in RESP2.
    public void push(long count) {
        header(resp3 ? '>' : '*', count);
    }

    /// Starts attributes of `pairs` keys and values, which precede the reply they belong to.
    ///
    /// @throws IllegalStateException in RESP2, which has none
    public void attribute(long pairs) {
        if (!resp3) {
            throw new IllegalStateException("RESP2 has no attributes");
        }
        header('|', pairs);
    }

    /// Starts an array whose size [#patch(long, long)] will tell.
    ///
    /// @return what to pass to patch; valid while nothing before it is removed from the buffer
    public long deferredArray() {
        return defer('*', 1);
    }

    /// As [#deferredArray()], for a map whose number of pairs will be told.
    public long deferredMap() {
        return resp3 ? defer('%', 1) : defer('*', 2);
    }

    /// As [#deferredArray()], for a set.
    public long deferredSet() {
        return defer(resp3 ? '~' : '*', 1);
    }

    /// As [#deferredArray()], for a push.
    public long deferredPush() {
        return defer(resp3 ? '>' : '*', 1);
    }

    /// Gives the aggregate that began at `mark` its size. Aggregates inside it are patched before it. What was written
    /// since moves up to the header, so this costs a copy of it.
    public void patch(long mark, long count) {
        OutputBuffer out = this.out;
        long at = out.address() + mark;
        long elements = count * OffHeap.getByte(at + 1);
        int header = 1 + Ascii.writeLong(at + 1, elements);
        OffHeap.putShort(at + header, LINE_END);
        header += 2;
        OffHeap.copy(at + DEFERRED, at + header, out.size() - mark - DEFERRED);
        out.truncate(out.size() - (DEFERRED - header));
    }

    private long defer(char type, int factor) {
        long mark = out.size();
        long at = out.reserve(DEFERRED);
        OffHeap.putByte(at, (byte) type);
        OffHeap.putByte(at + 1, (byte) factor);
        return mark;
    }

    // ---------------------------------------------------------------- pieces

    /// Writes a type byte, a number and a line end.
    private void header(char type, long value) {
        if (value >= 0 && value < SMALL_MAX) {
            long entry = SMALL[(int) value];
            int length = (int) (entry >>> 56) + 1;
            // A store of eight bytes may run over the reserved ones, into bytes still free or the padding.
            OffHeap.putLong(out.reserve(length), entry << 8 | type);
            return;
        }
        OffHeap.putByte(out.reserve(1), (byte) type);
        decimalLine(value);
    }

    private void decimalLine(long value) {
        out.ensure(HEADER_MAX);
        long at = out.address() + out.size();
        int length = Ascii.writeLong(at, value);
        OffHeap.putShort(at + length, LINE_END);
        out.reserve(length + 2);
    }

    private void putWord(long word, int length) {
        OffHeap.putLong(out.reserve(length), word);
    }

    private void line(char type, String text) {
        if (!isAscii(text)) {
            out.append(bytes(type + text.replace('\r', ' ').replace('\n', ' ') + "\r\n"));
            return;
        }
        int length = text.length();
        long at = out.reserve(length + 1);
        OffHeap.putByte(at++, (byte) type);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            OffHeap.putByte(at + i, (byte) (c == '\r' || c == '\n' ? ' ' : c));
        }
        OffHeap.putShort(out.reserve(2), LINE_END);
    }

    private void text(String text, int length) {
        long at = out.reserve(length + 2);
        for (int i = 0; i < length; i++) {
            OffHeap.putByte(at + i, (byte) text.charAt(i));
        }
        OffHeap.putShort(at + length, LINE_END);
    }

    private static boolean isAscii(String text) {
        for (int i = 0, length = text.length(); i < length; i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String trimLineEnds(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isLineEnd(text.charAt(from))) {
            from++;
        }
        while (to > from && isLineEnd(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isLineEnd(char c) {
        return c == '\r' || c == '\n';
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Up to eight characters as the word whose store writes them.
    private static long word(String text) {
        long word = 0;
        for (int i = text.length() - 1; i >= 0; i--) {
            word = word << 8 | text.charAt(i);
        }
        return word;
    }

    private static long[] small() {
        long[] small = new long[SMALL_MAX];
        for (int i = 0; i < SMALL_MAX; i++) {
            String text = i + "\r\n";
            small[i] = (long) text.length() << 56 | word(text);
        }
        return small;
    }
}
