package dev.sampo.app;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Directives of Redis 7 that Sampo does not have. A `redis.conf` full of them must not keep the server from starting, but what
/// an operator relies on (access control, durability, replication, encryption) must not be dropped silently.
final class RedisOnly {
    /// May be ignored; the start says which ones were.
    private static final Set<String> WITHOUT_EFFECT = Set.of(
        "acl-pubsub-default", "acllog-max-len", "active-defrag-cycle-max", "active-defrag-cycle-min",
        "active-defrag-ignore-bytes", "active-defrag-max-scan-fields", "active-defrag-threshold-lower",
        "active-defrag-threshold-upper", "activedefrag", "activerehashing", "always-show-logo", "aof-disable-auto-gc",
        "aof-rewrite-incremental-fsync", "aof-timestamp-enabled", "aof-use-rdb-preamble",
        "aof_rewrite_cpulist",
        "bgsave_cpulist", "bind-source-addr", "bio_cpulist", "busy-reply-threshold",
        "cluster-allow-pubsubshard-when-down", "cluster-allow-reads-when-down", "cluster-allow-replica-migration",
        "cluster-announce-bus-port", "cluster-announce-hostname", "cluster-announce-ip", "cluster-announce-port",
        "cluster-announce-tls-port", "cluster-config-file", "cluster-link-sendbuf-limit", "cluster-migration-barrier",
        "cluster-node-timeout", "cluster-port", "cluster-preferred-endpoint-type", "cluster-replica-no-failover",
        "cluster-replica-validity-factor", "cluster-require-full-coverage", "cluster-slave-no-failover",
        "cluster-slave-validity-factor", "crash-log-enabled", "crash-memcheck-enabled", "daemonize",
        "disable-thp", "dynamic-hz", "enable-module-command", "enable-protected-configs",
        "ignore-warnings", "io-threads", "io-threads-do-reads", "jemalloc-bg-thread",
        "locale-collate", "logfile", "lua-time-limit", "masterauth", "masteruser",
        "maxmemory-clients", "min-replicas-max-lag",
        "min-slaves-max-lag", "no-appendfsync-on-rewrite", "oom-score-adj", "oom-score-adj-values", "pidfile",
        "proc-title-template", "propagation-error-behavior", "rdb-del-sync-files", "rdb-save-incremental-fsync",
        "repl-backlog-size", "repl-backlog-ttl", "repl-disable-tcp-nodelay",
        "repl-diskless-load", "repl-diskless-sync", "repl-diskless-sync-delay", "repl-diskless-sync-max-replicas",
        "repl-ping-replica-period", "repl-ping-slave-period", "repl-timeout", "replica-announce-ip",
        "replica-announce-port", "replica-announced", "replica-ignore-disk-write-errors", "replica-ignore-maxmemory",
        "replica-lazy-flush", "replica-priority", "replica-read-only", "replica-serve-stale-data",
        "sanitize-dump-payload", "server_cpulist",
        "set-proc-title", "shutdown-on-sigint", "shutdown-on-sigterm", "slave-announce-ip",
        "slave-announce-port", "slave-ignore-maxmemory", "slave-lazy-flush", "slave-priority", "slave-read-only",
        "slave-serve-stale-data", "socket-mark-id",
        "supervised", "syslog-enabled", "syslog-facility", "syslog-ident",
        "unixsocketperm");

    /// Refused unless the value is one that asks for nothing.
    private static final Map<String, Set<String>> NEEDED_OFF = Map.ofEntries(
        Map.entry("replicaof", Set.of("", "no one")), Map.entry("slaveof", Set.of("", "no one")),
        Map.entry("min-replicas-to-write", Set.of("0")), Map.entry("min-slaves-to-write", Set.of("0")),
        Map.entry("cluster-enabled", Set.of("no")), Map.entry("unixsocket", Set.of("")), Map.entry("aclfile", Set.of("")),
        Map.entry("tls-port", Set.of("0")), Map.entry("tls-replication", Set.of("no")), Map.entry("tls-cluster", Set.of("no")),
        Map.entry("user", Set.of()), Map.entry("rename-command", Set.of()), Map.entry("loadmodule", Set.of()));

    private RedisOnly() {}

    /// Whether this is a directive of Redis that has no meaning here and may be passed over.
    ///
    /// @throws StartFailure when passing over it would break what the operator asked for
    static boolean passesOver(Directive directive) {
        final Set<String> off = NEEDED_OFF.get(directive.name());
        if (off == null) {
            return WITHOUT_EFFECT.contains(directive.name()) || directive.name().startsWith("tls-");
        }
        if (off.contains(String.join(" ", directive.words()).toLowerCase(Locale.ROOT))) {
            return true;
        }
        throw directive.failure(directive.name()
            + " is not available in this version of Sampo; remove it to start without");
    }

    /// All names, for tests.
    static List<String> names() {
        return Stream.concat(WITHOUT_EFFECT.stream(), NEEDED_OFF.keySet().stream()).sorted().toList();
    }
}
