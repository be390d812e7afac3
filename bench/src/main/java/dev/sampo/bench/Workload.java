package dev.sampo.bench;

import java.util.List;

/// One row of the comparison: what is sent, what must be there before, and what must come back.
///
/// @param name name on the command line and in the report
/// @param command the name under which a server counts this command in `INFO commandstats`, empty for a mixture
/// @param cycle requests sent in turn; one for a plain workload, several for a mixture
/// @param data what has to be loaded once per server, see [Data]
/// @param before steps executed before every run, not timed
/// @param budget most requests a single run may send, 0 = no limit; for commands that use up what `before` made
/// @param channel channel the subscribers listen on, empty when there are none
/// @param readBack what is compared with the server after a run
record Workload(String name, String command, List<Request> cycle, Data data, List<Step> before, long budget, String channel,
        ReadBack readBack) {

    /// @param line see [RequestTemplate]
    /// @param check what its reply must look like
    record Request(String line, ReplyCheck check) {
    }

    /// A request executed `count` times with `{seq}` running from 0.
    record Step(String line, ReplyCheck check, long count) {
    }

    /// A set of keys loaded once and shared by the workloads that name it.
    enum Data { NONE, STRINGS, COUNTERS }

    /// The question asked on a connection of its own after a run.
    sealed interface ReadBack {
        /// Nothing beyond the checks of every reply.
        record Replies() implements ReadBack {
        }

        /// A sample of the string keys: each value has the right size and belongs to its key, and some bear this letter.
        record Strings(char letter) implements ReadBack {
        }

        /// All counters add up to the number of increments since they were loaded.
        record Counters() implements ReadBack {
        }

        /// The command, which answers an integer, answers `start` plus `perRequest` for every request of the run.
        record Size(String line, long start, int perRequest) implements ReadBack {
        }

        /// The command, which answers an integer, answers one within these bounds.
        record SizeBetween(String line, long min, long max) implements ReadBack {
        }
    }
}
