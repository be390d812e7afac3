package dev.sampo.engine.value;

import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;

/// IDs of stream entries: two unsigned 64-bit numbers, milliseconds and a sequence number, written `ms-seq`. An ID is passed
/// around as these two.
public final class StreamId {
    /// Bytes of the longest text.
    public static final int TEXT_BYTES_MAX = 41;
    /// The greatest number of either half.
    public static final long MAX = -1;

    private static final int NUMBER_BYTES_MAX = 20;
    private static final long LEAST_OF_20_DIGITS = Long.parseUnsignedLong("10000000000000000000");
    private static final short LINE_END = '\r' | '\n' << 8;

    private StreamId() {
    }

    /// As [Long#compare(long, long)], for IDs.
    public static int compare(long ms, long seq, long otherMs, long otherSeq) {
        int order = Long.compareUnsigned(ms, otherMs);
        return order != 0 ? order : Long.compareUnsigned(seq, otherSeq);
    }

    /// Bytes of the text of an ID.
    public static int textLength(long ms, long seq) {
        return length(ms) + 1 + length(seq);
    }

    /// Writes the text of an ID, of up to [#TEXT_BYTES_MAX] bytes, and returns its length.
    public static int write(long at, long ms, long seq) {
        int length = number(at, ms);
        OffHeap.putByte(at + length, (byte) '-');
        length++;
        return length + number(at + length, seq);
    }

    /// Replies with an ID as a bulk string.
    public static void reply(ReplyWriter r, long ms, long seq) {
        int length = textLength(ms, seq);
        int digits = length < 10 ? 1 : 2;
        long at = r.target().reserve(1 + digits + 2 + length + 2);
        OffHeap.putByte(at, (byte) '$');
        at += 1 + Ascii.writeLong(at + 1, length);
        OffHeap.putShort(at, LINE_END);
        at += 2;
        at += write(at, ms, seq);
        OffHeap.putShort(at, LINE_END);
    }

    private static int length(long value) {
        if (value >= 0) {
            return Ascii.longLength(value);
        }
        return Long.compareUnsigned(value, LEAST_OF_20_DIGITS) < 0 ? NUMBER_BYTES_MAX - 1 : NUMBER_BYTES_MAX;
    }

    private static int number(long at, long value) {
        return value >= 0 ? Ascii.writeLong(at, value) : numberSlow(at, value);
    }

    private static int numberSlow(long at, long value) {
        byte[] text = Long.toUnsignedString(value).getBytes(StandardCharsets.US_ASCII);
        OffHeap.copyFrom(text, 0, at, text.length);
        return text.length;
    }
}
