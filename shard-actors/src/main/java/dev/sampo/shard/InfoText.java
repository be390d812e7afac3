package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.persist.log.Journal;
import dev.sampo.resp.OffHeap;
import dev.sampo.shard.InfoSample.Counter;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// The text of INFO: sections of `name:value` lines, Redis's names where the meaning is the same, `sampo_` names for what Redis
/// does not have.
///
/// Fields of Redis that have no meaning here are 0 where clients and dashboards are known to read them, and absent otherwise.
final class InfoText {
    private enum Section {
        SERVER(true), CLIENTS(true), MEMORY(true), PERSISTENCE(true), STATS(true), REPLICATION(true), CPU(true), MODULES(true),
            COMMANDSTATS(false), ERRORSTATS(true), LATENCYSTATS(false),
        CLUSTER(true), SHARDS(false), KEYSPACE(true);

        private final boolean byDefault;

        Section(boolean byDefault) {
            this.byDefault = byDefault;
        }

        private boolean isWanted(Set<String> names) {
            return names.isEmpty() || names.contains("default") ? byDefault || isNamed(names) : isNamed(names);
        }

        private boolean isNamed(Set<String> names) {
            return names.contains(name().toLowerCase(Locale.ROOT)) || names.contains("everything") || names.contains("all")
                && this != MODULES;
        }

        private String title() {
            return this == CPU ? "CPU" : name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
        }
    }

    private static final int KIBI = 1024;

    private final Core core;
    private final InfoSample sample;
    private final StringBuilder text = new StringBuilder(4096);

    private InfoText(Core core, InfoSample sample) {
        this.core = core;
        this.sample = sample;
    }

    /// @param core that asks: for what all cores know
    /// @param sample of all cores together
    /// @param names of sections in lower case, or `default`, `all`, `everything`; none = `default`
    static String of(Core core, InfoSample sample, Set<String> names) {
        return new InfoText(core, sample).write(names);
    }

    /// Whether these sections need the durations of commands.
    static boolean wantsLatency(Set<String> names) {
        return Section.LATENCYSTATS.isWanted(names);
    }

    private String write(Set<String> names) {
        for (Section section : Section.values()) {
            if (section.isWanted(names)) {
                text.append(text.isEmpty() ? "# " : "\r\n# ").append(section.title()).append("\r\n");
                write(section);
            }
        }
        return text.toString();
    }

    private void write(Section section) {
        switch (section) {
            case SERVER -> server();
            case CLIENTS -> clients();
            case MEMORY -> memory();
            case PERSISTENCE -> persistence();
            case STATS -> stats();
            case REPLICATION -> replication();
            case CPU -> cpu();
            case MODULES -> { }
            case COMMANDSTATS -> commandstats();
            case ERRORSTATS -> sample.errors.forEach((word, count) -> line("errorstat_" + word, "count=" + count));
            case LATENCYSTATS -> latencystats();
            case CLUSTER -> line("cluster_enabled", 0);
            case SHARDS -> shards();
            case KEYSPACE -> keyspace();
        }
    }

