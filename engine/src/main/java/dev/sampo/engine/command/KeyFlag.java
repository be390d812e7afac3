package dev.sampo.engine.command;

import java.util.List;

/// What a command does with a key, as bits, with the names and order of Redis's key specifications.
public final class KeyFlag {
    /// Reads the key and does not change it.
    public static final int RO = 1;
    /// Reads and changes it.
    public static final int RW = 1 << 1;
    /// Overwrites it without looking at the value.
    public static final int OW = 1 << 2;
    /// Removes it.
    public static final int RM = 1 << 3;
    /// Its value, or something that tells about the value, gets into the reply or into another key.
    public static final int ACCESS = 1 << 4;
    /// May change an existing value.
    public static final int UPDATE = 1 << 5;
    /// May add data and never changes or removes any.
    public static final int INSERT = 1 << 6;
    /// May remove data on purpose.
    public static final int DELETE = 1 << 7;
    /// Looks like a key, to be routed like one, and is none.
    public static final int NOT_KEY = 1 << 8;
    /// The rule may miss keys.
    public static final int INCOMPLETE = 1 << 9;
    /// The flags depend on the arguments.
    public static final int VARIABLE_FLAGS = 1 << 10;

    private static final String[] NAMES = {"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key",
        "incomplete", "variable_flags"};

    private KeyFlag() {
    }

    /// The names of the bits that are set.
    public static List<String> names(int flags) {
        return BitNames.of(flags, NAMES);
    }
}
