package dev.sampo.shard;

import dev.sampo.engine.Session;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.ReplyWriter;

/// MEMORY, as far as it is about the server; MEMORY USAGE is the engine's. Contract: https://redis.io/commands/memory-stats and its
/// neighbours
final class MemoryCommands {
    private static final int COMPACTED_ENTRIES = 100_000;
    private static final long SMALL_BYTES = 5 << 20;

    private MemoryCommands() {
    }

    static void register(CommandTable.Builder t) {
        CommandTable.Builder sub = t.children("MEMORY");
        String[] tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"};
        sub.session("DOCTOR", 2, 0, 0, MemoryCommands::doctor).tips(tips);
        sub.session("MALLOC-STATS", 2, 0, 0, MemoryCommands::mallocStats).tips(tips);
        sub.session("PURGE", 2, 0, 0, MemoryCommands::purge).tips("request_policy:all_shards", "response_policy:all_succeeded");
        sub.session("STATS", 2, 0, 0, MemoryCommands::stats).tips(tips);
    }

    /// What the server uses: figures that INFO and MEMORY STATS share.
    ///
    /// @param usedBytes of data and buffers off heap
    /// @param overheadBytes the part of it that is not data: buffers of connections
    /// @param reservedBytes what is held for both, used or not
    record Usage(long usedBytes, long peakBytes, long overheadBytes, long datasetBytes, long reservedBytes, long residentBytes) {
        static Usage of(InfoSample sample) {
            long overhead = Math.max(0, OffHeap.allocatedBytes() - sample.reservedBytes);
            long used = sample.usedBytes + overhead;
            return new Usage(used, Math.max(used, sample.usedBytesPeak + overhead), overhead, sample.usedBytes, sample.reservedBytes + overhead,
                ProcessFigures.memory().residentBytes());
        }
    }

