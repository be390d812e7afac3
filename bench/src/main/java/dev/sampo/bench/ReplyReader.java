package dev.sampo.bench;

import java.nio.ByteBuffer;

/// Counts and checks the RESP2 replies of one connection without keeping their bytes.
///
/// The reader can be stopped and continued at any byte. The expected replies are a cycle: reply n is compared with entry
/// n modulo the cycle's length. Nested arrays are followed by counting the elements still owed.
final class ReplyReader {
    private static final int AT_TYPE = 0;
    private static final int IN_NUMBER = 1;
    private static final int IN_TEXT = 2;
    private static final int IN_BODY = 3;

    private final ReplyCheck[] cycle;
    private int cycleIndex;
    private int state = AT_TYPE;
    private byte type;
    private boolean negative;
    private long number;
    private long bodyLeft;
    private long elementsLeft;
    private byte topType;
    private long topNumber;
    private boolean atTop;
    private long replies;
    private long mismatches;
    private final StringBuilder text = new StringBuilder();
    private String firstMismatch = "";

    /// @param cycle expected replies, repeated for ever
    /// @param start index of the first one expected
    ReplyReader(ReplyCheck[] cycle, int start) {
        this.cycle = cycle;
        this.cycleIndex = start;
    }

    /// Reads the bytes `[0, end)` of `in` by absolute index and returns how many replies were completed by them.
    int feed(ByteBuffer in, int end) {
        int pos = 0;
        int completed = 0;
        while (pos < end) {
            if (state == IN_BODY) {
                int step = (int) Math.min(bodyLeft, end - pos);
                pos += step;
                bodyLeft -= step;
                if (bodyLeft == 0) {
                    if (in.get(pos - 1) != '\n') {
                        throw new IllegalStateException("a bulk string does not end in CRLF");
                    }
                    completed += elementDone();
                }
            } else {
                byte b = in.get(pos++);
                if (state == IN_NUMBER) {
                    if (b >= '0' && b <= '9') {
                        number = number * 10 + (b - '0');
                    } else if (b == '\n') {
                        completed += numberDone();
                    } else {
                        signOrReturn(b);
                    }
                } else if (state == AT_TYPE) {
                    begin(b);
                } else {
                    completed += textByte(b);
                }
            }
        }
        return completed;
    }

    private void signOrReturn(byte b) {
        if (b == '-') {
            negative = true;
        } else if (b != '\r') {
            throw new IllegalStateException("byte " + b + " inside a number of a reply");
        }
    }

    private void begin(byte b) {
        type = b;
        number = 0;
        negative = false;
        atTop = elementsLeft == 0;
        if (atTop) {
            elementsLeft = 1;
        }
        switch (b) {
            case '$', ':', '*' -> state = IN_NUMBER;
            case '+', '-' -> {
                state = IN_TEXT;
                text.setLength(0);
            }
            default -> throw new IllegalStateException("byte " + b + " where a reply begins, after " + replies + " replies");
        }
    }

    private int textByte(byte b) {
        if (b == '\n') {
            return numberDone();
        }
        if (b != '\r') {
            if (number >>> 48 == 0) {
                number = number << 8 | b & 0xff;
            }
            if (type == '-' && text.length() < 200) {
                text.append((char) (b & 0xff));
            }
        }
        return 0;
    }

    private int numberDone() {
        long value = negative ? -number : number;
        if (atTop) {
            topType = type;
            topNumber = value;
        }
        if (type == '$' && value >= 0) {
            bodyLeft = value + 2;
            state = IN_BODY;
            return 0;
        }
        if (type == '*' && value > 0) {
            elementsLeft += value;
        }
        return elementDone();
    }

    private int elementDone() {
        state = AT_TYPE;
        if (--elementsLeft > 0) {
            return 0;
        }
        ReplyCheck expected = cycle[cycleIndex];
        if (++cycleIndex == cycle.length) {
            cycleIndex = 0;
        }
        replies++;
        if (!expected.accepts(topType, topNumber)) {
            mismatch(expected);
        }
        return 1;
    }

    private void mismatch(ReplyCheck expected) {
        if (mismatches++ == 0) {
            String got = topType == '-' ? "-" + text : (char) topType + Long.toString(topNumber);
            firstMismatch = "expected " + expected + ", got " + got + " as reply " + replies;
        }
    }

    long replies() {
        return replies;
    }

    long mismatches() {
        return mismatches;
    }

    /// The first reply that was not as expected, or an empty text.
    String firstMismatch() {
        return firstMismatch;
    }

    /// Whether the stream stands between two replies.
    boolean atBoundary() {
        return state == AT_TYPE && elementsLeft == 0;
    }
}
