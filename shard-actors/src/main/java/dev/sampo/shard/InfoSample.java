package dev.sampo.shard;

import dev.sampo.engine.Counters;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.net.TransportCounters;
import java.util.Map;
import java.util.TreeMap;

/// What INFO wants to know of one core, taken on that core's thread; or the sum of several.
///
/// While a shard is leased its owner changes it, so the numbers of its data may then be a moment old; they are single fields,
/// nothing is walked.
final class InfoSample {
    /// What only grows, until CONFIG RESETSTAT.
    enum Counter {
        CONNECTIONS, REJECTED_CONNECTIONS, RECEIVED_BYTES, SENT_BYTES, RECEIVES, SENDS, EXPIRED, EVICTED, HITS, MISSES, ERROR_REPLIES,
            FORWARDED,
        EXECUTED_FOR_OTHERS, LEASED, TURNS, TURN_NANOS, LIMIT_DISCONNECTIONS, PROTOCOL_ERRORS
    }

    private final long[] counters = new long[Counter.values().length];
    final long[] calls;
    final long[] failures;
    final long[] rejections;
    /// Time that the calls took: the mean of those that were measured, times their number.
    final double[] micros;
    private final long[] nanos;
    private final long[] timed;
    /// Durations by row; empty unless asked for.
    final Map<Integer, LatencyHistogram> histograms = new TreeMap<>();
    final Map<String, Long> errors = new TreeMap<>();

    final long[] keys;
    final long[] expires;
    /// Sum over the keys with a deadline, ms.
    final double[] ttlMillis;
    long clients;
    long subscribers;
    long watchers;
    long blocked;
    long tracking;
    long trackedKeys;
    long trackedItems;
    long trackedPrefixes;
    long withDeadline;
    long blockingKeys;
    long removalKeys;
    long inputMax;
    long outputMax;
    long usedBytes;
    long usedBytesPeak;
    long reservedBytes;
    long dirty;
    /// The longest turn since CONFIG RESETSTAT; of a sum, on any core.
    long turnNanosPeak;
    double commandsPerSecond;
    double receivedPerSecond;
    double sentPerSecond;
    /// For a sum: the parts, by core.
    private InfoSample[] parts = {};

    private InfoSample(int commands, int databases) {
        calls = new long[commands];
        failures = new long[commands];
        rejections = new long[commands];
        micros = new double[commands];
        nanos = new long[commands];
        timed = new long[commands];
        keys = new long[databases];
        expires = new long[databases];
        ttlMillis = new double[databases];
    }

    /// This core as it is, counted from the start.
    static InfoSample of(Core core) {
        InfoSample sample = new InfoSample(core.node.table().size(), core.shard.databases());
        sample.takeCounters(core);
        sample.takeData(core);
        sample.takeWaits(core);
        core.forEachClient(sample::takeClient);
        return sample;
    }

    /// This core as it is, counted from the last CONFIG RESETSTAT.
    ///
    /// @param withHistograms whether the durations of commands are wanted too
    static InfoSample sinceReset(Core core, boolean withHistograms) {
        InfoSample sample = of(core);
        if (core.stats.baseline() != null) {
            sample.subtract(core.stats.baseline());
        }
        sample.estimateMicros();
        if (withHistograms && core.config().latencyTracking()) {
            sample.histograms.putAll(LatencyCommands.histograms(core));
        }
        return sample;
    }

    /// All samples together.
    static InfoSample sum(Object[] samples) {
        InfoSample first = (InfoSample) samples[0];
        InfoSample sum = new InfoSample(first.calls.length, first.keys.length);
        sum.parts = new InfoSample[samples.length];
        for (int i = 0; i < samples.length; i++) {
            sum.parts[i] = (InfoSample) samples[i];
            sum.add(sum.parts[i]);
        }
        return sum;
    }

    long get(Counter counter) {
        return counters[counter.ordinal()];
    }

    InfoSample[] parts() {
        return parts;
    }

    long commands() {
        return total(calls);
    }

    long keyCount() {
        return total(keys);
    }

    /// Commands executed on a core since the start.
    static long commands(Core core) {
        long total = 0;
        for (int id = 0; id < core.node.table().size(); id++) {
            total += core.context.stats().calls(id);
        }
        return total;
    }

    /// Bytes that the data of a core's shard take.
    static long usedBytes(Core core) {
        long total = 0;
        for (int db = 0; db < core.shard.databases(); db++) {
            total += core.shard.keyspace(db).usedBytes();
        }
        return total;
    }