    /// MEMORY STATS -> map of what memory is used for. O(N) for N databases. https://redis.io/commands/memory-stats
    private static void stats(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> InfoSample.sinceReset(core, false), (results, late) -> stats(InfoSample.sum(results), late));
    }

    private static void stats(InfoSample sample, ReplyWriter r) {
        Usage usage = Usage.of(sample);
        long keys = sample.keyCount();
        long mark = r.deferredMap();
        int[] fields = {0};
        integer(r, fields, "peak.allocated", usage.peakBytes);
        integer(r, fields, "total.allocated", usage.usedBytes);
        integer(r, fields, "startup.allocated", 0);
        integer(r, fields, "replication.backlog", 0);
        integer(r, fields, "clients.slaves", 0);
        integer(r, fields, "clients.normal", usage.overheadBytes);
        integer(r, fields, "cluster.links", 0);
        integer(r, fields, "aof.buffer", 0);
        integer(r, fields, "lua.caches", 0);
        integer(r, fields, "functions.caches", 0);
        for (int db = 0; db < sample.keys.length; db++) {
            if (sample.keys[db] > 0) {
                database(r, sample, db);
                fields[0]++;
            }
        }
        integer(r, fields, "overhead.total", usage.overheadBytes);
        integer(r, fields, "keys.count", keys);
        integer(r, fields, "keys.bytes-per-key", keys == 0 ? 0 : usage.datasetBytes / keys);
        integer(r, fields, "dataset.bytes", usage.datasetBytes);
        number(r, fields, "dataset.percentage", percent(usage.datasetBytes, usage.usedBytes));
        number(r, fields, "peak.percentage", percent(usage.usedBytes, usage.peakBytes));
        integer(r, fields, "allocator.allocated", usage.usedBytes);
        integer(r, fields, "allocator.active", usage.reservedBytes);
        integer(r, fields, "allocator.resident", usage.reservedBytes);
        number(r, fields, "allocator-fragmentation.ratio", ratio(usage.reservedBytes, usage.usedBytes));
        integer(r, fields, "allocator-fragmentation.bytes", usage.reservedBytes - usage.usedBytes);
        number(r, fields, "allocator-rss.ratio", 1);
        integer(r, fields, "allocator-rss.bytes", 0);
        number(r, fields, "rss-overhead.ratio", ratio(usage.residentBytes, usage.reservedBytes));
        integer(r, fields, "rss-overhead.bytes", usage.residentBytes - usage.reservedBytes);
        number(r, fields, "fragmentation", ratio(usage.residentBytes, usage.usedBytes));
        integer(r, fields, "fragmentation.bytes", usage.residentBytes - usage.usedBytes);
        r.patch(mark, fields[0]);
    }

    /// Indexes are part of the data here; 8 bytes are what an entry's place takes.
    private static void database(ReplyWriter r, InfoSample sample, int db) {
        r.bulk("db." + db);
        r.map(3);
        r.bulk("overhead.hashtable.main");
        r.integer(sample.keys[db] * Long.BYTES);
        r.bulk("overhead.hashtable.expires");
        r.integer(sample.expires[db] * Long.BYTES);
        r.bulk("overhead.hashtable.slot-to-keys");
        r.integer(0);
    }

    private static void integer(ReplyWriter r, int[] fields, String name, long value) {
        r.bulk(name);
        r.integer(value);
        fields[0]++;
    }

    private static void number(ReplyWriter r, int[] fields, String name, double value) {
        r.bulk(name);
        r.dbl(value);
        fields[0]++;
    }

    private static double percent(long part, long whole) {
        return 100 * ratio(part, whole);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /// MEMORY DOCTOR -> text. O(N) for N databases. https://redis.io/commands/memory-doctor
    private static void doctor(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        long limit = client.core.config().maxmemory();
        client.core.gather(client, core -> InfoSample.sinceReset(core, false), (results, late) ->
            late.verbatim("txt", diagnosis(Usage.of(InfoSample.sum(results)), limit)));
    }

    private static String diagnosis(Usage usage, long limit) {
        if (usage.usedBytes < SMALL_BYTES) {
            return "There is hardly any data: nothing can be said about its memory.\n";
        }
        StringBuilder text = new StringBuilder();
        if (usage.peakBytes > usage.usedBytes * 3 / 2) {
            text.append("- At its peak the server used more than one and a half times what it uses now. What was freed may still be resident.\n");
        }
        if (usage.reservedBytes > usage.usedBytes * 7 / 5) {
            text.append("- More than a third of the allocator's memory is unused. Compaction is under way; MEMORY PURGE hurries it.\n");
        }
        if (usage.overheadBytes > usage.datasetBytes) {
            text.append("- The buffers of connections take more than the data: look for slow readers in CLIENT LIST.\n");
        }
        if (limit > 0 && usage.datasetBytes > limit - limit / 10) {
            text.append("- Less than a tenth of maxmemory is left.\n");
        }
        return text.isEmpty() ? "Nothing stands out about the use of memory.\n" : "What stands out:\n" + text;
    }

    /// MEMORY MALLOC-STATS -> text. O(N) for N shards. https://redis.io/commands/memory-malloc-stats
    private static void mallocStats(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> InfoSample.sinceReset(core, false), (results, late) -> {
            StringBuilder text = new StringBuilder("off heap: " + OffHeap.allocatedBytes() + " bytes\n");
            for (int i = 0; i < results.length; i++) {
                InfoSample shard = (InfoSample) results[i];
                text.append("shard ").append(i).append(": ").append(shard.usedBytes).append(" bytes used of ").append(shard.reservedBytes).append('\n');
            }
            late.verbatim("txt", text.toString());
        });
    }

    /// MEMORY PURGE -> OK. Moves up to 100,000 entries of each shard out of sparse memory; a shard that is lent is left out. Whether the
    /// system sees the memory depends on what else lies in the same pages. https://redis.io/commands/memory-purge
    private static void purge(Session s, Args a, ReplyWriter r) {
        Client client = (Client) s;
        client.core.gather(client, core -> {
            if (core.gate.isAvailable()) {
                for (int db = 0; db < core.shard.databases(); db++) {
                    core.shard.keyspace(db).compact(COMPACTED_ENTRIES);
                }
            }
            return null;
        }, (_, late) -> late.ok());
    }
}
