/// Sampo and redis-server side by side: load, the servers' own counters and CPU time, memory, tables. Run by `bench/compare`.
package dev.sampo.bench;
