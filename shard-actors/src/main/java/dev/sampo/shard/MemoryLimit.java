package dev.sampo.shard;

import dev.sampo.engine.Eviction;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandFlag;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.shard.config.ServerConfig;
import java.util.concurrent.atomic.AtomicLongArray;

/// `maxmemory` as one core keeps it: what all shards use together is compared with the limit, and keys of the own shard go when
/// it is exceeded. Counted are data with their indexes ([Shard#usedBytes()]), not the buffers of connections.
///
/// Nobody counts for all. Each core publishes what its shard uses and adds up what the others have published, once per batch of
/// commands; between that and the next batch it only watches its own shard. When there is too much, every core evicts in
/// proportion to what its shard holds, so that shards keep their size by what is written to them and not by who writes; a core
/// whose shard holds little asks the fullest one to look now and not with its next commands. Eviction runs between commands, in slices as long as
/// `maxmemory-eviction-tenacity` says; as long as anybody has something to evict, commands are accepted.
final class MemoryLimit {
    static final String REFUSAL = "OOM command not allowed when used memory > 'maxmemory'.";

    private static final int CHECKED_EVICTIONS = 16;
    private static final int CHECKED_COMMANDS = 8;
    private static final int LARGE_REQUEST_BYTES = 4096;
    private static final int RECLAIMED_BLOCKS = 256;
    private static final long TENACITY_STEP_NANOS = 50_000;
    private static final int TENACITY_LINEAR = 10;
    private static final int TENACITY_ENDLESS = 100;

    /// What the cores tell each other: bytes used, and whether something could be evicted. Each core writes its own cache lines.
    static final class Published {
        private static final int STRIDE = 16;
        private static final int EVICTABLE = 1;
        private final AtomicLongArray values;
        private final int cores;

        Published(int cores) {
            this.cores = cores;
            this.values = new AtomicLongArray((cores + 1) * STRIDE);
        }

        private void set(int core, long used, boolean evictable) {
            values.setOpaque((core + 1) * STRIDE, used);
            values.setOpaque((core + 1) * STRIDE + EVICTABLE, evictable ? 1 : 0);
        }

        private long used(int core) {
            return values.getOpaque((core + 1) * STRIDE);
        }

        private boolean isEvictable(int core) {
            return values.getOpaque((core + 1) * STRIDE + EVICTABLE) != 0;
        }

        private long total() {
            long total = 0;
            for (int core = 0; core < cores; core++) {
                total += used(core);
            }
            return total;
        }

        private boolean isOnlyEvictable(int core) {
            for (int other = 0; other < cores; other++) {
                if (other != core && isEvictable(other)) {
                    return false;
                }
            }
            return isEvictable(core);
        }

        /// The fullest shard that has something to evict, -1 = none has.
        private int fullest() {
            int fullest = -1;
            for (int core = 0; core < cores; core++) {
                if (isEvictable(core) && (fullest < 0 || used(core) > used(fullest))) {
                    fullest = core;
                }
            }
            return fullest;
        }
    }

    private final Core core;
    private final Shard shard;
    private final Published published;
    private final Eviction eviction;
    private long limit;
    private long sliceNanos;
    /// Over the limit, and nothing can be evicted anywhere.
    private boolean full;
    /// As long as the own shard does not grow beyond this, the limit is not exceeded.
    private long ownMax;
    private int unchecked;
    /// Another core has been asked to evict and has not done so yet.
    private boolean asked;

    MemoryLimit(Core core, Published published, ServerConfig config) {
        this.core = core;
        this.shard = core.shard;
        this.published = published;
        this.eviction = new Eviction(core.context, shard);
        configure(config);
    }

    void configure(ServerConfig config) {
        limit = config.maxmemory();
        sliceNanos = sliceNanos(config.maxmemoryEvictionTenacity());
        full = false;
        ownMax = 0;
    }

    /// As in Redis: half a millisecond by default, 15 % more for each step above that, up to no end.
    private static long sliceNanos(int tenacity) {
        if (tenacity <= TENACITY_LINEAR) {
            return TENACITY_STEP_NANOS * tenacity;
        }
        return tenacity < TENACITY_ENDLESS ? (long) (TENACITY_STEP_NANOS * TENACITY_LINEAR * Math.pow(1.15, tenacity - TENACITY_LINEAR)) : Long.MAX_VALUE;
    }

    boolean isOn() {
        return limit != 0;
    }

    /// Looks at the memory, and evicts when there is too much; between commands.
    void makeRoom() {
        if (!core.gate.isAvailable()) {
            // Whoever has the shard changes it; what was published last must do.
            settle(published.total());
            return;
        }
        long own = shard.usedBytes();
        published.set(core.index, own, eviction.isPossible());
        long total = published.total();
        if (total > limit) {
            evict(own, total - limit);
            own = shard.usedBytes();
            published.set(core.index, own, eviction.isPossible());
            total = published.total();
        }
        settle(total);
    }

    private void settle(long total) {
        long left = limit - total;
        full = left < 0 && published.fullest() < 0;
        ownMax = published.used(core.index) + Math.max(0, left) / core.cores;
        unchecked = 0;
    }

    /// Takes this shard's part of what is too much: as large a part as it has of everything, all of it if nobody else can give any.
    ///
    /// @param own bytes that the shard uses
    private void evict(long own, long excess) {
        int fullest = published.fullest();
        if (fullest < 0) {
            return;
        }
        if (fullest != core.index && (!published.isEvictable(core.index) || own < published.used(fullest) / 2)) {
            ask(fullest);
        }
        long target = published.isOnlyEvictable(core.index) ? excess : (long) Math.ceil((double) excess * own / (excess + limit));
        long start = System.nanoTime();
        long freed = 0;
        for (int evicted = 1; freed < target && eviction.evict(); evicted++) {
            while (shard.hasGarbage() && System.nanoTime() - start < sliceNanos) {
                shard.reclaim(RECLAIMED_BLOCKS);
            }
            if (evicted % CHECKED_EVICTIONS == 0 && System.nanoTime() - start >= sliceNanos) {
                break;
            }
            freed = own - shard.usedBytes();
        }
        core.evicted(System.nanoTime() - start);
    }

    private void ask(int other) {
        if (asked) {
            return;
        }
        asked = true;
        int index = core.index;
        core.lanes.toAcceptor(other, new AcceptorMessage.Call(index, there -> {
            there.memory.makeRoom();
            there.serve();
            there.lanes.toAcceptor(index, new AcceptorMessage.Call(there.index, here -> {
                here.memory.asked = false;
                return null;
            }, null));
            return null;
        }, null));
    }

    /// Whether a command may not run because memory is full; asked while the limit is on.
    ///
    /// @param queued whether it is to wait for EXEC, which no command may then
    boolean refuses(CommandSpec spec, boolean queued, long requestBytes) {
        if (!queued && !spec.is(CommandFlag.DENYOOM)) {
            return false;
        }
        if (++unchecked >= CHECKED_COMMANDS || requestBytes > LARGE_REQUEST_BYTES) {
            unchecked = 0;
            if (full || shard.usedBytes() + requestBytes > ownMax) {
                makeRoom();
            }
        }
        return full;
    }

    void close() {
        eviction.close();
    }
}
