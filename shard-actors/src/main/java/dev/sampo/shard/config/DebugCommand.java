package dev.sampo.shard.config;

/// Who may use DEBUG: everybody, nobody, or only connections from this machine.
public enum DebugCommand { YES, NO, LOCAL }
