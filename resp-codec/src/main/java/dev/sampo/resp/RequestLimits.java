package dev.sampo.resp;

/// What a request may not exceed. Immutable; shared by the parsers of all connections.
///
/// The parser's fast path accepts up to nine arguments and bulks up to 99 bytes without looking here, hence the minima.
///
/// @param bulkLengthMax bytes of one argument (`proto-max-bulk-len`), at least 1 MiB as in Redis, at most 1 GiB
/// @param argumentsMax arguments of one request
/// @param lineLengthMax bytes of an inline request or of a length line before its end
/// @param unauthenticatedArgumentsMax as `argumentsMax`, before authentication
/// @param unauthenticatedBulkLengthMax as `bulkLengthMax`, before authentication
public record RequestLimits(int bulkLengthMax, int argumentsMax, int lineLengthMax, int unauthenticatedArgumentsMax,
                            int unauthenticatedBulkLengthMax) {
    /// 512 MiB bulks, 1024 * 1024 arguments, 64 KiB lines; 10 arguments of 16 KiB unauthenticated. As in Redis 7.0, except
    /// that the number of arguments has the limit of Redis 6, where 7.0 takes up to 2^31 - 1.
    public static final RequestLimits DEFAULT = new RequestLimits(512 << 20, 1 << 20, 64 << 10, 10, 16 << 10);

    public RequestLimits {
        requireAtLeast("bulkLengthMax", bulkLengthMax, 1 << 20);
        if (bulkLengthMax > 1 << 30) {
            throw new IllegalArgumentException("bulkLengthMax is " + bulkLengthMax + ", takes at most " + (1 << 30));
        }
        requireAtLeast("argumentsMax", argumentsMax, 16);
        requireAtLeast("lineLengthMax", lineLengthMax, 64);
        requireAtLeast("unauthenticatedArgumentsMax", unauthenticatedArgumentsMax, 9);
        requireAtLeast("unauthenticatedBulkLengthMax", unauthenticatedBulkLengthMax, 99);
    }

    /// These limits with another `proto-max-bulk-len`.
    public RequestLimits withBulkLengthMax(int bytes) {
        return new RequestLimits(bytes, argumentsMax, lineLengthMax, unauthenticatedArgumentsMax, unauthenticatedBulkLengthMax);
    }

    private static void requireAtLeast(String name, int value, int minimum) {
        if (value < minimum) {
            throw new IllegalArgumentException(name + " is " + value + ", needs at least " + minimum);
        }
    }
}
