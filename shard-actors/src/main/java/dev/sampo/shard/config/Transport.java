package dev.sampo.shard.config;

/// Which transport carries the connections: the best one that works here, io_uring or nothing, or the portable stream.
public enum Transport { AUTO, URING, STREAM }