    private void takeCounters(Core core) {
        CoreStats stats = core.stats;
        TransportCounters transport = core.transport().counters();
        Counters data = core.shard.counters();
        set(Counter.CONNECTIONS, stats.connections);
        set(Counter.REJECTED_CONNECTIONS, stats.rejectedConnections);
        set(Counter.RECEIVED_BYTES, transport.receivedBytes);
        set(Counter.SENT_BYTES, transport.sentBytes);
        set(Counter.RECEIVES, transport.received);
        set(Counter.SENDS, transport.sent);
        set(Counter.EXPIRED, data.expired());
        set(Counter.EVICTED, data.evicted());
        set(Counter.HITS, data.hits());
        set(Counter.MISSES, data.misses());
        set(Counter.ERROR_REPLIES, stats.errorReplies.total());
        set(Counter.FORWARDED, stats.forwarded);
        set(Counter.EXECUTED_FOR_OTHERS, stats.executedForOthers);
        set(Counter.LEASED, stats.leased);
        set(Counter.TURNS, stats.turns);
        set(Counter.TURN_NANOS, stats.turnNanosTotal);
        set(Counter.LIMIT_DISCONNECTIONS, stats.outputLimitDisconnections);
        set(Counter.PROTOCOL_ERRORS, stats.protocolErrors);
        for (int id = 0; id < calls.length; id++) {
            calls[id] = core.context.stats().calls(id);
            failures[id] = core.context.stats().failures(id);
            rejections[id] = stats.rejectedCalls[id];
            nanos[id] = core.timer.nanos(id);
            timed[id] = core.timer.timed(id);
        }
        errors.putAll(stats.errorReplies.toMap());
        commandsPerSecond = stats.commandRate.perSecond();
        receivedPerSecond = stats.receiveRate.perSecond();
        sentPerSecond = stats.sendRate.perSecond();
        usedBytesPeak = stats.usedBytesPeak;
        dirty = data.dirty();
        turnNanosPeak = stats.turnNanosPeak;
    }

    private void takeData(Core core) {
        for (int db = 0; db < keys.length; db++) {
            Keyspace keyspace = core.shard.keyspace(db);
            keys[db] = keyspace.size();
            expires[db] = keyspace.volatileSize();
            ttlMillis[db] = (double) keyspace.averageTtlMillis(core.nowMillis()) * expires[db];
            usedBytes += keyspace.usedBytes();
            reservedBytes += keyspace.reservedBytes();
        }
        usedBytesPeak = Math.max(usedBytesPeak, usedBytes);
    }

    private void takeWaits(Core core) {
        blocked = core.blocked.count();
        tracking = core.tracking.clients();
        trackedPrefixes = core.tracking.prefixes();
        trackedKeys = core.shard.tracked().keys();
        trackedItems = core.shard.tracked().items();
        withDeadline = core.blocked.withDeadline();
        if (core.gate.isPresent()) {
            blockingKeys = core.shard.waits().keys();
            removalKeys = core.shard.waits().removalKeys();
        }
    }

    private void takeClient(Client client) {
        clients++;
        subscribers += client.hasSubscriptions() ? 1 : 0;
        watchers += client.watcher != null ? 1 : 0;
        inputMax = Math.max(inputMax, client.inputLength());
        outputMax = Math.max(outputMax, client.outputBytes());
    }

    private void set(Counter counter, long value) {
        counters[counter.ordinal()] = value;
    }

    private void subtract(InfoSample earlier) {
        subtract(counters, earlier.counters);
        subtract(calls, earlier.calls);
        subtract(failures, earlier.failures);
        subtract(rejections, earlier.rejections);
        subtract(nanos, earlier.nanos);
        subtract(timed, earlier.timed);
        earlier.errors.forEach((word, count) -> errors.merge(word, -count, Long::sum));
        errors.values().removeIf(count -> count == 0);
    }

    private void estimateMicros() {
        for (int id = 0; id < calls.length; id++) {
            micros[id] = timed[id] == 0 ? 0 : nanos[id] / 1000.0 * calls[id] / timed[id];
        }
    }

    private void add(InfoSample other) {
        add(counters, other.counters);
        add(calls, other.calls);
        add(failures, other.failures);
        add(rejections, other.rejections);
        add(keys, other.keys);
        add(expires, other.expires);
        add(micros, other.micros);
        add(ttlMillis, other.ttlMillis);
        other.errors.forEach((word, count) -> errors.merge(word, count, Long::sum));
        other.histograms.forEach((id, one) -> histograms.computeIfAbsent(id, _ -> new LatencyHistogram()).add(one));
        clients += other.clients;
        subscribers += other.subscribers;
        watchers += other.watchers;
        blocked += other.blocked;
        tracking += other.tracking;
        trackedKeys += other.trackedKeys;
        trackedItems += other.trackedItems;
        trackedPrefixes += other.trackedPrefixes;
        withDeadline += other.withDeadline;
        blockingKeys += other.blockingKeys;
        removalKeys += other.removalKeys;
        inputMax = Math.max(inputMax, other.inputMax);
        outputMax = Math.max(outputMax, other.outputMax);
        usedBytes += other.usedBytes;
        usedBytesPeak += other.usedBytesPeak;
        reservedBytes += other.reservedBytes;
        dirty += other.dirty;
        turnNanosPeak = Math.max(turnNanosPeak, other.turnNanosPeak);
        commandsPerSecond += other.commandsPerSecond;
        receivedPerSecond += other.receivedPerSecond;
        sentPerSecond += other.sentPerSecond;
    }

    private static void add(long[] to, long[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    private static void subtract(long[] from, long[] what) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= what[i];
        }
    }

    private static long total(long[] values) {
        long total = 0;
        for (long value : values) {
            total += value;
        }
        return total;
    }
}
