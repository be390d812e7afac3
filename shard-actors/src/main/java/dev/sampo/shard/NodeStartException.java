package dev.sampo.shard;

/// A node could not start; the message is one line for an operator: what, where, and what to do.
public final class NodeStartException extends RuntimeException {
    public NodeStartException(String message) {
        super(message);
    }

    public NodeStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
