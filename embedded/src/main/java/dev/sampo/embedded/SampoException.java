package dev.sampo.embedded;

/// The error that a command answered with; the message is Redis's, its first word the kind of error.
public final class SampoException extends RuntimeException {
    SampoException(String message) {
        super(message);
    }
}
