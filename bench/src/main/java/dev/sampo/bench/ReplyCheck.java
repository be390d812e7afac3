package dev.sampo.bench;

/// What one reply must look like: the type byte of RESP2 and a range for its number.
///
/// The number of a reply is its value for an integer, its byte length for a bulk string, its element count for an array, and
/// for a simple string its first seven bytes read as one big-endian number ([#OK] for `+OK`). A nil has the number -1.
///
/// @param type the first byte of the reply
/// @param min smallest number accepted
/// @param max largest number accepted
record ReplyCheck(byte type, long min, long max) {
    /// `+OK` as a number.
    private static final long OK = 'O' << 8 | 'K';

    static ReplyCheck ok() {
        return new ReplyCheck((byte) '+', OK, OK);
    }

    static ReplyCheck bulk(long lengthBytes) {
        return new ReplyCheck((byte) '$', lengthBytes, lengthBytes);
    }

    static ReplyCheck bulkBetween(long min, long max) {
        return new ReplyCheck((byte) '$', min, max);
    }

    static ReplyCheck integer(long value) {
        return new ReplyCheck((byte) ':', value, value);
    }

    static ReplyCheck integerBetween(long min, long max) {
        return new ReplyCheck((byte) ':', min, max);
    }

    static ReplyCheck array(long elements) {
        return new ReplyCheck((byte) '*', elements, elements);
    }

    boolean accepts(byte replyType, long number) {
        return replyType == type && number >= min && number <= max;
    }

    @Override
    public String toString() {
        return (char) type + (min == max ? Long.toString(min) : min + ".." + max);
    }
}
