package dev.sampo.engine.rdb;

/// What a [ValueReader] hands the parts of a value to, in the order in which they come: either one
/// [#string(long, int)], or [#begin(int, long)], parts, and [#end()]. Memory that is passed in is valid during the call.
///
/// Every method says whether the value can still be right; false ends the reading.
public interface ValueTarget {
    /// A string.
    boolean string(long address, int length);

    /// A value of any other type begins.
    ///
    /// @param type a constant of [dev.sampo.engine.keyspace.Type]
    /// @param count how many elements it claims to have, or -1
    boolean begin(int type, long count);

    /// Offers a packed collection as a whole: checked to the last byte, stored as Redis stores it now, without duplicates,
    /// a sorted set in order. If it is not taken, the elements come one by one.
    ///
    /// @param encoding a constant of [dev.sampo.engine.keyspace.Encoding]
    /// @param count number of members, fields or elements
    /// @param longest length of the longest element as text
    boolean packed(int type, int encoding, long address, int bytes, int count, long longest);

    /// An element of a list, or a member of a set, which must be new.
    boolean element(long address, int length);

    /// A member of a sorted set, which must be new. The score is not NaN.
    boolean member(long address, int length, double score);

    /// A field of a hash, which must be new.
    ///
    /// @param deadlineMillis when the field expires, Unix time in ms, 0 = never
    boolean field(long field, int fieldLength, long value, int valueLength, long deadlineMillis);

    /// A node of a stream: entries in a listpack, which has been checked to the last byte. Ids of nodes must ascend.
    ///
    /// @param live number of entries in it that are not deleted
    boolean node(long millis, long sequence, long listpack, int bytes, long live);

    /// The stream as a whole, after its nodes.
    boolean summary(StreamSummary stream);

    /// A consumer group of the stream.
    ///
    /// @param entriesRead or [StreamSummary#UNKNOWN]
    /// @param known whether the version of the format has `entriesRead` at all
    boolean group(long name, int nameLength, long millis, long sequence, long entriesRead, boolean known);

    /// An entry that is pending in the group.
    boolean pending(long millis, long sequence, long deliveredAtMillis, long deliveries);

    /// A consumer of the group; after all that is pending.
    ///
    /// @param activeAtMillis when it last got something, -1 = never
    boolean consumer(long name, int nameLength, long seenAtMillis, long activeAtMillis);

    /// An entry that is pending with the consumer.
    boolean consumerPending(long millis, long sequence);

    /// The group is complete: everything pending must have a consumer.
    boolean endGroup();

    /// The value is complete.
    boolean end();
}
