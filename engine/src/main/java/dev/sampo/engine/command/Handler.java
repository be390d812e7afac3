package dev.sampo.engine.command;

/// The code of a command: on data or on the state of a client.
public sealed interface Handler permits ShardHandler, SessionHandler {
}
