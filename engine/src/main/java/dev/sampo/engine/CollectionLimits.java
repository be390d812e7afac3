package dev.sampo.engine;

/// Up to which size collections are packed into one block, as Redis's settings of these names say.
///
/// @param hashEntries fields of a packed hash (`hash-max-listpack-entries`)
/// @param hashValueBytes longest field or value of a packed hash (`hash-max-listpack-value`)
/// @param setIntsetEntries members of a set of integers (`set-max-intset-entries`)
/// @param setEntries members of a packed set (`set-max-listpack-entries`)
/// @param setValueBytes longest member of a packed set (`set-max-listpack-value`)
/// @param zsetEntries members of a packed sorted set (`zset-max-listpack-entries`)
/// @param zsetValueBytes longest member of a packed sorted set (`zset-max-listpack-value`)
/// @param listSize elements of one packed piece of a list; -1 to -5 mean 4, 8, 16, 32 and 64 KiB (`list-max-listpack-size`)
/// @param listCompressDepth pieces at each end of a list that stay uncompressed in Redis; kept, changes nothing
///     (`list-compress-depth`)
/// @param streamNodeBytes bytes of one piece of a stream, 0 = no limit (`stream-node-max-bytes`)
/// @param streamNodeEntries entries of one piece of a stream, 0 = no limit (`stream-node-max-entries`)
/// @param hllSparseBytes longest sparse HyperLogLog (`hll-sparse-max-bytes`)
public record CollectionLimits(int hashEntries, int hashValueBytes, int setIntsetEntries, int setEntries, int setValueBytes,
                               int zsetEntries, int zsetValueBytes, int listSize, int listCompressDepth, int streamNodeBytes,
                               int streamNodeEntries, int hllSparseBytes) {
    /// What Redis ships with.
    public static final CollectionLimits DEFAULT =
        new CollectionLimits(512, 64, 512, 128, 64, 128, 64, -2, 0, 4096, 100, 3000);
}
