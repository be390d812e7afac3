package dev.sampo.shard;

import dev.sampo.engine.command.CommandDocs;
import dev.sampo.engine.command.CommandTable;
import java.util.List;

/// All commands of a server: the engine's families and those of clients and the server.
final class CommandFamilies {
    private CommandFamilies() {
    }

    static CommandTable table() {
        return builder().build();
    }

    static CommandTable.Builder builder() {
        CommandTable.Builder t = CommandTable.engine();
        ConnectionCommands.register(t);
        ClientCommands.register(t);
        TransactionCommands.register(t);
        PubSubCommands.register(t);
        ServerCommands.register(t);
        PersistenceCommands.register(t);
        CommandCommands.register(t);
        ConfigCommands.register(t);
        DebugCommands.register(t);
        SlowlogCommands.register(t);
        LatencyCommands.register(t);
        WaitCommands.register(t);
        Monitors.register(t);
        MemoryCommands.register(t);
        return t;
    }

    /// What COMMAND DOCS tells about them. The first call reads files: it is made when the server starts.
    static CommandDocs docs() {
        return Docs.ALL;
    }

    private static final class Docs {
        private static final CommandDocs ALL = read();

        private static CommandDocs read() {
            CommandDocs docs = CommandDocs.engine();
            for (String family : List.of("connection", "transactions", "pubsub", "server")) {
                docs.add(family);
            }
            return docs;
        }
    }
}
