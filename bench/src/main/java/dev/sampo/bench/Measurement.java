package dev.sampo.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/// One timed window of one workload on one server.
///
/// @param server name of the server
/// @param kind what was run
/// @param seconds length of the window
/// @param commands commands the server counted in the window
/// @param cpu CPU time of the server in the window
/// @param loadNanos CPU time of the load in the window
/// @param foreignCpu CPU time that neither this server nor the load used, as a share of one CPU
/// @param stolenCpu time the hypervisor took, as a share of one CPU
/// @param deliveries messages that subscribers received in the window
/// @param p50Nanos median latency as the client saw it; p99, p99.9 and the maximum likewise
/// @param lag999Nanos open loop: p99.9 of the delay with which the load itself sent its requests
record Measurement(String server, Kind kind, double seconds, long commands, CpuTime.Use cpu, long loadNanos, double foreignCpu,
        double stolenCpu, long deliveries, long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos, long lag999Nanos) {

    /// What is compared with what.
    ///
    /// @param workload name of the workload
    /// @param pipeline requests in flight per connection; 0 for the open loop
    record Kind(String workload, int pipeline) {
        @Override
        public String toString() {
            return workload + (pipeline == 0 ? " at rate" : " P" + pipeline);
        }
    }

    double cpuMicrosPerCommand() {
        return cpu.totalNanos() / 1e3 / commands;
    }

    double perSecond() {
        return commands / seconds;
    }

    /// Share of the server's CPU time that went into compiling and collecting.
    double overheadShare() {
        return (double) (cpu.compilerNanos() + cpu.collectorNanos()) / cpu.totalNanos();
    }

    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("server", server);
        map.put("workload", kind.workload());
        map.put("pipeline", kind.pipeline());
        map.put("seconds", seconds);
        map.put("commands", commands);
        map.put("cpu_us_per_command", cpuMicrosPerCommand());
        map.put("cpu_share_of_one", (double) cpu.totalNanos() / cpu.wallNanos());
        map.put("compiler_share", (double) cpu.compilerNanos() / cpu.totalNanos());
        map.put("collector_share", (double) cpu.collectorNanos() / cpu.totalNanos());
        map.put("load_cpu_us_per_command", loadNanos / 1e3 / commands);
        map.put("foreign_cpu", foreignCpu);
        map.put("stolen_cpu", stolenCpu);
        map.put("ops_per_second", perSecond());
        map.put("deliveries", deliveries);
        map.put("p50_us", p50Nanos / 1e3);
        map.put("p99_us", p99Nanos / 1e3);
        map.put("p999_us", p999Nanos / 1e3);
        map.put("max_us", maxNanos / 1e3);
        map.put("lag_p999_us", lag999Nanos / 1e3);
        return map;
    }
}
