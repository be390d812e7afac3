package dev.sampo.app;

/// The server cannot start. The message is the one line that the operator gets to see: what, where, and what to do.
final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartFailure(String message) {
        super(oneLine(message));
    }

    StartFailure(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