    private void server() {
        long now = core.nowMillis();
        long uptime = Math.max(0, (now - core.node.startMillis()) / 1000);
        line("redis_version", Versions.REDIS);
        line("redis_git_sha1", "00000000");
        line("redis_git_dirty", 0);
        line("redis_mode", "standalone");
        line("sampo_version", Versions.SAMPO);
        line("sampo_shards", core.cores);
        line("sampo_transport", core.transport().name());
        line("os", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        line("arch_bits", 64);
        line("java_version", Runtime.version().toString());
        line("multiplexing_api", core.transport().name());
        line("process_id", ProcessHandle.current().pid());
        line("process_supervised", "no");
        line("run_id", core.node.runId());
        line("tcp_port", core.node.port());
        line("server_time_usec", now * 1000);
        line("uptime_in_seconds", uptime);
        line("uptime_in_days", uptime / 86_400);
        line("hz", core.config().hz());
        line("configured_hz", core.config().hz());
        line("lru_clock", now / 1000 & 0xFFFFFF);
        line("executable", ProcessFigures.executable());
        line("config_file", "");
        line("io_threads_active", 0);
    }

    private void clients() {
        line("connected_clients", sample.clients);
        line("cluster_connections", 0);
        line("maxclients", core.config().maxclients());
        line("client_recent_max_input_buffer", sample.inputMax);
        line("client_recent_max_output_buffer", sample.outputMax);
        line("blocked_clients", sample.blocked);
        line("tracking_clients", sample.tracking);
        line("pubsub_clients", sample.subscribers);
        line("watching_clients", sample.watchers);
        line("clients_in_timeout_table", sample.withDeadline);
        line("total_blocking_keys", sample.blockingKeys);
        line("total_blocking_keys_on_nokey", sample.removalKeys);
    }

    /// `used_memory` is what the data and the buffers of connections take off heap; the Java heap and the code of the program are
    /// in `used_memory_rss` only.
    private void memory() {
        long allocated = OffHeap.allocatedBytes();
        long overhead = Math.max(0, allocated - sample.reservedBytes);
        long used = sample.usedBytes + overhead;
        long peak = Math.max(used, sample.usedBytesPeak + overhead);
        ProcessFigures.Memory process = ProcessFigures.memory();
        bytes("used_memory", used);
        bytes("used_memory_rss", process.residentBytes());
        bytes("used_memory_peak", peak);
        line("used_memory_peak_perc", percent(used, peak));
        line("used_memory_overhead", overhead);
        line("used_memory_startup", 0);
        line("used_memory_dataset", sample.usedBytes);
        line("used_memory_dataset_perc", percent(sample.usedBytes, used));
        line("allocator_allocated", used);
        line("allocator_active", sample.reservedBytes + overhead);
        line("allocator_resident", sample.reservedBytes + overhead);
        bytes("total_system_memory", ProcessFigures.totalMemoryBytes());
        bytes("used_memory_lua", 0);
        bytes("used_memory_scripts", 0);
        bytes("maxmemory", core.config().maxmemory());
        line("maxmemory_policy", core.config().get("maxmemory-policy").get("maxmemory-policy"));
        line("allocator_frag_ratio", ratio(sample.reservedBytes + overhead, used));
        line("allocator_frag_bytes", sample.reservedBytes - sample.usedBytes);
        line("mem_fragmentation_ratio", ratio(process.residentBytes(), used));
        line("mem_fragmentation_bytes", process.residentBytes() - used);
        line("mem_not_counted_for_evict", overhead);
        line("mem_replication_backlog", 0);
        line("mem_clients_slaves", 0);
        line("mem_clients_normal", overhead);
        line("mem_aof_buffer", 0);
        line("mem_allocator", "sampo-slab");
        line("active_defrag_running", 0);
        line("lazyfree_pending_objects", 0);
        line("sampo_rss_peak", process.residentBytesPeak());
        line("sampo_java_heap_used", Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        line("sampo_java_heap_max", Runtime.getRuntime().maxMemory());
    }

    private void persistence() {
        Node node = core.node;
        Persistence files = node.persistence();
        Snapshots snapshots = files.snapshots();
        Journal journal = node.journal();
        boolean saving = snapshots.isRunning() && !files.isRewriting();
        line("loading", node.isLoading() ? 1 : 0);
        line("async_loading", 0);
        LoadProgress loading = files.loading();
        if (node.isLoading() && loading != null) {
            line("loading_start_time", loading.startMillis() / 1000);
            line("loading_total_bytes", loading.totalBytes());
            line("loading_loaded_bytes", loading.loadedBytes());
            line("loading_loaded_perc", decimal(loading.percent()));
            line("loading_eta_seconds", loading.remainingSeconds());
        }
        line("current_cow_peak", snapshots.heldPeakBytes());
        line("current_cow_size", snapshots.heldBytes());
        line("current_save_keys_processed", snapshots.keysWritten());
        line("current_save_keys_total", snapshots.keysTotal());
        line("rdb_changes_since_last_save", files.changesSinceSave());
        line("rdb_bgsave_in_progress", saving ? 1 : 0);
        line("rdb_last_save_time", files.lastSaveMillis() / 1000);
        line("rdb_last_bgsave_status", snapshots.lastFailed() ? "err" : "ok");
        line("rdb_last_bgsave_time_sec", seconds(snapshots.lastSaveMillis()));
        line("rdb_current_bgsave_time_sec", saving ? snapshots.runningSeconds() : -1);
        line("rdb_saves", snapshots.saves());
        line("rdb_last_load_keys_expired", files.keysExpired());
        line("rdb_last_load_keys_loaded", files.keysLoaded());
        line("aof_enabled", node.currentConfig().appendonly() ? 1 : 0);
        line("aof_rewrite_in_progress", files.isRewriting() ? 1 : 0);
        line("aof_rewrite_scheduled", files.isRewriteScheduled() ? 1 : 0);
        line("aof_last_rewrite_time_sec", seconds(snapshots.lastRewriteMillis()));
        line("aof_current_rewrite_time_sec", files.isRewriting() ? snapshots.runningSeconds() : -1);
        line("aof_last_bgrewrite_status", files.rewriteFailures() > 0 ? "err" : "ok");
        line("aof_rewrites", snapshots.rewrites());
        line("aof_rewrites_consecutive_failures", files.rewriteFailures());
        line("aof_last_write_status", journal.failure() == null ? "ok" : "err");
        if (journal.isOn()) {
            line("aof_current_size", files.logBytes());
            line("aof_base_size", files.baseBytes());
            line("aof_pending_rewrite", 0);
            line("aof_buffer_length", journal.pendingBytes());
            line("aof_pending_bio_fsync", 0);
            line("aof_delayed_fsync", 0);
        }
        line("sampo_snapshot_written_bytes", snapshots.writtenBytes());
        line("sampo_snapshot_held_bytes", snapshots.heldBytes());
        line("sampo_snapshot_held_peak_bytes", snapshots.heldPeakBytes());
        line("sampo_aof_syncs", journal.syncs());
    }

    private static long seconds(long millis) {
        return millis < 0 ? -1 : millis / 1000;
    }

    private void stats() {
        line("total_connections_received", sample.get(Counter.CONNECTIONS));
        line("total_commands_processed", sample.commands());
        line("instantaneous_ops_per_sec", Math.round(sample.commandsPerSecond));
        line("total_net_input_bytes", sample.get(Counter.RECEIVED_BYTES));
        line("total_net_output_bytes", sample.get(Counter.SENT_BYTES));
        line("total_net_repl_input_bytes", 0);
        line("total_net_repl_output_bytes", 0);
        line("instantaneous_input_kbps", decimal(sample.receivedPerSecond / KIBI));
        line("instantaneous_output_kbps", decimal(sample.sentPerSecond / KIBI));
        line("rejected_connections", sample.get(Counter.REJECTED_CONNECTIONS));
        line("sync_full", 0);
        line("sync_partial_ok", 0);
        line("sync_partial_err", 0);
        line("expired_keys", sample.get(Counter.EXPIRED));
        line("evicted_keys", sample.get(Counter.EVICTED));
        line("evicted_clients", 0);
        line("keyspace_hits", sample.get(Counter.HITS));
        line("keyspace_misses", sample.get(Counter.MISSES));
        line("pubsub_channels", core.pubSub.names(PubSub.CHANNELS).size());
        line("pubsub_patterns", core.pubSub.names(PubSub.PATTERNS).size());
        line("tracking_total_keys", sample.trackedKeys);
        line("tracking_total_items", sample.trackedItems);
        line("tracking_total_prefixes", sample.trackedPrefixes);
        line("pubsubshard_channels", core.pubSub.names(PubSub.SHARD_CHANNELS).size());
        line("latest_fork_usec", 0);
        line("total_forks", 0);
        line("unexpected_error_replies", 0);
        line("total_error_replies", sample.get(Counter.ERROR_REPLIES));
        line("total_reads_processed", sample.get(Counter.RECEIVES));
        line("total_writes_processed", sample.get(Counter.SENDS));
        line("sampo_protocol_errors", sample.get(Counter.PROTOCOL_ERRORS));
        line("sampo_output_limit_disconnections", sample.get(Counter.LIMIT_DISCONNECTIONS));
        line("sampo_forwarded_commands", sample.get(Counter.FORWARDED));
        line("sampo_leases", sample.get(Counter.LEASED));
    }

    private void replication() {
        line("role", "master");
        line("connected_slaves", 0);
        line("master_failover_state", "no-failover");
        line("master_replid", core.node.replicationId());
        line("master_replid2", "0".repeat(40));
        line("master_repl_offset", 0);
        line("second_repl_offset", -1);
        line("repl_backlog_active", 0);
        line("repl_backlog_size", 0);
        line("repl_backlog_first_byte_offset", 0);
        line("repl_backlog_histlen", 0);
    }

    private void cpu() {
        ProcessFigures.Cpu cpu = ProcessFigures.cpu();
        line("used_cpu_sys", String.format(Locale.ROOT, "%.6f", cpu.system()));
        line("used_cpu_user", String.format(Locale.ROOT, "%.6f", cpu.user()));
        line("used_cpu_sys_children", "0.000000");
        line("used_cpu_user_children", "0.000000");
    }

    /// `usec` is estimated from the calls that [CommandTimer] has measured.
    private void commandstats() {
        for (CommandSpec spec : core.node.table().all()) {
            int id = spec.id();
            long calls = sample.calls[id];
            if (calls != 0 || sample.rejections[id] != 0) {
                line("cmdstat_" + spec.fullName(), "calls=" + calls + ",usec=" + Math.round(sample.micros[id]) + ",usec_per_call="
                    + decimal(calls == 0 ? 0 : sample.micros[id] / calls) + ",rejected_calls=" + sample.rejections[id]
                    + ",failed_calls=" + sample.failures[id]);
            }
        }
    }

    private void latencystats() {
        for (CommandSpec spec : core.node.table().all()) {
            LatencyHistogram histogram = sample.histograms.get(spec.id());
            if (histogram != null) {
                line("latency_percentiles_usec_" + spec.fullName(), core.config().latencyTrackingInfoPercentiles().stream()
                    .map(percent -> String.format(Locale.ROOT, "p%s=%.3f", number(percent), histogram.percentile(percent) / 1000.0))
                    .collect(Collectors.joining(",")));
            }
        }
    }

    private void shards() {
        InfoSample[] parts = sample.parts();
        for (int i = 0; i < parts.length; i++) {
            InfoSample part = parts[i];
            line("shard" + i, "keys=" + part.keyCount() + ",used=" + part.usedBytes + ",reserved=" + part.reservedBytes
                + ",clients=" + part.clients + ",commands="
                + part.commands() + ",executed_for_others=" + part.get(Counter.EXECUTED_FOR_OTHERS) + ",forwarded="
                + part.get(Counter.FORWARDED) + ",leased="
                + part.get(Counter.LEASED) + ",turns=" + part.get(Counter.TURNS) + ",turn_usec="
                + part.get(Counter.TURN_NANOS) / 1000 + ",turn_usec_max=" + part.turnNanosPeak / 1000);
        }
    }

    private void keyspace() {
        for (int db = 0; db < sample.keys.length; db++) {
            if (sample.keys[db] != 0) {
                long ttl = sample.expires[db] == 0 ? 0 : Math.round(sample.ttlMillis[db] / sample.expires[db]);
                line("db" + db, "keys=" + sample.keys[db] + ",expires=" + sample.expires[db] + ",avg_ttl=" + ttl);
            }
        }
    }

    private void line(String name, long value) {
        line(name, Long.toString(value));
    }

    private void line(String name, String value) {
        text.append(name).append(':').append(value).append("\r\n");
    }

    private void bytes(String name, long value) {
        line(name, value);
        line(name + "_human", human(value));
    }

    /// Bytes as Redis abbreviates them: 512B, 1.50K, 2.00M.
    static String human(long bytes) {
        if (bytes < KIBI) {
            return bytes + "B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= KIBI && unit < 4) {
            value /= KIBI;
            unit++;
        }
        return decimal(value) + "KMGTP".charAt(unit);
    }

    /// Without a fraction that is 0.
    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static String percent(long part, long whole) {
        return decimal(whole == 0 ? 0 : 100.0 * part / whole) + "%";
    }

    private static String ratio(long part, long whole) {
        return decimal(whole == 0 ? 0 : (double) part / whole);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
