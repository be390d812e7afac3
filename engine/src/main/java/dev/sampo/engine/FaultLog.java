package dev.sampo.engine;

import dev.sampo.engine.command.CommandSpec;

/// Told of a handler that threw, which is a bug: one command has failed, its client has got an internal error.
@FunctionalInterface
public interface FaultLog {
    /// Remembers nothing; every fault has the id 0.
    FaultLog NONE = (command, cause) -> 0;

    /// Keeps a fault where an operator finds it.
    ///
    /// @return an id that names the fault there; the client is told the same
    long fault(CommandSpec command, Throwable cause);
}
