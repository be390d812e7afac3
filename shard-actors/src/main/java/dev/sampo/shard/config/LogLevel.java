package dev.sampo.shard.config;

/// Redis's log levels, from the most talkative to the least.
public enum LogLevel { DEBUG, VERBOSE, NOTICE, WARNING }
