package dev.sampo.resp;

/// Bytes that are no reply of RESP2 or RESP3.
public final class ReplyFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ReplyFormatException(String message) {
        super(message);
    }
}
