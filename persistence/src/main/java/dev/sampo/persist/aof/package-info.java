/// The append-only files of Redis, read only: [dev.sampo.persist.aof.RedisLog] finds and replays them, so that the directory of
/// a stopped Redis can be pointed at.
package dev.sampo.persist.aof;
