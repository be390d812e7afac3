package dev.sampo.shard.config;

/// Take a snapshot when at least `changes` keys changed within `seconds`.
public record SavePoint(int seconds, int changes) {}
