package dev.sampo.shard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// One request of a simulated client, what is known of its fate in advance, and what has become of it.
final class SimRequest {
    enum Kind {
        /// Runs where the data are; its reply is whatever that execution wrote.
        EXECUTED,
        /// As EXECUTED, but it may wait, and may be given up without having run.
        BLOCKING,
        /// EXEC of a block: the array of its commands' replies, or nil.
        BLOCK,
        /// The reply is known in advance.
        FIXED,
        /// Any one reply.
        ANY
    }

    final Kind kind;
    final String[] args;
    /// Place among the client's requests.
    final int index;
    /// Database in which it is to run.
    final int db;
    /// Waits between MULTI and EXEC.
    final boolean queued;
    /// Commands of a block.
    final List<SimRequest> block = new ArrayList<>();
    /// The block of a queued command, once its EXEC is sent.
    SimRequest owner;
    /// Shards of all commands of a block, bit per shard.
    long shards;
    /// What the client must receive, once it is known.
    byte[] reply;
    /// It has run, or, for a block, has begun to.
    boolean executed;
    /// Time may end it.
    boolean canTimeOut;
    /// It waited and has ended without having found anything.
    boolean givenUp;
    /// Commands of a block that have not run yet.
    int left;

    SimRequest(Kind kind, int index, int db, boolean queued, String... args) {
        this.kind = kind;
        this.index = index;
        this.db = db;
        this.queued = queued;
        this.args = args;
    }

    /// What identifies the request among those of its client that have not run.
    String text() {
        return String.join(" ", args);
    }

    /// As an array of bulk strings.
    byte[] encode() {
        StringBuilder text = new StringBuilder().append('*').append(args.length).append("\r\n");
        for (String arg : args) {
            text.append('$').append(arg.length()).append("\r\n").append(arg).append("\r\n");
        }
        return bytes(text.toString());
    }

    /// As an inline line; for arguments of letters and digits.
    byte[] encodeInline() {
        return bytes(text() + "\r\n");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        String text = text();
        return "#" + index + " [" + (text.length() > 120 ? text.substring(0, 120) + "..." : text) + "]";
    }
}
