package dev.sampo.engine;

import java.util.Arrays;

/// How often each command ran on one core, by row id. Written by the core's thread only.
public final class CommandStats {
    private final long[] calls;
    private final long[] failures;
    private long faults;

    /// @param rows number of rows in the command table
    CommandStats(int rows) {
        calls = new long[rows];
        failures = new long[rows];
    }

    /// Times that the row's handler ran.
    public long calls(int id) {
        return calls[id];
    }

    /// Times that it replied with an error.
    public long failures(int id) {
        return failures[id];
    }

    /// Times that any handler ran.
    public long totalCalls() {
        return Arrays.stream(calls).sum();
    }

    /// Times that any handler replied with an error.
    public long totalFailures() {
        return Arrays.stream(failures).sum();
    }

    /// Times that any handler threw.
    public long faults() {
        return faults;
    }

    public void reset() {
        Arrays.fill(calls, 0);
        Arrays.fill(failures, 0);
    }

    /// A handler has run; for those that do not run in a [CommandContext].
    public void called(int id) {
        calls[id]++;
    }

    /// A handler has replied with an error.
    public void failed(int id) {
        failures[id]++;
    }

    void fault() {
        faults++;
    }
}
